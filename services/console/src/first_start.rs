//! The first start: as long as there is no user, a link makes the first operator. It is shown once, when the console
//! opens; starting again makes a new one.

use chrono::TimeDelta;
use liangdi_domain::ids::Token;
use liangdi_store::StoreError;
use liangdi_store::keys::{Keys, random_secret};

use crate::console::Console;

/// How long the link counts.
const LINK_HOURS: i64 = 24;

/// The path of a new link, if there is no user yet.
pub async fn link(console: &Console) -> Result<Option<String>, StoreError> {
    let secret = random_secret();
    let ends = console.now_utc() + TimeDelta::hours(LINK_HOURS);
    let offered = console.store.first_start_offer(token(&console.keys, &secret), ends).await?;
    Ok(offered.then(|| format!("/first-start/{secret}")))
}

/// How the database knows a link.
pub(crate) fn token(keys: &Keys, secret: &str) -> Token {
    keys.token("first-start", &[secret])
}
