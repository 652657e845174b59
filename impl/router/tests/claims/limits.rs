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

#[test]
fn the_smaller_limit_of_rules_and_router_counts() {
    let rules = Rules { message_bytes: Some(7), ..Rules::STANDARD };
    let mut stage = Stage::with_limits(rules, LIMITS);
    let world = stage.world();
    let send = Call::SendMessage { context: world, message: 1 };
    limited(&mut stage, send, LimitKind::MessageBytes);
}

#[test]
fn what_waits_for_one_context_is_limited_and_others_are_spared() {
    let limits = Limits { queued_messages: 2, ..LIMITS };
    let (mut stage, world, port, receiver) = stage(limits);
    let post = Call::Post { context: world, port, message: 1 };
    for _ in 0..2 {
        stage.router.apply(post.clone()).unwrap();
    }
    limited(&mut stage, post.clone(), LimitKind::QueuedMessages);
    stage.router.post(stage.background, receiver, 1).unwrap();
    stage.run();
    stage.router.apply(post).unwrap();
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
