//! `liangdi watch CODE`: a jurisdiction's notices as they come, or those of everybody below it, through a temporary
//! queue; no inbox loses any.

use anyhow::{Result, bail};
use liangdi_broker::inspect::Watch;
use liangdi_domain::division::{Code, Level};
use serde_json::Value;

use crate::context::Context;
use crate::{Found, roles, say};

/// Shows notices until Ctrl-C or `limit`.
pub async fn run(context: &Context, code: Code, below: bool, limit: Option<usize>, full: bool) -> Result<Found> {
    let divisions = context.divisions().await;
    // The inbox of a former division stays readable.
    let former = context.tables.receiver(code) == Some(code);
    if divisions.receiver(code) != Some(code) && !former {
        bail!(
            "{code} has no exchange; jurisdictions are the province's divisions down to townships, and other provinces"
        );
    }
    if below && code.level() >= Level::Township {
        bail!("{code} has nobody below it that gets notices: villages read their township's");
    }
    let shutdown = roles::shutdown_on_signal()?;
    let endpoint = context.endpoint()?;
    let mut watch =
        if below { Watch::open_below(&endpoint, code).await? } else { Watch::open(&endpoint, code).await? };
    let whose = if below { "everybody below " } else { "" };
    say::note(format!("watching {whose}{} ({code}); Ctrl-C ends it", divisions.full_name(code)));
    let mut shown = 0;
    while limit.is_none_or(|limit| shown < limit) {
        let batch = tokio::select! {
            () = shutdown.cancelled() => break,
            batch = watch.next() => batch?,
        };
        for delivery in batch.iter().take(limit.map_or(usize::MAX, |limit| limit - shown)) {
            shown += 1;
            if full {
                say::line(String::from_utf8_lossy(&delivery.body));
            } else {
                say::line(summary(&serde_json::from_slice(&delivery.body)?, below));
            }
        }
    }
    Ok(Found::Nothing)
}

/// One line without personal data: whose it is where there are several, number, time, kind, until when, on which ground.
fn summary(notice: &Value, of_several: bool) -> String {
    let text = |name: &str| notice[name].as_str().unwrap_or_default();
    let kind = text("type").trim_start_matches("notice.").trim_end_matches(".v1");
    let due = notice["dueon"].as_str().map(|date| format!("  answer by {date}")).unwrap_or_default();
    let of = notice["data"]["kind"].as_str().map(|kind| format!(" of {kind}")).unwrap_or_default();
    let whose = if of_several { format!("{:<9}  ", text("jurisdiction")) } else { String::new() };
    format!("{whose}{:>6}  {}  {kind}{of}{due}  [{}]  {}", notice["seqno"], text("time"), text("basis"), text("id"))
}
