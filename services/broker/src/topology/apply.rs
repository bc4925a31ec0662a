//! Makes the difference a plan shows: exchanges, queues and bindings over AMQP, which is fast, the rest through the
//! management API. Every step may be repeated, so an apply that broke off is simply run again.

use std::collections::BTreeSet;

use futures_util::future::{BoxFuture, try_join_all};
use futures_util::{FutureExt, TryFutureExt};
use lapin::options::{ExchangeBindOptions, ExchangeDeclareOptions, QueueBindOptions, QueueDeclareOptions};
use lapin::types::{AMQPValue, FieldTable};
use lapin::{Channel, ExchangeKind};
use secrecy::ExposeSecret;
use serde_json::json;

use crate::connect::{Endpoint, Link};
use crate::error::BrokerError;
use crate::management::Management;

use super::found::read_users;
use super::plan::{ItemKind, Plan, topic_name};
use super::users::UserWanted;
use super::wanted::{Binding, Wanted};

/// Channels that declare side by side; the broker makes a quorum queue in some milliseconds of mostly waiting.
const DECLARING_CHANNELS_MAX: usize = 8;

/// Files a broker needs besides its queues' own: connections of partners, townships and hubs, and its logs.
const CONNECTION_FILES: u64 = 1_000;

/// An administrator's two ways into the broker.
pub struct Admin {
    /// Over AMQP; the virtual host in it does not matter.
    pub endpoint: Endpoint,
    /// Over HTTP.
    pub management: Management,
}

/// Makes the difference. What is surplus stays; what is in the way is an error before anything is touched.
pub async fn apply(admin: &Admin, wanted: &Wanted, plan: &Plan) -> Result<(), BrokerError> {
    apply_noting(admin, wanted, plan, &|| {}).await
}

/// The same; `made` hears of each item.
pub async fn apply_noting(
    admin: &Admin,
    wanted: &Wanted,
    plan: &Plan,
    made: &(dyn Fn() + Sync),
) -> Result<(), BrokerError> {
    if !plan.conflict.is_empty() {
        return Err(BrokerError::Conflict { count: plan.conflict.len() });
    }
    check_files(&admin.management, wanted).await?;
    let todo = Todo::new(plan, made);
    if todo.has(ItemKind::Vhost, &wanted.vhost) {
        admin.management.put_vhost(&wanted.vhost).await?;
        made();
    }
    for (name, upstream) in &wanted.upstreams {
        if todo.has(ItemKind::Upstream, name) {
            let mut value = upstream.settings();
            value["uri"] = json!(upstream.uri.expose_secret());
            admin.management.put_upstream(&wanted.vhost, name, value).await?;
            made();
        }
    }
    // Before the queues, so that none ever stands without its limits.
    for (name, policy) in &wanted.policies {
        if todo.has(ItemKind::Policy, name) {
            let body = json!({
                "pattern": policy.pattern, "definition": policy.definition, "apply-to": policy.apply_to, "priority": 0,
            });
            admin.management.put_policy(&wanted.vhost, name, body).await?;
            made();
        }
    }
    declare(&admin.endpoint.with_vhost(&wanted.vhost)?, wanted, &todo).await?;
    put_users(&admin.management, &wanted.vhost, wanted.users.values(), &todo).await
}

/// Files the broker will have to open.
pub fn files_needed(wanted: &Wanted) -> u64 {
    wanted.queues.len() as u64 + CONNECTION_FILES
}

/// A broker that runs out of files accepts no connection any more, without a word.
async fn check_files(management: &Management, wanted: &Wanted) -> Result<(), BrokerError> {
    let needed = files_needed(wanted);
    match management.open_files_max().await? {
        Some(allowed) if allowed < needed => Err(BrokerError::TooFewFiles { allowed, wanted: needed }),
        _ => Ok(()),
    }
}

/// Makes these users what they should be, and says how many items had to be made or changed.
pub async fn ensure_users(management: &Management, vhost: &str, users: &[UserWanted]) -> Result<usize, BrokerError> {
    let mut plan = Plan::default();
    plan.add_users(users.iter(), &read_users(management, vhost).await?);
    put_users(management, vhost, users.iter(), &Todo::new(&plan, &|| {})).await?;
    Ok(plan.create.len() + plan.change.len())
}

/// What a plan creates or changes, by kind and name.
struct Todo<'a> {
    items: BTreeSet<(ItemKind, &'a str)>,
    made: &'a (dyn Fn() + Sync),
}

impl<'a> Todo<'a> {
    fn new(plan: &'a Plan, made: &'a (dyn Fn() + Sync)) -> Self {
        let items = plan.create.iter().chain(&plan.change).map(|item| (item.kind, item.name.as_str())).collect();
        Todo { items, made }
    }

    fn has(&self, kind: ItemKind, name: &str) -> bool {
        self.items.contains(&(kind, name))
    }
}

async fn declare(endpoint: &Endpoint, wanted: &Wanted, todo: &Todo<'_>) -> Result<(), BrokerError> {
    let exchanges: Vec<(&String, ExchangeKind)> = wanted
        .exchanges
        .iter()
        .filter(|(name, _)| todo.has(ItemKind::Exchange, name))
        .map(|(name, kind)| (name, if *kind == "topic" { ExchangeKind::Topic } else { ExchangeKind::Direct }))
        .collect();
    let queues: Vec<&String> = wanted.queues.iter().filter(|name| todo.has(ItemKind::Queue, name)).collect();
    let bindings: Vec<&Binding> =
        wanted.bindings.iter().filter(|binding| todo.has(ItemKind::Binding, &binding.to_string())).collect();
    if exchanges.is_empty() && queues.is_empty() && bindings.is_empty() {
        return Ok(());
    }
    let link = Link::open(endpoint, "topology").await?;
    let channels = try_join_all((0..DECLARING_CHANNELS_MAX).map(|_| link.channel())).await?;
    side_by_side(&channels, &exchanges, todo.made, |channel, (name, kind)| {
        let options = ExchangeDeclareOptions { durable: true, ..ExchangeDeclareOptions::default() };
        channel.exchange_declare(name.as_str().into(), kind.clone(), options, FieldTable::default()).boxed()
    })
    .await?;
    side_by_side(&channels, &queues, todo.made, |channel, name| {
        let options = QueueDeclareOptions { durable: true, ..QueueDeclareOptions::default() };
        let mut arguments = FieldTable::default();
        arguments.insert("x-queue-type".into(), AMQPValue::LongString("quorum".into()));
        channel.queue_declare(name.as_str().into(), options, arguments).map_ok(drop).boxed()
    })
    .await?;
    side_by_side(&channels, &bindings, todo.made, |channel, binding| {
        let (queue, exchange, key) = (&binding.destination, &binding.source, &binding.routing_key);
        let options = QueueBindOptions::default();
        let arguments = FieldTable::default();
        if wanted.exchanges.contains_key(queue) && !wanted.queues.contains(queue) {
            let (to, from, options) = (queue.as_str().into(), exchange.as_str().into(), ExchangeBindOptions::default());
            return channel.exchange_bind(to, from, key.as_str().into(), options, arguments).boxed();
        }
        channel
            .queue_bind(queue.as_str().into(), exchange.as_str().into(), key.as_str().into(), options, arguments)
            .boxed()
    })
    .await?;
    link.close().await;
    Ok(())
}

/// Spreads the items over the channels; each channel takes its share one after the other.
async fn side_by_side<T: Sync>(
    channels: &[Channel],
    items: &[T],
    made: &(dyn Fn() + Sync),
    step: impl for<'s> Fn(&'s Channel, &'s T) -> BoxFuture<'s, lapin::Result<()>> + Sync,
) -> Result<(), BrokerError> {
    let step = &step;
    let shares = channels.iter().enumerate().map(|(nth, channel)| async move {
        for item in items.iter().skip(nth).step_by(channels.len()) {
            step(channel, item).await?;
            made();
        }
        Ok(())
    });
    try_join_all(shares).await.map(drop).map_err(|error: lapin::Error| BrokerError::from_amqp(&error))
}

async fn put_users<'a>(
    management: &Management,
    vhost: &str,
    users: impl Iterator<Item = &'a UserWanted>,
    todo: &Todo<'_>,
) -> Result<(), BrokerError> {
    for user in users {
        if todo.has(ItemKind::User, &user.name) {
            management.put_user(&user.name, &user.password, &user.tags).await?;
            (todo.made)();
        }
        if todo.has(ItemKind::Permission, &user.name) {
            let may = &user.permissions;
            let body = json!({ "configure": may.configure, "write": may.write, "read": may.read });
            management.put_permission(vhost, &user.name, body).await?;
            (todo.made)();
        }
        if let Some(limits) = user.limits
            && todo.has(ItemKind::UserLimits, &user.name)
        {
            management.put_user_limit(&user.name, "max-connections", limits.connections_max).await?;
            management.put_user_limit(&user.name, "max-channels", limits.channels_max).await?;
            (todo.made)();
        }
        for topic in &user.topics {
            if todo.has(ItemKind::TopicPermission, &topic_name(&user.name, &topic.exchange)) {
                let body = json!({ "exchange": topic.exchange, "write": topic.write, "read": topic.read });
                management.put_topic_permission(vhost, &user.name, body).await?;
                (todo.made)();
            }
        }
    }
    Ok(())
}
