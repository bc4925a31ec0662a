//! The clerks' pages in a real browser, against the real hub: logging in, answering a notice until the other side hears
//! what follows, and everything that is refused.

use liangdi_store::postgres::PgStore;
use serde_json::Value;
use sqlx::AssertSqlSafe;

use crate::support::browser::{Browser, change_password, first_login, login};
use crate::support::ending::worked_off;
use crate::support::eventually;
use crate::support::ground::{Ground, on_own_ground};
use crate::support::hub::Hub;
use crate::support::inboxes;
use crate::support::message::Message;
use crate::support::places::{ELSEWHERE, HOUSEHOLD, RESIDENCE, setup};

const POLICE: &str = "police.320500";
const OTHER_SIDE: &str = "township.320583100";

/// A fictional clerk's password.
const CHOSEN: &str = "four fictional old boats";

/// Makes a clerk on the command line; the first password.
async fn clerk(ground: &Ground, name: &str, code: &str) -> String {
    let made = ground.liangdi(&["users", "add", name, "--role", "clerk", "--jurisdiction", code]).await.exits(0);
    made.out.trim().to_owned()
}

/// A registered stay, told to the household township.
async fn tell_an_inflow(ground: &Ground, store: &PgStore) {
    let message = Message::example("police.residence-registered.v1").with("/data/hjdz_xzqh", HOUSEHOLD);
    ground.publish(POLICE, &[message.line()]).await;
    worked_off(store, 1, 1).await;
}

/// How the audit names a user's acts.
async fn acts(ground: &Ground, who: &str) -> Vec<String> {
    let mut connection = ground.connection().await;
    let rows: Vec<(String,)> = sqlx::query_as("SELECT purpose FROM audit WHERE who = $1 ORDER BY no")
        .bind(who)
        .fetch_all(&mut connection)
        .await
        .unwrap();
    rows.into_iter().map(|(purpose,)| purpose).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clerk_disputes_a_stay_and_the_other_side_is_asked_for_its_view() {
    on_own_ground("clerk", setup(&[POLICE, OTHER_SIDE], ""), async |ground| {
        let first = clerk(&ground, "clerk-of-home", HOUSEHOLD).await;
        let mut hub = Hub::start(&ground);
        hub.until_ready().await;
        let store = ground.store().await;
        tell_an_inflow(&ground, &store).await;

        let browser = Browser::open(&hub).await;
        browser.go("/inbox").await;
        assert_eq!(browser.path().await, "/login?next=/inbox", "nobody is logged in");
        browser.looks_right("login").await;
        login(&browser, "clerk-of-home", &first).await;
        browser.until_at("/password").await;
        browser.looks_right("password").await;
        change_password(&browser, &first, CHOSEN).await;
        browser.looks_right("home").await;

        browser.go("/inbox").await;
        browser.until_it_shows("Inflow").await;
        browser.looks_right("inbox").await;
        let name = text_of(&inboxes::peek_as_console(&store, HOUSEHOLD).await, "/data/person/name");
        assert!(!browser.text().await.contains(&name), "a list shows no whole name");
        // By keyboard: down to the first row, and into it.
        browser.key("\u{e015}").await;
        browser.key("\u{e007}").await;
        browser.until_it_shows(&name).await;
        browser.looks_right("notice").await;
        browser.turn_language().await;
        browser.until_it_shows("内容不符").await;
        browser.looks_right("notice-zh").await;
        browser.turn_language().await;

        browser.press("summary[data-key='3']").await;
        browser.fill("#ours-since", "2026-02-01").await;
        browser.choose("#why-disputed", "moved-on").await;
        browser.press("button[value=disputed]").await;
        browser.until_it_shows("Answers and receipts").await;
        let shown = browser.text().await;
        assert!(shown.contains("opened") && shown.contains("Disputed"), "{shown}");
        browser.looks_right("notice-answered").await;

        let view = eventually("the other side is asked", async || {
            let notices = inboxes::peek(&ground, RESIDENCE).await;
            notices.into_iter().find(|notice| notice["type"] == "notice.consultation.v1")
        })
        .await;
        assert_eq!(view["data"]["fields"], serde_json::json!(["since"]));
        let acts = acts(&ground, "clerk-of-home").await;
        for act in ["logged in", "changed the password", "opened a notice", "sent township.case-reply.v1"] {
            assert!(acts.iter().any(|done| done == act), "{act} is not in {acts:?}");
        }
        let status = store.status().await.unwrap();
        assert!(status.feeds.iter().all(liangdi_store::report::FeedStatus::adds_up), "the accounts add up");
        store.close().await;
        browser.close().await;
        hub.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn foreign_jurisdictions_and_foreign_sites_are_refused() {
    on_own_ground("foreign", setup(&[POLICE], ""), async |ground| {
        let home = clerk(&ground, "clerk-of-home", HOUSEHOLD).await;
        let elsewhere = clerk(&ground, "clerk-elsewhere", ELSEWHERE).await;
        let mut hub = Hub::start(&ground);
        hub.until_ready().await;
        let store = ground.store().await;
        tell_an_inflow(&ground, &store).await;
        let notice = inboxes::peek_as_console(&store, HOUSEHOLD).await;
        let page = format!("/notices/{}", text_of(&notice, "/id"));

        let browser = Browser::open(&hub).await;
        first_login(&browser, "clerk-elsewhere", &elsewhere, CHOSEN).await;
        browser.go("/inbox").await;
        browser.until_it_shows("There is nothing here.").await;
        browser.go(&page).await;
        browser.until_it_shows("This is not your jurisdiction").await;
        browser.looks_right("foreign-jurisdiction").await;
        assert!(!browser.text().await.contains(&text_of(&notice, "/data/person/name")));
        browser.press("form[action='/logout'] button").await;
        browser.until_at("/login").await;

        first_login(&browser, "clerk-of-home", &home, CHOSEN).await;
        let cookie = browser.cookie("__Host-session").await;
        let body = format!("answer_id={}&outcome=confirmed", uuid::Uuid::now_v7());
        let post = |origin: &str| {
            format!(
                "POST {page}/answer HTTP/1.1\r\nHost: {host}\r\nOrigin: {origin}\r\nCookie: __Host-session={cookie}\r\n\
                 Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
                body.len(),
                host = hub.console(),
            )
        };
        let refused = hub.send(&post("http://elsewhere.example")).await.unwrap();
        assert!(refused.starts_with("HTTP/1.1 403"), "{refused}");
        assert_eq!(answers(&ground).await, 0, "nothing was answered");
        let taken = hub.send(&post(&format!("http://{}", hub.console()))).await.unwrap();
        assert!(taken.starts_with("HTTP/1.1 303"), "{taken}");
        assert_eq!(answers(&ground).await, 1);
        // The same form sent again is the same answer.
        hub.send(&post(&format!("http://{}", hub.console()))).await.unwrap();
        assert_eq!(answers(&ground).await, 1);
        store.close().await;
        browser.close().await;
        hub.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_ends_when_nobody_uses_it_and_an_account_locks_when_somebody_guesses() {
    on_own_ground("sessions", setup(&[], ""), async |ground| {
        let first = clerk(&ground, "clerk-of-home", HOUSEHOLD).await;
        let mut hub = Hub::start(&ground);
        hub.until_ready().await;
        let browser = Browser::open(&hub).await;
        first_login(&browser, "clerk-of-home", &first, CHOSEN).await;
        browser.go("/inbox").await;
        assert_eq!(browser.path().await, "/inbox");
        on_database(&ground, "UPDATE sessions SET last_seen = last_seen - interval '29 minutes'").await;
        browser.go("/inbox").await;
        assert_eq!(browser.path().await, "/inbox", "a request within the time keeps it");
        on_database(&ground, "UPDATE sessions SET last_seen = last_seen - interval '31 minutes'").await;
        browser.go("/inbox").await;
        assert_eq!(browser.path().await, "/login?next=/inbox");

        for _ in 0..5 {
            login(&browser, "clerk-of-home", "a fictional guess").await;
            browser.until_it_shows("Name, password or code is wrong").await;
        }
        login(&browser, "clerk-of-home", CHOSEN).await;
        browser.until_it_shows("Name, password or code is wrong").await;
        browser.looks_right("login-failed").await;
        let listed = ground.liangdi(&["users", "list"]).await.exits(0);
        listed.says(&["locked until"]);
        on_database(&ground, "UPDATE users SET locked_until = locked_until - interval '16 minutes'").await;
        login(&browser, "clerk-of-home", CHOSEN).await;
        browser.until_at("/").await;

        ground.liangdi(&["users", "lock", "clerk-of-home"]).await.exits(0);
        browser.go("/inbox").await;
        assert_eq!(browser.path().await, "/login?next=/inbox", "a locked account's session is over");
        let again = ground.liangdi(&["users", "reset", "clerk-of-home"]).await.exits(0);
        first_login(&browser, "clerk-of-home", again.out.trim(), "five fictional new boats").await;
        browser.close().await;
        hub.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clerk_searches_registers_an_inflow_and_prints_its_slip() {
    on_own_ground("register", setup(&[], ""), async |ground| {
        let first = clerk(&ground, "clerk-of-residence", RESIDENCE).await;
        let mut hub = Hub::start(&ground);
        hub.until_ready().await;
        let store = ground.store().await;
        let browser = Browser::open(&hub).await;
        first_login(&browser, "clerk-of-residence", &first, CHOSEN).await;

        browser.go("/search").await;
        browser.fill("#name", "虚构人").await;
        browser.press("main button[type=submit]").await;
        browser.until_it_shows("or a name and a birth date").await;
        browser.fill("#birth_date", "1991-04-05").await;
        browser.press("main form.entry button").await;
        browser.until_it_shows("Persons found: 0").await;
        browser.looks_right("search").await;
        browser.press("form[action='/register/inflow'] button").await;
        browser.until_at("/register/inflow").await;
        assert_eq!(browser.value("[name='person.name']").await, "虚构人", "what was searched is filled in");
        assert_eq!(browser.value("[name='residence.division']").await, RESIDENCE);
        browser.fill("[name='residence.address']", "一条虚构的路1号").await;
        browser.fill("[name='person.phone']", "13800000017").await;
        browser.fill("[name='since']", "2026-02-30").await;
        browser.fill("[name='household.division']", HOUSEHOLD).await;
        browser.press("form.entry button[type=submit]").await;
        browser.until_it_shows("No calendar has this day").await;
        browser.looks_right("register-refused").await;
        assert_eq!(store.status().await.unwrap().persons, 0, "what was refused leaves no trace");
        browser.fill("[name='since']", "2026-03-02").await;
        browser.press("form.entry button[type=submit]").await;
        browser.until_it_shows("Registered").await;
        browser.looks_right("registered").await;

        let inflow = inboxes::peek_as_console(&store, HOUSEHOLD).await;
        assert_eq!(
            (text_of(&inflow, "/data/since"), text_of(&inflow, "/data/registered_by")),
            ("2026-03-02".into(), "township".into())
        );
        browser.go("/search").await;
        browser.fill("#name", "虚构人").await;
        browser.fill("#birth_date", "1991-04-05").await;
        browser.press("main form.entry button").await;
        browser.until_it_shows("since 2026-03-02").await;
        browser.looks_right("search-found").await;
        browser.press("a[href$='/slip']").await;
        browser.until_it_shows("Slip of registered residence").await;
        assert!(browser.text().await.contains("2026-03-02"));
        browser.looks_right("slip").await;
        let acts = acts(&ground, "clerk-of-residence").await;
        for act in ["searched before registering", "sent township.inflow-registered.v1", "printed a slip"] {
            assert!(acts.iter().any(|done| done == act), "{act} is not in {acts:?}");
        }
        store.close().await;
        browser.close().await;
        hub.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_village_reports_nothing_and_sends_a_spreadsheet_whose_faults_are_shown_row_by_row() {
    on_own_ground("village", setup(&[], ""), async |ground| {
        let first = clerk(&ground, "village-desk", &format!("{RESIDENCE}201")).await;
        let mut hub = Hub::start(&ground);
        hub.until_ready().await;
        let store = ground.store().await;
        let browser = Browser::open(&hub).await;
        first_login(&browser, "village-desk", &first, CHOSEN).await;
        browser.go("/village").await;
        browser.looks_right("village").await;
        browser.press("form[action='/village/report'] button").await;
        browser.until_it_shows("Reported.").await;
        assert_eq!(recorded(&store).await, 1, "nothing is a report too");

        let sheet = ground.dir.join("sheet.csv");
        let rows = "姓名,性别,出生日期,联系电话,现住地址,来本地日期,来本地原因\n\
                    虚构甲,男,1990-01-02,13800000018,虚构路1号,2026-03-01,务工\n\
                    虚构乙,女,1992-03-04,13800000019,,2026-03-02,务工\n\
                    虚构丙,女,1993-05-06,13800000020,虚构路3号,2026-02-30,度假\n\
                    虚构丁,男,1994-07-08,13800000021,虚构路4号,2026-03-03,经商\n";
        std::fs::write(&sheet, rows).unwrap();
        browser.go("/village").await;
        browser.attach("#sheet", &sheet).await;
        browser.press("form[action='/village/sheet'] button").await;
        browser.until_it_shows("Registered rows: 2; registered before: 0.").await;
        browser.looks_right("village-faults").await;
        let shown = browser.text().await;
        assert!(shown.contains("3 Address Please fill this in") && shown.contains("4 Reason"), "{shown}");
        assert_eq!(recorded(&store).await, 3);

        browser.go("/village").await;
        browser.attach("#sheet", &sheet).await;
        browser.press("form[action='/village/sheet'] button").await;
        browser.until_it_shows("Registered rows: 0; registered before: 2.").await;
        assert_eq!(recorded(&store).await, 3, "the same rows count once");
        store.close().await;
        browser.close().await;
        hub.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deputy_sees_what_was_handed_over_until_it_is_taken_back() {
    on_own_ground("handover", setup(&[POLICE], ""), async |ground| {
        let first = clerk(&ground, "clerk-of-home", HOUSEHOLD).await;
        let village = clerk(&ground, "village-desk", &format!("{HOUSEHOLD}201")).await;
        clerk(&ground, "clerk-elsewhere", ELSEWHERE).await;
        let mut hub = Hub::start(&ground);
        hub.until_ready().await;
        let store = ground.store().await;
        tell_an_inflow(&ground, &store).await;
        let (browser, deputy) = (Browser::open(&hub).await, Browser::open(&hub).await);
        first_login(&deputy, "village-desk", &village, CHOSEN).await;
        deputy.go("/inbox").await;
        deputy.until_it_shows("There is nothing here.").await;

        first_login(&browser, "clerk-of-home", &first, CHOSEN).await;
        browser.go("/handover").await;
        browser.fill("#deputy", "clerk-elsewhere").await;
        browser.fill("#until", "2026-03-27").await;
        browser.press("main form.small button").await;
        browser.until_it_shows("they are no clerk of your jurisdiction").await;
        browser.fill("#deputy", "village-desk").await;
        browser.fill("#until", "2026-03-27").await;
        browser.press("main form.small button").await;
        browser.until_it_shows("village-desk stands in for you until 2026-03-27").await;
        browser.looks_right("handover").await;
        deputy.go("/inbox").await;
        deputy.until_it_shows("Inflow").await;
        browser.press("form[action='/handover/end'] button").await;
        browser.until_at("/handover").await;
        deputy.go("/inbox").await;
        deputy.until_it_shows("There is nothing here.").await;

        // The directory is everybody's to read, and one's own to keep.
        browser.go("/directory").await;
        browser.fill("#phone", "0527-00000000").await;
        browser.fill("#contact", "虚构的值班室").await;
        browser.press("form.entry button").await;
        browser.until_it_shows("0527-00000000").await;
        browser.looks_right("directory").await;
        deputy.go(&format!("/directory?of={HOUSEHOLD}")).await;
        deputy.until_it_shows("0527-00000000").await;
        deputy.fill("#jurisdiction", HOUSEHOLD).await;
        deputy.fill("#phone", "0527-11111111").await;
        deputy.press("form.entry button").await;
        deputy.until_it_shows("This is not your jurisdiction").await;
        store.close().await;
        browser.close().await;
        deputy.close().await;
        hub.stop().await;
    })
    .await;
}

/// Messages that the townships' feed has recorded.
async fn recorded(store: &PgStore) -> i64 {
    let status = store.status().await.unwrap();
    assert!(status.feeds.iter().all(liangdi_store::report::FeedStatus::adds_up), "the accounts add up");
    status.feeds.iter().map(|feed| feed.recorded).sum()
}

async fn on_database(ground: &Ground, statement: &str) {
    let mut connection = ground.connection().await;
    sqlx::raw_sql(AssertSqlSafe(statement.to_owned())).execute(&mut connection).await.unwrap();
}

/// Replies that were recorded.
async fn answers(ground: &Ground) -> i64 {
    let mut connection = ground.connection().await;
    sqlx::query_scalar("SELECT count(*) FROM answers WHERE case_id IS NOT NULL")
        .fetch_one(&mut connection)
        .await
        .unwrap()
}

fn text_of(value: &Value, pointer: &str) -> String {
    value.pointer(pointer).and_then(Value::as_str).unwrap_or_else(|| panic!("no text at {pointer}")).to_owned()
}
