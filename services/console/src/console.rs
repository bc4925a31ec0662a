//! What every page and every API call works on: the store, the tables, the clock and the way into the registry.

use std::net::IpAddr;
use std::ops::Deref;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, FixedOffset, NaiveDate, Utc};
use liangdi_domain::calendar::{Calendar, shanghai_date};
use liangdi_domain::division::Divisions;
use liangdi_domain::identity::Matching;
use liangdi_domain::procedure::Procedures;
use liangdi_store::access::Lockout;
use liangdi_store::keys::Keys;
use liangdi_store::postgres::PgStore;
use uuid::Uuid;

use crate::access::Rate;
use crate::access::provider::Provider;
use crate::intake::Intake;
use crate::mending::Mending;
use crate::probes::Probes;
use crate::rates::Rates;
use crate::rehearsals::Rehearsals;
use crate::rehearsing::Rehearsing;
use crate::topology::{Differences, Topology};
use crate::tree::Tree;

/// The console's parts, as the binary hands them over.
pub struct Parts {
    /// What is known.
    pub store: PgStore,
    /// Keys for tokens: looking persons up, recognising sessions.
    pub keys: Keys,
    /// Divisions.
    pub divisions: &'static Divisions,
    /// Working days.
    pub calendar: &'static Calendar,
    /// Procedures.
    pub procedures: Arc<Procedures>,
    /// Weights that decide who is who: a person is searched by the same keys as when it was recorded.
    pub matching: Arc<Matching>,
    /// What the roles say of themselves.
    pub probes: Probes,
    /// The way into the registry.
    pub intake: Arc<dyn Intake>,
    /// What operators and reviewers have it do.
    pub mending: Arc<dyn Mending>,
    /// Who says who somebody is, beside passwords.
    pub provider: Option<Provider>,
    /// What it makes of other rules.
    pub rehearsing: Arc<dyn Rehearsing>,
    /// What the broker should hold.
    pub topology: Arc<dyn Topology>,
    /// What time it is.
    pub clock: fn() -> DateTime<FixedOffset>,
    /// The day to work as of, instead of the clock's.
    pub as_of: Option<NaiveDate>,
    /// `source` of notices.
    pub source: String,
    /// Limits.
    pub limits: Limits,
}

/// How patient the console is.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// A session without a request for so long is over.
    pub session_idle_s: u64,
    /// A session is over after so long, whatever happens in it.
    pub session_max_s: u64,
    /// When an account is closed, and for how long.
    pub lockout: Lockout,
    /// Login tries from one address in a minute.
    pub login_tries_per_min: u32,
    /// Requests of one API token in a minute.
    pub api_requests_per_min: u32,
    /// Messages from one address that the documents' page checks in a minute.
    pub checks_per_min: u32,
    /// A feed without a message for so long is worth a word.
    pub feed_silent_min: u64,
    /// A notice that waits for the broker for so long is worth a word.
    pub notice_waits_s: u64,
    /// A rehearsal on the register ends after so long.
    pub rehearsal_max: Duration,
}

/// The state of every handler. Cheap to clone.
#[derive(Clone)]
pub struct Console(Arc<Inner>);

/// What [`Console`] derefs to.
pub struct Inner {
    parts: Parts,
    /// Tries to log in, per address.
    pub(crate) login_rate: Rate<IpAddr>,
    /// Requests of the API, per token.
    pub(crate) api_rate: Rate<Uuid>,
    /// Messages to be checked, per address.
    pub(crate) check_rate: Rate<IpAddr>,
    /// How fast everything goes.
    pub(crate) rates: Rates,
    /// Every jurisdiction.
    pub(crate) tree: Tree,
    /// Rehearsals, under way and ended.
    pub(crate) rehearsals: Rehearsals,
    /// What differed on the broker.
    pub(crate) differences: Differences,
}

impl Console {
    /// The console on its parts.
    pub fn new(parts: Parts) -> Self {
        let login_rate = Rate::new(parts.limits.login_tries_per_min);
        let api_rate = Rate::new(parts.limits.api_requests_per_min);
        let check_rate = Rate::new(parts.limits.checks_per_min);
        let tree = Tree::of(parts.divisions);
        Console(Arc::new(Inner {
            parts,
            login_rate,
            api_rate,
            check_rate,
            rates: Rates::default(),
            tree,
            rehearsals: Rehearsals::default(),
            differences: Differences::default(),
        }))
    }

    /// What time it is.
    pub fn now(&self) -> DateTime<FixedOffset> {
        (self.clock)()
    }

    /// The same, for columns.
    pub fn now_utc(&self) -> DateTime<Utc> {
        self.now().with_timezone(&Utc)
    }

    /// When something that is sent was recorded: now, on the day to work as of.
    pub fn recorded_at(&self) -> DateTime<FixedOffset> {
        let now = self.now();
        let moved = self.as_of.map(|day| day.and_time(now.time()).and_local_timezone(*now.offset()));
        moved.and_then(|time| time.single()).unwrap_or(now)
    }

    /// The day to work as of, in Shanghai.
    pub fn today(&self) -> NaiveDate {
        self.as_of.unwrap_or_else(|| shanghai_date(self.now()))
    }
}

impl Deref for Console {
    type Target = Inner;

    fn deref(&self) -> &Inner {
        &self.0
    }
}

impl Deref for Inner {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.parts
    }
}
