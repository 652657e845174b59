//! Has Spin explore the Promela description of `proofs/spin`, and compares with the model: states, steps and
//! the digest of all steps, at each bound; and sees that each fault in the description is told apart.
//!
//! * Without arguments: all bounds but the large ones, and all faults.
//! * `--all`: the large ones too.
//! * `--write`: all, and Spin's figures become the ledger, if the model agrees.
//! * names: these bounds, without the faults.
//!
//! Spin and a C compiler must be installed; the exit code is 2 if they are not, and 1 if anything differs.

use std::error::Error;
use std::process::ExitCode;

use worldport_model::Rules;
use worldport_proofs::spin::bounds::{Bound, Fault, by_name};
use worldport_proofs::spin::ledger::{Ledger, Row, searches};
use worldport_proofs::spin::{Count, count, run};

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let has = |flag: &str| arguments.iter().any(|it| it == flag);
    let (write, all) = (has("--write"), has("--write") || has("--all"));
    let known = |it: &String| it == "--write" || it == "--all" || by_name(it).is_some();
    if !arguments.iter().all(known) {
        eprintln!("usage: spin [--all | --write | BOUND...]");
        return ExitCode::from(2);
    }
    let named: Vec<&Bound> = arguments.iter().filter_map(|it| by_name(it)).collect();
    let chosen: Vec<_> = searches()
        .filter(|(bound, fault)| match named.as_slice() {
            _ if all => true,
            [] => !bound.large,
            named => named.contains(bound) && fault.is_none(),
        })
        .collect();
    match compare(&chosen, write) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(why) => {
            eprintln!("{why}");
            let missing = matches!(why.downcast_ref(), Some(run::Error::Missing(_)));
            if missing { ExitCode::from(2) } else { ExitCode::FAILURE }
        }
    }
}

/// One search: a bound, and the fault that is switched on.
type Search = (&'static Bound, Option<&'static Fault>);

fn compare(chosen: &[Search], write: bool) -> Result<bool, Box<dyn Error>> {
    let spin = run::version()?;
    println!("{spin}");
    let kept = if write { Ledger::default() } else { Ledger::read()? };
    let mut ledger = Ledger::new(spin);
    let mut models: Vec<(&Bound, Count)> = Vec::new();
    let mut fine = write || kept.is_fresh();
    if !fine {
        println!("the ledger is of another text: run this with --write");
    }
    for &(bound, fault) in chosen {
        let known = models.iter().find(|(of, _)| *of == bound).map(|(_, count)| *count);
        let (model, spin) = match known {
            Some(model) => (model, run::explore(bound, fault)),
            None => both(bound, fault),
        };
        let spin = spin?;
        models.push((bound, model));
        let right = match fault {
            None => report(bound, model, spin),
            Some(fault) => report_fault(bound, fault, model, spin),
        };
        let row = Row::of(bound, fault, spin);
        let as_kept = write || kept.row(bound, fault) == Some(&row);
        if !as_kept {
            println!("    the ledger has {:?}", kept.row(bound, fault));
        }
        fine &= right && as_kept;
        ledger.rows.push(row);
    }
    if write && fine {
        ledger.write()?;
    }
    Ok(fine)
}

/// The model is counted while Spin explores.
fn both(bound: &Bound, fault: Option<&Fault>) -> (Count, Result<Count, run::Error>) {
    std::thread::scope(|scope| {
        let model = scope.spawn(|| count(bound, &Rules::STANDARD));
        let spin = run::explore(bound, fault);
        let model = model.join().unwrap_or_else(|why| std::panic::resume_unwind(why));
        (model, spin)
    })
}

fn report(bound: &Bound, model: Count, spin: Count) -> bool {
    let same = model == spin;
    println!("{}: {}", bound.name, if same { "equal" } else { "DIFFERENT" });
    for (who, it) in [("model", model), ("spin", spin)] {
        println!("    {who:5} {:>8} states {:>9} steps  {:016x}", it.states, it.steps, it.digest);
    }
    same
}

fn report_fault(bound: &Bound, fault: &Fault, model: Count, spin: Count) -> bool {
    let Count { states, steps, digest } = spin;
    let verdict = if model == spin {
        "NOT told apart"
    } else if (model.states, model.steps) == (states, steps) {
        "told apart by the digest"
    } else {
        "told apart by the counts"
    };
    println!("{} at {}: {verdict}", fault.name, bound.name);
    println!("    spin  {states:>8} states {steps:>9} steps  {digest:016x}");
    model != spin
}
