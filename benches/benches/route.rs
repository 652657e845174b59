//! A route in the router, in the roofline and in the peers, in one run.
//!
//! Every way is measured under every load that [`Extent`] chooses. Router and roofline take turns, so
//! that the noise of the machine falls on both alike; each peer comes after them, alone, because a
//! million channels of all peers at once would not fit into memory. An iteration is a burst, and
//! criterion is told how many routes that is.

use std::cell::LazyCell;
use std::sync::Arc;
use std::time::{Duration, Instant};

use criterion::measurement::WallTime;
use criterion::{
    BenchmarkGroup, BenchmarkId, Criterion, Throughput, criterion_group, criterion_main,
};
use worldport_benches::load::{Content, Extent, Load};
use worldport_benches::peers::{Actors, Channels, Crossbeam, Flume, Kanal, Queue, Std, Tokio};
use worldport_benches::report::{ACTORS, FAN_OUT, ROOFLINE, ROUTE, ROUTER};
use worldport_benches::{Fixture, Numbered, Roofline, Walk, Way};

/// Many short samples: some of them fall between what else the machine does.
const SAMPLES: usize = 50;
const WARM_UP: Duration = Duration::from_millis(200);
const MEASUREMENT: Duration = Duration::from_millis(600);

type Group<'a> = BenchmarkGroup<'a, WallTime>;

fn route(criterion: &mut Criterion) {
    let mut group = group(criterion, ROUTE);
    let loads = Extent::of_this_run().routes();
    for loads in loads.chunk_by(|a, b| (a.channels, a.payload) == (b.channels, b.payload)) {
        match loads[0].payload {
            Content::Number => ways::<u64>(&mut group, loads),
            Content::Inline => ways::<[u8; 24]>(&mut group, loads),
            Content::Shared => ways::<Arc<[u8]>>(&mut group, loads),
        }
    }
    group.finish();
}

fn fan_out(criterion: &mut Criterion) {
    let mut group = group(criterion, FAN_OUT);
    for load in Extent::of_this_run().fan_outs() {
        let mut router = LazyCell::new(|| fixture::<u64>(&load));
        measure(&mut group, ROUTER, &mut router, &load);
    }
    group.finish();
}

fn group<'a>(criterion: &'a mut Criterion, name: &str) -> Group<'a> {
    let mut group = criterion.benchmark_group(name);
    group.sample_size(SAMPLES).warm_up_time(WARM_UP).measurement_time(MEASUREMENT);
    // The report reads samples, and no bounds of their distribution.
    group.nresamples(1_000);
    group
}

fn fixture<P: Numbered>(load: &Load) -> Fixture<P> {
    Fixture::with_receivers(load.channels, load.receivers)
        .expect("the router refuses nothing of the set-up")
}

/// Measures all ways under loads of the same channels.
fn ways<P: Numbered>(group: &mut Group<'_>, loads: &[Load]) {
    let channels = loads[0].channels;
    {
        let mut router = LazyCell::new(|| fixture::<P>(&loads[0]));
        let mut roofline = LazyCell::new(|| Roofline::<P>::new(channels));
        for load in loads {
            measure(group, ROUTER, &mut router, load);
            measure(group, ROOFLINE, &mut roofline, load);
        }
    }
    peer::<Crossbeam, P>(group, loads);
    peer::<Flume, P>(group, loads);
    peer::<Kanal, P>(group, loads);
    peer::<Std, P>(group, loads);
    peer::<Tokio, P>(group, loads);
    if channels <= Actors::<P>::MOST {
        let mut actors = LazyCell::new(|| Actors::<P>::new(channels));
        for load in loads {
            measure(group, ACTORS, &mut actors, load);
        }
    }
}

fn peer<Q: Queue, P: Numbered>(group: &mut Group<'_>, loads: &[Load]) {
    let mut peer = LazyCell::new(|| Channels::<Q, P>::new(loads[0].channels));
    for load in loads {
        measure(group, Q::NAME, &mut peer, load);
    }
}

/// Measures a way, which is made only if the benchmark is chosen.
fn measure<W: Way, F: FnOnce() -> W>(
    group: &mut Group<'_>,
    name: &str,
    way: &mut LazyCell<W, F>,
    load: &Load,
) {
    group.throughput(Throughput::Elements(load.burst as u64));
    group.bench_function(BenchmarkId::new(name, load), |bencher| {
        let way = LazyCell::force_mut(way);
        let mut walk = Walk::new(load.pattern, load.channels);
        bencher.iter_custom(|bursts| {
            let started = Instant::now();
            way.run(&mut walk, load.burst, bursts);
            started.elapsed()
        });
    });
}

criterion_group!(benches, route, fan_out);
criterion_main!(benches);
