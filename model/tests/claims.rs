//! What the model does in the situations that were recorded in browsers, as claims.
//!
//! Each test builds its situation by actions, takes one action, and looks at effects and state. A claim
//! that differs between profiles is a table with a row for each.

use worldport_model::{
    Action, Background, Completion, ContextId, Csp, Departure, DisconnectError, DocumentId,
    DropRule, Effect, EventSource, ExtensionId, Gate, Item, ListenerId, ListenerTarget, Message,
    Occurrence, Outcome, PortId, Profile, Realm, Refusal, RequestId, RuntimeEvent, State, WorldId,
    next,
};

const EXTENSION: ExtensionId = ExtensionId(0);
const BACKGROUND: ContextId = ContextId(0);
const DOCUMENT: DocumentId = DocumentId(0);
const USER_SCRIPT: ContextId = ContextId(1);
const OPENER: PortId = PortId::Opener(worldport_model::ChannelId(0));
const DEFAULT: Realm = Realm::UserScript(WorldId::Default);
const CONNECT: ListenerTarget = ListenerTarget::Runtime(RuntimeEvent::OnUserScriptConnect);
const ASKED: ListenerTarget = ListenerTarget::Runtime(RuntimeEvent::OnUserScriptMessage);

fn receiver(context: ContextId) -> PortId {
    PortId::Receiver(worldport_model::ChannelId(0), context)
}

/// A model in some profile, driven by actions.
struct Machine {
    profile: Profile,
    state: State,
}

impl Machine {
    fn new(profile: Profile) -> Self {
        Self { profile, state: State::default() }
    }

    fn act(&mut self, action: Action) -> Result<Vec<Effect>, Refusal> {
        let (state, effects) = next(self.profile.rules(), &self.state, &action)?;
        self.state = state;
        Ok(effects)
    }

    fn must(&mut self, action: Action) -> Vec<Effect> {
        self.act(action).unwrap_or_else(|refusal| panic!("{action:?} is refused: {refusal}"))
    }

    /// A running background that listens, and a user script with messaging in a document.
    fn ready(profile: Profile) -> Self {
        let mut machine = Self::new(profile);
        machine.must(Action::LoadExtension { background: Background::Stopped });
        machine.must(Action::StartBackground { extension: EXTENSION });
        machine.must(Action::BackgroundStarted { context: BACKGROUND });
        machine.configure(WorldId::Default, Some(true));
        machine.must(Action::CreateDocument { parent: None });
        machine.inject(DEFAULT);
        machine.listen(BACKGROUND, CONNECT, 0);
        machine
    }

    /// The same with a channel that the background has accepted.
    fn connected(profile: Profile) -> Self {
        let mut machine = Self::ready(profile);
        machine.must(Action::Connect { context: USER_SCRIPT });
        machine.deliver(BACKGROUND, receiver(BACKGROUND));
        machine
    }

    /// The same with an extension page that has accepted too.
    fn with_two_receivers(profile: Profile) -> (Self, ContextId) {
        let mut machine = Self::ready(profile);
        let page = ContextId(2);
        machine.must(Action::OpenPage { extension: EXTENSION });
        machine.listen(page, CONNECT, 0);
        machine.must(Action::Connect { context: USER_SCRIPT });
        machine.deliver(BACKGROUND, receiver(BACKGROUND));
        machine.deliver(page, receiver(page));
        (machine, page)
    }

    fn configure(&mut self, world: WorldId, messaging: Option<bool>) {
        let csp = Csp::Absent;
        self.must(Action::ConfigureWorld { context: BACKGROUND, world, messaging, csp });
    }

    fn inject(&mut self, realm: Realm) -> ContextId {
        let inject = Action::Inject { extension: EXTENSION, document: DOCUMENT, realm };
        match self.must(inject).as_slice() {
            [Effect::ContextEntered { context }] => *context,
            other => panic!("injection has these effects: {other:?}"),
        }
    }

    fn listen(&mut self, context: ContextId, target: ListenerTarget, listener: u32) {
        let listener = ListenerId(listener);
        self.must(Action::AddListener { context, target, listener });
    }

    fn post(
        &mut self,
        context: ContextId,
        port: PortId,
        message: u32,
    ) -> Result<Vec<Effect>, Refusal> {
        self.act(Action::Post { context, port, message: Message(message) })
    }

    fn dispatch(&mut self, context: ContextId, port: PortId) -> Result<Vec<Effect>, Refusal> {
        self.act(Action::Dispatch { context, source: EventSource::Port(port) })
    }

    /// Dispatches what is next at a port and lets every listener return.
    fn deliver(&mut self, context: ContextId, port: PortId) -> Vec<Effect> {
        let mut effects = self.dispatch(context, port).expect("something to dispatch");
        while self.state.contexts[&context].dispatch.is_some() {
            effects.extend(self.must(Action::Next { context, completion: Completion::Returned }));
        }
        effects
    }

    fn gate_of(&mut self, realm: Realm) -> Gate {
        let context = self.inject(realm);
        self.state.gate(context).expect("a world")
    }
}

fn told(effects: &[Effect]) -> Option<Option<DisconnectError>> {
    effects.iter().find_map(|effect| match effect {
        Effect::Disconnected { error, .. } => Some(*error),
        _ => None,
    })
}

fn called(effects: &[Effect]) -> Vec<ListenerId> {
    let listeners = effects.iter().filter_map(|effect| match effect {
        Effect::Called { listener, .. } => Some(*listener),
        _ => None,
    });
    listeners.collect()
}

#[test]
fn a_world_that_was_never_configured_cannot_connect() {
    // b1_never_configured, b2_messaging_false
    for profile in Profile::ALL {
        let mut machine = Machine::ready(profile);
        machine
            .must(Action::ResetWorldConfiguration { context: BACKGROUND, world: WorldId::Default });
        machine.must(Action::Navigate { document: DOCUMENT, departure: Departure::Destroyed });
        let world = machine.inject(DEFAULT);
        let refused = machine.act(Action::Connect { context: world });
        assert_eq!(refused, Err(Refusal::MessagingAbsent), "{profile:?}");
    }
}

#[test]
fn a_member_left_out_takes_its_default_or_keeps_its_value() {
    // b3_configure_without_messaging
    let rows = [
        (Profile::Standard, Gate::Absent),
        (Profile::Chromium, Gate::Granted),
        (Profile::Firefox, Gate::Absent),
    ];
    for (profile, gate) in rows {
        let mut machine = Machine::ready(profile);
        machine.configure(WorldId::Default, None);
        machine.must(Action::Navigate { document: DOCUMENT, departure: Departure::Destroyed });
        assert_eq!(machine.gate_of(DEFAULT), gate, "{profile:?}");
    }
}

#[test]
fn a_named_world_without_configuration_inherits_or_does_not() {
    // k2_default_true
    let rows = [
        (Profile::Standard, Gate::Granted),
        (Profile::Chromium, Gate::Absent),
        (Profile::Firefox, Gate::Granted),
    ];
    for (profile, gate) in rows {
        let mut machine = Machine::ready(profile);
        assert_eq!(machine.gate_of(Realm::UserScript(WorldId::Named(0))), gate, "{profile:?}");
        machine.configure(WorldId::Named(1), None);
        let own = machine.gate_of(Realm::UserScript(WorldId::Named(1)));
        assert_eq!(
            own,
            Gate::Absent,
            "{profile:?}: its own configuration says nothing of messaging"
        );
    }
}

#[test]
fn messaging_taken_away_closes_ports_at_once_or_not() {
    // c1_true_then_false
    let rows = [(Profile::Standard, true), (Profile::Chromium, false), (Profile::Firefox, false)];
    for (profile, at_once) in rows {
        let mut machine = Machine::connected(profile);
        machine.post(USER_SCRIPT, OPENER, 1).expect("an open port");
        machine.configure(WorldId::Default, Some(false));
        let posted = machine.post(USER_SCRIPT, OPENER, 2);
        let connected = machine.act(Action::Connect { context: USER_SCRIPT });
        if at_once {
            assert_eq!(posted, Err(Refusal::MessagingWithdrawn));
            assert_eq!(connected, Err(Refusal::MessagingWithdrawn));
            let effects = machine.deliver(BACKGROUND, receiver(BACKGROUND));
            assert_eq!(
                told(&effects),
                Some(None),
                "the message in flight is gone, the news is not"
            );
            let effects = machine.deliver(USER_SCRIPT, OPENER);
            assert_eq!(told(&effects), Some(None), "the world is told too");
        } else {
            assert_eq!((posted, connected.is_ok()), (Ok(vec![]), true), "{profile:?}");
        }
    }
}

/// Calls of a living world are judged by what was last sent to its tab (`c1_true_then_false`,
/// `c3_false_leaks_to_same_process`).
#[test]
fn what_refuses_the_calls_of_a_living_world() {
    let configure = |messaging, csp| Action::ConfigureWorld {
        context: BACKGROUND,
        world: WorldId::Default,
        messaging: Some(messaging),
        csp,
    };
    let inject = |document| Action::Inject { extension: EXTENSION, document, realm: DEFAULT };
    let off = configure(false, Csp::Absent);
    let reset = Action::ResetWorldConfiguration { context: BACKGROUND, world: WorldId::Default };
    let tab = [Action::CreateDocument { parent: None }, inject(DocumentId(1))];
    let frame = [Action::CreateDocument { parent: Some(DOCUMENT) }, inject(DocumentId(1))];
    let again = [Action::CreateDocument { parent: Some(DOCUMENT) }, inject(DocumentId(2))];
    let on = configure(true, Csp::Absent);
    let cases: [(&str, Vec<Action>, Gate); 11] = [
        ("set false", vec![off], Gate::Granted),
        ("and injected into again", vec![off, inject(DOCUMENT)], Gate::Granted),
        ("and started in another tab", [vec![off], tab.to_vec()].concat(), Gate::Granted),
        ("and started in the same tab", [vec![off], frame.to_vec()].concat(), Gate::CallsRefused),
        ("and set true again", [vec![off], frame.to_vec(), vec![on]].concat(), Gate::CallsRefused),
        (
            "and started there again",
            [vec![off], frame.to_vec(), vec![on], again.to_vec()].concat(),
            Gate::Granted,
        ),
        ("set false with a policy", vec![configure(false, Csp::Given)], Gate::CallsRefused),
        ("set false where a policy is", vec![configure(true, Csp::Given), off], Gate::CallsRefused),
        ("and set true, the policy kept", vec![configure(false, Csp::Given), on], Gate::Granted),
        ("reset, and the policy with it", vec![configure(true, Csp::Given), reset, on], {
            Gate::CallsRefused
        }),
        ("reset, and set true with a policy", vec![reset, configure(true, Csp::Given)], {
            Gate::Granted
        }),
    ];
    for (case, actions, expected) in cases {
        let mut machine = Machine::connected(Profile::Chromium);
        for action in actions {
            machine.must(action);
        }
        assert_eq!(machine.state.gate(USER_SCRIPT), Some(expected), "{case}");
        assert!(machine.post(USER_SCRIPT, OPENER, 0).is_ok(), "{case}: ports live on");
    }
}

#[test]
fn nobody_listening_closes_the_port_with_an_error() {
    // d1_no_listener
    for profile in Profile::ALL {
        let mut machine = Machine::ready(profile);
        let (context, target, listener) = (BACKGROUND, CONNECT, ListenerId(0));
        machine.must(Action::RemoveListener { context, target, listener });
        machine.must(Action::Connect { context: USER_SCRIPT });
        assert_eq!(
            machine.post(USER_SCRIPT, OPENER, 1),
            Ok(vec![]),
            "the opener does not know yet"
        );
        machine.deliver(BACKGROUND, receiver(BACKGROUND));
        let effects = machine.deliver(USER_SCRIPT, OPENER);
        assert_eq!(told(&effects), Some(Some(DisconnectError::NoReceiver)), "{profile:?}");
        assert_eq!(machine.post(USER_SCRIPT, OPENER, 2), Err(Refusal::Disconnected));
    }
}

/// Nobody accepts a channel that its opener has already left (`d3_no_listener_two_pages`).
#[test]
fn a_failed_connect_is_reported_on_the_closed_port_or_not() {
    for (profile, heard) in [
        (Profile::Standard, None),
        (Profile::Chromium, None),
        (Profile::Firefox, Some(Some(DisconnectError::NoReceiver))),
    ] {
        // Before anybody has answered, and when the news is on its way already.
        for answered in [false, true] {
            let mut machine = Machine::ready(profile);
            let (target, listener) = (CONNECT, ListenerId(0));
            machine.must(Action::RemoveListener { context: BACKGROUND, target, listener });
            machine.must(Action::Connect { context: USER_SCRIPT });
            machine.listen(USER_SCRIPT, ListenerTarget::OnDisconnect(OPENER), 1);
            if answered {
                machine.deliver(BACKGROUND, receiver(BACKGROUND));
            }
            machine.must(Action::Disconnect { context: USER_SCRIPT, port: OPENER });
            let posted = machine.post(USER_SCRIPT, OPENER, 0);
            assert_eq!(posted, Err(Refusal::Disconnected), "{profile:?}: it is closed");
            if !answered {
                machine.deliver(BACKGROUND, receiver(BACKGROUND));
            }
            let effects = machine.dispatch(USER_SCRIPT, OPENER);
            assert_eq!(effects.as_deref().ok().and_then(told), heard, "{profile:?}");
            let expected: Vec<ListenerId> = heard.iter().map(|_| ListenerId(1)).collect();
            assert_eq!(called(&effects.unwrap_or_default()), expected, "{profile:?}");
            if heard.is_some() {
                machine
                    .must(Action::Next { context: USER_SCRIPT, completion: Completion::Returned });
            }
            let again = machine.dispatch(USER_SCRIPT, OPENER);
            assert_eq!(again, Err(Refusal::NothingToDispatch), "{profile:?}: once");
            machine.must(Action::Release { context: USER_SCRIPT, port: OPENER });
        }
    }
}

/// One that is accepted after its opener has left has not failed, nor is it reported in a cached page.
#[test]
fn an_opener_that_has_left_hears_of_no_other_end() {
    let accept =
        Action::Dispatch { context: BACKGROUND, source: EventSource::Port(receiver(BACKGROUND)) };
    let cached = Action::Navigate { document: DOCUMENT, departure: Departure::Cached };
    let stop = Action::StopBackground { extension: EXTENSION };
    let back = Action::Restore { document: DOCUMENT, departure: Departure::Destroyed };
    for actions in [vec![accept, stop], vec![cached, stop, back], vec![stop, cached, back]] {
        let mut machine = Machine::ready(Profile::Firefox);
        machine.must(Action::Connect { context: USER_SCRIPT });
        machine.must(Action::Disconnect { context: USER_SCRIPT, port: OPENER });
        let early = machine.act(Action::Release { context: USER_SCRIPT, port: OPENER });
        assert_eq!(early, Err(Refusal::StillOpen), "it may still be told");
        for action in &actions {
            machine.must(*action);
        }
        let told = machine.dispatch(USER_SCRIPT, OPENER);
        assert_eq!(told, Err(Refusal::NothingToDispatch), "{actions:?}");
        machine.must(Action::Release { context: USER_SCRIPT, port: OPENER });
    }
}

#[test]
fn listeners_of_one_context_share_one_port_in_order_of_addition() {
    // e1_two_listeners, e2_added_twice
    for profile in Profile::ALL {
        let mut machine = Machine::ready(profile);
        machine.listen(BACKGROUND, CONNECT, 7);
        machine.listen(BACKGROUND, CONNECT, 0);
        machine.must(Action::Connect { context: USER_SCRIPT });
        let effects = machine.deliver(BACKGROUND, receiver(BACKGROUND));
        assert_eq!(called(&effects), [ListenerId(0), ListenerId(7)], "{profile:?}");
    }
}

#[test]
fn a_listener_that_throws_does_not_stop_the_others() {
    // e4_throwing_listener
    for profile in Profile::ALL {
        let mut machine = Machine::ready(profile);
        machine.listen(BACKGROUND, CONNECT, 1);
        machine.must(Action::Connect { context: USER_SCRIPT });
        machine.dispatch(BACKGROUND, receiver(BACKGROUND)).expect("an offer");
        let threw = Action::Next { context: BACKGROUND, completion: Completion::Threw };
        assert_eq!(called(&machine.must(threw)), [ListenerId(1)], "{profile:?}");
    }
}

#[test]
fn a_listener_removed_during_dispatch_is_skipped_or_still_called() {
    // e5_change_during_dispatch
    let rows = [(Profile::Standard, 0), (Profile::Chromium, 1), (Profile::Firefox, 0)];
    for (profile, calls) in rows {
        let mut machine = Machine::ready(profile);
        machine.listen(BACKGROUND, CONNECT, 1);
        machine.must(Action::Connect { context: USER_SCRIPT });
        machine.dispatch(BACKGROUND, receiver(BACKGROUND)).expect("an offer");
        let (context, target, listener) = (BACKGROUND, CONNECT, ListenerId(1));
        machine.must(Action::RemoveListener { context, target, listener });
        machine.listen(BACKGROUND, CONNECT, 2);
        let next = Action::Next { context, completion: Completion::Returned };
        let effects = machine.must(next);
        assert_eq!(called(&effects).len(), calls, "{profile:?}");
        assert!(
            !called(&effects).contains(&ListenerId(2)),
            "one that is added is for the next event"
        );
    }
}

#[test]
fn one_of_two_receivers_disconnects() {
    // f2_disconnect_one_then_other: whether the opener is told, and whether the other receiver is
    let rows = [
        (Profile::Standard, false, false),
        (Profile::Chromium, true, false),
        (Profile::Firefox, true, true),
    ];
    for (profile, opener_told, other_told) in rows {
        let (mut machine, page) = Machine::with_two_receivers(profile);
        machine.must(Action::Disconnect { context: BACKGROUND, port: receiver(BACKGROUND) });
        let early = machine.dispatch(page, receiver(page));
        assert_eq!(early, Err(Refusal::NothingToDispatch), "{profile:?}: not before the opener");
        assert_eq!(
            machine.dispatch(USER_SCRIPT, OPENER).is_ok(),
            opener_told,
            "{profile:?}: opener"
        );
        assert_eq!(
            machine.dispatch(page, receiver(page)).is_ok(),
            other_told,
            "{profile:?}: other"
        );
        let own = machine.dispatch(BACKGROUND, receiver(BACKGROUND));
        assert_eq!(
            own,
            Err(Refusal::NothingToDispatch),
            "{profile:?}: its own disconnect() is silent"
        );
    }
}

#[test]
fn one_of_two_receivers_dies() {
    // f4_page_closed
    let rows = [(Profile::Standard, false), (Profile::Chromium, false), (Profile::Firefox, true)];
    for (profile, everybody_told) in rows {
        let (mut machine, page) = Machine::with_two_receivers(profile);
        machine.must(Action::ClosePage { context: page });
        assert_eq!(machine.dispatch(USER_SCRIPT, OPENER).is_ok(), everybody_told, "{profile:?}");
        let other = machine.dispatch(BACKGROUND, receiver(BACKGROUND));
        assert_eq!(other.is_ok(), everybody_told, "{profile:?}");
    }
}

/// A receiver has closed the channel, and the others hear of it from the opener's end: not before that
/// hears of it, leaves, dies, or is in a page that cannot be told (`f11_post_in_listener_from_each`).
#[test]
fn the_other_receivers_hear_behind_what_the_opener_posts_until_it_hears() {
    let hears = Action::Dispatch { context: USER_SCRIPT, source: EventSource::Port(OPENER) };
    let leaves = Action::Disconnect { context: USER_SCRIPT, port: OPENER };
    let dies = Action::DestroyDocument { document: DOCUMENT };
    let cached = Action::Navigate { document: DOCUMENT, departure: Departure::Cached };
    for close in [hears, leaves, dies, cached] {
        let (mut machine, page) = Machine::with_two_receivers(Profile::Firefox);
        machine.must(Action::Disconnect { context: BACKGROUND, port: receiver(BACKGROUND) });
        machine.post(USER_SCRIPT, OPENER, 1).expect("the opener has not heard");
        let late = machine.post(page, receiver(page), 2).expect("nor has the page");
        let gone = |effect: &Effect| {
            matches!(effect, Effect::Dropped { rule: DropRule::PeerGone, port: OPENER, .. })
        };
        assert!(late.iter().any(gone), "the opener hears no more than the news: {late:?}");
        let inbox =
            |machine: &Machine| machine.state.end(receiver(page)).map(|it| it.inbox.clone());
        assert_eq!(inbox(&machine), Some([Item::Message(Message(1))].into()));
        machine.must(close);
        let behind = [Item::Message(Message(1)), Item::Disconnect(None)];
        assert_eq!(inbox(&machine), Some(behind.into()), "{close:?}");
    }
}

/// The page of the opener is in the cache already, so nobody waits for it.
#[test]
fn a_cached_opener_keeps_the_other_receivers_waiting_for_nothing() {
    let (mut machine, page) = Machine::with_two_receivers(Profile::Firefox);
    machine.must(Action::Navigate { document: DOCUMENT, departure: Departure::Cached });
    machine.must(Action::Disconnect { context: BACKGROUND, port: receiver(BACKGROUND) });
    assert_eq!(told(&machine.deliver(page, receiver(page))), Some(None));
}

/// What the opener posts while a channel is opening: kept until the last has answered, or on its way at
/// once (`j4_connects_in_one_go`, `d1_no_listener`).
#[test]
fn what_is_posted_while_opening_waits_for_every_answer_or_does_not() {
    let page = ContextId(2);
    let declined = |effects: Vec<Effect>| {
        effects.iter().find_map(|effect| match effect {
            Effect::Dropped { rule, .. } | Effect::DroppedHeld { rule, .. } => Some(*rule),
            _ => None,
        })
    };
    for (profile, held, dropped) in [
        (Profile::Standard, 0, DropRule::Declined),
        (Profile::Chromium, 0, DropRule::Declined),
        (Profile::Firefox, 1, DropRule::PeerGone),
    ] {
        let mut machine = Machine::ready(profile);
        machine.must(Action::OpenPage { extension: EXTENSION });
        machine.must(Action::Connect { context: USER_SCRIPT });
        machine.post(USER_SCRIPT, OPENER, 0).expect("an open port");
        let on_its_way = |machine: &Machine| {
            let inbox = |context| machine.state.end(receiver(context)).map(|end| end.inbox.len());
            (machine.state.channels[&OPENER.channel()].held.len(), inbox(BACKGROUND))
        };
        assert_eq!(on_its_way(&machine), (held, Some(1 - held)), "{profile:?}");
        machine.deliver(BACKGROUND, receiver(BACKGROUND));
        assert_eq!(on_its_way(&machine), (held, Some(1 - held)), "{profile:?}");
        machine.deliver(page, receiver(page));
        assert_eq!(on_its_way(&machine), (0, Some(1)), "{profile:?}");

        let mut machine = Machine::ready(profile);
        let (target, listener) = (CONNECT, ListenerId(0));
        machine.must(Action::RemoveListener { context: BACKGROUND, target, listener });
        machine.must(Action::Connect { context: USER_SCRIPT });
        machine.post(USER_SCRIPT, OPENER, 0).expect("an open port");
        let effects = machine.deliver(BACKGROUND, receiver(BACKGROUND));
        assert_eq!(declined(effects), Some(dropped), "{profile:?}");
    }
}

/// A context that ends before it has answered has only declined.
#[test]
fn a_context_that_ends_unanswered_takes_no_channel_with_it() {
    for profile in Profile::ALL {
        let mut machine = Machine::ready(profile);
        let page = ContextId(2);
        machine.must(Action::OpenPage { extension: EXTENSION });
        machine.must(Action::Connect { context: USER_SCRIPT });
        machine.post(USER_SCRIPT, OPENER, 0).expect("an open port");
        machine.deliver(BACKGROUND, receiver(BACKGROUND));
        machine.must(Action::ClosePage { context: page });
        let inbox = |port| machine.state.end(port).map(|end| end.inbox.len());
        assert_eq!((inbox(OPENER), inbox(receiver(BACKGROUND))), (Some(0), Some(1)), "{profile:?}");
    }
}

#[test]
fn a_message_without_listener_is_dropped_and_never_comes_back() {
    // g1_opener_posts_early
    for profile in Profile::ALL {
        let mut machine = Machine::connected(profile);
        machine.post(USER_SCRIPT, OPENER, 1).expect("an open port");
        let port = receiver(BACKGROUND);
        let dropped = Effect::Dropped { port, message: Message(1), rule: DropRule::NoListener };
        assert_eq!(machine.deliver(BACKGROUND, port), [dropped], "{profile:?}");
        machine.listen(BACKGROUND, ListenerTarget::OnMessage(port), 3);
        assert_eq!(machine.dispatch(BACKGROUND, port), Err(Refusal::NothingToDispatch));
    }
}

#[test]
fn what_was_posted_before_disconnect_arrives_before_the_news() {
    // h1_opener_post_then_disconnect
    for profile in Profile::ALL {
        let mut machine = Machine::connected(profile);
        let port = receiver(BACKGROUND);
        machine.listen(BACKGROUND, ListenerTarget::OnMessage(port), 3);
        machine.post(USER_SCRIPT, OPENER, 1).expect("an open port");
        machine.must(Action::Disconnect { context: USER_SCRIPT, port: OPENER });
        let message = Occurrence::Message { port, message: Message(1) };
        let call =
            Effect::Called { context: BACKGROUND, listener: ListenerId(3), occurrence: message };
        assert_eq!(machine.deliver(BACKGROUND, port), [call], "{profile:?}");
        assert_eq!(told(&machine.deliver(BACKGROUND, port)), Some(None), "{profile:?}");
    }
}

#[test]
fn both_disconnecting_at_once_hear_nothing() {
    // h7_both_disconnect_at_once
    for profile in Profile::ALL {
        let mut machine = Machine::connected(profile);
        let port = receiver(BACKGROUND);
        machine.must(Action::Disconnect { context: USER_SCRIPT, port: OPENER });
        machine.must(Action::Disconnect { context: BACKGROUND, port });
        assert_eq!(machine.dispatch(USER_SCRIPT, OPENER), Err(Refusal::NothingToDispatch));
        assert_eq!(machine.dispatch(BACKGROUND, port), Err(Refusal::NothingToDispatch));
        let again = machine.must(Action::Disconnect { context: BACKGROUND, port });
        assert_eq!(again, [], "{profile:?}: a second disconnect() passes silently");
    }
}

#[test]
fn a_page_that_enters_the_cache() {
    // i2_navigate_and_back: what the other side is told, and what becomes of the page's own port
    let rows = [
        (Profile::Standard, Some(None), Some(None)),
        (Profile::Chromium, Some(Some(DisconnectError::PageCached)), None),
        (Profile::Firefox, None, None),
    ];
    for (profile, other, page) in rows {
        let mut machine = Machine::connected(profile);
        machine.must(Action::Navigate { document: DOCUMENT, departure: Departure::Cached });
        let connect = machine.act(Action::Connect { context: USER_SCRIPT });
        assert_eq!(connect, Err(Refusal::Suspended), "no script runs in a cached page");
        let effects = machine.dispatch(BACKGROUND, receiver(BACKGROUND)).unwrap_or_default();
        assert_eq!(told(&effects), other, "{profile:?}: the other side");
        machine.must(Action::Restore { document: DOCUMENT, departure: Departure::Destroyed });
        let effects = machine.dispatch(USER_SCRIPT, OPENER).unwrap_or_default();
        assert_eq!(told(&effects), page, "{profile:?}: the page");
    }
}

#[test]
fn an_unloaded_extension_leaves_its_worlds_told_or_destroyed() {
    // i6_extension_reload
    let rows = [(Profile::Standard, true), (Profile::Chromium, true), (Profile::Firefox, false)];
    for (profile, told_first) in rows {
        let mut machine = Machine::connected(profile);
        machine.must(Action::UnloadExtension { extension: EXTENSION });
        let connect = machine.act(Action::Connect { context: USER_SCRIPT });
        if told_first {
            assert_eq!(connect, Err(Refusal::ContextInvalidated), "{profile:?}");
            assert_eq!(told(&machine.deliver(USER_SCRIPT, OPENER)), Some(None), "{profile:?}");
        } else {
            assert_eq!(connect, Err(Refusal::NoSuchContext), "{profile:?}");
        }
    }
}

#[test]
fn a_revoked_permission_removes_listeners_and_closes_channels_or_not() {
    // i13_permission_revoked: whether listeners stay, whether the open channel does
    let rows = [
        (Profile::Standard, false, false),
        (Profile::Chromium, true, true),
        (Profile::Firefox, false, true),
    ];
    for (profile, listeners_stay, channels_stay) in rows {
        let mut machine = Machine::connected(profile);
        machine.must(Action::RevokePermission { extension: EXTENSION });
        let has = machine.state.has_listener(BACKGROUND, CONNECT, ListenerId(0));
        assert_eq!(has, listeners_stay, "{profile:?}");
        let told = machine.dispatch(USER_SCRIPT, OPENER).is_ok();
        assert_eq!(!told, channels_stay, "{profile:?}");
        machine.must(Action::GrantPermission { extension: EXTENSION });
        let has = machine.state.has_listener(BACKGROUND, CONNECT, ListenerId(0));
        assert_eq!(has, listeners_stay, "{profile:?}: granting brings no listener back");
    }
}

#[test]
fn a_stopped_background_is_woken_and_gets_everything() {
    // r1_stopped_with_open_port, r2_stopped_then_connect
    for profile in Profile::ALL {
        let mut machine = Machine::connected(profile);
        machine.must(Action::StopBackground { extension: EXTENSION });
        assert_eq!(told(&machine.deliver(USER_SCRIPT, OPENER)), Some(None), "{profile:?}");
        assert_eq!(
            machine.post(USER_SCRIPT, OPENER, 1),
            Err(Refusal::Disconnected),
            "it wakes nobody"
        );
        machine.must(Action::Release { context: USER_SCRIPT, port: OPENER });
        let effects = machine.must(Action::Connect { context: USER_SCRIPT });
        let context = BACKGROUND;
        assert!(effects.contains(&Effect::Woke { extension: EXTENSION, context }), "{profile:?}");
        machine.post(USER_SCRIPT, OPENER, 1).expect("an open port");
        machine.must(Action::Disconnect { context: USER_SCRIPT, port: OPENER });
        machine.listen(context, CONNECT, 0);
        machine.must(Action::BackgroundStarted { context });
        assert_eq!(called(&machine.deliver(context, receiver(context))), [ListenerId(0)]);
        machine.listen(context, ListenerTarget::OnMessage(receiver(context)), 1);
        assert_eq!(called(&machine.deliver(context, receiver(context))), [ListenerId(1)]);
        assert_eq!(told(&machine.deliver(context, receiver(context))), Some(None), "{profile:?}");
    }
}

#[test]
fn a_listener_added_after_the_start_is_too_late() {
    // r6_listener_added_late
    for profile in Profile::ALL {
        let mut machine = Machine::ready(profile);
        machine.must(Action::StopBackground { extension: EXTENSION });
        machine.must(Action::Connect { context: USER_SCRIPT });
        machine.must(Action::BackgroundStarted { context: BACKGROUND });
        machine.deliver(BACKGROUND, receiver(BACKGROUND));
        machine.listen(BACKGROUND, CONNECT, 0);
        let effects = machine.deliver(USER_SCRIPT, OPENER);
        assert_eq!(told(&effects), Some(Some(DisconnectError::NoReceiver)), "{profile:?}");
    }
}

#[test]
fn a_silent_listener_resolves_undefined_or_never_settles() {
    // o1_sendMessage_reply
    let rows = [
        (Profile::Standard, Some(Outcome::Undefined)),
        (Profile::Chromium, None),
        (Profile::Firefox, Some(Outcome::Undefined)),
    ];
    for (profile, settled) in rows {
        let mut machine = Machine::ready(profile);
        let request = RequestId(0);
        machine.listen(BACKGROUND, ASKED, 4);
        machine.must(Action::SendMessage { context: USER_SCRIPT, message: Message(9) });
        let source = EventSource::Request(request);
        let effects = machine.must(Action::Dispatch { context: BACKGROUND, source });
        assert_eq!(called(&effects), [ListenerId(4)]);
        machine.must(Action::Next { context: BACKGROUND, completion: Completion::Returned });
        let source = EventSource::Reply(request);
        let effects =
            machine.act(Action::Dispatch { context: USER_SCRIPT, source }).unwrap_or_default();
        let outcome = effects.iter().find_map(|effect| match effect {
            Effect::Settled { outcome, .. } => Some(*outcome),
            _ => None,
        });
        assert_eq!(outcome, settled, "{profile:?}");
    }
}

#[test]
fn the_first_answer_counts() {
    // o1_sendMessage_reply
    for profile in Profile::ALL {
        let mut machine = Machine::ready(profile);
        let (request, page) = (RequestId(0), ContextId(2));
        machine.must(Action::OpenPage { extension: EXTENSION });
        machine.listen(BACKGROUND, ASKED, 0);
        machine.listen(page, ASKED, 0);
        machine.must(Action::SendMessage { context: USER_SCRIPT, message: Message(9) });
        for context in [BACKGROUND, page] {
            let source = EventSource::Request(request);
            machine.must(Action::Dispatch { context, source });
            machine.must(Action::Respond { context, request, message: Message(context.0) });
        }
        let source = EventSource::Reply(request);
        let effects = machine.must(Action::Dispatch { context: USER_SCRIPT, source });
        let outcome = Outcome::Reply(Message(BACKGROUND.0));
        assert_eq!(
            effects,
            [Effect::Settled { context: USER_SCRIPT, request, outcome }],
            "{profile:?}"
        );
    }
}

#[test]
fn another_contexts_port_is_refused() {
    for profile in Profile::ALL {
        let mut machine = Machine::connected(profile);
        assert_eq!(machine.post(BACKGROUND, OPENER, 1), Err(Refusal::ForeignPort));
        let port = receiver(BACKGROUND);
        let before = machine.state.clone();
        let stolen = machine.act(Action::Disconnect { context: USER_SCRIPT, port });
        assert_eq!((stolen, machine.state), (Err(Refusal::ForeignPort), before), "{profile:?}");
    }
}
