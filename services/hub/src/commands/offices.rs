//! `liangdi partners|townships add|rotate|list|remove`: an office's user on the broker, with the permissions that the
//! topology has for it and nothing else. Passwords are made here, shown once, and kept by nobody.

use std::fs::OpenOptions;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use anyhow::{Context as _, Result, bail, ensure};
use liangdi_broker::topology::{self, Admin, FoundUsers, UserLimits, UserWanted, Wanted, names};
use liangdi_domain::division::{Code, Level};
use liangdi_domain::feed::Feed;
use secrecy::{ExposeSecret, SecretString};
use serde_json::json;
use uuid::Uuid;

use crate::cli::{Offices, Password};
use crate::context::Context;
use crate::topology::compare;
use crate::{Found, say};

/// Which offices a command is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Departments.
    Partners,
    /// Townships, and the levels above and below them.
    Townships,
}

/// Carries a command out.
pub async fn run(context: &Context, kind: Kind, command: Offices) -> Result<Found> {
    let admin = context.admin()?;
    let vhost = &context.config.amqp.vhost;
    ensure!(
        admin.management.vhost_exists(vhost).await?,
        "the broker has no virtual host {vhost}; `liangdi topology apply` makes it"
    );
    let users = topology::read_users(&admin.management, vhost).await?;
    match command {
        Offices::Add { office, password } => add(context, &admin, &users, kind.read(&office)?, &password).await,
        Offices::Rotate { office, password } => rotate(&admin, &users, kind.read(&office)?, &password).await,
        Offices::List { json } => Ok(list(&users, kind, json)),
        Offices::Remove { office } => remove(&admin, &users, kind.read(&office)?).await,
    }
}

impl Kind {
    fn read(self, office: &str) -> Result<(Feed, Code)> {
        match self {
            Kind::Partners => {
                let read = UserWanted::office_named(office).filter(|(feed, _)| self.has(*feed));
                read.with_context(|| {
                    format!("{office}: expected <feed>.<division> of police, civil-affairs, hr or housing")
                })
            }
            Kind::Townships => {
                let code = office.strip_prefix("township.").unwrap_or(office);
                let code = code.parse().with_context(|| format!("{office}: expected a division code"))?;
                Ok((Feed::Township, code))
            }
        }
    }

    fn has(self, feed: Feed) -> bool {
        (feed == Feed::Township) == (self == Kind::Townships)
    }
}

async fn add(
    context: &Context,
    admin: &Admin,
    users: &FoundUsers,
    (feed, division): (Feed, Code),
    to: &Password,
) -> Result<Found> {
    let user = names::user(feed, division);
    ensure!(!users.users.contains_key(&user), "{user} is there already; `rotate` gives it a new password");
    check_division(context, feed, division)?;
    let password = new_password();
    let wanted = UserWanted::office(feed, division, password.clone()).limited(context.user_limits());
    // First the file: a user whose password nobody can read would have to be rotated at once.
    let shown = keep(&password, to)?;
    let wanted = Wanted::office(&context.config.amqp.vhost, wanted);
    topology::apply(admin, &wanted, &compare(&admin.management, &wanted).await?).await?;
    say::line(format!("{user} may come in{shown}"));
    Ok(Found::Nothing)
}

/// A township user reads an inbox: it must be one that there is.
fn check_division(context: &Context, feed: Feed, division: Code) -> Result<()> {
    let divisions = context.tables;
    // The tables have no villages: theirs are the townships they lie in.
    let known = divisions.name(division.township().unwrap_or(division)).is_some();
    ensure!(known, "{division} is no division of the shipped tables; see config/divisions/");
    if feed == Feed::Township && division.level() != Level::Village && !context.codes().contains(&division) {
        bail!("{division} has no inbox here; topology.jurisdictions says who has");
    }
    Ok(())
}

async fn rotate(admin: &Admin, users: &FoundUsers, (feed, division): (Feed, Code), to: &Password) -> Result<Found> {
    let user = known(users, feed, division)?;
    let password = new_password();
    let shown = keep(&password, to)?;
    admin.management.put_user(&user, &password, "").await?;
    say::line(format!("{user} has a new password{shown}"));
    Ok(Found::Nothing)
}

async fn remove(admin: &Admin, users: &FoundUsers, (feed, division): (Feed, Code)) -> Result<Found> {
    let user = known(users, feed, division)?;
    admin.management.delete_user(&user).await?;
    let queue = if feed == Feed::Township { names::inbox(division) } else { names::partner_queue(&user) };
    say::line(format!("{user} is shut out; {queue} stays, with whatever is in it"));
    Ok(Found::Nothing)
}

fn known(users: &FoundUsers, feed: Feed, division: Code) -> Result<String> {
    let user = names::user(feed, division);
    ensure!(users.users.contains_key(&user), "the broker has no user {user}");
    Ok(user)
}

/// Faults if the broker lets somebody do something else than an office of that name may.
fn list(users: &FoundUsers, kind: Kind, as_json: bool) -> Found {
    let mut all_well = true;
    let mut rows = Vec::new();
    for user in users.users.keys() {
        let Some((feed, division)) = UserWanted::office_named(user).filter(|(feed, _)| kind.has(*feed)) else {
            continue;
        };
        // Users belong to the whole broker: who may nothing in this virtual host is somebody else's.
        if !users.permissions.contains_key(user) {
            continue;
        }
        let well = UserWanted::is_office_as_wanted(user, users);
        all_well &= well;
        let limit = |of: fn(&UserLimits) -> u32| limits_of(users, user).as_ref().map(of);
        let (connections, channels) = (limit(|limits| limits.connections_max), limit(|limits| limits.channels_max));
        if as_json {
            let row = json!({
                "user": user, "feed": feed.name(), "division": division.as_str(), "as_wanted": well,
                "connections_max": connections, "channels_max": channels,
            });
            say::line(row.to_string());
        }
        let number = |limit: Option<u32>| limit.map_or("no limit".to_owned(), |limit| limit.to_string());
        let may = if well { "what it should" } else { "SOMETHING ELSE: `liangdi topology plan`" };
        rows.push(vec![user.clone(), may.to_owned(), number(connections), number(channels)]);
    }
    if !as_json {
        say::table(&["user", "may", "connections", "channels"], &rows);
    }
    Found::faults_if(!all_well)
}

fn limits_of(users: &FoundUsers, user: &str) -> Option<UserLimits> {
    let value = &users.limits.get(user)?.value;
    let number = |value: Option<i64>| value.and_then(|value| u32::try_from(value).ok());
    Some(UserLimits { connections_max: number(value.max_connections)?, channels_max: number(value.max_channels)? })
}

/// 244 random bits, which no shell and no URL has to quote.
fn new_password() -> SecretString {
    format!("{}{}", Uuid::new_v4().simple(), Uuid::new_v4().simple()).into()
}

/// Writes the password to its file, or says it in the line that follows.
fn keep(password: &SecretString, to: &Password) -> Result<String> {
    match &to.password_file {
        None => Ok(format!("; its password, shown this once:\n{}", password.expose_secret())),
        Some(file) => {
            write_new(file, password).with_context(|| file.display().to_string())?;
            Ok(format!("; its password is in {}", file.display()))
        }
    }
}

fn write_new(file: &Path, password: &SecretString) -> Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(file)?;
    writeln!(file, "{}", password.expose_secret())?;
    Ok(())
}
