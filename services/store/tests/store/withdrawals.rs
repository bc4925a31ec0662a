//! Taking back, in any order.

use liangdi_store::port::{Batch, Recorded};

use crate::support::sample::{ending, inbound, is_live, key, profile_id, say, say_with, token, withdraw, withdrawal};
use crate::support::{Twin, for_both};

for_both!(
    what_a_message_said_is_taken_back,
    a_withdrawal_that_comes_first_waits_for_its_message,
    a_withdrawal_beside_its_message_counts_at_once,
    a_withdrawn_withdrawal_has_no_effect_in_any_order,
    a_message_said_by_two_is_taken_back_by_one_and_stays,
    withdrawals_of_each_other_end,
);

async fn what_a_message_said_is_taken_back<T: Twin>(store: T) {
    say_with(&store, "m", 1, |evidence| evidence.ending = Some(ending("djbh"))).await;
    assert!(is_live(&store, 1).await);
    let touched = withdraw(&store, "w", "m").await;
    assert_eq!((touched.profiles, touched.keys), (vec![profile_id(1)], vec![token("djbh")]));
    assert!(!is_live(&store, 1).await);
    assert_eq!(store.page(None, 10).await.unwrap(), []);
    // The second changes nothing any more.
    let touched = withdraw(&store, "v", "m").await;
    assert!(touched.profiles.is_empty() && touched.keys.is_empty());
}

async fn a_withdrawal_that_comes_first_waits_for_its_message<T: Twin>(store: T) {
    let touched = withdraw(&store, "w", "m").await;
    assert!(touched.profiles.is_empty());
    say(&store, "m", 1).await;
    assert!(!is_live(&store, 1).await);
    say(&store, "n", 1).await;
    assert!(is_live(&store, 1).await, "said again by another message");
}

async fn a_withdrawal_beside_its_message_counts_at_once<T: Twin>(store: T) {
    let mut batch = store.begin().await.unwrap();
    let messages = [inbound("a"), withdrawal("w", "a"), withdrawal("v", "b"), inbound("b"), inbound("c")];
    let recorded = batch.record(&messages).await.unwrap();
    let withdrawn: Vec<bool> =
        recorded.iter().map(|recorded| matches!(recorded, Recorded::New { withdrawn: true, .. })).collect();
    assert_eq!(withdrawn, [true, false, false, true, false]);
    assert!(batch.withdraw(&[key("a"), key("b")]).await.unwrap().profiles.is_empty());
}

async fn a_withdrawn_withdrawal_has_no_effect_in_any_order<T: Twin>(store: T) {
    // m1: message, withdrawal, its withdrawal; m2: the other way round; m3: the message in the middle.
    say(&store, "m1", 1).await;
    withdraw(&store, "w1", "m1").await;
    let touched = withdraw(&store, "x1", "w1").await;
    assert_eq!(touched.profiles, [profile_id(1)], "given back");
    withdraw(&store, "x2", "w2").await;
    withdraw(&store, "w2", "m2").await;
    say(&store, "m2", 2).await;
    withdraw(&store, "w3", "m3").await;
    say(&store, "m3", 3).await;
    withdraw(&store, "x3", "w3").await;
    for n in 1..=3 {
        assert!(is_live(&store, n).await, "m{n}");
    }
    assert_eq!(store.page(None, 10).await.unwrap().len(), 3);
}

async fn a_message_said_by_two_is_taken_back_by_one_and_stays<T: Twin>(store: T) {
    say(&store, "a", 1).await;
    say(&store, "b", 1).await;
    assert_eq!(withdraw(&store, "w", "a").await.profiles, [profile_id(1)]);
    assert!(is_live(&store, 1).await);
}

async fn withdrawals_of_each_other_end<T: Twin>(store: T) {
    say(&store, "m", 1).await;
    let mut batch = store.begin().await.unwrap();
    let recorded = batch.record(&[withdrawal("v", "w"), withdrawal("w", "v"), withdrawal("u", "u")]).await.unwrap();
    assert!(recorded.iter().all(|recorded| matches!(recorded, Recorded::New { withdrawn: true, .. })));
    batch.withdraw(&[key("v"), key("w"), key("u")]).await.unwrap();
    batch.commit().await.unwrap();
    assert!(is_live(&store, 1).await);
}
