//! What a caller is told when a call is refused. A refusal changes nothing.

use core::fmt;

/// Why an action was refused. The checks come in the order: does the acting context exist, may it act at
/// all, has it this API, may it use it, does what it names exist, is that its own, is it in a fit state, is
/// there room.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "camelCase"))]
pub enum Refusal {
    /// The extension is unloaded already.
    AlreadyUnloaded,
    /// A dispatch is in progress in this context.
    Busy,
    /// The context's extension has been unloaded (`i6_extension_reload`).
    ContextInvalidated,
    /// The port is disconnected (`h4_after_opener_disconnect`).
    Disconnected,
    /// The extension has been unloaded.
    ExtensionUnloaded,
    /// The port is another context's.
    ForeignPort,
    /// The request is another context's.
    ForeignRequest,
    /// No dispatch is in progress in this context.
    Idle,
    /// What is to be released or abandoned is in use by the dispatch in progress.
    InUse,
    /// A limit is reached.
    Limit(Limit),
    /// Messaging was off when this world instance started (`b1_never_configured`).
    MessagingAbsent,
    /// Messaging was taken away from this world instance (`c3_false_leaks_to_same_process`).
    MessagingWithdrawn,
    /// The extension has no background.
    NoBackground,
    /// There is no such context.
    NoSuchContext,
    /// There is no such document.
    NoSuchDocument,
    /// There is no such extension.
    NoSuchExtension,
    /// There is no such port.
    NoSuchPort,
    /// There is no such request.
    NoSuchRequest,
    /// The context is not an extension page.
    NotAPage,
    /// This kind of context does not have this API.
    NotAvailable,
    /// The document is not in the back/forward cache.
    NotCached,
    /// The `userScripts` permission is not granted.
    NotPermitted,
    /// The background does not run.
    NotRunning,
    /// The background is not starting.
    NotStarting,
    /// The background is not stopped.
    NotStopped,
    /// Only a top-level document enters and leaves the back/forward cache, with all that is in it.
    NotTopLevel,
    /// Nothing waits at this source.
    NothingToDispatch,
    /// The port is open.
    StillOpen,
    /// The document is in the back/forward cache: no script runs in it.
    Suspended,
}

/// What there is no more room for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "camelCase"))]
pub enum Limit {
    /// Configured worlds of one extension (`l2_many_worlds`).
    ConfiguredWorlds,
    /// The model's own ids have run out.
    Ids,
    /// World instances of one extension in one document (`l2_many_worlds`).
    WorldsPerDocument,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::AlreadyUnloaded => "the extension is unloaded already",
            Self::Busy => "a dispatch is in progress in this context",
            Self::ContextInvalidated => "the extension of this context was unloaded",
            Self::Disconnected => "the port is disconnected",
            Self::ExtensionUnloaded => "the extension was unloaded",
            Self::ForeignPort => "the port belongs to another context",
            Self::ForeignRequest => "the request belongs to another context",
            Self::Idle => "no dispatch is in progress in this context",
            Self::InUse => "the dispatch in progress uses it",
            Self::Limit(Limit::ConfiguredWorlds) => "no more worlds can be configured",
            Self::Limit(Limit::Ids) => "the model has no more ids of this kind",
            Self::Limit(Limit::WorldsPerDocument) => "the document can have no more worlds",
            Self::MessagingAbsent => "messaging was off when the world instance started",
            Self::MessagingWithdrawn => "messaging was taken away from the world instance",
            Self::NoBackground => "the extension has no background",
            Self::NoSuchContext => "there is no such context",
            Self::NoSuchDocument => "there is no such document",
            Self::NoSuchExtension => "there is no such extension",
            Self::NoSuchPort => "there is no such port",
            Self::NoSuchRequest => "there is no such request",
            Self::NotAPage => "the context is not an extension page",
            Self::NotAvailable => "this kind of context does not have this API",
            Self::NotCached => "the document is not in the back/forward cache",
            Self::NotPermitted => "the userScripts permission is not granted",
            Self::NotRunning => "the background does not run",
            Self::NotStarting => "the background is not starting",
            Self::NotStopped => "the background is not stopped",
            Self::NotTopLevel => {
                "only a top-level document enters and leaves the back/forward cache"
            }
            Self::NothingToDispatch => "nothing waits at this source",
            Self::StillOpen => "the port is open",
            Self::Suspended => "the document is in the back/forward cache",
        })
    }
}

impl core::error::Error for Refusal {}
