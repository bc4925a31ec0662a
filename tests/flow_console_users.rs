//! The users' page: what an operator does there, what it does at once to whoever is logged in, and who has it at all.

use crate::support::browser::{Browser, first_login, login};
use crate::support::ground::on_own_ground;
use crate::support::hub::Hub;
use crate::support::places::{HOUSEHOLD, RESIDENCE, setup};
use crate::support::visitor::Visitor;

const CHOSEN: &str = "four fictional old boats";

#[tokio::test(flavor = "multi_thread")]
async fn an_operator_makes_changes_locks_and_resets_users_and_nobody_else_does() {
    on_own_ground("users", setup(&[], ""), async |ground| {
        let mut hub = Hub::start(&ground);
        hub.until_ready().await;
        let operator = Visitor::new(&ground, &hub, "operator", "operator").await;
        let auditor = Visitor::new(&ground, &hub, "auditor", "auditor").await;
        for path in ["/users", "/users/operator"] {
            auditor.get(path).await.is(403);
        }
        for what in ["change", "lock", "unlock", "reset", "remove-second-factor"] {
            auditor.post(&format!("/users/operator/{what}"), &[("role", "auditor")]).await.is(403);
            operator.post_from_elsewhere(&format!("/users/auditor/{what}"), &[("role", "auditor")]).await.is(403);
            operator.post(&format!("/users/operator/{what}"), &[("role", "operator")]).await.is(409);
            operator.post(&format!("/users/nobody-here/{what}"), &[("role", "auditor")]).await;
        }
        operator.get("/users/nobody-here").await.is(404);
        operator.post("/users/nobody-here/lock", &[]).await.is(404);

        let new = |name: &'static str, role: &'static str, codes: &'static str| {
            [("name", name), ("role", role), ("jurisdictions", codes)]
        };
        let refused = [
            (new("a b", "auditor", ""), "letters, digits"),
            (new("clerk", "clerk", ""), "say which"),
            (new("clerk", "clerk", "320583999"), "There is no such division: 320583999"),
            (new("clerk", "clerk", "Kunshan"), "This is no division code: Kunshan"),
            (new("clerk", "auditor", "320583"), "Only clerks"),
            (new("auditor", "auditor", ""), "There is a user of this name"),
        ];
        for (form, words) in refused {
            let answer = operator.post("/users", &form).await.is(422);
            assert!(answer.text.contains(words), "{words}: {}", answer.text);
        }
        let made = operator.post("/users", &new("clerk", "clerk", "320583, 320583100")).await;
        made.says(&["First password of clerk", "It is shown this once"]);
        operator.get("/users?q=320583100").await.says(&["/users/clerk", "first password"]).hides(&["/users/auditor"]);
        operator.get("/users?role=auditor").await.says(&["/users/auditor"]).hides(&["/users/clerk"]);

        // What changes counts at once, for sessions that are open.
        auditor.get("/flow").await.is(200);
        let change = [("role", "reviewer"), ("jurisdictions", "")];
        assert_eq!(
            operator.post("/users/auditor/change", &change).await.is(303).leads_to,
            "/users/auditor?done=changed"
        );
        operator.get("/users/auditor?done=changed").await.says(&["Changed.", "Reviewer"]);
        auditor.get("/flow").await.is(403);
        auditor.get("/review").await.is(200);
        operator.post("/users/auditor/lock", &[]).await.is(303);
        assert_eq!(auditor.get("/review").await.is(303).leads_to, "/login?next=/review");
        operator
            .get("/users/auditor")
            .await
            .says(&["locked", "/users/auditor/unlock"])
            .hides(&["/users/auditor/lock\""]);
        operator.post("/users/auditor/unlock", &[]).await.is(303);
        ground.liangdi(&["users", "list"]).await.exits(0).says(&["auditor", "reviewer"]);
        let audit = operator.get("/audit?who=operator").await;
        audit.says(&[
            "made a user with the role clerk",
            "gave the role reviewer",
            "closed the account",
            "opened the account",
        ]);
        hub.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_user_is_made_in_the_browser_and_logs_in_with_the_password_shown() {
    on_own_ground("users-browser", setup(&[], ""), async |ground| {
        let made = ground.liangdi(&["users", "add", "operator", "--role", "operator"]).await.exits(0);
        let mut hub = Hub::start(&ground);
        hub.until_ready().await;
        let browser = Browser::open(&hub).await;
        first_login(&browser, "operator", made.out.trim(), CHOSEN).await;
        browser.go("/users").await;
        browser.fill("#name", "clerk-of-home").await;
        browser.choose("#role", "clerk").await;
        browser.fill("#jurisdictions", "elsewhere").await;
        browser.key("\u{e007}").await;
        browser.until_it_shows("This is no division code: elsewhere").await;
        assert_eq!(browser.value("#name").await, "clerk-of-home");
        browser.looks_right("users-fault-en").await;
        browser.fill("#jurisdictions", HOUSEHOLD).await;
        browser.press("form.entry button").await;
        browser.until_it_shows("First password of clerk-of-home").await;
        browser.looks_right("users-password-en").await;
        let first = browser.words("#first").await;

        for language in ["en", "zh"] {
            browser.go("/users").await;
            browser.looks_right(&format!("users-{language}")).await;
            browser.press("a[href='/users/clerk-of-home']").await;
            browser.until_at("/users/clerk-of-home").await;
            browser.looks_right(&format!("users-one-{language}")).await;
            browser.go("/users/operator").await;
            browser.looks_right(&format!("users-own-{language}")).await;
            browser.turn_language().await;
        }
        browser.go("/users/clerk-of-home").await;
        browser.fill("#jurisdictions", &format!("{HOUSEHOLD} {RESIDENCE}")).await;
        browser.press("form.entry button").await;
        browser.until_it_shows("Changed.").await;
        browser.until_it_shows(RESIDENCE).await;
        browser.press("form[action='/logout'] button").await;
        browser.until_at("/login").await;
        first_login(&browser, "clerk-of-home", &first, "five fictional new boats").await;
        browser.go("/account").await;
        browser.until_it_shows(HOUSEHOLD).await;
        browser.press("form[action='/logout'] button").await;
        browser.until_at("/login").await;
        ground.liangdi(&["users", "lock", "clerk-of-home"]).await.exits(0);
        login(&browser, "clerk-of-home", "five fictional new boats").await;
        browser.until_it_shows("Name, password or code is wrong").await;
        ground.liangdi(&["users", "unlock", "clerk-of-home"]).await.exits(0);
        login(&browser, "clerk-of-home", "five fictional new boats").await;
        browser.until_at("/").await;
        browser.close().await;
        hub.stop().await;
    })
    .await;
}
