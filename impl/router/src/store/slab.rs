//! Slab: records behind ids that never name a later record.
//!
//! For records of which no route reads anything; [`Split`](super::Split) is for the others.

use alloc::vec::Vec;
use core::num::NonZeroU32;

use super::{NONE, Store, next_slot};

/// A public id: a slot and the generation that it had.
pub(crate) trait Id: Copy {
    fn new(slot: u32, generation: NonZeroU32) -> Self;
    fn slot(self) -> u32;
    fn generation(self) -> NonZeroU32;
}

/// A record that a slab can hold.
pub(crate) trait Record {
    /// The id that names it outside.
    type Id: Id;
}

/// Records with generations.
#[derive(Clone, Debug)]
pub(crate) struct Slab<T: Record> {
    entries: Vec<Entry<T>>,
    /// The first free slot; the others follow through `Cell::Vacant`.
    free: u32,
    len: usize,
}

#[derive(Clone, Debug)]
struct Entry<T> {
    /// Of the record, or of the next one if the slot is vacant.
    generation: NonZeroU32,
    cell: Cell<T>,
}

#[derive(Clone, Debug)]
enum Cell<T> {
    Occupied(T),
    Vacant { next: u32 },
}

impl<T: Record> Slab<T> {
    pub(crate) const fn new() -> Self {
        Self { entries: Vec::new(), free: NONE, len: 0 }
    }

    pub(crate) const fn len(&self) -> usize {
        self.len
    }

    /// The id that the next [`insert`](Self::insert) hands out.
    pub(crate) fn next_id(&self) -> T::Id {
        match self.entries.get(self.free as usize) {
            Some(entry) => T::Id::new(self.free, entry.generation),
            None => T::Id::new(next_slot(&self.entries), NonZeroU32::MIN),
        }
    }

    pub(crate) fn insert(&mut self, record: T) -> T::Id {
        let id = self.next_id();
        let cell = Cell::Occupied(record);
        match self.entries.get_mut(self.free as usize) {
            Some(entry) => {
                let Cell::Vacant { next } = entry.cell else {
                    unreachable!("the free list runs through vacant slots");
                };
                self.free = next;
                entry.cell = cell;
            }
            None => self.entries.push(Entry { generation: id.generation(), cell }),
        }
        self.len += 1;
        id
    }

    /// The record of an id, unless it is stale or foreign.
    #[inline]
    pub(crate) fn get(&self, id: T::Id) -> Option<&T> {
        let entry = self.entries.get(id.slot() as usize)?;
        match &entry.cell {
            Cell::Occupied(record) if entry.generation == id.generation() => Some(record),
            _ => None,
        }
    }

    /// The record of an id, unless it is stale or foreign.
    #[inline]
    pub(crate) fn get_mut(&mut self, id: T::Id) -> Option<&mut T> {
        let entry = self.entries.get_mut(id.slot() as usize)?;
        match &mut entry.cell {
            Cell::Occupied(record) if entry.generation == id.generation() => Some(record),
            _ => None,
        }
    }

    /// The id of the record in a slot.
    #[inline]
    pub(crate) fn id_of(&self, slot: u32) -> T::Id {
        T::Id::new(slot, self.entries[slot as usize].generation)
    }

    /// Takes out the record in a slot. Ids of it are stale from now on.
    pub(crate) fn remove(&mut self, slot: u32) -> T {
        let entry = &mut self.entries[slot as usize];
        let next = match entry.generation.checked_add(1) {
            Some(generation) => {
                entry.generation = generation;
                core::mem::replace(&mut self.free, slot)
            }
            // The generations are used up: the slot is retired, so that no id ever repeats.
            None => NONE,
        };
        self.len -= 1;
        match core::mem::replace(&mut entry.cell, Cell::Vacant { next }) {
            Cell::Occupied(record) => record,
            Cell::Vacant { .. } => unreachable!("slot {slot} is removed twice"),
        }
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (T::Id, &T)> {
        (0u32..).zip(&self.entries).filter_map(|(slot, entry)| match &entry.cell {
            Cell::Occupied(record) => Some((T::Id::new(slot, entry.generation), record)),
            Cell::Vacant { .. } => None,
        })
    }
}

impl<T: Record> Store for Slab<T> {
    type Item = T;

    #[inline]
    fn at(&self, slot: u32) -> &T {
        match &self.entries[slot as usize].cell {
            Cell::Occupied(record) => record,
            Cell::Vacant { .. } => unreachable!("slot {slot} is vacant"),
        }
    }

    #[inline]
    fn at_mut(&mut self, slot: u32) -> &mut T {
        match &mut self.entries[slot as usize].cell {
            Cell::Occupied(record) => record,
            Cell::Vacant { .. } => unreachable!("slot {slot} is vacant"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::PortId;

    #[derive(Clone, Debug)]
    struct Number(u32);

    impl Record for Number {
        type Id = PortId;
    }

    #[test]
    fn a_reused_slot_does_not_answer_to_its_old_id() {
        let mut slab = Slab::new();
        let first = slab.insert(Number(1));
        assert_eq!(slab.remove(first.slot()).0, 1);
        let second = slab.insert(Number(2));
        assert_eq!(first.slot(), second.slot());
        assert!(slab.get(first).is_none() && slab.get_mut(first).is_none());
        assert_eq!(slab.get(second).map(|number| number.0), Some(2));
        assert_eq!(slab.get_mut(second).map(|number| number.0), Some(2));
    }

    #[test]
    fn the_next_id_is_the_one_that_is_handed_out() {
        let mut slab = Slab::new();
        for round in 0..4 {
            let expected = slab.next_id();
            assert_eq!(slab.insert(Number(round)), expected);
            if round % 2 == 0 {
                slab.remove(expected.slot());
            }
        }
        assert_eq!(slab.len(), 2);
    }

    #[test]
    fn a_vacant_slot_does_not_answer_to_the_id_to_come() {
        let mut slab = Slab::new();
        let first = slab.insert(Number(1));
        slab.remove(first.slot());
        assert!(slab.get(slab.next_id()).is_none());
    }

    #[test]
    fn a_slot_whose_generations_are_used_up_is_retired() {
        let mut slab = Slab::new();
        let first = slab.insert(Number(1));
        slab.entries[0].generation = NonZeroU32::MAX;
        slab.remove(first.slot());
        assert_eq!(slab.insert(Number(2)).slot(), 1);
    }
}
