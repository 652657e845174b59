//! Identifiers of the model: dense, transparent numbers, always the lowest that is free.
//!
//! Dense ids keep equal states equal. They are reused, so whoever keeps one across the end of its record
//! keeps a name, not an identity; the router's generational ids are where identity is kept.

use core::fmt;

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident $prefix:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
        pub struct $name(
            /// The number.
            pub u32,
        );

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!($prefix, "{}"), self.0)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Debug::fmt(self, f)
            }
        }
    )*};
}

ids! {
    /// A channel: the opener's port and one receiver port for each context that accepted.
    ChannelId "channel#";
    /// Anything that runs script: the background, an extension page, a world instance, a content script.
    ContextId "context#";
    /// One document in one frame.
    DocumentId "document#";
    /// One load of an extension. A reload makes a new one.
    ExtensionId "extension#";
    /// A frame: what a navigation keeps while the document changes.
    FrameId "frame#";
    /// A listener function, meaningful within the context that added it.
    ListenerId "listener#";
    /// A one-time message that may still be answered.
    RequestId "request#";
}

/// A message, as a token: the model compares messages and never looks inside.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Message(
    /// The token.
    pub u32,
);

impl fmt::Debug for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "message {}", self.0)
    }
}

/// Names a world *configuration*, as `worldId` does. A world *instance* is a [`ContextId`].
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum WorldId {
    /// The default `USER_SCRIPT` world (`worldId` absent or empty).
    Default,
    /// A named one.
    Named(u32),
}

impl fmt::Debug for WorldId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("world@default"),
            Self::Named(n) => write!(f, "world@{n}"),
        }
    }
}

/// One end of a channel.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum PortId {
    /// The end that called `connect`.
    Opener(ChannelId),
    /// The end of one receiving context. All listeners of a context share it (`e1_two_listeners`).
    Receiver(ChannelId, ContextId),
}

impl PortId {
    /// The channel that this is an end of.
    #[must_use]
    pub fn channel(self) -> ChannelId {
        match self {
            Self::Opener(channel) | Self::Receiver(channel, _) => channel,
        }
    }
}

impl fmt::Debug for PortId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Opener(channel) => write!(f, "{channel}.opener"),
            Self::Receiver(channel, context) => write!(f, "{channel}.receiver@{context}"),
        }
    }
}
