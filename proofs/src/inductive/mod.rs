//! Beyond the bounds: safety for any number of documents, worlds, ports and messages.
//!
//! The machines of [`crate::machine`] are explored to the end, and say nothing beyond their bounds. Here
//! stands a second, coarser description of the same machine under the rules of `standard`: a transition
//! system in first-order logic, with an invariant that is proved by induction, for any size.
//!
//! * [`system`], [`rules`], [`conjuncts`]: the system, as text.
//! * [`structure`], [`formula`], [`parse`]: what the text means.
//! * [`ground`], [`induction`]: why a few elements are enough, and the proof.
//! * [`faults`], [`smt`]: rules that are wrong on purpose, and a second opinion.
//! * [`concrete`], [`observe`], [`cover`]: steps of the model as steps of the system.
//! * [`report`]: the page of the book.

mod choose;
pub mod concrete;
pub mod conjuncts;
pub mod cover;
mod describe;
pub mod faults;
pub mod formula;
pub mod ground;
pub mod induction;
pub mod observe;
pub mod parse;
pub mod report;
pub mod rules;
pub mod smt;
pub mod structure;
pub mod system;
mod tables;
