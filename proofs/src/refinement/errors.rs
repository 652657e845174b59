//! The abstraction of refusals: every refusal of the router, by name, without a catch-all.

use worldport::{LimitKind, Refusal as Concrete};
use worldport_model::{Limit, Refusal};

/// The model's name of a refusal; none for a limit that only the router has.
#[must_use]
pub fn abs_error(refusal: &Concrete) -> Option<Refusal> {
    Some(match *refusal {
        Concrete::AlreadyUnloaded(_) => Refusal::AlreadyUnloaded,
        Concrete::Busy(_) => Refusal::Busy,
        Concrete::ContextInvalidated(_) => Refusal::ContextInvalidated,
        Concrete::Disconnected(_) => Refusal::Disconnected,
        Concrete::DocumentSuspended(_) | Concrete::Suspended(_) => Refusal::Suspended,
        Concrete::ExtensionUnloaded(_) => Refusal::ExtensionUnloaded,
        Concrete::ForeignPort(_) => Refusal::ForeignPort,
        Concrete::ForeignRequest(_) => Refusal::ForeignRequest,
        Concrete::Idle(_) => Refusal::Idle,
        Concrete::Limit(kind) => return abs_limit(kind),
        Concrete::MessagingAbsent(_) => Refusal::MessagingAbsent,
        Concrete::MessagingWithdrawn(_) => Refusal::MessagingWithdrawn,
        Concrete::NoBackground(_) => Refusal::NoBackground,
        Concrete::NoSuchContext(_) => Refusal::NoSuchContext,
        Concrete::NoSuchDocument(_) => Refusal::NoSuchDocument,
        Concrete::NoSuchExtension(_) => Refusal::NoSuchExtension,
        Concrete::NoSuchPort(_) => Refusal::NoSuchPort,
        Concrete::NoSuchRequest(_) => Refusal::NoSuchRequest,
        Concrete::NotAPage(_) => Refusal::NotAPage,
        Concrete::NotAvailable(_) => Refusal::NotAvailable,
        Concrete::NotCached(_) => Refusal::NotCached,
        Concrete::NotPermitted(_) => Refusal::NotPermitted,
        Concrete::NotRunning(_) => Refusal::NotRunning,
        Concrete::NotStarting(_) => Refusal::NotStarting,
        Concrete::NotStopped(_) => Refusal::NotStopped,
        Concrete::NotTopLevel(_) => Refusal::NotTopLevel,
        Concrete::NothingToDispatch(_) => Refusal::NothingToDispatch,
        Concrete::PortInUse(_) | Concrete::RequestInUse(_) => Refusal::InUse,
        Concrete::StillOpen(_) => Refusal::StillOpen,
    })
}

fn abs_limit(kind: LimitKind) -> Option<Refusal> {
    match kind {
        LimitKind::ConfiguredWorlds => Some(Refusal::Limit(Limit::ConfiguredWorlds)),
        LimitKind::WorldsPerDocument => Some(Refusal::Limit(Limit::WorldsPerDocument)),
        LimitKind::CachedDocuments
        | LimitKind::Channels
        | LimitKind::ContextListeners
        | LimitKind::Contexts
        | LimitKind::Documents
        | LimitKind::ExtensionBytes
        | LimitKind::ExtensionMessages
        | LimitKind::ExtensionRequests
        | LimitKind::Extensions
        | LimitKind::Frames
        | LimitKind::HeldBytes
        | LimitKind::HeldMessages
        | LimitKind::Listeners
        | LimitKind::MessageBytes
        | LimitKind::NameBytes
        | LimitKind::Pages
        | LimitKind::PolicyBytes
        | LimitKind::Ports
        | LimitKind::QueuedBytes
        | LimitKind::QueuedMessages
        | LimitKind::Requests
        | LimitKind::UrlBytes
        | LimitKind::Waiting => None,
    }
}
