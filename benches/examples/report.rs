//! The table of ratios and the targets, from the estimates of the last `cargo bench -p
//! worldport-benches` and the checked-in table of instructions; and the memory of an idle channel.

use std::error::Error;

use allocation_counter::measure;
use worldport_benches::instructions::Counts;
use worldport_benches::peers::{Actors, Channels, Crossbeam, Flume, Kanal, Queue, Std, Tokio};
use worldport_benches::report::{
    ACTORS, Estimates, ROOFLINE, ROUTER, Table, Targets, criterion_home,
};
use worldport_benches::{Fixture, Roofline, Way};

/// So many channels fill hash tables as far as they can be filled: seven eighths of a power of two.
const FEW: usize = 7 << 10;
const MANY: usize = 2 * FEW;

fn main() -> Result<(), Box<dyn Error>> {
    let estimates = Estimates::read(&criterion_home()?)?;
    let counts = Counts::parse(include_str!("../instructions.json"))?;
    println!("Nanoseconds a route in the fastest sample, and ratios of these.\n");
    print!("{}", Table(&estimates));
    print!("\n{}", Targets::judge(&estimates).with_counts(&counts));

    println!("\nBytes of an open channel that is idle, after one message.\n");
    println!("| way | bytes |\n|---|---:|");
    let router = [FEW, MANY].map(|channels| -> Result<i64, Box<dyn Error>> {
        let mut fixture = Fixture::<u64>::new(channels)?;
        (0..channels).for_each(|channel| fixture.route(channel));
        // A clone has no slack, and nothing of the fixture's own.
        let mut clone = None;
        let info = measure(|| clone = Some(fixture.router().clone()));
        drop(clone);
        Ok(info.bytes_current)
    });
    let [few, many] = router;
    line(ROUTER, [few?, many?]);
    line(ROOFLINE, used(Roofline::<u64>::new));
    queue::<Crossbeam>();
    queue::<Flume>();
    queue::<Kanal>();
    queue::<Std>();
    queue::<Tokio>();
    line(ACTORS, used(Actors::<u64>::new));
    Ok(())
}

fn queue<Q: Queue>() {
    line(Q::NAME, used(Channels::<Q, u64>::new));
}

/// What few and what many channels take, each after one message, with what their senders know.
fn used<W: Way>(make: impl Fn(usize) -> W) -> [i64; 2] {
    [FEW, MANY].map(|channels| {
        let mut kept = None;
        let info = measure(|| {
            let way = kept.insert(make(channels));
            (0..channels).for_each(|channel| way.route(channel));
        });
        drop(kept);
        info.bytes_current
    })
}

/// The difference has no fixed part.
fn line(way: &str, [few, many]: [i64; 2]) {
    println!("| {way} | {} |", (many - few) / (MANY - FEW) as i64);
}
