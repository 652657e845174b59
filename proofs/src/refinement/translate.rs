//! Calls of the router as actions of the model, and back.

use std::sync::Arc;

use worldport::{Call, Content, DocumentSpec, ExtensionSpec, PageSpec, TabId, WorldChange};
use worldport_model as model;
use worldport_model::Action;

use super::{Ids, Token};

/// The action that a call is.
pub(super) fn abstract_call<P>(ids: &mut Ids, call: &Call<P>, token: Token<P>) -> Action {
    match call {
        Call::Abandon { context, request } => {
            Action::Abandon { context: ids.context(*context), request: ids.request(*request) }
        }
        Call::AddListener { context, target, listener } => Action::AddListener {
            context: ids.context(*context),
            target: abs_target(ids, *target),
            listener: model::ListenerId(listener.0),
        },
        Call::BackgroundStarted { context } => {
            Action::BackgroundStarted { context: ids.context(*context) }
        }
        Call::ClosePage { context } => Action::ClosePage { context: ids.context(*context) },
        Call::ConfigureWorld { context, world, change } => Action::ConfigureWorld {
            context: ids.context(*context),
            world: ids.meet_world(world),
            messaging: change.messaging,
            csp: if change.csp.is_some() { model::Csp::Given } else { model::Csp::Absent },
        },
        Call::Connect { context, name: _ } => Action::Connect { context: ids.context(*context) },
        Call::CreateDocument { document } => {
            Action::CreateDocument { parent: document.parent.map(|it| ids.document(it)) }
        }
        Call::DestroyDocument { document } => {
            Action::DestroyDocument { document: ids.document(*document) }
        }
        Call::Disconnect { context, port } => {
            Action::Disconnect { context: ids.context(*context), port: ids.port(*port) }
        }
        Call::Dispatch { context, source } => {
            Action::Dispatch { context: ids.context(*context), source: abs_source(ids, *source) }
        }
        Call::GrantPermission { extension } => {
            Action::GrantPermission { extension: ids.extension(*extension) }
        }
        Call::Inject { extension, document, realm } => Action::Inject {
            extension: ids.extension(*extension),
            document: ids.document(*document),
            realm: match realm {
                worldport::Realm::ContentScript => model::Realm::ContentScript,
                worldport::Realm::UserScript(world) => {
                    model::Realm::UserScript(ids.meet_world(world))
                }
            },
        },
        Call::LoadExtension { extension } => Action::LoadExtension {
            background: match extension.background {
                Some(_) => model::Background::Stopped,
                None => model::Background::Absent,
            },
        },
        Call::Navigate { document, departure, content: _ } => Action::Navigate {
            document: ids.document(*document),
            departure: abs_departure(*departure),
        },
        Call::Next { context, completion } => Action::Next {
            context: ids.context(*context),
            completion: match completion {
                worldport::Completion::Returned => model::Completion::Returned,
                worldport::Completion::Threw => model::Completion::Threw,
                worldport::Completion::WillRespond => model::Completion::WillRespond,
            },
        },
        Call::OpenPage { extension, page: _ } => {
            Action::OpenPage { extension: ids.extension(*extension) }
        }
        Call::Post { context, port, message } => Action::Post {
            context: ids.context(*context),
            port: ids.port(*port),
            message: model::Message(token(message)),
        },
        Call::Release { context, port } => {
            Action::Release { context: ids.context(*context), port: ids.port(*port) }
        }
        Call::RemoveListener { context, target, listener } => Action::RemoveListener {
            context: ids.context(*context),
            target: abs_target(ids, *target),
            listener: model::ListenerId(listener.0),
        },
        Call::ResetWorldConfiguration { context, world } => Action::ResetWorldConfiguration {
            context: ids.context(*context),
            world: ids.meet_world(world),
        },
        Call::Respond { context, request, message } => Action::Respond {
            context: ids.context(*context),
            request: ids.request(*request),
            message: model::Message(token(message)),
        },
        Call::Restore { document, departure } => Action::Restore {
            document: ids.document(*document),
            departure: abs_departure(*departure),
        },
        Call::RevokePermission { extension } => {
            Action::RevokePermission { extension: ids.extension(*extension) }
        }
        Call::SendMessage { context, message } => Action::SendMessage {
            context: ids.context(*context),
            message: model::Message(token(message)),
        },
        Call::StartBackground { extension } => {
            Action::StartBackground { extension: ids.extension(*extension) }
        }
        Call::StopBackground { extension } => {
            Action::StopBackground { extension: ids.extension(*extension) }
        }
        Call::UnloadExtension { extension } => {
            Action::UnloadExtension { extension: ids.extension(*extension) }
        }
    }
}

fn abs_departure(departure: worldport::Departure) -> model::Departure {
    match departure {
        worldport::Departure::Cached => model::Departure::Cached,
        worldport::Departure::Destroyed => model::Departure::Destroyed,
    }
}

fn abs_target(ids: &Ids, target: worldport::ListenerTarget) -> model::ListenerTarget {
    match target {
        worldport::ListenerTarget::PortDisconnect(port) => {
            model::ListenerTarget::OnDisconnect(ids.port(port))
        }
        worldport::ListenerTarget::PortMessage(port) => {
            model::ListenerTarget::OnMessage(ids.port(port))
        }
        worldport::ListenerTarget::Runtime(event) => {
            model::ListenerTarget::Runtime(super::abstraction::abs_event(event))
        }
    }
}

fn abs_source(ids: &Ids, source: worldport::EventSource) -> model::EventSource {
    match source {
        worldport::EventSource::Port(port) => model::EventSource::Port(ids.port(port)),
        worldport::EventSource::Reply(request) => model::EventSource::Reply(ids.request(request)),
        worldport::EventSource::Request(request) => {
            model::EventSource::Request(ids.request(request))
        }
    }
}

/// Router ids that name nothing any more, or never did, to stand for ids that the model does not have.
#[derive(Clone, Copy, Debug)]
pub struct Strangers {
    /// Of an extension.
    pub extension: worldport::ExtensionId,
    /// Of a document.
    pub document: worldport::DocumentId,
    /// Of a context.
    pub context: worldport::ContextId,
    /// Of a port.
    pub port: worldport::PortId,
    /// Of a request.
    pub request: worldport::RequestId,
}

/// The call that an action is. What has no record becomes a stranger's id.
///
/// # Panics
///
/// Never; a world name that this makes is always valid.
#[must_use]
pub fn concrete(ids: &Ids, strangers: &Strangers, action: &Action) -> Call<u32> {
    let extension = |id| ids.extension_of(id).unwrap_or(strangers.extension);
    let document = |id| ids.document_of(id).unwrap_or(strangers.document);
    let context = |id| ids.context_of(id).unwrap_or(strangers.context);
    let port = |id| ids.port_of(id).unwrap_or(strangers.port);
    let request = |id| ids.request_of(id).unwrap_or(strangers.request);
    let target = |target| match target {
        model::ListenerTarget::OnDisconnect(id) => {
            worldport::ListenerTarget::PortDisconnect(port(id))
        }
        model::ListenerTarget::OnMessage(id) => worldport::ListenerTarget::PortMessage(port(id)),
        model::ListenerTarget::Runtime(event) => {
            worldport::ListenerTarget::Runtime(concrete_event(event))
        }
    };
    match *action {
        Action::Abandon { context: by, request: id } => {
            Call::Abandon { context: context(by), request: request(id) }
        }
        Action::AddListener { context: by, target: at, listener } => Call::AddListener {
            context: context(by),
            target: target(at),
            listener: worldport::ListenerId(listener.0),
        },
        Action::BackgroundStarted { context: by } => {
            Call::BackgroundStarted { context: context(by) }
        }
        Action::ClosePage { context: by } => Call::ClosePage { context: context(by) },
        Action::ConfigureWorld { context: by, world, messaging, csp } => Call::ConfigureWorld {
            context: context(by),
            world: concrete_world(world),
            change: WorldChange {
                messaging,
                csp: (csp == model::Csp::Given).then(|| Arc::from("default-src 'self'")),
            },
        },
        Action::Connect { context: by } => {
            Call::Connect { context: context(by), name: Arc::from("port") }
        }
        Action::CreateDocument { parent: Some(parent) } => Call::CreateDocument {
            document: DocumentSpec::in_frame_of(document(parent), content()),
        },
        Action::CreateDocument { parent: None } => {
            Call::CreateDocument { document: DocumentSpec::in_tab(TabId(1), content()) }
        }
        Action::DestroyDocument { document: id } => {
            Call::DestroyDocument { document: document(id) }
        }
        Action::Disconnect { context: by, port: id } => {
            Call::Disconnect { context: context(by), port: port(id) }
        }
        Action::Dispatch { context: by, source } => Call::Dispatch {
            context: context(by),
            source: match source {
                model::EventSource::Port(id) => worldport::EventSource::Port(port(id)),
                model::EventSource::Reply(id) => worldport::EventSource::Reply(request(id)),
                model::EventSource::Request(id) => worldport::EventSource::Request(request(id)),
            },
        },
        Action::GrantPermission { extension: id } => {
            Call::GrantPermission { extension: extension(id) }
        }
        Action::Inject { extension: id, document: at, realm } => Call::Inject {
            extension: extension(id),
            document: document(at),
            realm: match realm {
                model::Realm::ContentScript => worldport::Realm::ContentScript,
                model::Realm::UserScript(world) => {
                    worldport::Realm::UserScript(concrete_world(world))
                }
            },
        },
        Action::LoadExtension { background } => Call::LoadExtension {
            extension: ExtensionSpec {
                id: Arc::from("extension@worldport.example"),
                origin: Arc::from("moz-extension://worldport"),
                background: match background {
                    model::Background::Absent => None,
                    _ => Some(Arc::from("moz-extension://worldport/background")),
                },
            },
        },
        Action::Navigate { document: id, departure } => Call::Navigate {
            document: document(id),
            departure: concrete_departure(departure),
            content: content(),
        },
        Action::Next { context: by, completion } => Call::Next {
            context: context(by),
            completion: match completion {
                model::Completion::Returned => worldport::Completion::Returned,
                model::Completion::Threw => worldport::Completion::Threw,
                model::Completion::WillRespond => worldport::Completion::WillRespond,
            },
        },
        Action::OpenPage { extension: id } => Call::OpenPage {
            extension: extension(id),
            page: PageSpec::new("moz-extension://worldport/page"),
        },
        Action::Post { context: by, port: id, message } => {
            Call::Post { context: context(by), port: port(id), message: message.0 }
        }
        Action::Release { context: by, port: id } => {
            Call::Release { context: context(by), port: port(id) }
        }
        Action::RemoveListener { context: by, target: at, listener } => Call::RemoveListener {
            context: context(by),
            target: target(at),
            listener: worldport::ListenerId(listener.0),
        },
        Action::ResetWorldConfiguration { context: by, world } => {
            Call::ResetWorldConfiguration { context: context(by), world: concrete_world(world) }
        }
        Action::Respond { context: by, request: id, message } => {
            Call::Respond { context: context(by), request: request(id), message: message.0 }
        }
        Action::Restore { document: id, departure } => {
            Call::Restore { document: document(id), departure: concrete_departure(departure) }
        }
        Action::RevokePermission { extension: id } => {
            Call::RevokePermission { extension: extension(id) }
        }
        Action::SendMessage { context: by, message } => {
            Call::SendMessage { context: context(by), message: message.0 }
        }
        Action::StartBackground { extension: id } => {
            Call::StartBackground { extension: extension(id) }
        }
        Action::StopBackground { extension: id } => {
            Call::StopBackground { extension: extension(id) }
        }
        Action::UnloadExtension { extension: id } => {
            Call::UnloadExtension { extension: extension(id) }
        }
    }
}

fn content() -> Content {
    Content::new("https://example.com/", "https://example.com")
}

fn concrete_world(world: model::WorldId) -> worldport::WorldId {
    match world {
        model::WorldId::Default => worldport::WorldId::DEFAULT,
        model::WorldId::Named(number) => {
            let name = format!("w{number}");
            worldport::WorldId::new(&name, worldport::WorldIdLength::Utf16).unwrap_or_default()
        }
    }
}

fn concrete_departure(departure: model::Departure) -> worldport::Departure {
    match departure {
        model::Departure::Cached => worldport::Departure::Cached,
        model::Departure::Destroyed => worldport::Departure::Destroyed,
    }
}

fn concrete_event(event: model::RuntimeEvent) -> worldport::RuntimeEvent {
    match event {
        model::RuntimeEvent::OnConnect => worldport::RuntimeEvent::OnConnect,
        model::RuntimeEvent::OnMessage => worldport::RuntimeEvent::OnMessage,
        model::RuntimeEvent::OnUserScriptConnect => worldport::RuntimeEvent::OnUserScriptConnect,
        model::RuntimeEvent::OnUserScriptMessage => worldport::RuntimeEvent::OnUserScriptMessage,
    }
}
