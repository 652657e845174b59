//! Calls as data: every action of the router and what it came to.
//!
//! For tests in lockstep, for traces and for fuzzing. The methods do the work; this only routes.

use alloc::sync::Arc;

use crate::{
    Completion, Content, ContextId, Departure, Dispatched, DocumentId, DocumentSpec, EventSource,
    ExtensionId, ExtensionSpec, ListenerId, ListenerTarget, PageSpec, Payload, PortId, Realm,
    Refusal, RequestId, Router, WorldChange, WorldId,
};

/// One action on a [`Router`], named after its method.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[allow(missing_docs)] // The fields are the parameters of the methods of the same names.
pub enum Call<P> {
    /// [`Router::abandon`].
    Abandon { context: ContextId, request: RequestId },
    /// [`Router::add_listener`].
    AddListener { context: ContextId, target: ListenerTarget, listener: ListenerId },
    /// [`Router::background_started`].
    BackgroundStarted { context: ContextId },
    /// [`Router::close_page`].
    ClosePage { context: ContextId },
    /// [`Router::configure_world`].
    ConfigureWorld { context: ContextId, world: WorldId, change: WorldChange },
    /// [`Router::connect`].
    Connect { context: ContextId, name: Arc<str> },
    /// [`Router::create_document`].
    CreateDocument { document: DocumentSpec },
    /// [`Router::destroy_document`].
    DestroyDocument { document: DocumentId },
    /// [`Router::disconnect`].
    Disconnect { context: ContextId, port: PortId },
    /// [`Router::dispatch`].
    Dispatch { context: ContextId, source: EventSource },
    /// [`Router::grant_permission`].
    GrantPermission { extension: ExtensionId },
    /// [`Router::inject`].
    Inject { extension: ExtensionId, document: DocumentId, realm: Realm },
    /// [`Router::load_extension`].
    LoadExtension { extension: ExtensionSpec },
    /// [`Router::navigate`].
    Navigate { document: DocumentId, departure: Departure, content: Content },
    /// [`Router::next`].
    Next { context: ContextId, completion: Completion },
    /// [`Router::open_page`].
    OpenPage { extension: ExtensionId, page: PageSpec },
    /// [`Router::post`].
    Post { context: ContextId, port: PortId, message: P },
    /// [`Router::release`].
    Release { context: ContextId, port: PortId },
    /// [`Router::remove_listener`].
    RemoveListener { context: ContextId, target: ListenerTarget, listener: ListenerId },
    /// [`Router::reset_world_configuration`].
    ResetWorldConfiguration { context: ContextId, world: WorldId },
    /// [`Router::respond`].
    Respond { context: ContextId, request: RequestId, message: P },
    /// [`Router::restore`].
    Restore { document: DocumentId, departure: Departure },
    /// [`Router::revoke_permission`].
    RevokePermission { extension: ExtensionId },
    /// [`Router::send_message`].
    SendMessage { context: ContextId, message: P },
    /// [`Router::start_background`].
    StartBackground { extension: ExtensionId },
    /// [`Router::stop_background`].
    StopBackground { extension: ExtensionId },
    /// [`Router::unload_extension`].
    UnloadExtension { extension: ExtensionId },
}

impl<P> Call<P> {
    /// The context that acts, or in which something is dispatched.
    #[must_use]
    pub fn context(&self) -> Option<ContextId> {
        match *self {
            Self::Abandon { context, .. }
            | Self::AddListener { context, .. }
            | Self::BackgroundStarted { context }
            | Self::ClosePage { context }
            | Self::ConfigureWorld { context, .. }
            | Self::Connect { context, .. }
            | Self::Disconnect { context, .. }
            | Self::Dispatch { context, .. }
            | Self::Next { context, .. }
            | Self::Post { context, .. }
            | Self::Release { context, .. }
            | Self::RemoveListener { context, .. }
            | Self::ResetWorldConfiguration { context, .. }
            | Self::Respond { context, .. }
            | Self::SendMessage { context, .. } => Some(context),
            Self::CreateDocument { .. }
            | Self::DestroyDocument { .. }
            | Self::GrantPermission { .. }
            | Self::Inject { .. }
            | Self::LoadExtension { .. }
            | Self::Navigate { .. }
            | Self::OpenPage { .. }
            | Self::Restore { .. }
            | Self::RevokePermission { .. }
            | Self::StartBackground { .. }
            | Self::StopBackground { .. }
            | Self::UnloadExtension { .. } => None,
        }
    }
}

/// What an accepted [`Call`] hands back.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum Reply<P> {
    /// A context was made, or found: by `inject`, `open_page` and `start_background`.
    Context(ContextId),
    /// What a `dispatch` came to.
    Dispatched(Dispatched<P>),
    /// A document was made, by `create_document` and `navigate`.
    Document(DocumentId),
    /// It was done, and there is nothing to hand back.
    Done,
    /// An extension was loaded.
    Extension(ExtensionId),
    /// The listener to call next, of `next`.
    Next(Option<ListenerId>),
    /// A port was made, by `connect`.
    Port(PortId),
    /// A request was made, by `send_message`.
    Request(RequestId),
}

/// How a [`Call`] came out.
pub type Outcome<P> = Result<Reply<P>, Refusal>;

impl<P: Payload> Router<P> {
    /// Makes a call that was given as data.
    ///
    /// # Errors
    ///
    /// The refusal of the method.
    pub fn apply(&mut self, call: Call<P>) -> Outcome<P> {
        match call {
            Call::Abandon { context, request } => done(self.abandon(context, request)),
            Call::AddListener { context, target, listener } => {
                done(self.add_listener(context, target, listener))
            }
            Call::BackgroundStarted { context } => done(self.background_started(context)),
            Call::ClosePage { context } => done(self.close_page(context)),
            Call::ConfigureWorld { context, world, change } => {
                done(self.configure_world(context, world, change))
            }
            Call::Connect { context, name } => Ok(Reply::Port(self.connect(context, name)?)),
            Call::CreateDocument { document } => {
                Ok(Reply::Document(self.create_document(document)?))
            }
            Call::DestroyDocument { document } => done(self.destroy_document(document)),
            Call::Disconnect { context, port } => done(self.disconnect(context, port)),
            Call::Dispatch { context, source } => {
                Ok(Reply::Dispatched(self.dispatch(context, source)?))
            }
            Call::GrantPermission { extension } => done(self.grant_permission(extension)),
            Call::Inject { extension, document, realm } => {
                Ok(Reply::Context(self.inject(extension, document, realm)?))
            }
            Call::LoadExtension { extension } => {
                Ok(Reply::Extension(self.load_extension(extension)?))
            }
            Call::Navigate { document, departure, content } => {
                Ok(Reply::Document(self.navigate(document, departure, content)?))
            }
            Call::Next { context, completion } => Ok(Reply::Next(self.next(context, completion)?)),
            Call::OpenPage { extension, page } => {
                Ok(Reply::Context(self.open_page(extension, page)?))
            }
            Call::Post { context, port, message } => done(self.post(context, port, message)),
            Call::Release { context, port } => done(self.release(context, port)),
            Call::RemoveListener { context, target, listener } => {
                done(self.remove_listener(context, target, listener))
            }
            Call::ResetWorldConfiguration { context, world } => {
                done(self.reset_world_configuration(context, &world))
            }
            Call::Respond { context, request, message } => {
                done(self.respond(context, request, message))
            }
            Call::Restore { document, departure } => done(self.restore(document, departure)),
            Call::RevokePermission { extension } => done(self.revoke_permission(extension)),
            Call::SendMessage { context, message } => {
                Ok(Reply::Request(self.send_message(context, message)?))
            }
            Call::StartBackground { extension } => {
                Ok(Reply::Context(self.start_background(extension)?))
            }
            Call::StopBackground { extension } => done(self.stop_background(extension)),
            Call::UnloadExtension { extension } => done(self.unload_extension(extension)),
        }
    }
}

fn done<P, E: Into<Refusal>>(result: Result<(), E>) -> Outcome<P> {
    result.map(|()| Reply::Done).map_err(Into::into)
}
