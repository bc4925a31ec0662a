//! The operators' pages over HTTP, against the real hub: who may see what, what is masked, and that what is sent twice
//! happens once.

use crate::support::ending::worked_off;
use crate::support::ground::{Ground, on_own_ground};
use crate::support::hub::Hub;
use crate::support::namesakes::{NAME, NUMBER, POLICE, namesake, registered};
use crate::support::places::{ELSEWHERE, HOUSEHOLD, setup};
use crate::support::refused::stock_and_an_impossible_date;
use crate::support::visitor::Visitor;

async fn recorded(ground: &Ground) -> (i64, i64) {
    let status = ground.liangdi(&["status", "--json"]).await.exits(0).json();
    assert_eq!(status["accounted_for"], true);
    let feeds = status["hub"]["feeds"].as_array().unwrap();
    let sum = |of: &str| feeds.iter().map(|feed| feed[of].as_i64().unwrap()).sum();
    (sum("recorded"), sum("quarantined"))
}

#[tokio::test(flavor = "multi_thread")]
async fn every_role_has_its_pages_and_no_other_and_no_form_comes_from_elsewhere() {
    on_own_ground("operator-roles", setup(&[POLICE], ""), async |ground| {
        let mut hub = Hub::start(&ground);
        hub.until_ready().await;
        let operator = Visitor::new(&ground, &hub, "operator", "operator").await;
        let reviewer = Visitor::new(&ground, &hub, "reviewer", "reviewer").await;
        let auditor = Visitor::new(&ground, &hub, "auditor", "auditor").await;
        operator.get("/flow").await.says(&["All is well", "/quarantine", "hx-get=\"/flow/now\""]);
        operator.get("/flow/now").await.says(&["Police", "Township"]).hides(&["<html"]);
        for path in ["/quarantine", "/review"] {
            operator.get(path).await.is(200);
            auditor.get(path).await.is(403);
        }
        auditor.get("/flow").await.is(200);
        reviewer.get("/review").await.says(&["Nothing waits"]);
        for path in ["/flow", "/flow/now", "/quarantine", "/quarantine/1"] {
            reviewer.get(path).await.is(403);
        }
        for path in ["/quarantine/replay", "/quarantine/try", "/quarantine/drop"] {
            reviewer.post(path, &[("no", "1"), ("why", "x")]).await.is(403);
            let refused = operator.post_from_elsewhere(path, &[("no", "1"), ("why", "x")]).await.is(403);
            assert!(refused.text.contains("another site"), "{}", refused.text);
        }
        operator.post_from_elsewhere("/review/1/decide", &[("verdict", "same")]).await.is(403);
        for path in ["/queues", "/audit"] {
            auditor.get(path).await.is(200);
            reviewer.get(path).await.is(403);
        }
        operator.get("/quarantine/77").await.is(404);
        operator.get("/review/77").await.is(404);
        hub.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_message_is_masked_tried_and_replayed_once_even_if_it_is_sent_twice() {
    on_own_ground("operator-quarantine", setup(&[POLICE], ""), async |ground| {
        let store = ground.store().await;
        let hub = stock_and_an_impossible_date(&ground, &store).await;
        let operator = Visitor::new(&ground, &hub, "operator", "operator").await;
        operator.get("/flow").await.says(&["Messages in quarantine that nobody has settled: 2"]);
        operator.get("/quarantine").await.says(&["No right to send stock", "Impossible date", POLICE, "/data/djrq"]);

        let open = store.quarantine_list(Default::default(), 10).await.unwrap();
        let no = |reason: &str| open.iter().find(|row| row.reason == reason).unwrap().no.to_string();
        let (stock, date) = (no("baseline-not-authorised"), no("impossible-date"));
        let path = format!("/quarantine/{stock}");
        operator.get(&path).await.says(&["/data/xm", "***", "masked"]).hides(&[NAME, NUMBER]);
        operator.post(&path, &[("purpose", "  ")]).await.says(&["***"]).hides(&[NAME, NUMBER]);
        operator.post(&path, &[("purpose", "a call from the office")]).await.says(&[NAME, NUMBER]);
        operator.get(&format!("/quarantine/{date}")).await.says(&["class=\"at-fault\"", "No calendar"]);

        let both = [("no", stock.as_str()), ("no", date.as_str())];
        let tried = operator.post("/quarantine/try", &both).await;
        let tried =
            tried.says(&["1 of 2 would be taken", "refused again: No calendar", "taken; notices that follow: "]);
        let taken = format!("name=\"no\" value=\"{stock}\"");
        assert!(tried.text.contains(&taken) && !tried.text.contains(&format!("name=\"no\" value=\"{date}\"")));
        assert_eq!(recorded(&ground).await, (0, 2), "a dry run changes nothing");

        // In the same moment, as by a double click, and once more.
        let (one, other) =
            tokio::join!(operator.post("/quarantine/replay", &both), operator.post("/quarantine/replay", &both));
        let mut told = [one.is(303).leads_to, other.is(303).leads_to];
        told.sort();
        assert_eq!(told, ["/quarantine?taken=0&left=2", "/quarantine?taken=1&left=1"]);
        assert_eq!(operator.post("/quarantine/replay", &both).await.leads_to, "/quarantine?taken=0&left=2");
        assert_eq!(recorded(&ground).await, (1, 1));

        operator.post("/quarantine/drop", &[("no", &date), ("why", " ")]).await.is(400);
        let drop = [("no", date.as_str()), ("why", "its publisher sent it anew")];
        assert_eq!(operator.post("/quarantine/drop", &drop).await.leads_to, "/quarantine?dropped=1&left=0");
        assert_eq!(operator.post("/quarantine/drop", &drop).await.leads_to, "/quarantine?dropped=0&left=1");
        operator.get("/quarantine").await.says(&["Nothing in quarantine"]);
        operator.get("/quarantine?settled=1").await.says(&["replayed", "dropped"]);
        let audit = operator.get("/audit?who=operator").await;
        audit.says(&["a call from the office", "tried a replay", "its publisher sent it anew", "masked look"]);
        operator.get("/audit?who=nobody-here").await.says(&["There is no entry"]);
        operator.get("/audit?day=2026-01-02").await.says(&["There is no entry"]);
        operator.get("/audit?day=yesterday").await.is(400);
        store.close().await;
        hub.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pair_is_shown_masked_and_decided_and_the_decision_taken_back() {
    on_own_ground("operator-review", setup(&[POLICE], ""), async |ground| {
        let mut hub = Hub::start(&ground);
        hub.until_ready().await;
        let store = ground.store().await;
        ground.publish(POLICE, &[registered().line(), namesake().line()]).await;
        worked_off(&store, 2, 2).await;
        let persons = async || store.status().await.unwrap().persons;
        assert_eq!(persons().await, 2);
        let reviewer = Visitor::new(&ground, &hub, "reviewer", "reviewer").await;
        let no = store.questions(None, 1).await.unwrap()[0].no;
        let pair = format!("/review/{no}");
        reviewer.get("/review").await.says(&[&format!("href=\"{pair}\"")]);
        reviewer.get(&pair).await.says(&["***", "<meter", "data-letter=\"s\""]).hides(&[NAME, NUMBER, "13912349999"]);
        reviewer.post(&pair, &[("purpose", "review of the day")]).await.says(&[NAME, NUMBER, "13912349999"]);

        let decide = format!("{pair}/decide");
        reviewer.post(&decide, &[("verdict", "perhaps")]).await.is(422);
        assert_eq!(reviewer.post(&decide, &[("verdict", "later")]).await.is(303).leads_to, "/review");
        reviewer.post(&decide, &[("verdict", "later")]).await.is(303);
        assert_eq!(store.decisions(None, 10).await.unwrap().len(), 1, "put off once");
        let same = [("verdict", "same"), ("reason", "both were asked")];
        assert_eq!(reviewer.post(&decide, &same).await.is(303).leads_to, "/review");
        reviewer.post(&decide, &same).await.is(303);
        assert_eq!((persons().await, store.decisions(None, 10).await.unwrap().len()), (1, 2));

        let mine = reviewer.get("/review").await.says(&["both were asked", "Undo"]);
        let undo = mine.text.split('"').find(|text| text.ends_with("/undo")).unwrap().to_owned();
        reviewer.post(&undo, &[]).await.is(303);
        reviewer.post(&undo, &[]).await.is(303);
        assert_eq!((persons().await, store.decisions(None, 10).await.unwrap().len()), (2, 3));
        let again = store.questions(None, 10).await.unwrap();
        let [question] = &again[..] else { panic!("one question, asked anew: {again:?}") };
        reviewer.get(&format!("/review/{}", question.no)).await.is(200);
        store.close().await;
        hub.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn jurisdictions_are_found_by_code_by_name_and_level_by_level_with_what_they_were_sent() {
    on_own_ground("operator-queues", setup(&[POLICE], ""), async |ground| {
        let mut hub = Hub::start(&ground);
        hub.until_ready().await;
        let store = ground.store().await;
        ground.publish(POLICE, &[registered().line()]).await;
        worked_off(&store, 1, 1).await;
        let operator = Visitor::new(&ground, &hub, "operator", "operator").await;
        let county = &HOUSEHOLD[..6];
        let numbered = |text: &str, code: &str| text.contains(&format!("<td>{code}</td>"));
        let tree = operator.get("/queues").await.says(&["江苏省"]);
        assert!(numbered(&tree.text, "321300") && numbered(&tree.text, "340000") && !numbered(&tree.text, HOUSEHOLD));
        let of_county = operator.get(&format!("/queues?of={county}")).await.says(&["/queues?of=320000"]);
        assert!(numbered(&of_county.text, HOUSEHOLD) && !numbered(&of_county.text, ELSEWHERE));
        let found = operator.get(&format!("/queues?q={HOUSEHOLD}")).await.says(&["Found: 1."]);
        let cells: Vec<&str> = found.text.split("<td class=\"number\">").skip(1).collect();
        assert!(cells[2].starts_with("1<"), "one notice was numbered for it: {}", found.text);
        operator.get("/queues?q=no-such-place").await.says(&["Found: 0.", "No jurisdiction is like that"]);
        operator.get("/queues?of=12").await.is(400);
        operator.get(&format!("/queues?page={}", u64::MAX)).await.is(200);
        store.close().await;
        hub.stop().await;
    })
    .await;
}
