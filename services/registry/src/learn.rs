//! Everybody in the register, as far as weights can be learned from them: offered to a draw, page by page, out of one
//! state of the store.

use liangdi_domain::identity::train::Draw;
use liangdi_domain::ids::ProfileId;
use liangdi_store::port::{Reading, Result, Snapshot, Store};

use crate::ingest::Registry;

/// Profiles unsealed in one go.
const PAGE_PROFILES: usize = 1000;

impl<S: Store> Registry<S> {
    /// Offers every live profile; returns how many there are. `read` hears how many were read.
    pub async fn offer_everybody(&self, draw: &mut Draw<'_>, read: &(dyn Fn(usize) + Sync)) -> Result<u64> {
        let mut snapshot = self.store.snapshot().await?;
        let (mut offered, mut after) = (0, None);
        loop {
            let page = snapshot.standing(after, PAGE_PROFILES).await?;
            let Some(last) = page.last() else { return Ok(offered) };
            after = Some(last.id);
            let live: Vec<ProfileId> = page.iter().filter(|member| member.live).map(|member| member.id).collect();
            let contents = snapshot.contents(&live).await?;
            contents.iter().for_each(|(_, profile)| draw.add(profile));
            offered += contents.len() as u64;
            read(page.len());
        }
    }
}
