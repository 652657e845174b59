//! Limits: every one is a typed refusal, checked last, and costs only whom it is for.

use worldport::*;

use crate::stage::*;

const LIMITS: Limits = Limits::DEFAULT;

fn connect(context: ContextId, name: &str) -> Call<u64> {
    Call::Connect { context, name: name.into() }
}

#[test]
fn a_message_or_a_name_that_is_too_large_is_refused() {
    let (mut stage, world, port, _) =
        Stage::with_channel(Limits { message_bytes: 7, name_bytes: 4, ..LIMITS });
    let post = Call::Post { context: world, port, message: 1 };
    stage.limited(post, LimitKind::MessageBytes);
    let send = Call::SendMessage { context: world, message: 1 };
    stage.limited(send, LimitKind::MessageBytes);
    stage.limited(connect(world, "12345"), LimitKind::NameBytes);
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
    stage.limited(send, LimitKind::MessageBytes);
}

#[test]
fn ports_of_an_opener_and_of_a_receiver_are_limited() {
    let limits = Limits { ports: 1, ..LIMITS };
    let (mut stage, world, port, receiver) = Stage::with_channel(limits);
    stage.limited(connect(world, ""), LimitKind::Ports);
    let second = stage.inject(world_id("w"));
    stage.limited(connect(second, ""), LimitKind::Ports);
    stage.router.disconnect(world, port).unwrap();
    stage.router.release(world, port).unwrap();
    stage.run();
    stage.limited(connect(second, ""), LimitKind::Ports);
    stage.router.release(stage.background, receiver).unwrap();
    stage.router.connect(second, "").unwrap();
}

#[test]
fn a_closed_port_is_one_of_its_openers_until_it_is_released() {
    let (mut stage, world, port, receiver) = Stage::with_channel(Limits { ports: 1, ..LIMITS });
    let background = stage.background;
    stage.router.disconnect(background, receiver).unwrap();
    stage.router.release(background, receiver).unwrap();
    stage.run();
    stage.limited(connect(world, ""), LimitKind::Ports);
    stage.router.release(world, port).unwrap();
    stage.router.connect(world, "").unwrap();
}

#[test]
fn channels_of_an_opener_are_limited_and_others_are_spared() {
    let (mut stage, world, port, receiver) = Stage::with_channel(Limits { channels: 1, ..LIMITS });
    stage.limited(connect(world, ""), LimitKind::Channels);
    let second = stage.inject(world_id("w"));
    stage.router.connect(second, "").unwrap();
    // Letting go of a port makes room once the receiver has let go of its own.
    stage.router.disconnect(world, port).unwrap();
    stage.router.release(world, port).unwrap();
    stage.limited(connect(world, ""), LimitKind::Channels);
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
    stage.limited(connect(world, ""), LimitKind::Waiting);
    stage.limited(Call::SendMessage { context: world, message: 1 }, LimitKind::Waiting);
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
    stage.limited(add(port, 2), LimitKind::ContextListeners);
    let target = ListenerTarget::PortDisconnect(port);
    stage.router.remove_listener(world, target, ListenerId(1)).unwrap();
    stage.router.apply(add(port, 2)).unwrap();
    // They go with their port.
    let second = stage.router.connect(world, "").unwrap();
    stage.limited(add(second, 1), LimitKind::ContextListeners);
    stage.router.disconnect(world, port).unwrap();
    stage.router.release(world, port).unwrap();
    stage.router.apply(add(second, 1)).unwrap();
}

#[test]
fn listeners_of_a_set_are_limited() {
    let (mut stage, world, port, _) = Stage::with_channel(Limits { listeners: 2, ..LIMITS });
    let add = |listener| Call::AddListener {
        context: world,
        target: ListenerTarget::PortMessage(port),
        listener: ListenerId(listener),
    };
    stage.router.apply(add(1)).unwrap();
    stage.limited(add(2), LimitKind::Listeners);
    assert_eq!(stage.router.apply(add(1)), Ok(Reply::Done), "it is there already");
}

#[test]
fn requests_of_a_context_are_limited() {
    let (mut stage, world, ..) = Stage::with_channel(Limits { requests: 1, ..LIMITS });
    let send = Call::SendMessage { context: world, message: 1 };
    stage.router.apply(send.clone()).unwrap();
    stage.limited(send.clone(), LimitKind::Requests);
    stage.run();
    stage.router.apply(send).unwrap();
}

#[test]
fn records_of_each_kind_are_limited() {
    let limits = Limits { contexts: 2, documents: 1, extensions: 1, ..LIMITS };
    let (mut stage, world, ..) = Stage::with_channel(limits);
    let extension = stage.extension;
    let load = Call::LoadExtension { extension: spec("b@example", false) };
    stage.limited(load, LimitKind::Extensions);
    let page = Call::OpenPage { extension, page: PageSpec::new("p") };
    stage.limited(page.clone(), LimitKind::Contexts);
    let script = Realm::ContentScript;
    let inject = Call::Inject { extension, document: stage.document, realm: script };
    stage.limited(inject, LimitKind::Contexts);
    let spec = DocumentSpec::in_tab(TabId(2), content("u"));
    stage.limited(Call::CreateDocument { document: spec }, LimitKind::Documents);
    let navigate =
        |departure| Call::Navigate { document: stage.document, departure, content: content("u") };
    let (cached, destroyed) = (navigate(Departure::Cached), navigate(Departure::Destroyed));
    stage.limited(cached, LimitKind::Documents);
    // Waking needs a context too.
    stage.router.stop_background(extension).unwrap();
    stage.router.apply(page).unwrap();
    stage.limited(connect(world, ""), LimitKind::Contexts);
    let send = Call::SendMessage { context: world, message: 1 };
    stage.limited(send, LimitKind::Contexts);
    stage.limited(Call::StartBackground { extension }, LimitKind::Contexts);
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
    stage.limited(send.clone(), LimitKind::ExtensionRequests);
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
    stage.limited(by(&long, "o", None), url);
    stage.limited(by("i", &long, None), url);
    stage.limited(by("i", "o", Some(&long)), url);
    stage.limited(Call::OpenPage { extension, page: PageSpec::new(&*long) }, url);
    for content in [Content::new(&*long, "o"), Content::new("u", &*long)] {
        let spec = DocumentSpec::in_tab(TabId(1), content.clone());
        stage.limited(Call::CreateDocument { document: spec }, url);
        let departure = Departure::Destroyed;
        let navigate = Call::Navigate { document: stage.document, departure, content };
        stage.limited(navigate, url);
    }
    let configure = Call::ConfigureWorld {
        context: stage.background,
        world: world_id("w"),
        change: WorldChange { messaging: None, csp: Some("12345".into()) },
    };
    stage.limited(configure, LimitKind::PolicyBytes);
}

#[test]
fn pages_frames_and_cached_documents_are_limited() {
    let limits = Limits { pages: 1, frames: 2, cached_documents: 1, ..LIMITS };
    let mut stage = Stage::with_limits(Rules::STANDARD, limits);
    let extension = stage.extension;
    let open = Call::OpenPage { extension, page: PageSpec::new("p") };
    let page = stage.page();
    stage.limited(open.clone(), LimitKind::Pages);
    stage.router.close_page(page).unwrap();
    stage.router.apply(open).unwrap();

    let frame_of = |parent| DocumentSpec::in_frame_of(parent, content("u"));
    let child = stage.router.create_document(frame_of(stage.document)).unwrap();
    let grandchild = stage.router.create_document(frame_of(child)).unwrap();
    let more = Call::CreateDocument { document: frame_of(grandchild) };
    stage.limited(more, LimitKind::Frames);
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
    stage.limited(cached(second), LimitKind::CachedDocuments);
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
        stage.limited(inject, LimitKind::WorldsPerDocument);
        let configure = Call::ConfigureWorld {
            context: stage.background,
            world: world_id("w"),
            change: messaging(true),
        };
        stage.limited(configure, LimitKind::ConfiguredWorlds);
    }
}
