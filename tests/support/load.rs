//! A crowd's messages in parts, each published until the broker has confirmed all of it, whatever happens meanwhile.

use std::collections::BTreeMap;
use std::time::Duration;

use liangdi_broker::feed::{FeedMessage, FeedPublisher};
use liangdi_broker::publisher::{Outcome, PublisherLimits};
use liangdi_store::postgres::PgStore;
use serde_json::Value;

use super::crowd;
use super::dice::Dice;
use super::ending::received;
use super::ground::{Ground, feed_of};
use super::oracle::Sent;
use super::{eventually, within};

/// How long a partner waits for a confirm before it asks anew.
const CONFIRM_TIMEOUT_MS: u64 = 4_000;

/// A partner's patience: while it publishes, a server is killed and started again, which has a deadline of its own.
const PATIENCE: Duration = Duration::from_secs(240);

/// A user's line.
type Line = (&'static str, Vec<u8>);

/// What is still to be published.
pub(crate) struct Load {
    parts: Vec<Vec<Line>>,
    sent: Sent,
}

impl Load {
    /// The messages of `persons` people, each so many times, shuffled, in so many parts.
    pub(crate) fn new(dice: &mut Dice, persons: usize, times: usize, parts: usize) -> Self {
        let mut all: Vec<Line> = Vec::new();
        for (user, lines) in crowd::lines(persons) {
            all.extend(lines.into_iter().flat_map(|line| vec![(user, line); times]));
        }
        dice.shuffle(&mut all);
        let confirmed = all.len() as i64;
        let each = all.len().div_ceil(parts);
        let sent = Sent { persons, distinct: confirmed / times as i64, confirmed, panics: false, day: crowd::as_of() };
        Load { parts: all.chunks(each).map(<[Line]>::to_vec).collect(), sent }
    }

    /// How many messages will have been published with the next part.
    pub(crate) fn published_with_next(&self) -> i64 {
        let later = self.parts.split_last().map_or(0, |(_, later)| later.iter().map(Vec::len).sum());
        self.sent.confirmed - later as i64
    }

    /// Publishes the next part.
    pub(crate) async fn publish(&mut self, ground: &Ground) {
        let mut by_user: BTreeMap<&str, Vec<FeedMessage>> = BTreeMap::new();
        for (user, line) in self.parts.pop().expect("a part is left") {
            let envelope: Value = serde_json::from_slice(&line).unwrap();
            let text = |name: &str| envelope[name].as_str().unwrap().to_owned();
            let message = FeedMessage { kind: text("type"), id: text("id"), body: line };
            by_user.entry(user).or_default().push(message);
        }
        for (user, messages) in by_user {
            publish(ground, user, messages).await;
        }
    }

    /// Publishes the next part; in the middle of it, when the hub has taken some, `strike` happens.
    pub(crate) async fn publish_during(
        &mut self,
        ground: &Ground,
        store: &PgStore,
        dice: &mut Dice,
        strike: impl AsyncFnOnce(),
    ) {
        let before = received(store).await;
        let some = 1 + dice.below(self.parts.last().expect("a part is left").len() / 2) as i64;
        let striking = async {
            eventually("part of the load goes through", async || {
                (received(store).await >= before + some).then_some(())
            })
            .await;
            strike().await;
        };
        tokio::join!(self.publish(ground), striking);
    }

    /// Publishes whatever is left; what it all was.
    pub(crate) async fn finish(mut self, ground: &Ground) -> Sent {
        while !self.parts.is_empty() {
            self.publish(ground).await;
        }
        self.sent
    }
}

/// A partner publishes again, on a new connection, what was not confirmed.
async fn publish(ground: &Ground, user: &str, mut messages: Vec<FeedMessage>) {
    let limits = PublisherLimits { publish_timeout_ms: CONFIRM_TIMEOUT_MS, ..PublisherLimits::default() };
    within(PATIENCE, "everything is confirmed", async || {
        let mut publisher = FeedPublisher::open(&ground.login(user), feed_of(user), false, &limits).await.ok()?;
        let outcomes = publisher.publish(messages.clone()).await.ok()?;
        let mut outcomes = outcomes.iter();
        messages.retain(|_| outcomes.next() != Some(&Outcome::Confirmed));
        publisher.close().await;
        messages.is_empty().then_some(())
    })
    .await;
}
