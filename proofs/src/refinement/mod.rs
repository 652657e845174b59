//! The production router beside the model, call by call.
//!
//! [`abs_state`] is the abstraction function: it maps a snapshot of the router to a state of the model.
//! An abstract queue is everything in flight to an end, in order. For each call, [`Lockstep`] checks one
//! of two things:
//!
//! * both accept, with the same effects, and the router's new state abstracts to the model's;
//! * both refuse for the same reason, and the router's snapshot has not changed.
//!
//! Steps that leave the abstract state alone (stuttering) are: polling, queries, and limits of memory,
//! which the model does not have. Ids are matched as they appear: a router id is generational and names
//! one record for ever, a model id is dense and names whoever has it now, so a stale router id must be
//! refused where the model has no such record.

mod abstraction;
mod divergence;
pub mod edges;
mod errors;
pub mod faults;
mod ids;
mod lockstep;
pub mod random;
mod shown;
pub mod tour;
mod translate;

pub use abstraction::{Memory, abs_state};
pub use divergence::{Difference, Divergence};
pub use errors::abs_error;
pub use ids::Ids;
pub use lockstep::{Lockstep, Subject, Verdict};
pub use shown::Shown;
pub use translate::{Strangers, concrete};

/// By what the model tells payloads apart: different messages in flight have different tokens.
pub type Token<P> = fn(&P) -> u32;
