//! What the broker should hold and does not: read as an administrator of the broker, shown item by item, and made, if it is
//! still what was shown. User and password are used for that once, and kept nowhere.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use askama::Template;
use askama_web::WebTemplate;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use axum::{Form, Router};
use liangdi_broker::BrokerError;
use liangdi_broker::topology::{Item, ItemKind, Plan};
use liangdi_store::postgres::Look;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use tokio_util::task::AbortOnDropHandle;

use super::super::{FIGURES, OPERATORS};
use crate::access::Actor;
use crate::console::Console;
use crate::page::Page;
use crate::problem::Problem;
use crate::topology::{Administrator, Apply, NotBegun, Shown, TopologyError};

/// Items of one page.
const ITEMS_PAGE: usize = 100;
/// How long making a difference may take: a province with everything to make is done in a minute.
const APPLY_TIMEOUT: Duration = Duration::from_secs(900);

pub(super) fn router() -> Router<Console> {
    Router::new()
        .route("/changes/topology", get(show))
        .route("/changes/topology/look", post(look))
        .route("/changes/topology/apply", post(apply))
}

pub(super) fn live() -> Router<Console> {
    Router::new().route("/changes/topology/now", get(now))
}

/// What becomes of items.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Group {
    #[default]
    Create,
    Change,
    Conflict,
    Surplus,
}

impl Group {
    const ALL: [Group; 4] = [Group::Create, Group::Change, Group::Conflict, Group::Surplus];

    const fn name(self) -> &'static str {
        match self {
            Group::Create => "create",
            Group::Change => "change",
            Group::Conflict => "conflict",
            Group::Surplus => "surplus",
        }
    }

    fn items(self, plan: &Plan) -> &[Item] {
        match self {
            Group::Create => &plan.create,
            Group::Change => &plan.change,
            Group::Conflict => &plan.conflict,
            Group::Surplus => &plan.surplus,
        }
    }
}

#[derive(Deserialize, Default)]
struct Asked {
    group: Option<Group>,
    /// From 1.
    #[serde(default)]
    page: usize,
}

/// What an administrator typed. No `Debug`.
#[derive(Deserialize)]
struct Typed {
    #[serde(default)]
    user: String,
    #[serde(default)]
    password: SecretString,
    /// Of the difference that was shown.
    #[serde(default)]
    mark: String,
    /// The same, where it is meant.
    #[serde(default)]
    confirm: String,
}

impl Typed {
    fn administrator(self) -> Option<Administrator> {
        let user = self.user.trim().to_owned();
        let given = !user.is_empty() && !self.password.expose_secret().is_empty();
        given.then_some(Administrator { user, password: self.password })
    }
}

/// Items of one kind.
struct Count {
    kind: String,
    count: usize,
}

/// A group with how many of which kinds.
struct Counted {
    group: Group,
    count: usize,
    kinds: Vec<Count>,
}

/// A page of items.
struct Items {
    group: Group,
    rows: Vec<(String, Item)>,
    first: usize,
    last: usize,
    of: usize,
    before: Option<usize>,
    after: Option<usize>,
}

#[derive(Template, WebTemplate)]
#[template(path = "operator/topology.html")]
struct Whole {
    page: Page,
    place: String,
    has_administrator: bool,
    may_act: bool,
    /// Why what was asked for was not done.
    fault: Option<String>,
    shown: Option<Shown>,
    groups: Vec<Counted>,
    items: Option<Items>,
    apply: Option<Arc<Apply>>,
}

impl Whole {
    /// What would be made or changed.
    fn changes(&self) -> usize {
        self.shown.as_ref().map_or(0, |shown| shown.plan.create.len() + shown.plan.change.len())
    }

    fn has_conflict(&self) -> bool {
        self.shown.as_ref().is_some_and(|shown| !shown.plan.conflict.is_empty())
    }

    fn is_group(&self, group: &Group) -> bool {
        self.items.as_ref().is_some_and(|items| items.group == *group)
    }
}

#[derive(Template, WebTemplate)]
#[template(path = "operator/topology_now.html")]
struct Now {
    page: Page,
    apply: Arc<Apply>,
}

async fn show(State(console): State<Console>, page: Page, actor: Actor, Query(asked): Query<Asked>) -> Whole {
    whole(&console, page, &actor, &asked, None)
}

fn whole(console: &Console, page: Page, actor: &Actor, asked: &Asked, fault: Option<String>) -> Whole {
    let shown = console.differences.shown();
    let plan = shown.as_ref().map(|shown| shown.plan.as_ref());
    let groups = plan.map(|plan| Group::ALL.map(|group| counted(&page, group, plan)).into()).unwrap_or_default();
    Whole {
        place: console.topology.place(),
        has_administrator: console.topology.has_administrator(),
        may_act: actor.must_be(OPERATORS).is_ok(),
        fault,
        groups,
        items: plan.and_then(|plan| items(&page, asked, plan)),
        apply: console.differences.apply(),
        shown,
        page,
    }
}

fn counted(page: &Page, group: Group, plan: &Plan) -> Counted {
    let mut kinds: BTreeMap<ItemKind, usize> = BTreeMap::new();
    group.items(plan).iter().for_each(|item| *kinds.entry(item.kind).or_default() += 1);
    let kinds = kinds.into_iter().map(|(kind, count)| Count { kind: page.item(kind).to_owned(), count });
    Counted { group, count: group.items(plan).len(), kinds: kinds.collect() }
}

/// The page that was asked for; of the first group that has any items, where none was.
fn items(page: &Page, asked: &Asked, plan: &Plan) -> Option<Items> {
    let filled = || Group::ALL.into_iter().find(|group| !group.items(plan).is_empty());
    let group = asked.group.or_else(filled)?;
    let all = group.items(plan);
    let pages = all.len().div_ceil(ITEMS_PAGE).max(1);
    let number = asked.page.clamp(1, pages);
    let from = (number - 1) * ITEMS_PAGE;
    let rows = all.iter().skip(from).take(ITEMS_PAGE).map(|item| (page.item(item.kind).to_owned(), item.clone()));
    let rows: Vec<_> = rows.collect();
    Some(Items {
        group,
        first: from + usize::from(!rows.is_empty()),
        last: from + rows.len(),
        of: all.len(),
        before: (number > 1).then(|| number - 1),
        after: (number < pages).then_some(number + 1),
        rows,
    })
}

async fn look(
    State(console): State<Console>,
    page: Page,
    actor: Actor,
    Form(typed): Form<Typed>,
) -> Result<Response, Problem> {
    actor.must_be(OPERATORS)?;
    let by = typed.administrator();
    if by.is_none() && !console.topology.has_administrator() {
        let words = page.t("changes.topology.who").to_owned();
        return Ok(refused(&console, page, &actor, words));
    }
    match console.topology.plan(by).await {
        Ok(plan) => {
            console.differences.show(plan, console.now_utc(), &actor.name);
            Ok(Redirect::to("/changes/topology").into_response())
        }
        Err(error) => {
            let words = page.topology_error(&error);
            Ok(refused(&console, page, &actor, words))
        }
    }
}

/// The page with why what was asked for was not done.
fn refused(console: &Console, page: Page, actor: &Actor, fault: String) -> Response {
    (StatusCode::UNPROCESSABLE_ENTITY, whole(console, page, actor, &Asked::default(), Some(fault))).into_response()
}

async fn apply(
    State(console): State<Console>,
    page: Page,
    actor: Actor,
    Form(typed): Form<Typed>,
) -> Result<Response, Problem> {
    actor.must_be(OPERATORS)?;
    let refuse = |page: Page, key: &'static str| {
        let words = page.t(key).to_owned();
        Ok(refused(&console, page, &actor, words))
    };
    let (mark, confirmed) = (typed.mark.clone(), !typed.mark.is_empty() && typed.confirm == typed.mark);
    if !confirmed {
        return refuse(page, "changes.topology.unconfirmed");
    }
    let Some(by) = typed.administrator() else { return refuse(page, "changes.topology.who") };
    let (apply, plan) = match console.differences.begin(&mark, console.now_utc(), &actor.name) {
        Ok(begun) => begun,
        Err(NotBegun::Busy) => return refuse(page, "changes.topology.busy"),
        Err(NotBegun::Another) => return refuse(page, "changes.topology.another"),
    };
    tokio::spawn(follow(console.clone(), apply, plan, by));
    Ok(Redirect::to("/changes/topology").into_response())
}

/// Makes the difference, whoever looks on; before and after it is written down who did.
async fn follow(console: Console, apply: Arc<Apply>, plan: Arc<Plan>, by: Administrator) {
    let ended = make(&console, &apply, plan, by).await;
    let object = match &ended {
        Ok(plan) if plan.is_done() => "done".to_owned(),
        Ok(plan) => format!("left: {}", plan.create.len() + plan.change.len() + plan.conflict.len()),
        Err(TopologyError::Changed(_)) => "not begun: the difference had changed".to_owned(),
        Err(_) => format!("ended early: {} made", apply.made()),
    };
    if let Err(error) = &ended {
        tracing::warn!(%error, "the topology was not applied");
    }
    let look = Look { who: &apply.who, purpose: "ended applying the topology" };
    if let Err(error) = console.store.audit(look, &object, false).await {
        tracing::error!(%error, object, "that the topology was applied could not be written into the audit");
    }
    console.differences.end(&apply, ended, console.now_utc());
}

async fn make(
    console: &Console,
    apply: &Arc<Apply>,
    plan: Arc<Plan>,
    by: Administrator,
) -> Result<Plan, TopologyError> {
    let look = Look { who: &apply.who, purpose: "applies the topology" };
    let counts = format!("create {}, change {}", apply.create, apply.change);
    console.store.audit(look, &counts, false).await.map_err(|error| TopologyError::Database(error.to_string()))?;
    let (counted, topology) = (apply.clone(), console.topology.clone());
    let made = Arc::new(move || counted.one_more());
    // A task of its own: whatever happens in there, this one says how it ended.
    let work = AbortOnDropHandle::new(tokio::spawn(async move { topology.apply(by, plan, made).await }));
    match tokio::time::timeout(APPLY_TIMEOUT, work).await {
        Ok(Ok(ended)) => ended,
        Ok(Err(_)) => Err(TopologyError::Stumbled),
        Err(_) => {
            let (what, limit_s) = ("applying the topology".to_owned(), APPLY_TIMEOUT.as_secs());
            Err(BrokerError::TimedOut { what, limit_ms: limit_s * 1000 }.into())
        }
    }
}

async fn now(State(console): State<Console>, page: Page, actor: Result<Actor, Problem>) -> Result<Response, Problem> {
    let Ok(actor) = actor else { return Ok([("HX-Redirect", "/login?next=/changes/topology")].into_response()) };
    actor.must_be(FIGURES)?;
    match console.differences.apply().filter(|apply| apply.ended().is_none()) {
        Some(apply) => Ok(Now { page, apply }.into_response()),
        None => Ok([("HX-Refresh", "true")].into_response()),
    }
}

impl Page {
    /// What an item of a difference is called.
    fn item(&self, kind: ItemKind) -> &str {
        self.t(match kind {
            ItemKind::Vhost => "changes.item.vhost",
            ItemKind::Upstream => "changes.item.upstream",
            ItemKind::Policy => "changes.item.policy",
            ItemKind::Exchange => "changes.item.exchange",
            ItemKind::Queue => "changes.item.queue",
            ItemKind::Binding => "changes.item.binding",
            ItemKind::User => "changes.item.user",
            ItemKind::Permission => "changes.item.permission",
            ItemKind::TopicPermission => "changes.item.topic-permission",
            ItemKind::UserLimits => "changes.item.user-limits",
        })
    }

    /// What becomes of a group of items, in a few words.
    fn group(&self, group: &Group) -> &str {
        self.t(match group {
            Group::Create => "changes.group.create",
            Group::Change => "changes.group.change",
            Group::Conflict => "changes.group.conflict",
            Group::Surplus => "changes.group.surplus",
        })
    }

    /// The same in a sentence.
    fn group_about(&self, group: &Group) -> &str {
        self.t(match group {
            Group::Create => "changes.group.create-about",
            Group::Change => "changes.group.change-about",
            Group::Conflict => "changes.group.conflict-about",
            Group::Surplus => "changes.group.surplus-about",
        })
    }

    /// Why it could not be read, or made; and what to do.
    fn topology_error(&self, error: &TopologyError) -> String {
        match error {
            TopologyError::Settings(words) => self.t1("changes.topology.settings", words),
            TopologyError::Changed(_) => self.t("changes.topology.changed").to_owned(),
            TopologyError::Database(_) => self.t("changes.topology.database").to_owned(),
            TopologyError::Stumbled => self.t("changes.topology.stumbled").to_owned(),
            TopologyError::Broker(error) => self.broker_error(error),
        }
    }

    fn broker_error(&self, error: &BrokerError) -> String {
        match error {
            BrokerError::Management { status: Some(401), reason, .. } if reason.contains("Login failed") => {
                self.t("changes.topology.wrong-password").to_owned()
            }
            BrokerError::Management { status: Some(401 | 403), .. } | BrokerError::Refused { .. } => {
                self.t("changes.topology.forbidden").to_owned()
            }
            BrokerError::Management { status: None, reason, .. }
            | BrokerError::Away { reason, .. }
            | BrokerError::Ended { reason } => self.t1("changes.topology.away", reason),
            BrokerError::TimedOut { limit_ms, .. } => self.t1("changes.topology.too-slow", limit_ms / 1000),
            BrokerError::TooFewFiles { allowed, wanted } => self.t2("changes.topology.too-few-files", allowed, wanted),
            BrokerError::Conflict { count } => self.t1("changes.topology.in-the-way", count),
            other => self.t1("changes.topology.other", other),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::texts::Language;

    fn page() -> Page {
        Page { language: Language::English, actor: None, path: String::new() }
    }

    #[test]
    fn items_come_in_pages_and_a_page_that_is_none_is_the_last() {
        let item = |nth| Item { kind: ItemKind::Queue, name: format!("inbox.{nth}"), note: String::new() };
        let plan = Plan { surplus: (0..250).map(item).collect(), ..Plan::default() };
        let at = |group, number| items(&page(), &Asked { group, page: number }, &plan).unwrap();
        let first = at(None, 0);
        assert_eq!((first.first, first.last, first.of, first.before, first.after), (1, 100, 250, None, Some(2)));
        let last = at(Some(Group::Surplus), 99);
        assert_eq!((last.first, last.last, last.before, last.after), (201, 250, Some(2), None));
        let none = at(Some(Group::Create), 1);
        assert_eq!((none.first, none.last, none.of), (0, 0, 0));
        assert!(items(&page(), &Asked::default(), &Plan::default()).is_none());
    }

    #[test]
    fn what_the_broker_says_is_said_in_words() {
        let said = |status, reason: &str| {
            let (request, reason) = ("GET /users".to_owned(), reason.to_owned());
            page().broker_error(&BrokerError::Management { request, status, reason })
        };
        assert!(said(Some(401), "401 {\"reason\":\"Login failed\"}").contains("password"));
        assert!(said(Some(401), "401 {\"reason\":\"Not administrator user\"}").contains("administrator"));
        assert!(said(None, "connection refused").contains("connection refused"));
        let files = page().broker_error(&BrokerError::TooFewFiles { allowed: 1024, wanted: 3600 });
        assert!(files.contains("1024") && files.contains("3600") && files.contains("LimitNOFILE"), "{files}");
    }
}
