//! Users, tries and sessions: what an attacker and a clock can do to them.

use chrono::{DateTime, TimeDelta, Utc};
use liangdi_domain::ids::Token;
use liangdi_store::access::{Bound, Lockout, NewUser, Proof, ProviderLogin, ProviderSays, Role};
use liangdi_store::postgres::{AuditFilter, PgStore};
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
    assert!(store.user_add(&user, Proof::Password("a fictional hash"), "test").await.unwrap());
    assert!(!store.user_add(&user, Proof::Password("another"), "test").await.unwrap(), "a name is given once");
}

/// Makes a user for an account at the provider; whether it could be made.
async fn provided(store: &PgStore, name: &str, account: &str) -> bool {
    let user = NewUser { name: name.to_owned(), role: Role::Auditor, jurisdictions: vec![], must_change: true };
    store.user_add(&user, Proof::Provider(account), "test").await.unwrap()
}

/// What becomes of a login of whom the provider calls so.
async fn comes(store: &PgStore, issuer: &str, subject: &str, name: Option<&str>) -> ProviderLogin {
    let says = ProviderSays { issuer, subject, name };
    store.provider_login(says, token(), (at(0), at(60))).await.unwrap()
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

#[tokio::test]
async fn the_first_login_binds_a_user_and_from_then_on_the_name_counts_no_more() {
    with_store(async |store| {
        assert!(provided(&store, "one", "zhang").await);
        assert!(!provided(&store, "two", "zhang").await, "one user waits for an account");
        assert_eq!(comes(&store, "home", "s-1", None).await, ProviderLogin::Unknown);
        assert_eq!(comes(&store, "home", "s-1", Some("li")).await, ProviderLogin::Unknown);
        assert!(!store.user("one").await.unwrap().unwrap().provider.unwrap().bound);
        assert_eq!(comes(&store, "home", "s-1", Some("zhang")).await, ProviderLogin::Opened);
        assert!(store.user("one").await.unwrap().unwrap().provider.unwrap().bound);
        // Renamed there, the same person is let in; whoever is given the name, or has the identifier elsewhere, is not.
        assert_eq!(comes(&store, "home", "s-1", Some("another name")).await, ProviderLogin::Opened);
        assert_eq!(comes(&store, "home", "s-1", None).await, ProviderLogin::Opened);
        assert_eq!(comes(&store, "home", "s-2", Some("zhang")).await, ProviderLogin::Unknown);
        assert_eq!(comes(&store, "elsewhere", "s-1", Some("zhang")).await, ProviderLogin::Unknown);
        // A successor of that name can have a user, and does not become the first one.
        assert!(provided(&store, "two", "zhang").await);
        assert_eq!(comes(&store, "home", "s-2", Some("zhang")).await, ProviderLogin::Opened);
        store.user_lock("two", "test").await.unwrap();
        assert_eq!(comes(&store, "home", "s-2", None).await, ProviderLogin::Locked);
        assert_eq!(comes(&store, "home", "s-1", None).await, ProviderLogin::Opened);
    })
    .await;
}

#[tokio::test]
async fn of_two_that_claim_an_account_at_once_one_is_bound() {
    with_store(async |store| {
        assert!(provided(&store, "one", "zhang").await);
        let mut claims = Vec::new();
        for number in 0..8 {
            let store = store.clone();
            let subject = format!("s-{number}");
            claims.push(tokio::spawn(async move { comes(&store, "home", &subject, Some("zhang")).await }));
        }
        let mut opened = 0;
        for claim in claims {
            opened += usize::from(claim.await.unwrap() == ProviderLogin::Opened);
        }
        assert_eq!(opened, 1);
    })
    .await;
}

#[tokio::test]
async fn who_logs_in_through_the_provider_has_no_password_here_and_gets_none() {
    with_store(async |store| {
        user(&store, "one", Role::Operator, &[]).await;
        store.second_factor("one", Some(b"a fictional secret")).await.unwrap();
        let session = log_in(&store, "one", 0).await;
        let goes_on = async |session| store.session(session, (at(1), at(1).date_naive()), 1_800).await.unwrap();
        assert!(!goes_on(session).await.unwrap().by_provider);
        assert_eq!(store.user_bind("nobody", "zhang", "test").await.unwrap(), Bound::NoUser);
        assert_eq!(store.user_bind("one", "zhang", "test").await.unwrap(), Bound::Done);
        assert!(goes_on(session).await.is_none(), "the old session is over");
        assert!(store.login_try("one", at(0), LOCKOUT).await.unwrap().is_none());
        assert!(!store.user_reset("one", "a new hash", "test").await.unwrap());
        store.password_chosen("one", "a chosen hash", token()).await.unwrap();
        store.second_factor("one", Some(b"a fictional secret")).await.unwrap();
        assert!(store.credentials_of("one").await.unwrap().is_none());
        let user = store.user("one").await.unwrap().unwrap();
        assert!(!user.second_factor && !user.must_change && user.provider.unwrap().name == "zhang");
        assert_eq!(comes(&store, "home", "s-1", Some("zhang")).await, ProviderLogin::Opened);
        // Given anew, whoever was bound is not let in any more; the name is waited for again.
        assert_eq!(store.user_bind("one", "li", "test").await.unwrap(), Bound::Done);
        assert_eq!(comes(&store, "home", "s-1", Some("zhang")).await, ProviderLogin::Unknown);
        assert!(provided(&store, "two", "wang").await);
        assert_eq!(store.user_bind("one", "wang", "test").await.unwrap(), Bound::Taken);
        let looks = store.audit_list(AuditFilter::default(), 100).await.unwrap();
        let purposes: Vec<&str> = looks.iter().map(|look| look.purpose.as_str()).collect();
        for purpose in ["gave an account", "was bound to the account", "logged in through the provider"] {
            assert!(purposes.iter().any(|noted| noted.starts_with(purpose)), "{purpose}: {purposes:?}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_login_at_the_provider_comes_back_once_and_in_time() {
    with_store(async |store| {
        let (one, two) = (token(), token());
        store.provider_login_begun(one, "/inbox", (at(0), at(10))).await.unwrap();
        store.provider_login_begun(two, "/", (at(0), at(10))).await.unwrap();
        let mut backs = Vec::new();
        for _ in 0..8 {
            let store = store.clone();
            backs.push(tokio::spawn(async move { store.provider_login_back(one, at(9)).await.unwrap() }));
        }
        let mut back = Vec::new();
        for one in backs {
            back.extend(one.await.unwrap());
        }
        assert_eq!(back, ["/inbox"]);
        assert_eq!(store.provider_login_back(two, at(10)).await.unwrap(), None, "it took too long");
        assert_eq!(store.provider_login_back(token(), at(0)).await.unwrap(), None);
    })
    .await;
}
