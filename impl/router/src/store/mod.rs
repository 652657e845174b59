//! Where records live: slabs and pools, lists threaded through them, and queues of messages.
//!
//! Everything here is indexed by slot, so that a route needs no hashing and no allocation. The
//! slabs are our own because the ids are the product: their layout, their retirement at the end of
//! the generations, and their alignment are promised, and lists and queues run through the same
//! slots.

mod list;
mod listeners;
mod messages;
mod pool;
mod ring;
mod slab;
mod split;

pub(crate) use list::{Linked, Links, List};
pub(crate) use listeners::{ListenerSet, ListenerSets, SetKind};
pub(crate) use messages::{Messages, Queue};
pub(crate) use pool::Pool;
pub(crate) use ring::Ring;
pub(crate) use slab::{Id, Record, Slab};
pub(crate) use split::{CacheLine, Front, HalfLine, Split};

/// The slot of nothing. No record has it: memory ends long before.
pub(crate) const NONE: u32 = u32::MAX;

/// A store whose records have slots.
pub(crate) trait Store {
    /// What it stores.
    type Item;

    /// The record in a slot that is known to be taken.
    fn at(&self, slot: u32) -> &Self::Item;

    /// The record in a slot that is known to be taken.
    fn at_mut(&mut self, slot: u32) -> &mut Self::Item;
}

/// The slot that a new record at the end of `entries` gets.
fn next_slot<T>(entries: &[T]) -> u32 {
    let slot = u32::try_from(entries.len()).unwrap_or(NONE);
    assert!(slot != NONE, "2^32 records of one kind cannot fit into memory");
    slot
}
