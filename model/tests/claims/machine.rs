//! A model in some profile, driven by actions.

use worldport_model::{
    Action, Background, Completion, ContextId, Csp, DisconnectError, DocumentId, Effect,
    EventSource, ExtensionId, Gate, ListenerId, ListenerTarget, Message, PortId, Profile, Realm,
    Refusal, RuntimeEvent, State, WorldId, next,
};

pub(crate) const EXTENSION: ExtensionId = ExtensionId(0);
pub(crate) const BACKGROUND: ContextId = ContextId(0);
pub(crate) const DOCUMENT: DocumentId = DocumentId(0);
pub(crate) const USER_SCRIPT: ContextId = ContextId(1);
pub(crate) const OPENER: PortId = PortId::Opener(worldport_model::ChannelId(0));
pub(crate) const DEFAULT: Realm = Realm::UserScript(WorldId::Default);
pub(crate) const CONNECT: ListenerTarget =
    ListenerTarget::Runtime(RuntimeEvent::OnUserScriptConnect);
pub(crate) const ASKED: ListenerTarget = ListenerTarget::Runtime(RuntimeEvent::OnUserScriptMessage);

pub(crate) fn receiver(context: ContextId) -> PortId {
    PortId::Receiver(worldport_model::ChannelId(0), context)
}

/// A model in some profile, driven by actions.
pub(crate) struct Machine {
    pub(crate) profile: Profile,
    pub(crate) state: State,
}

impl Machine {
    pub(crate) fn new(profile: Profile) -> Self {
        Self { profile, state: State::default() }
    }

    pub(crate) fn act(&mut self, action: Action) -> Result<Vec<Effect>, Refusal> {
        let (state, effects) = next(self.profile.rules(), &self.state, &action)?;
        self.state = state;
        Ok(effects)
    }

    pub(crate) fn must(&mut self, action: Action) -> Vec<Effect> {
        self.act(action).unwrap_or_else(|refusal| panic!("{action:?} is refused: {refusal}"))
    }

    /// A running background that listens, and a user script with messaging in a document.
    pub(crate) fn ready(profile: Profile) -> Self {
        let mut machine = Self::new(profile);
        machine.must(Action::LoadExtension { background: Background::Stopped });
        machine.must(Action::StartBackground { extension: EXTENSION });
        machine.must(Action::BackgroundStarted { context: BACKGROUND });
        machine.configure(WorldId::Default, Some(true));
        machine.must(Action::CreateDocument { parent: None });
        machine.inject(DEFAULT);
        machine.listen(BACKGROUND, CONNECT, 0);
        machine
    }

    /// The same with a channel that the background has accepted.
    pub(crate) fn connected(profile: Profile) -> Self {
        let mut machine = Self::ready(profile);
        machine.must(Action::Connect { context: USER_SCRIPT });
        machine.deliver(BACKGROUND, receiver(BACKGROUND));
        machine
    }

    /// The same with an extension page that has accepted too.
    pub(crate) fn with_two_receivers(profile: Profile) -> (Self, ContextId) {
        let mut machine = Self::ready(profile);
        let page = ContextId(2);
        machine.must(Action::OpenPage { extension: EXTENSION });
        machine.listen(page, CONNECT, 0);
        machine.must(Action::Connect { context: USER_SCRIPT });
        machine.deliver(BACKGROUND, receiver(BACKGROUND));
        machine.deliver(page, receiver(page));
        (machine, page)
    }

    /// Another extension with a running background, and a user script with messaging in the same document.
    pub(crate) fn with_neighbour(&mut self) -> (ContextId, ContextId) {
        let extension = ExtensionId(1);
        self.must(Action::LoadExtension { background: Background::Stopped });
        let effects = self.must(Action::StartBackground { extension });
        let [Effect::ContextEntered { context: background }] = *effects else {
            panic!("{effects:?}")
        };
        self.must(Action::BackgroundStarted { context: background });
        self.must(Action::ConfigureWorld {
            context: background,
            world: WorldId::Default,
            messaging: Some(true),
            csp: Csp::Absent,
        });
        let inject = Action::Inject { extension, document: DOCUMENT, realm: DEFAULT };
        let effects = self.must(inject);
        let [Effect::ContextEntered { context: script }] = *effects else { panic!("{effects:?}") };
        (background, script)
    }

    pub(crate) fn configure(&mut self, world: WorldId, messaging: Option<bool>) {
        let csp = Csp::Absent;
        self.must(Action::ConfigureWorld { context: BACKGROUND, world, messaging, csp });
    }

    pub(crate) fn inject(&mut self, realm: Realm) -> ContextId {
        let inject = Action::Inject { extension: EXTENSION, document: DOCUMENT, realm };
        match self.must(inject).as_slice() {
            [Effect::ContextEntered { context }] => *context,
            other => panic!("injection has these effects: {other:?}"),
        }
    }

    pub(crate) fn listen(&mut self, context: ContextId, target: ListenerTarget, listener: u32) {
        let listener = ListenerId(listener);
        self.must(Action::AddListener { context, target, listener });
    }

    pub(crate) fn post(
        &mut self,
        context: ContextId,
        port: PortId,
        message: u32,
    ) -> Result<Vec<Effect>, Refusal> {
        self.act(Action::Post { context, port, message: Message(message) })
    }

    pub(crate) fn dispatch(
        &mut self,
        context: ContextId,
        port: PortId,
    ) -> Result<Vec<Effect>, Refusal> {
        self.act(Action::Dispatch { context, source: EventSource::Port(port) })
    }

    /// Dispatches what is next at a port and lets every listener return.
    pub(crate) fn deliver(&mut self, context: ContextId, port: PortId) -> Vec<Effect> {
        let mut effects = self.dispatch(context, port).expect("something to dispatch");
        while self.state.contexts[&context].dispatch.is_some() {
            effects.extend(self.must(Action::Next { context, completion: Completion::Returned }));
        }
        effects
    }

    pub(crate) fn gate_of(&mut self, realm: Realm) -> Gate {
        let context = self.inject(realm);
        self.state.gate(context).expect("a world")
    }
}

pub(crate) fn told(effects: &[Effect]) -> Option<Option<DisconnectError>> {
    effects.iter().find_map(|effect| match effect {
        Effect::Disconnected { error, .. } => Some(*error),
        _ => None,
    })
}

pub(crate) fn called(effects: &[Effect]) -> Vec<ListenerId> {
    let listeners = effects.iter().filter_map(|effect| match effect {
        Effect::Called { listener, .. } => Some(*listener),
        _ => None,
    });
    listeners.collect()
}
