//! What the scripts of all contexts share: the router, who watches it, and names for what scripts
//! hold.
//!
//! Scripts call in here from inside the engine; the host calls in between scripts. Nobody keeps a
//! borrow while a script runs.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;
use std::sync::Arc;

use worldport::{
    Call, ContextId, DocumentId, ExtensionId, Limits, Outcome, PayloadCodec, PortId, Refusal,
    Reply, RequestId, Router, WorldId,
};

use crate::clock::Clock;
use crate::events::HostEvent;
use crate::extension::Extension;
use crate::label::ContextLabel;
use crate::net::Net;
use crate::observer::Observer;
use crate::payload::{Payload, Role};
use crate::profile::Profile;
use crate::user_scripts::Registry;

/// Shared by the host and the native functions of every context.
pub(crate) type SharedCore = Rc<RefCell<Core>>;

/// A port as one context's script holds it.
#[derive(Clone, Debug)]
pub(crate) struct HeldPort {
    pub(crate) id: PortId,
    pub(crate) name: Arc<str>,
    /// Of a receiver's port: the document of the opener.
    pub(crate) opened_in: Option<DocumentId>,
}

/// What the host knows of a context besides its engine.
#[derive(Debug)]
pub(crate) struct ContextRecord {
    pub(crate) extension: ExtensionId,
    pub(crate) label: ContextLabel,
    /// When it was last busy with the extension API, or a socket of its was.
    pub(crate) active: u64,
    /// Ports by the number that the script's object knows.
    pub(crate) ports: HashMap<u32, HeldPort>,
    port_handles: HashMap<PortId, u32>,
    requests: HashMap<u32, RequestId>,
    request_handles: HashMap<RequestId, u32>,
}

/// An extension that is loaded into the host.
#[derive(Debug)]
pub(crate) struct Installed {
    pub(crate) extension: Extension,
    pub(crate) scripts: Registry,
    /// Configured worlds in the order of their first configuration.
    pub(crate) worlds: Vec<WorldId>,
    /// How its messages are written down.
    pub(crate) codec: PayloadCodec,
    /// The address of its own files, with a slash at the end.
    pub(crate) base_url: String,
}

/// Something that a script asked for and the host does between scripts.
#[derive(Clone, Debug)]
pub(crate) enum Command {
    ChangeAddress { context: ContextId, url: String },
    InsertFrame { context: ContextId, element: u32, url: String },
    Navigate { context: ContextId, url: String },
    NavigateFrame { context: ContextId, element: u32, url: String },
    Reload(ExtensionId),
    ReloadDocument { context: ContextId },
    RemoveFrame { context: ContextId, element: u32 },
}

pub(crate) struct Core {
    pub(crate) profile: Rc<Profile>,
    pub(crate) router: Router<Payload>,
    pub(crate) clock: Clock,
    pub(crate) contexts: HashMap<ContextId, ContextRecord>,
    pub(crate) installed: HashMap<ExtensionId, Installed>,
    pub(crate) commands: Vec<Command>,
    pub(crate) net: Net,
    /// The texts of what listeners threw while they were asked, for the sender's rejection.
    pub(crate) thrown: HashMap<RequestId, String>,
    /// Read by the engines' interrupt handlers, which must not borrow the core.
    pub(crate) halted: Rc<Cell<bool>>,
    observer: Box<dyn Observer>,
    divergence: Option<String>,
    last_serial: u32,
    last_handle: u32,
}

impl Core {
    pub(crate) fn new(profile: Rc<Profile>, limits: Limits, observer: Box<dyn Observer>) -> Self {
        Self {
            router: Router::new(profile.rules.clone(), limits),
            profile,
            clock: Clock::default(),
            contexts: HashMap::new(),
            installed: HashMap::new(),
            commands: Vec::new(),
            net: Net::default(),
            thrown: HashMap::new(),
            halted: Rc::default(),
            observer,
            divergence: None,
            last_serial: 0,
            last_handle: 0,
        }
    }

    /// The one place where the host calls the router: every call is made here and shown to the
    /// observer.
    pub(crate) fn apply(&mut self, call: Call<Payload>) -> Outcome<Payload> {
        if let Some(context) = call.context() {
            self.touch(context);
        }
        let reported = call.clone();
        let outcome = self.router.apply(call);
        if self.divergence.is_none()
            && let Err(reason) = self.observer.routed(&reported, &outcome, &self.router)
        {
            self.divergence = Some(reason);
            self.halted.set(true);
        }
        outcome
    }

    /// Something of the extension API happens in a context.
    pub(crate) fn touch(&mut self, context: ContextId) {
        let now = self.clock.now();
        if let Some(record) = self.contexts.get_mut(&context) {
            record.active = now;
        }
    }

    /// Why the observer stopped the run.
    pub(crate) fn divergence(&self) -> Option<&str> {
        self.divergence.as_deref()
    }

    pub(crate) fn event(&mut self, event: &HostEvent) {
        self.observer.event(event);
    }

    pub(crate) fn label(&self, context: ContextId) -> ContextLabel {
        match self.contexts.get(&context) {
            Some(record) => record.label.clone(),
            None => ContextLabel::Background,
        }
    }

    pub(crate) fn enter_context(
        &mut self,
        context: ContextId,
        extension: ExtensionId,
        label: ContextLabel,
    ) {
        let record = ContextRecord {
            extension,
            label,
            active: self.clock.now(),
            ports: HashMap::new(),
            port_handles: HashMap::new(),
            requests: HashMap::new(),
            request_handles: HashMap::new(),
        };
        self.contexts.insert(context, record);
    }

    /// Numbers a message.
    pub(crate) fn payload(&mut self, context: ContextId, text: &str, role: Role) -> Payload {
        self.last_serial = self.last_serial.wrapping_add(1);
        let extension = self.contexts.get(&context).map(|record| record.extension);
        let installed = extension.and_then(|extension| self.installed.get(&extension));
        let codec = installed.map_or(self.profile.rules.payload_codec, |installed| installed.codec);
        Payload::new(self.last_serial, text, self.label(context), role, codec)
    }

    /// The number by which a context's script knows a port; a new one if it does not know it yet.
    pub(crate) fn port_handle(
        &mut self,
        context: ContextId,
        id: PortId,
        name: &Arc<str>,
        opened_in: Option<DocumentId>,
    ) -> u32 {
        let Some(record) = self.contexts.get_mut(&context) else { return 0 };
        if let Some(&handle) = record.port_handles.get(&id) {
            return handle;
        }
        self.last_handle += 1;
        record.port_handles.insert(id, self.last_handle);
        record.ports.insert(self.last_handle, HeldPort { id, name: Arc::clone(name), opened_in });
        self.last_handle
    }

    pub(crate) fn known_port(&self, context: ContextId, id: PortId) -> Option<(u32, Arc<str>)> {
        let record = self.contexts.get(&context)?;
        let handle = *record.port_handles.get(&id)?;
        Some((handle, Arc::clone(&record.ports.get(&handle)?.name)))
    }

    pub(crate) fn held_port(&self, context: ContextId, handle: u32) -> Option<&HeldPort> {
        self.contexts.get(&context)?.ports.get(&handle)
    }

    pub(crate) fn forget_port(&mut self, context: ContextId, handle: u32) {
        if let Some(record) = self.contexts.get_mut(&context)
            && let Some(port) = record.ports.remove(&handle)
        {
            record.port_handles.remove(&port.id);
        }
    }

    /// The same for requests: a context may hold one as its sender or as its receiver.
    pub(crate) fn request_handle(&mut self, context: ContextId, id: RequestId) -> u32 {
        let Some(record) = self.contexts.get_mut(&context) else { return 0 };
        if let Some(&handle) = record.request_handles.get(&id) {
            return handle;
        }
        self.last_handle += 1;
        record.request_handles.insert(id, self.last_handle);
        record.requests.insert(self.last_handle, id);
        self.last_handle
    }

    pub(crate) fn held_request(&self, context: ContextId, handle: u32) -> Option<RequestId> {
        self.contexts.get(&context)?.requests.get(&handle).copied()
    }

    pub(crate) fn forget_request(&mut self, context: ContextId, handle: u32) {
        if let Some(record) = self.contexts.get_mut(&context)
            && let Some(id) = record.requests.remove(&handle)
        {
            record.request_handles.remove(&id);
        }
    }

    /// Forgets all that a context's scripts held.
    pub(crate) fn leave_context(&mut self, context: ContextId) -> Option<ContextLabel> {
        self.clock.forget(context);
        self.net.leave(context);
        self.contexts.remove(&context).map(|record| record.label)
    }

    /// Makes a call whose answer, if granted, is a port.
    pub(crate) fn connect(
        &mut self,
        context: ContextId,
        name: &Arc<str>,
    ) -> Result<PortId, Refusal> {
        match self.apply(Call::Connect { context, name: Arc::clone(name) })? {
            Reply::Port(port) => Ok(port),
            _ => Err(Refusal::NoSuchContext(context)),
        }
    }

    /// Makes a call whose answer, if granted, is a request.
    pub(crate) fn send_message(
        &mut self,
        context: ContextId,
        message: Payload,
    ) -> Result<RequestId, Refusal> {
        match self.apply(Call::SendMessage { context, message })? {
            Reply::Request(request) => Ok(request),
            _ => Err(Refusal::NoSuchContext(context)),
        }
    }
}
