//! What no clock shows: that a route allocates nothing, and how many bytes a channel is.

use allocation_counter::{AllocationInfo, measure};
use worldport_benches::{Fixture, Numbered, Pattern, Roofline, Walk, Way};

const CHANNELS: usize = 1_024;
const ROUTES: u64 = 10 * CHANNELS as u64;

fn fixture<P: Numbered>(channels: usize) -> Fixture<P> {
    Fixture::new(channels).expect("the router refuses nothing of the set-up")
}

/// What routes allocate in the steady state, which a lap of all channels leads to.
fn allocated(way: &mut impl Way, pattern: Pattern) -> AllocationInfo {
    let mut walk = Walk::new(Pattern::RoundRobin, CHANNELS);
    (0..CHANNELS).for_each(|_| way.route(walk.turn()));
    let mut walk = Walk::new(pattern, CHANNELS);
    measure(|| (0..ROUTES).for_each(|_| way.route(walk.turn())))
}

#[test]
fn a_route_allocates_nothing() {
    let mut router = fixture::<u64>(CHANNELS);
    for pattern in Pattern::ALL {
        assert_eq!(allocated(&mut router, pattern).count_total, 0, "{pattern}");
    }
}

#[test]
fn the_roofline_allocates_nothing() {
    let mut roofline = Roofline::<u64>::new(CHANNELS);
    for pattern in Pattern::ALL {
        assert_eq!(allocated(&mut roofline, pattern).count_total, 0, "{pattern}");
    }
}

/// Without this, a counter that counts nothing would pass for a router that allocates nothing.
#[test]
fn a_boxed_payload_allocates_once_a_route() {
    let info = allocated(&mut fixture::<Box<[u8]>>(CHANNELS), Pattern::RoundRobin);
    assert_eq!((info.count_total, info.bytes_total), (ROUTES, 8 * ROUTES));
    assert_eq!(info.count_current, 0, "what arrived is freed");
}

/// Two ends and what they share. A clone has no slack, and a difference has no fixed part.
#[test]
fn a_channel_costs_168_bytes_and_its_name() {
    let [few, many] = [CHANNELS, 16 * CHANNELS].map(|channels| {
        let fixture = fixture::<u64>(channels);
        let mut clone = None;
        let info = measure(|| clone = Some(fixture.router().clone()));
        info.bytes_current
    });
    assert_eq!(many - few, 168 * 15 * CHANNELS as i64);
}
