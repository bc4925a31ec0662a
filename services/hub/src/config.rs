//! The configuration: `config/default.toml` with the operator's file laid over it. A key that does not exist is an
//! error with its name and line, not a silence.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use chrono::NaiveDate;
use liangdi_broker::topology::DeliveryMode;
use liangdi_console::access::provider;
use liangdi_domain::division::{Code, Divisions, Level};
use liangdi_store::postgres::DatabaseOptions;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

const DEFAULT: &str = include_str!("../../../config/default.toml");

/// Everything that can be set.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    pub amqp: Amqp,
    pub database: DatabaseOptions,
    pub keys: KeyFile,
    pub matching: MatchingFile,
    pub procedures: ProceduresFile,
    pub ingest: Ingest,
    pub courier: Courier,
    pub clock: Clock,
    pub retention: Retention,
    pub topology: Topology,
    pub console: Console,
    pub hub: Hub,
    pub telemetry: Telemetry,
    #[serde(default)]
    pub peers: Vec<Peer>,
}

/// Another province's hub.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Peer {
    pub province: Code,
    pub uri_file: PathBuf,
    pub password_file: PathBuf,
}

/// How long persons are kept of whom nobody speaks.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Retention {
    pub silent_days: u32,
    pub batch_persons_max: usize,
}

/// How to reach the broker.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Amqp {
    pub url: SecretString,
    pub more_nodes: Vec<String>,
    pub ca_file: PathBuf,
    pub client_cert_file: PathBuf,
    pub client_key_file: PathBuf,
    pub vhost: String,
    pub admin_user: String,
    pub admin_password: SecretString,
    pub management_url: String,
    pub connect_timeout_ms: u64,
    pub heartbeat_s: u16,
    pub reconnect_wait_min_ms: u64,
    pub reconnect_wait_max_ms: u64,
    pub publish_timeout_ms: u64,
    pub confirms_in_flight_max: usize,
}

/// Where the master key lies.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeyFile {
    pub file: PathBuf,
}

/// Where the weights lie that decide who is who.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MatchingFile {
    pub file: PathBuf,
}

/// Where the procedures lie.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProceduresFile {
    pub file: PathBuf,
}

/// Limits of a feed's ingest.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ingest {
    pub batch_messages_max: usize,
    pub batch_wait_ms: u64,
    pub prefetch_messages: u16,
    pub baseline_users: Vec<String>,
}

/// Limits of the courier.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Courier {
    pub batch_notices_max: usize,
    pub lease_ms: u64,
    pub idle_wait_ms: u64,
    pub retry_wait_min_ms: u64,
    pub retry_wait_max_ms: u64,
}

/// Limits of the clock.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Clock {
    pub batch_persons_max: usize,
    pub batch_jurisdictions_max: usize,
    pub interval_ms: u64,
}

/// Limits of queues, and the jurisdictions that get one.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Topology {
    pub inbox_messages_max: u64,
    pub partner_messages_max: u64,
    pub listening_messages_max: u64,
    pub listening_idle_ms: u64,
    pub feed_messages_max: u64,
    pub dead_messages_max: u64,
    pub deliveries_max: u64,
    pub user_connections_max: u32,
    pub user_channels_max: u32,
    pub jurisdictions: Vec<Code>,
    pub delivery: Delivery,
    pub users_file: PathBuf,
}

/// How jurisdictions get their notices: each code is for what lies below it, too, and the nearest counts.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Delivery {
    pub amqp: Vec<Code>,
    pub console: Vec<Code>,
    pub none: Vec<Code>,
}

impl Topology {
    /// What is said of delivery.
    pub fn delivery_modes(&self) -> impl Iterator<Item = (Code, DeliveryMode)> {
        let Delivery { amqp, console, none } = &self.delivery;
        let all = [(amqp, DeliveryMode::Amqp), (console, DeliveryMode::Console), (none, DeliveryMode::None)];
        all.into_iter().flat_map(|(codes, mode)| codes.iter().map(move |code| (*code, mode)))
    }
}

/// The console.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Console {
    pub listen: std::net::SocketAddr,
    pub session_idle_min: u64,
    pub session_max_h: u64,
    pub login_failures_max: u32,
    pub lockout_min: u64,
    pub login_tries_per_min: u32,
    pub api_requests_per_min: u32,
    pub checks_per_min: u32,
    pub feed_silent_min: u64,
    pub notice_waits_s: u64,
    pub rehearsal_max_min: u64,
    pub public_url: String,
    pub oidc: Oidc,
}

/// The provider of identity through which users may log in at the console. No issuer: none.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Oidc {
    pub issuer: String,
    pub client_id: String,
    pub client_secret_file: PathBuf,
    pub ca_file: PathBuf,
    pub scopes: Vec<String>,
    pub name_claim: String,
    pub label_zh: String,
    pub label_en: String,
    pub login_lasts_min: u64,
}

impl Oidc {
    /// Whether there is a provider.
    pub fn is_on(&self) -> bool {
        !self.issuer.is_empty()
    }
}

/// The hub itself.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Hub {
    pub source: String,
    #[serde(deserialize_with = "empty_as_none")]
    pub as_of: Option<NaiveDate>,
    pub shutdown_timeout_ms: u64,
}

/// Logs, metrics, traces.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Telemetry {
    pub log_format: LogFormat,
    #[serde(deserialize_with = "empty_as_none")]
    pub metrics_listen: Option<std::net::SocketAddr>,
    pub observe_interval_ms: u64,
    pub observe_inboxes_interval_ms: u64,
    pub otlp_url: String,
    pub trace_ratio: f64,
}

/// How log lines look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// For people.
    Text,
    /// For machines.
    Json,
}

impl Config {
    /// Reads the defaults and lays `file` over them.
    pub fn load(file: Option<&Path>) -> Result<Config> {
        let mut table: toml::Table = toml::from_str(DEFAULT).context("the shipped default.toml")?;
        if let Some(path) = file {
            let text = std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
            let over: toml::Table = toml::from_str(&text).with_context(|| format!("in {}", path.display()))?;
            lay_over(&mut table, over);
        }
        let place = file.map_or("default.toml".to_owned(), |path| path.display().to_string());
        let config: Config = table.try_into().with_context(|| format!("in {place}"))?;
        config.check().with_context(|| format!("in {place}"))?;
        Ok(config)
    }

    fn check(&self) -> Result<()> {
        let zero = [
            ("ingest.batch_messages_max", self.ingest.batch_messages_max as u64),
            ("ingest.prefetch_messages", u64::from(self.ingest.prefetch_messages)),
            ("courier.batch_notices_max", self.courier.batch_notices_max as u64),
            ("clock.batch_persons_max", self.clock.batch_persons_max as u64),
            ("clock.batch_jurisdictions_max", self.clock.batch_jurisdictions_max as u64),
            ("clock.interval_ms", self.clock.interval_ms),
            ("retention.batch_persons_max", self.retention.batch_persons_max as u64),
            ("amqp.confirms_in_flight_max", self.amqp.confirms_in_flight_max as u64),
            ("database.connections_max", u64::from(self.database.connections_max)),
            ("console.session_idle_min", self.console.session_idle_min),
            ("console.session_max_h", self.console.session_max_h),
            ("console.login_failures_max", u64::from(self.console.login_failures_max)),
            ("console.api_requests_per_min", u64::from(self.console.api_requests_per_min)),
            ("console.checks_per_min", u64::from(self.console.checks_per_min)),
            ("console.oidc.login_lasts_min", self.console.oidc.login_lasts_min),
            ("console.login_tries_per_min", u64::from(self.console.login_tries_per_min)),
            ("topology.user_connections_max", self.topology.user_connections_max.into()),
            ("topology.user_channels_max", self.topology.user_channels_max.into()),
            ("telemetry.observe_interval_ms", self.telemetry.observe_interval_ms),
            ("telemetry.observe_inboxes_interval_ms", self.telemetry.observe_inboxes_interval_ms),
        ];
        if let Some((key, _)) = zero.iter().find(|(_, value)| *value == 0) {
            bail!("{key} is 0: nothing would ever get through; the default is a good start");
        }
        self.check_tls()?;
        self.check_peers()?;
        self.check_delivery()?;
        self.check_oidc()?;
        let telemetry = &self.telemetry;
        if !(0.0..=1.0).contains(&telemetry.trace_ratio) {
            bail!("telemetry.trace_ratio is {}: a share lies between 0 and 1", telemetry.trace_ratio);
        }
        let url = &telemetry.otlp_url;
        if !(url.is_empty() || url.starts_with("http://") || url.starts_with("https://")) {
            bail!("telemetry.otlp_url: expected http://HOST:4318 or https://…");
        }
        Ok(())
    }
}

/// Whose hub this is, and which others it speaks with.
impl Config {
    /// The province whose hub this is: the last part of `hub.source`.
    pub fn home(&self) -> Result<Code> {
        let named = self.hub.source.strip_prefix("urn:liangdi:hub:").and_then(|code| code.parse::<Code>().ok());
        named.with_context(|| format!("hub.source is {}: expected urn:liangdi:hub:<province>", self.hub.source))
    }

    fn check_peers(&self) -> Result<()> {
        let home = self.home()?;
        let known = |province: Code| Divisions::shipped().at_home(province).is_some();
        if !known(home) {
            bail!("hub.source names {home}, which is no province");
        }
        for (index, Peer { province, .. }) in self.peers.iter().enumerate() {
            if *province == home || !known(*province) {
                bail!("peers: {province} is not another province");
            }
            if self.peers[..index].iter().any(|other| other.province == *province) {
                bail!("peers: {province} stands there twice");
            }
        }
        Ok(())
    }
}

/// Who gets notices how.
impl Config {
    fn check_delivery(&self) -> Result<()> {
        let home = self.home()?;
        let mut seen = BTreeSet::new();
        for (code, mode) in self.topology.delivery_modes() {
            if !seen.insert(code) {
                bail!("topology.delivery: {code} stands there twice");
            }
            if code.level() > Level::Township {
                bail!("topology.delivery: {code} is a village: notices go to its township");
            }
            if mode == DeliveryMode::None && code.province() == home {
                bail!(
                    "topology.delivery.none: {code} lies in the hub's own province, where cases have clocks; \
                     without a system of its own it belongs into console"
                );
            }
            if self.peers.iter().any(|peer| peer.province == code.province()) {
                bail!(
                    "topology.delivery: {code} belongs to a province whose hub is a peer, which gets its notices there"
                );
            }
        }
        Ok(())
    }
}

/// A provider that is named is named in full.
impl Config {
    fn check_oidc(&self) -> Result<()> {
        let oidc = &self.console.oidc;
        if !oidc.is_on() {
            return Ok(());
        }
        if provider::address(&oidc.issuer).is_none() {
            bail!("console.oidc.issuer is {}: expected https://… (http:// only on this machine)", oidc.issuer);
        }
        let public_url = &self.console.public_url;
        if provider::address(public_url).is_none_or(|url| url.path() != "/") {
            bail!(
                "console.public_url is {public_url:?}: console.oidc needs the address at which browsers reach the console, \
                 https://HOST (http:// only on this machine)"
            );
        }
        let named = [
            ("client_id", &oidc.client_id),
            ("name_claim", &oidc.name_claim),
            ("label_zh", &oidc.label_zh),
            ("label_en", &oidc.label_en),
        ];
        if let Some((key, _)) = named.iter().find(|(_, value)| value.trim().is_empty()) {
            bail!("console.oidc.{key} is empty");
        }
        if oidc.client_secret_file.as_os_str().is_empty() {
            bail!("console.oidc.client_secret_file is not set: the provider has to know this hub by a secret");
        }
        Ok(())
    }
}

/// Half a set-up of TLS would be none at all.
impl Config {
    fn check_tls(&self) -> Result<()> {
        let amqp = &self.amqp;
        let set = |path: &Path| !path.as_os_str().is_empty();
        let (authority, certificate, key) =
            (set(&amqp.ca_file), set(&amqp.client_cert_file), set(&amqp.client_key_file));
        if certificate != key {
            bail!("amqp.client_cert_file and amqp.client_key_file belong together: set both or neither");
        }
        if certificate && !authority {
            bail!("amqp.client_cert_file needs amqp.ca_file: the authority of the broker's own certificate");
        }
        if (authority || certificate) && !amqp.url.expose_secret().starts_with("amqps://") {
            bail!("amqp.ca_file is set, but amqp.url is not amqps://: nothing would be encrypted");
        }
        Ok(())
    }
}

/// Replaces values, table by table.
fn lay_over(base: &mut toml::Table, over: toml::Table) {
    for (key, value) in over {
        match (base.get_mut(&key), value) {
            (Some(toml::Value::Table(base)), toml::Value::Table(over)) => lay_over(base, over),
            (_, value) => drop(base.insert(key, value)),
        }
    }
}

fn empty_as_none<'de, D, T>(deserializer: D) -> Result<Option<T>, D::Error>
where
    D: serde::Deserializer<'de>,
    T: std::str::FromStr<Err: std::fmt::Display>,
{
    let text = String::deserialize(deserializer)?;
    if text.is_empty() { Ok(None) } else { text.parse().map(Some).map_err(serde::de::Error::custom) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_defaults_are_complete() {
        let config = Config::load(None).unwrap();
        assert_eq!(config.ingest.batch_messages_max, 500);
        assert_eq!(config.hub.as_of, None);
    }

    #[test]
    fn a_peer_is_another_province_and_stands_there_once() {
        let mut config = Config::load(None).unwrap();
        let peer = |province: &str| Peer {
            province: province.parse().unwrap(),
            uri_file: PathBuf::from("uri"),
            password_file: PathBuf::from("password"),
        };
        let mut fits = |peers: &[&str]| {
            config.peers = peers.iter().map(|province| peer(province)).collect();
            config.check().is_ok()
        };
        assert!(fits(&["340000", "330000"]));
        for bad in [["320000", "340000"], ["340000", "340000"], ["340000", "341200"], ["340000", "160000"]] {
            assert!(!fits(&bad), "{bad:?}");
        }
    }

    #[test]
    fn delivery_is_said_once_of_a_code_and_no_clock_is_left_without_a_reader() {
        let fits = |delivery: &str| {
            let mut config = Config::load(None).unwrap();
            config.topology.delivery = toml::from_str(delivery).unwrap();
            config.check().map_err(|error| error.to_string())
        };
        let lists =
            |amqp: &str, console: &str, none: &str| format!("amqp = [{amqp}]\nconsole = [{console}]\nnone = [{none}]");
        fits(&lists("'320583100'", "'320583', '320500'", "'340000'")).unwrap();
        for (bad, says) in [
            (lists("'320583'", "'320583'", ""), "twice"),
            (lists("", "'320583100001'", ""), "village"),
            (lists("", "", "'320583'"), "belongs into console"),
        ] {
            let error = fits(&bad).unwrap_err();
            assert!(error.contains(says), "{error}");
        }
    }

    #[test]
    fn a_provider_is_named_in_full_and_reached_over_tls() {
        let fits = |over: &[(&str, &str)]| {
            let mut config = Config::load(None).unwrap();
            let console = &mut config.console;
            let oidc = &mut console.oidc;
            oidc.client_secret_file = PathBuf::from("secret");
            for (key, value) in
                [("issuer", "https://id.example"), ("client_id", "liangdi"), ("url", "https://hub.example")]
                    .iter()
                    .chain(over)
            {
                let place = match *key {
                    "issuer" => &mut oidc.issuer,
                    "client_id" => &mut oidc.client_id,
                    "label_zh" => &mut oidc.label_zh,
                    _ => &mut console.public_url,
                };
                (*value).clone_into(place);
            }
            config.check().is_ok()
        };
        assert!(fits(&[]) && fits(&[("issuer", "https://id.example/realms/province")]));
        assert!(fits(&[("issuer", "http://127.0.0.1:4000"), ("url", "http://localhost:8080")]));
        assert!(fits(&[("issuer", ""), ("url", "")]), "no provider, and nothing that it needs");
        for bad in [
            ("issuer", "http://id.example"),
            ("issuer", "https://user@id.example"),
            ("issuer", "https://id.example?tenant=1"),
            ("issuer", "id.example"),
            ("client_id", ""),
            ("label_zh", " "),
            ("url", ""),
            ("url", "http://hub.example"),
            ("url", "https://hub.example/console"),
        ] {
            assert!(!fits(&[bad]), "{bad:?}");
        }
    }

    #[test]
    fn a_file_replaces_what_it_names_and_nothing_else() {
        let dir = std::env::temp_dir().join(format!("liangdi-config-{}", std::process::id()));
        std::fs::write(&dir, "[ingest]\nbatch_wait_ms = 5\n").unwrap();
        let config = Config::load(Some(&dir)).unwrap();
        std::fs::write(&dir, "[ingest]\nbatch_wait = 5\n").unwrap();
        let refused = format!("{:#}", Config::load(Some(&dir)).unwrap_err());
        std::fs::remove_file(&dir).unwrap();
        assert_eq!((config.ingest.batch_wait_ms, config.ingest.batch_messages_max), (5, 500));
        assert!(refused.contains("batch_wait"), "{refused}");
    }
}
