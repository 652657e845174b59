//! Messages: every queued message of the router, in queues that share one pool of nodes.
//!
//! A queue is eight bytes in an end, and a node that was popped is used again by the next push: a
//! route allocates nothing once the pool has grown.

use alloc::vec::Vec;

use super::{NONE, next_slot};

/// The nodes of all queues.
#[derive(Clone, Debug)]
pub(crate) struct Messages<P> {
    nodes: Vec<Node<P>>,
    free: u32,
    used: usize,
}

#[derive(Clone, Debug)]
struct Node<P> {
    /// `None` in a free node.
    payload: Option<P>,
    next: u32,
}

/// A queue of messages, first in, first out: `[S5]`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Queue {
    head: u32,
    /// Meaningless while the queue is empty.
    tail: u32,
}

impl Queue {
    pub(crate) const EMPTY: Self = Self { head: NONE, tail: NONE };
}

impl<P> Messages<P> {
    pub(crate) const fn new() -> Self {
        Self { nodes: Vec::new(), free: NONE, used: 0 }
    }

    /// How many messages are queued anywhere.
    pub(crate) const fn used(&self) -> usize {
        self.used
    }

    #[inline]
    pub(crate) fn push_back(&mut self, queue: &mut Queue, payload: P) {
        let node = Node { payload: Some(payload), next: NONE };
        let slot = match self.nodes.get_mut(self.free as usize) {
            Some(place) => {
                let slot = core::mem::replace(&mut self.free, place.next);
                *place = node;
                slot
            }
            None => {
                let slot = next_slot(&self.nodes);
                self.nodes.push(node);
                slot
            }
        };
        if queue.head == NONE {
            queue.head = slot;
        } else {
            self.nodes[queue.tail as usize].next = slot;
        }
        queue.tail = slot;
        self.used += 1;
    }

    #[inline]
    pub(crate) fn pop_front(&mut self, queue: &mut Queue) -> Option<P> {
        let slot = queue.head;
        // No node has the slot of nothing, which an empty queue begins with.
        let node = self.nodes.get_mut(slot as usize)?;
        let payload = node.payload.take();
        queue.head = core::mem::replace(&mut node.next, self.free);
        self.free = slot;
        self.used -= 1;
        payload
    }

    /// The messages of a queue, oldest first.
    pub(crate) fn iter(&self, queue: Queue) -> impl Iterator<Item = &P> {
        let mut slot = queue.head;
        core::iter::from_fn(move || {
            let node = self.nodes.get(slot as usize)?;
            slot = node.next;
            node.payload.as_ref()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn queues_that_share_nodes_keep_their_own_order() {
        let mut messages = Messages::new();
        let (mut odd, mut even) = (Queue::EMPTY, Queue::EMPTY);
        for number in 0..10 {
            messages.push_back(if number % 2 == 0 { &mut even } else { &mut odd }, number);
        }
        assert_eq!(messages.iter(odd).copied().collect::<Vec<_>>(), [1, 3, 5, 7, 9]);
        for number in [0, 2, 4, 6, 8] {
            assert_eq!(messages.pop_front(&mut even), Some(number));
        }
        assert_eq!(messages.pop_front(&mut even), None);
        assert_eq!(messages.used(), 5);
    }

    #[test]
    fn a_popped_node_is_used_again() {
        let mut messages = Messages::new();
        let mut queue = Queue::EMPTY;
        for number in 0..100 {
            messages.push_back(&mut queue, number);
            assert_eq!(messages.pop_front(&mut queue), Some(number));
        }
        assert_eq!(messages.nodes.len(), 1);
    }
}
