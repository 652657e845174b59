//! The vocabulary of the system, and what every step does to it.
//!
//! A rule says what *happens* in a step: which contexts end, which channels are cut, which message is
//! handed over. What that does to the state is the same whatever the rule, and stands here, once: one
//! line for each relation of the state. A relation that no event changes stays as it is, so there are no
//! frame conditions to forget.
//!
//! # What is abstracted, and how
//!
//! * Contexts, ports, messages and extensions are generations: an element that has ended is never used
//!   again. "A new one" is an element that was not there before.
//! * The opener's end of a channel stands for the channel, as long as anything of it is left.
//! * A document is what happens to its contexts: any set of contexts may end at once, and any set of open
//!   connections may be closed by the cache at once. So there are any number of documents, frames and
//!   navigations, and the order in which a step visits them does not matter.
//! * Listener sets are whether a context listens at all, to either connect event. Those of ports are not
//!   here: a message may be handed over or dropped for want of a listener.
//! * `granted` and `licensed` are two things on purpose: `granted` is the machine's own record, its gate;
//!   `licensed` is the ghost that watches the configuration. S1 speaks of the ghost.
//! * One-time messages are not here.

use super::parse::Definition;
use super::structure::{Relation, Sort, Span, Vocabulary};

use Sort::{Context, Extension, Message, Port, World};

const fn state(name: &'static str, sorts: &'static [Sort], about: &'static str) -> Relation {
    Relation { name, sorts, span: Span::State, about }
}

const fn event(name: &'static str, sorts: &'static [Sort], about: &'static str) -> Relation {
    Relation { name, sorts, span: Span::Step, about }
}

/// Every relation.
pub const RELATIONS: &[Relation] = &[
    state("known", &[Extension], "the extension is or was loaded"),
    state("loaded", &[Extension], "the extension is loaded"),
    state("on", &[Extension, World], "this world is configured with messaging"),
    state("off", &[Extension, World], "this world is configured without messaging"),
    state("started", &[Context], "the context is or was there"),
    state("alive", &[Context], "the context is there"),
    state("of", &[Context, Extension], "whose script the context runs"),
    state("page", &[Context], "it is a background or an extension page"),
    state("script", &[Context], "it is an instance of a USER_SCRIPT world"),
    state("within", &[Context, World], "of which world it is an instance"),
    state("granted", &[Context], "its gate is open, or was to its end"),
    state(
        "licensed",
        &[Context],
        "ghost: its configuration has granted it messaging ever since it started",
    ),
    state("hears_us", &[Context], "it has a listener for onUserScriptConnect"),
    state("hears_oc", &[Context], "it has a listener for onConnect"),
    state("made", &[Port], "the port is or was there"),
    state("opener", &[Port], "it is the end that called connect"),
    state("receiver", &[Port, Port], "the first is an end of the channel that the second opened"),
    state("owner", &[Port, Context], "the context that holds or held the port"),
    state("us", &[Port], "the channel that it opened is offered by onUserScriptConnect"),
    state("offered", &[Port], "its connect event has not been dispatched"),
    state("open", &[Port], "its script takes it for open"),
    state("shut", &[Port], "ghost: its script has disconnected it"),
    state("told", &[Port], "ghost: its script has been told that it is disconnected"),
    state("news", &[Port], "the news that the channel has closed is on its way to it"),
    state("waiting", &[Port], "the channel that it opened waits for the background"),
    state("left", &[Port], "its opener has left meanwhile"),
    state("held", &[Port, Message], "the message waits with the channel"),
    state("queued", &[Port, Message], "the message is on its way to the port"),
    state("posted", &[Message], "ghost: the message has been posted"),
    state("before", &[Message, Message], "ghost: the first was posted before the second"),
    state(
        "along",
        &[Message, Port],
        "ghost: the message was posted on the channel that the port opened",
    ),
    state("up", &[Message], "ghost: it was posted by a receiver, to the opener"),
    state("delivered", &[Port, Message], "ghost: it has been handed to the port's listeners"),
    state("dropped", &[Port, Message], "ghost: a named rule has dropped it on its way to the port"),
    state(
        "voided",
        &[Message],
        "ghost: a named rule has dropped it before there was a port to send it to",
    ),
    event("loads", &[Extension], "it is loaded"),
    event("unloads", &[Extension], "it is unloaded"),
    event("configures", &[Extension, World], "the configuration of the world changes"),
    event("withdraws", &[Context], "the machine closes its gate"),
    event("enters", &[Context], "it starts"),
    event("dies", &[Context], "it ends"),
    event("listens", &[Context], "its runtime listeners change"),
    event("mutes", &[Context], "its listeners for user scripts are removed"),
    event("opens", &[Port], "connect returns it"),
    event("waits", &[Port], "it is opened towards a background that is not running"),
    event("offers", &[Port], "it is made, and offered to its context"),
    event("starts", &[Port], "its channel need not wait any more, and is offered"),
    event("cancels", &[Port], "its channel need not wait any more, and is not offered"),
    event("accepts", &[Port], "its connect event is dispatched to a listener"),
    event("declines", &[Port], "its connect event is dispatched where nobody listens"),
    event("by_us", &[Port], "that listener is one of onUserScriptConnect"),
    event("by_oc", &[Port], "that listener is one of onConnect"),
    event("posts", &[Message], "it is posted"),
    event("holds", &[Port, Message], "it joins what waits with the channel"),
    event("queues", &[Port, Message], "it joins what is on its way to the port"),
    event("hands", &[Port, Message], "it is handed to the port's listeners"),
    event("loses", &[Port, Message], "a named rule drops this one message"),
    event("voids", &[Message], "a named rule drops it where there is no port to send it to"),
    event("tells", &[Port], "its script is told that it is disconnected"),
    event("shuts", &[Port], "its script disconnects it"),
    event("caches", &[Port], "it is closed because its page enters the cache"),
    event("cuts", &[Port], "its channel is cut: nothing in flight is delivered"),
    event("wipes", &[Port], "what is on its way to it is dropped, and it is left open"),
    event("settles", &[Port], "its opener is sent the news that no receiver is left"),
    event("notes", &[Port], "it is sent the news that the channel has closed"),
    event("falls", &[Port], "its context ends"),
    event("calls", &[Context], "a listener of it is called"),
];

/// The vocabulary.
#[must_use]
pub fn vocabulary() -> Vocabulary {
    Vocabulary::new(RELATIONS.to_vec())
}

/// The place of a relation, found while compiling.
///
/// # Panics
///
/// If there is no such relation.
#[must_use]
pub const fn place(name: &str) -> usize {
    let mut at = 0;
    while at < RELATIONS.len() {
        if same(RELATIONS[at].name.as_bytes(), name.as_bytes()) {
            return at;
        }
        at += 1;
    }
    panic!("no relation of this name")
}

const fn same(a: &[u8], b: &[u8]) -> bool {
    let mut at = 0;
    while at < a.len() && at < b.len() && a[at] == b[at] {
        at += 1;
    }
    a.len() == b.len() && at == a.len()
}

/// The place of a relation.
macro_rules! relation {
    ($name:literal) => {
        const { $crate::inductive::system::place($name) }
    };
}

pub(super) use relation;

/// The constant that is there in every formula.
pub const DEFAULT_WORLD: (&str, Sort) = ("default", World);

const fn definition(head: &'static str, body: &'static str, about: &'static str) -> Definition {
    Definition { head, body, about }
}

/// Names for formulas.
pub const DEFINITIONS: &[Definition] = &[
    definition(
        "effective(e, w)",
        "on(e, w) | !off(e, w) & on(e, default)",
        "an instance of the world that starts now may message",
    ),
    definition(
        "live(p)",
        "(open(p) | offered(p)) & !news(p)",
        "messages and the news can still reach the port",
    ),
    definition("closed(p)", "shut(p) | told(p)", "its script knows that it is closed"),
    definition(
        "leaves(p)",
        "shuts(p) | falls(p) & open(p) | caches(p)",
        "the port leaves its channel",
    ),
    definition(
        "drops(p, m)",
        "loses(p, m) | queued(p, m) & \
         (shuts(p) | falls(p) | cuts(p) | declines(p) | caches(p) | wipes(p))",
        "a named rule drops the message on its way to the port",
    ),
    definition(
        "gone(p)",
        "falls(p) | declines(p) | cuts(p) & offered(p)",
        "the port's record goes without a word to its script",
    ),
];

/// What a step does to the state: one line for each relation, in the order of [`RELATIONS`].
pub const UPDATES: &[&str] = &[
    "known'(e) <-> known(e) | loads(e)",
    "loaded'(e) <-> (loaded(e) | loads(e)) & !unloads(e)",
    "!configures(e, w) -> (on'(e, w) <-> on(e, w) & !unloads(e))",
    "!configures(e, w) -> (off'(e, w) <-> off(e, w) & !unloads(e))",
    "started'(c) <-> started(c) | enters(c)",
    "alive'(c) <-> (alive(c) | enters(c)) & !dies(c)",
    "!enters(c) -> (of'(c, e) <-> of(c, e))",
    "!enters(c) -> (page'(c) <-> page(c))",
    "!enters(c) -> (script'(c) <-> script(c))",
    "!enters(c) -> (within'(c, w) <-> within(c, w))",
    "!enters(c) -> (granted'(c) <-> granted(c) & !withdraws(c))",
    "!enters(c) & licensed'(c) -> licensed(c)",
    "!listens(c) -> (hears_us'(c) <-> hears_us(c) & !mutes(c) & !dies(c))",
    "!listens(c) -> (hears_oc'(c) <-> hears_oc(c) & !dies(c))",
    "made'(p) <-> made(p) | opens(p) | offers(p)",
    "opener'(p) <-> opener(p) | opens(p)",
    "!offers(p) -> (receiver'(p, o) <-> receiver(p, o))",
    "!offers(p) & !opens(p) -> (owner'(p, c) <-> owner(p, c))",
    "!opens(p) -> (us'(p) <-> us(p))",
    "offered'(p) <-> (offered(p) | offers(p)) & !accepts(p) & !gone(p)",
    "open'(p) <-> (open(p) | opens(p) | accepts(p)) & !shuts(p) & !tells(p) & !falls(p)",
    "shut'(p) <-> shut(p) | shuts(p)",
    "told'(p) <-> told(p) | tells(p)",
    "news'(p) <-> (news(p) | notes(p)) & !tells(p) & !shuts(p) & !gone(p)",
    "waiting'(p) <-> (waiting(p) | waits(p)) & !starts(p) & !cancels(p)",
    "left'(p) <-> (left(p) | waiting(p) & leaves(p)) & !starts(p) & !cancels(p)",
    "held'(p, m) <-> (held(p, m) | holds(p, m)) & !starts(p) & !cancels(p)",
    "queued'(p, m) <-> (queued(p, m) | queues(p, m)) & !hands(p, m) & !drops(p, m)",
    "posted'(m) <-> posted(m) | posts(m)",
    "before'(m, n) <-> before(m, n) | posted(m) & posts(n)",
    "!posts(m) -> (along'(m, p) <-> along(m, p))",
    "!posts(m) -> (up'(m) <-> up(m))",
    "delivered'(p, m) <-> delivered(p, m) | hands(p, m)",
    "dropped'(p, m) <-> dropped(p, m) | drops(p, m)",
    "voided'(m) <-> voided(m) | voids(m)",
];

/// What follows from what, whatever the rule.
pub const CAUSES: &[&str] = &[
    // The ghost of S1 watches the configuration, and the machine does not see it.
    "enters(c) & !script'(c) -> licensed'(c)",
    "enters(c) & script'(c) & of'(c, e) & within'(c, w) -> (licensed'(c) <-> effective'(e, w))",
    "licensed(c) & !script(c) -> licensed'(c)",
    "licensed(c) & !alive(c) -> licensed'(c)",
    "alive(c) & script(c) & of(c, e) & within(c, w) & licensed(c) -> \
     (licensed'(c) <-> effective'(e, w) | !loaded'(e))",
    // A port falls with its context [S4].
    "owner(p, c) -> (falls(p) <-> dies(c))",
    // Receivers are told when their opener leaves, and when their channel is cut.
    "receiver(r, o) -> (notes(r) <-> live(r) & (leaves(o) | cuts(o) & open(r)))",
    "offers(r) & receiver'(r, o) -> (notes(r) <-> left(o) | waiting(o) & leaves(o))",
    // The opener is told when its page is cached, its channel is cut, or no receiver is left.
    "opener'(o) -> (notes(o) <-> live(o) & (caches(o) | cuts(o)) | settles(o))",
    "settles(o) -> opener'(o) & (live(o) | opens(o)) & !waiting'(o)",
    "settles(o) & receiver'(r, o) -> !live'(r)",
    "notes(p) -> live(p) | opens(p) | offers(p)",
    // Only what is there can end, wait no more, or be dropped.
    "falls(p) -> made(p)",
    "starts(o) | cancels(o) -> waiting(o)",
    "queues(p, m) -> posted'(m)",
    "voids(m) -> posted'(m)",
];

/// What an empty machine looks like: nothing holds.
#[must_use]
pub fn initial() -> Vec<String> {
    let states = RELATIONS.iter().filter(|it| it.is_state());
    states
        .map(|it| match it.sorts {
            [_] => format!("!{}(x)", it.name),
            _ => format!("!{}(x, y)", it.name),
        })
        .collect()
}
