//! Union-find over indices.

/// Indices that hang together.
pub(super) struct Groups(Vec<usize>);

impl Groups {
    /// Each index by itself.
    pub(super) fn new(of: usize) -> Self {
        Groups((0..of).collect())
    }

    /// The index that stands for a group.
    pub(super) fn root(&mut self, mut index: usize) -> usize {
        while self.0[index] != index {
            self.0[index] = self.0[self.0[index]];
            index = self.0[index];
        }
        index
    }

    /// Makes one group of two; the smaller index stands for it.
    pub(super) fn join(&mut self, a: usize, b: usize) {
        let (a, b) = (self.root(a), self.root(b));
        self.0[a.max(b)] = a.min(b);
    }
}
