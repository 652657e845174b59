//! Accounts: what is under way is on that of one context, has a limit, and is given back.

use worldport::*;

use crate::stage::*;

const LIMITS: Limits = Limits::DEFAULT;

#[test]
fn what_is_under_way_for_one_context_is_limited_and_others_are_spared() {
    let limits = Limits { queued_messages: 2, ..LIMITS };
    let (mut stage, world, port, receiver) = Stage::with_channel(limits);
    let second = stage.inject(world_id("w"));
    let (second_port, receivers) = stage.connected(second);
    let post = Call::Post { context: world, port, message: 1 };
    for _ in 0..2 {
        stage.router.apply(post.clone()).unwrap();
    }
    stage.limited(post.clone(), LimitKind::QueuedMessages);
    // Its own account is full, whoever posts into its channel; nobody else's is.
    let back = Call::Post { context: stage.background, port: receiver, message: 1 };
    stage.limited(back, LimitKind::QueuedMessages);
    stage.router.post(second, second_port, 1).unwrap();
    stage.router.post(stage.background, receivers[0].1, 1).unwrap();
    stage.run();
    stage.router.apply(post).unwrap();
}

#[test]
fn a_context_that_takes_nothing_fills_its_own_account_only() {
    let limits = Limits { queued_messages: 2, ..LIMITS };
    let (mut stage, _, _, receiver) = Stage::with_channel(limits);
    let second = stage.inject(world_id("w"));
    let (_, receivers) = stage.connected(second);
    let background = stage.background;
    let to = |port| Call::Post { context: background, port, message: 1 };
    stage.router.apply(to(receiver)).unwrap();
    stage.router.apply(to(receiver)).unwrap();
    stage.limited(to(receiver), LimitKind::QueuedMessages);
    stage.router.apply(to(receivers[0].1)).unwrap();
}

#[test]
fn a_message_counts_for_each_receiver() {
    let mut stage = Stage::with_limits(Rules::STANDARD, Limits { queued_messages: 3, ..LIMITS });
    let (world, page) = (stage.world(), stage.page());
    stage.listen(stage.background);
    stage.listen(page);
    let (port, receivers) = stage.connected(world);
    assert_eq!(receivers.len(), 2);
    let post = Call::Post { context: world, port, message: 1 };
    stage.router.apply(post.clone()).unwrap();
    stage.limited(post, LimitKind::QueuedMessages);
}

#[test]
fn replies_that_wait_are_on_the_account_of_who_asked() {
    let mut stage = Stage::with_limits(Rules::STANDARD, Limits { queued_messages: 1, ..LIMITS });
    stage.listen(stage.background);
    let (world, second) = (stage.world(), stage.inject(world_id("w")));
    let background = stage.background;
    let ask = |stage: &mut Stage, context| {
        let request = stage.router.send_message(context, 1).unwrap();
        let source = EventSource::Request(request);
        stage.turn(background, source, Completion::WillRespond);
        Call::Respond { context: background, request, message: 2 }
    };
    let (first, other) = (ask(&mut stage, world), ask(&mut stage, world));
    let unrelated = ask(&mut stage, second);
    let Call::Respond { request, .. } = first else { unreachable!() };
    stage.router.apply(first).unwrap();
    stage.limited(other.clone(), LimitKind::QueuedMessages);
    stage.router.apply(unrelated).unwrap();
    stage.turn(world, EventSource::Reply(request), Completion::Returned);
    stage.router.apply(other).unwrap();
}

/// Posts until refused, and says how often that went well, and why no more did.
fn flood(stage: &mut Stage, context: ContextId, port: PortId) -> (usize, Refusal) {
    let post = Call::Post { context, port, message: 1 };
    let mut posts = 0;
    while stage.router.apply(post.clone()).is_ok() {
        posts += 1;
    }
    (posts, stage.refused(post))
}

#[test]
fn what_is_under_way_in_an_extension_is_limited() {
    let free = Limits::FREE_MESSAGES;
    let of_bytes = Limits::FREE_BYTES / 8;
    for (limits, posts, kind) in [
        (Limits { extension_messages: 5, ..LIMITS }, free + 5, LimitKind::ExtensionMessages),
        (Limits { extension_bytes: 40, ..LIMITS }, of_bytes + 5, LimitKind::ExtensionBytes),
    ] {
        let (mut stage, world, port, _) = Stage::with_channel(limits);
        let second = stage.inject(world_id("w"));
        let (second_port, _) = stage.connected(second);
        assert_eq!(flood(&mut stage, world, port), (posts, Refusal::Limit(kind)));
        // What is free, another context has still; and once all is taken, all is there again.
        let left = posts - 5;
        assert_eq!(flood(&mut stage, second, second_port), (left, Refusal::Limit(kind)));
        stage.run();
        assert_eq!(flood(&mut stage, second, second_port), (posts, Refusal::Limit(kind)));
    }
}

#[test]
fn an_extension_grants_a_thousand_messages_or_a_mebibyte_at_once() {
    let free = Limits::FREE_MESSAGES;
    let of_bytes = Limits::FREE_BYTES / 8;
    assert_eq!((free, of_bytes), (64, 8_192));
    for (limits, posts, kind) in [
        (Limits { extension_messages: 1_024, ..LIMITS }, free, LimitKind::ExtensionMessages),
        (Limits { extension_messages: 1_025, ..LIMITS }, free + 1, LimitKind::ExtensionMessages),
        (Limits { extension_bytes: 1 << 20, ..LIMITS }, of_bytes, LimitKind::ExtensionBytes),
        (
            Limits { extension_bytes: (1 << 20) + 8, ..LIMITS },
            of_bytes + 1,
            LimitKind::ExtensionBytes,
        ),
    ] {
        let (mut stage, world, port, _) = Stage::with_channel(limits);
        let second = stage.inject(world_id("w"));
        let (second_port, _) = stage.connected(second);
        // One more than is free draws a whole step from the extension.
        let more = if kind == LimitKind::ExtensionBytes { of_bytes } else { free };
        for _ in 0..=more {
            stage.router.post(world, port, 1).unwrap();
        }
        assert_eq!(flood(&mut stage, second, second_port), (posts, Refusal::Limit(kind)));
    }
}

#[test]
fn what_was_granted_is_given_back_when_nothing_is_under_way() {
    let free = Limits::FREE_MESSAGES;
    let (mut stage, world, port, receiver) =
        Stage::with_channel(Limits { extension_messages: 1_024, ..LIMITS });
    let background = stage.background;
    let second = stage.inject(world_id("w"));
    let (second_port, _) = stage.connected(second);
    for _ in 0..=free {
        stage.router.post(world, port, 1).unwrap();
    }
    let all = Refusal::Limit(LimitKind::ExtensionMessages);
    assert_eq!(flood(&mut stage, second, second_port), (free, all));
    let take = |stage: &mut Stage| {
        stage.router.dispatch(background, EventSource::Port(receiver)).unwrap();
        stage.router.next(background, Completion::Returned).unwrap();
    };
    // While one is left, all that was granted is needed.
    (0..free).for_each(|_| take(&mut stage));
    assert_eq!(flood(&mut stage, second, second_port), (0, all));
    take(&mut stage);
    assert_eq!(flood(&mut stage, second, second_port), (1_024, all));
}

/// Two worlds of one extension with a channel each, whose messages all have `SIZE` bytes.
fn two_worlds<const SIZE: usize>(limits: Limits) -> (Router<[u8; SIZE]>, [(ContextId, PortId); 2]) {
    let mut router = Router::new(Rules::STANDARD, limits);
    let extension = router.load_extension(spec("a@example", true)).unwrap();
    let background = router.start_background(extension).unwrap();
    router.configure_world(background, WorldId::DEFAULT, messaging(true)).unwrap();
    router.background_started(background).unwrap();
    let tab = DocumentSpec::in_tab(TabId(7), content("https://example.com/"));
    let document = router.create_document(tab).unwrap();
    let worlds = [WorldId::DEFAULT, world_id("w")].map(|world| {
        let context = router.inject(extension, document, Realm::UserScript(world)).unwrap();
        (context, router.connect(context, "").unwrap())
    });
    (router, worlds)
}

fn post<const SIZE: usize>(
    router: &mut Router<[u8; SIZE]>,
    (context, port): (ContextId, PortId),
    times: usize,
) {
    for _ in 0..times {
        router.post(context, port, [0; SIZE]).unwrap();
    }
}

#[test]
fn a_context_that_has_too_many_messages_draws_no_bytes() {
    let (mut router, [first, second]) =
        two_worlds::<1_000>(Limits { extension_bytes: 1 << 20, ..LIMITS });
    post(&mut router, first, 65);
    // 65 messages of 1,000 bytes are within what is free, 100 are not.
    post(&mut router, second, 100);
}

#[test]
fn a_context_that_has_too_many_bytes_draws_no_messages() {
    let (mut router, [first, second]) =
        two_worlds::<2_000>(Limits { extension_messages: 1_024, ..LIMITS });
    post(&mut router, first, 33);
    // 33 messages are within what is free, and 66,000 bytes are not; 65 messages are not.
    post(&mut router, second, 65);
}

#[test]
fn one_extension_at_its_limits_leaves_another_its_own() {
    let limits =
        Limits { extension_messages: 2, extension_requests: 1, pages: 1, waiting: 1, ..LIMITS };
    let (mut stage, world, port, _) = Stage::with_channel(limits);
    let reached = flood(&mut stage, world, port);
    let page = stage.page();
    stage.router.send_message(page, 1).unwrap();

    let other = stage.router.load_extension(spec("b@example", true)).unwrap();
    let background = stage.router.start_background(other).unwrap();
    stage.router.configure_world(background, WorldId::DEFAULT, messaging(true)).unwrap();
    let realm = Realm::UserScript(WorldId::DEFAULT);
    let second = stage.router.inject(other, stage.document, realm).unwrap();
    let waits = stage.router.connect(second, "").unwrap();
    let connect = Call::Connect { context: second, name: "".into() };
    stage.limited(connect, LimitKind::Waiting);
    stage.listen(background);
    stage.router.background_started(background).unwrap();
    let page = stage.router.open_page(other, PageSpec::new("p")).unwrap();
    assert_eq!(flood(&mut stage, second, waits), reached);
    stage.router.send_message(page, 1).unwrap();
}

#[test]
fn what_the_dead_left_under_way_still_counts() {
    let limits = Limits { extension_messages: Limits::FREE_MESSAGES, ..LIMITS };
    let (mut stage, world, port, _) = Stage::with_channel(limits);
    let other = stage.inject(world_id("w"));
    let (other_port, _) = stage.connected(other);
    for _ in 0..Limits::FREE_MESSAGES {
        stage.router.post(world, port, 1).unwrap();
    }
    let kept = DocumentSpec::in_tab(TabId(8), content("https://example.com/"));
    let kept = stage.router.create_document(kept).unwrap();
    let gone = core::mem::replace(&mut stage.document, kept);
    let survivor = stage.world();
    let (survivor_port, _) = (stage.connect(survivor), other_port);
    stage.router.destroy_document(gone).unwrap();
    let all = Refusal::Limit(LimitKind::ExtensionMessages);
    assert_eq!(flood(&mut stage, survivor, survivor_port), (Limits::FREE_MESSAGES, all));
    stage.run();
    let twice = 2 * Limits::FREE_MESSAGES;
    assert_eq!(flood(&mut stage, survivor, survivor_port), (twice, all));
}

#[test]
fn bytes_that_wait_for_one_context_are_limited() {
    let (mut stage, world, port, _) = Stage::with_channel(Limits { queued_bytes: 15, ..LIMITS });
    let post = Call::Post { context: world, port, message: 1 };
    stage.router.apply(post.clone()).unwrap();
    stage.limited(post, LimitKind::QueuedBytes);
}

#[test]
fn what_is_held_for_a_starting_background_is_limited() {
    for (limits, kind) in [
        (Limits { held_messages: 2, ..LIMITS }, LimitKind::HeldMessages),
        (Limits { held_bytes: 23, ..LIMITS }, LimitKind::HeldBytes),
    ] {
        let mut stage = Stage::with_limits(Rules::STANDARD, limits);
        let world = stage.world();
        stage.router.stop_background(stage.extension).unwrap();
        let port = stage.connect(world);
        stage.router.post(world, port, 1).unwrap();
        stage.router.send_message(world, 2).unwrap();
        let post = Call::Post { context: world, port, message: 3 };
        stage.limited(post.clone(), kind);
        stage.limited(Call::SendMessage { context: world, message: 3 }, kind);
        // Let go, they may be more than what may wait, and there is room again.
        let Some(Background::Starting(background)) = stage.router.background(stage.extension)
        else {
            panic!("connecting wakes the background")
        };
        stage.listen(background);
        stage.router.background_started(background).unwrap();
        stage.run();
        stage.router.apply(post).unwrap();
    }
}

#[test]
fn copies_of_what_was_held_may_exceed_an_account_until_they_are_taken() {
    let mut stage = Stage::with_limits(Rules::STANDARD, Limits { queued_messages: 3, ..LIMITS });
    let (world, page) = (stage.world(), stage.page());
    stage.listen(page);
    stage.router.stop_background(stage.extension).unwrap();
    let port = stage.connect(world);
    stage.router.post(world, port, 1).unwrap();
    stage.router.post(world, port, 2).unwrap();
    let Some(Background::Starting(background)) = stage.router.background(stage.extension) else {
        panic!("connecting wakes the background")
    };
    stage.listen(background);
    stage.router.background_started(background).unwrap();
    // Two held ones were copied to two receivers, which nobody could refuse.
    let queued = |stage: &Stage| {
        let contexts = stage.router.snapshot().contexts;
        contexts.iter().find(|it| it.id == world).map(|it| (it.queued_messages, it.queued_bytes))
    };
    assert_eq!(queued(&stage), Some((4, 32)));
    let post = Call::Post { context: world, port, message: 3 };
    let mut left = Vec::new();
    while let Some(output) = stage.router.poll() {
        let Output::Ready { context, source } = output else { continue };
        if let Told::Message(..) = stage.turn(context, source, Completion::Returned) {
            left.extend(queued(&stage));
            if left.len() < 3 {
                stage.limited(post.clone(), LimitKind::QueuedMessages);
            }
        }
    }
    assert_eq!(left, [(3, 24), (2, 16), (1, 8), (0, 0)]);
    stage.router.apply(post.clone()).unwrap();
    stage.limited(post, LimitKind::QueuedMessages);
}
