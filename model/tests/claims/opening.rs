//! Opening: who is offered a channel, and what waits meanwhile.

use worldport_model::*;

use crate::machine::*;

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
