//! Floods: what one context piles up is no work for others. Counted by what touches a message, not by time.

use std::cell::Cell;
use std::rc::Rc;

use worldport::*;

use crate::stage::*;

/// How much a flood piles up. More than a debug build checks after each call, which touches everything.
const FLOOD: u32 = 1_000;

/// A message that counts how often it is touched.
struct Probe(Rc<Cell<u32>>);

impl Probe {
    fn touch(&self) {
        self.0.set(self.0.get() + 1);
    }
}

impl Clone for Probe {
    fn clone(&self) -> Self {
        self.touch();
        Self(self.0.clone())
    }
}

impl Payload for Probe {
    fn bytes(&self) -> usize {
        self.touch();
        1
    }
}

/// A router with a listening background, a page and two worlds, and a channel of each world to both.
struct Crowd {
    router: Router<Probe>,
    extension: ExtensionId,
    background: ContextId,
    document: DocumentId,
    /// World, its port, and the background's end.
    worlds: Vec<(ContextId, PortId, PortId)>,
    touched: Rc<Cell<u32>>,
    quiet: Rc<Cell<u32>>,
}

impl Crowd {
    fn new() -> Self {
        let mut router = Router::new(Rules::STANDARD, Limits::DEFAULT);
        let extension = router.load_extension(spec("a@example", true)).unwrap();
        let background = router.start_background(extension).unwrap();
        router.configure_world(background, WorldId::DEFAULT, messaging(true)).unwrap();
        let connect = runtime(RuntimeEvent::OnUserScriptConnect);
        router.add_listener(background, connect, ON_CONNECT).unwrap();
        router.background_started(background).unwrap();
        let tab = DocumentSpec::in_tab(TabId(1), content("https://example.com/"));
        let document = router.create_document(tab).unwrap();
        let quiet = Rc::new(Cell::new(0));
        let (touched, worlds) = (Rc::default(), Vec::new());
        let mut crowd = Self { router, extension, background, document, worlds, touched, quiet };
        for name in ["", "w"] {
            let realm = Realm::UserScript(world_id(name));
            let world = crowd.router.inject(extension, document, realm).unwrap();
            let channel = crowd.connect(world);
            crowd.worlds.push(channel);
        }
        crowd
    }

    fn connect(&mut self, world: ContextId) -> (ContextId, PortId, PortId) {
        let port = self.router.connect(world, "").unwrap();
        let mut receiver = None;
        while let Some(output) = self.router.poll() {
            let Output::Ready { context, source: EventSource::Port(end) } = output else {
                continue;
            };
            if self.router.port_phase(context, end) == Some(EndPhase::Offered) {
                self.router.dispatch(context, EventSource::Port(end)).unwrap();
                let target = ListenerTarget::PortMessage(end);
                self.router.add_listener(context, target, ON_MESSAGE).unwrap();
                self.router.next(context, Completion::Returned).unwrap();
                receiver = Some(end);
            }
        }
        (world, port, receiver.unwrap())
    }

    /// The first world posts and posts, and is posted to, and nobody takes anything.
    fn flood(&mut self) {
        let (world, port, receiver) = self.worlds[0];
        for _ in 0..FLOOD {
            self.router.post(world, port, Probe(self.touched.clone())).unwrap();
            self.router.post(self.background, receiver, Probe(self.touched.clone())).unwrap();
        }
        self.touched.set(0);
    }

    /// A message from the second world to the background, with its turn.
    fn route(&mut self) {
        let (world, port, receiver) = self.worlds[1];
        self.router.post(world, port, Probe(self.quiet.clone())).unwrap();
        let source = EventSource::Port(receiver);
        let dispatched = self.router.dispatch(self.background, source).unwrap();
        assert!(matches!(dispatched, Dispatched::Called { .. }));
        self.router.next(self.background, Completion::Returned).unwrap();
    }
}

#[test]
fn what_others_do_touches_no_message_of_a_flood() {
    let mut crowd = Crowd::new();
    crowd.flood();
    crowd.route();
    assert!(crowd.quiet.get() > 0, "a route touches its own message");
    let (world, port, receiver) = crowd.worlds[1];
    let (_, other, _) = crowd.connect(world);
    crowd.router.disconnect(world, other).unwrap();
    crowd.router.disconnect(crowd.background, receiver).unwrap();
    crowd.router.disconnect(world, port).unwrap();
    let page = crowd.router.open_page(crowd.extension, PageSpec::new("p")).unwrap();
    crowd.router.close_page(page).unwrap();
    let tab = DocumentSpec::in_tab(TabId(2), content("https://other.example/"));
    let document = crowd.router.create_document(tab).unwrap();
    let realm = Realm::UserScript(WorldId::DEFAULT);
    let bystander = crowd.router.inject(crowd.extension, document, realm).unwrap();
    let (_, port, _) = crowd.connect(bystander);
    crowd.router.post(bystander, port, Probe(crowd.quiet.clone())).unwrap();
    crowd.router.destroy_document(document).unwrap();
    assert_eq!(crowd.touched.get(), 0);
    // The flood pays for itself.
    crowd.router.destroy_document(crowd.document).unwrap();
    assert!(crowd.touched.get() >= FLOOD);
}

#[test]
fn an_event_behind_a_flood_can_be_taken_at_once() {
    let mut crowd = Crowd::new();
    crowd.flood();
    crowd.route();
    // It is said once, however much is said before it.
    let (.., receiver) = crowd.worlds[1];
    let (world, port, _) = crowd.worlds[1];
    crowd.router.post(world, port, Probe(crowd.quiet.clone())).unwrap();
    let mut said = 0;
    while let Some(output) = crowd.router.poll() {
        if let Output::Ready { source, .. } = output {
            said += u32::from(source == EventSource::Port(receiver));
        }
    }
    assert_eq!((said, crowd.touched.get()), (1, 0));
}
