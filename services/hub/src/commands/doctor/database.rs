//! The database: its server, its tables, whether the key is the one it was made with, and whether the weights in the
//! configuration are those that decided who is who.

use chrono::Utc;
use liangdi_store::postgres::{DatabaseHealth, PgStore, ServerHealth};
use liangdi_store::{StoreError, postgres};

use super::{Finding, skew};
use crate::context::{Context, matching_mark};

/// Oldest version the hub is tested with: PostgreSQL 15.
const VERSION_MIN: i32 = 150_000;

/// A transaction open for longer holds the vacuum back.
const TRANSACTION_S_MAX: i64 = 3_600;

/// Transaction ids in use from which on somebody should look why they are not frozen; the server stops at 2^31.
const TRANSACTION_IDS_MAX: i64 = 1_000_000_000;

/// Looks at the database from the outside in.
pub(super) async fn look(context: &Context) -> Vec<Finding> {
    let options = &context.config.database;
    let asked = Utc::now();
    let health = match DatabaseHealth::ask(options).await {
        Ok(health) => health,
        Err(error) => return vec![Finding::wrong("database", error.to_string(), unreachable_to_do(&error))],
    };
    let answered = Utc::now();
    let server = &health.server;
    let mut findings = vec![
        version(server),
        skew("database clock", asked, server.clock, answered),
        durable(server),
        connections(server, options),
        vacuum(&health),
        tables(&health),
    ];
    if health.migrated == health.newest {
        findings.extend(sealed(context).await);
    }
    findings
}

fn unreachable_to_do(error: &StoreError) -> &'static str {
    match error {
        StoreError::Unavailable(_) => "start the database, or mend database.url and what lies between",
        _ => "mend database.url: address, user, password, name of the database",
    }
}

fn version(server: &ServerHealth) -> Finding {
    let encrypted = if server.tls == Some(true) { ", over TLS" } else { "" };
    let found = format!("PostgreSQL {}{encrypted}, {} MiB in the database", server.version, server.size_bytes >> 20);
    if server.version_number < VERSION_MIN {
        return Finding::wrong("database", found, format!("upgrade to {} or later", VERSION_MIN / 10_000));
    }
    Finding::ok("database", found)
}

/// What was confirmed must be on disk: the hub acknowledges a message as soon as its transaction is.
fn durable(server: &ServerHealth) -> Finding {
    const CHECK: &str = "durability";
    if server.fsync {
        return Finding::ok(CHECK, "a commit is on disk when it is confirmed (fsync)");
    }
    Finding::wrong(
        CHECK,
        "fsync is off: after a crash, messages that were acknowledged are lost",
        "ALTER SYSTEM SET fsync = on; SELECT pg_reload_conf();",
    )
}

fn connections(server: &ServerHealth, options: &postgres::DatabaseOptions) -> Finding {
    const CHECK: &str = "connections";
    let (free, wanted) = (server.connections_free, i64::from(options.connections_max));
    if free < wanted {
        return Finding::warning(
            CHECK,
            format!("{free} can still be opened, and the hub opens up to {wanted}"),
            "raise the server's max_connections, or end what holds them (pg_stat_activity); a running hub holds its \
             own already",
        );
    }
    Finding::ok(CHECK, format!("{free} can still be opened; the hub opens up to {wanted}"))
}

fn vacuum(health: &DatabaseHealth) -> Finding {
    const CHECK: &str = "vacuum";
    let server = &health.server;
    if !server.autovacuum {
        let found = "autovacuum is off: tables grow and the server stops one day";
        return Finding::wrong(CHECK, found, "ALTER SYSTEM SET autovacuum = on; SELECT pg_reload_conf();");
    }
    if server.transaction_ids_used > TRANSACTION_IDS_MAX {
        let found = format!("{} million transaction ids are in use", server.transaction_ids_used / 1_000_000);
        return Finding::wrong(CHECK, found, "VACUUM FREEZE, and look for old transactions and replication slots");
    }
    if server.oldest_transaction_s > TRANSACTION_S_MAX {
        let found = format!("a transaction is open for {} minutes and holds it back", server.oldest_transaction_s / 60);
        return Finding::warning(CHECK, found, "end it (pg_stat_activity, pg_terminate_backend), if nobody needs it");
    }
    if !health.bloated.is_empty() {
        let found = format!("more dead rows than live ones in {}", health.bloated.join(", "));
        return Finding::warning(CHECK, found, "VACUUM these tables; if it comes again, make autovacuum more eager");
    }
    if !health.never_analyzed.is_empty() {
        let found = format!("no statistics of {}", health.never_analyzed.join(", "));
        return Finding::warning(CHECK, found, "ANALYZE these tables: without, plans are guesses");
    }
    Finding::ok(CHECK, "runs, and tables have statistics")
}

fn tables(health: &DatabaseHealth) -> Finding {
    const CHECK: &str = "migrations";
    let number = |version: Option<i64>| version.map_or("none".to_owned(), |version| version.to_string());
    let (migrated, newest) = (number(health.migrated), number(health.newest));
    if health.migrated < health.newest {
        let found = format!("the last one is {migrated}, this program's is {newest}");
        return Finding::wrong(CHECK, found, "liangdi migrate");
    }
    if health.migrated > health.newest {
        let found = format!("the last one is {migrated}, this program's is {newest}");
        return Finding::wrong(CHECK, found, "run the program that migrated it, or a newer one");
    }
    Finding::ok(CHECK, format!("{migrated}, all of this program's"))
}

/// What only the right key opens, and the weights that decided who is who.
async fn sealed(context: &Context) -> Vec<Finding> {
    let store = match context.store().await {
        Ok(store) => store,
        // A key that cannot be read was said among the files already.
        Err(_) if context.keys().is_err() => return Vec::new(),
        Err(error) => {
            let to_do = "point keys.file at the key this database was made with";
            return vec![Finding::wrong("sealed values", format!("{error:#}"), to_do)];
        }
    };
    let mut findings = vec![Finding::ok("sealed values", "the master key opens them")];
    findings.extend(weights(context, &store).await);
    store.close().await;
    findings
}

async fn weights(context: &Context, store: &PgStore) -> Option<Finding> {
    const CHECK: &str = "weights in use";
    // Files that cannot be read were said already.
    let (matching, keys) = (context.matching().ok()?, context.keys().ok()?);
    Some(match store.matching_mark().await {
        Ok(None) => Finding::ok(CHECK, "nobody was weighed yet"),
        Ok(Some(mark)) if mark == matching_mark(&matching, &keys) => Finding::ok(CHECK, "the configuration's"),
        Ok(Some(_)) => Finding::wrong(
            CHECK,
            "matching.file holds other weights than those that decided who is who; the hub does not start with them",
            "`liangdi rehearse --from-registry --matching FILE` shows what would change, `liangdi rematch` makes it so; \
             or bring the old file back",
        ),
        Err(error) => Finding::wrong(CHECK, error.to_string(), unreachable_to_do(&error)),
    })
}
