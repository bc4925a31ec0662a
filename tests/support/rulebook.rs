//! What the rules say of each day, worked out plainly from their text: answer an inflow within 10 working days, a reminder on
//! the next, the superior after 5, the prefecture after 10; register a lead within 20 days, one reminder on the next working
//! day; answer a verification within 15 working days, a reminder on the next, the superior after 5; state a view of a disputed
//! stay within 7 working days, and on the day after the coordinator is asked; take a complaint up within 15 days of its
//! filing and end it within 60, the office above the superior hears on the next day; check a contradicted message within 10
//! working days, the division above the office hears on the next. Whether a case still stands is read off the database; every
//! day in it is the oracle's own.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::hash::{DefaultHasher, Hash, Hasher};

use chrono::{Datelike, Days, NaiveDate, Weekday};
use serde_json::Value;
use sqlx::PgConnection;
use uuid::Uuid;

use super::message::Message;

/// Who heard of which case what, on which day: (day, kind, receiver, case).
pub(crate) type Heard = BTreeSet<(NaiveDate, &'static str, String, Uuid)>;

/// A question as it was put last.
pub(crate) struct Asked {
    on: NaiveDate,
    kind: String,
    receiver: String,
    pub(crate) answered: bool,
}

/// What nobody in these tests ever answers: who hears of it, and when.
struct Unanswered {
    case: Uuid,
    late_on: NaiveDate,
    above: Option<String>,
}

/// A stay that its household side disputed.
struct Dispute {
    case: Uuid,
    on: NaiveDate,
    /// The household side, and the residence township.
    sides: [String; 2],
}

/// Everything the oracle remembers.
pub(crate) struct Rulebook {
    pub(crate) calendar: PlainCalendar,
    pub(crate) asked: BTreeMap<Uuid, Asked>,
    disputes: Vec<Dispute>,
    unanswered: Vec<Unanswered>,
    heard: Heard,
    expected: Heard,
    /// What may have been told on a day on whose evening it was no longer so.
    allowed: Heard,
}

impl Rulebook {
    pub(crate) fn new() -> Self {
        Rulebook {
            calendar: PlainCalendar::read(),
            asked: BTreeMap::new(),
            disputes: Vec::new(),
            unanswered: Vec::new(),
            heard: Heard::new(),
            expected: Heard::new(),
            allowed: Heard::new(),
        }
    }

    /// A day begins: what is late in the morning may be told before news of the day ends it.
    pub(crate) async fn begins(&mut self, connection: &mut PgConnection, today: NaiveDate) {
        let open = open_cases(connection).await;
        let late = self.late_on(today, &open);
        self.allowed.extend(late);
    }

    /// A household side's answer `disputed` was recorded.
    pub(crate) async fn disputed(&mut self, connection: &mut PgConnection, case: Uuid, today: NaiveDate) {
        let place: Option<(String,)> = sqlx::query_as("SELECT place FROM told WHERE case_id = $1 AND topic = 'inflow'")
            .bind(case)
            .fetch_optional(connection)
            .await
            .unwrap();
        let sides = [self.asked[&case].receiver.clone(), place.unwrap().0];
        let dispute = Dispute { case, on: today, sides };
        // Told at once; where news of the same day ends the stay, it need not have been.
        self.allowed.extend(dispute.views());
        self.disputes.push(dispute);
    }

    /// What was read on a day, and what had to be told in its evening.
    pub(crate) async fn ends(&mut self, connection: &mut PgConnection, notices: &[Value], today: NaiveDate) {
        for notice in notices {
            self.note_question(notice, today);
        }
        let open = open_cases(connection).await;
        let late = self.late_on(today, &open);
        self.expected.extend(late);
        let disputes = self.disputes.iter().filter(|dispute| dispute.on == today && open.contains(&dispute.case));
        self.expected.extend(disputes.flat_map(Dispute::views));
        for notice in notices {
            self.heard.extend(who_hears(notice, today));
            if title(notice) == "consultation" {
                let cases = cases_of_stay(connection, notice).await;
                // A stay that two household sides were told of may be disputed twice.
                let of_today = |dispute: &&Dispute| self.coordinator_on(dispute) == today || dispute.on == today;
                let disputes = || self.disputes.iter().filter(|dispute| cases.contains(&dispute.case));
                let dispute = disputes().find(of_today).or_else(|| disputes().next());
                let case = dispute.expect("what is consulted about was disputed").case;
                self.heard.insert((today, "consultation", text(notice, "jurisdiction"), case));
                let due = self.calendar.working_days_after(today, 7).to_string();
                let asks_a_view = notice["data"]["asked_for"] == "view";
                assert_eq!(notice["dueon"].as_str(), asks_a_view.then_some(due.as_str()));
            }
        }
    }

    /// What the rules say of a day: of every question that stands and is not answered.
    fn late_on(&self, today: NaiveDate, open: &BTreeSet<Uuid>) -> Heard {
        let calendar = &self.calendar;
        let mut late = Heard::new();
        let waiting = self.asked.iter().filter(|(case, asked)| !asked.answered && open.contains(case));
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
                    let above = above(&asked.receiver, *to_prefecture);
                    late.extend(above.map(|above| (today, "escalation", above, *case)));
                }
            }
        }
        for unanswered in self.unanswered.iter().filter(|unanswered| open.contains(&unanswered.case)) {
            if unanswered.late_on == today {
                late.extend(unanswered.above.iter().map(|above| (today, "escalation", above.clone(), unanswered.case)));
            }
        }
        for dispute in self.disputes.iter().filter(|dispute| open.contains(&dispute.case)) {
            if self.coordinator_on(dispute) == today {
                late.extend(dispute.coordinator().map(|above| (today, "consultation", above, dispute.case)));
            }
        }
        late
    }

    /// The day on which the sides have had their time.
    fn coordinator_on(&self, dispute: &Dispute) -> NaiveDate {
        self.calendar.working_days_after(dispute.on, 7) + Days::new(1)
    }

    /// A notice with a day until which an answer is owed is a question; put again, it starts anew.
    fn note_question(&mut self, notice: &Value, today: NaiveDate) {
        if let Some(case) = question(notice) {
            let (kind, receiver) = (title(notice), text(notice, "jurisdiction"));
            self.asked.insert(case, Asked { on: today, kind, receiver, answered: false });
        }
        let receiver = text(notice, "jurisdiction");
        let due = match title(notice).as_str() {
            "complaint" => {
                let filed: NaiveDate = notice["data"]["filed_on"].as_str().unwrap().parse().unwrap();
                filed + Days::new(if notice["data"]["step"] == "accept" { 15 } else { 60 })
            }
            "correction" => self.calendar.working_days_after(today, 10),
            _ => return,
        };
        assert_eq!(notice["dueon"].as_str(), Some(due.to_string().as_str()));
        let next =
            if title(notice) == "complaint" { due + Days::new(1) } else { self.calendar.working_days_after(due, 1) };
        let office = receiver.rsplit('.').next().unwrap();
        self.unanswered.push(Unanswered {
            case: text(notice, "caseid").parse().unwrap(),
            // What was late before it was asked is said at once.
            late_on: next.max(today),
            above: above(office, false).filter(|_| office.starts_with("32")),
        });
    }

    /// None twice and none missing: what was heard is what was expected.
    pub(crate) fn holds(&self) {
        let missing: Vec<_> = self.expected.difference(&self.heard).take(10).collect();
        let may =
            |told: &&(NaiveDate, &str, String, Uuid)| !self.expected.contains(*told) && !self.allowed.contains(*told);
        let too_many: Vec<_> = self.heard.iter().filter(may).take(10).collect();
        assert!(missing.is_empty() && too_many.is_empty(), "missing {missing:?}, too many {too_many:?}");
    }

    /// How often something of a kind was heard.
    pub(crate) fn count(&self, kind: &str) -> usize {
        self.heard.iter().filter(|(_, heard, ..)| *heard == kind).count()
    }
}

impl Dispute {
    fn views(&self) -> Vec<(NaiveDate, &'static str, String, Uuid)> {
        self.sides.iter().map(|side| (self.on, "consultation", side.clone(), self.case)).collect()
    }

    /// The prefecture within one, the province between two; nobody who is a side.
    fn coordinator(&self) -> Option<String> {
        let [household, residence] = &self.sides;
        let shared = household[..4] == residence[..4] && !household[..4].ends_with("00");
        let above = if shared { format!("{}00", &household[..4]) } else { "320000".to_owned() };
        (!self.sides.contains(&above)).then_some(above)
    }
}

/// The cases of the stay that a consultation is about: of every household side that was told of it.
async fn cases_of_stay(connection: &mut PgConnection, notice: &Value) -> Vec<Uuid> {
    let cases: Vec<(Uuid,)> = sqlx::query_as(
        "SELECT i.case_id FROM ledger l JOIN told c ON c.id = l.statement
        JOIN told i ON i.topic = 'inflow' AND i.place = c.place AND i.since = c.since AND i.ground = c.ground
        WHERE l.id = $1 AND i.case_id IS NOT NULL",
    )
    .bind(text(notice, "id").parse::<Uuid>().unwrap())
    .fetch_all(connection)
    .await
    .unwrap();
    cases.into_iter().map(|(case,)| case).collect()
}

/// The case of a notice that asks with a clock.
fn question(notice: &Value) -> Option<Uuid> {
    let asks = ["inflow", "lead", "verification-request"].contains(&title(notice).as_str());
    asks.then(|| notice["caseid"].as_str()?.parse().ok()).flatten()
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

fn who_hears(notice: &Value, today: NaiveDate) -> Vec<(NaiveDate, &'static str, String, Uuid)> {
    let receiver = || text(notice, "jurisdiction");
    match (title(notice).as_str(), notice["caseid"].as_str()) {
        // A duty's reminder has no case: nobody was asked.
        ("reminder", Some(case)) => vec![(today, "reminder", receiver(), case.parse().unwrap())],
        ("escalation", _) => {
            let cases: Vec<Uuid> = serde_json::from_value(notice["data"]["cases"].clone()).unwrap();
            cases.into_iter().map(|case| (today, "escalation", receiver(), case)).collect()
        }
        _ => Vec::new(),
    }
}

/// What kind a notice is.
pub(crate) fn title(notice: &Value) -> String {
    text(notice, "type").trim_start_matches("notice.").trim_end_matches(".v1").to_owned()
}

fn text(notice: &Value, member: &str) -> String {
    notice[member].as_str().unwrap_or_default().to_owned()
}

/// An answer that comes some days after its question.
pub(crate) struct Reply {
    pub(crate) on: NaiveDate,
    pub(crate) case: Uuid,
    pub(crate) disputes: bool,
    pub(crate) line: Vec<u8>,
}

/// Half of those asked answer, after one day to forty; the other half never do. `dispute` says whether some inflows are
/// disputed.
pub(crate) fn reply_of(notice: &Value, today: NaiveDate, dispute: bool) -> Option<Reply> {
    let (case, receiver) = (question(notice)?, text(notice, "jurisdiction"));
    // By what was asked of whom: the same in every run.
    let mut hasher = DefaultHasher::new();
    (&receiver, notice["data"].to_string()).hash(&mut hasher);
    let [whether, when, how, ..] = hasher.finish().to_be_bytes();
    if !receiver.starts_with("32") || whether % 2 == 0 {
        return None;
    }
    let on = today + Days::new(1 + u64::from(when % 40));
    let disputes = dispute && title(notice) == "inflow" && how % 2 == 0;
    let outcome = if disputes { "disputed" } else { "confirmed" };
    let source = format!("urn:liangdi:township:{receiver}");
    let reply = Message::reply_to(notice, outcome).from(&source).with("/time", format!("{on}T09:00:00+08:00"));
    Some(Reply { on, case, disputes, line: reply.line() })
}

async fn open_cases(connection: &mut PgConnection) -> BTreeSet<Uuid> {
    let rows: Vec<(Uuid,)> = sqlx::query_as("SELECT case_id FROM told WHERE state = 'open' AND case_id IS NOT NULL")
        .fetch_all(connection)
        .await
        .unwrap();
    rows.into_iter().map(|(case,)| case).collect()
}

pub(crate) async fn is_open(connection: &mut PgConnection, case: Uuid) -> bool {
    open_cases(connection).await.contains(&case)
}

/// The table of holidays, read in the plainest way.
pub(crate) struct PlainCalendar(HashMap<NaiveDate, bool>);

impl PlainCalendar {
    pub(crate) fn read() -> Self {
        let text = include_str!("../../config/calendar/cn_workdays.csv");
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
