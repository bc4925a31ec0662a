//! The feed mix in memory: the simulated lines, each with what its publisher says of it to the broker, in the order of
//! their times. Each partner's messages keep their own order.

use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use chrono::{DateTime, NaiveDate, Utc};
use liangdi_domain::evidence::MessageKey;
use liangdi_domain::feed::Feed;
use serde::Deserialize;
use serde_json::Value;

use crate::simulate::{self, NoiseLevel, by_publisher};

/// Equal samples on equal days.
pub(super) const SEED: u64 = 1;

/// Every message of the sample.
pub(super) struct Mix {
    /// By time.
    pub(super) messages: Vec<Message>,
    /// Where each message is; the first of repeated ones.
    pub(super) number_of: HashMap<MessageKey, usize>,
    /// Every partner's user, with its feed.
    pub(super) partners: BTreeMap<String, Feed>,
}

/// A message.
pub(super) struct Message {
    /// Its publisher.
    pub(super) user: String,
    /// Routing key.
    pub(super) kind: String,
    /// AMQP `message_id`.
    pub(super) id: String,
    pub(super) body: Vec<u8>,
}

/// What can be read of a line; a bad one says less.
#[derive(Deserialize, Default)]
#[serde(default)]
struct Envelope {
    #[serde(rename = "type")]
    kind: String,
    source: String,
    id: String,
    time: Option<DateTime<Utc>>,
}

impl Mix {
    /// Simulates the feeds into `out` and reads them.
    pub(super) fn make(persons: u32, seed: u64, as_of: NaiveDate, out: &Path) -> Result<Self> {
        simulate::simulate(&simulate::Options {
            persons,
            seed,
            noise: NoiseLevel::Low,
            as_of,
            span_days: simulate::SPAN_DAYS_DEFAULT,
            bad_share: simulate::BAD_SHARE_DEFAULT,
            out: out.to_owned(),
        })?;
        let mut timed: Vec<(DateTime<Utc>, MessageKey, Message)> = Vec::new();
        let mut partners = BTreeMap::new();
        for feed in Feed::ALL {
            for (user, lines) in by_publisher(out, feed, lines(&out.join(format!("{feed}.jsonl")))?)? {
                // A message that comes late comes after the newest before it.
                let mut newest = DateTime::UNIX_EPOCH;
                for body in lines {
                    let envelope: Envelope = serde_json::from_slice(&body).unwrap_or_default();
                    newest = envelope.time.map_or(newest, |time| time.max(newest));
                    let key = MessageKey { source: envelope.source, id: envelope.id };
                    timed.push((newest, key.clone(), message(feed, &user, envelope.kind, key.id, body)));
                }
                partners.insert(user, feed);
            }
        }
        // Stable: a partner's own order stays.
        timed.sort_by_key(|(time, _, _)| *time);
        let mut mix = Mix { messages: Vec::with_capacity(timed.len()), number_of: HashMap::new(), partners };
        for (_, key, message) in timed {
            if !key.source.is_empty() {
                mix.number_of.entry(key).or_insert(mix.messages.len());
            }
            mix.messages.push(message);
        }
        Ok(mix)
    }
}

impl Mix {
    /// The same with a property that the contract does not have in every message: each is refused.
    pub(super) fn spoiled(&self) -> Mix {
        let spoil = |message: &Message| {
            let mut body: Value = serde_json::from_slice(&message.body).unwrap_or_default();
            if let Some(data) = body.get_mut("data").and_then(Value::as_object_mut) {
                data.insert("not_in_the_contract".to_owned(), Value::Bool(true));
            }
            let body = if body.is_null() { message.body.clone() } else { body.to_string().into_bytes() };
            Message { user: message.user.clone(), kind: message.kind.clone(), id: message.id.clone(), body }
        };
        Mix {
            messages: self.messages.iter().map(spoil).collect(),
            number_of: HashMap::new(),
            partners: self.partners.clone(),
        }
    }

    /// The first half, or the other.
    pub(super) fn half(&self, which: usize) -> Mix {
        let middle = self.messages.len() / 2;
        let messages = if which == 0 { &self.messages[..middle] } else { &self.messages[middle..] };
        let copy = |message: &Message| {
            let Message { user, kind, id, body } = message;
            Message { user: user.clone(), kind: kind.clone(), id: id.clone(), body: body.clone() }
        };
        Mix {
            messages: messages.iter().map(copy).collect(),
            number_of: HashMap::new(),
            partners: self.partners.clone(),
        }
    }

    /// What these users publish: a message that is bad on purpose may come from anywhere.
    pub(super) fn of_users<T>(mut self, users: &BTreeMap<String, T>) -> Mix {
        self.messages.retain(|message| users.contains_key(&message.user));
        self.partners.retain(|user, _| users.contains_key(user));
        // Nobody traces these messages.
        self.number_of.clear();
        self
    }

    /// The first so many.
    pub(super) fn cut(mut self, messages: usize) -> Mix {
        self.messages.truncate(messages);
        self
    }
}

fn message(feed: Feed, user: &str, kind: String, id: String, body: Vec<u8>) -> Message {
    // The broker lets a user publish under its own feed's keys only.
    let own = kind.starts_with(&format!("{feed}.")) && kind.len() < usize::from(u8::MAX);
    Message { user: user.to_owned(), kind: if own { kind } else { format!("{feed}.unknown") }, id, body }
}

fn lines(path: &Path) -> Result<Vec<Vec<u8>>> {
    let text = fs::read(path).with_context(|| path.display().to_string())?;
    Ok(text.split(|byte| *byte == b'\n').filter(|line| !line.trim_ascii().is_empty()).map(<[u8]>::to_vec).collect())
}
