//! Recordings of real browsers as paths of the model alone.
//!
//! A recording is a scenario (what scripts and the recorder did) and a trace (what scripts could notice). A
//! path of the model explains it if the calls of the scenario, each as the step of the model that it is, with
//! some choice of what the scheduler and the browser do between them, let every context notice what the trace
//! shows of it, in that order, and nothing else. Neither router nor host has a part in it.
//!
//! * [`Script`] is a scenario in typed calls, [`Trace`] what a recording shows, by context and life.
//! * [`Scene`] puts the two under some rules; [`seek`] looks for a path.
//! * [`Recording`] is one that is kept; [`report`] is what all of them come to.
//! * [`replacements`] are the rules with one choice replaced: where no path is left, the recording decides it.
//!
//! Deliberately absent: payload contents, texts of errors beyond what tells reasons apart, argument errors,
//! shapes of objects, time. A step that is about one of these is counted under an [`Outside`] reason.

mod calls;
mod choices;
mod config;
mod coverage;
mod documents;
mod embedder;
pub mod page;
mod payload;
mod ports;
mod read;
mod recordings;
pub mod report;
mod requests;
mod scene;
mod script;
mod search;
mod seen;
mod share;
mod show;
mod turns;

pub use choices::{Replaced, replacements};
pub use coverage::Coverage;
pub use recordings::{Choices, LIMIT, Recording, recordings};
pub use scene::{Scene, Search};
pub use script::{Outside, Script};
pub use search::{Path, Verdict, seek};
pub use seen::Trace;
pub use show::Miss;
