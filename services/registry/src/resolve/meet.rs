//! Which keys are in use, and who shares them. A key is in use in its coarse form while no more profiles carry it than
//! the limit says; then in its refined form; and when that is crowded too, in none. Counted is everybody who was ever
//! recorded, so that the form depends on the set of profiles alone.

use std::collections::{BTreeSet, HashMap};

use liangdi_domain::ids::{ProfileId, Token};
use liangdi_store::port::{KeyToken, Reading, Result};

/// The blocks that a batch looks at.
pub(super) struct Blocks {
    limit: usize,
    coarse: Looked,
    refined: Looked,
}

/// One form of keys: who is stored under a token, and who comes with this batch.
#[derive(Default)]
struct Looked {
    stored: HashMap<Token, Vec<ProfileId>>,
    fresh: HashMap<Token, Vec<ProfileId>>,
}

impl Looked {
    fn stored(&self, token: Token) -> &[ProfileId] {
        self.stored.get(&token).map_or(&[], Vec::as_slice)
    }

    fn fresh(&self, token: Token) -> &[ProfileId] {
        self.fresh.get(&token).map_or(&[], Vec::as_slice)
    }

    fn is_crowded(&self, token: Token, limit: usize) -> bool {
        self.stored(token).len() + self.fresh(token).len() > limit
    }

    /// Tokens that this batch brings over the limit.
    fn crossing(&self, limit: usize) -> impl Iterator<Item = Token> {
        let crosses = move |token: &&Token| self.is_crowded(**token, limit) && self.stored(**token).len() <= limit;
        self.fresh.keys().filter(crosses).copied()
    }

    fn members(&self, token: Token) -> impl Iterator<Item = ProfileId> {
        self.stored(token).iter().chain(self.fresh(token)).copied()
    }
}

impl Blocks {
    /// The blocks of new profiles, with everybody who is stored in them.
    pub(super) async fn of_fresh<'k, R: Reading>(
        store: &mut R,
        fresh: impl Iterator<Item = (ProfileId, &'k [KeyToken])> + Clone,
        limit: usize,
    ) -> Result<Blocks> {
        let mut blocks = Blocks { limit, coarse: Looked::default(), refined: Looked::default() };
        for (id, keys) in fresh.clone() {
            let keys: BTreeSet<&KeyToken> = keys.iter().collect();
            for key in keys {
                blocks.coarse.fresh.entry(key.token).or_default().push(id);
                if let Some(refined) = key.refined {
                    blocks.refined.fresh.entry(refined).or_default().push(id);
                }
            }
        }
        blocks.look_up(store, fresh.flat_map(|(_, keys)| keys.iter().copied())).await?;
        Ok(blocks)
    }

    /// Looks up who is stored under keys that were not looked at yet.
    pub(super) async fn look_up<R: Reading>(
        &mut self,
        store: &mut R,
        keys: impl Iterator<Item = KeyToken> + Clone,
    ) -> Result<()> {
        // One more than the limit tells a crowd.
        let limit = self.limit + 1;
        let tokens: BTreeSet<Token> = keys.clone().map(|key| key.token).collect();
        let tokens: Vec<Token> = tokens.into_iter().filter(|token| !self.coarse.stored.contains_key(token)).collect();
        if !tokens.is_empty() {
            let mut found = store.blocks(&tokens, limit).await?;
            self.coarse.stored.extend(tokens.iter().map(|token| (*token, found.remove(token).unwrap_or_default())));
        }
        let crowded: BTreeSet<(Token, Token)> = keys
            .filter(|key| self.coarse.is_crowded(key.token, self.limit))
            .filter_map(|key| Some((key.token, key.refined?)))
            .filter(|(_, refined)| !self.refined.stored.contains_key(refined))
            .collect();
        if !crowded.is_empty() {
            let crowded: Vec<(Token, Token)> = crowded.into_iter().collect();
            let mut found = store.refined_blocks(&crowded, limit).await?;
            let looked = crowded.iter().map(|(_, refined)| (*refined, found.remove(refined).unwrap_or_default()));
            self.refined.stored.extend(looked);
        }
        Ok(())
    }

    /// The token under which a key is in use; none where both its forms are crowded.
    pub(super) fn in_use(&self, key: &KeyToken) -> Option<Token> {
        if !self.coarse.is_crowded(key.token, self.limit) {
            return Some(key.token);
        }
        key.refined.filter(|refined| !self.refined.is_crowded(*refined, self.limit))
    }

    /// Everybody who meets under a key as it is in use.
    pub(super) fn mates(&self, key: &KeyToken) -> Vec<ProfileId> {
        match self.in_use(key) {
            Some(token) if token == key.token => self.coarse.members(token).collect(),
            Some(refined) => self.refined.members(refined).collect(),
            None => Vec::new(),
        }
    }

    /// Stored profiles under a key that this batch made too crowded: what they met by may be gone.
    pub(super) fn crossed(&self) -> BTreeSet<ProfileId> {
        let coarse = self.coarse.crossing(self.limit).flat_map(|token| self.coarse.stored(token));
        let refined = self.refined.crossing(self.limit).flat_map(|token| self.refined.stored(token));
        coarse.chain(refined).copied().collect()
    }

    /// How many keys this batch made too crowded, in their coarse and in their refined form.
    pub(super) fn crossings(&self) -> (usize, usize) {
        (self.coarse.crossing(self.limit).count(), self.refined.crossing(self.limit).count())
    }
}
