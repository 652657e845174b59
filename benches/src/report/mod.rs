//! Report: what ways cost beside each other, and which targets that meets.
//!
//! Everything is read from the estimates that criterion keeps of the last run. A ratio is worth
//! reading only if both of its sides come from one run.

mod estimates;
mod table;
mod targets;

pub use estimates::{Cell, Estimates, criterion_home};
pub use table::Table;
pub use targets::{Judgement, Targets, Verdict};

/// The group of the benchmarks of routes.
pub const ROUTE: &str = "route";
/// The group of routes with several receivers.
pub const FAN_OUT: &str = "receivers";
/// The group of channels that come and go.
pub const CHURN: &str = "churn";
/// The group of contexts that die.
pub const DEATH: &str = "death";
/// The group of routes on several threads.
pub const THREADS: &str = "threads";
/// The group of routes beside a flood.
pub const FLOOD: &str = "flood";

/// The benchmarks of the router.
pub const ROUTER: &str = "router";
/// The benchmarks of the roofline.
pub const ROOFLINE: &str = "roofline";
/// The benchmarks of actors.
pub const ACTORS: &str = "kameo";
/// The benchmarks of channels, by the names of their queues.
pub const QUEUES: [&str; 5] = ["crossbeam", "flume", "kanal", "std", "tokio"];

/// What makes the estimates.
const COMMAND: &str = "cargo bench -p worldport-benches";

/// A number with so many digits behind the point, or a dash.
fn number(cell: Option<f64>, digits: usize) -> String {
    cell.map_or_else(|| "-".to_owned(), |number| format!("{number:.digits$}"))
}
