//! What the router claims, one file a subject. State is built by calls, then one thing happens,
//! then what everybody is told is compared.

#![allow(clippy::unwrap_used)] // A set-up that fails may panic.

mod accounts;
mod cache;
mod channels;
mod dispatch;
mod extensions;
mod floods;
mod limits;
mod random;
mod refusals;
mod requests;
#[cfg(feature = "std")]
mod shards;
mod stage;
mod texts;
mod worlds;
