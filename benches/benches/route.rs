//! A route in the router, beside the same route in the roofline, in one run.
//!
//! An iteration is one route, so what criterion prints is the time of a route. Both ways are measured
//! one after the other for each pattern, so that the noise of the machine falls on both alike.
//! Channels are opened only for benchmarks that are chosen. The ratios are printed by
//! `cargo run --release -p worldport-benches --example report`.

use std::cell::LazyCell;

use criterion::measurement::WallTime;
use criterion::{
    BenchmarkGroup, BenchmarkId, Criterion, Throughput, criterion_group, criterion_main,
};
use worldport_benches::report::{GROUP, ROOFLINE, ROUTER};
use worldport_benches::{Fixture, Pattern, Roofline, Walk, Way};

const CHANNELS: [usize; 4] = [16, 1_024, 65_536, 1_000_000];

fn route(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group(GROUP);
    group.throughput(Throughput::Elements(1));
    for channels in CHANNELS {
        let mut router = LazyCell::new(|| {
            Fixture::<u64>::new(channels).expect("the router refuses nothing of the set-up")
        });
        let mut roofline = LazyCell::new(|| Roofline::new(channels));
        for pattern in Pattern::ALL {
            measure(&mut group, ROUTER, &mut router, channels, pattern);
            measure(&mut group, ROOFLINE, &mut roofline, channels, pattern);
        }
    }
    group.finish();
}

fn measure<W: Way, F: FnOnce() -> W>(
    group: &mut BenchmarkGroup<'_, WallTime>,
    name: &str,
    way: &mut LazyCell<W, F>,
    channels: usize,
    pattern: Pattern,
) {
    let id = BenchmarkId::new(name, format!("{channels}/{pattern}"));
    group.bench_function(id, |bencher| {
        let way = LazyCell::force_mut(way);
        let mut walk = Walk::new(pattern, channels);
        bencher.iter(|| way.route(walk.turn()));
    });
}

criterion_group!(benches, route);
criterion_main!(benches);
