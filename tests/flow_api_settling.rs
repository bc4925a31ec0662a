//! What operators' and reviewers' tools settle through the API: each thing once, and the audit knows who.

use serde_json::{Value, json};

use crate::support::api::{get, post, token};
use crate::support::ending::worked_off;
use crate::support::ground::on_own_ground;
use crate::support::hub::Hub;
use crate::support::namesakes::{NAME, NUMBER, POLICE, namesake, registered};
use crate::support::places::setup;
use crate::support::refused::stock_and_an_impossible_date;

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_message_is_tried_replayed_once_or_dropped() {
    on_own_ground("api-quarantine", setup(&[POLICE], ""), async |ground| {
        let store = ground.store().await;
        let hub = stock_and_an_impossible_date(&ground, &store).await;
        let operator = token(&ground, "tool", "operator", &[]).await;
        let operator = Some(operator.as_str());
        let listed = get(&hub, operator, "/v1/quarantine").await.is(200).json();
        let way = |reason: &str, what: &str| {
            let row = listed.as_array().unwrap().iter().find(|row| row["reason"] == reason).unwrap();
            format!("/v1/quarantine/{}/{what}", row["no"])
        };
        let (stock, date) = (way("baseline-not-authorised", "replay"), way("impossible-date", "replay"));
        let became = async |path: &str, dry_run: bool| {
            let answer = post(&hub, operator, path, &json!({"dry_run": dry_run})).await.is(200);
            assert!(!answer.body.contains(NAME) && !answer.body.contains(NUMBER));
            answer.json()
        };
        let refused = became(&date, true).await;
        assert_eq!(
            (&refused["became"], &refused["reason"], &refused["pointer"]),
            (&json!("refused"), &json!("impossible-date"), &json!("/data/djrq"))
        );
        let tried = became(&stock, true).await;
        assert_eq!(tried["became"], "recorded");
        assert_eq!(became(&stock, false).await, tried, "a dry run says what happens");
        post(&hub, operator, &stock, &json!({"dry_run": false})).await.is(404);
        assert_eq!(became(&date, false).await["became"], "refused");

        let drop = way("impossible-date", "drop");
        post(&hub, operator, &drop, &json!({"reason": " "})).await.is(400);
        post(&hub, operator, &drop, &json!({"reason": "x".repeat(201)})).await.is(400);
        post(&hub, operator, &drop, &json!({"reason": "sent anew", "more": 1})).await.is(422);
        for settled in [true, false] {
            let answer = post(&hub, operator, &drop, &json!({"reason": "its publisher sent it anew"})).await;
            assert_eq!(answer.is(200).json()["settled"], settled);
        }
        let status = store.status().await.unwrap();
        let police = status.feeds.iter().find(|feed| feed.feed.name() == "police").unwrap();
        assert_eq!((police.recorded, police.quarantined), (1, 1));
        store.close().await;
        hub.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_question_is_decided_once_and_taken_back_once() {
    on_own_ground("api-review", setup(&[POLICE], ""), async |ground| {
        let mut hub = Hub::start(&ground);
        hub.until_ready().await;
        let store = ground.store().await;
        ground.publish(POLICE, &[registered().line(), namesake().line()]).await;
        worked_off(&store, 2, 2).await;
        let reviewer = token(&ground, "tool", "reviewer", &[]).await;
        let reviewer = Some(reviewer.as_str());
        let questions = async || get(&hub, reviewer, "/v1/review").await.is(200).json();
        let no = questions().await[0]["no"].clone();
        let decision = format!("/v1/review/{no}/decision");
        let settled =
            async |path: &str, body: Value| post(&hub, reviewer, path, &body).await.is(200).json()["settled"] == true;
        assert!(settled(&decision, json!({"verdict": "later"})).await);
        assert!(settled(&decision, json!({"verdict": "same", "reason": "both were asked"})).await);
        assert!(!settled(&decision, json!({"verdict": "different"})).await);
        post(&hub, reviewer, &decision, &json!({"verdict": "perhaps"})).await.is(422);
        assert_eq!((store.status().await.unwrap().persons, questions().await), (1, json!([])));
        let made = store.decisions(None, 10).await.unwrap();
        let same = made.iter().find(|made| made.verdict == "same").unwrap();
        assert_eq!(same.reason, "both were asked");
        let undo = format!("/v1/review/decisions/{}/undo", same.no);
        assert!(settled(&undo, json!({})).await);
        assert!(!settled(&undo, json!({"reason": "again"})).await);
        assert_eq!((store.status().await.unwrap().persons, questions().await.as_array().unwrap().len()), (2, 1));
        store.close().await;
        hub.stop().await;
    })
    .await;
}
