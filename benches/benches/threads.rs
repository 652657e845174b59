//! Extensions in shards on one thread and on two, and a flood beside which others go on.
//!
//! Two threads make routes only where two processors are free. Where others use the machine too, the
//! clock shows little; so a second measurement counts the processor time of each thread, which grows
//! when threads wait for each other's cache lines and not when they wait for a processor.

use std::sync::Barrier;
use std::thread;
use std::time::{Duration, Instant};

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use rustix::time::{ClockId, clock_gettime};
use worldport::shards::Shards;
use worldport::{Limits, Rules};
use worldport_benches::load::Extent;
use worldport_benches::report::{FLOOD, ROUTER, THREADS};
use worldport_benches::{Fixture, Pattern, Sharded, Walk, Way as _};

/// Channels of each extension.
const CHANNELS: usize = 1_024;

/// Messages of the flood that wait: almost as many as may.
const WAITING: u64 = 65_000;

/// Messages of the flood between two measurements, and routes in each.
const ROUND: u64 = 256;

/// What is taken of the time of threads.
#[derive(Clone, Copy)]
enum Clock {
    /// From the start of all to the end of the last.
    Wall,
    /// The mean of what their processors worked.
    Processor,
}

fn threads(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group(THREADS);
    group.sample_size(50).measurement_time(Duration::from_secs(1));
    group.warm_up_time(Duration::from_millis(300));
    let shards = Shards::<u64>::new(2, &Rules::STANDARD, &Limits::DEFAULT);
    let mut lanes = [(); 2].map(|()| {
        Sharded::new(&shards, CHANNELS).expect("the router refuses nothing of the set-up")
    });
    for (name, clock) in [("shards", Clock::Wall), ("shards, processor", Clock::Processor)] {
        for threads in [1, 2] {
            group.throughput(Throughput::Elements(threads as u64));
            group.bench_function(BenchmarkId::new(name, threads), |bencher| {
                bencher.iter_custom(|routes| run(&mut lanes[..threads], routes, clock));
            });
        }
    }
    group.finish();
}

/// So many routes on each of these, each on a thread.
fn run(lanes: &mut [Sharded<'_, u64>], routes: u64, clock: Clock) -> Duration {
    let (barrier, threads) = (Barrier::new(lanes.len()), lanes.len() as u32);
    let times: Vec<(Instant, Instant, Duration)> = thread::scope(|scope| {
        let barrier = &barrier;
        let threads: Vec<_> = lanes
            .iter_mut()
            .map(|lane| {
                scope.spawn(move || {
                    let mut walk = Walk::new(Pattern::RoundRobin, CHANNELS);
                    barrier.wait();
                    let (started, worked) = (Instant::now(), processor());
                    lane.run(&mut walk, 1, routes);
                    (started, Instant::now(), processor() - worked)
                })
            })
            .collect();
        threads.into_iter().map(|thread| thread.join().expect("no route panics")).collect()
    });
    match clock {
        Clock::Wall => {
            let first = times.iter().map(|(started, ..)| *started).min();
            let last = times.iter().map(|(_, ended, _)| *ended).max();
            last.zip(first).map_or(Duration::ZERO, |(last, first)| last - first)
        }
        Clock::Processor => times.iter().map(|(.., worked)| *worked).sum::<Duration>() / threads,
    }
}

/// How long this thread has had a processor.
fn processor() -> Duration {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    Duration::try_from(time).expect("no thread worked before it began")
}

/// Rounds of routes, with or without a flood between them. Only the routes are timed.
fn flood(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group(FLOOD);
    group.sample_size(50).measurement_time(Duration::from_secs(1));
    group.warm_up_time(Duration::from_millis(300));
    group.throughput(Throughput::Elements(ROUND));
    let waiting = if Extent::of_this_run() == Extent::Test { ROUND } else { WAITING };
    for name in ["quiet", "flooded"] {
        let mut router = Fixture::<u64>::new(CHANNELS).expect("the router refuses nothing");
        let flooder = (name == "flooded").then(|| router.flooder(waiting));
        let mut flooder = flooder.transpose().expect("the router has room for the flood");
        let mut walk = Walk::new(Pattern::RoundRobin, CHANNELS);
        group.bench_function(BenchmarkId::new(ROUTER, name), |bencher| {
            bencher.iter_custom(|rounds| {
                let mut elapsed = Duration::ZERO;
                for _ in 0..rounds {
                    if let Some(flooder) = &mut flooder {
                        router.flood(flooder, ROUND).expect("there is room for a round");
                    }
                    let started = Instant::now();
                    router.run(&mut walk, 1, ROUND);
                    elapsed += started.elapsed();
                    if let Some(flooder) = &flooder {
                        router.ebb(flooder, ROUND);
                    }
                }
                elapsed
            });
        });
    }
    group.finish();
}

criterion_group!(benches, threads, flood);
criterion_main!(benches);
