//! Recordings of real browsers as paths of the model.

mod calls;
mod choices;
mod config;
mod coverage;
mod embedder;
mod recordings;
pub mod report;
mod script;
mod search;
mod seen;
mod show;

pub use choices::{Replaced, replacements};
pub use config::{Scene, Search};
pub use coverage::Coverage;
pub use recordings::{LIMIT, Recording, recordings};
pub use script::{Outside, Script, Share};
pub use search::{Path, Verdict, seek};
pub use seen::{Seen, Trace};
pub use show::Miss;
