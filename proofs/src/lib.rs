//! The proofs of worldport.
//!
//! * [`adversary`]: any calls in any order, with forged and stale ids, on one router.
//! * [`agree`]: which two traces of one scenario show the same behaviour.
//! * [`machine`]: the model within bounds, as a machine that stateright explores to the end.
//! * [`check`]: what the exploration shows: a row for each invariant, and the shortest way to a violation.
//! * [`diagram`]: a path as a sequence diagram in text.
//! * [`differences`]: the page of the book on where browsers differ.
//! * [`docs`]: pages of the book that are rendered from code.
//! * [`findings`]: where the browsers break invariants, and who has seen it.
//! * [`graph`]: every state and every step of a bounded machine, kept whole.
//! * [`inductive`]: what is proved for any number of documents, worlds, ports and messages.
//! * [`refinement`]: the production router beside the model, call by call.
//! * [`scenario`]: a path as a scenario that a browser can run.
//!
//! The model never sees the router and the router never sees the model; only this crate sees both.

pub mod adversary;
pub mod agree;
pub mod check;
pub mod diagram;
pub mod differences;
pub mod docs;
pub mod findings;
pub mod graph;
pub mod inductive;
pub mod machine;
pub mod refinement;
pub mod scenario;
