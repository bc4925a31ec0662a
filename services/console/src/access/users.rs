//! Who may log in: made, changed, closed, opened, reset. One place for the page and for `liangdi users`; the store writes
//! each of these into the audit.

use liangdi_domain::division::{Code, Divisions, Level};
use liangdi_store::StoreError;
use liangdi_store::access::{Bound, NewUser, Proof, Role};
use liangdi_store::postgres::PgStore;

use super::{name, password};

/// Longest name that a user may have at the provider.
pub const ACCOUNT_CHARS_MAX: usize = 200;

/// Why something about a user was not done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum UserFault {
    /// What was given as a name cannot be one.
    #[error("this cannot be a name: {}", name::RULE)]
    BadName,
    /// A name is given once.
    #[error("there is a user of this name already; `liangdi users reset` gives a new password")]
    Taken,
    /// Nobody is called so.
    #[error("there is no such user; `liangdi users list` shows them")]
    Unknown,
    /// A clerk without a place to work for.
    #[error("a clerk works for a jurisdiction: say which with --jurisdiction CODE")]
    NoJurisdiction,
    /// A code that no division has.
    #[error("the division table has no {0}")]
    UnknownJurisdiction(Code),
    /// What was given as the name at the provider cannot be one.
    #[error("this cannot be a name at the provider: at most {ACCOUNT_CHARS_MAX} characters, and at least one")]
    BadAccount,
    /// Another user waits for this account.
    #[error("another user waits for this account at the provider; `liangdi users list` shows them")]
    AccountTaken,
    /// Who logs in through the provider has no password here.
    #[error("this user logs in through the provider, and has neither a password nor a second factor here")]
    NoPassword,
    /// Others than clerks see everything that their role shows.
    #[error("only clerks are bound to jurisdictions: leave --jurisdiction out")]
    NotBound,
}

/// Why something about a user was not done, or could not be.
#[derive(Debug, thiserror::Error)]
pub enum UserError {
    /// It makes no sense.
    #[error(transparent)]
    Fault(#[from] UserFault),
    /// The database is in the way.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Makes a user; the first password, which has to be changed at the first login.
pub async fn add(
    store: &PgStore,
    name: String,
    role: Role,
    jurisdictions: Vec<Code>,
    who: &str,
) -> Result<String, UserError> {
    if !name::is_well_formed(&name) {
        return Err(UserFault::BadName.into());
    }
    check(role, &jurisdictions)?;
    let user = NewUser { name, role, jurisdictions, must_change: true };
    let first = password::first();
    let hash = password::hash(first.clone()).await;
    let made = store.user_add(&user, Proof::Password(&hash), who).await?;
    if made { Ok(first) } else { Err(UserFault::Taken.into()) }
}

/// Makes a user who logs in through the provider, which calls it `account`.
pub async fn add_provided(
    store: &PgStore,
    name: String,
    role: Role,
    jurisdictions: Vec<Code>,
    account: &str,
    who: &str,
) -> Result<(), UserError> {
    if !name::is_well_formed(&name) {
        return Err(UserFault::BadName.into());
    }
    check(role, &jurisdictions)?;
    let account = account_of(account)?;
    let user = NewUser { name, role, jurisdictions, must_change: false };
    if store.user_add(&user, Proof::Provider(account), who).await? {
        return Ok(());
    }
    let taken = store.user(&user.name).await?.map_or(UserFault::AccountTaken, |_| UserFault::Taken);
    Err(taken.into())
}

/// Has a user log in through the provider from now on, which calls it `account`; password and second factor go, all sessions
/// end. Whoever was bound before is forgotten.
pub async fn bind(store: &PgStore, name: &str, account: &str, who: &str) -> Result<(), UserError> {
    match store.user_bind(name, account_of(account)?, who).await? {
        Bound::Done => Ok(()),
        Bound::NoUser => Err(UserFault::Unknown.into()),
        Bound::Taken => Err(UserFault::AccountTaken.into()),
    }
}

/// What the provider calls a user: its rules are its own.
fn account_of(typed: &str) -> Result<&str, UserFault> {
    let account = typed.trim();
    let fits = (1..=ACCOUNT_CHARS_MAX).contains(&account.chars().count()) && !account.chars().any(char::is_control);
    if fits { Ok(account) } else { Err(UserFault::BadAccount) }
}

/// Gives another role, other jurisdictions; who stood in for the user, or was stood in for, no longer does.
pub async fn change(
    store: &PgStore,
    name: &str,
    role: Role,
    jurisdictions: &[Code],
    who: &str,
) -> Result<(), UserError> {
    check(role, jurisdictions)?;
    known(store.user_change(name, role, jurisdictions, who).await?)
}

/// Closes the account and ends its sessions.
pub async fn lock(store: &PgStore, name: &str, who: &str) -> Result<(), UserError> {
    known(store.user_lock(name, who).await?)
}

/// Opens the account again, with the password that it had, or the account at the provider.
pub async fn unlock(store: &PgStore, name: &str, who: &str) -> Result<(), UserError> {
    known(store.user_unlock(name, who).await?)
}

/// A new first password: opens a locked account, takes the second factor away, ends all sessions.
pub async fn reset(store: &PgStore, name: &str, who: &str) -> Result<String, UserError> {
    with_password(store, name).await?;
    let first = password::first();
    let hash = password::hash(first.clone()).await;
    known(store.user_reset(name, &hash, who).await?).map(|()| first)
}

/// Takes the second factor away, of somebody who lost the telephone, and ends all sessions.
pub async fn remove_second_factor(store: &PgStore, name: &str, who: &str) -> Result<(), UserError> {
    with_password(store, name).await?;
    known(store.user_without_second_factor(name, who).await?)
}

async fn with_password(store: &PgStore, name: &str) -> Result<(), UserError> {
    match store.user(name).await? {
        None => Err(UserFault::Unknown.into()),
        Some(user) if user.provider.is_some() => Err(UserFault::NoPassword.into()),
        Some(_) => Ok(()),
    }
}

/// Clerks work for divisions that there are; nobody else is bound to any.
pub fn check(role: Role, jurisdictions: &[Code]) -> Result<(), UserFault> {
    match (role, jurisdictions) {
        (Role::Clerk, []) => Err(UserFault::NoJurisdiction),
        (Role::Clerk, codes) => match codes.iter().find(|code| !is_division(**code)) {
            Some(code) => Err(UserFault::UnknownJurisdiction(*code)),
            None => Ok(()),
        },
        (_, []) => Ok(()),
        _ => Err(UserFault::NotBound),
    }
}

/// The division table ends at the townships: a village is as real as its township.
fn is_division(code: Code) -> bool {
    let listed = if code.level() == Level::Village { code.township() } else { Some(code) };
    listed.is_some_and(|code| Divisions::shipped().name(code).is_some())
}

fn known(is_known: bool) -> Result<(), UserError> {
    if is_known { Ok(()) } else { Err(UserFault::Unknown.into()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_at_the_provider_is_whatever_the_provider_has() {
        assert_eq!(account_of(" zhang@example.org "), Ok("zhang@example.org"));
        assert_eq!(account_of("张 三"), Ok("张 三"));
        for bad in ["", "  ", "a\u{0}b", &"x".repeat(201)] {
            assert_eq!(account_of(bad), Err(UserFault::BadAccount));
        }
    }

    #[test]
    fn clerks_work_for_divisions_that_there_are_and_nobody_else_is_bound_to_any() {
        let checked =
            |role, codes: &[&str]| check(role, &codes.iter().map(|code| code.parse().unwrap()).collect::<Vec<_>>());
        assert_eq!(checked(Role::Clerk, &["320583100", "320583100201", "320500"]), Ok(()));
        assert_eq!(checked(Role::Clerk, &[]), Err(UserFault::NoJurisdiction));
        let unknown = "320583999".parse().unwrap();
        assert_eq!(checked(Role::Clerk, &["320583", "320583999"]), Err(UserFault::UnknownJurisdiction(unknown)));
        assert_eq!(checked(Role::Auditor, &[]), Ok(()));
        assert_eq!(checked(Role::Operator, &["320583"]), Err(UserFault::NotBound));
    }
}
