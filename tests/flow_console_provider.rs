//! Logging in through a provider of identity: a real one, in a real browser; and everything that a browser, a provider or a
//! clock can do to it.

use reqwest::Url;
use serde_json::json;

use crate::support::browser::{Browser, first_login, login};
use crate::support::ground::{Ground, on_own_ground};
use crate::support::hub::Hub;
use crate::support::leaks::none_in;
use crate::support::places::{HOUSEHOLD, setup};
use crate::support::provider::IdentityProvider;
use crate::support::walker::Walker;

const CHOSEN: &str = "four fictional old boats";

/// What the provider calls its accounts, and by what it knows them.
const ZHANG: &str = "zhang@province.example";
const TOLD_NOBODY: [&str; 4] = [ZHANG, "li@province.example", "id-of-zhang", "a fictional secret between hub"];

/// Makes a user for an account at the provider.
async fn provided(ground: &Ground, name: &str, role: &str, account: &str) {
    let ran = ground.liangdi(&["users", "add", name, "--role", role, "--oidc", account]).await.exits(0);
    ran.says(&[name, "logs in through the provider"]);
}

/// Logs in at the provider's own page.
async fn at_provider(browser: &Browser, account: &str) {
    browser.until_it_shows("Who are you?").await;
    browser.fill("#account", account).await;
    browser.press("form button").await;
}

/// What the hub's log must not hold.
fn tells_nobody(log: &str) {
    none_in("the hub's log", log, &TOLD_NOBODY.map(str::to_owned));
    none_in("the hub's log", log, &["eyJ".to_owned(), "code=".to_owned(), "code_verifier".to_owned()]);
}

/// A login in which every step can be changed.
struct Steps {
    console: Url,
}

impl Steps {
    fn of(hub: &Hub) -> Self {
        Steps { console: format!("http://{}", hub.console()).parse().unwrap() }
    }

    fn page(&self, path: &str) -> Url {
        self.console.join(path).unwrap()
    }

    /// Begins a login; where the provider is asked.
    async fn begin(&self, walker: &mut Walker) -> Url {
        walker.get(&self.page("/login/oidc?next=/account")).await.leads()
    }

    /// A whole login, up to the answer that the provider sends back.
    async fn answer(&self, walker: &mut Walker, account: &str) -> Url {
        let login = self.begin(walker).await;
        walker.through_provider(&login, account).await
    }

    async fn is_in(&self, walker: &mut Walker) -> bool {
        walker.get(&self.page("/account")).await.status == 200
    }
}

/// An address with one of its parameters changed.
fn with(url: &Url, name: &str, value: &str) -> Url {
    let mut changed = url.clone();
    let pairs: Vec<(String, String)> = url.query_pairs().into_owned().filter(|(key, _)| key != name).collect();
    changed.query_pairs_mut().clear().extend_pairs(pairs).append_pair(name, value);
    changed
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clerk_logs_in_through_the_provider_and_out_of_both() {
    on_own_ground("provider", setup(&[], ""), async |ground| {
        let mut provider = IdentityProvider::start(&ground, json!({})).await;
        let made =
            ground.liangdi(&["users", "add", "clerk", "--role", "clerk", "--jurisdiction", HOUSEHOLD, "--oidc", ZHANG]);
        made.await.exits(0);
        ground.liangdi(&["users", "list"]).await.exits(0).says(&["clerk", ZHANG, "not logged in yet"]);
        let hub = provider.hub(&ground, "").await;
        let browser = Browser::open(&hub).await;
        browser.go("/login").await;
        browser.looks_right("login-provider-en").await;
        browser.turn_language().await;
        browser.until_it_shows("用省统一身份认证登录").await;
        browser.looks_right("login-provider-zh").await;
        browser.turn_language().await;

        // The way back to the page that was asked for survives the detour.
        browser.go("/inbox").await;
        browser.until_at("/login?next=/inbox").await;
        browser.press("#provider").await;
        at_provider(&browser, "zhang").await;
        browser.until_at("/inbox").await;
        assert_eq!(browser.held_back().await, Vec::<String>::new());
        browser.go("/account").await;
        browser.until_it_shows("You log in with the provincial account").await;
        browser.looks_right("account-provider-en").await;
        browser.go("/password").await;
        browser.until_it_shows("You have no password here").await;

        browser.press("form[action='/logout'] button").await;
        browser.until_it_shows("Do you want to sign-out from").await;
        browser.press("button[value='yes']").await;
        browser.until_at("/login").await;
        browser.go("/inbox").await;
        browser.until_at("/login?next=/inbox").await;

        // Logged out there as well: it asks again. Meanwhile its key is another one than the hub knows.
        provider.stop().await;
        provider.start_again(json!({"names_in_token": true, "curve": true})).await;
        browser.press("#provider").await;
        at_provider(&browser, "renamed").await;
        browser.until_at("/inbox").await;

        // A session at the provider is enough.
        ground.liangdi(&["users", "unlock", "clerk"]).await.exits(0);
        let audit = ground.store().await;
        let looks = audit.audit_list(liangdi_store::postgres::AuditFilter::default(), 50).await.unwrap();
        let count = |purpose: &str| looks.iter().filter(|look| look.who == "clerk" && look.purpose == purpose).count();
        assert_eq!(count("was bound to the account at the provider"), 1);
        assert_eq!(count("logged in through the provider"), 2);
        audit.close().await;
        browser.close().await;
        tells_nobody(&hub.stop().await);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_unknown_nameless_or_locked_here_is_told_so_and_is_not_in() {
    on_own_ground("provider-unknown", setup(&[], ""), async |ground| {
        let provider = IdentityProvider::start(&ground, json!({"names_in_token": true})).await;
        provided(&ground, "auditor", "auditor", ZHANG).await;
        let hub = provider.hub(&ground, "").await;
        let browser = Browser::open(&hub).await;
        browser.go("/login").await;
        browser.press("#provider").await;
        at_provider(&browser, "li").await;
        browser.until_it_shows("The provider knows you as “li@province.example”, and no user here has that name").await;
        browser.looks_right("login-provider-unknown-en").await;
        // Another account may be the right one: the provider asks, although li is logged in there.
        browser.press("#provider").await;
        at_provider(&browser, "li").await;
        browser.until_it_shows("The provider knows you as").await;
        // Turning the language does not send the answer again.
        browser.turn_language().await;
        browser.until_at("/login").await;

        let steps = Steps::of(&hub);
        let mut nameless = Walker::new();
        let answer = steps.answer(&mut nameless, "nameless").await;
        nameless.get(&answer).await.says(403, "does not say what it calls you (preferred_username)");
        assert!(!steps.is_in(&mut nameless).await);

        let mut zhang = Walker::new();
        let answer = steps.answer(&mut zhang, "zhang").await;
        assert_eq!(zhang.get(&answer).await.leads().path(), "/account");
        assert!(steps.is_in(&mut zhang).await);
        // Whoever is given the name after that is not the user.
        let mut successor = Walker::new();
        let answer = steps.answer(&mut successor, "successor").await;
        successor.get(&answer).await.says(403, "no user here has that name");

        ground.liangdi(&["users", "lock", "auditor"]).await.exits(0);
        assert!(!steps.is_in(&mut zhang).await, "a session ends with its account");
        let answer = steps.answer(&mut zhang, "zhang").await;
        zhang.get(&answer).await.says(403, "your account here is locked");
        assert!(!steps.is_in(&mut zhang).await);
        // Neither a password nor a reset opens another way.
        let fields = [("name", "auditor"), ("password", "a guess of twelve")];
        zhang.post(&steps.page("/login"), &fields).await.says(401, "Name, password or code is wrong");
        let refused = "logs in through the provider, and has neither a password nor a second factor here";
        ground.liangdi(&["users", "reset", "auditor"]).await.exits(2).says(&[refused]);
        ground.liangdi(&["users", "remove-second-factor", "auditor"]).await.exits(2).says(&[refused]);
        let again = ground.liangdi(&["users", "add", "second", "--role", "auditor", "--oidc", "li"]).await;
        again.exits(0);
        ground
            .liangdi(&["users", "bind", "auditor", "--oidc", "li"])
            .await
            .exits(2)
            .says(&["another user waits for this account"]);
        // Bound anew, the successor is let in, and whoever was bound no longer.
        ground.liangdi(&["users", "bind", "auditor", "--oidc", ZHANG]).await.exits(0);
        ground.liangdi(&["users", "unlock", "auditor"]).await.exits(0);
        let answer = steps.answer(&mut successor, "successor").await;
        assert_eq!(successor.get(&answer).await.leads().path(), "/account");
        let answer = steps.answer(&mut zhang, "zhang").await;
        zhang.get(&answer).await.says(403, "no user here has that name");
        browser.close().await;
        tells_nobody(&hub.stop().await);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_counts_once_in_the_browser_that_asked_and_unchanged() {
    on_own_ground("provider-answers", setup(&[], ""), async |ground| {
        let provider = IdentityProvider::start(&ground, json!({"secret_in_body": true})).await;
        provided(&ground, "auditor", "auditor", ZHANG).await;
        let hub = provider.hub(&ground, "").await;
        let steps = Steps::of(&hub);
        let elsewhere = "was not begun in this browser";

        // Nothing that a page elsewhere could have chosen comes back as a way on.
        let mut walker = Walker::new();
        let login = walker.get(&steps.page("/login/oidc?next=//elsewhere.example")).await.leads();
        let answer = walker.through_provider(&login, "zhang").await;
        assert_eq!(answer.origin(), steps.console.origin(), "the provider sends back to the configured address");
        let before = walker.clone();
        assert_eq!(walker.get(&answer).await.leads(), steps.page("/"));
        assert!(steps.is_in(&mut walker).await);
        // The same answer again: in the browser as it is now, and as it was.
        walker.get(&answer).await.says(400, elsewhere);
        let mut replayed = before.clone();
        replayed.get(&answer).await.says(400, "was used already");
        assert!(!steps.is_in(&mut replayed).await);

        // Another browser's answer, with no login under way and with one of its own.
        let mut owner = Walker::new();
        let answer = steps.answer(&mut owner, "zhang").await;
        let mut victim = Walker::new();
        victim.get(&answer).await.says(400, elsewhere);
        let own = steps.begin(&mut victim).await;
        victim.get(&answer).await.says(400, elsewhere);
        owner.get(&with(&answer, "state", "0123456789abcdef")).await.says(400, elsewhere);
        // None of that ended what was under way.
        assert_eq!(owner.get(&answer).await.leads().path(), "/account");
        let answer = victim.through_provider(&own, "zhang").await;
        assert_eq!(victim.get(&answer).await.leads().path(), "/account");

        // The question changed on the way: another nonce, another challenge; the answer changed: another provider, no code.
        let mut changed = Walker::new();
        let login = with(&steps.begin(&mut changed).await, "nonce", "another");
        let answer = changed.through_provider(&login, "zhang").await;
        changed.get(&answer).await.says(502, "could not be verified");
        let login = steps.begin(&mut changed).await;
        let login = with(&login, "code_challenge", "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
        let answer = changed.through_provider(&login, "zhang").await;
        changed.get(&answer).await.says(400, "was used already, or took longer than 10 minutes");
        let answer = steps.answer(&mut changed, "zhang").await;
        changed.get(&with(&answer, "iss", "https://elsewhere.example")).await.says(502, "could not be verified");
        let answer = steps.answer(&mut changed, "zhang").await;
        changed.get(&with(&answer, "code", "")).await.says(403, "You were not logged in by");
        let login = steps.begin(&mut changed).await;
        let state = login.query_pairs().find(|(key, _)| key == "state").unwrap().1.into_owned();
        let cancelled = with(&steps.page("/login/oidc/back?error=access_denied"), "state", &state);
        changed.get(&cancelled).await.says(403, "You were not logged in by");
        assert!(!steps.is_in(&mut changed).await);
        let log = hub.stop().await;
        for reason in ["Nonce", "access_denied"] {
            assert!(log.contains(reason), "{reason}");
        }
        tells_nobody(&log);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn while_the_provider_is_away_passwords_still_do() {
    on_own_ground("provider-away", setup(&[], ""), async |ground| {
        let mut provider = IdentityProvider::start(&ground, json!({"logout": false})).await;
        provided(&ground, "auditor", "auditor", ZHANG).await;
        let made = ground.liangdi(&["users", "add", "operator", "--role", "operator"]).await.exits(0);
        let doctor = async || ground.liangdi(&["doctor"]).await;
        doctor().await.says(&["oidc provider", "shows 1 keys", "it ends here alone", "oidc clock"]);
        provider.stop().await;
        doctor().await.exits(1).says(&[provider.issuer(), "have the provider started"]);

        let hub = provider.hub(&ground, "").await;
        let browser = Browser::open(&hub).await;
        browser.go("/login").await;
        browser.press("#provider").await;
        browser.until_it_shows("Just now the provincial account cannot be reached").await;
        browser.looks_right("login-provider-away-en").await;
        first_login(&browser, "operator", made.out.trim(), CHOSEN).await;
        browser.press("form[action='/logout'] button").await;
        browser.until_at("/login").await;

        // It goes away between question and answer.
        provider.start_again(json!({"logout": false})).await;
        let (steps, mut walker) = (Steps::of(&hub), Walker::new());
        let answer = steps.answer(&mut walker, "zhang").await;
        provider.stop().await;
        walker.get(&answer).await.says(503, "cannot be reached: try again");
        assert!(!steps.is_in(&mut walker).await);

        // Its clock goes ahead; then it is right again, and has no page to log out at.
        provider.start_again(json!({"logout": false, "ahead_s": 600})).await;
        doctor().await.exits(1).says(&["oidc clock", "synchronise"]);
        let answer = steps.answer(&mut walker, "zhang").await;
        walker.get(&answer).await.says(502, "clocks of the provincial account and of this hub differ");
        provider.stop().await;
        provider.start_again(json!({"logout": false})).await;
        browser.press("#provider").await;
        browser.until_it_shows("Who are you?").await;
        browser.press("#cancel").await;
        browser.until_it_shows("You were not logged in by the provincial account").await;
        browser.press("#provider").await;
        at_provider(&browser, "zhang").await;
        browser.until_at("/").await;
        browser.press("form[action='/logout'] button").await;
        browser.until_at("/login").await;
        browser.close().await;
        tells_nobody(&hub.stop().await);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_operator_gives_users_accounts_at_the_provider() {
    on_own_ground("provider-users", setup(&[], ""), async |ground| {
        let none = ground.liangdi(&["users", "add", "nobody", "--role", "auditor", "--oidc", "x"]).await;
        none.exits(2).says(&["console.oidc.issuer is not set"]);
        let provider = IdentityProvider::start(&ground, json!({})).await;
        let made = ground.liangdi(&["users", "add", "operator", "--role", "operator"]).await.exits(0);
        let hub = provider.hub(&ground, "login_tries_per_min = 5").await;
        let browser = Browser::open(&hub).await;
        first_login(&browser, "operator", made.out.trim(), CHOSEN).await;
        browser.go("/users").await;
        browser.fill("#name", "auditor").await;
        browser.choose("#role", "auditor").await;
        browser.fill("#account", ZHANG).await;
        browser.looks_right("users-provider-en").await;
        browser.press("form.entry button").await;
        browser.until_at("/users/auditor?done=made").await;
        browser.until_it_shows("not logged in yet").await;
        browser.looks_right("users-provider-one-en").await;
        assert!(!browser.text().await.contains("Give a new first password"));
        // An account that somebody waits for already, and a user who had a password.
        browser.go("/users").await;
        browser.fill("#name", "second").await;
        browser.choose("#role", "auditor").await;
        browser.press("form.entry button").await;
        browser.until_it_shows("First password of second").await;
        browser.go("/users/second").await;
        browser.fill("#account", ZHANG).await;
        browser.press("#bind button").await;
        browser.until_it_shows("Another user waits for the first login").await;
        browser.fill("#account", "li@province.example").await;
        browser.press("#bind button").await;
        browser.until_at("/users/second?done=bound").await;
        browser.turn_language().await;
        browser.looks_right("users-provider-bound-zh").await;
        browser.turn_language().await;
        browser.press("form[action='/logout'] button").await;
        browser.until_at("/login").await;
        login(&browser, "second", CHOSEN).await;
        browser.until_it_shows("Name, password or code is wrong").await;

        // Tries to get in are counted together with those of passwords, five a minute.
        let (steps, mut walker) = (Steps::of(&hub), Walker::new());
        let mut held_back = 0;
        for _ in 0..10 {
            held_back += usize::from(walker.get(&steps.page("/login/oidc")).await.status == 429);
        }
        assert!(held_back > 0);
        browser.close().await;
        tells_nobody(&hub.stop().await);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
#[allow(clippy::print_stderr)]
async fn a_private_authority_is_trusted_where_its_file_is_named_and_only_there() {
    on_own_ground("provider-tls", setup(&[], ""), async |ground| {
        let Some((_, dir)) = ground.servers.tls() else {
            eprintln!("SKIPPED: the servers have no TLS, for want of openssl");
            return;
        };
        let file = |name: &str| dir.join(name).display().to_string();
        let options = json!({"tls": {"cert": file("server.pem"), "key": file("server.key")}});
        let mut provider = IdentityProvider::start(&ground, options).await;
        assert!(provider.issuer().starts_with("https://"));
        let doctor = async || ground.liangdi(&["doctor"]).await;
        doctor().await.exits(1).says(&["oidc provider", "certificate"]);
        provider.tell(&ground, "ca_file", &file("ca.pem"));
        doctor().await.says(&["oidc provider", "answers, shows 1 keys and can be told of a logout"]);
        provider.tell(&ground, "ca_file", &file("server.key"));
        doctor().await.exits(1).says(&["ca_file holds no certificate"]);
        provider.tell(&ground, "ca_file", "");
        provider.tell(&ground, "client_secret_file", "/nowhere");
        doctor().await.exits(1).says(&["client_secret_file", "/nowhere"]);
    })
    .await;
}
