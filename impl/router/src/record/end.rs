//! End: one side of a channel, which a script holds as its `Port`.
//!
//! What a route reads of an end is half a cache line, and the end that was made with it is most
//! often the other half. With the slot of the other end in `peer` a route reads no channel record.

use crate::store::{Front, HalfLine, Linked, Links, ListenerSet, NONE, Queue, SetKind, Split};
use crate::{EndPhase, Link, PortError, PortId};

/// The list of the ends of a context.
#[derive(Debug)]
pub(crate) enum OfContext {}

/// The list of the receivers' ends of a channel.
#[derive(Debug)]
pub(crate) enum OfChannel {}

/// What a route reads of an end.
#[derive(Clone, Debug)]
pub(crate) struct End {
    /// The slot of the context whose end it is.
    pub(crate) owner: u32,
    /// Of a receiver: the slot of the opener's end, or [`NONE`] if that context died. Of the
    /// opener: the slot of the only live receiver if there is exactly one and nothing is held, else
    /// [`NONE`]; the channel has to be asked then.
    pub(crate) peer: u32,
    pub(crate) inbox: Queue,
    /// Polled notices less events taken or dropped: [`announce`](Self::announce). It wraps
    /// around at 2^31 of them: 32 GiB of messages and notices at one end.
    balance: i32,
    /// The listeners of `onMessage`, in two parts because a [`ListenerSet`] has gaps.
    listener: u32,
    listeners: SetKind,
    side: Side,
    pub(crate) phase: Phase,
    /// The end of the channel, which waits behind the messages. At most one, and none once closed,
    /// unless the answer to a connect is still owed: `[S2]`.
    pub(crate) pending: Option<Option<PortError>>,
}

/// What no route reads of an end.
#[derive(Clone, Debug)]
pub(crate) struct EndBack {
    /// The slot of the channel.
    pub(crate) channel: u32,
    pub(crate) on_disconnect: ListenerSet,
    pub(crate) of_context: Links,
    pub(crate) of_channel: Links,
}

const _: () = assert!(Split::<End>::FRONT_BYTES == 32 && Split::<End>::BACK_BYTES == 28);

/// Which side an end is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    Opener,
    Receiver,
}

/// The role of an end and its link, in one byte. Those of a role are neighbours, so that to ask for
/// it is one comparison.
#[derive(Clone, Copy, Debug)]
enum Side {
    Opener,
    SeveredOpener,
    Receiver,
    SeveredReceiver,
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
    /// What it is called outside; `None`: nobody can ask.
    pub(crate) const fn named(self) -> Option<EndPhase> {
        match self {
            Self::Closed => Some(EndPhase::Closed),
            Self::Offered => Some(EndPhase::Offered),
            Self::Open => Some(EndPhase::Open),
            Self::Released => None,
            Self::Unanswered => Some(EndPhase::Unanswered),
        }
    }

    /// Whether the script knows of no port that it could use.
    pub(crate) const fn is_closed(self) -> bool {
        matches!(self, Self::Closed | Self::Unanswered)
    }
}

impl End {
    pub(crate) fn opener(owner: u32) -> Self {
        Self::new(owner, NONE, Side::Opener, Phase::Open)
    }

    pub(crate) fn receiver(owner: u32, opener: u32) -> Self {
        Self::new(owner, opener, Side::Receiver, Phase::Offered)
    }

    const fn new(owner: u32, peer: u32, side: Side, phase: Phase) -> Self {
        let (listeners, listener) = ListenerSet::Empty.parts();
        Self {
            owner,
            peer,
            inbox: Queue::EMPTY,
            balance: 0,
            listener,
            listeners,
            side,
            phase,
            pending: None,
        }
    }

    #[inline]
    pub(crate) const fn role(&self) -> Role {
        match self.side {
            Side::Opener | Side::SeveredOpener => Role::Opener,
            Side::Receiver | Side::SeveredReceiver => Role::Receiver,
        }
    }

    /// Whether it is an opener's and not severed.
    #[inline]
    pub(crate) const fn is_linked_opener(&self) -> bool {
        matches!(self.side, Side::Opener)
    }

    #[inline]
    pub(crate) const fn link(&self) -> Link {
        match self.side {
            Side::Opener | Side::Receiver => Link::Live,
            Side::SeveredOpener | Side::SeveredReceiver => Link::Severed,
        }
    }

    /// Leaves it with a dead port: it was not told that the channel is over, and will not be.
    pub(crate) const fn sever(&mut self) {
        self.side = match self.role() {
            Role::Opener => Side::SeveredOpener,
            Role::Receiver => Side::SeveredReceiver,
        };
    }

    #[inline]
    pub(crate) const fn on_message(&self) -> ListenerSet {
        ListenerSet::of_parts(self.listeners, self.listener)
    }

    pub(crate) const fn set_on_message(&mut self, set: ListenerSet) {
        (self.listeners, self.listener) = set.parts();
    }

    /// Whether the other side is gone for this end: it was told, or will never be.
    #[inline]
    pub(crate) fn is_peer_gone(&self) -> bool {
        self.pending.is_some() || matches!(self.link(), Link::Severed)
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
        self.balance = self.balance.wrapping_add(1);
        self.balance > 0
    }

    /// Notes that `events` left this end, dispatched or dropped.
    #[inline]
    pub(crate) fn consume(&mut self, events: usize) {
        let events = i32::try_from(events).unwrap_or(i32::MAX);
        self.balance = self.balance.wrapping_sub(events);
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

impl EndBack {
    pub(crate) const fn new(channel: u32) -> Self {
        let on_disconnect = ListenerSet::Empty;
        Self { channel, on_disconnect, of_context: Links::NONE, of_channel: Links::NONE }
    }
}

impl Default for End {
    /// What a vacant slot holds: the end of nobody.
    fn default() -> Self {
        Self::new(NONE, NONE, Side::Opener, Phase::Closed)
    }
}

impl Front for End {
    type Id = PortId;
    type Back = EndBack;
    type Align = HalfLine;
}

impl Linked<OfContext> for EndBack {
    fn links(&self) -> Links {
        self.of_context
    }

    fn links_mut(&mut self) -> &mut Links {
        &mut self.of_context
    }
}

impl Linked<OfChannel> for EndBack {
    fn links(&self) -> Links {
        self.of_channel
    }

    fn links_mut(&mut self) -> &mut Links {
        &mut self.of_channel
    }
}
