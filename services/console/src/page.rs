//! What every page is drawn with: language, who looks, where; and the navigation of each role. A template has a field
//! `page: Page` and extends `base.html`.

use std::convert::Infallible;

use askama::Template;
use askama_web::WebTemplate;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{Method, Uri, header};
use liangdi_store::access::Role;

use crate::access::Actor;
use crate::assets;
use crate::pages::NAVIGATION;
use crate::problem::Problem;
use crate::texts::Language;

/// An entry of the navigation.
#[derive(Debug, Clone, Copy)]
pub struct Link {
    /// Where it leads.
    pub path: &'static str,
    /// Key of its text.
    pub text: &'static str,
    /// Key of the sentence beside it on the first page.
    pub about: &'static str,
    /// Who has it.
    pub roles: &'static [Role],
}

/// What every page is drawn with.
#[derive(Debug, Clone)]
pub struct Page {
    /// In which language.
    pub language: Language,
    /// Who looks, if anybody is logged in.
    pub actor: Option<Actor>,
    /// Path and query of the request.
    pub path: String,
}

impl Page {
    /// The language; templates hand fields on as references.
    pub fn language(&self) -> Language {
        self.language
    }

    /// A text of this page's language.
    pub fn t<'a>(&self, key: &'a str) -> &'a str {
        self.language.text(key)
    }

    /// A text with one value.
    pub fn t1(&self, key: &str, value: impl ToString) -> String {
        self.language.filled(key, &[&value.to_string()])
    }

    /// A text with two values.
    pub fn t2(&self, key: &str, one: impl ToString, another: impl ToString) -> String {
        self.language.filled(key, &[&one.to_string(), &another.to_string()])
    }

    /// A word of the contract, in this page's language; whatever is none stays as it is.
    pub fn word<'a>(&self, word: &'a str) -> &'a str {
        self.language.text_if(&format!("notice.word.{word}")).unwrap_or(word)
    }

    /// What an entry of the clerks' is called.
    pub fn entry_title<'a>(&self, entry: &'a str) -> &'a str {
        self.language.text_if(&format!("entry.title.{entry}")).unwrap_or(entry)
    }

    /// A choice of a form: documents and sexes are codes, the others words.
    pub fn choice<'a>(&self, path: &str, word: &'a str) -> &'a str {
        let key = match path {
            "person.sex" => format!("entry.choice.sex-{word}"),
            "person.id_type" => format!("entry.choice.document-{word}"),
            _ => format!("entry.choice.{word}"),
        };
        self.language.text_if(&key).unwrap_or_else(|| self.word(word))
    }

    /// Whether a clerk looks.
    pub fn is_clerk(&self) -> bool {
        self.actor.as_ref().is_some_and(|actor| actor.role == Role::Clerk)
    }

    /// The address of a file that pages load.
    pub fn asset(&self, name: &str) -> String {
        assets::address(name)
    }

    /// The navigation of whoever looks.
    pub fn links(&self) -> Vec<Link> {
        let Some(actor) = self.actor.as_ref().filter(|actor| !actor.must_change) else { return Vec::new() };
        NAVIGATION.iter().copied().flatten().filter(|link| link.roles.contains(&actor.role)).copied().collect()
    }

    /// Whether a link leads to where the visitor is, or to a page above it.
    pub fn is_at(&self, link: &Link) -> bool {
        let path = self.path.split('?').next().unwrap_or_default();
        path == link.path || path.strip_prefix(link.path).is_some_and(|rest| rest.starts_with('/'))
    }

    /// The other language, for the switch.
    pub fn other_language(&self) -> Language {
        match self.language {
            Language::Chinese => Language::English,
            Language::English => Language::Chinese,
        }
    }
}

impl<S: Sync> FromRequestParts<S> for Page {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        let path = shown_path(parts);
        let actor = parts.extensions.get::<Actor>().cloned();
        Ok(Page { language: Language::of(&parts.headers), actor, path })
    }
}

/// Path and query of the page that is shown. What answers a form is shown in the place of the form's page.
fn shown_path(parts: &Parts) -> String {
    let own = parts.uri.path_and_query().map_or("/", |path| path.as_str());
    let from = parts.headers.get(header::REFERER).and_then(|from| from.to_str().ok()?.parse::<Uri>().ok());
    match from.as_ref().and_then(Uri::path_and_query) {
        Some(form) if parts.method != Method::GET => form.as_str().to_owned(),
        _ => own.to_owned(),
    }
}

/// The page that shows a problem.
#[derive(Template, WebTemplate)]
#[template(path = "problem.html")]
pub(crate) struct ProblemPage {
    pub(crate) page: Page,
    pub(crate) problem: Problem,
}
