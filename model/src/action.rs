//! What can happen: calls by scripts, steps of the embedder, and the choice of what is dispatched next.

use crate::{
    Background, ChannelEvent, ContextId, Csp, DocumentId, ExtensionId, ListenerId, Message, PortId,
    RequestId, RuntimeEvent, WorldId,
};

/// One step. Actions with a `context` are that context's own; the others are the embedder's (the browser's).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(tag = "action", rename_all = "camelCase"))]
#[allow(missing_docs, reason = "fields are named by their types")]
pub enum Action {
    /// The `sendResponse` function of a pending answer was collected.
    Abandon { context: ContextId, request: RequestId },
    /// `event.addListener(listener)`.
    AddListener { context: ContextId, target: ListenerTarget, listener: ListenerId },
    /// The background's scripts have run to the end: it can be offered what waits for it.
    BackgroundStarted { context: ContextId },
    /// An extension page (popup, options, tab) is closed.
    ClosePage { context: ContextId },
    /// `userScripts.configureWorld({worldId, messaging, csp})`.
    ConfigureWorld { context: ContextId, world: WorldId, messaging: Option<bool>, csp: Csp },
    /// `runtime.connect()`.
    Connect { context: ContextId },
    /// A new frame with its first document, in a tab of its own or inside `parent`.
    CreateDocument { parent: Option<DocumentId> },
    /// A document goes for good: an active one with its frame, a cached one alone.
    DestroyDocument { document: DocumentId },
    /// `port.disconnect()`.
    Disconnect { context: ContextId, port: PortId },
    /// The context takes its next event from this source.
    Dispatch { context: ContextId, source: EventSource },
    /// The `userScripts` permission is granted.
    GrantPermission { extension: ExtensionId },
    /// A script runs in a realm of a document, and starts it if it does not run yet.
    Inject { extension: ExtensionId, document: DocumentId, realm: Realm },
    /// An extension is loaded, with the background that its manifest gives it.
    LoadExtension { background: Background },
    /// The document leaves its frame, and a new one takes its place.
    Navigate { document: DocumentId, departure: Departure },
    /// The listener that runs has ended; the next of the dispatch is called, or the dispatch ends.
    Next { context: ContextId, completion: Completion },
    /// An extension page is opened.
    OpenPage { extension: ExtensionId },
    /// `port.postMessage(message)`.
    Post { context: ContextId, port: PortId, message: Message },
    /// The script's `Port` object was collected.
    Release { context: ContextId, port: PortId },
    /// `event.removeListener(listener)`.
    RemoveListener { context: ContextId, target: ListenerTarget, listener: ListenerId },
    /// `userScripts.resetWorldConfiguration(worldId)`.
    ResetWorldConfiguration { context: ContextId, world: WorldId },
    /// `sendResponse(message)`, or the promise of a listener resolved with it.
    Respond { context: ContextId, request: RequestId, message: Message },
    /// A cached document comes back; the active one of its frame departs.
    Restore { document: DocumentId, departure: Departure },
    /// The `userScripts` permission is revoked.
    RevokePermission { extension: ExtensionId },
    /// `runtime.sendMessage(message)`.
    SendMessage { context: ContextId, message: Message },
    /// The background is started without a message to wake it.
    StartBackground { extension: ExtensionId },
    /// The background is stopped (idle, or its process died).
    StopBackground { extension: ExtensionId },
    /// The extension is disabled, removed, or about to be reloaded.
    UnloadExtension { extension: ExtensionId },
}

/// How the listener that ran has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "camelCase"))]
pub enum Completion {
    /// It returned nothing of interest.
    Returned,
    /// It threw.
    Threw,
    /// It returned `true` or a promise: an answer to the request will follow.
    WillRespond,
}

/// How a document leaves its frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "camelCase"))]
pub enum Departure {
    /// Into the back/forward cache.
    Cached,
    /// For good.
    Destroyed,
}

/// Where a context's next event comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "camelCase"))]
pub enum EventSource {
    /// The connect event that offers this port, or the head of its inbox.
    Port(PortId),
    /// How the promise of the context's own `sendMessage` settles.
    Reply(RequestId),
    /// A one-time message to this context.
    Request(RequestId),
}

/// A listener set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "camelCase"))]
pub enum ListenerTarget {
    /// `port.onDisconnect`.
    OnDisconnect(PortId),
    /// `port.onMessage`.
    OnMessage(PortId),
    /// An event of `runtime`.
    Runtime(RuntimeEvent),
}

impl From<ChannelEvent> for ListenerTarget {
    fn from(event: ChannelEvent) -> Self {
        Self::Runtime(event.into())
    }
}

/// Where in a document a script runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "camelCase"))]
pub enum Realm {
    /// The isolated world of the extension's content scripts.
    ContentScript,
    /// A `USER_SCRIPT` world.
    UserScript(WorldId),
}
