//! Channels and contexts that come and go while many others stay.
//!
//! What is to be seen: opening and closing a channel costs the same however many are open, and a
//! context that dies costs in proportion to its own ports, not to those of the world.

use std::cell::LazyCell;
use std::time::{Duration, Instant};

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use worldport_benches::load::Extent;
use worldport_benches::report::{CHURN, DEATH, ROUTER};
use worldport_benches::{Doomed, Fixture};

/// Ports of the contexts that die.
const OWNED: [usize; 2] = [1, 1_000];

/// Ports of contexts that wait for their death at the same time.
const DOOMED: usize = 1_000;

const WARM_UP: Duration = Duration::from_millis(500);
const MEASUREMENT: Duration = Duration::from_secs(2);

fn fixture(channels: usize) -> Fixture<u64> {
    Fixture::new(channels).expect("the router refuses nothing of the set-up")
}

/// Connect, accept, disconnect, be told, and both let go.
fn churn(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group(CHURN);
    group.sample_size(50).warm_up_time(WARM_UP).measurement_time(MEASUREMENT);
    group.throughput(Throughput::Elements(1));
    for &open in Extent::of_this_run().channels() {
        let mut router = LazyCell::new(|| fixture(open));
        group.bench_function(BenchmarkId::new(ROUTER, open), |bencher| {
            let router = LazyCell::force_mut(&mut router);
            bencher.iter(|| router.churn().expect("the router refuses nothing"));
        });
    }
    group.finish();
}

/// A context dies, and all others are told and let go. The throughput is in its ports.
fn death(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group(DEATH);
    group.sample_size(30).warm_up_time(WARM_UP).measurement_time(MEASUREMENT);
    for &open in Extent::of_this_run().channels() {
        let mut router = LazyCell::new(|| fixture(open));
        for owned in OWNED {
            group.throughput(Throughput::Elements(owned as u64));
            let id = BenchmarkId::new(owned.to_string(), open);
            group.bench_function(id, |bencher| {
                let router = LazyCell::force_mut(&mut router);
                bencher.iter_custom(|deaths| die(router, owned, deaths));
            });
        }
    }
    group.finish();
}

/// How long this many deaths take. The lives before them are not counted.
fn die(router: &mut Fixture<u64>, owned: usize, deaths: u64) -> Duration {
    let mut elapsed = Duration::ZERO;
    let mut left = deaths;
    while left > 0 {
        let round = left.min((DOOMED / owned) as u64);
        let doomed: Result<Vec<Doomed>, _> = (0..round).map(|_| router.doom(owned)).collect();
        let doomed = doomed.expect("the router refuses nothing");
        let started = Instant::now();
        for world in &doomed {
            router.kill(world).expect("the router refuses nothing");
        }
        elapsed += started.elapsed();
        left -= round;
    }
    elapsed
}

criterion_group!(benches, churn, death);
criterion_main!(benches);
