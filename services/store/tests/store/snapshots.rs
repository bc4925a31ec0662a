//! One state of everything, and what is counted for `status` beside the accounts.

use liangdi_domain::identity::Decision;
use liangdi_domain::ids::{PersonId, ProfileId};
use liangdi_domain::notice::Receiver;
use liangdi_domain::person::{Name, Profile};
use liangdi_domain::statement::ToldState;
use liangdi_store::port::{
    Batch, DecisionRow, HumanVerdict, Member, MessageEvidence, Move, NewProfile, Reading, Snapshot,
};

use crate::support::sample::{
    HERE, appearance, inbound, key_token, new_profile, person, profile, profile_id, record_one, residence, said, say,
    say_with, token, told, withdraw,
};
use crate::support::{Twin, for_both};

for_both!(
    everybody_stands_in_a_snapshot_page_by_page,
    decisions_that_stand_are_in_a_snapshot,
    a_file_is_put_together_for_a_person_as_it_would_be,
    a_snapshot_meets_by_the_keys_that_a_batch_meets_by,
    live_profiles_of_persons_are_found,
    thin_profiles_are_counted_while_they_are_live,
    crowded_keys_are_counted_and_counted_anew,
);

/// Every member there is, in pages of two.
async fn everybody<N: Snapshot>(snapshot: &mut N) -> Vec<Member> {
    let mut all: Vec<Member> = Vec::new();
    loop {
        let page = snapshot.standing(all.last().map(|member| member.id), 2).await.unwrap();
        if page.is_empty() {
            return all;
        }
        assert!(page.len() <= 2);
        all.extend(page);
    }
}

async fn everybody_stands_in_a_snapshot_page_by_page<T: Twin>(store: T) {
    for n in [1, 2, 5] {
        say(&store, &format!("m{n}"), n).await;
    }
    say_with(&store, "changed", 3, |evidence| evidence.appearances[0].becomes = Some(profile_id(4))).await;
    withdraw(&store, "w", "m2").await;
    let mut snapshot = store.snapshot().await.unwrap();
    let all = everybody(&mut snapshot).await;
    let mut expected: Vec<Member> = [1, 2, 3, 4, 5]
        .map(|n| {
            let links = match n {
                3 => vec![profile_id(4)],
                4 => vec![profile_id(3)],
                _ => Vec::new(),
            };
            Member { id: profile_id(n), person: person(n), live: n != 2, links, beside: Vec::new() }
        })
        .into();
    expected.sort_by_key(|member| member.id);
    assert_eq!(all, expected);
}

async fn decisions_that_stand_are_in_a_snapshot<T: Twin>(store: T) {
    for n in 1..=3 {
        say(&store, &format!("m{n}"), n).await;
    }
    let pair = |x: u32, y: u32| (profile_id(x).min(profile_id(y)), profile_id(x).max(profile_id(y)));
    let mut batch = store.begin().await.unwrap();
    for ((a, b), verdict) in [
        (pair(1, 2), HumanVerdict::Different),
        (pair(1, 2), HumanVerdict::Same),
        (pair(1, 3), HumanVerdict::Different),
        (pair(2, 3), HumanVerdict::Later),
    ] {
        batch.decide(&DecisionRow { a, b, verdict, reason: "r".into(), who: "w".into() }).await.unwrap();
    }
    batch.commit().await.unwrap();
    let mut snapshot = store.snapshot().await.unwrap();
    let mut decided = snapshot.decided(&[1, 2, 3].map(profile_id)).await.unwrap();
    decided.sort();
    let (together, apart) = (pair(1, 2), pair(1, 3));
    assert_eq!(decided, [Decision::Together(together.0, together.1), Decision::Apart(apart.0, apart.1)]);
    assert_eq!(snapshot.decided(&[together.1.max(apart.1)]).await.unwrap(), [], "only by the smaller end");
}

async fn a_file_is_put_together_for_a_person_as_it_would_be<T: Twin>(store: T) {
    for n in 1..=3 {
        say(&store, &format!("m{n}"), n).await;
    }
    withdraw(&store, "w", "m3").await;
    let mut batch = store.begin().await.unwrap();
    batch.tell(&[told(2, "341221", ToldState::Open), told(3, "320583", ToldState::Open)], &[]).await.unwrap();
    batch.commit().await.unwrap();
    let whole = vec![profile_id(3), profile_id(1), profile_id(2)];
    let nobody = PersonId(token("nobody").0);
    let (empty, one) = ((person(2), Vec::new()), (nobody, whole));
    let mut snapshot = store.snapshot().await.unwrap();
    let [left, would_be] = &snapshot.files_of(&[empty, one]).await.unwrap()[..] else { panic!("two files") };
    assert_eq!((left.person, left.profiles.len(), left.facts.len(), left.told.len()), (person(2), 0, 0, 0));
    assert_eq!(would_be.person, nobody);
    drop(snapshot);

    // The same as if they had been moved.
    let mut batch = store.begin().await.unwrap();
    let moves = [1, 2, 3].map(|n| Move { profile: profile_id(n), from: person(n), to: nobody });
    batch.assign(&moves).await.unwrap();
    let moved = batch.person_files(&[nobody]).await.unwrap().pop().unwrap();
    assert!(moved.profiles == would_be.profiles && moved.profiles.len() == 2);
    assert_eq!((&moved.facts, &moved.told), (&would_be.facts, &would_be.told));
    let mut receivers: Vec<&Receiver> = moved.told.iter().map(|told| &told.receiver).collect();
    receivers.sort();
    assert_eq!(receivers.len(), 2, "what was told on the ground of a dead profile goes along");
}

async fn a_snapshot_meets_by_the_keys_that_a_batch_meets_by<T: Twin>(store: T) {
    for n in 1..=3 {
        say(&store, &format!("m{n}"), n).await;
    }
    let (tokens, refined) = ([token("name and birth")], [key_token("name and birth", 1)]);
    let refined = refined.map(|key| (key.token, key.refined.unwrap()));
    let mut snapshot = store.snapshot().await.unwrap();
    let mut found = (
        snapshot.blocks(&tokens, 9).await.unwrap(),
        snapshot.refined_blocks(&refined, 9).await.unwrap(),
        snapshot.contents(&[profile_id(2)]).await.unwrap(),
    );
    drop(snapshot);
    let mut batch = store.begin().await.unwrap();
    let mut expected = (
        batch.blocks(&tokens, 9).await.unwrap(),
        batch.refined_blocks(&refined, 9).await.unwrap(),
        batch.contents(&[profile_id(2)]).await.unwrap(),
    );
    for blocks in [&mut found.0, &mut found.1, &mut expected.0, &mut expected.1] {
        blocks.values_mut().for_each(|block| block.sort());
    }
    assert_eq!((&found.0, &found.1), (&expected.0, &expected.1));
    assert!(found.2 == expected.2 && found.2 == [(profile_id(2), profile(2))]);
    assert_eq!((found.0[&tokens[0]].len(), found.1[&refined[0].1].len()), (3, 2));
}

async fn live_profiles_of_persons_are_found<T: Twin>(store: T) {
    for n in 1..=4 {
        say(&store, &format!("m{n}"), n).await;
    }
    withdraw(&store, "w", "m3").await;
    let mut batch = store.begin().await.unwrap();
    let moves = [2, 3].map(|n| Move { profile: profile_id(n), from: person(n), to: person(1) });
    batch.assign(&moves).await.unwrap();
    let mut found = batch.profiles_of(&[person(1), person(2)]).await.unwrap();
    found.sort();
    let mut expected = [1, 2].map(profile_id);
    expected.sort();
    assert_eq!(found, expected);
}

/// A message about somebody of whom there is only a name.
async fn say_next_to_nothing<T: Twin>(store: &T, id: &str, n: u32) {
    let mut batch = store.begin().await.unwrap();
    let (no, withdrawn) = record_one(&mut batch, inbound(id)).await;
    let thin = Profile { name: Name::read("甄虚构"), ..Profile::default() };
    let new = NewProfile { profile: thin, keys: Vec::new(), ..new_profile(n) };
    let evidence = MessageEvidence { withdrawn, ..said(no, vec![appearance(n, residence(HERE))]) };
    batch.save(&[new], &[evidence]).await.unwrap();
    batch.commit().await.unwrap();
}

async fn thin_profiles_are_counted_while_they_are_live<T: Twin>(store: T) {
    let thin = async || {
        let status = store.status().await.unwrap();
        (status.thin_profiles, status.profiles)
    };
    say(&store, "whole", 1).await;
    assert_eq!(thin().await, (0, 1));
    say_next_to_nothing(&store, "thin", 2).await;
    say_next_to_nothing(&store, "thin too", 3).await;
    assert_eq!(thin().await, (2, 3));
    withdraw(&store, "w", "thin").await;
    assert_eq!(thin().await, (1, 2));
    withdraw(&store, "taken back", "w").await;
    assert_eq!(thin().await, (2, 3));
}

async fn crowded_keys_are_counted_and_counted_anew<T: Twin>(store: T) {
    let counted = async || {
        let status = store.status().await.unwrap();
        (status.keys_refined, status.keys_closed)
    };
    for n in 1..=5 {
        say(&store, &format!("m{n}"), n).await;
    }
    assert_eq!(counted().await, (0, 0));
    let mut batch = store.begin().await.unwrap();
    batch.crowded(2, 1).await.unwrap();
    batch.crowded(1, 0).await.unwrap();
    drop(batch);
    assert_eq!(counted().await, (0, 0), "of what did not happen nothing is counted");
    let mut batch = store.begin().await.unwrap();
    batch.crowded(2, 1).await.unwrap();
    batch.crowded(1, 0).await.unwrap();
    batch.commit().await.unwrap();
    assert_eq!(counted().await, (3, 1));

    // Five carry one key; refined, three and two. Each carries a number of its own.
    for (profiles_max, expected) in [(5, (0, 0)), (4, (1, 0)), (3, (1, 0)), (2, (1, 1)), (1, (1, 2))] {
        store.recount_crowds(profiles_max).await.unwrap();
        assert_eq!(counted().await, expected, "{profiles_max}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_snapshot_sees_nothing_of_what_is_committed_meanwhile() {
    use liangdi_store::port::Store;
    crate::support::database::with_store(async |store| {
        say(&store, "before", 1).await;
        let mut snapshot = store.snapshot().await.unwrap();
        let ids = async |snapshot: &mut _| -> Vec<ProfileId> {
            everybody(snapshot).await.iter().map(|member| member.id).collect()
        };
        assert_eq!(ids(&mut snapshot).await, [profile_id(1)]);
        // Feeds go on while somebody reads.
        say(&store, "meanwhile", 2).await;
        withdraw(&store, "w", "before").await;
        let still = everybody(&mut snapshot).await;
        assert_eq!((still.len(), still[0].live), (1, true));
        assert_eq!(snapshot.contents(&[profile_id(2)]).await.unwrap().len(), 0);
        drop(snapshot);
        assert_eq!(ids(&mut store.snapshot().await.unwrap()).await.len(), 2);
    })
    .await;
}
