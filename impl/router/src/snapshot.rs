//! Snapshot: the whole state as plain data, for lockstep tests and for debugging.
//!
//! Records stand in the order of their slots, which never changes for a living record; receivers,
//! listeners, inboxes and held messages stand in the order that counts. Notices that were not
//! polled yet are no part of it: they tell of the state and are not the state.

use alloc::sync::Arc;
use alloc::vec::Vec;

use crate::{
    Content, ContextId, DocumentId, ExtensionId, Gate, ListenerId, PortError, PortId, RequestId,
    RequestOutcome, RuntimeEvent, Sender, WorldConfig, WorldId,
};

/// Everything that decides how the router answers from now on.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Snapshot<P> {
    /// The extensions.
    pub extensions: Vec<ExtensionSnapshot>,
    /// The documents.
    pub documents: Vec<DocumentSnapshot>,
    /// The contexts.
    pub contexts: Vec<ContextSnapshot>,
    /// The channels with their ends, by the slot of the channel.
    pub channels: Vec<ChannelSnapshot<P>>,
    /// The requests.
    pub requests: Vec<RequestSnapshot<P>>,
}

/// An extension.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct ExtensionSnapshot {
    /// Its id in the router.
    pub id: ExtensionId,
    /// Its id as scripts see it.
    pub name: Arc<str>,
    /// Whether it is loaded, and what it has then.
    pub state: ExtensionState,
    /// Its background and pages in the order of their creation, then its contexts in documents in
    /// the order of theirs.
    pub contexts: Vec<ContextId>,
}

/// Whether an extension is loaded.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum ExtensionState {
    /// It is loaded.
    Loaded {
        /// Its background.
        background: Background,
        /// Its `userScripts` permission.
        permission: Permission,
        /// The configured worlds, in the order of their ids.
        configs: Vec<(WorldId, WorldConfig)>,
    },
    /// It was unloaded, and worlds or content scripts of it still exist.
    Unloaded,
}

/// The background of a loaded extension.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum Background {
    /// The extension has none.
    Absent,
    /// It runs.
    Running(ContextId),
    /// It was started, and has not said yet that it has added its listeners.
    Starting(ContextId),
    /// It does not run, and messaging can wake it.
    Stopped,
}

/// The `userScripts` permission of an extension.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum Permission {
    /// It is held.
    Granted,
    /// It was revoked.
    Revoked,
}

/// A document.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct DocumentSnapshot {
    /// Its id.
    pub id: DocumentId,
    /// The number of its frame, never used twice. (A [`Sender`] calls a top frame 0.)
    pub frame: u64,
    /// The document that its frame is in; `None`: it is top-level.
    pub parent: Option<DocumentId>,
    /// Whether it is shown.
    pub state: DocumentState,
    /// What it shows.
    pub content: Content,
    /// Its contexts, in the order of their creation.
    pub contexts: Vec<ContextId>,
}

/// Whether a document is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum DocumentState {
    /// It is the document of its frame.
    Active,
    /// It is in the back/forward cache, and so are its contexts.
    Cached,
}

/// A context.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct ContextSnapshot {
    /// Its id.
    pub id: ContextId,
    /// The extension that it belongs to.
    pub extension: ExtensionId,
    /// What it is.
    pub kind: ContextKind,
    /// Whether its document is cached.
    pub suspended: bool,
    /// Whether its extension is unloaded.
    pub invalidated: bool,
    /// Its runtime listener sets, in the order of [`RuntimeEvent::ALL`]; empty for worlds and
    /// content scripts.
    pub listeners: [Vec<ListenerId>; 4],
    /// The dispatch that is in progress.
    pub dispatch: Option<DispatchSnapshot>,
    /// Messages under way on its account: in the channels that it opened, either way, and its
    /// one-time messages and their replies.
    pub queued_messages: usize,
    /// Bytes of these.
    pub queued_bytes: usize,
    /// Those of them that are its own and held, because no receiver can get them yet.
    pub held_messages: usize,
    /// Bytes of these.
    pub held_bytes: usize,
}

/// What a context is.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum ContextKind {
    /// The background of the extension.
    Background,
    /// The content script world of the extension in a document.
    ContentScript {
        /// The document.
        document: DocumentId,
    },
    /// A page of the extension.
    Page,
    /// An instance of a user-script world in a document.
    World {
        /// The document.
        document: DocumentId,
        /// The configuration that it started with.
        world: WorldId,
        /// Whether it may use messaging.
        gate: Gate,
    },
}

/// A dispatch in progress.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct DispatchSnapshot {
    /// The event. Its payload is with the host.
    pub event: DispatchEvent,
    /// The listener that runs.
    pub listener: ListenerId,
    /// The listeners still to be called, as they were when the dispatch began.
    pub remaining: Vec<ListenerId>,
}

/// The event of a dispatch in progress.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum DispatchEvent {
    /// A connect event.
    Connect {
        /// The receiver's new port.
        port: PortId,
    },
    /// A disconnect event.
    Disconnect {
        /// The port.
        port: PortId,
        /// The error that came with it.
        error: Option<PortError>,
    },
    /// A message.
    Message {
        /// The port.
        port: PortId,
    },
    /// A request, and what its listeners said so far.
    Request {
        /// The request.
        request: RequestId,
        /// Whether one threw.
        threw: bool,
        /// Whether one said that it will respond.
        will_respond: bool,
    },
}

/// A channel with its ends.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct ChannelSnapshot<P> {
    /// The opener's port, which names the channel even when that port is gone.
    pub id: PortId,
    /// The event by which it is offered.
    pub event: RuntimeEvent,
    /// The name given to `connect`.
    pub name: Arc<str>,
    /// The opener.
    pub sender: Arc<Sender>,
    /// Whether any receiver ever accepted.
    pub accepted: bool,
    /// The opener's end.
    pub opener: OpenerSnapshot<P>,
    /// What is held, if the channel holds.
    pub holding: Option<HoldSnapshot<P>>,
    /// The receivers' ends, in the order in which they were offered.
    pub receivers: Vec<EndSnapshot<P>>,
}

/// The opener's end of a channel.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum OpenerSnapshot<P> {
    /// Its context died.
    Dead,
    /// Its context has it.
    Held(EndSnapshot<P>),
    /// Its context let go of it.
    Released(ContextId),
}

/// Messages that receivers cannot get yet.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct HoldSnapshot<P> {
    /// What they wait for.
    pub until: HoldUntil,
    /// The messages, oldest first.
    pub messages: Vec<P>,
}

/// What held messages wait for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum HoldUntil {
    /// The channel was offered, and every context must answer the connect event first
    /// ([`Held::ConnectsFirst`](crate::Held::ConnectsFirst)).
    Answered,
    /// The background is starting, and the channel was offered to nobody yet.
    Started {
        /// Whether the opener closed its end meanwhile.
        opener_left: bool,
    },
}

/// One end of a channel.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct EndSnapshot<P> {
    /// Its id.
    pub id: PortId,
    /// The context whose end it is.
    pub context: ContextId,
    /// How far it is.
    pub phase: EndPhase,
    /// Whether it hears of the channel.
    pub link: Link,
    /// Messages that wait, oldest first.
    pub messages: Vec<P>,
    /// The end of the channel, which waits behind the messages.
    pub disconnect: Option<Option<PortError>>,
    /// `port.onMessage`.
    pub on_message: Vec<ListenerId>,
    /// `port.onDisconnect`.
    pub on_disconnect: Vec<ListenerId>,
}

/// How far an end is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum EndPhase {
    /// Closed by this side, or this side was told.
    Closed,
    /// A receiver's: its connect event was not dispatched yet.
    Offered,
    /// Open.
    Open,
    /// Closed by this side, an opener's, which is told all the same if nobody accepts
    /// ([`FailedConnect::ReportedOnClosedPort`](crate::FailedConnect)).
    Unanswered,
}

/// Whether an end hears of its channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum Link {
    /// It does.
    Live,
    /// The channel is closed, and this end was not told and will not be.
    Severed,
}

/// A request.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct RequestSnapshot<P> {
    /// Its id.
    pub id: RequestId,
    /// The event by which it is asked.
    pub event: RuntimeEvent,
    /// The message; `None` once it was handed to the last receiver that was to get it.
    pub message: Option<P>,
    /// Who sent it.
    pub sender: Arc<Sender>,
    /// The context that waits for the reply; `None` if that died.
    pub origin: Option<ContextId>,
    /// How far it is.
    pub phase: RequestPhase<P>,
    /// Whether any listener got it.
    pub received: bool,
    /// Whether a receiver that had got it died or let go of it without an answer.
    pub lost: bool,
    /// The contexts that may still answer, in the order in which they were asked.
    pub receivers: Vec<(ContextId, ReceiverPhase)>,
}

/// How far a request is.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum RequestPhase<P> {
    /// The outcome is on its way to the origin.
    Answered(RequestOutcome<P>),
    /// It was asked.
    Asked,
    /// The origin has the outcome.
    Settled,
    /// The background is starting, and nobody was asked yet.
    Waiting,
}

/// How far a receiver of a request is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum ReceiverPhase {
    /// Its listeners run.
    Listening,
    /// Its event was not dispatched yet.
    Offered,
    /// It said that it will respond.
    Pending,
}
