//! What a batch remembers of its own writing is what the next batch reads.

use liangdi_domain::ids::PersonId;
use liangdi_store::port::{Batch, MessageEvidence, Store};
use liangdi_store::postgres::PgStore;

use crate::support::database::with_store;
use crate::support::sample::{
    HERE, appearance, ending, inbound, new_profile, person, record_one, residence, said, say, time, token, withdraw,
};

/// Everything of the persons, as a batch of its own reads it.
async fn read_again(store: &PgStore, persons: &[PersonId]) -> String {
    let files = store.begin().await.unwrap().person_files(persons).await.unwrap();
    format!("{files:#?}")
}

#[tokio::test]
async fn a_batch_sees_what_it_wrote_as_the_next_one_reads_it() {
    with_store(async |store| {
        let mut batch = store.begin().await.unwrap();
        let (first, _) = record_one(&mut batch, inbound("m")).await;
        let (second, _) = record_one(&mut batch, inbound("n")).await;
        let mut keyed = appearance(1, residence(HERE));
        keyed.key = Some(token("key"));
        // Finer than the database keeps, another offset, and a message that was taken back before it came.
        let evidence = [
            MessageEvidence { time: time("2026-03-09T10:00:00.123456789+08:00"), ..said(first, vec![keyed.clone()]) },
            MessageEvidence {
                time: time("2026-03-09T03:00:00+01:00"),
                ending: Some(ending("key")),
                ..said(second, vec![keyed])
            },
            MessageEvidence { withdrawn: true, ..said(second, vec![appearance(2, residence(HERE))]) },
        ];
        batch.save(&[new_profile(1), new_profile(2)], &evidence).await.unwrap();
        let persons = [person(1), person(2)];
        let own = batch.person_files(&persons).await.unwrap();
        batch.commit().await.unwrap();
        assert_eq!((own[0].facts.len(), own[0].endings.len(), own[1].profiles.len()), (1, 1, 0));
        assert_eq!(format!("{own:#?}"), read_again(&store, &persons).await);
    })
    .await;
}

#[tokio::test]
async fn a_new_profile_of_a_known_person_stands_beside_the_stored_one() {
    with_store(async |store| {
        say(&store, "m", 1).await;
        let mut batch = store.begin().await.unwrap();
        let (no, _) = record_one(&mut batch, inbound("n")).await;
        let mut beside = new_profile(2);
        beside.person = person(1);
        batch.save(&[beside], &[said(no, vec![appearance(2, residence(HERE))])]).await.unwrap();
        let own = batch.person_files(&[person(1)]).await.unwrap();
        batch.commit().await.unwrap();
        assert_eq!((own[0].profiles.len(), own[0].facts.len()), (2, 2));
        assert_eq!(format!("{own:#?}"), read_again(&store, &[person(1)]).await);
        withdraw(&store, "w", "n").await;
        let left = store.begin().await.unwrap().person_files(&[person(1)]).await.unwrap();
        assert_eq!((left[0].profiles.len(), left[0].facts.len()), (1, 1));
    })
    .await;
}
