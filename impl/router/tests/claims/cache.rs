//! Documents: navigation, the back/forward cache, destruction.

use worldport::*;

use crate::stage::*;

/// A page with an open channel to the background that went into the cache, with messages in flight
/// both ways.
struct Cached {
    stage: Stage,
    world: ContextId,
    port: PortId,
    receiver: PortId,
    next_document: DocumentId,
}

fn cached(rules: Rules) -> Cached {
    let mut stage = Stage::new(rules);
    let (world, background) = (stage.world(), stage.background);
    stage.listen(background);
    let (port, receivers) = stage.connected(world);
    let receiver = receivers[0].1;
    stage.router.post(world, port, 1).unwrap();
    stage.router.post(background, receiver, 2).unwrap();
    let next = content("https://example.com/next");
    let next_document = stage.router.navigate(stage.document, Departure::Cached, next).unwrap();
    Cached { stage, world, port, receiver, next_document }
}

#[test]
fn entering_the_cache_follows_the_rule() {
    use CacheEntry::{ClosesBothTold, ClosesOtherTold, KeepsPort};
    let cases = [
        (ClosesBothTold, Some(None), Some(EndPhase::Closed)),
        (ClosesOtherTold, Some(Some(PortError::PageCached)), Some(EndPhase::Open)),
        (KeepsPort, None, Some(EndPhase::Open)),
    ];
    for (rule, told_other, phase) in cases {
        let rules = Rules { cache_entry: rule, ..Rules::STANDARD };
        let Cached { mut stage, world, port, receiver, .. } = cached(rules);
        let background = stage.background;
        let mut expected = vec![Told::Message(background, receiver, 1)];
        expected.extend(told_other.map(|error| Told::Disconnect(background, receiver, error)));
        assert_eq!(stage.run(), expected, "{rule:?}");
        assert_eq!(stage.dropped(DropRule::Cached), 1);

        stage.router.restore(stage.document, Departure::Cached).unwrap();
        let told: Vec<Told> = (rule == ClosesBothTold)
            .then_some(Told::Disconnect(world, port, None))
            .into_iter()
            .collect();
        assert_eq!(stage.run(), told, "{rule:?}");
        assert_eq!(stage.router.port_phase(world, port), phase);
    }
}

#[test]
fn a_kept_port_works_again_after_restoring() {
    let Cached { mut stage, world, port, receiver, .. } = cached(Rules::FIREFOX);
    let background = stage.background;
    stage.run();
    stage.router.post(background, receiver, 3).unwrap();
    assert_eq!(stage.dropped(DropRule::Cached), 2);
    stage.router.restore(stage.document, Departure::Destroyed).unwrap();
    stage.router.post(background, receiver, 4).unwrap();
    stage.router.post(world, port, 5).unwrap();
    let expected = [Told::Message(world, port, 4), Told::Message(background, receiver, 5)];
    assert_eq!(stage.run(), expected);
}

#[test]
fn a_kept_port_that_closes_meanwhile_is_not_told() {
    let Cached { mut stage, world, port, receiver, .. } = cached(Rules::FIREFOX);
    stage.run();
    stage.router.disconnect(stage.background, receiver).unwrap();
    assert_eq!(stage.router.port_phase(world, port), Some(EndPhase::Closed));
    stage.router.restore(stage.document, Departure::Destroyed).unwrap();
    assert_eq!(stage.run(), []);
    let refusal = stage.refused(Call::Post { context: world, port, message: 1 });
    assert_eq!(refusal, Refusal::Disconnected(port));
}

/// Neither that a receiver has closed the channel nor that a connect failed waits for a cached page.
#[test]
fn a_kept_page_keeps_nobody_waiting_and_misses_what_comes_meanwhile() {
    // A receiver disconnects while the page is cached; a connect fails then, or just before.
    for (disconnects, fails_before) in [(true, false), (false, false), (false, true)] {
        let mut stage = Stage::new(Rules::FIREFOX);
        let (world, page, background) = (stage.world(), stage.page(), stage.background);
        stage.listen(background);
        stage.listen(page);
        let (port, receivers) = stage.connected(world);
        let failing = stage.inject(world_id("other"));
        let next = content("https://example.com/next");
        if disconnects {
            stage.router.navigate(stage.document, Departure::Cached, next.clone()).unwrap();
            stage.router.disconnect(background, receivers[0].1).unwrap();
        } else {
            let left = stage.connect(failing);
            stage.router.disconnect(failing, left).unwrap();
            stage.router.stop_background(stage.extension).unwrap();
            if fails_before {
                stage.router.close_page(page).unwrap();
            }
            stage.router.navigate(stage.document, Departure::Cached, next).unwrap();
            if !fails_before {
                stage.router.close_page(page).unwrap();
            }
        }
        let told = stage.run();
        let other = Told::Disconnect(page, receivers[1].1, None);
        assert_eq!(told.contains(&other), disconnects, "{told:?}");
        stage.router.restore(stage.document, Departure::Destroyed).unwrap();
        assert_eq!(stage.run(), [], "the page hears nothing");
        assert_eq!(stage.router.port_phase(world, port), Some(EndPhase::Closed));
    }
}

#[test]
fn a_severed_port_is_silently_dead_after_restoring() {
    let Cached { mut stage, world, port, .. } = cached(Rules::CHROMIUM);
    stage.run();
    stage.router.restore(stage.document, Departure::Cached).unwrap();
    stage.router.post(world, port, 9).unwrap();
    assert_eq!(stage.run(), []);
    assert_eq!(stage.dropped(DropRule::PeerGone), 1);
    stage.router.disconnect(world, port).unwrap();
    stage.router.release(world, port).unwrap();
}

#[test]
fn a_suspended_context_may_do_nothing() {
    let Cached { mut stage, world, port, .. } = cached(Rules::STANDARD);
    let source = EventSource::Port(port);
    let calls = [
        Call::Connect { context: world, name: "".into() },
        Call::Disconnect { context: world, port },
        Call::Dispatch { context: world, source },
        Call::Next { context: world, completion: Completion::Returned },
        Call::Post { context: world, port, message: 1 },
        Call::Release { context: world, port },
        Call::SendMessage { context: world, message: 1 },
    ];
    for call in calls {
        assert_eq!(stage.refused(call), Refusal::Suspended(world));
    }
}

#[test]
fn events_announced_before_the_cache_are_announced_again_after_it() {
    let rules = Rules { cache_entry: CacheEntry::ClosesBothTold, ..Rules::STANDARD };
    let mut stage = Stage::new(rules);
    let world = stage.world();
    // The opener's disconnect is announced, and the page is cached before its turn comes.
    stage.router.stop_background(stage.extension).unwrap();
    let page = stage.page();
    let port = stage.connect(world);
    stage.router.stop_background(stage.extension).unwrap();
    stage.router.close_page(page).unwrap();
    while stage.router.poll().is_some() {}
    let next = content("https://example.com/next");
    stage.router.navigate(stage.document, Departure::Cached, next).unwrap();
    assert_eq!(stage.run(), []);
    stage.router.restore(stage.document, Departure::Cached).unwrap();
    let error = Some(PortError::NoReceiver);
    assert_eq!(stage.run(), [Told::Disconnect(world, port, error)]);
}

#[test]
fn a_request_of_a_cached_page_is_unanswered_when_it_is_restored() {
    let mut stage = Stage::new(Rules::STANDARD);
    let (world, background) = (stage.world(), stage.background);
    stage.listen(background);
    let request = stage.router.send_message(world, 1).unwrap();
    let next = content("https://example.com/next");
    stage.router.navigate(stage.document, Departure::Cached, next).unwrap();
    assert_eq!(stage.run(), [Told::Request(background, request, 1)]);
    stage.router.restore(stage.document, Departure::Cached).unwrap();
    let outcome = RequestOutcome::Unanswered;
    assert_eq!(stage.run(), [Told::Settled(world, request, outcome)]);
    assert_eq!(stage.router.snapshot().requests, []);
}

#[test]
fn a_reply_is_announced_once_for_each_time_that_the_page_could_take_it() {
    for polled in [false, true] {
        let mut stage = Stage::new(Rules::STANDARD);
        let (world, background) = (stage.world(), stage.background);
        stage.listen(background);
        let request = stage.router.send_message(world, 1).unwrap();
        stage.run_with(Completion::WillRespond);
        stage.router.respond(background, request, 2).unwrap();
        let next = content("https://example.com/next");
        stage.router.navigate(stage.document, Departure::Cached, next).unwrap();
        if polled {
            assert_eq!(stage.router.poll(), None, "the page cannot take it now");
        }
        stage.router.restore(stage.document, Departure::Cached).unwrap();
        let source = EventSource::Reply(request);
        assert_eq!(stage.router.poll(), Some(Output::Ready { context: world, source }));
        assert_eq!(stage.router.poll(), None);
    }
}

#[test]
fn a_waiting_channel_of_a_cached_page_follows_the_rule() {
    for (rule, offered, messages) in [
        (CacheEntry::ClosesBothTold, true, 1),
        (CacheEntry::ClosesOtherTold, false, 0),
        (CacheEntry::KeepsPort, true, 1),
    ] {
        let mut stage = Stage::new(Rules { cache_entry: rule, ..Rules::STANDARD });
        let world = stage.world();
        stage.router.stop_background(stage.extension).unwrap();
        let port = stage.router.connect(world, "").unwrap();
        stage.router.post(world, port, 1).unwrap();
        let next = content("https://example.com/next");
        stage.router.navigate(stage.document, Departure::Cached, next).unwrap();
        let Some(Background::Starting(background)) = stage.router.background(stage.extension)
        else {
            panic!("connecting wakes the background")
        };
        stage.listen(background);
        stage.router.background_started(background).unwrap();
        let told = stage.run();
        let connects = told.iter().filter(|told| matches!(told, Told::Connect(..))).count();
        let got = told.iter().filter(|told| matches!(told, Told::Message(..))).count();
        assert_eq!((connects == 1, got), (offered, messages), "{rule:?} {told:?}");
    }
}

#[test]
fn navigation_without_the_cache_ends_the_contexts() {
    for (name, rules) in profiles() {
        let mut stage = Stage::new(rules);
        let (world, background) = (stage.world(), stage.background);
        stage.listen(background);
        let (port, receivers) = stage.connected(world);
        stage.router.post(world, port, 1).unwrap();
        let next = content("https://example.com/next");
        stage.router.navigate(stage.document, Departure::Destroyed, next).unwrap();
        let receiver = receivers[0].1;
        let expected = [
            Told::Message(background, receiver, 1),
            Told::Disconnect(background, receiver, None),
            Told::Ended(world),
        ];
        assert_eq!(stage.run(), expected, "{name}");
        let connect = Call::Connect { context: world, name: "".into() };
        assert_eq!(stage.refused(connect), Refusal::NoSuchContext(world));
    }
}

#[test]
fn a_tree_is_cached_restored_and_destroyed_as_one() {
    let mut stage = Stage::new(Rules::STANDARD);
    let (top, extension) = (stage.document, stage.extension);
    let child = DocumentSpec::in_frame_of(top, content("https://example.com/child"));
    let child = stage.router.create_document(child).unwrap();
    let grandchild = DocumentSpec::in_frame_of(child, content("https://example.com/grandchild"));
    let grandchild = stage.router.create_document(grandchild).unwrap();
    let realm = Realm::UserScript(WorldId::DEFAULT);
    let world = stage.router.inject(extension, grandchild, realm).unwrap();

    let next = content("https://example.com/next");
    let refusal = stage.refused(Call::Navigate {
        document: child,
        departure: Departure::Cached,
        content: next.clone(),
    });
    assert_eq!(refusal, Refusal::NotTopLevel(child));
    let second = stage.router.navigate(top, Departure::Cached, next).unwrap();
    let connect = Call::Connect { context: world, name: "".into() };
    assert_eq!(stage.refused(connect), Refusal::Suspended(world));
    let restore = |document| Call::Restore { document, departure: Departure::Cached };
    assert_eq!(stage.refused(restore(child)), Refusal::NotTopLevel(child));
    assert_eq!(stage.refused(restore(second)), Refusal::NotCached(second));

    stage.router.restore(top, Departure::Cached).unwrap();
    stage.router.connect(world, "").unwrap();
    // The frame goes with its active document, the cached one included.
    stage.router.destroy_document(top).unwrap();
    assert_eq!(stage.router.snapshot().documents, []);
    assert!(stage.run().contains(&Told::Ended(world)));
}

#[test]
fn an_evicted_document_dies_alone() {
    let Cached { mut stage, world, next_document, .. } = cached(Rules::STANDARD);
    stage.router.destroy_document(stage.document).unwrap();
    let documents = stage.router.snapshot().documents;
    assert_eq!(documents.len(), 1);
    assert_eq!(documents[0].id, next_document);
    assert!(stage.run().contains(&Told::Ended(world)));
}

#[test]
fn a_deep_tree_of_frames_is_walked_without_recursion() {
    let limits = Limits { frames: 20_000, ..Limits::DEFAULT };
    let mut stage = Stage::with_limits(Rules::STANDARD, limits);
    let mut parent = stage.document;
    for _ in 0..20_000 {
        let child = DocumentSpec::in_frame_of(parent, content("https://example.com/"));
        parent = stage.router.create_document(child).unwrap();
    }
    let next = content("https://example.com/next");
    stage.router.navigate(stage.document, Departure::Cached, next).unwrap();
    stage.router.destroy_document(stage.document).unwrap();
    assert_eq!(stage.router.snapshot().documents.len(), 1);
}
