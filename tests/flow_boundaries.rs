//! Boundary changes on their way through the hub: announced, in force, worked off, withdrawn; and bad ones.

use serde_json::{Value, json};

use crate::support::ending::worked_off;
use crate::support::eventually;
use crate::support::ground::{Ground, on_own_ground};
use crate::support::hub::Hub;
use crate::support::inboxes::{self, Copies};
use crate::support::message::Message;
use crate::support::places::{HOUSEHOLD, setup};

const CIVIL: &str = "civil-affairs.320000";
const POLICE: &str = "police.320500";
/// The other town of Shuyang that the household town becomes one with, and the one.
const NEIGHBOUR: &str = "321322102";
const UNITED: &str = "321322190";
const COUNTY: &str = "321322";
/// What becomes of the household town when it is split.
const PARTS: [&str; 2] = ["321322191", "321322192"];

/// The hub as of a day, with a clock that looks often.
fn on(day: &str) -> toml::Table {
    toml::from_str(&format!("hub.as_of = \"{day}\"\nclock.interval_ms = 200\nclock.batch_persons_max = 2")).unwrap()
}

fn entry(code: &str, parent: &str) -> Value {
    json!({"code": code, "name": format!("测试镇{}", &code[code.len() - 3..]), "parent": parent})
}

fn announced(kind: &str, from: &[&str], to: &[&str], day: &str) -> Message {
    let entries = |codes: &[&str]| -> Value { codes.iter().map(|code| entry(code, COUNTY)).collect() };
    let message = Message::example("civil-affairs.division-changed.v1");
    let number = message.id();
    message
        .with("/data/changeNo", number)
        .with("/data/kind", kind)
        .with("/data/from", entries(from))
        .with("/data/to", entries(to))
        .with("/data/effectiveOn", day)
        .with("/time", "2026-03-10T10:00:00+08:00")
}

fn merger(day: &str) -> Message {
    announced("merge", &[HOUSEHOLD, NEIGHBOUR], &[UNITED], day)
}

/// Somebody else each time, registered in Kunshan, of a household somewhere; fictional numbers.
fn registered(nth: u32, household: &str) -> Message {
    let body = format!("32132219900315{:03}", 900 + nth);
    let digit = liangdi_domain::person::Document::check_digit(&body).unwrap();
    let name = |at: u32| char::from_u32(0x4E00 + 97 * (nth + 1) + at).unwrap();
    Message::example("police.residence-registered.v1")
        .with("/data/djbh", format!("J-测试-{nth}"))
        .with("/data/gmsfhm", format!("{body}{digit}"))
        .with("/data/xm", format!("测{}{}", name(1), name(50)))
        .with("/data/lxdh", format!("1390000{nth:04}"))
        .with("/data/jzdz", format!("测试路{}号", nth + 1))
        .with("/data/hjdz_xzqh", household)
}

/// Runs a hub on a day until nothing of a boundary change is left and so many notices are out.
async fn pass(ground: &Ground, day: &str, notices: i64) {
    let hub = Hub::start_with(ground, &on(day));
    settled(ground, notices).await;
    hub.stop().await;
}

async fn settled(ground: &Ground, notices: i64) {
    let store = ground.store().await;
    eventually(&format!("{notices} notices are out, and no boundary change is being worked off"), async || {
        let progress = store.progress().await.unwrap();
        let open = store.announced().await.unwrap().iter().any(|row| !row.announcement.settled);
        let quiet = !open && store.division_progress().await.unwrap().is_none();
        (progress.notices >= notices && !progress.waiting && quiet).then_some(())
    })
    .await;
    store.close().await;
}

/// Runs a hub on a day until so many messages are taken.
async fn take(ground: &Ground, day: &str, messages: i64) {
    let hub = Hub::start_with(ground, &on(day));
    let store = ground.store().await;
    worked_off(&store, messages, messages).await;
    store.close().await;
    hub.stop().await;
}

fn kinds(notices: &inboxes::Notices, to: &str) -> Vec<String> {
    let sent = notices.get(to).into_iter().flatten();
    sent.map(|notice| notice["type"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn two_towns_with_open_cases_become_one_which_goes_on_with_them() {
    let heir = format!("township.{UNITED}");
    on_own_ground("merger", setup(&[CIVIL, POLICE, &heir], ""), async |mut ground| {
        ground.publish(POLICE, &[registered(0, HOUSEHOLD).line(), registered(1, NEIGHBOUR).line()]).await;
        ground.publish(CIVIL, &[merger("2026-03-25").line()]).await;
        take(&ground, "2026-03-20", 3).await;

        let plan = ground.liangdi(&["topology", "plan"]).await.exits(1);
        assert!(plan.out.contains(&format!("+ exchange jx.{UNITED}")) && !plan.out.contains(HOUSEHOLD), "{}", plan.out);
        ground.liangdi(&["topology", "apply"]).await.exits(0);
        ground.setup.codes.push(UNITED.to_owned());
        pass(&ground, "2026-03-25", 4).await;

        let shown = ground.liangdi(&["division", "show", HOUSEHOLD, "--as-of", "2026-03-25", "--json"]).await.exits(0);
        assert_eq!(
            (shown.json()["receiver"].as_str(), shown.json()["in_force"].as_bool()),
            (Some(UNITED), Some(false))
        );
        ground.liangdi(&["division", "progress"]).await.exits(0);

        // The one that is there now answers one case; a message that names an old code is read as about it.
        let handed = inboxes::peek(&ground, UNITED).await;
        ground.publish(&heir, &[Message::reply_to(&handed[0], "confirmed").from(&source(UNITED)).line()]).await;
        ground.publish(POLICE, &[registered(2, HOUSEHOLD).with("/time", "2026-03-25T09:00:00+08:00").line()]).await;
        take(&ground, "2026-03-25", 5).await;
        let cases = ground.liangdi(&["case", "list", "--of", UNITED, "--as-of", "2026-03-25", "--json"]).await;
        assert_eq!(cases.out.lines().count(), 2, "one of three is answered: {}", cases.out);

        let notices = inboxes::empty(&ground, Copies::None).await;
        for (old, handed) in [HOUSEHOLD, NEIGHBOUR].iter().zip(&handed) {
            assert_eq!(kinds(&notices, old), ["notice.inflow.v1"], "the old inbox stays as it was");
            let case = &notices[*old][0]["caseid"];
            assert!([&handed["caseid"], &notices[UNITED][0]["caseid"], &notices[UNITED][1]["caseid"]].contains(&case));
            assert_eq!(handed["data"]["data"]["household"]["division"], UNITED);
            assert!(handed["dueon"].is_string());
        }
        assert_eq!(kinds(&notices, UNITED), ["notice.supersede.v1", "notice.supersede.v1", "notice.inflow.v1"]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_split_goes_by_the_village_map_and_whoever_is_of_no_known_village_to_the_county() {
    on_own_ground("split", setup(&[CIVIL, POLICE], ""), async |mut ground| {
        let villages = json!({format!("{HOUSEHOLD}001"): PARTS[0], format!("{HOUSEHOLD}002"): PARTS[1]});
        let split = announced("split", &[HOUSEHOLD], &PARTS, "2026-03-25").with("/data/villages", villages);
        let of = |nth: u32, village: &str| registered(nth, &format!("{HOUSEHOLD}{village}")).line();
        ground.publish(POLICE, &[of(0, "001"), of(1, "002"), of(2, "003"), of(3, "")]).await;
        ground.publish(CIVIL, &[split.line()]).await;
        take(&ground, "2026-03-20", 5).await;
        ground.liangdi(&["topology", "apply"]).await.exits(0);
        ground.setup.codes.extend(PARTS.map(str::to_owned));
        pass(&ground, "2026-03-25", 8).await;

        let notices = inboxes::empty(&ground, Copies::None).await;
        assert_eq!(kinds(&notices, HOUSEHOLD), ["notice.inflow.v1"; 4]);
        assert_eq!([PARTS[0], PARTS[1], COUNTY].map(|code| kinds(&notices, code).len()), [1, 1, 2]);
        let ours = |code: &str| notices[code].iter().all(|notice| notice["type"] == "notice.supersede.v1");
        assert!(ours(PARTS[0]) && ours(PARTS[1]) && ours(COUNTY));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hub_killed_in_the_middle_of_a_boundary_change_ends_where_one_left_alone_does() {
    on_own_ground("killed", setup(&[CIVIL, POLICE], ""), async |mut ground| {
        let persons = 24;
        let lines: Vec<Vec<u8>> = (0..persons).map(|nth| registered(nth, HOUSEHOLD).line()).collect();
        ground.publish(POLICE, &lines).await;
        ground.publish(CIVIL, &[merger("2026-03-25").line()]).await;
        take(&ground, "2026-03-20", i64::from(persons) + 1).await;
        ground.liangdi(&["topology", "apply"]).await.exits(0);
        ground.setup.codes.push(UNITED.to_owned());

        let mut hub = Hub::start_with(&ground, &on("2026-03-25"));
        hub.until_it_says_times("looked at persons of changed divisions", 2).await;
        hub.kill().await;
        // Side by side: two hubs work off what the first one left.
        let (one, other) = (Hub::start_with(&ground, &on("2026-03-25")), Hub::start_with(&ground, &on("2026-03-25")));
        settled(&ground, 2 * i64::from(persons)).await;
        one.stop().await;
        other.stop().await;
        let notices = inboxes::empty(&ground, Copies::Allowed).await;
        assert_eq!(kinds(&notices, UNITED), vec!["notice.supersede.v1"; persons as usize], "each told once");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_withdrawn_announcement_gives_back_what_was_handed_over() {
    on_own_ground("withdrawn", setup(&[CIVIL, POLICE], ""), async |mut ground| {
        let merger = merger("2026-03-18");
        ground.publish(POLICE, &[registered(0, HOUSEHOLD).line()]).await;
        take(&ground, "2026-03-20", 1).await;
        ground.publish(CIVIL, &[merger.line()]).await;
        let hub = Hub::start_with(&ground, &on("2026-03-20"));
        eventually("the merger is worked off", async || {
            let store = ground.store().await;
            let settled = store.announced().await.unwrap().iter().any(|row| row.announcement.settled);
            store.close().await;
            settled.then_some(())
        })
        .await;
        ground.liangdi(&["topology", "apply"]).await.exits(0);
        ground.setup.codes.push(UNITED.to_owned());
        // What waited for the exchange is out: what still waits when it is withdrawn goes to the town that is again.
        settled(&ground, 2).await;
        let back = Message::example("civil-affairs.withdrawn.v1")
            .with("/source", merger.text("/source"))
            .with("/data/source", merger.text("/source"))
            .with("/data/id", merger.id());
        ground.publish(CIVIL, &[back.line()]).await;
        let store = ground.store().await;
        eventually("the town has its case back", async || {
            let open = store.open_statements(Some(HOUSEHOLD)).await.unwrap();
            let progress = store.progress().await.unwrap();
            (open.len() == 1 && !progress.waiting).then_some(())
        })
        .await;
        store.close().await;
        hub.stop().await;
        let notices = inboxes::empty(&ground, Copies::Allowed).await;
        assert_eq!(kinds(&notices, UNITED), ["notice.supersede.v1"]);
        assert_eq!(kinds(&notices, HOUSEHOLD), ["notice.inflow.v1", "notice.supersede.v1"]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn announcements_that_cannot_be_followed_are_quarantined_with_a_reason_a_clerk_understands() {
    on_own_ground("unfit", setup(&[CIVIL, POLICE], ""), async |ground| {
        let good = announced("recode", &[HOUSEHOLD], &[UNITED], "2026-04-01");
        let bad = [
            (
                announced("recode", &["321322998"], &["321322997"], "2026-04-01"),
                "unknown-division",
                "/data/from/0/code",
            ),
            (announced("recode", &[UNITED], &[HOUSEHOLD], "2026-04-01"), "division-cycle", "/data/from/0/code"),
            (announced("recode", &[NEIGHBOUR], &["321322103"], "2026-04-01"), "division-taken", "/data/to/0/code"),
            (
                announced("merge", &[HOUSEHOLD, NEIGHBOUR], &[PARTS[0]], "2026-04-01"),
                "division-conflict",
                "/data/from/0/code",
            ),
            (announced("split", &[NEIGHBOUR], &[PARTS[0]], "2026-04-01"), "division-shape", "/data/to"),
        ];
        ground.publish(CIVIL, &[good.line()]).await;
        take(&ground, "2026-03-20", 1).await;
        ground.publish(CIVIL, &bad.iter().map(|(message, ..)| message.line()).collect::<Vec<_>>()).await;
        take(&ground, "2026-03-20", 6).await;
        let listed = ground.liangdi(&["quarantine", "list", "--json"]).await.exits(0);
        for (_, reason, path) in &bad {
            let row = listed.out.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
            let mut found = row.filter(|row| row["reason"] == *reason);
            assert_eq!(found.next().unwrap()["path"], *path);
        }
        let followed = ground.liangdi(&["division", "list", "--json"]).await.exits(0);
        assert_eq!(followed.out.lines().count(), 1);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_announcement_that_comes_before_the_one_it_builds_on_is_taken_in_the_end() {
    on_own_ground("early", setup(&[CIVIL, POLICE], ""), async |ground| {
        let first = announced("recode", &[HOUSEHOLD], &[UNITED], "2026-03-12");
        let second = announced("recode", &[UNITED], &[PARTS[0]], "2026-03-15");
        ground.publish(CIVIL, &[second.line()]).await;
        take(&ground, "2026-03-20", 1).await;
        let listed = ground.liangdi(&["quarantine", "list", "--json"]).await.exits(0);
        assert!(listed.out.contains("unknown-division"), "{}", listed.out);
        ground.publish(CIVIL, &[first.line()]).await;
        let hub = Hub::start_with(&ground, &on("2026-03-20"));
        let store = ground.store().await;
        eventually("both are followed", async || {
            let announced = store.announced().await.unwrap();
            (announced.len() == 2 && announced.iter().all(|row| row.announcement.settled)).then_some(())
        })
        .await;
        worked_off(&store, 2, 2).await;
        store.close().await;
        hub.stop().await;
        let shown = ground.liangdi(&["division", "show", HOUSEHOLD, "--as-of", "2026-03-20", "--json"]).await.exits(0);
        assert_eq!(shown.json()["receiver"], PARTS[0]);
        ground.liangdi(&["status"]).await.exits(0);
    })
    .await;
}

fn source(office: &str) -> String {
    format!("urn:liangdi:township:{office}")
}
