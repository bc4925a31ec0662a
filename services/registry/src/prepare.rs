//! Bytes -> evidence with its keyed marks, or a refusal. Pure: any number of batches can be prepared side by side.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use chrono::NaiveDate;
use liangdi_adapters::contract::{Accepted, Properties, Reason, Refusal, read};
use liangdi_adapters::normalise::normalise;
use liangdi_domain::division::{Code, Divisions};
use liangdi_domain::evidence::{Appearance, Evidence, MessageKey, Warning, WarningKind};
use liangdi_domain::feed::Feed;
use liangdi_domain::ids::{ProfileId, Token};
use liangdi_domain::person::Profile;
use liangdi_store::keys::Keys;
use liangdi_store::port::{AppearanceRow, EndingRow, Inbound, Quarantined};

use crate::marks;

/// A message as it came off a queue or out of a file.
#[derive(Clone)]
pub struct Incoming {
    /// The feed it came through.
    pub feed: Feed,
    /// The body.
    pub body: Arc<Vec<u8>>,
    /// AMQP `content_type`.
    pub content_type: Option<String>,
    /// AMQP `user_id`, vouched for by the broker.
    pub user: Option<String>,
    /// Header `liangdi-baseline: true`.
    pub baseline: bool,
}

/// A message that can be recorded.
pub struct Taken {
    /// For the inbox.
    pub inbound: Inbound,
    /// One per person in it.
    pub appearances: Vec<Marked>,
    /// The business key it ends.
    pub ending: Option<EndingRow>,
    /// As it came, in case the inbox turns it away.
    pub body: Arc<Vec<u8>>,
}

/// An appearance with its marks.
pub struct Marked {
    /// As it is stored.
    pub row: AppearanceRow,
    /// The profile's content.
    pub profile: Profile,
    /// The content of the profile that replaces it.
    pub becomes: Option<(ProfileId, Profile)>,
}

/// What became of one message.
pub enum Prepared {
    /// It can be recorded.
    Taken(Box<Taken>),
    /// It cannot.
    Refused(Quarantined),
}

impl Prepared {
    /// The feed it came through.
    pub fn feed(&self) -> Feed {
        match self {
            Prepared::Taken(taken) => taken.inbound.feed,
            Prepared::Refused(row) => row.feed,
        }
    }
}

/// What preparing needs.
#[derive(Clone, Copy)]
pub struct Tables<'a> {
    /// Divisions.
    pub divisions: &'a Divisions,
    /// Keys for marks.
    pub keys: &'a Keys,
    /// Users that may send stock of day one.
    pub baseline_users: &'a [String],
    /// The hub's day, for messages ahead of its clock.
    pub today: NaiveDate,
}

/// Prepares one message. One that makes the hub itself stumble is refused like any other bad one.
pub fn prepare(incoming: Incoming, tables: &Tables) -> Prepared {
    let stumbled = |_| Err(Refusal::at(Reason::Internal, ""));
    match catch_unwind(AssertUnwindSafe(|| take(&incoming, tables))).unwrap_or_else(stumbled) {
        Ok(taken) => Prepared::Taken(Box::new(taken)),
        Err(refusal) => Prepared::Refused(set_aside(incoming, refusal, tables.keys)),
    }
}

/// The row that keeps a refused message; nothing of its content where the reason says so.
pub fn set_aside(incoming: Incoming, refusal: Refusal, keys: &Keys) -> Quarantined {
    Quarantined {
        publisher: incoming.user.unwrap_or_default(),
        body_mac: keys.token_bytes("body", &incoming.body),
        feed: incoming.feed,
        reason: refusal.reason.code().to_owned(),
        path: refusal.path,
        schema_path: refusal.schema_path,
        source: refusal.source,
        id: refusal.id,
        body: refusal.reason.keeps_content().then(|| incoming.body.to_vec()),
        baseline: incoming.baseline,
    }
}

fn take(incoming: &Incoming, tables: &Tables) -> Result<Taken, Refusal> {
    let user = incoming.user.as_deref();
    let properties = Properties {
        content_type: incoming.content_type.as_deref(),
        user_id: user,
        baseline: incoming.baseline,
        baseline_authorised: user.is_some_and(|user| tables.baseline_users.iter().any(|allowed| allowed == user)),
    };
    let accepted = read(incoming.feed, &properties, &incoming.body)?;
    let evidence = normalise(accepted.kind, accepted.office, accepted.time, &accepted.data, tables.divisions)
        .map_err(|refusal| named(refusal, &accepted.key))?;
    if let Some(target) = &evidence.withdraws
        && !may_withdraw(accepted.kind.feed(), accepted.office, target)
    {
        return Err(named(Refusal::at(Reason::NotYours, "/data/source"), &accepted.key));
    }
    Ok(mark(accepted, evidence, incoming, tables))
}

fn named(mut refusal: Refusal, key: &MessageKey) -> Refusal {
    refusal.source.get_or_insert_with(|| key.source.clone());
    refusal.id.get_or_insert_with(|| key.id.clone());
    refusal
}

/// Only the same office or one above it takes a message back.
fn may_withdraw(feed: Feed, office: Code, target: &MessageKey) -> bool {
    let mut parts = target.source.split(':').skip(2);
    let same_feed = parts.next() == Some(feed.name());
    same_feed && parts.next().and_then(|code| code.parse::<Code>().ok()).is_some_and(|code| office.contains(&code))
}

fn mark(accepted: Accepted, evidence: Evidence, incoming: &Incoming, tables: &Tables) -> Taken {
    let keys = tables.keys;
    let mut warnings = evidence.warnings;
    if accepted.time.date_naive() > tables.today {
        warnings.push(Warning { path: "/time".to_owned(), kind: WarningKind::AheadOfClock });
    }
    let appearances = evidence.appearances.into_iter().zip(0..).map(|(a, slot)| appearance(a, slot, keys)).collect();
    let ending = evidence.ending.map(|ending| EndingRow {
        key: marks::business_key(keys, &ending.key),
        on: ending.on,
        reason: ending.reason,
        number: ending.number,
    });
    let filing = evidence.filed.then(|| accepted.data.to_string().into_bytes());
    let inbound = Inbound {
        answers: None,
        key: accepted.key,
        feed: incoming.feed,
        kind: accepted.kind,
        publisher: accepted.publisher,
        content: keys.token_bytes("content", &accepted.canonical),
        time: accepted.time,
        baseline: accepted.baseline,
        warnings,
        answer: evidence.answer,
        withdraws: evidence.withdraws,
        division: evidence.division,
        filing,
        report: evidence.report,
    };
    Taken { inbound, appearances, ending, body: Arc::clone(&incoming.body) }
}

fn appearance(appearance: Appearance, slot: u16, keys: &Keys) -> Marked {
    let profile = marks::profile_id(keys, &appearance.profile);
    let becomes = appearance.becomes.map(|next| (marks::profile_id(keys, &next), next));
    let key: Option<Token> = appearance.key.as_ref().map(|key| marks::business_key(keys, key));
    let row = AppearanceRow {
        slot,
        profile,
        becomes: becomes.as_ref().map(|(id, _)| *id),
        fact_id: marks::fact_id(keys, profile, &appearance.fact, key),
        fact: appearance.fact,
        key,
    };
    Marked { row, profile: appearance.profile, becomes }
}
