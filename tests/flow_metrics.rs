//! What a hub shows of itself: every metric that the documents promise and no other, right numbers, and nobody in it.

use std::collections::BTreeSet;

use secrecy::ExposeSecret;

use crate::support::gate::Gate;
use crate::support::ground::{Ground, on_own_ground};
use crate::support::hub::Hub;
use crate::support::leaks;
use crate::support::message::Message;
use crate::support::metrics::Metrics;
use crate::support::places::{HOUSEHOLD, setup};

const POLICE: &str = "police.320500";
const OFTEN: &str = "[telemetry]\nobserve_interval_ms = 50\nobserve_inboxes_interval_ms = 50";

fn registered() -> Message {
    Message::example("police.residence-registered.v1").with("/data/hjdz_xzqh", HOUSEHOLD)
}

/// A good message, the same once more, and one that cannot be taken.
async fn publish_one_of_each(ground: &Ground) -> Message {
    let good = registered();
    let bad = registered().with("/data/jzsydm", "zz");
    ground.publish(POLICE, &[good.line(), good.line(), bad.line()]).await;
    good
}

#[tokio::test(flavor = "multi_thread")]
async fn every_metric_of_the_table_is_shown_and_no_other() {
    on_own_ground("metrics", setup(&[POLICE], OFTEN), async |ground| {
        let hub = Hub::start(&ground);
        let good = publish_one_of_each(&ground).await;
        let told = |metrics: &Metrics| {
            metrics.sum("messaging_client_sent_messages_total", &[("outcome", "confirmed")]) >= Some(2.0)
                && metrics.sum("liangdi_inboxes_silent", &[("level", "township")]) >= Some(1.0)
                && metrics.sum("liangdi_quarantine_messages", &[]) >= Some(1.0)
                && metrics.sum("liangdi_cases_unanswered", &[("level", "township")]) >= Some(1.0)
                && metrics.sum("liangdi_outbox_notices", &[]) == Some(0.0)
        };
        let metrics = Metrics::until(&hub, "the notices are out and counted", told).await;
        let table = include_str!("../deploy/otel/README.md").lines().filter_map(|line| line.strip_prefix("| `"));
        let table: BTreeSet<String> = table.filter_map(|line| Some(line.split_once('`')?.0.to_owned())).collect();
        assert_eq!(metrics.names(), table);
        shows_what_happened(&metrics);
        names_nobody(&metrics, &good);
        hub.stop().await;
    })
    .await;
}

fn shows_what_happened(metrics: &Metrics) {
    let police = |outcome| metrics.sum("liangdi_ingest_messages_total", &[("feed", "police"), ("outcome", outcome)]);
    assert_eq!((police("recorded"), police("duplicate"), police("refused")), (Some(1.0), Some(1.0), Some(1.0)));
    assert_eq!(metrics.sum("liangdi_ingest_messages_total", &[("feed", "hr")]), Some(0.0));
    assert_eq!(metrics.sum("liangdi_ingest_refusals_total", &[("reason", "wrong-code")]), Some(1.0));
    let of_feed = [("messaging_destination_name", "feed.police")];
    assert_eq!(metrics.sum("messaging_client_consumed_messages_total", &of_feed), Some(3.0));
    let acknowledged = [("messaging_destination_name", "feed.police"), ("disposition", "ack")];
    assert_eq!(metrics.sum("liangdi_ingest_settled_total", &acknowledged), Some(3.0));
    assert_eq!(metrics.sum("liangdi_sessions_up", &[("session", "ingest feed.police")]), Some(1.0));
    assert_eq!(metrics.sum("liangdi_dependency_up", &[]), Some(2.0));
    // A limit of ten seconds: the library's own would call it ten milliseconds.
    assert!(metrics.sum("liangdi_registry_transaction_duration_seconds_bucket", &[("le", "10")]) >= Some(1.0));
}

/// No value of the message, no user, and no code of a division anywhere.
fn names_nobody(metrics: &Metrics, good: &Message) {
    let values = ["/data/xm", "/data/gmsfhm", "/data/lxdh", "/data/jzdz"].map(|pointer| good.text(pointer));
    leaks::none_in("the metrics", &metrics.0, &values);
    let labels = metrics.0.lines().filter(|line| !line.starts_with('#')).filter_map(|line| line.rsplit_once(' '));
    let texts: Vec<&str> = labels.flat_map(|(series, _)| series.split('"').skip(1).step_by(2)).collect();
    assert!(texts.len() > 100);
    let named = texts.iter().find(|text| text.split(|c: char| !c.is_ascii_digit()).any(|digits| digits.len() >= 6));
    assert_eq!(named, None);
}

async fn gate_to_broker(ground: &Ground) -> (Gate, toml::Table) {
    let server = ground.admin().place().unwrap().split('/').next().unwrap().to_owned();
    let gate = Gate::new(&server, true).await;
    let hub = ground.hub_endpoint().url.expose_secret().replace(&server, &gate.address.to_string());
    (gate, toml::from_str(&format!("[amqp]\nurl = {hub:?}")).unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn metrics_say_which_way_is_lost_and_that_it_is_back() {
    on_own_ground("metrics-away", setup(&[POLICE], OFTEN), async |ground| {
        let (gate, over) = gate_to_broker(&ground).await;
        let hub = Hub::start_with(&ground, &over);
        let session = [("session", "ingest feed.police")];
        let up = |metrics: &Metrics| {
            metrics.sum("liangdi_sessions_up", &session) == Some(1.0)
                && metrics.sum("liangdi_dependency_up", &[("dependency", "broker")]) == Some(1.0)
        };
        Metrics::until(&hub, "the session stands", up).await;
        gate.shut();
        Metrics::until(&hub, "the session is lost", |metrics| {
            metrics.sum("liangdi_sessions_up", &session) == Some(0.0)
                && metrics.sum("liangdi_sessions_lost_total", &session) >= Some(1.0)
                && metrics.sum("liangdi_dependency_up", &[("dependency", "broker")]) == Some(0.0)
                && metrics.sum("liangdi_dependency_up", &[("dependency", "database")]) == Some(1.0)
        })
        .await;
        gate.open();
        Metrics::until(&hub, "the session is back", up).await;
        hub.stop().await;
    })
    .await;
}
