//! What the broker holds, read through its management API.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::error::BrokerError;
use crate::management::{
    Listed, ListedPermission, ListedPolicy, ListedTopicPermission, ListedUser, ListedUserLimits, Management,
};

use super::names;
use super::wanted::Binding;

/// What a broker holds in one virtual host, and its users.
#[derive(Clone, Default)]
pub struct Found {
    /// Whether the virtual host exists.
    pub vhost: bool,
    /// Exchanges by name, without the broker's own.
    pub exchanges: BTreeMap<String, Listed>,
    /// Queues by name, without temporary ones.
    pub queues: BTreeMap<String, Listed>,
    /// Bindings between those.
    pub bindings: BTreeSet<Binding>,
    /// Policies by name.
    pub policies: BTreeMap<String, ListedPolicy>,
    /// Users.
    pub users: FoundUsers,
    /// Other brokers that exchanges take from: what the broker was told of each. Addresses with passwords inside.
    pub upstreams: BTreeMap<String, Value>,
}

/// The broker's users, and what they may do in one virtual host.
#[derive(Debug, Clone, Default)]
pub struct FoundUsers {
    /// Every user of the broker by name.
    pub users: BTreeMap<String, ListedUser>,
    /// Permissions by user.
    pub permissions: BTreeMap<String, ListedPermission>,
    /// Topic permissions by user and exchange.
    pub topics: BTreeMap<(String, String), ListedTopicPermission>,
    /// Limits by user.
    pub limits: BTreeMap<String, ListedUserLimits>,
}

/// Reads what the broker holds.
pub async fn read(management: &Management, vhost: &str) -> Result<Found, BrokerError> {
    if !management.vhost_exists(vhost).await? {
        let users = FoundUsers { users: users(management).await?, ..FoundUsers::default() };
        return Ok(Found { users, ..Found::default() });
    }
    let bindings = management.bindings(vhost).await?.into_iter();
    let policies = management.policies(vhost).await?.into_iter();
    Ok(Found {
        vhost: true,
        exchanges: by_name(management.exchanges(vhost).await?),
        queues: by_name(management.queues(vhost).await?),
        bindings: bindings
            .filter(|binding| is_ours(&binding.source) && is_ours(&binding.destination))
            .map(|binding| Binding {
                source: binding.source,
                destination: binding.destination,
                routing_key: binding.routing_key,
            })
            .collect(),
        policies: policies.map(|policy| (policy.name.clone(), policy)).collect(),
        users: read_users(management, vhost).await?,
        upstreams: management.upstreams(vhost).await?.into_iter().map(|one| (one.name, one.value)).collect(),
    })
}

/// Reads the users alone, of a virtual host that exists.
pub async fn read_users(management: &Management, vhost: &str) -> Result<FoundUsers, BrokerError> {
    let permissions = management.permissions(vhost).await?.into_iter();
    let topics = management.topic_permissions(vhost).await?.into_iter();
    let limits = management.user_limits().await?.into_iter();
    Ok(FoundUsers {
        users: users(management).await?,
        permissions: permissions.map(|permission| (permission.user.clone(), permission)).collect(),
        topics: topics.map(|topic| ((topic.user.clone(), topic.exchange.clone()), topic)).collect(),
        limits: limits.map(|limits| (limits.user.clone(), limits)).collect(),
    })
}

async fn users(management: &Management) -> Result<BTreeMap<String, ListedUser>, BrokerError> {
    Ok(management.users().await?.into_iter().map(|user| (user.name.clone(), user)).collect())
}

fn by_name(listed: Vec<Listed>) -> BTreeMap<String, Listed> {
    listed.into_iter().filter(|one| is_ours(&one.name)).map(|one| (one.name.clone(), one)).collect()
}

/// The default exchange, the broker's and its links' own exchanges and temporary queues are nobody's topology.
fn is_ours(name: &str) -> bool {
    !name.is_empty()
        && !name.starts_with("amq.")
        && !name.starts_with("listen.")
        && !name.starts_with(names::FEDERATION)
}
