//! One fictional person's story: facts come in, notices go out, and what was told is kept as the ledger keeps it.
#![allow(clippy::unwrap_used, dead_code, unreachable_pub, reason = "each test binary uses its part")]

use std::collections::BTreeMap;

use chrono::{DateTime, FixedOffset, NaiveDate};
use liangdi_domain::calendar::Calendar;
use liangdi_domain::case::{Counted, StatementReply};
use liangdi_domain::division::{Code, Divisions};
use liangdi_domain::evidence::{CancelReason, Fact, MessageKey, Outcome, Registrar, StayReason, Verified};
use liangdi_domain::identity::Matching;
use liangdi_domain::identity::survive::Frozen;
use liangdi_domain::ids::{FactId, PersonId, ProfileId, Token};
use liangdi_domain::notice::{NoticeDraft, NoticeKind};
use liangdi_domain::person::{
    Document, EndingRecord, FactRecord, FactSource, Name, PersonFile, Phone, Profile, Published, Sex,
};
use liangdi_domain::procedure::Procedures;
use liangdi_domain::statement::{
    Escalation, Reconciled, Setting, Telling, Told, ToldState, derive, measure, reconcile,
};
use uuid::Uuid;

/// Where the fictional person's household register is: a town of Shuyang.
pub const HOME: &str = "321322101";
/// Yushan town, Kunshan.
pub const KUNSHAN: &str = "320583100";
/// Pingwang town, Wujiang district of Suzhou.
pub const WUJIANG: &str = "320509104";

const PERSON: ProfileId = ProfileId(Uuid::from_u128(1));
const NAMESAKE: ProfileId = ProfileId(Uuid::from_u128(2));

/// A person's facts and what was told of them.
pub struct Story {
    /// The day as of which everything is derived.
    pub today: NaiveDate,
    /// The boundaries.
    pub divisions: Divisions,
    file: PersonFile,
    messages: u32,
    /// From when on offices record what they say.
    records_from: DateTime<FixedOffset>,
    /// The rules.
    pub procedures: Procedures,
    /// What those above heard, all of it.
    pub escalations: Vec<Escalation>,
    /// When the person has to be looked at again.
    pub wake_on: Option<NaiveDate>,
}

impl Story {
    /// A grown-up with a fictional, checksum-valid number.
    pub fn new() -> Self {
        Story::of("1990-03-15", "321322199003159", None)
    }

    /// A child of ten, with a guardian.
    pub fn minor() -> Self {
        Story::of("2016-03-15", "321322201603159", Name::read("测试监护人"))
    }

    /// Two grown-ups under one number and two names, each in a file of its own.
    pub fn two() -> [Self; 2] {
        [PERSON, NAMESAKE].map(|only| {
            let mut story = Story::new();
            story.file.profiles.retain(|(id, _)| *id == only);
            story
        })
    }

    /// Both are held to be one person.
    pub fn joined(mut self, other: Story) -> Self {
        self.file.profiles.extend(other.file.profiles);
        self.file.facts.extend(other.file.facts);
        self.file.facts.sort_by_key(|record| record.id);
        self.file.told.extend(other.file.told);
        self.file.replies.extend(other.file.replies);
        self
    }

    /// They are held to be two again: facts go with their profiles, what was told with the profile that it rests on.
    pub fn apart(self) -> [Self; 2] {
        let file = self.file;
        let mut two = Story::two();
        for story in &mut two {
            let own = story.file.profiles[0].0;
            story.today = self.today;
            story.file.endings.clone_from(&file.endings);
            story.file.facts = file.facts.iter().filter(|record| record.profile == own).cloned().collect();
            story.file.told = file.told.iter().filter(|told| told.ground == own).cloned().collect();
            let answered = |reply: &&StatementReply| story.file.told.iter().any(|told| told.id == reply.statement);
            story.file.replies = file.replies.iter().filter(answered).cloned().collect();
        }
        two
    }

    fn of(birth: &str, number: &str, guardian: Option<Name>) -> Self {
        let seventeen = format!("{number}01");
        let number = format!("{seventeen}{}", Document::check_digit(&seventeen).unwrap());
        let profile = |name: &str| Profile {
            document: Document::Resident { number: number.clone() },
            name: Name::read(name),
            birth: Some(day(birth)),
            sex: Sex::Male,
            guardian: guardian.clone(),
            ..Profile::default()
        };
        let profiles = vec![(PERSON, profile("测试一")), (NAMESAKE, profile("测试二"))];
        let file = PersonFile {
            person: PersonId(Uuid::nil()),
            profiles,
            facts: vec![],
            endings: vec![],
            frozen: Frozen::default(),
            told: vec![],
            replies: vec![],
            settled: Default::default(),
            messages: BTreeMap::new(),
        };
        Story {
            today: day("2026-11-01"),
            divisions: Divisions::shipped().clone(),
            file,
            messages: 0,
            records_from: time(),
            procedures: Procedures::shipped().clone(),
            escalations: Vec::new(),
            wake_on: None,
        }
    }

    /// A department (or one of its offices) states a fact.
    pub fn says(&mut self, department: &str, fact: Fact) {
        self.add(PERSON, department, None, fact, false);
    }

    /// From now on offices record what they say on this day.
    pub fn records_on(&mut self, on: &str) {
        self.records_from = format!("{on}T08:00:00+08:00").parse().unwrap();
    }

    /// The person appears with a phone from now on.
    pub fn has_phone(&mut self) {
        for (_, profile) in &mut self.file.profiles {
            profile.phone = Phone::read("13912340001").unwrap();
        }
    }

    /// What the person's facts add to scorecards.
    pub fn measured(&self) -> Vec<Counted> {
        let (divisions, procedures) = (&self.divisions, &self.procedures);
        let (calendar, trust) = (Calendar::shipped(), &Matching::shipped().trust);
        measure(&self.file, &Setting { divisions, calendar, procedures, trust, today: self.today })
    }

    /// The same under a business key.
    pub fn says_under(&mut self, key: &str, department: &str, fact: Fact) {
        self.add(PERSON, department, Some(key), fact, false);
    }

    /// The same as stock of day one.
    pub fn stock(&mut self, key: &str, department: &str, fact: Fact) {
        self.add(PERSON, department, Some(key), fact, true);
    }

    /// The same number under another name.
    pub fn says_as_namesake(&mut self, department: &str, fact: Fact) {
        self.add(NAMESAKE, department, None, fact, false);
    }

    /// Whoever runs the hub settles the request that was made last.
    pub fn settles_the_last(&mut self) {
        self.file.settled.extend(self.file.facts.last().map(|record| (record.id, self.today)));
    }

    /// The message that states the last fact is withdrawn.
    pub fn takes_back_the_last(&mut self) {
        self.file.facts.pop();
    }

    /// The office that stated the last fact states it once more, after anything that was told.
    pub fn says_it_again(&mut self) {
        let later = day("2100-01-01");
        let source = self.file.facts.last_mut().and_then(|record| record.sources.last_mut()).unwrap();
        source.last = later.and_hms_opt(9, 0, 0).unwrap().and_utc().fixed_offset();
    }

    /// A business key ends.
    pub fn ends(&mut self, key: &str, on: &str, reason: CancelReason) {
        self.file.endings.push(EndingRecord { key: token(key), on: day(on), reason, number: None });
    }

    /// Another hub's word on a case, by its number.
    pub fn ends_case(&mut self, key: &str, on: &str, reason: CancelReason, number: i64) {
        self.file.endings.push(EndingRecord { key: token(key), on: day(on), reason, number: Some(number) });
    }

    /// An operator protects the person, or no longer.
    pub fn protect(&mut self, protected: bool) {
        self.file.frozen.protected = protected;
    }

    /// The messages that ended something are withdrawn.
    pub fn takes_back_ends(&mut self) {
        self.file.endings.clear();
    }

    /// What was answered to a notice is withdrawn.
    pub fn takes_back_replies(&mut self, notice: &NoticeDraft) {
        self.file.replies.retain(|reply| reply.notice != notice.id);
    }

    /// Whoever was asked and has not answered does so: by who asks about what, not by when.
    pub fn everybody_replies(&mut self, outcomes: &[(Outcome, Option<&str>)]) {
        let waiting: Vec<Told> = self.open().into_iter().filter(|told| told.asked.is_some()).cloned().collect();
        for told in waiting {
            let Some(asked) = told.asked.filter(|asked| !asked.answered) else { continue };
            let chosen =
                usize::from(told.receiver.0.bytes().chain(told.place.as_str().bytes()).fold(0_u8, u8::wrapping_add));
            let (outcome, division) = outcomes[chosen % outcomes.len()];
            self.messages += 1;
            self.file.replies.push(StatementReply {
                statement: told.id,
                notice: asked.notice,
                outcome,
                division: division.map(code),
                differs: vec![],
                facts: Default::default(),
                time: time() + chrono::Duration::minutes(i64::from(self.messages)),
            });
        }
    }

    /// Every open question with whether it is answered.
    pub fn standings(&self) -> std::collections::BTreeSet<String> {
        let asked = self.open().into_iter().filter_map(|told| Some((told, told.asked?)));
        asked
            .map(|(told, asked)| {
                format!("{} {:?} {} {} {}", told.receiver, told.topic, told.place, told.since, asked.answered)
            })
            .collect()
    }

    /// The same, with facts confirmed.
    pub fn replies_with_facts(&mut self, notice: &NoticeDraft, facts: &[&str]) {
        self.replies(notice, Outcome::Answered, None);
        let confirmed = facts.iter().map(|name| ((*name).to_owned(), Verified::Confirmed)).collect();
        self.file.replies.last_mut().unwrap().facts = confirmed;
    }

    /// Derives, reconciles, keeps what was told, and returns what would go out.
    pub fn tell(&mut self) -> Vec<NoticeDraft> {
        let (reconciled, changes_on) = tell_under(&mut self.file, (&self.divisions, &self.procedures), self.today);
        self.escalations.extend(reconciled.escalations);
        self.wake_on = reconciled.wake_on.into_iter().chain(changes_on).min();
        let changes = reconciled.changes.into_iter();
        changes.flat_map(|change| change.notice.into_iter().chain(change.beside)).collect()
    }

    /// Lets the days pass up to and including `until`, waking only when asked to; what was told, with its day.
    pub fn pass_until(&mut self, until: &str) -> Vec<(String, String, NoticeKind)> {
        let mut told = Vec::new();
        while let Some(wake) = self.wake_on.filter(|wake| *wake <= day(until)) {
            assert!(wake > self.today, "a wake lies ahead");
            self.today = wake;
            let on = wake.to_string();
            told.extend(self.tell().into_iter().map(|notice| (on.clone(), notice.receiver.0, notice.kind)));
        }
        self.today = day(until);
        told
    }

    /// Whoever was told answers the notice.
    pub fn replies(&mut self, notice: &NoticeDraft, outcome: Outcome, division: Option<&str>) {
        self.messages += 1;
        self.file.replies.push(StatementReply {
            statement: notice.statement.unwrap(),
            notice: notice.id,
            outcome,
            division: division.map(code),
            differs: vec![],
            facts: Default::default(),
            time: time() + chrono::Duration::minutes(i64::from(self.messages)),
        });
    }

    /// The same, as receiver and kind.
    pub fn told_kinds(&mut self) -> Vec<(String, NoticeKind)> {
        self.tell().into_iter().map(|notice| (notice.receiver.0, notice.kind)).collect()
    }

    /// What receivers hold to be so now.
    pub fn open(&self) -> Vec<&Told> {
        self.file.told.iter().filter(|told| told.state == ToldState::Open).collect()
    }

    /// A fact with a fixed number, so that its id and time do not depend on when it is heard.
    pub fn numbered(&mut self, number: u32, key: Option<&str>, department: &str, fact: Fact) {
        self.messages = number;
        self.add(self.file.profiles[0].0, department, key, fact, false);
        self.file.facts.sort_by_key(|record| record.id);
    }

    fn add(&mut self, profile: ProfileId, department: &str, key: Option<&str>, fact: Fact, baseline: bool) {
        self.messages += 1;
        let time = self.records_from + chrono::Duration::minutes(i64::from(self.messages));
        let office = if department.contains(':') { department.to_owned() } else { format!("{department}:320500") };
        let sources = vec![FactSource { source: format!("urn:liangdi:{office}"), first: time, last: time }];
        let id = FactId(Uuid::from_u128(u128::from(self.messages)));
        self.file.facts.push(FactRecord { id, profile, fact, key: key.map(token), sources, baseline });
    }
}

/// One round of derive and reconcile on a file; what was told is written back.
pub fn tell(file: &mut PersonFile, today: NaiveDate) -> (Reconciled, Option<NaiveDate>) {
    tell_under(file, (Divisions::shipped(), Procedures::shipped()), today)
}

/// The same within other boundaries, and by other rules.
fn tell_under(
    file: &mut PersonFile,
    (divisions, procedures): (&Divisions, &Procedures),
    today: NaiveDate,
) -> (Reconciled, Option<NaiveDate>) {
    let setting =
        Setting { divisions, calendar: Calendar::shipped(), procedures, trust: &Matching::shipped().trust, today };
    // Every message is called after its fact, and its user after the office.
    let published = file.questioned().into_iter().map(|(_, fact, source)| {
        let publisher = source.trim_start_matches("urn:liangdi:").replace(':', ".");
        let message = MessageKey { source: source.clone(), id: fact.0.to_string() };
        ((fact, source), Published { message, publisher })
    });
    file.messages = published.collect();
    let derived = derive(file, &setting);
    let live: Vec<ProfileId> = file.profiles.iter().map(|(id, _)| *id).collect();
    let telling = Telling {
        time: time(),
        setting,
        replies: &file.replies,
        new_id: &Uuid::now_v7,
        fingerprint: &|name, value| token(&format!("{name}{value}")),
        is_live: &|profile| live.contains(&profile),
        regrouped: false,
        erasing: false,
    };
    let reconciled = reconcile(&file.told, derived.statements, &telling);
    for change in &reconciled.changes {
        file.told.retain(|told| told.id != change.told.id);
        file.told.push(change.told.clone());
    }
    file.told.retain(|told| told.state != ToldState::Retracted);
    (reconciled, derived.changes_on)
}

/// Stands for the keyed hash: equal text, equal token.
pub fn token(text: &str) -> Token {
    use std::hash::{DefaultHasher, Hash, Hasher};
    let mut hasher = DefaultHasher::new();
    text.hash(&mut hasher);
    Token(Uuid::from_u128(u128::from(hasher.finish())))
}

pub fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

pub fn code(text: &str) -> Code {
    text.parse().unwrap()
}

fn time() -> DateTime<FixedOffset> {
    "2026-11-02T08:00:00+08:00".parse().unwrap()
}

pub const fn police() -> &'static str {
    "police"
}

/// A registration of somebody from [`HOME`], by the police unless said otherwise.
pub struct Registration {
    pub place: Code,
    pub since: NaiveDate,
    pub reason: StayReason,
    pub by: Registrar,
    pub expected_until: Option<NaiveDate>,
    pub protected: bool,
    pub household: Option<Code>,
}

impl Registration {
    pub fn at(place: &str, since: &str) -> Self {
        Registration {
            place: code(place),
            since: day(since),
            reason: StayReason::Work,
            by: Registrar::Police,
            expected_until: None,
            protected: false,
            household: Some(code(HOME)),
        }
    }

    pub fn fact(self) -> Fact {
        let Registration { place, since, reason, by, expected_until, protected, household } = self;
        Fact::Residence {
            place,
            since,
            reason,
            by,
            expected_until,
            protected,
            household,
            reported_on: None,
            told: None,
        }
    }
}

/// A police registration of somebody from [`HOME`].
pub fn registered(place: &str, since: &str) -> Fact {
    Registration::at(place, since).fact()
}

/// The residence township's own registration.
pub fn inflow(place: &str, since: &str) -> Fact {
    Registration { by: Registrar::Township, ..Registration::at(place, since) }.fact()
}

pub fn outflow(destination: &str, left_on: &str) -> Fact {
    Fact::Outflow {
        household: code(HOME),
        destination: Some(code(destination)),
        left_on: day(left_on),
        reason: StayReason::Work,
        by: Registrar::Township,
        reported_on: None,
        told: None,
    }
}

pub fn lease(place: &str, since: &str, until: &str) -> Fact {
    Fact::Lease { place: code(place), since: day(since), until: day(until) }
}
