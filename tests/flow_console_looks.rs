//! Every page of the operators' in a real browser, in both languages: axe finds nothing serious, and a picture of each lies
//! under `.local/screenshots/` to be looked at.

use crate::support::browser::{Browser, first_login};
use crate::support::ending::worked_off;
use crate::support::ground::on_own_ground;
use crate::support::hub::Hub;
use crate::support::message::Message;
use crate::support::namesakes::{NUMBER, POLICE, namesake, registered};
use crate::support::places::{HOUSEHOLD, setup};
use crate::support::rules::shorter_inflow;

/// A fictional operator's password.
const CHOSEN: &str = "four fictional old boats";
const TOWNSHIP: &str = "township.320583100";
const CIVIL: &str = "civil-affairs.320000";

#[tokio::test(flavor = "multi_thread")]
async fn every_page_of_an_operator_is_accessible_in_both_languages() {
    on_own_ground("operator-looks", setup(&[POLICE, CIVIL, TOWNSHIP], ""), async |ground| {
        let made = ground.liangdi(&["users", "add", "operator", "--role", "operator"]).await.exits(0);
        let on = |day: &str| toml::from_str(&format!("hub.as_of = \"{day}\"\nclock.interval_ms = 600000")).unwrap();
        let hub = Hub::start_with(&ground, &on("2026-03-09"));
        let store = ground.store().await;
        let again = registered()
            .with("/data/djbh", "J320324202600009")
            .with("/data/jzdz_xzqh", "320583102")
            .with("/data/lxdh", "13912348888");
        let refused = registered().with("/data/djrq", "20260230").with("/data/djbh", "J320324202600010");
        ground.publish(POLICE, &[registered().line(), namesake().line(), again.line(), refused.line()]).await;
        let entry = |code: &str| serde_json::json!({"code": code, "name": "测试镇", "parent": &HOUSEHOLD[..6]});
        let changed = Message::example("civil-affairs.division-changed.v1")
            .with("/data/kind", "recode")
            .with("/data/from", serde_json::json!([entry(HOUSEHOLD)]))
            .with("/data/to", serde_json::json!([entry("321322190")]))
            .with("/data/effectiveOn", "2026-09-01")
            .with("/time", "2026-03-10T10:00:00+08:00");
        ground.publish(CIVIL, &[changed.line()]).await;
        let asked = Message::example("township.rights-requested.v1").with("/data/filed_on", "2026-03-02");
        ground.publish(TOWNSHIP, &[asked.line()]).await;
        worked_off(&store, 6, 6).await;
        let found = ground.liangdi(&["person", "find", "--id-number", NUMBER]).await.exits(0);
        let protect = ["person", "protect", found.out.trim(), "--reason", "a court's order"];
        ground.liangdi(&protect).await.exits(0);
        hub.stop().await;
        // What was asked is overdue by then.
        let mut hub = Hub::start_with(&ground, &on("2026-03-25"));
        hub.until_ready().await;
        let no = store.quarantine_list(Default::default(), 1).await.unwrap()[0].no;
        let pair = store.questions(None, 1).await.unwrap()[0].no;

        let browser = Browser::open(&hub).await;
        first_login(&browser, "operator", made.out.trim(), CHOSEN).await;
        let (message, pair) = (format!("/quarantine/{no}"), format!("/review/{pair}"));
        let (good, bad) = (ground.dir.join("good.toml"), ground.dir.join("bad.toml"));
        std::fs::write(&good, shorter_inflow()).unwrap();
        std::fs::write(&bad, shorter_inflow().replacen("within = {", "wihtin = {", 1)).unwrap();
        ground.delete_queue("inbox.320583101").await;
        let pages = [
            ("flow", "/flow"),
            ("quarantine", "/quarantine"),
            ("quarantine-message", message.as_str()),
            ("review", "/review"),
            ("review-pair", pair.as_str()),
            ("queues", "/queues"),
            ("changes", "/changes"),
            ("changes-rules", "/changes/rules"),
            ("changes-topology", "/changes/topology"),
            ("requests", "/requests"),
            ("cases", "/cases"),
            ("scorecards", "/cases/scorecards"),
            ("movements", "/cases/movements"),
            ("audit", "/audit"),
        ];
        for (language, said) in [("en", "What was said"), ("zh", "往来")] {
            for (name, path) in pages {
                browser.go(path).await;
                browser.looks_right(&format!("operator-{name}-{language}")).await;
            }
            browser.go("/cases").await;
            browser.press("a.row").await;
            browser.until_it_shows(said).await;
            browser.looks_right(&format!("operator-case-{language}")).await;
            for (file, said, name) in [(&bad, "wihtin", "fault"), (&good, "procedures check", "done")] {
                browser.go("/changes/rules").await;
                browser.press("input[name=of][value=procedures]").await;
                browser.attach("#file", file).await;
                browser.press("main form.entry button[type=submit]").await;
                browser.until_it_shows(said).await;
                browser.looks_right(&format!("operator-changes-rules-{name}-{language}")).await;
                browser.answer("window.scrollTo(0, document.body.scrollHeight);").await;
                browser.picture(&format!("operator-changes-rules-{name}-below-{language}")).await;
            }
            browser.go("/changes/topology").await;
            browser.press("main form.filter button").await;
            browser.until_it_shows("inbox.320583101").await;
            browser.looks_right(&format!("operator-changes-topology-shown-{language}")).await;
            for part in ["persons", "rights"] {
                browser.go(&format!("/{part}")).await;
                browser.fill("#id_number", NUMBER).await;
                browser.fill("#purpose", "a fictional call").await;
                browser.press("main button[type=submit]").await;
                browser.until_it_shows(HOUSEHOLD).await;
                browser.looks_right(&format!("operator-{part}-{language}")).await;
                browser.press("a.row").await;
                browser.until_it_shows("***").await;
                browser.looks_right(&format!("operator-{part}-one-{language}")).await;
                browser.fill("#purpose", "a fictional call").await;
                browser.press("form.reveal button").await;
                browser.until_it_shows(NUMBER).await;
                browser.looks_right(&format!("operator-{part}-revealed-{language}")).await;
            }
            browser.press("#erase summary").await;
            browser.fill("#erase-reason", "a fictional request").await;
            browser.looks_right(&format!("operator-erase-{language}")).await;
            browser.press("#erase form button").await;
            browser.until_it_shows(HOUSEHOLD).await;
            browser.looks_right(&format!("operator-erase-tried-{language}")).await;
            browser.go("/rights/erased?messages=3&facts=2&notices=1").await;
            browser.looks_right(&format!("operator-erased-{language}")).await;
            for (path, chart) in
                [("/flow", "day"), ("/cases/scorecards?period=2026-03", "parts"), ("/cases/movements", "flows")]
            {
                browser.go(path).await;
                assert!(is_drawn(&browser).await, "{path} has a chart");
                assert_eq!(browser.held_back().await, [""; 0], "{path}");
                browser.picture(&format!("chart-{chart}-{language}")).await;
            }
            browser.go("/flow").await;
            browser.turn_language().await;
        }
        // The page can tell what it held back: a style that is written into it.
        browser.go("/queues").await;
        browser.answer("document.body.insertAdjacentHTML('beforeend', '<p style=\"color: red\">x</p>')").await;
        assert!(!browser.held_back().await.is_empty());
        store.close().await;
        browser.close().await;
        hub.stop().await;
    })
    .await;
}

/// Whether the page's chart has been drawn, in more than one colour.
async fn is_drawn(browser: &Browser) -> bool {
    let colours = "const canvas = document.querySelector('[data-chart] canvas');
        if (!canvas) return 0;
        const pixels = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data;
        const found = new Set();
        for (let at = 0; at < pixels.length; at += 4) if (pixels[at + 3] === 255) found.add(`${pixels[at]} ${pixels[at + 1]} ${pixels[at + 2]}`);
        return found.size;";
    browser.answer(colours).await.as_u64().is_some_and(|colours| colours > 3)
}
