//! Messages that could not be taken.

use liangdi_domain::feed::Feed;
use liangdi_store::port::{Batch, Quarantined};

use crate::support::sample::token;
use crate::support::{Twin, for_both};

for_both!(a_refused_message_is_kept_once_for_each_publisher, a_replayed_message_that_is_refused_again_is_open_again,);

pub(crate) fn refused(publisher: &str, body: &str) -> Quarantined {
    Quarantined {
        publisher: publisher.to_owned(),
        body_mac: token(body),
        feed: Feed::Police,
        reason: "wrong-code".to_owned(),
        path: Some("/data/xbdm".to_owned()),
        schema_path: Some("/properties/data/properties/xbdm/enum".to_owned()),
        // As it can be read, not as it should be.
        source: Some("urn:\0liangdi".to_owned()),
        id: None,
        body: Some(body.as_bytes().to_vec()),
        baseline: false,
    }
}

async fn a_refused_message_is_kept_once_for_each_publisher<T: Twin>(store: T) {
    let mut batch = store.begin().await.unwrap();
    let messages =
        [refused("police.320500", "a"), refused("police.320500", "b"), refused("police.320500", "a"), refused("", "a")];
    assert_eq!(batch.quarantine(&messages).await.unwrap(), [true, true, false, true]);
    batch.commit().await.unwrap();
    let mut batch = store.begin().await.unwrap();
    assert_eq!(batch.quarantine(&messages[..2]).await.unwrap(), [false, false]);
    batch.commit().await.unwrap();

    let status = store.status().await.unwrap();
    assert_eq!((status.feeds[0].quarantined, status.feeds[0].quarantined_again), (3, 3));
    assert_eq!((status.quarantine_open[0].of.as_str(), status.quarantine_open[0].count), ("wrong-code", 3));
}

async fn a_replayed_message_that_is_refused_again_is_open_again<T: Twin>(store: T) {
    let message = refused("police.320500", "a");
    let mut batch = store.begin().await.unwrap();
    batch.quarantine(std::slice::from_ref(&message)).await.unwrap();
    assert!(batch.replayed("police.320500", message.body_mac).await.unwrap());
    assert!(!batch.replayed("police.320500", message.body_mac).await.unwrap(), "it is settled already");
    batch.commit().await.unwrap();
    let status = store.status().await.unwrap();
    assert_eq!((status.feeds[0].quarantined, status.quarantine_open.len()), (0, 0));

    let mut batch = store.begin().await.unwrap();
    assert_eq!(batch.quarantine(&[message]).await.unwrap(), [true]);
    batch.commit().await.unwrap();
    let status = store.status().await.unwrap();
    assert_eq!((status.feeds[0].quarantined, status.feeds[0].quarantined_again), (1, 0));
}
