//! Every interleaving of threads that share a handle, played by `loom`.

use loom::model;
use loom::sync::Arc;
use loom::thread;

use super::{Placed, PlacedOutput, ShardId, Shards};
use crate::{
    Background, Completion, Content, ContextId, Dispatched, DocumentId, DocumentSpec, EventSource,
    ExtensionId, ExtensionSpec, Limits, ListenerId, ListenerTarget, Occurrence, PortId, PostError,
    Realm, Rules, RuntimeEvent, TabId, WorldChange, WorldId,
};

const SHARDS: [ShardId; 2] = [ShardId(0), ShardId(1)];

/// An extension with a background that accepted a port of a world.
#[derive(Clone, Copy)]
struct Open {
    world: Placed<ContextId>,
    port: PortId,
    background: Placed<ContextId>,
    receiver: PortId,
}

fn shards() -> Arc<Shards<u64>> {
    Arc::new(Shards::new(2, &Rules::STANDARD, &Limits::DEFAULT))
}

fn document(shards: &Shards<u64>, tab: u32) -> DocumentId {
    let content = Content::new("https://example.com/", "https://example.com");
    shards.create_document(&DocumentSpec::in_tab(TabId(tab), content)).unwrap()
}

fn load(shards: &Shards<u64>) -> Placed<ExtensionId> {
    let (id, origin) = ("a".into(), "moz-extension://a".into());
    let background = Some("moz-extension://a/background.html".into());
    shards.load_extension(ExtensionSpec { id, origin, background }).unwrap()
}

fn open(shards: &Shards<u64>, document: DocumentId) -> Open {
    let extension = load(shards);
    let mut shard = shards.lock(extension.shard());
    let background = shard.start_background(extension).unwrap();
    let messaging = WorldChange { messaging: Some(true), csp: None };
    shard.configure_world(background, WorldId::DEFAULT, messaging).unwrap();
    let target = ListenerTarget::Runtime(RuntimeEvent::OnUserScriptConnect);
    shard.add_listener(background, target, ListenerId(1)).unwrap();
    shard.background_started(background).unwrap();
    assert!(matches!(shard.router().background(extension.id()), Some(Background::Running(_))));
    let realm = Realm::UserScript(WorldId::DEFAULT);
    let world = shard.inject(extension, document, realm).unwrap();
    let port = shard.connect(world, "").unwrap();
    let Some(PlacedOutput::Ready { context, source: source @ EventSource::Port(receiver) }) =
        shard.poll()
    else {
        panic!("the background is offered the channel");
    };
    assert_eq!(context, background);
    shard.dispatch(background, source).unwrap();
    shard.add_listener(background, ListenerTarget::PortMessage(receiver), ListenerId(2)).unwrap();
    shard.next(background, Completion::Returned).unwrap();
    assert_eq!(shard.poll(), None);
    Open { world, port, background, receiver }
}

/// Posts a message and receives it, with the shard locked for each call anew.
fn route(shards: &Shards<u64>, open: Open, number: u64) {
    let shard = open.world.shard();
    shards.lock(shard).post(open.world, open.port, number).unwrap();
    let source = EventSource::Port(open.receiver);
    let ready = PlacedOutput::Ready { context: open.background, source };
    assert_eq!(shards.lock(shard).poll(), Some(ready));
    let dispatched = shards.lock(shard).dispatch(open.background, source).unwrap();
    let occurrence = Occurrence::Message { port: open.receiver, payload: number };
    assert_eq!(dispatched, Dispatched::Called { listener: ListenerId(2), occurrence });
    assert_eq!(shards.lock(shard).next(open.background, Completion::Returned), Ok(None));
}

/// Nothing to poll is left, unless a flag says so: what a thread that rests relies on.
fn assert_flags(shards: &Shards<u64>) {
    for id in SHARDS {
        let flag = shards.is_waiting(id);
        let mut shard = shards.lock(id);
        assert!(shard.router().is_consistent());
        assert!(shard.poll().is_none() || flag, "{id} has something to say and does not say so");
    }
}

#[test]
fn documents_have_the_same_ids_in_all_shards() {
    model(|| {
        let shards = shards();
        let other = Arc::clone(&shards);
        let theirs = thread::spawn(move || document(&other, 1));
        let ours = document(&shards, 2);
        let theirs = theirs.join().unwrap();
        assert_ne!(ours, theirs);
        let [first, second] = SHARDS.map(|id| shards.lock(id).router().snapshot().documents);
        assert_eq!(first, second);
        assert_eq!(first.len(), 2);
    });
}

#[test]
fn a_refused_document_call_leaves_all_shards_alike() {
    model(|| {
        let shards = shards();
        let parent = document(&shards, 1);
        let other = Arc::clone(&shards);
        let destroyed = thread::spawn(move || other.destroy_document(parent));
        let content = Content::new("https://example.com/frame", "https://example.com");
        let child = shards.create_document(&DocumentSpec::in_frame_of(parent, content));
        destroyed.join().unwrap().unwrap();
        // Created and then destroyed with its parent, or refused.
        let _ = child;
        for id in SHARDS {
            assert!(shards.lock(id).router().snapshot().documents.is_empty());
        }
    });
}

/// If a route needed the other shard's lock, it would wait for ever, which `loom` reports.
#[test]
fn a_route_needs_no_lock_but_its_own() {
    model(|| {
        let shards = shards();
        let document = document(&shards, 1);
        let [_, second] = [open(&shards, document), open(&shards, document)];
        assert_eq!(second.world.shard(), SHARDS[1]);
        let held = shards.lock(SHARDS[0]);
        let other = Arc::clone(&shards);
        thread::spawn(move || route(&other, second, 7)).join().unwrap();
        drop(held);
    });
}

#[test]
fn routes_of_two_shards_do_not_meet() {
    model(|| {
        let shards = shards();
        let document = document(&shards, 1);
        let [first, second] = [open(&shards, document), open(&shards, document)];
        let other = Arc::clone(&shards);
        let theirs = thread::spawn(move || route(&other, second, 2));
        route(&shards, first, 1);
        theirs.join().unwrap();
        assert_flags(&shards);
    });
}

/// A worker polls while another thread posts: whatever the worker does not see, the flag tells.
#[test]
fn nothing_to_poll_is_forgotten() {
    model(|| {
        let shards = shards();
        let document = document(&shards, 1);
        let first = open(&shards, document);
        shards.lock(SHARDS[0]).post(first.world, first.port, 1).unwrap();
        let other = Arc::clone(&shards);
        let worker = thread::spawn(move || {
            assert!(other.is_waiting(SHARDS[0]), "the first message was posted before");
            let mut shard = other.lock(SHARDS[0]);
            let mut polled = 0;
            while shard.poll().is_some() {
                polled += 1;
            }
            polled
        });
        shards.lock(SHARDS[0]).post(first.world, first.port, 2).unwrap();
        let polled = worker.join().unwrap();
        assert_eq!(polled == 1, shards.is_waiting(SHARDS[0]));
        assert_flags(&shards);
    });
}

#[test]
fn who_only_looks_takes_nothing_from_the_one_who_polls() {
    model(|| {
        let shards = shards();
        let document = document(&shards, 1);
        let first = open(&shards, document);
        let other = Arc::clone(&shards);
        let onlooker =
            thread::spawn(move || other.lock(SHARDS[0]).router().snapshot().contexts.len());
        shards.lock(SHARDS[0]).post(first.world, first.port, 1).unwrap();
        assert_eq!(onlooker.join().unwrap(), 2);
        assert_flags(&shards);
    });
}

/// The document goes while its world posts: the post comes before that, or is refused.
#[test]
fn a_post_comes_before_the_end_of_its_document_or_is_refused() {
    model(|| {
        let shards = shards();
        let document = document(&shards, 1);
        let first = open(&shards, document);
        let other = Arc::clone(&shards);
        let destroyed = thread::spawn(move || other.destroy_document(document).unwrap());
        let posted = shards.lock(SHARDS[0]).post(first.world, first.port, 1);
        destroyed.join().unwrap();
        assert!(matches!(posted, Ok(()) | Err(PostError::NoSuchContext(_))), "{posted:?}");
        let mut shard = shards.lock(SHARDS[0]);
        let mut ready = 0;
        while let Some(output) = shard.poll() {
            ready += usize::from(matches!(output, PlacedOutput::Ready { .. }));
        }
        // The message, if it came in time, and the end of the channel.
        assert_eq!(ready, 1 + usize::from(posted.is_ok()));
        drop(shard);
        assert_flags(&shards);
    });
}

#[test]
fn what_is_of_another_shard_does_not_exist() {
    model(|| {
        let shards = shards();
        let document = document(&shards, 1);
        let [first, second] = [open(&shards, document), open(&shards, document)];
        // Alike in all but the shard.
        assert_eq!((first.world.id(), first.port), (second.world.id(), second.port));
        let mut shard = shards.lock(SHARDS[0]);
        let before = shard.router().snapshot();
        let posted = shard.post(second.world, first.port, 1);
        assert_eq!(posted, Err(PostError::NoSuchContext(second.world.id())));
        assert_eq!(shard.router().snapshot(), before);
    });
}
