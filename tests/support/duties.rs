//! What townships owe without being asked, worked out plainly from the text of the rules and from facts as they are stored
//! (codes and dates): what a village reported is recorded by its township within 5 working days; after a registration the
//! township offers its services within 29 days; the reminder of either comes on the next working day, once. What a person asks
//! by right is settled within 15 working days of its filing; nobody does, and the hub's province hears on the next.
//!
//! Of services only plain persons are judged: one registration, work or family, from another prefecture, and nothing that
//! could end it. Of all others only that nobody is reminded twice.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{Days, NaiveDate};
use serde_json::Value;
use sqlx::PgConnection;
use uuid::Uuid;

use super::rulebook::PlainCalendar;

/// Person, procedure, township, day 0.
pub(crate) type Duty = (Uuid, String, String, NaiveDate);

/// A fact that stands.
struct Known {
    person: Uuid,
    fact: Value,
    first: NaiveDate,
    sources: Vec<String>,
    ended: bool,
}

impl Known {
    fn is(&self, kind: &str) -> bool {
        self.fact["fact"] == kind
    }

    fn text(&self, member: &str) -> &str {
        self.fact[member].as_str().unwrap_or_default()
    }

    fn day(&self, member: &str) -> NaiveDate {
        self.text(member).parse().unwrap()
    }

    /// The township of a code, where it names one.
    fn township(&self, member: &str) -> Option<&str> {
        self.text(member).get(..9)
    }

    fn is_registration(&self) -> bool {
        self.is("residence") && self.text("by") != "report"
    }
}

/// What stands in the evening: duties that are late, those of them that must have been told, and all that there are.
pub(crate) struct Standing {
    /// Late and not done.
    pub(crate) late: BTreeSet<Duty>,
    /// Those about whom the oracle knows enough to demand a reminder.
    pub(crate) demanded: BTreeSet<Duty>,
}

pub(crate) async fn standing(connection: &mut PgConnection, today: NaiveDate, calendar: &PlainCalendar) -> Standing {
    let mut by_person: BTreeMap<Uuid, Vec<Known>> = BTreeMap::new();
    for known in facts(connection).await {
        by_person.entry(known.person).or_default().push(known);
    }
    let mut standing = Standing { late: BTreeSet::new(), demanded: BTreeSet::new() };
    for (person, facts) in by_person {
        let death = facts.iter().any(|known| known.is("death") || known.text("reason") == "died");
        for report in &facts {
            let Some((township, day_zero)) = unrecorded(report, &facts) else { continue };
            let duty = (person, "record".to_owned(), township, day_zero);
            if late_on(&duty, calendar) <= today {
                standing.demanded.extend((!death).then(|| duty.clone()));
                standing.late.insert(duty);
            }
        }
        for request in facts.iter().filter(|known| known.is("rights-requested")) {
            let duty = (person, "rights-request".to_owned(), "320000".to_owned(), request.day("filed_on"));
            if late_on(&duty, calendar) <= today {
                standing.demanded.insert(duty.clone());
                standing.late.insert(duty);
            }
        }
        for stay in facts.iter().filter(|known| known.is_registration()) {
            let served = |known: &Known| {
                known.is("service")
                    && known.township("place") == stay.township("place")
                    && known.day("on") >= stay.day("since")
            };
            let township = stay.township("place").unwrap_or_default().to_owned();
            let duty = (person, "service-offer".to_owned(), township, stay.first);
            if late_on(&duty, calendar) <= today && !facts.iter().any(served) {
                standing.demanded.extend(is_plain(stay, &facts).then(|| duty.clone()));
                standing.late.insert(duty);
            }
        }
    }
    standing
}

/// The day of its reminder.
pub(crate) fn late_on((_, procedure, _, day_zero): &Duty, calendar: &PlainCalendar) -> NaiveDate {
    let due = match procedure.as_str() {
        "record" => calendar.working_days_after(*day_zero, 5),
        "service-offer" => *day_zero + Days::new(29),
        "rights-request" => calendar.working_days_after(*day_zero, 15),
        other => panic!("nobody owes {other}"),
    };
    calendar.working_days_after(due, 1)
}

/// The township and the day of a village's report that nobody recorded.
fn unrecorded(report: &Known, facts: &[Known]) -> Option<(String, NaiveDate)> {
    let place = if report.is("residence") { "place" } else { "household" };
    let kind = report.text("fact");
    let township = report.township(place)?;
    let from_village = report.sources.iter().any(|source| {
        let office = source.rsplit(':').next().unwrap();
        office.len() == 12 && office.starts_with(township)
    });
    if report.text("by") != "report" || !from_village {
        return None;
    }
    let recorded = facts.iter().any(|other| {
        let in_time = kind == "residence" || (other.is(kind) && other.day("left_on") >= report.day("left_on"));
        other.is(kind) && other.text("by") != "report" && other.township(place) == Some(township) && in_time
    });
    (!recorded).then(|| (township.to_owned(), report.first))
}

/// Whether nothing else could bear on a registration.
fn is_plain(stay: &Known, facts: &[Known]) -> bool {
    const BEARING: [&str; 6] =
        ["residence-cancelled", "returned", "presence", "death", "household-moved", "identity-changed"];
    let lasting = ["work", "business", "family", "other"].contains(&stay.text("reason"));
    let registrations = facts.iter().filter(|known| known.is_registration()).count();
    let mut homes = facts.iter().map(|known| known.text("household")).filter(|home| !home.is_empty());
    let far = |home: &str| home.get(..4) != stay.text("place").get(..4);
    lasting
        && registrations == 1
        && !stay.ended
        && !stay.text("household").is_empty()
        && homes.all(far)
        && !facts.iter().any(|known| BEARING.contains(&known.text("fact")))
}

async fn facts(connection: &mut PgConnection) -> Vec<Known> {
    type Row = (Uuid, String, NaiveDate, Vec<String>, bool);
    let rows: Vec<Row> = sqlx::query_as(
        "SELECT p.person, f.content::text, (min(e.time) AT TIME ZONE 'Asia/Shanghai')::date, array_agg(e.source),
            EXISTS (SELECT FROM endings n WHERE n.key = f.key AND NOT n.withdrawn)
        FROM facts f JOIN profiles p ON p.id = f.profile
        JOIN evidence e ON e.profile = f.profile AND e.fact = f.id AND NOT e.withdrawn
        GROUP BY p.person, f.profile, f.id",
    )
    .fetch_all(connection)
    .await
    .unwrap();
    let known = |(person, fact, first, sources, ended): Row| Known {
        person,
        fact: serde_json::from_str(&fact).unwrap(),
        first,
        sources,
        ended,
    };
    rows.into_iter().map(known).collect()
}

/// The duties that reminders were about, as their persons are known now.
pub(crate) async fn reminded(connection: &mut PgConnection, notices: &[Uuid]) -> Vec<Duty> {
    let rows: Vec<(Uuid, String, String, NaiveDate)> = sqlx::query_as(
        "SELECT p.person, t.variant, t.receiver, t.since FROM ledger l JOIN told t ON t.id = l.statement
        JOIN profiles p ON p.id = t.ground WHERE l.id = ANY($1) AND t.topic = 'duty'",
    )
    .bind(notices)
    .fetch_all(connection)
    .await
    .unwrap();
    rows
}
