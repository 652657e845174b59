//! Channels: one record holds all ends of a channel, so that the ends cannot disagree.

use std::collections::{BTreeMap, VecDeque};

use crate::{
    ContextId, DisconnectError, DocumentId, ExtensionId, FrameId, ListenerSet, Message, WorldId,
};

/// A channel: the opener's end and one end for each context that was offered the connection.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Channel {
    /// The event that offers it. Decided by who opens, never by what is asked for `[S7]`.
    pub event: ChannelEvent,
    /// Who opened it, from the records at that time `[S8]`.
    pub sender: Sender,
    /// Whether any context has ever accepted `[S10]`.
    pub accepted: bool,
    /// Set while the background that it is for is starting.
    pub waiting: Option<Waiting>,
    /// Posted by the opener and on its way to nobody yet: it goes to those who accept once it is known
    /// who that is ([`Held`](crate::Held)).
    pub held: VecDeque<Message>,
    /// The end that called `connect`.
    pub opener: Opener,
    /// The other ends.
    pub receivers: BTreeMap<ContextId, End>,
}

/// Which connect event a channel is offered by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum ChannelEvent {
    /// `runtime.onConnect`: a content script or extension page opened it.
    OnConnect,
    /// `runtime.onUserScriptConnect`: a user script opened it.
    OnUserScriptConnect,
}

/// `port.sender`: what the records say of the opener.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Sender {
    /// The context that opened.
    pub context: ContextId,
    /// Its extension.
    pub extension: ExtensionId,
    /// Its document; none for the background and extension pages.
    pub document: Option<DocumentId>,
    /// The frame of that document.
    pub frame: Option<FrameId>,
    /// Its world; none unless it is a user script.
    pub world: Option<WorldId>,
}

/// A channel that waits for the background to start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Waiting {
    /// Whether the opener has left meanwhile; receivers then get connect, messages and disconnect.
    pub opener_left: bool,
}

/// The opener's side of a channel.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum Opener {
    /// Its context has ended.
    Dead,
    /// Its context holds the port.
    Held {
        /// That context.
        context: ContextId,
        /// The end.
        end: End,
    },
    /// Its context lives and has let go of the closed port.
    Released(ContextId),
}

/// One end of a channel.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct End {
    /// What its script knows of it.
    pub phase: Phase,
    /// Whether it still hears of the other side.
    pub link: Link,
    /// What is in flight to it, in order. A disconnect is always last `[S3]`.
    pub inbox: VecDeque<Item>,
    /// `port.onMessage`.
    pub on_message: ListenerSet,
    /// `port.onDisconnect`.
    pub on_disconnect: ListenerSet,
}

/// What the script of an end knows of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum Phase {
    /// Nothing yet: the connect event has not been dispatched. Receivers only.
    Offered,
    /// The port is open, as far as the script has been told.
    #[default]
    Open,
    /// The script has called `disconnect()` or has been told.
    Closed,
    /// The script has called `disconnect()`, and is told all the same if nobody accepts. Openers only
    /// ([`FailedConnect::ReportedOnClosedPort`](crate::FailedConnect); not in `standard`).
    Unanswered,
}

impl Phase {
    /// Whether the script may no longer use the port.
    #[must_use]
    pub fn is_closed(self) -> bool {
        matches!(self, Self::Closed | Self::Unanswered)
    }
}

/// Whether an end still hears of the other side.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum Link {
    /// It does.
    #[default]
    Live,
    /// The channel has closed and this end is never told (not in `standard`).
    Severed,
}

/// Something in flight to an end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum Item {
    /// A message.
    Message(Message),
    /// The news that the channel has closed, with the error that the script sees.
    Disconnect(Option<DisconnectError>),
}

impl End {
    /// Whether the other side has left, told or not.
    #[must_use]
    pub fn is_peer_gone(&self) -> bool {
        self.link == Link::Severed || matches!(self.inbox.back(), Some(Item::Disconnect(_)))
    }

    /// Whether messages and a disconnect can still reach it.
    #[must_use]
    pub fn is_live(&self) -> bool {
        !self.phase.is_closed() && !self.is_peer_gone()
    }
}

impl Channel {
    /// The opener's end if it is open and the other side has not left.
    #[must_use]
    pub fn live_opener(&self) -> Option<&End> {
        match &self.opener {
            Opener::Held { end, .. } if end.is_live() => Some(end),
            _ => None,
        }
    }

    /// The opener's end, to change it, under the same condition.
    pub fn live_opener_mut(&mut self) -> Option<&mut End> {
        match &mut self.opener {
            Opener::Held { end, .. } if end.is_live() => Some(end),
            _ => None,
        }
    }

    /// Whether any receiver can still be reached.
    #[must_use]
    pub fn has_live_receiver(&self) -> bool {
        self.receivers.values().any(End::is_live)
    }

    /// The context that opened it, while that lives.
    #[must_use]
    pub fn opener_context(&self) -> Option<ContextId> {
        match self.opener {
            Opener::Held { context, .. } | Opener::Released(context) => Some(context),
            Opener::Dead => None,
        }
    }
}
