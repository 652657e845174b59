//! Explores the named shapes, or all that are quick, and prints how large they are.

use worldport_model::Profile;
use worldport_proofs::check::explore;
use worldport_proofs::machine::{Bounds, by_name, shapes};

fn main() {
    let names: Vec<String> = std::env::args().skip(1).collect();
    let named: Vec<_> = names.iter().filter_map(|name| by_name(name)).collect();
    let chosen = if named.is_empty() { shapes(Bounds::Small) } else { named };
    for shape in chosen {
        let found = explore(shape, Profile::Standard, 2, |_| {});
        println!(
            "{:16} {:>9} states {:>10} steps, depth {:>2}, {:.1?}",
            shape.name, found.unique_states, found.steps, found.depth, found.elapsed
        );
        for violation in &found.violations {
            println!("  violated: {violation:?}");
        }
    }
}
