//! The partners: every one connected as its own user before the clock starts, several of them publishing at once, each
//! waiting for its confirms; as fast as the broker takes it, or at a given rate. Time goes on for all of them together:
//! the mix comes in windows, one after the other.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use chrono::{DateTime, Utc};
use futures_util::future::try_join_all;
use liangdi_broker::feed::{FeedMessage, FeedPublisher};
use liangdi_broker::publisher::{Outcome, PublisherLimits};
use liangdi_domain::feed::Feed;
use tokio::sync::Mutex;
use tokio::time::Instant;

use super::ground::Ground;
use super::mix::{Message, Mix};

/// Partners that publish at the same time.
const PARTNERS_AT_ONCE: usize = 12;
/// Messages of one window: within it each partner sends all of its own at once.
const WINDOW_MESSAGES: usize = 2_000;
/// The same at a given rate: small, so that messages come evenly.
const PACED_WINDOW_MESSAGES: usize = 10;
/// The feed whose exchange and queue the bare pipe uses.
pub(super) const BARE_FEED: Feed = Feed::Police;

/// To whom the partners publish.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Target {
    /// To the hub: each to its own feed's exchange.
    Hub,
    /// To the bare pipe: all to the one queue it reads, numbered.
    BarePipe,
}

/// When each message was handed to the broker, by its number.
pub(super) struct Published(pub(super) Vec<(usize, DateTime<Utc>)>);

/// The partners, connected.
pub(super) struct Load<'a> {
    mix: &'a Mix,
    target: Target,
    messages: usize,
    publishers: BTreeMap<&'a str, Mutex<FeedPublisher>>,
}

impl<'a> Load<'a> {
    /// Connects every partner, for so many messages of a mix.
    pub(super) async fn connect(ground: &Ground, mix: &'a Mix, target: Target, messages: usize) -> Result<Load<'a>> {
        let mut publishers = BTreeMap::new();
        for (user, feed) in &mix.partners {
            // As many connections with the bare pipe as with the hub, so that the load costs the same.
            let (user_there, feed) = match target {
                Target::Hub => (user.as_str(), *feed),
                Target::BarePipe => (ground.bare_user()?, BARE_FEED),
            };
            let endpoint = ground.endpoint_of(user_there)?;
            let publisher = FeedPublisher::open(&endpoint, feed, false, &PublisherLimits::default()).await?;
            publishers.insert(user.as_str(), Mutex::new(publisher));
        }
        Ok(Load { mix, target, messages: messages.min(mix.messages.len()), publishers })
    }

    /// How many messages will be published.
    pub(super) fn messages(&self) -> usize {
        self.messages
    }

    /// As fast as the broker confirms.
    pub(super) async fn at_full_speed(self) -> Result<Published> {
        self.publish(WINDOW_MESSAGES, None).await
    }

    /// So many messages a second.
    pub(super) async fn at_rate(self, messages_a_second: f64) -> Result<Published> {
        self.publish(PACED_WINDOW_MESSAGES, Some(messages_a_second)).await
    }

    async fn publish(self, window: usize, rate: Option<f64>) -> Result<Published> {
        let pieces = self.pieces(window);
        let (next, started) = (AtomicUsize::new(0), Instant::now());
        let lanes = try_join_all((0..PARTNERS_AT_ONCE).map(async |_| {
            let mut sent = Vec::new();
            while let Some(piece) = pieces.get(next.fetch_add(1, Ordering::Relaxed)) {
                if let Some(rate) = rate {
                    tokio::time::sleep_until(started + Duration::from_secs_f64(piece[0] as f64 / rate)).await;
                }
                sent.extend(self.send(piece).await?);
            }
            anyhow::Ok(sent)
        }))
        .await?;
        for publisher in self.publishers.into_values() {
            publisher.into_inner().close().await;
        }
        Ok(Published(lanes.into_iter().flatten().collect()))
    }

    /// What each partner sends in each window, by message number.
    fn pieces(&self, window: usize) -> Vec<Vec<usize>> {
        let numbers: Vec<usize> = (0..self.messages).collect();
        let mut pieces = Vec::new();
        for window in numbers.chunks(window) {
            let mut by_user: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
            for number in window {
                by_user.entry(&self.mix.messages[*number].user).or_default().push(*number);
            }
            pieces.extend(by_user.into_values());
        }
        pieces
    }

    /// One partner's piece; an error if the broker did not take all of it.
    async fn send(&self, piece: &[usize]) -> Result<Vec<(usize, DateTime<Utc>)>> {
        let user = self.mix.messages[piece[0]].user.as_str();
        let mut publisher = self.publishers.get(user).context("a publisher nobody connected")?.lock().await;
        let at = Utc::now();
        let messages = piece.iter().map(|number| wire(self.target, *number, &self.mix.messages[*number]));
        let outcomes = publisher.publish(messages.collect()).await?;
        let taken = outcomes.iter().all(|outcome| *outcome == Outcome::Confirmed);
        ensure!(taken, "the broker did not take a message of {user}");
        Ok(piece.iter().map(|number| (*number, at)).collect())
    }
}

fn wire(target: Target, number: usize, message: &Message) -> FeedMessage {
    let (kind, id) = match target {
        Target::Hub => (message.kind.clone(), message.id.clone()),
        Target::BarePipe => (format!("{BARE_FEED}.bare"), number.to_string()),
    };
    FeedMessage { kind, id, body: message.body.clone() }
}
