//! The state: extensions, documents, contexts, channels and requests, each in an ordered map of its own.

use std::collections::BTreeMap;

use crate::{
    Channel, ChannelId, Context, ContextId, DocumentId, End, ExtensionId, FrameId, Gate, Kind,
    ListenerSet, ListenerTarget, Opener, Phase, PortId, Records, Request, RequestId, WorldId,
};

/// Everything the machine knows. The empty state, [`State::default`], is the initial one.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct State {
    /// Extensions that are loaded, or unloaded with contexts still alive.
    pub extensions: Records<ExtensionId, Extension>,
    /// Documents, active and cached.
    pub documents: Records<DocumentId, Document>,
    /// Live contexts. A context that is not here is dead: it is never called and owns nothing `[S4]`.
    pub contexts: Records<ContextId, Context>,
    /// Channels of which a live context holds an end.
    pub channels: Records<ChannelId, Channel>,
    /// One-time messages of which a live context holds an end.
    pub requests: Records<RequestId, Request>,
}

/// An extension.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum Extension {
    /// It runs.
    Loaded(Loaded),
    /// It was unloaded; the record stays while contexts of it are alive.
    Unloaded,
}

/// What a loaded extension has.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Loaded {
    /// Its background.
    pub background: Background,
    /// Whether it holds the `userScripts` permission.
    pub permission: Permission,
    /// The worlds that were configured and not reset.
    pub configs: BTreeMap<WorldId, WorldConfig>,
}

/// An event page or service worker.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum Background {
    /// The manifest has none.
    Absent,
    /// Its scripts have run: it can be offered connections.
    Running(ContextId),
    /// Its scripts run for the first time; what is for it waits.
    Starting(ContextId),
    /// A message wakes it.
    Stopped,
}

/// Whether the extension holds the `userScripts` permission.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum Permission {
    /// It does.
    Granted,
    /// It does not, any more.
    Revoked,
}

/// What `configureWorld` set.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct WorldConfig {
    /// Whether world instances started under it may message.
    pub messaging: bool,
    /// Whether it has a content security policy.
    pub csp: Csp,
}

/// The `csp` member of a world's configuration, or of a call that configures it. What it says is not
/// messaging; that it is there matters to [`Withdrawal::AfterResetOrInjection`](crate::Withdrawal).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "camelCase"))]
pub enum Csp {
    /// Left out.
    #[default]
    Absent,
    /// Given.
    Given,
}

/// A document.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Document {
    /// Its frame. One document of a frame is active, the others are cached.
    pub frame: FrameId,
    /// The document that embeds the frame; none for a top-level one.
    pub parent: Option<DocumentId>,
    /// Whether scripts run in it.
    pub phase: DocumentPhase,
}

/// Whether scripts run in a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum DocumentPhase {
    /// They do.
    Active,
    /// It is in the back/forward cache.
    Cached,
}

impl State {
    /// The extension, if it is loaded.
    #[must_use]
    pub fn loaded(&self, extension: ExtensionId) -> Option<&Loaded> {
        match self.extensions.get(&extension) {
            Some(Extension::Loaded(loaded)) => Some(loaded),
            Some(Extension::Unloaded) | None => None,
        }
    }

    /// The document that a context runs in; none for the background and extension pages.
    #[must_use]
    pub fn document_of(&self, context: ContextId) -> Option<DocumentId> {
        self.contexts.get(&context)?.kind.document()
    }

    /// The tab that a document is in, by its top frame.
    #[must_use]
    pub fn tab(&self, document: DocumentId) -> Option<FrameId> {
        let mut member = self.documents.get(&document)?;
        while let Some(parent) = member.parent {
            member = self.documents.get(&parent)?;
        }
        Some(member.frame)
    }

    /// Whether the context's document is in the back/forward cache.
    #[must_use]
    pub fn is_suspended(&self, context: ContextId) -> bool {
        self.document_of(context)
            .and_then(|id| self.documents.get(&id))
            .is_some_and(|document| document.phase == DocumentPhase::Cached)
    }

    /// Whether the context's extension has been unloaded.
    #[must_use]
    pub fn is_invalidated(&self, context: ContextId) -> bool {
        self.contexts.get(&context).is_some_and(|record| self.loaded(record.extension).is_none())
    }

    /// The gate of a world instance; none for other contexts.
    #[must_use]
    pub fn gate(&self, context: ContextId) -> Option<Gate> {
        match self.contexts.get(&context)?.kind {
            Kind::World { gate, .. } => Some(gate),
            Kind::Background(_) | Kind::ContentScript { .. } | Kind::Page(_) => None,
        }
    }

    /// The end that a port id names, in whatever phase.
    #[must_use]
    pub fn end(&self, port: PortId) -> Option<&End> {
        let channel = self.channels.get(&port.channel())?;
        match port {
            PortId::Opener(_) => match &channel.opener {
                Opener::Held { end, .. } => Some(end),
                Opener::Dead | Opener::Released(_) => None,
            },
            PortId::Receiver(_, context) => channel.receivers.get(&context),
        }
    }

    /// The context that holds the end.
    #[must_use]
    pub fn owner(&self, port: PortId) -> Option<ContextId> {
        let channel = self.channels.get(&port.channel())?;
        match port {
            PortId::Opener(_) => match channel.opener {
                Opener::Held { context, .. } => Some(context),
                Opener::Dead | Opener::Released(_) => None,
            },
            PortId::Receiver(_, context) => channel.receivers.get(&context).map(|_| context),
        }
    }

    /// Every end there is, with its id.
    pub fn ends(&self) -> impl Iterator<Item = (PortId, &End)> {
        self.channels.iter().flat_map(|(&id, channel)| {
            let opener = match &channel.opener {
                Opener::Held { end, .. } => Some((PortId::Opener(id), end)),
                Opener::Dead | Opener::Released(_) => None,
            };
            let receivers = channel.receivers.iter();
            opener
                .into_iter()
                .chain(receivers.map(move |(&context, end)| (PortId::Receiver(id, context), end)))
        })
    }

    /// The listener set that a context would address as `target`; none where it has no such set.
    #[must_use]
    pub fn listeners(&self, context: ContextId, target: ListenerTarget) -> Option<&ListenerSet> {
        match target {
            ListenerTarget::OnDisconnect(port) | ListenerTarget::OnMessage(port) => {
                let end = self.end(port).filter(|end| end.phase != Phase::Offered)?;
                (self.owner(port)? == context).then_some(match target {
                    ListenerTarget::OnDisconnect(_) => &end.on_disconnect,
                    _ => &end.on_message,
                })
            }
            ListenerTarget::Runtime(event) => {
                Some(self.contexts.get(&context)?.kind.runtime_listeners()?.set(event))
            }
        }
    }

    /// `event.hasListener(listener)`.
    #[must_use]
    pub fn has_listener(
        &self,
        context: ContextId,
        target: ListenerTarget,
        listener: crate::ListenerId,
    ) -> bool {
        self.listeners(context, target).is_some_and(|set| set.has(listener))
    }
}
