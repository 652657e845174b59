//! One-time messages and their answers.

use worldport_model::*;

use crate::machine::*;

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
