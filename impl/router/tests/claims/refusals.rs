//! Refusals: their order, and ids that are stale, foreign or another router's.

use worldport::*;

use crate::stage::*;

/// Every script call of a context about a port and a request.
fn script_calls(context: ContextId, port: PortId, request: RequestId) -> Vec<Call<u64>> {
    let listener = ListenerId(1);
    let mut calls = vec![
        Call::Abandon { context, request },
        Call::ConfigureWorld { context, world: WorldId::DEFAULT, change: messaging(true) },
        Call::Connect { context, name: "".into() },
        Call::Disconnect { context, port },
        Call::Post { context, port, message: 1 },
        Call::Release { context, port },
        Call::ResetWorldConfiguration { context, world: WorldId::DEFAULT },
        Call::Respond { context, request, message: 1 },
        Call::SendMessage { context, message: 1 },
    ];
    for target in [
        runtime(RuntimeEvent::OnConnect),
        ListenerTarget::PortDisconnect(port),
        ListenerTarget::PortMessage(port),
    ] {
        calls.push(Call::AddListener { context, target, listener });
        calls.push(Call::RemoveListener { context, target, listener });
    }
    calls
}

/// A stage with a world, its open port, the receiver's, and a request that the background was
/// asked.
fn stage() -> (Stage, ContextId, PortId, PortId, RequestId) {
    let mut stage = Stage::new(Rules::STANDARD);
    let (world, background) = (stage.world(), stage.background);
    stage.listen(background);
    let (port, receivers) = stage.connected(world);
    let request = stage.router.send_message(world, 1).unwrap();
    stage.run_with(Completion::WillRespond);
    (stage, world, port, receivers[0].1, request)
}

#[test]
fn a_dead_context_can_do_nothing() {
    let (mut stage, world, port, _, request) = stage();
    stage.router.destroy_document(stage.document).unwrap();
    let mut calls = script_calls(world, port, request);
    calls.push(Call::Dispatch { context: world, source: EventSource::Port(port) });
    calls.push(Call::Next { context: world, completion: Completion::Returned });
    calls.push(Call::BackgroundStarted { context: world });
    calls.push(Call::ClosePage { context: world });
    for call in calls {
        assert_eq!(stage.refused(call), Refusal::NoSuchContext(world));
    }
}

#[test]
fn an_invalidated_context_can_only_be_told() {
    let (mut stage, world, port, _, request) = stage();
    stage.router.unload_extension(stage.extension).unwrap();
    for call in script_calls(world, port, request) {
        assert_eq!(stage.refused(call), Refusal::ContextInvalidated(world));
    }
    assert!(stage.run().contains(&Told::Disconnect(world, port, None)));
}

#[test]
fn invalidation_is_checked_before_suspension_and_suspension_before_the_rest() {
    let (mut stage, world, port, _, request) = stage();
    let next = content("https://example.com/next");
    stage.router.navigate(stage.document, Departure::Cached, next).unwrap();
    for call in script_calls(world, port, request) {
        assert_eq!(stage.refused(call), Refusal::Suspended(world));
    }
    stage.router.unload_extension(stage.extension).unwrap();
    for call in script_calls(world, port, request) {
        assert_eq!(stage.refused(call), Refusal::ContextInvalidated(world));
    }
}

#[test]
fn a_port_of_another_context_is_refused() {
    let (mut stage, world, port, receiver, _) = stage();
    let background = stage.background;
    for (context, port) in [(world, receiver), (background, port)] {
        let target = ListenerTarget::PortMessage(port);
        let calls = [
            Call::AddListener { context, target, listener: ListenerId(1) },
            Call::Disconnect { context, port },
            Call::Dispatch { context, source: EventSource::Port(port) },
            Call::Post { context, port, message: 1 },
            Call::Release { context, port },
        ];
        for call in calls {
            assert_eq!(stage.refused(call), Refusal::ForeignPort(port));
        }
        assert_eq!(stage.router.port_phase(context, port), None);
    }
}

#[test]
fn an_offered_port_is_nobodys_yet() {
    let mut stage = Stage::new(Rules::STANDARD);
    let (world, background) = (stage.world(), stage.background);
    stage.listen(background);
    stage.router.connect(world, "").unwrap();
    let Some(Output::Ready { source: EventSource::Port(port), .. }) = stage.router.poll() else {
        panic!("the background is offered the channel")
    };
    let post = |context| Call::Post { context, port, message: 1 };
    assert_eq!(stage.refused(post(background)), Refusal::NoSuchPort(port));
    assert_eq!(stage.refused(post(world)), Refusal::NoSuchPort(port));
    let source = EventSource::Port(port);
    let dispatch = Call::Dispatch { context: world, source };
    assert_eq!(stage.refused(dispatch), Refusal::ForeignPort(port));
}

#[test]
fn the_gate_is_checked_before_the_port() {
    let (mut stage, world, _, receiver, _) = stage();
    let background = stage.background;
    stage.router.configure_world(background, WorldId::DEFAULT, messaging(false)).unwrap();
    let post = Call::Post { context: world, port: receiver, message: 1 };
    assert_eq!(stage.refused(post), Refusal::MessagingWithdrawn(world));
    let disconnect = Call::Disconnect { context: world, port: receiver };
    assert_eq!(stage.refused(disconnect), Refusal::ForeignPort(receiver));
}

#[test]
fn worlds_and_content_scripts_have_no_extension_api() {
    let (mut stage, world, _, _, request) = stage();
    let realm = Realm::ContentScript;
    let script = stage.router.inject(stage.extension, stage.document, realm).unwrap();
    stage.router.revoke_permission(stage.extension).unwrap();
    for context in [world, script] {
        let target = runtime(RuntimeEvent::OnUserScriptConnect);
        let calls = [
            Call::Abandon { context, request },
            Call::AddListener { context, target, listener: ListenerId(1) },
            Call::ResetWorldConfiguration { context, world: WorldId::DEFAULT },
            Call::Respond { context, request, message: 1 },
        ];
        for call in calls {
            assert_eq!(stage.refused(call), Refusal::NotAvailable(context));
        }
    }
    // Only then is the permission asked for.
    let (context, extension) = (stage.background, stage.extension);
    let target = runtime(RuntimeEvent::OnUserScriptConnect);
    let add = Call::AddListener { context, target, listener: ListenerId(1) };
    assert_eq!(stage.refused(add), Refusal::NotPermitted(extension));
    let reset = Call::ResetWorldConfiguration { context, world: WorldId::DEFAULT };
    assert_eq!(stage.refused(reset), Refusal::NotPermitted(extension));
}

#[test]
fn ids_of_another_router_are_at_worst_ones_own() {
    let (mut here, world, port, receiver, request) = stage();
    let (there, ..) = stage();
    // The other router is told of ids that it never made, for every combination of roles.
    let mut other = there;
    for _ in 0..3 {
        other.page();
    }
    let contexts = [world, here.background, here.page(), here.inject(world_id("w"))];
    let before = other.router.clone();
    for context in contexts {
        for port in [port, receiver] {
            for call in script_calls(context, port, request) {
                let mut other = before.clone();
                let _ = other.apply(call);
                assert!(other.is_consistent());
            }
        }
    }
    let Some(&unknown) = contexts.last() else { panic!("there are four") };
    let mut empty: Router<u64> = Router::new(Rules::STANDARD, Limits::DEFAULT);
    for call in script_calls(unknown, port, request) {
        assert_eq!(empty.apply(call), Err(Refusal::NoSuchContext(unknown)));
    }
}

#[test]
fn driver_calls_about_nothing_are_refused() {
    let (mut stage, ..) = stage();
    let spare = stage.router.load_extension(spec("b@example", false)).unwrap();
    stage.router.unload_extension(spare).unwrap();
    let page = PageSpec::new("p");
    let document = stage.document;
    let realm = Realm::ContentScript;
    for call in [
        Call::GrantPermission { extension: spare },
        Call::Inject { extension: spare, document, realm },
        Call::OpenPage { extension: spare, page },
        Call::RevokePermission { extension: spare },
        Call::StartBackground { extension: spare },
        Call::StopBackground { extension: spare },
        Call::UnloadExtension { extension: spare },
    ] {
        assert_eq!(stage.refused(call), Refusal::NoSuchExtension(spare));
    }
    stage.router.destroy_document(document).unwrap();
    let extension = stage.extension;
    for call in [
        Call::CreateDocument { document: DocumentSpec::in_frame_of(document, content("u")) },
        Call::DestroyDocument { document },
        Call::Inject { extension, document, realm: Realm::ContentScript },
        Call::Navigate { document, departure: Departure::Cached, content: content("u") },
        Call::Restore { document, departure: Departure::Cached },
    ] {
        assert_eq!(stage.refused(call), Refusal::NoSuchDocument(document));
    }
}

#[test]
fn a_cached_document_takes_no_scripts_frames_or_navigation() {
    let (mut stage, ..) = stage();
    let (document, extension) = (stage.document, stage.extension);
    stage.router.navigate(document, Departure::Cached, content("u")).unwrap();
    for call in [
        Call::CreateDocument { document: DocumentSpec::in_frame_of(document, content("u")) },
        Call::Inject { extension, document, realm: Realm::ContentScript },
        Call::Navigate { document, departure: Departure::Cached, content: content("u") },
    ] {
        assert_eq!(stage.refused(call), Refusal::DocumentSuspended(document));
    }
}
