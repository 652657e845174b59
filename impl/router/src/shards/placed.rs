//! Placed: an id together with the shard in which it means something.
//!
//! Neither can be made outside of this crate or read from anywhere, unlike the ids inside: a placed
//! id is what the embedder itself was given, and finding its shard is reading a field.

use core::fmt;

use crate::{ContextId, EventSource, ExtensionId, Output};

/// One of the routers behind a [`Shards`](super::Shards).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ShardId(pub(super) u32);

impl fmt::Debug for ShardId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "shard#{}", self.0)
    }
}

impl fmt::Display for ShardId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }
}

/// An id in a shard: of an extension or of a context. Ports and requests need none, because each call
/// on them names the context that acts.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Placed<T> {
    pub(super) shard: ShardId,
    pub(super) id: T,
}

impl<T: Copy> Placed<T> {
    /// The shard that it belongs to.
    #[must_use]
    pub const fn shard(self) -> ShardId {
        self.shard
    }

    /// The id in that shard. Equal ids in different shards are of different things.
    #[must_use]
    pub const fn id(self) -> T {
        self.id
    }
}

impl<T: fmt::Debug> fmt::Debug for Placed<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}@{}", self.id, self.shard)
    }
}

/// One notice of a shard: an [`Output`] whose ids are placed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PlacedOutput {
    /// As [`Output::ContextEnded`].
    ContextEnded {
        /// The context that ended.
        context: Placed<ContextId>,
    },
    /// As [`Output::Ready`].
    Ready {
        /// Whose event it is.
        context: Placed<ContextId>,
        /// Where it waits.
        source: EventSource,
    },
    /// As [`Output::Woken`].
    Woken {
        /// Whose background it is.
        extension: Placed<ExtensionId>,
        /// The context that it is to run in.
        context: Placed<ContextId>,
    },
}

impl PlacedOutput {
    #[inline]
    pub(super) const fn new(shard: ShardId, output: Output) -> Self {
        match output {
            Output::ContextEnded { context } => {
                Self::ContextEnded { context: Placed { shard, id: context } }
            }
            Output::Ready { context, source } => {
                Self::Ready { context: Placed { shard, id: context }, source }
            }
            Output::Woken { extension, context } => Self::Woken {
                extension: Placed { shard, id: extension },
                context: Placed { shard, id: context },
            },
        }
    }
}
