//! TLS with a private authority: the hub proves by a certificate who it is, and nothing goes in plain.

use std::path::PathBuf;
use std::process::Command;

use crate::support::ending::worked_off;
use crate::support::ground::{Ground, on_own_ground};
use crate::support::hub::Hub;
use crate::support::message::Message;
use crate::support::places::{HOUSEHOLD, setup};

const POLICE: &str = "police.320500";

/// Certificates for the hub by the servers' own authority; none where there is no openssl.
#[allow(clippy::print_stderr)]
fn certificates(ground: &Ground) -> Option<PathBuf> {
    let Some((_, dir)) = ground.servers.tls() else {
        eprintln!("SKIPPED: the servers have no TLS, for want of openssl");
        return None;
    };
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/../deploy/local/certs");
    let made = Command::new(script).arg(&dir).args(["hub-of-tests", "stranger-of-tests"]).status().unwrap();
    assert!(made.success());
    Some(dir)
}

/// A configuration over TLS, without any password.
fn over_tls(ground: &Ground, dir: &std::path::Path, who: &str) -> toml::Table {
    let (address, _) = ground.servers.tls().unwrap();
    let file = |name: &str| dir.join(name).display().to_string();
    toml::from_str(&format!(
        "[amqp]\nurl = \"amqps://{who}@{address}\"\nca_file = {:?}\nclient_cert_file = {:?}\nclient_key_file = {:?}",
        file("ca.pem"),
        file(&format!("{who}.pem")),
        file(&format!("{who}.key")),
    ))
    .unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hub_logs_in_by_its_certificate_and_the_flow_goes_over_tls() {
    on_own_ground("tls", setup(&[POLICE], ""), async |ground| {
        let Some(dir) = certificates(&ground) else { return };
        let mut hub = Hub::start_with(&ground, &over_tls(&ground, &dir, "hub-of-tests"));
        hub.until_ready().await;
        let message = Message::example("police.residence-registered.v1").with("/data/hjdz_xzqh", HOUSEHOLD);
        ground.publish(POLICE, &[message.line()]).await;
        let store = ground.store().await;
        worked_off(&store, 1, 1).await;
        store.close().await;
        hub.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_of_nobody_the_broker_knows_is_turned_away() {
    on_own_ground("tls-stranger", setup(&[], ""), async |ground| {
        let Some(dir) = certificates(&ground) else { return };
        let config = ground.write_config("stranger.toml", &over_tls(&ground, &dir, "stranger-of-tests"));
        let config = config.to_str().unwrap();
        crate::support::binary::liangdi(&["--config", config, "status"]).await.exits(2).says(&["refused"]);
        // Another authority's word for the server is worth nothing.
        let other = ground.dir.join("other");
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/../deploy/local/certs");
        assert!(Command::new(script).arg(&other).status().unwrap().success());
        let mut table = over_tls(&ground, &dir, "hub-of-tests");
        table["amqp"]["ca_file"] = other.join("ca.pem").display().to_string().into();
        let config = ground.write_config("other.toml", &table);
        let status = crate::support::binary::liangdi(&["--config", config.to_str().unwrap(), "status"]).await.exits(2);
        status.says(&["certificate"]);
    })
    .await;
}
