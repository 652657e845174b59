//! What a message is made of: anything that can be copied and knows its size.
//!
//! The router never looks into a payload. Serialising (structured clone or JSON, see
//! [`PayloadCodec`](crate::PayloadCodec)) is the host's work.

use alloc::boxed::Box;
use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;

/// A message as the embedder carries it.
///
/// `clone` is called once for each receiving end beyond the first: use a shared payload such as
/// `Arc<[u8]>` where channels have several receivers.
pub trait Payload: Clone {
    /// The size that the limits count, in bytes.
    ///
    /// It must be the same at every call on the same value and on its clones: the router counts it
    /// in when a message is queued and out when it is taken. A payload that breaks this can make
    /// the limits of its contexts wrong, and nothing else.
    fn bytes(&self) -> usize;
}

macro_rules! sized_payload {
    ($($type:ty),*) => {$(
        impl Payload for $type {
            fn bytes(&self) -> usize {
                size_of::<$type>()
            }
        }
    )*};
}

sized_payload!((), u32, u64);

impl<const N: usize> Payload for [u8; N] {
    fn bytes(&self) -> usize {
        N
    }
}

macro_rules! measured_payload {
    ($($type:ty),*) => {$(
        impl Payload for $type {
            fn bytes(&self) -> usize {
                self.len()
            }
        }
    )*};
}

measured_payload!(Vec<u8>, Box<[u8]>, String, Arc<[u8]>, Arc<str>);
