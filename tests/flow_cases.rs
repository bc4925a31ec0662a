//! Cases by the clock: the day is moved, the hub's clock wakes what falls due, and each side hears what it should, once.

use liangdi_store::postgres::AuditFilter;
use serde_json::Value;

use crate::support::ending::{received, worked_off};
use crate::support::ground::{Ground, on_own_ground};
use crate::support::hub::Hub;
use crate::support::inboxes::{self, Copies};
use crate::support::message::Message;
use crate::support::places::{HOUSEHOLD, RESIDENCE, setup};

const POLICE: &str = "police.320500";
const RECEIVER: &str = "township.321322101";
/// The county above the household township, and its prefecture.
const COUNTY: &str = "321322";
const PREFECTURE: &str = "321300";

/// The hub as of a day.
fn on(day: &str) -> toml::Table {
    toml::from_str(&format!("hub.as_of = \"{day}\"\nclock.interval_ms = 200")).unwrap()
}

/// Settings with the rules of cases alone: what concerns a jurisdiction as a whole has tests of its own.
fn rules_of_cases() -> String {
    let rules = include_str!("../config/procedures.toml").split("# What concerns a jurisdiction as a whole").next();
    let file = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("cases-{}.toml", uuid::Uuid::now_v7()));
    std::fs::write(&file, rules.unwrap()).unwrap();
    format!("procedures.file = {file:?}")
}

/// Runs a hub of its own for each day until it has told so many notices in all.
async fn pass(ground: &Ground, day: &str, notices: i64) {
    let hub = Hub::start_with(ground, &on(day));
    let store = ground.store().await;
    crate::support::eventually(&format!("{notices} notices are out on {day}"), async || {
        let progress = store.progress().await.unwrap();
        (progress.notices >= notices && !progress.waiting).then_some(())
    })
    .await;
    store.close().await;
    hub.stop().await;
}

fn registered() -> Message {
    Message::example("police.residence-registered.v1").with("/data/hjdz_xzqh", HOUSEHOLD)
}

fn kinds(notices: &inboxes::Notices, to: &str) -> Vec<String> {
    let sent = notices.get(to).into_iter().flatten();
    sent.map(|notice| notice["type"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_inflow_that_nobody_answers_is_reminded_and_escalated_once_each_on_its_day() {
    on_own_ground("silence", setup(&[POLICE, RECEIVER], &rules_of_cases()), async |ground| {
        ground.publish(POLICE, &[registered().line()]).await;
        pass(&ground, "2026-03-09", 1).await;
        // Due on the 23rd: nothing on that day, the reminder on the next, the county after five working days.
        let would = ground.liangdi(&["clock", "--dry-run", "--json", "--as-of", "2026-03-23"]).await.exits(0);
        assert_eq!(would.out, "");
        let would = ground.liangdi(&["clock", "--dry-run", "--json", "--as-of", "2026-03-24"]).await.exits(0);
        let would: Value = serde_json::from_str(would.out.trim()).unwrap();
        assert_eq!((would["kind"].as_str(), would["receiver"].as_str()), (Some("reminder"), Some(HOUSEHOLD)));
        pass(&ground, "2026-03-24", 2).await;
        pass(&ground, "2026-03-30", 3).await;
        pass(&ground, "2026-03-31", 3).await;
        pass(&ground, "2026-04-07", 4).await;

        let late = ground.liangdi(&["case", "list", "--of", COUNTY, "--as-of", "2026-04-07", "--json"]).await.exits(1);
        let late: Value = serde_json::from_str(late.out.trim()).unwrap();
        assert_eq!((late["asked"].as_str(), late["is"]["standing"].as_str()), (Some(HOUSEHOLD), Some("overdue")));
        assert_eq!(late["late_steps_told"], 3);

        let notices = inboxes::empty(&ground, Copies::None).await;
        assert_eq!(kinds(&notices, HOUSEHOLD), ["notice.inflow.v1", "notice.reminder.v1"]);
        assert_eq!(kinds(&notices, COUNTY), ["notice.escalation.v1"]);
        assert_eq!(kinds(&notices, PREFECTURE), ["notice.escalation.v1"]);
        let told = &notices[COUNTY][0]["data"];
        assert_eq!(told["cases"], serde_json::json!([notices[HOUSEHOLD][0]["caseid"]]));
        assert_eq!((told["late"].as_str(), told["days_late"].as_i64()), (Some(HOUSEHOLD), Some(5)));
        assert_eq!(notices[PREFECTURE][0]["data"]["days_late"], 10);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clock_that_was_down_for_weeks_tells_each_receiver_once() {
    on_own_ground("downtime", setup(&[POLICE, RECEIVER], &rules_of_cases()), async |ground| {
        ground.publish(POLICE, &[registered().line()]).await;
        pass(&ground, "2026-03-09", 1).await;
        // The residence township is late as well: it offered nothing in 29 days.
        pass(&ground, "2026-04-20", 5).await;
        pass(&ground, "2026-04-21", 5).await;
        let notices = inboxes::empty(&ground, Copies::None).await;
        assert_eq!(kinds(&notices, HOUSEHOLD), ["notice.inflow.v1", "notice.reminder.v1"]);
        assert_eq!(notices[HOUSEHOLD][1]["data"]["days_late"], 19, "it says how late");
        assert_eq!((kinds(&notices, COUNTY).len(), kinds(&notices, PREFECTURE).len()), (1, 1));
        assert_eq!(kinds(&notices, RESIDENCE), ["notice.reminder.v1"]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_stops_the_clock_and_one_taken_back_starts_it_again() {
    on_own_ground("answered", setup(&[POLICE, RECEIVER], &rules_of_cases()), async |ground| {
        ground.publish(POLICE, &[registered().line()]).await;
        pass(&ground, "2026-03-09", 1).await;
        let inflow = inboxes::peek(&ground, HOUSEHOLD).await.remove(0);
        let own = format!("urn:liangdi:township:{HOUSEHOLD}");
        let reply = Message::reply_to(&inflow, "confirmed").from(&own);
        ground.publish(RECEIVER, &[reply.line()]).await;
        let hub = Hub::start_with(&ground, &on("2026-03-20"));
        let store = ground.store().await;
        worked_off(&store, 2, 2).await;
        hub.stop().await;
        pass(&ground, "2026-04-20", 2).await;
        let case = inflow["caseid"].as_str().unwrap();
        let shown = ground.liangdi(&["case", "show", case, "--json"]).await.exits(0);
        let shown: Value = serde_json::from_str(shown.out.trim()).unwrap();
        assert_eq!(
            (shown["is"]["standing"].as_str(), shown["is"]["outcome"].as_str()),
            (Some("answered"), Some("confirmed"))
        );

        let back = Message::example("hr.withdrawn.v1").with("/type", "township.withdrawn.v1").from(&own);
        let back = back.with("/data/source", own.as_str()).with("/data/id", reply.id());
        ground.publish(RECEIVER, &[back.line()]).await;
        pass(&ground, "2026-04-20", 5).await;
        store.close().await;
        let notices = inboxes::empty(&ground, Copies::None).await;
        assert_eq!(kinds(&notices, HOUSEHOLD), ["notice.inflow.v1", "notice.reminder.v1"]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dispute_asks_both_townships_under_one_case_and_a_reply_under_another_case_is_refused() {
    on_own_ground("dispute", setup(&[POLICE, RECEIVER], &rules_of_cases()), async |ground| {
        ground.publish(POLICE, &[registered().line()]).await;
        pass(&ground, "2026-03-09", 1).await;
        let inflow = inboxes::peek(&ground, HOUSEHOLD).await.remove(0);
        let own = format!("urn:liangdi:township:{HOUSEHOLD}");
        let mixed = Message::reply_to(&inflow, "disputed")
            .from(&own)
            .with("/data/case_id", "01980f6e-7a3c-7c11-9d2e-4f1b6a7c8d90");
        let right = Message::reply_to(&inflow, "disputed").from(&own);
        ground.publish(RECEIVER, &[mixed.line(), right.line()]).await;
        pass(&ground, "2026-03-10", 4).await;
        let notices = inboxes::empty(&ground, Copies::None).await;
        assert_eq!(kinds(&notices, RESIDENCE), ["notice.consultation.v1"]);
        let to_household = kinds(&notices, HOUSEHOLD);
        assert!(to_household.contains(&"notice.consultation.v1".to_owned()), "{to_household:?}");
        let consulted = notices[HOUSEHOLD].iter().find(|notice| notice["type"] == "notice.consultation.v1").unwrap();
        assert_eq!(consulted["caseid"], notices[RESIDENCE][0]["caseid"]);
        let refused = notices[HOUSEHOLD].iter().find(|notice| notice["type"] == "notice.rejected.v1").unwrap();
        assert_eq!(refused["data"]["reason"], "unknown-case");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_operator_answers_for_a_township_that_cannot_and_the_audit_says_on_whose_word() {
    on_own_ground("on-behalf", setup(&[POLICE, RECEIVER], &rules_of_cases()), async |ground| {
        ground.publish(POLICE, &[registered().line()]).await;
        pass(&ground, "2026-03-09", 1).await;
        let inflow = inboxes::peek(&ground, HOUSEHOLD).await.remove(0);
        let (notice, case) = (inflow["id"].as_str().unwrap(), inflow["caseid"].as_str().unwrap());
        let answer = async |arguments: &[&str]| ground.liangdi(&[&["case", "answer"], arguments].concat()).await;

        answer(&[case, "--outcome", "confirmed"]).await.exits(2).says(&[
            "no notice has the id",
            case,
            "not its `caseid`",
        ]);
        answer(&[notice, "--outcome", "perhaps"]).await.exits(2).says(&["perhaps", "belongs-elsewhere"]);
        answer(&[notice, "--outcome", "belongs-elsewhere"]).await.exits(2).says(&["--division"]);
        let long = "x".repeat(201);
        answer(&[notice, "--outcome", "confirmed", "--note", &long]).await.exits(2).says(&["200 characters"]);
        let invented = answer(&[notice, "--outcome", "answered", "--fact", "invented=confirmed"]).await.exits(1);
        invented.says(&["refused (unknown-field)", "nothing was recorded"]);
        let store = ground.store().await;
        assert_eq!(received(&store).await, 1, "a refused answer leaves nothing in the accounts");

        let taken = answer(&[notice, "--outcome", "not-known", "--note", "the township, by letter"]).await.exits(0);
        taken.says(&["recorded for", HOUSEHOLD, "not-known", case]);
        let second = answer(&[notice, "--outcome", "confirmed"]).await.exits(0);
        second.says(&["recorded for", HOUSEHOLD, "confirmed"]);
        let shown = ground.liangdi(&["case", "show", case, "--json"]).await.exits(0).json();
        assert_eq!(shown["is"]["outcome"], "confirmed", "the later answer counts");
        assert_eq!(shown["notice"], notice, "what an answer is addressed to");
        assert_eq!(shown["answered_on"], "2026-03-20");
        let audit = store.audit_list(AuditFilter::default(), 20).await.unwrap();
        let of = |purpose: &str| audit.iter().filter(|entry| entry.purpose == purpose).collect::<Vec<_>>();
        let noted = of("answers not-known for its receiver: the township, by letter");
        assert_eq!(noted.len(), 1);
        assert_eq!(noted[0].object, format!("notice {notice}"));
        assert_eq!(
            of("answers confirmed for its receiver").len(),
            1,
            "refused before the notice was found, it is no entry"
        );

        // The clock has stopped: nobody is reminded. The other clock, of the residence township's offer, goes on.
        pass(&ground, "2026-04-20", 2).await;
        store.close().await;
        let notices = inboxes::empty(&ground, Copies::None).await;
        assert_eq!(kinds(&notices, HOUSEHOLD), ["notice.inflow.v1"]);
        assert_eq!(kinds(&notices, RESIDENCE), ["notice.reminder.v1"]);
    })
    .await;
}
