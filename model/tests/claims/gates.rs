//! Gates: which worlds may message, and when that is taken away.

use worldport_model::*;

use crate::machine::*;

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
fn a_world_without_messaging_learns_of_no_port() {
    for profile in Profile::ALL {
        let mut machine = Machine::connected(profile);
        machine.configure(WorldId::Named(0), Some(false));
        let world = machine.inject(Realm::UserScript(WorldId::Named(0)));
        assert_eq!(machine.post(world, OPENER, 1), Err(Refusal::MessagingAbsent), "{profile:?}");
    }
}

#[test]
fn worlds_of_another_extension_keep_their_messaging() {
    for (profile, taken) in
        [(Profile::Standard, true), (Profile::Chromium, true), (Profile::Firefox, false)]
    {
        let mut machine = Machine::ready(profile);
        let (_, script) = machine.with_neighbour();
        machine
            .must(Action::ResetWorldConfiguration { context: BACKGROUND, world: WorldId::Default });
        let gates = [USER_SCRIPT, script].map(|world| machine.state.gate(world));
        assert_eq!(gates[0] != Some(Gate::Granted), taken, "{profile:?}");
        assert_eq!(gates[1], Some(Gate::Granted), "{profile:?}");
    }
}

#[test]
fn a_document_has_one_instance_of_a_realm() {
    for profile in Profile::ALL {
        let mut machine = Machine::ready(profile);
        machine.must(Action::CreateDocument { parent: None });
        let mut contexts = vec![USER_SCRIPT];
        for (document, realm) in [
            (DOCUMENT, Realm::ContentScript),
            (DocumentId(1), Realm::ContentScript),
            (DocumentId(1), DEFAULT),
            (DOCUMENT, Realm::UserScript(WorldId::Named(0))),
        ] {
            let inject = Action::Inject { extension: EXTENSION, document, realm };
            let effects = machine.must(inject);
            let [Effect::ContextEntered { context }] = *effects else { panic!("{effects:?}") };
            assert!(!contexts.contains(&context), "{profile:?}: {realm:?} in {document}");
            contexts.push(context);
            assert_eq!(machine.must(inject), effects, "{profile:?}: {realm:?} again");
        }
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
