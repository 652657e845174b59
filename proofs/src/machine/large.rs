//! The shapes that only the large bounds have.

use super::shapes::{
    CONNECT, EMPTY, INJECT, LISTEN, LOAD, MESSAGING, OPEN, START, STARTED, STOPPED_AND_WOKEN,
    Shape, Verb,
};

/// Larger shapes, explored only on demand.
pub(super) static LARGE: [Shape; 8] = [
    Shape {
        name: "deep-queues",
        about: "one channel, five messages in flight a direction, listeners on both ends",
        setup: &[LOAD, START, STARTED, MESSAGING, OPEN, INJECT, LISTEN],
        verbs: &[
            Verb::Connect,
            Verb::Post,
            Verb::Disconnect,
            Verb::ListenMessage,
            Verb::ListenOpener,
        ],
        messages: 5,
        ..EMPTY
    },
    Shape {
        name: "many-documents",
        about: "three documents, frames and cached ones among them",
        setup: &[LOAD, START, STARTED, MESSAGING, LISTEN],
        verbs: &[
            Verb::Connect,
            Verb::Post,
            Verb::Disconnect,
            Verb::ListenMessage,
            Verb::Create,
            Verb::Destroy,
            Verb::Frame,
            Verb::Navigate,
            Verb::Cache,
            Verb::Inject,
        ],
        documents: 3,
        ..EMPTY
    },
    Shape {
        name: "deep-deaths",
        about: "one channel, five messages in flight a direction, and either side may die",
        setup: &[LOAD, START, STARTED, MESSAGING, OPEN, INJECT, LISTEN],
        verbs: &[
            Verb::Connect,
            Verb::Post,
            Verb::Disconnect,
            Verb::ListenMessage,
            Verb::ListenOpener,
            Verb::StopBackground,
            Verb::Destroy,
        ],
        messages: 5,
        ..EMPTY
    },
    Shape {
        name: "many-channels",
        about: "four channels of one world to the background",
        setup: &[LOAD, START, STARTED, MESSAGING, OPEN, INJECT, LISTEN],
        verbs: &[Verb::Connect, Verb::Post, Verb::Disconnect, Verb::ListenMessage],
        channels: 4,
        ..EMPTY
    },
    Shape {
        name: "many-listeners",
        about: "three listeners at two events, changed during dispatch, throwing",
        setup: &[LOAD, START, STARTED, MESSAGING, OPEN, INJECT],
        verbs: &[
            Verb::Connect,
            Verb::Post,
            Verb::Disconnect,
            Verb::Listen,
            Verb::ListenMessage,
            Verb::Throw,
        ],
        events: &[CONNECT],
        listeners: 3,
        port_listeners: 3,
        ..EMPTY
    },
    Shape {
        name: "many-receivers",
        about: "background and three extension pages, which listen, leave and die, two messages in flight",
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
        pages: 3,
        messages: 2,
        ..EMPTY
    },
    Shape {
        name: "many-wakings",
        about: "two channels held for a background that is stopped and woken, with a page beside it",
        channels: 2,
        ..STOPPED_AND_WOKEN
    },
    Shape {
        name: "waking",
        about: "two channels held for a background that is stopped and woken",
        setup: &[LOAD, START, STARTED, MESSAGING, OPEN, INJECT],
        verbs: &[
            Verb::Connect,
            Verb::Post,
            Verb::Disconnect,
            Verb::Listen,
            Verb::ListenMessage,
            Verb::StopBackground,
            Verb::Destroy,
        ],
        events: &[CONNECT],
        listeners: 1,
        channels: 2,
        ..EMPTY
    },
];
