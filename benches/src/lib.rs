//! What a route costs, beside what it has to cost.
//!
//! A *route* is one message from a script to the listener of another: post on a port of the acting
//! context, generational look-up, checks of port, context and gate, the queue of the receiving end,
//! poll, dispatch, the number of the message verified by the receiver, and the listener's return. A
//! send is never counted without its receipt.
//!
//! Several [`Way`]s make routes over the same channels in the same order: the [`Fixture`], which is
//! the router as a host drives it; the [`Roofline`], which makes the same checks on records of its
//! own and does nothing else; and the [`peers`], which are what an embedder would put together from
//! parts off the shelf. The ratios of them say what the router costs beyond its task and how much it
//! saves, and unlike nanoseconds they mean much the same on every machine.
//!
//! ```text
//!   cargo bench -p worldport-benches --bench route     all ways, in one run
//!   cargo bench -p worldport-benches --bench churn     channels and contexts that come and go
//!   cargo bench -p worldport-benches --bench threads   shards on two threads, and a flood
//!   cargo run --release -p worldport-benches --example report          the table, and the targets
//!   cargo run --release -p worldport-benches --example instructions    instructions, under valgrind
//! ```
//!
//! `WORLDPORT_BENCH=all` makes the bench of every combination; [`load`] says which those are and which
//! are made by default.
//!
//! `tests/allocation.rs` holds what no clock shows: a route allocates nothing, and how many bytes a
//! channel is.
//!
//! Deliberately absent: serialising (a payload here is a number and padding), and requests, whose way
//! is not the hot one.

mod fixture;
pub mod instructions;
pub mod load;
mod pattern;
mod payload;
pub mod peers;
pub mod report;
mod roofline;
mod sharded;

pub use fixture::{Doomed, Fixture, Flooder};
pub use pattern::{Pattern, Walk};
pub use payload::Numbered;
pub use roofline::Roofline;
pub use sharded::Sharded;

/// Worlds over which the channels are spread, each in a tab of its own.
const WORLDS: usize = 64;

/// Something that can take messages from one end of a channel to the other.
///
/// Its two halves are always inlined into the loop that makes routes, so that no way is charged for
/// calls that the compiler happened to leave in another.
pub trait Way {
    /// How many receivers each channel has.
    fn receivers(&self) -> usize {
        1
    }

    /// Sends the next message of a channel.
    ///
    /// # Panics
    ///
    /// If it is not taken.
    fn post(&mut self, channel: usize);

    /// Takes the message that was announced first and not received yet, and verifies it.
    ///
    /// # Panics
    ///
    /// If there is none, or it is not the one that was due: a cost without a receipt is not a
    /// measurement.
    fn receive(&mut self);

    /// Makes one route on a channel: sends its next message, and receives it everywhere.
    ///
    /// # Panics
    ///
    /// As [`post`](Self::post) and [`receive`](Self::receive).
    #[inline(always)]
    fn route(&mut self, channel: usize) {
        self.post(channel);
        for _ in 0..self.receivers() {
            self.receive();
        }
    }

    /// Makes bursts of messages, and receives all of a burst before the next one begins.
    ///
    /// # Panics
    ///
    /// As [`post`](Self::post) and [`receive`](Self::receive).
    #[inline]
    fn run(&mut self, walk: &mut Walk, burst: usize, bursts: u64) {
        if burst == 1 {
            return (0..bursts).for_each(|_| self.route(walk.turn()));
        }
        let deliveries = burst * self.receivers();
        for _ in 0..bursts {
            walk.burst(burst, |channel| self.post(channel));
            for _ in 0..deliveries {
                self.receive();
            }
        }
    }
}
