//! Channel: what the ends of a connection share, and what no route needs.

use alloc::sync::Arc;

use super::OfChannel;
use crate::store::{List, NONE, Pool};
use crate::{PortId, RuntimeEvent, Sender};

/// A channel.
#[derive(Clone, Debug)]
pub(crate) struct Channel {
    /// The opener's port, by which a snapshot names the channel even when that port is gone.
    pub(crate) opener: PortId,
    /// The opener as it was known when it connected: `[S8]`.
    pub(crate) sender: Arc<Sender>,
    pub(crate) name: Arc<str>,
    /// The slot of the hold, or [`NONE`].
    pub(crate) hold: u32,
    /// The receivers' ends, in the order of the offers.
    pub(crate) receivers: List<OfChannel>,
    /// How many of them are live.
    pub(crate) live: u32,
    pub(crate) event: RuntimeEvent,
    /// Whether any receiver ever accepted: `[S10]`.
    pub(crate) accepted: bool,
    /// Whether the opener's context died, and its end with it.
    pub(crate) opener_dead: bool,
}

// Two ends and this, with the slack of a table of a million entries (2^20), stay within 192 bytes.
const _: () = assert!(Pool::<Channel>::ENTRY_BYTES <= 48);

impl Channel {
    pub(crate) const fn new(
        opener: PortId,
        sender: Arc<Sender>,
        name: Arc<str>,
        event: RuntimeEvent,
    ) -> Self {
        Self {
            opener,
            sender,
            name,
            hold: NONE,
            receivers: List::EMPTY,
            live: 0,
            event,
            accepted: false,
            opener_dead: false,
        }
    }
}
