//! Builds the graph of each named shape, or of the quickest, under every profile; has the checker explore the
//! same machine; and compares the figures of both. With `--all`, of all default shapes; with `--write`, these
//! become the ledger.

use std::process::ExitCode;
use std::time::Instant;

use worldport_model::Profile;
use worldport_proofs::check::explore;
use worldport_proofs::graph::Graph;
use worldport_proofs::graph::ledger::{self, Row};
use worldport_proofs::machine::{Bounds, Shape, by_name, shapes};

/// What explores allocates all the time.
#[global_allocator]
static ALLOCATOR: worldport_proofs::Allocator = worldport_proofs::Allocator;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let write = arguments.iter().any(|it| it == "--write");
    let all = write || arguments.iter().any(|it| it == "--all");
    let named: Vec<&'static Shape> = arguments.iter().filter_map(|it| by_name(it)).collect();
    let chosen = match (named.is_empty(), all) {
        (false, _) => named,
        (true, true) => shapes(Bounds::Default),
        // The example is run with everything else, where the quickest shape is enough.
        (true, false) => shapes(Bounds::Small).into_iter().take(1).collect(),
    };
    let mut fine = true;
    for profile in Profile::ALL {
        for &shape in &chosen {
            let started = Instant::now();
            let row = Row::of(&Graph::of(shape, profile.rules()), profile, 0);
            let about_seconds = started.elapsed().as_secs_f64().round() as u64;
            let checked = explore(shape, profile, 1, |_| {});
            // The checker counts the state in which it starts as a step.
            let same = (checked.unique_states, checked.steps - 1, checked.depth)
                == (row.states, row.edges, row.depth);
            println!(
                "{:9} {:14} {:>8} states {:>9} edges, depth {:>2}, {:>5.1} s, the checker {}",
                profile.name(),
                shape.name,
                row.states,
                row.edges,
                row.depth,
                started.elapsed().as_secs_f64(),
                if same { "agrees" } else { "differs" },
            );
            fine &= same;
            if write && let Err(why) = ledger::write(Row { about_seconds, ..row }) {
                eprintln!("{why}");
                fine = false;
            }
        }
    }
    if fine { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
