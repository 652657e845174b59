//! The model comes to what Spin made of the Promela description, at every bound but the large ones. Spin is
//! not needed here: what it said is in `proofs/spin/ledger.json`.

use worldport_model::Rules;
use worldport_proofs::spin::bounds::{BOUNDS, FAULTS, by_name};
use worldport_proofs::spin::count;
use worldport_proofs::spin::ledger::{COMMAND, Ledger, Row, searches};
use worldport_proofs::spin::run::DESCRIPTION;

fn ledger() -> Ledger {
    Ledger::read().unwrap_or_else(|why| panic!("{why}; run `{COMMAND} -- --write`"))
}

fn comes_to_what_spin_said(name: &str) {
    let bound = by_name(name).expect("a bound of this name");
    let row = Row::of(bound, None, count(bound, &Rules::STANDARD));
    assert_eq!(Some(&row), ledger().row(bound, None), "see `{COMMAND}`");
}

macro_rules! at_each_bound {
    ($($test:ident $name:literal;)*) => {
        $(
            #[test]
            fn $test() {
                comes_to_what_spin_said($name);
            }
        )*

        #[test]
        fn every_bound_but_the_large_ones_has_a_test() {
            let tested = [$($name,)*];
            for bound in BOUNDS {
                assert_eq!(tested.contains(&bound.name), !bound.large, "{}", bound.name);
            }
        }
    };
}

at_each_bound! {
    least "least";
    queues "queues";
    channels "channels";
    documents "documents";
    worlds "worlds";
    listeners "listeners";
    background "background";
}

#[test]
fn the_ledger_is_of_the_description_as_it_is_and_has_every_row() {
    let ledger = ledger();
    assert!(ledger.is_fresh(), "the description has changed: run `{COMMAND} -- --write`");
    for (bound, fault) in searches() {
        assert!(ledger.row(bound, fault).is_some(), "no row of {} with {fault:?}", bound.name);
    }
    assert_eq!(ledger.rows.len(), searches().count());
}

#[test]
fn every_fault_of_the_description_is_told_apart() {
    let ledger = ledger();
    for fault in FAULTS {
        let bound = by_name(fault.bound).expect("a bound of this name");
        let right = ledger.row(bound, None).expect("a row of the bound");
        let wrong = ledger.row(bound, Some(fault)).expect("a row of the fault");
        let figures = |row: &Row| (row.states, row.steps, row.digest.clone());
        assert_ne!(figures(right), figures(wrong), "{}", fault.name);
    }
    let mut switches: Vec<&str> = DESCRIPTION
        .lines()
        .filter_map(|line| line.strip_prefix("#ifdef ").or(line.strip_prefix("#ifndef ")))
        .filter(|name| name.starts_with("FAULT_"))
        .collect();
    switches.sort_unstable();
    switches.dedup();
    assert_eq!(switches, FAULTS.iter().map(|fault| fault.name).collect::<Vec<_>>());
}
