//! `worldport conform`: every scenario recorded here and compared with the recordings of browsers.
//!
//! What counts as the same behaviour is [`worldport_proofs::agree`]'s to say, for every comparison of
//! this project.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use serde_json::{Map, Value, json};
use worldport_proofs::agree::{Difference, differences, read_trace};

use crate::record::{RecordError, record, scenario};
use crate::{ConformOptions, ProfileName};

/// What a comparison with one browser came to.
#[derive(Clone, Copy, Debug, Default)]
struct Totals {
    scenarios: usize,
    agreeing: usize,
    steps: usize,
    agreed: usize,
}

type Trace = Vec<Map<String, Value>>;

pub(crate) fn command(options: &ConformOptions) -> ExitCode {
    let pairs: &[(ProfileName, &str)] = match options.profile {
        None => &[(ProfileName::Chromium, "chromium"), (ProfileName::Firefox, "firefox")],
        Some(ProfileName::Chromium) => &[(ProfileName::Chromium, "chromium")],
        Some(ProfileName::Firefox) => &[(ProfileName::Firefox, "firefox")],
        Some(ProfileName::Standard) => {
            &[(ProfileName::Standard, "chromium"), (ProfileName::Standard, "firefox")]
        }
    };
    let mut all_agree = true;
    for &(profile, browser) in pairs {
        match compare_all(options, profile, browser) {
            Ok(totals) => all_agree &= totals.agreeing == totals.scenarios,
            Err(reason) => {
                eprintln!("worldport: {reason}");
                return ExitCode::from(2);
            }
        }
    }
    if all_agree { ExitCode::SUCCESS } else { ExitCode::from(1) }
}

fn compare_all(
    options: &ConformOptions,
    profile: ProfileName,
    browser: &str,
) -> Result<Totals, String> {
    let mut totals = Totals::default();
    let profile_name = profile.both().0.name;
    for path in scenarios(&options.dir.join("scenarios"), &options.only)? {
        let file = path.file_name().unwrap_or_default();
        let recorded = options.dir.join("traces").join(browser).join(file);
        let Some(trace) = read(&recorded)? else { continue };
        let again = read(&options.dir.join("traces-again").join(browser).join(file))?;
        let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let scenario = scenario(&path).map_err(|error| match error {
            RecordError::Stopped(reason) | RecordError::Unreadable(reason) => reason,
        })?;
        let steps = scenario.get("steps").and_then(Value::as_array).map_or(0, Vec::len);
        let (host, rules) = profile.both();
        let (differing, stopped) = match record(&scenario, &host, rules) {
            Ok(candidate) => (differences(&trace, &candidate, again.as_deref()), None),
            Err(RecordError::Stopped(reason)) => (Vec::new(), Some(reason)),
            Err(RecordError::Unreadable(reason)) => {
                return Err(format!("{}: {reason}", path.display()));
            }
        };
        let places: BTreeSet<u64> = differing.iter().map(|difference| difference.step).collect();
        let agreed = if stopped.is_some() { 0 } else { steps.saturating_sub(places.len()) };
        totals.scenarios += 1;
        totals.agreeing += usize::from(agreed == steps);
        totals.steps += steps;
        totals.agreed += agreed;
        if options.json {
            let line = json!({
                "event": "scenario", "profile": profile_name, "browser": browser, "scenario": name,
                "steps": steps, "agreed": agreed, "differing": places, "stopped": stopped,
            });
            say!("{line}");
        } else if agreed < steps {
            say!("{browser} {name}: {agreed} of {steps} steps agree, not {}", list(&places));
            if let Some(reason) = &stopped {
                say!("  {reason}");
            }
            if options.verbose {
                differing.iter().for_each(show);
            }
        }
    }
    summarise(options.json, profile_name, browser, totals);
    Ok(totals)
}

fn summarise(json: bool, profile: &str, browser: &str, totals: Totals) {
    let Totals { scenarios, agreeing, steps, agreed } = totals;
    if json {
        let line = json!({
            "event": "summary", "profile": profile, "browser": browser, "scenarios": scenarios,
            "agreeing": agreeing, "steps": steps, "agreed": agreed,
        });
        say!("{line}");
    } else {
        say!(
            "profile {profile}, recordings of {browser}: {agreeing} of {scenarios} scenarios agree, \
             {agreed} of {steps} steps"
        );
    }
}

fn list(places: &BTreeSet<u64>) -> String {
    places.iter().map(u64::to_string).collect::<Vec<_>>().join(", ")
}

fn show(difference: &Difference) {
    let events = |events: &Option<Vec<Value>>| match events {
        None => "nothing".to_owned(),
        Some(events) => Value::Array(events.clone()).to_string(),
    };
    say!("  step {} {}", difference.step, difference.context);
    say!("    recorded {}", events(&difference.recorded));
    say!("    here     {}", events(&difference.candidate));
}

fn scenarios(dir: &Path, only: &[String]) -> Result<Vec<PathBuf>, String> {
    let entries = fs::read_dir(dir).map_err(|error| format!("{}: {error}", dir.display()))?;
    let mut paths = Vec::new();
    for entry in entries {
        let path = entry.map_err(|error| format!("{}: {error}", dir.display()))?.path();
        let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let wanted = only.is_empty() || only.iter().any(|start| name.starts_with(start.as_str()));
        if wanted && path.extension().is_some_and(|extension| extension == "json") {
            paths.push(path);
        }
    }
    paths.sort();
    if paths.is_empty() {
        return Err(format!("{}: no scenarios", dir.display()));
    }
    Ok(paths)
}

/// A trace, if there is one.
fn read(path: &Path) -> Result<Option<Trace>, String> {
    if !path.exists() {
        return Ok(None);
    }
    let bytes = fs::read(path).map_err(|error| format!("{}: {error}", path.display()))?;
    let trace = read_trace(&bytes).map_err(|error| format!("{}: {error}", path.display()))?;
    Ok(Some(trace))
}
