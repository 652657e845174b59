//! The router in every state of the named shapes, or of the smallest, under every profile: each action that
//! the machine tries there is compared with the model. With `--all`, in all default shapes.

use std::process::ExitCode;
use std::time::Instant;

use worldport::Router;
use worldport_proofs::graph::Graph;
use worldport_proofs::machine::{Bounds, Shape, by_name, shapes};
use worldport_proofs::refinement::edges::{Tried, every_step};
use worldport_proofs::refinement::random::{Chromium, Firefox, Rulebook, Standard};

/// What explores allocates all the time.
#[global_allocator]
static ALLOCATOR: worldport_proofs::Allocator = worldport_proofs::Allocator;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let named: Vec<&'static Shape> = arguments.iter().filter_map(|it| by_name(it)).collect();
    let chosen = if !named.is_empty() {
        named
    } else if arguments.iter().any(|it| it == "--all") {
        shapes(Bounds::Default)
    } else {
        // The example is run with everything else, where the quickest shape is enough.
        shapes(Bounds::Small).into_iter().take(1).collect()
    };
    let mut pairs = 0;
    for (name, walk) in [
        ("standard", compared::<Standard> as fn(&'static Shape) -> Result<usize, String>),
        ("chromium", compared::<Chromium>),
        ("firefox", compared::<Firefox>),
    ] {
        for shape in &chosen {
            let started = Instant::now();
            match walk(shape) {
                Ok(found) => {
                    pairs += found;
                    let seconds = started.elapsed().as_secs_f64();
                    println!("{name:9} {:14} {found:>9} pairs, {seconds:>5.1} s", shape.name);
                }
                Err(difference) => {
                    println!("{name:9} {:14} {difference}", shape.name);
                    return ExitCode::FAILURE;
                }
            }
        }
    }
    println!("{pairs} pairs of state and action, no difference");
    ExitCode::SUCCESS
}

fn compared<R: Rulebook>(shape: &'static Shape) -> Result<usize, String> {
    let graph = Graph::of(shape, R::MODEL);
    every_step::<Router<u32>, R>(&graph, Tried::Candidates).map(|tally| tally.pairs())
}
