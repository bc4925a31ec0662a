//! A provider of identity as a process of its own, `tests/oidc`, with fictional accounts; and a hub that knows it.

use std::process::Stdio;

use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};

use super::ground::{Ground, free_address, write_secret};
use super::hub::Hub;
use super::{in_time, installed};

const SECRET: &str = "a fictional secret between hub and provider";

/// The provider, while it runs, and what the hub is told of it.
pub(crate) struct IdentityProvider {
    child: Option<Child>,
    issuer: String,
    /// Where browsers reach the console.
    console: String,
    settings: toml::Table,
}

impl IdentityProvider {
    /// Starts one with options of the test's choosing, and tells the ground's configuration of it.
    pub(crate) async fn start(ground: &Ground, options: Value) -> Self {
        let console = free_address();
        let (child, issuer) = spawn(&console, options).await;
        let secret = ground.dir.join("provider.secret");
        write_secret(&secret, SECRET);
        let settings = toml::Table::try_from(json!({"console": {
            "listen": console, "public_url": format!("http://{console}"),
            "oidc": {
                "issuer": issuer, "client_id": "liangdi", "client_secret_file": secret,
                "label_zh": "省统一身份认证", "label_en": "the provincial account",
            },
        }}))
        .unwrap();
        let provider = IdentityProvider { child: Some(child), issuer, console, settings };
        ground.write_config("liangdi.toml", &provider.settings);
        provider
    }

    /// A hub that knows it, with more configuration.
    pub(crate) async fn hub(&self, ground: &Ground, over: &str) -> Hub {
        let mut settings = self.settings.clone();
        let over: toml::Table = toml::from_str(over).unwrap();
        for (key, value) in over {
            settings["console"].as_table_mut().unwrap().insert(key, value);
        }
        let mut hub = Hub::start_with(ground, &settings);
        hub.until_ready().await;
        hub
    }

    /// Has the ground's configuration say something else of it.
    pub(crate) fn tell(&mut self, ground: &Ground, key: &str, value: &str) {
        self.settings["console"]["oidc"].as_table_mut().unwrap().insert(key.to_owned(), value.into());
        ground.write_config("liangdi.toml", &self.settings);
    }

    /// Kills it.
    pub(crate) async fn stop(&mut self) {
        self.child.take().expect("it runs").kill().await.unwrap();
    }

    /// Starts it again where it was, with another key and no memory.
    pub(crate) async fn start_again(&mut self, mut options: Value) {
        options["port"] = json!(self.port());
        let (child, issuer) = spawn(&self.console, options).await;
        assert_eq!(issuer, self.issuer);
        self.child = Some(child);
    }

    pub(crate) fn issuer(&self) -> &str {
        &self.issuer
    }

    fn port(&self) -> u16 {
        self.issuer.rsplit(':').next().unwrap().parse().unwrap()
    }
}

async fn spawn(console: &str, mut options: Value) -> (Child, String) {
    options["console"] = json!(format!("http://{console}"));
    options["secret"] = json!(SECRET);
    let folder = installed::folder("tests/oidc", "package-lock.json", installed::NPM);
    let mut child = Command::new("node")
        .arg(folder.join("provider.js"))
        .arg(options.to_string())
        .kill_on_drop(true)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .expect("node is there: `deploy/test` installs Debian's");
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let issuer = in_time("the provider says its address", lines.next_line()).await.unwrap();
    (child, issuer.expect("the provider runs"))
}
