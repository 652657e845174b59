//! Channels: a hash map from ports to the halves of a queue off the shelf.

use std::collections::VecDeque;
use std::fmt;
use std::hint::black_box;

use rustc_hash::FxHashMap;

use super::queue::Queue;
use super::{Port, SendingEnd, senders};
use crate::{Numbered, Way};

/// Ports in hash maps, with a queue of its own for each channel.
pub struct Channels<Q: Queue, P> {
    openers: FxHashMap<Port, Opener<Q::Sender<P>>>,
    receivers: FxHashMap<Port, Receiver<Q::Receiver<P>>>,
    /// Ports for which messages wait.
    ready: VecDeque<Port>,
    senders: Vec<SendingEnd>,
}

/// The sender's end.
struct Opener<S> {
    owner: u32,
    open: bool,
    queue: S,
    peer: Port,
}

/// The receiver's end, which the one background has.
struct Receiver<R> {
    open: bool,
    queue: R,
    due: u64,
}

impl<Q: Queue, P: Numbered> Channels<Q, P> {
    /// This many channels, open and quiet.
    #[must_use]
    pub fn new(channels: usize) -> Self {
        let senders = senders(channels);
        let mut openers = FxHashMap::default();
        let mut receivers = FxHashMap::default();
        for sender in &senders {
            let (sending, receiving) = Q::open();
            let peer = sender.port + 1;
            let open = black_box(true);
            openers.insert(sender.port, Opener { owner: sender.world, open, queue: sending, peer });
            receivers.insert(peer, Receiver { open, queue: receiving, due: 0 });
        }
        Self { openers, receivers, ready: VecDeque::new(), senders }
    }
}

impl<Q: Queue, P: Numbered> Way for Channels<Q, P> {
    #[inline(always)]
    fn post(&mut self, channel: usize) {
        let SendingEnd { world, port, sent } = &mut self.senders[channel];
        let number = *sent;
        *sent += 1;
        let opener = self.openers.get(port).expect("a port that exists");
        assert!(opener.owner == *world, "a foreign port");
        assert!(opener.open, "a closed port");
        assert!(Q::send(&opener.queue, P::numbered(number)), "the receiver takes messages");
        self.ready.push_back(opener.peer);
    }

    #[inline(always)]
    fn receive(&mut self) {
        let port = self.ready.pop_front().expect("a message that was posted is announced");
        let receiver = self.receivers.get_mut(&black_box(port)).expect("a port that exists");
        assert!(receiver.open, "a closed port");
        let payload = Q::take(&mut receiver.queue).expect("a message that was announced is there");
        let due = &mut receiver.due;
        assert!(payload.number() == *due, "messages arrive in the order in which they were sent");
        *due += 1;
    }
}

impl<Q: Queue, P> fmt::Debug for Channels<Q, P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} of {}", self.senders.len(), Q::NAME)
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Crossbeam, Flume, Kanal, Std, Tokio};
    use super::*;
    use std::panic::{AssertUnwindSafe, catch_unwind};

    fn each_message_is_seen_by_the_receiver_of_its_channel<Q: Queue>() {
        let mut peer = Channels::<Q, u64>::new(100);
        for channel in [7, 7, 70] {
            peer.post(channel);
        }
        for _ in 0..3 {
            peer.receive();
        }
        let due = |port: Port| peer.receivers[&port].due;
        assert_eq!((due(15), due(141), due(1)), (2, 1, 0), "{}", Q::NAME);
        assert!(peer.ready.is_empty());
    }

    #[test]
    fn every_queue_carries_messages() {
        each_message_is_seen_by_the_receiver_of_its_channel::<Crossbeam>();
        each_message_is_seen_by_the_receiver_of_its_channel::<Flume>();
        each_message_is_seen_by_the_receiver_of_its_channel::<Kanal>();
        each_message_is_seen_by_the_receiver_of_its_channel::<Std>();
        each_message_is_seen_by_the_receiver_of_its_channel::<Tokio>();
    }

    /// A way to spoil the records, and its name.
    type Spoil = (&'static str, fn(&mut Channels<Std, u64>));

    #[test]
    fn each_check_is_made() {
        let spoils: [Spoil; 6] = [
            ("a port that is gone", |peer| drop(peer.openers.remove(&0))),
            ("a foreign port", |peer| peer.senders[0].port = 2),
            ("a closed port", |peer| peer.openers.get_mut(&0).unwrap().open = false),
            ("a receiver that is gone", |peer| drop(peer.receivers.remove(&1))),
            ("a closed receiver", |peer| peer.receivers.get_mut(&1).unwrap().open = false),
            ("a message that is not due", |peer| peer.senders[0].sent = 1),
        ];
        for (name, spoil) in spoils {
            let mut peer = Channels::<Std, u64>::new(2);
            spoil(&mut peer);
            let outcome = catch_unwind(AssertUnwindSafe(|| peer.route(0)));
            assert!(outcome.is_err(), "{name} goes unnoticed");
        }
    }
}
