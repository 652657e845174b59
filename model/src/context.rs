//! Contexts: what runs script, the listener sets it has, and the dispatch it is in.

use std::collections::VecDeque;

use crate::{ChannelEvent, DocumentId, ExtensionId, ListenerId, Occurrence, WorldId};

/// A context.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Context {
    /// Whose script it runs.
    pub extension: ExtensionId,
    /// What kind of context it is.
    pub kind: Kind,
    /// The event whose listeners it is calling. It takes no other event until they have all returned.
    pub dispatch: Option<Dispatch>,
}

/// The kinds of context.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum Kind {
    /// The extension's background.
    Background(RuntimeListeners),
    /// The isolated world of the extension's content scripts in a document.
    ContentScript {
        /// Where it runs.
        document: DocumentId,
    },
    /// An extension page: popup, options page, extension tab.
    Page(RuntimeListeners),
    /// A world instance.
    World {
        /// Where it runs.
        document: DocumentId,
        /// The configuration it runs under.
        world: WorldId,
        /// Whether it may message.
        gate: Gate,
    },
}

/// Whether a world instance may message. Decided when it starts (`b1_never_configured`); only ever narrowed
/// in `standard`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum Gate {
    /// Messaging was off when the instance started: it has no messaging API, for good.
    Absent,
    /// New calls are refused, open ports go on (`c3_false_leaks_to_same_process`; not in `standard`).
    CallsRefused,
    /// It may.
    Granted,
    /// Messaging was taken away: calls are refused, ports are closed, for good.
    Withdrawn,
}

/// The runtime events that an extension context can listen to.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[allow(missing_docs, reason = "the fields are the events of RuntimeEvent")]
pub struct RuntimeListeners {
    pub on_connect: ListenerSet,
    pub on_message: ListenerSet,
    pub on_user_script_connect: ListenerSet,
    pub on_user_script_message: ListenerSet,
}

/// An event of `runtime`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "camelCase"))]
pub enum RuntimeEvent {
    /// A content script or another extension page connects.
    OnConnect,
    /// A content script or another extension page sends a one-time message.
    OnMessage,
    /// A user script connects.
    OnUserScriptConnect,
    /// A user script sends a one-time message.
    OnUserScriptMessage,
}

impl RuntimeEvent {
    /// Whether it belongs to the `userScripts` permission.
    #[must_use]
    pub fn is_user_script(self) -> bool {
        matches!(self, Self::OnUserScriptConnect | Self::OnUserScriptMessage)
    }
}

impl From<ChannelEvent> for RuntimeEvent {
    fn from(event: ChannelEvent) -> Self {
        match event {
            ChannelEvent::OnConnect => Self::OnConnect,
            ChannelEvent::OnUserScriptConnect => Self::OnUserScriptConnect,
        }
    }
}

impl RuntimeListeners {
    /// The set of an event.
    #[must_use]
    pub fn set(&self, event: RuntimeEvent) -> &ListenerSet {
        match event {
            RuntimeEvent::OnConnect => &self.on_connect,
            RuntimeEvent::OnMessage => &self.on_message,
            RuntimeEvent::OnUserScriptConnect => &self.on_user_script_connect,
            RuntimeEvent::OnUserScriptMessage => &self.on_user_script_message,
        }
    }

    /// The set of an event, to change it.
    pub fn set_mut(&mut self, event: RuntimeEvent) -> &mut ListenerSet {
        match event {
            RuntimeEvent::OnConnect => &mut self.on_connect,
            RuntimeEvent::OnMessage => &mut self.on_message,
            RuntimeEvent::OnUserScriptConnect => &mut self.on_user_script_connect,
            RuntimeEvent::OnUserScriptMessage => &mut self.on_user_script_message,
        }
    }
}

impl Kind {
    /// The document it runs in; none for the background and extension pages.
    #[must_use]
    pub fn document(&self) -> Option<DocumentId> {
        match *self {
            Self::ContentScript { document } | Self::World { document, .. } => Some(document),
            Self::Background(_) | Self::Page(_) => None,
        }
    }

    /// Its runtime listener sets; only extension contexts have any.
    #[must_use]
    pub fn runtime_listeners(&self) -> Option<&RuntimeListeners> {
        match self {
            Self::Background(listeners) | Self::Page(listeners) => Some(listeners),
            Self::ContentScript { .. } | Self::World { .. } => None,
        }
    }

    /// Its runtime listener sets, to change them.
    pub fn runtime_listeners_mut(&mut self) -> Option<&mut RuntimeListeners> {
        match self {
            Self::Background(listeners) | Self::Page(listeners) => Some(listeners),
            Self::ContentScript { .. } | Self::World { .. } => None,
        }
    }

    /// Whether it is the background or an extension page.
    #[must_use]
    pub fn is_extension(&self) -> bool {
        self.runtime_listeners().is_some()
    }
}

/// An ordered set of listeners, each in it once `[S6]`.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct ListenerSet(Vec<ListenerId>);

impl ListenerSet {
    /// Appends the listener; one that is there already stays where it is (`e2_added_twice`).
    pub fn add(&mut self, listener: ListenerId) {
        if !self.has(listener) {
            self.0.push(listener);
        }
    }

    /// Removes the listener if it is there.
    pub fn remove(&mut self, listener: ListenerId) {
        self.0.retain(|&other| other != listener);
    }

    /// Removes all.
    pub fn clear(&mut self) {
        self.0.clear();
    }

    /// Whether the listener is there.
    #[must_use]
    pub fn has(&self, listener: ListenerId) -> bool {
        self.0.contains(&listener)
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The listeners in order of addition.
    #[must_use]
    pub fn as_slice(&self) -> &[ListenerId] {
        &self.0
    }
}

impl FromIterator<ListenerId> for ListenerSet {
    fn from_iter<T: IntoIterator<Item = ListenerId>>(listeners: T) -> Self {
        let mut set = Self::default();
        listeners.into_iter().for_each(|listener| set.add(listener));
        set
    }
}

/// An event being dispatched in a context: the listener that runs and those still to be called.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Dispatch {
    /// The event.
    pub occurrence: Occurrence,
    /// The listener that runs now.
    pub current: ListenerId,
    /// Listeners that were in the set when the dispatch began and have not been called.
    pub rest: VecDeque<ListenerId>,
    /// What the listeners of a request have said so far.
    pub heard: Heard,
}

/// What the listeners of a request have said so far; the greatest counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum Heard {
    /// Nothing.
    Silence,
    /// One will respond.
    WillRespond,
    /// One threw.
    Threw,
}
