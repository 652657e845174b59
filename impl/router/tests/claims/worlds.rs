//! Worlds: who gets messaging, and what happens when it is taken away.

use worldport::*;

use crate::stage::*;

#[test]
fn the_gate_is_decided_when_the_instance_starts() {
    // The default world's configuration, the named world's, and the gate of the named world's
    // instance where it inherits and where it does not.
    let cases = [
        (None, None, Gate::Absent, Gate::Absent),
        (Some(true), None, Gate::Granted, Gate::Absent),
        (Some(false), None, Gate::Absent, Gate::Absent),
        (None, Some(true), Gate::Granted, Gate::Granted),
        (Some(true), Some(false), Gate::Absent, Gate::Absent),
        (Some(false), Some(true), Gate::Granted, Gate::Granted),
    ];
    for (default, named, inherits, off) in cases {
        for (inheritance, gate) in [(Inheritance::Inherits, inherits), (Inheritance::Off, off)] {
            let mut stage = Stage::new(Rules { inheritance, ..Rules::STANDARD });
            let background = stage.background;
            stage.router.reset_world_configuration(background, &WorldId::DEFAULT).unwrap();
            for (world, config) in [(WorldId::DEFAULT, default), (world_id("w"), named)] {
                if let Some(on) = config {
                    stage.router.configure_world(background, world, messaging(on)).unwrap();
                }
            }
            let world = stage.inject(world_id("w"));
            assert_eq!(stage.router.gate(world), Some(gate), "{default:?} {named:?}");
        }
    }
}

#[test]
fn a_world_without_messaging_may_not_use_it() {
    let mut stage = Stage::new(Rules::STANDARD);
    let background = stage.background;
    stage.router.configure_world(background, WorldId::DEFAULT, messaging(false)).unwrap();
    let world = stage.world();
    // Turning messaging on reaches new instances only.
    stage.router.configure_world(background, WorldId::DEFAULT, messaging(true)).unwrap();
    let connect = Call::Connect { context: world, name: "".into() };
    let send = Call::SendMessage { context: world, message: 1 };
    for call in [connect, send] {
        assert_eq!(stage.refused(call), Refusal::MessagingAbsent(world));
    }
}

#[test]
fn an_omitted_member_follows_the_rule() {
    for (rule, kept) in [(OmittedMember::Default, false), (OmittedMember::KeepsOld, true)] {
        let mut stage = Stage::new(Rules { omitted_member: rule, ..Rules::STANDARD });
        let background = stage.background;
        let full = WorldChange { messaging: Some(true), csp: Some("a".into()) };
        stage.router.configure_world(background, world_id("w"), full).unwrap();
        let csp_only = WorldChange { messaging: None, csp: Some("b".into()) };
        stage.router.configure_world(background, world_id("w"), csp_only).unwrap();
        let configs: Vec<_> = stage.router.world_configurations(stage.extension).collect();
        let expected = WorldConfig { messaging: kept, csp: Some("b".into()) };
        assert_eq!(configs[1], (&world_id("w"), &expected), "{rule:?}");
        stage.router.configure_world(background, world_id("w"), messaging(true)).unwrap();
        let csp = stage.router.world_configurations(stage.extension).nth(1).unwrap().1.csp.clone();
        assert_eq!(csp.is_some(), kept);
    }
}

#[test]
fn messaging_withdrawn_at_once_closes_and_drops_everything() {
    let mut stage = Stage::new(Rules::STANDARD);
    let (world, background) = (stage.world(), stage.background);
    stage.listen(background);
    let (port, receivers) = stage.connected(world);
    let receiver = receivers[0].1;
    stage.router.post(world, port, 1).unwrap();
    stage.router.post(background, receiver, 2).unwrap();
    let offered = stage.connect(world);
    let request = stage.router.send_message(world, 3).unwrap();
    stage.router.configure_world(background, WorldId::DEFAULT, messaging(false)).unwrap();

    assert_eq!(stage.router.gate(world), Some(Gate::Withdrawn));
    let mut told = stage.run();
    told.sort_by_key(|told| format!("{told:?}"));
    let mut expected = vec![
        Told::Disconnect(background, receiver, None),
        Told::Disconnect(world, port, None),
        Told::Disconnect(world, offered, None),
        Told::Settled(world, request, RequestOutcome::Unanswered),
    ];
    expected.sort_by_key(|told| format!("{told:?}"));
    assert_eq!(told, expected);
    assert_eq!(stage.dropped(DropRule::MessagingWithdrawn), 2);
    let refusal = stage.refused(Call::Post { context: world, port, message: 1 });
    assert_eq!(refusal, Refusal::MessagingWithdrawn(world));
}

#[test]
fn a_withdrawn_world_may_still_tidy_up() {
    let mut stage = Stage::new(Rules::STANDARD);
    let (world, background) = (stage.world(), stage.background);
    let port = stage.connect(world);
    stage.router.reset_world_configuration(background, &WorldId::DEFAULT).unwrap();
    assert_eq!(stage.router.gate(world), Some(Gate::Withdrawn));
    stage.router.disconnect(world, port).unwrap();
    stage.router.release(world, port).unwrap();
    assert_eq!(stage.run(), []);
    // Messaging turned on again does not come back to this instance.
    stage.router.configure_world(background, WorldId::DEFAULT, messaging(true)).unwrap();
    assert_eq!(stage.router.gate(world), Some(Gate::Withdrawn));
}

#[test]
fn withdrawal_spares_worlds_that_still_have_messaging() {
    let mut stage = Stage::new(Rules::STANDARD);
    let background = stage.background;
    stage.router.configure_world(background, world_id("w"), messaging(true)).unwrap();
    let named = stage.inject(world_id("w"));
    let inheriting = stage.inject(world_id("heir"));
    stage.router.configure_world(background, WorldId::DEFAULT, messaging(false)).unwrap();
    assert_eq!(stage.router.gate(named), Some(Gate::Granted));
    assert_eq!(stage.router.gate(inheriting), Some(Gate::Withdrawn));
}

#[test]
fn withdrawal_never_leaves_the_instance_as_it_was() {
    let mut stage = Stage::new(Rules::FIREFOX);
    let (world, background) = (stage.world(), stage.background);
    stage.listen(background);
    let (port, receivers) = stage.connected(world);
    stage.router.reset_world_configuration(background, &WorldId::DEFAULT).unwrap();
    stage.world();
    stage.router.post(world, port, 1).unwrap();
    assert_eq!(stage.run(), [Told::Message(background, receivers[0].1, 1)]);
    stage.router.connect(world, "").unwrap();
}

#[test]
fn withdrawal_after_reset_or_injection_refuses_calls_and_spares_ports() {
    for by_reset in [true, false] {
        let mut stage = Stage::new(Rules::CHROMIUM);
        let (world, background) = (stage.world(), stage.background);
        stage.listen(background);
        let (port, receivers) = stage.connected(world);
        stage.router.configure_world(background, WorldId::DEFAULT, messaging(false)).unwrap();
        stage.router.post(world, port, 1).unwrap();
        assert_eq!(stage.run(), [Told::Message(background, receivers[0].1, 1)]);
        if by_reset {
            stage.router.reset_world_configuration(background, &WorldId::DEFAULT).unwrap();
        } else {
            assert_eq!(stage.world(), world, "no other instance starts");
            stage.router.post(world, port, 3).unwrap();
            assert!(stage.router.connect(world, "").is_ok());
            stage.run();
            let frame = DocumentSpec::in_frame_of(stage.document, content("https://example.com/f"));
            stage.document = stage.router.create_document(frame).unwrap();
            stage.world();
        }
        let connect = Call::Connect { context: world, name: "".into() };
        assert_eq!(stage.refused(connect), Refusal::MessagingWithdrawn(world));
        stage.router.post(background, receivers[0].1, 2).unwrap();
        assert_eq!(stage.run(), [Told::Message(world, port, 2)]);
    }
}

/// What refuses the calls of an instance by [`Withdrawal::AfterResetOrInjection`] is its tab's.
#[test]
fn withdrawal_by_injection_reaches_the_tab_and_by_a_policy_every_tab() {
    let mut stage = Stage::new(Rules::CHROMIUM);
    let (world, background, first) = (stage.world(), stage.background, stage.document);
    let set = |stage: &mut Stage, on, csp: Option<&str>| {
        let change = WorldChange { messaging: Some(on), csp: csp.map(Into::into) };
        stage.router.configure_world(background, WorldId::DEFAULT, change).unwrap();
    };
    let frame = DocumentSpec::in_frame_of(first, content("https://example.com/frame"));
    let frame = stage.router.create_document(frame).unwrap();
    let tab = DocumentSpec::in_tab(TabId(8), content("https://example.com/"));
    let tab = stage.router.create_document(tab).unwrap();
    stage.document = tab;
    let elsewhere = stage.world();
    let gates = |stage: &Stage| (stage.router.gate(world), stage.router.gate(elsewhere));
    let (granted, refused) = (Some(Gate::Granted), Some(Gate::CallsRefused));

    set(&mut stage, false, None);
    assert_eq!(gates(&stage), (granted, granted));
    stage.document = frame;
    stage.world();
    assert_eq!(gates(&stage), (refused, granted), "the frame is in the first tab");
    set(&mut stage, true, None);
    assert_eq!(gates(&stage), (refused, granted), "nothing comes back by itself");
    stage.document = first;
    stage.world();
    assert_eq!(gates(&stage), (refused, granted), "no instance starts");
    let frame = DocumentSpec::in_frame_of(first, content("https://example.com/frame"));
    stage.document = stage.router.create_document(frame).unwrap();
    stage.world();
    assert_eq!(gates(&stage), (granted, granted));
    set(&mut stage, false, Some("default-src 'self'"));
    assert_eq!(gates(&stage), (refused, refused), "a policy goes everywhere");
    set(&mut stage, true, None);
    assert_eq!(gates(&stage), (granted, granted), "the policy was kept");
    stage.router.reset_world_configuration(background, &WorldId::DEFAULT).unwrap();
    set(&mut stage, true, None);
    assert_eq!(gates(&stage), (refused, refused), "the policy went with the reset");
}

#[test]
fn calls_are_refused_to_the_world_that_was_reset_and_given_to_none_that_started_without() {
    let mut stage = Stage::new(Rules::CHROMIUM);
    let background = stage.background;
    let (one, other, mute) = (world_id("one"), world_id("other"), world_id("mute"));
    for (world, on) in [(&one, true), (&other, true), (&mute, false)] {
        stage.router.configure_world(background, world.clone(), messaging(on)).unwrap();
    }
    let worlds = [one, other, mute].map(|world| (stage.inject(world.clone()), world));
    let gates = |stage: &Stage| worlds.each_ref().map(|(world, _)| stage.router.gate(*world));
    let (absent, granted, refused) =
        (Some(Gate::Absent), Some(Gate::Granted), Some(Gate::CallsRefused));
    assert_eq!(gates(&stage), [granted, granted, absent]);
    stage.router.reset_world_configuration(background, &worlds[0].1).unwrap();
    assert_eq!(gates(&stage), [refused, granted, absent]);
    let change = WorldChange { messaging: Some(true), csp: Some("default-src 'self'".into()) };
    stage.router.configure_world(background, worlds[2].1.clone(), change).unwrap();
    assert_eq!(gates(&stage), [refused, granted, absent]);
}

#[test]
fn an_instance_is_found_again() {
    let mut stage = Stage::new(Rules::STANDARD);
    assert_eq!(stage.world(), stage.world());
    assert_ne!(stage.world(), stage.inject(world_id("w")));
    let script = Realm::ContentScript;
    let first = stage.router.inject(stage.extension, stage.document, script.clone()).unwrap();
    assert_eq!(stage.router.inject(stage.extension, stage.document, script), Ok(first));
}

#[test]
fn one_world_too_many_follows_the_rule() {
    for (name, rules) in profiles() {
        let limit = rules.worlds_per_document;
        let overflow = rules.world_overflow;
        let mut stage = Stage::new(rules);
        let document = stage.document;
        let realm = Realm::ContentScript;
        stage.router.inject(stage.extension, document, realm).unwrap();
        for number in 0..10 {
            stage.inject(world_id(&format!("w{number}")));
        }
        let call = Call::Inject {
            extension: stage.extension,
            document,
            realm: Realm::UserScript(world_id("w10")),
        };
        match (limit, overflow) {
            (Some(_), WorldOverflow::Refused) => {
                let refusal = stage.refused(call.clone());
                assert_eq!(refusal, Refusal::Limit(LimitKind::WorldsPerDocument), "{name}");
            }
            (Some(_), WorldOverflow::RunsInDefault) => {
                let world = stage.inject(world_id("w10"));
                assert_eq!(stage.router.sender(world).unwrap().world, Some(WorldId::DEFAULT));
                assert_eq!(stage.inject(world_id("w11")), world);
            }
            (None, _) => {
                stage.inject(world_id("w10"));
            }
        }
        // An instance that is there is found, however many there are.
        stage.inject(world_id("w3"));
    }
}

#[test]
fn too_many_configured_worlds_are_refused_but_known_ones_change() {
    let mut stage = Stage::new(Rules::STANDARD);
    let background = stage.background;
    for number in 0..99 {
        let world = world_id(&format!("w{number}"));
        stage.router.configure_world(background, world, messaging(true)).unwrap();
    }
    let call = |world| Call::ConfigureWorld {
        context: background,
        world: world_id(world),
        change: messaging(false),
    };
    let refusal = stage.refused(call("one too many"));
    assert_eq!(refusal, Refusal::Limit(LimitKind::ConfiguredWorlds));
    assert_eq!(stage.router.apply(call("w7")), Ok(Reply::Done));
}
