//! Extensions: background woken and stopped, unloaded, permission revoked.

use worldport::*;

use crate::stage::*;

/// A stage whose background is stopped, and a world.
fn stopped(rules: Rules) -> (Stage, ContextId) {
    let mut stage = Stage::new(rules);
    let world = stage.world();
    stage.router.stop_background(stage.extension).unwrap();
    stage.run();
    (stage, world)
}

fn starting(stage: &Stage) -> ContextId {
    match stage.router.background(stage.extension) {
        Some(Background::Starting(context)) => context,
        other => panic!("{other:?}"),
    }
}

#[test]
fn connecting_wakes_a_stopped_background_once() {
    for (name, rules) in profiles() {
        let (mut stage, world) = stopped(rules);
        let port = stage.connect(world);
        stage.router.post(world, port, 1).unwrap();
        stage.connect(world);
        let background = starting(&stage);
        assert_eq!(stage.run(), [Told::Woken(background)], "{name}");
        stage.listen(background);
        stage.router.background_started(background).unwrap();
        let told = stage.run();
        let [Told::Connect(_, first), Told::Connect(..), Told::Message(_, port, 1)] = told[..]
        else {
            // Where order is one, the message comes before the second connect event.
            let [Told::Connect(_, first), Told::Message(_, port, 1), Told::Connect(..)] = told[..]
            else {
                panic!("{name}: {told:?}")
            };
            assert_eq!(first, port);
            continue;
        };
        assert_eq!(first, port);
    }
}

#[test]
fn a_channel_whose_opener_left_while_it_waited_is_still_offered() {
    for (name, rules) in profiles() {
        let owed = rules.failed_connect == FailedConnect::ReportedOnClosedPort;
        let (mut stage, world) = stopped(rules);
        let port = stage.connect(world);
        stage.router.post(world, port, 1).unwrap();
        stage.router.disconnect(world, port).unwrap();
        let released = stage.router.release(world, port);
        assert_eq!(released.is_err(), owed, "{name}: it is kept for an answer that is owed");
        let background = starting(&stage);
        stage.listen(background);
        stage.router.background_started(background).unwrap();
        let told = stage.run();
        let Told::Connect(_, receiver) = told[1] else { panic!("{name}: {told:?}") };
        let expected =
            [Told::Message(background, receiver, 1), Told::Disconnect(background, receiver, None)];
        assert_eq!(told[2..], expected, "{name}");
        if owed {
            stage.router.release(world, port).unwrap();
        }
        stage.router.release(background, receiver).unwrap();
        assert_eq!(stage.router.snapshot().channels, []);
    }
}

#[test]
fn a_background_that_dies_while_starting_lets_pages_answer() {
    let (mut stage, world) = stopped(Rules::STANDARD);
    let page = stage.page();
    stage.listen(page);
    let port = stage.connect(world);
    let request = stage.router.send_message(world, 7).unwrap();
    let background = starting(&stage);
    stage.router.stop_background(stage.extension).unwrap();
    let told = stage.run();
    assert_eq!(told[..2], [Told::Woken(background), Told::Ended(background)]);
    assert!(matches!(told[2], Told::Connect(context, _) if context == page));
    assert_eq!(told[3], Told::Request(page, request, 7));
    assert_eq!(stage.router.port_phase(world, port), Some(EndPhase::Open));
    assert_eq!(stage.router.background(stage.extension), Some(Background::Stopped));
}

#[test]
fn a_background_that_dies_while_starting_leaves_nobody() {
    let (mut stage, world) = stopped(Rules::STANDARD);
    let port = stage.connect(world);
    stage.router.post(world, port, 1).unwrap();
    stage.router.stop_background(stage.extension).unwrap();
    let error = Some(PortError::NoReceiver);
    assert!(stage.run().contains(&Told::Disconnect(world, port, error)));
    assert_eq!(stage.dropped(DropRule::PeerGone), 1);
}

#[test]
fn a_stopping_background_closes_its_ports() {
    for (name, rules) in profiles() {
        let mut stage = Stage::new(rules);
        let (world, background) = (stage.world(), stage.background);
        stage.listen(background);
        let (port, receivers) = stage.connected(world);
        stage.router.post(background, receivers[0].1, 1).unwrap();
        stage.router.stop_background(stage.extension).unwrap();
        let expected = [
            Told::Message(world, port, 1),
            Told::Disconnect(world, port, None),
            Told::Ended(background),
        ];
        assert_eq!(stage.run(), expected, "{name}");
    }
}

#[test]
fn the_steps_of_a_background_are_taken_in_order() {
    let (mut stage, _) = stopped(Rules::STANDARD);
    let extension = stage.extension;
    let start = Call::StartBackground { extension };
    let stop = Call::StopBackground { extension };
    let page = stage.page();
    assert_eq!(stage.refused(stop.clone()), Refusal::NotRunning(extension));
    assert_eq!(
        stage.refused(Call::BackgroundStarted { context: page }),
        Refusal::NotStarting(page)
    );
    let background = stage.router.start_background(extension).unwrap();
    assert_eq!(stage.refused(start.clone()), Refusal::NotStopped(extension));
    assert_eq!(
        stage.refused(Call::ClosePage { context: background }),
        Refusal::NotAPage(background)
    );
    stage.router.background_started(background).unwrap();
    assert_eq!(
        stage.refused(Call::BackgroundStarted { context: background }),
        Refusal::NotStarting(background)
    );
    assert_eq!(stage.refused(start), Refusal::NotStopped(extension));
    assert_eq!(stage.router.apply(stop), Ok(Reply::Done));
    let none = stage.router.load_extension(spec("b@example", false)).unwrap();
    assert_eq!(
        stage.refused(Call::StartBackground { extension: none }),
        Refusal::NoBackground(none)
    );
}

#[test]
fn an_unloaded_extension_tells_its_worlds_and_is_then_invalid() {
    let mut stage = Stage::new(Rules::STANDARD);
    let (world, background, extension) = (stage.world(), stage.background, stage.extension);
    stage.listen(background);
    let (port, receivers) = stage.connected(world);
    stage.router.post(background, receivers[0].1, 1).unwrap();
    let request = stage.router.send_message(world, 2).unwrap();
    stage.router.unload_extension(extension).unwrap();
    let told = stage.run();
    let settled = Told::Settled(world, request, RequestOutcome::Unanswered);
    for expected in [Told::Ended(background), Told::Disconnect(world, port, None), settled] {
        assert!(told.contains(&expected), "{expected:?} in {told:?}");
    }
    assert_eq!(stage.dropped(DropRule::Unloaded), 1);
    let connect = Call::Connect { context: world, name: "".into() };
    assert_eq!(stage.refused(connect), Refusal::ContextInvalidated(world));
    let unload = Call::UnloadExtension { extension };
    assert_eq!(stage.refused(unload.clone()), Refusal::AlreadyUnloaded(extension));
    let page = Call::OpenPage { extension, page: PageSpec::new("p") };
    assert_eq!(stage.refused(page), Refusal::ExtensionUnloaded(extension));
    stage.router.destroy_document(stage.document).unwrap();
    assert_eq!(stage.refused(unload), Refusal::NoSuchExtension(extension));
    assert_eq!(stage.router.snapshot().channels, []);
}

#[test]
fn an_unloaded_extension_takes_its_worlds_along_where_the_rule_says_so() {
    let mut stage = Stage::new(Rules::FIREFOX);
    let (world, background) = (stage.world(), stage.background);
    stage.connect(world);
    stage.router.unload_extension(stage.extension).unwrap();
    assert_eq!(stage.run(), [Told::Ended(background), Told::Ended(world)]);
    let snapshot = stage.router.snapshot();
    assert!(snapshot.extensions.is_empty() && snapshot.contexts.is_empty());
    assert!(snapshot.channels.is_empty());
}

#[test]
fn a_running_dispatch_of_an_invalidated_context_goes_on() {
    let mut stage = Stage::new(Rules::STANDARD);
    let (world, background) = (stage.world(), stage.background);
    stage.listen(background);
    let (port, receivers) = stage.connected(world);
    let target = ListenerTarget::PortMessage(port);
    stage.router.add_listener(world, target, ListenerId(200)).unwrap();
    stage.router.post(background, receivers[0].1, 1).unwrap();
    stage.router.dispatch(world, EventSource::Port(port)).unwrap();
    stage.router.unload_extension(stage.extension).unwrap();
    let next = stage.router.next(world, Completion::Returned);
    assert_eq!(next, Ok(Some(ListenerId(200))));
    assert_eq!(stage.router.next(world, Completion::Returned), Ok(None));
    assert!(stage.run().contains(&Told::Disconnect(world, port, None)));
}

#[test]
fn a_reloaded_extension_is_a_new_one() {
    let mut stage = Stage::new(Rules::STANDARD);
    let old_world = stage.world();
    stage.router.unload_extension(stage.extension).unwrap();
    stage.extension = stage.router.load_extension(spec("a@example", true)).unwrap();
    let background = stage.router.start_background(stage.extension).unwrap();
    stage.router.configure_world(background, WorldId::DEFAULT, messaging(true)).unwrap();
    stage.listen(background);
    stage.router.background_started(background).unwrap();
    let world = stage.world();
    assert_ne!(world, old_world);
    stage.connect(world);
    assert!(stage.run().iter().any(|told| matches!(told, Told::Connect(..))));
    let connect = Call::Connect { context: old_world, name: "".into() };
    assert_eq!(stage.refused(connect), Refusal::ContextInvalidated(old_world));
}

#[test]
fn revoking_the_permission_follows_the_rule() {
    use Revocation::{ListenersRemoved, ListenersRemovedChannelsClosed, Nothing};
    for (rule, removed, closed) in [
        (ListenersRemovedChannelsClosed, true, true),
        (ListenersRemoved, true, false),
        (Nothing, false, false),
    ] {
        let mut stage = Stage::new(Rules { revocation: rule, ..Rules::STANDARD });
        let (world, background, extension) = (stage.world(), stage.background, stage.extension);
        stage.listen(background);
        let (port, receivers) = stage.connected(world);
        let receiver = receivers[0].1;
        stage.router.post(world, port, 1).unwrap();
        let others = runtime(RuntimeEvent::OnConnect);
        stage.router.add_listener(background, others, ON_CONNECT).unwrap();
        assert_eq!(stage.router.permission(extension), Some(Permission::Granted));
        stage.router.revoke_permission(extension).unwrap();
        stage.router.revoke_permission(extension).unwrap();
        assert_eq!(stage.router.permission(extension), Some(Permission::Revoked));
        // What other contexts cause needs no permission.
        assert_eq!(stage.router.has_listeners(background, others), Ok(true));
        assert_eq!(stage.router.add_listener(background, others, ON_REQUEST), Ok(()));
        let expected = if closed {
            vec![Told::Disconnect(background, receiver, None), Told::Disconnect(world, port, None)]
        } else {
            vec![Told::Message(background, receiver, 1)]
        };
        assert_eq!(stage.run(), expected, "{rule:?}");
        assert_eq!(stage.dropped(DropRule::PermissionRevoked), u64::from(closed));

        let configure = Call::ConfigureWorld {
            context: background,
            world: WorldId::DEFAULT,
            change: messaging(true),
        };
        assert_eq!(stage.refused(configure), Refusal::NotPermitted(extension));
        let target = runtime(RuntimeEvent::OnUserScriptConnect);
        let listens = stage.router.add_listener(background, target, ON_CONNECT).is_ok();
        assert_eq!(listens, rule == Revocation::Nothing, "{rule:?}");
        let inject = Call::Inject {
            extension,
            document: stage.document,
            realm: Realm::UserScript(WorldId::DEFAULT),
        };
        assert_eq!(stage.refused(inject), Refusal::NotPermitted(extension));
        // The gate stays: the world may connect, and finds whoever still listens.
        stage.router.connect(world, "").unwrap();
        let accepted = stage.run().iter().any(|told| matches!(told, Told::Connect(..)));
        assert_eq!(accepted, !removed, "{rule:?}");
        stage.router.grant_permission(extension).unwrap();
        let target = runtime(RuntimeEvent::OnUserScriptConnect);
        let listens = stage.router.has_listeners(background, target);
        assert_eq!(listens, Ok(!removed), "no listener comes back");
    }
}

#[test]
fn revoking_reaches_channels_whose_opener_is_dead() {
    let mut stage = Stage::new(Rules::STANDARD);
    let (world, background) = (stage.world(), stage.background);
    stage.listen(background);
    let (port, receivers) = stage.connected(world);
    stage.router.post(world, port, 1).unwrap();
    stage.router.destroy_document(stage.document).unwrap();
    stage.router.revoke_permission(stage.extension).unwrap();
    let expected = [Told::Disconnect(background, receivers[0].1, None), Told::Ended(world)];
    assert_eq!(stage.run(), expected);
    assert_eq!(stage.dropped(DropRule::PermissionRevoked), 1);
}

#[test]
fn revoking_reaches_what_waits_though_its_opener_is_dead() {
    let (mut stage, world) = stopped(Rules::STANDARD);
    let port = stage.connect(world);
    stage.router.post(world, port, 1).unwrap();
    stage.router.send_message(world, 2).unwrap();
    stage.router.destroy_document(stage.document).unwrap();
    assert_eq!(stage.router.snapshot().channels.len(), 1);
    stage.router.revoke_permission(stage.extension).unwrap();
    let snapshot = stage.router.snapshot();
    assert!(snapshot.channels.is_empty() && snapshot.requests.is_empty());
    assert_eq!(stage.dropped(DropRule::PermissionRevoked), 1);
}

#[test]
fn revoking_spares_content_scripts() {
    let mut stage = Stage::new(Rules::STANDARD);
    let background = stage.background;
    let on_connect = runtime(RuntimeEvent::OnConnect);
    stage.router.add_listener(background, on_connect, ON_CONNECT).unwrap();
    let realm = Realm::ContentScript;
    let script = stage.router.inject(stage.extension, stage.document, realm).unwrap();
    let (port, receivers) = stage.connected(script);
    stage.router.revoke_permission(stage.extension).unwrap();
    stage.router.post(script, port, 1).unwrap();
    assert_eq!(stage.run(), [Told::Message(background, receivers[0].1, 1)]);
}
