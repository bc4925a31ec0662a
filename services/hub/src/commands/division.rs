//! `liangdi division list|show|progress`: boundary changes as they were announced, and what became of them.

use anyhow::{Result, bail};
use chrono::NaiveDate;
use liangdi_domain::division::{Announcement, Code, Fault, Register, Ruling};
use liangdi_store::port::register;
use liangdi_store::postgres::DivisionProgress;
use serde_json::{Value, json};

use crate::cli::Division;
use crate::context::Context;
use crate::{Found, say};

/// Carries a command out. An announcement that is not followed is a fault that scripts can see.
pub async fn run(context: &Context, command: Division) -> Result<Found> {
    let store = context.store().await?;
    let register = register(context.tables, store.announced().await?);
    match command {
        Division::List { json } => Ok(list(&register, context.day(None), json)),
        Division::Show { code, as_of, json } => show(&register, code, context.day(as_of), json),
        Division::Progress { json } => {
            progress(store.division_progress().await?.as_ref(), &register, context.day(None), json);
            Ok(Found::Nothing)
        }
    }
}

fn list(register: &Register, today: NaiveDate, as_json: bool) -> Found {
    if as_json {
        register.rulings().iter().for_each(|row| say::line(listed(row, today).to_string()));
    } else if register.rulings().is_empty() {
        say::line("no boundary change was announced");
    } else {
        let header = ["from day", "number", "kind", "from", "to", "stands", "message"];
        let rows: Vec<Vec<String>> = register.rulings().iter().map(|row| in_table(row, today)).collect();
        say::table(&header, &rows);
    }
    let refused = |(_, ruling): &(Announcement, Ruling)| matches!(ruling, Ruling::Refused(_));
    Found::faults_if(register.rulings().iter().any(refused))
}

fn in_table(row: &(Announcement, Ruling), today: NaiveDate) -> Vec<String> {
    let (Announcement { key, change, .. }, _) = row;
    let codes = |entries: &[liangdi_domain::division::Entry]| {
        entries.iter().map(|entry| entry.code.to_string()).collect::<Vec<_>>().join(" ")
    };
    vec![
        change.effective_on.to_string(),
        change.number.clone(),
        kind(row),
        codes(&change.from),
        codes(&change.to),
        stands(row, today),
        format!("{} {}", key.source, key.id),
    ]
}

fn listed(row: &(Announcement, Ruling), today: NaiveDate) -> Value {
    let (Announcement { key, change, settled, .. }, _) = row;
    json!({
        "source": key.source, "id": key.id, "number": change.number, "kind": change.kind, "from": change.from,
        "to": change.to, "effective_on": change.effective_on, "stands": stands(row, today), "settled": settled,
    })
}

fn kind((announcement, _): &(Announcement, Ruling)) -> String {
    json!(announcement.change.kind).as_str().unwrap_or_default().to_owned()
}

fn stands((announcement, ruling): &(Announcement, Ruling), today: NaiveDate) -> String {
    match ruling {
        Ruling::Followed if announcement.change.effective_on > today => "announced".to_owned(),
        Ruling::Followed if announcement.settled => "in force".to_owned(),
        Ruling::Followed => "in force, being worked off".to_owned(),
        Ruling::Superseded => "superseded by a later word under its number".to_owned(),
        Ruling::Refused(fault) => format!("not followed: {} ({})", what(fault), fault.path()),
    }
}

fn what(fault: &Fault) -> &'static str {
    match fault {
        Fault::Shape(_) => "it does not fit what is said to happen",
        Fault::Unknown(_) => "no such division on the day before",
        Fault::Taken(_) => "the code is another division's, or was",
        Fault::Conflict(_) => "another announcement changes the same division that day",
        Fault::Cycle(_) => "the changes of that day lead back to where they began",
    }
}

fn show(register: &Register, code: Code, today: NaiveDate, as_json: bool) -> Result<Found> {
    let divisions = register.on(today);
    let Ok(resolved) = divisions.resolve(code) else {
        bail!("{code}: the first two digits name no province");
    };
    let about: Vec<&(Announcement, Ruling)> = register
        .rulings()
        .iter()
        .filter(|(announcement, _)| {
            let change = &announcement.change;
            change.from.iter().chain(&change.to).any(|entry| entry.code == code || entry.code == resolved.code)
        })
        .collect();
    let receiver = divisions.receiver(code).map(|receiver| receiver.to_string());
    if as_json {
        let about: Vec<Value> = about.iter().map(|row| listed(row, today)).collect();
        let (name, was) = (divisions.full_name(code), divisions.name(code));
        say::line(
            json!({
                "code": code, "today": resolved.code, "name": name, "own_name": was, "receiver": receiver,
                "in_force": divisions.is_in_force(code), "announced": about,
            })
            .to_string(),
        );
        return Ok(Found::Nothing);
    }
    say::line(format!("{code} {}", divisions.name(code).unwrap_or_default()));
    say::line(format!("today    {} {}", resolved.code, divisions.full_name(code)));
    say::line(format!("hears    {}", receiver.unwrap_or_default()));
    for row in about {
        say::line(format!("{}  {} {}", row.0.change.effective_on, kind(row), stands(row, today)));
    }
    Ok(Found::Nothing)
}

fn progress(under_way: Option<&DivisionProgress>, register: &Register, today: NaiveDate, as_json: bool) {
    let open: Vec<&Announcement> = register.in_force(today).filter(|announcement| !announcement.settled).collect();
    if as_json {
        let work = under_way.map(|progress| {
            let work = &progress.work;
            json!({
                "done": progress.done(), "profiles": work.looked_at, "persons": work.touched, "since": progress.since,
                "codes": work.codes,
            })
        });
        say::line(json!({"under_way": work, "announcements_left": open.len()}).to_string());
        return;
    }
    match under_way {
        Some(progress) => say::line(in_words(progress)),
        None if open.is_empty() => say::line("nobody is left to be looked at for a boundary change"),
        None => say::line(format!("{} changes in force wait for the clock (`liangdi run clock`)", open.len())),
    }
}

/// One line on how far the work has come.
pub fn in_words(progress: &DivisionProgress) -> String {
    let DivisionProgress { work, since } = progress;
    let codes: Vec<&str> = work.codes.iter().map(Code::as_str).collect();
    format!(
        "boundary changes at {}: {:.1} % done, {} profiles looked at, {} persons derived again, since {}",
        codes.join(" "),
        progress.done() * 100.0,
        work.looked_at,
        work.touched,
        since.to_rfc3339_opts(chrono::SecondsFormat::Secs, true),
    )
}
