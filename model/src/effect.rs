//! What a step lets scripts observe, what it allocates, and what it drops.

use crate::{
    ChannelId, ContextId, DocumentId, ExtensionId, ListenerId, Message, Outcome, PortId, RequestId,
    Sender,
};

/// One observable consequence of an action, in order of happening.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(tag = "effect", rename_all = "camelCase"))]
#[allow(missing_docs, reason = "fields are named by their types")]
pub enum Effect {
    /// The context had listeners when the connect event came: it holds a receiver port now.
    Accepted { port: PortId },
    /// Call this listener now.
    Called { context: ContextId, listener: ListenerId, occurrence: Occurrence },
    /// The context is gone.
    ContextEnded { context: ContextId },
    /// A context has started, or was there already when a script was injected.
    ContextEntered { context: ContextId },
    /// The end learns that the channel has closed. Its `onDisconnect` listeners, if any, are called next.
    Disconnected { port: PortId, error: Option<DisconnectError> },
    /// A new document.
    DocumentCreated { document: DocumentId },
    /// A message on its way to `port` is dropped by a named rule.
    Dropped { port: PortId, message: Message, rule: DropRule },
    /// An answer to a request comes after another, or after its sender has gone.
    DroppedAnswer { request: RequestId, message: Message, rule: DropRule },
    /// A message held for receivers that are not known yet is dropped by a named rule.
    DroppedHeld { channel: ChannelId, message: Message, rule: DropRule },
    /// A new extension.
    ExtensionLoaded { extension: ExtensionId },
    /// `connect` returns this port.
    Opened { port: PortId },
    /// `sendMessage` has made this request.
    Requested { request: RequestId },
    /// The promise of `sendMessage` settles.
    Settled { context: ContextId, request: RequestId, outcome: Outcome },
    /// The listener that ran has thrown.
    Uncaught { context: ContextId, listener: ListenerId },
    /// The background is started, because a message is on its way to it.
    Woke { extension: ExtensionId, context: ContextId },
}

/// What a listener is called with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(tag = "event", rename_all = "camelCase"))]
#[allow(missing_docs, reason = "fields are named by their types")]
pub enum Occurrence {
    /// `runtime.onConnect` or `runtime.onUserScriptConnect`, by who opened the channel.
    Connect { port: PortId, sender: Sender },
    /// `port.onDisconnect`.
    Disconnect { port: PortId, error: Option<DisconnectError> },
    /// `port.onMessage`.
    Message { port: PortId, message: Message },
    /// `runtime.onMessage` or `runtime.onUserScriptMessage`, by who sent it.
    Request { request: RequestId, message: Message, sender: Sender },
}

/// Why a port was disconnected, where that is an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "camelCase"))]
pub enum DisconnectError {
    /// Nobody accepted: "Could not establish connection. Receiving end does not exist."
    NoReceiver,
    /// The page that holds the other end has moved into the back/forward cache.
    PageCached,
}

/// Why a message is not delivered. Without such a rule every message is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "camelCase"))]
pub enum DropRule {
    /// Another answer was there first.
    AlreadyAnswered,
    /// The receiving page is in the back/forward cache, or went there.
    Cached,
    /// The receiving end has called `disconnect()`.
    ClosedHere,
    /// The context that it was offered to had no connect listener.
    Declined,
    /// Messaging was taken away from the world at one end.
    MessagingWithdrawn,
    /// The port had no `onMessage` listener when the message came (`g1_opener_posts_early`).
    NoListener,
    /// There was no other side any more when the message was posted, or none at all to offer it to.
    PeerGone,
    /// The `userScripts` permission was revoked.
    PermissionRevoked,
    /// The receiving context has ended.
    ReceiverGone,
    /// The extension was unloaded.
    Unloaded,
}

impl DropRule {
    /// Every rule, for tables and counters.
    pub const ALL: [Self; 10] = [
        Self::AlreadyAnswered,
        Self::Cached,
        Self::ClosedHere,
        Self::Declined,
        Self::MessagingWithdrawn,
        Self::NoListener,
        Self::PeerGone,
        Self::PermissionRevoked,
        Self::ReceiverGone,
        Self::Unloaded,
    ];
}
