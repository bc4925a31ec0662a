//! The names of exchanges and queues, in one place.

use liangdi_domain::division::Code;
use liangdi_domain::feed::Feed;

/// The direct exchange in front of the partners' return queues; the routing key is the partner's user.
pub const PARTNER: &str = "partner";

/// Exchange and queue of feed messages that left their queue unread: a publisher may set an expiration.
/// Whoever reads the feeds reads this queue too.
pub const DEAD_FEEDS: &str = "dead.feeds";

/// Exchange and queue of notices that a receiver threw back, or let drop too often.
pub const DEAD_NOTICES: &str = "dead.notices";

/// The binding key of a topic exchange that lets everything through.
pub const ALL: &str = "#";

/// Exchange and queue of a department's feed.
pub fn feed(feed: Feed) -> String {
    format!("feed.{feed}")
}

/// A jurisdiction's exchange.
pub fn jurisdiction(code: Code) -> String {
    format!("jx.{code}")
}

/// What flows to everybody below a jurisdiction, for its own live listening; no inbox hangs on it.
pub fn below(code: Code) -> String {
    format!("below.{code}")
}

/// What the names of a superior's own temporary queues begin with.
pub fn listening(code: Code) -> String {
    format!("listen.{code}.")
}

/// A jurisdiction's inbox queue.
pub fn inbox(code: Code) -> String {
    format!("inbox.{code}")
}

/// A partner's return queue.
pub fn partner_queue(user: &str) -> String {
    format!("partner.{user}")
}

/// Exchange and queue of what another province's hub tells this one; the link to it fills them.
pub fn peer(province: Code) -> String {
    format!("peer.{province}")
}

/// The province whose hub a queue of that name is filled by.
pub fn of_peer(name: &str) -> Option<Code> {
    name.strip_prefix("peer.")?.parse().ok()
}

/// What the names of a link's own queue and exchange begin with, on the broker that it takes from.
pub const FEDERATION: &str = "federation: ";

/// The user of an office that publishes to a feed.
pub fn user(feed: Feed, division: Code) -> String {
    format!("{feed}.{division}")
}
