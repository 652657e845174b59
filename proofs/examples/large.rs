//! Explores the machines that only the large bounds have, of the named profile or of `standard`, and compares
//! what it counts with `proofs/ledger-large.json`; with `--write` that becomes the ledger. Shapes can be named
//! too. Without arguments it explores the smallest, because this is run with all examples.

use std::process::ExitCode;
use std::time::{Duration, Instant};

use worldport_model::Profile;
use worldport_proofs::explorer;
use worldport_proofs::graph::ledger::{self, Row};
use worldport_proofs::machine::{Bounds, Machine, Shape, by_name, shapes};

/// What explores allocates all the time.
#[global_allocator]
static ALLOCATOR: worldport_proofs::Allocator = worldport_proofs::Allocator;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let write = arguments.iter().any(|it| it == "--write");
    let profiles: Vec<Profile> = Profile::ALL
        .into_iter()
        .filter(|it| arguments.iter().any(|name| name == it.name()))
        .collect();
    let profiles = if profiles.is_empty() { vec![Profile::Standard] } else { profiles };
    let named: Vec<&'static Shape> = arguments.iter().filter_map(|it| by_name(it)).collect();
    let smaller = shapes(Bounds::Default);
    let large = shapes(Bounds::Large).into_iter();
    let large = large.filter(|shape| smaller.iter().all(|other| other.name != shape.name));
    let chosen: Vec<&'static Shape> = match (arguments.is_empty(), named.is_empty()) {
        (true, _) => by_name("waking").into_iter().collect(),
        (false, true) => large.collect(),
        (false, false) => named,
    };
    let mut fine = true;
    for profile in profiles {
        for shape in &chosen {
            fine &= explore(profile, shape, write);
        }
    }
    if fine { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn explore(profile: Profile, shape: &'static Shape, write: bool) -> bool {
    let mut told = Instant::now();
    let machine = Machine::new(shape, profile.rules());
    let found = explorer::explore(&machine, 2, &mut |at| {
        if told.elapsed() > Duration::from_secs(30) {
            told = Instant::now();
            eprintln!("{}: {} states, depth {}", at.shape.name, at.unique_states, at.depth);
        }
    });
    let row = Row::of_large(shape, &found, profile);
    let kept = ledger::read_from(&ledger::large_path()).unwrap_or_default();
    let kept = kept.iter().find(|it| (&it.profile, &it.shape) == (&row.profile, &row.shape));
    let verdict = match kept {
        None => "not in the ledger",
        Some(kept) if kept.counted() == row.counted() => "as in the ledger",
        Some(_) => "not as in the ledger",
    };
    println!(
        "{:9} {:14} {:>9} states {:>10} edges, depth {:>2}, {} broken, {:>7.1} s, {:.0} states a second, \
         {} bytes a state: {verdict}",
        profile.name(),
        shape.name,
        row.states,
        row.edges,
        row.depth,
        found.broken.len(),
        found.elapsed.as_secs_f64(),
        found.states as f64 / found.elapsed.as_secs_f64(),
        found.bytes / found.states.max(1),
    );
    if write {
        return ledger::write_to(&ledger::large_path(), row)
            .inspect_err(|why| eprintln!("{why}"))
            .is_ok();
    }
    kept.is_none_or(|kept| kept.counted() == row.counted())
}
