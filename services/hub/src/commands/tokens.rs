//! `liangdi tokens`: which programs may use the HTTP API.

use anyhow::{Result, bail};
use chrono::{TimeDelta, Utc};
use liangdi_console::access::users::check;
use liangdi_console::access::{api_token, name};
use liangdi_domain::division::Code;
use liangdi_store::access::ApiToken;

use super::quarantine::operator;
use super::users;
use crate::cli::Tokens;
use crate::context::Context;
use crate::{Found, say};

/// Carries a command out.
pub async fn run(context: &Context, command: Tokens) -> Result<Found> {
    match command {
        Tokens::Add { name, role, jurisdictions, days } => {
            if !name::is_well_formed(&name) {
                bail!("{name:?} cannot be a name: {}", name::RULE);
            }
            let role = users::role(role);
            check(role, &jurisdictions)?;
            let (secret, hash) = api_token::new(&context.keys()?);
            let created = Utc::now();
            let ends = created + TimeDelta::days(days.into());
            let token = ApiToken { name, role, jurisdictions, created, ends, revoked: None };
            if !context.store().await?.token_add(&token, hash, &operator()).await? {
                bail!("there is or was a token {} already; choose another name", token.name);
            }
            say::note(format!(
                "the secret of {}, good until {}; it is shown this once:",
                token.name,
                ends.date_naive()
            ));
            say::line(secret);
            Ok(Found::Nothing)
        }
        Tokens::List { json } => list(context, json).await,
        Tokens::Revoke { name } => {
            if !context.store().await?.token_revoke(&name, Utc::now(), &operator()).await? {
                bail!("no token {name} is in use; `liangdi tokens list` shows them");
            }
            say::line(format!("{name} is worth nothing any more"));
            Ok(Found::Nothing)
        }
    }
}

async fn list(context: &Context, json: bool) -> Result<Found> {
    let tokens = context.store().await?.tokens().await?;
    if json {
        for token in &tokens {
            say::line(serde_json::to_string(token)?);
        }
        return Ok(Found::Nothing);
    }
    let row = |token: &ApiToken| {
        let codes: Vec<&str> = token.jurisdictions.iter().map(Code::as_str).collect();
        let day = |at: chrono::DateTime<Utc>| at.format("%Y-%m-%d").to_string();
        let state = match token.revoked {
            Some(at) => format!("revoked on {}", day(at)),
            None if token.ends < Utc::now() => "over".to_owned(),
            None => String::new(),
        };
        vec![token.name.clone(), token.role.name().to_owned(), codes.join(" "), day(token.ends), state]
    };
    let rows: Vec<Vec<String>> = tokens.iter().map(row).collect();
    say::table(&["name", "role", "jurisdictions", "good until", "state"], &rows);
    Ok(Found::Nothing)
}
