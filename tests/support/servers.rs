//! Where the real servers are.

use std::path::{Path, PathBuf};

use liangdi_broker::connect::Endpoint;
use liangdi_broker::management::Management;
use secrecy::SecretString;
use serde::Deserialize;

/// The file that `deploy/local/servers` writes.
#[derive(Clone, Deserialize)]
pub(crate) struct Servers {
    amqp_admin_url: SecretString,
    pub(crate) amqp_management_url: String,
    pub(crate) amqp_admin_user: String,
    pub(crate) amqp_admin_password: SecretString,
    pub(crate) database_url: String,
    /// Whether one test has them for itself.
    #[serde(default)]
    pub(crate) private: bool,
    /// Where the broker is a cluster: host and port of its other nodes.
    #[serde(default)]
    pub(crate) more_nodes: Vec<String>,
    amqp_tls_address: Option<String>,
    certs: Option<PathBuf>,
}

impl Servers {
    pub(crate) fn read() -> Self {
        let path = std::env::var("LIANGDI_TEST_SERVERS")
            .expect("LIANGDI_TEST_SERVERS must name the servers' file; deploy/test starts them and sets it");
        Servers::read_file(Path::new(&path))
    }

    /// What `deploy/local/servers` wrote somewhere.
    pub(crate) fn read_file(path: &Path) -> Self {
        let text = std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        serde_json::from_str(&text).expect("the servers' file is JSON")
    }

    /// Host and port of the broker.
    pub(crate) fn broker_address(&self) -> String {
        let place = self.admin("/").place().unwrap();
        place.split('/').next().unwrap().to_owned()
    }

    /// Host and port of the database server.
    pub(crate) fn database_address(&self) -> String {
        self.database_url.split('@').nth(1).and_then(|rest| rest.split('/').next()).unwrap().to_owned()
    }

    /// The administrator's way into a virtual host.
    pub(crate) fn admin(&self, vhost: &str) -> Endpoint {
        let endpoint = Endpoint::new(self.amqp_admin_url.clone()).with_nodes(&self.more_nodes).unwrap();
        endpoint.with_vhost(vhost).unwrap()
    }

    /// Where the broker speaks TLS, and the directory of its authority; none where it does not.
    pub(crate) fn tls(&self) -> Option<(String, PathBuf)> {
        self.amqp_tls_address.clone().zip(self.certs.clone()).filter(|(_, dir)| dir.join("ca.pem").exists())
    }

    pub(crate) fn management(&self) -> Management {
        Management::new(&self.amqp_management_url, &self.amqp_admin_user, self.amqp_admin_password.clone()).unwrap()
    }

    /// A database's address.
    pub(crate) fn database(&self, name: &str) -> String {
        let (server, _) = self.database_url.rsplit_once('/').expect("the database_url ends with a database");
        format!("{server}/{name}")
    }
}
