//! A real browser on the console's pages: Debian's Chromium, headless, with a driver and a profile of its own.

use std::path::{Path, PathBuf};
use std::process::Stdio;

use fantoccini::{Client, ClientBuilder, Locator};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};

use super::hub::Hub;
use super::{eventually, in_time};

/// The window of an old office computer.
const WINDOW: (u32, u32) = (1366, 768);

/// What the console's own pages are checked with.
const AXE: &str = "services/console/assets/node_modules/axe-core/axe.min.js";

/// A browser with one window.
pub(crate) struct Browser {
    client: Client,
    driver: Driver,
    base: String,
}

/// The driver with every process it started.
struct Driver {
    child: Child,
    profile: PathBuf,
}

impl Drop for Driver {
    fn drop(&mut self) {
        // The browser would outlive its driver: the whole group goes.
        if let Some(pid) = self.child.id() {
            let _ = std::process::Command::new("kill").args(["-KILL", "--", &format!("-{pid}")]).status();
        }
        let _ = std::fs::remove_dir_all(&self.profile);
    }
}

impl Browser {
    /// Opens a browser that prefers English.
    pub(crate) async fn open(hub: &Hub) -> Self {
        let profile = std::env::temp_dir().join(format!("liangdi-browser-{}", uuid::Uuid::now_v7().simple()));
        let mut child = Command::new("chromedriver")
            .arg("--port=0")
            .process_group(0)
            .kill_on_drop(true)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("chromedriver is there: `deploy/test` installs Debian's chromium and chromium-driver");
        let port = in_time("the driver names its port", port(&mut child)).await;
        let driver = Driver { child, profile };
        let options = json!({
            "args": [
                "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--lang=en-US",
                format!("--user-data-dir={}", driver.profile.display()),
            ],
            "mobileEmulation": {
                "deviceMetrics": {"width": WINDOW.0, "height": WINDOW.1, "pixelRatio": 1, "touch": false, "mobile": false},
            },
        });
        let Value::Object(capabilities) = json!({"browserName": "chrome", "goog:chromeOptions": options}) else {
            unreachable!("it is an object")
        };
        let mut builder = ClientBuilder::new(HttpConnector::new());
        let address = format!("http://127.0.0.1:{port}");
        let client = in_time("the browser opens", builder.capabilities(capabilities).connect(&address)).await.unwrap();
        Browser { client, driver, base: format!("http://{}", hub.console()) }
    }

    /// Goes to a page of the console.
    pub(crate) async fn go(&self, path: &str) {
        self.client.goto(&format!("{}{path}", self.base)).await.unwrap();
    }

    /// Path and query of the page that is shown.
    pub(crate) async fn path(&self) -> String {
        self.client.current_url().await.unwrap().as_str().trim_start_matches(&self.base).to_owned()
    }

    /// Waits until a page is shown.
    pub(crate) async fn until_at(&self, path: &str) {
        eventually(&format!("the page {path}"), async || (self.path().await == path).then_some(())).await;
    }

    /// Types into a field, over what was there.
    pub(crate) async fn fill(&self, css: &str, text: &str) {
        let field = self.client.find(Locator::Css(css)).await.unwrap_or_else(|error| panic!("{css}: {error}"));
        field.clear().await.unwrap();
        field.send_keys(text).await.unwrap();
    }

    /// Puts a file into a file field.
    pub(crate) async fn attach(&self, css: &str, file: &Path) {
        let field = self.client.find(Locator::Css(css)).await.unwrap_or_else(|error| panic!("{css}: {error}"));
        field.send_keys(file.to_str().unwrap()).await.unwrap();
    }

    /// What a field holds.
    pub(crate) async fn value(&self, css: &str) -> String {
        let field = self.client.find(Locator::Css(css)).await.unwrap_or_else(|error| panic!("{css}: {error}"));
        field.prop("value").await.unwrap().unwrap_or_default()
    }

    /// Chooses an option by its value.
    pub(crate) async fn choose(&self, css: &str, value: &str) {
        let field = self.client.find(Locator::Css(css)).await.unwrap_or_else(|error| panic!("{css}: {error}"));
        field.select_by_value(value).await.unwrap();
    }

    /// Presses something.
    pub(crate) async fn press(&self, css: &str) {
        let found = self.client.find(Locator::Css(css)).await.unwrap_or_else(|error| panic!("{css}: {error}"));
        found.click().await.unwrap();
    }

    /// Turns the page to the other language, and waits until it is.
    pub(crate) async fn turn_language(&self) {
        let language = async || {
            // Between two pages there is none.
            let page = self.client.find(Locator::Css("html")).await.ok()?;
            page.attr("lang").await.ok().flatten()
        };
        let before = language().await.expect("a page says its language");
        self.press("form[action='/language'] button").await;
        eventually("the page is in the other language", async || {
            language().await.filter(|now| *now != before).map(drop)
        })
        .await;
    }

    /// Presses a key, wherever the focus is.
    pub(crate) async fn key(&self, key: &str) {
        let body = self.client.active_element().await.unwrap();
        body.send_keys(key).await.unwrap();
    }

    /// All that the page shows.
    pub(crate) async fn text(&self) -> String {
        self.client.find(Locator::Css("body")).await.unwrap().text().await.unwrap()
    }

    /// What an element shows.
    pub(crate) async fn words(&self, css: &str) -> String {
        let found = self.client.find(Locator::Css(css)).await.unwrap_or_else(|error| panic!("{css}: {error}"));
        found.text().await.unwrap()
    }

    /// What a script answers.
    pub(crate) async fn answer(&self, script: &str) -> Value {
        self.client.execute(script, Vec::new()).await.unwrap()
    }

    /// What the browser held back on this page because the content security policy forbids it.
    pub(crate) async fn held_back(&self) -> Vec<String> {
        let script = "const done = arguments[0];
            const found = [];
            const observer = new ReportingObserver(
                reports => found.push(...reports.map(one => `${one.body.effectiveDirective} ${one.body.sample ?? ''}`)),
                {types: ['csp-violation'], buffered: true});
            observer.observe();
            setTimeout(() => done(found.concat(observer.takeRecords().map(one => one.body.effectiveDirective))), 50);";
        let found = self.client.execute_async(script, Vec::new()).await.unwrap();
        serde_json::from_value(found).unwrap()
    }

    /// Waits until the page shows something.
    pub(crate) async fn until_it_shows(&self, words: &str) {
        eventually(&format!("the page shows {words:?}"), async || {
            // Between two pages there is none.
            let body = self.client.find(Locator::Css("body")).await.ok()?;
            body.text().await.ok()?.contains(words).then_some(())
        })
        .await;
    }

    /// A cookie's value.
    pub(crate) async fn cookie(&self, name: &str) -> String {
        self.client.get_named_cookie(name).await.unwrap().value().to_owned()
    }

    /// Asserts that axe finds nothing serious on the page, and keeps a picture of it.
    pub(crate) async fn looks_right(&self, name: &str) {
        self.picture(name).await;
        let axe = std::fs::read_to_string(root().join(AXE)).unwrap();
        self.client.execute(&axe, Vec::new()).await.unwrap();
        let found = self
            .client
            .execute_async(
                "const done = arguments[0]; axe.run().then(done, e => done({violations: [String(e)]}));",
                Vec::new(),
            )
            .await
            .unwrap();
        let violations = found["violations"].as_array().unwrap();
        let serious: Vec<String> = violations.iter().filter(|found| is_serious(found)).map(summary).collect();
        assert!(serious.is_empty(), "{name}: {serious:#?}");
    }

    /// Keeps a picture of the page under `.local/screenshots/`, which is not in the repository.
    pub(crate) async fn picture(&self, name: &str) {
        let folder = root().join(".local/screenshots");
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join(format!("{name}.png")), self.client.screenshot().await.unwrap()).unwrap();
    }

    /// Closes the window; the processes end with the driver.
    pub(crate) async fn close(self) {
        self.client.close().await.unwrap();
        drop(self.driver);
    }
}

/// Logs in for the first time: with the password that the command line printed, which has to be changed.
pub(crate) async fn first_login(browser: &Browser, name: &str, first: &str, chosen: &str) {
    login(browser, name, first).await;
    change_password(browser, first, chosen).await;
}

/// Changes a password that somebody else gave, where the pages ask for it.
pub(crate) async fn change_password(browser: &Browser, first: &str, chosen: &str) {
    browser.until_at("/password").await;
    browser.fill("#current", first).await;
    browser.fill("#chosen", chosen).await;
    browser.fill("#again", chosen).await;
    browser.press("main button[type=submit]").await;
    browser.until_at("/").await;
}

/// Fills in the login form and sends it.
pub(crate) async fn login(browser: &Browser, name: &str, password: &str) {
    browser.go("/login").await;
    browser.fill("#name", name).await;
    browser.fill("#password", password).await;
    browser.press("main button[type=submit]").await;
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn is_serious(found: &Value) -> bool {
    !matches!(found["impact"].as_str(), Some("minor" | "moderate"))
}

fn summary(found: &Value) -> String {
    let places = found["nodes"].as_array().into_iter().flatten().map(|node| node["html"].to_string());
    format!("{} {} at {}", found["id"], found["help"], places.collect::<Vec<_>>().join(", "))
}

/// The port that the driver chose.
async fn port(child: &mut Child) -> u16 {
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    while let Some(line) = lines.next_line().await.unwrap() {
        if let Some(rest) = line.split("on port ").nth(1)
            && let Ok(port) = rest.trim_end_matches('.').parse()
            && port != 0
        {
            // Whoever writes into a closed pipe ends: the driver's words are read on.
            tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
            return port;
        }
    }
    panic!("the driver ended before it named its port");
}
