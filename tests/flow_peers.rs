//! Two provinces' hubs, each with a broker and a database of its own, joined by federation: Jiangsu tells Anhui of people
//! who live there, Anhui's county answers, and the link between them breaks.

use std::collections::BTreeSet;
use std::sync::Arc;

use liangdi_broker::feed::CONTENT_TYPE;
use liangdi_broker::inspect::drain;
use liangdi_broker::publisher::{OutMessage, Outcome, Publisher, PublisherLimits};
use liangdi_domain::feed::Feed;
use liangdi_domain::identity::Matching;
use liangdi_domain::notice::envelope;
use liangdi_domain::person::Document;
use liangdi_registry::offline;
use liangdi_registry::prepare::Incoming;
use liangdi_store::port::Outbox;
use secrecy::ExposeSecret;
use serde_json::{Value, json};
use sqlx::AssertSqlSafe;

use crate::support::ending::Ending;
use crate::support::ground::{Ground, Setup, on_ground_of, on_own_ground, password};
use crate::support::hub::Hub;
use crate::support::message::Message;
use crate::support::places::RESIDENCE;
use crate::support::private::{Private, Server};
use crate::support::{eventually, inboxes, leaks};

const POLICE: &str = "police.320500";
/// Linquan county in Anhui, where the household registers are.
const COUNTY: &str = "341221";
const COUNTY_USER: &str = "township.341221";
/// People who are registered while the link is broken.
const MEANWHILE: u16 = 30;

#[tokio::test(flavor = "multi_thread")]
async fn a_case_goes_from_one_provinces_hub_to_another_and_its_answer_comes_back() {
    let private = Private::start().await;
    let ours = setup("320000", &["320000", "320500", "320583", RESIDENCE], &[POLICE]);
    let theirs = setup("340000", &["340000", "341200", COUNTY], &[COUNTY_USER]);
    on_own_ground("peers-320000", ours, async |jiangsu| {
        on_ground_of(private.servers.clone(), "peers-340000", theirs, async |anhui| {
            let of_jiangsu = join(&jiangsu, "320000", &anhui, "340000").await;
            let of_anhui = join(&anhui, "340000", &jiangsu, "320000").await;
            let (hub, other) = (Hub::start_with(&jiangsu, &of_jiangsu), Hub::start_with(&anhui, &of_anhui));
            let told = a_case_is_asked_and_answered(&jiangsu, &anhui).await;
            nothing_is_lost_while_the_link_is_broken(&private, &jiangsu, &anhui).await;
            what_does_not_belong_there_is_put_aside(&anhui, &told).await;
            every_account_adds_up(&jiangsu).await;
            every_account_adds_up(&anhui).await;
            hub.stop().await;
            other.stop().await;
            for log in jiangsu.hub_logs().iter().chain(&anhui.hub_logs()).chain([&private.logs()]) {
                leaks::none_in("a log", log, &[password().expose_secret().to_owned(), number(0), name(0)]);
            }
        })
        .await;
    })
    .await;
}

#[tokio::test]
async fn what_one_hub_tells_comes_to_the_same_in_another_in_any_order_and_twice() {
    let told = everything_that_happens_to_a_stay().await;
    let types: BTreeSet<&str> = told.iter().map(|notice| notice["type"].as_str().unwrap()).collect();
    for kind in ["inflow", "supersede", "retract", "departed", "closed"] {
        assert!(types.contains(&*format!("notice.{kind}.v1")), "{kind} is told: {types:?}");
    }
    let in_turn = heard(&told, told.len()).await;
    assert!(in_turn.open.len() >= 6, "{in_turn:?}");
    let mut others: Vec<Value> = told.iter().chain(&told).rev().cloned().collect();
    heard(&others, 1).await.is(&in_turn);
    others.sort_by_key(|notice| notice["id"].as_str().unwrap().bytes().rev().collect::<Vec<u8>>());
    heard(&others, 3).await.is(&in_turn);
}

/// What Jiangsu's hub, in memory, tells Anhui of twelve people to whom different things happen.
async fn everything_that_happens_to_a_stay() -> Vec<Value> {
    let registry = offline::registry("2026-11-01".parse().unwrap(), Matching::shipped().clone());
    let named = |id: String, message: Message| message.with("/id", id);
    let ended = |person: u16, code: &str| {
        let example = Message::example("police.residence-cancelled.v1");
        example
            .with("/data/djbh", format!("DJ-PEERS-{person}"))
            .with("/data/gmsfhm", number(person))
            .with("/data/xm", name(person))
            .with("/data/zxyydm", code)
    };
    let back = |of: Message, id: String| {
        let source = of.text("/source");
        Message::example("police.withdrawn.v1").with("/data/id", id).with("/data/source", &*source).from(&source)
    };
    let stays = (0..12).map(|person| named(format!("stay-{person}"), registered(person)));
    let ends = (0..4).map(|person| named(format!("end-{person}"), ended(person, "3")));
    let deaths = (4..6).map(|person| ended(person, "1"));
    let mistakes = (6..8).map(|person| back(registered(person), format!("stay-{person}")));
    let goes_on = (0..2).map(|person| back(ended(person, "3"), format!("end-{person}")));
    let moved = (8..10).map(|person| {
        let later = registered(person).with("/data/djrq", "20260401").with("/time", "2026-04-01T09:00:00+08:00");
        later.with("/data/hjdz_xzqh", "341222")
    });
    let again = (6..7).map(|person| registered(person).with("/data/djrq", "20260501"));
    let days: [Vec<Message>; 3] =
        [stays.collect(), ends.chain(deaths).chain(mistakes).collect(), goes_on.chain(moved).chain(again).collect()];
    for messages in days {
        let lines: Vec<Vec<u8>> = messages.iter().map(Message::line).collect();
        let outcome = offline::feed(&registry, Feed::Police, &lines).await.unwrap();
        assert_eq!((outcome.recorded, outcome.refused), (lines.len(), 0));
    }
    let outgoing = registry.store.next(chrono::Utc::now(), 1000).await.unwrap();
    let elsewhere = outgoing.iter().filter(|outgoing| outgoing.notice.receiver.0 == "340000");
    elsewhere.map(|outgoing| envelope(&outgoing.notice, "urn:liangdi:hub:320000", outgoing.seqno)).collect()
}

/// What it comes to in Anhui's hub, in memory, so many at a time.
async fn heard(notices: &[Value], at_a_time: usize) -> Ending {
    let mut registry = offline::registry("2026-11-01".parse().unwrap(), Matching::shipped().clone());
    registry.divisions = Box::leak(Box::new(registry.divisions.at_home("340000".parse().unwrap()).unwrap()));
    for some in notices.chunks(at_a_time) {
        let incoming = some.iter().map(|notice| Incoming {
            feed: Feed::Hub,
            body: Arc::new(notice.to_string().into_bytes()),
            content_type: Some(CONTENT_TYPE.to_owned()),
            user: Some("hub.320000".to_owned()),
            baseline: false,
        });
        let outcome = registry.commit(registry.prepare(incoming.collect())).await.unwrap();
        assert_eq!(outcome.refused, 0);
    }
    Ending::of(&registry.store).await
}

fn setup(province: &str, codes: &[&str], users: &[&str]) -> Setup {
    let texts = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
    // What waits for the link to come up is tried again soon.
    let settings = format!(
        "[hub]\nsource = \"urn:liangdi:hub:{province}\"\nas_of = \"2026-03-20\"\n[courier]\nretry_wait_max_ms = 1000"
    );
    Setup { codes: texts(codes), users: texts(users), settings: toml::from_str(&settings).unwrap() }
}

/// Has one hub take from the other's broker, as its operator does; what its configuration has for that.
async fn join(ground: &Ground, home: &str, other: &Ground, province: &str) -> toml::Table {
    let secret = |name: &str, text: &str| {
        let path = ground.dir.join(name);
        std::fs::write(&path, format!("{text}\n")).unwrap();
        path
    };
    let uri = other.login(&format!("hub.{home}")).url;
    let peer = json!({"peers": [{
        "province": province,
        "uri_file": secret("peer.uri", uri.expose_secret()),
        "password_file": secret("peer.password", password().expose_secret()),
    }]});
    let peers = toml::Table::try_from(peer).unwrap();
    ground.write_config("liangdi.toml", &peers);
    let planned = ground.liangdi(&["topology", "plan"]).await.exits(1);
    assert!(planned.out.contains(&format!("+ upstream peer.{province}")), "{}", planned.out);
    assert!(!planned.out.contains(password().expose_secret()), "a plan shows no password");
    ground.liangdi(&["topology", "apply"]).await.exits(0);
    ground.liangdi(&["topology", "plan"]).await.exits(0);
    peers
}

/// The example's registration, of one of many fictional persons of the county.
fn registered(person: u16) -> Message {
    Message::example("police.residence-registered.v1")
        .with("/data/hjdz_xzqh", COUNTY)
        .with("/data/djbh", format!("DJ-PEERS-{person}"))
        .with("/data/gmsfhm", number(person))
        .with("/data/xm", name(person))
        .with("/data/csrq", "19900315")
        .with("/data/xbdm", "1")
        .with("/data/lxdh", "")
}

fn number(person: u16) -> String {
    let seventeen = format!("34122119900315{:03}", 2 * person + 1);
    format!("{seventeen}{}", Document::check_digit(&seventeen).unwrap())
}

fn name(person: u16) -> String {
    let given = char::from_u32(0x4E8C + u32::from(person) * 7).unwrap();
    format!("测试{given}")
}

/// Returns what Jiangsu's hub told, as it lies in Anhui's inbox.
async fn a_case_is_asked_and_answered(jiangsu: &Ground, anhui: &Ground) -> Value {
    jiangsu.publish(POLICE, &[registered(0).line()]).await;
    let inflow = inboxes::peek(anhui, COUNTY).await.remove(0);
    assert_eq!((&inflow["type"], &inflow["source"]), (&json!("notice.inflow.v1"), &json!("urn:liangdi:hub:340000")));
    assert_eq!(inflow["data"]["residence"]["division"], RESIDENCE);
    assert_eq!(inflow["data"]["person"]["id_number"], json!(number(0)));
    let asked: String = only(jiangsu, "SELECT case_id::text FROM told WHERE receiver = '340000'").await;
    assert_ne!(inflow["caseid"], json!(asked), "each hub has a case of its own");
    assert!(inflow["dueon"].is_string());

    // A second answer takes the place of the first.
    for (outcome, time) in [("confirmed", "2026-03-20T10:00:00+08:00"), ("not-known", "2026-03-20T11:00:00+08:00")] {
        let source = format!("urn:liangdi:township:{COUNTY}");
        let reply = Message::reply_to(&inflow, outcome).from(&source).with("/time", time);
        anhui.publish(COUNTY_USER, &[reply.line()]).await;
        eventually(&format!("the case is answered: {outcome}"), async || {
            let shown = jiangsu.liangdi(&["case", "show", &asked, "--json"]).await.exits(0);
            let shown: Value = serde_json::from_str(shown.out.trim()).unwrap();
            (shown["is"]["standing"] == "answered" && shown["is"]["outcome"] == outcome).then_some(())
        })
        .await;
    }
    let standing = "SELECT count(*)::text FROM answers a JOIN inbox i ON i.no = a.message WHERE NOT i.withdrawn";
    assert_eq!(only(jiangsu, standing).await, "1");
    inflow
}

/// Anhui's broker is killed while Jiangsu goes on; afterwards everybody is told once.
async fn nothing_is_lost_while_the_link_is_broken(private: &Private, jiangsu: &Ground, anhui: &Ground) {
    private.kill(Server::Broker).await;
    let lines: Vec<Vec<u8>> = (1..=MEANWHILE).map(|person| registered(person).line()).collect();
    jiangsu.publish(POLICE, &lines).await;
    let waits = "SELECT count(*)::text FROM published WHERE receiver = '340000'";
    eventually("Jiangsu's broker has all of it", async || {
        (only(jiangsu, waits).await == (MEANWHILE + 1).to_string()).then_some(())
    })
    .await;
    private.start_again().await;
    let told = "SELECT count(*)::text FROM published p JOIN ledger l ON l.id = p.notice WHERE l.kind = 'inflow'";
    eventually("the county is told of everybody", async || {
        (only(anhui, told).await == (MEANWHILE + 1).to_string()).then_some(())
    })
    .await;
    let inbox = drain(&anhui.admin(), &[format!("inbox.{COUNTY}")]).await.unwrap().remove(0).1;
    let mut numbers: Vec<String> = inbox
        .iter()
        .map(|delivery| serde_json::from_slice::<Value>(&delivery.body).unwrap())
        .filter(|notice| notice["type"] == "notice.inflow.v1")
        .map(|notice| notice["data"]["person"]["id_number"].as_str().unwrap().to_owned())
        .collect();
    numbers.sort_unstable();
    // The courier may have sent one again whose confirm was lost with the broker.
    numbers.dedup();
    let mut wanted: Vec<String> = (0..=MEANWHILE).map(number).collect();
    wanted.sort_unstable();
    assert_eq!(numbers, wanted);
    // What has come from Jiangsu goes back to nobody there but as an answer.
    let kinds = "SELECT string_agg(DISTINCT kind, ' ') FROM ledger WHERE receiver = '320000'";
    assert_eq!(only(anhui, kinds).await, "case-reply case-reply-withdrawn");
}

async fn what_does_not_belong_there_is_put_aside(anhui: &Ground, inflow: &Value) {
    // As Jiangsu's hub told it; only the attributes differ from what Anhui's made of it.
    let mut honest = inflow.clone();
    honest["source"] = json!("urn:liangdi:hub:320000");
    honest["jurisdiction"] = json!("340000");
    let other = |name: &str, change: &dyn Fn(&mut Value)| {
        let mut notice = honest.clone();
        notice["id"] = json!(uuid::Uuid::now_v7());
        change(&mut notice);
        (name.to_owned(), notice)
    };
    let strange = [
        other("foreign-source", &|notice| notice["source"] = json!("urn:liangdi:hub:330000")),
        other("unknown-field", &|notice| notice["data"]["blood_group"] = json!("A")),
        other("outside-province", &|notice| notice["data"]["residence"]["division"] = json!("330106001")),
        other("kind-not-taken", &|notice| {
            notice["type"] = json!("notice.workplace.v1");
            let data = &notice["data"];
            notice["data"] = json!({
                "person": data["person"], "residence": data["residence"], "workplace": data["household"],
                "since": data["since"],
            });
        }),
    ];
    let messages: Vec<OutMessage> = strange.iter().map(|(_, notice)| off_the_link(notice)).collect();
    let mut publisher = Publisher::open(&anhui.admin(), "test", &PublisherLimits::default()).await.unwrap();
    assert_eq!(publisher.publish_all(&messages).await, [Outcome::Confirmed; 4]);
    publisher.close().await;
    let mut wanted: Vec<&str> = strange.iter().map(|(reason, _)| reason.as_str()).collect();
    wanted.sort_unstable();
    let reasons = "SELECT coalesce(string_agg(reason, ' ' ORDER BY reason), '') FROM quarantine \
                   WHERE publisher = 'hub.320000' AND feed = 'hub'";
    eventually("all of it is in quarantine", async || (only(anhui, reasons).await == wanted.join(" ")).then_some(()))
        .await;
    anhui.liangdi(&["quarantine", "list"]).await.exits(0).says(&["hub.320000", "foreign-source"]);
    // Nobody is told, least of all the other hub: two that refuse refusals would never end.
    assert_eq!(only(anhui, "SELECT count(*)::text FROM ledger WHERE kind = 'rejected'").await, "0");
    leaks::none_in_database(anhui, &[number(0), name(0)]).await;
}

/// A message as the link leaves it: nobody vouches for a publisher.
fn off_the_link(notice: &Value) -> OutMessage {
    OutMessage {
        exchange: "peer.320000".to_owned(),
        routing_key: "inflow.due".to_owned(),
        body: notice.to_string().into_bytes(),
        message_id: notice["id"].as_str().unwrap().to_owned(),
        content_type: Some(CONTENT_TYPE.to_owned()),
        user_id: None,
        baseline: false,
        traceparent: None,
        queueless: false,
    }
}

async fn every_account_adds_up(ground: &Ground) {
    let store = ground.store().await;
    let status = store.status().await.unwrap();
    assert!(status.feeds.iter().any(|feed| feed.feed.name() == "hub"), "what came over the link is counted");
    for feed in &status.feeds {
        assert!(feed.adds_up(), "{feed:?}");
    }
    store.close().await;
}

/// The one value that a question has for an answer.
async fn only(ground: &Ground, question: &str) -> String {
    let mut connection = ground.connection().await;
    sqlx::query_scalar(AssertSqlSafe(question.to_owned())).fetch_one(&mut connection).await.unwrap()
}
