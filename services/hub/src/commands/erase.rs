//! `liangdi subject delete`: erases what is held of a person, or what one feed said. First only tried: what would go and who
//! would be told what, with a mark of how the person stands; then done, by that mark.

use anyhow::{Result, bail};
use liangdi_console::erasing::{Ground, REASON_CHARS_MAX, note, purpose};
use liangdi_domain::division::{Code, Divisions};
use liangdi_domain::feed::Feed;
use liangdi_domain::ids::{PersonId, Token};
use liangdi_domain::notice::NoticeDraft;
use liangdi_registry::erase::{Erased, Erasure, Scope};
use liangdi_store::postgres::Look;
use serde_json::{Value, json};
use uuid::Uuid;

use super::quarantine::operator;
use super::subject::place;
use crate::cli::{Delete, ErasureBasis};
use crate::context::Context;
use crate::{Found, say};

/// Tries it, or does it.
pub(super) async fn run(context: &Context, asked: Delete) -> Result<Found> {
    let Delete { id, feed, basis, reason, confirm, json } = asked;
    let reason = reason.trim();
    if reason.is_empty() || reason.chars().count() > REASON_CHARS_MAX {
        bail!("the reason is empty, or longer than {REASON_CHARS_MAX} characters");
    }
    let feed = feed.as_deref().map(named).transpose()?;
    let (store, who) = (context.store().await?, operator());
    let purpose = purpose(confirm.is_some(), ground(basis), reason);
    let look = Look { who: &who, purpose: &purpose };
    let Some(sheet) = store.person_sheet(PersonId(id), look).await? else {
        bail!("no person has the id {id}; `liangdi person find` finds people");
    };
    let scope = Scope { person: sheet.file.person, feed };
    let registry = context.settled_registry(store.clone()).await?;
    let erasure = match confirm {
        None => registry.would_erase(scope).await?,
        Some(mark) => {
            note(&store, &who, (scope.person, feed), &purpose).await?;
            match registry.erase(scope, Token(mark)).await? {
                Erased::Done(erasure) => Some(erasure),
                Erased::Nothing => None,
                Erased::Changed => bail!(
                    "nothing is erased: that is not the mark of how person {id} stands now; try again without --confirm"
                ),
            }
        }
    };
    let Some(erasure) = erasure else {
        bail!("nothing is held of person {id}{}", feed.map(|feed| format!(" from {feed}")).unwrap_or_default());
    };
    if json {
        say::line(document(&erasure, confirm.is_some()).to_string());
    } else {
        text(&erasure, confirm.is_some());
    }
    Ok(Found::Nothing)
}

fn named(name: &str) -> Result<Feed> {
    let names = || Feed::COUNTED.map(Feed::name).join(", ");
    Feed::named(name).ok_or_else(|| anyhow::anyhow!("no feed is called {name}; there are {}", names()))
}

const fn ground(basis: ErasureBasis) -> Ground {
    match basis {
        ErasureBasis::PurposeOver => Ground::PurposeOver,
        ErasureBasis::PeriodOver => Ground::PeriodOver,
        ErasureBasis::ConsentWithdrawn => Ground::ConsentWithdrawn,
        ErasureBasis::Unlawful => Ground::Unlawful,
        ErasureBasis::OtherLaw => Ground::OtherLaw,
    }
}

fn document(erasure: &Erasure, done: bool) -> Value {
    let stays =
        erasure.stays.iter().map(|(place, since, until)| json!({"place": place, "since": since, "until": until}));
    let notices = erasure.notices.iter().map(|notice| {
        json!({"kind": notice.kind, "receiver": notice.receiver.0, "what": what(notice), "basis": notice.basis})
    });
    json!({
        "done": done, "mark": mark(erasure), "messages": erasure.messages, "facts": erasure.facts,
        "profiles": erasure.profiles, "stays": stays.collect::<Vec<_>>(), "cases": erasure.cases,
        "notices": notices.collect::<Vec<_>>(),
    })
}

fn text(erasure: &Erasure, done: bool) {
    let Erasure { messages, facts, profiles, stays, cases, notices, .. } = erasure;
    let verb = if done { "erased" } else { "would be erased" };
    say::line(format!(
        "{verb}: what {messages} messages said, {facts} facts, {profiles} ways of writing the person, {} stays, {} cases",
        stays.len(),
        cases.len()
    ));
    for (place, since, until) in stays {
        let until = until.map(|until| format!(" until {until}")).unwrap_or_default();
        say::line(format!("  lived in {} since {since}{until}", full_name(*place)));
    }
    for case in cases {
        say::line(format!("  case {case}"));
    }
    say::line(format!("{} told: {} notices", if done { "is" } else { "would be" }, notices.len()));
    for notice in notices {
        say::line(format!("  {} ({}) to {}", notice.kind, what(notice), place(&notice.receiver.0)));
    }
    if !done {
        say::line(format!("nothing is erased yet; the same command with --confirm {} does it", mark(erasure)));
    }
}

fn mark(erasure: &Erasure) -> Uuid {
    erasure.mark.0
}

/// What a notice is about, without anybody's identity.
fn what(notice: &NoticeDraft) -> &str {
    notice.data.get("kind").and_then(Value::as_str).unwrap_or_default()
}

fn full_name(code: Code) -> String {
    format!("{code} {}", Divisions::shipped().full_name(code))
}
