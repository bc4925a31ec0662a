//! Jurisdictions as a whole, day by day over the real database: digests, villages' reports, silence and returns come on
//! the day that the rules name, once, and none is missing. What is expected is worked out here, plainly, from the text of
//! the rules: a digest and a reminder of villages on the working day after every five; a count of silence to the superior
//! on the sixth working day and once a week; a return on the first working day of a month, a reminder on the sixth
//! working day after it.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{Datelike, Days, NaiveDate};
use liangdi_domain::division::Code;
use liangdi_domain::feed::Feed;
use liangdi_domain::identity::Matching;
use liangdi_domain::notice::envelope;
use liangdi_store::keys::Keys;
use liangdi_store::port::{Outbox, Outgoing};
use liangdi_store::postgres::PgStore;
use uuid::Uuid;

use crate::flow_time_travel::{offline_commit, take_out};
use crate::support::ground::{Setup, on_bare_ground, on_own_ground};
use crate::support::hub::Hub;
use crate::support::inboxes::{self, Copies};
use crate::support::message::Message;
use crate::support::places::{HOUSEHOLD, RESIDENCE, setup};
use crate::support::registry;
use crate::support::rulebook::PlainCalendar;

/// The rounds go over these.
const LISTENING: [&str; 8] = ["320000", "320500", "320583", RESIDENCE, "320583101", "321300", "321322", HOUSEHOLD];
/// Its villages report to this one.
const VILLAGES: [&str; 3] = ["320583100001", "320583100002", "320583100003"];
/// It sends a receipt for some of what it gets, and signs its returns.
const ANSWERS: &str = HOUSEHOLD;
const DAYS: u64 = 130;

/// Who heard what on which day: (day, what, receiver, about).
type Heard = BTreeSet<(NaiveDate, &'static str, String, String)>;

fn message(kind: &str, today: NaiveDate) -> Message {
    Message::example(kind).with("/time", format!("{today}T09:00:00+08:00"))
}

/// What the villages report on a day: the first every working day, the second on Mondays, the third on the first day alone.
fn reports(today: NaiveDate, first: NaiveDate, calendar: &PlainCalendar) -> Vec<&'static str> {
    let monday = today.weekday() == chrono::Weekday::Mon;
    let reports = [calendar.works(today), monday && calendar.works(today), today == first];
    VILLAGES.into_iter().zip(reports).filter(|(_, reports)| *reports).map(|(village, _)| village).collect()
}

/// Everything the oracle remembers.
#[derive(Default)]
struct Oracle {
    /// Villages by the days on which they reported.
    reported: BTreeMap<&'static str, Vec<NaiveDate>>,
    /// Since when notices wait for a receiver that has not said anything since.
    waits: BTreeMap<String, NaiveDate>,
    told_of_silence: BTreeMap<String, NaiveDate>,
    unsigned: BTreeMap<String, NaiveDate>,
    /// Questions that were not answered: receiver and day on which they were put.
    asked: Vec<(String, NaiveDate)>,
}

impl Oracle {
    fn expects(&mut self, today: NaiveDate, first: NaiveDate, calendar: &PlainCalendar) -> Heard {
        let mut expected = Heard::new();
        let ends = period_ends(today, calendar);
        let ended = ends.iter().rev().find(|(_, to)| calendar.working_days_after(*to, 1) <= today);
        if let Some((from, to)) = ended.filter(|(_, to)| calendar.working_days_after(*to, 1) == today && *to >= first) {
            for township in LISTENING.iter().filter(|code| code.len() == 9) {
                let asked = self.asked.iter().any(|(receiver, _)| receiver == township);
                let known = *township == RESIDENCE && self.reported.values().flatten().any(|on| on <= to);
                if asked || known {
                    expected.insert((today, "digest", (*township).to_owned(), to.to_string()));
                }
            }
            let silent = |days: &Vec<NaiveDate>| {
                days.iter().any(|on| on <= to) && !days.iter().any(|on| (from..=to).contains(&on))
            };
            if self.reported.values().any(silent) {
                expected.insert((today, "village-report", RESIDENCE.to_owned(), to.to_string()));
            }
        }
        for (receiver, since) in self.waits.iter().filter(|(code, _)| !code.ends_with("00") || code.len() == 9) {
            let due = calendar.working_days_after(*since, 6);
            let last = self.told_of_silence.get(receiver).filter(|on| **on >= due);
            if today == last.map_or(due, |last| *last + Days::new(7)) {
                let above =
                    if receiver.len() == 9 { receiver[..6].to_owned() } else { format!("{}00", &receiver[..4]) };
                expected.insert((today, "silent-jurisdiction", above, receiver.clone()));
            }
        }
        let previous = first_of_month(today) - Days::new(1);
        if calendar.working_days_after(previous, 1) == today && previous >= first {
            expected.extend(
                LISTENING
                    .map(|code| (today, "statistics-return", code.to_owned(), previous.to_string()[..7].to_owned())),
            );
        }
        for (receiver, sent) in &self.unsigned {
            if calendar.working_days_after(*sent, 6) == today {
                expected.insert((today, "unsigned", receiver.clone(), String::new()));
            }
        }
        expected
    }

    fn hears(&mut self, outgoing: &Outgoing, today: NaiveDate) -> Option<(NaiveDate, &'static str, String, String)> {
        let notice = &outgoing.notice;
        let (receiver, data) = (notice.receiver.0.clone(), &notice.data);
        let text = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
        let procedure = notice.basis.split(';').next().unwrap_or_default();
        let heard = match (procedure, notice.kind.name()) {
            ("digest", _) => ("digest", receiver.clone(), text(&data["period"]["to"])),
            ("village-report", _) => ("village-report", receiver.clone(), text(&data["due_on"])),
            ("silent-jurisdiction", _) => ("silent-jurisdiction", receiver.clone(), text(&data["late"])),
            ("statistics-return", "reminder") => ("unsigned", receiver.clone(), String::new()),
            ("statistics-return", _) => ("statistics-return", receiver.clone(), text(&data["period"])),
            (_, "inflow") => {
                self.asked.push((receiver.clone(), today));
                self.wait(receiver, today);
                return None;
            }
            _ => {
                self.wait(receiver, today);
                return None;
            }
        };
        match heard.0 {
            "silent-jurisdiction" => drop(self.told_of_silence.insert(heard.2.clone(), today)),
            "statistics-return" if heard.1 != ANSWERS => drop(self.unsigned.insert(heard.1.clone(), today)),
            _ => {}
        }
        self.wait(receiver, today);
        Some((today, heard.0, heard.1, heard.2))
    }

    fn wait(&mut self, receiver: String, today: NaiveDate) {
        self.waits.entry(receiver).or_insert(today);
    }
}

/// Periods of five working days since the day from which the rules are followed, with the day after the one before.
fn period_ends(until: NaiveDate, calendar: &PlainCalendar) -> Vec<(NaiveDate, NaiveDate)> {
    let start: NaiveDate = "2016-01-01".parse().unwrap();
    let days: Vec<_> = start.iter_days().take_while(|day| *day < until).filter(|day| calendar.works(*day)).collect();
    let mut from = start;
    let period = |days: &[NaiveDate]| (std::mem::replace(&mut from, days[4] + Days::new(1)), days[4]);
    days.chunks_exact(5).map(period).collect()
}

fn first_of_month(day: NaiveDate) -> NaiveDate {
    day.with_day(1).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn digests_silence_villages_and_returns_come_on_their_day_none_twice_and_none_missing() {
    on_bare_ground("rounds", Setup::default(), async |ground| {
        ground.create_database(&ground.database).await;
        ground.liangdi(&["migrate"]).await.exits(0);
        let store = ground.store().await;
        let keys = Keys::read_file(&ground.dir.join("liangdi.key")).unwrap();
        let first: NaiveDate = "2026-03-03".parse().unwrap();
        let mut registry = registry::on(store.clone(), keys, first, Matching::shipped().clone());
        let listening: Vec<Code> = LISTENING.map(|code| code.parse().unwrap()).to_vec();
        assert!(store.lease(Uuid::now_v7(), std::time::Duration::from_secs(600)).await.unwrap());
        let (calendar, mut oracle) = (PlainCalendar::read(), Oracle::default());
        let (mut heard, mut expected) = (Heard::new(), Heard::new());

        for today in first.iter_days().take(DAYS as usize) {
            registry.as_of = Some(today);
            // The clock goes first: what comes on a day belongs to that day's notices, and to the next look.
            while registry.go_round(&listening, 3).await.unwrap().jurisdictions > 0 {}
            expected.extend(oracle.expects(today, first, &calendar));
            for outgoing in take_out(&store).await {
                assert!(heard.len() < 1000);
                if let Some(one) = oracle.hears(&outgoing, today) {
                    assert!(heard.insert(one.clone()), "twice: {one:?}");
                    let asks = one.1 == "statistics-return" && one.2 == ANSWERS;
                    if asks {
                        let sent = envelope(&outgoing.notice, "urn:liangdi:hub:320000", outgoing.seqno);
                        let source = format!("urn:liangdi:township:{ANSWERS}");
                        let signed = Message::reply_to(&sent, "confirmed").from(&source);
                        let signed = signed.with("/time", format!("{today}T10:00:00+08:00"));
                        offline_commit(&registry, Feed::Township, &[signed.line()]).await;
                        oracle.waits.remove(ANSWERS);
                    }
                }
            }
            let mut lines = Vec::new();
            for village in reports(today, first, &calendar) {
                lines.push(message("township.village-report.v1", today).with("/data/village", village).line());
                oracle.reported.entry(village).or_default().push(today);
            }
            offline_commit(&registry, Feed::Township, &lines).await;
            if today == first + Days::new(6) {
                let person = message("police.residence-registered.v1", today).with("/data/hjdz_xzqh", HOUSEHOLD);
                offline_commit(&registry, Feed::Police, &[person.line()]).await;
                for outgoing in take_out(&store).await {
                    oracle.hears(&outgoing, today);
                }
            }
        }
        let missing: Vec<_> = expected.difference(&heard).take(10).collect();
        let too_many: Vec<_> = heard.difference(&expected).take(10).collect();
        assert!(missing.is_empty() && too_many.is_empty(), "missing {missing:?}, too many {too_many:?}");
        for what in ["digest", "village-report", "silent-jurisdiction", "statistics-return", "unsigned"] {
            assert!(heard.iter().filter(|(_, of, ..)| *of == what).count() > 3, "there was some {what}");
        }
        store.close().await;
    })
    .await;
}

/// Waits until so many notices are out in all.
async fn told(store: &PgStore, notices: i64) {
    crate::support::eventually(&format!("{notices} notices are out"), async || {
        let progress = store.progress().await.unwrap();
        (progress.notices >= notices && !progress.waiting).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_township_gets_its_digest_in_its_inbox_and_a_dry_run_says_so_before() {
    let users = ["police.320500", "township.321322101"];
    on_own_ground("digest", setup(&users, "[clock]\ninterval_ms = 200"), async |ground| {
        let on = |day: &str| toml::from_str(&format!("hub.as_of = \"{day}\"")).unwrap();
        let hub = Hub::start_with(&ground, &on("2026-03-09"));
        let registered = Message::example("police.residence-registered.v1").with("/data/hjdz_xzqh", HOUSEHOLD);
        ground.publish("police.320500", &[registered.line()]).await;
        let store = ground.store().await;
        told(&store, 1).await;
        hub.stop().await;
        let dry = ground.liangdi(&["clock", "--dry-run", "--as-of", "2026-03-20", "--json"]).await.exits(0);
        assert!(dry.out.contains("\"digest\""), "{}", dry.out);
        assert!(dry.out.contains("\"silent-jurisdiction\""), "{}", dry.out);
        let hub = Hub::start_with(&ground, &on("2026-03-20"));
        told(&store, 3).await;
        hub.stop().await;
        store.close().await;
        let notices = inboxes::empty(&ground, Copies::None).await;
        let digest = &notices[HOUSEHOLD][1];
        assert_eq!(digest["type"], "notice.digest.v1");
        assert_eq!(digest["data"]["open"]["cases"], serde_json::json!([notices[HOUSEHOLD][0]["caseid"]]));
        let told = &notices["321322"][0]["data"];
        assert_eq!((told["late"].as_str(), told["count"].as_i64()), (Some(HOUSEHOLD), Some(1)));
        assert!(!notices.contains_key(RESIDENCE), "nobody reports to it, and nothing is asked of it");
    })
    .await;
}
