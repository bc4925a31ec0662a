//! Looking at the broker from outside the flow: a jurisdiction's notices as they come, how full queues are, and the
//! contents of queues for tests and comparisons.

use std::time::{SystemTime, UNIX_EPOCH};

use lapin::Channel;
use lapin::options::{BasicAckOptions, BasicGetOptions, QueueBindOptions, QueueDeclareOptions};
use lapin::types::{AMQPValue, FieldTable};
use liangdi_domain::division::Code;

use crate::connect::{Endpoint, Link};
use crate::consumer::{Consumer, ConsumerLimits, Delivery, Disposition, Settler, into_delivery};
use crate::error::BrokerError;
use crate::management::Management;
use crate::topology::names;

/// Notices a slow watcher may fall behind by; older ones are dropped from its own queue.
const WATCH_MESSAGES_MAX: u32 = 10_000;

/// A jurisdiction's notices as they come, through a temporary queue: its inbox loses none.
pub struct Watch {
    consumer: Consumer,
    settler: Settler,
}

impl Watch {
    /// Connects and binds a queue that ends with this connection.
    pub async fn open(endpoint: &Endpoint, code: Code) -> Result<Self, BrokerError> {
        Watch::bound(endpoint, code, "", &names::jurisdiction(code)).await
    }

    /// The same, of what flows to everybody below: as the superior's own user may do it too, under a name of its own.
    pub async fn open_below(endpoint: &Endpoint, code: Code) -> Result<Self, BrokerError> {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_nanos();
        let queue = format!("{}{}-{now}", names::listening(code), std::process::id());
        Watch::bound(endpoint, code, &queue, &names::below(code)).await
    }

    /// An empty name lets the broker choose one.
    async fn bound(endpoint: &Endpoint, code: Code, queue: &str, exchange: &str) -> Result<Self, BrokerError> {
        let link = Link::open(endpoint, &format!("watch {code}")).await?;
        let channel = link.channel().await?;
        let explain = |error: lapin::Error| BrokerError::from_amqp(&error);
        let options = QueueDeclareOptions { exclusive: true, auto_delete: true, ..QueueDeclareOptions::default() };
        let mut arguments = FieldTable::default();
        arguments.insert("x-max-length".into(), AMQPValue::LongUInt(WATCH_MESSAGES_MAX));
        let queue = channel.queue_declare(queue.into(), options, arguments).await.map_err(explain)?;
        let queue = queue.name().as_str().to_owned();
        channel
            .queue_bind(
                queue.as_str().into(),
                exchange.into(),
                names::ALL.into(),
                QueueBindOptions::default(),
                FieldTable::default(),
            )
            .await
            .map_err(explain)?;
        let consumer = Consumer::on_channel(link, channel, &queue, &ConsumerLimits::default()).await?;
        let settler = consumer.settler();
        Ok(Watch { consumer, settler })
    }

    /// The next notices. May be dropped at any point.
    pub async fn next(&mut self) -> Result<Vec<Delivery>, BrokerError> {
        let batch = self.consumer.next_batch().await?;
        let seen: Vec<(u64, Disposition)> = batch.iter().map(|delivery| (delivery.tag, Disposition::Ack)).collect();
        self.settler.settle(&seen).await?;
        Ok(batch)
    }
}

/// How full a queue is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueueDepth {
    /// The queue.
    pub name: String,
    /// Messages waiting in it, without those a consumer holds; `None` if there is no such queue.
    pub ready: Option<u32>,
    /// Consumers reading it.
    pub consumers: u32,
}

/// How full these queues are at this moment: asked of the queues themselves, because the management API's
/// numbers are some seconds old.
pub async fn queue_depths(endpoint: &Endpoint, queues: &[String]) -> Result<Vec<QueueDepth>, BrokerError> {
    let link = Link::open(endpoint, "queue depths").await?;
    let mut channel = link.channel().await?;
    let mut depths = Vec::with_capacity(queues.len());
    for name in queues {
        match passive(&channel, name).await {
            Ok((ready, consumers)) => {
                depths.push(QueueDepth { name: name.clone(), ready: Some(ready), consumers });
            }
            Err(BrokerError::Missing { .. }) => {
                depths.push(QueueDepth { name: name.clone(), ready: None, consumers: 0 });
                // The broker closed the channel over the missing queue.
                channel = link.channel().await?;
            }
            Err(error) => return Err(error),
        }
    }
    link.close().await;
    Ok(depths)
}

async fn passive(channel: &Channel, queue: &str) -> Result<(u32, u32), BrokerError> {
    let options = QueueDeclareOptions { passive: true, ..QueueDeclareOptions::default() };
    let answer = channel.queue_declare(queue.into(), options, FieldTable::default()).await;
    let queue = answer.map_err(|error| BrokerError::from_amqp(&error))?;
    Ok((queue.message_count(), queue.consumer_count()))
}

/// How many inbox queues exist.
pub async fn inbox_count(management: &Management, vhost: &str) -> Result<usize, BrokerError> {
    management.count_queues(vhost, r"^inbox\.").await
}

/// Takes everything out of these queues, in order, queue by queue: for tests and for comparing with a rehearsal.
pub async fn drain(endpoint: &Endpoint, queues: &[String]) -> Result<Vec<(String, Vec<Delivery>)>, BrokerError> {
    let explain = |error: lapin::Error| BrokerError::from_amqp(&error);
    let link = Link::open(endpoint, "drain").await?;
    let channel = link.channel().await?;
    let mut drained = Vec::with_capacity(queues.len());
    for queue in queues {
        let mut taken = Vec::new();
        let mut newest = None;
        while let Some(message) =
            channel.basic_get(queue.as_str().into(), BasicGetOptions::default()).await.map_err(explain)?
        {
            newest = Some(message.delivery.acker.clone());
            taken.push(into_delivery(message.delivery));
        }
        if let Some(acker) = newest {
            let acked = acker.ack(BasicAckOptions { multiple: true }).await.map_err(explain)?;
            if !acked {
                return Err(BrokerError::Ended { reason: format!("the channel ended while draining {queue}") });
            }
        }
        drained.push((queue.clone(), taken));
    }
    link.close().await;
    Ok(drained)
}
