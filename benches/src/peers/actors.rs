//! Actors: a hash map from ports to actors, one for each receiving port.
//!
//! An actor is a task with a mailbox. All of them run on the thread of the sender, as everything
//! else that is measured does, and the sender lets them run until its messages were handled.

use std::convert::Infallible;
use std::fmt;
use std::marker::PhantomData;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use kameo::Actor;
use kameo::actor::{ActorRef, Spawn as _};
use kameo::mailbox;
use kameo::message::{Context, Message};
use rustc_hash::FxHashMap;
use tokio::runtime::{Builder, Runtime};

use super::{Port, SendingEnd, senders};
use crate::{Numbered, Walk, Way};

/// Ports in a hash map, with an actor behind each.
pub struct Actors<P: Numbered> {
    runtime: Rc<Runtime>,
    openers: FxHashMap<Port, Opener<P>>,
    senders: Vec<SendingEnd>,
    posted: u64,
    received: Arc<AtomicU64>,
}

struct Opener<P: Numbered> {
    owner: u32,
    open: bool,
    actor: ActorRef<Receiver<P>>,
}

/// The receiving port.
struct Receiver<P> {
    due: u64,
    received: Arc<AtomicU64>,
    message: PhantomData<P>,
}

struct Posted<P>(P);

impl<P: Numbered> Actor for Receiver<P> {
    type Args = Self;
    type Error = Infallible;

    async fn on_start(args: Self, _: ActorRef<Self>) -> Result<Self, Infallible> {
        Ok(args)
    }
}

impl<P: Numbered> Message<Posted<P>> for Receiver<P> {
    type Reply = ();

    async fn handle(&mut self, Posted(payload): Posted<P>, _: &mut Context<Self, ()>) {
        // A panic would only end the actor, and the sender would wait for ever: what is wrong is
        // told by a count that cannot be right.
        let right = payload.number() == self.due;
        self.due += 1;
        self.received.fetch_add(if right { 1 } else { u64::MAX / 2 }, Ordering::Relaxed);
    }
}

impl<P: Numbered> Actors<P> {
    /// How many channels actors are measured up to: a million of them would take several gigabytes.
    pub const MOST: usize = 65_536;

    /// This many channels, open and quiet.
    ///
    /// # Panics
    ///
    /// If the system has no room for the loop that the actors run in.
    #[must_use]
    pub fn new(channels: usize) -> Self {
        let runtime = Builder::new_current_thread().build();
        let runtime = Rc::new(runtime.expect("a loop for the actors"));
        let received = Arc::new(AtomicU64::new(0));
        let senders = senders(channels);
        let inside = runtime.enter();
        let mut openers = FxHashMap::default();
        for sender in &senders {
            let message = PhantomData;
            let port = Receiver { due: 0, received: Arc::clone(&received), message };
            let actor = Receiver::spawn_with_mailbox(port, mailbox::unbounded());
            openers.insert(sender.port, Opener { owner: sender.world, open: true, actor });
        }
        drop(inside);
        // All of them start.
        for opener in openers.values() {
            runtime.block_on(opener.actor.wait_for_startup());
        }
        Self { runtime, openers, senders, posted: 0, received }
    }

    /// Whether all messages that were posted were received.
    fn is_quiet(posted: u64, received: &AtomicU64) -> bool {
        let received = received.load(Ordering::Relaxed);
        assert!(received <= posted, "messages arrive in the order in which they were sent");
        received == posted
    }
}

impl<P: Numbered> Way for Actors<P> {
    #[inline(always)]
    fn post(&mut self, channel: usize) {
        let SendingEnd { world, port, sent } = &mut self.senders[channel];
        let payload = P::numbered(*sent);
        *sent += 1;
        let opener = self.openers.get(port).expect("a port that exists");
        assert!(opener.owner == *world, "a foreign port");
        assert!(opener.open, "a closed port");
        let told = opener.actor.tell(Posted(payload)).try_send();
        assert!(told.is_ok(), "the actor takes messages");
        self.posted += 1;
    }

    /// Lets the actors run until everything is received.
    fn receive(&mut self) {
        let (posted, received) = (self.posted, &*self.received);
        self.runtime.block_on(async {
            while !Self::is_quiet(posted, received) {
                tokio::task::yield_now().await;
            }
        });
    }

    /// As for the others, but inside of the loop that the actors run in: entering it for each
    /// message would cost more than the message.
    fn run(&mut self, walk: &mut Walk, burst: usize, bursts: u64) {
        let runtime = Rc::clone(&self.runtime);
        runtime.block_on(async {
            for _ in 0..bursts {
                walk.burst(burst, |channel| self.post(channel));
                while !Self::is_quiet(self.posted, &self.received) {
                    tokio::task::yield_now().await;
                }
            }
        });
    }
}

impl<P: Numbered> fmt::Debug for Actors<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} actors", self.senders.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Pattern;
    use std::panic::{AssertUnwindSafe, catch_unwind};

    #[test]
    fn each_message_is_seen_by_the_actor_of_its_channel() {
        let mut peer = Actors::<u64>::new(100);
        peer.run(&mut Walk::new(Pattern::Scattered, 100), 3, 200);
        assert_eq!(peer.received.load(Ordering::Relaxed), 600);
        peer.route(7);
        assert_eq!(peer.received.load(Ordering::Relaxed), 601);
    }

    /// A way to spoil the records, and its name.
    type Spoil = (&'static str, fn(&mut Actors<u64>));

    #[test]
    fn each_check_is_made() {
        let spoils: [Spoil; 4] = [
            ("a port that is gone", |peer| drop(peer.openers.remove(&0))),
            ("a foreign port", |peer| peer.senders[0].port = 2),
            ("a closed port", |peer| peer.openers.get_mut(&0).unwrap().open = false),
            ("a message that is not due", |peer| peer.senders[0].sent = 1),
        ];
        for (name, spoil) in spoils {
            let mut peer = Actors::<u64>::new(2);
            spoil(&mut peer);
            let outcome = catch_unwind(AssertUnwindSafe(|| peer.route(0)));
            assert!(outcome.is_err(), "{name} goes unnoticed");
        }
    }
}
