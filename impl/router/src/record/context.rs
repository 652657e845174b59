//! Context: anything that runs script.
//!
//! What a route asks of a context (is it invalidated, suspended, gated, busy, has its account room)
//! is answered by one cache line, without a look at its extension or its document; those keep the
//! answers up to date.

use alloc::sync::Arc;
use alloc::vec::Vec;

use super::{Account, Amount, OfContext, OfOrigin, OfReceiver};
use crate::store::{CacheLine, Front, Linked, Links, List, ListenerSet, Split};
use crate::{ContextId, Gate, ListenerId, PortError, RequestId, RuntimeEvent, Sender, WorldId};

/// The list of the contexts of an extension.
#[derive(Debug)]
pub(crate) enum OfExtension {}

/// The list of the contexts of a document.
#[derive(Debug)]
pub(crate) enum OfDocument {}

/// What a route asks of a context.
#[derive(Clone, Debug)]
pub(crate) struct Context {
    /// Whether it may use messaging. Anything but a world always may: [`Gate::Granted`].
    pub(crate) gate: Gate,
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
    /// How many more messages may be on its account without asking its extension. The account, the
    /// other half of which no route reads, says what that means: [`Account`].
    pub(crate) room_messages: u32,
    /// How many more bytes. It wraps around rather than panic where a
    /// [`Payload`](crate::Payload) lies about its size.
    pub(crate) room_bytes: usize,
    /// Whether more was granted than is free, or more is under way than was granted. What is taken
    /// off the account then may have to go elsewhere than back to the room.
    pub(crate) extended: bool,
}

/// What no route asks of a context.
#[derive(Clone, Debug)]
pub(crate) struct ContextBack {
    /// The slot of its extension.
    pub(crate) extension: u32,
    pub(crate) kind: Kind,
    /// Its ports, opener's and receiver's, those included that it let go of while the channel
    /// lives.
    pub(crate) ports: List<OfContext>,
    pub(crate) port_count: usize,
    /// How many of them it opened.
    pub(crate) opened_count: usize,
    /// Listeners in all its sets, those of its ports included.
    pub(crate) listener_count: usize,
    /// What it answers for, with the room in the front: see [`Account`](super::Account).
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

const _: () = assert!(Split::<Context>::FRONT_BYTES == 64);

/// What a context is, with the slot of its document.
#[derive(Clone, Debug)]
pub(crate) enum Kind {
    Background,
    ContentScript { document: u32 },
    Page,
    World { document: u32, world: WorldId },
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
    const fn without_room(gate: Gate) -> Self {
        Self {
            gate,
            suspended: false,
            invalidated: false,
            running: Running::Idle,
            listener: ListenerId(0),
            remaining: Vec::new(),
            room_messages: 0,
            room_bytes: 0,
            extended: false,
        }
    }

    /// An idle one on whose account there is room for so much.
    pub(crate) fn new(gate: Gate, room: Amount) -> Self {
        let mut context = Self::without_room(gate);
        context.set_room(room);
        context
    }

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

    /// What may be put on its account without asking anybody.
    #[inline]
    pub(crate) const fn room(&self) -> Amount {
        Amount { messages: self.room_messages as usize, bytes: self.room_bytes }
    }

    /// Says how much room is left. No account has more messages: [`Account::most`].
    pub(crate) fn set_room(&mut self, room: Amount) {
        self.room_messages = u32::try_from(room.messages).unwrap_or(u32::MAX);
        self.room_bytes = room.bytes;
    }

    /// Puts a message on its account if there is room. Returns whether there was.
    #[inline]
    pub(crate) const fn pay(&mut self, bytes: usize) -> bool {
        if self.room_messages == 0 || self.room_bytes < bytes {
            return false;
        }
        self.room_messages -= 1;
        self.room_bytes -= bytes;
        true
    }

    /// Takes a message off its account, on which no more is than was granted.
    #[inline]
    pub(crate) const fn refund(&mut self, bytes: usize) {
        self.room_messages += 1;
        self.room_bytes = self.room_bytes.wrapping_add(bytes);
    }
}

impl ContextBack {
    pub(crate) const fn new(
        extension: u32,
        kind: Kind,
        sender: Arc<Sender>,
        account: Account,
    ) -> Self {
        Self {
            extension,
            kind,
            ports: List::EMPTY,
            port_count: 0,
            opened_count: 0,
            listener_count: 0,
            account,
            held_messages: 0,
            held_bytes: 0,
            sender,
            requests: List::EMPTY,
            request_count: 0,
            asks: List::EMPTY,
            runtime: [ListenerSet::Empty; 4],
            of_extension: Links::NONE,
            of_document: Links::NONE,
        }
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

impl Default for Context {
    /// What a vacant slot holds: nothing that may do anything.
    fn default() -> Self {
        Self { invalidated: true, ..Self::without_room(Gate::Absent) }
    }
}

impl Front for Context {
    type Id = ContextId;
    type Back = ContextBack;
    type Align = CacheLine;
}

impl Linked<OfExtension> for ContextBack {
    fn links(&self) -> Links {
        self.of_extension
    }

    fn links_mut(&mut self) -> &mut Links {
        &mut self.of_extension
    }
}

impl Linked<OfDocument> for ContextBack {
    fn links(&self) -> Links {
        self.of_document
    }

    fn links_mut(&mut self) -> &mut Links {
        &mut self.of_document
    }
}
