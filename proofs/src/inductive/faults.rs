//! Rules that are wrong on purpose: each must be found out, by the conjunct that it breaks.
//!
//! A fault is a text of a rule and what stands in its place: a condition that is left out, an event that
//! happens where it should not. Every rule has one that it is caught by, unless nothing can be wrong
//! with it that the system would see.

use super::induction::{Change, Counterexample, System, Verdict};

/// A fault.
#[derive(Clone, Copy, Debug)]
pub struct Fault {
    /// What is wrong, in words.
    pub name: &'static str,
    /// The rule that it is in.
    pub rule: &'static str,
    /// What is changed.
    pub change: Change,
    /// The conjuncts of which it must break one.
    pub breaks: &'static [&'static str],
}

const fn fault(
    name: &'static str,
    rule: &'static str,
    from: &'static str,
    to: &'static str,
    breaks: &'static [&'static str],
) -> Fault {
    Fault { name, rule, change: Change { from, to }, breaks }
}

/// Every fault.
pub const FAULTS: &[Fault] = &[
    fault(
        "loads an extension that has been there",
        "load",
        "!known(E)",
        "!loaded(E)",
        &["gate_needs_licence"],
    ),
    fault(
        "an unload goes on with the messages of its pages",
        "unload",
        "owner(p, c) -> (falls(p) <-> dies(c))",
        "!falls(p)",
        &["dead_ports_are_closed"],
    ),
    fault(
        "messaging is taken away from the configuration only",
        "configure",
        "alive(x) & script(x) & granted(x) & of(x, f) & within(x, v) -> \
         (withdraws(x) <-> f = E & !effective'(f, v))",
        "!withdraws(x)",
        &["gate_needs_licence"],
    ),
    fault(
        "a world that loses messaging keeps its channels",
        "configure",
        "withdraws(x) & owner(o, x) & opener(o) -> cuts(o)",
        "!cuts(o)",
        &["closed_gate_no_queue", "closed_gate_no_live_opener"],
    ),
    fault(
        "a channel that is cut delivers what is in flight to receivers",
        "configure",
        "receiver(r, o) -> (cuts(r) <-> cuts(o))",
        "receiver(r, o) -> !cuts(r)",
        &["closed_gate_sends_nothing", "closed_gate_offers_nothing"],
    ),
    fault(
        "a channel that is cut goes on waiting",
        "configure",
        "cancels(o) <-> waiting(o) & cuts(o)",
        "!cancels(o)",
        &["closed_gate_waits_for_nothing"],
    ),
    fault(
        "a revocation throws messages away without a word",
        "revoke",
        "queued'(p, m) <-> (queued(p, m) | queues(p, m)) & !hands(p, m) & !drops(p, m)",
        "queued'(p, m) <-> queued(p, m) & !us(p)",
        &["nothing_vanishes"],
    ),
    fault(
        "a context starts under an id that is taken",
        "enter_page",
        "!started(C) & loaded(E)",
        "loaded(E)",
        &["one_extension", "pages_are_no_scripts", "own_extension_only"],
    ),
    fault(
        "a content script starts in a context that is another extension's",
        "enter_content",
        "!started(C) & loaded(E)",
        "loaded(E)",
        &["pages_only", "own_extension_only"],
    ),
    fault(
        "a world starts with messaging, whatever its configuration",
        "enter_world",
        "granted'(C) <-> effective(E, W)",
        "granted'(C)",
        &["gate_needs_licence"],
    ),
    fault(
        "a world starts with messaging because the default world has it",
        "enter_world",
        "granted'(C) <-> effective(E, W)",
        "granted'(C) <-> on(E, W) | on(E, default)",
        &["gate_needs_licence"],
    ),
    fault(
        "a listener that comes is offered what its context has closed",
        "listen",
        "offered'(p) <-> (offered(p) | offers(p)) & !accepts(p) & !gone(p)",
        "offered'(p) <-> offered(p) | owner(p, C)",
        &["closed_is_not_open", "offered_are_receivers"],
    ),
    fault(
        "a world connects without messaging",
        "connect",
        "alive(C) & granted(C)",
        "alive(C)",
        &["opens_with_licence"],
    ),
    fault(
        "a channel is offered to pages of other extensions",
        "connect",
        "offers(r) & receiver'(r, o) & owner'(r, x) & owner'(o, c) & of(x, e) & of(c, f) -> e = f",
        "!offers(r) | made'(r)",
        &["own_extension_only"],
    ),
    fault(
        "the opener says by which event its channel is offered",
        "connect",
        "us'(O) <-> script(C)",
        "us'(O) | !us'(O)",
        &["event_by_opener"],
    ),
    fault(
        "a dead context connects while the background starts",
        "connect_waiting",
        "alive(C) & granted(C)",
        "started(C) & granted(C)",
        &["dead_ports_are_closed"],
    ),
    fault(
        "a world without messaging wakes the background",
        "connect_waking",
        "alive(K) & granted(K) & of(K, E)",
        "alive(K) & of(K, E)",
        &["opens_with_licence"],
    ),
    fault(
        "what was held is forgotten when the background has started",
        "background_started",
        "receiver'(r, o) -> (queues(r, m) <-> offers(r) & held(o, m))",
        "!queues(r, m)",
        &["nothing_held_vanishes"],
    ),
    fault(
        "what waits is offered to worlds",
        "background_started",
        "offers(r) & owner'(r, x) -> alive'(x) & page(x)",
        "offers(r) & owner'(r, x) -> alive'(x)",
        &["pages_only"],
    ),
    fault(
        "what waits is offered to the background that is stopped",
        "stop_background",
        "offers(r) & owner'(r, x) -> alive'(x) & page(x)",
        "offers(r) & owner'(r, x) -> alive(x) & page(x)",
        &["dead_ports_are_closed", "nothing_goes_to_the_dead"],
    ),
    fault(
        "the ports of a dead context stay open",
        "contexts_end",
        "owner(p, c) -> (falls(p) <-> dies(c))",
        "!falls(p)",
        &["dead_ports_are_closed"],
    ),
    fault(
        "receivers are not told that their opener has ended",
        "contexts_end",
        "receiver(r, o) -> (notes(r) <-> live(r) & (leaves(o) | cuts(o) & open(r)))",
        "!notes(p)",
        &["dead_openers_are_known"],
    ),
    fault(
        "a page in the cache goes on hearing",
        "pages_cached",
        "opener'(o) -> (notes(o) <-> live(o) & (caches(o) | cuts(o)) | settles(o))",
        "opener'(o) -> !notes(o)",
        &["closing_reaches_opener"],
    ),
    fault(
        "what waits is not kept in order",
        "post_held",
        "before'(m, n) <-> before(m, n) | posted(m) & posts(n)",
        "before'(m, n) <-> before(m, n)",
        &["order_is_total"],
    ),
    fault(
        "a message reaches receivers of other channels",
        "post_down",
        "receiver(r, p) -> (queues(r, x) <-> p = O & x = M & !news(O) & live(r))",
        "queues(r, x) -> live(r)",
        &["flight_down"],
    ),
    fault(
        "a message to an opener that has closed is lost without a word",
        "post_up",
        "loses(p, x) <-> p = O & x = M & !(!news(R) & live(O))",
        "!loses(p, x)",
        &["told_has_all_up"],
    ),
    fault(
        "a message to an opener is lost",
        "post_up",
        "queues(p, x) <-> p = O & x = M & !news(R) & live(O)",
        "!queues(p, x)",
        &["all_up"],
    ),
    fault(
        "a port delivers after disconnect",
        "disconnect",
        "open'(p) <-> (open(p) | opens(p) | accepts(p)) & !shuts(p) & !tells(p) & !falls(p)",
        "open'(p) <-> open(p)",
        &["closed_is_not_open"],
    ),
    fault(
        "a port is told of its own disconnect",
        "disconnect",
        "!tells(x)",
        "tells(x) <-> x = P",
        &["shut_fires_nothing", "closed_once"],
    ),
    fault(
        "a connection of a user script is offered by onConnect",
        "accept",
        "us(O) -> by_us(R)",
        "us(O) -> by_oc(R)",
        &["user_scripts_reach_their_event"],
    ),
    fault(
        "a dead context accepts",
        "accept",
        "offered(R) & receiver(R, O) & owner(R, C) & alive(C)",
        "receiver(R, O) & owner(R, C)",
        &["dead_are_not_called", "dead_are_not_offered"],
    ),
    fault(
        "who declines goes on hearing",
        "decline",
        "open'(p) <-> (open(p) | opens(p) | accepts(p)) & !shuts(p) & !tells(p) & !falls(p)",
        "open'(p) <-> open(p) | declines(p)",
        &["all_down", "receivers_have_an_opener"],
    ),
    fault(
        "messages overtake each other",
        "hand",
        "queued(P, x) -> x = M | before(M, x)",
        "open(P)",
        &["no_gap_up", "no_gap_down", "flight_behind"],
    ),
    fault(
        "a message is delivered twice",
        "hand",
        "queued'(p, m) <-> (queued(p, m) | queues(p, m)) & !hands(p, m) & !drops(p, m)",
        "queued'(p, m) <-> queued(p, m)",
        &["in_flight_once"],
    ),
    fault(
        "a message is made up",
        "hand",
        "queued(P, M)",
        "posted(M)",
        &["up_goes_to_the_opener", "down_goes_to_receivers", "in_order_and_once"],
    ),
    fault(
        "a message without a listener vanishes",
        "pass_over",
        "dropped'(p, m) <-> dropped(p, m) | drops(p, m)",
        "dropped'(p, m) <-> dropped(p, m)",
        &["nothing_vanishes"],
    ),
    fault(
        "a port is told again and again",
        "tell",
        "open'(p) <-> (open(p) | opens(p) | accepts(p)) & !shuts(p) & !tells(p) & !falls(p)",
        "open'(p) <-> open(p)",
        &["closed_is_not_open"],
    ),
    fault(
        "the news overtakes messages",
        "tell",
        "!queued(P, x)",
        "!queued(P, x) | queued(P, x)",
        &["closed_is_empty", "told_has_all_up", "told_has_all_down"],
    ),
    fault(
        "the listeners of the dead are called",
        "next",
        "alive(C)",
        "started(C)",
        &["dead_are_not_called"],
    ),
    fault(
        "what is not looked at opens gates",
        "stay",
        "!enters(c) -> (granted'(c) <-> granted(c) & !withdraws(c))",
        "granted(c) -> granted'(c)",
        &["gate_needs_licence"],
    ),
    fault(
        "the ghost of messaging does not see that the configuration changes",
        "configure",
        "alive(c) & script(c) & of(c, e) & within(c, w) & licensed(c) -> \
         (licensed'(c) <-> effective'(e, w) | !loaded'(e))",
        "licensed(c) -> licensed'(c)",
        &["licence_is_configured"],
    ),
    fault(
        "a port is disconnected again",
        "disconnect",
        "open(P) & owner(P, C) & alive(C)",
        "made(P) & owner(P, C) & alive(C)",
        &["shut_once"],
    ),
    fault(
        "a user script is offered to who does not listen to it",
        "accept",
        "us(O) -> hears_us(C)",
        "us(O) -> hears_us(C) | hears_oc(C)",
        &["user_scripts_reach_listeners"],
    ),
    fault(
        "a content script is offered by the event of user scripts",
        "accept",
        "!us(O) -> by_oc(R)",
        "!us(O) -> by_us(R)",
        &["others_do_not"],
    ),
    fault(
        "a message is handed to closed ports",
        "hand",
        "hands(q, x) <-> q = P & x = M",
        "hands(q, x) <-> x = M & (q = P | closed(q))",
        &["nothing_after_disconnect"],
    ),
    fault(
        "a message is handed to the dead",
        "hand",
        "hands(q, x) <-> q = P & x = M",
        "hands(q, x) <-> x = M & made(q)",
        &["dead_are_not_handed"],
    ),
    fault(
        "every port is told",
        "tell",
        "tells(q) <-> q = P",
        "tells(q) <-> made(q)",
        &["dead_are_not_told"],
    ),
    fault(
        "a port that knows is told",
        "tell",
        "open(P) & news(P) & owner(P, C) & alive(C)",
        "made(P) & owner(P, C) & alive(C)",
        &["told_once"],
    ),
];

/// The counterexamples to the faulty rule.
#[must_use]
pub fn counterexamples(system: &System, fault: &Fault) -> Vec<Counterexample> {
    let mut verdict = Verdict::default();
    system.decide_rule(&system.faulty(fault.rule, fault.change), false, &mut verdict);
    verdict.counterexamples
}
