//! Pool: records that nobody outside can name, so that they need no generations.

use alloc::vec::Vec;

use super::{NONE, Store, next_slot};

/// Records by slot.
#[derive(Clone, Debug)]
pub(crate) struct Pool<T> {
    cells: Vec<Cell<T>>,
    /// The first free slot; the others follow through `Cell::Vacant`.
    free: u32,
    len: usize,
}

#[derive(Clone, Debug)]
enum Cell<T> {
    Occupied(T),
    Vacant { next: u32 },
}

impl<T> Pool<T> {
    /// The size of an entry, for the promise of bytes a channel.
    pub(crate) const ENTRY_BYTES: usize = size_of::<Cell<T>>();

    pub(crate) const fn new() -> Self {
        Self { cells: Vec::new(), free: NONE, len: 0 }
    }

    pub(crate) const fn len(&self) -> usize {
        self.len
    }

    #[inline(always)]
    pub(crate) fn insert(&mut self, record: T) -> u32 {
        self.len += 1;
        match self.cells.get_mut(self.free as usize) {
            Some(cell) => {
                let slot = self.free;
                let Cell::Vacant { next } = *cell else {
                    unreachable!("the free list runs through vacant slots");
                };
                self.free = next;
                *cell = Cell::Occupied(record);
                slot
            }
            None => {
                let slot = next_slot(&self.cells);
                self.cells.push(Cell::Occupied(record));
                slot
            }
        }
    }

    /// Takes out the record in a slot.
    #[inline(always)]
    pub(crate) fn remove(&mut self, slot: u32) -> T {
        let vacant = Cell::Vacant { next: core::mem::replace(&mut self.free, slot) };
        self.len -= 1;
        match core::mem::replace(&mut self.cells[slot as usize], vacant) {
            Cell::Occupied(record) => record,
            Cell::Vacant { .. } => unreachable!("slot {slot} is removed twice"),
        }
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (u32, &T)> {
        (0u32..).zip(&self.cells).filter_map(|(slot, cell)| match cell {
            Cell::Occupied(record) => Some((slot, record)),
            Cell::Vacant { .. } => None,
        })
    }
}

impl<T> Store for Pool<T> {
    type Item = T;

    #[inline]
    fn at(&self, slot: u32) -> &T {
        match &self.cells[slot as usize] {
            Cell::Occupied(record) => record,
            Cell::Vacant { .. } => unreachable!("slot {slot} is vacant"),
        }
    }

    #[inline]
    fn at_mut(&mut self, slot: u32) -> &mut T {
        match &mut self.cells[slot as usize] {
            Cell::Occupied(record) => record,
            Cell::Vacant { .. } => unreachable!("slot {slot} is vacant"),
        }
    }
}
