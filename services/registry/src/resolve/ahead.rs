//! What can be weighed while another batch has the writer. A weight depends on the two profiles alone, and a profile's
//! content on its id: nothing of this can be out of date. Who meets whom is looked up again under the writer's lock, and
//! what was recorded meanwhile is weighed there.

use std::collections::{BTreeMap, HashMap};

use liangdi_domain::ids::ProfileId;
use liangdi_domain::person::Profile;
use liangdi_store::port::{KeyToken, Result, Snapshot};

use super::Matcher;
use super::meet::Blocks;
use super::weigh::{Pair, pairs, unweighed, weights, with_contents};

/// What two profiles come to; none where they have nothing to do with each other.
pub(super) type Weighed = Option<(i32, bool)>;

/// What was found out ahead of a batch's turn.
#[derive(Debug, Default)]
pub struct Ahead {
    /// Blocking keys of profiles that were new when it was looked.
    pub(super) keys: HashMap<ProfileId, Vec<KeyToken>>,
    /// What those hold whom they met.
    pub(super) profiles: BTreeMap<ProfileId, Profile>,
    pub(super) weighed: HashMap<Pair, Weighed>,
}

impl Ahead {
    /// Takes over what was found out for another batch of the same turn.
    pub(crate) fn extend(&mut self, other: Ahead) {
        self.keys.extend(other.keys);
        self.profiles.extend(other.profiles);
        self.weighed.extend(other.weighed);
    }
}

impl Matcher<'_> {
    /// Weighs profiles that are not stored yet against everybody whom they meet as things stand.
    pub(crate) async fn look_ahead<S: Snapshot>(
        &self,
        store: &mut S,
        mut profiles: BTreeMap<ProfileId, Profile>,
    ) -> Result<Ahead> {
        let ids: Vec<ProfileId> = profiles.keys().copied().collect();
        for known in store.known(&ids).await? {
            profiles.remove(&known);
        }
        if profiles.is_empty() {
            return Ok(Ahead::default());
        }
        let keys: HashMap<ProfileId, Vec<KeyToken>> =
            profiles.iter().map(|(id, profile)| (*id, self.keys(profile))).collect();
        let of_each = keys.iter().map(|(id, keys)| (*id, keys.as_slice()));
        let blocks = Blocks::of_fresh(store, of_each.clone(), self.matching.limits.block_profiles_max).await?;
        let pairs = pairs(of_each, &blocks);
        let weighed = HashMap::new();
        let met = unweighed(&pairs, &weighed).flat_map(|(a, b)| [*a, *b]);
        let profiles = with_contents(store, profiles, met).await?;
        let weighed = weights(self, &profiles, &pairs, weighed);
        Ok(Ahead { keys, profiles, weighed })
    }
}
