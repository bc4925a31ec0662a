//! What every measurement starts from: all of the province's exchanges and inboxes, the partners' users, the feed mix,
//! and for each measurement a database of its own.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;

use anyhow::{Context, Result};
use chrono::NaiveDate;
use liangdi_broker::connect::Endpoint;
use liangdi_broker::management::Management;
use liangdi_broker::topology::names;
use liangdi_broker::topology::{self, Admin, DeliveryMode, Jurisdiction, Scope, TopologyLimits, UserWanted, Wanted};
use liangdi_domain::division::{Code, Divisions, Level};
use liangdi_domain::feed::Feed;
use liangdi_store::keys::Keys;
use liangdi_store::postgres::{DatabaseOptions, PgStore, fresh_database};
use secrecy::SecretString;

use super::Options;
use super::cpu::Watched;
use super::load::BARE_FEED;
use super::mix::{Mix, SEED};
use super::place::{Place, Servers};

/// More people than it takes for so many messages of the mix; what is too many is cut.
const PERSONS_PER_10_MESSAGES: usize = 14;
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
    pub(super) mix: Arc<Mix>,
    /// The township-level codes of the province.
    pub(super) townships: Vec<Code>,
    /// Broker and database.
    pub(super) watched: Watched,
    pub(super) as_of: NaiveDate,
    backlog_messages: usize,
    keys: Keys,
}

impl Ground {
    /// Makes the sample, the topology and the users.
    pub(super) async fn lay(options: &Options, place: &Place) -> Result<Self> {
        (options.note)("making the feed mix …");
        let mix = Mix::make(options.persons, SEED, options.as_of, &place.dir.join("sample"))?;
        let servers = place.servers()?;
        let codes = Divisions::shipped().jurisdictions();
        let townships: Vec<Code> = codes.iter().filter(|code| code.level() == Level::Township).copied().collect();
        // Every prefecture's users of every department: other samples have others.
        let prefectures: BTreeSet<Code> = townships.iter().filter_map(Code::prefecture).collect();
        let departments = Feed::ALL.into_iter().filter(|feed| *feed != Feed::Township);
        let everybody = departments.flat_map(|feed| prefectures.iter().map(move |code| names::user(feed, *code)));
        let counties: BTreeSet<Code> = townships.iter().filter_map(Code::county).collect();
        let counties = counties.into_iter().map(|code| names::user(Feed::Township, code));
        let users: BTreeMap<String, SecretString> = mix
            .partners
            .keys()
            .cloned()
            .chain(everybody)
            .chain(counties)
            .map(|user| (user, uuid::Uuid::new_v4().to_string().into()))
            .collect();
        (options.note)("exchanges, queues and users on the broker …");
        apply_topology(&servers, &codes, &users).await?;
        let key = place.dir.join("liangdi.key");
        let keys = if key.exists() { Keys::read_file(&key)? } else { Keys::generate_file(&key)? };
        let (broker, database) = place.pids()?;
        Ok(Ground {
            dir: place.dir.clone(),
            hub: options.hub.clone(),
            endpoint: Endpoint::new(servers.amqp_url.clone().into()),
            servers,
            users,
            mix: Arc::new(mix),
            townships,
            watched: Watched { broker, database },
            as_of: options.as_of,
            backlog_messages: options.backlog_messages,
            keys,
        })
    }

    /// An exchange and an inbox for one more jurisdiction, as an operator makes them for a division that is new.
    pub(super) async fn admit(&self, code: Code) -> Result<()> {
        let codes: Vec<Code> = Divisions::shipped().jurisdictions().into_iter().chain([code]).collect();
        apply_topology(&self.servers, &codes, &self.users).await
    }

    /// A feed mix as long as the backlog.
    pub(super) fn backlog(&self) -> Result<Mix> {
        let persons = u32::try_from(self.backlog_messages * PERSONS_PER_10_MESSAGES / 10)?;
        let mix = Mix::make(persons.max(1), SEED, self.as_of, &self.dir.join("backlog"))?;
        Ok(mix.cut(self.backlog_messages))
    }

    /// An empty database, in place of the last one.
    pub(super) async fn database(&self) -> Result<DatabaseOptions> {
        self.named(DATABASE).await
    }

    /// An empty database with the hub's tables, in place of the last one.
    pub(super) async fn register(&self) -> Result<DatabaseOptions> {
        self.migrated(self.database().await?).await
    }

    /// The same beside it, for measurements that need more than one.
    pub(super) async fn register_beside(&self, name: &str) -> Result<DatabaseOptions> {
        self.migrated(self.named(&format!("{DATABASE}_{name}")).await?).await
    }

    async fn named(&self, name: &str) -> Result<DatabaseOptions> {
        let server = DatabaseOptions::new(self.servers.database_url.clone().into());
        fresh_database(&server, name).await.context("a fresh database")
    }

    async fn migrated(&self, database: DatabaseOptions) -> Result<DatabaseOptions> {
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
    let wanted = Wanted::new(&Scope {
        vhost: servers.vhost.clone(),
        jurisdictions,
        users,
        limits: TopologyLimits::default(),
        peers: Vec::new(),
    });
    let found = topology::read(&admin.management, &servers.vhost).await?;
    topology::apply(&admin, &wanted, &topology::plan(&wanted, &found)).await?;
    Ok(())
}
