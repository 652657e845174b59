//! Choices of shape: what objects of the API look like, and what worlds may pass to it.

use serde::Serialize;

/// Whose words the engine's own errors use, such as a call of something that is no function.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum EngineTexts {
    /// QuickJS's own.
    Own,
    /// Firefox's engine (e2, e6, q1, i13).
    SpiderMonkey,
    /// Chromium's engine (b1, c1).
    V8,
}

/// How a call without its permission fails (i13).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Unpermitted {
    /// Its promise is rejected.
    Rejected,
    /// The call throws.
    Thrown,
}

/// What becomes of a `sendResponse` with something that cannot be sent (m4).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum BadReply {
    /// It answers with a refusal: the sender is told that nobody received its message.
    Rejects,
    /// It throws, and nothing else happens: it may be called again.
    Throws,
    /// It throws a `TypeError`, and answers with a refusal of the same text.
    ThrowsAndRejects,
}

/// What `getWorldConfigurations` answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WorldListing {
    /// Every configuration with all its members, in the order of the first `configureWorld` (k1,
    /// k2, l1 in Firefox).
    All,
    /// Members that are set, and only configurations that differ from a world that was never
    /// configured, in the order of the names; the default world counts as `_default` (b3, k1, k2,
    /// l1 in Chromium).
    Set,
}

/// What scripts see of ports and events, and what a world may pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Shapes {
    /// Ports and events are made by constructors, and events have `dispatch` (n3, h4).
    pub classes: bool,
    /// What events of ports have besides functions (n3).
    pub port_event_flags: &'static [&'static str],
    /// Events of ports are made when they are first read, which fails on a dead port (d1, g5).
    pub late_events: bool,
    /// A world's `sendMessage` takes a message and a callback and nothing else; no world may name
    /// an extension, not even its own (n1, o1).
    pub narrow_worlds: bool,
    /// What the page made is refused by the page's realm, whose errors are none of the world's
    /// (m1).
    pub foreign_refusals: bool,
    /// What refusals call a window (m1).
    pub window: &'static str,
    /// What becomes of a reply that cannot be sent.
    pub bad_reply: BadReply,
    /// How a call without its permission fails.
    pub unpermitted: Unpermitted,
}

pub(super) const SHAPES: Shapes = Shapes {
    classes: false,
    port_event_flags: &[],
    late_events: false,
    narrow_worlds: false,
    foreign_refusals: false,
    window: "Window",
    bad_reply: BadReply::Throws,
    unpermitted: Unpermitted::Rejected,
};
