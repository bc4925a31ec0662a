//! Stored profiles under other weights. First the edges of everybody are weighed anew; then everybody is clustered: a
//! component whole, together with whatever its persons hold elsewhere, so that it is looked at once and no person is
//! claimed from two sides.

use std::collections::BTreeSet;

use liangdi_domain::ids::{PersonId, ProfileId};
use liangdi_store::port::{Batch, Gathered, Result};

use super::weigh::Weighing;
use super::{Changes, Matcher, Resolution, assign, weigh};

impl Matcher<'_> {
    /// Weighs stored profiles anew and writes what became of their edges.
    pub(crate) async fn reweigh<B: Batch>(&self, batch: &mut B, ids: &[ProfileId]) -> Result<()> {
        let Weighing { edges, dropped, .. } = weigh::reweigh(self, batch, ids).await?;
        batch.put_edges(&edges, &dropped).await
    }

    /// Clusters stored profiles and all that hangs together with them. Returns what was gathered as it stood before.
    pub(crate) async fn settle<B: Batch>(
        &self,
        batch: &mut B,
        ids: &[ProfileId],
        new_person: &(dyn Fn() -> PersonId + Sync),
    ) -> Result<(Gathered, Resolution)> {
        let gathered = self.gather_with_persons(batch, ids).await?;
        let members: Vec<ProfileId> = gathered.members.iter().map(|member| member.id).collect();
        let contents = batch.contents(&members).await?;
        let documents: std::collections::HashMap<_, _> =
            contents.iter().map(|(id, profile)| (*id, &profile.document)).collect();
        let mut resolution = Resolution::default();
        assign(self, &Changes::default(), &gathered, |id| documents.get(&id).copied(), &mut resolution, new_person);
        Ok((gathered, resolution))
    }

    /// Everything that hangs together with the profiles, or belongs to a person that something of it belongs to.
    async fn gather_with_persons<B: Batch>(&self, batch: &mut B, ids: &[ProfileId]) -> Result<Gathered> {
        let mut seeds: BTreeSet<ProfileId> = ids.iter().copied().collect();
        loop {
            let asked: Vec<ProfileId> = seeds.iter().copied().collect();
            let gathered = batch.component(&asked, self.resolver().edge_min().0).await?;
            let persons: BTreeSet<PersonId> = gathered.members.iter().map(|member| member.person).collect();
            let theirs = batch.profiles_of(&persons.into_iter().collect::<Vec<_>>()).await?;
            seeds = gathered.members.iter().map(|member| member.id).chain(theirs).collect();
            if seeds.len() == gathered.members.len() {
                return Ok(gathered);
            }
        }
    }
}
