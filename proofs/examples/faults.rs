//! Which fault is noticed by what: the matrix. By itself it judges the faults of some small machines; with
//! `--all` every fault, with `--write` it renews the file and its page. With the name of a fault it shows the
//! shortest way to what that breaks, as a diagram.

use std::process::ExitCode;

use worldport_model::invariant::by_id;
use worldport_model::{Rules, next};
use worldport_proofs::diagram;
use worldport_proofs::faults::matrix::{Matrix, Row, model_row, router_row, table};
use worldport_proofs::faults::search::{Found, judge_model, judge_router};
use worldport_proofs::faults::{model, router};
use worldport_proofs::machine::Next;

/// The machines whose faults are quick to judge.
const QUICK: [&str; 3] = ["ending", "neighbours", "waking"];

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let has = |flag: &str| arguments.iter().any(|it| it == flag);
    let named: Vec<&String> = arguments.iter().filter(|it| !it.starts_with("--")).collect();
    if has("--write") {
        let matrix = Matrix::of_all(2);
        return match matrix.write() {
            Ok(()) => told(&matrix.model, &matrix.router),
            Err(why) => {
                eprintln!("{why}");
                ExitCode::FAILURE
            }
        };
    }
    if !named.is_empty() {
        let known: Vec<bool> = named.into_iter().map(|name| show(name)).collect();
        return if known.contains(&false) { ExitCode::FAILURE } else { ExitCode::SUCCESS };
    }
    let wanted = |shape: &str| has("--all") || QUICK.contains(&shape);
    let model: Vec<Row> = model::all().filter(|it| wanted(it.shape)).map(model_row).collect();
    let router: Vec<Row> =
        router::ALL.iter().filter(|it| wanted(it.shape)).map(router_row).collect();
    told(&model, &router)
}

/// Prints the rows; one that nothing notices is a failure.
fn told(model: &[Row], router: &[Row]) -> ExitCode {
    println!("faults of the model\n\n{}", table(model));
    println!("faults of the router\n\n{}", table(router));
    let mut code = ExitCode::SUCCESS;
    for row in model.iter().chain(router).filter(|row| !row.is_killed()) {
        println!("nothing notices `{}`: {}", row.fault, row.sentence);
        code = ExitCode::FAILURE;
    }
    code
}

/// Shows what a fault of this name breaks.
fn show(name: &str) -> bool {
    let model = model::by_name(name);
    let router = router::by_name(name);
    if let Some(fault) = model {
        println!("the model, broken: {}\n", fault.sentence);
        broken(&judge_model(fault), fault.next);
    }
    if let Some(fault) = router {
        println!("the router, broken: {}\n", fault.sentence);
        broken(&judge_router(fault), next);
    }
    if model.is_none() && router.is_none() {
        eprintln!("there is no fault `{name}`; `--all` lists them");
    }
    model.is_some() || router.is_some()
}

fn broken(found: &Found, by: Next) {
    let rules = &Rules::STANDARD;
    for (id, path) in &found.broken {
        let sentence = by_id(id).map_or("", |row| row.sentence);
        println!("breaks {id} after {} steps. {id} says: {sentence}\n", path.len());
        print!("{}", diagram::sequence_of_fault(rules, by, found.shape.setup, path));
        println!("{}\n", diagram::ending(rules, by, found.shape.setup, path));
    }
    if let (Some(path), Some(difference)) = (&found.parted, &found.difference) {
        println!("router and model part after {} steps:\n", path.len());
        println!("{}", diagram::sequence_of_fault(rules, by, found.shape.setup, path));
        // The steps are in the diagram.
        let told = difference.lines().filter(|line| {
            let first = line.split_whitespace().next();
            first.is_some_and(|word| word.parse::<usize>().is_err())
        });
        told.for_each(|line| println!("{line}"));
        println!();
    }
    if !found.is_killed() {
        println!("nothing in the machine `{}` notices it", found.shape.name);
    }
}
