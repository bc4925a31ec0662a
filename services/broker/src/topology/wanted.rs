//! What the broker should hold, worked out from the jurisdictions and users of a configuration. Pure.

use std::collections::{BTreeMap, BTreeSet};

use liangdi_domain::division::{Code, Divisions};
use liangdi_domain::feed::Feed;
use secrecy::SecretString;
use serde::Deserialize;
use serde_json::{Value, json};

use super::delivery::DeliveryMode;
use super::names;
use super::users::UserWanted;

/// Notices that a link has under way.
const LINK_MESSAGES_MAX: u32 = 1_000;

/// How long a link waits before it tries again, in seconds.
const LINK_RECONNECT_S: u32 = 5;

/// A jurisdiction that gets an exchange and an inbox.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Jurisdiction {
    /// Its division code.
    pub code: Code,
    /// Whether the inbox is bound.
    pub delivery: DeliveryMode,
}

/// How much the broker keeps before it refuses more. A full queue refuses the publisher; it drops nothing.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TopologyLimits {
    /// Messages in a feed's queue.
    pub feed_messages_max: u64,
    /// Notices in an inbox.
    pub inbox_messages_max: u64,
    /// Notices in a partner's return queue.
    pub partner_messages_max: u64,
    /// Notices in a superior's temporary queue; the oldest make way, for they are copies.
    pub listening_messages_max: u64,
    /// How long such a queue stays without anybody that reads it, in milliseconds.
    pub listening_idle_ms: u64,
    /// Messages in a queue of dead letters.
    pub dead_messages_max: u64,
    /// Deliveries of one message before it becomes a dead letter. RabbitMQ 4 would stop at 20, which an afternoon
    /// of restarts can reach; here only a reader that never settles anything should.
    pub deliveries_max: u64,
}

impl Default for TopologyLimits {
    fn default() -> Self {
        TopologyLimits {
            feed_messages_max: 5_000_000,
            inbox_messages_max: 1_000_000,
            partner_messages_max: 1_000_000,
            listening_messages_max: 10_000,
            listening_idle_ms: 60_000,
            dead_messages_max: 1_000_000,
            deliveries_max: 100_000,
        }
    }
}

/// What a topology is worked out from.
#[derive(Debug, Clone)]
pub struct Scope {
    /// The virtual host.
    pub vhost: String,
    /// Every jurisdiction that gets an exchange and an inbox.
    pub jurisdictions: Vec<Jurisdiction>,
    /// The hub's user and the offices' users.
    pub users: Vec<UserWanted>,
    /// The queues' limits.
    pub limits: TopologyLimits,
    /// Other provinces' hubs that this one exchanges notices with.
    pub peers: Vec<Peer>,
}

/// Another province's hub.
#[derive(Debug, Clone)]
pub struct Peer {
    /// Its province.
    pub province: Code,
    /// The address of its broker, with the user under which this broker's link logs in there.
    pub uri: SecretString,
    /// The exchange there, in which it tells this province.
    pub exchange: String,
}

/// A binding of a queue or an exchange to an exchange.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Binding {
    /// The exchange.
    pub source: String,
    /// The queue or exchange.
    pub destination: String,
    /// The pattern.
    pub routing_key: String,
}

/// Limits and dead letters of all queues with a name, or where an exchange takes from another broker.
#[derive(Debug, Clone, PartialEq)]
pub struct Policy {
    /// Anchored pattern of names.
    pub pattern: String,
    /// `queues` or `exchanges`.
    pub apply_to: &'static str,
    /// What it sets.
    pub definition: Value,
}

/// Everything the broker should hold.
#[derive(Debug, Clone)]
pub struct Wanted {
    /// The virtual host.
    pub vhost: String,
    /// Exchanges and their types; all durable.
    pub exchanges: BTreeMap<String, &'static str>,
    /// Queues; all durable quorum queues.
    pub queues: BTreeSet<String>,
    /// Bindings of queues, and of exchanges for listening.
    pub bindings: BTreeSet<Binding>,
    /// Policies by name.
    pub policies: BTreeMap<String, Policy>,
    /// Users by name.
    pub users: BTreeMap<String, UserWanted>,
    /// Other brokers that exchanges take from, by name.
    pub upstreams: BTreeMap<String, Upstream>,
}

/// Another broker, and the exchange there.
#[derive(Debug, Clone)]
pub struct Upstream {
    /// Address with user and password.
    pub uri: SecretString,
    /// The exchange.
    pub exchange: String,
}

impl Upstream {
    /// What the broker is told beside the address. A notice is taken off the other broker once this one has it, and what
    /// waits there outlives the link: it is not cleaned up when the link is changed or taken down. Nobody there vouches for
    /// anybody here: the link clears the publisher. What came over one link goes over no other.
    pub(super) fn settings(&self) -> Value {
        json!({
            "exchange": self.exchange,
            "ack-mode": "on-confirm",
            "resource-cleanup-mode": "never",
            "trust-user-id": false,
            "max-hops": 1,
            "prefetch-count": LINK_MESSAGES_MAX,
            "reconnect-delay": LINK_RECONNECT_S,
        })
    }
}

impl Wanted {
    /// Works out what the broker should hold.
    pub fn new(scope: &Scope) -> Self {
        let mut wanted = Wanted {
            vhost: scope.vhost.clone(),
            exchanges: BTreeMap::new(),
            queues: BTreeSet::new(),
            bindings: BTreeSet::new(),
            policies: policies(&scope.limits),
            users: scope.users.iter().map(|user| (user.name.clone(), user.clone())).collect(),
            upstreams: BTreeMap::new(),
        };
        for feed in Feed::ALL {
            wanted.exchange_with_queue(&names::feed(feed), &names::feed(feed));
        }
        wanted.exchange_with_queue(names::DEAD_FEEDS, names::DEAD_FEEDS);
        wanted.exchange_with_queue(names::DEAD_NOTICES, names::DEAD_NOTICES);
        for jurisdiction in &scope.jurisdictions {
            let (exchange, inbox) = (names::jurisdiction(jurisdiction.code), names::inbox(jurisdiction.code));
            match jurisdiction.delivery {
                DeliveryMode::Amqp => wanted.exchange_with_queue(&exchange, &inbox),
                DeliveryMode::Console | DeliveryMode::None => {
                    wanted.exchanges.insert(exchange, "topic");
                    wanted.queues.insert(inbox);
                }
                DeliveryMode::Hub => drop(wanted.exchanges.insert(exchange, "topic")),
            }
        }
        wanted.add_listening(&scope.jurisdictions);
        scope.peers.iter().for_each(|peer| wanted.add_peer(peer, &scope.limits));
        wanted.exchanges.insert(names::PARTNER.to_owned(), "direct");
        for user in &scope.users {
            wanted.return_queue(user);
        }
        wanted
    }

    /// A copy of what flows to a jurisdiction flows to the exchange of the one above it, and on from there.
    fn add_listening(&mut self, jurisdictions: &[Jurisdiction]) {
        let listed: BTreeSet<Code> = jurisdictions.iter().map(|jurisdiction| jurisdiction.code).collect();
        let divisions = Divisions::shipped();
        let parent = |code: &Code| divisions.parent(*code).or_else(|| code.parent());
        // A cut may leave levels out.
        let above = |code| std::iter::successors(parent(&code), parent).find(|code| listed.contains(code));
        let pairs: Vec<(Code, Code)> = listed.iter().filter_map(|code| Some((*code, above(*code)?))).collect();
        let superiors: BTreeSet<Code> = pairs.iter().map(|(_, superior)| *superior).collect();
        for superior in &superiors {
            self.exchanges.insert(names::below(*superior), "topic");
        }
        for (code, superior) in pairs {
            self.bind(&names::jurisdiction(code), &names::below(superior), names::ALL);
            if superiors.contains(&code) {
                self.bind(&names::below(code), &names::below(superior), names::ALL);
            }
        }
    }

    /// One office alone, beside whatever the broker holds: its user, and its return queue where it has one.
    pub fn office(vhost: &str, user: UserWanted) -> Self {
        let mut wanted = Wanted {
            vhost: vhost.to_owned(),
            exchanges: BTreeMap::new(),
            queues: BTreeSet::new(),
            bindings: BTreeSet::new(),
            policies: BTreeMap::new(),
            users: BTreeMap::new(),
            upstreams: BTreeMap::new(),
        };
        wanted.return_queue(&user);
        wanted.users.insert(user.name.clone(), user);
        wanted
    }

    /// An exchange that takes from the other hub's broker, and the queue behind it.
    fn add_peer(&mut self, peer: &Peer, limits: &TopologyLimits) {
        let name = names::peer(peer.province);
        self.exchange_with_queue(&name, &name);
        self.upstreams.insert(name.clone(), Upstream { uri: peer.uri.clone(), exchange: peer.exchange.clone() });
        let pattern = format!("^{}$", name.replace('.', r"\."));
        let takes = Policy {
            pattern: pattern.clone(),
            apply_to: "exchanges",
            definition: json!({ "federation-upstream": name }),
        };
        // A dead letter says by its routing key which hub it came from: nothing else in it could.
        let mut definition = never_lost(limits.inbox_messages_max, limits);
        definition["dead-letter-routing-key"] = json!(name);
        let holds = Policy { pattern, apply_to: "queues", definition };
        self.policies.insert(format!("liangdi.link.{}", peer.province), takes);
        self.policies.insert(format!("liangdi.peer.{}", peer.province), holds);
        // What waits here for a link of the other side is held to the same limit; its own queue is not a quorum queue.
        let waiting = json!({ "max-length": limits.inbox_messages_max, "overflow": "reject-publish" });
        let pattern = format!("^{}.+$", names::FEDERATION);
        let waits = Policy { pattern, apply_to: "queues", definition: waiting };
        self.policies.insert("liangdi.links".to_owned(), waits);
    }

    fn return_queue(&mut self, user: &UserWanted) {
        if let Some(queue) = user.return_queue() {
            self.queues.insert(queue.clone());
            self.bind(names::PARTNER, &queue, &user.name);
        }
    }

    fn exchange_with_queue(&mut self, exchange: &str, queue: &str) {
        self.exchanges.insert(exchange.to_owned(), "topic");
        self.queues.insert(queue.to_owned());
        self.bind(exchange, queue, names::ALL);
    }

    fn bind(&mut self, source: &str, destination: &str, routing_key: &str) {
        self.bindings.insert(Binding {
            source: source.to_owned(),
            destination: destination.to_owned(),
            routing_key: routing_key.to_owned(),
        });
    }
}

/// What comes in and expires must not be lost, so its dead letters move only with a confirm (at least once, which asks
/// for `reject-publish`).
fn never_lost(messages_max: u64, limits: &TopologyLimits) -> Value {
    json!({
        "max-length": messages_max,
        "overflow": "reject-publish",
        "dead-letter-exchange": names::DEAD_FEEDS,
        "dead-letter-strategy": "at-least-once",
        "delivery-limit": limits.deliveries_max,
    })
}

/// Of feeds, see above. Notices are in the ledger: there the plain, cheaper way will do.
fn policies(limits: &TopologyLimits) -> BTreeMap<String, Policy> {
    let policy =
        |pattern: &str, definition: Value| Policy { pattern: pattern.to_owned(), apply_to: "queues", definition };
    let to_dead_notices = |messages_max: u64| {
        json!({
            "max-length": messages_max,
            "overflow": "reject-publish",
            "dead-letter-exchange": names::DEAD_NOTICES,
            "delivery-limit": limits.deliveries_max,
        })
    };
    let feeds = never_lost(limits.feed_messages_max, limits);
    let listening = json!({
        "max-length": limits.listening_messages_max,
        "overflow": "drop-head",
        "expires": limits.listening_idle_ms,
    });
    let dead = json!({
        "max-length": limits.dead_messages_max,
        "overflow": "reject-publish",
        "delivery-limit": limits.deliveries_max,
    });
    BTreeMap::from([
        ("liangdi.feeds".to_owned(), policy(r"^feed\..+$", feeds)),
        ("liangdi.inboxes".to_owned(), policy(r"^inbox\..+$", to_dead_notices(limits.inbox_messages_max))),
        ("liangdi.partners".to_owned(), policy(r"^partner\..+$", to_dead_notices(limits.partner_messages_max))),
        ("liangdi.listening".to_owned(), policy(r"^listen\..+$", listening)),
        ("liangdi.dead".to_owned(), policy(r"^dead\..+$", dead)),
    ])
}
