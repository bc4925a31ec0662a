//! What lies in files: configuration, master key, users, weights, procedures, and the calendar that ships.

use std::path::Path;

use anyhow::Error;
use chrono::{Datelike, NaiveDate, TimeDelta};
use liangdi_domain::calendar::Calendar;

use super::Finding;
use crate::context::Context;

/// How long before the last known year ends the next one's holidays are asked for. The State Council publishes them
/// in November, and due dates reach further than a month.
const CALENDAR_ASKED_BEFORE: TimeDelta = TimeDelta::days(45);

/// Looks at every file.
pub(super) fn look(context: &Context, config: Option<&Path>) -> Vec<Finding> {
    let mut findings = vec![
        configuration(context, config),
        keys(context),
        users(context),
        matching(context),
        procedures(context),
        calendar(context.day(None), Calendar::shipped().last_known_year()),
    ];
    let secrets = context.config.peers.iter().flat_map(|peer| [&peer.uri_file, &peer.password_file]);
    findings.extend(secrets.map(|path| private("peers", path, "is there")));
    let oidc = &context.config.console.oidc;
    if oidc.is_on() {
        findings.push(private("oidc secret", &oidc.client_secret_file, "is there"));
    }
    findings
}

/// A configuration that cannot be read, so that nothing else can be looked at.
pub(super) fn unreadable(config: Option<&Path>, error: &Error) -> Finding {
    let file = config.map_or("the shipped defaults".to_owned(), |path| path.display().to_string());
    Finding::wrong("configuration", format!("{error:#}"), format!("mend {file}; everything else depends on it"))
}

fn configuration(context: &Context, config: Option<&Path>) -> Finding {
    const CHECK: &str = "configuration";
    let Some(path) = config else {
        return Finding::warning(
            CHECK,
            "the shipped defaults alone",
            "write what differs here, addresses with passwords above all, to a file and name it with --config",
        );
    };
    if let Err(error) = context.endpoint() {
        return Finding::wrong(CHECK, format!("{error:#}"), format!("mend it in {}", path.display()));
    }
    private(CHECK, path, "every key is known and has a usable value")
}

fn keys(context: &Context) -> Finding {
    const CHECK: &str = "master key";
    match context.keys() {
        Ok(_) => Finding::ok(CHECK, format!("{} is readable by its owner alone", context.config.keys.file.display())),
        Err(error) => Finding::wrong(
            CHECK,
            format!("{error:#}"),
            "bring the key this database was made with back from its safe; without it nobody can read what is sealed \
             (for a new database: `liangdi keygen FILE`)",
        ),
    }
}

fn users(context: &Context) -> Finding {
    const CHECK: &str = "users file";
    let path = &context.config.topology.users_file;
    if path.as_os_str().is_empty() {
        return Finding::ok(CHECK, "topology.users_file is not set: no offices' users are kept here");
    }
    match context.scope() {
        Ok(scope) => private(CHECK, path, &format!("{} users, the hub's included", scope.users.len())),
        Err(error) => Finding::wrong(CHECK, format!("{error:#}"), format!("mend {}", path.display())),
    }
}

fn matching(context: &Context) -> Finding {
    match context.matching() {
        Ok(_) => Finding::ok("weights", of(&context.config.matching.file, "config/matching.toml")),
        Err(error) => Finding::wrong("weights", format!("{error:#}"), "mend the file that matching.file names"),
    }
}

fn procedures(context: &Context) -> Finding {
    match context.procedures() {
        Ok(_) => Finding::ok("procedures", of(&context.config.procedures.file, "config/procedures.toml")),
        Err(error) => Finding::wrong(
            "procedures",
            format!("{error:#}"),
            "mend the file that procedures.file names; `liangdi procedures check FILE` says more",
        ),
    }
}

fn of(file: &Path, shipped: &str) -> String {
    if file.as_os_str().is_empty() { format!("the shipped {shipped}") } else { format!("{} reads", file.display()) }
}

fn calendar(today: NaiveDate, last_known: i32) -> Finding {
    const CHECK: &str = "calendar";
    let found = format!("holidays are known up to {last_known}");
    let to_do =
        format!("install the version whose calendar knows {}; until then due dates are provisional", last_known + 1);
    if today.year() > last_known {
        Finding::wrong(CHECK, found, to_do)
    } else if (today + CALENDAR_ASKED_BEFORE).year() > last_known {
        Finding::warning(CHECK, found, to_do)
    } else {
        Finding::ok(CHECK, found)
    }
}

/// Files with passwords are their owner's alone.
#[cfg(unix)]
fn private(check: &'static str, path: &Path, found: &str) -> Finding {
    use std::os::unix::fs::PermissionsExt;
    let place = path.display();
    match std::fs::metadata(path) {
        Ok(metadata) if metadata.permissions().mode() & 0o077 != 0 => {
            let mode = metadata.permissions().mode() & 0o7777;
            Finding::warning(
                check,
                format!("{place} has mode {mode:04o}: others may read its passwords"),
                format!("chmod 600 {place}"),
            )
        }
        Ok(_) => Finding::ok(check, format!("{place}: {found}")),
        Err(error) => Finding::wrong(check, format!("{place}: {error}"), "make it readable for the hub's user"),
    }
}

#[cfg(not(unix))]
fn private(check: &'static str, path: &Path, found: &str) -> Finding {
    Finding::ok(check, format!("{}: {found}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::super::State;
    use super::*;

    #[test]
    fn the_next_years_holidays_are_asked_for_in_time() {
        let state = |day: &str| calendar(day.parse().unwrap(), 2026).state;
        assert_eq!(state("2026-11-16"), State::Ok);
        assert_eq!(state("2026-11-17"), State::Warning);
        assert_eq!(state("2026-12-31"), State::Warning);
        assert_eq!(state("2027-01-01"), State::Wrong);
    }
}
