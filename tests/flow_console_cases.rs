//! The cases' and changes' pages over HTTP, against the real hub: what is due, who is late, one case with what was said, how
//! jurisdictions fare, who lives where; boundary changes as they were announced.

use crate::support::ending::worked_off;
use crate::support::ground::on_own_ground;
use crate::support::hub::Hub;
use crate::support::message::Message;
use crate::support::namesakes::{NAME, NUMBER, POLICE, registered};
use crate::support::places::{HOUSEHOLD, RESIDENCE, setup};
use crate::support::visitor::Visitor;

const CIVIL: &str = "civil-affairs.320000";

/// The hub as of a day, its clock at rest.
fn on(day: &str) -> toml::Table {
    toml::from_str(&format!("hub.as_of = \"{day}\"\nclock.interval_ms = 600000")).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_case_is_due_then_overdue_and_counted_and_nobody_is_named() {
    on_own_ground("operator-cases", setup(&[POLICE], ""), async |ground| {
        let mut hub = Hub::start_with(&ground, &on("2026-03-09"));
        hub.until_ready().await;
        let store = ground.store().await;
        ground.publish(POLICE, &[registered().line()]).await;
        worked_off(&store, 1, 1).await;
        let operator = Visitor::new(&ground, &hub, "operator", "operator").await;
        operator.get("/cases").await.says(&["Nothing is due today.", "Nothing is overdue."]);
        hub.stop().await;

        // Ten working days: due on the 23rd.
        let mut hub = Hub::start_with(&ground, &on("2026-03-23"));
        hub.until_ready().await;
        let auditor = Visitor::new(&ground, &hub, "auditor", "auditor").await;
        auditor.get("/cases").await.says(&["Due today (2026-03-23)", HOUSEHOLD, "0 working days left"]);
        hub.stop().await;

        let mut hub = Hub::start_with(&ground, &on("2026-03-25"));
        hub.until_ready().await;
        let visitor = Visitor::new(&ground, &hub, "another", "operator").await;
        let county = &HOUSEHOLD[..6];
        let list = visitor.get("/cases").await.says(&["overdue by 2 working days", &format!("/cases?of={county}")]);
        visitor.get(&format!("/cases?of={county}")).await.says(&["overdue by 2 working days"]);
        visitor.get(&format!("/cases?of={}", &RESIDENCE[..6])).await.says(&["Nothing is overdue."]);
        visitor.get("/cases?of=12").await.is(400);
        let case = list.text.split('"').find(|text| text.starts_with("/cases/0")).unwrap().to_owned();
        list.hides(&[NAME, NUMBER]);
        let said = ["The hub → ", "Inflow", "due 2026-03-23", "overdue by 2 working days"];
        visitor.get(&case).await.says(&said).hides(&[NAME, NUMBER]);
        visitor.get("/cases/00000000-0000-7000-8000-000000000000").await.is(404);

        let shown = [county, "/cases/scorecards.csv?level=county", "Departures of those registered elsewhere"];
        visitor.get("/cases/scorecards?period=2026-03").await.says(&shown);
        visitor.get("/cases/scorecards?period=March").await.is(400);
        visitor.get("/cases/scorecards?period=1999-01").await.says(&["Nothing was owed"]);
        let csv = visitor.get("/cases/scorecards.csv?level=township&period=2026-03").await.says(&["jurisdiction,name"]);
        let row = csv.text.lines().find(|line| line.starts_with(HOUSEHOLD)).unwrap();
        assert!(row.ends_with(",inflow,1,0,0,0,1,0,,,,"), "owed one, overdue one: {row}");
        assert!(
            csv.text
                .lines()
                .any(|line| line.starts_with(HOUSEHOLD) && line.ends_with(",coverage-household,,,,,,,,1,0,0.0"))
        );
        visitor.get("/cases/movements").await.says(&["Live in", county, &RESIDENCE[..6]]);
        let reviewer = Visitor::new(&ground, &hub, "reviewer", "reviewer").await;
        for path in
            ["/cases", case.as_str(), "/cases/scorecards", "/cases/scorecards.csv", "/cases/movements", "/changes"]
        {
            reviewer.get(path).await.is(403);
        }
        store.close().await;
        hub.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn boundary_changes_are_listed_with_where_they_stand() {
    on_own_ground("operator-changes", setup(&[CIVIL], ""), async |ground| {
        let mut hub = Hub::start(&ground);
        hub.until_ready().await;
        let store = ground.store().await;
        let auditor = Visitor::new(&ground, &hub, "auditor", "auditor").await;
        auditor.get("/changes").await.says(&["No boundary change was announced"]);
        let entry = |code: &str| serde_json::json!({"code": code, "name": "测试镇", "parent": &HOUSEHOLD[..6]});
        let renamed = Message::example("civil-affairs.division-changed.v1")
            .with("/data/kind", "recode")
            .with("/data/from", serde_json::json!([entry(HOUSEHOLD)]))
            .with("/data/to", serde_json::json!([entry("321322190")]))
            .with("/data/effectiveOn", "2026-09-01")
            .with("/time", "2026-03-10T10:00:00+08:00");
        ground.publish(CIVIL, &[renamed.line()]).await;
        worked_off(&store, 1, 1).await;
        let shown = ["2026-09-01", "another code", HOUSEHOLD, "321322190", "announced", "Civil affairs"];
        auditor.get("/changes").await.says(&shown);
        store.close().await;
        hub.stop().await;
    })
    .await;
}
