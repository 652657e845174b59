//! Each claim of consistency can fail: one record is changed behind the router's back, and the claim that
//! speaks of it is the one that is broken.

use alloc::sync::Arc;

use super::scene::{Scene, announced, scene, take};
use crate::record::{Account, Amount, Ask, Channel, ContextBack, Kind, Phase, Running, Until};
use crate::store::{Id as _, Links, List, ListenerSet, NONE, Queue, Store as _};
use crate::{
    Background, ContextId, DocumentState, EndPhase, FailedConnect, Gate, Held, ListenerId,
    ListenersAfterClose, PageSpec, ReceiverPhase, RequestPhase, RuntimeEvent, Sender, WorldId,
};

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
    ("the opener is the first to hear of the end", |it| {
        it.end(it.quiet_at_page).pending = Some(None);
    }),
    ("the opener is the first to hear of the end", |it| it.end(it.quiet_at_page).sever()),
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
    ("the opener is known", |it| {
        let quiet = it.quiet;
        it.end(quiet).phase = Phase::Closed;
        it.channel(it.orphan).opener = quiet;
        it.channel(it.orphan).opener_dead = false;
        let receivers = it.channel(it.orphan).receivers;
        for receiver in receivers.slots(&it.router.ends.back) {
            it.router.ends.at_mut(receiver).peer = quiet.slot();
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
        assert!(!broken.router.is_consistent());
    }
    assert!(whole.router.is_consistent());
}

#[test]
fn what_is_left_of_a_channel_may_be_a_closed_port() {
    let Scene { mut router, world, background, page, .. } = scene(Held::OneOrder);
    let opener = router.connect(world, "").unwrap();
    let receivers = announced(&mut router.clone(), background);
    let at_page = announced(&mut router, page)[0];
    for (context, receiver) in [(background, receivers[0]), (page, at_page)] {
        take(&mut router, context, receiver);
        router.disconnect(context, receiver).unwrap();
        router.release(context, receiver).unwrap();
    }
    take(&mut router, world, opener);
    assert_eq!(router.port_phase(world, opener), Some(EndPhase::Closed));
    assert_eq!(router.inconsistency(), None);
}

#[test]
fn a_closed_port_without_listeners_may_be_owed_an_answer() {
    let Scene { mut router, world, .. } = scene(Held::OneOrder);
    router.rules.failed_connect = FailedConnect::ReportedOnClosedPort;
    router.rules.listeners_after_close = ListenersAfterClose::Cleared;
    let opener = router.connect(world, "").unwrap();
    router.disconnect(world, opener).unwrap();
    assert_eq!(router.ends.at(opener.slot()).phase, Phase::Unanswered);
    assert_eq!(router.inconsistency(), None);
}

/// In debug builds, of which tests are one.
#[test]
#[should_panic = r#"the records disagree after disconnect: Some("a context counts its ports")"#]
fn a_call_that_leaves_records_at_odds_is_a_panic_where_assertions_are_on() {
    let Scene { mut router, world, quiet, .. } = scene(Held::OneOrder);
    router.contexts.back.at_mut(world.slot()).port_count += 1;
    let _ = router.disconnect(world, quiet);
}

#[test]
fn what_is_counted_before_all_is_checked_is_every_record() {
    let Scene { mut router, world, quiet, .. } = scene(Held::OneOrder);
    router.post(world, quiet, 6).unwrap();
    let extensions = 3;
    let documents = 4;
    // Backgrounds of two extensions, a page, a world in the cache and two others.
    let contexts = 6;
    // Of two channels with two receivers each, of one whose opener has died, of one that waits.
    let ends = 2 * 3 + 2 + 1;
    let requests = 2;
    // Two posts to two receivers, one that is held, and one to two receivers just now.
    let messages = 2 * 2 + 1 + 2;
    // What the last post is announced by.
    let notices = 2;
    let all = extensions + documents + contexts + ends + requests + messages + notices;
    assert_eq!(router.records(), all);
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
