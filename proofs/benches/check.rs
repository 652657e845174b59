//! The checker's own speed: unique states a second, every step judged by every invariant, and bytes a state.
//!
//! The throughput is in unique states. What a state takes in memory is printed beside it: it is counted, not
//! measured.

use std::time::Duration;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use worldport_model::Profile;
use worldport_proofs::explorer::{Explored, explore, explore_forms};
use worldport_proofs::machine::{Machine, by_name};
use worldport_proofs::symmetry::canonical;

/// What explores allocates all the time.
#[global_allocator]
static ALLOCATOR: worldport_proofs::Allocator = worldport_proofs::Allocator;

/// Shapes with much of different things, none of which takes a second.
const SHAPES: [&str; 4] = ["queues", "listeners", "background", "channels"];

fn check(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("check");
    group.sample_size(10).measurement_time(Duration::from_secs(8));
    for name in SHAPES {
        let shape = by_name(name).expect("a shape of this name");
        let machine = Machine::new(shape, Profile::Standard.rules());
        let found = explore(&machine, 1, &mut |_| {});
        tell(name, &found);
        group.throughput(Throughput::Elements(found.states as u64));
        for threads in [1, 2] {
            let id = BenchmarkId::new(name, format!("{threads} threads"));
            group.bench_function(id, |bencher| {
                bencher.iter(|| explore(&machine, threads, &mut |_| {}));
            });
        }
    }
    group.finish();
}

/// One state for all that differ in names alone: fewer states, and more work for each.
fn check_forms(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("check forms");
    group.sample_size(10).measurement_time(Duration::from_secs(8));
    let shape = by_name("listeners").expect("a shape of this name");
    let machine = Machine::new(shape, Profile::Standard.rules());
    let found = explore_forms(&machine, Some(canonical), 1, &mut |_| {});
    tell("listeners, forms", &found);
    group.throughput(Throughput::Elements(found.states as u64));
    group.bench_function("listeners", |bencher| {
        bencher.iter(|| explore_forms(&machine, Some(canonical), 1, &mut |_| {}));
    });
    group.finish();
}

fn tell(name: &str, found: &Explored) {
    println!(
        "{name}: {} unique states, {} steps and {} refusals judged, {} bytes a state and {} records",
        found.states,
        found.edges,
        found.refused,
        found.bytes / found.states.max(1),
        found.records,
    );
}

criterion_group!(benches, check, check_forms);
criterion_main!(benches);
