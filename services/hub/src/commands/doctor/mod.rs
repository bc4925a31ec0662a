//! `liangdi doctor`: looks at everything the hub stands on, one line a check, and says what to do about what is wrong.
//! It changes nothing and needs nothing to be right: what cannot be asked is itself a finding. No identity value and no
//! password is in any of it.

mod broker;
mod database;
mod files;
mod provider;

use std::fmt;
use std::path::Path;

use anyhow::Result;
use chrono::{DateTime, TimeDelta, Utc};
use serde::Serialize;
use serde_json::json;

use crate::context::Context;
use crate::{Found, say};

/// Clocks that differ by more: notices of one second would seem to be of another.
const SKEW_WARNING: TimeDelta = TimeDelta::seconds(2);
/// Clocks that differ by more: around midnight, due dates are counted from the wrong day.
const SKEW_WRONG: TimeDelta = TimeDelta::seconds(60);

/// How one thing stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// What was looked at.
    check: &'static str,
    /// How it is.
    state: State,
    /// What was seen.
    found: String,
    /// What to do about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    to_do: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum State {
    Ok,
    Warning,
    Wrong,
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            State::Ok => "ok",
            State::Warning => "warning",
            State::Wrong => "WRONG",
        })
    }
}

impl Finding {
    fn ok(check: &'static str, found: impl Into<String>) -> Self {
        Finding { check, state: State::Ok, found: found.into(), to_do: None }
    }

    fn warning(check: &'static str, found: impl Into<String>, to_do: impl Into<String>) -> Self {
        Finding { check, state: State::Warning, found: found.into(), to_do: Some(to_do.into()) }
    }

    fn wrong(check: &'static str, found: impl Into<String>, to_do: impl Into<String>) -> Self {
        Finding { check, state: State::Wrong, found: found.into(), to_do: Some(to_do.into()) }
    }
}

/// Looks at everything. Faults if something is wrong; warnings alone are none.
pub async fn run(config: Option<&Path>, as_json: bool) -> Result<Found> {
    let mut findings = Vec::new();
    match Context::load(config) {
        Ok(context) => {
            findings.extend(files::look(&context, config));
            findings.extend(broker::look(&context).await);
            findings.extend(database::look(&context).await);
            findings.extend(provider::look(&context).await);
        }
        Err(error) => findings.push(files::unreadable(config, &error)),
    }
    let wrong = findings.iter().any(|finding| finding.state == State::Wrong);
    if as_json {
        say::line(json!({"ok": !wrong, "checks": findings}).to_string());
    } else {
        findings.iter().for_each(show);
    }
    Ok(Found::faults_if(wrong))
}

fn show(finding: &Finding) {
    let Finding { check, state, found, to_do } = finding;
    let to_do = to_do.as_ref().map(|to_do| format!(" -> {to_do}")).unwrap_or_default();
    say::line(format!("{state:<7}  {check:<14}  {found}{to_do}"));
}

/// How far a server's clock is from this machine's, which was read before and after the server was asked.
fn skew(check: &'static str, asked: DateTime<Utc>, theirs: DateTime<Utc>, answered: DateTime<Utc>) -> Finding {
    let skew = if theirs < asked { theirs - asked } else { (theirs - answered).max(TimeDelta::zero()) };
    let seconds = skew.as_seconds_f64();
    let synchronise = "synchronise the clocks of both machines (chrony, systemd-timesyncd)";
    let found = format!("its clock is {seconds:+.1} s from this machine's");
    if skew.abs() > SKEW_WRONG {
        Finding::wrong(check, found, synchronise)
    } else if skew.abs() > SKEW_WARNING {
        Finding::warning(check, found, synchronise)
    } else {
        Finding::ok(check, "its clock and this machine's agree")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clocks_agree_while_theirs_lies_between_question_and_answer_give_or_take_two_seconds() {
        let at = |seconds: i64| DateTime::from_timestamp(1_700_000_000 + seconds, 0).unwrap();
        let state = |theirs| skew("test", at(0), at(theirs), at(5)).state;
        assert_eq!([-2, 0, 5, 7].map(state), [State::Ok; 4]);
        assert_eq!([-3, 8, -60, 65].map(state), [State::Warning; 4]);
        assert_eq!([-61, 66].map(state), [State::Wrong; 2]);
    }
}
