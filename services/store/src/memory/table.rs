//! Rows by key, with what each was before it was touched, until the batch is settled or undone.

use std::collections::BTreeMap;
use std::collections::btree_map::Range;
use std::ops::RangeBounds;

pub(super) struct Table<K, V> {
    rows: BTreeMap<K, V>,
    before: Vec<(K, Option<V>)>,
}

impl<K, V> Default for Table<K, V> {
    fn default() -> Self {
        Table { rows: BTreeMap::new(), before: Vec::new() }
    }
}

impl<K: Ord + Clone, V: Clone> Table<K, V> {
    pub(super) fn get(&self, key: &K) -> Option<&V> {
        self.rows.get(key)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (&K, &V)> {
        self.rows.iter()
    }

    pub(super) fn range(&self, range: impl RangeBounds<K>) -> Range<'_, K, V> {
        self.rows.range(range)
    }

    pub(super) fn len(&self) -> usize {
        self.rows.len()
    }

    pub(super) fn put(&mut self, key: K, row: V) {
        let before = self.rows.insert(key.clone(), row);
        self.before.push((key, before));
    }

    pub(super) fn remove(&mut self, key: &K) -> Option<V> {
        let before = self.rows.remove(key);
        if before.is_some() {
            self.before.push((key.clone(), before.clone()));
        }
        before
    }

    /// Changes a row that is there.
    pub(super) fn change(&mut self, key: &K, change: impl FnOnce(&mut V)) {
        if let Some(row) = self.rows.get_mut(key) {
            self.before.push((key.clone(), Some(row.clone())));
            change(row);
        }
    }

    /// Changes a row, made first if it is not there.
    pub(super) fn upsert(&mut self, key: K, change: impl FnOnce(&mut V))
    where
        V: Default,
    {
        self.before.push((key.clone(), self.rows.get(&key).cloned()));
        change(self.rows.entry(key).or_default());
    }

    /// Keeps what was done.
    pub(super) fn settle(&mut self) {
        self.before.clear();
    }

    /// Undoes everything since it was last settled.
    pub(super) fn undo(&mut self) {
        while let Some((key, before)) = self.before.pop() {
            match before {
                Some(row) => drop(self.rows.insert(key, row)),
                None => drop(self.rows.remove(&key)),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn undoing_gives_back_what_was_settled(
            settled in prop::collection::vec((0u8..8, 0u8..4), 0..20),
            undone in prop::collection::vec((0u8..8, 0u8..4, 0u8..4), 0..40),
        ) {
            let mut table = Table::default();
            settled.iter().for_each(|(key, row)| table.put(*key, *row));
            table.settle();
            let before = table.rows.clone();
            for (key, row, how) in undone {
                match how {
                    0 => table.put(key, row),
                    1 => drop(table.remove(&key)),
                    2 => table.change(&key, |held| *held = row),
                    _ => table.upsert(key, |held| *held += row),
                }
            }
            table.undo();
            prop_assert_eq!(table.rows, before);
        }
    }
}
