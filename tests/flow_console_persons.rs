//! The operators' pages about one person, over HTTP against the real hub: finding without a trace in an address, what is
//! masked, what the audit keeps, why it is one person, a correction that is made and lifted, and protection.

use liangdi_store::postgres::{AuditFilter, PgStore};

use crate::support::ending::worked_off;
use crate::support::ground::on_own_ground;
use crate::support::hub::Hub;
use crate::support::inboxes::{self, Copies};
use crate::support::message::Message;
use crate::support::namesakes::{NAME, NUMBER, POLICE, registered};
use crate::support::places::{ELSEWHERE, HOUSEHOLD, RESIDENCE, setup};
use crate::support::visitor::Visitor;

/// Fictional.
const BIRTH: &str = "1990-03-15";
const TOWNSHIP: &str = "township.320583100";
const PURPOSE: &str = "a call from the person";

/// The only person there is.
async fn person(store: &PgStore) -> String {
    store.assignments(None, 10).await.unwrap()[0].person.0.to_string()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_is_found_by_number_or_name_with_a_purpose_and_shown_masked() {
    on_own_ground("operator-persons", setup(&[POLICE], ""), async |ground| {
        let mut hub = Hub::start(&ground);
        hub.until_ready().await;
        let store = ground.store().await;
        // The same human once more, elsewhere and with another phone: two ways of writing, joined by their number.
        let again = registered()
            .with("/data/djbh", "J320324202600009")
            .with("/data/jzdz_xzqh", ELSEWHERE)
            .with("/data/lxdh", "13912349999");
        ground.publish(POLICE, &[registered().line(), again.line()]).await;
        worked_off(&store, 2, 2).await;
        let operator = Visitor::new(&ground, &hub, "operator", "operator").await;
        let path = format!("/persons/{}", person(&store).await);

        operator.get("/persons").await.says(&["What you look for them for"]);
        operator
            .post("/persons", &[("id_number", NUMBER)])
            .await
            .says(&["Say what you look for them for"])
            .hides(&[&path]);
        let too_little = [("name", NAME), ("purpose", PURPOSE)];
        operator.post("/persons", &too_little).await.says(&["Give a document number"]).hides(&[&path]);
        for known in [vec![("id_number", NUMBER)], vec![("name", NAME), ("birth_date", BIRTH)]] {
            let asked: Vec<_> = known.into_iter().chain([("purpose", PURPOSE)]).collect();
            operator.post("/persons", &asked).await.says(&["Found: 1.", &path]);
        }
        let other = [("name", NAME), ("birth_date", "1990-03-16"), ("purpose", PURPOSE)];
        operator.post("/persons", &other).await.says(&["Nobody was found"]);
        operator.get(&format!("/persons?id_number={NUMBER}")).await.hides(&[&path]);

        let words =
            ["***", "Registered by", "Household register", "Residence registered", "Inflow", "linked from", "/cases/"];
        operator.get(&path).await.says(&words).hides(&[NAME, NUMBER, "13912349999"]);
        operator.post(&path, &[("purpose", " ")]).await.says(&["***"]).hides(&[NAME, NUMBER]);
        operator.post(&path, &[("purpose", PURPOSE)]).await.says(&[NAME, NUMBER, "13912349999"]);
        operator.get("/persons/00000000-0000-7000-8000-000000000000").await.is(404);
        operator.get("/audit?who=operator").await.says(&[PURPOSE, "masked look"]).hides(&[NAME, NUMBER]);

        for role in ["reviewer", "auditor"] {
            let visitor = Visitor::new(&ground, &hub, role, role).await;
            for path in ["/persons", "/rights", &path] {
                visitor.get(path).await.is(403);
            }
            visitor.post("/persons", &[("id_number", NUMBER), ("purpose", PURPOSE)]).await.is(403);
        }
        store.close().await;
        hub.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_is_protected_told_of_by_the_prefecture_and_no_longer_once_that_is_lifted() {
    on_own_ground("operator-protect", setup(&[POLICE], ""), async |ground| {
        let mut hub = Hub::start(&ground);
        hub.until_ready().await;
        let store = ground.store().await;
        ground.publish(POLICE, &[registered().line()]).await;
        worked_off(&store, 1, 1).await;
        let operator = Visitor::new(&ground, &hub, "operator", "operator").await;
        let id = person(&store).await;
        let path = format!("/rights/{id}");
        let (protect, unprotect) = (format!("{path}/protect"), format!("{path}/unprotect"));
        operator.get(&path).await.says(&["No operator protects this person."]);
        operator.post(&protect, &[("reason", "  ")]).await.is(400);
        operator.post_from_elsewhere(&protect, &[("reason", "x")]).await.is(403);
        let given = [("reason", "a court's order was shown")];
        let done = operator.post(&protect, &given).await.is(303);
        assert_eq!(done.leads_to, format!("{path}?protected=1"), "the household side hears the prefecture instead");
        assert_eq!(operator.post(&protect, &given).await.leads_to, format!("{path}?protected=0"));
        operator.get(&done.leads_to).await.says(&["Protected; notices that follow: 1.", "End the protection"]);
        operator.get(&format!("/persons/{id}")).await.says(&["protected", "a court&#39;s order was shown · operator"]);
        // Whatever a department writes after it.
        let again = registered().with("/data/djbh", "J320583202600077").with("/time", "2026-03-10T10:00:00+08:00");
        ground.publish(POLICE, &[again.line()]).await;
        worked_off(&store, 2, 2).await;

        let done = operator.post(&unprotect, &[]).await.is(303);
        assert_eq!(done.leads_to, format!("{path}?unprotected=1"));
        assert_eq!(operator.post(&unprotect, &[]).await.leads_to, format!("{path}?unprotected=0"));
        ground
            .liangdi(&["person", "protect", &id, "--reason", "request 11"])
            .await
            .exits(0)
            .says(&["1 notices follow"]);
        ground.liangdi(&["subject", "report", &id]).await.exits(0).says(&["Protected:"]);
        ground.liangdi(&["person", "unprotect", &id]).await.exits(0).says(&["1 notices follow"]);
        ground.liangdi(&["person", "unprotect", &id]).await.exits(2).says(&["no operator protects"]);
        operator
            .get("/audit?who=operator")
            .await
            .says(&["protecting: a court&#39;s order was shown", "ending a protection"]);
        worked_off(&store, 2, 2).await;
        store.close().await;
        hub.stop().await;
        let notices = inboxes::empty(&ground, Copies::None).await;
        let places: Vec<&str> = notices[HOUSEHOLD]
            .iter()
            .map(|notice| {
                let data = &notice["data"];
                let told = if notice["type"] == "notice.supersede.v1" { &data["data"] } else { data };
                told["residence"]["division"].as_str().unwrap()
            })
            .collect();
        assert_eq!(places, [RESIDENCE, "320500", RESIDENCE, "320500", RESIDENCE]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_report_tells_the_person_everything_and_a_correction_is_made_and_lifted_once() {
    on_own_ground("operator-rights", setup(&[POLICE], ""), async |ground| {
        let mut hub = Hub::start(&ground);
        hub.until_ready().await;
        let store = ground.store().await;
        ground.publish(POLICE, &[registered().line()]).await;
        worked_off(&store, 1, 1).await;
        let operator = Visitor::new(&ground, &hub, "operator", "operator").await;
        let id = person(&store).await;
        let (path, correct, lift) =
            (format!("/rights/{id}"), format!("/rights/{id}/correct"), format!("/rights/{id}/lift"));

        operator.post("/rights", &[("id_number", NUMBER), ("purpose", PURPOSE)]).await.says(&[&path]);
        let told = ["Lives there", "on the basis of", "article 46", "Inflow", "***", "Nothing is corrected"];
        let shown = operator.get(&path).await;
        assert!(told.iter().all(|words| shown.text.to_lowercase().contains(&words.to_lowercase())), "{}", shown.text);
        shown.hides(&[NAME, NUMBER]);
        operator.post(&path, &[("purpose", "the person asked")]).await.says(&[NAME, NUMBER, "data-print"]);

        let of = |field, value, reason| [("field", field), ("value", value), ("reason", reason)];
        operator.post(&correct, &of("name", "张建果", " ")).await.is(400);
        operator.post(&correct, &of("height", "180", "no such field")).await.is(400);
        operator.post(&correct, &of("document", "341221199003154018", "wrong check digit")).await.is(422);
        operator.post_from_elsewhere(&correct, &of("name", "张建果", "x")).await.is(403);
        let done = operator.post(&correct, &of("name", "张建果", "the booklet was shown")).await.is(303);
        assert_eq!(done.leads_to, format!("{path}?corrected=1"), "the household side hears the right name");
        operator.get(&done.leads_to).await.says(&["Corrected; notices that follow: 1.", "Lift it"]);
        let done = operator.post(&lift, &[("field", "name")]).await.is(303);
        assert_eq!(done.leads_to, format!("{path}?lifted=1"));
        assert_eq!(operator.post(&lift, &[("field", "name")]).await.leads_to, format!("{path}?lifted=0"));
        operator.get(&path).await.says(&["Nothing is corrected"]);
        operator.get("/audit?who=operator").await.says(&["the person asked", "subject report, masked", "correction"]);
        store.close().await;
        hub.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_by_right_is_listed_until_an_operator_settles_it_with_a_reason() {
    on_own_ground("operator-requests", setup(&[TOWNSHIP], ""), async |ground| {
        let mut hub = Hub::start(&ground);
        hub.until_ready().await;
        let store = ground.store().await;
        let asked = Message::example("township.rights-requested.v1").with("/data/filed_on", "2026-02-02");
        ground.publish(TOWNSHIP, &[asked.line()]).await;
        worked_off(&store, 1, 1).await;
        let listed = ground.liangdi(&["subject", "requests"]).await.exits(1);
        assert!(!listed.out.contains("341221199003154017"));
        listed.says(&["access", "2026-02-02", "late by"]);
        let no = store.rights_requests(false, 10).await.unwrap()[0].no;

        let operator = Visitor::new(&ground, &hub, "operator", "operator").await;
        let path = format!("/requests/{no}");
        operator
            .get("/requests")
            .await
            .says(&[&path, "working days late", &person(&store).await])
            .hides(&["341221199003154017"]);
        operator.post(&path, &[("outcome", "perhaps"), ("reason", "x")]).await;
        operator.post(&path, &[("outcome", "granted"), ("reason", " ")]).await;
        assert_eq!(store.rights_requests(false, 10).await.unwrap().len(), 1, "neither was an answer");
        operator.post(&path, &[("outcome", "granted"), ("reason", "the report was handed over")]).await;
        operator.get("/requests").await.says(&["granted", "the report was handed over", "operator"]);
        ground.liangdi(&["subject", "requests"]).await.exits(0).says(&["no request waits"]);
        let no = no.to_string();
        let settle = ["subject", "settle", &no, "--outcome", "partly", "--reason", "a part has to be kept"];
        ground.liangdi(&settle).await.exits(0).says(&["is settled: partly"]);
        let all = ground.liangdi(&["subject", "requests", "--all", "--json"]).await.exits(0).json();
        assert_eq!((all["outcome"].as_str(), all["reason"].as_str()), (Some("partly"), Some("a part has to be kept")));
        ground
            .liangdi(&["subject", "settle", "999", "--outcome", "granted", "--reason", "x"])
            .await
            .exits(2)
            .says(&["no request"]);
        let audit = store.audit_list(AuditFilter::default(), 20).await.unwrap();
        assert!(audit.iter().any(|entry| entry.who == "operator" && entry.purpose == "settles a request: granted"));
        store.close().await;
        hub.stop().await;
    })
    .await;
}
