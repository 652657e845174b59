//! The proofs of worldport.
//!
//! * [`adversary`]: any calls in any order, with forged and stale ids, on one router.
//! * [`agree`]: which two traces of one scenario show the same behaviour.
//! * [`machine`]: the model within bounds, as a machine that stateright explores to the end.
//! * [`check`]: what the exploration shows: a row for each invariant, and the shortest way to a violation.
//! * [`claims`]: what is shown, how far, and by which command.
//! * [`diagram`]: a path as a sequence diagram in text.
//! * [`differences`]: the page of the book on where browsers differ.
//! * [`docs`]: pages of the book that are rendered from code.
//! * [`explorer`]: every state of a bounded machine, quickly and in little memory.
//! * [`faults`]: models and routers that are broken on purpose, and which invariant notices which.
//! * [`findings`]: where the browsers break invariants, and who has seen it.
//! * [`graph`]: every state and every step of a bounded machine, kept whole.
//! * [`inductive`]: what is proved for any number of documents, worlds, ports and messages.
//! * [`paths`]: recordings of real browsers as paths of the model.
//! * [`refinement`]: the production router beside the model, call by call.
//! * [`scenario`]: a path as a scenario that a browser can run.
//! * [`spin`]: the model beside a second description of it, which Spin explores.
//! * [`symmetry`]: one state for all that differ in names alone.
//!
//! The model never sees the router and the router never sees the model; only this crate sees both.

pub mod adversary;
pub mod agree;
pub mod check;
pub mod claims;
pub mod diagram;
pub mod differences;
pub mod docs;
pub mod explorer;
pub mod faults;
pub mod findings;
pub mod graph;
pub mod inductive;
mod kept;
pub mod machine;
mod packing;
pub mod paths;
pub mod refinement;
pub mod scenario;
pub mod spin;
pub mod symmetry;

/// The allocator for whatever explores: each step makes and frees some forty small records, and with the system's
/// own allocator that took a third of the time. A program that wants it says so:
///
/// ```
/// #[global_allocator]
/// static ALLOCATOR: worldport_proofs::Allocator = worldport_proofs::Allocator;
/// ```
pub use mimalloc::MiMalloc as Allocator;
