//! Counts instructions under valgrind, and compares them with the table that is checked in.
//!
//! ```text
//!   cargo run --release -p worldport-benches --example instructions              compares
//!   cargo run --release -p worldport-benches --example instructions -- --write   renews the table
//! ```
//!
//! Exit code 0: every count is within 5 % of the table; 1: some are not; 2: nothing was counted,
//! because valgrind is not installed or the program was built or called in another way.

use std::io::ErrorKind;
use std::path::Path;
use std::process::ExitCode;
use std::{env, fs};

use worldport_benches::instructions::{Counts, Subject, TOLERANCE};

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let outcome = match arguments[..] {
        [] => compare(),
        ["--write"] => write(),
        // What the program calls itself with, under valgrind.
        ["perform", subject, times] => perform(subject, times),
        _ => Err("the only argument there is is --write".to_owned()),
    };
    outcome.unwrap_or_else(|error| {
        eprintln!("instructions: {error}");
        ExitCode::from(2)
    })
}

fn compare() -> Result<ExitCode, String> {
    let path = table();
    let text = fs::read_to_string(&path).map_err(|error| format!("{path}: {error}"))?;
    let table = Counts::parse(&text).map_err(|error| format!("{path}: {error}"))?;
    let counts = count()?;
    println!("| subject | instructions | in the table |\n|---|---:|---:|");
    for (subject, count) in &counts.rows {
        let due = table.rows.get(subject).map_or_else(|| "-".to_owned(), ToString::to_string);
        println!("| {subject} | {count} | {due} |");
    }
    if counts.compiler != table.compiler {
        println!("\nThe table is of {}, these are of {}.", table.compiler, counts.compiler);
    }
    let differences = counts.differences(&table);
    if differences.is_empty() {
        println!("\nall {} within {} % of the table", counts.rows.len(), TOLERANCE * 100.0);
        return Ok(ExitCode::SUCCESS);
    }
    println!("\nnot within {} % of {path}:", TOLERANCE * 100.0);
    differences.iter().for_each(|difference| println!("  {difference}"));
    println!("If that is as it should be, renew the table with `--write`.");
    Ok(ExitCode::FAILURE)
}

fn write() -> Result<ExitCode, String> {
    let path = table();
    let counts = count()?;
    fs::write(&path, counts.to_string()).map_err(|error| format!("{path}: {error}"))?;
    println!("{path}: {} rows", counts.rows.len());
    Ok(ExitCode::SUCCESS)
}

fn perform(subject: &str, times: &str) -> Result<ExitCode, String> {
    let times = times.parse().map_err(|_| format!("{times:?} is no number"))?;
    subject.parse::<Subject>()?.perform(times).map_err(|refusal| refusal.to_string())?;
    Ok(ExitCode::SUCCESS)
}

fn count() -> Result<Counts, String> {
    if cfg!(debug_assertions) {
        return Err("what is counted has to be built with --release".to_owned());
    }
    Counts::count().map_err(|error| match error.kind() {
        ErrorKind::NotFound => {
            "valgrind is not installed (Debian: apt-get install valgrind)".to_owned()
        }
        _ => error.to_string(),
    })
}

/// Where the table is.
fn table() -> String {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("instructions.json").display().to_string()
}
