//! The past as it stood, and a large register out of a small one.

use chrono::{DateTime, Utc};
use liangdi_domain::ids::PersonId;
use liangdi_domain::notice::NoticeDraft;
use liangdi_domain::person::PersonFile;
use liangdi_domain::statement::{Asked, Told, ToldState};
use liangdi_store::port::{Batch, Inbound, Store};
use liangdi_store::postgres::PgStore;

use crate::support::database::with_store;
use crate::support::sample::{
    OFFICE, day, key, notice, person as person_id, profile, say, say_with, time, told, withdrawal,
};

fn instant(on: &str) -> DateTime<Utc> {
    time(&format!("{on}T00:00:00+08:00")).to_utc()
}

/// Takes a message back on a day.
async fn take_back(store: &PgStore, id: &str, target: &str, on: &str) {
    let mut batch = store.begin().await.unwrap();
    let message = Inbound { time: time(&format!("{on}T10:00:00+08:00")), ..withdrawal(id, target) };
    batch.record(&[message]).await.unwrap();
    batch.withdraw(&[key(target)]).await.unwrap();
    batch.commit().await.unwrap();
}

/// Everybody as they stood before a day.
async fn files(store: &PgStore, before: &str) -> Vec<PersonFile> {
    let mut retrospect = store.retrospect(instant("2026-03-01"), instant(before)).await.unwrap();
    let mut all = Vec::new();
    loop {
        let page = retrospect.page(1).await.unwrap();
        if page.is_empty() {
            return all;
        }
        all.extend(page);
    }
}

/// How many facts stood before a day.
async fn facts(store: &PgStore, before: &str) -> usize {
    files(store, before).await.iter().map(|file| file.facts.len()).sum()
}

#[tokio::test]
async fn a_fact_stands_from_the_day_it_was_said_until_the_day_it_was_taken_back() {
    with_store(async |store| {
        // Said on the 9th; taken back on the 12th, which was taken back on the 20th.
        say(&store, "a", 1).await;
        take_back(&store, "w", "a", "2026-03-12").await;
        take_back(&store, "v", "w", "2026-03-20").await;
        assert_eq!(facts(&store, "2026-03-09").await, 0);
        assert_eq!(facts(&store, "2026-03-10").await, 1);
        assert_eq!(facts(&store, "2026-03-13").await, 0);
        assert_eq!(facts(&store, "2026-03-21").await, 1);
        let file = files(&store, "2026-03-21").await.remove(0);
        assert!(file.profiles[0].1 == profile(1), "what it was said of is read with it");
        assert_eq!(file.facts[0].sources[0].source, OFFICE);
    })
    .await;
}

#[tokio::test]
async fn whom_nobody_spoke_of_since_is_left_out_and_whoever_was_spoken_of_is_read_whole() {
    with_store(async |store| {
        say_with(&store, "old", 1, |evidence| evidence.time = time("2026-01-09T10:00:00+08:00")).await;
        say_with(&store, "older", 2, |evidence| evidence.time = time("2026-01-09T10:00:00+08:00")).await;
        say(&store, "new", 2).await;
        let found = files(&store, "2026-04-01").await;
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].facts[0].first_said(), Some(day("2026-01-09")));
    })
    .await;
}

#[tokio::test]
async fn copies_are_other_people_with_the_same_facts_cases_and_days() {
    with_store(async |store| {
        say(&store, "a", 1).await;
        let sent = notice(1, "341221");
        let asked = Some(Asked { notice: sent.id, on: day("2026-03-09"), late_told: 0, answered: false });
        let told = Told { asked, last_notice: Some(sent.id), ..told(1, "341221", ToldState::Open) };
        let sent = NoticeDraft { statement: Some(told.id), ..sent };
        let mut batch = store.begin().await.unwrap();
        batch.tell(std::slice::from_ref(&told), &[sent]).await.unwrap();
        let person = batch.person_files(&[person_id(1)]).await.unwrap()[0].person;
        batch.wake(&[(person, Some(day("2026-03-24")))]).await.unwrap();
        batch.commit().await.unwrap();

        store.multiply(3, true).await.unwrap();
        store.tidy().await.unwrap();
        let due: Vec<PersonId> = store.begin().await.unwrap().due(day("2026-03-24"), 10).await.unwrap();
        assert_eq!(due.len(), 4);
        let files = store.begin().await.unwrap().person_files(&due).await.unwrap();
        for file in &files {
            assert!(file.profiles.len() == 1 && file.profiles[0].1 == profile(1), "sealed anew, it opens");
            assert_eq!((file.facts.len(), file.told.len()), (1, 1));
            let copy = &file.told[0];
            let (asked, fields) = (copy.asked.unwrap(), &copy.fields);
            assert_eq!((asked.on, fields), (day("2026-03-09"), &told.fields));
            assert_eq!(
                (copy.id == told.id, asked.notice == told.asked.unwrap().notice),
                (file.person == person, file.person == person)
            );
        }
        store.put_off_wakes(day("2027-01-01")).await.unwrap();
        assert_eq!(store.wake_some(day("2026-05-01"), 2).await.unwrap(), 2);
        // Committed, not dropped: what is dropped is rolled back a moment later.
        let mut batch = store.begin().await.unwrap();
        assert_eq!(batch.due(day("2026-05-01"), 10).await.unwrap().len(), 2);
        batch.commit().await.unwrap();
        assert_eq!(store.writer_now().await.unwrap(), None);
        let batch = store.begin().await.unwrap();
        let writes = store.writer_now().await.unwrap();
        drop(batch);
        assert!(writes.is_some(), "whoever writes is seen");
    })
    .await;
}
