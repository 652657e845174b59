//! Explores the named shapes, or all that are quick, and prints how large they are and which invariants
//! they put to the test. One thread, so that depths are those of shortest paths.

use worldport_model::Profile;
use worldport_model::invariant::TABLE;
use worldport_proofs::check::explore;
use worldport_proofs::machine::{Bounds, by_name, shapes};

fn main() {
    let names: Vec<String> = std::env::args().skip(1).collect();
    let named: Vec<_> = names.iter().filter_map(|name| by_name(name)).collect();
    let chosen = if named.is_empty() { shapes(Bounds::Small) } else { named };
    for shape in chosen {
        let found = explore(shape, Profile::Standard, 1, |_| {});
        let witnessed = TABLE.iter().zip(found.witnessed).filter(|(_, count)| *count > 0);
        let witnessed: Vec<&str> = witnessed.map(|(row, _)| row.id).collect();
        println!(
            "{:14} {:>8} states {:>9} steps, depth {:>2}, {:>5.1} s, witnesses {}",
            shape.name,
            found.unique_states,
            found.steps,
            found.depth,
            found.elapsed.as_secs_f64(),
            witnessed.join(" "),
        );
        for violation in &found.violations {
            println!("  violated: {violation:?}");
        }
    }
}
