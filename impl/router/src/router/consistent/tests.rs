//! Each claim of consistency can fail: one record is changed behind the router's back, and the claim that
//! speaks of it is the one that is broken.

#![allow(clippy::unwrap_used)] // A set-up that fails may panic.

use alloc::sync::Arc;
use alloc::vec::Vec;

use super::super::Router;
use crate::record::{Account, Amount, Ask, Channel, Context, ContextBack, Frame, Kind, Running};
use crate::record::{Phase, Until};
use crate::store::{Id as _, Links, List, ListenerSet, NONE, Queue, Store as _};
use crate::{
    Background, Content, ContextId, Departure, DocumentId, DocumentSpec, DocumentState,
    EventSource, ExtensionId, ExtensionSpec, Gate, Held, Limits, ListenerId, ListenerTarget,
    ListenersAfterClose, PageSpec, PortId, Realm, ReceiverPhase, RequestId, RequestPhase, Rules,
    RuntimeEvent, Sender, TabId, WorldChange, WorldId,
};

/// A router with something of everything.
#[derive(Clone)]
struct Scene {
    router: Router<u64>,
    /// With a running background, a page, and a world that has connected and asked.
    first: ExtensionId,
    background: ContextId,
    page: ContextId,
    world: ContextId,
    /// Accepted by the background and offered to the page, with two messages on the way to each.
    opener: PortId,
    at_background: PortId,
    at_page: PortId,
    /// Accepted by both, with nothing on the way.
    quiet: PortId,
    quiet_at_page: PortId,
    /// Let go of by the opener's death.
    orphan: PortId,
    request: RequestId,
    /// Its background is starting, and a world of it has connected, posted and asked.
    second: ExtensionId,
    second_world: ContextId,
    waiting: PortId,
    waiting_request: RequestId,
    /// Nobody runs anything of it.
    third: ExtensionId,
    top: DocumentId,
    child: DocumentId,
    other: DocumentId,
    cached: DocumentId,
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
fn announced(router: &mut Router<u64>, to: ContextId) -> Vec<PortId> {
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
fn take(router: &mut Router<u64>, context: ContextId, port: PortId) {
    router.dispatch(context, EventSource::Port(port)).unwrap();
    while router.is_dispatching(context) {
        router.next(context, crate::Completion::Returned).unwrap();
    }
}

fn scene(held: Held) -> Scene {
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
    fn extension(&mut self, id: ExtensionId) -> &mut crate::record::Extension {
        self.router.extensions.at_mut(id.slot())
    }

    fn document(&mut self, id: DocumentId) -> &mut crate::record::Document {
        self.router.documents.at_mut(id.slot())
    }

    fn frame(&mut self, of: DocumentId) -> &mut Frame {
        let frame = self.document(of).frame;
        self.router.frames.at_mut(frame)
    }

    fn context(&mut self, id: ContextId) -> &mut Context {
        self.router.contexts.at_mut(id.slot())
    }

    fn context_back(&mut self, id: ContextId) -> &mut ContextBack {
        self.router.contexts.back.at_mut(id.slot())
    }

    fn end(&mut self, id: PortId) -> &mut crate::record::End {
        self.router.ends.at_mut(id.slot())
    }

    fn channel(&mut self, of: PortId) -> &mut Channel {
        let channel = self.router.ends.back.at(of.slot()).channel;
        self.router.channels.at_mut(channel)
    }

    fn hold(&mut self, of: PortId) -> &mut crate::record::Hold {
        let hold = self.channel(of).hold;
        self.router.holds.at_mut(hold)
    }

    fn ask(&mut self) -> &mut Ask {
        let ask = self.router.requests.at(self.request.slot()).asks.first().unwrap();
        self.router.asks.at_mut(ask)
    }

    fn asked(&mut self) -> &mut crate::record::Request<u64> {
        self.router.requests.at_mut(self.request.slot())
    }

    /// Nothing more is kept of the request, and no account knows of it.
    fn forget_message(&mut self) {
        self.asked().message = None;
        let world = self.world;
        self.context_back(world).held_messages -= 1;
        self.context_back(world).held_bytes -= 8;
        let Amount { messages, bytes } = self.context(world).room();
        self.context(world).set_room(Amount { messages: messages + 1, bytes: bytes + 8 });
    }

    /// Nobody is asked any more.
    fn forget_asks(&mut self) {
        self.forget_message();
        self.asked().asks = List::EMPTY;
        self.asked().offered = 0;
    }
}

/// What is broken, and how.
type Broken = (&'static str, fn(&mut Scene));

const BROKEN: &[Broken] = &[
    ("a background is a context of its extension", |it| {
        let page = it.page;
        it.extension(it.first).background = Background::Running(page);
    }),
    ("a background is a context of its extension", |it| {
        let Background::Starting(other) = it.extension(it.second).background else { return };
        it.extension(it.first).background = Background::Running(other);
    }),
    ("only for a starting background is waited", |it| {
        it.extension(it.second).background = Background::Stopped;
    }),
    ("an extension counts its pages", |it| it.extension(it.first).page_count += 1),
    ("an extension counts what waits", |it| it.extension(it.second).waiting_count += 1),
    ("an extension counts its requests", |it| it.extension(it.first).request_count += 1),
    ("an extension counts its requests", |it| it.extension(it.third).request_count += 1),
    ("an extension counts what it granted", |it| it.extension(it.first).granted.messages += 1),
    ("an extension counts what it granted", |it| it.extension(it.first).granted.bytes += 1),
    ("an unloaded extension has no context of its own", |it| {
        it.extension(it.first).loaded = false;
    }),
    ("an unloaded extension is remembered by someone", |it| {
        it.extension(it.third).loaded = false;
    }),
    ("a context is in its extension's list", |it| {
        let second = it.second.slot();
        it.context_back(it.page).extension = second;
    }),
    ("a context is in the list of its kind", |it| {
        it.context_back(it.world).kind = Kind::Background;
    }),
    ("a frame has a document", |it| it.frame(it.child).documents = List::EMPTY),
    ("a frame shows one document", |it| {
        it.document(it.cached).state = DocumentState::Active;
    }),
    ("a frame knows what it shows", |it| it.frame(it.child).active = None),
    ("a document knows the top-level one", |it| {
        let itself = it.child.slot();
        it.document(it.child).top = itself;
    }),
    ("a top-level document counts its frames", |it| it.document(it.top).frames_below += 1),
    ("a top-level document counts its frames", |it| it.document(it.child).frames_below += 1),
    ("a document is in its frame's list", |it| {
        let frame = it.document(it.other).frame;
        it.document(it.top).frame = frame;
    }),
    ("a tree of documents is cached and restored as one", |it| {
        it.document(it.child).state = DocumentState::Cached;
        it.frame(it.child).active = None;
    }),
    ("a frame is in its parent's list", |it| {
        let other = it.other.slot();
        it.frame(it.child).parent = Some(other);
    }),
    ("a context is in its document's list", |it| {
        let document = it.other.slot();
        it.context_back(it.world).kind = Kind::World { document, world: WorldId::DEFAULT };
    }),
    ("a context knows whether it is invalidated", |it| it.context(it.world).invalidated = true),
    ("a context knows whether it is suspended", |it| it.context(it.world).suspended = true),
    ("only worlds have a gate that shuts", |it| it.context(it.page).gate = Gate::Withdrawn),
    ("only own contexts listen to the runtime", |it| {
        it.context_back(it.world).runtime[2] = ListenerSet::One(ListenerId(1));
    }),
    ("[S8] the sender is the context", |it| {
        let other = Arc::clone(&it.context_back(it.second_world).sender);
        it.context_back(it.world).sender = other;
    }),
    ("a dispatch is about a port of the context", |it| {
        let port = it.opener.slot();
        it.context(it.background).running = Running::Message { port };
    }),
    ("only own contexts are offered anything", |it| {
        let port = it.opener.slot();
        let event = RuntimeEvent::OnUserScriptConnect;
        it.context(it.world).running = Running::Connect { port, event };
    }),
    ("[S2] a port is closed when it is told", |it| {
        let port = it.at_background.slot();
        it.context(it.background).running = Running::Disconnect { port, error: None };
    }),
    ("messages come after the connect event", |it| {
        let port = it.at_page.slot();
        it.context(it.page).running = Running::Message { port };
    }),
    ("an idle context has no listener to call", |it| {
        it.context(it.world).remaining.push(ListenerId(1));
    }),
    ("a port is in its context's list", |it| {
        let background = it.background.slot();
        it.end(it.at_page).owner = background;
    }),
    ("a context counts its ports", |it| it.context_back(it.world).port_count += 1),
    ("a context counts its channels", |it| it.context_back(it.world).opened_count += 1),
    ("a context counts its listeners", |it| it.context_back(it.background).listener_count += 1),
    ("a context counts what is held of its own", |it| {
        it.context_back(it.second_world).held_messages += 1;
    }),
    ("a context counts what is held of its own", |it| {
        it.context_back(it.world).held_bytes += 1;
    }),
    ("a context counts what is under way", |it| it.context(it.world).room_messages -= 1),
    ("a context counts what is under way", |it| it.context(it.world).room_bytes += 1),
    ("a context knows what is over its grant", |it| {
        let world = it.world;
        let account = it.context_back(world).account;
        let under_way = account.under_way(it.context(world));
        it.context_back(world).account.over = Some(under_way);
    }),
    ("where the grant is used up is no room", |it| {
        let world = it.world;
        let account = it.context_back(world).account;
        let under_way = account.under_way(it.context(world));
        it.context_back(world).account = Account { granted: Amount::NONE, over: Some(under_way) };
    }),
    ("no room was not granted", |it| it.context(it.page).room_messages += 1),
    ("a context knows whether its account is extended", |it| it.context(it.page).extended = true),
    ("a context counts its requests", |it| it.context_back(it.world).request_count += 1),
    ("a request is in its origin's list", |it| {
        let background = it.background.slot();
        it.asked().origin = Some(background);
    }),
    ("an ask is in its receiver's list", |it| {
        let world = it.world.slot();
        it.ask().receiver = world;
    }),
    ("[S4] a port is in the list of a living context", |it| {
        let page = it.page;
        it.context_back(page).ports = List::EMPTY;
        it.context_back(page).port_count = 0;
    }),
    ("an end is an end of its channel", |it| {
        let receiver = it.quiet_at_page;
        it.channel(it.quiet).opener = receiver;
    }),
    ("an end is an end of its channel", |it| {
        it.channel(it.quiet).receivers = List::EMPTY;
    }),
    ("an end is aimed at its peer", |it| {
        let receiver = it.quiet_at_page.slot();
        it.end(it.quiet).peer = receiver;
    }),
    ("an end is aimed at its peer", |it| it.end(it.quiet_at_page).peer = NONE),
    ("[S3] nothing waits at a closed end", |it| it.end(it.at_background).phase = Phase::Closed),
    ("[S3] nothing waits at a closed end", |it| {
        it.end(it.quiet).phase = Phase::Released;
        it.end(it.quiet).pending = Some(None);
    }),
    ("only an answer to connect is owed to a closed end", |it| {
        it.end(it.quiet_at_page).phase = Phase::Unanswered;
    }),
    ("only an answer to connect is owed to a closed end", |it| {
        it.end(it.quiet).phase = Phase::Unanswered;
    }),
    ("a closed port has no listeners", |it| {
        it.router.rules.listeners_after_close = ListenersAfterClose::Cleared;
        let page = it.page;
        it.end(it.quiet_at_page).set_on_message(ListenerSet::One(ListenerId(1)));
        it.context_back(page).listener_count += 1;
        it.end(it.quiet_at_page).phase = Phase::Closed;
    }),
    ("openers are not offered", |it| it.end(it.quiet).phase = Phase::Offered),
    ("receivers are removed", |it| it.end(it.quiet_at_page).phase = Phase::Released),
    ("an event has one notice", |it| {
        it.end(it.quiet).announce();
    }),
    ("a channel counts its live receivers", |it| it.channel(it.quiet).live += 1),
    ("the opener is known", |it| {
        let orphan = it.orphan;
        let opener = it.channel(orphan).opener.slot();
        it.channel(orphan).opener_dead = false;
        let receivers = it.channel(orphan).receivers;
        for receiver in receivers.slots(&it.router.ends.back) {
            it.router.ends.at_mut(receiver).peer = opener;
        }
    }),
    ("[S11] a channel is kept by someone", |it| {
        let like = it.channel(it.orphan).clone();
        it.router.channels.insert(Channel { receivers: List::EMPTY, live: 0, ..like });
    }),
    ("a hold knows its channel", |it| {
        let channel = it.router.ends.back.at(it.quiet.slot()).channel;
        it.hold(it.waiting).subject = crate::record::Subject::Channel(channel);
    }),
    ("what is held knows its hold", |it| {
        let request = it.waiting_request.slot();
        it.router.requests.at_mut(request).hold = NONE;
    }),
    ("who waits for the background is in the list", |it| {
        it.extension(it.second).waiting = List::EMPTY;
        it.extension(it.second).waiting_count = 0;
    }),
    ("an ask knows its request", |it| {
        let other = it.waiting_request.slot();
        it.ask().request = other;
    }),
    ("a request counts its offers", |it| it.asked().offered += 1),
    ("a message is kept while it is wanted", Scene::forget_message),
    ("a request is held while it waits", |it| it.asked().phase = RequestPhase::Waiting),
    ("an asked request has receivers", Scene::forget_asks),
    ("[S11] a request is kept by someone", |it| {
        it.forget_asks();
        it.asked().phase = RequestPhase::Settled;
    }),
    ("every message is in a queue", |it| {
        it.router.messages.push_back(&mut Queue::EMPTY.clone(), 1);
    }),
    ("every list of listeners is a set's", |it| {
        let mut set = ListenerSet::Empty;
        it.router.listeners.add(&mut set, ListenerId(1));
        it.router.listeners.add(&mut set, ListenerId(2));
    }),
    ("every ask is a request's", |it| {
        let ask = Ask {
            request: it.request.slot(),
            receiver: it.page.slot(),
            phase: ReceiverPhase::Offered,
            of_request: Links::NONE,
            of_receiver: Links::NONE,
        };
        it.router.asks.insert(ask);
    }),
    ("every child frame is in its parent's list", |it| {
        let like = it.frame(it.child).clone();
        it.router.frames.insert(like);
    }),
    ("every context is in its extension's list", |it| {
        let page = it.third_page();
        let like = it.context_back(page).clone();
        let id = it.router.contexts.next_id();
        let sender = Arc::new(Sender { context: id, ..(*like.sender).clone() });
        let front = it.context(it.page).clone();
        it.router.contexts.insert(front, ContextBack { sender, ..like });
    }),
];

impl Scene {
    /// A page without ports.
    fn third_page(&mut self) -> ContextId {
        self.router.open_page(self.third, PageSpec::new("moz-extension://x/p")).unwrap()
    }
}

#[test]
fn every_claim_can_be_broken() {
    let whole = scene(Held::OneOrder);
    for (number, (claim, breaks)) in BROKEN.iter().enumerate() {
        let mut broken = whole.clone();
        breaks(&mut broken);
        assert_eq!(broken.router.inconsistency(), Some(*claim), "number {number}");
    }
}

#[test]
fn a_hold_until_all_have_answered_is_claimed_too() {
    let whole = scene(Held::ConnectsFirst);
    let mut broken = whole.clone();
    broken.hold(broken.opener).until = Until::Started { opener_left: false };
    assert_eq!(broken.router.inconsistency(), Some("who waits was not offered"));
    let mut broken = whole;
    broken.hold(broken.opener).until = Until::Answered { unanswered: 2 };
    assert_eq!(broken.router.inconsistency(), Some("a hold counts the answers to come"));
}
