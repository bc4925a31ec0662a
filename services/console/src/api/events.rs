//! A jurisdiction's new notices as server-sent events, for whoever wants to know at once without AMQP. Each event's id is the
//! notice's `seqno`: a client that was cut off names the last one, and nothing is left out.

use std::convert::Infallible;
use std::time::Duration;

use axum::Extension;
use axum::extract::{Path, Query, State};
use axum::http::HeaderMap;
use axum::response::sse::{Event, KeepAlive, Sse};
use futures_util::Stream;
use futures_util::stream::{StreamExt, iter, unfold};
use liangdi_domain::division::Code;
use liangdi_domain::notice::envelope;
use liangdi_store::postgres::Look;
use tokio::sync::{Semaphore, SemaphorePermit};
use tokio_util::sync::CancellationToken;

use super::ProblemDetails;
use super::notices::{After, seen};
use crate::access::Actor;
use crate::console::Console;
use crate::problem::Problem;

/// How often the ledger is looked at for each stream.
const LOOK_INTERVAL: Duration = Duration::from_secs(1);

/// Notices in one look; the next look has the next.
const NOTICES_MAX: u32 = 100;

/// Streams at the same time; each asks the database once an interval.
const STREAMS_MAX: usize = 200;
static STREAMS: Semaphore = Semaphore::const_new(STREAMS_MAX);

/// What one stream goes on with.
struct Following {
    console: Console,
    actor: Actor,
    code: Code,
    after: i64,
    shutdown: CancellationToken,
    first: bool,
    _place: SemaphorePermit<'static>,
}

/// A jurisdiction's notices as they come
///
/// `text/event-stream`; each event is a notice, its id the notice's `seqno`. Goes on after `Last-Event-ID`, else after
/// `after`. A stream ends when the hub does: connect again.
#[utoipa::path(
    get, path = "/v1/jurisdictions/{code}/events", tag = "notices",
    params(("code" = String, Path, description = "Division code, 6 or 9 digits"), After),
    responses(
        (status = 200, body = String, content_type = "text/event-stream"),
        (status = 401, body = ProblemDetails, content_type = "application/problem+json"),
        (status = 403, body = ProblemDetails, content_type = "application/problem+json"),
        (status = 503, body = ProblemDetails, content_type = "application/problem+json"),
    )
)]
pub(super) async fn follow(
    State(console): State<Console>,
    Extension(shutdown): Extension<CancellationToken>,
    actor: Actor,
    Path(code): Path<String>,
    Query(asked): Query<After>,
    headers: HeaderMap,
) -> Result<Sse<impl Stream<Item = Result<Event, Infallible>>>, Problem> {
    let code = seen(&actor, &code)?;
    let place = STREAMS.try_acquire().map_err(|_| Problem::unavailable())?;
    let resumed = headers.get("last-event-id").and_then(|id| id.to_str().ok()?.parse().ok());
    let after = resumed.unwrap_or(i64::from(asked.after));
    let following = Following { console, actor, code, after, shutdown, first: true, _place: place };
    let events = unfold(following, |mut following| async move {
        let events = following.next().await?;
        Some((iter(events.into_iter().map(Ok)), following))
    });
    Ok(Sse::new(events.flatten()).keep_alive(KeepAlive::default()))
}

impl Following {
    /// The next notices; none when the hub ends, or cannot look any more.
    async fn next(&mut self) -> Option<Vec<Event>> {
        // The answer's head leaves with the first bytes of its body: whoever follows knows at once that it is followed.
        if std::mem::take(&mut self.first) {
            return Some(vec![Event::default().comment("following")]);
        }
        let look = Look { who: &self.actor.name, purpose: "followed the inbox" };
        let found = self.console.store.notices_after(self.code.as_str(), self.after, NOTICES_MAX, look).await;
        let found = found.inspect_err(|error| tracing::warn!(%error, "a stream of notices ends")).ok()?;
        // What came goes out at once; where nothing came, the next look can wait.
        if found.is_empty() && tokio::time::timeout(LOOK_INTERVAL, self.shutdown.cancelled()).await.is_ok() {
            return None;
        }
        self.after = found.last().map_or(self.after, |(seqno, _)| *seqno);
        let event = |(seqno, notice)| {
            let data = envelope(&notice, &self.console.source, seqno).to_string();
            Event::default().id(seqno.to_string()).event("notice").data(data)
        };
        Some(found.into_iter().map(event).collect())
    }
}
