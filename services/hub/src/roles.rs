//! The hub's roles as tasks: five adapters (and the reader of dead feed messages), the courier, the clock, the console. A role
//! that ends before it was told to is an error: the process stops rather than half work.

use std::time::Duration;

use anyhow::{Context as _, Result, anyhow};
use liangdi_broker::inspect::queue_depths;
use liangdi_console::{Door, Probes};
use liangdi_courier::{Limits, Way};
use liangdi_domain::feed::Feed;
use liangdi_registry::clock;
use liangdi_registry::pipeline::{self, Source};
use liangdi_store::postgres::PgStore;
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::console::console;
use crate::context::Context;
use crate::telemetry::{self, Observed};

/// How often the probes look at broker and database.
const PROBE_INTERVAL: Duration = Duration::from_secs(5);

/// Which roles run in this process.
#[derive(Debug, Clone)]
pub struct Roles {
    /// Feeds to take in.
    pub feeds: Vec<Feed>,
    /// Whether to read dead feed messages as well.
    pub dead_feeds: bool,
    /// Whether to take in what other provinces' hubs tell.
    pub peers: bool,
    /// Whether to deliver notices.
    pub courier: bool,
    /// Whether to wake what falls due.
    pub clock: bool,
    /// Whether to serve pages and probes.
    pub console: bool,
}

impl Roles {
    /// Every role.
    pub fn all() -> Self {
        Roles { feeds: Feed::ALL.to_vec(), dead_feeds: true, peers: true, courier: true, clock: true, console: true }
    }

    /// No role.
    pub fn none() -> Self {
        Roles { feeds: Vec::new(), dead_feeds: false, peers: false, courier: false, clock: false, console: false }
    }
}

/// Runs roles until `shutdown`, then drains them; an error if one could not start, ended early, or did not drain in
/// time.
pub async fn run(context: &Context, roles: &Roles, shutdown: &CancellationToken) -> Result<()> {
    let mut tasks: JoinSet<(String, Result<()>)> = JoinSet::new();
    let (probes, door) = (Probes::default(), Door::default());
    if roles.console {
        // First, so that /readyz can say what the others wait for.
        let address = context.config.console.listen;
        let listener = TcpListener::bind(address)
            .await
            .with_context(|| format!("console.listen: {address} cannot be opened; is another hub running?"))?;
        probes.ill("database", "not reached yet");
        probes.ill("console", "not open yet");
        let (probes, door, shutdown) = (probes.clone(), door.clone(), shutdown.clone());
        tasks.spawn(async move {
            let served = liangdi_console::serve(listener, probes, door, shutdown).await;
            ("console".to_owned(), served.map_err(Into::into))
        });
    }
    spawn_metrics(context, shutdown, &mut tasks).await?;
    let Some(store) = context.store_when_it_is_there(shutdown).await? else { return Ok(()) };
    spawn_probe(context, &store, &probes, roles, shutdown, &mut tasks)?;
    if roles.console {
        door.open(console(context, &store, probes.clone()).await?);
        probes.well("console");
    }
    spawn_adapters(context, &store, roles, shutdown, &mut tasks).await?;
    if roles.courier {
        spawn_courier(context, &store, shutdown, &mut tasks)?;
        spawn_observer(context, &store, shutdown, &mut tasks)?;
    }
    if roles.clock {
        spawn_clock(context, &store, shutdown, &mut tasks).await?;
    }
    let result = wait(&mut tasks, shutdown, Duration::from_millis(context.config.hub.shutdown_timeout_ms)).await;
    store.close().await;
    result
}

/// `/metrics`, from the beginning: it says, too, what the roles wait for.
async fn spawn_metrics(
    context: &Context,
    shutdown: &CancellationToken,
    tasks: &mut JoinSet<(String, Result<()>)>,
) -> Result<()> {
    let listen = context.config.telemetry.metrics_listen;
    let Some((address, registry)) = listen.zip(context.metrics.clone()) else { return Ok(()) };
    let serving = telemetry::serve(address, registry, shutdown.clone()).await?;
    tasks.spawn(async move { ("metrics endpoint".to_owned(), serving.await) });
    Ok(())
}

/// What waits, for `/metrics`.
fn spawn_observer(
    context: &Context,
    store: &PgStore,
    shutdown: &CancellationToken,
    tasks: &mut JoinSet<(String, Result<()>)>,
) -> Result<()> {
    if context.metrics.is_none() {
        return Ok(());
    }
    let telemetry = &context.config.telemetry;
    let observed = Observed {
        store: store.clone(),
        endpoint: context.endpoint()?,
        queues: context.read_queues(),
        inboxes: context.codes(),
        as_of: context.config.hub.as_of,
        interval_ms: telemetry.observe_interval_ms,
        inboxes_interval_ms: telemetry.observe_inboxes_interval_ms,
    };
    let shutdown = shutdown.clone();
    tasks.spawn(async move {
        telemetry::observe(observed, shutdown).await;
        ("observer".to_owned(), Ok(()))
    });
    Ok(())
}

async fn spawn_adapters(
    context: &Context,
    store: &PgStore,
    roles: &Roles,
    shutdown: &CancellationToken,
    tasks: &mut JoinSet<(String, Result<()>)>,
) -> Result<()> {
    let feeds = roles.feeds.iter().map(|feed| Source::of_feed(*feed));
    let peers = context.config.peers.iter().filter(|_| roles.peers).map(|peer| Source::of_hub(peer.province));
    if roles.feeds.is_empty() && !roles.dead_feeds && !roles.peers {
        return Ok(());
    }
    let settled = context.settled_registry(store.clone()).await?;
    let dead = roles.dead_feeds.then(Source::dead_letters);
    for source in feeds.chain(peers).chain(dead) {
        let registry = settled.clone();
        let (endpoint, limits, reconnect) = (context.endpoint()?, context.consuming(), context.reconnect());
        let shutdown = shutdown.clone();
        tasks.spawn(async move {
            let name = format!("adapter of {}", source.queue);
            pipeline::run(registry, source, endpoint, limits, reconnect, shutdown).await;
            (name, Ok(()))
        });
    }
    Ok(())
}

fn spawn_courier(
    context: &Context,
    store: &PgStore,
    shutdown: &CancellationToken,
    tasks: &mut JoinSet<(String, Result<()>)>,
) -> Result<()> {
    let courier = &context.config.courier;
    let limits = Limits {
        batch_notices_max: courier.batch_notices_max,
        lease_ms: courier.lease_ms,
        idle_wait_ms: courier.idle_wait_ms,
        retry_wait_min_ms: courier.retry_wait_min_ms,
        retry_wait_max_ms: courier.retry_wait_max_ms,
    };
    let way =
        Way { hub: context.config.hub.source.clone(), endpoint: context.endpoint()?, modes: context.delivery_modes() };
    let (publishing, reconnect) = (context.publishing(), context.reconnect());
    let (store, shutdown) = (store.clone(), shutdown.clone());
    tasks.spawn(async move {
        liangdi_courier::run(store, way, limits, publishing, reconnect, shutdown).await;
        ("courier".to_owned(), Ok(()))
    });
    Ok(())
}

/// Under other rules than those of the last clock everybody is looked at once more.
async fn spawn_clock(
    context: &Context,
    store: &PgStore,
    shutdown: &CancellationToken,
    tasks: &mut JoinSet<(String, Result<()>)>,
) -> Result<()> {
    let (registry, limits, shutdown) =
        (context.settled_registry(store.clone()).await?, context.clock(), shutdown.clone());
    let listening = context.listening();
    store.set_clock(context.clock_mark(&registry.keys)?, registry.day()).await?;
    tasks.spawn(async move {
        clock::run(registry, listening, limits, shutdown).await;
        ("clock".to_owned(), Ok(()))
    });
    Ok(())
}

/// Looks at broker and database now and then, and tells the probes.
fn spawn_probe(
    context: &Context,
    store: &PgStore,
    probes: &Probes,
    roles: &Roles,
    shutdown: &CancellationToken,
    tasks: &mut JoinSet<(String, Result<()>)>,
) -> Result<()> {
    if !roles.console {
        return Ok(());
    }
    let (endpoint, store, probes, shutdown) = (context.endpoint()?, store.clone(), probes.clone(), shutdown.clone());
    let queues = context.read_queues();
    tasks.spawn(async move {
        loop {
            match store.ping().await {
                Ok(()) => probes.well("database"),
                Err(error) => probes.ill("database", &error.to_string()),
            }
            match queue_depths(&endpoint, &queues).await {
                Ok(depths) if depths.iter().all(|depth| depth.ready.is_some()) => probes.well("broker"),
                Ok(_) => probes.ill("broker", "a feed's queue is missing; `liangdi topology plan` shows which"),
                Err(error) => probes.ill("broker", &error.to_string()),
            }
            if tokio::time::timeout(PROBE_INTERVAL, shutdown.cancelled()).await.is_ok() {
                return ("probe".to_owned(), Ok(()));
            }
        }
    });
    Ok(())
}

/// Waits for the end; whoever ends early takes the others along.
async fn wait(tasks: &mut JoinSet<(String, Result<()>)>, shutdown: &CancellationToken, drain: Duration) -> Result<()> {
    let mut result = Ok(());
    tokio::select! {
        // First: a role that ends because it was told to is no error.
        biased;
        () = shutdown.cancelled() => {}
        ended = tasks.join_next() => {
            result = Err(match ended {
                Some(Ok((name, Err(error)))) => error.context(format!("the {name} ended")),
                Some(Ok((name, Ok(())))) => anyhow!("the {name} ended before it was told to"),
                Some(Err(error)) => anyhow!("a role of the hub stopped: {error}"),
                None => anyhow!("there is no role to run"),
            });
            shutdown.cancel();
        }
    }
    let drained = tokio::time::timeout(drain, async { while tasks.join_next().await.is_some() {} }).await;
    if drained.is_err() {
        let late = anyhow!(
            "not everything was drained within {} ms; what was under way is delivered again",
            drain.as_millis()
        );
        return result.and(Err(late));
    }
    result
}

/// A token that Ctrl-C and SIGTERM cancel.
pub fn shutdown_on_signal() -> Result<CancellationToken> {
    use tokio::signal::unix::{SignalKind, signal};
    let token = CancellationToken::new();
    let (mut interrupt, mut terminate) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    let shutdown = token.clone();
    tokio::spawn(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
        tracing::info!("stopping: finishing what is under way");
        shutdown.cancel();
    });
    Ok(token)
}
