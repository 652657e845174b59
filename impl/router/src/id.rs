//! Ids: a slot and a generation.
//!
//! An id of a removed record never names a later record, because the generation of its slot has
//! moved on (a slot whose generations are used up is retired). Ids cannot be made outside this
//! crate and have no arithmetic and no `From`. Deserialising one (feature `serde`) can forge it;
//! every method of the router therefore treats each id as a claim.

use core::fmt;
use core::num::NonZeroU32;

use crate::store::Id;

macro_rules! id {
    ($(#[$doc:meta])* $name:ident, $prefix:literal) => {
        $(#[$doc])*
        ///
        /// Eight bytes, and an `Option` of it is no larger. The order is that of slots, which is
        /// not the order of creation.
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
        pub struct $name {
            slot: u32,
            generation: NonZeroU32,
        }

        impl Id for $name {
            fn new(slot: u32, generation: NonZeroU32) -> Self {
                Self { slot, generation }
            }

            #[inline]
            fn slot(self) -> u32 {
                self.slot
            }

            #[inline]
            fn generation(self) -> NonZeroU32 {
                self.generation
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!($prefix, "#{}v{}"), self.slot, self.generation)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Debug::fmt(self, f)
            }
        }

        const _: () = assert!(size_of::<$name>() == 8);
        const _: () = assert!(size_of::<Option<$name>>() == 8);
    };
}

id!(
    /// An extension as loaded once. A reload makes a new one.
    ExtensionId,
    "extension"
);
id!(
    /// A document in a frame.
    DocumentId,
    "document"
);
id!(
    /// Anything that runs script: a background, an extension page, a world instance, a content
    /// script.
    ContextId,
    "context"
);
id!(
    /// One end of a channel: what a script holds as its `Port`.
    PortId,
    "port"
);
id!(
    /// A one-time message and its reply.
    RequestId,
    "request"
);

/// The embedder's own number for a function that it registered as a listener.
///
/// It means something only within one context: the router compares it and hands it back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct ListenerId(pub u32);

/// The embedder's own number for a tab. The router copies it into [`Sender`](crate::Sender)s.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct TabId(pub u32);

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::format;

    #[test]
    fn an_id_prints_its_slot_and_generation() {
        let id = PortId::new(3, NonZeroU32::MIN);
        assert_eq!(format!("{id:?} {id}"), "port#3v1 port#3v1");
    }
}
