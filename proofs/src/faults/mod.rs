//! Models and routers that are broken on purpose, each in one rule, and what notices them.
//!
//! * [`model`]: transition functions that break a rule.
//! * [`router`]: routers that break a rule.
//! * [`shapes`]: the small machines that they are sought in.
//! * [`search`]: what notices a fault, and after how few steps.
//! * [`matrix`]: the table of all that, its file and its page.

pub mod matrix;
pub mod model;
pub mod router;
pub mod search;
pub mod shapes;
