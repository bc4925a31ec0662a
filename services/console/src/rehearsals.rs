//! The rehearsals of this process: one at a time, and the last ones with what they came to, in memory alone. A console that
//! ends forgets them; what they say is true of a state of the register that is over by then anyway.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use aws_lc_rs::digest;
use chrono::{DateTime, Utc};
use liangdi_store::StoreError;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use tokio_util::task::AbortOnDropHandle;
use uuid::Uuid;

use crate::rehearsing::{Rehearsed, Rehearsing, Rules};

/// Rehearsals that are remembered, the one under way included.
pub(crate) const KEPT_MAX: usize = 5;

/// What a rehearsal is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Of {
    #[default]
    Weights,
    Procedures,
}

impl Of {
    pub(crate) const ALL: [Of; 2] = [Of::Weights, Of::Procedures];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Of::Weights => "weights",
            Of::Procedures => "procedures",
        }
    }

    /// What the file is called where it ships.
    pub(crate) const fn file(self) -> &'static str {
        match self {
            Of::Weights => "matching.toml",
            Of::Procedures => "procedures.toml",
        }
    }
}

/// What was asked for.
#[derive(Debug, Clone)]
pub(crate) struct Order {
    pub(crate) of: Of,
    /// The file, as it was sent.
    pub(crate) text: String,
    /// Its mark, as `sha256sum` writes it.
    pub(crate) sha256: String,
    pub(crate) who: String,
    pub(crate) begun: DateTime<Utc>,
    /// Profiles there are to be looked at.
    pub(crate) profiles: usize,
}

/// How a rehearsal ended.
#[derive(Debug, Clone)]
pub(crate) enum Ending {
    Done(Arc<Rehearsed>),
    Cancelled,
    OutOfTime,
    /// The database was away, or refused.
    Away,
    /// A mistake of ours; the log has it.
    Failed,
}

/// A rehearsal, under way or ended.
pub(crate) struct Run {
    pub(crate) id: Uuid,
    pub(crate) order: Order,
    looked: AtomicUsize,
    cancel: CancellationToken,
    ending: watch::Sender<Option<Ending>>,
}

impl Run {
    /// None while it is under way.
    pub(crate) fn ending(&self) -> Option<Ending> {
        self.ending.borrow().clone()
    }

    /// Waits until it has ended.
    pub(crate) async fn ended(&self) {
        // The sender is in here: it cannot be gone.
        let _ = self.ending.subscribe().wait_for(Option::is_some).await;
    }

    /// Profiles looked at so far. More may have come since it began.
    pub(crate) fn looked(&self) -> usize {
        self.looked.load(Ordering::Relaxed)
    }

    pub(crate) fn cancel(&self) {
        self.cancel.cancel();
    }

    fn end(&self, ending: Ending) {
        self.ending.send_replace(Some(ending));
    }
}

/// The rehearsals of this process, the latest first.
#[derive(Default)]
pub(crate) struct Rehearsals(Mutex<VecDeque<Arc<Run>>>);

impl Rehearsals {
    /// Begins one, unless one is under way: then that one. It ends with the process, or after `limit`.
    pub(crate) fn begin(
        &self,
        order: Order,
        rules: Rules,
        rehearsing: &Arc<dyn Rehearsing>,
        limit: Duration,
        shutdown: &CancellationToken,
    ) -> Result<Arc<Run>, Arc<Run>> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(other) = kept.iter().find(|run| run.ending().is_none()) {
            return Err(other.clone());
        }
        let (looked, cancel) = (AtomicUsize::new(0), shutdown.child_token());
        let run = Arc::new(Run { id: Uuid::new_v4(), order, looked, cancel, ending: watch::Sender::new(None) });
        kept.push_front(run.clone());
        kept.truncate(KEPT_MAX);
        tokio::spawn(follow(run.clone(), rules, rehearsing.clone(), limit));
        Ok(run)
    }

    /// The one that is under way.
    pub(crate) fn under_way(&self) -> Option<Arc<Run>> {
        self.kept().into_iter().find(|run| run.ending().is_none())
    }

    /// One that is remembered.
    pub(crate) fn find(&self, id: Uuid) -> Option<Arc<Run>> {
        self.kept().into_iter().find(|run| run.id == id)
    }

    /// All that are remembered, the latest first.
    pub(crate) fn kept(&self) -> Vec<Arc<Run>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).iter().cloned().collect()
    }
}

async fn follow(run: Arc<Run>, rules: Rules, rehearsing: Arc<dyn Rehearsing>, limit: Duration) {
    let counted = run.clone();
    let looked = Arc::new(move |more| {
        counted.looked.fetch_add(more, Ordering::Relaxed);
    });
    // A task of its own: whatever happens in there, this one says how it ended.
    let work = AbortOnDropHandle::new(tokio::spawn(async move { rehearsing.rehearse(rules, looked).await }));
    let ending = tokio::select! {
        biased;
        () = run.cancel.cancelled() => Ending::Cancelled,
        ended = tokio::time::timeout(limit, work) => match ended {
            Ok(Ok(Ok(rehearsed))) => Ending::Done(Arc::new(rehearsed)),
            Ok(Ok(Err(error))) => {
                tracing::warn!(%error, "a rehearsal ended early");
                if matches!(error, StoreError::Unavailable(_)) { Ending::Away } else { Ending::Failed }
            }
            Ok(Err(_)) => {
                tracing::error!("a rehearsal stumbled");
                Ending::Failed
            }
            Err(_) => Ending::OutOfTime,
        },
    };
    run.end(ending);
}

/// The SHA-256 of something, as `sha256sum` writes it.
pub(crate) fn sha256(bytes: &[u8]) -> String {
    digest::digest(&digest::SHA256, bytes).as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use chrono::NaiveDate;
    use liangdi_domain::procedure::Procedures;
    use serde_json::Value;

    use super::*;
    use crate::rehearsing::{Figures, Looked, UnderWay};

    /// What a rehearsal does in these tests.
    #[derive(Clone, Copy)]
    enum Does {
        Ends,
        Hangs,
        Stumbles,
        Fails,
    }

    impl Rehearsing for Does {
        fn rehearse(&self, _: Rules, looked: Looked) -> UnderWay<'_> {
            let does = *self;
            Box::pin(async move {
                looked(3);
                match does {
                    Does::Hangs => std::future::pending().await,
                    Does::Stumbles => panic!("fictional"),
                    Does::Fails => Err(StoreError::Unavailable("fictional".to_owned())),
                    Does::Ends => Ok(Rehearsed {
                        as_of: NaiveDate::MIN,
                        figures: Figures::Procedures { persons: 1, concerned: 0, jurisdictions: 0, clocks: Vec::new() },
                        notices: BTreeMap::new(),
                        document: Value::Null,
                    }),
                }
            })
        }
    }

    fn begin(rehearsals: &Rehearsals, does: Does, limit: Duration) -> Result<Arc<Run>, Arc<Run>> {
        let who = "a-fictional-user".to_owned();
        let order =
            Order { of: Of::Procedures, text: String::new(), sha256: sha256(b""), who, begun: Utc::now(), profiles: 3 };
        let (rules, shutdown) = (Rules::Procedures(Procedures::shipped().clone()), CancellationToken::new());
        let does: Arc<dyn Rehearsing> = Arc::new(does);
        rehearsals.begin(order, rules, &does, limit, &shutdown)
    }

    async fn ended(run: &Run) -> Ending {
        run.ended().await;
        run.ending().unwrap()
    }

    const HOUR: Duration = Duration::from_secs(3600);

    #[tokio::test]
    async fn one_goes_on_at_a_time_until_it_is_cancelled() {
        let rehearsals = Rehearsals::default();
        let first = begin(&rehearsals, Does::Hangs, HOUR).ok().unwrap();
        assert_eq!(begin(&rehearsals, Does::Ends, HOUR).err().unwrap().id, first.id);
        first.cancel();
        assert!(matches!(ended(&first).await, Ending::Cancelled));
        let second = begin(&rehearsals, Does::Ends, HOUR).ok().unwrap();
        assert!(matches!(ended(&second).await, Ending::Done(_)));
        assert_eq!(second.looked(), 3);
    }

    #[tokio::test]
    async fn whatever_happens_to_one_the_next_may_begin_and_the_oldest_is_forgotten() {
        let rehearsals = Rehearsals::default();
        let late = begin(&rehearsals, Does::Hangs, Duration::ZERO).ok().unwrap();
        assert!(matches!(ended(&late).await, Ending::OutOfTime));
        let stumbled = begin(&rehearsals, Does::Stumbles, HOUR).ok().unwrap();
        assert!(matches!(ended(&stumbled).await, Ending::Failed));
        let away = begin(&rehearsals, Does::Fails, HOUR).ok().unwrap();
        assert!(matches!(ended(&away).await, Ending::Away));
        for _ in 0..KEPT_MAX {
            ended(&begin(&rehearsals, Does::Ends, HOUR).ok().unwrap()).await;
        }
        assert!(rehearsals.find(late.id).is_none());
        assert_eq!(rehearsals.kept().len(), KEPT_MAX);
    }

    #[test]
    fn a_mark_is_what_sha256sum_writes() {
        assert_eq!(sha256(b""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    }
}
