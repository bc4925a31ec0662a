//! What the other sides of the hub are asked to put right: offices whose messages better evidence contradicts, and offices
//! above those that somebody complained of.

use liangdi_store::postgres::PgStore;
use serde_json::{Value, json};

use crate::support::ending::worked_off;
use crate::support::ground::{Ground, on_own_ground};
use crate::support::hub::Hub;
use crate::support::inboxes::{self, Copies};
use crate::support::message::Message;
use crate::support::places::{HOUSEHOLD, setup};

const POLICE: &str = "police.320500";
const HR: &str = "hr.320500";
const TOWNSHIP: &str = "township.320583100";
const COUNTY: &str = "township.321322";

/// One day, and nothing that concerns jurisdictions as a whole.
const RULES: &str = "clock.interval_ms = 600000";

async fn worked(ground: &Ground, store: &PgStore, user: &str, messages: &[&Message], all: i64) {
    let lines: Vec<Vec<u8>> = messages.iter().map(|message| message.line()).collect();
    ground.publish(user, &lines).await;
    worked_off(store, all, all).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_employers_office_is_asked_to_check_a_name_that_the_household_register_does_not_know_and_withdraws_it() {
    on_own_ground("correction", setup(&[POLICE, HR], RULES), async |ground| {
        let hub = Hub::start(&ground);
        let store = ground.store().await;
        let registered = Message::example("police.residence-registered.v1").with("/data/hjdz_xzqh", HOUSEHOLD);
        worked(&ground, &store, POLICE, &[&registered], 1).await;
        let job = Message::example("hr.employment-started.v1")
            .with("/data/aac002", registered.text("/data/gmsfhm"))
            .with("/data/aac003", "张健国")
            .with("/data/aac006", registered.text("/data/csrq").parse::<i64>().unwrap())
            .with("/data/aac004", registered.text("/data/xbdm"));
        worked(&ground, &store, HR, &[&job], 2).await;

        let listed = ground.liangdi(&["case", "list", "--json"]).await.exits(0);
        let asked = listed.out.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
        let asked: Vec<Value> = asked.filter(|case| case["topic"] == "correction").collect();
        assert_eq!(asked.len(), 1);
        assert_eq!(asked[0]["asked"], HR);

        let office = job.text("/source");
        let back = Message::example("hr.withdrawn.v1")
            .from(&office)
            .with("/data/source", office.as_str())
            .with("/data/id", job.id());
        worked(&ground, &store, HR, &[&back], 3).await;
        store.close().await;
        hub.stop().await;
        let notices = inboxes::empty(&ground, Copies::None).await;
        let [correction] = &notices[HR][..] else { panic!("one notice, and nothing after the withdrawal") };
        assert_eq!(correction["type"], "notice.correction.v1");
        assert_eq!(
            correction["data"],
            json!({
                "message": {"source": office, "id": job.id()}, "fields": ["aac003"],
                "reason": "contradicted-by-household-register",
            })
        );
        assert!(correction["dueon"].is_string());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unsigned_complaint_is_taken_up_and_ended_by_the_office_above() {
    on_own_ground("complaint", setup(&[TOWNSHIP, COUNTY], RULES), async |ground| {
        let hub = Hub::start(&ground);
        let store = ground.store().await;
        let complaint = |number: &str| {
            Message::example("township.complaint-filed.v1")
                .with("/data/person", Value::Null)
                .with("/data/about", HOUSEHOLD)
                .with("/data/complaint_no", number)
        };
        // Two of them, which have nothing in common but that they name nobody.
        let (one, other) = (complaint("TS-2026-0007"), complaint("TS-2026-0008"));
        worked(&ground, &store, TOWNSHIP, &[&one, &other], 2).await;
        let asked = inboxes::peek(&ground, "321322").await;
        assert_eq!(asked.len(), 2);
        assert_ne!(asked[0]["caseid"], asked[1]["caseid"]);
        let own = "urn:liangdi:township:321322";
        let accepted = Message::reply_to(&asked[0], "answered").from(own);
        worked(&ground, &store, COUNTY, &[&accepted], 3).await;
        let finish = inboxes::peek(&ground, "321322").await.remove(2);
        assert_eq!((&finish["caseid"], &finish["data"]["step"]), (&asked[0]["caseid"], &json!("finish")));
        let finished = Message::reply_to(&finish, "decided").from(own);
        worked(&ground, &store, COUNTY, &[&finished], 4).await;
        let case = asked[0]["caseid"].as_str().unwrap();
        let shown = ground.liangdi(&["case", "show", case, "--json"]).await.exits(0);
        let outcomes =
            shown.out.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()["is"]["outcome"].clone());
        assert_eq!(outcomes.collect::<Vec<_>>(), [json!("answered"), json!("decided")]);
        store.close().await;
        hub.stop().await;
        let notices = inboxes::empty(&ground, Copies::None).await;
        assert_eq!(notices.keys().collect::<Vec<_>>(), ["321322"], "nobody else hears of it");
    })
    .await;
}
