//! The calls that operations are: what is picked, and how large it is.

use std::sync::Arc;

use serde::Deserialize;
use worldport::{
    Call, Content, ContextId, DocumentId, DocumentSpec, EndPhase, EventSource, ExtensionId,
    ExtensionSpec, ListenerId, ListenerTarget, PageSpec, PortId, Realm, RequestId, TabId,
    WorldChange, WorldId, WorldIdLength,
};

use super::known::{forged, pick, place};
use super::{Blob, Operation, Pick, Player, Size, Source, Target};

/// How far back a record that lives is looked for.
const MEMORY: usize = 64;

impl Player {
    /// The call that an operation is; nothing if it is none, or several, or names what never was.
    pub(super) fn call_of(&mut self, operation: &Operation) -> Option<Call<Blob>> {
        Some(match *operation {
            Operation::Abandon { context, request } => {
                Call::Abandon { context: self.context(context)?, request: self.request(request)? }
            }
            Operation::AddListener { context, target, listener } => {
                let (context, target) = self.target(context, target)?;
                Call::AddListener { context, target, listener: ListenerId(listener) }
            }
            Operation::BackgroundStarted { context } => {
                Call::BackgroundStarted { context: self.context(context)? }
            }
            Operation::ClosePage { context } => Call::ClosePage { context: self.context(context)? },
            Operation::ConfigureWorld { context, world, messaging, policy } => {
                let csp = (!matches!(policy, Size::Small(0..=127))).then(|| self.text(policy));
                let change = WorldChange { messaging, csp };
                Call::ConfigureWorld { context: self.context(context)?, world: name(world), change }
            }
            Operation::Connect { context, name } => {
                Call::Connect { context: self.context(context)?, name: self.text(name) }
            }
            Operation::CreateDocument { parent, url } => {
                let content = Content::new(self.text(url), "o");
                let document = match parent {
                    Some(parent) => DocumentSpec::in_frame_of(self.document(parent)?, content),
                    None => DocumentSpec::in_tab(TabId(1), content),
                };
                Call::CreateDocument { document }
            }
            Operation::DestroyDocument { document } => {
                Call::DestroyDocument { document: self.document(document)? }
            }
            Operation::Disconnect { context, port } => {
                let (context, port) = self.port(context, port)?;
                Call::Disconnect { context, port }
            }
            Operation::Dispatch { context, source } => {
                let context = self.context(context)?;
                let source = match source {
                    Source::Port(port) => EventSource::Port(self.any_port(port, EndPhase::Open)?.1),
                    Source::Reply(request) => EventSource::Reply(self.request(request)?),
                    Source::Request(request) => EventSource::Request(self.request(request)?),
                };
                Call::Dispatch { context, source }
            }
            Operation::GrantPermission { extension } => {
                Call::GrantPermission { extension: self.extension(extension)? }
            }
            Operation::Inject { extension, document, world } => {
                let realm =
                    world.map_or(Realm::ContentScript, |world| Realm::UserScript(name(world)));
                let (extension, document) = (self.extension(extension)?, self.document(document)?);
                Call::Inject { extension, document, realm }
            }
            Operation::LoadExtension { background, url } => {
                let url = self.text(url);
                let background = background.then(|| url.clone());
                let extension = ExtensionSpec { id: "x".into(), origin: url, background };
                Call::LoadExtension { extension }
            }
            Operation::Navigate { document, departure, url } => {
                let content = Content::new(self.text(url), "o");
                Call::Navigate { document: self.document(document)?, departure, content }
            }
            Operation::Next { context, completion } => {
                Call::Next { context: self.context(context)?, completion }
            }
            Operation::OpenPage { extension, url } => {
                let page = PageSpec::new(self.text(url));
                Call::OpenPage { extension: self.extension(extension)?, page }
            }
            Operation::Post { context, port, size } => {
                let (context, port) = self.port(context, port)?;
                Call::Post { context, port, message: self.blob(size) }
            }
            Operation::Release { context, port } => {
                let (context, port) = self.port_in(EndPhase::Closed, context, port)?;
                Call::Release { context, port }
            }
            Operation::RemoveListener { context, target, listener } => {
                let (context, target) = self.target(context, target)?;
                Call::RemoveListener { context, target, listener: ListenerId(listener) }
            }
            Operation::ResetWorldConfiguration { context, world } => {
                Call::ResetWorldConfiguration {
                    context: self.context(context)?,
                    world: name(world),
                }
            }
            Operation::Respond { context, request, size } => {
                let (context, request) = (self.context(context)?, self.request(request)?);
                Call::Respond { context, request, message: self.blob(size) }
            }
            Operation::Restore { document, departure } => {
                Call::Restore { document: self.document(document)?, departure }
            }
            Operation::RevokePermission { extension } => {
                Call::RevokePermission { extension: self.extension(extension)? }
            }
            Operation::SendMessage { context, size } => {
                Call::SendMessage { context: self.context(context)?, message: self.blob(size) }
            }
            Operation::StartBackground { extension } => {
                Call::StartBackground { extension: self.extension(extension)? }
            }
            Operation::StopBackground { extension } => {
                Call::StopBackground { extension: self.extension(extension)? }
            }
            Operation::UnloadExtension { extension } => {
                Call::UnloadExtension { extension: self.extension(extension)? }
            }
            Operation::FloodConnects { .. }
            | Operation::FloodListeners { .. }
            | Operation::FloodPosts { .. }
            | Operation::FloodRequests { .. }
            | Operation::Poll { .. }
            | Operation::Scene
            | Operation::Turn { .. } => return None,
        })
    }

    /// An extension. The recent ones are those that are loaded.
    fn extension(&self, it: Pick) -> Option<ExtensionId> {
        self.recent(&self.known.extensions, it, |id| self.router.background(id).is_some())
    }

    /// A document. The recent ones are those that were not yet found to be gone.
    fn document(&self, it: Pick) -> Option<DocumentId> {
        self.recent(&self.known.documents, it, |id| !self.known.gone.contains(&id))
    }

    fn request(&self, it: Pick) -> Option<RequestId> {
        pick(&self.known.requests, it)
    }

    /// A context. The recent ones are those that live.
    pub(super) fn context(&self, it: Pick) -> Option<ContextId> {
        self.recent(&self.known.contexts, it, |id| self.router.sender(id).is_some())
    }

    /// What a pick means, where recent ones are those that are `fit`, if there are any.
    fn recent<I: Copy + for<'a> Deserialize<'a>>(
        &self,
        seen: &[I],
        it: Pick,
        fit: impl Fn(I) -> bool,
    ) -> Option<I> {
        let Pick::Recent(back) = it else { return pick(seen, it) };
        let recent: Vec<I> =
            seen.iter().rev().take(MEMORY).copied().filter(|&id| fit(id)).take(6).collect();
        match recent.len() {
            0 => seen.last().copied(),
            found => recent.get(usize::from(back) % found).copied(),
        }
    }

    /// A port with the context that it was handed to. The recent ones are those that are so far.
    fn any_port(&self, it: Pick, phase: EndPhase) -> Option<(ContextId, PortId)> {
        if let Pick::Recent(back) = it {
            let recent = self.known.ports.iter().rev().take(MEMORY).copied();
            let is_so_far = |&(id, port): &_| self.router.port_phase(id, port) == Some(phase);
            let fit: Vec<_> = recent.filter(is_so_far).take(6).collect();
            return match fit.len() {
                0 => self.known.ports.last().copied(),
                found => fit.get(usize::from(back) % found).copied(),
            };
        }
        let place = place(self.known.ports.len(), it)?;
        let (context, port) = self.known.ports[place];
        Some((context, forged(it).unwrap_or(port)))
    }

    /// An open port, and who uses it: mostly its owner, or hardly any call would be accepted.
    pub(super) fn port(&self, context: Pick, port: Pick) -> Option<(ContextId, PortId)> {
        self.port_in(EndPhase::Open, context, port)
    }

    fn port_in(&self, phase: EndPhase, context: Pick, port: Pick) -> Option<(ContextId, PortId)> {
        let (owner, port) = self.any_port(port, phase)?;
        match context {
            Pick::Recent(_) => Some((owner, port)),
            Pick::Ever(_) | Pick::Forged { .. } => Some((self.context(context)?, port)),
        }
    }

    fn target(&self, context: Pick, target: Target) -> Option<(ContextId, ListenerTarget)> {
        Some(match target {
            Target::PortDisconnect(port) => {
                let (context, port) = self.port(context, port)?;
                (context, ListenerTarget::PortDisconnect(port))
            }
            Target::PortMessage(port) => {
                let (context, port) = self.port(context, port)?;
                (context, ListenerTarget::PortMessage(port))
            }
            Target::Runtime(event) => (self.context(context)?, ListenerTarget::Runtime(event)),
        })
    }

    /// A message that no other is equal to.
    pub(super) fn blob(&mut self, size: Size) -> Blob {
        self.tokens += 1;
        let (claimed, body) = match size {
            Size::Huge => (usize::MAX, 64),
            Size::Large => (self.router.limits().message_bytes, 48),
            Size::Small(bytes) => (usize::from(bytes), usize::from(bytes % 32)),
        };
        Blob { token: self.tokens, claimed, body: vec![0; body].into() }
    }

    pub(super) fn text(&self, size: Size) -> Arc<str> {
        match size {
            Size::Huge => "x".repeat(self.router.limits().name_bytes + 1).into(),
            Size::Large => "x".repeat(self.router.limits().policy_bytes).into(),
            Size::Small(bytes) => "x".repeat(usize::from(bytes)).into(),
        }
    }
}

fn name(world: u8) -> WorldId {
    let names = ["", "a", "b", "c"];
    let name = names[usize::from(world) % names.len()];
    WorldId::new(name, WorldIdLength::Utf16).unwrap_or_default()
}
