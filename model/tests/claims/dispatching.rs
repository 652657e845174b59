//! Dispatch: which listeners are called, and in which order.

use worldport_model::*;

use crate::machine::*;

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
