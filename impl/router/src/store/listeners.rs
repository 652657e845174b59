//! Listener sets: ordered, holding a listener once.
//!
//! Nearly every set has no listener or one, so these two need no memory of their own; a larger set
//! is a list in a pool. A set is eight bytes in a record either way.

use alloc::vec;
use alloc::vec::Vec;

use super::{Pool, Store};
use crate::ListenerId;

/// A set in a record. Its listeners are read and changed through [`ListenerSets`].
#[derive(Clone, Copy, Debug, Default)]
pub(crate) enum ListenerSet {
    /// No listener.
    #[default]
    Empty,
    /// One listener.
    One(ListenerId),
    /// The slot of a list of at least two.
    Many(u32),
}

/// Which variant of a [`ListenerSet`] it is.
#[derive(Clone, Copy, Debug)]
pub(crate) enum SetKind {
    Empty,
    One,
    Many,
}

impl ListenerSet {
    /// The set in two parts, for records that have no room for its gaps.
    pub(crate) const fn parts(self) -> (SetKind, u32) {
        match self {
            Self::Empty => (SetKind::Empty, 0),
            Self::One(listener) => (SetKind::One, listener.0),
            Self::Many(slot) => (SetKind::Many, slot),
        }
    }

    /// The set that has these [`parts`](Self::parts).
    #[inline]
    pub(crate) const fn of_parts(kind: SetKind, value: u32) -> Self {
        match kind {
            SetKind::Empty => Self::Empty,
            SetKind::One => Self::One(ListenerId(value)),
            SetKind::Many => Self::Many(value),
        }
    }
}

/// The lists of all sets that need one.
#[derive(Clone, Debug)]
pub(crate) struct ListenerSets {
    lists: Pool<Vec<ListenerId>>,
}

impl ListenerSets {
    pub(crate) const fn new() -> Self {
        Self { lists: Pool::new() }
    }

    /// How many sets have a list.
    pub(crate) const fn lists(&self) -> usize {
        self.lists.len()
    }

    /// The listeners of a set, in the order of addition: `[S6]`.
    #[inline]
    pub(crate) fn of<'a>(&'a self, set: &'a ListenerSet) -> &'a [ListenerId] {
        match set {
            ListenerSet::Empty => &[],
            ListenerSet::One(listener) => core::slice::from_ref(listener),
            ListenerSet::Many(slot) => self.lists.at(*slot),
        }
    }

    pub(crate) fn contains(&self, set: &ListenerSet, listener: ListenerId) -> bool {
        self.of(set).contains(&listener)
    }

    /// Adds a listener behind the others, unless it is in the set (`e2_added_twice`).
    #[inline(always)]
    pub(crate) fn add(&mut self, set: &mut ListenerSet, listener: ListenerId) {
        if self.contains(set, listener) {
            return;
        }
        match *set {
            ListenerSet::Empty => *set = ListenerSet::One(listener),
            ListenerSet::One(first) => {
                *set = ListenerSet::Many(self.lists.insert(vec![first, listener]));
            }
            ListenerSet::Many(slot) => self.lists.at_mut(slot).push(listener),
        }
    }

    /// Removes a listener, if it is in the set.
    pub(crate) fn remove(&mut self, set: &mut ListenerSet, listener: ListenerId) {
        match *set {
            ListenerSet::One(only) if only == listener => *set = ListenerSet::Empty,
            ListenerSet::Empty | ListenerSet::One(_) => {}
            ListenerSet::Many(slot) => {
                let list = self.lists.at_mut(slot);
                list.retain(|&other| other != listener);
                if let [only] = list[..] {
                    self.lists.remove(slot);
                    *set = ListenerSet::One(only);
                }
            }
        }
    }

    pub(crate) fn clear(&mut self, set: &mut ListenerSet) {
        if let ListenerSet::Many(slot) = core::mem::take(set) {
            self.lists.remove(slot);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_keeps_the_order_of_addition_and_a_listener_once() {
        let (mut sets, mut set) = (ListenerSets::new(), ListenerSet::Empty);
        for listener in [3, 1, 3, 2, 1] {
            sets.add(&mut set, ListenerId(listener));
        }
        assert_eq!(sets.of(&set), [ListenerId(3), ListenerId(1), ListenerId(2)]);
        sets.remove(&mut set, ListenerId(1));
        sets.remove(&mut set, ListenerId(7));
        assert_eq!(sets.of(&set), [ListenerId(3), ListenerId(2)]);
    }

    #[test]
    fn a_set_of_one_has_no_list() {
        let (mut sets, mut set) = (ListenerSets::new(), ListenerSet::Empty);
        sets.add(&mut set, ListenerId(1));
        sets.add(&mut set, ListenerId(2));
        assert_eq!(sets.lists(), 1);
        sets.remove(&mut set, ListenerId(1));
        assert_eq!((sets.lists(), sets.of(&set)), (0, &[ListenerId(2)][..]));
        sets.add(&mut set, ListenerId(1));
        sets.clear(&mut set);
        assert_eq!((sets.lists(), sets.of(&set)), (0, &[][..]));
    }
}
