//! Other names for the same things: what a renaming makes of states, histories and actions.

use std::collections::BTreeMap;

use worldport_model::invariant::{
    ChannelHistory, ContextHistory, DispatchHistory, History, RequestHistory,
};
use worldport_model::{
    Action, Background, Channel, ChannelId, Context, ContextId, Dispatch, Document, DocumentId,
    End, EventSource, Extension, ExtensionId, FrameId, Kind, ListenerId, ListenerSet,
    ListenerTarget, Occurrence, Opener, PortId, Request, RequestId, RuntimeEvent, RuntimeListeners,
    Sender, State,
};

use crate::machine::MachineState;

/// A listener set, by the names before.
pub type SetOf = (ContextId, ListenerTarget);

/// New names. What is not here keeps its name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[allow(missing_docs, reason = "named as what they rename")]
pub struct Renaming {
    pub extensions: Vec<(ExtensionId, ExtensionId)>,
    pub documents: Vec<(DocumentId, DocumentId)>,
    pub frames: Vec<(FrameId, FrameId)>,
    pub contexts: Vec<(ContextId, ContextId)>,
    pub channels: Vec<(ChannelId, ChannelId)>,
    pub requests: Vec<(RequestId, RequestId)>,
    /// A listener has a name in each set.
    pub listeners: BTreeMap<SetOf, Vec<(ListenerId, ListenerId)>>,
}

fn renamed<T: Copy + PartialEq>(names: &[(T, T)], name: T) -> T {
    names.iter().find(|(old, _)| *old == name).map_or(name, |(_, new)| *new)
}

impl Renaming {
    /// A context.
    #[must_use]
    pub fn context(&self, context: ContextId) -> ContextId {
        renamed(&self.contexts, context)
    }

    fn extension(&self, extension: ExtensionId) -> ExtensionId {
        renamed(&self.extensions, extension)
    }

    fn document(&self, document: DocumentId) -> DocumentId {
        renamed(&self.documents, document)
    }

    fn channel(&self, channel: ChannelId) -> ChannelId {
        renamed(&self.channels, channel)
    }

    fn request(&self, request: RequestId) -> RequestId {
        renamed(&self.requests, request)
    }

    fn port(&self, port: PortId) -> PortId {
        match port {
            PortId::Opener(channel) => PortId::Opener(self.channel(channel)),
            PortId::Receiver(channel, context) => {
                PortId::Receiver(self.channel(channel), self.context(context))
            }
        }
    }

    fn target(&self, target: ListenerTarget) -> ListenerTarget {
        match target {
            ListenerTarget::OnDisconnect(port) => ListenerTarget::OnDisconnect(self.port(port)),
            ListenerTarget::OnMessage(port) => ListenerTarget::OnMessage(self.port(port)),
            ListenerTarget::Runtime(event) => ListenerTarget::Runtime(event),
        }
    }

    fn listener(&self, set: SetOf, listener: ListenerId) -> ListenerId {
        self.listeners.get(&set).map_or(listener, |names| renamed(names, listener))
    }

    fn listener_set(&self, set: SetOf, listeners: &ListenerSet) -> ListenerSet {
        listeners.as_slice().iter().map(|&it| self.listener(set, it)).collect()
    }

    fn sender(&self, sender: Sender) -> Sender {
        Sender {
            context: self.context(sender.context),
            extension: self.extension(sender.extension),
            document: sender.document.map(|it| self.document(it)),
            frame: sender.frame.map(|it| renamed(&self.frames, it)),
            world: sender.world,
        }
    }

    fn occurrence(&self, occurrence: Occurrence) -> Occurrence {
        match occurrence {
            Occurrence::Connect { port, sender } => {
                Occurrence::Connect { port: self.port(port), sender: self.sender(sender) }
            }
            Occurrence::Disconnect { port, error } => {
                Occurrence::Disconnect { port: self.port(port), error }
            }
            Occurrence::Message { port, message } => {
                Occurrence::Message { port: self.port(port), message }
            }
            Occurrence::Request { request, message, sender } => Occurrence::Request {
                request: self.request(request),
                message,
                sender: self.sender(sender),
            },
        }
    }

    /// A state of the machine.
    #[must_use]
    pub fn machine_state(&self, at: &MachineState) -> MachineState {
        // A listener that runs is one of the set that its dispatch calls: the history knows which.
        let target =
            |context: ContextId| Some(at.history.contexts.get(&context)?.dispatch.as_ref()?.target);
        MachineState {
            state: self.state(&at.state, target),
            history: self.history(&at.history),
            broken: at.broken,
        }
    }

    fn state(&self, state: &State, target: impl Fn(ContextId) -> Option<ListenerTarget>) -> State {
        let State { extensions, documents, contexts, channels, requests } = state;
        let extensions = extensions.iter().map(|(&id, it)| (self.extension(id), self.loaded(it)));
        let documents = documents.iter().map(|(&id, it)| {
            let frame = renamed(&self.frames, it.frame);
            let parent = it.parent.map(|it| self.document(it));
            (self.document(id), Document { frame, parent, phase: it.phase })
        });
        let contexts = contexts
            .iter()
            .map(|(&id, it)| (self.context(id), self.record_of_context(id, it, target(id))));
        let channels =
            channels.iter().map(|(&id, it)| (self.channel(id), self.record_of_channel(id, it)));
        let requests =
            requests.iter().map(|(&id, it)| (self.request(id), self.record_of_request(it)));
        State {
            extensions: extensions.collect(),
            documents: documents.collect(),
            contexts: contexts.collect(),
            channels: channels.collect(),
            requests: requests.collect(),
        }
    }

    fn loaded(&self, extension: &Extension) -> Extension {
        let Extension::Loaded(loaded) = extension else { return Extension::Unloaded };
        let mut loaded = loaded.clone();
        loaded.background = match loaded.background {
            Background::Running(context) => Background::Running(self.context(context)),
            Background::Starting(context) => Background::Starting(self.context(context)),
            other @ (Background::Absent | Background::Stopped) => other,
        };
        Extension::Loaded(loaded)
    }

    fn record_of_context(
        &self,
        id: ContextId,
        record: &Context,
        target: Option<ListenerTarget>,
    ) -> Context {
        let sets = |listeners: &RuntimeListeners| {
            let set = |event: RuntimeEvent| {
                self.listener_set((id, ListenerTarget::Runtime(event)), listeners.set(event))
            };
            RuntimeListeners {
                on_connect: set(RuntimeEvent::OnConnect),
                on_message: set(RuntimeEvent::OnMessage),
                on_user_script_connect: set(RuntimeEvent::OnUserScriptConnect),
                on_user_script_message: set(RuntimeEvent::OnUserScriptMessage),
            }
        };
        let kind = match &record.kind {
            Kind::Background(listeners) => Kind::Background(sets(listeners)),
            Kind::Page(listeners) => Kind::Page(sets(listeners)),
            Kind::ContentScript { document } => {
                Kind::ContentScript { document: self.document(*document) }
            }
            Kind::World { document, world, gate } => {
                Kind::World { document: self.document(*document), world: *world, gate: *gate }
            }
        };
        let listener = |it: ListenerId| target.map_or(it, |target| self.listener((id, target), it));
        let dispatch = record.dispatch.as_ref().map(|dispatch| Dispatch {
            occurrence: self.occurrence(dispatch.occurrence),
            current: listener(dispatch.current),
            rest: dispatch.rest.iter().map(|&it| listener(it)).collect(),
            heard: dispatch.heard,
        });
        Context { extension: self.extension(record.extension), kind, dispatch }
    }

    fn record_of_channel(&self, id: ChannelId, record: &Channel) -> Channel {
        let end = |port: PortId, context: ContextId, end: &End| End {
            on_message: self
                .listener_set((context, ListenerTarget::OnMessage(port)), &end.on_message),
            on_disconnect: self
                .listener_set((context, ListenerTarget::OnDisconnect(port)), &end.on_disconnect),
            ..end.clone()
        };
        let opener = match &record.opener {
            Opener::Dead => Opener::Dead,
            Opener::Held { context, end: held } => Opener::Held {
                context: self.context(*context),
                end: end(PortId::Opener(id), *context, held),
            },
            Opener::Released(context) => Opener::Released(self.context(*context)),
        };
        let receivers = record.receivers.iter().map(|(&context, it)| {
            (self.context(context), end(PortId::Receiver(id, context), context, it))
        });
        Channel {
            sender: self.sender(record.sender),
            opener,
            receivers: receivers.collect(),
            held: record.held.clone(),
            ..*record
        }
    }

    fn record_of_request(&self, record: &Request) -> Request {
        Request {
            sender: self.sender(record.sender),
            origin: record.origin.map(|it| self.context(it)),
            receivers: record.receivers.iter().map(|(&it, &how)| (self.context(it), how)).collect(),
            ..*record
        }
    }

    fn history(&self, history: &History) -> History {
        let History { configs, contexts, listeners, channels, requests } = history;
        let configs = configs.iter().map(|(&id, it)| (self.extension(id), it.clone()));
        let contexts = contexts.iter().map(|(&id, it)| {
            let dispatch = it.dispatch.as_ref().map(|dispatch| {
                let set = (id, dispatch.target);
                let to_come = dispatch.to_come.iter().map(|&it| self.listener(set, it)).collect();
                DispatchHistory { target: self.target(dispatch.target), to_come }
            });
            let sender = self.sender(it.sender);
            let may_message = it.may_message;
            (self.context(id), ContextHistory { sender, may_message, dispatch })
        });
        let listeners = listeners.iter().map(|(&set, listeners)| {
            let names = listeners.iter().map(|&it| self.listener(set, it));
            ((self.context(set.0), self.target(set.1)), names.collect::<Vec<_>>())
        });
        let channels = channels.iter().map(|(&id, it)| {
            let ends = it.ends.iter().map(|(&port, end)| (self.port(port), end.clone()));
            let (sender, ends) = (self.sender(it.sender), ends.collect());
            (self.channel(id), ChannelHistory { sender, ends, held: it.held.clone(), ..*it })
        });
        let requests =
            requests.iter().map(|(&id, it): (_, &RequestHistory)| (self.request(id), *it));
        History {
            configs: configs.collect(),
            contexts: contexts.collect(),
            listeners: listeners.collect(),
            channels: channels.collect(),
            requests: requests.collect(),
        }
    }

    /// An action.
    #[must_use]
    pub fn action(&self, action: &Action) -> Action {
        let mut new = *action;
        match &mut new {
            Action::Abandon { context, request } | Action::Respond { context, request, .. } => {
                *context = self.context(*context);
                *request = self.request(*request);
            }
            Action::AddListener { context, target, listener }
            | Action::RemoveListener { context, target, listener } => {
                *listener = self.listener((*context, *target), *listener);
                *context = self.context(*context);
                *target = self.target(*target);
            }
            Action::BackgroundStarted { context }
            | Action::ClosePage { context }
            | Action::ConfigureWorld { context, .. }
            | Action::Connect { context }
            | Action::Next { context, .. }
            | Action::ResetWorldConfiguration { context, .. }
            | Action::SendMessage { context, .. } => *context = self.context(*context),
            Action::CreateDocument { parent } => *parent = parent.map(|it| self.document(it)),
            Action::DestroyDocument { document }
            | Action::Navigate { document, .. }
            | Action::Restore { document, .. } => *document = self.document(*document),
            Action::Disconnect { context, port }
            | Action::Post { context, port, .. }
            | Action::Release { context, port } => {
                *context = self.context(*context);
                *port = self.port(*port);
            }
            Action::Dispatch { context, source } => {
                *context = self.context(*context);
                *source = match *source {
                    EventSource::Port(port) => EventSource::Port(self.port(port)),
                    EventSource::Reply(request) => EventSource::Reply(self.request(request)),
                    EventSource::Request(request) => EventSource::Request(self.request(request)),
                };
            }
            Action::GrantPermission { extension }
            | Action::OpenPage { extension }
            | Action::RevokePermission { extension }
            | Action::StartBackground { extension }
            | Action::StopBackground { extension }
            | Action::UnloadExtension { extension } => *extension = self.extension(*extension),
            Action::Inject { extension, document, .. } => {
                *extension = self.extension(*extension);
                *document = self.document(*document);
            }
            Action::LoadExtension { .. } => {}
        }
        new
    }
}
