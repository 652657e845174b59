//! Roofline: what a route has to cost.
//!
//! The checks of a route, by hand, on records that hold what those checks need and nothing else:
//! slots with generations, whether a context may act and its gate is open, who owns an end, a queue
//! in each end whose nodes all ends share, a queue of the ends that have an event, whether anybody
//! listens, and the number of the message.
//!
//! Deliberately absent is all that makes a router of it: limits, counts, refusals, a dispatch that
//! is in progress, other kinds of events, a second receiver, opening and closing.

use std::collections::VecDeque;
use std::hint::black_box;

use worldport::Gate;

use crate::{Numbered, WORLDS, Way};

/// The slot of nothing.
const NONE: u32 = u32::MAX;

/// Channels from worlds to a background, as in a [`Fixture`](crate::Fixture).
#[derive(Clone, Debug)]
pub struct Roofline<P: Numbered> {
    contexts: Vec<Context>,
    ends: Vec<End>,
    nodes: Vec<Node<P::Place>>,
    free: u32,
    ready: VecDeque<Id>,
    senders: Vec<SendingEnd>,
    due: Vec<u64>,
}

#[derive(Clone, Copy, Debug)]
struct Id {
    slot: u32,
    generation: u32,
}

#[derive(Clone, Debug)]
struct Context {
    generation: u32,
    invalidated: bool,
    suspended: bool,
    gate: Gate,
}

/// Aligned, so that it lies in one cache line.
#[derive(Clone, Debug)]
#[repr(align(32))]
struct End {
    generation: u32,
    owner: u32,
    peer: u32,
    open: bool,
    head: u32,
    tail: u32,
    listener: u32,
}

#[derive(Clone, Debug)]
struct Node<T> {
    payload: T,
    next: u32,
}

#[derive(Clone, Debug)]
struct SendingEnd {
    world: Id,
    port: Id,
    sent: u64,
}

impl<P: Numbered> Roofline<P> {
    /// This many channels, open and quiet, in the order and the spread of the fixture.
    #[must_use]
    pub fn new(channels: usize) -> Self {
        let context = Context {
            generation: black_box(1),
            invalidated: black_box(false),
            suspended: black_box(false),
            gate: black_box(Gate::Granted),
        };
        let worlds = WORLDS.min(channels);
        let mut roofline = Self {
            contexts: vec![context; 1 + worlds],
            ends: Vec::with_capacity(2 * channels),
            nodes: Vec::new(),
            free: NONE,
            ready: VecDeque::new(),
            senders: Vec::with_capacity(channels),
            due: vec![0; channels],
        };
        // The background is context 0; the ends of a channel are beside each other.
        for channel in (0..).take(channels) {
            let world = 1 + channel % WORLDS as u32;
            let (opener, receiver) = (2 * channel, 2 * channel + 1);
            roofline.ends.push(End::new(world, receiver, NONE));
            roofline.ends.push(End::new(0, opener, channel));
            let [world, port] = [world, opener].map(|slot| Id { slot, generation: 1 });
            roofline.senders.push(SendingEnd { world, port, sent: 0 });
        }
        roofline
    }

    /// How many channels there are.
    #[must_use]
    pub const fn channels(&self) -> usize {
        self.senders.len()
    }
}

impl End {
    fn new(owner: u32, peer: u32, listener: u32) -> Self {
        let (generation, open) = (black_box(1), black_box(true));
        Self { generation, owner, peer, open, head: NONE, tail: NONE, listener }
    }
}

impl<P: Numbered> Way for Roofline<P> {
    #[inline(always)]
    fn post(&mut self, channel: usize) {
        // May this context act, and is this port its own, open, and not alone?
        let SendingEnd { world, port, sent } = &mut self.senders[channel];
        let number = *sent;
        *sent += 1;
        let context = &self.contexts[world.slot as usize];
        assert!(context.generation == world.generation, "a stale context");
        assert!(!context.invalidated && !context.suspended, "a context that may not act");
        assert!(context.gate == Gate::Granted, "a shut gate");
        let end = &self.ends[port.slot as usize];
        assert!(end.generation == port.generation, "a stale port");
        assert!(end.owner == world.slot, "a foreign port");
        assert!(end.open && end.peer != NONE, "a port without another end");

        // Into the queue of the other end, and a word to its owner.
        let receiver = end.peer;
        let node = Node { payload: P::numbered(number).put(), next: NONE };
        let slot = match self.nodes.get_mut(self.free as usize) {
            Some(place) => {
                let slot = self.free;
                self.free = place.next;
                *place = node;
                slot
            }
            None => {
                self.nodes.push(node);
                self.nodes.len() as u32 - 1
            }
        };
        let end = &mut self.ends[receiver as usize];
        if end.head == NONE {
            end.head = slot;
        } else {
            self.nodes[end.tail as usize].next = slot;
        }
        end.tail = slot;
        self.ready.push_back(Id { slot: receiver, generation: end.generation });
    }

    #[inline(always)]
    fn receive(&mut self) {
        // Is there such a port, may its context hear it, and does anybody listen? Between
        // the two is the queue of a host's event loop.
        let Some(port) = self.ready.pop_front() else {
            panic!("a message that was posted is announced");
        };
        let Id { slot, generation } = black_box(port);
        let end = &mut self.ends[slot as usize];
        assert!(end.generation == generation, "a stale port");
        assert!(!self.contexts[end.owner as usize].suspended, "a context that may not hear");
        assert!(end.open && end.listener != NONE, "a port without a listener");

        // Out of the queue, and into the listener.
        let slot = end.head;
        let node = &mut self.nodes[slot as usize];
        end.head = std::mem::replace(&mut node.next, self.free);
        self.free = slot;
        let payload = P::take(&mut node.payload);
        let due = &mut self.due[end.listener as usize];
        assert!(payload.number() == *due, "messages arrive in the order in which they were sent");
        *due += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_route_is_seen_by_the_receiver_of_its_channel() {
        let mut roofline = Roofline::<u64>::new(100);
        for channel in [7, 7, 70] {
            roofline.route(channel);
        }
        assert_eq!((roofline.due[7], roofline.due[70]), (2, 1));
        assert_eq!((roofline.due.iter().sum::<u64>(), roofline.nodes.len()), (3, 1));
    }

    #[test]
    #[should_panic(expected = "in the order in which they were sent")]
    fn a_message_that_is_not_due_is_noticed() {
        let mut roofline = Roofline::<u64>::new(100);
        roofline.senders[7].sent = 1;
        roofline.route(7);
    }

    /// A way to spoil the records, and its name.
    type Spoil = (&'static str, fn(&mut Roofline<u64>));

    #[test]
    fn each_check_is_made() {
        let spoils: [Spoil; 9] = [
            ("stale context", |roofline| roofline.senders[0].world.generation = 2),
            ("invalidated", |roofline| roofline.contexts[1].invalidated = true),
            ("suspended", |roofline| roofline.contexts[1].suspended = true),
            ("gate", |roofline| roofline.contexts[1].gate = Gate::Withdrawn),
            ("stale port", |roofline| roofline.senders[0].port.generation = 2),
            ("foreign port", |roofline| roofline.senders[0].port.slot = 2),
            ("closed", |roofline| roofline.ends[0].open = false),
            ("suspended receiver", |roofline| roofline.contexts[0].suspended = true),
            ("no listener", |roofline| roofline.ends[1].listener = NONE),
        ];
        for (name, spoil) in spoils {
            let outcome = std::panic::catch_unwind(|| {
                let mut roofline = Roofline::new(2);
                spoil(&mut roofline);
                roofline.route(0);
            });
            assert!(outcome.is_err(), "{name} goes unnoticed");
        }
    }
}
