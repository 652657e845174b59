//! Dispatch: listener sets, changes while listeners run, notices.

use worldport::*;

use crate::stage::*;

/// A stage whose background is about to be offered a channel, with three connect listeners.
fn three_listeners(rules: Rules) -> (Stage, EventSource) {
    let mut stage = Stage::new(rules);
    let world = stage.world();
    for listener in [1, 2, 3] {
        listen(&mut stage, ListenerId(listener));
    }
    stage.router.connect(world, "").unwrap();
    match stage.router.poll() {
        Some(Output::Ready { source, .. }) => (stage, source),
        other => panic!("{other:?}"),
    }
}

fn listen(stage: &mut Stage, listener: ListenerId) {
    let target = runtime(RuntimeEvent::OnUserScriptConnect);
    stage.router.add_listener(stage.background, target, listener).unwrap();
}

fn unlisten(stage: &mut Stage, listener: ListenerId) {
    let target = runtime(RuntimeEvent::OnUserScriptConnect);
    stage.router.remove_listener(stage.background, target, listener).unwrap();
}

/// Runs a dispatch to its end, with something done while the first listener runs.
fn called(
    stage: &mut Stage,
    source: EventSource,
    meanwhile: impl FnOnce(&mut Stage),
) -> Vec<ListenerId> {
    let background = stage.background;
    let Dispatched::Called { listener, .. } = stage.router.dispatch(background, source).unwrap()
    else {
        panic!("somebody listens")
    };
    meanwhile(stage);
    let mut listeners = vec![listener];
    while let Some(next) = stage.router.next(background, Completion::Returned).unwrap() {
        listeners.push(next);
    }
    listeners
}

#[test]
fn listeners_are_called_in_the_order_of_addition_each_once() {
    let (mut stage, source) = three_listeners(Rules::STANDARD);
    listen(&mut stage, ListenerId(1));
    let listeners = called(&mut stage, source, |_| ());
    assert_eq!(listeners, [ListenerId(1), ListenerId(2), ListenerId(3)]);
}

#[test]
fn a_listener_that_is_not_there_can_be_removed_and_the_others_stay() {
    let (mut stage, source) = three_listeners(Rules::STANDARD);
    unlisten(&mut stage, ListenerId(4));
    unlisten(&mut stage, ListenerId(1));
    unlisten(&mut stage, ListenerId(3));
    unlisten(&mut stage, ListenerId(1));
    assert_eq!(called(&mut stage, source, |_| ()), [ListenerId(2)]);
}

#[test]
fn a_message_waits_while_its_context_is_busy_and_is_nobody_elses() {
    let (mut stage, world, port, receiver) = Stage::with_channel(Limits::DEFAULT);
    let (background, source) = (stage.background, EventSource::Port(receiver));
    stage.router.post(world, port, 1).unwrap();
    stage.router.post(world, port, 2).unwrap();
    let before = stage.router.snapshot();
    let foreign = stage.router.dispatch(world, source).unwrap_err();
    assert_eq!(foreign, DispatchError::ForeignPort(receiver));
    assert_eq!(stage.router.snapshot(), before);
    assert!(matches!(stage.router.dispatch(background, source), Ok(Dispatched::Called { .. })));
    let before = stage.router.snapshot();
    assert_eq!(stage.router.dispatch(background, source), Err(DispatchError::Busy(background)));
    assert_eq!(stage.router.snapshot(), before);
}

#[test]
fn a_listener_removed_during_the_dispatch_follows_the_rule() {
    for (rule, expected) in [
        (RemovedDuringDispatch::Skipped, vec![ListenerId(1), ListenerId(3)]),
        (RemovedDuringDispatch::StillCalled, vec![ListenerId(1), ListenerId(2), ListenerId(3)]),
    ] {
        let rules = Rules { removed_during_dispatch: rule, ..Rules::STANDARD };
        let (mut stage, source) = three_listeners(rules);
        let listeners = called(&mut stage, source, |stage| unlisten(stage, ListenerId(2)));
        assert_eq!(listeners, expected, "{rule:?}");
    }
}

#[test]
fn a_listener_added_during_the_dispatch_waits_for_the_next() {
    let (mut stage, source) = three_listeners(Rules::STANDARD);
    let listeners = called(&mut stage, source, |stage| listen(stage, ListenerId(4)));
    assert_eq!(listeners.len(), 3);
}

#[test]
fn a_throwing_listener_does_not_stop_the_next() {
    let (mut stage, source) = three_listeners(Rules::STANDARD);
    let background = stage.background;
    stage.router.dispatch(background, source).unwrap();
    let next = stage.router.next(background, Completion::Threw).unwrap();
    assert_eq!(next, Some(ListenerId(2)));
}

#[test]
fn disconnecting_in_a_listener_does_not_stop_the_others() {
    let (mut stage, source) = three_listeners(Rules::STANDARD);
    let EventSource::Port(port) = source else { panic!("{source:?}") };
    let background = stage.background;
    let listeners = called(&mut stage, source, |stage| {
        stage.router.disconnect(background, port).unwrap();
    });
    assert_eq!(listeners.len(), 3);
}

#[test]
fn a_context_runs_one_dispatch_at_a_time() {
    let (mut stage, source) = three_listeners(Rules::STANDARD);
    let background = stage.background;
    let next = |context| Call::Next { context, completion: Completion::Returned };
    assert_eq!(stage.refused(next(background)), Refusal::Idle(background));
    stage.router.dispatch(background, source).unwrap();
    let refusal = stage.refused(Call::Dispatch { context: background, source });
    assert_eq!(refusal, Refusal::Busy(background));
}

#[test]
fn a_snapshot_tells_of_the_dispatch_in_progress() {
    let (mut stage, source) = three_listeners(Rules::STANDARD);
    let EventSource::Port(port) = source else { panic!("{source:?}") };
    stage.router.dispatch(stage.background, source).unwrap();
    let snapshot = stage.router.snapshot();
    let context = snapshot.contexts.iter().find(|context| context.id == stage.background);
    let expected = DispatchSnapshot {
        event: DispatchEvent::Connect { port },
        listener: ListenerId(1),
        remaining: vec![ListenerId(2), ListenerId(3)],
    };
    assert_eq!(context.unwrap().dispatch, Some(expected));
}

#[test]
fn a_message_without_a_listener_is_dropped() {
    let mut stage = Stage::new(Rules::STANDARD);
    let (world, background) = (stage.world(), stage.background);
    stage.listen(background);
    let (port, receivers) = stage.connected(world);
    let target = ListenerTarget::PortMessage(receivers[0].1);
    stage.router.remove_listener(background, target, ON_MESSAGE).unwrap();
    stage.router.post(world, port, 1).unwrap();
    assert_eq!(stage.run(), [Told::NoListener(background)]);
    assert_eq!(stage.dropped(DropRule::NoListener), 1);
    assert!(!stage.router.is_dispatching(background));
}

#[test]
fn the_listeners_of_a_closed_port_follow_the_rule() {
    for (rule, kept) in [(ListenersAfterClose::Kept, true), (ListenersAfterClose::Cleared, false)] {
        let mut stage = Stage::new(Rules { listeners_after_close: rule, ..Rules::STANDARD });
        let (world, background) = (stage.world(), stage.background);
        stage.listen(background);
        let (port, receivers) = stage.connected(world);
        stage.router.disconnect(world, port).unwrap();
        stage.run();
        for (context, port) in [(world, port), (background, receivers[0].1)] {
            let target = ListenerTarget::PortDisconnect(port);
            assert_eq!(stage.router.has_listeners(context, target), Ok(kept), "{rule:?}");
            stage.router.add_listener(context, target, ListenerId(8)).unwrap();
            assert_eq!(stage.router.has_listener(context, target, ListenerId(8)), Ok(kept));
        }
    }
}

#[test]
fn every_event_is_announced_once_and_in_order() {
    let mut stage = Stage::new(Rules::STANDARD);
    let (world, background) = (stage.world(), stage.background);
    stage.listen(background);
    let (first, _) = stage.connected(world);
    let (second, _) = stage.connected(world);
    for (port, message) in [(first, 1), (second, 2), (first, 3)] {
        stage.router.post(world, port, message).unwrap();
    }
    let told = stage.run();
    let messages: Vec<u64> = told
        .iter()
        .map(|told| match told {
            Told::Message(_, _, message) => *message,
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(messages, [1, 2, 3]);
    assert_eq!(stage.router.poll(), None);
}

#[test]
fn a_spent_or_dropped_event_is_not_announced() {
    let mut stage = Stage::new(Rules::STANDARD);
    let (world, background) = (stage.world(), stage.background);
    stage.listen(background);
    let (port, receivers) = stage.connected(world);
    let receiver = receivers[0].1;
    let source = EventSource::Port(receiver);
    for message in [1, 2, 3] {
        stage.router.post(world, port, message).unwrap();
    }
    // One is taken unannounced, so that only two are left to announce.
    stage.turn(background, source, Completion::Returned);
    let ready = Some(Output::Ready { context: background, source });
    assert_eq!(
        [stage.router.poll(), stage.router.poll(), stage.router.poll()],
        [ready, ready, None]
    );
    stage.router.post(world, port, 4).unwrap();
    stage.router.disconnect(background, receiver).unwrap();
    assert_eq!(stage.run(), [Told::Disconnect(world, port, None)]);
}

#[test]
fn a_snapshot_names_the_contexts_of_a_document_and_the_listeners_of_each_set() {
    let (mut stage, source) = three_listeners(Rules::STANDARD);
    let (background, named) = (stage.background, stage.inject(world_id("w")));
    stage.router.dispatch(background, source).unwrap();
    let snapshot = stage.router.snapshot();
    let [document] = &snapshot.documents[..] else { panic!("one document") };
    assert_eq!(document.contexts, [snapshot.contexts[1].id, named]);
    let context = &snapshot.contexts[0];
    let listeners = [1, 2, 3].map(ListenerId);
    assert_eq!(context.id, background);
    assert_eq!(context.listeners, [vec![], vec![], listeners.to_vec(), vec![]]);
    let dispatch = context.dispatch.as_ref().unwrap();
    assert_eq!((dispatch.listener, &dispatch.remaining[..]), (listeners[0], &listeners[1..]));
}
