//! A router with something of everything, which tests change from inside.

use alloc::vec::Vec;

use super::super::Router;
use crate::record::{Amount, Ask, Channel, Context, ContextBack, Frame};
use crate::store::{Id as _, List, Store as _};
use crate::{
    Content, ContextId, Departure, DocumentId, DocumentSpec, EventSource, ExtensionId,
    ExtensionSpec, Held, Limits, ListenerId, ListenerTarget, PageSpec, PortId, Realm, RequestId,
    Rules, RuntimeEvent, TabId, WorldChange, WorldId,
};

/// A router with something of everything.
#[derive(Clone)]
pub(super) struct Scene {
    pub(super) router: Router<u64>,
    /// With a running background, a page, and a world that has connected and asked.
    pub(super) first: ExtensionId,
    pub(super) background: ContextId,
    pub(super) page: ContextId,
    pub(super) world: ContextId,
    /// Accepted by the background and offered to the page, with two messages on the way to each.
    pub(super) opener: PortId,
    pub(super) at_background: PortId,
    pub(super) at_page: PortId,
    /// Accepted by both, with nothing on the way.
    pub(super) quiet: PortId,
    pub(super) quiet_at_page: PortId,
    /// Let go of by the opener's death.
    pub(super) orphan: PortId,
    pub(super) request: RequestId,
    /// Its background is starting, and a world of it has connected, posted and asked.
    pub(super) second: ExtensionId,
    pub(super) second_world: ContextId,
    pub(super) waiting: PortId,
    pub(super) waiting_request: RequestId,
    /// Nobody runs anything of it.
    pub(super) third: ExtensionId,
    pub(super) top: DocumentId,
    pub(super) child: DocumentId,
    pub(super) other: DocumentId,
    pub(super) cached: DocumentId,
}

fn content() -> Content {
    Content::new("https://example.com/", "https://example.com")
}

fn extension(id: &str, background: bool) -> ExtensionSpec {
    ExtensionSpec {
        id: id.into(),
        origin: "moz-extension://x".into(),
        background: background.then(|| "moz-extension://x/bg.js".into()),
    }
}

/// The ports that are announced to a context, oldest first.
pub(super) fn announced(router: &mut Router<u64>, to: ContextId) -> Vec<PortId> {
    let outputs: Vec<_> = core::iter::from_fn(|| router.poll()).collect();
    let port = |output: &_| match output {
        &crate::Output::Ready { context, source: EventSource::Port(port) } => {
            (context == to).then_some(port)
        }
        _ => None,
    };
    outputs.iter().filter_map(port).collect()
}

/// Takes every event of a port, to the end.
pub(super) fn take(router: &mut Router<u64>, context: ContextId, port: PortId) {
    router.dispatch(context, EventSource::Port(port)).unwrap();
    while router.is_dispatching(context) {
        router.next(context, crate::Completion::Returned).unwrap();
    }
}

pub(super) fn scene(held: Held) -> Scene {
    let mut router = Router::new(Rules { held, ..Rules::STANDARD }, Limits::DEFAULT);
    let messaging = WorldChange { messaging: Some(true), csp: None };
    let connects = ListenerTarget::Runtime(RuntimeEvent::OnUserScriptConnect);
    let asks = ListenerTarget::Runtime(RuntimeEvent::OnUserScriptMessage);
    let realm = || Realm::UserScript(WorldId::DEFAULT);

    let first = router.load_extension(extension("a@example", true)).unwrap();
    let background = router.start_background(first).unwrap();
    router.configure_world(background, WorldId::DEFAULT, messaging.clone()).unwrap();
    router.background_started(background).unwrap();
    let page = router.open_page(first, PageSpec::new("moz-extension://x/p")).unwrap();
    for context in [background, page] {
        router.add_listener(context, connects, ListenerId(1)).unwrap();
        router.add_listener(context, connects, ListenerId(2)).unwrap();
        router.add_listener(context, asks, ListenerId(1)).unwrap();
    }
    let tab = |number| DocumentSpec::in_tab(TabId(number), content());
    let top = router.create_document(tab(1)).unwrap();
    let child = router.create_document(DocumentSpec::in_frame_of(top, content())).unwrap();
    let cached = router.create_document(tab(2)).unwrap();
    router.inject(first, cached, realm()).unwrap();
    let other = router.navigate(cached, Departure::Cached, content()).unwrap();
    let doomed = router.create_document(tab(3)).unwrap();
    let dying = router.inject(first, doomed, realm()).unwrap();
    announced(&mut router, background);
    router.connect(dying, "orphan").unwrap();
    let orphan = announced(&mut router, background)[0];
    take(&mut router, background, orphan);
    router.destroy_document(doomed).unwrap();

    let world = router.inject(first, top, realm()).unwrap();
    announced(&mut router, background);
    let quiet = router.connect(world, "quiet").unwrap();
    let mut receivers = router.clone();
    let at_background = announced(&mut receivers, background)[0];
    let quiet_at_page = announced(&mut router, page)[0];
    take(&mut router, background, at_background);
    take(&mut router, page, quiet_at_page);
    let opener = router.connect(world, "busy").unwrap();
    let mut receivers = router.clone();
    let at_background = announced(&mut receivers, background)[0];
    let at_page = announced(&mut router, page)[0];
    router.post(world, opener, 1).unwrap();
    router.post(world, opener, 2).unwrap();
    take(&mut router, background, at_background);
    router
        .add_listener(background, ListenerTarget::PortMessage(at_background), ListenerId(3))
        .unwrap();
    let request = router.send_message(world, 3).unwrap();

    let second = router.load_extension(extension("b@example", true)).unwrap();
    let starting = router.start_background(second).unwrap();
    router.configure_world(starting, WorldId::DEFAULT, messaging).unwrap();
    let second_world = router.inject(second, top, realm()).unwrap();
    let waiting = router.connect(second_world, "waits").unwrap();
    router.post(second_world, waiting, 4).unwrap();
    let waiting_request = router.send_message(second_world, 5).unwrap();
    let third = router.load_extension(extension("c@example", false)).unwrap();
    while router.poll().is_some() {}
    assert_eq!(router.inconsistency(), None);
    Scene {
        router,
        first,
        background,
        page,
        world,
        opener,
        at_background,
        at_page,
        quiet,
        quiet_at_page,
        orphan,
        request,
        second,
        second_world,
        waiting,
        waiting_request,
        third,
        top,
        child,
        other,
        cached,
    }
}

impl Scene {
    pub(super) fn extension(&mut self, id: ExtensionId) -> &mut crate::record::Extension {
        self.router.extensions.at_mut(id.slot())
    }

    pub(super) fn document(&mut self, id: DocumentId) -> &mut crate::record::Document {
        self.router.documents.at_mut(id.slot())
    }

    pub(super) fn frame(&mut self, of: DocumentId) -> &mut Frame {
        let frame = self.document(of).frame;
        self.router.frames.at_mut(frame)
    }

    pub(super) fn context(&mut self, id: ContextId) -> &mut Context {
        self.router.contexts.at_mut(id.slot())
    }

    pub(super) fn context_back(&mut self, id: ContextId) -> &mut ContextBack {
        self.router.contexts.back.at_mut(id.slot())
    }

    pub(super) fn end(&mut self, id: PortId) -> &mut crate::record::End {
        self.router.ends.at_mut(id.slot())
    }

    pub(super) fn channel(&mut self, of: PortId) -> &mut Channel {
        let channel = self.router.ends.back.at(of.slot()).channel;
        self.router.channels.at_mut(channel)
    }

    pub(super) fn hold(&mut self, of: PortId) -> &mut crate::record::Hold {
        let hold = self.channel(of).hold;
        self.router.holds.at_mut(hold)
    }

    pub(super) fn ask(&mut self) -> &mut Ask {
        let ask = self.router.requests.at(self.request.slot()).asks.first().unwrap();
        self.router.asks.at_mut(ask)
    }

    pub(super) fn asked(&mut self) -> &mut crate::record::Request<u64> {
        self.router.requests.at_mut(self.request.slot())
    }

    /// Nothing more is kept of the request, and no account knows of it.
    pub(super) fn forget_message(&mut self) {
        self.asked().message = None;
        let world = self.world;
        self.context_back(world).held_messages -= 1;
        self.context_back(world).held_bytes -= 8;
        let Amount { messages, bytes } = self.context(world).room();
        self.context(world).set_room(Amount { messages: messages + 1, bytes: bytes + 8 });
    }

    /// Nobody is asked any more.
    pub(super) fn forget_asks(&mut self) {
        self.forget_message();
        self.asked().asks = List::EMPTY;
        self.asked().offered = 0;
    }
}
