//! List: records of one store in an order, linked through the records themselves.
//!
//! Joining and leaving are constant and allocate nothing. The ring is closed, so that a list is one
//! slot: its first record, whose predecessor is the last.

use alloc::vec::Vec;
use core::fmt;
use core::marker::PhantomData;

use super::{NONE, Store};

/// A record that can be in a list of the kind `L`.
pub(crate) trait Linked<L> {
    fn links(&self) -> Links;
    fn links_mut(&mut self) -> &mut Links;
}

/// The neighbours of a record in a list. Meaningless while it is in none.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Links {
    prev: u32,
    next: u32,
}

impl Links {
    pub(crate) const NONE: Self = Self { prev: NONE, next: NONE };
}

/// A list of the kind `L`.
pub(crate) struct List<L> {
    head: u32,
    kind: PhantomData<fn() -> L>,
}

impl<L> List<L> {
    pub(crate) const EMPTY: Self = Self { head: NONE, kind: PhantomData };

    pub(crate) const fn is_empty(&self) -> bool {
        self.head == NONE
    }

    /// The slot of the first record.
    #[inline]
    pub(crate) fn first(&self) -> Option<u32> {
        (self.head != NONE).then_some(self.head)
    }

    /// The slot of the record after the one in `slot`. The list must not have lost its first record
    /// since the walk began; use [`slots`](Self::slots) where it might.
    #[inline]
    pub(crate) fn after<S>(&self, store: &S, slot: u32) -> Option<u32>
    where
        S: Store<Item: Linked<L>>,
    {
        let next = store.at(slot).links().next;
        (next != self.head).then_some(next)
    }

    /// The slots of all records, first to last.
    pub(crate) fn slots<S>(&self, store: &S) -> Vec<u32>
    where
        S: Store<Item: Linked<L>>,
    {
        core::iter::successors(self.first(), |&slot| self.after(store, slot)).collect()
    }

    pub(crate) fn push_back<S>(&mut self, store: &mut S, slot: u32)
    where
        S: Store<Item: Linked<L>>,
    {
        if self.head == NONE {
            *store.at_mut(slot).links_mut() = Links { prev: slot, next: slot };
            self.head = slot;
            return;
        }
        let last = store.at(self.head).links().prev;
        *store.at_mut(slot).links_mut() = Links { prev: last, next: self.head };
        store.at_mut(last).links_mut().next = slot;
        store.at_mut(self.head).links_mut().prev = slot;
    }

    pub(crate) fn remove<S>(&mut self, store: &mut S, slot: u32)
    where
        S: Store<Item: Linked<L>>,
    {
        let Links { prev, next } = store.at(slot).links();
        if next == slot {
            self.head = NONE;
        } else {
            store.at_mut(prev).links_mut().next = next;
            store.at_mut(next).links_mut().prev = prev;
            if self.head == slot {
                self.head = next;
            }
        }
        *store.at_mut(slot).links_mut() = Links::NONE;
    }
}

impl<L> Clone for List<L> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<L> Copy for List<L> {}

impl<L> fmt::Debug for List<L> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "List({:?})", self.first())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::Pool;

    struct Ring;
    struct Item(Links);

    impl Linked<Ring> for Item {
        fn links(&self) -> Links {
            self.0
        }

        fn links_mut(&mut self) -> &mut Links {
            &mut self.0
        }
    }

    #[test]
    fn leaving_keeps_the_order_of_the_others() {
        for leaver in 0..4 {
            let (mut pool, mut list) = (Pool::new(), List::<Ring>::EMPTY);
            for _ in 0..4 {
                let slot = pool.insert(Item(Links::NONE));
                list.push_back(&mut pool, slot);
            }
            list.remove(&mut pool, leaver);
            let expected: Vec<u32> = (0..4).filter(|&slot| slot != leaver).collect();
            assert_eq!(list.slots(&pool), expected);
        }
    }

    #[test]
    fn a_list_reads_as_its_first_record() {
        let (mut pool, mut list) = (Pool::new(), List::<Ring>::EMPTY);
        assert_eq!(std::format!("{list:?}"), "List(None)");
        let slot = pool.insert(Item(Links::NONE));
        list.push_back(&mut pool, slot);
        assert_eq!(std::format!("{list:?}"), "List(Some(0))");
    }

    #[test]
    fn the_last_to_leave_empties_the_list() {
        let (mut pool, mut list) = (Pool::new(), List::<Ring>::EMPTY);
        let slot = pool.insert(Item(Links::NONE));
        list.push_back(&mut pool, slot);
        list.remove(&mut pool, slot);
        assert!(list.is_empty() && list.slots(&pool).is_empty());
    }
}
