//! The rules: what can happen in a step, for each action of the model.
//!
//! A rule has parameters, conditions, and the events that happen, each with when exactly it does. Events
//! that a rule does not name do not happen in it. Where a rule leaves something open (which contexts of a
//! document end, whether the opener hears that nobody is left), it allows more steps than the machine
//! has; what is shown of all of them holds of the machine's.

use super::structure::Sort;

use Sort::{Context, Extension, Message, Port, World};

/// A rule.
#[derive(Clone, Copy, Debug)]
pub struct Rule {
    /// Its name.
    pub name: &'static str,
    /// What happens, in words.
    pub about: &'static str,
    /// The parameters.
    pub parameters: &'static [(&'static str, Sort)],
    /// What must be so.
    pub requires: &'static [&'static str],
    /// The events that happen: head, and when exactly.
    pub events: &'static [(&'static str, &'static str)],
    /// The events that may happen.
    pub may: &'static [&'static str],
}

const RULE: Rule =
    Rule { name: "", about: "", parameters: &[], requires: &[], events: &[], may: &[] };

/// What a new context is.
const NEW_CONTEXT: [&str; 2] = ["!started(C) & loaded(E)", "of'(C, x) <-> x = E"];

/// What a new opener's end is: its channel's event is decided by who opens `[S7]`.
const NEW_OPENER: [&str; 6] = [
    "alive(C) & granted(C)",
    "!made(O)",
    "owner'(O, x) <-> x = C",
    "!receiver'(p, O) | offers(p)",
    "us'(O) <-> script(C)",
    "of(C, e) -> loaded(e)",
];

/// To whom channels are offered: pages of the extension, never twice `[S7]`.
const OFFERING: [&str; 7] = [
    "offers(r) -> !made(r) & !opens(r)",
    "offers(r) & receiver'(r, o) & receiver'(r, p) -> o = p",
    "offers(r) & owner'(r, x) & owner'(r, y) -> x = y",
    "offers(r) & offers(s) & receiver'(r, o) & receiver'(s, o) & owner'(r, x) & owner'(s, x) -> r = s",
    "offers(r) & owner'(r, x) -> alive'(x) & page(x)",
    "offers(r) & receiver'(r, o) & owner'(r, x) & owner'(o, c) & of(x, e) & of(c, f) -> e = f",
    "offers(r) & receiver'(r, o) & owner'(r, x) & owner'(o, c) -> x != c",
];

/// What was held is on its way to each receiver, or dropped if there is none.
const RELEASING: [&str; 3] = [
    "offers(r) & receiver'(r, o) -> starts(o)",
    "receiver'(r, o) -> (queues(r, m) <-> offers(r) & held(o, m))",
    "queues(r, m) -> offers(r)",
];

const VOIDING: [&str; 2] = [
    "voids(m) & along(m, o) -> held(o, m) & (starts(o) | cancels(o))",
    "voids(m) & along(m, o) & receiver'(r, o) -> cancels(o)",
];

/// Every rule.
pub const RULES: &[Rule] = &[
    Rule {
        name: "load",
        about: "an extension is loaded",
        parameters: &[("E", Extension)],
        requires: &["!known(E)"],
        events: &[("loads(x)", "x = E")],
        ..RULE
    },
    Rule {
        name: "unload",
        about: "an extension is unloaded: its pages end, nobody waits, its scripts are told",
        parameters: &[("E", Extension)],
        requires: &["loaded(E)", VOIDING[0], VOIDING[1]],
        events: &[
            ("unloads(x)", "x = E"),
            ("dies(c)", "alive(c) & page(c) & of(c, E)"),
            ("cancels(o) if owner(o, c) & of(c, f)", "waiting(o) & f = E"),
            ("wipes(o) if owner(o, c) & of(c, f)", "opener(o) & open(o) & f = E"),
        ],
        may: &["falls", "notes", "settles", "voids"],
    },
    Rule {
        name: "configure",
        about: "a world is configured or reset: who loses messaging by it loses its channels",
        parameters: &[("E", Extension), ("W", World), ("C", Context)],
        requires: &[
            "loaded(E) & alive(C) & page(C) & of(C, E)",
            "!(on'(E, W) & off'(E, W))",
            "withdraws(x) -> alive(x) & script(x) & granted(x)",
            "cuts(o) & owner(o, x) & opener(o) -> withdraws(x)",
            "withdraws(x) & owner(o, x) & opener(o) -> cuts(o)",
            "receiver(r, o) -> (cuts(r) <-> cuts(o))",
            VOIDING[0],
        ],
        events: &[
            ("configures(x, v)", "x = E & v = W"),
            (
                "withdraws(x) if alive(x) & script(x) & granted(x) & of(x, f) & within(x, v)",
                "f = E & !effective'(f, v)",
            ),
            ("cancels(o)", "waiting(o) & cuts(o)"),
        ],
        may: &["cuts", "notes", "settles", "voids"],
    },
    Rule {
        name: "revoke",
        about: "the userScripts permission is revoked: listeners of user scripts are removed, their channels cut",
        parameters: &[("E", Extension)],
        requires: &["loaded(E)", "receiver(r, o) -> (cuts(r) <-> cuts(o))", VOIDING[0]],
        events: &[
            ("mutes(c)", "of(c, E)"),
            ("cuts(o) if opener(o) & owner(o, c) & of(c, f)", "us(o) & f = E"),
            ("cancels(o)", "waiting(o) & cuts(o)"),
        ],
        may: &["notes", "settles", "voids"],
    },
    Rule {
        name: "enter_page",
        about: "a background is started or woken, or an extension page opened",
        parameters: &[("C", Context), ("E", Extension)],
        requires: &[
            NEW_CONTEXT[0],
            NEW_CONTEXT[1],
            "page'(C) & !script'(C) & granted'(C) & !within'(C, w)",
        ],
        events: &[("enters(x)", "x = C")],
        ..RULE
    },
    Rule {
        name: "enter_content",
        about: "a content script is injected, and is the first of its document",
        parameters: &[("C", Context), ("E", Extension)],
        requires: &[
            NEW_CONTEXT[0],
            NEW_CONTEXT[1],
            "!page'(C) & !script'(C) & granted'(C) & !within'(C, w)",
        ],
        events: &[("enters(x)", "x = C")],
        ..RULE
    },
    Rule {
        name: "enter_world",
        about: "a user script is injected, and is the first of its world in its document",
        parameters: &[("C", Context), ("E", Extension), ("W", World)],
        requires: &[
            NEW_CONTEXT[0],
            NEW_CONTEXT[1],
            "!page'(C) & script'(C)",
            "within'(C, x) <-> x = W",
            "granted'(C) <-> effective(E, W)",
        ],
        events: &[("enters(x)", "x = C")],
        ..RULE
    },
    Rule {
        name: "listen",
        about: "a page adds or removes a listener of a runtime event",
        parameters: &[("C", Context)],
        requires: &["alive(C) & page(C)"],
        events: &[("listens(x)", "x = C")],
        ..RULE
    },
    Rule {
        name: "connect",
        about: "a context connects, and its channel is offered at once",
        parameters: &[("O", Port), ("C", Context)],
        requires: &[
            NEW_OPENER[0],
            NEW_OPENER[1],
            NEW_OPENER[2],
            NEW_OPENER[3],
            NEW_OPENER[4],
            NEW_OPENER[5],
            OFFERING[0],
            OFFERING[2],
            OFFERING[3],
            OFFERING[4],
            OFFERING[5],
            OFFERING[6],
            "offers(r) -> (receiver'(r, p) <-> p = O)",
        ],
        events: &[("opens(p)", "p = O")],
        may: &["offers", "settles", "notes"],
    },
    Rule {
        name: "connect_waiting",
        about: "a context connects while the background is starting",
        parameters: &[("O", Port), ("C", Context)],
        requires: &[
            NEW_OPENER[0],
            NEW_OPENER[1],
            NEW_OPENER[2],
            NEW_OPENER[3],
            NEW_OPENER[4],
            NEW_OPENER[5],
        ],
        events: &[("opens(p)", "p = O"), ("waits(p)", "p = O")],
        ..RULE
    },
    Rule {
        name: "connect_waking",
        about: "a context connects, and wakes the background by it",
        parameters: &[("O", Port), ("K", Context), ("C", Context), ("E", Extension)],
        requires: &[
            "alive(K) & granted(K) & of(K, E)",
            "!made(O)",
            "owner'(O, x) <-> x = K",
            "!receiver'(r, O)",
            "us'(O) <-> script(K)",
            NEW_CONTEXT[0],
            NEW_CONTEXT[1],
            "page'(C) & !script'(C) & granted'(C) & !within'(C, w)",
        ],
        events: &[("opens(p)", "p = O"), ("waits(p)", "p = O"), ("enters(x)", "x = C")],
        ..RULE
    },
    Rule {
        name: "background_started",
        about: "the background has started: what waits for it is offered",
        parameters: &[("E", Extension)],
        requires: &[
            "loaded(E)",
            OFFERING[0],
            OFFERING[1],
            OFFERING[2],
            OFFERING[3],
            OFFERING[4],
            OFFERING[5],
            OFFERING[6],
            RELEASING[0],
            RELEASING[1],
            RELEASING[2],
            VOIDING[0],
            VOIDING[1],
        ],
        events: &[("starts(o) if owner(o, c) & of(c, f)", "waiting(o) & f = E")],
        may: &["offers", "queues", "settles", "notes", "voids"],
    },
    Rule {
        name: "stop_background",
        about: "the background is stopped; what has waited for it to start is offered to the pages",
        parameters: &[("C", Context), ("E", Extension)],
        requires: &[
            "loaded(E) & alive(C) & page(C) & of(C, E)",
            OFFERING[0],
            OFFERING[1],
            OFFERING[2],
            OFFERING[3],
            OFFERING[4],
            OFFERING[5],
            OFFERING[6],
            RELEASING[0],
            RELEASING[1],
            RELEASING[2],
            VOIDING[0],
            VOIDING[1],
        ],
        events: &[
            ("dies(x)", "x = C"),
            ("starts(o) if owner(o, k) & of(k, f)", "waiting(o) & f = E"),
        ],
        may: &["falls", "offers", "queues", "settles", "notes", "voids"],
    },
    Rule {
        name: "contexts_end",
        about: "contexts end: a page is closed, documents are destroyed or navigated away from",
        requires: &["dies(c) -> alive(c)"],
        may: &["dies", "falls", "notes", "settles"],
        ..RULE
    },
    Rule {
        name: "pages_cached",
        about: "documents enter the back/forward cache: what their contexts have open is closed",
        requires: &["caches(o) -> opener(o) & open(o) & !news(o)"],
        may: &["caches", "notes", "settles"],
        ..RULE
    },
    Rule {
        name: "post_held",
        about: "the opener posts while its channel waits",
        parameters: &[("O", Port), ("C", Context), ("M", Message)],
        requires: &[
            "opener(O) & open(O) & !news(O) & waiting(O)",
            "owner(O, C) & alive(C) & granted(C)",
            "!posted(M)",
            "along'(M, x) <-> x = O",
            "!up'(M)",
        ],
        events: &[("posts(x)", "x = M"), ("holds(p, x)", "p = O & x = M")],
        ..RULE
    },
    Rule {
        name: "post_down",
        about: "the opener posts: to every receiver that can still be reached, or to nobody",
        parameters: &[("O", Port), ("C", Context), ("M", Message)],
        requires: &[
            "opener(O) & open(O)",
            "!waiting(O) | news(O)",
            "owner(O, C) & alive(C) & granted(C)",
            "!posted(M)",
            "along'(M, x) <-> x = O",
            "!up'(M)",
            "queues(r, x) -> x = M & live(r) & !opener(r)",
            "voids(x) -> x = M",
            "news(O) -> voids(M)",
            "voids(x) & receiver(r, O) -> news(O) | !live(r)",
        ],
        events: &[
            ("posts(x)", "x = M"),
            ("queues(r, x) if receiver(r, p)", "p = O & x = M & !news(O) & live(r)"),
        ],
        may: &["voids"],
    },
    Rule {
        name: "post_up",
        about: "a receiver posts: to the opener, if it can still be reached",
        parameters: &[("R", Port), ("O", Port), ("C", Context), ("M", Message)],
        requires: &[
            "receiver(R, O) & open(R)",
            "owner(R, C) & alive(C)",
            "!posted(M)",
            "along'(M, x) <-> x = O",
            "up'(M)",
        ],
        events: &[
            ("posts(x)", "x = M"),
            ("queues(p, x)", "p = O & x = M & !news(R) & live(O)"),
            ("loses(p, x)", "p = O & x = M & !(!news(R) & live(O))"),
        ],
        ..RULE
    },
    Rule {
        name: "disconnect",
        about: "a script disconnects its open port",
        parameters: &[("P", Port), ("C", Context)],
        requires: &["open(P) & owner(P, C) & alive(C)"],
        events: &[("shuts(q)", "q = P")],
        may: &["notes", "settles"],
    },
    Rule {
        name: "accept",
        about: "a connect event is dispatched to listeners of the channel's own event",
        parameters: &[("R", Port), ("O", Port), ("C", Context)],
        requires: &[
            "offered(R) & receiver(R, O) & owner(R, C) & alive(C)",
            "us(O) -> hears_us(C)",
            "!us(O) -> hears_oc(C)",
            "by_us(p) | by_oc(p) -> p = R",
            "us(O) -> by_us(R)",
            "!us(O) -> by_oc(R)",
        ],
        events: &[("accepts(p)", "p = R"), ("calls(x)", "x = C")],
        may: &["by_us", "by_oc"],
    },
    Rule {
        name: "decline",
        about: "a connect event is dispatched where nobody listens to it",
        parameters: &[("R", Port)],
        requires: &["offered(R) & !opener(R)"],
        events: &[("declines(p)", "p = R")],
        may: &["notes", "settles"],
    },
    Rule {
        name: "hand",
        about: "the first message on its way to an open port is handed to its listeners",
        parameters: &[("P", Port), ("M", Message), ("C", Context)],
        requires: &[
            "open(P) & owner(P, C) & alive(C)",
            "queued(P, M)",
            "queued(P, x) -> x = M | before(M, x)",
        ],
        events: &[("hands(q, x)", "q = P & x = M"), ("calls(x)", "x = C")],
        ..RULE
    },
    Rule {
        name: "pass_over",
        about: "the first message on its way to an open port is dropped: the port has no listener",
        parameters: &[("P", Port), ("M", Message)],
        requires: &["open(P)", "queued(P, M)", "queued(P, x) -> x = M | before(M, x)"],
        events: &[("loses(q, x)", "q = P & x = M")],
        ..RULE
    },
    Rule {
        name: "tell",
        about: "a port is told that its channel has closed, behind all messages",
        parameters: &[("P", Port), ("C", Context)],
        requires: &[
            "open(P) & news(P) & owner(P, C) & alive(C)",
            "!queued(P, x)",
            "calls(x) -> x = C",
        ],
        events: &[("tells(q)", "q = P")],
        may: &["calls"],
    },
    Rule {
        name: "next",
        about: "the next listener of a dispatch is called",
        parameters: &[("C", Context)],
        requires: &["alive(C)"],
        events: &[("calls(x)", "x = C")],
        ..RULE
    },
    Rule {
        name: "stay",
        about: "what the system does not look at: ports released, listeners of ports, one-time messages, documents without scripts",
        ..RULE
    },
];
