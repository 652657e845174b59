//! Split slab: records in two halves, of which the one that a route reads lies apart.
//!
//! A route to a port that was not used for long costs what it has to fetch from memory, so what it
//! reads of a record is kept together and the rest of the record elsewhere, under the same slot.
//! A front is plain data and stays readable when its slot is vacant; a generation that no id has
//! marks it then. That makes a look-up a single comparison.

use alloc::vec::Vec;
use core::fmt;
use core::num::NonZeroU32;

use super::slab::Id;
use super::{NONE, Store, next_slot};

/// The front of a record that is kept in two halves.
pub(crate) trait Front: fmt::Debug + Clone + Default {
    /// The id that names the record outside.
    type Id: Id;
    /// The rest of the record.
    type Back: fmt::Debug + Clone;
    /// A type whose alignment the entry of a front takes over.
    type Align: fmt::Debug + Clone;
}

/// Aligns an entry so that two of them share a cache line and none is in two.
#[derive(Clone, Debug)]
#[repr(align(32))]
pub(crate) struct HalfLine;

/// Aligns an entry so that touching it costs one cache line.
#[derive(Clone, Debug)]
#[repr(align(64))]
pub(crate) struct CacheLine;

/// Records with generations, in two halves.
#[derive(Clone, Debug)]
pub(crate) struct Split<F: Front> {
    fronts: Vec<Entry<F>>,
    /// The other halves. There are as many as fronts.
    pub(crate) back: Backs<F::Back>,
    /// The first free slot; the others follow through `Cell::Vacant`.
    free: u32,
    len: usize,
}

#[derive(Clone, Debug)]
struct Entry<F: Front> {
    _align: [F::Align; 0],
    /// `None` in a vacant slot.
    generation: Option<NonZeroU32>,
    front: F,
}

/// The halves that a route does not read, by slot.
#[derive(Clone, Debug)]
pub(crate) struct Backs<B> {
    cells: Vec<Cell<B>>,
}

#[derive(Clone, Debug)]
enum Cell<B> {
    Occupied(B),
    /// With the generation of the next record.
    Vacant {
        next: u32,
        generation: NonZeroU32,
    },
}

impl<F: Front> Split<F> {
    /// The size of an entry of the fronts.
    pub(crate) const FRONT_BYTES: usize = size_of::<Entry<F>>();
    /// The size of the other half.
    pub(crate) const BACK_BYTES: usize = size_of::<Cell<F::Back>>();

    pub(crate) const fn new() -> Self {
        Self { fronts: Vec::new(), back: Backs { cells: Vec::new() }, free: NONE, len: 0 }
    }

    pub(crate) const fn len(&self) -> usize {
        self.len
    }

    /// The id that the next [`insert`](Self::insert) hands out.
    #[inline]
    pub(crate) fn next_id(&self) -> F::Id {
        match self.back.cells.get(self.free as usize) {
            Some(&Cell::Vacant { generation, .. }) => F::Id::new(self.free, generation),
            Some(Cell::Occupied(_)) => unreachable!("the free list runs through vacant slots"),
            None => F::Id::new(next_slot(&self.fronts), NonZeroU32::MIN),
        }
    }

    /// Inlined, as is [`remove`](Self::remove), so that a record is made where it stays: copied from
    /// where it was made, it would be read wider than it was written, for which processors wait.
    #[inline(always)]
    pub(crate) fn insert(&mut self, front: F, back: F::Back) -> F::Id {
        let id = self.next_id();
        let entry = Entry { _align: [], generation: Some(id.generation()), front };
        let cell = Cell::Occupied(back);
        match self.back.cells.get_mut(self.free as usize) {
            Some(place) => {
                if let Cell::Vacant { next, .. } = *place {
                    self.free = next;
                }
                *place = cell;
                self.fronts[id.slot() as usize] = entry;
            }
            None => {
                self.fronts.push(entry);
                self.back.cells.push(cell);
            }
        }
        self.len += 1;
        id
    }

    /// The front of the record of an id, unless the id is stale or foreign.
    #[inline]
    pub(crate) fn get(&self, id: F::Id) -> Option<&F> {
        let entry = self.fronts.get(id.slot() as usize)?;
        (entry.generation == Some(id.generation())).then_some(&entry.front)
    }

    /// The front of the record of an id, unless the id is stale or foreign.
    #[inline]
    pub(crate) fn get_mut(&mut self, id: F::Id) -> Option<&mut F> {
        let entry = self.fronts.get_mut(id.slot() as usize)?;
        (entry.generation == Some(id.generation())).then_some(&mut entry.front)
    }

    /// The id of the record in a slot that is known to be taken.
    #[inline]
    pub(crate) fn id_of(&self, slot: u32) -> F::Id {
        self.named(slot).0
    }

    /// The front in a slot that is known to be taken, with the id of its record.
    #[inline]
    pub(crate) fn named(&self, slot: u32) -> (F::Id, &F) {
        let entry = &self.fronts[slot as usize];
        (name(slot, entry.generation), &entry.front)
    }

    /// The front in a slot that is known to be taken, with the id of its record.
    #[inline]
    pub(crate) fn named_mut(&mut self, slot: u32) -> (F::Id, &mut F) {
        let entry = &mut self.fronts[slot as usize];
        (name(slot, entry.generation), &mut entry.front)
    }

    /// The front in a slot that is taken if there is such a slot: there is none of [`NONE`].
    #[inline]
    pub(crate) fn find(&self, slot: u32) -> Option<&F> {
        self.fronts.get(slot as usize).map(|entry| &entry.front)
    }

    /// Both halves of the record in a slot that is known to be taken.
    pub(crate) fn both_mut(&mut self, slot: u32) -> (&mut F, &mut F::Back) {
        (&mut self.fronts[slot as usize].front, self.back.at_mut(slot))
    }

    /// Takes out the record in a slot. Ids of it are stale from now on.
    #[inline(always)]
    pub(crate) fn remove(&mut self, slot: u32) -> (F, F::Back) {
        let entry = &mut self.fronts[slot as usize];
        let generation = name::<F::Id>(slot, entry.generation.take()).generation();
        let vacant = match generation.checked_add(1) {
            Some(generation) => {
                Cell::Vacant { next: core::mem::replace(&mut self.free, slot), generation }
            }
            // The generations are used up: the slot is retired, so that no id ever repeats.
            None => Cell::Vacant { next: NONE, generation },
        };
        self.len -= 1;
        let front = core::mem::take(&mut entry.front);
        match core::mem::replace(&mut self.back.cells[slot as usize], vacant) {
            Cell::Occupied(back) => (front, back),
            Cell::Vacant { .. } => unreachable!("slot {slot} is removed twice"),
        }
    }

    /// Whether a slot is taken in both halves or in neither, and the slots in the free list are
    /// vacant.
    pub(crate) fn halves_agree(&self) -> bool {
        let taken = |entry: &Entry<F>| entry.generation.is_some();
        let mut slots = self.fronts.iter().zip(&self.back.cells);
        let alike = slots.all(|(entry, cell)| taken(entry) == matches!(cell, Cell::Occupied(_)));
        let next = |&slot: &u32| match self.back.cells.get(slot as usize) {
            Some(&Cell::Vacant { next, .. }) => Some(next),
            _ => None,
        };
        let path = core::iter::successors(Some(self.free), next);
        let last = path.take(self.back.cells.len() + 1).last();
        alike
            && self.fronts.len() == self.back.cells.len()
            && self.len == self.fronts.iter().filter(|&entry| taken(entry)).count()
            && last == Some(NONE)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (F::Id, &F)> {
        (0u32..)
            .zip(&self.fronts)
            .filter_map(|(slot, entry)| Some((F::Id::new(slot, entry.generation?), &entry.front)))
    }
}

/// The id of the record in a slot that is known to be taken.
#[inline]
fn name<I: Id>(slot: u32, generation: Option<NonZeroU32>) -> I {
    match generation {
        Some(generation) => I::new(slot, generation),
        None => vacant(slot),
    }
}

/// Apart, so that nobody who asks keeps the slot in memory for its text.
#[cold]
#[inline(never)]
fn vacant(slot: u32) -> ! {
    unreachable!("slot {slot} is vacant")
}

impl<F: Front> Store for Split<F> {
    type Item = F;

    #[inline]
    fn at(&self, slot: u32) -> &F {
        let entry = &self.fronts[slot as usize];
        debug_assert!(entry.generation.is_some(), "slot {slot} is vacant");
        &entry.front
    }

    #[inline]
    fn at_mut(&mut self, slot: u32) -> &mut F {
        let entry = &mut self.fronts[slot as usize];
        debug_assert!(entry.generation.is_some(), "slot {slot} is vacant");
        &mut entry.front
    }
}

impl<B> Store for Backs<B> {
    type Item = B;

    #[inline]
    fn at(&self, slot: u32) -> &B {
        match &self.cells[slot as usize] {
            Cell::Occupied(back) => back,
            Cell::Vacant { .. } => unreachable!("slot {slot} is vacant"),
        }
    }

    #[inline]
    fn at_mut(&mut self, slot: u32) -> &mut B {
        match &mut self.cells[slot as usize] {
            Cell::Occupied(back) => back,
            Cell::Vacant { .. } => unreachable!("slot {slot} is vacant"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::PortId;

    #[derive(Clone, Debug, Default, PartialEq)]
    struct Number(u32);

    impl Front for Number {
        type Id = PortId;
        type Back = &'static str;
        type Align = HalfLine;
    }

    #[test]
    fn a_reused_slot_does_not_answer_to_its_old_id() {
        let mut slab = Split::new();
        let first = slab.insert(Number(1), "one");
        assert_eq!(slab.remove(first.slot()), (Number(1), "one"));
        let second = slab.insert(Number(2), "two");
        assert_eq!(first.slot(), second.slot());
        assert_eq!((slab.get(first), slab.get(second)), (None, Some(&Number(2))));
        assert_eq!(*slab.back.at(second.slot()), "two");
    }

    #[test]
    fn the_next_id_is_the_one_that_is_handed_out() {
        let mut slab = Split::new();
        for round in 0..4 {
            let expected = slab.next_id();
            assert_eq!(slab.insert(Number(round), ""), expected);
            if round % 2 == 0 {
                slab.remove(expected.slot());
            }
        }
        assert_eq!((slab.len(), slab.iter().count()), (2, 2));
    }

    #[test]
    fn a_vacant_slot_does_not_answer_to_the_id_to_come() {
        let mut slab = Split::new();
        let first = slab.insert(Number(1), "");
        slab.remove(first.slot());
        let next = slab.next_id();
        assert!(slab.get(next).is_none() && slab.get_mut(next).is_none());
    }

    #[test]
    fn halves_that_disagree_are_noticed() {
        let mut slab = Split::new();
        let [first, second] = [1, 2].map(|number| slab.insert(Number(number), "").slot());
        assert!(slab.halves_agree());
        slab.remove(first);
        assert!(slab.halves_agree());
        let spoils: [fn(&mut Split<Number>, u32); 4] = [
            |slab, taken| slab.fronts[taken as usize].generation = None,
            |slab, taken| slab.free = taken,
            |slab, _| slab.len = 2,
            |slab, _| {
                slab.back.cells.push(Cell::Vacant { next: NONE, generation: NonZeroU32::MIN });
            },
        ];
        for spoil in spoils {
            let mut spoiled = slab.clone();
            spoil(&mut spoiled, second);
            assert!(!spoiled.halves_agree());
        }
    }

    #[test]
    fn a_slot_whose_generations_are_used_up_is_retired() {
        let mut slab = Split::new();
        let first = slab.insert(Number(1), "");
        slab.fronts[0].generation = Some(NonZeroU32::MAX);
        slab.remove(first.slot());
        assert_eq!(slab.insert(Number(2), "").slot(), 1);
        let last = PortId::new(0, NonZeroU32::MAX);
        assert!(slab.get(last).is_none(), "its last id is stale too");
    }
}
