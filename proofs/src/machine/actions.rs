//! The candidate actions of a bounded machine in a state.
//!
//! Candidates are over-supplied on purpose: calls in closed gates and on closed ports are among them, so
//! that refusals are part of what is explored. Only what would leave the bounds is withheld.

use worldport_model::{
    Action, Background, Completion, ContextId, Csp, Departure, DocumentId, DocumentPhase,
    EventSource, Extension, ExtensionId, Kind, ListenerId, ListenerTarget, Message, PortId, Realm,
    RequestId, RequestPhase, Responder, State,
};

use super::{MachineState, Shape, Verb};

/// The candidate actions of a shape in a state.
pub fn candidates(shape: &Shape, at: &MachineState, into: &mut Vec<Action>) {
    let mut supply = Supply { shape, at, state: &at.state, into };
    supply.scheduler();
    supply.scripts();
    supply.extensions();
    supply.documents();
}

struct Supply<'a> {
    shape: &'a Shape,
    at: &'a MachineState,
    state: &'a State,
    into: &'a mut Vec<Action>,
}

impl Supply<'_> {
    fn may(&self, verb: Verb) -> bool {
        self.shape.verbs.contains(&verb)
    }

    fn offer(&mut self, verb: Verb, action: Action) {
        if self.may(verb) {
            self.into.push(action);
        }
    }

    /// Every context may take its next event, whatever else it could do.
    fn scheduler(&mut self) {
        for (&context, record) in &self.state.contexts {
            if let Some(dispatch) = &record.dispatch {
                self.into.push(Action::Next { context, completion: Completion::Returned });
                self.offer(Verb::Throw, Action::Next { context, completion: Completion::Threw });
                let request =
                    matches!(dispatch.occurrence, worldport_model::Occurrence::Request { .. });
                if request {
                    self.into.push(Action::Next { context, completion: Completion::WillRespond });
                }
            }
        }
        for (port, end) in self.state.ends() {
            let offered = end.phase == worldport_model::Phase::Offered;
            if let Some(context) = self.state.owner(port)
                && (offered || !end.inbox.is_empty())
            {
                self.into.push(Action::Dispatch { context, source: EventSource::Port(port) });
            }
        }
        for (&request, record) in &self.state.requests {
            for (&context, responder) in &record.receivers {
                if *responder == Responder::Offered {
                    let source = EventSource::Request(request);
                    self.into.push(Action::Dispatch { context, source });
                }
            }
            if let (RequestPhase::Answered(_), Some(context)) = (record.phase, record.origin) {
                self.into.push(Action::Dispatch { context, source: EventSource::Reply(request) });
            }
        }
    }

    fn scripts(&mut self) {
        for (&context, record) in &self.state.contexts {
            let is_extension = record.kind.is_extension();
            let connects = match record.kind {
                Kind::World { .. } => true,
                Kind::ContentScript { .. } => self.may(Verb::ConnectContentScript),
                Kind::Background(_) | Kind::Page(_) => false,
            };
            if connects && self.state.channels.len() < self.shape.channels {
                self.offer(Verb::Connect, Action::Connect { context });
            }
            if connects && self.state.requests.len() < self.shape.requests {
                self.offer(Verb::Request, Action::SendMessage { context, message: Message(0) });
            }
            if is_extension {
                self.runtime_listeners(context);
                self.configuration(context);
                self.answers(context);
            }
        }
        let ports: Vec<PortId> = self.state.ends().map(|(port, _)| port).collect();
        for port in ports {
            self.port(port);
        }
    }

    fn runtime_listeners(&mut self, context: ContextId) {
        if !self.may(Verb::Listen) {
            return;
        }
        for &event in self.shape.events {
            self.listeners(context, ListenerTarget::Runtime(event), self.shape.listeners);
        }
    }

    fn listeners(&mut self, context: ContextId, target: ListenerTarget, count: u32) {
        for listener in (0..count).map(ListenerId) {
            if self.state.has_listener(context, target, listener) {
                self.into.push(Action::RemoveListener { context, target, listener });
            } else {
                self.into.push(Action::AddListener { context, target, listener });
            }
        }
    }

    fn configuration(&mut self, context: ContextId) {
        for realm in self.shape.realms {
            let Realm::UserScript(world) = *realm else { continue };
            for messaging in [Some(true), Some(false), None] {
                let configure = |csp| Action::ConfigureWorld { context, world, messaging, csp };
                self.offer(Verb::Configure, configure(Csp::Absent));
                self.offer(Verb::ConfigureCsp, configure(Csp::Given));
            }
            self.offer(Verb::Reset, Action::ResetWorldConfiguration { context, world });
        }
    }

    fn answers(&mut self, context: ContextId) {
        let requests: Vec<RequestId> = self.state.requests.keys().copied().collect();
        for request in requests {
            let message = Message(1);
            self.offer(Verb::Request, Action::Respond { context, request, message });
            self.offer(Verb::Request, Action::Abandon { context, request });
        }
    }

    fn port(&mut self, port: PortId) {
        let (Some(context), Some(end)) = (self.state.owner(port), self.state.end(port)) else {
            return;
        };
        if end.phase == worldport_model::Phase::Offered {
            return;
        }
        if let Some(message) = self.message(port) {
            self.offer(Verb::Post, Action::Post { context, port, message });
        }
        self.offer(Verb::Disconnect, Action::Disconnect { context, port });
        if end.phase == worldport_model::Phase::Closed || self.may(Verb::ReleaseAny) {
            self.into.push(Action::Release { context, port });
        }
        let opener = matches!(port, PortId::Opener(_));
        if !opener || self.may(Verb::ListenOpener) {
            if self.may(Verb::ListenMessage) {
                let target = ListenerTarget::OnMessage(port);
                self.listeners(context, target, self.shape.port_listeners);
            }
            if self.may(Verb::ListenDisconnect) {
                let target = ListenerTarget::OnDisconnect(port);
                self.listeners(context, target, self.shape.port_listeners);
            }
        }
    }

    /// A message to post, unlike all that are in flight in this direction; none if there are enough.
    fn message(&self, from: PortId) -> Option<Message> {
        let channel = self.at.history.channels.get(&from.channel())?;
        let opener = matches!(from, PortId::Opener(_));
        let other_side =
            channel.ends.iter().filter(|(id, _)| matches!(id, PortId::Opener(_)) != opener);
        let mut in_flight: Vec<Message> =
            other_side.flat_map(|(_, end)| end.expected.iter().copied()).collect();
        if opener {
            in_flight.extend(&channel.held);
        }
        in_flight.sort_unstable();
        in_flight.dedup();
        if in_flight.len() >= self.shape.messages {
            return None;
        }
        (0..).map(Message).find(|message| !in_flight.contains(message))
    }

    fn extensions(&mut self) {
        let extensions: Vec<(ExtensionId, Extension)> =
            self.state.extensions.iter().map(|(&id, it)| (id, it.clone())).collect();
        if extensions.len() < self.shape.extensions {
            self.offer(Verb::Load, Action::LoadExtension { background: Background::Stopped });
            self.offer(Verb::LoadPages, Action::LoadExtension { background: Background::Absent });
        }
        for (extension, record) in extensions {
            let Extension::Loaded(loaded) = record else { continue };
            match loaded.background {
                Background::Absent => {}
                Background::Running(_) => {
                    self.offer(Verb::StopBackground, Action::StopBackground { extension });
                }
                Background::Starting(context) => {
                    self.into.push(Action::BackgroundStarted { context });
                    self.offer(Verb::StopBackground, Action::StopBackground { extension });
                }
                Background::Stopped => {
                    self.offer(Verb::StartBackground, Action::StartBackground { extension });
                }
            }
            self.offer(
                Verb::Permission,
                match loaded.permission {
                    worldport_model::Permission::Granted => Action::RevokePermission { extension },
                    worldport_model::Permission::Revoked => Action::GrantPermission { extension },
                },
            );
            self.offer(Verb::Unload, Action::UnloadExtension { extension });
            let pages: Vec<ContextId> = self
                .state
                .contexts
                .iter()
                .filter(|(_, context)| matches!(context.kind, Kind::Page(_)))
                .map(|(&id, _)| id)
                .collect();
            if pages.len() < self.shape.pages {
                self.offer(Verb::Page, Action::OpenPage { extension });
            }
            for context in pages {
                self.offer(Verb::Page, Action::ClosePage { context });
            }
            self.injections(extension);
        }
    }

    fn injections(&mut self, extension: ExtensionId) {
        let documents: Vec<DocumentId> = self.state.documents.keys().copied().collect();
        for document in documents {
            for &realm in self.shape.realms {
                let there = self.state.contexts.values().any(|context| {
                    context.extension == extension
                        && match (&context.kind, realm) {
                            (Kind::ContentScript { document: of }, Realm::ContentScript) => {
                                *of == document
                            }
                            (
                                Kind::World { document: of, world, .. },
                                Realm::UserScript(wanted),
                            ) => *of == document && *world == wanted,
                            _ => false,
                        }
                });
                if !there {
                    self.offer(Verb::Inject, Action::Inject { extension, document, realm });
                }
            }
        }
    }

    fn documents(&mut self) {
        let documents: Vec<(DocumentId, worldport_model::Document)> =
            self.state.documents.iter().map(|(&id, it)| (id, *it)).collect();
        let room = documents.len() < self.shape.documents;
        if room {
            self.offer(Verb::Create, Action::CreateDocument { parent: None });
        }
        for (document, record) in documents {
            self.offer(Verb::Destroy, Action::DestroyDocument { document });
            if record.phase == DocumentPhase::Cached {
                for departure in [Departure::Cached, Departure::Destroyed] {
                    self.offer(Verb::Cache, Action::Restore { document, departure });
                }
                continue;
            }
            let departure = Departure::Destroyed;
            self.offer(Verb::Navigate, Action::Navigate { document, departure });
            if room {
                let departure = Departure::Cached;
                self.offer(Verb::Cache, Action::Navigate { document, departure });
                self.offer(Verb::Frame, Action::CreateDocument { parent: Some(document) });
            }
        }
    }
}
