//! The HTTP API: a township without AMQP reads and answers; nobody sees what is not theirs, whatever the role; and what
//! cannot be done is said in problem details.

use serde_json::{Value, json};

use crate::support::api::{Stream, ask, get, post, token};
use crate::support::ending::worked_off;
use crate::support::eventually;
use crate::support::ground::on_own_ground;
use crate::support::hub::Hub;
use crate::support::inboxes;
use crate::support::message::Message;
use crate::support::places::{ELSEWHERE, HOUSEHOLD, setup};

const POLICE: &str = "police.320500";
const TOWNSHIP: &str = "township.321322101";
const NAME: &str = "张建国";

fn registered() -> Message {
    Message::example("police.residence-registered.v1").with("/data/hjdz_xzqh", HOUSEHOLD)
}

fn parsed(message: &Message) -> Value {
    serde_json::from_slice(&message.line()).unwrap()
}

fn inbox(code: &str, more: &str) -> String {
    format!("/v1/jurisdictions/{code}/notices{more}")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_township_without_amqp_reads_in_order_and_answers_once() {
    on_own_ground("api", setup(&[POLICE, TOWNSHIP], ""), async |ground| {
        let mut hub = Hub::start(&ground);
        hub.until_ready().await;
        let store = ground.store().await;
        ground.publish(POLICE, &[registered().line()]).await;
        worked_off(&store, 1, 1).await;
        let secret = token(&ground, "a-township", "clerk", &[HOUSEHOLD]).await;
        let own = Some(secret.as_str());

        let page = get(&hub, own, &inbox(HOUSEHOLD, "")).await.is(200);
        assert_eq!((page.json()["last"].as_i64(), page.header("link")), (Some(1), None));
        // The same as what lies in the queue, word for word.
        let notice = page.json()["notices"][0].clone();
        assert_eq!(vec![notice.clone()], inboxes::peek(&ground, HOUSEHOLD).await);
        let id = notice["id"].as_str().unwrap();
        assert_eq!(get(&hub, own, &inbox(HOUSEHOLD, &format!("/{id}"))).await.is(200).json(), notice);

        // Nothing new: 304, and an empty page after the last.
        let known = [("If-None-Match", page.header("etag").unwrap())];
        ask(&hub, own, "GET", &inbox(HOUSEHOLD, ""), &known, "").await.is(304);
        let empty = get(&hub, own, &inbox(HOUSEHOLD, "?after=1")).await.is(200).json();
        assert_eq!((empty["last"].as_i64(), empty["notices"].as_array().map(Vec::len)), (Some(1), Some(0)));

        // A full page leads to the next.
        let left = Message::example("police.residence-cancelled.v1")
            .with("/data/zxrq", "20260315")
            .with("/time", "2026-03-15T16:02:11+08:00");
        ground.publish(POLICE, &[left.line()]).await;
        worked_off(&store, 2, 2).await;
        ask(&hub, own, "GET", &inbox(HOUSEHOLD, ""), &known, "").await.is(200);
        let first = get(&hub, own, &inbox(HOUSEHOLD, "?limit=1")).await.is(200);
        let next = first.header("link").unwrap();
        assert_eq!(next, format!("<{}>; rel=\"next\"", inbox(HOUSEHOLD, "?after=1&limit=1")));
        let second = get(&hub, own, &inbox(HOUSEHOLD, "?after=1&limit=1")).await.is(200).json();
        assert_eq!(second["notices"][0]["seqno"], 2);

        // Whoever follows gets what was missed, then what comes.
        let mut following = Stream::open(&hub, &secret, &format!("/v1/jurisdictions/{HOUSEHOLD}/events?after=1")).await;
        following.until("id: 2\n").await;
        let another = registered().with("/data/djbh", "J32058300012399").with("/data/jzdz_xzqh", "320583101");
        ground.publish(POLICE, &[another.line()]).await;
        following.until("id: 3\n").await;
        drop(following);
        worked_off(&store, 3, 3).await;

        // Receipt and reply, each once however often it is sent; then any other message of the township.
        let time = "2026-03-20T09:00:00+08:00";
        let receipt = json!({"id": "r-1", "time": time, "data": {"notice_id": id, "state": "received", "at": time}});
        assert_eq!(post(&hub, own, "/v1/receipts", &receipt).await.is(201).json(), json!({"became": "recorded"}));
        assert_eq!(post(&hub, own, "/v1/receipts", &receipt).await.is(200).json(), json!({"became": "duplicate"}));
        let data = json!({"notice_id": id, "case_id": notice["caseid"], "outcome": "confirmed"});
        post(&hub, own, "/v1/replies", &json!({"id": "a-1", "time": time, "data": data})).await.is(201);
        let report = Message::example("township.village-report.v1")
            .from(&format!("urn:liangdi:township:{HOUSEHOLD}"))
            .with("/data/village", format!("{HOUSEHOLD}001"));
        post(&hub, own, "/v1/messages", &parsed(&report)).await.is(201);
        worked_off(&store, 6, 6).await;
        let case = notice["caseid"].as_str().unwrap();
        let cases = get(&hub, own, &format!("/v1/cases/{case}")).await.is(200).json();
        assert_eq!((cases[0]["receiver"].as_str(), cases[0]["answer"].as_str()), (Some(HOUSEHOLD), Some("confirmed")));

        // Revoked, it is worth nothing at once.
        ground.liangdi(&["tokens", "revoke", "a-township"]).await.exits(0);
        let refused = get(&hub, own, &inbox(HOUSEHOLD, "")).await.is(401);
        assert_eq!(refused.header("content-type"), Some("application/problem+json"));
        assert_eq!(refused.json()["type"], "urn:liangdi:problem:token-unknown");
        store.close().await;
        let log = hub.stop().await;
        assert!(!log.contains(NAME) && !log.contains(&secret), "the log tells a name or a secret");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_message_lacks_is_said_with_its_place_and_leaves_no_trace() {
    on_own_ground("api-refused", setup(&[POLICE], ""), async |ground| {
        let mut hub = Hub::start(&ground);
        hub.until_ready().await;
        let secret = token(&ground, "a-township", "clerk", &[HOUSEHOLD]).await;
        let own = Some(secret.as_str());
        let report = parsed(&Message::example("township.village-report.v1"));
        let with = |pointer: &str, value: Value| {
            let mut changed = report.clone();
            changed["source"] = json!(format!("urn:liangdi:township:{HOUSEHOLD}"));
            *changed.pointer_mut(pointer).unwrap() = value;
            changed
        };
        let refused = post(&hub, own, "/v1/messages", &with("/data/arrivals", json!("many"))).await.is(422).json();
        assert_eq!(refused["errors"][0]["pointer"], "/data/arrivals");
        let mut unknown = with("/data/arrivals", json!(1));
        unknown["data"]["zzhiddenzz"] = json!("x");
        let refused = post(&hub, own, "/v1/messages", &unknown).await.is(422);
        assert!(!refused.body.contains("zzhiddenzz"), "{}", refused.body);
        // Another feed's message, another office's, and none at all.
        post(&hub, own, "/v1/messages", &with("/source", json!("urn:liangdi:police:320583"))).await.is(400);
        let foreign = with("/source", json!(format!("urn:liangdi:township:{ELSEWHERE}")));
        assert_eq!(post(&hub, own, "/v1/messages", &foreign).await.is(403).json()["status"], 403);
        let sent = async |path: &str, body: &str| {
            ask(&hub, own, "POST", path, &[("Content-Type", "application/json")], body).await
        };
        sent("/v1/messages", "{").await.is(400);
        // What the queue's door refuses, this one does too: the last of two members would win unseen.
        let twice = report.to_string().replacen('{', "{\"id\":\"hidden\",", 1);
        let refused = sent("/v1/messages", &twice).await.is(422).json();
        assert_eq!(refused["errors"][0]["reason"], "duplicate-member");
        let nested = json!({"id": "r", "time": "2026-03-20T09:00:00+08:00", "data": {"notice_id": 1}}).to_string();
        let twice = nested.replace("{\"notice_id\"", "{\"notice_id\":2,\"notice_id\"");
        for path in ["/v1/receipts", "/v1/replies"] {
            assert_eq!(sent(path, &twice).await.is(422).json()["errors"][0]["reason"], "duplicate-member");
        }
        let large = json!({"source": "x".repeat(256 * 1024)});
        post(&hub, own, "/v1/messages", &large).await.is(413);
        get(&hub, own, &inbox(HOUSEHOLD, "?limit=1001")).await.is(400);
        get(&hub, own, &inbox("nowhere", "")).await.is(404);
        let store = ground.store().await;
        let township = store.status().await.unwrap().feeds.into_iter().find(|feed| feed.feed.name() == "township");
        assert_eq!(township.unwrap().received, 0, "what was refused is not counted");
        store.close().await;
        hub.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_route_is_open_to_the_roles_it_is_for_and_to_nobody_else() {
    on_own_ground("api-roles", setup(&[POLICE], ""), async |ground| {
        let mut hub = Hub::start(&ground);
        hub.until_ready().await;
        let store = ground.store().await;
        ground.publish(POLICE, &[registered().line()]).await;
        worked_off(&store, 1, 1).await;
        let clerk = token(&ground, "own", "clerk", &[HOUSEHOLD]).await;
        let above = token(&ground, "above", "clerk", &["321322"]).await;
        let foreign = token(&ground, "foreign", "clerk", &[ELSEWHERE]).await;
        let operator = token(&ground, "operator", "operator", &[]).await;
        let reviewer = token(&ground, "reviewer", "reviewer", &[]).await;
        let auditor = token(&ground, "auditor", "auditor", &[]).await;
        let notice = get(&hub, Some(&clerk), &inbox(HOUSEHOLD, "")).await.is(200).json()["notices"][0].clone();
        let (id, case) = (notice["id"].as_str().unwrap(), notice["caseid"].as_str().unwrap());
        let time = "2026-03-20T09:00:00+08:00";
        let receipt = json!({"id": "m-1", "time": time, "data": {"notice_id": id, "state": "opened", "at": time}});
        let reply = json!({"id": "m-2", "time": time,
                           "data": {"notice_id": id, "case_id": case, "outcome": "confirmed"}});
        let message = Message::example("township.receipt.v1").from(&format!("urn:liangdi:township:{HOUSEHOLD}"));
        let message = parsed(&message.with("/data/notice_id", id));

        let (tried, later, why) = (json!({"dry_run": true}), json!({"verdict": "later"}), json!({"reason": "a test"}));

        let one = inbox(HOUSEHOLD, &format!("/{id}"));
        let events = format!("/v1/jurisdictions/{HOUSEHOLD}/events");
        let (list, show) = (format!("/v1/cases?jurisdiction={HOUSEHOLD}"), format!("/v1/cases/{case}"));
        // Without a token; a foreign township; the own township; the county above; operator; reviewer; auditor. What
        // succeeds once is a duplicate the second time.
        let rows: Vec<(&str, String, Option<&Value>, [u16; 7])> = vec![
            ("GET", "/v1/openapi.json".to_owned(), None, [200, 200, 200, 200, 200, 200, 200]),
            ("GET", inbox(HOUSEHOLD, ""), None, [401, 403, 200, 200, 200, 403, 403]),
            ("STREAM", events, None, [401, 403, 200, 200, 200, 403, 403]),
            ("GET", one, None, [401, 403, 200, 200, 200, 403, 403]),
            ("GET", list, None, [401, 403, 200, 200, 200, 403, 403]),
            ("GET", show, None, [401, 404, 200, 200, 200, 404, 404]),
            ("GET", "/v1/jurisdictions?search=3213".to_owned(), None, [401, 200, 200, 200, 200, 200, 200]),
            ("GET", "/v1/queues?search=3213".to_owned(), None, [401, 403, 403, 403, 200, 403, 200]),
            ("GET", "/v1/status".to_owned(), None, [401, 403, 403, 403, 200, 403, 403]),
            ("GET", "/v1/quarantine".to_owned(), None, [401, 403, 403, 403, 200, 403, 403]),
            ("GET", "/v1/review".to_owned(), None, [401, 403, 403, 403, 200, 200, 403]),
            ("POST", "/v1/quarantine/77/replay".to_owned(), Some(&tried), [401, 403, 403, 403, 404, 403, 403]),
            ("POST", "/v1/quarantine/77/drop".to_owned(), Some(&why), [401, 403, 403, 403, 200, 403, 403]),
            ("POST", "/v1/review/77/decision".to_owned(), Some(&later), [401, 403, 403, 403, 200, 200, 403]),
            ("POST", "/v1/review/decisions/77/undo".to_owned(), Some(&why), [401, 403, 403, 403, 404, 404, 403]),
            ("POST", "/v1/receipts".to_owned(), Some(&receipt), [401, 404, 201, 200, 403, 403, 403]),
            ("POST", "/v1/replies".to_owned(), Some(&reply), [401, 404, 201, 200, 403, 403, 403]),
            ("POST", "/v1/messages".to_owned(), Some(&message), [401, 403, 201, 200, 403, 403, 403]),
        ];
        let document = get(&hub, None, "/v1/openapi.json").await.json();
        let documented: usize =
            document["paths"].as_object().unwrap().values().map(|ways| ways.as_object().unwrap().len()).sum();
        assert_eq!(rows.len(), documented + 1, "every documented route is in this table, and the document itself");
        let tokens =
            [None, Some(&foreign), Some(&clerk), Some(&above), Some(&operator), Some(&reviewer), Some(&auditor)];
        for (method, path, body, expected) in rows {
            for (token, expected) in tokens.iter().zip(expected) {
                let token = token.map(String::as_str);
                if let ("STREAM", 200, Some(token)) = (method, expected, token) {
                    Stream::open(&hub, token, &path).await.until("HTTP/1.1 200").await;
                    continue;
                }
                let answer = match body {
                    Some(body) => post(&hub, token, &path, body).await,
                    None => get(&hub, token, &path).await,
                };
                assert_eq!(answer.status, expected, "{method} {path} as {token:?}: {}", answer.body);
                if expected >= 400 {
                    assert_eq!(answer.header("content-type"), Some("application/problem+json"), "{method} {path}");
                    assert!(!answer.body.contains(NAME));
                }
            }
        }
        store.close().await;
        hub.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_asks_too_often_is_held_back_and_no_other() {
    let settings = "[console]\napi_requests_per_min = 3";
    on_own_ground("api-rate", setup(&[POLICE], settings), async |ground| {
        let mut hub = Hub::start(&ground);
        hub.until_ready().await;
        let one = token(&ground, "one", "auditor", &[]).await;
        let other = token(&ground, "other", "auditor", &[]).await;
        for _ in 0..3 {
            get(&hub, Some(&one), "/v1/jurisdictions").await.is(200);
        }
        // Tries come back with time: on a slow machine one of them in between.
        eventually("a token is held back", async || {
            (get(&hub, Some(&one), "/v1/jurisdictions").await.status == 429).then_some(())
        })
        .await;
        let found = get(&hub, Some(&other), "/v1/jurisdictions?search=%E7%8E%89%E5%B1%B1").await.is(200).json();
        assert!(found["jurisdictions"].as_array().unwrap().iter().any(|row| row["code"] == "320583100"), "{found}");
        ground.liangdi(&["tokens", "add", "one", "--role", "auditor"]).await.exits(2).says(&["already"]);
        ground.liangdi(&["tokens", "add", "x", "--role", "clerk"]).await.exits(2).says(&["--jurisdiction"]);
        let listed = ground.liangdi(&["tokens", "list", "--json"]).await.exits(0);
        assert_eq!(listed.json_lines().len(), 2);
        assert!(!listed.out.contains(&one));
        hub.stop().await;
    })
    .await;
}
