//! Users, tries and sessions: what an attacker and a clock can do to them.

use chrono::{DateTime, TimeDelta, Utc};
use liangdi_domain::ids::Token;
use liangdi_store::access::{Lockout, NewUser, Role};
use liangdi_store::postgres::PgStore;
use uuid::Uuid;

use crate::support::database::with_store;

const LOCKOUT: Lockout = Lockout { failures_max: 3, lasts_s: 900 };

fn at(minutes: i64) -> DateTime<Utc> {
    "2026-03-20T01:00:00Z".parse::<DateTime<Utc>>().unwrap() + TimeDelta::minutes(minutes)
}

fn token() -> Token {
    Token(Uuid::now_v7())
}

async fn user(store: &PgStore, name: &str, role: Role, jurisdictions: &[&str]) {
    let jurisdictions = jurisdictions.iter().map(|code| code.parse().unwrap()).collect();
    let user = NewUser { name: name.to_owned(), role, jurisdictions, must_change: true };
    assert!(store.user_add(&user, "a fictional hash", "test").await.unwrap());
    assert!(!store.user_add(&user, "another", "test").await.unwrap(), "a name is given once");
}

async fn log_in(store: &PgStore, name: &str, minute: i64) -> Token {
    let session = token();
    assert!(store.login_succeeded(name, session, None, (at(minute), at(minute + 60))).await.unwrap());
    session
}

#[tokio::test]
async fn many_tries_at_once_are_no_more_than_those_that_come_one_by_one() {
    with_store(async |store| {
        user(&store, "one", Role::Operator, &[]).await;
        let mut tries = Vec::new();
        for _ in 0..12 {
            let store = store.clone();
            tries.push(tokio::spawn(async move { store.login_try("one", at(0), LOCKOUT).await.unwrap().is_some() }));
        }
        let mut let_through = 0;
        for one in tries {
            let_through += usize::from(one.await.unwrap());
        }
        assert_eq!(let_through, 3);
        assert!(store.login_try("one", at(14), LOCKOUT).await.unwrap().is_none());
        assert!(store.login_try("nobody", at(14), LOCKOUT).await.unwrap().is_none());
        // Afterwards it begins anew: three tries, not one.
        for _ in 0..2 {
            assert!(store.login_try("one", at(15), LOCKOUT).await.unwrap().is_some());
        }
        log_in(&store, "one", 15).await;
        for _ in 0..3 {
            assert!(store.login_try("one", at(16), LOCKOUT).await.unwrap().is_some(), "a login forgives");
        }
        assert!(store.login_try("one", at(16), LOCKOUT).await.unwrap().is_none());
        assert!(store.user_reset("one", "a new hash", "test").await.unwrap());
        assert!(store.login_try("one", at(16), LOCKOUT).await.unwrap().is_some());
    })
    .await;
}

#[tokio::test]
async fn a_session_lasts_while_it_is_used_and_ends_at_its_end_or_with_its_account() {
    with_store(async |store| {
        user(&store, "one", Role::Clerk, &["320583100"]).await;
        let goes_on = async |session, minute| {
            store.session(session, (at(minute), at(minute).date_naive()), 1_800).await.unwrap().is_some()
        };
        let session = log_in(&store, "one", 0).await;
        assert!(goes_on(session, 29).await && goes_on(session, 58).await);
        assert!(!goes_on(session, 60).await, "its end comes, however much it is used");
        let idle = log_in(&store, "one", 100).await;
        assert!(!goes_on(idle, 130).await);
        assert!(!goes_on(token(), 100).await);
        let ended = log_in(&store, "one", 200).await;
        store.session_end(ended).await.unwrap();
        assert!(!goes_on(ended, 200).await);
        let (here, there) = (log_in(&store, "one", 300).await, log_in(&store, "one", 300).await);
        store.password_chosen("one", "a chosen hash", here).await.unwrap();
        assert!(goes_on(here, 301).await && !goes_on(there, 301).await, "a new password ends the other sessions");
        assert!(store.user_lock("one", "test").await.unwrap());
        assert!(!goes_on(here, 302).await);
        assert!(!store.login_succeeded("one", token(), None, (at(303), at(363))).await.unwrap());
    })
    .await;
}

#[tokio::test]
async fn a_code_of_the_second_factor_counts_once_and_its_secret_is_sealed() {
    with_store(async |store| {
        user(&store, "one", Role::Operator, &[]).await;
        store.second_factor("one", Some(b"a fictional secret")).await.unwrap();
        let known = store.credentials_of("one").await.unwrap().unwrap();
        assert_eq!(known.totp.as_deref(), Some(b"a fictional secret".as_slice()));
        let uses = async |step| store.login_succeeded("one", token(), Some(step), (at(0), at(60))).await.unwrap();
        assert!(uses(100).await && !uses(100).await && !uses(99).await && uses(101).await);
        store.user_reset("one", "a new hash", "test").await.unwrap();
        assert!(store.credentials_of("one").await.unwrap().unwrap().totp.is_none());
    })
    .await;
}

#[tokio::test]
async fn the_first_start_makes_one_operator_with_the_newest_link_and_never_another() {
    with_store(async |store| {
        let (old, new) = (token(), token());
        assert!(store.first_start_offer(old, at(60)).await.unwrap());
        assert!(store.first_start_offer(new, at(60)).await.unwrap());
        let redeem = async |link, minute, name: &str| {
            let user =
                NewUser { name: name.to_owned(), role: Role::Operator, jurisdictions: vec![], must_change: false };
            store.first_start_redeem(link, at(minute), &user, "a fictional hash").await.unwrap()
        };
        assert!(!redeem(old, 0, "one").await, "an older link no longer counts");
        assert!(!redeem(new, 61, "one").await, "nor does one that is over");
        assert!(store.first_start_stands(new, at(0)).await.unwrap());
        assert!(redeem(new, 0, "one").await && !redeem(new, 0, "two").await);
        assert!(!store.first_start_offer(token(), at(60)).await.unwrap(), "there is a user");
        assert_eq!(store.users().await.unwrap().len(), 1);
    })
    .await;
}

#[tokio::test]
async fn a_deputy_is_a_clerk_of_the_same_place_or_below_and_hands_nothing_on() {
    with_store(async |store| {
        user(&store, "prefecture", Role::Clerk, &["320500"]).await;
        user(&store, "township", Role::Clerk, &["320583100"]).await;
        user(&store, "village", Role::Clerk, &["320583100201"]).await;
        user(&store, "elsewhere", Role::Clerk, &["320324102"]).await;
        user(&store, "operator", Role::Operator, &[]).await;
        let until = at(0).date_naive();
        let grant = async |clerk: &str, deputy: &str| store.deputy_grant(clerk, deputy, until).await.unwrap();
        assert!(grant("prefecture", "township").await && grant("township", "village").await);
        for (clerk, deputy) in [
            ("township", "prefecture"),
            ("township", "elsewhere"),
            ("township", "operator"),
            ("township", "township"),
            ("township", "nobody"),
            ("operator", "township"),
        ] {
            assert!(!grant(clerk, deputy).await, "{clerk} to {deputy}");
        }
        let sees = async |name: &str, days: i64| {
            let (session, now) = (log_in(&store, name, 0).await, at(1));
            let found = store.session(session, (now, until + TimeDelta::days(days)), 1_800).await.unwrap().unwrap();
            found.jurisdictions.iter().map(ToString::to_string).collect::<Vec<_>>()
        };
        assert_eq!(sees("village", 0).await, ["320583100201", "320583100"], "not what the township stands in for");
        assert_eq!(sees("village", 1).await, ["320583100201"], "the last day is over");
        store.deputy_revoke("township", "village").await.unwrap();
        assert_eq!(sees("village", 0).await, ["320583100201"]);
    })
    .await;
}
