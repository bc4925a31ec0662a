//! Runs a session and, whenever it breaks, waits with jittered backoff and runs it again: one clear line
//! when the way is lost, one when it is back, whatever broke in between.

use std::fmt::Display;
use std::future::Future;
use std::hash::{BuildHasher, Hasher, RandomState};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use serde::Deserialize;
use tokio_util::sync::CancellationToken;

use crate::metrics::METRICS;

/// How long to wait between two tries.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ReconnectLimits {
    /// The first wait; each further one doubles it.
    pub reconnect_wait_min_ms: u64,
    /// The longest wait. A session that stood longer than this starts over with the shortest.
    pub reconnect_wait_max_ms: u64,
}

impl Default for ReconnectLimits {
    fn default() -> Self {
        ReconnectLimits { reconnect_wait_min_ms: 200, reconnect_wait_max_ms: 10_000 }
    }
}

/// What a session calls once it stands: connected, logged in, consuming.
#[derive(Clone)]
pub struct Up {
    name: Arc<str>,
    away_since: Arc<Mutex<Option<Instant>>>,
    up_since: Arc<Mutex<Option<Instant>>>,
}

impl Up {
    /// The session works: says so, if it was away.
    pub fn connected(&self) {
        *lock(&self.up_since) = Some(Instant::now());
        METRICS.session_up(&self.name);
        if let Some(since) = lock(&self.away_since).take() {
            let away_s = since.elapsed().as_secs_f32();
            tracing::info!(session = &*self.name, "connected again after {away_s:.1} s");
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Runs `session` until it returns `Ok` or `shutdown` is cancelled while it is away.
///
/// A session owns its connections, so that its end drops them all. It watches `shutdown` itself, to drain what
/// it holds before it returns `Ok`.
pub async fn supervise<F, Fut, E>(name: &str, shutdown: &CancellationToken, limits: &ReconnectLimits, mut session: F)
where
    F: FnMut(Up) -> Fut,
    Fut: Future<Output = Result<(), E>>,
    E: Display,
{
    let longest = Duration::from_millis(limits.reconnect_wait_max_ms);
    let shortest = Duration::from_millis(limits.reconnect_wait_min_ms).min(longest);
    let mut wait = shortest;
    let up = Up { name: name.into(), away_since: Arc::default(), up_since: Arc::default() };
    METRICS.session_begins(name);
    while !shutdown.is_cancelled() {
        let Err(error) = session(up.clone()).await else { return };
        if shutdown.is_cancelled() {
            tracing::info!(session = name, "ended while stopping: {error}");
            return;
        }
        let stood = lock(&up.up_since).take().map(|since| since.elapsed());
        if stood.is_some_and(|stood| stood >= longest) {
            wait = shortest;
        }
        say_away(&up, &error);
        let cancelled = shutdown.cancelled();
        if tokio::time::timeout(jittered(wait), cancelled).await.is_ok() {
            return;
        }
        wait = (wait * 2).min(longest);
    }
}

/// One warning when the way is lost; the tries that follow stay in the debug log.
fn say_away(up: &Up, error: &impl Display) {
    let mut away_since = lock(&up.away_since);
    if away_since.is_none() {
        *away_since = Some(Instant::now());
        METRICS.session_lost(&up.name);
        tracing::warn!(session = &*up.name, "away: {error}; waiting, and trying again");
    } else {
        tracing::debug!(session = &*up.name, "still away: {error}");
    }
}

/// Between half of `wait` and all of it, so that many hubs do not come back in one instant.
fn jittered(wait: Duration) -> Duration {
    let random = RandomState::new().build_hasher().finish() as u32;
    wait.mul_f64(0.5 + 0.5 * f64::from(random) / f64::from(u32::MAX))
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    #[tokio::test]
    async fn a_session_that_fails_is_run_again_until_it_ends_well() {
        let tries = AtomicUsize::new(0);
        let limits = ReconnectLimits { reconnect_wait_min_ms: 1, reconnect_wait_max_ms: 2 };
        supervise("test", &CancellationToken::new(), &limits, |up| {
            let nth = tries.fetch_add(1, Ordering::Relaxed);
            async move {
                up.connected();
                if nth < 3 { Err("lost") } else { Ok(()) }
            }
        })
        .await;
        assert_eq!(tries.load(Ordering::Relaxed), 4);
    }

    #[tokio::test]
    async fn shutdown_ends_the_wait() {
        let shutdown = CancellationToken::new();
        let limits = ReconnectLimits { reconnect_wait_min_ms: 60_000, reconnect_wait_max_ms: 60_000 };
        let ends = shutdown.clone();
        let started = Instant::now();
        supervise("test", &shutdown, &limits, |_| {
            // Cancelled by another task, so that the supervisor is already on its way to the wait.
            tokio::spawn({
                let ends = ends.clone();
                async move { ends.cancel() }
            });
            async { Err("lost") }
        })
        .await;
        assert!(started.elapsed() < Duration::from_secs(20));
    }

    #[test]
    fn jitter_stays_between_half_and_all() {
        let wait = Duration::from_millis(1_000);
        for _ in 0..100 {
            let jittered = jittered(wait);
            assert!(jittered >= wait / 2 && jittered <= wait);
        }
    }
}
