//! End: one side of a channel, which a script holds as its `Port`.
//!
//! An entry of the slab is one cache line, and with the other end in `peer` a route touches two of
//! them and no channel record.

use crate::store::{CacheLine, Linked, Links, ListenerSet, NONE, Queue, Record, Slab};
use crate::{Link, PortError, PortId};

/// The list of the ends of a context.
#[derive(Debug)]
pub(crate) enum OfContext {}

/// The list of the receivers' ends of a channel.
#[derive(Debug)]
pub(crate) enum OfChannel {}

/// One end.
#[derive(Clone, Debug)]
pub(crate) struct End {
    /// The slot of the context whose end it is.
    pub(crate) owner: u32,
    /// The slot of the channel.
    pub(crate) channel: u32,
    /// Of a receiver: the slot of the opener's end, or [`NONE`] if that context died. Of the
    /// opener: the slot of the only live receiver if there is exactly one and nothing is held, else
    /// [`NONE`]; the channel has to be asked then.
    pub(crate) peer: u32,
    pub(crate) inbox: Queue,
    /// Polled notices less events taken or dropped: [`announce`](Self::announce).
    balance: i32,
    pub(crate) role: Role,
    pub(crate) phase: Phase,
    pub(crate) link: Link,
    /// The end of the channel, which waits behind the messages. At most one, and none once closed,
    /// unless the answer to a connect is still owed: `[S2]`.
    pub(crate) pending: Option<Option<PortError>>,
    pub(crate) on_message: ListenerSet,
    pub(crate) on_disconnect: ListenerSet,
    pub(crate) of_context: Links,
    pub(crate) of_channel: Links,
}

const _: () = assert!(Slab::<End>::ENTRY_BYTES == 64);

/// Which side an end is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    Opener,
    Receiver,
}

/// How far an end is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Phase {
    Closed,
    /// A receiver's, whose connect event was not dispatched yet.
    Offered,
    Open,
    /// An opener's that its context let go of while the channel lives on. Nobody can name it.
    Released,
    /// An opener's, closed by it before anybody accepted: it is told if nobody does.
    Unanswered,
}

impl Phase {
    /// Whether the script knows of no port that it could use.
    pub(crate) const fn is_closed(self) -> bool {
        matches!(self, Self::Closed | Self::Unanswered)
    }
}

impl End {
    pub(crate) fn opener(owner: u32, channel: u32) -> Self {
        Self::new(owner, channel, NONE, Role::Opener, Phase::Open)
    }

    pub(crate) fn receiver(owner: u32, channel: u32, opener: u32) -> Self {
        Self::new(owner, channel, opener, Role::Receiver, Phase::Offered)
    }

    fn new(owner: u32, channel: u32, peer: u32, role: Role, phase: Phase) -> Self {
        Self {
            owner,
            channel,
            peer,
            inbox: Queue::EMPTY,
            balance: 0,
            role,
            phase,
            link: Link::Live,
            pending: None,
            on_message: ListenerSet::Empty,
            on_disconnect: ListenerSet::Empty,
            of_context: Links::NONE,
            of_channel: Links::NONE,
        }
    }

    /// Whether the other side is gone for this end: it was told, or will never be.
    #[inline]
    pub(crate) fn is_peer_gone(&self) -> bool {
        self.pending.is_some() || self.link == Link::Severed
    }

    /// Whether messages and the end of the channel still reach it. For an opener that is: held,
    /// open and not peer gone; for a receiver: offered or open, linked and not peer gone.
    #[inline]
    pub(crate) fn is_live(&self) -> bool {
        matches!(self.phase, Phase::Offered | Phase::Open) && !self.is_peer_gone()
    }

    /// Takes a notice of this end out of the queue. Whether it is to be said: each event of an end
    /// has one notice, in the same order, so a notice whose event is spent or dropped already is
    /// stale.
    #[inline]
    pub(crate) fn announce(&mut self) -> bool {
        self.balance = self.balance.saturating_add(1);
        self.balance > 0
    }

    /// Notes that `events` left this end, dispatched or dropped.
    #[inline]
    pub(crate) fn consume(&mut self, events: usize) {
        let events = i32::try_from(events).unwrap_or(i32::MAX);
        self.balance = self.balance.saturating_sub(events);
    }

    /// How many of its waiting events were announced already. They are to be announced anew, as
    /// nobody could dispatch them.
    pub(crate) fn unannounce(&mut self) -> usize {
        let announced = usize::try_from(self.balance).unwrap_or(0);
        self.balance = self.balance.min(0);
        announced
    }

    /// How many notices of this end are in the queue, if `events` wait.
    pub(crate) fn notices(&self, events: usize) -> i64 {
        i64::try_from(events).unwrap_or(i64::MAX) - i64::from(self.balance)
    }
}

impl Record for End {
    type Id = PortId;
    type Align = CacheLine;
}

impl Linked<OfContext> for End {
    fn links(&self) -> Links {
        self.of_context
    }

    fn links_mut(&mut self) -> &mut Links {
        &mut self.of_context
    }
}

impl Linked<OfChannel> for End {
    fn links(&self) -> Links {
        self.of_channel
    }

    fn links_mut(&mut self) -> &mut Links {
        &mut self.of_channel
    }
}
