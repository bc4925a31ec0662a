//! What the broker should hold and what it holds, for a page: the last difference that somebody read, and the one that is
//! being made. What belongs on the broker follows from the configuration, which the binary knows: it implements
//! [`Topology`], for this page and for its own command alike.

use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use chrono::{DateTime, Utc};
use liangdi_broker::BrokerError;
use liangdi_broker::topology::Plan;
use secrecy::SecretString;

use crate::rehearsals::sha256;

/// An administrator of the broker, for one use: kept nowhere.
pub struct Administrator {
    /// The user.
    pub user: String,
    /// The password.
    pub password: SecretString,
}

/// Why the broker was not compared, or not changed.
#[derive(Debug, Clone, thiserror::Error)]
pub enum TopologyError {
    /// The broker, or the way to it.
    #[error(transparent)]
    Broker(#[from] BrokerError),
    /// What should be there cannot be worked out: the configuration, or a file it names.
    #[error("{0}")]
    Settings(String),
    /// Which boundary changes were announced, or who did what, could not be read or written.
    #[error("the database is away: {0}")]
    Database(String),
    /// A mistake of ours; the log has it.
    #[error("it stumbled")]
    Stumbled,
    /// The difference is another one than was shown; nothing was changed.
    #[error("the difference is no longer what was shown")]
    Changed(Box<Plan>),
}

/// A difference that is being read, or made.
pub type Comparing<'a> = Pin<Box<dyn Future<Output = Result<Plan, TopologyError>> + Send + 'a>>;

/// Hears that one more item was made.
pub type Made = Arc<dyn Fn() + Send + Sync>;

/// The hub's topology.
pub trait Topology: Send + Sync {
    /// The broker's virtual host and where it is, for people.
    fn place(&self) -> String;

    /// Whether the configuration names an administrator, who may look.
    fn has_administrator(&self) -> bool;

    /// The difference between what should be there and what is; as the configuration's administrator where nobody is given.
    fn plan(&self, by: Option<Administrator>) -> Comparing<'_>;

    /// Makes the difference, if it is still the one that was shown; what is different after that.
    fn apply(&self, by: Administrator, shown: Arc<Plan>, made: Made) -> Comparing<'_>;
}

/// A difference as it was read.
#[derive(Clone)]
pub(crate) struct Shown {
    pub(crate) plan: Arc<Plan>,
    /// What tells it from any other.
    pub(crate) mark: String,
    pub(crate) at: DateTime<Utc>,
    pub(crate) who: String,
}

/// A difference that is being made, or was.
pub(crate) struct Apply {
    pub(crate) who: String,
    pub(crate) at: DateTime<Utc>,
    /// What is made, and what is changed.
    pub(crate) create: usize,
    pub(crate) change: usize,
    made: AtomicUsize,
    /// None while it goes on; then how many differences are left, or why it ended.
    ended: Mutex<Option<Result<usize, TopologyError>>>,
}

impl Apply {
    pub(crate) fn made(&self) -> usize {
        self.made.load(Ordering::Relaxed)
    }

    pub(crate) fn one_more(&self) {
        self.made.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn ended(&self) -> Option<Result<usize, TopologyError>> {
        self.ended.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// What this process knows of the broker: the difference read last, and the one made last.
#[derive(Default)]
pub(crate) struct Differences(Mutex<Known>);

#[derive(Default)]
struct Known {
    shown: Option<Shown>,
    apply: Option<Arc<Apply>>,
}

/// Why a difference is not made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NotBegun {
    /// Another one was shown since, or none.
    Another,
    /// One is being made.
    Busy,
}

impl Differences {
    pub(crate) fn shown(&self) -> Option<Shown> {
        self.known().shown.clone()
    }

    pub(crate) fn apply(&self) -> Option<Arc<Apply>> {
        self.known().apply.clone()
    }

    /// Keeps a difference that was read.
    pub(crate) fn show(&self, plan: Plan, at: DateTime<Utc>, who: &str) {
        self.known().shown = Some(shown(plan, at, who));
    }

    /// Begins to make the difference of a mark.
    pub(crate) fn begin(&self, mark: &str, at: DateTime<Utc>, who: &str) -> Result<(Arc<Apply>, Arc<Plan>), NotBegun> {
        let mut known = self.known();
        if known.apply.as_ref().is_some_and(|apply| apply.ended().is_none()) {
            return Err(NotBegun::Busy);
        }
        let plan = known.shown.as_ref().filter(|shown| shown.mark == mark).map(|shown| shown.plan.clone());
        let plan = plan.ok_or(NotBegun::Another)?;
        let (create, change) = (plan.create.len(), plan.change.len());
        let (made, ended) = (AtomicUsize::new(0), Mutex::default());
        let apply = Arc::new(Apply { who: who.to_owned(), at, create, change, made, ended });
        known.apply = Some(apply.clone());
        Ok((apply, plan))
    }

    /// Ends it. What is left, or what the broker turned out to hold, is shown from then on.
    pub(crate) fn end(&self, apply: &Apply, ended: Result<Plan, TopologyError>, at: DateTime<Utc>) {
        let mut known = self.known();
        if let Ok(plan) = &ended {
            known.shown = Some(shown(plan.clone(), at, &apply.who));
        }
        if let Err(TopologyError::Changed(plan)) = &ended {
            known.shown = Some(shown(plan.as_ref().clone(), at, &apply.who));
        }
        let left = ended.map(|plan| plan.create.len() + plan.change.len() + plan.conflict.len());
        *apply.ended.lock().unwrap_or_else(PoisonError::into_inner) = Some(left);
    }

    fn known(&self) -> std::sync::MutexGuard<'_, Known> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn shown(plan: Plan, at: DateTime<Utc>, who: &str) -> Shown {
    Shown { mark: sha256(plan.to_string().as_bytes()), plan: Arc::new(plan), at, who: who.to_owned() }
}

#[cfg(test)]
mod tests {
    use liangdi_broker::topology::{Item, ItemKind};

    use super::*;

    fn plan(names: &[&str]) -> Plan {
        let item = |name: &&str| Item { kind: ItemKind::Exchange, name: (*name).to_owned(), note: String::new() };
        Plan { create: names.iter().map(item).collect(), ..Plan::default() }
    }

    #[test]
    fn what_was_shown_is_made_once_at_a_time_and_nothing_else() {
        let (differences, now) = (Differences::default(), Utc::now());
        assert_eq!(differences.begin("", now, "a").err(), Some(NotBegun::Another));
        differences.show(plan(&["jx.320000"]), now, "a");
        let mark = differences.shown().unwrap().mark;
        differences.show(plan(&["jx.320000", "jx.320500"]), now, "b");
        assert_eq!(differences.begin(&mark, now, "a").err(), Some(NotBegun::Another));
        let mark = differences.shown().unwrap().mark;
        let (apply, made) = differences.begin(&mark, now, "a").ok().unwrap();
        assert_eq!(made.create.len(), 2);
        assert_eq!(differences.begin(&mark, now, "b").err(), Some(NotBegun::Busy));
        differences.end(&apply, Err(TopologyError::Changed(Box::new(plan(&["jx.320000"])))), now);
        assert_eq!(differences.shown().unwrap().plan.create.len(), 1);
        assert_eq!(differences.begin(&mark, now, "b").err(), Some(NotBegun::Another));
        assert!(matches!(differences.apply().unwrap().ended(), Some(Err(TopologyError::Changed(_)))));
    }
}
