//! throwaway
#![allow(clippy::unwrap_used, clippy::print_stdout)]
use std::time::{Duration, Instant};
use std::collections::BTreeMap;
use liangdi_store::keys::Keys;
use liangdi_store::port::*;
use liangdi_store::postgres::*;
use liangdi_domain::evidence::*;
use liangdi_domain::feed::*;
use liangdi_domain::ids::*;
use liangdi_domain::notice::*;
use liangdi_domain::statement::*;
use liangdi_domain::person::*;
use uuid::Uuid;
fn prof(n: u64) -> Profile { Profile { name: Name::read("甄虚构"), birth: Some("1990-03-15".parse().unwrap()), phone: Phone::read(&format!("139{:08}", n % 100_000_000)).unwrap(), household: Some("341221".parse().unwrap()), ..Profile::default() } }
fn fact(n: u64, m: u64) -> Fact { Fact::Residence { place: "320583101".parse().unwrap(), since: chrono::NaiveDate::from_ymd_opt(2020,1,1).unwrap() + chrono::Days::new((n + m*7) % 2000), reason: StayReason::Work, by: Registrar::Police, expected_until: None, protected: false, household: None, reported_on: None } }
#[tokio::main]
async fn main() {
    let url = std::env::args().nth(1).unwrap();
    let target: u64 = std::env::args().nth(2).unwrap().parse().unwrap();
    let options = DatabaseOptions::new(url.into());
    let keys = Keys::ephemeral();
    PgStore::migrate(&options, &keys).await.unwrap();
    let store = PgStore::connect(&options, keys.clone()).await.unwrap();
    let mut next_person = 0u64; let mut next_msg = 0u64; let mut rng = 12345u64;
    let mut rnd = move |m: u64| { rng ^= rng << 13; rng ^= rng >> 7; rng ^= rng << 17; rng % m };
    let mut steps: BTreeMap<&'static str, Duration> = BTreeMap::new();
    let mut total = Duration::ZERO; let mut batches = 0u32; let mut all = 0u32;
    let tok = |k: &Keys, p: &str, n: u64| k.token(p, &[&n.to_string()]);
    let courier = { let store = store.clone(); tokio::spawn(async move { let mut n = 0usize; let mut t = Duration::ZERO; loop { let a = Instant::now(); let out = store.next(chrono::Utc::now(), 500).await.unwrap(); if out.is_empty() { store.wait(Duration::from_secs(1)).await.unwrap(); continue; } n += out.len(); store.published(&out.iter().map(|o| o.outbox_no).collect::<Vec<_>>()).await.unwrap(); t += a.elapsed(); if n % 50_000 < 500 { println!("courier {n} at {:.0}/s busy", n as f64 / t.as_secs_f64()); } } }) };
    while next_person < target + 2500 {
        let measuring = next_person >= target;
        let t0 = Instant::now();
        macro_rules! step { ($name:literal, $e:expr) => {{ let t = Instant::now(); let r = $e; if measuring { *steps.entry($name).or_default() += t.elapsed(); } r }} }
        // who
        let mut who: Vec<(u64, bool)> = Vec::new();
        for i in 0..500 { if i % 2 == 0 || next_person < 1000 { who.push((next_person, true)); next_person += 1; } else { who.push((rnd(next_person.saturating_sub(600).max(1)), false)); } }
        let mut batch = step!("begin", store.begin().await.unwrap());
        batch.received(Feed::Police, 500).await.unwrap();
        let inbounds: Vec<Inbound> = who.iter().map(|_| { next_msg += 1; Inbound { key: MessageKey { source: format!("urn:liangdi:police:32058{}", next_msg % 9), id: Uuid::now_v7().to_string() }, kind: MessageType::ResidenceRegistered, publisher: "police.320500".into(), content: Token(Uuid::now_v7()), time: "2026-03-09T10:00:00+08:00".parse().unwrap(), baseline: false, warnings: vec![], answer: None, withdraws: None, filing: None } }).collect();
        let rec = step!("record", batch.record(&inbounds).await.unwrap());
        let ids: Vec<ProfileId> = who.iter().map(|(n, _)| ProfileId(tok(&keys, "profile", *n).0)).collect();
        step!("profiles", batch.profiles(&ids).await.unwrap());
        let tokens = |n: u64| vec![tok(&keys, "number", n), tok(&keys, "nbp", n), tok(&keys, "nbc", n / 2)];
        let asked: Vec<Token> = who.iter().filter(|w| w.1).flat_map(|(n, _)| tokens(*n)).collect();
        let links: Vec<ProfileId> = vec![];
        let found = step!("neighbours1", batch.neighbours(&asked, &links).await.unwrap());
        let ids2: Vec<ProfileId> = found.iter().map(|f| f.id).collect();
        let asked2: Vec<Token> = ids2.iter().map(|id| Token(id.0)).collect();
        step!("neighbours2", batch.neighbours(&asked2, &ids2).await.unwrap());
        let new: Vec<NewProfile> = who.iter().filter(|w| w.1).map(|(n, _)| NewProfile { id: ProfileId(tok(&keys, "profile", *n).0), profile: prof(*n), tokens: tokens(*n), person: PersonId(tok(&keys, "person", *n).0) }).collect();
        let ev: Vec<MessageEvidence> = who.iter().zip(&rec).enumerate().map(|(i, ((n, _), r))| { let Recorded::New { no, .. } = r else { panic!() }; let pid = ProfileId(tok(&keys, "profile", *n).0); let m = if i % 4 == 1 { next_msg } else { 0 }; MessageEvidence { no: *no, source: "urn:liangdi:police:320583".into(), time: "2026-03-09T10:00:00+08:00".parse().unwrap(), baseline: false, withdrawn: false, appearances: vec![AppearanceRow { slot: 0, profile: pid, becomes: None, fact_id: FactId(keys.token("fact", &[&n.to_string(), &m.to_string()]).0), fact: fact(*n, m), key: Some(tok(&keys, "key", *n)) }], ending: None } }).collect();
        step!("save", batch.save(&new, &ev).await.unwrap());
        let persons: std::collections::BTreeSet<PersonId> = who.iter().map(|(n, _)| PersonId(tok(&keys, "person", *n).0)).collect();
        let files = step!("files", batch.person_files(&persons.into_iter().collect::<Vec<_>>()).await.unwrap());
        let mut told = vec![]; let mut notices = vec![];
        for f in files.iter().take(275) {
            let receiver = Receiver(format!("3205{:05}", rnd(1487)));
            let n = NoticeDraft { id: Uuid::now_v7(), kind: NoticeKind::Inflow, urgency: Urgency::Due, receiver: receiver.clone(), time: "2026-03-09T10:00:00+08:00".parse().unwrap(), case: Some(Uuid::now_v7()), due_on: None, basis: "inflow; Residence Permit Regulation art. 7".into(), supersedes: None, data: serde_json::json!({"person": {"name": "甄虚构", "id_type": "111", "id_number": "341221199003154017", "sex": "1", "birth_date": "1990-03-15"}, "household": {"division": "341221", "name": "安徽省阜阳市临泉县"}, "residence": {"division": "320583101", "name": "江苏省苏州市昆山市玉山镇"}, "since": "2026-03-01", "reason": "work"}) };
            let fields: BTreeMap<String, Token> = ["person", "household", "residence", "since", "reason"].iter().map(|k| ((*k).to_owned(), Token(Uuid::now_v7()))).collect();
            told.push(f.told.first().cloned().map(|t| Told { last_notice: Some(n.id), ..t }).unwrap_or(Told { id: Uuid::now_v7(), ground: f.profiles[0].0, receiver, topic: Topic::Inflow, place: "320583101".parse().unwrap(), since: "2026-03-01".parse().unwrap(), state: ToldState::Open, case: n.case, last_notice: Some(n.id), fields }));
            notices.push(n);
        }
        step!("tell", batch.tell(&told, &notices).await.unwrap());
        step!("commit", batch.commit().await.unwrap());
        all += 1;
        if measuring { total += t0.elapsed(); batches += 1; } else if all % 40 == 0 { println!("{next_person} persons, last batch {:?}", t0.elapsed()); }
    }
    println!("{batches} batches, {:.1} ms each, {:.0} messages/s", total.as_secs_f64() * 1000.0 / f64::from(batches), 500.0 * f64::from(batches) / total.as_secs_f64());
    for (k, v) in steps { println!("{k:12} {:.2} ms", v.as_secs_f64() * 1000.0 / f64::from(batches)); }
    println!("{:?}", store.status().await.unwrap());
    courier.abort();
}
