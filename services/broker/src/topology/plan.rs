//! The difference between what the broker should hold and what it holds. Pure, and printable as it is.

use std::collections::BTreeMap;
use std::fmt;

use secrecy::ExposeSecret;
use serde_json::Value;

use crate::management::{ListedPermission, ListedPolicy, ListedTopicPermission, ListedUser, ListedUserLimits};

use super::found::{Found, FoundUsers};
use super::names;
use super::users::{Permissions, TopicPermission, UserLimits, UserWanted, password_is, tags_of};
use super::wanted::{Binding, Policy, Upstream, Wanted};

/// What an item of a plan is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ItemKind {
    /// The virtual host.
    Vhost,
    /// Another broker that an exchange takes from.
    Upstream,
    /// A policy.
    Policy,
    /// An exchange.
    Exchange,
    /// A queue.
    Queue,
    /// A binding.
    Binding,
    /// A user.
    User,
    /// A user's permissions.
    Permission,
    /// A user's permissions on a topic exchange.
    TopicPermission,
    /// A user's limits.
    UserLimits,
}

impl fmt::Display for ItemKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            ItemKind::Vhost => "vhost",
            ItemKind::Upstream => "upstream",
            ItemKind::Policy => "policy",
            ItemKind::Exchange => "exchange",
            ItemKind::Queue => "queue",
            ItemKind::Binding => "binding",
            ItemKind::User => "user",
            ItemKind::Permission => "permission",
            ItemKind::TopicPermission => "topic permission",
            ItemKind::UserLimits => "user limit",
        })
    }
}

/// One object of the broker in a plan.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Item {
    /// What it is.
    pub kind: ItemKind,
    /// Its name.
    pub name: String,
    /// What is different about it; empty for what is simply not there.
    pub note: String,
}

/// What has to happen for the broker to hold what it should.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Plan {
    /// What is not there yet.
    pub create: Vec<Item>,
    /// What is there and different.
    pub change: Vec<Item>,
    /// What nobody asks for (any more): shown, never deleted.
    pub surplus: Vec<Item>,
    /// What stands in the way and cannot be changed: a person must delete it.
    pub conflict: Vec<Item>,
}

impl Plan {
    /// Whether the broker already holds what it should; what is surplus does not matter.
    pub fn is_done(&self) -> bool {
        self.create.is_empty() && self.change.is_empty() && self.conflict.is_empty()
    }

    /// One line a group with counts by kind, such as `create 12: 4 exchanges, 4 queues, 4 bindings`.
    pub fn summary(&self) -> String {
        let lines: Vec<String> = self.groups().iter().filter_map(|(title, _, items)| counts(title, items)).collect();
        if lines.is_empty() { "nothing to do".to_owned() } else { lines.join("\n") }
    }

    fn groups(&self) -> [(&'static str, char, &[Item]); 4] {
        [
            ("create", '+', &self.create),
            ("change", '~', &self.change),
            ("surplus, left alone", '?', &self.surplus),
            ("in the way, delete by hand", '!', &self.conflict),
        ]
    }
}

impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (_, sign, items) in self.groups() {
            for item in items {
                let separator = if item.note.is_empty() { "" } else { ": " };
                writeln!(f, "  {sign} {} {}{separator}{}", item.kind, item.name, item.note)?;
            }
        }
        f.write_str(&self.summary())
    }
}

fn counts(title: &str, items: &[Item]) -> Option<String> {
    let mut by_kind: BTreeMap<ItemKind, usize> = BTreeMap::new();
    for item in items {
        *by_kind.entry(item.kind).or_default() += 1;
    }
    let plural = |kind: ItemKind, count: usize| match (kind, count) {
        (_, 1) => format!("1 {kind}"),
        (ItemKind::Policy, _) => format!("{count} policies"),
        _ => format!("{count} {kind}s"),
    };
    let kinds: Vec<String> = by_kind.into_iter().map(|(kind, count)| plural(kind, count)).collect();
    (!items.is_empty()).then(|| format!("{title} {}: {}", items.len(), kinds.join(", ")))
}

/// Works out the difference.
pub fn plan(wanted: &Wanted, found: &Found) -> Plan {
    let mut plan = Plan::default();
    if !found.vhost {
        plan.create.push(item(ItemKind::Vhost, &wanted.vhost, ""));
    }
    for (name, upstream) in &wanted.upstreams {
        let note = found.upstreams.get(name).map(|there| upstream_difference(upstream, there));
        plan.weigh(ItemKind::Upstream, name, note);
    }
    for (name, policy) in &wanted.policies {
        let note = found.policies.get(name).map(|there| policy_difference(policy, there));
        plan.weigh(ItemKind::Policy, name, note);
    }
    for (name, kind) in &wanted.exchanges {
        let there = found.exchanges.get(name);
        plan.fixed(ItemKind::Exchange, name, there.map(|there| (there.durable && there.kind == *kind, &*there.kind)));
    }
    for name in &wanted.queues {
        let there = found.queues.get(name);
        plan.fixed(ItemKind::Queue, name, there.map(|there| (there.kind == "quorum", &*there.kind)));
    }
    for binding in wanted.bindings.difference(&found.bindings) {
        plan.create.push(item(ItemKind::Binding, &binding.to_string(), ""));
    }
    plan.add_surplus(wanted, found);
    plan.add_users(wanted.users.values(), &found.users);
    plan.add_surplus_users(&wanted.users, &found.users);
    plan
}

impl Plan {
    /// Not there: create; there with a difference: change.
    fn weigh(&mut self, kind: ItemKind, name: &str, difference: Option<String>) {
        match difference {
            None => self.create.push(item(kind, name, "")),
            Some(difference) if !difference.is_empty() => self.change.push(item(kind, name, &difference)),
            Some(_) => {}
        }
    }

    /// Not there: create; there with another type: nobody can change that in place.
    fn fixed(&mut self, kind: ItemKind, name: &str, there: Option<(bool, &str)>) {
        match there {
            None => self.create.push(item(kind, name, "")),
            Some((true, _)) => {}
            Some((false, found)) => self.conflict.push(item(kind, name, &format!("is a {found} one"))),
        }
    }

    fn add_surplus(&mut self, wanted: &Wanted, found: &Found) {
        let exchanges = found.exchanges.keys().filter(|name| !wanted.exchanges.contains_key(*name));
        self.surplus.extend(exchanges.map(|name| item(ItemKind::Exchange, name, "")));
        // An office that was let in by itself has a return queue that nobody else asks for.
        let let_in = |queue: &str| {
            let user = queue.strip_prefix(names::PARTNER).and_then(|rest| rest.strip_prefix('.'));
            user.is_some_and(|user| UserWanted::is_office_as_wanted(user, &found.users))
        };
        let queues = found.queues.keys().filter(|name| !wanted.queues.contains(*name) && !let_in(name));
        self.surplus.extend(queues.map(|name| item(ItemKind::Queue, name, "")));
        let bindings = found.bindings.difference(&wanted.bindings);
        let bindings = bindings.filter(|binding| !(binding.source == names::PARTNER && let_in(&binding.destination)));
        self.surplus.extend(bindings.map(|binding| item(ItemKind::Binding, &binding.to_string(), "")));
        let policies = found.policies.keys().filter(|name| !wanted.policies.contains_key(*name));
        self.surplus.extend(policies.map(|name| item(ItemKind::Policy, name, "")));
        let upstreams = found.upstreams.keys().filter(|name| !wanted.upstreams.contains_key(*name));
        self.surplus.extend(upstreams.map(|name| item(ItemKind::Upstream, name, "")));
    }

    pub(super) fn add_users<'a>(&mut self, wanted: impl Iterator<Item = &'a UserWanted>, found: &FoundUsers) {
        for user in wanted {
            let there = found.users.get(&user.name);
            self.weigh(ItemKind::User, &user.name, there.map(|there| user_difference(user, there)));
            let there = found.permissions.get(&user.name);
            let difference = there.map(|there| permission_difference(&user.permissions, there));
            self.weigh(ItemKind::Permission, &user.name, difference);
            if let Some(limits) = user.limits {
                let there = found.limits.get(&user.name);
                self.weigh(ItemKind::UserLimits, &user.name, there.map(|there| limit_difference(limits, there)));
            }
            for topic in &user.topics {
                let there = found.topics.get(&(user.name.clone(), topic.exchange.clone()));
                let difference = there.map(|there| topic_difference(topic, there));
                self.weigh(ItemKind::TopicPermission, &topic_name(&user.name, &topic.exchange), difference);
            }
        }
    }

    /// Whoever else may touch something here. Administrators apart, and offices that may do exactly what an office may:
    /// they were let in one by one.
    fn add_surplus_users(&mut self, wanted: &BTreeMap<String, UserWanted>, found: &FoundUsers) {
        let administrator =
            |name: &String| found.users.get(name).is_some_and(|user| tags_of(&user.tags).contains("administrator"));
        let known = |name: &String| {
            wanted.contains_key(name) || administrator(name) || UserWanted::is_office_as_wanted(name, found)
        };
        let strangers = found.permissions.keys().filter(|name| !known(name));
        self.surplus.extend(strangers.map(|name| item(ItemKind::Permission, name, "")));
        for (user, exchange) in found.topics.keys() {
            let asked =
                wanted.get(user).is_some_and(|user| user.topics.iter().any(|topic| topic.exchange == *exchange));
            if !asked && (wanted.contains_key(user) || !UserWanted::is_office_as_wanted(user, found)) {
                self.surplus.push(item(ItemKind::TopicPermission, &topic_name(user, exchange), ""));
            }
        }
    }
}

impl fmt::Display for Binding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} -> {} [{}]", self.source, self.destination, self.routing_key)
    }
}

pub(super) fn topic_name(user: &str, exchange: &str) -> String {
    format!("{user} on {exchange}")
}

fn item(kind: ItemKind, name: &str, note: &str) -> Item {
    Item { kind, name: name.to_owned(), note: note.to_owned() }
}

fn policy_difference(wanted: &Policy, found: &ListedPolicy) -> String {
    if wanted.pattern != found.pattern || found.apply_to != wanted.apply_to || found.priority != 0 {
        return format!("applies to {} {}", found.apply_to, found.pattern);
    }
    if wanted.definition == found.definition {
        return String::new();
    }
    format!("{} becomes {}", found.definition, wanted.definition)
}

/// What differs, without what it is: an address has a password in it.
fn upstream_difference(wanted: &Upstream, found: &Value) -> String {
    let mut settings = found.clone();
    let address = settings.as_object_mut().and_then(|members| members.remove("uri"));
    let mut differences = Vec::new();
    if address.is_none_or(|address| address != wanted.uri.expose_secret()) {
        differences.push("another address");
    }
    if settings != wanted.settings() {
        differences.push("other settings");
    }
    differences.join(", ")
}

fn user_difference(wanted: &UserWanted, found: &ListedUser) -> String {
    let mut differences = Vec::new();
    if !password_is(&wanted.password, found) {
        differences.push("another password");
    }
    if tags_of(&found.tags) != tags_of(&wanted.tags.as_str().into()) {
        differences.push("other tags");
    }
    differences.join(", ")
}

fn limit_difference(wanted: UserLimits, found: &ListedUserLimits) -> String {
    let parts = [
        ("connections", wanted.connections_max, found.value.max_connections),
        ("channels", wanted.channels_max, found.value.max_channels),
    ];
    let differing = parts.iter().filter(|(_, wanted, found)| *found != Some(i64::from(*wanted)));
    let shown = |found: &Option<i64>| found.map_or("no limit".to_owned(), |found| found.to_string());
    let texts: Vec<String> =
        differing.map(|(what, wanted, found)| format!("{what} {} becomes {wanted}", shown(found))).collect();
    texts.join(", ")
}

fn permission_difference(wanted: &Permissions, found: &ListedPermission) -> String {
    let parts = [
        ("configure", &wanted.configure, &found.configure),
        ("write", &wanted.write, &found.write),
        ("read", &wanted.read, &found.read),
    ];
    patterns(&parts)
}

fn topic_difference(wanted: &TopicPermission, found: &ListedTopicPermission) -> String {
    patterns(&[("write", &wanted.write, &found.write), ("read", &wanted.read, &found.read)])
}

fn patterns(parts: &[(&str, &String, &String)]) -> String {
    let differing = parts.iter().filter(|(_, wanted, found)| wanted != found);
    let texts: Vec<String> =
        differing.map(|(what, wanted, found)| format!("{what} {found} becomes {wanted}")).collect();
    texts.join(", ")
}
