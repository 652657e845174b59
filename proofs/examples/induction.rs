//! The proofs for any size. Without arguments: decides every obligation and says how it went.
//!
//! * `--shapes NAME...`: explores these shapes (or `all` default ones) and holds every step to the system.
//! * `--smt FOLDER`: writes the obligations as SMT-LIB 2, a file for each rule.
//! * `--z3`: has `z3` decide them too, which must be installed, and compares.

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, ExitCode, Stdio};

use worldport_proofs::inductive::cover::cover;
use worldport_proofs::inductive::induction::System;
use worldport_proofs::inductive::smt;
use worldport_proofs::machine::{Bounds, Shape, by_name, shapes};

/// What explores allocates all the time.
#[global_allocator]
static ALLOCATOR: worldport_proofs::Allocator = worldport_proofs::Allocator;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let system = System::new();
    let fine = match arguments.as_slice() {
        [] => decide(&system),
        ["--shapes", "all"] => shapes(Bounds::Default).into_iter().all(|it| covered(&system, it)),
        ["--shapes", names @ ..] => names.iter().all(|name| match by_name(name) {
            Some(shape) => covered(&system, shape),
            None => {
                eprintln!("no shape {name}");
                false
            }
        }),
        ["--smt", folder] => texts(&system).into_iter().all(|(name, text)| {
            let path = Path::new(folder).join(format!("{name}.smt2"));
            std::fs::write(&path, text)
                .inspect_err(|error| eprintln!("{}: {error}", path.display()))
                .is_ok()
        }),
        ["--z3"] => texts(&system).into_iter().all(|(name, text)| asked("z3", &name, &text)),
        _ => {
            eprintln!("usage: induction [--shapes NAME... | --smt FOLDER | --z3]");
            false
        }
    };
    if fine { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn decide(system: &System) -> bool {
    let verdict = system.decide();
    for found in &verdict.counterexamples {
        println!("{} breaks {}\n{}", found.rule.unwrap_or("nothing"), found.conjunct, found.text);
    }
    println!(
        "{} rules, {} conjuncts, {} obligations: {} fail; impossible rules: {}",
        system.rules.len(),
        system.conjuncts.len(),
        verdict.obligations,
        verdict.counterexamples.len(),
        verdict.impossible.len()
    );
    verdict.counterexamples.is_empty() && verdict.impossible.is_empty()
}

fn covered(system: &System, shape: &'static Shape) -> bool {
    let found = cover(system, shape, worldport_model::next);
    let outside = found.outside.as_deref().unwrap_or("none outside");
    println!("{:14} {:>8} states {:>9} steps, {outside}", shape.name, found.states, found.steps);
    found.outside.is_none()
}

/// The obligations of each rule, and of the empty machine.
fn texts(system: &System) -> Vec<(String, String)> {
    let rules = system.rules.iter();
    let mut texts: Vec<(String, String)> =
        rules.map(|it| (it.rule.name.to_owned(), smt::rule(system, it))).collect();
    texts.push(("initial".to_owned(), smt::initial(system)));
    texts
}

/// Whether a solver answers every question of a text as the text expects.
fn asked(solver: &str, name: &str, text: &str) -> bool {
    let answers = match answers(solver, text) {
        Ok(answers) => answers,
        Err(error) => {
            eprintln!("{solver}: {error}");
            return false;
        }
    };
    let lines: Vec<&str> = answers.lines().collect();
    let asked = text.matches("(check-sat)").count();
    let right = lines.chunks(2).filter(|it| match it {
        [question, answer] => question.rsplit(' ').next() == Some(answer),
        _ => false,
    });
    let right = right.count();
    println!("{name:20} {right} of {asked} as expected");
    if right != asked {
        println!("{answers}");
    }
    right == asked
}

fn answers(solver: &str, text: &str) -> std::io::Result<String> {
    let mut child =
        Command::new(solver).arg("-in").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
    if let Some(mut input) = child.stdin.take() {
        // The solver may answer while it reads, but its answers are too short to fill a pipe.
        input.write_all(text.as_bytes())?;
    }
    let output = child.wait_with_output()?;
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}
