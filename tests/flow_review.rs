//! Pairs of which only a person can say whether they are one human: asked, decided, taken back, never asked twice. And
//! what a person corrects.

use serde_json::Value;

use crate::support::binary::{Ran, command, run};
use crate::support::ending::worked_off;
use crate::support::ground::{Ground, on_own_ground};
use crate::support::hub::Hub;
use crate::support::inboxes::{self, Copies};
use crate::support::namesakes::{NAME, NUMBER, POLICE, namesake, registered};
use crate::support::places::{HOUSEHOLD, setup};

/// Works off both messages and stops the hub.
async fn both(ground: &Ground) {
    let hub = Hub::start(ground);
    ground.publish(POLICE, &[registered().line(), namesake().line()]).await;
    let store = ground.store().await;
    worked_off(&store, 2, 2).await;
    store.close().await;
    hub.stop().await;
}

async fn persons(ground: &Ground) -> i64 {
    let status = ground.liangdi(&["status", "--json"]).await.exits(0).json();
    status["hub"]["persons"].as_i64().unwrap()
}

async fn questions(ground: &Ground) -> Vec<Value> {
    ground.liangdi(&["review", "list", "--json"]).await.exits(0).json_lines()
}

async fn decide(ground: &Ground, verdict: &str) -> Ran {
    let no = questions(ground).await[0]["no"].to_string();
    ground.liangdi(&["review", "decide", &no, verdict, "--reason", "both were asked"]).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_question_is_decided_and_the_decision_can_be_taken_back() {
    on_own_ground("review", setup(&[POLICE], ""), async |ground| {
        ground.liangdi(&["review", "list"]).await.exits(0).says(&["nothing waits for a decision"]);
        both(&ground).await;
        assert_eq!(persons(&ground).await, 2);
        let [question] = &questions(&ground).await[..] else { panic!("one question") };
        let no = question["no"].to_string();
        let masked = ground.liangdi(&["review", "show", &no]).await.exits(0);
        let masked = masked.says(&["household", "county", "contact", "different", "linked from 6.0"]);
        assert!(!masked.out.contains(NAME) && !masked.out.contains(NUMBER), "{}", masked.out);
        let shown = ground.liangdi(&["review", "show", &no, "--reveal", "a question of the day"]).await.exits(0);
        shown.says(&[NAME, NUMBER, "13912349999"]);

        decide(&ground, "later").await.exits(0);
        assert_eq!(questions(&ground).await[0]["put_off"], true);
        decide(&ground, "same").await.exits(0).says(&["decided"]);
        assert_eq!((persons(&ground).await, questions(&ground).await.len()), (1, 0));
        let made = ground.liangdi(&["review", "decisions"]).await.exits(0);
        made.says(&["same", "stands", "both were asked", "operator-of-tests"]);

        ground.liangdi(&["review", "undo", "2", "--reason", "a mistake"]).await.exits(0);
        assert_eq!((persons(&ground).await, questions(&ground).await.len()), (2, 1));
        ground.liangdi(&["review", "undo", "2", "--reason", "again"]).await.exits(2).says(&["does not stand"]);
        decide(&ground, "different").await.exits(0);
        assert_eq!((persons(&ground).await, questions(&ground).await.len()), (2, 0));
        ground.liangdi(&["review", "decide", "77", "same", "--reason", "x"]).await.exits(2).says(&["no question"]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn other_weights_are_refused_until_everybody_is_weighed_with_them() {
    on_own_ground("rematch", setup(&[POLICE], ""), async |ground| {
        both(&ground).await;
        let matching = ground.dir.join("matching.toml");
        let shipped = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../config/matching.toml")).unwrap();
        let other = |link: &str| std::fs::write(&matching, shipped.replace("link = 6.0", link)).unwrap();
        let over = toml::from_str(&format!("[matching]\nfile = {:?}", matching.display().to_string())).unwrap();
        let config = ground.write_config("other.toml", &over);
        let with_other = async |arguments: &[&str]| {
            let mut command = command();
            command.arg("--config").arg(&config).args(arguments);
            run(command, b"").await
        };
        // Below what the pair weighs: with these weights it is one person.
        other("link = 5.2");
        let no = questions(&ground).await[0]["no"].to_string();
        let refused = with_other(&["review", "decide", &no, "same", "--reason", "x"]).await;
        refused.exits(2).says(&["other weights", "liangdi rematch"]);
        with_other(&["rematch"]).await.exits(0).says(&["everybody is weighed"]);
        with_other(&["rematch"]).await.exits(0).says(&["nothing to do"]);
        assert_eq!((persons(&ground).await, questions(&ground).await.len()), (1, 0));

        ground.liangdi(&["rematch"]).await.exits(0);
        assert_eq!(persons(&ground).await, 2, "weights that are changed back undo what they did");
        decide(&ground, "different").await.exits(0);
        with_other(&["rematch"]).await.exits(0);
        assert_eq!(persons(&ground).await, 2, "a decision survives other weights");

        other("link = 4.0");
        with_other(&["rematch"]).await.exits(2).says(&["matching.toml"]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_correction_is_told_and_holds_until_it_is_lifted() {
    on_own_ground("correction", setup(&[POLICE], ""), async |ground| {
        both(&ground).await;
        let found = ground.liangdi(&["person", "find", "--id-number", NUMBER]).await.exits(0);
        let id = found.out.trim().to_owned();
        let why = ground.liangdi(&["person", "show", &id, "--why", "--json"]).await.exits(0).json();
        assert!(why["why"]["edges"][0]["bits"].is_f64(), "{why}");
        let corrected = ["person", "correct", &id, "--name", "张建囯", "--reason", "request 7"];
        ground.liangdi(&corrected).await.exits(0).says(&["1 notices follow"]);
        ground.liangdi(&corrected).await.exits(0).says(&["0 notices follow"]);
        ground.liangdi(&["person", "lift", &id, "name"]).await.exits(0).says(&["1 notices follow"]);
        ground.liangdi(&["person", "lift", &id, "name"]).await.exits(2).says(&["nothing is corrected"]);

        let hub = Hub::start(&ground);
        let store = ground.store().await;
        worked_off(&store, 2, 2).await;
        store.close().await;
        hub.stop().await;
        let notices = inboxes::empty(&ground, Copies::None).await;
        let told: Vec<&Value> =
            notices[HOUSEHOLD].iter().filter(|notice| notice["type"] == "notice.supersede.v1").collect();
        let names: Vec<&str> =
            told.iter().map(|notice| notice["data"]["data"]["person"]["name"].as_str().unwrap()).collect();
        assert_eq!(names, ["张建囯", NAME]);
    })
    .await;
}
