//! Recordings of real browsers as paths of the model.

mod calls;
mod config;
mod coverage;
mod embedder;
pub mod script;
mod search;
pub mod seen;
mod show;

pub use config::{Scene, Search};
pub use coverage::Coverage;
pub use search::{Path, Verdict, seek};
pub use show::Miss;
