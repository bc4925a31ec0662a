//! `liangdi rematch`: everybody is weighed anew after the weights changed.

use anyhow::Result;
use liangdi_domain::ids::ProfileId;
use liangdi_store::postgres::PgStore;

use super::publish::progress;
use crate::context::{Context, matching_mark};
use crate::{Found, say};

/// Profiles in one transaction.
const PAGE_PROFILES: u32 = 500;

/// Weighs every profile against everybody it meets, then settles who is who, page by page; the new weights count from
/// the end on.
pub async fn run(context: &Context) -> Result<Found> {
    let store = context.store().await?;
    let registry = context.registry(store.clone())?;
    let mark = matching_mark(&registry.matching, &registry.keys);
    if store.matching_mark().await? == Some(mark) {
        say::line("these weights have decided already; nothing to do");
        return Ok(Found::Nothing);
    }
    let total = store.status().await?.profiles;
    store.recount_crowds(registry.matching.limits.block_profiles_max).await?;
    let bar = progress(total.unsigned_abs(), "weighing");
    let mut pages = Pages { store: &store, after: None };
    while let Some(ids) = pages.next().await? {
        registry.reweigh(&ids).await?;
        bar.inc(ids.len() as u64);
    }
    bar.finish();
    let bar = progress(total.unsigned_abs(), "settling");
    let mut pages = Pages { store: &store, after: None };
    let (mut merges, mut splits, mut notices) = (0, 0, 0);
    while let Some(ids) = pages.next().await? {
        let settled = registry.settle(&ids).await?;
        merges += settled.merges;
        splits += settled.splits;
        notices += settled.notices;
        bar.inc(ids.len() as u64);
    }
    store.set_matching_mark(mark).await?;
    bar.finish();
    say::line(format!("everybody is weighed; {merges} merges, {splits} splits; {notices} notices follow from it"));
    Ok(Found::Nothing)
}

/// Ids of everybody, page by page.
struct Pages<'s> {
    store: &'s PgStore,
    after: Option<ProfileId>,
}

impl Pages<'_> {
    /// The next page; none at the end.
    async fn next(&mut self) -> Result<Option<Vec<ProfileId>>> {
        let ids = self.store.profile_ids(self.after, PAGE_PROFILES).await?;
        self.after = ids.last().copied();
        Ok(self.after.map(|_| ids))
    }
}
