//! `worldport record`: runs a scenario of the browsers' recorder on host and router, with the model
//! in lockstep, and writes what could be observed in the recorder's format.
//!
//! Time is virtual: a run takes as long as its scripts do.

mod driver;
mod extension;
mod server;

use std::path::Path;
use std::process::ExitCode;
use std::{fs, io};

use serde_json::{Map, Value, json};
use worldport_quickjs::Profile;

use crate::lockstep::Follower;
pub(crate) use driver::Recording;
use server::Record;

/// Why there is no trace.
#[derive(Debug)]
pub(crate) enum RecordError {
    /// The model or the engine stopped the run.
    Stopped(String),
    /// The scenario is none.
    Unreadable(String),
}

/// Reads a scenario.
pub(crate) fn scenario(path: &Path) -> Result<Map<String, Value>, RecordError> {
    let unreadable = |reason: &dyn std::fmt::Display| {
        RecordError::Unreadable(format!("{}: {reason}", path.display()))
    };
    let text = fs::read_to_string(path).map_err(|error: io::Error| unreadable(&error))?;
    let scenario = serde_json::from_str(&text).map_err(|error| unreadable(&error))?;
    let Value::Object(scenario) = scenario else { return Err(unreadable(&"not an object")) };
    if !scenario.get("steps").is_some_and(Value::is_array) {
        return Err(unreadable(&"it has no list of steps"));
    }
    Ok(scenario)
}

/// Runs a scenario and returns its events.
pub(crate) fn record(
    scenario: &Map<String, Value>,
    profile: &Profile,
    rules: worldport_model::Profile,
) -> Result<Vec<Record>, RecordError> {
    let follower = Follower::new(rules);
    let recorded = Recording::run(scenario, profile, follower.share(), |router| {
        follower.finish(router);
    });
    let verdict = follower.verdict();
    if verdict.holds { recorded } else { Err(RecordError::Stopped(verdict.text)) }
}

/// The command.
pub(crate) fn command(
    path: &Path,
    profile: &Profile,
    rules: worldport_model::Profile,
    out: Option<&Path>,
) -> ExitCode {
    let recorded = scenario(path).and_then(|scenario| {
        let records = record(&scenario, profile, rules)?;
        Ok(trace(path, &scenario, profile, &records))
    });
    match recorded {
        Ok(text) => match out.map(|out| (out, fs::write(out, &text))) {
            None => {
                say!("{}", text.trim_end());
                ExitCode::SUCCESS
            }
            Some((_, Ok(()))) => ExitCode::SUCCESS,
            Some((out, Err(error))) => {
                eprintln!("worldport: {}: {error}", out.display());
                ExitCode::from(2)
            }
        },
        Err(RecordError::Stopped(reason)) => {
            eprintln!("worldport: {}: {reason}", path.display());
            ExitCode::from(1)
        }
        Err(RecordError::Unreadable(reason)) => {
            eprintln!("worldport: {reason}");
            ExitCode::from(2)
        }
    }
}

/// A header, then one event a line.
fn trace(
    path: &Path,
    scenario: &Map<String, Value>,
    profile: &Profile,
    records: &[Record],
) -> String {
    let name = path.file_stem().map(|stem| stem.to_string_lossy().into_owned());
    let header = json!({
        "scenario": name,
        "title": scenario.get("title"),
        "browser": "worldport",
        "version": format!("worldport/{}", env!("CARGO_PKG_VERSION")),
        "profile": profile.name,
    });
    let mut text = format!("{header}\n");
    for record in records {
        text.push_str(&escaped(&Value::Object(record.clone()).to_string()));
        text.push('\n');
    }
    text
}

/// Half surrogate pairs, which stand in private use while they are in memory, as JSON writes them.
fn escaped(line: &str) -> String {
    let mut out = String::with_capacity(line.len());
    for c in line.chars() {
        match u32::from(c) {
            half @ 0xF_0000..=0xF_07FF => {
                out.push_str(&format!("\\u{:04x}", half - 0xF_0000 + 0xD800));
            }
            _ => out.push(c),
        }
    }
    out
}
