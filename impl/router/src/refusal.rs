//! Refusal: every reason for which a call is turned down, in one flat enum.
//!
//! A refused call has changed nothing: `[S9]`. Each operation has its own, smaller error enum (see
//! [`errors`](crate::errors)), and each of those converts into this one.

use core::fmt;

use crate::{ContextId, DocumentId, ExtensionId, LimitKind, PortId, RequestId};

/// Why a call was turned down.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum Refusal {
    /// The extension was unloaded before.
    AlreadyUnloaded(ExtensionId),
    /// The context still runs the listeners of an earlier event.
    Busy(ContextId),
    /// The context outlived its extension (`i6_extension_reload`).
    ContextInvalidated(ContextId),
    /// The port is closed (`h4_after_opener_disconnect`).
    Disconnected(PortId),
    /// The document is in the back/forward cache.
    DocumentSuspended(DocumentId),
    /// The extension is not loaded any more.
    ExtensionUnloaded(ExtensionId),
    /// The port exists, but another context holds it.
    ForeignPort(PortId),
    /// The request exists, but is not this context's to answer or to settle.
    ForeignRequest(RequestId),
    /// The context runs no listener.
    Idle(ContextId),
    /// A limit was reached.
    Limit(LimitKind),
    /// The world started without messaging (`b1_never_configured`).
    MessagingAbsent(ContextId),
    /// Messaging was taken away from the running world (`c1_true_then_false`).
    MessagingWithdrawn(ContextId),
    /// The extension has no background.
    NoBackground(ExtensionId),
    /// There is no such context, or no more.
    NoSuchContext(ContextId),
    /// There is no such document, or no more.
    NoSuchDocument(DocumentId),
    /// There is no such extension, or no more.
    NoSuchExtension(ExtensionId),
    /// There is no such port, or no more, or its connect event was not dispatched yet.
    NoSuchPort(PortId),
    /// There is no such request, or no more.
    NoSuchRequest(RequestId),
    /// The context is not an extension page.
    NotAPage(ContextId),
    /// This kind of context has no such API.
    NotAvailable(ContextId),
    /// The document is not in the back/forward cache.
    NotCached(DocumentId),
    /// The extension does not hold the `userScripts` permission.
    NotPermitted(ExtensionId),
    /// No background of the extension is starting or running.
    NotRunning(ExtensionId),
    /// The context is not a background that is starting.
    NotStarting(ContextId),
    /// A background of the extension is starting or running already.
    NotStopped(ExtensionId),
    /// The document is in a child frame; only whole trees are cached and restored.
    NotTopLevel(DocumentId),
    /// The source holds no event for the context.
    NothingToDispatch(ContextId),
    /// The listeners that run now are being told about this port.
    PortInUse(PortId),
    /// The listeners that run now are being asked this request.
    RequestInUse(RequestId),
    /// The port is not closed.
    StillOpen(PortId),
    /// The context's document is in the back/forward cache.
    Suspended(ContextId),
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AlreadyUnloaded(id) => write!(f, "{id} was already unloaded"),
            Self::Busy(id) => write!(f, "{id} is running the listeners of another event"),
            Self::ContextInvalidated(id) => write!(f, "{id} outlived its extension"),
            Self::Disconnected(id) => write!(f, "{id} is disconnected"),
            Self::DocumentSuspended(id) => write!(f, "{id} is in the back/forward cache"),
            Self::ExtensionUnloaded(id) => write!(f, "{id} is unloaded"),
            Self::ForeignPort(id) => write!(f, "{id} is held by another context"),
            Self::ForeignRequest(id) => write!(f, "{id} is the business of other contexts"),
            Self::Idle(id) => write!(f, "{id} is running no listener"),
            Self::Limit(kind) => write!(f, "the limit of {kind} is reached"),
            Self::MessagingAbsent(id) => write!(f, "{id} started without messaging"),
            Self::MessagingWithdrawn(id) => write!(f, "messaging was taken away from {id}"),
            Self::NoBackground(id) => write!(f, "{id} has no background"),
            Self::NoSuchContext(id) => write!(f, "{id} does not exist"),
            Self::NoSuchDocument(id) => write!(f, "{id} does not exist"),
            Self::NoSuchExtension(id) => write!(f, "{id} does not exist"),
            Self::NoSuchPort(id) => write!(f, "{id} does not exist"),
            Self::NoSuchRequest(id) => write!(f, "{id} does not exist"),
            Self::NotAPage(id) => write!(f, "{id} is not an extension page"),
            Self::NotAvailable(id) => write!(f, "{id} is of a kind that has no such api"),
            Self::NotCached(id) => write!(f, "{id} is not in the back/forward cache"),
            Self::NotPermitted(id) => write!(f, "{id} does not hold the permission"),
            Self::NotRunning(id) => write!(f, "the background of {id} is not running"),
            Self::NotStarting(id) => write!(f, "{id} is not a starting background"),
            Self::NotStopped(id) => write!(f, "the background of {id} is not stopped"),
            Self::NotTopLevel(id) => write!(f, "{id} is in a child frame"),
            Self::NothingToDispatch(id) => write!(f, "there is no such event for {id}"),
            Self::PortInUse(id) => write!(f, "{id} is what the running listeners are told about"),
            Self::RequestInUse(id) => write!(f, "{id} is what the running listeners are asked"),
            Self::StillOpen(id) => write!(f, "{id} is not disconnected"),
            Self::Suspended(id) => write!(f, "the document of {id} is in the back/forward cache"),
        }
    }
}

impl core::error::Error for Refusal {}
