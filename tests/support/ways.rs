//! A hub's ways to its servers, each through a relay; everybody else goes straight.

use super::ground::Ground;
use super::relay::{Relay, Wire};

/// Both ways, and the configuration that makes a hub take them.
pub(crate) struct Ways {
    pub(crate) broker: Relay,
    pub(crate) database: Relay,
    pub(crate) over: toml::Table,
}

impl Ways {
    /// Relays to the ground's servers.
    pub(crate) async fn to(ground: &Ground) -> Self {
        let (broker, database) = (ground.servers.broker_address(), ground.servers.database_address());
        let (to_broker, to_database) =
            (Relay::new(Wire::Amqp, &broker).await, Relay::new(Wire::Postgres, &database).await);
        let written: toml::Table = toml::from_str(&std::fs::read_to_string(ground.config()).unwrap()).unwrap();
        let url = |section: &str, server: &str, relay: &Relay| {
            written[section]["url"].as_str().unwrap().replace(server, &relay.address.to_string())
        };
        let over = format!(
            "[amqp]\nurl = {:?}\n[database]\nurl = {:?}",
            url("amqp", &broker, &to_broker),
            url("database", &database, &to_database)
        );
        Ways { broker: to_broker, database: to_database, over: toml::from_str(&over).unwrap() }
    }
}
