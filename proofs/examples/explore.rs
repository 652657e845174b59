//! Explores the named shapes, or all that are quick, and prints how large they are, how fast that went, and
//! which invariants they put to the test. Two threads, or as many as `THREADS` says.

use std::time::{Duration, Instant};

use worldport_model::Profile;
use worldport_model::invariant::TABLE;
use worldport_proofs::check::explore_exactly;
use worldport_proofs::machine::{Bounds, by_name, shapes};

/// What explores allocates all the time.
#[global_allocator]
static ALLOCATOR: worldport_proofs::Allocator = worldport_proofs::Allocator;

fn main() {
    let threads = std::env::var("THREADS").ok().and_then(|it| it.parse().ok()).unwrap_or(2);
    let mut last = Instant::now();
    let names: Vec<String> = std::env::args().skip(1).collect();
    let named: Vec<_> = names.iter().filter_map(|name| by_name(name)).collect();
    let chosen = if named.is_empty() { shapes(Bounds::Small) } else { named };
    for shape in chosen {
        let (found, figures) = explore_exactly(shape, Profile::Standard, threads, |at| {
            if last.elapsed() > Duration::from_secs(10) {
                last = Instant::now();
                eprintln!("{:?}", (at.shape.name, at.depth, at.unique_states, at.steps));
            }
        });
        let witnessed = TABLE.iter().zip(found.witnessed).filter(|(_, count)| *count > 0);
        let witnessed: Vec<&str> = witnessed.map(|(row, _)| row.id).collect();
        println!(
            "{:14} {:>8} states {:>9} steps, depth {:>2}, {:>5.1} s, {:>7.0} states a second, \
             {} bytes a state, {} records, witnesses {}",
            shape.name,
            found.unique_states,
            figures.edges,
            found.depth,
            figures.elapsed.as_secs_f64(),
            figures.states as f64 / figures.elapsed.as_secs_f64(),
            figures.bytes / figures.states,
            figures.records,
            witnessed.join(" "),
        );
        for violation in &found.violations {
            println!("  violated: {violation:?}");
        }
    }
}
