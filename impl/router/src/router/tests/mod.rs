//! What only the router itself can see: its records, and which way a call took.

#![allow(clippy::unwrap_used)] // A set-up that fails may panic.

mod consistent;
mod quick;
mod scene;
