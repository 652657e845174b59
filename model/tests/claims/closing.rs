//! Closing: who leaves, who hears of it, and what arrives before.

use worldport_model::*;

use crate::machine::*;

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
        let posted = machine.post(BACKGROUND, receiver(BACKGROUND), 1).unwrap_or_default();
        let rule = if other.is_some() { DropRule::PeerGone } else { DropRule::Cached };
        let dropped = Effect::Dropped { port: OPENER, message: Message(1), rule };
        assert_eq!(posted, [dropped], "{profile:?}: what is posted to a cached page");
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
fn what_an_extension_loses_spares_others_and_its_permission_spares_content_scripts() {
    for profile in Profile::ALL {
        let mut machine = Machine::ready(profile);
        machine.listen(BACKGROUND, ListenerTarget::Runtime(RuntimeEvent::OnConnect), 0);
        machine.listen(BACKGROUND, ListenerTarget::Runtime(RuntimeEvent::OnMessage), 0);
        let content_script = machine.inject(Realm::ContentScript);
        let (background, script) = machine.with_neighbour();
        machine.listen(background, CONNECT, 0);
        machine.listen(background, ASKED, 0);
        for (context, receiver) in [(content_script, BACKGROUND), (script, background)] {
            let effects = machine.must(Action::Connect { context });
            let Some(Effect::Opened { port }) = effects.first() else { panic!("{effects:?}") };
            machine.deliver(receiver, PortId::Receiver(port.channel(), receiver));
            machine.must(Action::SendMessage { context, message: Message(1) });
        }
        let before = machine.state.clone();
        machine.must(Action::RevokePermission { extension: EXTENSION });
        assert_eq!(machine.state.channels, before.channels, "{profile:?}");
        assert_eq!(machine.state.requests, before.requests, "{profile:?}");
        machine.must(Action::UnloadExtension { extension: EXTENSION });
        let (channel, request) = (ChannelId(1), RequestId(1));
        assert_eq!(machine.state.channels[&channel], before.channels[&channel], "{profile:?}");
        assert_eq!(machine.state.requests[&request], before.requests[&request], "{profile:?}");
    }
}
