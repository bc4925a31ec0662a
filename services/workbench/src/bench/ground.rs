//! What every measurement starts from: all of the province's exchanges and inboxes, the partners' users, the feed mix,
//! and for each measurement a database of its own.

use std::collections::BTreeMap;
use std::path::PathBuf;

use anyhow::{Context, Result};
use liangdi_broker::connect::Endpoint;
use liangdi_broker::management::Management;
use liangdi_broker::topology::{self, Admin, DeliveryMode, Jurisdiction, Scope, TopologyLimits, UserWanted, Wanted};
use liangdi_domain::division::{Code, Divisions, Level};
use liangdi_store::keys::Keys;
use liangdi_store::postgres::{DatabaseOptions, PgStore, fresh_database};
use secrecy::SecretString;

use super::Options;
use super::cpu::Watched;
use super::load::BARE_FEED;
use super::mix::Mix;
use super::place::{Place, Servers};

/// Database names say whose they are.
const DATABASE: &str = "bench";

/// The ground of all measurements.
pub(super) struct Ground {
    pub(super) dir: PathBuf,
    pub(super) hub: PathBuf,
    pub(super) servers: Servers,
    /// The hub's way to the broker, which the bare pipe uses too.
    pub(super) endpoint: Endpoint,
    /// Passwords of the partners' users.
    pub(super) users: BTreeMap<String, SecretString>,
    pub(super) mix: Mix,
    /// The township-level codes of the province.
    pub(super) townships: Vec<Code>,
    /// Broker and database.
    pub(super) watched: Watched,
    keys: Keys,
}

impl Ground {
    /// Makes the sample, the topology and the users.
    pub(super) async fn lay(options: &Options, place: &Place) -> Result<Self> {
        (options.note)("making the feed mix …");
        let mix = Mix::make(options, &place.dir.join("sample"))?;
        let servers = place.servers()?;
        let users: BTreeMap<String, SecretString> =
            mix.partners.keys().map(|user| (user.clone(), uuid::Uuid::new_v4().to_string().into())).collect();
        (options.note)("exchanges, queues and users on the broker …");
        let codes = Divisions::shipped().jurisdictions();
        apply_topology(&servers, &codes, &users).await?;
        let key = place.dir.join("liangdi.key");
        let keys = if key.exists() { Keys::read_file(&key)? } else { Keys::generate_file(&key)? };
        let townships = codes.into_iter().filter(|code| code.level() == Level::Township).collect();
        let (broker, database) = place.pids()?;
        Ok(Ground {
            dir: place.dir.clone(),
            hub: options.hub.clone(),
            endpoint: Endpoint::new(servers.amqp_url.clone().into()),
            servers,
            users,
            mix,
            townships,
            watched: Watched { broker, database },
            keys,
        })
    }

    /// An empty database.
    pub(super) async fn database(&self) -> Result<DatabaseOptions> {
        let server = DatabaseOptions::new(self.servers.database_url.clone().into());
        fresh_database(&server, DATABASE).await.context("a fresh database")
    }

    /// An empty database with the hub's tables.
    pub(super) async fn register(&self) -> Result<DatabaseOptions> {
        let database = self.database().await?;
        PgStore::migrate(&database, &self.keys).await?;
        Ok(database)
    }

    /// The hub's database, as the bench looks at it.
    pub(super) async fn store(&self, database: &DatabaseOptions) -> Result<PgStore> {
        Ok(PgStore::connect(database, self.keys.clone()).await?)
    }

    /// The user that fills the bare pipe's queue.
    pub(super) fn bare_user(&self) -> Result<&str> {
        let user = self.mix.partners.iter().find(|(_, feed)| **feed == BARE_FEED);
        user.map(|(user, _)| user.as_str()).with_context(|| format!("the sample has no {BARE_FEED}"))
    }

    /// The way to the broker as one of the partners.
    pub(super) fn endpoint_of(&self, user: &str) -> Result<Endpoint> {
        let password = self.users.get(user).with_context(|| format!("the sample has no user {user}"))?;
        Ok(self.endpoint.as_user(user, password)?)
    }
}

async fn apply_topology(servers: &Servers, codes: &[Code], users: &BTreeMap<String, SecretString>) -> Result<()> {
    let management = Management::new(
        &servers.amqp_management_url,
        &servers.amqp_admin_user,
        servers.amqp_admin_password.clone().into(),
    )?;
    let admin = Admin { endpoint: Endpoint::new(servers.amqp_admin_url.clone().into()), management };
    let jurisdictions = codes.iter().map(|code| Jurisdiction { code: *code, delivery: DeliveryMode::Amqp }).collect();
    let users: Vec<UserWanted> = users
        .iter()
        .map(|(user, password)| {
            let (feed, division) = user.rsplit_once('.').context("a user is <feed>.<division>")?;
            Ok(UserWanted::office(feed.parse()?, division.parse()?, password.clone()))
        })
        .collect::<Result<_>>()?;
    let wanted =
        Wanted::new(&Scope { vhost: servers.vhost.clone(), jurisdictions, users, limits: TopologyLimits::default() });
    let found = topology::read(&admin.management, &servers.vhost).await?;
    topology::apply(&admin, &wanted, &topology::plan(&wanted, &found)).await?;
    Ok(())
}
