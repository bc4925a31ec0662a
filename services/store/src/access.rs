//! Who may use the console: what the store keeps of users and sessions. The statements are in `postgres/access/`.

use chrono::{DateTime, NaiveDate, Utc};
use liangdi_domain::division::Code;
use serde::{Deserialize, Serialize};

/// What a user may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// Keeps the hub flowing; may give access to others.
    Operator,
    /// Decides which pairs are one human.
    Reviewer,
    /// Reads who looked at or did what.
    Auditor,
    /// Answers and registers for a jurisdiction and what lies below it.
    Clerk,
}

impl Role {
    /// Every role.
    pub const ALL: [Role; 4] = [Role::Operator, Role::Reviewer, Role::Auditor, Role::Clerk];

    /// Its name in the database and on the command line.
    pub const fn name(self) -> &'static str {
        match self {
            Role::Operator => "operator",
            Role::Reviewer => "reviewer",
            Role::Auditor => "auditor",
            Role::Clerk => "clerk",
        }
    }
}

/// A user as lists show it.
#[derive(Debug, Clone, Serialize)]
pub struct User {
    /// The name to log in with.
    pub name: String,
    /// What it may do.
    pub role: Role,
    /// Of clerks: these and what lies below; of others empty.
    pub jurisdictions: Vec<Code>,
    /// Whether the password was given by somebody else and has to be changed first.
    pub must_change: bool,
    /// Whether a second factor is asked for.
    pub second_factor: bool,
    /// The account at the provider of identity; none: the user has a password here.
    pub provider: Option<ProviderAccount>,
    /// Whether an operator closed the account.
    pub locked: bool,
    /// Until when it is closed after too many wrong tries.
    pub locked_until: Option<DateTime<Utc>>,
    /// The last login.
    pub last_login: Option<DateTime<Utc>>,
}

/// Who a user is at the provider of identity.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ProviderAccount {
    /// What the provider calls the user.
    pub name: String,
    /// Whether the user has logged in: from then on the provider's identifier counts, and no longer the name.
    pub bound: bool,
}

/// How a user proves who it is. No `Debug`.
#[derive(Clone, Copy)]
pub enum Proof<'a> {
    /// By a password, of which this is the hash.
    Password(&'a str),
    /// At the provider, which calls the user this.
    Provider(&'a str),
}

/// What a provider says of whoever has just proved there who it is. No `Debug`.
#[derive(Clone, Copy)]
pub struct ProviderSays<'a> {
    /// Which provider.
    pub issuer: &'a str,
    /// Its identifier of the user.
    pub subject: &'a str,
    /// What it calls the user: binds a user that has not logged in yet. None: only who is bound is looked for.
    pub name: Option<&'a str>,
}

/// What became of a login through the provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProviderLogin {
    /// A session is open.
    Opened,
    /// An operator closed the account.
    Locked,
    /// No user is this one.
    Unknown,
}

/// What became of giving a user an account at the provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bound {
    /// It is so.
    Done,
    /// There is no such user.
    NoUser,
    /// Another user waits for this account.
    Taken,
}

/// A user to be made.
#[derive(Debug, Clone)]
pub struct NewUser {
    /// The name to log in with.
    pub name: String,
    /// What it may do.
    pub role: Role,
    /// Of clerks: these and what lies below.
    pub jurisdictions: Vec<Code>,
    /// Whether the password has to be changed first.
    pub must_change: bool,
}

/// What a login with a password is checked against: no `Debug`.
#[derive(Clone)]
pub struct Credentials {
    /// argon2id, as a PHC string.
    pub password: String,
    /// The second factor's secret.
    pub totp: Option<Vec<u8>>,
    /// The last time step of it that was used.
    pub totp_step: i64,
}

/// How patient a login is.
#[derive(Debug, Clone, Copy)]
pub struct Lockout {
    /// After so many wrong tries the account is closed …
    pub failures_max: u32,
    /// … for so long, in seconds.
    pub lasts_s: u64,
}

/// Who a session belongs to.
#[derive(Debug, Clone)]
pub struct SessionUser {
    /// The user's name.
    pub name: String,
    /// What it may do.
    pub role: Role,
    /// The jurisdictions it may see, with what lies below.
    pub jurisdictions: Vec<Code>,
    /// Whether the password has to be changed before anything else.
    pub must_change: bool,
    /// Whether the user logs in through the provider, and has no password here.
    pub by_provider: bool,
}

/// A token of the HTTP API, without its secret.
#[derive(Debug, Clone, Serialize)]
pub struct ApiToken {
    /// What it is called, in lists and in the audit.
    pub name: String,
    /// What it may do.
    pub role: Role,
    /// Of clerks: these and what lies below; of others empty.
    pub jurisdictions: Vec<Code>,
    /// When it was given.
    pub created: DateTime<Utc>,
    /// From when on it is worth nothing.
    pub ends: DateTime<Utc>,
    /// When it was revoked.
    pub revoked: Option<DateTime<Utc>>,
}

/// A clerk's jurisdictions in another's hands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deputy {
    /// Who stands in.
    pub deputy: String,
    /// For whom.
    pub clerk: String,
    /// The last day.
    pub until: NaiveDate,
}

/// An office, and how to reach it: telephones of work, never a private person's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DirectoryEntry {
    /// Of which jurisdiction.
    pub jurisdiction: Code,
    /// What it is called.
    pub office: String,
    /// Whom to ask for.
    pub contact: String,
    /// The number to call.
    pub phone: String,
    /// When somebody answers.
    pub hours: String,
    /// When it was last looked after.
    pub updated: DateTime<Utc>,
    /// By whom.
    pub updated_by: String,
}
