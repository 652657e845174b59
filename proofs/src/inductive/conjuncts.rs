//! The conjuncts: what holds in every state, and what holds of every step.
//!
//! A conjunct of a state is kept by every rule; all of them together are the inductive invariant. A
//! conjunct of a step follows from the invariant and a rule. Each serves a row of the table of
//! invariants, or is an auxiliary with its reason.

/// What a conjunct is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// It is bookkeeping that others need, for this reason.
    Auxiliary(&'static str),
    /// It is part of what this row of the table says.
    Row(&'static str),
}

/// A conjunct.
#[derive(Clone, Copy, Debug)]
pub struct Conjunct {
    /// Its name.
    pub name: &'static str,
    /// What it is for.
    pub purpose: Purpose,
    /// Whether it speaks of a step.
    pub of_step: bool,
    /// The formula.
    pub text: &'static str,
}

const fn row(name: &'static str, row: &'static str, text: &'static str) -> Conjunct {
    Conjunct { name, purpose: Purpose::Row(row), of_step: false, text }
}

const fn step(name: &'static str, row: &'static str, text: &'static str) -> Conjunct {
    Conjunct { name, purpose: Purpose::Row(row), of_step: true, text }
}

const fn aux(name: &'static str, reason: &'static str, text: &'static str) -> Conjunct {
    Conjunct { name, purpose: Purpose::Auxiliary(reason), of_step: false, text }
}

/// Every conjunct.
pub const CONJUNCTS: &[Conjunct] = &[
    // S1. A licence means that the configuration grants messaging; the gate is never wider; what comes
    // from a world or goes to it, and what it opens, needs a licence.
    row(
        "licence_is_configured",
        "S1",
        "script(c) & alive(c) & licensed(c) & of(c, e) & loaded(e) & within(c, w) -> effective(e, w)",
    ),
    step(
        "opens_with_licence",
        "S1",
        "opens(o) & owner'(o, c) & of(c, e) & within(c, w) -> licensed(c)",
    ),
    step(
        "accepted_with_licence",
        "S1",
        "accepts(r) & receiver(r, o) & owner(o, c) & of(c, e) & within(c, w) -> licensed(c)",
    ),
    step(
        "handed_with_licence",
        "S1",
        "hands(p, m) & opener(p) & owner(p, c) & of(c, e) & within(c, w) -> licensed(c)",
    ),
    step(
        "sent_with_licence",
        "S1",
        "hands(r, m) & receiver(r, o) & owner(o, c) & of(c, e) & within(c, w) -> licensed(c)",
    ),
    aux(
        "gate_needs_licence",
        "the machine's gate is never wider than the configuration",
        "granted(c) & of(c, e) & within(c, w) -> licensed(c)",
    ),
    aux(
        "closed_gate_no_queue",
        "nothing is on its way to a world whose gate is closed",
        "queued(o, m) & opener(o) & owner(o, c) -> granted(c)",
    ),
    aux(
        "closed_gate_sends_nothing",
        "nothing is on its way from a world whose gate is closed",
        "queued(r, m) & receiver(r, o) & owner(o, c) -> granted(c)",
    ),
    aux(
        "closed_gate_offers_nothing",
        "no connection of a world whose gate is closed can be accepted",
        "offered(r) & receiver(r, o) & owner(o, c) -> granted(c)",
    ),
    aux(
        "closed_gate_no_live_opener",
        "nobody can post to a world whose gate is closed",
        "live(o) & opener(o) & owner(o, c) -> granted(c)",
    ),
    aux(
        "closed_gate_waits_for_nothing",
        "nothing that a world whose gate is closed has opened will be offered",
        "waiting(o) & owner(o, c) -> granted(c)",
    ),
    // S2.
    row("closed_once", "S2", "!(shut(p) & told(p))"),
    step("told_once", "S2", "tells(p) -> !closed(p)"),
    step("shut_once", "S2", "shuts(p) -> !closed(p)"),
    step(
        "shut_fires_nothing",
        "S2",
        "shuts(p) -> !tells(q) & !hands(q, m) & !accepts(q) & !calls(c)",
    ),
    // S3.
    step("nothing_after_disconnect", "S3", "hands(p, m) -> !closed(p)"),
    step("no_connect_after_disconnect", "S3", "accepts(p) -> !closed(p)"),
    row("closed_is_empty", "S3", "queued(p, m) -> !closed(p)"),
    row("closed_is_not_open", "S3", "closed(p) -> !open(p) & !offered(p)"),
    // S4.
    row("dead_ports_are_closed", "S4", "(open(p) | offered(p)) & owner(p, c) -> alive(c)"),
    row("nothing_goes_to_the_dead", "S4", "queued(p, m) & owner(p, c) -> alive(c)"),
    row("dead_openers_are_known", "S4", "live(r) & receiver(r, o) & owner(o, c) -> alive(c)"),
    step("dead_are_not_called", "S4", "calls(c) -> alive(c)"),
    step("dead_are_not_handed", "S4", "hands(p, m) & owner(p, c) -> alive(c)"),
    step("dead_are_not_told", "S4", "tells(p) & owner(p, c) -> alive(c)"),
    step("dead_are_not_offered", "S4", "accepts(p) & owner(p, c) -> alive(c)"),
    // S5.
    step("in_order_and_once", "S5", "hands(p, m) & delivered(p, n) -> before(n, m)"),
    step("not_after_drop", "S5", "hands(p, m) -> !dropped(p, m)"),
    step("up_goes_to_the_opener", "S5", "hands(p, m) & opener(p) -> along(m, p) & up(m)"),
    step("down_goes_to_receivers", "S5", "hands(r, m) & receiver(r, o) -> along(m, o) & !up(m)"),
    step(
        "no_gap_up",
        "S5",
        "hands(p, m) & opener(p) & along(n, p) & up(n) & before(n, m) -> delivered(p, n) | dropped(p, n)",
    ),
    step(
        "no_gap_down",
        "S5",
        "hands(r, m) & receiver(r, o) & along(n, o) & !up(n) & before(n, m) -> \
         delivered(r, n) | dropped(r, n) | voided(n)",
    ),
    step("nothing_vanishes", "S5", "queued(p, m) & !queued'(p, m) -> hands(p, m) | dropped'(p, m)"),
    step(
        "nothing_held_vanishes",
        "S5",
        "held(o, m) & !held'(o, m) & receiver'(r, o) -> queued'(r, m) | dropped'(r, m) | voided'(m)",
    ),
    row(
        "told_has_all_up",
        "S5",
        "told(p) & opener(p) & along(m, p) & up(m) -> delivered(p, m) | dropped(p, m)",
    ),
    row(
        "told_has_all_down",
        "S5",
        "told(r) & receiver(r, o) & along(m, o) & !up(m) -> delivered(r, m) | dropped(r, m) | voided(m)",
    ),
    // S7.
    step(
        "user_scripts_reach_their_event",
        "S7",
        "accepts(r) & receiver(r, o) & owner(o, c) & script(c) -> by_us(r)",
    ),
    step(
        "user_scripts_reach_listeners",
        "S7",
        "accepts(r) & receiver(r, o) & owner(o, c) & script(c) & owner(r, x) -> hears_us(x)",
    ),
    step(
        "others_do_not",
        "S7",
        "accepts(r) & receiver(r, o) & owner(o, c) & !script(c) -> by_oc(r)",
    ),
    row(
        "own_extension_only",
        "S7",
        "receiver(r, o) & owner(r, x) & of(x, e) & owner(o, c) & of(c, f) -> e = f",
    ),
    row("pages_only", "S7", "receiver(r, o) & owner(r, x) -> page(x)"),
    // Auxiliaries: what is new, and what is of what.
    aux("live_is_known", "contexts that have not started are new", "alive(c) -> started(c)"),
    aux(
        "facts_of_started",
        "what is not started has no facts yet",
        "of(c, e) | within(c, w) | page(c) | script(c) -> started(c)",
    ),
    aux("loaded_is_known", "extensions that are not known are new", "loaded(e) -> known(e)"),
    aux(
        "owners_are_known",
        "extensions that are not known have no contexts",
        "of(c, e) -> known(e)",
    ),
    aux("one_extension", "a context belongs to one extension", "of(c, e) & of(c, f) -> e = f"),
    aux(
        "one_world",
        "a context is an instance of one world",
        "within(c, v) & within(c, w) -> v = w",
    ),
    aux("worlds_are_scripts", "only instances of worlds have a world", "within(c, w) -> script(c)"),
    aux("pages_are_no_scripts", "no page is an instance of a world", "!(page(c) & script(c))"),
    aux(
        "configured_is_loaded",
        "an extension that is new has no configuration",
        "on(e, w) | off(e, w) -> loaded(e)",
    ),
    aux("opener_is_made", "ports that are not made are new", "opener(p) -> made(p)"),
    aux(
        "phase_of_made",
        "ports that are not made are in no phase",
        "open(p) | offered(p) | closed(p) | news(p) -> made(p)",
    ),
    aux(
        "owner_of_made",
        "a port that is not made has no owner",
        "owner(p, c) -> made(p) & started(c)",
    ),
    aux("one_owner", "a port has one owner", "owner(p, c) & owner(p, d) -> c = d"),
    aux(
        "receiver_of_made",
        "a channel has one opener and other receivers",
        "receiver(r, o) -> made(r) & opener(o) & !opener(r)",
    ),
    aux("one_channel", "a receiver is of one channel", "receiver(r, o) & receiver(r, p) -> o = p"),
    aux(
        "offered_are_receivers",
        "only receivers are offered",
        "offered(p) -> !opener(p) & !open(p)",
    ),
    aux(
        "news_is_read",
        "the news waits only where it can be told",
        "news(p) -> open(p) | offered(p)",
    ),
    aux("openers_wait", "only a channel waits", "waiting(o) -> opener(o)"),
    aux(
        "left_waits",
        "who left meanwhile matters only while the channel waits",
        "left(o) -> waiting(o)",
    ),
    aux("held_waits", "messages are held only while the channel waits", "held(o, m) -> waiting(o)"),
    aux(
        "waiting_alone",
        "a channel that waits has no receivers yet",
        "waiting(o) -> !receiver(r, o)",
    ),
    aux(
        "event_by_opener",
        "the event of a channel is decided by who opened it",
        "opener(o) & owner(o, c) -> (us(o) <-> script(c))",
    ),
    aux(
        "closing_reaches_opener",
        "a receiver hears that its channel has closed only if nobody can post to it any more",
        "receiver(r, o) & (news(r) | told(r)) -> !live(o)",
    ),
    aux(
        "flight_is_posted",
        "messages that are not posted are new",
        "queued(p, m) | held(p, m) | delivered(p, m) | dropped(p, m) | along(m, p) -> posted(m)",
    ),
    aux("void_is_posted", "messages that are not posted are new", "voided(m) | up(m) -> posted(m)"),
    aux(
        "order_of_posted",
        "only what is posted has an order",
        "before(m, n) -> posted(m) & posted(n)",
    ),
    aux("order_is_strict", "nothing is posted before itself", "!before(m, m)"),
    aux(
        "order_is_transitive",
        "what is posted before is before all that follows",
        "before(l, m) & before(m, n) -> before(l, n)",
    ),
    aux(
        "order_is_total",
        "of two messages one was posted before the other",
        "posted(m) & posted(n) -> m = n | before(m, n) | before(n, m)",
    ),
    aux("posted_once", "a message is posted on one channel", "along(m, o) & along(m, p) -> o = p"),
    aux(
        "held_is_down",
        "what is held was posted by the opener",
        "held(o, m) -> along(m, o) & !up(m)",
    ),
    aux(
        "flight_up",
        "what is on its way to an opener was posted by a receiver",
        "queued(p, m) & opener(p) -> along(m, p) & up(m)",
    ),
    aux(
        "flight_down",
        "what is on its way to a receiver was posted by its opener",
        "queued(r, m) & receiver(r, o) -> along(m, o) & !up(m)",
    ),
    aux(
        "flight_to_open",
        "messages are on their way only to ports that are open or offered",
        "queued(p, m) -> open(p) | offered(p)",
    ),
    aux(
        "in_flight_once",
        "what is on its way is neither delivered nor dropped",
        "queued(p, m) -> !delivered(p, m) & !dropped(p, m)",
    ),
    aux(
        "flight_behind",
        "what is on its way was posted after all that is delivered",
        "queued(p, m) & delivered(p, n) -> before(n, m)",
    ),
    aux(
        "all_up",
        "of what was posted to an open opener nothing is lost",
        "open(p) & opener(p) & along(m, p) & up(m) -> queued(p, m) | delivered(p, m) | dropped(p, m)",
    ),
    aux(
        "all_down",
        "of what was posted to an open receiver nothing is lost",
        "(open(r) | offered(r)) & receiver(r, o) & along(m, o) & !up(m) -> queued(r, m) | delivered(r, m) | dropped(r, m) | voided(m)",
    ),
    aux(
        "all_held",
        "of what was posted to a channel that waits nothing is lost",
        "waiting(o) & along(m, o) & !up(m) -> held(o, m) | voided(m)",
    ),
    aux(
        "receivers_have_an_opener",
        "a receiver can be reached only as long as its opener can",
        "receiver(r, o) & live(r) -> live(o)",
    ),
    aux(
        "waiting_opener",
        "whether the opener has left is known when the waiting is over",
        "waiting(o) -> (left(o) <-> !live(o))",
    ),
    aux("along_made", "a port that is not made has no messages", "along(m, o) -> opener(o)"),
    aux(
        "flight_to_made",
        "a port that is not made has no messages",
        "queued(p, m) | delivered(p, m) | dropped(p, m) -> made(p)",
    ),
];
