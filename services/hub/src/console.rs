//! The console on this process's parts, and its way into the registry: this is the one place that knows both.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use liangdi_broker::feed::CONTENT_TYPE;
use liangdi_console::intake::{Answered, Answering, Handed, Intake, Tried, Trying, WouldTell};
use liangdi_console::mending::{Earnest, Erased, Erasing, Mended, Mending, Replayed, Telling};
use liangdi_console::{Console, Limits, Parts, Probes, first_start};
use liangdi_domain::calendar::Calendar;
use liangdi_domain::feed::Feed;
use liangdi_domain::identity::survive::Shown;
use liangdi_domain::ids::{PersonId, Token};
use liangdi_domain::notice::NoticeDraft;
use liangdi_registry::erase::{self, Erasure, Scope};
use liangdi_registry::hand_in::{HandedIn, TriedIn};
use liangdi_registry::ingest::{Registry, now};
use liangdi_registry::prepare::Incoming;
use liangdi_registry::replay;
use liangdi_store::access::Lockout;
use liangdi_store::port::{Correction, DecisionRow, Protection, RightSettled};
use liangdi_store::postgres::PgStore;
use liangdi_store::report::RefusedBody;
use uuid::Uuid;

use crate::commands::quarantine::again;
use crate::context::Context;
use crate::rehearsing::OtherRegistry;
use crate::topology::OnPage;

/// The registry of this process behind the console's door.
struct Inside(Registry<PgStore>);

impl Intake for Inside {
    fn hand_in(&self, message: Handed) -> Answering<'_> {
        Box::pin(async move {
            Ok(match self.0.hand_in(incoming(message)).await? {
                HandedIn::Recorded => Answered::Recorded,
                HandedIn::Duplicate => Answered::Duplicate,
                HandedIn::Refused(refusal) => Answered::Refused(refusal),
            })
        })
    }

    fn try_in(&self, message: Handed) -> Trying<'_> {
        Box::pin(async move {
            Ok(match self.0.try_in(incoming(message)).await? {
                TriedIn::Taken { duplicate, notices } => {
                    Tried::Taken { duplicate, notices: notices.into_iter().map(would_tell).collect() }
                }
                TriedIn::Refused(refusal) => Tried::Refused(refusal),
            })
        })
    }
}

/// A message as its publisher would bring it.
fn incoming(message: Handed) -> Incoming {
    Incoming {
        feed: message.feed,
        body: Arc::new(message.event.to_string().into_bytes()),
        content_type: Some(CONTENT_TYPE.to_owned()),
        user: Some(message.publisher),
        baseline: false,
    }
}

fn would_tell(notice: NoticeDraft) -> WouldTell {
    WouldTell { kind: notice.kind, receiver: notice.receiver.0, due_on: notice.due_on, basis: notice.basis }
}

impl Mending for Inside {
    fn replay(&self, message: RefusedBody, earnest: Earnest) -> Mended<'_, Replayed> {
        Box::pin(async move {
            let Some(incoming) = again(message) else { return Ok(Replayed::NotKept) };
            let became = match earnest {
                Earnest::Try => self.0.try_replay(incoming).await?,
                Earnest::Do => self.0.replay(incoming).await?,
            };
            Ok(match became {
                replay::Replayed::Taken { duplicate, notices } => Replayed::Taken { duplicate, notices },
                replay::Replayed::Refused(refusal) => Replayed::Refused(refusal),
                replay::Replayed::Settled => Replayed::Settled,
            })
        })
    }

    fn decide(&self, decision: DecisionRow) -> Mended<'_, usize> {
        Box::pin(async move { Ok(self.0.decide(&decision).await?.notices) })
    }

    fn correct(&self, person: PersonId, correction: Correction) -> Mended<'_, usize> {
        Box::pin(async move { Ok(self.0.correct(person, &correction).await?.notices) })
    }

    fn settle_right(&self, person: PersonId, settled: RightSettled) -> Mended<'_, ()> {
        Box::pin(async move { self.0.settle_right(person, &settled).await.map(drop) })
    }

    fn protect(&self, person: PersonId, protection: Protection) -> Mended<'_, usize> {
        Box::pin(async move { Ok(self.0.protect(person, &protection).await?.notices) })
    }

    fn unprotect(&self, person: PersonId, who: String) -> Mended<'_, Option<usize>> {
        Box::pin(async move { Ok(self.0.unprotect(person, &who).await?.map(|outcome| outcome.notices)) })
    }

    fn would_erase(&self, person: PersonId, feed: Option<Feed>) -> Mended<'_, Option<Erasing>> {
        Box::pin(async move { Ok(self.0.would_erase(Scope { person, feed }).await?.map(erasing)) })
    }

    fn erase(&self, person: PersonId, feed: Option<Feed>, mark: Uuid) -> Mended<'_, Erased> {
        Box::pin(async move {
            Ok(match self.0.erase(Scope { person, feed }, Token(mark)).await? {
                erase::Erased::Done(erasure) => Erased::Done(erasing(erasure)),
                erase::Erased::Changed => Erased::Changed,
                erase::Erased::Nothing => Erased::Nothing,
            })
        })
    }

    fn lift(&self, person: PersonId, field: Shown, who: String) -> Mended<'_, Option<usize>> {
        Box::pin(async move { Ok(self.0.lift(person, field, &who).await?.map(|outcome| outcome.notices)) })
    }
}

fn erasing(erasure: Erasure) -> Erasing {
    let telling = |notice: &NoticeDraft| Telling {
        kind: notice.kind,
        about: notice.data.get("kind").and_then(|kind| kind.as_str()).map(str::to_owned),
        receiver: notice.receiver.0.clone(),
    };
    Erasing {
        mark: erasure.mark.0,
        messages: erasure.messages,
        facts: erasure.facts,
        profiles: erasure.profiles,
        tellings: erasure.notices.iter().map(telling).collect(),
        stays: erasure.stays,
        cases: erasure.cases.len(),
    }
}

/// The console; where nobody can log in yet, it says by which link the first operator can.
pub async fn console(context: &Context, store: &PgStore, probes: Probes) -> Result<Console> {
    let registry = context.settled_registry(store.clone()).await?;
    let limits = &context.config.console;
    let (procedures, matching) = (registry.procedures.clone(), registry.matching.clone());
    let rehearsing = Arc::new(OtherRegistry { registry: registry.clone(), listening: context.listening() });
    let topology = Arc::new(OnPage { context: context.clone(), store: store.clone() });
    let inside = Arc::new(Inside(registry));
    let console = Console::new(Parts {
        store: store.clone(),
        keys: context.keys()?,
        divisions: context.tables,
        calendar: Calendar::shipped(),
        procedures,
        matching,
        probes,
        intake: inside.clone(),
        mending: inside,
        provider: context.provider()?,
        rehearsing,
        topology,
        clock: now,
        as_of: context.config.hub.as_of,
        source: context.config.hub.source.clone(),
        limits: Limits {
            session_idle_s: limits.session_idle_min * 60,
            session_max_s: limits.session_max_h * 3600,
            lockout: Lockout { failures_max: limits.login_failures_max, lasts_s: limits.lockout_min * 60 },
            login_tries_per_min: limits.login_tries_per_min,
            api_requests_per_min: limits.api_requests_per_min,
            checks_per_min: limits.checks_per_min,
            feed_silent_min: limits.feed_silent_min,
            notice_waits_s: limits.notice_waits_s,
            rehearsal_max: Duration::from_secs(limits.rehearsal_max_min * 60),
        },
    });
    if let Some(path) = first_start::link(&console).await? {
        let address = limits.listen;
        tracing::warn!("no user yet: make the first operator within 24 hours at http://{address}{path}");
    }
    Ok(console)
}
