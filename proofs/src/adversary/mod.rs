//! An adversary: any calls in any order on one router, with forged, stale and foreign ids, huge names and
//! payloads, floods, slow readers, and death at every point.
//!
//! An [`Attack`] is a list of operations drawn from bytes; a [`Player`] carries it out and looks whether
//! the router bears it:
//!
//! * nothing panics;
//! * a refused call has changed nothing, and all records agree ([`Player::looks_every`] says how often that
//!   is asked);
//! * beside a [`Lockstep`](crate::refinement::Lockstep), every step is one that the model allows, with equal
//!   effects and states;
//! * without one, each port still gets what was posted to it in order, once, and nothing after it was closed
//!   from there;
//! * when everything has ended, nothing is left.
//!
//! That no memory is left is asked by the example `adversary`, which counts allocations.

mod calls;
mod known;
mod operation;
mod player;

use std::sync::Arc;

pub use operation::{Attack, Operation, Pick, Size, Source, Target};
pub use player::{Player, Tally};
use worldport::{Limits, Payload};

/// A message that claims a size, and has some memory of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Blob {
    token: u32,
    claimed: usize,
    body: Arc<[u8]>,
}

impl Blob {
    /// By what messages are told apart.
    #[must_use]
    pub fn token(&self) -> u32 {
        self.token
    }
}

impl Payload for Blob {
    fn bytes(&self) -> usize {
        self.claimed
    }
}

/// Limits that an attack reaches soon. Those that the model has too stay as they are.
pub const TIGHT: Limits = Limits {
    cached_documents: 2,
    channels: 40,
    context_listeners: 100,
    contexts: 24,
    documents: 12,
    extension_bytes: 1 << 20,
    extension_messages: 300,
    extension_requests: 40,
    extensions: 4,
    frames: 3,
    held_bytes: 1 << 18,
    held_messages: 50,
    listeners: 20,
    message_bytes: 1 << 16,
    name_bytes: 1 << 10,
    pages: 5,
    policy_bytes: 1 << 8,
    ports: 90,
    queued_bytes: 1 << 19,
    queued_messages: 200,
    requests: 25,
    url_bytes: 1 << 8,
    waiting: 30,
    ..Limits::DEFAULT
};

/// The router under the three profiles, with the model's rules of the same.
#[must_use]
pub fn profile(number: usize) -> (worldport::Rules, &'static worldport_model::Rules) {
    use worldport::Rules as Router;
    use worldport_model::Rules as Model;
    match number % 3 {
        0 => (Router::STANDARD, &Model::STANDARD),
        1 => (Router::CHROMIUM, &Model::CHROMIUM),
        _ => (Router::FIREFOX, &Model::FIREFOX),
    }
}

/// Random bytes that a seed fixes (SplitMix64), for long runs without a fuzzer.
pub fn noise(seed: u64) -> impl Iterator<Item = u8> {
    let mut state = seed;
    std::iter::repeat_with(move || {
        state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (mixed ^ (mixed >> 31)).to_le_bytes()
    })
    .flatten()
}
