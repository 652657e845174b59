//! The model explored to the end, shape by shape. That each invariant can fail is shown by the faults of
//! `tests/faults.rs`.

use worldport_model::invariant::TABLE;
use worldport_model::{Held, Profile, Rules, next};
use worldport_proofs::check::{Exploration, explore, explore_exactly, explore_with};
use worldport_proofs::diagram;
use worldport_proofs::faults::model;
use worldport_proofs::graph::ledger;
use worldport_proofs::machine::{Bounds, Machine, by_name, shapes};

/// What explores allocates all the time.
#[global_allocator]
static ALLOCATOR: worldport_proofs::Allocator = worldport_proofs::Allocator;

/// Name, unique states, depth, and the invariants that the shape puts to the test. The figures are the
/// checker's own: they are pinned so that a change of meaning shows in the diff.
type Pin = (&'static str, usize, usize, &'static str);

const PINS: [Pin; 12] = [
    ("queues", 5_624, 22, "S2 S3 S4 S5 S8 S9 L1 L2 L3"),
    ("channels", 54_677, 28, "S2 S3 S5 S9 L1 L2 L3"),
    ("listeners", 15_945, 17, "S2 S3 S5 S6 S9 S10 L1 L2 L3"),
    ("fan-out", 44_781, 27, "S2 S3 S4 S9 S10 S12 L1 L2 L3"),
    ("receivers", 73_652, 25, "S2 S3 S4 S9 S10 S12 L1 L3"),
    ("configuration", 205_193, 18, "S1 S9 L1 L3"),
    ("withdrawal", 52_340, 21, "S1 S2 S3 S4 S8 S9 L1 L2 L3"),
    ("documents", 42_527, 23, "S2 S3 S4 S8 S9 L1 L2 L3"),
    ("background", 21_287, 24, "S2 S3 S4 S8 S9 S10 S11 S12 L1 L2 L3"),
    ("permission", 205_726, 27, "S2 S3 S7 S9 S10 L1 L2 L3"),
    ("extensions", 82_490, 30, "S1 S2 S3 S4 S7 S8 S9 S10 S11 L1 L2 L3"),
    ("requests", 281_662, 30, "S6 S9"),
];

/// One thread explores breadth first in earnest, so that the depth is that of shortest paths; the shapes
/// run side by side instead.
fn holds_to_the_end(name: &str) {
    let pin = PINS.iter().find(|pin| pin.0 == name).expect("a pinned shape");
    let shape = by_name(name).expect("a shape of this name");
    let found = explore(shape, Profile::Standard, 1, |_| {});
    for violation in &found.violations {
        let rules = Profile::Standard.rules();
        println!("{}", diagram::sequence(rules, next, shape.setup, &violation.actions));
    }
    assert!(found.violations.is_empty(), "{name}: {:?}", found.violations);
    assert_eq!((name, found.unique_states, found.depth, witnessed(&found).as_str()), *pin);
    // The graph, found by another search, is held to the same row.
    let row = ledger::row(Profile::Standard, shape).unwrap_or_else(|why| panic!("{why}"));
    let figures = (found.unique_states, found.steps - 1, found.depth);
    assert_eq!(figures, (row.states, row.edges, row.depth), "{name}");
    // And so is the explorer that the command line uses, whatever the number of threads.
    let (exactly, counted) = explore_exactly(shape, Profile::Standard, 3, |_| {});
    let figures = (counted.states, counted.edges, counted.refused, counted.depth);
    assert_eq!(figures, (row.states, row.edges, row.refused, row.depth), "{name}");
    assert_eq!((exactly.witnessed, exactly.steps), (found.witnessed, found.steps), "{name}");
    assert!(exactly.violations.is_empty(), "{name}: {:?}", exactly.violations);
}

fn witnessed(found: &Exploration) -> String {
    let rows = TABLE.iter().zip(found.witnessed).filter(|(_, count)| *count > 0);
    rows.map(|(row, _)| row.id).collect::<Vec<_>>().join(" ")
}

macro_rules! explored {
    ($($test:ident $name:literal;)*) => {$(
        #[test]
        fn $test() {
            holds_to_the_end($name);
        }
    )*};
}

explored! {
    the_invariants_hold_in_shape_queues "queues";
    the_invariants_hold_in_shape_channels "channels";
    the_invariants_hold_in_shape_listeners "listeners";
    the_invariants_hold_in_shape_fan_out "fan-out";
    the_invariants_hold_in_shape_receivers "receivers";
    the_invariants_hold_in_shape_configuration "configuration";
    the_invariants_hold_in_shape_withdrawal "withdrawal";
    the_invariants_hold_in_shape_documents "documents";
    the_invariants_hold_in_shape_background "background";
    the_invariants_hold_in_shape_permission "permission";
    the_invariants_hold_in_shape_extensions "extensions";
    the_invariants_hold_in_shape_requests "requests";
}

#[test]
fn every_default_shape_is_pinned_and_every_invariant_is_put_to_the_test() {
    let names: Vec<&str> = shapes(Bounds::Default).iter().map(|shape| shape.name).collect();
    assert_eq!(names, PINS.map(|pin| pin.0));
    for row in &TABLE {
        let tested = PINS.iter().any(|pin| pin.3.split(' ').any(|id| id == row.id));
        assert!(tested, "no shape witnesses {}", row.id);
    }
    assert!(PINS.iter().map(|pin| pin.1).sum::<usize>() > 1_000_000);
}

/// Holding messages until every receiver has answered is a choice that no invariant minds: what is held is
/// neither lost nor reordered, whoever answers, leaves or dies meanwhile.
#[test]
fn messages_held_for_all_answers_break_no_invariant() {
    const RULES: Rules = Rules { held: Held::ConnectsFirst, ..Rules::STANDARD };
    for name in ["queues", "fan-out", "background", "withdrawal", "extensions"] {
        let shape = by_name(name).expect("a shape of this name");
        let found = explore_with(Machine::with_next(shape, &RULES, next), 2, &mut |_| {});
        for violation in &found.violations {
            println!("{}", diagram::sequence(&RULES, next, shape.setup, &violation.actions));
        }
        assert!(found.violations.is_empty(), "{name}: {:?}", found.violations);
    }
}

/// What each fault breaks is in the matrix; here the checker's own search for the shortest way.
#[test]
fn the_counterexample_is_a_shortest_one() {
    let shape = by_name("queues").expect("a shape of this name");
    let fault = model::by_name("tells-the-closer").expect("a fault of this name");
    let machine = Machine::with_next(shape, &Rules::STANDARD, fault.next);
    let found = explore_with(machine, 2, &mut |_| {});
    // The opener connects and disconnects: nothing shorter makes a port that closes itself.
    let actions = found.violations.iter().map(|it| it.actions.len()).min();
    assert_eq!(actions, Some(2), "{:?}", found.violations);
}
