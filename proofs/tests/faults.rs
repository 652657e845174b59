//! Every fault is noticed and every invariant notices some; the matrix says which, and the file is what is
//! found now.
//!
//! `WORLDPORT_BLESS=1` rewrites the file instead of comparing it.

use std::collections::{BTreeMap, BTreeSet};

use worldport_model::invariant::TABLE;
use worldport_model::{Rules, next};
use worldport_proofs::check::explore_with;
use worldport_proofs::faults::matrix::{COMMAND, Matrix, table};
use worldport_proofs::faults::search::judge_model;
use worldport_proofs::faults::shapes::{shape, shapes};
use worldport_proofs::faults::{model, router};
use worldport_proofs::machine::Machine;

#[test]
fn the_matrix_is_what_the_faults_show() {
    let matrix = Matrix::of_all(2);
    println!("{}\n{}", table(&matrix.model), table(&matrix.router));
    for row in matrix.rows() {
        assert!(row.is_killed(), "nothing notices `{}`: {}", row.fault, row.sentence);
    }
    for row in &matrix.invariants {
        assert!(row.model + row.router > 0, "{} notices nothing", row.id);
        assert!(row.witnessed_after > 0, "nothing witnesses {}", row.id);
    }
    if std::env::var_os("WORLDPORT_BLESS").is_some_and(|value| value == "1") {
        matrix.write().unwrap_or_else(|why| panic!("{why}"));
    }
    let kept = Matrix::read().unwrap_or_else(|why| panic!("{why}; run `{COMMAND}`"));
    let rows = |matrix: &Matrix| matrix.rows().cloned().collect::<Vec<_>>();
    for (found, kept) in rows(&matrix).iter().zip(&rows(&kept)) {
        assert_eq!(found, kept, "the matrix is stale; run `{COMMAND}`");
    }
    assert!(matrix == kept, "the matrix is stale; run `{COMMAND}`");
}

#[test]
fn there_are_enough_faults_and_each_has_a_name_and_a_machine() {
    assert!(model::all().count() >= 40 && router::ALL.len() >= 20);
    let names: BTreeSet<&str> = model::all().map(|fault| fault.name).collect();
    assert_eq!(names.len(), model::all().count(), "two faults of the model have one name");
    let names: BTreeSet<&str> = router::ALL.iter().map(|fault| fault.name).collect();
    assert_eq!(names.len(), router::ALL.len(), "two faults of the router have one name");
    let used: BTreeSet<&str> =
        model::all().map(|it| it.shape).chain(router::ALL.iter().map(|it| it.shape)).collect();
    // These are there for mutants: the router goes through them in `fault_shapes`.
    let for_mutants = ["cache", "cache-asking", "held", "held-asking"];
    let sought = shapes().iter().map(|shape| shape.name).filter(|it| !for_mutants.contains(it));
    assert_eq!(used, sought.collect());
}

/// Nothing is found where nothing is wrong, in any of the machines.
#[test]
fn the_good_model_is_not_noticed() {
    for shape in shapes() {
        let good =
            model::Fault { name: "none", sentence: "Nothing is wrong.", shape: shape.name, next };
        let found = judge_model(&good);
        assert!(!found.is_killed(), "{}: {:?} {:?}", shape.name, found.broken, found.difference);
    }
}

/// The checker, which shares nothing with the search but the machine, finds the same invariants broken
/// after as many steps. It plays the set-up with the fault too, which one of them does not let finish.
#[test]
fn the_checker_finds_what_the_search_finds() {
    let checked = ["ending", "neighbours", "waking"];
    let faults: Vec<_> = model::all()
        .filter(|fault| checked.contains(&fault.shape) && fault.name != "never-starts")
        .collect();
    assert!(faults.len() > 10);
    for fault in faults {
        let found = judge_model(fault);
        let by_search: BTreeMap<&str, usize> =
            found.broken.iter().map(|(id, path)| (*id, path.len())).collect();
        let machine =
            Machine::with_next(shape(fault.shape).expect("a shape"), &Rules::STANDARD, fault.next);
        let mut by_checker: BTreeMap<&str, usize> = BTreeMap::new();
        for violation in explore_with(machine, 1, &mut |_| {}).violations {
            let steps = by_checker.entry(TABLE[violation.row].id).or_insert(usize::MAX);
            *steps = violation.actions.len().min(*steps);
        }
        assert_eq!(by_search, by_checker, "{}", fault.name);
    }
}
