//! Months pass, day by day, over the simulator's feeds: every reminder and every escalation comes on the day that the
//! procedures name, once, and none is missing. What is expected is worked out here, plainly, from the text of the rules:
//! answer an inflow within 10 working days, a reminder on the next, the superior after 5, the prefecture after 10; register
//! a lead within 20 days, one reminder on the next working day; answer a verification within 15 working days, a reminder
//! on the next, the superior after 5.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::{Datelike, Days, NaiveDate, Utc, Weekday};
use liangdi_domain::feed::Feed;
use liangdi_domain::notice::envelope;
use liangdi_registry::ingest::Registry;
use liangdi_registry::offline;
use liangdi_store::keys::Keys;
use liangdi_store::port::{Outbox, Outgoing};
use liangdi_store::postgres::PgStore;
use serde_json::Value;
use sqlx::PgConnection;
use uuid::Uuid;

use crate::support::ground::{Setup, on_bare_ground};
use crate::support::message::Message;
use crate::support::registry;
use crate::support::sample::Sample;

const PERSONS: u32 = 250;
/// Days that pass after the last message: long enough for every clock to run out.
const DAYS_AFTER: u64 = 75;
/// Days between the first message and the last.
const SPAN_DAYS: u32 = 120;

/// Who heard that what is late, on which day: (day, kind, receiver, case).
type Heard = BTreeSet<(NaiveDate, &'static str, String, Uuid)>;

/// A question as it was put last.
struct Asked {
    on: NaiveDate,
    kind: String,
    receiver: String,
    answered: bool,
}

#[tokio::test(flavor = "multi_thread")]
async fn every_reminder_and_escalation_comes_on_its_working_day_none_twice_and_none_missing() {
    on_bare_ground("time-travel", Setup::default(), async |ground| {
        ground.create_database(&ground.database).await;
        ground.liangdi(&["migrate"]).await.exits(0);
        let store = ground.store().await;
        let keys = Keys::read_file(&ground.dir.join("liangdi.key")).unwrap();
        let sample = Sample::over_days("time-travel", PERSONS, 5, SPAN_DAYS);
        let mut days = by_day(&sample);
        let (first, last) = (*days.keys().next().unwrap(), sample.as_of + Days::new(DAYS_AFTER));
        let mut registry =
            registry::on(store.clone(), keys, first, liangdi_domain::identity::Matching::shipped().clone());
        let mut connection = ground.connection().await;
        assert!(store.lease(Uuid::now_v7(), std::time::Duration::from_secs(600)).await.unwrap());

        let calendar = PlainCalendar::read();
        let mut asked: BTreeMap<Uuid, Asked> = BTreeMap::new();
        let (mut heard, mut expected) = (Heard::new(), Heard::new());
        let mut replies: BTreeMap<NaiveDate, Vec<(Uuid, Vec<u8>)>> = BTreeMap::new();
        for today in first.iter_days().take_while(|day| *day <= last) {
            registry.as_of = Some(today);
            for (case, reply) in replies.remove(&today).unwrap_or_default() {
                // Whoever was reminded to answer what has ended does not.
                if is_open(&mut connection, case).await {
                    offline_commit(&registry, Feed::Township, &[reply]).await;
                    asked.get_mut(&case).unwrap().answered = true;
                }
            }
            offline_commit_all(&registry, days.remove(&today).unwrap_or_default()).await;
            while registry.wake(100).await.unwrap().persons > 0 {}

            let sent = take_out(&store).await;
            for outgoing in &sent {
                note_question(outgoing, today, &mut asked);
            }
            expected.extend(late_today(&mut connection, &asked, today, &calendar).await);
            for outgoing in sent {
                heard.extend(who_hears(&outgoing, today));
                if let Some((after, case, reply)) = reply_of(&outgoing, today) {
                    replies.entry(today + Days::new(after)).or_default().push((case, reply));
                }
            }
        }
        let missing: Vec<_> = expected.difference(&heard).take(10).collect();
        let too_many: Vec<_> = heard.difference(&expected).take(10).collect();
        assert!(missing.is_empty() && too_many.is_empty(), "missing {missing:?}, too many {too_many:?}");
        assert!(
            heard.iter().filter(|(_, kind, ..)| *kind == "reminder").count() > 50,
            "there was something to be late with"
        );
        assert!(heard.iter().any(|(_, kind, ..)| *kind == "escalation"));
        store.close().await;
    })
    .await;
}

/// A feed's line.
type Line = (Feed, Vec<u8>);

/// The sample's lines by the day on which their office recorded them. Lines that cannot be read are left out.
fn by_day(sample: &Sample) -> BTreeMap<NaiveDate, Vec<Line>> {
    let mut days: BTreeMap<NaiveDate, Vec<Line>> = BTreeMap::new();
    for (feed, line) in registry::lines(sample) {
        let time = serde_json::from_slice::<Value>(&line)
            .ok()
            .and_then(|message| message["time"].as_str()?[..10].parse().ok());
        if let Some(day) = time {
            days.entry(day).or_default().push((feed, line));
        }
    }
    days
}

async fn offline_commit_all(registry: &Registry<PgStore>, lines: Vec<Line>) {
    // All of a day in one transaction: what is late that day is judged when the day is told.
    let prepared =
        lines.iter().flat_map(|(feed, line)| registry.prepare(vec![offline::incoming(*feed, line)])).collect();
    registry.commit(prepared).await.unwrap();
}

pub(crate) async fn offline_commit(registry: &Registry<PgStore>, feed: Feed, lines: &[Vec<u8>]) {
    offline_commit_all(registry, lines.iter().map(|line| (feed, line.clone())).collect()).await;
}

pub(crate) async fn take_out(store: &PgStore) -> Vec<Outgoing> {
    let mut all = Vec::new();
    loop {
        let batch = store.next(Utc::now(), 1000).await.unwrap();
        if batch.is_empty() {
            return all;
        }
        store.published(&batch.iter().map(|outgoing| outgoing.outbox_no).collect::<Vec<_>>()).await.unwrap();
        all.extend(batch);
    }
}

/// A notice with a day until which an answer is owed is a question; put again, it starts anew.
fn note_question(outgoing: &Outgoing, today: NaiveDate, asked: &mut BTreeMap<Uuid, Asked>) {
    let notice = &outgoing.notice;
    let kind = notice.kind.name().to_owned();
    if let (Some(case), true) = (notice.case, ["inflow", "lead", "verification-request"].contains(&kind.as_str())) {
        let receiver = notice.receiver.0.clone();
        asked.insert(case, Asked { on: today, kind, receiver, answered: false });
    }
}

/// What the rules say of today: of every question that stands and is not answered.
async fn late_today(
    connection: &mut PgConnection,
    asked: &BTreeMap<Uuid, Asked>,
    today: NaiveDate,
    calendar: &PlainCalendar,
) -> Heard {
    let open = open_cases(connection).await;
    let mut late = Heard::new();
    let waiting = asked.iter().filter(|(case, asked)| !asked.answered && open.contains(case));
    for (case, asked) in waiting.filter(|(_, asked)| asked.receiver.starts_with("32")) {
        let (due, escalations): (NaiveDate, &[(u32, bool)]) = match asked.kind.as_str() {
            "inflow" => (calendar.working_days_after(asked.on, 10), &[(5, false), (10, true)]),
            "lead" => (asked.on + Days::new(20), &[]),
            _ => (calendar.working_days_after(asked.on, 15), &[(5, false)]),
        };
        if calendar.working_days_after(due, 1) == today {
            late.insert((today, "reminder", asked.receiver.clone(), *case));
        }
        for (after, to_prefecture) in escalations {
            if calendar.working_days_after(due, *after) == today {
                late.extend(above(&asked.receiver, *to_prefecture).map(|above| (today, "escalation", above, *case)));
            }
        }
    }
    late
}

/// The division above by its digits (none of the sample's zones has another), or the prefecture.
fn above(receiver: &str, prefecture: bool) -> Option<String> {
    let county = receiver.len() == 6 && !receiver.ends_with("00");
    match (receiver.len(), prefecture) {
        (9, false) => Some(receiver[..6].to_owned()),
        (9, true) => Some(format!("{}00", &receiver[..4])),
        _ if county => Some(format!("{}00", &receiver[..4])),
        _ if receiver == "320000" || prefecture => None,
        _ => Some("320000".to_owned()),
    }
}

fn who_hears(outgoing: &Outgoing, today: NaiveDate) -> Vec<(NaiveDate, &'static str, String, Uuid)> {
    let notice = &outgoing.notice;
    let receiver = || notice.receiver.0.clone();
    match (notice.kind.name(), notice.case) {
        // A duty's reminder has no case: nobody was asked.
        ("reminder", Some(case)) => vec![(today, "reminder", receiver(), case)],
        ("escalation", _) => {
            let cases: Vec<Uuid> = serde_json::from_value(notice.data["cases"].clone()).unwrap();
            cases.into_iter().map(|case| (today, "escalation", receiver(), case)).collect()
        }
        _ => Vec::new(),
    }
}

/// Half of those asked answer, after one day to forty; the other half never do.
fn reply_of(outgoing: &Outgoing, today: NaiveDate) -> Option<(u64, Uuid, Vec<u8>)> {
    let notice = &outgoing.notice;
    let case = notice.case?;
    let asks = ["inflow", "lead", "verification-request"].contains(&notice.kind.name());
    if !asks || !notice.receiver.0.starts_with("32") || case.as_bytes()[15] % 2 == 0 {
        return None;
    }
    let after = 1 + u64::from(case.as_bytes()[14] % 40);
    let sent = envelope(notice, "urn:liangdi:hub:320000", outgoing.seqno);
    let time = format!("{}T09:00:00+08:00", today + Days::new(after));
    let source = format!("urn:liangdi:township:{}", notice.receiver);
    Some((after, case, Message::reply_to(&sent, "confirmed").from(&source).with("/time", time).line()))
}

async fn open_cases(connection: &mut PgConnection) -> BTreeSet<Uuid> {
    let rows: Vec<(Uuid,)> = sqlx::query_as("SELECT case_id FROM told WHERE state = 'open' AND case_id IS NOT NULL")
        .fetch_all(connection)
        .await
        .unwrap();
    rows.into_iter().map(|(case,)| case).collect()
}

async fn is_open(connection: &mut PgConnection, case: Uuid) -> bool {
    open_cases(connection).await.contains(&case)
}

/// The table of holidays, read in the plainest way.
pub(crate) struct PlainCalendar(HashMap<NaiveDate, bool>);

impl PlainCalendar {
    pub(crate) fn read() -> Self {
        let text = include_str!("../config/calendar/cn_workdays.csv");
        let rows = text.lines().skip(1).map(|row| {
            let mut cells = row.split(',');
            (cells.next().unwrap().parse().unwrap(), cells.next() == Some("makeup_workday"))
        });
        PlainCalendar(rows.collect())
    }

    pub(crate) fn works(&self, day: NaiveDate) -> bool {
        let weekend = matches!(day.weekday(), Weekday::Sat | Weekday::Sun);
        *self.0.get(&day).unwrap_or(&!weekend)
    }

    pub(crate) fn working_days_after(&self, day: NaiveDate, days: u32) -> NaiveDate {
        let later = day.iter_days().skip(1).filter(|day| self.works(*day));
        later.take(days as usize).last().unwrap_or(day)
    }
}
