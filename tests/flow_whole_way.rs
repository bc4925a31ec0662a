//! The whole way: a month's sample from every partner's own user to every township's inbox.

use std::collections::{BTreeMap, BTreeSet};

use liangdi_domain::feed::Feed;
use serde_json::Value;

use crate::support::ending::worked_off;
use crate::support::ground::{Ground, Setup, on_bare_ground};
use crate::support::hub::Hub;
use crate::support::inboxes::{self, Copies, Notices};
use crate::support::leaks;
use crate::support::sample::Sample;

#[tokio::test(flavor = "multi_thread")]
async fn a_month_goes_from_the_partners_users_to_the_townships_inboxes() {
    let sample = Sample::make("whole", 70, 11);
    assert!(sample.summary.repeated > 0 && sample.refused().len() > 5, "the sample has something of everything");
    let settings = toml::from_str(&format!("[hub]\nas_of = \"{}\"", sample.as_of)).unwrap();
    let setup = Setup { codes: sample.codes(), users: sample.users(), settings };
    on_bare_ground("whole", setup, async |ground| {
        prepare(&ground).await;
        let mut hub = Hub::start(&ground);
        hub.until_ready().await;
        publish(&ground, &sample).await;

        let store = ground.store().await;
        let lines: i64 = sample.counts().values().sum();
        worked_off(&store, lines - sample.summary.repeated as i64, lines).await;
        check_accounts(&ground, &sample).await;
        store.close().await;
        let log = hub.stop().await;

        let notices = inboxes::empty(&ground, Copies::None).await;
        check_refused(&sample, &notices);
        for kind in ["inflow", "outflow", "lead", "supersede", "rejected"] {
            assert!(!inboxes::of_kind(&notices, kind).is_empty(), "the sample led to no {kind}");
        }
        let identities = identities(&sample);
        leaks::none_in("the hub's log", &log, &identities);
        leaks::none_in_database(&ground, &identities).await;
    })
    .await;
}

/// What an operator does on a new machine; each step twice, since the second must change nothing.
async fn prepare(ground: &Ground) {
    ground.create_database(&ground.database).await;
    ground.liangdi(&["migrate"]).await.exits(0);
    ground.liangdi(&["migrate"]).await.exits(0);
    ground.liangdi(&["topology", "plan"]).await.exits(1).says(&["create"]);
    ground.liangdi(&["topology", "apply"]).await.exits(0).says(&["done"]);
    ground.liangdi(&["topology", "plan"]).await.exits(0).says(&["nothing to do"]);
    ground.liangdi(&["topology", "apply"]).await.exits(0).says(&["nothing to do"]);
    ground.admit_hub().await;
}

/// Every partner's lines, as that partner's own user, by the command that partners have.
async fn publish(ground: &Ground, sample: &Sample) {
    for (_, user, lines) in sample.by_publisher() {
        let input: Vec<u8> = lines.join(&b'\n');
        let said = format!("{} confirmed, 0 not taken", lines.len());
        ground.liangdi_reading(&["publish", "--as", &user, "-"], &input).await.exits(0).says(&[&said]);
    }
}

async fn check_accounts(ground: &Ground, sample: &Sample) {
    let status = ground.liangdi(&["status", "--json"]).await.exits(0).json();
    assert_eq!(status["accounted_for"], true);
    let counts = sample.counts();
    let mut recorded = 0;
    for feed in status["hub"]["feeds"].as_array().unwrap() {
        let of = |name: &str| feed[name].as_i64().unwrap();
        let name: Feed = feed["feed"].as_str().unwrap().parse().unwrap();
        let bad = sample.refused().iter().filter(|bad| bad.file == format!("{name}.jsonl")).count() as i64;
        assert_eq!((of("received"), of("quarantined"), of("quarantined_again")), (counts[&name], bad, 0), "{name}");
        assert_eq!(of("recorded") + of("duplicates"), counts[&name] - bad, "{name}");
        recorded += of("recorded");
    }
    assert_eq!(recorded, sample.summary.messages as i64);
    let in_words = ground.liangdi(&["status"]).await.exits(0);
    in_words.says(&["every message is accounted for", "outbox waiting 0", "dead letters: feeds 0, notices 0"]);
}

/// Every publisher was told exactly its refused lines.
fn check_refused(sample: &Sample, notices: &Notices) {
    let mut wanted: BTreeMap<String, Vec<(String, String)>> = BTreeMap::new();
    for bad in sample.refused() {
        let message: Value = serde_json::from_slice(&sample.line(&bad)).unwrap_or_default();
        let id = message["id"].as_str().unwrap_or_default().to_owned();
        let receiver = bad.user.strip_prefix("township.").unwrap_or(&bad.user).to_owned();
        wanted.entry(receiver).or_default().push((id, bad.reason));
    }
    let mut told: BTreeMap<String, Vec<(String, String)>> = BTreeMap::new();
    for notice in inboxes::of_kind(notices, "rejected") {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let row = (text(&notice["data"]["message"]["id"]), text(&notice["data"]["reason"]));
        told.entry(text(&notice["jurisdiction"])).or_default().push(row);
    }
    wanted.values_mut().chain(told.values_mut()).for_each(|rows| rows.sort());
    assert_eq!(told, wanted);
}

/// Names, numbers, phones and addresses of everybody in the sample, as they were sent.
fn identities(sample: &Sample) -> Vec<String> {
    const MEMBERS: [&str; 18] = [
        "gmsfhm",
        "new_gmsfhm",
        "xm",
        "new_xm",
        "lxdh",
        "hjdz",
        "jzdz",
        "aac002",
        "aac003",
        "aae005",
        "aae006",
        "fullName",
        "certificateNo",
        "mobile",
        "idNumber",
        "id_number",
        "phone",
        "address",
    ];
    fn gather(value: &Value, found: &mut BTreeSet<String>) {
        match value {
            Value::Object(members) => {
                for (name, value) in members {
                    let text = value.as_str().map(str::trim).unwrap_or_default();
                    // Stand-ins such as 无 are nobody's.
                    if MEMBERS.contains(&name.as_str())
                        && text.chars().count() > 1
                        && text.bytes().any(|byte| byte != b'0')
                    {
                        found.insert(text.to_owned());
                    }
                    gather(value, found);
                }
            }
            Value::Array(items) => items.iter().for_each(|item| gather(item, found)),
            _ => {}
        }
    }
    let mut found = BTreeSet::new();
    for feed in Feed::ALL {
        for line in sample.lines(feed) {
            gather(&serde_json::from_slice::<Value>(&line).unwrap_or_default()["data"], &mut found);
        }
    }
    assert!(found.len() > 100);
    found.into_iter().collect()
}
