//! `liangdi users`: who may log in to the console.

use anyhow::{Result, bail};
use liangdi_console::access::users;
use liangdi_domain::division::Code;
use liangdi_store::access::{Role, User};

use super::quarantine::operator;
use crate::cli::{RoleArgument, Users};
use crate::context::Context;
use crate::{Found, say};

/// Carries a command out.
pub async fn run(context: &Context, command: Users) -> Result<Found> {
    let (store, who) = (context.store().await?, operator());
    match command {
        Users::Add { name, role, jurisdictions, oidc: None } => {
            let first = users::add(&store, name.clone(), self::role(role), jurisdictions, &who).await?;
            first_password(&name, first);
        }
        Users::Add { name, role, jurisdictions, oidc: Some(account) } => {
            there_is_a_provider(context)?;
            users::add_provided(&store, name.clone(), self::role(role), jurisdictions, &account, &who).await?;
            say::line(format!("{name} logs in through the provider; the first login as {account} is bound to it"));
        }
        Users::Bind { name, oidc: account } => {
            there_is_a_provider(context)?;
            users::bind(&store, &name, &account, &who).await?;
            say::line(format!(
                "{name} is logged out, and logs in through the provider; the first login as {account} is bound to it"
            ));
        }
        Users::List { json } => list(&store.users().await?, json)?,
        Users::Change { name, role, jurisdictions } => {
            users::change(&store, &name, self::role(role), &jurisdictions, &who).await?;
            say::line(format!("{name} has this role from now on"));
        }
        Users::Reset { name } => {
            let first = users::reset(&store, &name, &who).await?;
            first_password(&name, first);
        }
        Users::Lock { name } => {
            users::lock(&store, &name, &who).await?;
            say::line(format!(
                "{name} is locked and logged out; `liangdi users unlock {name}` opens the account again"
            ));
        }
        Users::Unlock { name } => {
            users::unlock(&store, &name, &who).await?;
            say::line(format!("{name} can log in again"));
        }
        Users::RemoveSecondFactor { name } => {
            users::remove_second_factor(&store, &name, &who).await?;
            say::line(format!("{name} logs in with the password alone"));
        }
    }
    Ok(Found::Nothing)
}

/// Without one, nobody could log in as such a user.
fn there_is_a_provider(context: &Context) -> Result<()> {
    if !context.config.console.oidc.is_on() {
        bail!("console.oidc.issuer is not set: there is no provider to log in through");
    }
    Ok(())
}

fn first_password(name: &str, first: String) {
    say::note(format!("{name} logs in with this password and has to change it then:"));
    say::line(first);
}

pub fn role(role: RoleArgument) -> Role {
    match role {
        RoleArgument::Operator => Role::Operator,
        RoleArgument::Reviewer => Role::Reviewer,
        RoleArgument::Auditor => Role::Auditor,
        RoleArgument::Clerk => Role::Clerk,
    }
}

fn list(users: &[User], json: bool) -> Result<()> {
    if json {
        for user in users {
            say::line(serde_json::to_string(user)?);
        }
        return Ok(());
    }
    let rows: Vec<Vec<String>> = users.iter().map(row).collect();
    say::table(
        &["name", "role", "jurisdictions", "last login (UTC)", "second factor", "at the provider", "state"],
        &rows,
    );
    Ok(())
}

fn row(user: &User) -> Vec<String> {
    let codes: Vec<&str> = user.jurisdictions.iter().map(Code::as_str).collect();
    let state = match user {
        User { locked: true, .. } => "locked".to_owned(),
        User { locked_until: Some(until), .. } => format!("locked until {}", until.format("%Y-%m-%d %H:%M")),
        User { must_change: true, .. } => "first password".to_owned(),
        User { provider: Some(account), .. } if !account.bound => "not logged in yet".to_owned(),
        _ => String::new(),
    };
    vec![
        user.name.clone(),
        user.role.name().to_owned(),
        codes.join(" "),
        user.last_login.map(|at| at.format("%Y-%m-%d %H:%M").to_string()).unwrap_or_default(),
        if user.second_factor { "yes" } else { "" }.to_owned(),
        user.provider.as_ref().map(|account| account.name.clone()).unwrap_or_default(),
        state,
    ]
}
