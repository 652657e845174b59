//! Limits: how much of anything a context, an extension or the whole router may hold.
//!
//! The defaults are so generous that ordinary use never meets them; they are there so that a
//! hostile or a slow context costs only itself. Three limits that browsers share are in
//! [`Rules`](crate::Rules); the smaller of the two counts. A limit is always the last reason for
//! which a call is refused.

use core::fmt;

/// How much may be held. Set when the router is made.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Limits {
    /// Worlds that an extension may configure.
    pub configured_worlds: usize,
    /// Contexts of all kinds.
    pub contexts: usize,
    /// Documents, active and cached.
    pub documents: usize,
    /// Extensions, loaded or still remembered by a world.
    pub extensions: usize,
    /// Bytes that one context may have under way to receivers that cannot get them yet: what it
    /// posted on channels that hold, and its one-time messages that were not dispatched everywhere.
    pub held_bytes: usize,
    /// Messages that one context may have under way to receivers that cannot get them yet.
    pub held_messages: usize,
    /// Listeners in one set.
    pub listeners: usize,
    /// Bytes in one message.
    pub message_bytes: usize,
    /// UTF-8 bytes in the name of a channel.
    pub name_bytes: usize,
    /// Ports of one context, open, offered, or closed and not yet released.
    pub ports: usize,
    /// Bytes that may wait for one receiving context. Messages held earlier, which cannot be
    /// refused any more when they are let go, may exceed it.
    pub queued_bytes: usize,
    /// Messages that may wait for one receiving context. Messages held earlier may exceed it.
    pub queued_messages: usize,
    /// One-time messages of one context whose reply is still to come.
    pub requests: usize,
    /// Worlds of one extension in one document.
    pub worlds_per_document: usize,
}

impl Limits {
    /// The defaults: 1 GiB a message (the rules say 64 MiB), 64 KiB a name, 2^20 ports and as many
    /// requests a context, 2^20 messages and 4 GiB waiting for a context and held for it, 4,096
    /// listeners a set, 65,536 configured worlds and worlds a document (the rules say 100 and 10),
    /// 2^24 contexts and documents, 2^20 extensions.
    pub const DEFAULT: Self = Self {
        configured_worlds: 1 << 16,
        contexts: 1 << 24,
        documents: 1 << 24,
        extensions: 1 << 20,
        held_bytes: u32::MAX as usize,
        held_messages: 1 << 20,
        listeners: 1 << 12,
        message_bytes: 1 << 30,
        name_bytes: 1 << 16,
        ports: 1 << 20,
        queued_bytes: u32::MAX as usize,
        queued_messages: 1 << 20,
        requests: 1 << 20,
        worlds_per_document: 1 << 16,
    };
}

impl Default for Limits {
    fn default() -> Self {
        Self::DEFAULT
    }
}

/// Which limit was reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum LimitKind {
    /// [`Limits::configured_worlds`] or
    /// [`Rules::configured_worlds`](crate::Rules::configured_worlds).
    ConfiguredWorlds,
    /// [`Limits::contexts`].
    Contexts,
    /// [`Limits::documents`].
    Documents,
    /// [`Limits::extensions`].
    Extensions,
    /// [`Limits::held_bytes`].
    HeldBytes,
    /// [`Limits::held_messages`].
    HeldMessages,
    /// [`Limits::listeners`].
    Listeners,
    /// [`Limits::message_bytes`] or [`Rules::message_bytes`](crate::Rules::message_bytes).
    MessageBytes,
    /// [`Limits::name_bytes`].
    NameBytes,
    /// [`Limits::ports`], of the opener or of a context that would be offered the channel.
    Ports,
    /// [`Limits::queued_bytes`] of a receiving context.
    QueuedBytes,
    /// [`Limits::queued_messages`] of a receiving context.
    QueuedMessages,
    /// [`Limits::requests`].
    Requests,
    /// [`Limits::worlds_per_document`] or
    /// [`Rules::worlds_per_document`](crate::Rules::worlds_per_document).
    WorldsPerDocument,
}

impl fmt::Display for LimitKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::ConfiguredWorlds => "configured worlds",
            Self::Contexts => "contexts",
            Self::Documents => "documents",
            Self::Extensions => "extensions",
            Self::HeldBytes => "held bytes",
            Self::HeldMessages => "held messages",
            Self::Listeners => "listeners in a set",
            Self::MessageBytes => "bytes in a message",
            Self::NameBytes => "bytes in a name",
            Self::Ports => "ports of a context",
            Self::QueuedBytes => "queued bytes of a context",
            Self::QueuedMessages => "queued messages of a context",
            Self::Requests => "requests of a context",
            Self::WorldsPerDocument => "worlds in a document",
        })
    }
}
