//! The machines that faults are sought in: each as small as what it has to show allows.
//!
//! They are a list of their own. [The named shapes](crate::machine::shapes) are there to be large; these are
//! there so that every fault can be judged to the end, by everything, in every run of the tests.

use std::sync::LazyLock;

use worldport_model::{
    Action, Background, ContextId, Csp, DocumentId, ExtensionId, ListenerId, ListenerTarget, Realm,
    RuntimeEvent, WorldId,
};

use crate::machine::{Shape, Verb, by_name};

const EXTENSION: ExtensionId = ExtensionId(0);
const BACKGROUND: ContextId = ContextId(0);
const DEFAULT_WORLD: Realm = Realm::UserScript(WorldId::Default);
const NAMED_WORLD: Realm = Realm::UserScript(WorldId::Named(0));
const CONNECT: RuntimeEvent = RuntimeEvent::OnUserScriptConnect;
const ASKED: RuntimeEvent = RuntimeEvent::OnUserScriptMessage;

const LOAD: Action = Action::LoadExtension { background: Background::Stopped };
const START: Action = Action::StartBackground { extension: EXTENSION };
const STARTED: Action = Action::BackgroundStarted { context: BACKGROUND };
const OPEN: Action = Action::CreateDocument { parent: None };
const PAGE: Action = Action::OpenPage { extension: EXTENSION };
const MESSAGING: Action = configure(WorldId::Default, true);
const INJECT: Action = inject(DEFAULT_WORLD);
const LISTEN: Action = listen(BACKGROUND, CONNECT);
const HEAR: Action = listen(BACKGROUND, ASKED);

const HEAR_OTHERS: Action = listen(BACKGROUND, RuntimeEvent::OnMessage);
/// The extension's page, which is there before what it hears of.
const PAGE_LISTENS: Action = listen(ContextId(2), CONNECT);
const PAGE_HEARS: Action = listen(ContextId(2), ASKED);
/// Another extension, with a page that listens to what its own user scripts open.
const OTHER: Action = Action::OpenPage { extension: ExtensionId(1) };
const LISTENS: Action = listen(ContextId(2), CONNECT);

const fn configure(world: WorldId, messaging: bool) -> Action {
    Action::ConfigureWorld {
        context: BACKGROUND,
        world,
        messaging: Some(messaging),
        csp: Csp::Absent,
    }
}

const fn inject(realm: Realm) -> Action {
    Action::Inject { extension: EXTENSION, document: DocumentId(0), realm }
}

const fn listen(context: ContextId, event: RuntimeEvent) -> Action {
    Action::AddListener { context, target: ListenerTarget::Runtime(event), listener: ListenerId(0) }
}

/// The machines, in the order of the pages that show them.
static SHAPES: LazyLock<Vec<Shape>> = LazyLock::new(all);

/// Every machine that faults are sought in.
#[must_use]
pub fn shapes() -> &'static [Shape] {
    &SHAPES
}

/// The machine of this name.
#[must_use]
pub fn shape(name: &str) -> Option<&'static Shape> {
    SHAPES.iter().find(|shape| shape.name == name)
}

fn all() -> Vec<Shape> {
    // Fields that a shape may get later are those of a shape that exists.
    let base = *by_name("queues").unwrap_or_else(|| panic!("the shape `queues` is gone"));
    let empty = Shape {
        setup: &[LOAD, START, STARTED, MESSAGING, OPEN, INJECT, LISTEN],
        verbs: &[],
        events: &[],
        listeners: 1,
        port_listeners: 1,
        realms: &[DEFAULT_WORLD],
        extensions: 1,
        documents: 1,
        pages: 0,
        channels: 1,
        messages: 1,
        requests: 0,
        ..base
    };
    vec![
        Shape {
            name: "pocket",
            about: "one channel, one message in flight: small enough to be toured",
            verbs: &[
                Verb::Connect,
                Verb::Post,
                Verb::Disconnect,
                Verb::ListenMessage,
                Verb::ListenOpener,
            ],
            ..empty
        },
        Shape {
            name: "line",
            about: "one channel, two messages in flight, both ends close",
            verbs: &[
                Verb::Connect,
                Verb::Post,
                Verb::Disconnect,
                Verb::ListenMessage,
                Verb::ListenOpener,
            ],
            messages: 2,
            ..empty
        },
        Shape {
            name: "ending",
            about: "one channel whose ends close, are let go of, and die",
            verbs: &[
                Verb::Connect,
                Verb::Post,
                Verb::Disconnect,
                Verb::ListenDisconnect,
                Verb::ListenMessage,
                Verb::Destroy,
                Verb::StopBackground,
                Verb::ReleaseAny,
            ],
            ..empty
        },
        Shape {
            name: "again",
            about: "openers that end while their receivers live, and others that connect after them",
            verbs: &[Verb::Connect, Verb::Create, Verb::Destroy, Verb::Inject],
            channels: 2,
            ..empty
        },
        Shape {
            name: "lines",
            about: "two channels of one world",
            verbs: &[Verb::Connect, Verb::Post, Verb::ListenMessage],
            channels: 2,
            ..empty
        },
        Shape {
            name: "callers",
            about: "two listeners at the connect event and at the port, changed during dispatch, throwing",
            setup: &[LOAD, START, STARTED, MESSAGING, OPEN, INJECT],
            verbs: &[Verb::Connect, Verb::Post, Verb::Listen, Verb::ListenMessage, Verb::Throw],
            events: &[CONNECT],
            listeners: 2,
            port_listeners: 2,
            ..empty
        },
        Shape {
            name: "hall",
            about: "a channel to a background and an extension page, which listen, leave and die",
            setup: &[LOAD, START, STARTED, MESSAGING, OPEN, INJECT, LISTEN, PAGE],
            verbs: &[
                Verb::Connect,
                Verb::Disconnect,
                Verb::Listen,
                Verb::Page,
                Verb::StopBackground,
            ],
            events: &[CONNECT],
            pages: 1,
            ..empty
        },
        Shape {
            name: "audience",
            about: "messages both ways between a world, a background and an extension page",
            setup: &[LOAD, START, STARTED, MESSAGING, OPEN, INJECT, LISTEN, PAGE, PAGE_LISTENS],
            verbs: &[Verb::Connect, Verb::Post, Verb::ListenMessage],
            pages: 1,
            ..empty
        },
        Shape {
            name: "gate",
            about: "one world, configured and reset while it messages",
            setup: &[LOAD, START, STARTED, OPEN, LISTEN],
            verbs: &[
                Verb::Connect,
                Verb::Post,
                Verb::ListenMessage,
                Verb::ListenOpener,
                Verb::Configure,
                Verb::Reset,
                Verb::Inject,
            ],
            ..empty
        },
        Shape {
            name: "worlds",
            about: "the default world and a named one, configured and reset",
            setup: &[LOAD, START, STARTED, OPEN, LISTEN],
            verbs: &[Verb::Connect, Verb::Configure, Verb::Reset, Verb::Inject],
            realms: &[DEFAULT_WORLD, NAMED_WORLD],
            ..empty
        },
        Shape {
            name: "tabs",
            about: "documents and frames created, navigated, cached, restored, destroyed",
            verbs: &[
                Verb::Connect,
                Verb::Create,
                Verb::Destroy,
                Verb::Frame,
                Verb::Navigate,
                Verb::Cache,
                Verb::Inject,
            ],
            documents: 2,
            ..empty
        },
        Shape {
            name: "cache",
            about: "a page that is cached and restored while messages are in flight and ends close",
            verbs: &[
                Verb::Connect,
                Verb::Post,
                Verb::Disconnect,
                Verb::ListenMessage,
                Verb::ListenOpener,
                Verb::Cache,
            ],
            documents: 2,
            ..empty
        },
        Shape {
            name: "cache-asking",
            about: "a page that is cached and restored while a one-time message of it is answered",
            setup: &[LOAD, START, STARTED, MESSAGING, OPEN, INJECT, HEAR],
            verbs: &[Verb::Request, Verb::Cache],
            documents: 2,
            requests: 1,
            ..empty
        },
        Shape {
            name: "held",
            about: "a channel that waits for a background while its world, page and extension lose it",
            setup: &[LOAD, START, STARTED, MESSAGING, OPEN, INJECT, PAGE],
            verbs: &[
                Verb::Connect,
                Verb::Post,
                Verb::StopBackground,
                Verb::Configure,
                Verb::Permission,
                Verb::Unload,
                Verb::Cache,
            ],
            documents: 2,
            ..empty
        },
        Shape {
            name: "held-asking",
            about: "a one-time message that waits for a background while all that may end it does",
            setup: &[LOAD, START, STARTED, MESSAGING, OPEN, INJECT, PAGE],
            verbs: &[
                Verb::Request,
                Verb::StopBackground,
                Verb::Configure,
                Verb::Permission,
                Verb::Unload,
                Verb::Cache,
            ],
            documents: 2,
            requests: 1,
            ..empty
        },
        Shape {
            name: "waking",
            about: "a background that is stopped, started and woken, with messages held for it",
            setup: &[LOAD, START, STARTED, MESSAGING, OPEN, INJECT],
            verbs: &[
                Verb::Connect,
                Verb::Post,
                Verb::Disconnect,
                Verb::Listen,
                Verb::ListenMessage,
                Verb::StartBackground,
                Verb::StopBackground,
            ],
            events: &[CONNECT],
            messages: 2,
            ..empty
        },
        Shape {
            name: "licence",
            about: "the permission revoked and granted, and both connect events listened to",
            setup: &[LOAD, START, STARTED, MESSAGING, OPEN, INJECT, LISTEN],
            verbs: &[
                Verb::Connect,
                Verb::Configure,
                Verb::Disconnect,
                Verb::Listen,
                Verb::Permission,
            ],
            events: &[CONNECT, RuntimeEvent::OnConnect],
            ..empty
        },
        Shape {
            name: "neighbours",
            about: "two extensions in one document, unloaded with channels open",
            setup: &[LOAD, START, STARTED, MESSAGING, OPEN, INJECT, LISTEN, LOAD, OTHER, LISTENS],
            verbs: &[Verb::Connect, Verb::Post, Verb::Unload, Verb::Destroy, Verb::Disconnect],
            extensions: 2,
            ..empty
        },
        Shape {
            name: "asking",
            about: "a one-time message to background and page, answered late, twice, never",
            setup: &[LOAD, START, STARTED, MESSAGING, OPEN, INJECT, HEAR, PAGE, PAGE_HEARS],
            verbs: &[Verb::Request, Verb::Throw, Verb::Page, Verb::StopBackground, Verb::Destroy],
            pages: 1,
            requests: 1,
            ..empty
        },
        Shape {
            name: "asking-both",
            about: "a one-time message to a background that listens to both events of messages",
            setup: &[LOAD, START, STARTED, MESSAGING, OPEN, INJECT, HEAR, HEAR_OTHERS],
            verbs: &[Verb::Request],
            requests: 1,
            ..empty
        },
        Shape {
            name: "answers",
            about: "two one-time messages to one background, while messaging and permission come and go",
            setup: &[LOAD, START, STARTED, MESSAGING, OPEN, INJECT, HEAR],
            verbs: &[Verb::Request, Verb::Configure, Verb::Permission],
            requests: 2,
            ..empty
        },
    ]
}
