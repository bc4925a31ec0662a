//! Many plain, fictional people with a registration, a job and, for some, a departure: a load for few places, so that
//! a test that wants many messages needs few queues.

use std::path::{Path, PathBuf};

use chrono::{Days, NaiveDate};
use liangdi_domain::person::Document;
use serde_json::{Value, json};

use super::ending::Ending;
use super::ground::{Ground, Setup};
use super::inboxes::{self, Copies, Notices};

/// Where they live.
const RESIDENCES: [&str; 5] = ["320583100", "320583101", "320583102", "320583103", "320583104"];
/// Where their household registers are.
pub(crate) const HOUSEHOLDS: [&str; 6] = ["321322101", "321322102", "321322103", "321322104", "320324102", "320324103"];
/// The users that publish for them.
const USERS: [&str; 2] = ["police.320500", "hr.320500"];
/// Every third leaves again.
const LEAVERS: usize = 3;

/// Users of the other feeds: nobody of the crowd comes by them, but they must flow, too.
const OTHER_USERS: [&str; 3] = ["civil-affairs.320500", "housing.320500", "township.321322101"];
/// Patience with servers that fall silent, so that a test of that need not wait as long as an operator would.
const IMPATIENT: &str = "[amqp]\nheartbeat_s = 2\npublish_timeout_ms = 4000\nconnect_timeout_ms = 3000\n\
    [database]\nstatement_timeout_ms = 4000\nacquire_timeout_ms = 2000\n[clock]\ninterval_ms = 500\n";

/// A ground for a crowd under faults: all feeds, and little patience.
pub(crate) fn faulty_setup() -> Setup {
    let mut setup = setup();
    setup.users.extend(OTHER_USERS.map(str::to_owned));
    setup.settings.extend(toml::from_str::<toml::Table>(IMPATIENT).unwrap());
    setup
}

/// A ground for a crowd. Small batches, so that there are many moments to be interrupted at.
pub(crate) fn setup() -> Setup {
    let settings = format!(
        "[hub]\nas_of = \"{}\"\n[ingest]\nbatch_messages_max = 5\nprefetch_messages = 20\n\
         [courier]\nbatch_notices_max = 5",
        as_of()
    );
    Setup {
        codes: RESIDENCES.iter().chain(&HOUSEHOLDS).map(|code| (*code).to_owned()).collect(),
        users: USERS.map(str::to_owned).to_vec(),
        settings: toml::from_str(&settings).unwrap(),
    }
}

/// Publishes a crowd, every line so many times; returns how many messages that were.
pub(crate) async fn publish(ground: &Ground, persons: usize, times: usize) -> i64 {
    let mut sent = 0;
    for (user, lines) in lines(persons) {
        let lines: Vec<Vec<u8>> = lines.into_iter().flat_map(|line| vec![line; times]).collect();
        ground.publish(user, &lines).await;
        sent += lines.len() as i64;
    }
    sent
}

/// Asserts that the hub came to what a rehearsal of the crowd comes to, and that every notice went out. Returns them.
pub(crate) async fn ends_like_a_rehearsal(ground: &Ground, persons: usize, copies: Copies) -> Notices {
    ends_like_a_rehearsal_on(as_of(), ground, persons, copies).await
}

/// The same on another day than the crowd's own.
pub(crate) async fn ends_like_a_rehearsal_on(
    day: NaiveDate,
    ground: &Ground,
    persons: usize,
    copies: Copies,
) -> Notices {
    let mut files: Vec<PathBuf> = Vec::new();
    for (user, lines) in lines(persons) {
        let path = ground.dir.join(format!("{}.jsonl", user.split('.').next().unwrap()));
        std::fs::write(&path, lines.join(&b'\n')).unwrap();
        files.push(path);
    }
    let files: Vec<&Path> = files.iter().map(PathBuf::as_path).collect();
    let (rehearsed, _) = Ending::of_rehearsal(&files, day, &ground.dir.join("rehearsal")).await;
    assert_eq!(rehearsed.persons.len(), persons);
    // Everybody who did not leave again is an open inflow of exactly one household township.
    let inflows = rehearsed.open.iter().filter(|row| row.1 == "inflow").count();
    assert_eq!(inflows, persons - persons.div_ceil(LEAVERS));
    Ending::of_hub(ground).await.is(&rehearsed);
    let notices = inboxes::empty(ground, copies).await;
    assert!(inboxes::of_kind(&notices, "inflow").len() >= inflows);
    notices
}

/// What identifies the people of a crowd, and must be in no log.
pub(crate) fn identities(persons: usize) -> Vec<String> {
    (0..persons).map(Person::new).flat_map(|person| [person.number, person.name]).collect()
}

/// The day as of which a crowd is derived.
pub(crate) fn as_of() -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 6, 30).unwrap()
}

/// The lines of `persons` people, by user, each user's in order of time.
pub(crate) fn lines(persons: usize) -> Vec<(&'static str, Vec<Vec<u8>>)> {
    let (mut police, mut hr) = (Vec::new(), Vec::new());
    for nth in 0..persons {
        let person = Person::new(nth);
        police.push(person.registered());
        hr.push(person.employed());
        if nth % LEAVERS == 0 {
            police.push(person.cancelled());
        }
    }
    vec![(USERS[0], police), (USERS[1], hr)]
}

struct Person {
    nth: usize,
    number: String,
    name: String,
    birth: String,
    residence: &'static str,
    household: &'static str,
}

impl Person {
    fn new(nth: usize) -> Self {
        let birth = NaiveDate::from_ymd_opt(1970, 1, 1).unwrap() + Days::new(nth as u64);
        let birth = birth.format("%Y%m%d").to_string();
        // Sequence codes from 900 on are nobody's.
        let body = format!("321322{birth}9{:02}", nth % 96);
        let number = format!("{body}{}", Document::check_digit(&body).unwrap());
        let pick = |text: &str, nth: usize| text.chars().nth(nth % text.chars().count()).unwrap();
        let name =
            format!("{}{}{}", pick("赵钱孙李周吴郑王", nth), pick("建秀国英小", nth / 8), pick("明华芳军", nth / 40));
        let (residence, household) = (RESIDENCES[nth % RESIDENCES.len()], HOUSEHOLDS[nth / 6 % HOUSEHOLDS.len()]);
        Person { nth, number, name, birth, residence, household }
    }

    fn registered(&self) -> Vec<u8> {
        let data = json!({
            "djbh": self.registration(), "gmsfhm": self.number, "xm": self.name, "xbdm": "1", "csrq": self.birth,
            "hjdz_xzqh": self.household, "jzdz_xzqh": self.residence, "jzdz": "测试路1号", "jzsydm": "10",
            "djrq": "20260601",
        });
        self.envelope("police", "residence-registered", "2026-06-01T09:00:00+08:00", data)
    }

    fn cancelled(&self) -> Vec<u8> {
        let data = json!({
            "djbh": self.registration(), "gmsfhm": self.number, "xm": self.name, "jzdz_xzqh": self.residence,
            "zxrq": "20260620", "zxyydm": "3",
        });
        self.envelope("police", "residence-cancelled", "2026-06-20T09:00:00+08:00", data)
    }

    fn employed(&self) -> Vec<u8> {
        let birth: u32 = self.birth.parse().unwrap();
        let data = json!({
            "aac002": self.number, "aac003": self.name, "aac004": "1", "aac006": birth, "aab001": "320583900001",
            "aab004": "测试有限公司", "aab301": &self.residence[..6], "aae030": 20_260_602,
        });
        self.envelope("hr", "employment-started", "2026-06-02T09:00:00+08:00", data)
    }

    fn registration(&self) -> String {
        format!("J{:08}", self.nth + 1)
    }

    fn envelope(&self, feed: &str, fact: &str, time: &str, data: Value) -> Vec<u8> {
        let envelope = json!({
            "specversion": "1.0", "id": format!("{fact}-{}", self.nth),
            "source": format!("urn:liangdi:{feed}:320583"), "type": format!("{feed}.{fact}.v1"), "time": time,
            "datacontenttype": "application/json", "data": data,
        });
        envelope.to_string().into_bytes()
    }
}
