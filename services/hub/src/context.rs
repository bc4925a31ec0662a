//! What every command starts from: the configuration, and the ways to broker, database and keys that follow from it.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use chrono::NaiveDate;
use liangdi_broker::connect::Endpoint;
use liangdi_broker::consumer::ConsumerLimits;
use liangdi_broker::management::Management;
use liangdi_broker::publisher::PublisherLimits;
use liangdi_broker::supervisor::ReconnectLimits;
use liangdi_broker::tls::TlsFiles;
use liangdi_broker::topology::{
    Admin, DeliveryMode, DeliveryModes, Jurisdiction, Peer, Scope, TopologyLimits, UserLimits, UserWanted, names,
};
use liangdi_console::access::provider::{Provider, ProviderSettings};
use liangdi_domain::calendar::Calendar;
use liangdi_domain::division::{Code, Divisions};
use liangdi_domain::feed::Feed;
use liangdi_domain::identity::Matching;
use liangdi_domain::ids::Token;
use liangdi_domain::procedure::Procedures;
use liangdi_registry::clock::ClockLimits;
use liangdi_registry::ingest::{Registry, now};
use liangdi_registry::retain::Retention;
use liangdi_store::StoreError;
use liangdi_store::keys::Keys;
use liangdi_store::port::Store;
use liangdi_store::port::register;
use liangdi_store::postgres::PgStore;
use secrecy::SecretString;
use tokio_util::sync::CancellationToken;

use crate::config::Config;
use crate::say;

/// The configuration with what follows from it.
#[derive(Clone)]
pub struct Context {
    /// As it was read.
    pub config: Arc<Config>,
    /// Divisions as they ship, of the province whose hub this is.
    pub tables: &'static Divisions,
    /// What `/metrics` shows; none where it is off, or nothing runs long enough to be asked.
    pub metrics: Option<prometheus::Registry>,
}

impl Context {
    /// Reads the configuration.
    pub fn load(file: Option<&Path>) -> Result<Self> {
        let config = Config::load(file)?;
        // Once in a process.
        let tables = Divisions::shipped().at_home(config.home()?).context("hub.source names no province")?;
        Ok(Context { config: Arc::new(config), tables: Box::leak(Box::new(tables)), metrics: None })
    }

    /// The hub's own way to the broker.
    pub fn endpoint(&self) -> Result<Endpoint> {
        let amqp = &self.config.amqp;
        let mut endpoint = Endpoint::new(amqp.url.clone()).with_vhost(&amqp.vhost).context("amqp.url")?;
        endpoint = endpoint.with_nodes(&amqp.more_nodes)?;
        endpoint.connect_timeout_ms = amqp.connect_timeout_ms;
        endpoint.heartbeat_s = amqp.heartbeat_s;
        let set = |path: &Path| (!path.as_os_str().is_empty()).then(|| path.to_owned());
        endpoint.tls = TlsFiles {
            authority: set(&amqp.ca_file),
            identity: set(&amqp.client_cert_file).zip(set(&amqp.client_key_file)),
        };
        Ok(endpoint)
    }

    /// An administrator's ways to the broker.
    pub fn admin(&self) -> Result<Admin> {
        let amqp = &self.config.amqp;
        if amqp.admin_user.is_empty() {
            bail!("amqp.admin_user is not set: exchanges, queues and users need a user that may declare them");
        }
        self.admin_as(&amqp.admin_user, &amqp.admin_password)
    }

    /// The same of an administrator whom somebody names.
    pub fn admin_as(&self, user: &str, password: &SecretString) -> Result<Admin> {
        let endpoint = self.endpoint()?.as_user(user, password)?;
        let management = Management::new(&self.config.amqp.management_url, user, password.clone())?;
        Ok(Admin { endpoint, management })
    }

    /// Every jurisdiction that has an exchange and an inbox.
    pub fn codes(&self) -> Vec<Code> {
        match self.config.topology.jurisdictions.as_slice() {
            [] => self.tables.jurisdictions(),
            cut => cut.to_vec(),
        }
    }

    /// What the broker should hold.
    pub fn scope(&self) -> Result<Scope> {
        let topology = &self.config.topology;
        let jurisdictions = self.jurisdictions();
        let limits = TopologyLimits {
            feed_messages_max: topology.feed_messages_max,
            inbox_messages_max: topology.inbox_messages_max,
            partner_messages_max: topology.partner_messages_max,
            listening_messages_max: topology.listening_messages_max,
            listening_idle_ms: topology.listening_idle_ms,
            dead_messages_max: topology.dead_messages_max,
            deliveries_max: topology.deliveries_max,
        };
        let mut users = self.users()?;
        users.extend(self.hub_user()?);
        let mut peers = Vec::with_capacity(self.config.peers.len());
        for peer in &self.config.peers {
            let exchange = names::jurisdiction(self.tables.home());
            peers.push(Peer { province: peer.province, uri: secret_in("peers.uri_file", &peer.uri_file)?, exchange });
            users.push(UserWanted::link(peer.province, secret_in("peers.password_file", &peer.password_file)?));
        }
        Ok(Scope { vhost: self.config.amqp.vhost.clone(), jurisdictions, users, limits, peers })
    }

    /// The queues that the hub reads.
    pub fn read_queues(&self) -> Vec<String> {
        let peers = self.config.peers.iter().map(|peer| names::peer(peer.province));
        Feed::ALL.into_iter().map(names::feed).chain(peers).collect()
    }

    /// Every jurisdiction with an exchange, and how it gets its notices.
    fn jurisdictions(&self) -> Vec<Jurisdiction> {
        let modes = self.delivery_modes();
        let mut codes = self.codes();
        // A cut has them, too: there is nothing to exchange without.
        codes.extend(self.config.peers.iter().map(|peer| peer.province));
        codes.sort_unstable();
        codes.dedup();
        codes.into_iter().map(|code| Jurisdiction { code, delivery: modes.of(code) }).collect()
    }

    /// Who gets notices how.
    pub fn delivery_modes(&self) -> DeliveryModes {
        let hubs = self.config.peers.iter().map(|peer| (peer.province, DeliveryMode::Hub));
        DeliveryModes::new(self.config.topology.delivery_modes().chain(hubs))
    }

    /// How much of the broker an office's user may hold.
    pub fn user_limits(&self) -> UserLimits {
        let topology = &self.config.topology;
        UserLimits { connections_max: topology.user_connections_max, channels_max: topology.user_channels_max }
    }

    /// The hub's own user, with what it needs and no more; none where the hub runs as the administrator.
    fn hub_user(&self) -> Result<Option<UserWanted>> {
        let endpoint = self.endpoint()?;
        let user = endpoint.user()?;
        if user == self.config.amqp.admin_user {
            return Ok(None);
        }
        Ok(Some(UserWanted::hub(&user, endpoint.password()?)))
    }

    /// The offices' users out of `topology.users_file`.
    fn users(&self) -> Result<Vec<UserWanted>> {
        let path = &self.config.topology.users_file;
        if path.as_os_str().is_empty() {
            return Ok(Vec::new());
        }
        let named = || format!("topology.users_file, {}", path.display());
        let text = std::fs::read_to_string(path).with_context(named)?;
        let passwords: BTreeMap<String, String> = serde_json::from_str(&text).with_context(named)?;
        passwords
            .into_iter()
            .map(|(user, password)| {
                let (feed, division) = user.rsplit_once('.').unwrap_or_default();
                let parsed = feed.parse().ok().zip(division.parse().ok());
                let (feed, division) =
                    parsed.with_context(|| format!("{}: {user} is no <feed>.<division>", named()))?;
                Ok(UserWanted::office(feed, division, password.into()).limited(self.user_limits()))
            })
            .collect()
    }

    /// The master key.
    pub fn keys(&self) -> Result<Keys> {
        let file = &self.config.keys.file;
        Keys::read_file(file).with_context(|| format!("keys.file, {}", file.display()))
    }

    /// The provider through which users may log in, if there is one. It is not asked for anything.
    pub fn provider(&self) -> Result<Option<Provider>> {
        let console = &self.config.console;
        let oidc = &console.oidc;
        if !oidc.is_on() {
            return Ok(None);
        }
        let ca_file = &oidc.ca_file;
        let authority = if ca_file.as_os_str().is_empty() {
            None
        } else {
            Some(std::fs::read(ca_file).with_context(|| format!("console.oidc.ca_file, {}", ca_file.display()))?)
        };
        let settings = ProviderSettings {
            issuer: oidc.issuer.clone(),
            client_id: oidc.client_id.clone(),
            client_secret: secret_in("console.oidc.client_secret_file", &oidc.client_secret_file)?,
            authority,
            scopes: oidc.scopes.clone(),
            name_claim: oidc.name_claim.clone(),
            labels: [oidc.label_zh.clone(), oidc.label_en.clone()],
            login_lasts_s: oidc.login_lasts_min * 60,
            public_url: console.public_url.clone(),
        };
        Ok(Some(Provider::new(settings).context("console.oidc")?))
    }

    /// The database, at once or not at all: what a command wants.
    pub async fn store(&self) -> Result<PgStore> {
        PgStore::connect(&self.config.database, self.keys()?).await.context("database.url")
    }

    /// The database, waiting for it as long as it takes: what a role wants. None when `shutdown` came first.
    pub async fn store_when_it_is_there(&self, shutdown: &CancellationToken) -> Result<Option<PgStore>> {
        let amqp = &self.config.amqp;
        let mut wait = Duration::from_millis(amqp.reconnect_wait_min_ms);
        let mut said = false;
        loop {
            match PgStore::connect(&self.config.database, self.keys()?).await {
                Ok(store) => return Ok(Some(store)),
                Err(StoreError::Unavailable(reason)) => {
                    if !said {
                        say::note(format!("the database is away ({reason}); waiting for it, and trying again"));
                        said = true;
                    }
                }
                Err(other) => return Err(other).context("database.url"),
            }
            if tokio::time::timeout(wait, shutdown.cancelled()).await.is_ok() {
                return Ok(None);
            }
            wait = (wait * 2).min(Duration::from_millis(amqp.reconnect_wait_max_ms));
        }
    }

    /// The registry on the database. Refuses weights other than those that decided who is who so far.
    pub async fn settled_registry(&self, store: PgStore) -> Result<Registry<PgStore>> {
        let registry = self.registry(store)?;
        let mark = matching_mark(&registry.matching, &registry.keys);
        match registry.store.matching_mark().await? {
            Some(held) if held != mark => bail!(
                "matching.file holds other weights than those that decided who is who so far; `liangdi rehearse \
                 --from-registry --matching FILE` shows what would change, `liangdi rematch` makes it so"
            ),
            Some(_) => {}
            None => registry.store.set_matching_mark(mark).await?,
        }
        Ok(registry)
    }

    /// The divisions as they are today; as they ship where the database cannot be asked.
    pub async fn divisions(&self) -> Divisions {
        let announced = match self.store().await {
            Ok(store) => store.announced().await.unwrap_or_default(),
            Err(_) => Vec::new(),
        };
        register(self.tables, announced).on(self.day(None))
    }

    /// The registry on a store.
    pub fn registry<S: Store>(&self, store: S) -> Result<Registry<S>> {
        Ok(Registry {
            store,
            keys: Arc::new(self.keys()?),
            divisions: self.tables,
            calendar: Calendar::shipped(),
            procedures: Arc::new(self.procedures()?),
            matching: Arc::new(self.matching()?),
            baseline_users: self.config.ingest.baseline_users.clone().into(),
            as_of: self.config.hub.as_of,
            together: Arc::default(),
            boundaries: Arc::default(),
        })
    }

    /// The weights that decide who is who: `matching.file`, else the shipped ones.
    pub fn matching(&self) -> Result<Matching> {
        let named = || format!("matching.file, {}", self.config.matching.file.display());
        Matching::read(&self.matching_text()?).with_context(named)
    }

    /// The text they were read from.
    pub fn matching_text(&self) -> Result<String> {
        let file = &self.config.matching.file;
        if file.as_os_str().is_empty() {
            return Ok(Matching::shipped_text().to_owned());
        }
        std::fs::read_to_string(file).with_context(|| format!("matching.file, {}", file.display()))
    }

    /// The procedures: `procedures.file`, else the shipped ones.
    pub fn procedures(&self) -> Result<Procedures> {
        let file = &self.config.procedures.file;
        if file.as_os_str().is_empty() {
            return Ok(Procedures::shipped().clone());
        }
        Context::read_procedures("procedures.file", file)
    }

    /// The procedures in a file that somebody named.
    pub fn read_procedures(name: &str, file: &Path) -> Result<Procedures> {
        let named = || format!("{name}, {}", file.display());
        Procedures::read(&std::fs::read_to_string(file).with_context(named)?).with_context(named)
    }

    /// What tells the rules of the clocks from others: procedures and calendar.
    pub fn clock_mark(&self, keys: &Keys) -> Result<Token> {
        let rules = format!("{:?} {:?}", self.procedures()?, Calendar::shipped());
        Ok(keys.token("clock", &[&rules]))
    }

    /// Limits of the clock.
    pub fn clock(&self) -> ClockLimits {
        let clock = &self.config.clock;
        ClockLimits {
            batch_persons_max: clock.batch_persons_max,
            batch_jurisdictions_max: clock.batch_jurisdictions_max,
            interval_ms: clock.interval_ms,
            retention: self.retention(),
        }
    }

    /// How long persons are kept of whom nobody speaks.
    pub fn retention(&self) -> Retention {
        let retention = &self.config.retention;
        Retention { silent_days: retention.silent_days, batch_persons_max: retention.batch_persons_max }
    }

    /// The jurisdictions of the hub's province at which the clock looks as a whole: those that notices reach.
    pub fn listening(&self) -> Vec<Code> {
        let home = self.tables.home();
        let reached =
            self.jurisdictions().into_iter().filter(|jurisdiction| jurisdiction.delivery != DeliveryMode::None);
        reached.map(|jurisdiction| jurisdiction.code).filter(|code| code.province() == home).collect()
    }

    /// The day as of which a report speaks: what was asked for, else the configuration's, else today's in Shanghai.
    pub fn day(&self, asked: Option<NaiveDate>) -> NaiveDate {
        asked.or(self.config.hub.as_of).unwrap_or_else(|| now().date_naive())
    }

    /// How patient to be with a broker that is away.
    pub fn reconnect(&self) -> ReconnectLimits {
        let amqp = &self.config.amqp;
        ReconnectLimits {
            reconnect_wait_min_ms: amqp.reconnect_wait_min_ms,
            reconnect_wait_max_ms: amqp.reconnect_wait_max_ms,
        }
    }

    /// Limits of a feed's consumer.
    pub fn consuming(&self) -> ConsumerLimits {
        let ingest = &self.config.ingest;
        ConsumerLimits {
            prefetch: ingest.prefetch_messages,
            batch_messages_max: ingest.batch_messages_max,
            batch_wait_ms: ingest.batch_wait_ms,
            ..ConsumerLimits::default()
        }
    }

    /// Limits of a publisher.
    pub fn publishing(&self) -> PublisherLimits {
        let amqp = &self.config.amqp;
        PublisherLimits {
            confirms_in_flight_max: amqp.confirms_in_flight_max,
            publish_timeout_ms: amqp.publish_timeout_ms,
        }
    }
}

/// The secret in a file, without the line's end.
fn secret_in(key: &str, path: &Path) -> Result<SecretString> {
    let text = std::fs::read_to_string(path).with_context(|| format!("{key}, {}", path.display()))?;
    Ok(text.trim_end().to_owned().into())
}

/// What tells weights from others.
pub fn matching_mark(matching: &Matching, keys: &Keys) -> Token {
    keys.token("matching", &[&matching.write()])
}
