//! Channels: offers, messages, closing, in every order that matters.

use crate::stage::*;
use worldport::*;

#[test]
fn what_is_posted_early_is_delivered_after_the_connect_event() {
    for (name, rules) in profiles() {
        let mut stage = Stage::new(rules);
        let (world, background) = (stage.world(), stage.background);
        stage.listen(background);
        let port = stage.connect(world);
        for message in [1, 2, 3] {
            stage.router.post(world, port, message).unwrap();
        }
        let told = stage.run();
        let Told::Connect(_, receiver) = told[0] else { panic!("{name}: {told:?}") };
        let messages = [1, 2, 3].map(|m| Told::Message(background, receiver, m));
        assert_eq!(told[1..], messages, "{name}");
    }
}

#[test]
fn a_receiver_answers_to_the_opener_only() {
    let mut stage = Stage::new(Rules::STANDARD);
    let (world, page, background) = (stage.world(), stage.page(), stage.background);
    stage.listen(background);
    stage.listen(page);
    let (port, receivers) = stage.connected(world);
    assert_eq!(receivers.len(), 2);
    let (context, receiver) = receivers[0];
    stage.router.post(context, receiver, 9).unwrap();
    assert_eq!(stage.run(), [Told::Message(world, port, 9)]);
}

#[test]
fn the_opener_reaches_every_receiver() {
    let mut stage = Stage::new(Rules::STANDARD);
    let (world, page, background) = (stage.world(), stage.page(), stage.background);
    stage.listen(background);
    stage.listen(page);
    let (port, receivers) = stage.connected(world);
    stage.router.post(world, port, 5).unwrap();
    let expected: Vec<Told> =
        receivers.iter().map(|&(context, port)| Told::Message(context, port, 5)).collect();
    assert_eq!(stage.run(), expected);
}

#[test]
fn nobody_listening_closes_the_port_with_an_error() {
    for (name, rules) in profiles() {
        let mut stage = Stage::new(rules);
        let (world, background) = (stage.world(), stage.background);
        let port = stage.connect(world);
        stage.router.post(world, port, 1).unwrap();
        let told = stage.run();
        let last = Told::Disconnect(world, port, Some(PortError::NoReceiver));
        assert_eq!(told, [Told::Declined(background), last], "{name}");
        assert_eq!(stage.router.port_phase(world, port), Some(EndPhase::Closed));
        assert_eq!(stage.router.dropped().total(), 1);
    }
}

#[test]
fn drops_are_counted_by_rule_and_together() {
    let (mut stage, world, port, receiver) = Stage::with_channel(Limits::DEFAULT);
    stage.router.post(world, port, 1).unwrap();
    stage.router.post(world, port, 2).unwrap();
    stage.router.disconnect(stage.background, receiver).unwrap();
    stage.router.post(world, port, 3).unwrap();
    let dropped = stage.router.dropped();
    assert_eq!((dropped.of(DropRule::ClosedHere), dropped.of(DropRule::PeerGone)), (2, 1));
    assert_eq!(dropped.total(), 3);
}

#[test]
fn a_failed_connect_is_reported_on_the_closed_port_where_the_rule_says_so() {
    for (rule, reported) in
        [(FailedConnect::ReportedOnClosedPort, true), (FailedConnect::Silent, false)]
    {
        // A background that declines, one that accepts, and none.
        for (there, listens) in [(true, false), (true, true), (false, false)] {
            let mut stage = Stage::new(Rules { failed_connect: rule, ..Rules::STANDARD });
            let (world, background) = (stage.world(), stage.background);
            if listens {
                stage.listen(background);
            }
            let port = stage.connect(world);
            stage.router.post(world, port, 1).unwrap();
            stage.router.disconnect(world, port).unwrap();
            stage.router.disconnect(world, port).unwrap();
            let refusal = stage.refused(Call::Post { context: world, port, message: 2 });
            assert_eq!(refusal, Refusal::Disconnected(port));
            if !there {
                stage.router.stop_background(stage.extension).unwrap();
            }
            let told = stage.run();
            let error = Told::Disconnect(world, port, Some(PortError::NoReceiver));
            let times = told.iter().filter(|&it| *it == error).count();
            assert_eq!(times, usize::from(reported && !listens), "{rule:?}: {told:?}");
            stage.router.release(world, port).unwrap();
        }
    }
}

#[test]
fn nobody_there_closes_the_port_with_an_error() {
    let mut stage = Stage::new(Rules::STANDARD);
    let extension = stage.router.load_extension(spec("b@example", false)).unwrap();
    let page = stage.router.open_page(extension, PageSpec::new("p")).unwrap();
    let port = stage.connect(page);
    assert_eq!(stage.run(), [Told::Disconnect(page, port, Some(PortError::NoReceiver))]);
}

#[test]
fn disconnect_reaches_only_the_other_end() {
    for (name, rules) in profiles() {
        let mut stage = Stage::new(rules);
        let (world, background) = (stage.world(), stage.background);
        stage.listen(background);
        let (port, receivers) = stage.connected(world);
        let receiver = receivers[0].1;
        stage.router.disconnect(world, port).unwrap();
        stage.router.disconnect(world, port).unwrap();
        let expected = [Told::Disconnect(background, receiver, None)];
        assert_eq!(stage.run(), expected, "{name}");

        let (port, receivers) = stage.connected(world);
        stage.router.disconnect(background, receivers[0].1).unwrap();
        assert_eq!(stage.run(), [Told::Disconnect(world, port, None)], "{name}");
    }
}

#[test]
fn messages_before_the_disconnect_are_delivered() {
    for (name, rules) in profiles() {
        let mut stage = Stage::new(rules);
        let (world, background) = (stage.world(), stage.background);
        stage.listen(background);
        let port = stage.connect(world);
        stage.router.post(world, port, 1).unwrap();
        stage.router.disconnect(world, port).unwrap();
        let told = stage.run();
        let Told::Connect(_, receiver) = told[0] else { panic!("{name}: {told:?}") };
        let expected =
            [Told::Message(background, receiver, 1), Told::Disconnect(background, receiver, None)];
        assert_eq!(told[1..], expected, "{name}");
    }
}

#[test]
fn after_its_own_disconnect_an_end_hears_nothing() {
    let mut stage = Stage::new(Rules::STANDARD);
    let (world, background) = (stage.world(), stage.background);
    stage.listen(background);
    let (port, receivers) = stage.connected(world);
    let receiver = receivers[0].1;
    stage.router.post(background, receiver, 1).unwrap();
    stage.router.disconnect(background, receiver).unwrap();
    // Both crossed: the message and the other side's disconnect wait when this side closes.
    stage.router.disconnect(world, port).unwrap();
    assert_eq!(stage.run(), []);
    assert_eq!(stage.dropped(DropRule::ClosedHere), 1);
}

#[test]
fn posting_on_a_closed_port_is_refused_and_before_it_hears_is_not() {
    let mut stage = Stage::new(Rules::STANDARD);
    let (world, background) = (stage.world(), stage.background);
    stage.listen(background);
    let (port, receivers) = stage.connected(world);
    stage.router.disconnect(background, receivers[0].1).unwrap();
    stage.router.post(world, port, 1).unwrap();
    assert_eq!(stage.dropped(DropRule::PeerGone), 1);
    stage.run();
    let refusal = stage.refused(Call::Post { context: world, port, message: 1 });
    assert_eq!(refusal, Refusal::Disconnected(port));
    assert_eq!(refusal.to_string(), format!("{port} is disconnected"));
}

#[test]
fn one_of_several_receivers_disconnecting_follows_the_rule() {
    // What the opener and the other receiver are told, and whether the other still gets a message.
    let cases = [
        (ReceiverDisconnect::Leaves, vec![], true),
        (ReceiverDisconnect::ClosesOthersUntold, vec!["opener"], false),
        (ReceiverDisconnect::ClosesOthersTold, vec!["opener", "message", "other"], false),
    ];
    for (rule, told, reaches) in cases {
        let mut stage = Stage::new(Rules { receiver_disconnect: rule, ..Rules::STANDARD });
        let (world, page, background) = (stage.world(), stage.page(), stage.background);
        stage.listen(background);
        stage.listen(page);
        let (port, receivers) = stage.connected(world);
        stage.router.disconnect(background, receivers[0].1).unwrap();
        stage.router.post(world, port, 1).unwrap();
        let other = receivers[1].1;
        let expected: Vec<Told> = told
            .into_iter()
            .map(|who| match who {
                "message" => Told::Message(page, other, 1),
                "opener" => Told::Disconnect(world, port, None),
                _ => Told::Disconnect(page, other, None),
            })
            .chain(reaches.then_some(Told::Message(page, other, 1)))
            .collect();
        assert_eq!(stage.run(), expected, "{rule:?}");
        if rule == ReceiverDisconnect::ClosesOthersUntold {
            assert_eq!(stage.router.port_phase(page, other), Some(EndPhase::Open));
            stage.router.post(page, other, 2).unwrap();
            assert_eq!(stage.dropped(DropRule::PeerGone), 2);
        }
    }
}

#[test]
fn the_last_receiver_leaving_tells_the_opener() {
    let mut stage = Stage::new(Rules::STANDARD);
    let (world, page, background) = (stage.world(), stage.page(), stage.background);
    stage.listen(background);
    stage.listen(page);
    let (port, receivers) = stage.connected(world);
    stage.router.disconnect(background, receivers[0].1).unwrap();
    assert_eq!(stage.run(), []);
    stage.router.disconnect(page, receivers[1].1).unwrap();
    assert_eq!(stage.run(), [Told::Disconnect(world, port, None)]);
}

#[test]
fn a_dying_receiver_follows_the_rule() {
    for (rule, closes) in [(ReceiverDeath::Leaves, false), (ReceiverDeath::ClosesOthersTold, true)]
    {
        let mut stage = Stage::new(Rules { receiver_death: rule, ..Rules::STANDARD });
        let (world, page, background) = (stage.world(), stage.page(), stage.background);
        stage.listen(background);
        stage.listen(page);
        let (port, receivers) = stage.connected(world);
        stage.router.post(world, port, 1).unwrap();
        stage.router.close_page(page).unwrap();
        let other = receivers[0].1;
        let told = stage.run();
        assert!(told.contains(&Told::Message(background, other, 1)), "{told:?}");
        assert!(told.contains(&Told::Ended(page)));
        assert_eq!(told.contains(&Told::Disconnect(world, port, None)), closes, "{told:?}");
        assert_eq!(told.contains(&Told::Disconnect(background, other, None)), closes);
        assert_eq!(stage.dropped(DropRule::ReceiverGone), 1);
    }
}

#[test]
fn connects_first_holds_messages_until_every_context_answered() {
    let mut stage = Stage::new(Rules { held: Held::ConnectsFirst, ..Rules::STANDARD });
    let (world, page, background) = (stage.world(), stage.page(), stage.background);
    stage.listen(background);
    let port = stage.connect(world);
    stage.router.post(world, port, 1).unwrap();
    let held = stage.router.snapshot().channels[0].holding.clone().unwrap();
    assert_eq!((held.until, held.messages), (HoldUntil::Answered, vec![1]));
    let told = stage.run();
    let [Told::Connect(context, receiver), Told::Declined(last), Told::Message(..)] = told[..]
    else {
        panic!("{told:?}")
    };
    assert_eq!((context, last), (background, page));
    assert_eq!(told[2], Told::Message(background, receiver, 1));
}

/// What was posted while the background started goes on waiting, and is dropped once if nobody accepts.
#[test]
fn what_was_held_for_the_background_is_held_for_the_answers_too() {
    let mut stage = Stage::new(Rules { held: Held::ConnectsFirst, ..Rules::STANDARD });
    let (world, page) = (stage.world(), stage.page());
    stage.router.stop_background(stage.extension).unwrap();
    stage.run();
    let port = stage.connect(world);
    stage.router.post(world, port, 1).unwrap();
    let [Told::Woken(background)] = stage.run()[..] else { panic!("it is woken") };
    stage.router.background_started(background).unwrap();
    let held = stage.router.snapshot().channels[0].holding.clone().unwrap();
    assert_eq!((held.until, held.messages), (HoldUntil::Answered, vec![1]));
    let error = Some(PortError::NoReceiver);
    assert_eq!(
        stage.run(),
        [Told::Declined(page), Told::Declined(background), Told::Disconnect(world, port, error)]
    );
    assert_eq!((stage.dropped(DropRule::PeerGone), stage.dropped(DropRule::Declined)), (1, 0));
}

#[test]
fn a_receiver_that_dies_unanswered_has_only_declined() {
    let mut stage = Stage::new(Rules::FIREFOX);
    let (world, page, background) = (stage.world(), stage.page(), stage.background);
    stage.listen(background);
    stage.listen(page);
    let port = stage.connect(world);
    stage.router.post(world, port, 1).unwrap();
    stage.router.close_page(page).unwrap();
    let told = stage.run();
    let [Told::Connect(_, receiver), ..] = told[..] else { panic!("{told:?}") };
    assert_eq!(told[1..], [Told::Ended(page), Told::Message(background, receiver, 1)]);
}

#[test]
fn a_port_of_one_channel_carries_nothing_of_another() {
    let mut stage = Stage::new(Rules::STANDARD);
    let (world, background) = (stage.world(), stage.background);
    stage.listen(background);
    let (first, to_first) = stage.connected(world);
    let (second, to_second) = stage.connected(world);
    stage.router.post(world, second, 2).unwrap();
    stage.router.post(world, first, 1).unwrap();
    assert_eq!(
        stage.run(),
        [Told::Message(background, to_second[0].1, 2), Told::Message(background, to_first[0].1, 1)]
    );
}

#[test]
fn a_released_port_is_stale_and_its_channel_is_freed_with_the_last_end() {
    let mut stage = Stage::new(Rules::STANDARD);
    let (world, background) = (stage.world(), stage.background);
    stage.listen(background);
    let (port, receivers) = stage.connected(world);
    let receiver = receivers[0].1;
    let release = |context, port| Call::Release { context, port };
    assert_eq!(stage.refused(release(world, port)), Refusal::StillOpen(port));
    stage.router.disconnect(world, port).unwrap();
    stage.router.release(world, port).unwrap();
    assert_eq!(stage.refused(release(world, port)), Refusal::NoSuchPort(port));
    let dispatch = Call::Dispatch { context: world, source: EventSource::Port(port) };
    assert_eq!(stage.refused(dispatch), Refusal::NoSuchPort(port));
    let opener = stage.router.snapshot().channels[0].opener.clone();
    assert_eq!(opener, OpenerSnapshot::Released(world));
    stage.run();
    stage.router.release(background, receiver).unwrap();
    assert_eq!(stage.router.snapshot().channels, []);
}

#[test]
fn a_port_that_listeners_are_told_about_cannot_be_released() {
    let mut stage = Stage::new(Rules::STANDARD);
    let (world, background) = (stage.world(), stage.background);
    stage.listen(background);
    let port = stage.connect(world);
    let source = match stage.router.poll() {
        Some(Output::Ready { source, .. }) => source,
        other => panic!("{other:?}"),
    };
    let EventSource::Port(receiver) = source else { panic!("{source:?}") };
    stage.router.dispatch(background, source).unwrap();
    stage.router.disconnect(background, receiver).unwrap();
    let refusal = stage.refused(Call::Release { context: background, port: receiver });
    assert_eq!(refusal, Refusal::PortInUse(receiver));
    assert_eq!(stage.router.next(background, Completion::Returned).unwrap(), None);
    stage.router.release(background, receiver).unwrap();
    assert_eq!(stage.run(), [Told::Disconnect(world, port, None)]);
}

#[test]
fn the_sender_is_what_the_router_knows() {
    let mut stage = Stage::new(Rules::STANDARD);
    let frame = DocumentSpec::in_frame_of(stage.document, content("https://example.com/frame"));
    let child = stage.router.create_document(frame).unwrap();
    let realm = Realm::UserScript(WorldId::DEFAULT);
    let world = stage.router.inject(stage.extension, child, realm).unwrap();
    let sender = stage.router.sender(world).unwrap();
    assert_eq!(&*sender.extension, "a@example");
    assert_eq!(&*sender.url, "https://example.com/frame");
    assert_eq!((sender.tab, sender.document), (Some(TabId(7)), Some(child)));
    assert_eq!((&sender.world, sender.context), (&Some(WorldId::DEFAULT), world));
    assert!(sender.frame.is_some_and(|frame| frame > 0));
    let top = stage.world();
    assert_eq!(stage.router.sender(top).unwrap().frame, Some(0));
}

#[test]
fn user_scripts_reach_only_their_event_and_their_extension() {
    let mut stage = Stage::new(Rules::STANDARD);
    let (world, background) = (stage.world(), stage.background);
    let on_connect = runtime(RuntimeEvent::OnConnect);
    stage.router.add_listener(background, on_connect, ON_CONNECT).unwrap();
    let other = stage.router.load_extension(spec("b@example", true)).unwrap();
    let stranger = stage.router.start_background(other).unwrap();
    stage.router.background_started(stranger).unwrap();
    stage.listen(stranger);
    let port = stage.connect(world);
    let error = Some(PortError::NoReceiver);
    let expected = [Told::Declined(background), Told::Disconnect(world, port, error)];
    assert_eq!(stage.run(), expected);

    let realm = Realm::ContentScript;
    let script = stage.router.inject(stage.extension, stage.document, realm).unwrap();
    stage.connect(script);
    assert!(matches!(stage.run()[..], [Told::Connect(context, _)] if context == background));
}
