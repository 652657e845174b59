//! The errors of each operation: which refusals it can meet, and no others.
//!
//! The variants stand in the order in which they are checked. What each one means is told once, at
//! [`Refusal`].

use core::fmt;

use crate::{ContextId, DocumentId, ExtensionId, LimitKind, PortId, Refusal, RequestId};

macro_rules! errors {
    ($(
        $(#[$doc:meta])*
        $error:ident { $( $reason:ident($fact:ty) ),+ $(,)? }
    )+) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $error {
            $(
                #[doc = concat!("See [`Refusal::", stringify!($reason), "`].")]
                $reason($fact),
            )+
        }

        impl From<$error> for Refusal {
            fn from(error: $error) -> Self {
                match error {
                    $( $error::$reason(fact) => Self::$reason(fact), )+
                }
            }
        }

        impl fmt::Display for $error {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(&Refusal::from(*self), f)
            }
        }

        impl core::error::Error for $error {}
    )+};
}

errors! {
    /// Why [`load_extension`](crate::Router::load_extension) was refused.
    LoadError { Limit(LimitKind) }

    /// Why [`unload_extension`](crate::Router::unload_extension) was refused.
    UnloadError { NoSuchExtension(ExtensionId), AlreadyUnloaded(ExtensionId) }

    /// Why [`grant_permission`](crate::Router::grant_permission) or
    /// [`revoke_permission`](crate::Router::revoke_permission) was refused.
    PermissionError { NoSuchExtension(ExtensionId), ExtensionUnloaded(ExtensionId) }

    /// Why [`start_background`](crate::Router::start_background) was refused.
    StartBackgroundError {
        NoSuchExtension(ExtensionId),
        ExtensionUnloaded(ExtensionId),
        NoBackground(ExtensionId),
        NotStopped(ExtensionId),
        Limit(LimitKind),
    }

    /// Why [`background_started`](crate::Router::background_started) was refused.
    BackgroundStartedError { NoSuchContext(ContextId), NotStarting(ContextId) }

    /// Why [`stop_background`](crate::Router::stop_background) was refused.
    StopBackgroundError {
        NoSuchExtension(ExtensionId),
        ExtensionUnloaded(ExtensionId),
        NotRunning(ExtensionId),
    }

    /// Why [`open_page`](crate::Router::open_page) was refused.
    OpenPageError {
        NoSuchExtension(ExtensionId),
        ExtensionUnloaded(ExtensionId),
        Limit(LimitKind),
    }

    /// Why [`close_page`](crate::Router::close_page) was refused.
    ClosePageError { NoSuchContext(ContextId), NotAPage(ContextId) }

    /// Why [`create_document`](crate::Router::create_document) was refused.
    CreateDocumentError {
        NoSuchDocument(DocumentId),
        DocumentSuspended(DocumentId),
        Limit(LimitKind),
    }

    /// Why [`navigate`](crate::Router::navigate) was refused.
    NavigateError {
        NoSuchDocument(DocumentId),
        DocumentSuspended(DocumentId),
        NotTopLevel(DocumentId),
        Limit(LimitKind),
    }

    /// Why [`restore`](crate::Router::restore) was refused.
    RestoreError {
        NoSuchDocument(DocumentId),
        NotCached(DocumentId),
        NotTopLevel(DocumentId),
    }

    /// Why [`destroy_document`](crate::Router::destroy_document) was refused.
    DestroyDocumentError { NoSuchDocument(DocumentId) }

    /// Why [`inject`](crate::Router::inject) was refused.
    InjectError {
        NoSuchExtension(ExtensionId),
        ExtensionUnloaded(ExtensionId),
        NotPermitted(ExtensionId),
        NoSuchDocument(DocumentId),
        DocumentSuspended(DocumentId),
        Limit(LimitKind),
    }

    /// Why [`configure_world`](crate::Router::configure_world) or
    /// [`reset_world_configuration`](crate::Router::reset_world_configuration) was refused.
    ConfigureError {
        NoSuchContext(ContextId),
        ContextInvalidated(ContextId),
        Suspended(ContextId),
        NotAvailable(ContextId),
        NotPermitted(ExtensionId),
        Limit(LimitKind),
    }

    /// Why [`add_listener`](crate::Router::add_listener),
    /// [`remove_listener`](crate::Router::remove_listener) or
    /// [`has_listener`](crate::Router::has_listener) was refused.
    ListenerError {
        NoSuchContext(ContextId),
        ContextInvalidated(ContextId),
        Suspended(ContextId),
        NotAvailable(ContextId),
        NotPermitted(ExtensionId),
        NoSuchPort(PortId),
        ForeignPort(PortId),
        Limit(LimitKind),
    }

    /// Why [`connect`](crate::Router::connect) was refused.
    ConnectError {
        NoSuchContext(ContextId),
        ContextInvalidated(ContextId),
        Suspended(ContextId),
        MessagingAbsent(ContextId),
        MessagingWithdrawn(ContextId),
        Limit(LimitKind),
    }

    /// Why [`post`](crate::Router::post) was refused.
    PostError {
        NoSuchContext(ContextId),
        ContextInvalidated(ContextId),
        Suspended(ContextId),
        MessagingAbsent(ContextId),
        MessagingWithdrawn(ContextId),
        NoSuchPort(PortId),
        ForeignPort(PortId),
        Disconnected(PortId),
        Limit(LimitKind),
    }

    /// Why [`disconnect`](crate::Router::disconnect) was refused.
    DisconnectError {
        NoSuchContext(ContextId),
        ContextInvalidated(ContextId),
        Suspended(ContextId),
        NoSuchPort(PortId),
        ForeignPort(PortId),
    }

    /// Why [`release`](crate::Router::release) was refused.
    ReleaseError {
        NoSuchContext(ContextId),
        ContextInvalidated(ContextId),
        Suspended(ContextId),
        NoSuchPort(PortId),
        ForeignPort(PortId),
        StillOpen(PortId),
        PortInUse(PortId),
    }

    /// Why [`send_message`](crate::Router::send_message) was refused.
    SendMessageError {
        NoSuchContext(ContextId),
        ContextInvalidated(ContextId),
        Suspended(ContextId),
        MessagingAbsent(ContextId),
        MessagingWithdrawn(ContextId),
        Limit(LimitKind),
    }

    /// Why [`respond`](crate::Router::respond) was refused.
    RespondError {
        NoSuchContext(ContextId),
        ContextInvalidated(ContextId),
        Suspended(ContextId),
        NotAvailable(ContextId),
        NoSuchRequest(RequestId),
        ForeignRequest(RequestId),
        Limit(LimitKind),
    }

    /// Why [`abandon`](crate::Router::abandon) was refused.
    AbandonError {
        NoSuchContext(ContextId),
        ContextInvalidated(ContextId),
        Suspended(ContextId),
        NotAvailable(ContextId),
        NoSuchRequest(RequestId),
        ForeignRequest(RequestId),
        RequestInUse(RequestId),
    }

    /// Why [`dispatch`](crate::Router::dispatch) was refused.
    DispatchError {
        NoSuchContext(ContextId),
        Suspended(ContextId),
        Busy(ContextId),
        NoSuchPort(PortId),
        ForeignPort(PortId),
        NoSuchRequest(RequestId),
        ForeignRequest(RequestId),
        NothingToDispatch(ContextId),
    }

    /// Why [`next`](crate::Router::next) was refused.
    NextError {
        NoSuchContext(ContextId),
        Suspended(ContextId),
        Idle(ContextId),
    }
}
