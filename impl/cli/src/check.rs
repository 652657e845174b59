//! `worldport check`: explores the model and prints a row for each invariant.

use std::io::IsTerminal;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};
use serde_json::json;
use worldport_model::Profile;
use worldport_model::invariant::TABLE;
use worldport_proofs::check::{Exploration, Row, Verdict, explore, rows};
use worldport_proofs::diagram;
use worldport_proofs::machine::{Bounds, Shape, by_name, shapes};

use crate::{BoundsName, CheckOptions, CheckProfile};

/// Threads that explore. More do not help much: the checker shares its queue.
const THREADS: usize = 2;

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
        holds &= check_profile(profile, &chosen, whole, options.json);
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

/// Explores one profile and prints what that shows; whether everything holds.
fn check_profile(profile: Profile, chosen: &[&'static Shape], whole: bool, json: bool) -> bool {
    let started = Instant::now();
    let mut explorations = Vec::new();
    for shape in chosen {
        explorations.push(explore_shape(profile, shape, json));
    }
    let rows = rows(&explorations);
    let unwitnessed = rows.iter().filter(|row| row.verdict == Verdict::Unwitnessed).count();
    let violated = rows.iter().filter(|row| row.verdict == Verdict::Violated).count();
    if json {
        for row in &rows {
            print_json_row(profile, row, &explorations);
        }
    } else {
        print_table(profile, &rows);
        for row in rows.iter().filter(|row| row.verdict == Verdict::Violated) {
            print_counterexample(profile, row, &explorations);
        }
    }
    let elapsed = started.elapsed();
    summarise(profile, &explorations, (violated, unwitnessed), elapsed, json);
    violated == 0 && (unwitnessed == 0 || !whole)
}

fn explore_shape(profile: Profile, shape: &'static Shape, json: bool) -> Exploration {
    let bar = progress_bar(shape);
    let found = explore(shape, profile, THREADS, |progress| {
        bar.set_message(format!(
            "{:>9} states, {:>10} steps, depth {}",
            progress.unique_states, progress.steps, progress.depth
        ));
        bar.tick();
    });
    bar.finish_and_clear();
    if json {
        say!(
            "{}",
            json!({
                "event": "shape", "profile": profile.name(), "shape": shape.name, "about": shape.about,
                "unique_states": found.unique_states, "steps": found.steps, "depth": found.depth,
                "seconds": seconds(found.elapsed), "violations": found.violations.len(),
            })
        );
    } else {
        say!(
            "{:<14} {:>9} states {:>10} steps  depth {:>3} {:>6.1} s  {}",
            shape.name,
            found.unique_states,
            found.steps,
            found.depth,
            found.elapsed.as_secs_f64(),
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

fn print_json_row(profile: Profile, row: &Row, explorations: &[Exploration]) {
    let mut value = json!(row);
    if let Some(object) = value.as_object_mut() {
        object.insert("event".into(), "row".into());
        object.insert("profile".into(), profile.name().into());
        if let Some(violation) = shortest(row, explorations) {
            object.insert("shape".into(), violation.shape.name.into());
            object.insert("actions".into(), json!(violation.actions));
        }
    }
    say!("{value}");
}

/// The shortest counterexample of a row, over all shapes.
fn shortest<'a>(
    row: &Row,
    explorations: &'a [Exploration],
) -> Option<&'a worldport_proofs::check::Violation> {
    explorations
        .iter()
        .flat_map(|it| &it.violations)
        .filter(|it| TABLE[it.row].id == row.invariant)
        .min_by_key(|it| it.actions.len())
}

fn print_counterexample(profile: Profile, row: &Row, explorations: &[Exploration]) {
    let Some(violation) = shortest(row, explorations) else { return };
    say!("\n{} is violated in {} steps: {}", row.invariant, violation.actions.len(), row.sentence);
    let whole: Vec<_> = violation.shape.setup.iter().chain(&violation.actions).copied().collect();
    let next = worldport_model::next;
    let (setup, rest) = whole.split_at(violation.shape.setup.len());
    say!("{}", diagram::sequence(profile.rules(), next, setup, rest).trim_end());
}

fn summarise(
    profile: Profile,
    explorations: &[Exploration],
    (violated, unwitnessed): (usize, usize),
    elapsed: Duration,
    json: bool,
) {
    let states: usize = explorations.iter().map(|it| it.unique_states).sum();
    let steps: usize = explorations.iter().map(|it| it.steps).sum();
    if json {
        say!(
            "{}",
            json!({
                "event": "summary", "profile": profile.name(), "complete": true,
                "unique_states": states, "steps": steps, "violations": violated,
                "unwitnessed": unwitnessed, "shapes": explorations.len(), "seconds": seconds(elapsed),
            })
        );
    } else {
        say!(
            "\n{} unique states in {} shapes, each explored to the end, {:.1} s: {} of {} invariants hold, \
             {} violated, {} untested",
            states,
            explorations.len(),
            elapsed.as_secs_f64(),
            TABLE.len() - violated - unwitnessed,
            TABLE.len(),
            violated,
            unwitnessed,
        );
    }
}

fn seconds(elapsed: Duration) -> f64 {
    (elapsed.as_secs_f64() * 10.0).round() / 10.0
}
