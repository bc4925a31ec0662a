//! Who looked at or did what, when and why; by user and by day, newest first.

use askama::Template;
use askama_web::WebTemplate;
use axum::Router;
use axum::extract::{Query, State};
use axum::routing::get;
use chrono::{Days, NaiveDate};
use liangdi_domain::calendar::shanghai_midnight;
use liangdi_store::postgres::AuditFilter;
use liangdi_store::report::Looked;
use serde::Deserialize;

use crate::console::Console;
use crate::page::Page;
use crate::problem::Problem;
use crate::texts::Language;

/// Entries of one page.
const ROWS_MAX: u32 = 100;

pub(super) fn router() -> Router<Console> {
    Router::new().route("/audit", get(list))
}

#[derive(Deserialize)]
struct Asked {
    #[serde(default)]
    who: String,
    /// `YYYY-MM-DD`; an empty field is none.
    #[serde(default)]
    day: String,
    before: Option<i64>,
}

#[derive(Template, WebTemplate)]
#[template(path = "operator/audit.html")]
struct List {
    page: Page,
    asked: Asked,
    rows: Vec<Looked>,
    /// The next page ends before this number.
    more: Option<i64>,
}

async fn list(State(console): State<Console>, page: Page, Query(asked): Query<Asked>) -> Result<List, Problem> {
    let day = match asked.day.trim() {
        "" => None,
        day => Some(day.parse::<NaiveDate>().map_err(|_| Problem::unreadable())?),
    };
    let filter = AuditFilter {
        who: Some(asked.who.trim()).filter(|who| !who.is_empty()),
        from: day.and_then(shanghai_midnight),
        to: day.and_then(|day| shanghai_midnight(day.checked_add_days(Days::new(1))?)),
        before: asked.before,
    };
    let rows = console.store.audit_list(filter, ROWS_MAX).await?;
    let more = rows.last().filter(|_| rows.len() == ROWS_MAX as usize).map(|row| row.no);
    Ok(List { page, asked, rows, more })
}

impl Page {
    /// Why, or what was done: in the reader's language where the hub wrote it, else as somebody typed it.
    fn kept_purpose(&self, purpose: &str) -> String {
        if self.language == Language::English {
            return purpose.to_owned();
        }
        let kept = self.language.of_kept("audit.kept", purpose, |value| self.kept_value(value));
        kept.unwrap_or_else(|| purpose.to_owned())
    }

    /// A role, a kind of message, a ground, an outcome; anything else is a value as it is.
    fn kept_value(&self, value: &str) -> String {
        let named = |section: &str| self.language.text_if(&format!("{section}.{value}"));
        let known = ["common.role", "subject.erasing-ground", "subject.outcome"].into_iter().find_map(named);
        known
            .unwrap_or_else(|| match self.message_kind(value) {
                kind if kind == value => self.word(value),
                kind => kind,
            })
            .to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_hub_wrote_is_shown_in_the_readers_language_and_what_people_typed_as_it_is() {
        let page = |language| Page { language, actor: None, path: String::new() };
        let chinese = page(Language::Chinese);
        for (kept, shown) in [
            ("masked look", "遮蔽查看"),
            ("settles a request: partly", "答复权利请求：部分办理"),
            ("a trial of erasing: unlawful; request 7; by phone", "删除试算：违法或违反约定处理；request 7; by phone"),
            ("sent township.inflow-registered.v1", "发送：流入登记"),
            ("sent a message through the API", "通过接口发送消息"),
            ("made a user with the role clerk", "新建用户，角色：经办人员"),
            ("gave the role clerk 320583 320584", "改为角色经办人员：320583 320584"),
            ("gave the role operator", "改为角色：运维人员"),
            ("answers confirmed for its receiver: on the telephone", "代接收方答复“确认”：on the telephone"),
            ("handed over until 2026-05-01", "移交至 2026-05-01"),
            ("a call from the person", "a call from the person"),
            ("replay it", "replay it"),
        ] {
            assert_eq!(chinese.kept_purpose(kept), shown);
        }
        let english = page(Language::English);
        assert_eq!(english.kept_purpose("protecting: a court's order"), "protecting: a court's order");
    }

    #[test]
    fn a_day_begins_eight_hours_before_utc() {
        let begins = shanghai_midnight("2026-03-09".parse().unwrap()).unwrap();
        assert_eq!(begins.to_rfc3339(), "2026-03-08T16:00:00+00:00");
    }
}
