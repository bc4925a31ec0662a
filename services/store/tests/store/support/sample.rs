//! Small messages about fictional people. Their numbers carry the fictional sequence 000 to 999 of a birth date each.

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher};

use chrono::{DateTime, FixedOffset, NaiveDate};
use liangdi_domain::division::Code;
use liangdi_domain::evidence::{CancelReason, Fact, MessageKey, Registrar, StayReason};
use liangdi_domain::feed::{Feed, MessageType};
use liangdi_domain::ids::{FactId, PersonId, ProfileId, Token};
use liangdi_domain::notice::{NoticeDraft, NoticeKind, Receiver, Urgency};
use liangdi_domain::person::{Document, Name, Phone, Profile};
use liangdi_domain::statement::{Told, ToldState, Topic};
use liangdi_store::port::{
    AppearanceRow, Batch, EndingRow, Inbound, KeyToken, MessageEvidence, NewProfile, Outgoing, Recorded, Store, Touched,
};
use serde_json::json;
use uuid::Uuid;

pub(crate) const OFFICE: &str = "urn:liangdi:police:320583";

pub(crate) fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

pub(crate) fn time(text: &str) -> DateTime<FixedOffset> {
    text.parse().unwrap()
}

pub(crate) fn key(id: &str) -> MessageKey {
    MessageKey { source: OFFICE.to_owned(), id: id.to_owned() }
}

/// Ids that only depend on what they stand for.
pub(crate) fn token(of: &str) -> Token {
    let half = |salt: u8| {
        let mut hasher = DefaultHasher::new();
        (salt, of).hash(&mut hasher);
        hasher.finish()
    };
    Token(Uuid::from_u64_pair(half(1), half(2)))
}

pub(crate) fn person(n: u32) -> PersonId {
    PersonId(token(&format!("person {n}")).0)
}

pub(crate) fn profile_id(n: u32) -> ProfileId {
    ProfileId(token(&format!("profile {n}")).0)
}

/// A blocking key; those of even and of odd profiles differ when refined.
pub(crate) fn key_token(of: &str, n: u32) -> KeyToken {
    KeyToken { token: token(of), refined: Some(token(&format!("{of}, refined {}", n % 2))) }
}

/// A fictional person's number: checksum-valid, never issued to our knowledge.
pub(crate) fn id_number(n: u32) -> String {
    let body = format!("34122119900315{:03}", n % 1000);
    format!("{body}{}", Document::check_digit(&body).unwrap())
}

/// A fictional person.
pub(crate) fn profile(n: u32) -> Profile {
    Profile {
        document: Document::read(None, Some(&id_number(n))).0,
        name: Name::read("甄虚构"),
        birth: Some(day("1990-03-15")),
        phone: Phone::read(&format!("1390000{n:04}")).unwrap(),
        household: Some("341221".parse().unwrap()),
        ..Profile::default()
    }
}

pub(crate) fn inbound(id: &str) -> Inbound {
    Inbound {
        key: key(id),
        feed: Feed::Police,
        kind: MessageType::ResidenceRegistered,
        publisher: "police.320500".to_owned(),
        content: token(id),
        time: time("2026-03-09T10:00:00+08:00"),
        baseline: false,
        warnings: Vec::new(),
        answer: None,
        answers: None,
        withdraws: None,
        division: None,
        filing: None,
        report: None,
    }
}

pub(crate) fn withdrawal(id: &str, target: &str) -> Inbound {
    let kind = MessageType::Withdrawn(MessageType::ResidenceRegistered.feed());
    Inbound { kind, withdraws: Some(key(target)), ..inbound(id) }
}

pub(crate) const HERE: &str = "320583101";

pub(crate) fn residence(place: &str) -> Fact {
    Fact::Residence {
        place: place.parse().unwrap(),
        since: day("2026-03-01"),
        reason: StayReason::Work,
        by: Registrar::Police,
        expected_until: None,
        protected: false,
        household: None,
        reported_on: None,
        told: None,
    }
}

pub(crate) fn appearance(profile: u32, fact: Fact) -> AppearanceRow {
    let content = serde_json::to_string(&fact).unwrap();
    AppearanceRow {
        slot: 0,
        profile: profile_id(profile),
        becomes: None,
        fact_id: FactId(token(&format!("{profile} {content}")).0),
        fact,
        key: None,
    }
}

pub(crate) fn said(no: i64, appearances: Vec<AppearanceRow>) -> MessageEvidence {
    MessageEvidence {
        no,
        source: OFFICE.to_owned(),
        time: time("2026-03-09T10:00:00+08:00"),
        baseline: false,
        withdrawn: false,
        appearances,
        ending: None,
    }
}

pub(crate) fn ending(of: &str) -> EndingRow {
    EndingRow { key: token(of), on: day("2026-05-01"), reason: CancelReason::Left, number: None }
}

pub(crate) fn new_profile(n: u32) -> NewProfile {
    let keys = ["name and birth".to_owned(), format!("number {n}")].map(|of| key_token(&of, n));
    NewProfile { id: profile_id(n), profile: profile(n), keys: keys.into(), person: person(n) }
}

/// Records one message that must be new.
pub(crate) async fn record_one<B: Batch>(batch: &mut B, message: Inbound) -> (i64, bool) {
    match batch.record(&[message]).await.unwrap()[..] {
        [Recorded::New { no, withdrawn }] => (no, withdrawn),
        ref other => panic!("expected a new message, got {other:?}"),
    }
}

/// A whole small batch: a message that says where a person (of its own) lives.
pub(crate) async fn say<S: Store>(store: &S, id: &str, n: u32) -> i64 {
    say_with(store, id, n, |_| {}).await
}

/// The same, changed before it is written.
pub(crate) async fn say_with<S: Store>(store: &S, id: &str, n: u32, change: impl FnOnce(&mut MessageEvidence)) -> i64 {
    let mut batch = store.begin().await.unwrap();
    let (no, withdrawn) = record_one(&mut batch, inbound(id)).await;
    let mut evidence = said(no, vec![appearance(n, residence(HERE))]);
    evidence.withdrawn = withdrawn;
    change(&mut evidence);
    let named: Vec<ProfileId> =
        evidence.appearances.iter().flat_map(|row| std::iter::once(row.profile).chain(row.becomes)).collect();
    let known = batch.profiles(&named).await.unwrap();
    let new: Vec<NewProfile> = (0..100)
        .filter(|n| named.contains(&profile_id(*n)) && !known.contains_key(&profile_id(*n)))
        .map(new_profile)
        .collect();
    batch.save(&new, &[evidence]).await.unwrap();
    batch.commit().await.unwrap();
    no
}

/// A whole small batch: a withdrawal.
pub(crate) async fn withdraw<S: Store>(store: &S, id: &str, target: &str) -> Touched {
    let mut batch = store.begin().await.unwrap();
    batch.record(&[withdrawal(id, target)]).await.unwrap();
    let touched = batch.withdraw(&[key(target)]).await.unwrap();
    batch.commit().await.unwrap();
    touched
}

/// Whether a profile is live.
pub(crate) async fn is_live<S: Store>(store: &S, n: u32) -> bool {
    let mut batch = store.begin().await.unwrap();
    batch.profiles(&[profile_id(n)]).await.unwrap()[&profile_id(n)].live
}

pub(crate) fn told(n: u32, receiver: &str, state: ToldState) -> Told {
    Told {
        id: token(&format!("told {n} {receiver}")).0,
        ground: profile_id(n),
        receiver: Receiver(receiver.to_owned()),
        topic: Topic::Inflow,
        place: "320583101".parse::<Code>().unwrap(),
        variant: None,
        since: day("2026-03-01"),
        state,
        case: Some(token("case").0),
        last_notice: None,
        asked: None,
        fields: BTreeMap::from([("person".to_owned(), token("fingerprint"))]),
    }
}

pub(crate) fn notice(n: u32, receiver: &str) -> NoticeDraft {
    NoticeDraft {
        id: Uuid::now_v7(),
        kind: NoticeKind::Inflow,
        urgency: Urgency::Due,
        receiver: Receiver(receiver.to_owned()),
        time: time("2026-03-09T10:00:00.123456+08:00"),
        statement: None,
        case: Some(token("case").0),
        due_on: Some(day("2026-03-23")),
        basis: "inflow; Residence Permit Regulation art. 7".to_owned(),
        supersedes: None,
        data: json!({
            "person": {"name": "甄虚构", "id_number": id_number(n), "birth_date": "1990-03-15"},
            "since": "2026-03-01",
        }),
    }
}

/// Commits notices, one batch.
pub(crate) async fn send<S: Store>(store: &S, notices: &[NoticeDraft]) {
    let mut batch = store.begin().await.unwrap();
    batch.tell(&[], notices).await.unwrap();
    batch.commit().await.unwrap();
}

pub(crate) fn numbers(outgoing: &[Outgoing]) -> Vec<(String, i64)> {
    outgoing.iter().map(|outgoing| (outgoing.notice.receiver.0.clone(), outgoing.seqno)).collect()
}
