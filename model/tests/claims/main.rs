//! What the model does in the situations that were recorded in browsers, as claims, one file a subject.
//!
//! Each test builds its situation by actions, takes one action, and looks at effects and state. A claim
//! that differs between profiles is a table with a row for each.

mod closing;
mod dispatching;
mod gates;
mod machine;
mod opening;
mod requests;
