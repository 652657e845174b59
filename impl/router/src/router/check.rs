//! Checks that many calls begin with, in the order in which refusals are checked.
//!
//! Each returns a small error of its own, which widens into the error of the calling operation.

use super::Router;
use crate::errors::{
    AbandonError, BackgroundStartedError, ClosePageError, ConfigureError, ConnectError,
    CreateDocumentError, DestroyDocumentError, DisconnectError, DispatchError, InjectError,
    ListenerError, LoadError, NavigateError, NextError, OpenPageError, PermissionError, PostError,
    ReleaseError, RespondError, RestoreError, SendMessageError, StartBackgroundError,
    StopBackgroundError,
};
use crate::record::{Context, ContextBack, Document, End, Extension, Phase};
use crate::store::{Id as _, Store as _};
use crate::{
    Content, ContextId, DocumentId, DocumentState, ExtensionId, Gate, LimitKind, Payload,
    Permission, PortId, RequestId,
};

macro_rules! widen {
    ($( $part:ident { $($reason:ident($fact:ty)),+ } => $errors:tt; )+) => {$(
        #[derive(Clone, Copy)]
        pub(super) enum $part {
            $( $reason($fact), )+
        }

        widen!(@each $part { $($reason),+ } $errors);
    )+};
    (@each $part:ident $reasons:tt { $($error:ident),+ }) => {
        $( widen!(@one $part $reasons $error); )+
    };
    (@one $part:ident { $($reason:ident),+ } $error:ident) => {
        impl From<$part> for $error {
            #[inline]
            fn from(part: $part) -> Self {
                match part {
                    $( $part::$reason(fact) => Self::$reason(fact), )+
                }
            }
        }
    };
}

widen! {
    NoContext { NoSuchContext(ContextId) } => {
        BackgroundStartedError, ClosePageError, DispatchError, NextError
    };
    NotActing {
        NoSuchContext(ContextId), ContextInvalidated(ContextId), Suspended(ContextId)
    } => {
        AbandonError, ConfigureError, ConnectError, DisconnectError, ListenerError, PostError,
        ReleaseError, RespondError, SendMessageError
    };
    NotOwn { NotAvailable(ContextId) } => {
        AbandonError, ConfigureError, ListenerError, RespondError
    };
    NotGranted { NotPermitted(ExtensionId) } => { ConfigureError, InjectError, ListenerError };
    Gated { MessagingAbsent(ContextId), MessagingWithdrawn(ContextId) } => {
        ConnectError, PostError, SendMessageError
    };
    NoPort { NoSuchPort(PortId), ForeignPort(PortId) } => {
        DisconnectError, DispatchError, ListenerError, PostError, ReleaseError
    };
    NoRequest { NoSuchRequest(RequestId) } => { AbandonError, DispatchError, RespondError };
    NoExtension { NoSuchExtension(ExtensionId), ExtensionUnloaded(ExtensionId) } => {
        InjectError, OpenPageError, PermissionError, StartBackgroundError, StopBackgroundError
    };
    NoDocument { NoSuchDocument(DocumentId) } => { DestroyDocumentError, RestoreError };
    NoActiveDocument { NoSuchDocument(DocumentId), DocumentSuspended(DocumentId) } => {
        CreateDocumentError, InjectError, NavigateError
    };
    Limited { Limit(LimitKind) } => {
        ConfigureError, ConnectError, CreateDocumentError, InjectError, ListenerError, LoadError,
        NavigateError, OpenPageError, PostError, RespondError, SendMessageError,
        StartBackgroundError
    };
}

impl<P: Payload> Router<P> {
    /// A context that exists and is not suspended may act as a script, unless it is invalidated.
    #[inline]
    pub(super) fn acting(&self, id: ContextId) -> Result<&Context, NotActing> {
        let context = self.contexts.get(id).ok_or(NotActing::NoSuchContext(id))?;
        if context.invalidated {
            return Err(NotActing::ContextInvalidated(id));
        }
        if context.suspended {
            return Err(NotActing::Suspended(id));
        }
        Ok(context)
    }

    /// New connections and one-time messages are open to whom messaging was granted: `[S1]`.
    #[inline]
    pub(super) fn gated(id: ContextId, context: &Context) -> Result<(), Gated> {
        match context.gate {
            Gate::CallsRefused => Err(Gated::MessagingWithdrawn(id)),
            _ => Self::gated_on_port(id, context),
        }
    }

    /// Open ports are open to whom messaging was granted and not taken away: `[S1]`.
    #[inline]
    pub(super) fn gated_on_port(id: ContextId, context: &Context) -> Result<(), Gated> {
        match context.gate {
            Gate::Absent => Err(Gated::MessagingAbsent(id)),
            Gate::Withdrawn => Err(Gated::MessagingWithdrawn(id)),
            Gate::CallsRefused | Gate::Granted => Ok(()),
        }
    }

    /// Only backgrounds and pages have the extension's API. The context exists.
    pub(super) fn own(&self, id: ContextId) -> Result<&ContextBack, NotOwn> {
        let context = self.contexts.back.at(id.slot());
        if context.kind.is_own() { Ok(context) } else { Err(NotOwn::NotAvailable(id)) }
    }

    /// The extension in a slot holds the `userScripts` permission.
    pub(super) fn permitted(&self, extension: u32) -> Result<(), NotGranted> {
        match self.extensions.at(extension).permission {
            Permission::Granted => Ok(()),
            Permission::Revoked => Err(NotGranted::NotPermitted(self.extensions.id_of(extension))),
        }
    }

    /// The end behind a port of a context, offered ones included. Who holds a port is what the
    /// records say, whatever the caller says.
    #[inline]
    pub(super) fn port(&self, context: ContextId, id: PortId) -> Result<&End, NoPort> {
        match self.ends.get(id) {
            Some(end) if end.phase != Phase::Released => holder(end, context, id),
            _ => Err(NoPort::NoSuchPort(id)),
        }
    }

    /// The end behind a port that a script of the context can have: not one that is only offered.
    #[inline]
    pub(super) fn held_port(&self, context: ContextId, id: PortId) -> Result<&End, NoPort> {
        match self.ends.get(id) {
            Some(end) if matches!(end.phase, Phase::Open | Phase::Closed | Phase::Unanswered) => {
                holder(end, context, id)
            }
            _ => Err(NoPort::NoSuchPort(id)),
        }
    }

    /// A loaded extension.
    pub(super) fn loaded(&self, id: ExtensionId) -> Result<&Extension, NoExtension> {
        let extension = self.extensions.get(id).ok_or(NoExtension::NoSuchExtension(id))?;
        if extension.loaded { Ok(extension) } else { Err(NoExtension::ExtensionUnloaded(id)) }
    }

    /// A document, active or cached.
    pub(super) fn document(&self, id: DocumentId) -> Result<&Document, NoDocument> {
        self.documents.get(id).ok_or(NoDocument::NoSuchDocument(id))
    }

    /// An active document.
    pub(super) fn active(&self, id: DocumentId) -> Result<&Document, NoActiveDocument> {
        let document = self.documents.get(id).ok_or(NoActiveDocument::NoSuchDocument(id))?;
        match document.state {
            DocumentState::Active => Ok(document),
            DocumentState::Cached => Err(NoActiveDocument::DocumentSuspended(id)),
        }
    }

    /// A message is within the limits of size.
    #[inline]
    pub(super) fn message_fits(&self, bytes: usize) -> Result<(), Limited> {
        within(bytes, self.message_bytes, || LimitKind::MessageBytes)
    }

    /// A context has room for one more message that cannot be delivered yet.
    pub(super) fn hold_fits(&self, context: u32, bytes: usize) -> Result<(), Limited> {
        let context = self.contexts.back.at(context);
        let messages = context.held_messages.saturating_add(1);
        within(messages, self.limits.held_messages, || LimitKind::HeldMessages)?;
        let bytes = context.held_bytes.saturating_add(bytes);
        within(bytes, self.limits.held_bytes, || LimitKind::HeldBytes)
    }

    /// A URL, an origin or an extension's id is within the limit of length.
    pub(super) fn url_fits(&self, url: &str) -> Result<(), Limited> {
        within(url.len(), self.limits.url_bytes, || LimitKind::UrlBytes)
    }

    /// What a document shows is within the limit of length.
    pub(super) fn content_fits(&self, content: &Content) -> Result<(), Limited> {
        self.url_fits(&content.url)?;
        self.url_fits(&content.origin)
    }

    /// One more channel or request can wait for the background of an extension.
    pub(super) fn waiting_fits(&self, extension: &Extension) -> Result<(), Limited> {
        within(extension.waiting_count + 1, self.limits.waiting, || LimitKind::Waiting)
    }

    /// There is room for one more context.
    pub(super) fn context_fits(&self) -> Result<(), Limited> {
        within(self.contexts.len() + 1, self.limits.contexts, || LimitKind::Contexts)
    }

    /// There is room for one more document.
    pub(super) fn document_fits(&self) -> Result<(), Limited> {
        within(self.documents.len() + 1, self.limits.documents, || LimitKind::Documents)
    }
}

#[inline]
fn holder(end: &End, context: ContextId, id: PortId) -> Result<&End, NoPort> {
    if end.owner == context.slot() { Ok(end) } else { Err(NoPort::ForeignPort(id)) }
}

/// A count that may be reached, and not exceeded.
#[inline]
pub(super) fn within(
    count: usize,
    limit: usize,
    kind: impl FnOnce() -> LimitKind,
) -> Result<(), Limited> {
    if count <= limit { Ok(()) } else { Err(Limited::Limit(kind())) }
}
