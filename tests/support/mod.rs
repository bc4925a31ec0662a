//! What the tests share.
//!
//! - `servers`: where the real servers are; `ground`: a test's own virtual host, database and directory
//! - `binary`: commands of `liangdi`; `hub`: `liangdi up` as a process; `registry`: the registry in this one; `gate`: a way to a server that can be shut
//! - `api`: the HTTP API as a program asks it
//! - `browser`: a real one on the console's pages
//! - `visitor`: a user of the console, over HTTP
//! - `installed`: programs in other languages; `examples`: those of `deploy/examples`; `provider`: a provider of identity;
//!   `walker`: a browser of few words, for what a real one would never do
//! - `sample`: fictional feeds; `crowd`: many plain messages for few places; `message`: one message, changed at will;
//!   `places`: where those are; `metrics`: what a hub shows of itself
//! - `refused`: two messages that lie in the quarantine
//! - `namesakes`: two messages of which only a person can say whether they are about one human
//! - `private`: servers of a test's own; `cluster`: three brokers, and the ways between them
//! - `struck`: a hub under load that something strikes
//! - `rules`: the shipped procedures, changed a little
//! - `rulebook`, `duties`: what the rules say of each day, worked out beside the hub
//! - `ending`: what it all came to, comparable between ways; `inboxes`: what everybody was sent; `leaks`: what must
//!   not be found anywhere

pub(crate) mod api;
pub(crate) mod binary;
pub(crate) mod browser;
pub(crate) mod cluster;
pub(crate) mod crowd;
pub(crate) mod dice;
pub(crate) mod duties;
pub(crate) mod ending;
pub(crate) mod examples;
pub(crate) mod gate;
pub(crate) mod ground;
pub(crate) mod hub;
pub(crate) mod inboxes;
pub(crate) mod installed;
pub(crate) mod leaks;
pub(crate) mod load;
pub(crate) mod message;
pub(crate) mod metrics;
pub(crate) mod namesakes;
pub(crate) mod oracle;
pub(crate) mod places;
pub(crate) mod private;
pub(crate) mod provider;
pub(crate) mod refused;
pub(crate) mod registry;
pub(crate) mod relay;
pub(crate) mod rulebook;
pub(crate) mod rules;
pub(crate) mod sample;
pub(crate) mod servers;
pub(crate) mod small_disk;
pub(crate) mod standby;
pub(crate) mod struck;
pub(crate) mod visitor;
pub(crate) mod walker;
pub(crate) mod ways;

use std::future::Future;
use std::time::{Duration, Instant};

/// Longest wait for anything a test waits for. Long, because a busy machine is slow; nothing waits it out when all
/// is well.
pub(crate) const DEADLINE: Duration = Duration::from_secs(120);

/// How often a test that waits for another process looks again, so that looking does not slow down what it waits for.
const LOOK_INTERVAL: Duration = Duration::from_millis(50);
/// The same for waits that are short and many.
const SOON_INTERVAL: Duration = Duration::from_millis(3);

/// The result, if it comes before the deadline.
pub(crate) async fn in_time<T>(what: &str, future: impl Future<Output = T>) -> T {
    match tokio::time::timeout(DEADLINE, future).await {
        Ok(result) => result,
        Err(_) => panic!("not in time: {what}"),
    }
}

/// Asks again until there is an answer or the deadline is over.
pub(crate) async fn eventually<T>(what: &str, ask: impl AsyncFnMut() -> Option<T>) -> T {
    within(DEADLINE, what, ask).await
}

/// The same where a wait is a matter of milliseconds, and there are hundreds of them.
pub(crate) async fn soon<T>(what: &str, ask: impl AsyncFnMut() -> Option<T>) -> T {
    asked_every(SOON_INTERVAL, DEADLINE, what, ask).await
}

/// The same with a deadline that somebody was promised.
pub(crate) async fn within<T>(deadline: Duration, what: &str, ask: impl AsyncFnMut() -> Option<T>) -> T {
    asked_every(LOOK_INTERVAL, deadline, what, ask).await
}

async fn asked_every<T>(
    interval: Duration,
    deadline: Duration,
    what: &str,
    mut ask: impl AsyncFnMut() -> Option<T>,
) -> T {
    let started = Instant::now();
    let mut looks = tokio::time::interval(interval);
    loop {
        looks.tick().await;
        if let Some(answer) = ask().await {
            return answer;
        }
        assert!(started.elapsed() < deadline, "not in time: {what}");
    }
}
