//! Who gets notices how: a township that reads in the console or over HTTP has no queue that would fill up, loses nothing,
//! and begins with its queue on the day that it has a system of its own.

use std::process::Stdio;

use liangdi_broker::inspect::queue_depths;
use liangdi_broker::topology::names;
use liangdi_store::postgres::PgStore;
use serde_json::Value;
use tokio::io::{AsyncBufReadExt, BufReader};

use crate::support::api::{get, token};
use crate::support::binary::command;
use crate::support::ending::worked_off;
use crate::support::ground::{Ground, on_own_ground};
use crate::support::hub::Hub;
use crate::support::inboxes;
use crate::support::message::Message;
use crate::support::places::{ELSEWHERE, HOUSEHOLD, setup};
use crate::support::{eventually, in_time};

const POLICE: &str = "police.320500";
const SYSTEM: &str = "township.321322101";
/// The county of the household township, which is for whatever lies below it.
const CONSOLE: &str = "[topology.delivery]\nconsole = [\"321322\"]";

/// Registers people of a township and waits until everybody is told.
async fn register(ground: &Ground, store: &PgStore, people: &[(&str, &str)], sent_before: i64) {
    let from = |(place, name): &(&str, &str)| {
        let message = Message::example("police.residence-registered.v1").with("/data/gmsfhm", "");
        message.with("/data/hjdz_xzqh", *place).with("/data/xm", *name).line()
    };
    let lines: Vec<Vec<u8>> = people.iter().map(from).collect();
    ground.publish(POLICE, &lines).await;
    let sent = sent_before + i64::try_from(people.len()).unwrap();
    worked_off(store, sent, sent).await;
}

async fn waiting_in(ground: &Ground, code: &str) -> Option<u32> {
    let inbox = [names::inbox(code.parse().unwrap())];
    queue_depths(&ground.admin(), &inbox).await.unwrap()[0].ready
}

fn seqnos(notices: &Value) -> Vec<i64> {
    notices["notices"].as_array().unwrap().iter().map(|notice| notice["seqno"].as_i64().unwrap()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_township_without_a_system_has_no_queue_that_fills_and_reads_every_notice() {
    let with_system = setup(&[POLICE, SYSTEM], "");
    on_own_ground("delivery", setup(&[POLICE, SYSTEM], CONSOLE), async |ground| {
        let mut hub = Hub::start(&ground);
        hub.until_ready().await;
        let store = ground.store().await;
        register(&ground, &store, &[(HOUSEHOLD, "王小一"), (ELSEWHERE, "王小二")], 0).await;
        let status = store.status().await.unwrap();
        assert_eq!((status.published, status.outbox_waiting), (2, 0));
        assert_eq!(waiting_in(&ground, HOUSEHOLD).await, Some(0));
        // A township that is not named has its queue as ever.
        eventually("the other notice is there", async || {
            (waiting_in(&ground, ELSEWHERE).await == Some(1)).then_some(())
        })
        .await;
        let secret = token(&ground, "a-township", "clerk", &[HOUSEHOLD]).await;
        let path = format!("/v1/jurisdictions/{HOUSEHOLD}/notices");
        assert_eq!(seqnos(&get(&hub, Some(&secret), &path).await.is(200).json()), [1]);
        // That it is not filled is how it should be: there is nothing to mend.
        ground.liangdi(&["topology", "plan"]).await.exits(0);
        hub.stop().await;

        let ground = Ground { setup: with_system, ..ground.clone() };
        ground.write_config("liangdi.toml", &toml::Table::new());
        ground.liangdi(&["topology", "plan"]).await.exits(1);
        ground.liangdi(&["topology", "apply"]).await.exits(0);
        let mut hub = Hub::start(&ground);
        hub.until_ready().await;
        register(&ground, &store, &[(HOUSEHOLD, "王小三")], 2).await;
        // Its queue goes on where its numbers are; what came before is read again over HTTP.
        let fresh = inboxes::peek(&ground, HOUSEHOLD).await;
        assert_eq!(fresh.iter().map(|notice| notice["seqno"].as_i64().unwrap()).collect::<Vec<_>>(), [2]);
        assert_eq!(seqnos(&get(&hub, Some(&secret), &path).await.is(200).json()), [1, 2]);
        store.close().await;
        hub.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_listens_in_live_has_copies_of_what_no_queue_takes() {
    on_own_ground("delivery-listen", setup(&[POLICE], CONSOLE), async |ground| {
        let hub = Hub::start(&ground);
        let mut watching = command();
        watching.arg("--config").arg(ground.config()).args(["watch", "321300", "--below", "--limit", "1"]);
        let mut watching = watching.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut said = BufReader::new(watching.stderr.take().unwrap()).lines();
        in_time("it watches", said.next_line()).await.unwrap().unwrap();
        let store = ground.store().await;
        register(&ground, &store, &[(HOUSEHOLD, "王小一")], 0).await;
        let watched = in_time("it has seen one", watching.wait_with_output()).await.unwrap();
        assert!(watched.status.success());
        let lines = String::from_utf8(watched.stdout).unwrap();
        assert!(lines.starts_with(HOUSEHOLD) && lines.contains(" inflow "), "{lines}");
        store.close().await;
        hub.stop().await;
    })
    .await;
}
