//! Limits: every one is a typed refusal, checked last, and costs only whom it is for.

use worldport::*;

use crate::stage::*;

const LIMITS: Limits = Limits::DEFAULT;

/// A stage with limits, a world, and a channel to the listening background.
fn stage(limits: Limits) -> (Stage, ContextId, PortId, PortId) {
    let mut stage = Stage::with_limits(Rules::STANDARD, limits);
    let (world, background) = (stage.world(), stage.background);
    stage.listen(background);
    let (port, receivers) = stage.connected(world);
    (stage, world, port, receivers[0].1)
}

fn limited(stage: &mut Stage, call: Call<u64>, kind: LimitKind) {
    assert_eq!(stage.refused(call), Refusal::Limit(kind));
}

fn connect(context: ContextId, name: &str) -> Call<u64> {
    Call::Connect { context, name: name.into() }
}

#[test]
fn a_message_or_a_name_that_is_too_large_is_refused() {
    let (mut stage, world, port, _) = stage(Limits { message_bytes: 7, name_bytes: 4, ..LIMITS });
    let post = Call::Post { context: world, port, message: 1 };
    limited(&mut stage, post, LimitKind::MessageBytes);
    let send = Call::SendMessage { context: world, message: 1 };
    limited(&mut stage, send, LimitKind::MessageBytes);
    limited(&mut stage, connect(world, "12345"), LimitKind::NameBytes);
}

/// Recordings of both browsers: `m3_large`, `m6_huge`.
#[test]
fn a_message_has_at_most_64_mib_but_in_firefox() {
    let bytes = profiles().map(|(name, rules)| (name, rules.message_bytes));
    let most = Some(67_108_864);
    assert_eq!(bytes, [("standard", most), ("chromium", most), ("firefox", None)]);
}

#[test]
fn a_payload_counts_the_bytes_that_it_has() {
    let text = "\u{e9}t\u{e9}";
    assert_eq!([().bytes(), 1_u32.bytes(), 1_u64.bytes(), [0_u8; 24].bytes()], [0, 4, 8, 24]);
    assert_eq!([vec![0_u8; 3].bytes(), text.to_owned().bytes()], [3, 5]);
}

#[test]
fn the_smaller_limit_of_rules_and_router_counts() {
    let rules = Rules { message_bytes: Some(7), ..Rules::STANDARD };
    let mut stage = Stage::with_limits(rules, LIMITS);
    let world = stage.world();
    let send = Call::SendMessage { context: world, message: 1 };
    limited(&mut stage, send, LimitKind::MessageBytes);
}

#[test]
fn what_is_under_way_for_one_context_is_limited_and_others_are_spared() {
    let limits = Limits { queued_messages: 2, ..LIMITS };
    let (mut stage, world, port, receiver) = stage(limits);
    let second = stage.inject(world_id("w"));
    let (second_port, receivers) = stage.connected(second);
    let post = Call::Post { context: world, port, message: 1 };
    for _ in 0..2 {
        stage.router.apply(post.clone()).unwrap();
    }
    limited(&mut stage, post.clone(), LimitKind::QueuedMessages);
    // Its own account is full, whoever posts into its channel; nobody else's is.
    let back = Call::Post { context: stage.background, port: receiver, message: 1 };
    limited(&mut stage, back, LimitKind::QueuedMessages);
    stage.router.post(second, second_port, 1).unwrap();
    stage.router.post(stage.background, receivers[0].1, 1).unwrap();
    stage.run();
    stage.router.apply(post).unwrap();
}

#[test]
fn a_context_that_takes_nothing_fills_its_own_account_only() {
    let limits = Limits { queued_messages: 2, ..LIMITS };
    let (mut stage, _, _, receiver) = stage(limits);
    let second = stage.inject(world_id("w"));
    let (_, receivers) = stage.connected(second);
    let background = stage.background;
    let to = |port| Call::Post { context: background, port, message: 1 };
    stage.router.apply(to(receiver)).unwrap();
    stage.router.apply(to(receiver)).unwrap();
    limited(&mut stage, to(receiver), LimitKind::QueuedMessages);
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
    limited(&mut stage, post, LimitKind::QueuedMessages);
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
    limited(&mut stage, other.clone(), LimitKind::QueuedMessages);
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
        let (mut stage, world, port, _) = stage(limits);
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
        let (mut stage, world, port, _) = stage(limits);
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
    let (mut stage, world, port, receiver) = stage(Limits { extension_messages: 1_024, ..LIMITS });
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
    let (mut stage, world, port, _) = stage(limits);
    let reached = flood(&mut stage, world, port);
    let page = stage.page();
    stage.router.send_message(page, 1).unwrap();

    let other = stage.router.load_extension(spec("b@example", true)).unwrap();
    let background = stage.router.start_background(other).unwrap();
    stage.router.configure_world(background, WorldId::DEFAULT, messaging(true)).unwrap();
    let realm = Realm::UserScript(WorldId::DEFAULT);
    let second = stage.router.inject(other, stage.document, realm).unwrap();
    let waits = stage.router.connect(second, "").unwrap();
    limited(&mut stage, connect(second, ""), LimitKind::Waiting);
    stage.listen(background);
    stage.router.background_started(background).unwrap();
    let page = stage.router.open_page(other, PageSpec::new("p")).unwrap();
    assert_eq!(flood(&mut stage, second, waits), reached);
    stage.router.send_message(page, 1).unwrap();
}

#[test]
fn what_the_dead_left_under_way_still_counts() {
    let limits = Limits { extension_messages: Limits::FREE_MESSAGES, ..LIMITS };
    let (mut stage, world, port, _) = stage(limits);
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
    let (mut stage, world, port, _) = stage(Limits { queued_bytes: 15, ..LIMITS });
    let post = Call::Post { context: world, port, message: 1 };
    stage.router.apply(post.clone()).unwrap();
    limited(&mut stage, post, LimitKind::QueuedBytes);
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
        limited(&mut stage, post.clone(), kind);
        limited(&mut stage, Call::SendMessage { context: world, message: 3 }, kind);
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
                limited(&mut stage, post.clone(), LimitKind::QueuedMessages);
            }
        }
    }
    assert_eq!(left, [(3, 24), (2, 16), (1, 8), (0, 0)]);
    stage.router.apply(post.clone()).unwrap();
    limited(&mut stage, post, LimitKind::QueuedMessages);
}

#[test]
fn ports_of_an_opener_and_of_a_receiver_are_limited() {
    let limits = Limits { ports: 1, ..LIMITS };
    let (mut stage, world, port, receiver) = stage(limits);
    limited(&mut stage, connect(world, ""), LimitKind::Ports);
    let second = stage.inject(world_id("w"));
    limited(&mut stage, connect(second, ""), LimitKind::Ports);
    stage.router.disconnect(world, port).unwrap();
    stage.router.release(world, port).unwrap();
    stage.run();
    limited(&mut stage, connect(second, ""), LimitKind::Ports);
    stage.router.release(stage.background, receiver).unwrap();
    stage.router.connect(second, "").unwrap();
}

#[test]
fn a_closed_port_is_one_of_its_openers_until_it_is_released() {
    let (mut stage, world, port, receiver) = stage(Limits { ports: 1, ..LIMITS });
    let background = stage.background;
    stage.router.disconnect(background, receiver).unwrap();
    stage.router.release(background, receiver).unwrap();
    stage.run();
    limited(&mut stage, connect(world, ""), LimitKind::Ports);
    stage.router.release(world, port).unwrap();
    stage.router.connect(world, "").unwrap();
}

#[test]
fn channels_of_an_opener_are_limited_and_others_are_spared() {
    let (mut stage, world, port, receiver) = stage(Limits { channels: 1, ..LIMITS });
    limited(&mut stage, connect(world, ""), LimitKind::Channels);
    let second = stage.inject(world_id("w"));
    stage.router.connect(second, "").unwrap();
    // Letting go of a port makes room once the receiver has let go of its own.
    stage.router.disconnect(world, port).unwrap();
    stage.router.release(world, port).unwrap();
    limited(&mut stage, connect(world, ""), LimitKind::Channels);
    stage.run();
    stage.router.release(stage.background, receiver).unwrap();
    stage.router.connect(world, "").unwrap();
}

#[test]
fn what_waits_for_a_background_is_limited() {
    let mut stage = Stage::with_limits(Rules::STANDARD, Limits { waiting: 2, ..LIMITS });
    let world = stage.world();
    stage.router.stop_background(stage.extension).unwrap();
    stage.router.connect(world, "").unwrap();
    stage.router.send_message(world, 1).unwrap();
    limited(&mut stage, connect(world, ""), LimitKind::Waiting);
    limited(&mut stage, Call::SendMessage { context: world, message: 1 }, LimitKind::Waiting);
    stage.router.stop_background(stage.extension).unwrap();
    stage.router.connect(world, "").unwrap();
}

#[test]
fn listeners_of_a_context_are_limited() {
    let mut stage = Stage::with_limits(Rules::STANDARD, Limits { context_listeners: 1, ..LIMITS });
    let world = stage.world();
    let port = stage.router.connect(world, "").unwrap();
    let add = |port, listener| Call::AddListener {
        context: world,
        target: ListenerTarget::PortDisconnect(port),
        listener: ListenerId(listener),
    };
    stage.router.apply(add(port, 1)).unwrap();
    limited(&mut stage, add(port, 2), LimitKind::ContextListeners);
    let target = ListenerTarget::PortDisconnect(port);
    stage.router.remove_listener(world, target, ListenerId(1)).unwrap();
    stage.router.apply(add(port, 2)).unwrap();
    // They go with their port.
    let second = stage.router.connect(world, "").unwrap();
    limited(&mut stage, add(second, 1), LimitKind::ContextListeners);
    stage.router.disconnect(world, port).unwrap();
    stage.router.release(world, port).unwrap();
    stage.router.apply(add(second, 1)).unwrap();
}

#[test]
fn listeners_of_a_set_are_limited() {
    let (mut stage, world, port, _) = stage(Limits { listeners: 2, ..LIMITS });
    let add = |listener| Call::AddListener {
        context: world,
        target: ListenerTarget::PortMessage(port),
        listener: ListenerId(listener),
    };
    stage.router.apply(add(1)).unwrap();
    limited(&mut stage, add(2), LimitKind::Listeners);
    assert_eq!(stage.router.apply(add(1)), Ok(Reply::Done), "it is there already");
}

#[test]
fn requests_of_a_context_are_limited() {
    let (mut stage, world, ..) = stage(Limits { requests: 1, ..LIMITS });
    let send = Call::SendMessage { context: world, message: 1 };
    stage.router.apply(send.clone()).unwrap();
    limited(&mut stage, send.clone(), LimitKind::Requests);
    stage.run();
    stage.router.apply(send).unwrap();
}

#[test]
fn records_of_each_kind_are_limited() {
    let limits = Limits { contexts: 2, documents: 1, extensions: 1, ..LIMITS };
    let (mut stage, world, ..) = stage(limits);
    let extension = stage.extension;
    let load = Call::LoadExtension { extension: spec("b@example", false) };
    limited(&mut stage, load, LimitKind::Extensions);
    let page = Call::OpenPage { extension, page: PageSpec::new("p") };
    limited(&mut stage, page.clone(), LimitKind::Contexts);
    let script = Realm::ContentScript;
    let inject = Call::Inject { extension, document: stage.document, realm: script };
    limited(&mut stage, inject, LimitKind::Contexts);
    let spec = DocumentSpec::in_tab(TabId(2), content("u"));
    limited(&mut stage, Call::CreateDocument { document: spec }, LimitKind::Documents);
    let navigate =
        |departure| Call::Navigate { document: stage.document, departure, content: content("u") };
    let (cached, destroyed) = (navigate(Departure::Cached), navigate(Departure::Destroyed));
    limited(&mut stage, cached, LimitKind::Documents);
    // Waking needs a context too.
    stage.router.stop_background(extension).unwrap();
    stage.router.apply(page).unwrap();
    limited(&mut stage, connect(world, ""), LimitKind::Contexts);
    let send = Call::SendMessage { context: world, message: 1 };
    limited(&mut stage, send, LimitKind::Contexts);
    limited(&mut stage, Call::StartBackground { extension }, LimitKind::Contexts);
    stage.router.apply(destroyed).unwrap();
}

#[test]
fn requests_of_an_extension_are_limited_with_those_of_the_dead() {
    let mut stage = Stage::with_limits(Rules::STANDARD, Limits { extension_requests: 1, ..LIMITS });
    stage.listen(stage.background);
    let world = stage.world();
    stage.router.send_message(world, 1).unwrap();
    stage.router.destroy_document(stage.document).unwrap();
    let page = stage.page();
    let send = Call::SendMessage { context: page, message: 1 };
    limited(&mut stage, send.clone(), LimitKind::ExtensionRequests);
    stage.run();
    stage.router.apply(send).unwrap();
}

#[test]
fn texts_that_come_from_outside_are_limited() {
    let mut stage =
        Stage::with_limits(Rules::STANDARD, Limits { url_bytes: 40, policy_bytes: 4, ..LIMITS });
    let extension = stage.extension;
    let long: String = "x".repeat(41);
    let url = LimitKind::UrlBytes;
    let by = |id: &str, origin: &str, background: Option<&str>| Call::LoadExtension {
        extension: ExtensionSpec {
            id: id.into(),
            origin: origin.into(),
            background: background.map(Into::into),
        },
    };
    limited(&mut stage, by(&long, "o", None), url);
    limited(&mut stage, by("i", &long, None), url);
    limited(&mut stage, by("i", "o", Some(&long)), url);
    limited(&mut stage, Call::OpenPage { extension, page: PageSpec::new(&*long) }, url);
    for content in [Content::new(&*long, "o"), Content::new("u", &*long)] {
        let spec = DocumentSpec::in_tab(TabId(1), content.clone());
        limited(&mut stage, Call::CreateDocument { document: spec }, url);
        let departure = Departure::Destroyed;
        let navigate = Call::Navigate { document: stage.document, departure, content };
        limited(&mut stage, navigate, url);
    }
    let configure = Call::ConfigureWorld {
        context: stage.background,
        world: world_id("w"),
        change: WorldChange { messaging: None, csp: Some("12345".into()) },
    };
    limited(&mut stage, configure, LimitKind::PolicyBytes);
}

#[test]
fn pages_frames_and_cached_documents_are_limited() {
    let limits = Limits { pages: 1, frames: 2, cached_documents: 1, ..LIMITS };
    let mut stage = Stage::with_limits(Rules::STANDARD, limits);
    let extension = stage.extension;
    let open = Call::OpenPage { extension, page: PageSpec::new("p") };
    let page = stage.page();
    limited(&mut stage, open.clone(), LimitKind::Pages);
    stage.router.close_page(page).unwrap();
    stage.router.apply(open).unwrap();

    let frame_of = |parent| DocumentSpec::in_frame_of(parent, content("u"));
    let child = stage.router.create_document(frame_of(stage.document)).unwrap();
    let grandchild = stage.router.create_document(frame_of(child)).unwrap();
    let more = Call::CreateDocument { document: frame_of(grandchild) };
    limited(&mut stage, more, LimitKind::Frames);
    // Another tab has room of its own, and so has what comes after this page.
    let tab = DocumentSpec::in_tab(TabId(9), content("u"));
    let other = stage.router.create_document(tab).unwrap();
    stage.router.create_document(frame_of(other)).unwrap();
    stage.router.destroy_document(grandchild).unwrap();
    stage.router.create_document(frame_of(child)).unwrap();

    let cached =
        |document| Call::Navigate { document, departure: Departure::Cached, content: content("u") };
    let Ok(Reply::Document(second)) = stage.router.apply(cached(stage.document)) else {
        panic!("one document may be cached")
    };
    stage.router.create_document(frame_of(second)).unwrap();
    limited(&mut stage, cached(second), LimitKind::CachedDocuments);
    stage.router.restore(stage.document, Departure::Cached).unwrap();
    stage.router.destroy_document(second).unwrap();
    stage.router.apply(cached(stage.document)).unwrap();
}

#[test]
fn every_limit_has_a_default_and_a_text_of_its_own() {
    let kinds: std::collections::BTreeSet<_> = Limits::ALL.iter().map(|row| row.0).collect();
    let texts: std::collections::BTreeSet<_> = kinds.iter().map(ToString::to_string).collect();
    assert_eq!((kinds.len(), texts.len()), (Limits::ALL.len(), Limits::ALL.len()));
    assert!(Limits::ALL.iter().all(|&(_, _, default)| default > 0));
}

#[test]
fn worlds_and_configurations_obey_the_routers_own_limits_too() {
    let limits = Limits { worlds_per_document: 1, configured_worlds: 1, ..LIMITS };
    for (_, rules) in profiles() {
        let mut stage = Stage::with_limits(rules, limits.clone());
        stage.world();
        let inject = Call::Inject {
            extension: stage.extension,
            document: stage.document,
            realm: Realm::UserScript(world_id("w")),
        };
        limited(&mut stage, inject, LimitKind::WorldsPerDocument);
        let configure = Call::ConfigureWorld {
            context: stage.background,
            world: world_id("w"),
            change: messaging(true),
        };
        limited(&mut stage, configure, LimitKind::ConfiguredWorlds);
    }
}
