//! A number of routes on one way and nothing else, for a profiler.
//!
//! Clocks are noisy and instructions are not. What a route costs in instructions is the difference
//! between two runs that differ only in the number of routes:
//!
//! ```text
//!   cargo build --release -p worldport-benches --example routes
//!   valgrind --tool=callgrind target/release/examples/routes router 1024 round-robin 0
//!   valgrind --tool=callgrind target/release/examples/routes router 1024 round-robin 100000
//! ```

use std::env;
use std::error::Error;

use worldport_benches::{Fixture, Pattern, Roofline, Walk, Way};

fn walk(way: &mut impl Way, mut walk: Walk, routes: u64) {
    for _ in 0..routes {
        way.route(walk.turn());
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let argument =
        |at: usize, default| arguments.get(at).map_or(default, |argument| argument.as_str());
    let way = argument(0, "router");
    let channels: usize = argument(1, "1024").parse()?;
    let pattern = argument(2, "round-robin");
    let pattern = Pattern::named(pattern).ok_or_else(|| format!("no pattern {pattern:?}"))?;
    let routes: u64 = argument(3, "100000").parse()?;
    if channels == 0 {
        return Err("routes need a channel".into());
    }

    let order = Walk::new(pattern, channels);
    match way {
        "router" => walk(&mut Fixture::<u64>::new(channels)?, order, routes),
        "roofline" => walk(&mut Roofline::new(channels), order, routes),
        other => return Err(format!("no way {other:?}: `router` or `roofline`").into()),
    }
    println!("{routes} routes by {way} over {channels} channels, {pattern}");
    Ok(())
}
