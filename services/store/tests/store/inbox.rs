//! The inbox: once is new, twice is a duplicate, other content is a conflict; and a dropped batch is nothing.

use std::collections::BTreeMap;

use liangdi_domain::evidence::{Answer, MessageKey, Outcome, Reply};
use liangdi_domain::feed::Feed;
use liangdi_domain::notice::Receiver;
use liangdi_store::port::{Batch, Inbound, Recorded, Sent};
use uuid::Uuid;

use crate::quarantine::refused;
use crate::support::sample::{
    HERE, OFFICE, appearance, inbound, key, new_profile, notice, person, profile_id, residence, said, say, send, token,
};
use crate::support::{Twin, for_both};

for_both!(
    a_message_is_new_once_and_then_a_duplicate_or_a_conflict,
    within_one_call_the_first_of_a_key_counts,
    a_dropped_batch_leaves_nothing,
    every_delivery_is_accounted_for,
    an_answer_is_recorded_with_its_message_and_the_receiver_of_its_notice_is_known,
    assignments_are_read_page_by_page,
);

async fn a_message_is_new_once_and_then_a_duplicate_or_a_conflict<T: Twin>(store: T) {
    say(&store, "m1", 1).await;
    let mut batch = store.begin().await.unwrap();
    let other = Inbound { content: token("other"), ..inbound("m1") };
    let elsewhere =
        Inbound { key: MessageKey { source: "urn:liangdi:hr:320583".into(), ..key("m1") }, ..inbound("m1") };
    let recorded = batch.record(&[inbound("m1"), other, inbound("m2"), elsewhere]).await.unwrap();
    assert!(matches!(
        recorded[..],
        [Recorded::Duplicate, Recorded::Conflict, Recorded::New { .. }, Recorded::New { .. }]
    ));
    assert_eq!(batch.record(&[]).await.unwrap(), []);
}

async fn within_one_call_the_first_of_a_key_counts<T: Twin>(store: T) {
    let mut batch = store.begin().await.unwrap();
    let other = Inbound { content: token("other"), ..inbound("m") };
    let recorded = batch.record(&[other.clone(), inbound("m"), other]).await.unwrap();
    assert!(matches!(recorded[..], [Recorded::New { .. }, Recorded::Conflict, Recorded::Duplicate]));
}

async fn a_dropped_batch_leaves_nothing<T: Twin>(store: T) {
    let before = store.status().await.unwrap();
    let mut batch = store.begin().await.unwrap();
    let recorded = batch.record(&[inbound("m")]).await.unwrap();
    let [Recorded::New { no, .. }] = recorded[..] else { panic!("new") };
    batch.received(Feed::Police, 1).await.unwrap();
    let row = appearance(1, residence(HERE));
    let evidence = said(no, vec![row]);
    batch.save(&[new_profile(1)], &[evidence]).await.unwrap();
    batch.tell(&[], &[notice(1, "341221")]).await.unwrap();
    drop(batch);

    assert_eq!(store.status().await.unwrap(), before);
    assert_eq!(store.page(None, 10).await.unwrap(), []);
    let mut batch = store.begin().await.unwrap();
    assert!(batch.profiles(&[profile_id(1)]).await.unwrap().is_empty());
    assert!(batch.person_files(&[person(1)]).await.unwrap()[0].facts.is_empty());
    assert!(matches!(batch.record(&[inbound("m")]).await.unwrap()[..], [Recorded::New { .. }]));
}

async fn every_delivery_is_accounted_for<T: Twin>(store: T) {
    let mut batch = store.begin().await.unwrap();
    batch.received(Feed::Police, 4).await.unwrap();
    batch.record(&[inbound("a"), inbound("b"), inbound("a")]).await.unwrap();
    let body = refused("police.320500", "body");
    batch.quarantine(std::slice::from_ref(&body)).await.unwrap();
    batch.commit().await.unwrap();

    let mut batch = store.begin().await.unwrap();
    batch.received(Feed::Police, 2).await.unwrap();
    batch.record(&[inbound("b")]).await.unwrap();
    batch.quarantine(&[body]).await.unwrap();
    batch.commit().await.unwrap();

    let status = store.status().await.unwrap();
    let police = status.feeds.iter().find(|feed| feed.feed == Feed::Police).unwrap();
    assert_eq!((police.received, police.recorded, police.duplicates), (6, 2, 2));
    assert_eq!((police.quarantined, police.quarantined_again), (1, 1));
    assert!(status.feeds.iter().all(|feed| feed.adds_up()));
}

async fn an_answer_is_recorded_with_its_message_and_the_receiver_of_its_notice_is_known<T: Twin>(store: T) {
    let asked = notice(1, "341221");
    send(&store, std::slice::from_ref(&asked)).await;
    let mut batch = store.begin().await.unwrap();
    let sent = batch.sent(&[asked.id, Uuid::now_v7()]).await.unwrap();
    let known = Sent { receiver: Receiver("341221".to_owned()), statement: None, case: asked.case };
    assert_eq!(sent.into_iter().collect::<Vec<_>>(), [(asked.id, known)]);
    let answer = Answer::Reply(Reply {
        case: asked.case.unwrap(),
        notice: asked.id,
        outcome: Outcome::Confirmed,
        division: None,
        facts: BTreeMap::new(),
        discrepancies: Vec::new(),
    });
    let message = Inbound { answer: Some(answer), ..inbound("reply") };
    assert!(matches!(batch.record(&[message]).await.unwrap()[..], [Recorded::New { .. }]));
    batch.commit().await.unwrap();
}

async fn assignments_are_read_page_by_page<T: Twin>(store: T) {
    for (id, n) in [("a", 1), ("b", 2), ("c", 1)] {
        say(&store, id, n).await;
    }
    let mut seen = Vec::new();
    let mut after = None;
    loop {
        let page = store.page(after, 2).await.unwrap();
        let Some(last) = page.last() else { break };
        after = Some((last.no, last.slot));
        seen.extend(page.into_iter().map(|row| (row.source, row.id, row.slot, row.person)));
    }
    let row = |id: &str, n| (OFFICE.to_owned(), id.to_owned(), 0, person(n));
    assert_eq!(seen, [row("a", 1), row("b", 2), row("c", 1)]);
}
