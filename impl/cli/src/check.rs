//! `worldport check`: explores the model and prints a row for each invariant.

use std::fs;
use std::io::IsTerminal;
use std::path::Path;
use std::process::ExitCode;
use std::thread::available_parallelism;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};
use serde_json::json;
use worldport_model::Profile;
use worldport_model::invariant::TABLE;
use worldport_proofs::check::{Exploration, Row, Verdict, Violation, explore_exactly, rows};
use worldport_proofs::diagram;
use worldport_proofs::findings::{expected, missing, shortest};
use worldport_proofs::machine::{Bounds, Shape, WAYS, by_name, shapes};

use crate::{BoundsName, CheckOptions, CheckProfile};

/// Threads that explore, at most: the figures do not depend on how many there are.
const THREADS: usize = 16;

pub(crate) fn check(options: &CheckOptions) -> ExitCode {
    let chosen = match chosen(options) {
        Ok(chosen) => chosen,
        Err(unknown) => {
            let names: Vec<&str> = shapes(Bounds::Large).iter().map(|shape| shape.name).collect();
            eprintln!("worldport: no shape is called {unknown:?}, only {}", names.join(", "));
            return ExitCode::from(2);
        }
    };
    let profiles: &[Profile] = match options.profile {
        CheckProfile::All => &Profile::ALL,
        CheckProfile::Chromium => &[Profile::Chromium],
        CheckProfile::Firefox => &[Profile::Firefox],
        CheckProfile::Standard => &[Profile::Standard],
    };
    // Some shapes have no use for some invariants; all of them together must put every one to the test.
    let whole = options.shape.is_empty();
    let mut holds = true;
    for &profile in profiles {
        holds &= check_profile(profile, &chosen, whole, options);
    }
    if holds { ExitCode::SUCCESS } else { ExitCode::from(1) }
}

fn chosen(options: &CheckOptions) -> Result<Vec<&'static Shape>, &str> {
    if options.shape.is_empty() {
        return Ok(shapes(match options.bounds {
            BoundsName::Small => Bounds::Small,
            BoundsName::Default => Bounds::Default,
            BoundsName::Large => Bounds::Large,
        }));
    }
    options.shape.iter().map(|name| by_name(name).ok_or(name.as_str())).collect()
}

/// Explores one profile and prints what that shows; whether that is what is expected.
fn check_profile(
    profile: Profile,
    chosen: &[&'static Shape],
    whole: bool,
    options: &CheckOptions,
) -> bool {
    let (json, dir) = (options.json, options.scenarios.as_deref());
    let started = Instant::now();
    let mut explorations = Vec::new();
    for shape in chosen {
        explorations.push(explore_shape(profile, shape, json));
    }
    let rows = rows(&explorations);
    let found = shortest(profile, &explorations);
    let unwitnessed = rows.iter().filter(|row| row.verdict == Verdict::Unwitnessed).count();
    let violated = rows.iter().filter(|row| row.verdict == Verdict::Violated).count();
    // A part of the shapes need not show all that is expected.
    let missing = if whole { missing(profile, &found) } else { Vec::new() };
    let unexpected = found.iter().filter(|it| expected(profile, it).is_none()).count();
    if json {
        rows.iter().for_each(|row| print_json_row(profile, row));
        found.iter().for_each(|violation| print_json_finding(profile, violation));
    } else {
        print_table(profile, &rows);
        found.iter().for_each(|violation| print_counterexample(profile, violation));
        for finding in &missing {
            say!("\n{} no longer fails so: {}", finding.invariant(), finding.way);
        }
    }
    let written = match dir {
        Some(dir) => write_scenarios(dir, profile, &found),
        None => Ok(()),
    };
    let elapsed = started.elapsed();
    summarise(
        profile,
        &explorations,
        (violated, unwitnessed),
        (unexpected, missing.len()),
        elapsed,
        json,
    );
    if let Err(reason) = written {
        eprintln!("worldport: {reason}");
        return false;
    }
    unexpected == 0 && missing.is_empty() && (unwitnessed == 0 || !whole)
}

/// Writes a scenario for each finding that can be told as one.
fn write_scenarios(dir: &Path, profile: Profile, found: &[&Violation]) -> Result<(), String> {
    let failed = |error: &dyn std::fmt::Display| format!("{}: {error}", dir.display());
    fs::create_dir_all(dir).map_err(|error| failed(&error))?;
    for violation in found {
        let Some(finding) = expected(profile, violation) else { continue };
        let text = finding.scenario(violation).map_err(|reason| failed(&reason))?;
        let path = dir.join(format!("{}.json", finding.name()));
        fs::write(&path, text).map_err(|error| format!("{}: {error}", path.display()))?;
    }
    Ok(())
}

fn explore_shape(profile: Profile, shape: &'static Shape, json: bool) -> Exploration {
    let bar = progress_bar(shape);
    let threads = available_parallelism().map_or(1, |it| it.get().min(THREADS));
    let (found, figures) = explore_exactly(shape, profile, threads, |progress| {
        bar.set_message(format!(
            "{:>9} states, {:>10} steps, depth {}",
            progress.unique_states, progress.steps, progress.depth
        ));
        bar.tick();
    });
    bar.finish_and_clear();
    let rate = figures.states as f64 / figures.elapsed.as_secs_f64();
    let bytes = figures.bytes / figures.states.max(1);
    if json {
        say!(
            "{}",
            json!({
                "event": "shape", "profile": profile.name(), "shape": shape.name, "about": shape.about,
                "unique_states": figures.states, "edges": figures.edges, "refused": figures.refused,
                "depth": figures.depth, "bytes": figures.bytes, "bytes_a_state": bytes,
                "states_a_second": rate.round(), "seconds": seconds(found.elapsed),
                "violations": found.violations.len(),
            })
        );
    } else {
        say!(
            "{:<14} {:>9} states {:>10} steps  depth {:>3} {:>6.1} s {:>7.0} states/s {:>3} bytes/state  {}",
            shape.name,
            figures.states,
            figures.edges,
            figures.depth,
            found.elapsed.as_secs_f64(),
            rate,
            bytes,
            shape.about
        );
    }
    found
}

fn progress_bar(shape: &Shape) -> ProgressBar {
    if !std::io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::new_spinner();
    if let Ok(style) = ProgressStyle::with_template("{spinner} {prefix:<14} {msg}  {elapsed}") {
        bar.set_style(style);
    }
    bar.set_prefix(shape.name);
    bar
}

fn print_table(profile: Profile, rows: &[Row]) {
    say!("\nprofile {}", profile.name());
    say!(
        "{:<9} {:<10} {:>10} {:>5} {:>10}",
        "invariant",
        "verdict",
        "states",
        "depth",
        "witnessed"
    );
    for row in rows {
        say!(
            "{:<9} {:<10} {:>10} {:>5} {:>10}  {}",
            row.invariant,
            verdict(row.verdict),
            row.states,
            row.depth,
            row.witnessed,
            row.sentence
        );
    }
}

fn verdict(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Holds => "holds",
        Verdict::Unwitnessed => "untested",
        Verdict::Violated => "VIOLATED",
    }
}

fn print_json_row(profile: Profile, row: &Row) {
    let mut value = json!(row);
    if let Some(object) = value.as_object_mut() {
        object.insert("event".into(), "row".into());
        object.insert("profile".into(), profile.name().into());
    }
    say!("{value}");
}

fn print_json_finding(profile: Profile, violation: &Violation) {
    let finding = expected(profile, violation);
    let recorded: Vec<&str> =
        finding.iter().flat_map(|it| it.recorded).map(|it| it.scenario).collect();
    let line = json!({
        "event": "violation", "profile": profile.name(), "invariant": TABLE[violation.row].id,
        "way": violation.way.map(|way| WAYS[way].name), "shape": violation.shape.name,
        "actions": violation.actions, "expected": finding.is_some(),
        "cause": finding.map(|it| it.cause), "reading": finding.map(|it| it.reading),
        "recorded": recorded,
    });
    say!("{line}");
}

fn print_counterexample(profile: Profile, violation: &Violation) {
    let row = &TABLE[violation.row];
    say!("\n{} is violated in {} steps: {}", row.id, violation.actions.len(), row.sentence);
    match expected(profile, violation) {
        Some(finding) => {
            say!("{}", finding.reading);
            let recorded: Vec<&str> = finding.recorded.iter().map(|it| it.scenario).collect();
            let recorded = if recorded.is_empty() { "no recording" } else { &recorded.join(", ") };
            say!("(expected of {}: {}; {recorded})", profile.name(), finding.cause);
        }
        None => say!("NOT EXPECTED of {}", profile.name()),
    }
    let (setup, actions) = (violation.shape.setup, &violation.actions);
    let next = worldport_model::next;
    say!("{}", diagram::sequence(profile.rules(), next, setup, actions).trim_end());
    say!("{}", diagram::ending(profile.rules(), next, setup, actions));
}

fn summarise(
    profile: Profile,
    explorations: &[Exploration],
    (violated, unwitnessed): (usize, usize),
    (unexpected, missing): (usize, usize),
    elapsed: Duration,
    json: bool,
) {
    let states: usize = explorations.iter().map(|it| it.unique_states).sum();
    let steps: usize = explorations.iter().map(Exploration::edges).sum();
    if json {
        say!(
            "{}",
            json!({
                "event": "summary", "profile": profile.name(), "complete": true,
                "unique_states": states, "edges": steps, "violations": violated,
                "unexpected": unexpected, "missing": missing, "unwitnessed": unwitnessed,
                "shapes": explorations.len(), "seconds": seconds(elapsed),
            })
        );
    } else {
        say!(
            "\n{} unique states in {} shapes, each explored to the end, {:.1} s: {} of {} invariants hold, \
             {} violated, {} untested; {} failures not expected, {} expected and gone",
            states,
            explorations.len(),
            elapsed.as_secs_f64(),
            TABLE.len() - violated - unwitnessed,
            TABLE.len(),
            violated,
            unwitnessed,
            unexpected,
            missing,
        );
    }
}

fn seconds(elapsed: Duration) -> f64 {
    (elapsed.as_secs_f64() * 10.0).round() / 10.0
}
