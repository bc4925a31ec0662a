//! `liangdi users`: who may log in to the console.

use anyhow::{Result, bail};
use liangdi_console::access::{name, password};
use liangdi_domain::division::{Code, Divisions, Level};
use liangdi_store::access::{NewUser, Role, User};

use super::quarantine::operator;
use crate::cli::{RoleArgument, Users};
use crate::context::Context;
use crate::{Found, say};

/// Carries a command out.
pub async fn run(context: &Context, command: Users) -> Result<Found> {
    match command {
        Users::Add { name, role, jurisdictions } => add(context, name, role, jurisdictions).await,
        Users::List { json } => list(context, json).await,
        Users::Reset { name } => {
            let first = password::first();
            let hash = password::hash(first.clone()).await;
            if !context.store().await?.user_reset(&name, &hash, &operator()).await? {
                bail!("there is no user {name}; `liangdi users list` shows them");
            }
            say::note(format!("{name} logs in with this password and has to change it then:"));
            say::line(first);
            Ok(Found::Nothing)
        }
        Users::Lock { name } => {
            if !context.store().await?.user_lock(&name, &operator()).await? {
                bail!("there is no user {name}; `liangdi users list` shows them");
            }
            say::line(format!("{name} is locked and logged out; `liangdi users reset {name}` opens the account again"));
            Ok(Found::Nothing)
        }
    }
}

async fn add(context: &Context, name: String, role: RoleArgument, jurisdictions: Vec<Code>) -> Result<Found> {
    if !name::is_well_formed(&name) {
        bail!("{name:?} cannot be a name: {}", name::RULE);
    }
    let role = self::role(role);
    check(role, &jurisdictions)?;
    let user = NewUser { name, role, jurisdictions, must_change: true };
    let first = password::first();
    let hash = password::hash(first.clone()).await;
    if !context.store().await?.user_add(&user, &hash, &operator()).await? {
        bail!("there is a user {} already; `liangdi users reset` gives a new password", user.name);
    }
    say::note(format!("{} logs in with this password and has to change it then:", user.name));
    say::line(first);
    Ok(Found::Nothing)
}

pub fn role(role: RoleArgument) -> Role {
    match role {
        RoleArgument::Operator => Role::Operator,
        RoleArgument::Reviewer => Role::Reviewer,
        RoleArgument::Auditor => Role::Auditor,
        RoleArgument::Clerk => Role::Clerk,
    }
}

/// Clerks work for divisions that there are; nobody else is bound to any.
pub fn check(role: Role, jurisdictions: &[Code]) -> Result<()> {
    match (role, jurisdictions) {
        (Role::Clerk, []) => bail!("a clerk works for a jurisdiction: say which with --jurisdiction CODE"),
        (Role::Clerk, codes) => {
            // The division table ends at the townships: a village is as real as its township.
            let known = |code: &Code| match code.level() {
                Level::Village => code.township().is_some_and(|township| Divisions::shipped().name(township).is_some()),
                _ => Divisions::shipped().name(*code).is_some(),
            };
            match codes.iter().find(|code| !known(code)) {
                Some(code) => bail!("the division table has no {code}"),
                None => Ok(()),
            }
        }
        (_, []) => Ok(()),
        _ => bail!("only clerks are bound to jurisdictions: leave --jurisdiction out"),
    }
}

async fn list(context: &Context, json: bool) -> Result<Found> {
    let users = context.store().await?.users().await?;
    if json {
        for user in &users {
            say::line(serde_json::to_string(user)?);
        }
        return Ok(Found::Nothing);
    }
    let rows: Vec<Vec<String>> = users.iter().map(row).collect();
    say::table(&["name", "role", "jurisdictions", "last login (UTC)", "second factor", "state"], &rows);
    Ok(Found::Nothing)
}

fn row(user: &User) -> Vec<String> {
    let codes: Vec<&str> = user.jurisdictions.iter().map(Code::as_str).collect();
    let state = match user {
        User { locked: true, .. } => "locked".to_owned(),
        User { locked_until: Some(until), .. } => format!("locked until {}", until.format("%Y-%m-%d %H:%M")),
        User { must_change: true, .. } => "first password".to_owned(),
        _ => String::new(),
    };
    vec![
        user.name.clone(),
        user.role.name().to_owned(),
        codes.join(" "),
        user.last_login.map(|at| at.format("%Y-%m-%d %H:%M").to_string()).unwrap_or_default(),
        if user.second_factor { "yes" } else { "" }.to_owned(),
        state,
    ]
}
