//! What is held of a person is taken away for good, and nothing of anybody else's.

use std::collections::HashMap;

use chrono::Utc;
use liangdi_domain::feed::Feed;
use liangdi_domain::identity::survive::Shown;
use liangdi_domain::ids::Token;
use liangdi_domain::notice::NoticeDraft;
use liangdi_domain::person::{PersonFile, Profile};
use liangdi_domain::statement::{Told, ToldState};
use liangdi_store::port::{
    AppearanceRow, Batch, Correction, DecisionRow, EndingRow, Forgotten, HumanVerdict, Inbound, MessageEvidence, Move,
    NewProfile, Protection, Quarantined, Question, Reading, Recorded, Remains, Store, StoredEdge,
};

use crate::quarantine::refused;
use crate::support::sample::{
    OFFICE, appearance, ending, inbound, is_live, key, new_profile, notice, person, profile, profile_id, record_one,
    residence, said, say, say_with, time, token, told, withdraw,
};
use crate::support::{Twin, for_both};

for_both!(
    everything_of_a_person_goes_and_others_keep_theirs,
    out_of_one_feed_the_others_words_stay,
    what_holds_of_a_person_outlives_a_feeds_way_of_writing_them,
    a_link_goes_with_the_message_that_made_it,
    an_end_goes_with_the_last_fact_under_its_key,
    a_message_that_was_erased_is_known_when_it_comes_again,
    a_notice_on_its_way_keeps_its_content_until_it_is_confirmed,
    a_question_that_goes_on_says_what_is_known_now,
    a_trial_changes_nothing,
    whom_nobody_knows_is_not_erased,
    somebody_is_silent_while_no_message_of_the_time_speaks_of_any_of_their_profiles,
);

const HR: &str = "urn:liangdi:hr:320583";

/// Two people whom one message names beside each other, each with a message of their own.
async fn two_tenants<T: Twin>(store: &T) {
    say(store, "one", 1).await;
    say(store, "other", 2).await;
    say_with(store, "both", 1, |evidence| {
        let other = AppearanceRow { slot: 1, ..appearance(2, residence("320583102")) };
        evidence.appearances.push(other);
    })
    .await;
}

pub(crate) async fn erase<S: Store>(store: &S, n: u32, feed: Option<Feed>) -> Forgotten {
    let mut batch = store.begin().await.unwrap();
    let forgotten = batch.forget(person(n), feed).await.unwrap();
    let keys = forgotten.gone.iter().filter(|id| **id == profile_id(n));
    let keys = keys.flat_map(|id| new_profile(n).keys.into_iter().map(|key| (*id, key))).collect();
    let remains = Remains { forgotten: forgotten.clone(), keys, ..Remains::default() };
    batch.wipe(&remains).await.unwrap();
    batch.commit().await.unwrap();
    forgotten
}

async fn file<S: Store>(store: &S, n: u32) -> PersonFile {
    let mut batch = store.begin().await.unwrap();
    batch.person_files(&[person(n)]).await.unwrap().remove(0)
}

fn is_empty(file: &PersonFile) -> bool {
    file.profiles.is_empty() && file.facts.is_empty() && file.told.is_empty() && file.frozen.held().is_empty()
}

async fn everything_of_a_person_goes_and_others_keep_theirs<T: Twin>(store: T) {
    two_tenants(&store).await;
    let (a, b) = (profile_id(1).min(profile_id(2)), profile_id(1).max(profile_id(2)));
    let mut batch = store.begin().await.unwrap();
    batch.put_edges(&[StoredEdge { a, b, weight: 500, against: false }], &[]).await.unwrap();
    batch.ask(&[a, b], &[Question { a, b, weight: 500, ambiguous: false }]).await.unwrap();
    let decision = DecisionRow { a, b, verdict: HumanVerdict::Same, reason: "met both".into(), who: "a".into() };
    batch.decide(&decision).await.unwrap();
    let value = Profile { name: profile(1).name, ..Profile::default() };
    let (reason, who) = ("request 7".to_owned(), "a".to_owned());
    let (reason_too, who_too) = (reason.clone(), who.clone());
    let correction = Correction { profile: profile_id(1), field: Shown::Name, value, reason, who };
    batch.correct(&correction).await.unwrap();
    let protection = Protection { profile: profile_id(1), reason: reason_too, who: who_too };
    batch.protect(&protection).await.unwrap();
    batch.tell(&[told(1, "341221", ToldState::Open), told(2, "341221", ToldState::Open)], &[]).await.unwrap();
    let refusals = ["both", "nobody's"].map(|id| Quarantined {
        source: Some(OFFICE.to_owned()),
        id: Some(id.to_owned()),
        ..refused("police.320500", id)
    });
    batch.quarantine(&refusals).await.unwrap();
    batch.commit().await.unwrap();
    let others = file(&store, 2).await;

    let forgotten = erase(&store, 1, None).await;
    assert_eq!((forgotten.messages.len(), forgotten.facts.len()), (2, 1), "one fact, said twice");
    assert_eq!((&forgotten.profiles[..], &forgotten.gone[..]), (&[profile_id(1)][..], &[profile_id(1)][..]));
    assert!(is_empty(&file(&store, 1).await));
    let left = file(&store, 2).await;
    assert_eq!((left.facts, left.told), (others.facts, others.told));
    assert!(left.profiles == others.profiles && left.profiles.len() == 1);

    let mut batch = store.begin().await.unwrap();
    assert!(batch.profiles(&[profile_id(1)]).await.unwrap().is_empty());
    assert!(batch.contents(&[profile_id(1)]).await.unwrap().is_empty());
    let tokens = ["name and birth", "number 1"].map(token);
    let blocks = batch.blocks(&tokens, 10).await.unwrap();
    let expected = HashMap::from([(token("name and birth"), vec![profile_id(2)])]);
    assert_eq!(blocks, expected, "a key that others carry is theirs");
    let gathered = batch.component(&[profile_id(2)], 0).await.unwrap();
    assert_eq!(gathered.members.len(), 1);
    assert!(gathered.members[0].beside.is_empty() && !gathered.asked);
    assert!(gathered.edges.is_empty() && gathered.decisions.is_empty());
    let kept = batch.set_aside_for(&["wrong-code"], 10).await.unwrap();
    let kept: Vec<Vec<u8>> = kept.into_iter().map(|kept| kept.body).collect();
    assert_eq!(kept, [b"nobody's".to_vec()], "what was refused under the id of an erased message is not kept");
    drop(batch);
    let page = store.page(None, 10).await.unwrap();
    assert_eq!(page.iter().map(|row| row.person).collect::<Vec<_>>(), [person(2), person(2)]);
    let open = store.statements(None).await.unwrap();
    assert_eq!(open.iter().map(|open| open.person).collect::<Vec<_>>(), [person(2)]);
}

/// A message of the HR department about a profile.
async fn say_by_hr<T: Twin>(store: &T, id: &str, n: u32, place: &str) {
    let mut batch = store.begin().await.unwrap();
    let mut message = inbound(id);
    message.key.source = HR.to_owned();
    let message = Inbound { feed: Feed::Hr, publisher: "hr.320583".to_owned(), ..message };
    let (no, _) = record_one(&mut batch, message).await;
    let evidence = MessageEvidence { source: HR.to_owned(), ..said(no, vec![appearance(n, residence(place))]) };
    batch.save(&[], &[evidence]).await.unwrap();
    batch.commit().await.unwrap();
}

async fn out_of_one_feed_the_others_words_stay<T: Twin>(store: T) {
    say(&store, "police", 1).await;
    say_by_hr(&store, "same", 1, "320583101").await;
    say_by_hr(&store, "more", 1, "320583103").await;
    let forgotten = erase(&store, 1, Some(Feed::Hr)).await;
    assert_eq!((forgotten.messages.len(), forgotten.facts.len(), forgotten.gone.len()), (2, 1, 0));
    let left = file(&store, 1).await;
    assert_eq!((left.profiles.len(), left.facts.len()), (1, 1));
    let sources: Vec<&str> = left.facts[0].sources.iter().map(|source| source.source.as_str()).collect();
    assert_eq!(sources, [OFFICE]);
    assert!(is_live(&store, 1).await);
    let forgotten = erase(&store, 1, Some(Feed::Police)).await;
    assert_eq!((forgotten.messages.len(), forgotten.gone), (1, vec![profile_id(1)]));
}

async fn what_holds_of_a_person_outlives_a_feeds_way_of_writing_them<T: Twin>(store: T) {
    say(&store, "police", 1).await;
    let mut batch = store.begin().await.unwrap();
    let other = NewProfile { person: person(1), ..new_profile(2) };
    batch.save(&[other], &[]).await.unwrap();
    batch.commit().await.unwrap();
    say_by_hr(&store, "by hr", 2, "320583103").await;
    let mut batch = store.begin().await.unwrap();
    let value = Profile { name: profile(1).name, ..Profile::default() };
    let words = || ("request 7".to_owned(), "a".to_owned());
    let ((reason, who), (reason_too, who_too)) = (words(), words());
    let correction = Correction { profile: profile_id(2), field: Shown::Name, value, reason, who };
    batch.correct(&correction).await.unwrap();
    let protection = Protection { profile: profile_id(2), reason: reason_too, who: who_too };
    batch.protect(&protection).await.unwrap();
    let forgotten = batch.forget(person(1), Some(Feed::Hr)).await.unwrap();
    assert_eq!(forgotten.gone, [profile_id(2)]);
    let keys = new_profile(2).keys.into_iter().map(|key| (profile_id(2), key)).collect();
    batch.wipe(&Remains { forgotten, keys, heir: Some(profile_id(1)), ..Remains::default() }).await.unwrap();
    batch.commit().await.unwrap();
    let left = file(&store, 1).await;
    assert_eq!((left.profiles.len(), left.frozen.held(), left.frozen.protected), (1, vec![Shown::Name], true));
    let mut batch = store.begin().await.unwrap();
    assert!(batch.unprotect(person(1), "a").await.unwrap() && batch.lift(person(1), Shown::Name, "a").await.unwrap());
}

async fn a_link_goes_with_the_message_that_made_it<T: Twin>(store: T) {
    say_with(&store, "changed", 3, |evidence| evidence.appearances[0].becomes = Some(profile_id(4))).await;
    say(&store, "bystander", 5).await;
    assert!(is_live(&store, 4).await);
    let forgotten = erase(&store, 3, None).await;
    let mut both = vec![profile_id(3), profile_id(4)];
    both.sort();
    assert_eq!((&forgotten.profiles, &forgotten.gone), (&both, &both), "nothing else speaks of the identity after it");
    let mut batch = store.begin().await.unwrap();
    assert_eq!(batch.profiles(&both).await.unwrap().len(), 0);
    drop(batch);
    assert!(withdraw(&store, "w", "changed").await.profiles.is_empty());
    assert!(is_live(&store, 5).await);
}

async fn an_end_goes_with_the_last_fact_under_its_key<T: Twin>(store: T) {
    let under = |n| AppearanceRow { key: Some(token("lease")), ..appearance(n, residence("320583101")) };
    say_with(&store, "one", 1, |evidence| evidence.appearances = vec![under(1)]).await;
    say_with(&store, "other", 2, |evidence| evidence.appearances = vec![under(2)]).await;
    say_with(&store, "end", 3, |evidence| {
        evidence.appearances.clear();
        evidence.ending = Some(EndingRow { ..ending("lease") });
    })
    .await;
    erase(&store, 1, None).await;
    assert_eq!(file(&store, 2).await.endings.len(), 1, "the other tenant's lease has ended too");
    assert_eq!(erase(&store, 2, None).await.keys, [token("lease")]);
    say_with(&store, "anew", 6, |evidence| evidence.appearances = vec![under(6)]).await;
    assert!(file(&store, 6).await.endings.is_empty());
    assert!(withdraw(&store, "w", "end").await.keys.is_empty());
}

async fn a_message_that_was_erased_is_known_when_it_comes_again<T: Twin>(store: T) {
    say(&store, "m", 1).await;
    erase(&store, 1, None).await;
    let mut batch = store.begin().await.unwrap();
    let other = Inbound { content: Token(token("other content").0), ..inbound("m") };
    let again = batch.record(&[inbound("m"), other]).await.unwrap();
    assert_eq!(again, [Recorded::Duplicate, Recorded::Conflict]);
    batch.commit().await.unwrap();
    let touched = withdraw(&store, "w", "m").await;
    assert!(touched.profiles.is_empty() && touched.keys.is_empty());
    assert!(withdraw(&store, "x", "w").await.profiles.is_empty(), "what was erased is not given back");
    // New evidence makes the profile anew.
    say(&store, "n", 1).await;
    assert!(is_live(&store, 1).await);
    assert_eq!(key("m").source, OFFICE);
}

async fn a_notice_on_its_way_keeps_its_content_until_it_is_confirmed<T: Twin>(store: T) {
    say(&store, "m", 1).await;
    let told = Told { last_notice: None, ..told(1, "341221", ToldState::Open) };
    let sent = NoticeDraft { statement: Some(told.id), ..notice(1, "341221") };
    let mut batch = store.begin().await.unwrap();
    batch.tell(&[told], std::slice::from_ref(&sent)).await.unwrap();
    batch.commit().await.unwrap();
    erase(&store, 1, None).await;
    let wipe_sent = async || {
        let mut batch = store.begin().await.unwrap();
        let wiped = batch.wipe_sent(10).await.unwrap();
        batch.commit().await.unwrap();
        wiped
    };
    assert_eq!(wipe_sent().await, 0);
    let outgoing = store.next(Utc::now(), 10).await.unwrap();
    assert_eq!(outgoing[0].notice.data, sent.data, "what was committed goes out as it was");
    assert_eq!(wipe_sent().await, 0);
    store.published(&[outgoing[0].outbox_no]).await.unwrap();
    assert_eq!((wipe_sent().await, wipe_sent().await), (1, 0));
}

async fn a_question_that_goes_on_says_what_is_known_now<T: Twin>(store: T) {
    say(&store, "m", 1).await;
    say_by_hr(&store, "more", 1, "320583103").await;
    let told = told(1, "341221", ToldState::Open);
    let [asked, before, telling] = [(); 3].map(|()| NoticeDraft { statement: Some(told.id), ..notice(1, "341221") });
    let mut batch = store.begin().await.unwrap();
    batch.tell(std::slice::from_ref(&told), &[asked.clone(), before.clone(), telling.clone()]).await.unwrap();
    let forgotten = batch.forget(person(1), Some(Feed::Hr)).await.unwrap();
    let now = serde_json::json!({"person": {"name": "贾虚构"}});
    let (changed, restated) = (vec![told.id], vec![(asked.id, now.clone())]);
    let remains = Remains { forgotten, changed, restated, telling: vec![telling.id], ..Remains::default() };
    batch.wipe(&remains).await.unwrap();
    batch.commit().await.unwrap();
    let outgoing = store.next(Utc::now(), 10).await.unwrap();
    let data = |id| &outgoing.iter().find(|outgoing| outgoing.notice.id == id).unwrap().notice.data;
    assert_eq!([data(asked.id), data(before.id), data(telling.id)], [&now, &before.data, &telling.data]);
    store.published(&outgoing.iter().map(|outgoing| outgoing.outbox_no).collect::<Vec<_>>()).await.unwrap();
    let mut batch = store.begin().await.unwrap();
    assert_eq!(batch.wipe_sent(10).await.unwrap(), 1, "what said it before goes when it is out");
}

async fn a_trial_changes_nothing<T: Twin>(store: T) {
    two_tenants(&store).await;
    let before = file(&store, 1).await;
    let mut batch = store.begin().await.unwrap();
    let forgotten = batch.forget(person(1), None).await.unwrap();
    batch.wipe(&Remains { forgotten, ..Remains::default() }).await.unwrap();
    drop(batch);
    let after = file(&store, 1).await;
    assert_eq!(after.facts, before.facts);
    assert!(after.profiles == before.profiles && is_live(&store, 1).await);
    assert_eq!(store.page(None, 10).await.unwrap().len(), 4);
}

async fn somebody_is_silent_while_no_message_of_the_time_speaks_of_any_of_their_profiles<T: Twin>(store: T) {
    let at = |on: &'static str| move |evidence: &mut MessageEvidence| evidence.time = time(on);
    say_with(&store, "old", 1, at("2026-03-01T10:00:00+08:00")).await;
    say_with(&store, "new", 2, at("2026-06-01T00:00:00+08:00")).await;
    say_with(&store, "withdrawn", 3, at("2026-06-02T10:00:00+08:00")).await;
    withdraw(&store, "w", "withdrawn").await;
    // Another way of writing the second.
    say_with(&store, "other way", 4, at("2026-02-01T10:00:00+08:00")).await;
    let mut batch = store.begin().await.unwrap();
    batch.assign(&[Move { profile: profile_id(4), from: person(4), to: person(2) }]).await.unwrap();
    let since = time("2026-06-01T00:00:00+08:00").to_utc();
    let all = batch.silent(since, None, 10).await.unwrap();
    let silent = |n: u32| all.iter().find(|row| row.profile == profile_id(n)).unwrap().silent;
    assert_eq!([1, 2, 3, 4].map(silent), [true, false, false, false]);
    let first = batch.silent(since, None, 1).await.unwrap();
    let rest = batch.silent(since, Some(first[0].profile), 10).await.unwrap();
    assert_eq!([first, rest].concat(), all, "in pages as in one");
}

async fn whom_nobody_knows_is_not_erased<T: Twin>(store: T) {
    say(&store, "m", 1).await;
    let mut batch = store.begin().await.unwrap();
    assert!(batch.forget(person(2), None).await.unwrap().is_empty());
    assert!(batch.forget(person(1), Some(Feed::Housing)).await.unwrap().is_empty());
}
