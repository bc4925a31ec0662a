//! Profiles, facts and what a person's file shows.

use liangdi_domain::ids::{PersonId, ProfileId};
use liangdi_domain::notice::{NoticeKind, Receiver};
use liangdi_domain::person::FactSource;
use liangdi_domain::statement::{Told, ToldState};
use liangdi_store::port::{Batch, Move, Store};

use crate::support::sample::{
    HERE, OFFICE, appearance, day, ending, inbound, is_live, new_profile, notice, person, profile, profile_id,
    record_one, residence, said, say, say_with, time, token, told, withdraw,
};
use crate::support::{Twin, for_both};

for_both!(
    live_profiles_meet_by_their_tokens,
    linked_profiles_meet_either_way_and_live_by_the_link,
    profiles_asked_for_by_id_come_dead_or_alive,
    a_fact_shows_one_source_an_office_with_its_first_and_last_time,
    a_fact_is_stock_only_while_all_its_messages_are,
    a_key_ends_facts_of_whoever_holds_it,
    moved_profiles_take_everything_along,
    what_was_told_is_kept_as_it_is_now,
    files_come_in_the_order_asked_and_every_list_sorted,
);

async fn neighbours<S: Store>(store: &S, tokens: &[&str], linked: &[u32]) -> Vec<(ProfileId, bool, Vec<ProfileId>)> {
    let mut batch = store.begin().await.unwrap();
    let tokens: Vec<_> = tokens.iter().map(|of| token(of)).collect();
    let linked: Vec<_> = linked.iter().map(|n| profile_id(*n)).collect();
    let mut found = batch.neighbours(&tokens, &linked).await.unwrap();
    found.sort_by_key(|neighbour| neighbour.id);
    found.into_iter().map(|neighbour| (neighbour.id, neighbour.live, neighbour.links)).collect()
}

fn sorted(numbers: &[u32]) -> Vec<ProfileId> {
    let mut ids: Vec<ProfileId> = numbers.iter().map(|n| profile_id(*n)).collect();
    ids.sort();
    ids
}

async fn live_profiles_meet_by_their_tokens<T: Twin>(store: T) {
    for (id, n) in [("a", 1), ("b", 2), ("c", 3)] {
        say(&store, id, n).await;
    }
    withdraw(&store, "w", "c").await;
    let met = neighbours(&store, &["number 1", "name and birth", "number 3", "nobody's"], &[]).await;
    let expected: Vec<_> = sorted(&[1, 2]).into_iter().map(|id| (id, true, Vec::new())).collect();
    assert_eq!(met, expected);
    let mut batch = store.begin().await.unwrap();
    let found = batch.neighbours(&[token("number 2")], &[]).await.unwrap();
    assert!(found[0].profile == profile(2) && found[0].person == person(2));
}

async fn linked_profiles_meet_either_way_and_live_by_the_link<T: Twin>(store: T) {
    say_with(&store, "changed", 1, |evidence| evidence.appearances[0].becomes = Some(profile_id(2))).await;
    assert!(is_live(&store, 2).await, "nothing but the link speaks of it");
    for n in [1, 2] {
        let met: Vec<_> = neighbours(&store, &[], &[n]).await;
        let mut expected = vec![(profile_id(1), true, vec![profile_id(2)]), (profile_id(2), true, vec![profile_id(1)])];
        expected.sort();
        assert_eq!(met, expected);
    }
    assert_eq!(withdraw(&store, "w", "changed").await.profiles, sorted(&[1, 2]));
    assert!(!is_live(&store, 2).await);
    assert_eq!(neighbours(&store, &[], &[1]).await, [(profile_id(1), false, Vec::new())]);
}

async fn profiles_asked_for_by_id_come_dead_or_alive<T: Twin>(store: T) {
    say(&store, "a", 1).await;
    withdraw(&store, "w", "a").await;
    assert_eq!(neighbours(&store, &["number 1"], &[]).await, []);
    assert_eq!(neighbours(&store, &["number 1"], &[1, 7]).await, [(profile_id(1), false, Vec::new())]);
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
    for id in ["e1", "e2"] {
        let (no, _) = record_one(&mut batch, inbound(id)).await;
        let mut ends = said(no, Vec::new());
        ends.ending = Some(ending("filing"));
        batch.save(&[], &[ends]).await.unwrap();
    }
    let files = batch.person_files(&[person(1), person(2)]).await.unwrap();
    for file in &files {
        assert_eq!(file.endings.len(), 1, "said twice, shown once");
        assert_eq!((file.endings[0].key, file.endings[0].on), (token("filing"), day("2026-05-01")));
    }
    batch.commit().await.unwrap();
    assert_eq!(withdraw(&store, "w", "e1").await.keys, [token("filing")]);
    withdraw(&store, "v", "e2").await;
    let mut batch = store.begin().await.unwrap();
    assert!(batch.person_files(&[person(1)]).await.unwrap()[0].endings.is_empty());
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
