//! Somebody with a session at the console, over plain HTTP: what a page answers, without a browser.

use std::net::SocketAddr;

use reqwest::redirect::Policy;
use reqwest::{Client, RequestBuilder, StatusCode, Url, header};

use super::ground::Ground;
use super::hub::Hub;

/// Chosen in place of the first password.
const PASSWORD: &str = "four fictional words together";

/// What a page answered.
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    /// Where a redirect leads; empty if it is none.
    pub(crate) leads_to: String,
    pub(crate) text: String,
}

impl Answer {
    /// Asserts that it is a page that says all of this.
    pub(crate) fn says(self, words: &[&str]) -> Self {
        assert_eq!(self.status, StatusCode::OK, "{}", self.text);
        for words in words {
            assert!(self.text.contains(words), "{words:?} is not in {}", self.text);
        }
        self
    }

    /// Asserts that it says none of this.
    pub(crate) fn hides(self, words: &[&str]) -> Self {
        for words in words {
            assert!(!self.text.contains(words), "{words:?} is in {}", self.text);
        }
        self
    }

    /// Asserts its status.
    pub(crate) fn is(self, status: u16) -> Self {
        assert_eq!(self.status.as_u16(), status, "{} {}", self.leads_to, self.text);
        self
    }
}

/// A user who is logged in.
pub(crate) struct Visitor {
    client: Client,
    console: SocketAddr,
    cookie: String,
}

impl Visitor {
    /// Makes a user and logs in; the first password is changed.
    pub(crate) async fn new(ground: &Ground, hub: &Hub, name: &str, role: &str) -> Self {
        let made = ground.liangdi(&["users", "add", name, "--role", role]).await.exits(0);
        let first = made.out.lines().last().unwrap().to_owned();
        let client = Client::builder().redirect(Policy::none()).build().unwrap();
        let mut visitor = Visitor { client, console: hub.console(), cookie: String::new() };
        visitor.take_cookie(&[("name", name), ("password", &first)], "/login").await;
        visitor.take_cookie(&[("current", &first), ("chosen", PASSWORD), ("again", PASSWORD)], "/password").await;
        visitor
    }

    async fn take_cookie(&mut self, fields: &[(&str, &str)], path: &str) {
        let response = self.request(self.client.post(self.url(path)), fields).send().await.unwrap();
        assert_eq!(response.status(), StatusCode::SEE_OTHER, "{path}");
        let cookies = response.headers().get_all(header::SET_COOKIE).iter();
        if let Some(cookie) = cookies.filter_map(|cookie| cookie.to_str().unwrap().split(';').next()).next_back() {
            cookie.clone_into(&mut self.cookie);
        }
    }

    /// Asks for a page.
    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.sent(self.with_cookie(self.client.get(self.url(path)))).await
    }

    /// Sends a form.
    pub(crate) async fn post(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        self.sent(self.request(self.client.post(self.url(path)), fields)).await
    }

    /// Sends a form as another site's page would have a browser send it.
    pub(crate) async fn post_from_elsewhere(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let request = self.request(self.client.post(self.url(path)), fields);
        self.sent(request.header("Sec-Fetch-Site", "cross-site").header(header::ORIGIN, "https://elsewhere.example"))
            .await
    }

    fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.console)
    }

    fn request(&self, request: RequestBuilder, fields: &[(&str, &str)]) -> RequestBuilder {
        let form = Url::parse_with_params("http://form", fields).unwrap().query().unwrap_or_default().to_owned();
        self.with_cookie(request).header(header::CONTENT_TYPE, "application/x-www-form-urlencoded").body(form)
    }

    fn with_cookie(&self, request: RequestBuilder) -> RequestBuilder {
        request.header(header::COOKIE, &self.cookie).header(header::ACCEPT_LANGUAGE, "en")
    }

    async fn sent(&self, request: RequestBuilder) -> Answer {
        let response = request.send().await.unwrap();
        let leads_to = response.headers().get(header::LOCATION).map(|to| to.to_str().unwrap().to_owned());
        Answer {
            status: response.status(),
            leads_to: leads_to.unwrap_or_default(),
            text: response.text().await.unwrap(),
        }
    }
}
