//! The one helper through which the tests touch the router: an extension, its contexts, and event
//! loops that take turns and write down what they were told.

use worldport::*;

/// The listener that every accepting context adds to a new port's `onMessage`.
pub(crate) const ON_MESSAGE: ListenerId = ListenerId(100);
/// The listener that every accepting context adds to a new port's `onDisconnect`.
pub(crate) const ON_DISCONNECT: ListenerId = ListenerId(101);
/// The listener for connect events.
pub(crate) const ON_CONNECT: ListenerId = ListenerId(1);
/// The listener for one-time messages.
pub(crate) const ON_REQUEST: ListenerId = ListenerId(2);

/// What a context was told, in its turn.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Told {
    Woken(ContextId),
    Ended(ContextId),
    Connect(ContextId, PortId),
    Message(ContextId, PortId, u64),
    Disconnect(ContextId, PortId, Option<PortError>),
    Request(ContextId, RequestId, u64),
    Settled(ContextId, RequestId, RequestOutcome<u64>),
    Declined(ContextId),
    NoListener(ContextId),
}

pub(crate) struct Stage {
    pub(crate) router: Router<u64>,
    pub(crate) extension: ExtensionId,
    pub(crate) background: ContextId,
    pub(crate) document: DocumentId,
}

/// The three profiles.
pub(crate) fn profiles() -> [(&'static str, Rules); 3] {
    [("standard", Rules::STANDARD), ("chromium", Rules::CHROMIUM), ("firefox", Rules::FIREFOX)]
}

pub(crate) fn content(url: &str) -> Content {
    Content::new(url, "https://example.com")
}

pub(crate) fn spec(id: &str, background: bool) -> ExtensionSpec {
    ExtensionSpec {
        id: id.into(),
        origin: "moz-extension://x".into(),
        background: background.then(|| "moz-extension://x/background.html".into()),
    }
}

pub(crate) fn world_id(name: &str) -> WorldId {
    WorldId::new(name, WorldIdLength::Utf16).unwrap()
}

pub(crate) fn messaging(on: bool) -> WorldChange {
    WorldChange { messaging: Some(on), csp: None }
}

pub(crate) fn runtime(event: RuntimeEvent) -> ListenerTarget {
    ListenerTarget::Runtime(event)
}

impl Stage {
    /// A loaded extension with a running background that gives the default world messaging, and one
    /// top-level document.
    pub(crate) fn new(rules: Rules) -> Self {
        Self::with_limits(rules, Limits::DEFAULT)
    }

    pub(crate) fn with_limits(rules: Rules, limits: Limits) -> Self {
        let mut router = Router::new(rules, limits);
        let extension = router.load_extension(spec("a@example", true)).unwrap();
        let background = router.start_background(extension).unwrap();
        router.configure_world(background, WorldId::DEFAULT, messaging(true)).unwrap();
        router.background_started(background).unwrap();
        let tab = DocumentSpec::in_tab(TabId(7), content("https://example.com/"));
        let document = router.create_document(tab).unwrap();
        Self { router, extension, background, document }
    }

    /// A stage with a world, and a channel of it to the listening background.
    pub(crate) fn with_channel(limits: Limits) -> (Self, ContextId, PortId, PortId) {
        let mut stage = Self::with_limits(Rules::STANDARD, limits);
        let (world, background) = (stage.world(), stage.background);
        stage.listen(background);
        let (port, receivers) = stage.connected(world);
        (stage, world, port, receivers[0].1)
    }

    /// An instance of the default world in the document.
    pub(crate) fn world(&mut self) -> ContextId {
        self.inject(WorldId::DEFAULT)
    }

    pub(crate) fn inject(&mut self, world: WorldId) -> ContextId {
        self.router.inject(self.extension, self.document, Realm::UserScript(world)).unwrap()
    }

    pub(crate) fn page(&mut self) -> ContextId {
        self.router.open_page(self.extension, PageSpec::new("moz-extension://x/p")).unwrap()
    }

    /// Lets a context listen for user scripts' connections and messages.
    pub(crate) fn listen(&mut self, context: ContextId) {
        let connect = runtime(RuntimeEvent::OnUserScriptConnect);
        let message = runtime(RuntimeEvent::OnUserScriptMessage);
        self.router.add_listener(context, connect, ON_CONNECT).unwrap();
        self.router.add_listener(context, message, ON_REQUEST).unwrap();
    }

    /// Listens to both events of a port.
    pub(crate) fn attach(&mut self, context: ContextId, port: PortId) {
        self.router.add_listener(context, ListenerTarget::PortMessage(port), ON_MESSAGE).unwrap();
        let target = ListenerTarget::PortDisconnect(port);
        self.router.add_listener(context, target, ON_DISCONNECT).unwrap();
    }

    /// Connects and listens to the port.
    pub(crate) fn connect(&mut self, context: ContextId) -> PortId {
        let port = self.router.connect(context, "name").unwrap();
        self.attach(context, port);
        port
    }

    /// Lets every event loop run until nothing is left to do. Every listener returns; a new port is
    /// listened to.
    pub(crate) fn run(&mut self) -> Vec<Told> {
        self.run_with(Completion::Returned)
    }

    pub(crate) fn run_with(&mut self, completion: Completion) -> Vec<Told> {
        let mut told = Vec::new();
        while let Some(output) = self.router.poll() {
            match output {
                Output::ContextEnded { context } => told.push(Told::Ended(context)),
                Output::Woken { context, .. } => told.push(Told::Woken(context)),
                Output::Ready { context, source } => {
                    told.push(self.turn(context, source, completion));
                }
            }
        }
        told
    }

    /// One turn of a context.
    pub(crate) fn turn(
        &mut self,
        context: ContextId,
        source: EventSource,
        completion: Completion,
    ) -> Told {
        let told = match self.router.dispatch(context, source).unwrap() {
            Dispatched::Called { occurrence, .. } => match occurrence {
                Occurrence::Connect { port, .. } => {
                    self.attach(context, port);
                    Told::Connect(context, port)
                }
                Occurrence::Disconnect { port, error } => Told::Disconnect(context, port, error),
                Occurrence::Message { port, payload } => Told::Message(context, port, payload),
                Occurrence::Request { request, payload, .. } => {
                    Told::Request(context, request, payload)
                }
            },
            Dispatched::Disconnected { port, error } => Told::Disconnect(context, port, error),
            Dispatched::Nothing(NothingCalled::Declined) => Told::Declined(context),
            Dispatched::Nothing(NothingCalled::NoListener) => Told::NoListener(context),
            Dispatched::Settled { request, outcome } => Told::Settled(context, request, outcome),
        };
        while self.router.is_dispatching(context) {
            self.router.next(context, completion).unwrap();
        }
        told
    }

    /// Connects a world to every listening context, and gives the opener's port and the receivers'.
    pub(crate) fn connected(&mut self, world: ContextId) -> (PortId, Vec<(ContextId, PortId)>) {
        let port = self.connect(world);
        let receivers = self.run().into_iter().filter_map(|told| match told {
            Told::Connect(context, port) => Some((context, port)),
            _ => None,
        });
        (port, receivers.collect())
    }

    pub(crate) fn dropped(&self, rule: DropRule) -> u64 {
        self.router.dropped().of(rule)
    }

    /// A call that is refused because of a limit.
    pub(crate) fn limited(&mut self, call: Call<u64>, kind: LimitKind) {
        assert_eq!(self.refused(call), Refusal::Limit(kind));
    }

    /// A refused call: its refusal, after a check that nothing moved.
    pub(crate) fn refused(&mut self, call: Call<u64>) -> Refusal {
        let before = (self.router.snapshot(), self.router.dropped());
        let refusal = self.router.apply(call).unwrap_err();
        assert_eq!(before, (self.router.snapshot(), self.router.dropped()), "[S9] {refusal}");
        refusal
    }
}
