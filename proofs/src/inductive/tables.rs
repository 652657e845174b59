//! Reads and writes structures, relation by relation.

use super::structure::{Structure, Vocabulary};

/// A structure is read and written through this.
#[derive(Clone, Copy, Debug)]
pub(super) struct Tables<'a> {
    pub(super) vocabulary: &'a Vocabulary,
}

impl Tables<'_> {
    pub(super) fn put(&self, on: &mut Structure, relation: usize, at: usize, holds: bool) {
        on.put(self.vocabulary, relation, at, holds);
    }

    pub(super) fn pair(
        &self,
        on: &mut Structure,
        relation: usize,
        at: (usize, usize),
        holds: bool,
    ) {
        on.put_pair(self.vocabulary, relation, at, holds);
    }

    pub(super) fn has(&self, on: &Structure, relation: usize, at: usize) -> bool {
        on.set(self.vocabulary, relation) >> at & 1 == 1
    }

    pub(super) fn row(&self, on: &Structure, relation: usize, at: usize) -> u64 {
        on.row(self.vocabulary, relation, at)
    }

    pub(super) fn has_pair(&self, on: &Structure, relation: usize, at: (usize, usize)) -> bool {
        self.row(on, relation, at.0) >> at.1 & 1 == 1
    }

    pub(super) fn clear(&self, on: &mut Structure, relation: usize, at: usize) {
        on.clear_row(self.vocabulary, relation, at);
    }

    /// The one element that a relation of two relates this one to, if there is one.
    pub(super) fn only(&self, on: &Structure, relation: usize, at: usize) -> Option<usize> {
        let row = self.row(on, relation, at);
        (row != 0).then(|| row.trailing_zeros() as usize)
    }
}
