//! Numbering without a gap, retries, the courier's lease.

use std::collections::BTreeMap;
use std::time::Duration;

use chrono::{TimeDelta, Utc};
use liangdi_domain::notice::NoticeDraft;
use liangdi_store::port::{HANDED_OUT_MS, Outgoing};
use uuid::Uuid;

use crate::support::sample::{notice, numbers, send};
use crate::support::{Twin, for_both};

for_both!(
    notices_are_numbered_per_receiver_in_the_order_of_their_commits,
    what_was_handed_out_is_left_alone_and_comes_back_under_its_number,
    postponed_notices_come_first_when_they_are_due,
    numbers_have_no_gap_while_couriers_and_writers_run_side_by_side,
    what_a_clock_that_was_ahead_put_off_is_due_when_it_is_set_back,
    one_courier_holds_the_lease_and_the_next_inherits_what_is_under_way,
    a_new_session_of_the_holder_takes_up_what_the_last_one_left,
    a_waiting_courier_is_woken_by_a_commit,
    the_busiest_jurisdictions_come_first,
);

async fn notices_are_numbered_per_receiver_in_the_order_of_their_commits<T: Twin>(store: T) {
    let sent: Vec<NoticeDraft> = ["341221", "320583", "341221", "hr.320500"].iter().map(|to| notice(1, to)).collect();
    send(&store, &sent[..2]).await;
    send(&store, &sent[2..]).await;
    assert_eq!(store.status().await.unwrap().outbox_waiting, 4);

    let first = store.next(Utc::now(), 3).await.unwrap();
    let second = store.next(Utc::now(), 3).await.unwrap();
    let outgoing: Vec<Outgoing> = first.into_iter().chain(second).collect();
    let number = |to: &str, no| (to.to_owned(), no);
    assert_eq!(
        numbers(&outgoing),
        [number("341221", 1), number("320583", 1), number("341221", 2), number("hr.320500", 1)]
    );
    // As it was committed, to the last field.
    assert!(outgoing.iter().map(|outgoing| &outgoing.notice).eq(&sent));
    assert_eq!(outgoing[0].notice.time.to_rfc3339(), sent[0].time.to_rfc3339());

    assert_eq!(store.status().await.unwrap().published, 0);
    store.published(&outgoing.iter().map(|outgoing| outgoing.outbox_no).collect::<Vec<_>>()).await.unwrap();
    let status = store.status().await.unwrap();
    assert_eq!((status.published, status.outbox_waiting, status.outbox_oldest_s), (4, 0, None));
    assert_eq!((status.notices[0].of.as_str(), status.notices[0].count), ("inflow", 4));
    send(&store, &[notice(1, "341221")]).await;
    assert_eq!(numbers(&store.next(Utc::now(), 3).await.unwrap()), [number("341221", 3)]);
}

async fn what_was_handed_out_is_left_alone_and_comes_back_under_its_number<T: Twin>(store: T) {
    send(&store, &[notice(1, "341221")]).await;
    let now = Utc::now();
    let handed_out = numbers(&store.next(now, 10).await.unwrap());
    assert!(store.next(now, 10).await.unwrap().is_empty());
    let later = now + TimeDelta::milliseconds(HANDED_OUT_MS);
    assert_eq!(numbers(&store.next(later, 10).await.unwrap()), handed_out);
}

async fn postponed_notices_come_first_when_they_are_due<T: Twin>(store: T) {
    send(&store, &[notice(1, "341221"), notice(2, "341221")]).await;
    let now = Utc::now();
    let outgoing = store.next(now, 10).await.unwrap();
    let retry = now + TimeDelta::seconds(5);
    store.postpone(&[(outgoing[1].outbox_no, retry)]).await.unwrap();
    store.published(&[outgoing[0].outbox_no]).await.unwrap();
    send(&store, &[notice(3, "341221")]).await;
    assert_eq!(numbers(&store.next(now, 1).await.unwrap()), [("341221".to_owned(), 3)], "not due yet");
    send(&store, &[notice(4, "341221")]).await;
    let outgoing = store.next(retry, 10).await.unwrap();
    let tried: Vec<_> = outgoing.iter().map(|outgoing| (outgoing.seqno, outgoing.attempts)).collect();
    assert_eq!(tried, [(2, 1), (4, 0)]);
}

async fn what_a_clock_that_was_ahead_put_off_is_due_when_it_is_set_back<T: Twin>(store: T) {
    send(&store, &[notice(1, "341221")]).await;
    let tomorrow = Utc::now() + TimeDelta::days(1);
    let outgoing = store.next(tomorrow, 10).await.unwrap();
    store.postpone(&[(outgoing[0].outbox_no, tomorrow + TimeDelta::seconds(5))]).await.unwrap();
    assert!(store.next(tomorrow, 10).await.unwrap().is_empty(), "put off");
    assert_eq!(numbers(&store.next(Utc::now(), 10).await.unwrap()), numbers(&outgoing));
    assert!(store.next(Utc::now(), 10).await.unwrap().is_empty(), "handed out");
    // The holder's lease, too, ended a day ago.
    let day = Duration::from_secs(24 * 3600);
    assert!(store.lease(Uuid::now_v7(), day).await.unwrap());
    assert!(store.lease(Uuid::now_v7(), day).await.unwrap());
}

async fn numbers_have_no_gap_while_couriers_and_writers_run_side_by_side<T: Twin>(store: T) {
    const BATCHES: u32 = 12;
    const RECEIVERS: [&str; 3] = ["341221", "320583", "320500"];
    let writer = |store: T| async move {
        for n in 0..BATCHES {
            let notices: Vec<_> = (0..7).map(|i| notice(n, RECEIVERS[(n as usize + i) % 3])).collect();
            send(&store, &notices).await;
        }
    };
    let courier = |store: T| async move {
        let mut taken = Vec::new();
        while taken.len() < 4 * BATCHES as usize {
            let outgoing = store.next(Utc::now(), 5).await.unwrap();
            store.published(&outgoing.iter().map(|outgoing| outgoing.outbox_no).collect::<Vec<_>>()).await.unwrap();
            taken.extend(numbers(&outgoing));
            tokio::task::yield_now().await;
        }
        taken
    };
    let writers = [tokio::spawn(writer(store.clone())), tokio::spawn(writer(store.clone()))];
    let couriers = [tokio::spawn(courier(store.clone())), tokio::spawn(courier(store.clone()))];
    let mut taken = Vec::new();
    for courier in couriers {
        taken.extend(courier.await.unwrap());
    }
    for writer in writers {
        writer.await.unwrap();
    }
    taken.extend(numbers(&store.next(Utc::now(), 1000).await.unwrap()));
    let mut given: BTreeMap<String, Vec<i64>> = BTreeMap::new();
    for (receiver, seqno) in taken {
        given.entry(receiver).or_default().push(seqno);
    }
    let mut sum = 0;
    for seqnos in given.values_mut() {
        seqnos.sort_unstable();
        sum += seqnos.len();
        assert!(seqnos.iter().copied().eq(1..=seqnos.len() as i64), "1, 2, 3 … without a gap");
    }
    assert_eq!(sum, 2 * 7 * BATCHES as usize);
}

async fn one_courier_holds_the_lease_and_the_next_inherits_what_is_under_way<T: Twin>(store: T) {
    let (first, second) = (Uuid::now_v7(), Uuid::now_v7());
    let minute = Duration::from_secs(60);
    assert!(store.lease(first, minute).await.unwrap());
    assert!(store.lease(first, minute).await.unwrap(), "renewed");
    assert!(!store.lease(second, minute).await.unwrap());

    send(&store, &[notice(1, "341221")]).await;
    let handed_out = numbers(&store.next(Utc::now(), 10).await.unwrap());
    assert!(store.lease(first, Duration::ZERO).await.unwrap(), "given back");
    assert!(store.next(Utc::now(), 10).await.unwrap().is_empty());
    assert!(store.lease(second, minute).await.unwrap());
    assert_eq!(numbers(&store.next(Utc::now(), 10).await.unwrap()), handed_out);
}

async fn a_new_session_of_the_holder_takes_up_what_the_last_one_left<T: Twin>(store: T) {
    let (holder, other) = (Uuid::now_v7(), Uuid::now_v7());
    assert!(store.lease(holder, Duration::from_secs(60)).await.unwrap());
    send(&store, &[notice(1, "341221")]).await;
    let handed_out = numbers(&store.next(Utc::now(), 10).await.unwrap());
    store.resume(other).await.unwrap();
    assert!(store.next(Utc::now(), 10).await.unwrap().is_empty(), "it is the holder's");
    store.resume(holder).await.unwrap();
    assert_eq!(numbers(&store.next(Utc::now(), 10).await.unwrap()), handed_out);
}

async fn a_waiting_courier_is_woken_by_a_commit<T: Twin>(store: T) {
    // The first call may return at once: what was sent before it listened, nobody told it.
    store.wait(Duration::ZERO).await.unwrap();
    let waiting = tokio::spawn({
        let store = store.clone();
        async move {
            let began = tokio::time::Instant::now();
            store.wait(Duration::from_secs(4)).await.unwrap();
            began.elapsed()
        }
    });
    send(&store, &[notice(1, "341221")]).await;
    assert!(waiting.await.unwrap() < Duration::from_secs(3));
}

async fn the_busiest_jurisdictions_come_first<T: Twin>(store: T) {
    let to = ["341221", "320583", "320583", "hr.320500", "hr.320500", "hr.320500"];
    send(&store, &to.map(|to| notice(1, to))).await;
    store.next(Utc::now(), 10).await.unwrap();
    let busiest: Vec<_> = store.busiest(2).await.unwrap().into_iter().map(|row| (row.of, row.count)).collect();
    assert_eq!(busiest, [("320583".to_owned(), 2), ("341221".to_owned(), 1)]);
    assert_eq!(store.busiest(1).await.unwrap().len(), 1);
}
