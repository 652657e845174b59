//! Sync: the types that threads meet at, all of them, so that a test can put others in their place.
//!
//! The unit tests of this crate are compiled with those of `loom`, which play every interleaving of
//! the threads of a test; everything else gets those of the standard library.

#[cfg(not(test))]
pub(super) use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
#[cfg(not(test))]
pub(super) use std::sync::{Mutex, MutexGuard};

#[cfg(test)]
pub(super) use loom::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
#[cfg(test)]
pub(super) use loom::sync::{Mutex, MutexGuard};
