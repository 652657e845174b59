//! What callers hand in: descriptions of records to make, and the small choices of a call.

use alloc::sync::Arc;

use crate::{DocumentId, PortId, TabId, WorldId};

/// An extension to load. Its `userScripts` permission starts granted.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct ExtensionSpec {
    /// The extension's id as scripts see it in `sender.id`.
    pub id: Arc<str>,
    /// The origin of its pages, for example `moz-extension://6f…`.
    pub origin: Arc<str>,
    /// The URL of its background page or worker; `None`: it has no background. A background starts
    /// out stopped.
    pub background: Option<Arc<str>>,
}

/// An extension page to open.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct PageSpec {
    /// The page's URL.
    pub url: Arc<str>,
    /// The tab that shows it, if it is in one.
    pub tab: Option<TabId>,
}

impl PageSpec {
    /// A page that is in no tab (a popup, a sidebar).
    pub fn new(url: impl Into<Arc<str>>) -> Self {
        Self { url: url.into(), tab: None }
    }
}

/// A document to create in a new frame.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct DocumentSpec {
    /// The document whose child frame it is in; `None`: it is top-level.
    pub parent: Option<DocumentId>,
    /// The tab of a top-level document. A child is in its parent's tab, whatever this says.
    pub tab: Option<TabId>,
    /// What it shows.
    pub content: Content,
}

impl DocumentSpec {
    /// A top-level document in a tab.
    pub fn in_tab(tab: TabId, content: Content) -> Self {
        Self { parent: None, tab: Some(tab), content }
    }

    /// A document in a new child frame of `parent`.
    pub fn in_frame_of(parent: DocumentId, content: Content) -> Self {
        Self { parent: Some(parent), tab: None, content }
    }
}

/// What a document shows.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Content {
    /// Its URL.
    pub url: Arc<str>,
    /// Its origin, as serialised by the platform (`null` if it is opaque).
    pub origin: Arc<str>,
}

impl Content {
    /// A URL and the origin that it belongs to.
    pub fn new(url: impl Into<Arc<str>>, origin: impl Into<Arc<str>>) -> Self {
        Self { url: url.into(), origin: origin.into() }
    }
}

/// How a document leaves its frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum Departure {
    /// Into the back/forward cache, with its whole tree. Only top-level documents can.
    Cached,
    /// For good.
    Destroyed,
}

/// Where in a document a script of an extension runs.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum Realm {
    /// The extension's content script world.
    ContentScript,
    /// A user-script world.
    UserScript(WorldId),
}

/// An event of the `runtime` namespace.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum RuntimeEvent {
    /// `runtime.onConnect`: connections of content scripts and extension contexts.
    OnConnect,
    /// `runtime.onMessage`: their one-time messages.
    OnMessage,
    /// `runtime.onUserScriptConnect`: connections of user-script worlds.
    OnUserScriptConnect,
    /// `runtime.onUserScriptMessage`: their one-time messages.
    OnUserScriptMessage,
}

impl RuntimeEvent {
    /// Every event, in the order of the variants.
    pub const ALL: [Self; 4] =
        [Self::OnConnect, Self::OnMessage, Self::OnUserScriptConnect, Self::OnUserScriptMessage];

    /// Whether only user-script worlds cause it. These need the `userScripts` permission.
    #[must_use]
    pub const fn is_user_script(self) -> bool {
        matches!(self, Self::OnUserScriptConnect | Self::OnUserScriptMessage)
    }
}

/// The set a listener is added to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum ListenerTarget {
    /// `port.onDisconnect`.
    PortDisconnect(PortId),
    /// `port.onMessage`.
    PortMessage(PortId),
    /// An event of the `runtime` namespace.
    Runtime(RuntimeEvent),
}

/// How a listener ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum Completion {
    /// It returned, and does not answer later.
    Returned,
    /// It threw. The next one is called all the same (`e4_throwing_listener`).
    Threw,
    /// It returned `true` or a promise: it answers the request later. Outside of a request this is
    /// the same as [`Returned`](Self::Returned).
    WillRespond,
}
