//! The console on this process's parts, and its way into the registry: this is the one place that knows both.

use std::sync::Arc;

use anyhow::Result;
use liangdi_broker::feed::CONTENT_TYPE;
use liangdi_console::intake::{Answered, Answering, Handed, Intake};
use liangdi_console::{Console, Limits, Parts, Probes, first_start};
use liangdi_domain::calendar::Calendar;
use liangdi_domain::division::Divisions;
use liangdi_registry::hand_in::HandedIn;
use liangdi_registry::ingest::{Registry, now};
use liangdi_registry::prepare::Incoming;
use liangdi_store::access::Lockout;
use liangdi_store::postgres::PgStore;

use crate::context::Context;

/// The registry of this process behind the console's door.
struct Inside(Registry<PgStore>);

impl Intake for Inside {
    fn hand_in(&self, message: Handed) -> Answering<'_> {
        Box::pin(async move {
            let incoming = Incoming {
                feed: message.feed,
                body: Arc::new(message.event.to_string().into_bytes()),
                content_type: Some(CONTENT_TYPE.to_owned()),
                user: Some(message.publisher),
                baseline: false,
            };
            Ok(match self.0.hand_in(incoming).await? {
                HandedIn::Recorded => Answered::Recorded,
                HandedIn::Duplicate => Answered::Duplicate,
                HandedIn::Refused(refusal) => Answered::Refused(refusal),
            })
        })
    }
}

/// The console; where nobody can log in yet, it says by which link the first operator can.
pub async fn console(context: &Context, store: &PgStore, probes: Probes) -> Result<Console> {
    let registry = context.settled_registry(store.clone()).await?;
    let limits = &context.config.console;
    let console = Console::new(Parts {
        store: store.clone(),
        keys: context.keys()?,
        divisions: Divisions::shipped(),
        calendar: Calendar::shipped(),
        procedures: registry.procedures.clone(),
        matching: registry.matching.clone(),
        probes,
        intake: Arc::new(Inside(registry)),
        clock: now,
        as_of: context.config.hub.as_of,
        source: context.config.hub.source.clone(),
        limits: Limits {
            session_idle_s: limits.session_idle_min * 60,
            session_max_s: limits.session_max_h * 3600,
            lockout: Lockout { failures_max: limits.login_failures_max, lasts_s: limits.lockout_min * 60 },
            login_tries_per_min: limits.login_tries_per_min,
            api_requests_per_min: limits.api_requests_per_min,
        },
    });
    if let Some(path) = first_start::link(&console).await? {
        let address = limits.listen;
        tracing::warn!("no user yet: make the first operator within 24 hours at http://{address}{path}");
    }
    Ok(console)
}
