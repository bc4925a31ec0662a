//! Who asks with a token, and whether it asks too often.

use axum::http::HeaderMap;

use crate::access::{Actor, api_token};
use crate::console::Console;
use crate::problem::Problem;

/// The token's holder; none where there is no token in the request. One that is unknown, over or revoked is a problem:
/// whoever sends it believes to be somebody.
pub(crate) async fn actor(console: &Console, headers: &HeaderMap) -> Result<Option<Actor>, Problem> {
    let Some(token) = api_token::of(headers, &console.keys) else { return Ok(None) };
    // Before the database is asked: whoever tries without end costs nothing.
    if !console.api_rate.allows(token.0) {
        return Err(Problem::too_often());
    }
    match console.store.token(token, console.now_utc()).await? {
        Some(holder) => Ok(Some(holder.into())),
        None => Err(Problem::token_unknown()),
    }
}
