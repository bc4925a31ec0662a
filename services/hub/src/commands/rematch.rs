//! `liangdi rematch`: everybody is weighed anew after the weights changed.

use anyhow::Result;

use super::publish::progress;
use crate::context::Context;
use crate::{Found, say};

/// Profiles in one transaction.
const PAGE_PROFILES: u32 = 500;

/// Weighs every profile against everybody it meets, page by page; the new weights count from the end on.
pub async fn run(context: &Context) -> Result<Found> {
    let store = context.store().await?;
    let registry = context.registry(store.clone())?;
    let mark = context.matching_mark(&registry.keys)?;
    if store.matching_mark().await? == Some(mark) {
        say::line("these weights have decided already; nothing to do");
        return Ok(Found::Nothing);
    }
    let total = store.status().await?.profiles;
    let bar = progress(total.unsigned_abs(), "weighing");
    let (mut after, mut notices) = (None, 0);
    loop {
        let ids = store.profile_ids(after, PAGE_PROFILES).await?;
        let Some(last) = ids.last() else { break };
        after = Some(*last);
        notices += registry.rematch(&ids).await?.notices;
        bar.inc(ids.len() as u64);
    }
    store.set_matching_mark(mark).await?;
    bar.finish();
    say::line(format!("everybody is weighed; {notices} notices follow from it"));
    Ok(Found::Nothing)
}
