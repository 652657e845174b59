//! Shard: one router, locked, for as many calls as its holder likes to make at once.
//!
//! It has every call of a router but those on documents, which all shards have in common. A context
//! or an extension of another shard is refused as one that does not exist.

use alloc::sync::Arc;
use core::fmt;

use super::placed::{Placed, PlacedOutput, ShardId};
use super::sync::{AtomicBool, MutexGuard, Ordering};
use crate::{
    AbandonError, BackgroundStartedError, ClosePageError, Completion, ConfigureError, ConnectError,
    ContextId, DisconnectError, DispatchError, Dispatched, DocumentId, EventSource, ExtensionId,
    ExtensionSpec, InjectError, ListenerError, ListenerId, ListenerTarget, LoadError, NextError,
    OpenPageError, PageSpec, Payload, PermissionError, PortId, PostError, Realm, ReleaseError,
    RequestId, RespondError, Router, SendMessageError, StartBackgroundError, StopBackgroundError,
    UnloadError, WorldChange, WorldId,
};

/// One router of a [`Shards`](super::Shards), which nobody else has meanwhile.
#[must_use = "it is locked in order to make calls"]
pub struct Shard<'a, P> {
    id: ShardId,
    router: MutexGuard<'a, Router<P>>,
    /// What the flag says, once this guard is gone.
    waiting: bool,
    /// Whether something may be there to be polled. Only who has the lock writes it.
    flag: &'a AtomicBool,
}

macro_rules! calls {
    ($(
        $method:ident($whose:ident, $absent:ident $(, $argument:ident: $type:ty)*)
            -> $value:ty, $error:ident;
    )+) => {$(
        #[doc = concat!("[`Router::", stringify!($method), "`].")]
        ///
        /// # Errors
        ///
        #[doc = concat!(
            "[`", stringify!($error), "`], as there; and `", stringify!($absent),
            "` for one of another shard."
        )]
        #[inline]
        pub fn $method(
            &mut self,
            actor: Placed<$whose>,
            $($argument: $type,)*
        ) -> Result<$value, $error> {
            let actor = self.own(actor).ok_or($error::$absent(actor.id))?;
            self.waiting = true;
            self.router.$method(actor, $($argument),*)
        }
    )+};
}

impl<'a, P: Payload> Shard<'a, P> {
    #[inline]
    pub(super) fn new(
        id: ShardId,
        router: MutexGuard<'a, Router<P>>,
        flag: &'a AtomicBool,
    ) -> Self {
        // The lock is held, so nobody writes it now.
        let waiting = flag.load(Ordering::Relaxed);
        Self { id, router, waiting, flag }
    }

    /// Which one it is.
    #[must_use]
    pub const fn id(&self) -> ShardId {
        self.id
    }

    /// The router itself, for everything that changes nothing: its queries take and give ids without
    /// their shard.
    #[must_use]
    pub fn router(&self) -> &Router<P> {
        &self.router
    }

    /// Puts an id of this shard's router, such as that of a [`Sender`](crate::Sender), back into its
    /// place.
    #[must_use]
    pub const fn place<T: Copy>(&self, id: T) -> Placed<T> {
        Placed { shard: self.id, id }
    }

    /// [`Router::poll`]: the next thing that this shard has to say. `None`: all is said until the
    /// next call on it.
    #[inline]
    pub fn poll(&mut self) -> Option<PlacedOutput> {
        let output = self.router.poll();
        self.waiting = output.is_some();
        Some(PlacedOutput::new(self.id, output?))
    }

    /// [`Router::load_extension`], into this shard.
    ///
    /// # Errors
    ///
    /// [`LoadError`], as there.
    pub fn load_extension(
        &mut self,
        extension: ExtensionSpec,
    ) -> Result<Placed<ExtensionId>, LoadError> {
        let id = self.router.load_extension(extension)?;
        Ok(self.place(id))
    }

    /// [`Router::inject`]: the document is that of all shards.
    ///
    /// # Errors
    ///
    /// [`InjectError`], as there; and `NoSuchExtension` for one of another shard.
    pub fn inject(
        &mut self,
        extension: Placed<ExtensionId>,
        document: DocumentId,
        realm: Realm,
    ) -> Result<Placed<ContextId>, InjectError> {
        let extension = self.own(extension).ok_or(InjectError::NoSuchExtension(extension.id))?;
        self.waiting = true;
        let context = self.router.inject(extension, document, realm)?;
        Ok(self.place(context))
    }

    /// [`Router::open_page`].
    ///
    /// # Errors
    ///
    /// [`OpenPageError`], as there; and `NoSuchExtension` for one of another shard.
    pub fn open_page(
        &mut self,
        extension: Placed<ExtensionId>,
        page: PageSpec,
    ) -> Result<Placed<ContextId>, OpenPageError> {
        let extension = self.own(extension).ok_or(OpenPageError::NoSuchExtension(extension.id))?;
        self.waiting = true;
        let context = self.router.open_page(extension, page)?;
        Ok(self.place(context))
    }

    /// [`Router::start_background`].
    ///
    /// # Errors
    ///
    /// [`StartBackgroundError`], as there; and `NoSuchExtension` for one of another shard.
    pub fn start_background(
        &mut self,
        extension: Placed<ExtensionId>,
    ) -> Result<Placed<ContextId>, StartBackgroundError> {
        let absent = StartBackgroundError::NoSuchExtension(extension.id);
        let extension = self.own(extension).ok_or(absent)?;
        self.waiting = true;
        let context = self.router.start_background(extension)?;
        Ok(self.place(context))
    }

    calls! {
        abandon(ContextId, NoSuchContext, request: RequestId) -> (), AbandonError;
        add_listener(ContextId, NoSuchContext, target: ListenerTarget, listener: ListenerId)
            -> (), ListenerError;
        background_started(ContextId, NoSuchContext) -> (), BackgroundStartedError;
        close_page(ContextId, NoSuchContext) -> (), ClosePageError;
        configure_world(ContextId, NoSuchContext, world: WorldId, change: WorldChange)
            -> (), ConfigureError;
        connect(ContextId, NoSuchContext, name: impl Into<Arc<str>>) -> PortId, ConnectError;
        disconnect(ContextId, NoSuchContext, port: PortId) -> (), DisconnectError;
        dispatch(ContextId, NoSuchContext, source: EventSource) -> Dispatched<P>, DispatchError;
        grant_permission(ExtensionId, NoSuchExtension) -> (), PermissionError;
        next(ContextId, NoSuchContext, completion: Completion) -> Option<ListenerId>, NextError;
        post(ContextId, NoSuchContext, port: PortId, message: P) -> (), PostError;
        release(ContextId, NoSuchContext, port: PortId) -> (), ReleaseError;
        remove_listener(ContextId, NoSuchContext, target: ListenerTarget, listener: ListenerId)
            -> (), ListenerError;
        reset_world_configuration(ContextId, NoSuchContext, world: &WorldId) -> (), ConfigureError;
        respond(ContextId, NoSuchContext, request: RequestId, message: P) -> (), RespondError;
        revoke_permission(ExtensionId, NoSuchExtension) -> (), PermissionError;
        send_message(ContextId, NoSuchContext, message: P) -> RequestId, SendMessageError;
        stop_background(ExtensionId, NoSuchExtension) -> (), StopBackgroundError;
        unload_extension(ExtensionId, NoSuchExtension) -> (), UnloadError;
    }

    /// The router, for a call that all shards get.
    pub(super) fn common(&mut self) -> &mut Router<P> {
        self.waiting = true;
        &mut self.router
    }

    /// What this shard's router calls it; `None`: it is of another shard.
    #[inline]
    fn own<T: Copy>(&self, placed: Placed<T>) -> Option<T> {
        (placed.shard == self.id).then_some(placed.id)
    }
}

impl<P> Drop for Shard<'_, P> {
    /// Says whether there is anything to poll, while the lock is still held: were it said after that,
    /// it could be about what another thread has changed meanwhile.
    #[inline]
    fn drop(&mut self) {
        // A line that is only read stays in the caches of all threads that ask.
        if self.flag.load(Ordering::Relaxed) != self.waiting {
            self.flag.store(self.waiting, Ordering::Release);
        }
    }
}

impl<P> fmt::Debug for Shard<'_, P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shard").field("id", &self.id).finish_non_exhaustive()
    }
}
