//! Other rules and the broker's topology on the console's pages, against the real hub: what a rehearsal comes to, that one
//! goes on at a time, and that nothing is made on the broker but what was shown.

use chrono::{Days, NaiveDate};
use liangdi_domain::identity::Matching;
use liangdi_registry::offline;
use liangdi_store::keys::Keys;
use secrecy::ExposeSecret;
use serde_json::Value;
use sqlx::{Connection, Executor};

use crate::support::browser::{Browser, first_login};
use crate::support::ending::Ending;
use crate::support::eventually;
use crate::support::ground::{Ground, Setup, on_bare_ground, on_own_ground, password};
use crate::support::hub::Hub;
use crate::support::leaks;
use crate::support::places::setup;
use crate::support::registry::{edited, lines, on};
use crate::support::rules::shorter_inflow;
use crate::support::sample::Sample;
use crate::support::visitor::Visitor;

/// A fictional operator's password.
const CHOSEN: &str = "four fictional old boats";
/// Weights by which kin and namesakes are linked.
const LOOSE: &[(&str, &str)] = &[("link = 6.0", "link = -6.0"), ("review = 5.0", "review = -9.0")];
/// Days after the sample at which its inflows are nearly due.
const DAYS_AFTER: u64 = 10;

/// Puts a sample into the register, as of its day, and says of which day the hub is to be.
async fn register(ground: &Ground, sample: &Sample) -> NaiveDate {
    let store = ground.store().await;
    let keys = Keys::read_file(&ground.dir.join("liangdi.key")).unwrap();
    let registry = on(store.clone(), keys, sample.as_of, Matching::shipped().clone());
    for (feed, line) in lines(sample) {
        offline::feed(&registry, feed, &[line]).await.unwrap();
    }
    store.close().await;
    sample.as_of + Days::new(DAYS_AFTER)
}

/// A console that works as of a day. Its database is patient: a test holds it up.
async fn console(ground: &Ground, as_of: NaiveDate) -> Hub {
    let over = format!("hub.as_of = \"{as_of}\"\ndatabase.statement_timeout_ms = 120000");
    let mut hub = Hub::start_role_with(ground, &["run", "console"], &toml::from_str(&over).unwrap());
    hub.until_ready().await;
    hub
}

/// What the command says in its JSON, without who exactly merges or splits: a page says how many.
async fn commanded(ground: &Ground, as_of: NaiveDate, option: &str, file: &str) -> Value {
    let (file, out) = (ground.dir.join(file), ground.dir.join("out"));
    let (file, out, as_of) = (file.to_str().unwrap(), out.to_str().unwrap(), as_of.to_string());
    let arguments = ["rehearse", "--from-registry", option, file, "--out", out, "--as-of", &as_of];
    ground.liangdi(&arguments).await.exits(0).says(&["nothing was changed"]);
    let text = std::fs::read_to_string(ground.dir.join("out/diff.json")).unwrap();
    let mut document: Value = serde_json::from_str(&text).unwrap();
    document.as_object_mut().unwrap().remove("differences");
    document
}

/// Fills the form in and waits for the end.
async fn tried(browser: &Browser, of: &str, file: &std::path::Path) -> String {
    browser.go("/changes/rules").await;
    browser.press(&format!("input[name=of][value={of}]")).await;
    browser.attach("#file", file).await;
    browser.press("main form.entry button[type=submit]").await;
    browser.until_it_shows("What it would come to").await;
    browser.path().await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_rehearses_weights_and_procedures_as_the_command_does_and_touches_nothing() {
    on_own_ground("rehearse-page", setup(&[], ""), async |ground| {
        let sample = Sample::make("rehearse-page", 220, 34);
        let as_of = register(&ground, &sample).await;
        let store = ground.store().await;
        let stood = Ending::of(&store).await;
        std::fs::write(ground.dir.join("loose.toml"), edited(LOOSE)).unwrap();
        std::fs::write(ground.dir.join("short.toml"), shorter_inflow()).unwrap();
        let hub = console(&ground, as_of).await;
        let made = ground.liangdi(&["users", "add", "operator", "--role", "operator"]).await.exits(0);
        let browser = Browser::open(&hub).await;
        first_login(&browser, "operator", made.out.trim(), CHOSEN).await;
        let reader = Visitor::new(&ground, &hub, "reader", "auditor").await;
        let names = names(&sample);

        let weights = commanded(&ground, as_of, "--matching", "loose.toml").await;
        let path = tried(&browser, "weights", &ground.dir.join("loose.toml")).await;
        let result = reader.get(&format!("{path}/result.json")).await.is(200);
        leaks::none_in("the JSON", &result.text, &names);
        assert_eq!(serde_json::from_str::<Value>(&result.text).unwrap(), weights);
        assert!(weights["merges"].as_u64().unwrap() > 0, "{weights}");
        let shown = browser.text().await;
        leaks::none_in("the page", &shown, &names);
        let persons = format!("{} → {}", weights["persons"]["before"], weights["persons"]["after"]);
        assert!(shown.contains(&persons) && shown.contains("liangdi rematch"), "{shown}");
        for (kind, count) in weights["notices"].as_object().unwrap() {
            let counts = browser.answer(&format!("{KINDS} return kinds['{kind}'];")).await;
            assert_eq!(counts["now"], *count, "{kind}: {counts}");
        }
        let file = reader.get(&format!("{path}/file.toml")).await.is(200);
        assert_eq!(file.text, edited(LOOSE), "exactly this file");

        let procedures = commanded(&ground, as_of, "--procedures", "short.toml").await;
        let path = tried(&browser, "procedures", &ground.dir.join("short.toml")).await;
        let result = reader.get(&format!("{path}/result.json")).await.is(200);
        assert_eq!(serde_json::from_str::<Value>(&result.text).unwrap(), procedures);
        let inflow = procedures["clocks"].as_array().unwrap().iter().find(|row| row["procedure"] == "inflow").unwrap();
        assert!(inflow["sooner"].as_u64().unwrap() > 10, "{inflow}");
        let shown = browser.text().await;
        leaks::none_in("the page", &shown, &names);
        let overdue = format!("{} → {}", inflow["overdue"]["before"], inflow["overdue"]["after"]);
        assert!(shown.contains(&overdue) && shown.contains("liangdi procedures check"), "{shown}");
        reader.get("/changes/rules").await.says(&["done", "operator"]).hides(&["type=\"file\""]);
        reader.get("/audit").await.says(&["rehearsed other weights", "rehearsed other procedures"]);

        Ending::of(&store).await.is(&stood);
        store.close().await;
        browser.close().await;
        hub.stop().await;
    })
    .await;
}

/// The table of kinds as the page shows it, by the kind's words turned into its name.
const KINDS: &str = "const words = {'Inflow': 'inflow', 'Outflow': 'outflow', 'Works elsewhere': 'workplace', 'Lead': 'lead',
    'Residence changed': 'residence-changed', 'Departed': 'departed', 'Returned': 'returned', 'Closed': 'closed',
    'Household register moved': 'household-changed', 'Corrected': 'supersede', 'Taken back': 'retract',
    'Permit to be endorsed': 'permit-due', 'Reminder': 'reminder', 'Escalation': 'escalation',
    'Facts to verify': 'verification-request', 'Facts verified': 'verification-reply', 'Consultation': 'consultation',
    'Complaint': 'complaint', 'Message to be checked': 'correction'};
    const kinds = {};
    for (const row of document.querySelectorAll('#kinds tbody tr'))
        kinds[words[row.querySelector('th').innerText]] = {now: Number(row.querySelectorAll('td.number')[0].innerText)};";

/// Identity values in a sample: names of more than two characters, and numbers.
fn names(sample: &Sample) -> Vec<String> {
    let messages = lines(sample).into_iter().filter_map(|(_, line)| serde_json::from_slice::<Value>(&line).ok());
    let found: Vec<String> = messages
        .flat_map(|message| ["xm", "gmsfhm", "lxdh"].map(|member| message["data"][member].as_str().map(str::to_owned)))
        .flatten()
        .filter(|text| text.chars().count() > 2)
        .collect();
    assert!(found.len() > 50);
    found
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bad_file_is_named_by_its_line_one_rehearsal_goes_on_at_a_time_and_it_can_be_cancelled() {
    on_own_ground("rehearse-one", setup(&[], ""), async |ground| {
        let sample = Sample::make("rehearse-one", 60, 35);
        let as_of = register(&ground, &sample).await;
        let hub = console(&ground, as_of).await;
        let made = ground.liangdi(&["users", "add", "operator", "--role", "operator"]).await.exits(0);
        let browser = Browser::open(&hub).await;
        first_login(&browser, "operator", made.out.trim(), CHOSEN).await;

        let typo = edited(&[("link = 6.0", "lnik = 6.0")]);
        let line = 1 + typo.lines().position(|line| line.starts_with("lnik")).unwrap();
        let bad = ground.dir.join("typo.toml");
        std::fs::write(&bad, &typo).unwrap();
        browser.go("/changes/rules").await;
        browser.attach("#file", &bad).await;
        browser.press("main form.entry button[type=submit]").await;
        browser.until_it_shows(&format!("A mistake in line {line}")).await;
        assert!(browser.text().await.contains("lnik"));
        assert!(browser.value("#text").await.contains("lnik"), "it can be mended on the page");
        // What was sent as weights is no file of procedures.
        browser.press("input[name=of][value=procedures]").await;
        browser.press("main form.entry button[type=submit]").await;
        browser.until_it_shows("A mistake in the file").await;

        // Whoever reads what weights are compared by waits.
        let mut holding = ground.connection().await;
        let mut held = holding.begin().await.unwrap();
        held.execute("LOCK TABLE tokens IN ACCESS EXCLUSIVE MODE").await.unwrap();
        let good = ground.dir.join("good.toml");
        std::fs::write(&good, edited(LOOSE)).unwrap();
        let begin = async || {
            browser.go("/changes/rules").await;
            browser.attach("#file", &good).await;
            browser.press("main form.entry button[type=submit]").await;
        };
        begin().await;
        browser.until_it_shows("Profiles looked at: 0 of").await;
        let first = browser.path().await;
        begin().await;
        browser.until_it_shows("still goes on").await;
        browser.press(".wrong a").await;
        browser.until_at(&first).await;
        browser.press("main form.line button").await;
        browser.until_it_shows("It was cancelled").await;
        held.rollback().await.unwrap();
        begin().await;
        browser.until_it_shows("What it would come to").await;
        let auditor = Visitor::new(&ground, &hub, "auditor", "auditor").await;
        auditor.get(&first).await.says(&["cancelled"]);
        auditor.get(&format!("{first}/result.json")).await.is(404);
        auditor.post(&format!("{first}/cancel"), &[]).await.is(403);
        auditor.get("/audit").await.says(&["cancelled a rehearsal"]);
        hub.stop().await;

        // Another process knows none of it, and says so.
        let hub = console(&ground, as_of).await;
        let auditor = Visitor::new(&ground, &hub, "another-auditor", "auditor").await;
        auditor.get("/changes/rules").await.says(&["rehearsed none yet", "memory alone"]);
        assert!(auditor.get(&first).await.is(404).text.contains("forgotten"));
        browser.close().await;
        hub.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_missing_exchange_is_shown_and_made_and_nothing_but_what_was_shown() {
    on_own_ground("topology-page", setup(&[], ""), async |ground| {
        let hub = console(&ground, "2026-03-20".parse().unwrap()).await;
        let made = ground.liangdi(&["users", "add", "operator", "--role", "operator"]).await.exits(0);
        let browser = Browser::open(&hub).await;
        first_login(&browser, "operator", made.out.trim(), CHOSEN).await;
        let admin = ground.servers.clone();
        let look = async |user: &str, password: &str| {
            browser.go("/changes/topology").await;
            browser.fill("#user", user).await;
            browser.fill("#password", password).await;
            browser.press("form.filter button").await;
        };
        let make = async |user: &str, password: &str| {
            browser.fill("#apply-user", user).await;
            browser.fill("#apply-password", password).await;
            browser.press("#confirm").await;
            browser.press("main form.entry button[type=submit]").await;
        };
        let (user, secret) = (admin.amqp_admin_user.clone(), admin.amqp_admin_password.clone());
        let secret = secret.expose_secret();

        // As the configuration's administrator, who only looks.
        look("", "").await;
        browser.until_it_shows("Nothing to do").await;
        look("nobody-here", "a wrong password").await;
        browser.until_it_shows("the password is wrong").await;
        look("hub-of-tests", password().expose_secret()).await;
        browser.until_it_shows("no administrator of the broker").await;

        ground.delete_exchange("jx.320583100").await;
        look(&user, secret).await;
        browser.until_it_shows("jx.320583100").await;
        let shown = browser.words("#groups").await;
        assert!(shown.contains("Create") && shown.contains("exchange 1"), "{shown}");
        make(&user, "a wrong password").await;
        browser.until_it_shows("the password is wrong").await;
        ground.liangdi(&["topology", "plan"]).await.exits(1);

        // Somebody else changed the broker since: what is there now is shown, and nothing is made.
        ground.delete_exchange("jx.320583101").await;
        make(&user, secret).await;
        browser.until_it_shows("changed since this was shown").await;
        browser.until_it_shows("jx.320583101").await;
        ground.liangdi(&["topology", "plan"]).await.exits(1).says(&["jx.320583100", "jx.320583101"]);
        make(&user, secret).await;
        browser.until_it_shows("no difference is left").await;
        browser.until_it_shows("Nothing to do").await;
        ground.liangdi(&["topology", "plan"]).await.exits(0).says(&["nothing to do"]);

        let operator = Visitor::new(&ground, &hub, "another", "operator").await;
        ground.delete_exchange("jx.320583100").await;
        assert_eq!(operator.post("/changes/topology/look", &[]).await.is(303).leads_to, "/changes/topology");
        let page = operator.get("/changes/topology").await.says(&["jx.320583100"]);
        let mark = page.text.split("name=\"mark\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
        let typed = [("user", user.as_str()), ("password", secret), ("mark", mark.as_str())];
        let unconfirmed = operator.post("/changes/topology/apply", &typed).await.is(422);
        assert!(unconfirmed.text.contains("tick the confirmation"));
        let confirmed = [&typed[..], &[("confirm", mark.as_str())]].concat();
        operator.post_from_elsewhere("/changes/topology/apply", &confirmed).await.is(403);
        // A page that somebody left open, after another look.
        ground.delete_exchange("jx.320583102").await;
        operator.post("/changes/topology/look", &[]).await.is(303);
        let stale = operator.post("/changes/topology/apply", &confirmed).await.is(422);
        assert!(stale.text.contains("somebody looked again since") && stale.text.contains("jx.320583102"));
        let auditor = Visitor::new(&ground, &hub, "auditor", "auditor").await;
        auditor.get("/changes/topology").await.says(&["jx.320583102"]).hides(&["apply-password"]);
        for path in ["look", "apply"] {
            auditor.post(&format!("/changes/topology/{path}"), &confirmed).await.is(403);
        }
        let audit = auditor.get("/audit").await;
        audit.says(&["applies the topology", "not begun: the difference had changed", "ended applying the topology"]);
        eventually("the log says why one was not made", async || {
            ground.hub_logs().iter().any(|log| log.contains("the topology was not applied")).then_some(())
        })
        .await;
        for log in ground.hub_logs() {
            leaks::none_in("the log", &log, &[secret.to_owned(), "a wrong password".to_owned()]);
        }
        leaks::none_in_database(&ground, &[secret.to_owned()]).await;
        browser.close().await;
        hub.stop().await;
    })
    .await;
}

/// Waits until pages are shown, whatever the broker does.
async fn until_served(hub: &Hub) {
    eventually("the console is open", async || {
        hub.ask("/login").await.is_some_and(|answer| answer.starts_with("HTTP/1.1 200")).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_province_that_is_missing_is_shown_in_pages_and_a_broker_that_is_away_is_said_in_words() {
    on_bare_ground("topology-many", Setup::default(), async |ground| {
        ground.create_database(&ground.database).await;
        ground.liangdi(&["migrate"]).await.exits(0);
        let over = "[amqp]\nmanagement_url = \"http://127.0.0.1:9\"";
        let closed = Hub::start_role_with(&ground, &["run", "console"], &toml::from_str(over).unwrap());
        until_served(&closed).await;
        let operator = Visitor::new(&ground, &closed, "operator", "operator").await;
        let away = operator.post("/changes/topology/look", &[]).await.is(422);
        assert!(away.text.contains("cannot be reached"), "{}", away.text);
        closed.stop().await;

        let hub = Hub::start_role(&ground, &["run", "console"]);
        until_served(&hub).await;
        let operator = Visitor::new(&ground, &hub, "another", "operator").await;
        operator.post("/changes/topology/look", &[]).await.is(303);
        let page = operator.get("/changes/topology").await.says(&["virtual host 1", "Items 1 to 100", "rel=\"next\""]);
        assert!(!page.text.contains("rel=\"prev\""));
        let second = operator.get("/changes/topology?group=create&page=2").await;
        second.says(&["Items 101 to 200", "rel=\"prev\"", "rel=\"next\""]);
        let last = operator.get("/changes/topology?group=create&page=99999").await.says(&["rel=\"prev\""]);
        assert!(!last.text.contains("rel=\"next\""));
        operator.get("/changes/topology?group=everything").await.is(400);
        hub.stop().await;
    })
    .await;
}
