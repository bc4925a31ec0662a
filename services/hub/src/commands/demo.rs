//! What `deploy/run` calls: everything on the private servers of one directory, a sample month through AMQP as each
//! partner's own user, a summary, and what to try next.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use liangdi_broker::inspect::{inbox_count, queue_depths};
use liangdi_broker::topology::{self, names};
use liangdi_domain::division::Divisions;
use liangdi_domain::feed::Feed;
use liangdi_store::keys::Keys;
use liangdi_store::postgres::PgStore;
use liangdi_workbench::simulate::{self, NoiseLevel, Options};
use serde::Deserialize;
use serde_json::json;
use tokio_util::sync::CancellationToken;

use super::publish::{lines_as, progress, read_lines};
use super::{migrate, status};
use crate::cli::Demo;
use crate::context::Context;
use crate::roles::{self, Roles};
use crate::topology::compare;
use crate::{Found, say};

/// Equal samples on equal days.
const SEED: u64 = 1;
const SPAN_DAYS: u32 = 31;
const BAD_SHARE: f64 = 0.004;
/// How long the sample may take before something is wrong.
const WORK_OFF_MAX: Duration = Duration::from_secs(900);
/// How often it is looked at.
const LOOK_INTERVAL: Duration = Duration::from_millis(500);

/// `servers.json`, written by `deploy/local/servers`.
#[derive(Deserialize)]
struct Servers {
    amqp_admin_url: String,
    amqp_url: String,
    amqp_management_url: String,
    amqp_admin_user: String,
    amqp_admin_password: String,
    database_url: String,
    vhost: String,
}

/// Sets up, publishes, sums up; then runs on until Ctrl-C, or stops.
pub async fn run(arguments: Demo) -> Result<Found> {
    let shutdown = roles::shutdown_on_signal()?;
    let local = std::path::absolute(&arguments.local)?;
    let servers = read_servers(&local)?;
    std::fs::write(local.join("hub.pid"), std::process::id().to_string())?;

    say::note("making a fictional month that ends today …");
    let sample = local.join("sample");
    let today = liangdi_registry::ingest::now().date_naive();
    simulate::simulate(&Options {
        persons: arguments.persons,
        seed: SEED,
        noise: NoiseLevel::Low,
        as_of: today,
        span_days: SPAN_DAYS,
        bad_share: BAD_SHARE,
        out: sample.clone(),
    })?;
    let users = passwords(&local, &sample)?;
    let config = write_config(&local, &servers, &arguments)?;
    write_endpoints(&local, &servers, &arguments, &users)?;

    let context = Context::load(Some(&config))?;
    migrate::run(&context).await?;
    say::note("exchanges, queues and users on the broker (the first time this takes a minute) …");
    topology_apply(&context).await?;

    let hub = tokio::spawn({
        let (context, shutdown) = (context.clone(), shutdown.clone());
        async move { roles::run(&context, &Roles::all(), &shutdown).await }
    });
    let outcome = tokio::select! {
        outcome = sample_month(&context, &servers, &sample, &users, &shutdown) => outcome,
        // A role that cannot start ends the hub; its own error says more than ours.
        () = ended(&hub) => Ok(None),
    };
    let summary = match outcome {
        Ok(Some(summary)) => summary,
        other => {
            shutdown.cancel();
            hub.await??;
            other?;
            return Ok(Found::Nothing);
        }
    };
    if arguments.exit {
        shutdown.cancel();
    } else {
        next_steps(&local, &arguments);
    }
    hub.await??;
    drop(std::fs::remove_file(local.join("hub.pid")));
    if arguments.exit {
        say::line(summary);
    }
    Ok(Found::Nothing)
}

async fn ended(hub: &tokio::task::JoinHandle<Result<()>>) {
    while !hub.is_finished() {
        tokio::time::sleep(LOOK_INTERVAL).await;
    }
}

fn read_servers(local: &Path) -> Result<Servers> {
    let path = local.join("servers.json");
    let text = std::fs::read_to_string(&path)
        .with_context(|| format!("{}: deploy/local/servers start {} makes it", path.display(), local.display()))?;
    serde_json::from_str(&text).with_context(|| path.display().to_string())
}

async fn topology_apply(context: &Context) -> Result<()> {
    let admin = context.admin()?;
    let wanted = topology::Wanted::new(&context.scope()?);
    let plan = compare(&admin.management, &wanted).await?;
    say::note(plan.summary());
    if !plan.is_done() {
        topology::apply(&admin, &wanted, &plan).await?;
    }
    Ok(())
}

/// A password for every publisher of the sample; those made before are kept.
fn passwords(local: &Path, sample: &Path) -> Result<BTreeMap<String, String>> {
    #[derive(Deserialize)]
    struct Publishers {
        users: Vec<String>,
    }
    let text = std::fs::read_to_string(sample.join("publishers.json"))?;
    let publishers: Publishers = serde_json::from_str(&text).context("publishers.json")?;
    let path = local.join("users.json");
    let mut users: BTreeMap<String, String> = match std::fs::read_to_string(&path) {
        Ok(text) => serde_json::from_str(&text).with_context(|| path.display().to_string())?,
        Err(_) => BTreeMap::new(),
    };
    for user in publishers.users {
        // A version 4 UUID has 122 random bits.
        users.entry(user).or_insert_with(|| uuid::Uuid::new_v4().simple().to_string());
    }
    write_secret(&path, &serde_json::to_string_pretty(&users)?)?;
    Ok(users)
}

fn write_config(local: &Path, servers: &Servers, arguments: &Demo) -> Result<PathBuf> {
    let key = local.join("liangdi.key");
    if !key.exists() {
        Keys::generate_file(&key)?;
    }
    let config = json!({
        "amqp": {
            "url": servers.amqp_url, "vhost": servers.vhost, "management_url": servers.amqp_management_url,
            "admin_user": servers.amqp_admin_user, "admin_password": servers.amqp_admin_password,
        },
        "database": {"url": servers.database_url},
        "keys": {"file": key},
        "topology": {"users_file": local.join("users.json")},
        "console": {"listen": arguments.console},
    });
    let path = local.join("liangdi.toml");
    write_secret(&path, &toml::to_string(&config)?)?;
    Ok(path)
}

fn write_endpoints(local: &Path, servers: &Servers, arguments: &Demo, users: &BTreeMap<String, String>) -> Result<()> {
    let endpoints = json!({
        "amqp_admin_url": servers.amqp_admin_url,
        "amqp_url": servers.amqp_url,
        "database_url": servers.database_url,
        "console_url": format!("http://{}", arguments.console),
        "users": users,
    });
    write_secret(&local.join("endpoints.json"), &format!("{endpoints:#}\n"))
}

/// A file that only its owner may read, from its first byte on.
fn write_secret(path: &Path, text: &str) -> Result<()> {
    use std::io::Write;
    use std::os::unix::fs::OpenOptionsExt;
    let beside = path.with_extension("new");
    drop(std::fs::remove_file(&beside));
    let mut file = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&beside)?;
    file.write_all(text.as_bytes())?;
    std::fs::rename(&beside, path).with_context(|| path.display().to_string())
}

/// Publishes the month, waits until it is worked off, and sums up; none if `shutdown` came first.
async fn sample_month(
    context: &Context,
    servers: &Servers,
    sample: &Path,
    users: &BTreeMap<String, String>,
    shutdown: &CancellationToken,
) -> Result<Option<String>> {
    let store = PgStore::connect(&context.config.database, context.keys()?).await?;
    let before: i64 = store.status().await?.feeds.iter().map(|feed| feed.received).sum();
    let mut published = Vec::new();
    for feed in Feed::ALL {
        let lines = read_lines(&sample.join(format!("{feed}.jsonl")))?;
        let bar = progress(lines.len() as u64, &format!("publishing {feed}"));
        for (user, lines) in simulate::by_publisher(sample, feed, lines)? {
            let Some(password) = users.get(&user) else { bail!("the sample has no user {user}") };
            let endpoint = context.endpoint()?.as_user(&user, &password.clone().into())?;
            published.push((feed, lines.len()));
            let sent = lines_as(&endpoint, feed, false, lines, &context.publishing(), &bar).await?;
            if sent.refused > 0 {
                bail!("the broker did not take {} messages of {user}", sent.refused);
            }
            if shutdown.is_cancelled() {
                return Ok(None);
            }
        }
        bar.finish();
    }
    let total: usize = published.iter().map(|(_, lines)| lines).sum();
    if !work_off(&store, before, total, shutdown).await? {
        return Ok(None);
    }
    let inboxes = inbox_count(&context.admin()?.management, &servers.vhost).await?;
    let summary = sum_up(&store, context, &published, inboxes).await?;
    store.close().await;
    Ok(Some(summary))
}

/// Waits until every message is taken and every notice is out.
async fn work_off(store: &PgStore, before: i64, total: usize, shutdown: &CancellationToken) -> Result<bool> {
    let bar = progress(total as u64, "into the register");
    let deadline = Instant::now() + WORK_OFF_MAX;
    loop {
        let status = store.status().await?;
        let received = status.feeds.iter().map(|feed| feed.received).sum::<i64>() - before;
        bar.set_position(received.unsigned_abs());
        if received >= total as i64 && status.outbox_waiting == 0 {
            bar.finish();
            return Ok(true);
        }
        if Instant::now() > deadline {
            bail!(
                "the sample is not worked off after {} s: {received} of {total} messages taken, {} notices waiting",
                WORK_OFF_MAX.as_secs(),
                status.outbox_waiting
            );
        }
        if tokio::time::timeout(LOOK_INTERVAL, shutdown.cancelled()).await.is_ok() {
            return Ok(false);
        }
    }
}

/// Prints what became of the month; returns the one-line JSON.
async fn sum_up(store: &PgStore, context: &Context, published: &[(Feed, usize)], inboxes: usize) -> Result<String> {
    let status = store.status().await?;
    say::line("");
    let rows: Vec<Vec<String>> = status
        .feeds
        .iter()
        .map(|feed| {
            let sent: usize = published.iter().filter(|(of, _)| *of == feed.feed).map(|(_, lines)| lines).sum();
            [sent as i64, feed.recorded, feed.duplicates, feed.quarantined].iter().fold(
                vec![feed.feed.to_string()],
                |mut row, count| {
                    row.push(count.to_string());
                    row
                },
            )
        })
        .collect();
    say::table(&["feed", "published now", "recorded", "duplicate", "quarantined"], &rows);
    say::line(format!("\npersons: {}", status.persons));
    say::line(format!("notices: {}", status::list(&status.notices)));
    say::line(format!("quarantined: {}", status::list(&status.quarantine_open)));
    say::line("busiest jurisdictions:");
    for busy in store.busiest(10).await? {
        let name = busy.of.parse().map(|code| Divisions::shipped().full_name(code)).unwrap_or_default();
        say::line(format!("  {:>6}  {:9}  {name}", busy.count, busy.of));
    }
    let queues: Vec<String> = Feed::ALL.into_iter().map(names::feed).collect();
    let left: u32 = queue_depths(&context.endpoint()?, &queues).await?.iter().filter_map(|depth| depth.ready).sum();
    say::line(format!("left in the feeds' queues: {left}; inboxes: {inboxes}"));
    let recorded: i64 = status.feeds.iter().map(|feed| feed.recorded).sum();
    let quarantined: i64 = status.feeds.iter().map(|feed| feed.quarantined).sum();
    let summary = json!({
        "messages": recorded + quarantined, "quarantined": quarantined, "persons": status.persons,
        "notices": status.published, "inboxes": inboxes,
    });
    Ok(summary.to_string())
}

fn next_steps(local: &Path, arguments: &Demo) {
    let config = local.join("liangdi.toml");
    let mut text = String::from("\nThe hub runs until Ctrl-C. In another terminal:\n");
    let binary = std::env::current_exe().map_or("liangdi".to_owned(), |path| path.display().to_string());
    let _ = writeln!(text, "  export LIANGDI_CONFIG={}", config.display());
    for command in [
        "status",
        "quarantine list",
        "watch 320583100",
        "topology plan",
        &format!("check {}", local.join("sample/police.jsonl").display()),
    ] {
        let _ = writeln!(text, "  {binary} {command}");
    }
    let _ = write!(text, "  curl http://{}/readyz", arguments.console);
    say::line(text);
}
