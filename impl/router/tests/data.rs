//! Calls, outcomes and snapshots as data (feature `serde`): what goes out comes back, and ids that were
//! forged on the way open nothing and break nothing.

#![allow(clippy::unwrap_used)] // A set-up that fails may panic.

use serde_json::{Value, from_value, json, to_value};
use worldport::*;

/// A router with an open channel, a held message and a waiting request.
fn busy() -> (Router<u64>, Vec<Call<u64>>) {
    let spec = ExtensionSpec {
        id: "a@example".into(),
        origin: "moz-extension://a".into(),
        background: Some("moz-extension://a/background.html".into()),
    };
    let mut router = Router::new(Rules::STANDARD, Limits::DEFAULT);
    let extension = router.load_extension(spec.clone()).unwrap();
    let background = router.start_background(extension).unwrap();
    let content = Content::new("https://example.com/", "https://example.com");
    let tab = DocumentSpec::in_tab(TabId(1), content);
    let document = router.create_document(tab.clone()).unwrap();
    let world = WorldId::new("w", WorldIdLength::Utf16).unwrap();
    let change = WorldChange { messaging: Some(true), csp: None };
    let target = ListenerTarget::Runtime(RuntimeEvent::OnUserScriptConnect);
    let mut calls = vec![
        Call::LoadExtension { extension: spec },
        Call::CreateDocument { document: tab },
        Call::ConfigureWorld { context: background, world: world.clone(), change },
        Call::Inject { extension, document, realm: Realm::UserScript(world) },
        Call::AddListener { context: background, target, listener: ListenerId(1) },
    ];
    for call in calls.clone() {
        router.apply(call).unwrap();
    }
    let context = router.snapshot().contexts[1].id;
    let port = router.connect(context, "name").unwrap();
    let more =
        [Call::Post { context, port, message: 1 }, Call::SendMessage { context, message: 2 }];
    for call in more {
        router.apply(call.clone()).unwrap();
        calls.push(call);
    }
    (router, calls)
}

#[test]
fn what_goes_out_comes_back() {
    let (mut router, calls) = busy();
    let snapshot = router.snapshot();
    let back: Snapshot<u64> = from_value(to_value(&snapshot).unwrap()).unwrap();
    assert_eq!(back, snapshot);
    for call in calls {
        let back: Call<u64> = from_value(to_value(&call).unwrap()).unwrap();
        assert_eq!(back, call);
        let outcome = router.apply(call);
        let back: Outcome<u64> = from_value(to_value(&outcome).unwrap()).unwrap();
        assert_eq!(back, outcome);
    }
    while let Some(output) = router.poll() {
        let back: Output = from_value(to_value(output).unwrap()).unwrap();
        assert_eq!(back, output);
    }
    for rules in [Rules::STANDARD, Rules::CHROMIUM, Rules::FIREFOX] {
        let back: Rules = from_value(to_value(&rules).unwrap()).unwrap();
        assert_eq!(back, rules);
    }
}

#[test]
fn a_reserved_world_id_does_not_come_in() {
    assert_eq!(from_value::<WorldId>(json!("")).unwrap(), WorldId::DEFAULT);
    assert!(from_value::<WorldId>(json!("_reserved")).is_err());
}

#[test]
fn a_forged_id_is_refused_or_ones_own() {
    let (router, _) = busy();
    for slot in [0, 1, 2, 3, u32::MAX - 1, u32::MAX] {
        for generation in [1, 2, u32::MAX] {
            let id: Value = json!({ "slot": slot, "generation": generation });
            for call in forged(&id) {
                let mut router = router.clone();
                let before = router.snapshot();
                if router.apply(call.clone()).is_err() {
                    assert_eq!(router.snapshot(), before, "[S9] {call:?}");
                }
                assert!(router.is_consistent(), "{call:?}");
            }
        }
    }
}

/// Every call with every id forged alike.
fn forged(id: &Value) -> Vec<Call<u64>> {
    let port = || from_value::<PortId>(id.clone()).unwrap();
    let request = || from_value::<RequestId>(id.clone()).unwrap();
    let context: ContextId = from_value(id.clone()).unwrap();
    let extension: ExtensionId = from_value(id.clone()).unwrap();
    let document: DocumentId = from_value(id.clone()).unwrap();
    let content = Content::new("u", "o");
    let world = WorldId::DEFAULT;
    let listener = ListenerId(1);
    let mut calls = vec![
        Call::Abandon { context, request: request() },
        Call::BackgroundStarted { context },
        Call::ClosePage { context },
        Call::ConfigureWorld { context, world: world.clone(), change: WorldChange::default() },
        Call::Connect { context, name: "".into() },
        Call::CreateDocument { document: DocumentSpec::in_frame_of(document, content.clone()) },
        Call::DestroyDocument { document },
        Call::Disconnect { context, port: port() },
        Call::GrantPermission { extension },
        Call::Inject { extension, document, realm: Realm::ContentScript },
        Call::Navigate { document, departure: Departure::Cached, content },
        Call::Next { context, completion: Completion::Returned },
        Call::OpenPage { extension, page: PageSpec::new("p") },
        Call::Post { context, port: port(), message: 1 },
        Call::Release { context, port: port() },
        Call::ResetWorldConfiguration { context, world },
        Call::Respond { context, request: request(), message: 1 },
        Call::Restore { document, departure: Departure::Destroyed },
        Call::RevokePermission { extension },
        Call::SendMessage { context, message: 1 },
        Call::StartBackground { extension },
        Call::StopBackground { extension },
        Call::UnloadExtension { extension },
    ];
    for source in
        [EventSource::Port(port()), EventSource::Reply(request()), EventSource::Request(request())]
    {
        calls.push(Call::Dispatch { context, source });
    }
    for target in [
        ListenerTarget::PortDisconnect(port()),
        ListenerTarget::PortMessage(port()),
        ListenerTarget::Runtime(RuntimeEvent::OnMessage),
    ] {
        calls.push(Call::AddListener { context, target, listener });
        calls.push(Call::RemoveListener { context, target, listener });
    }
    calls
}
