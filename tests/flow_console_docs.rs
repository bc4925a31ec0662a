//! The interface documents: read by anybody, a message tried by anybody, and by operators with what would follow, of which
//! nothing stays.

use serde_json::Value;

use crate::support::api::ask;
use crate::support::browser::{Browser, first_login};
use crate::support::ending::worked_off;
use crate::support::ground::on_own_ground;
use crate::support::hub::Hub;
use crate::support::namesakes::{NAME, NUMBER, POLICE, registered};
use crate::support::places::{HOUSEHOLD, setup};
use crate::support::visitor::Visitor;

const CHOSEN: &str = "four fictional old boats";

fn text(message: Vec<u8>) -> String {
    String::from_utf8(message).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn anybody_reads_the_documents_and_tries_a_message_and_nobody_tries_too_often() {
    let limits = "[console]\nchecks_per_min = 5";
    on_own_ground("docs", setup(&[POLICE], limits), async |ground| {
        let mut hub = Hub::start(&ground);
        hub.until_ready().await;
        let get = async |path: &str| ask(&hub, None, "GET", path, &[("Accept-Language", "en")], "").await;
        let overview = get("/docs").await.is(200);
        for words in ["feed.police", "jx.{code}", "/docs/messages/township.case-reply.v1", "/v1/openapi.json"] {
            assert!(overview.body.contains(words), "{words}");
        }
        let message = get("/docs/messages/police.residence-registered.v1").await.is(200);
        for words in
            ["data.jzdz_xzqh", "&#34;10&#34; | &#34;20&#34;", "/docs/check?example=police.residence-registered.v1"]
        {
            assert!(message.body.contains(words), "{words}: {}", message.body);
        }
        get("/docs/messages/police.no-such.v1").await.is(404);
        get("/docs/files/../Cargo.toml").await.is(404);
        let schema = get("/docs/files/notices/inflow.schema.json").await.is(200);
        assert_eq!(schema.json()["title"], "notice.inflow.v1");
        let api = get("/docs/api").await.is(200);
        // Every operation that the document has is on the page.
        let document: Value = get("/v1/openapi.json").await.is(200).json();
        for path in document["paths"].as_object().unwrap().keys() {
            assert!(api.body.contains(&format!("{path}</code>")), "{path}");
        }

        let check = async |message: &str| {
            let form = reqwest::Url::parse_with_params("http://form", [("message", message)]).unwrap();
            let headers = [("Content-Type", "application/x-www-form-urlencoded"), ("Accept-Language", "en")];
            ask(&hub, None, "POST", "/docs/check", &headers, form.query().unwrap()).await
        };
        let good = check(&text(registered().line())).await.is(200);
        assert!(good.body.contains("It would be taken: police.residence-registered.v1, published by police.3205"));
        let date = check(&text(registered().with("/data/djrq", "20260230").line())).await.is(200);
        assert!(
            date.body.contains("<code>/data/djrq</code>") && date.body.contains("impossible-date"),
            "{}",
            date.body
        );
        let field = check(&text(registered().with("/data/favourite", "x").line())).await.is(200);
        assert!(field.body.contains("unknown-field") && field.body.contains("<code>/data</code>"), "{}", field.body);
        let none = check("<script>alert(1)</script>").await.is(200);
        assert!(none.body.contains("not-json") && !none.body.contains("<script>alert"), "{}", none.body);
        check(&"x".repeat(1_000_000)).await.is(413);
        check("{}").await.is(200);
        check("{}").await.is(429);
        ask(&hub, None, "POST", "/docs/try", &[("Content-Type", "application/x-www-form-urlencoded")], "message=x")
            .await
            .is(303);
        let log = hub.stop().await;
        assert!(!log.contains(NAME) && !log.contains(NUMBER));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_operator_sees_who_would_be_told_and_nothing_of_it_happens() {
    on_own_ground("docs-try", setup(&[POLICE], ""), async |ground| {
        let mut hub = Hub::start(&ground);
        hub.until_ready().await;
        let store = ground.store().await;
        let operator = Visitor::new(&ground, &hub, "operator", "operator").await;
        let auditor = Visitor::new(&ground, &hub, "auditor", "auditor").await;
        auditor.get("/docs/check").await.hides(&["/docs/try"]);
        auditor.post("/docs/try", &[("message", "{}")]).await.is(403);
        let before = store.status().await.unwrap();
        let one = || registered().with("/id", "tried-1");
        let message = text(one().line());
        let told = async || operator.post("/docs/try", &[("message", &message)]).await;
        told().await.says(&["What would be told", "Inflow", HOUSEHOLD]);
        assert_eq!(store.status().await.unwrap(), before, "a trial leaves nothing");
        operator
            .post("/docs/try", &[("message", "{}")])
            .await
            .says(&["It would be refused"])
            .hides(&["What would be told"]);

        ground.publish(POLICE, &[one().line()]).await;
        worked_off(&store, 1, 1).await;
        told().await.says(&["recorded already"]);
        let other = one().with("/data/xm", "李四");
        operator
            .post("/docs/try", &[("message", &text(other.line()))])
            .await
            .says(&["The hub would refuse it", "conflict"]);
        operator.get("/audit?who=operator").await.says(&["tried a message", "police.residence-registered.v1"]);
        store.close().await;
        hub.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_documents_are_accessible_in_both_languages() {
    on_own_ground("docs-looks", setup(&[POLICE], ""), async |ground| {
        let made = ground.liangdi(&["users", "add", "operator", "--role", "operator"]).await.exits(0);
        let mut hub = Hub::start(&ground);
        hub.until_ready().await;
        let browser = Browser::open(&hub).await;
        for language in ["en", "zh"] {
            for (name, path) in [
                ("overview", "/docs"),
                ("message", "/docs/messages/housing.lease-filed.v1"),
                ("api", "/docs/api"),
                ("check", "/docs/check?example=police.residence-registered.v1"),
            ] {
                browser.go(path).await;
                browser.looks_right(&format!("docs-{name}-{language}")).await;
            }
            browser.press("main form button").await;
            browser.until_at("/docs/check").await;
            browser.looks_right(&format!("docs-valid-{language}")).await;
            browser.fill("#message", "{\"type\": \"police.residence-registered.v1\"}").await;
            browser.press("main form button").await;
            browser.until_it_shows("missing-field").await;
            browser.looks_right(&format!("docs-refused-{language}")).await;
            browser.go("/docs").await;
            browser.turn_language().await;
        }
        first_login(&browser, "operator", made.out.trim(), CHOSEN).await;
        for language in ["en", "zh"] {
            browser.go("/docs/check?example=police.residence-registered.v1").await;
            browser.press("button[formaction='/docs/try']").await;
            browser.until_at("/docs/try").await;
            browser.looks_right(&format!("docs-try-{language}")).await;
            browser.go("/docs").await;
            browser.turn_language().await;
        }
        browser.close().await;
        hub.stop().await;
    })
    .await;
}
