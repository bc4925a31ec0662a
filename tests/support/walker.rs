//! A browser of few words: follows addresses one by one and keeps cookies, so that a test can change, repeat and swap what a
//! real browser would only carry.

use std::collections::BTreeMap;

use reqwest::redirect::Policy;
use reqwest::{Client, RequestBuilder, StatusCode, Url, header};

/// One browser with its cookies. A clone is another one that was the same until now.
#[derive(Clone)]
pub(crate) struct Walker {
    client: Client,
    cookies: BTreeMap<(String, String), String>,
}

/// Where a step came to.
pub(crate) struct Step {
    pub(crate) status: StatusCode,
    /// Where it leads on; none if it is a page.
    pub(crate) to: Option<Url>,
    pub(crate) text: String,
}

impl Step {
    /// Where it leads on.
    #[track_caller]
    pub(crate) fn leads(self) -> Url {
        let Step { status, to, text } = self;
        to.unwrap_or_else(|| panic!("{status} leads nowhere: {text}"))
    }

    /// Asserts that it is a page with this status that says these words.
    #[track_caller]
    pub(crate) fn says(&self, status: u16, words: &str) {
        assert_eq!(self.status.as_u16(), status, "{}", self.text);
        assert!(self.text.contains(words), "{words:?} is not in {}", self.text);
    }
}

impl Walker {
    pub(crate) fn new() -> Self {
        Walker { client: Client::builder().redirect(Policy::none()).build().unwrap(), cookies: BTreeMap::new() }
    }

    /// Goes to an address; redirects are not followed.
    pub(crate) async fn get(&mut self, url: &Url) -> Step {
        let request = self.client.get(url.clone());
        self.step(url, request).await
    }

    /// Sends a form.
    pub(crate) async fn post(&mut self, url: &Url, fields: &[(&str, &str)]) -> Step {
        let form = Url::parse_with_params("http://form", fields).unwrap().query().unwrap_or_default().to_owned();
        let kind = "application/x-www-form-urlencoded";
        let request = self.client.post(url.clone()).header(header::CONTENT_TYPE, kind).body(form);
        self.step(url, request).await
    }

    async fn step(&mut self, url: &Url, request: RequestBuilder) -> Step {
        let site = place(url);
        let own = self.cookies.iter().filter(|((of, _), _)| *of == site);
        let cookies: Vec<String> = own.map(|((_, name), value)| format!("{name}={value}")).collect();
        let request = request.header(header::COOKIE, cookies.join("; ")).header(header::ACCEPT_LANGUAGE, "en");
        let response = request.send().await.unwrap();
        for cookie in response.headers().get_all(header::SET_COOKIE) {
            let (name, value) = cookie.to_str().unwrap().split(';').next().unwrap().split_once('=').unwrap();
            let key = (site.clone(), name.to_owned());
            if value.is_empty() {
                self.cookies.remove(&key);
            } else {
                self.cookies.insert(key, value.to_owned());
            }
        }
        let to = response.headers().get(header::LOCATION).map(|to| url.join(to.to_str().unwrap()).unwrap());
        Step { status: response.status(), to, text: response.text().await.unwrap() }
    }

    /// Where the provider sends the browser back to, once it logged in there as `account`.
    pub(crate) async fn through_provider(&mut self, login: &Url, account: &str) -> Url {
        let mut at = self.get(login).await.leads();
        if at.path().starts_with("/interaction/") {
            at = self.post(&at, &[("account", account)]).await.leads();
        }
        while place(&at) == place(login) {
            at = self.get(&at).await.leads();
        }
        at
    }
}

fn place(url: &Url) -> String {
    format!("{}:{}", url.host_str().unwrap(), url.port_or_known_default().unwrap())
}
