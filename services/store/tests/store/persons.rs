//! Profiles, facts and what a person's file shows.

use std::collections::{BTreeMap, HashMap};

use liangdi_domain::evidence::MessageKey;
use liangdi_domain::identity::Decision;
use liangdi_domain::identity::survive::{Frozen, Shown};
use liangdi_domain::ids::{PersonId, ProfileId};
use liangdi_domain::notice::{NoticeKind, Receiver};
use liangdi_domain::person::{FactSource, Name, Profile, Published};
use liangdi_domain::statement::{Told, ToldState};
use liangdi_store::port::{
    Batch, Correction, DecisionRow, EndingRow, Gathered, HumanVerdict, Inbound, MessageEvidence, Move, Protection,
    Question, Reading, StoredEdge,
};

use crate::support::sample::{
    HERE, OFFICE, appearance, day, ending, inbound, is_live, key_token, new_profile, notice, person, profile,
    profile_id, record_one, residence, said, say, say_with, time, token, told, withdraw,
};
use crate::support::{Twin, for_both};

for_both!(
    profiles_meet_by_their_keys_dead_or_alive,
    of_a_crowded_block_come_as_many_as_asked_for_and_its_refined_part_whole,
    what_edges_links_and_decisions_join_hangs_together,
    nothing_hangs_together_through_the_dead,
    a_question_stays_until_it_is_replaced,
    a_correction_holds_until_it_is_lifted,
    a_person_is_protected_by_any_profile_until_that_is_lifted,
    a_link_keeps_the_identity_that_follows_alive,
    whom_a_message_names_beside_another_is_known_until_it_is_taken_back,
    a_fact_shows_one_source_an_office_with_its_first_and_last_time,
    what_the_register_contradicts_is_known_by_its_latest_message_that_stands,
    a_fact_is_stock_only_while_all_its_messages_are,
    a_key_ends_facts_of_whoever_holds_it,
    moved_profiles_take_everything_along,
    what_was_told_is_kept_as_it_is_now,
    files_come_in_the_order_asked_and_every_list_sorted,
);

fn sorted(numbers: &[u32]) -> Vec<ProfileId> {
    let mut ids: Vec<ProfileId> = numbers.iter().map(|n| profile_id(*n)).collect();
    ids.sort();
    ids
}

async fn profiles_meet_by_their_keys_dead_or_alive<T: Twin>(store: T) {
    for (id, n) in [("a", 1), ("b", 2), ("c", 3)] {
        say(&store, id, n).await;
    }
    withdraw(&store, "w", "c").await;
    let mut batch = store.begin().await.unwrap();
    let asked = ["number 1", "name and birth", "nobody's"].map(token);
    let mut blocks = batch.blocks(&asked, 10).await.unwrap();
    blocks.values_mut().for_each(|members| members.sort());
    assert_eq!(blocks, HashMap::from([(asked[0], sorted(&[1])), (asked[1], sorted(&[1, 2, 3]))]));
    let mut contents = batch.contents(&sorted(&[3, 2, 9])).await.unwrap();
    contents.sort_by_key(|(id, _)| *id);
    let mut expected = vec![(profile_id(2), profile(2)), (profile_id(3), profile(3))];
    expected.sort_by_key(|(id, _)| *id);
    assert!(contents == expected, "dead or alive, and nobody who is not there");
}

async fn of_a_crowded_block_come_as_many_as_asked_for_and_its_refined_part_whole<T: Twin>(store: T) {
    for n in 1..=5 {
        say(&store, &format!("m{n}"), n).await;
    }
    let mut batch = store.begin().await.unwrap();
    let crowded = token("name and birth");
    assert_eq!(batch.blocks(&[crowded], 3).await.unwrap()[&crowded].len(), 3);
    let odd = key_token("name and birth", 1).refined.unwrap();
    let nobody = (crowded, token("refined by something else"));
    let mut blocks = batch.refined_blocks(&[(crowded, odd), nobody], 10).await.unwrap();
    blocks.values_mut().for_each(|members| members.sort());
    assert_eq!(blocks, HashMap::from([(odd, sorted(&[1, 3, 5]))]));
}

fn edge(a: u32, b: u32, weight: i32) -> StoredEdge {
    let (a, b) = (profile_id(a), profile_id(b));
    StoredEdge { a: a.min(b), b: a.max(b), weight, against: weight < 200 }
}

fn members(gathered: &Gathered) -> Vec<ProfileId> {
    gathered.members.iter().map(|member| member.id).collect()
}

async fn what_edges_links_and_decisions_join_hangs_together<T: Twin>(store: T) {
    for n in [1, 2, 3, 5] {
        say(&store, &format!("m{n}"), n).await;
    }
    say_with(&store, "changed", 3, |evidence| evidence.appearances[0].becomes = Some(profile_id(4))).await;
    let mut batch = store.begin().await.unwrap();
    batch.put_edges(&[edge(1, 2, 900), edge(2, 3, 300), edge(2, 5, 100)], &[]).await.unwrap();
    assert_eq!(members(&batch.component(&[profile_id(1)], 400).await.unwrap()), sorted(&[1, 2]));
    let gathered = batch.component(&[profile_id(1)], 300).await.unwrap();
    assert_eq!(members(&gathered), sorted(&[1, 2, 3, 4]));
    let mut expected = vec![edge(1, 2, 900), edge(2, 3, 300)];
    expected.sort();
    assert_eq!(gathered.edges, expected);
    let of = |n| gathered.members.iter().find(|member| member.id == profile_id(n)).unwrap();
    assert_eq!((of(3).links.as_slice(), of(4).live, of(1).person), (&[profile_id(4)][..], true, person(1)));

    let (a, b) = (profile_id(4).min(profile_id(5)), profile_id(4).max(profile_id(5)));
    let mut decision = DecisionRow { a, b, verdict: HumanVerdict::Same, reason: "met both".into(), who: "a".into() };
    batch.decide(&decision).await.unwrap();
    let gathered = batch.component(&[profile_id(1)], 300).await.unwrap();
    assert_eq!((members(&gathered), gathered.decisions), (sorted(&[1, 2, 3, 4, 5]), vec![Decision::Together(a, b)]));
    decision.verdict = HumanVerdict::Different;
    batch.decide(&decision).await.unwrap();
    let gathered = batch.component(&[profile_id(4), profile_id(5)], 300).await.unwrap();
    assert_eq!(gathered.decisions, [Decision::Apart(a, b)], "the last word stands");
    decision.verdict = HumanVerdict::Undone;
    batch.decide(&decision).await.unwrap();
    assert_eq!(batch.component(&[profile_id(4)], 300).await.unwrap().decisions, []);

    let ends = |edge: StoredEdge| (edge.a, edge.b);
    batch.put_edges(&[edge(1, 2, 350)], &[ends(edge(2, 3, 0))]).await.unwrap();
    let mut expected = vec![edge(1, 2, 350), edge(2, 5, 100)];
    expected.sort();
    assert_eq!(batch.edges_from(&sorted(&[1, 2, 3, 5])).await.unwrap(), expected);
}

async fn nothing_hangs_together_through_the_dead<T: Twin>(store: T) {
    for n in 1..=3 {
        say(&store, &format!("m{n}"), n).await;
    }
    withdraw(&store, "w", "m2").await;
    let mut batch = store.begin().await.unwrap();
    batch.put_edges(&[edge(1, 2, 900), edge(2, 3, 900)], &[]).await.unwrap();
    assert_eq!(members(&batch.component(&[profile_id(1)], 0).await.unwrap()), [profile_id(1)]);
    let gathered = batch.component(&[profile_id(2)], 0).await.unwrap();
    assert_eq!(members(&gathered), sorted(&[1, 2, 3]), "who is asked for is there, and whom it held");
    assert!(!gathered.members.iter().find(|member| member.id == profile_id(2)).unwrap().live);
}

async fn a_question_stays_until_it_is_replaced<T: Twin>(store: T) {
    for n in 1..=3 {
        say(&store, &format!("m{n}"), n).await;
    }
    let question = |a, b| {
        let StoredEdge { a, b, weight, .. } = edge(a, b, 500);
        Question { a, b, weight, ambiguous: false }
    };
    let mut batch = store.begin().await.unwrap();
    batch.ask(&sorted(&[1, 2]), &[question(1, 2)]).await.unwrap();
    batch.ask(&sorted(&[3]), &[question(2, 3)]).await.unwrap();
    batch.ask(&sorted(&[1]), &[]).await.unwrap();
    assert!(!batch.component(&[profile_id(1)], 0).await.unwrap().asked);
    assert!(batch.component(&[profile_id(2)], 0).await.unwrap().asked);
    assert!(batch.component(&[profile_id(3)], 0).await.unwrap().asked);
}

async fn a_correction_holds_until_it_is_lifted<T: Twin>(store: T) {
    say(&store, "a", 1).await;
    say(&store, "b", 2).await;
    let name = |of: &str| Profile { name: Name::read(of), ..Profile::default() };
    let correction = |profile, value| Correction {
        profile: profile_id(profile),
        field: Shown::Name,
        value,
        reason: "request 7".to_owned(),
        who: "a reviewer".to_owned(),
    };
    let mut batch = store.begin().await.unwrap();
    batch.correct(&correction(1, name("甄更正"))).await.unwrap();
    batch.correct(&correction(2, name("甄再正"))).await.unwrap();
    batch.assign(&[Move { profile: profile_id(2), from: person(2), to: person(1) }]).await.unwrap();
    batch.commit().await.unwrap();
    let frozen = async || {
        let mut batch = store.begin().await.unwrap();
        batch.person_files(&[person(1)]).await.unwrap().remove(0).frozen
    };
    assert!(frozen().await.name == Name::read("甄再正"), "the latest word, whichever profile it is kept with");
    let mut batch = store.begin().await.unwrap();
    assert!(!batch.lift(person(1), Shown::Phone, "a reviewer").await.unwrap());
    assert!(batch.lift(person(1), Shown::Name, "a reviewer").await.unwrap());
    batch.correct(&correction(2, name("甄三正"))).await.unwrap();
    batch.commit().await.unwrap();
    withdraw(&store, "w", "b").await;
    assert!(frozen().await.name == Name::read("甄三正"), "nothing speaks of its profile any more");
    let mut batch = store.begin().await.unwrap();
    assert!(batch.lift(person(1), Shown::Name, "a reviewer").await.unwrap(), "it can be lifted all the same");
    batch.commit().await.unwrap();
    assert!(frozen().await == Frozen::default());
}

async fn a_person_is_protected_by_any_profile_until_that_is_lifted<T: Twin>(store: T) {
    say(&store, "a", 1).await;
    say(&store, "b", 2).await;
    let protected = async || {
        let mut batch = store.begin().await.unwrap();
        batch.person_files(&[person(1)]).await.unwrap().remove(0).frozen.protected
    };
    let mut batch = store.begin().await.unwrap();
    let protection =
        Protection { profile: profile_id(2), reason: "request 9".to_owned(), who: "an operator".to_owned() };
    batch.protect(&protection).await.unwrap();
    batch.protect(&protection).await.unwrap();
    batch.commit().await.unwrap();
    assert!(!protected().await, "it is kept with a profile of somebody else");
    let mut batch = store.begin().await.unwrap();
    batch.assign(&[Move { profile: profile_id(2), from: person(2), to: person(1) }]).await.unwrap();
    batch.commit().await.unwrap();
    // Nothing speaks of the profile any more: the person is protected all the same.
    withdraw(&store, "w", "b").await;
    assert!(protected().await);
    let mut batch = store.begin().await.unwrap();
    assert!(!batch.unprotect(person(2), "an operator").await.unwrap());
    assert!(batch.unprotect(person(1), "an operator").await.unwrap());
    assert!(!batch.unprotect(person(1), "an operator").await.unwrap());
    batch.commit().await.unwrap();
    assert!(!protected().await);
}

async fn a_link_keeps_the_identity_that_follows_alive<T: Twin>(store: T) {
    say_with(&store, "changed", 1, |evidence| evidence.appearances[0].becomes = Some(profile_id(2))).await;
    assert!(is_live(&store, 2).await, "nothing but the link speaks of it");
    assert_eq!(withdraw(&store, "w", "changed").await.profiles, sorted(&[1, 2]));
    assert!(!is_live(&store, 2).await);
    let mut batch = store.begin().await.unwrap();
    assert_eq!(batch.component(&[profile_id(1)], 0).await.unwrap().members[0].links, []);
}

async fn whom_a_message_names_beside_another_is_known_until_it_is_taken_back<T: Twin>(store: T) {
    let both = |evidence: &mut MessageEvidence| {
        let mut other = appearance(2, residence(HERE));
        other.slot = 1;
        evidence.appearances.push(other);
    };
    let beside = async || {
        let mut batch = store.begin().await.unwrap();
        let gathered = batch.component(&sorted(&[1, 2]), 0).await.unwrap();
        let of = |n| gathered.members.iter().find(|member| member.id == profile_id(n)).unwrap().beside.clone();
        (of(1), of(2))
    };
    say_with(&store, "lease", 1, both).await;
    say_with(&store, "again", 1, both).await;
    assert_eq!(beside().await, (vec![profile_id(2)], vec![profile_id(1)]), "once, from both ends");
    withdraw(&store, "w", "lease").await;
    assert_eq!(beside().await.0, [profile_id(2)], "the other message stands");
    withdraw(&store, "v", "again").await;
    assert_eq!(beside().await, (vec![], vec![]));
    withdraw(&store, "u", "v").await;
    assert_eq!(beside().await.1, [profile_id(1)], "given back");
}

async fn a_fact_shows_one_source_an_office_with_its_first_and_last_time<T: Twin>(store: T) {
    for (id, at, source) in [
        ("a", "2026-03-02T08:00:00+08:00", OFFICE),
        ("b", "2026-03-01T23:30:00Z", OFFICE),
        ("c", "2026-01-01T00:00:00+08:00", OFFICE),
        ("d", "2026-02-01T00:00:00+08:00", "urn:liangdi:township:320583101"),
    ] {
        say_with(&store, id, 1, |evidence| {
            evidence.time = time(at);
            evidence.source = source.to_owned();
        })
        .await;
    }
    withdraw(&store, "w", "c").await;
    let mut batch = store.begin().await.unwrap();
    let files = batch.person_files(&[person(1)]).await.unwrap();
    let [fact] = &files[0].facts[..] else { panic!("one fact") };
    assert_eq!((fact.profile, &fact.fact), (profile_id(1), &residence(HERE)));
    let source = |source: &str, first, last| FactSource { source: source.into(), first: time(first), last: time(last) };
    let late = "2026-03-02T08:00:00+08:00";
    let expected = [
        source(OFFICE, "2026-03-01T23:30:00Z", late),
        source("urn:liangdi:township:320583101", "2026-02-01T00:00:00+08:00", "2026-02-01T00:00:00+08:00"),
    ];
    assert_eq!(fact.sources, expected);
    // The date that the office wrote, not the same instant somewhere else.
    assert_eq!(fact.sources[0].first.date_naive(), day("2026-03-01"));
    assert_eq!(fact.sources[0].last.date_naive(), day("2026-03-02"));
}

async fn what_the_register_contradicts_is_known_by_its_latest_message_that_stands<T: Twin>(store: T) {
    const TOWNSHIP: &str = "urn:liangdi:township:320583101";
    say(&store, "a", 1).await;
    // The same person's other number, three times by a township; one of them is taken back.
    let mut batch = store.begin().await.unwrap();
    let mut fact = None;
    for (id, at) in [("b", "2026-03-03"), ("c", "2026-03-05"), ("d", "2026-03-07")] {
        let time = time(&format!("{at}T08:00:00+08:00"));
        let key = MessageKey { source: TOWNSHIP.to_owned(), id: id.to_owned() };
        let publisher = "township.320583101".to_owned();
        let (no, _) = record_one(&mut batch, Inbound { key, publisher, time, ..inbound(id) }).await;
        let row = appearance(2, residence(HERE));
        fact = Some(row.fact_id);
        let evidence = MessageEvidence { source: TOWNSHIP.to_owned(), time, ..said(no, vec![row]) };
        let new = if id == "b" { vec![new_profile(2)] } else { vec![] };
        batch.save(&new, &[evidence]).await.unwrap();
    }
    batch.assign(&[Move { profile: profile_id(2), from: person(2), to: person(1) }]).await.unwrap();
    let taken_back = MessageKey { source: TOWNSHIP.to_owned(), id: "d".to_owned() };
    let withdrawal = Inbound { withdraws: Some(taken_back.clone()), ..inbound("w") };
    batch.record(&[withdrawal]).await.unwrap();
    batch.withdraw(&[taken_back]).await.unwrap();
    batch.commit().await.unwrap();

    let file = store.begin().await.unwrap().person_files(&[person(1)]).await.unwrap().remove(0);
    let contested: Vec<Vec<Shown>> = file.contested().into_iter().map(|contested| contested.fields).collect();
    assert_eq!(contested, [[Shown::Document]]);
    let stated = (fact.unwrap(), TOWNSHIP.to_owned());
    let message = MessageKey { source: TOWNSHIP.to_owned(), id: "c".to_owned() };
    let published = Published { message, publisher: "township.320583101".to_owned() };
    assert_eq!(file.messages, BTreeMap::from([(stated, published)]));
}

async fn a_fact_is_stock_only_while_all_its_messages_are<T: Twin>(store: T) {
    let stock = async || {
        let mut batch = store.begin().await.unwrap();
        batch.person_files(&[person(1)]).await.unwrap()[0].facts[0].baseline
    };
    say_with(&store, "a", 1, |evidence| evidence.baseline = true).await;
    assert!(stock().await);
    say(&store, "b", 1).await;
    assert!(!stock().await);
    withdraw(&store, "w", "b").await;
    assert!(stock().await);
}

async fn a_key_ends_facts_of_whoever_holds_it<T: Twin>(store: T) {
    let lease = |n| {
        let mut row = appearance(n, residence(HERE));
        row.key = Some(token("filing"));
        row
    };
    say_with(&store, "lease", 1, |evidence| evidence.appearances = vec![lease(1), lease(2)]).await;
    let mut batch = store.begin().await.unwrap();
    let mut holders = [person(1), person(2)];
    holders.sort();
    assert_eq!(batch.holders(&[token("filing"), token("other")]).await.unwrap(), holders);
    // Two offices' words, and two of another hub's, which are told apart by their numbers.
    for (id, number) in [("e1", None), ("e2", None), ("e3", Some(7)), ("e4", Some(8))] {
        let (no, _) = record_one(&mut batch, inbound(id)).await;
        let mut ends = said(no, Vec::new());
        ends.ending = Some(EndingRow { number, ..ending("filing") });
        batch.save(&[], &[ends]).await.unwrap();
    }
    let files = batch.person_files(&[person(1), person(2)]).await.unwrap();
    for file in &files {
        let numbers: Vec<_> = file.endings.iter().map(|ending| ending.number).collect();
        assert_eq!(numbers, [None, Some(7), Some(8)], "said twice, shown once");
        assert_eq!((file.endings[0].key, file.endings[0].on), (token("filing"), day("2026-05-01")));
    }
    batch.commit().await.unwrap();
    assert_eq!(withdraw(&store, "w", "e1").await.keys, [token("filing")]);
    withdraw(&store, "v", "e2").await;
    let mut batch = store.begin().await.unwrap();
    let numbers: Vec<_> = batch.person_files(&[person(1)]).await.unwrap()[0].endings.iter().map(|e| e.number).collect();
    assert_eq!(numbers, [Some(7), Some(8)]);
    drop(batch);
    withdraw(&store, "u", "lease").await;
    assert_eq!(store.begin().await.unwrap().holders(&[token("filing")]).await.unwrap(), [] as [PersonId; 0]);
}

async fn moved_profiles_take_everything_along<T: Twin>(store: T) {
    say(&store, "a", 1).await;
    say(&store, "b", 2).await;
    let mut batch = store.begin().await.unwrap();
    batch.tell(&[told(1, "341221", ToldState::Open)], &[]).await.unwrap();
    batch.assign(&[Move { profile: profile_id(1), from: person(1), to: person(2) }]).await.unwrap();
    let files = batch.person_files(&[person(1), person(2)]).await.unwrap();
    batch.commit().await.unwrap();
    let sizes: Vec<_> = files.iter().map(|file| (file.profiles.len(), file.facts.len(), file.told.len())).collect();
    assert_eq!(sizes, [(0, 0, 0), (2, 2, 1)]);
    let page = store.page(None, 10).await.unwrap();
    assert!(page.iter().all(|row| row.person == person(2)));
    assert_eq!(store.statements(Some("341221")).await.unwrap()[0].person, person(2));
    assert_eq!(store.status().await.unwrap().persons, 1);
    let mut batch = store.begin().await.unwrap();
    batch.assign(&[Move { profile: profile_id(1), from: person(2), to: person(1) }]).await.unwrap();
    batch.commit().await.unwrap();
    assert_eq!(store.status().await.unwrap().persons, 2);
}

async fn what_was_told_is_kept_as_it_is_now<T: Twin>(store: T) {
    say(&store, "a", 1).await;
    say(&store, "b", 2).await;
    let open = told(1, "341221", ToldState::Open);
    let mut batch = store.begin().await.unwrap();
    batch.tell(std::slice::from_ref(&open), &[]).await.unwrap();
    batch.commit().await.unwrap();
    let statements = store.statements(None).await.unwrap();
    assert_eq!((statements.len(), statements[0].receiver.as_str()), (1, "341221"));
    assert_eq!(store.statements(Some("320583")).await.unwrap(), []);

    // It ends, and rests on another profile of the person from now on.
    let state = ToldState::Ended { on: day("2026-04-01"), by: Some(NoticeKind::Departed) };
    let sent = notice(1, "341221");
    let ended = Told { state, ground: profile_id(2), last_notice: Some(sent.id), ..open.clone() };
    let mut batch = store.begin().await.unwrap();
    batch.tell(std::slice::from_ref(&ended), &[sent]).await.unwrap();
    let files = batch.person_files(&[person(1), person(2)]).await.unwrap();
    assert!(files[0].told.is_empty());
    assert_eq!(files[1].told, std::slice::from_ref(&ended));
    batch.commit().await.unwrap();
    assert_eq!(store.statements(None).await.unwrap(), []);

    // Known on the ground of a profile that died, until it is taken back.
    withdraw(&store, "w", "b").await;
    let mut batch = store.begin().await.unwrap();
    assert_eq!(batch.person_files(&[person(2)]).await.unwrap()[0].told, std::slice::from_ref(&ended));
    let retracted = Told { state: ToldState::Retracted, receiver: Receiver("341221".into()), ..ended };
    batch.tell(&[retracted], &[]).await.unwrap();
    assert!(batch.person_files(&[person(2)]).await.unwrap()[0].told.is_empty());
}

async fn files_come_in_the_order_asked_and_every_list_sorted<T: Twin>(store: T) {
    let mut batch = store.begin().await.unwrap();
    let mut evidence = Vec::new();
    for n in 1..=9 {
        let (no, _) = record_one(&mut batch, inbound(&format!("m{n}"))).await;
        let rows = [HERE, "320583102", "320583103"].map(|place| appearance(n, residence(place)));
        let mut rows = Vec::from(rows);
        rows.iter_mut().zip(0..).for_each(|(row, slot)| row.slot = slot);
        evidence.push(said(no, rows));
    }
    let profiles: Vec<_> = (1..=9)
        .map(|n| {
            let mut new = new_profile(n);
            new.person = person(n % 3);
            new
        })
        .collect();
    batch.save(&profiles, &evidence).await.unwrap();
    let asked = [person(2), person(77), person(0), person(1)];
    let files = batch.person_files(&asked).await.unwrap();
    assert_eq!(files.iter().map(|file| file.person).collect::<Vec<_>>(), asked);
    assert_eq!(files.iter().map(|file| file.facts.len()).collect::<Vec<_>>(), [9, 0, 9, 9]);
    for file in &files {
        assert!(file.profiles.is_sorted_by_key(|(id, _)| *id));
        assert!(file.facts.is_sorted_by_key(|fact| fact.id));
    }
    assert_eq!(batch.person_files(&[]).await.unwrap().len(), 0);
}
