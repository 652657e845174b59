//! Context: anything that runs script.
//!
//! What a route asks of a context (is it invalidated, suspended, gated, busy) is answered here,
//! without a look at its extension or its document; those keep the answers up to date.

use alloc::sync::Arc;
use alloc::vec::Vec;

use super::{Account, OfContext, OfOrigin, OfReceiver};
use crate::store::{Linked, Links, List, ListenerSet, Record};
use crate::{ContextId, Gate, ListenerId, PortError, RequestId, RuntimeEvent, Sender, WorldId};

/// The list of the contexts of an extension.
#[derive(Debug)]
pub(crate) enum OfExtension {}

/// The list of the contexts of a document.
#[derive(Debug)]
pub(crate) enum OfDocument {}

/// A context.
#[derive(Clone, Debug)]
pub(crate) struct Context {
    /// The slot of its extension.
    pub(crate) extension: u32,
    pub(crate) kind: Kind,
    /// Its document is cached. Invariant: equals the state of the document.
    pub(crate) suspended: bool,
    /// Its extension is unloaded. Invariant: equals the state of the extension.
    pub(crate) invalidated: bool,
    pub(crate) running: Running,
    /// The listener that runs. Meaningless while idle.
    pub(crate) listener: ListenerId,
    /// The listeners to call after it, as they were when the dispatch began; the next one is last.
    /// Its memory is kept from one dispatch to the next.
    pub(crate) remaining: Vec<ListenerId>,
    /// Its ports, opener's and receiver's, those included that it let go of while the channel
    /// lives.
    pub(crate) ports: List<OfContext>,
    pub(crate) port_count: usize,
    /// How many of them it opened.
    pub(crate) opened_count: usize,
    /// Listeners in all its sets, those of its ports included.
    pub(crate) listener_count: usize,
    /// What it answers for: see [`Account`](super::Account).
    pub(crate) account: Account,
    /// Messages of its own in holds and in requests. They are in the account too.
    pub(crate) held_messages: usize,
    pub(crate) held_bytes: usize,
    /// What receivers are told of it: `[S8]`.
    pub(crate) sender: Arc<Sender>,
    /// The requests that it sent.
    pub(crate) requests: List<OfOrigin>,
    pub(crate) request_count: usize,
    /// The requests that it may answer.
    pub(crate) asks: List<OfReceiver>,
    /// Indexed by [`RuntimeEvent`]. Empty unless it is a background or a page.
    pub(crate) runtime: [ListenerSet; 4],
    pub(crate) of_extension: Links,
    pub(crate) of_document: Links,
}

/// What a context is, with the slot of its document.
#[derive(Clone, Debug)]
pub(crate) enum Kind {
    Background,
    ContentScript { document: u32 },
    Page,
    World { document: u32, world: WorldId, gate: Gate },
}

/// The event of the dispatch in progress.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Running {
    Connect {
        port: u32,
        event: RuntimeEvent,
    },
    Disconnect {
        port: u32,
        error: Option<PortError>,
    },
    Idle,
    Message {
        port: u32,
    },
    /// By id: the request may be gone before its listeners have ended.
    Request {
        request: RequestId,
        event: RuntimeEvent,
        threw: bool,
        will_respond: bool,
    },
}

impl Running {
    /// The port that the listeners are told about.
    pub(crate) const fn port(self) -> Option<u32> {
        match self {
            Self::Connect { port, .. } | Self::Disconnect { port, .. } | Self::Message { port } => {
                Some(port)
            }
            Self::Idle | Self::Request { .. } => None,
        }
    }
}

impl Kind {
    /// Whether it is a background or a page: has the extension's API, and may receive.
    pub(crate) const fn is_own(&self) -> bool {
        matches!(self, Self::Background | Self::Page)
    }

    /// The slot of its document.
    pub(crate) const fn document(&self) -> Option<u32> {
        match self {
            Self::ContentScript { document } | Self::World { document, .. } => Some(*document),
            Self::Background | Self::Page => None,
        }
    }
}

impl Context {
    /// Begins a dispatch of an idle context with the listeners as they are now, and names the first.
    /// `None`: there is none, and nothing has begun.
    #[inline]
    pub(crate) fn begin(
        &mut self,
        listeners: &[ListenerId],
        running: Running,
    ) -> Option<ListenerId> {
        let (&first, others) = listeners.split_first()?;
        if !others.is_empty() {
            self.remaining.extend(others.iter().rev());
        }
        self.listener = first;
        self.running = running;
        Some(first)
    }

    /// The event that its connections cause: `[S7]`.
    pub(crate) const fn connect_event(&self) -> RuntimeEvent {
        match self.kind {
            Kind::World { .. } => RuntimeEvent::OnUserScriptConnect,
            _ => RuntimeEvent::OnConnect,
        }
    }

    /// The event that its one-time messages cause: `[S7]`.
    pub(crate) const fn message_event(&self) -> RuntimeEvent {
        match self.kind {
            Kind::World { .. } => RuntimeEvent::OnUserScriptMessage,
            _ => RuntimeEvent::OnMessage,
        }
    }
}

impl Record for Context {
    type Id = ContextId;
    type Align = ();
}

impl Linked<OfExtension> for Context {
    fn links(&self) -> Links {
        self.of_extension
    }

    fn links_mut(&mut self) -> &mut Links {
        &mut self.of_extension
    }
}

impl Linked<OfDocument> for Context {
    fn links(&self) -> Links {
        self.of_document
    }

    fn links_mut(&mut self) -> &mut Links {
        &mut self.of_document
    }
}
