//! The transition function: one function an action, in the file of what it is about.
//!
//! A step works on a copy of the state and gives it up when it is refused, so a refusal changes nothing
//! `[S9]`. The copy is made at the first write: most refusals come before it.

mod channel;
mod closing;
mod configuration;
mod dispatch;
mod document;
mod extension;
mod listener;
mod request;

use std::borrow::Cow;
use std::ops::{Deref, DerefMut};

use crate::{
    Action, Context, ContextId, Effect, ExtensionId, Gate, Kind, Limit, Loaded, Permission,
    Records, Refusal, Rules, Sender, State,
};

/// The state after `action` and what scripts can observe of it, or why it is refused.
///
/// Pure, total and deterministic: it never panics, whatever the action names.
///
/// # Errors
///
/// The first [`Refusal`] that applies, in the order that its type documents.
pub fn next(
    rules: &Rules,
    state: &State,
    action: &Action,
) -> Result<(State, Vec<Effect>), Refusal> {
    let mut step = Step { rules, state: Draft(Cow::Borrowed(state)), effects: Vec::new() };
    step.act(action)?;
    Ok((step.state.0.into_owned(), step.effects))
}

/// The state before, until something is written; then a copy of it.
struct Draft<'a>(Cow<'a, State>);

impl Deref for Draft<'_> {
    type Target = State;

    fn deref(&self) -> &State {
        &self.0
    }
}

impl DerefMut for Draft<'_> {
    fn deref_mut(&mut self) -> &mut State {
        self.0.to_mut()
    }
}

/// A step in progress.
struct Step<'a> {
    rules: &'a Rules,
    state: Draft<'a>,
    effects: Vec<Effect>,
}

impl Step<'_> {
    fn act(&mut self, action: &Action) -> Result<(), Refusal> {
        match *action {
            Action::Abandon { context, request } => self.abandon(context, request),
            Action::AddListener { context, target, listener } => {
                self.add_listener(context, target, listener)
            }
            Action::BackgroundStarted { context } => self.background_started(context),
            Action::ClosePage { context } => self.close_page(context),
            Action::ConfigureWorld { context, world, messaging, csp } => {
                self.configure_world(context, world, messaging, csp)
            }
            Action::Connect { context } => self.connect(context),
            Action::CreateDocument { parent } => self.create_document(parent),
            Action::DestroyDocument { document } => self.destroy_document(document),
            Action::Disconnect { context, port } => self.disconnect(context, port),
            Action::Dispatch { context, source } => self.dispatch(context, source),
            Action::GrantPermission { extension } => {
                self.set_permission(extension, Permission::Granted)
            }
            Action::Inject { extension, document, realm } => {
                self.inject(extension, document, realm)
            }
            Action::LoadExtension { background } => self.load_extension(background),
            Action::Navigate { document, departure } => self.navigate(document, departure),
            Action::Next { context, completion } => self.next_listener(context, completion),
            Action::OpenPage { extension } => self.open_page(extension),
            Action::Post { context, port, message } => self.post(context, port, message),
            Action::Release { context, port } => self.release(context, port),
            Action::RemoveListener { context, target, listener } => {
                self.remove_listener(context, target, listener)
            }
            Action::ResetWorldConfiguration { context, world } => {
                self.reset_world_configuration(context, world)
            }
            Action::Respond { context, request, message } => {
                self.respond(context, request, message)
            }
            Action::Restore { document, departure } => self.restore(document, departure),
            Action::RevokePermission { extension } => {
                self.set_permission(extension, Permission::Revoked)
            }
            Action::SendMessage { context, message } => self.send_message(context, message),
            Action::StartBackground { extension } => self.start_background(extension),
            Action::StopBackground { extension } => self.stop_background(extension),
            Action::UnloadExtension { extension } => self.unload_extension(extension),
        }
    }

    /// The acting context of a script's call, if it may act at all.
    fn script(&self, context: ContextId) -> Result<&Context, Refusal> {
        let record = self.state.contexts.get(&context).ok_or(Refusal::NoSuchContext)?;
        if self.state.is_invalidated(context) {
            return Err(Refusal::ContextInvalidated);
        }
        if self.state.is_suspended(context) {
            return Err(Refusal::Suspended);
        }
        Ok(record)
    }

    /// The acting context of a call that only extension contexts have.
    fn extension_script(&self, context: ContextId) -> Result<&Context, Refusal> {
        let record = self.script(context)?;
        if record.kind.is_extension() { Ok(record) } else { Err(Refusal::NotAvailable) }
    }

    /// The acting context of `connect` and `sendMessage`.
    fn caller(&self, context: ContextId) -> Result<&Context, Refusal> {
        let record = self.script(context)?;
        match record.kind {
            Kind::World { gate: Gate::Absent, .. } => Err(Refusal::MessagingAbsent),
            Kind::World { gate: Gate::CallsRefused | Gate::Withdrawn, .. } => {
                Err(Refusal::MessagingWithdrawn)
            }
            _ => Ok(record),
        }
    }

    fn permitted(&self, extension: ExtensionId) -> Result<(), Refusal> {
        match self.state.loaded(extension).ok_or(Refusal::ExtensionUnloaded)?.permission {
            Permission::Granted => Ok(()),
            Permission::Revoked => Err(Refusal::NotPermitted),
        }
    }

    fn loaded(&self, extension: ExtensionId) -> Result<&Loaded, Refusal> {
        if !self.state.extensions.contains_key(&extension) {
            return Err(Refusal::NoSuchExtension);
        }
        self.state.loaded(extension).ok_or(Refusal::ExtensionUnloaded)
    }

    fn loaded_mut(&mut self, extension: ExtensionId) -> Option<&mut Loaded> {
        match self.state.extensions.get_mut(&extension) {
            Some(crate::Extension::Loaded(loaded)) => Some(loaded),
            Some(crate::Extension::Unloaded) | None => None,
        }
    }

    /// What the records say of a context `[S8]`.
    fn sender(&self, context: ContextId) -> Result<Sender, Refusal> {
        let record = self.state.contexts.get(&context).ok_or(Refusal::NoSuchContext)?;
        let document = record.kind.document();
        let world = match record.kind {
            Kind::World { world, .. } => Some(world),
            Kind::Background(_) | Kind::ContentScript { .. } | Kind::Page(_) => None,
        };
        let frame =
            document.and_then(|id| self.state.documents.get(&id)).map(|document| document.frame);
        Ok(Sender { context, extension: record.extension, document, frame, world })
    }

    /// The contexts that what `from` opens or sends is offered to: the running background and the
    /// extension pages, never `from` itself, in order of their ids. A sender that has ended is nobody:
    /// its id may be another context's by now. Nothing is offered while a background is starting.
    fn candidates(&self, extension: ExtensionId, from: Option<ContextId>) -> Vec<ContextId> {
        let receives = |id: ContextId, context: &Context| {
            context.extension == extension && context.kind.is_extension() && Some(id) != from
        };
        let contexts = self.state.contexts.iter();
        contexts.filter(|&(&id, context)| receives(id, context)).map(|(&id, _)| id).collect()
    }
}

/// The lowest id that is free.
fn lowest_free<K: Ord + Copy, V>(map: &Records<K, V>, id: fn(u32) -> K) -> Result<K, Refusal> {
    (0..=u32::MAX).map(id).find(|key| !map.contains_key(key)).ok_or(Refusal::Limit(Limit::Ids))
}
