//! The named shapes of bounds that are explored to the end.
//!
//! No one machine can have everything at once and still be explored to the end; each shape has much of
//! one thing. Together they cover two documents, the default world and a named one, background and
//! extension page, two listeners and change during dispatch, two channels, several receivers, two
//! messages in flight a direction, configuration, reset, navigation, cache, background stop and wake, and
//! revocation.

use worldport_model::{
    Action, Background, ContextId, Csp, DocumentId, ExtensionId, ListenerId, ListenerTarget, Realm,
    RuntimeEvent, WorldId,
};

use super::large::LARGE;

/// A bounded machine: where it starts, which actions it has, how far it may go.
#[derive(Clone, Copy, Debug)]
pub struct Shape {
    /// Its name on the command line and in reports.
    pub name: &'static str,
    /// What it has much of.
    pub about: &'static str,
    /// What has happened before it starts.
    pub setup: &'static [Action],
    /// The actions it has, beside those of the scheduler.
    pub verbs: &'static [Verb],
    /// Runtime events that listeners come and go at.
    pub events: &'static [RuntimeEvent],
    /// Listeners that come and go at each of these events in each context.
    pub listeners: u32,
    /// Listeners that come and go at each port event.
    pub port_listeners: u32,
    /// Realms that scripts are injected into.
    pub realms: &'static [Realm],
    /// Extensions at once.
    pub extensions: usize,
    /// Documents at once, cached ones included.
    pub documents: usize,
    /// Extension pages at once.
    pub pages: usize,
    /// Channels at once.
    pub channels: usize,
    /// Messages in flight in one direction of a channel.
    pub messages: usize,
    /// Requests at once.
    pub requests: usize,
}

/// What a shape may allow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "named as the actions that they allow")]
pub enum Verb {
    Cache,
    Configure,
    /// Worlds are configured with a content security policy too.
    ConfigureCsp,
    Connect,
    /// Content scripts connect too.
    ConnectContentScript,
    Create,
    Destroy,
    Disconnect,
    Frame,
    Inject,
    Listen,
    ListenDisconnect,
    ListenMessage,
    /// Listeners come and go at the opener's port too.
    ListenOpener,
    Load,
    /// Extensions without a background are loaded too.
    LoadPages,
    Navigate,
    Page,
    Permission,
    Post,
    /// Ports that are open are released too, which is refused.
    ReleaseAny,
    Request,
    Reset,
    StartBackground,
    StopBackground,
    Throw,
    Unload,
}

impl Verb {
    /// Every verb.
    pub const ALL: &'static [Self] = &[
        Self::Cache,
        Self::Configure,
        Self::ConfigureCsp,
        Self::Connect,
        Self::ConnectContentScript,
        Self::Create,
        Self::Destroy,
        Self::Disconnect,
        Self::Frame,
        Self::Inject,
        Self::Listen,
        Self::ListenDisconnect,
        Self::ListenMessage,
        Self::ListenOpener,
        Self::Load,
        Self::LoadPages,
        Self::Navigate,
        Self::Page,
        Self::Permission,
        Self::Post,
        Self::ReleaseAny,
        Self::Request,
        Self::Reset,
        Self::StartBackground,
        Self::StopBackground,
        Self::Throw,
        Self::Unload,
    ];
}

const EXTENSION: ExtensionId = ExtensionId(0);
const BACKGROUND: ContextId = ContextId(0);
const DOCUMENT: DocumentId = DocumentId(0);
const DEFAULT_WORLD: Realm = Realm::UserScript(WorldId::Default);
const NAMED_WORLD: Realm = Realm::UserScript(WorldId::Named(0));
pub(super) const CONNECT: RuntimeEvent = RuntimeEvent::OnUserScriptConnect;

pub(super) const LOAD: Action = Action::LoadExtension { background: Background::Stopped };
pub(super) const START: Action = Action::StartBackground { extension: EXTENSION };
pub(super) const STARTED: Action = Action::BackgroundStarted { context: BACKGROUND };
pub(super) const MESSAGING: Action = Action::ConfigureWorld {
    context: BACKGROUND,
    world: WorldId::Default,
    messaging: Some(true),
    csp: Csp::Absent,
};
pub(super) const OPEN: Action = Action::CreateDocument { parent: None };
pub(super) const INJECT: Action =
    Action::Inject { extension: EXTENSION, document: DOCUMENT, realm: DEFAULT_WORLD };
pub(super) const LISTEN: Action = listen(BACKGROUND, CONNECT, 0);

const fn listen(context: ContextId, event: RuntimeEvent, listener: u32) -> Action {
    Action::AddListener {
        context,
        target: ListenerTarget::Runtime(event),
        listener: ListenerId(listener),
    }
}

/// Nothing allowed and nothing counted: what each shape says is what it has.
pub(super) const EMPTY: Shape = Shape {
    name: "",
    about: "",
    setup: &[],
    verbs: &[],
    events: &[],
    listeners: 0,
    port_listeners: 1,
    realms: &[DEFAULT_WORLD],
    extensions: 1,
    documents: 1,
    pages: 0,
    channels: 1,
    messages: 1,
    requests: 0,
};

/// A background that comes and goes; there is a larger one too.
pub(super) const STOPPED_AND_WOKEN: Shape = Shape {
    name: "background",
    about: "background stopped, started and woken, with messages held and a page beside it",
    setup: &[LOAD, START, STARTED, MESSAGING, OPEN, INJECT],
    verbs: &[
        Verb::Connect,
        Verb::Post,
        Verb::Disconnect,
        Verb::Listen,
        Verb::ListenMessage,
        Verb::Page,
        Verb::StartBackground,
        Verb::StopBackground,
        Verb::Destroy,
    ],
    events: &[CONNECT],
    listeners: 1,
    pages: 1,
    channels: 1,
    messages: 1,
    ..EMPTY
};

static SHAPES: [Shape; 12] = [
    Shape {
        name: "queues",
        about: "one channel, two messages in flight a direction, listeners on both ends",
        setup: &[LOAD, START, STARTED, MESSAGING, OPEN, INJECT, LISTEN],
        verbs: &[
            Verb::Connect,
            Verb::Post,
            Verb::Disconnect,
            Verb::ListenMessage,
            Verb::ListenOpener,
            Verb::ListenDisconnect,
            Verb::Destroy,
            Verb::ReleaseAny,
        ],
        messages: 2,
        ..EMPTY
    },
    Shape {
        name: "channels",
        about: "two channels of one world to the background",
        setup: &[LOAD, START, STARTED, MESSAGING, OPEN, INJECT, LISTEN],
        verbs: &[Verb::Connect, Verb::Post, Verb::Disconnect, Verb::ListenMessage],
        channels: 2,
        messages: 2,
        ..EMPTY
    },
    Shape {
        name: "listeners",
        about: "two listeners everywhere, changed during dispatch, throwing",
        setup: &[LOAD, START, STARTED, MESSAGING, OPEN, INJECT],
        verbs: &[
            Verb::Connect,
            Verb::Post,
            Verb::Disconnect,
            Verb::Listen,
            Verb::ListenMessage,
            Verb::ListenDisconnect,
            Verb::Throw,
        ],
        events: &[CONNECT],
        listeners: 2,
        port_listeners: 2,
        ..EMPTY
    },
    Shape {
        name: "fan-out",
        about: "one channel to background and extension page, messages both ways",
        setup: &[LOAD, START, STARTED, MESSAGING, OPEN, INJECT],
        verbs: &[
            Verb::Connect,
            Verb::Post,
            Verb::Disconnect,
            Verb::Listen,
            Verb::ListenMessage,
            Verb::ListenOpener,
            Verb::Page,
            Verb::StopBackground,
        ],
        events: &[CONNECT],
        listeners: 1,
        pages: 1,
        ..EMPTY
    },
    Shape {
        name: "receivers",
        about: "background and two extension pages, which listen, leave and die in any order",
        setup: &[LOAD, START, STARTED, MESSAGING, OPEN, INJECT],
        verbs: &[
            Verb::Connect,
            Verb::Post,
            Verb::Disconnect,
            Verb::Listen,
            Verb::Page,
            Verb::StopBackground,
        ],
        events: &[CONNECT],
        listeners: 1,
        pages: 2,
        ..EMPTY
    },
    Shape {
        name: "configuration",
        about: "two documents, the default world and a named one, configured and reset",
        setup: &[LOAD, START, STARTED, OPEN, OPEN, LISTEN],
        verbs: &[Verb::Connect, Verb::Configure, Verb::Reset, Verb::Inject],
        realms: &[DEFAULT_WORLD, NAMED_WORLD],
        documents: 2,
        ..EMPTY
    },
    Shape {
        name: "withdrawal",
        about: "messaging taken from living worlds with messages in flight",
        setup: &[LOAD, START, STARTED, OPEN, LISTEN],
        verbs: &[
            Verb::Connect,
            Verb::Post,
            Verb::Disconnect,
            Verb::ListenMessage,
            Verb::ListenOpener,
            Verb::Configure,
            Verb::Reset,
            Verb::Inject,
            Verb::Navigate,
        ],
        realms: &[DEFAULT_WORLD, NAMED_WORLD],
        ..EMPTY
    },
    Shape {
        name: "documents",
        about: "documents and frames created, navigated, cached, restored, destroyed",
        setup: &[LOAD, START, STARTED, MESSAGING, LISTEN],
        verbs: &[
            Verb::Connect,
            Verb::Post,
            Verb::Disconnect,
            Verb::ListenMessage,
            Verb::ListenOpener,
            Verb::Create,
            Verb::Destroy,
            Verb::Frame,
            Verb::Navigate,
            Verb::Cache,
            Verb::Inject,
        ],
        documents: 2,
        channels: 1,
        ..EMPTY
    },
    STOPPED_AND_WOKEN,
    Shape {
        name: "permission",
        about: "permission revoked and granted, a content script beside the user script",
        setup: &[LOAD, START, STARTED, MESSAGING, OPEN, INJECT],
        verbs: &[
            Verb::Connect,
            Verb::ConnectContentScript,
            Verb::Post,
            Verb::Disconnect,
            Verb::Listen,
            Verb::ListenMessage,
            Verb::Inject,
            Verb::Permission,
        ],
        events: &[CONNECT, RuntimeEvent::OnConnect],
        listeners: 1,
        realms: &[DEFAULT_WORLD, Realm::ContentScript],
        channels: 2,
        ..EMPTY
    },
    Shape {
        name: "extensions",
        about: "two extensions in one document, loaded and unloaded with channels open",
        setup: &[LOAD, START, STARTED, MESSAGING, OPEN, INJECT, LISTEN],
        verbs: &[
            Verb::Connect,
            Verb::Post,
            Verb::Disconnect,
            Verb::Listen,
            Verb::ListenMessage,
            Verb::Inject,
            Verb::Load,
            Verb::Unload,
            Verb::StartBackground,
            Verb::Destroy,
            Verb::Create,
        ],
        events: &[CONNECT, RuntimeEvent::OnConnect],
        listeners: 1,
        extensions: 2,
        ..EMPTY
    },
    Shape {
        name: "requests",
        about: "one-time messages to background and page, answered late, twice, never",
        setup: &[LOAD, START, STARTED, MESSAGING, OPEN, INJECT],
        verbs: &[
            Verb::Request,
            Verb::Listen,
            Verb::Throw,
            Verb::Page,
            Verb::StopBackground,
            Verb::Destroy,
        ],
        events: &[RuntimeEvent::OnUserScriptMessage],
        listeners: 2,
        pages: 1,
        requests: 1,
        ..EMPTY
    },
];

/// Nearly everything at once, far beyond what can be explored: what random walks choose from.
pub static WILD: Shape = Shape {
    name: "wild",
    about: "nearly everything, for random walks",
    setup: &[LOAD, START, STARTED, MESSAGING, OPEN, INJECT, LISTEN],
    verbs: Verb::ALL,
    events: &[
        CONNECT,
        RuntimeEvent::OnConnect,
        RuntimeEvent::OnMessage,
        RuntimeEvent::OnUserScriptMessage,
    ],
    listeners: 3,
    port_listeners: 3,
    realms: &[DEFAULT_WORLD, NAMED_WORLD, Realm::ContentScript],
    extensions: 2,
    documents: 5,
    pages: 3,
    channels: 8,
    messages: 4,
    requests: 4,
};

/// How much to explore.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bounds {
    /// Every shape but the largest: seconds.
    Small,
    /// Every shape: a minute or two.
    Default,
    /// Every shape, and larger ones: many minutes.
    Large,
}

/// The shapes of these bounds, in the order in which they are explored.
#[must_use]
pub fn shapes(bounds: Bounds) -> Vec<&'static Shape> {
    match bounds {
        Bounds::Small => SHAPES.iter().filter(|shape| !LARGEST.contains(&shape.name)).collect(),
        Bounds::Default => SHAPES.iter().collect(),
        Bounds::Large => SHAPES.iter().chain(&LARGE).collect(),
    }
}

/// The shapes that take long.
const LARGEST: [&str; 4] = ["configuration", "permission", "receivers", "requests"];

/// The shape of this name.
#[must_use]
pub fn by_name(name: &str) -> Option<&'static Shape> {
    SHAPES.iter().chain(&LARGE).find(|shape| shape.name == name)
}
