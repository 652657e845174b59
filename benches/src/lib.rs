//! What a route costs, beside what it has to cost.
//!
//! A *route* is one message from a script to the listener of another: post on a port of the acting
//! context, generational look-up, checks of port, context and gate, the queue of the receiving end,
//! poll, dispatch, the number of the message verified by the receiver, and the listener's return. A
//! send is never counted without its receipt.
//!
//! Two [`Way`]s make routes over the same channels in the same order: the [`Fixture`], which is the
//! router as a host drives it, and the [`Roofline`], which makes the same checks on records of its
//! own and does nothing else. The ratio of the two says what the router costs beyond its task, and
//! unlike nanoseconds it means the same on every machine.
//!
//! ```text
//!   cargo bench -p worldport-benches --bench route     both ways, in one run
//!   cargo bench -p worldport-benches --bench churn     channels and contexts that come and go
//!   cargo run -p worldport-benches --example report    the table of ratios
//!   cargo run --release -p worldport-benches --example routes    one way, for a profiler
//! ```
//!
//! `tests/allocation.rs` holds what no clock shows: a route allocates nothing, and how many bytes a
//! channel is.
//!
//! Deliberately absent: threads (the router has none; hosts with several lock it or own it),
//! serialising (a payload here is a number), and requests, whose way is not the hot one.

mod fixture;
mod pattern;
pub mod report;
mod roofline;

pub use fixture::{Doomed, Fixture};
pub use pattern::{Pattern, Walk};
pub use roofline::Roofline;

use std::fmt::Debug;

use worldport::Payload;

/// Something that can take a message from one end of a channel to the other.
pub trait Way {
    /// Makes one route on a channel: sends its next message, and receives and verifies it.
    ///
    /// # Panics
    ///
    /// If the message does not arrive, or is not the one that was due: a cost without a receipt is
    /// not a measurement.
    fn route(&mut self, channel: usize);
}

/// A payload that carries the number of its message, by which the receiver verifies the order.
pub trait Numbered: Payload + Debug {
    /// The payload of the message with this number.
    fn numbered(number: u64) -> Self;

    /// The number that it carries.
    fn number(&self) -> u64;
}

impl Numbered for u64 {
    #[inline]
    fn numbered(number: u64) -> Self {
        number
    }

    #[inline]
    fn number(&self) -> u64 {
        *self
    }
}

/// Allocates for each message, as a serialised payload does.
impl Numbered for Box<[u8]> {
    fn numbered(number: u64) -> Self {
        Box::new(number.to_le_bytes())
    }

    /// That of no message if it is not eight bytes.
    fn number(&self) -> u64 {
        <[u8; 8]>::try_from(&**self).map_or(u64::MAX, u64::from_le_bytes)
    }
}
