//! The page of the book on where browsers differ: rule by rule from their recordings, and invariant by
//! invariant from the findings of the checker.
//!
//! A step is shown where what the scripts noticed differs in the two recordings. Left out are the members
//! of a sender and of a port object and which namespaces there are, which differ everywhere; `n2_sender` and
//! `n3_port_shape` are about them.

use std::fs;
use std::path::Path;

use serde_json::{Map, Value};
use worldport_model::Profile;
use worldport_model::invariant::by_id;

use crate::agree::{read_trace, steps};
use crate::docs::{Choice, begin, choices, limits, line, scenarios_of, without_scenarios, write};
use crate::findings::{FINDINGS, Finding};

/// The longest text of a cell.
const CELL: usize = 160;

/// `docs/src/differences.md`, from the rules, the findings, and the recordings below this folder.
///
/// # Errors
///
/// A file that is missing, or is not what it should be.
pub fn differences_page(browsers: &Path) -> Result<String, String> {
    let mut page = begin("Where the browsers differ");
    page.push_str(
        "First, which [invariants](invariants.md) each browser breaks, as the checker found them: the \
         shortest way to each, the [rule choice](rules.md) that causes it, and the recorded steps of \
         the real browser that show the same. `standard` breaks none. Then every rule, with what the \
         recordings of the scenarios that it cites show differently.\n\n\
         `worldport check --profile all` explores all three profiles. A failure that is not on this \
         page fails the check, and so does one that is on it and no longer happens. `worldport check \
         --profile chromium --scenarios DIR` writes each as a scenario, which `worldport record` and \
         the recorder of the browsers can run. They stand in `proofs/browsers/findings`, with what the \
         two browsers did when they were asked to run them: each breaks its invariant as the model says, \
         and `worldport conform proofs/browsers/findings` agrees with every step.\n",
    );
    for profile in [Profile::Chromium, Profile::Firefox] {
        write(&mut page, format_args!("\n## Invariants that {} breaks\n", profile.name()));
        for finding in FINDINGS.iter().filter(|it| it.profile == profile) {
            show_finding(&mut page, finding, browsers)?;
        }
    }
    page.push_str(
        "\n## Rule by rule\n\nEach table has a row for each context and step in which the two \
         recordings differ in what scripts noticed. Left out are the members of senders and port \
         objects, which differ everywhere. A cell is cut after 160 characters.\n",
    );
    for choice in choices().iter().chain(&limits()) {
        show_choice(&mut page, choice, browsers)?;
    }
    Ok(page)
}

fn show_finding(page: &mut String, finding: &Finding, browsers: &Path) -> Result<(), String> {
    let id = finding.invariant();
    let sentence = by_id(id).map_or("", |row| row.sentence);
    let title = finding.way.replace('-', " ");
    write(page, format_args!("\n### {id}: {title}\n\n{}\n\n", finding.reading));
    write(page, format_args!("* It breaks {id}: {sentence}\n* The cause: `{}`.\n", finding.cause));
    for recorded in finding.recorded {
        let steps: Vec<String> = recorded
            .seen
            .iter()
            .map(|seen| {
                let step = match seen.step {
                    0 => "in no step or any".to_owned(),
                    step => format!("step {step}"),
                };
                let times = match seen.times {
                    0 => "never",
                    _ => "once",
                };
                format!("{step}, {}: {times} `{}`", seen.context, seen.record)
            })
            .collect();
        let list = steps.join("; ").replace("in no step or any, ", "in all steps, ");
        write(page, format_args!("* Recorded in `{}`: {list}.\n", recorded.scenario));
    }
    if finding.recorded.is_empty() {
        page.push_str("* Not recorded: it takes a race that no recorded scenario runs.\n");
    }
    let path = browsers.join("findings").join(finding.name()).with_extension("txt");
    let diagram = read(&path)?;
    write(page, format_args!("\n```text\n{}\n```\n", diagram.trim_end()));
    Ok(())
}

fn show_choice(page: &mut String, choice: &Choice, browsers: &Path) -> Result<(), String> {
    write(page, format_args!("\n### {}\n\n{}\n\n", choice.name, without_scenarios(&choice.about)));
    line(page, &Profile::ALL.map(Profile::name));
    line(page, &["---"; 3]);
    let values: Vec<String> = choice.values.iter().map(|value| format!("`{value}`")).collect();
    line(page, &values);
    let cited = scenarios_of(&choice.about);
    for name in cited.split('`').filter(|piece| piece.contains('_')) {
        let rows = differing(name, browsers)?;
        if rows.is_empty() {
            write(page, format_args!("\n`{name}`: the recordings show the same.\n"));
            continue;
        }
        write(page, format_args!("\n`{name}`:\n\n"));
        line(page, &["step", "what is done", "who notices", "Chromium 156", "Firefox 153"]);
        line(page, &["---"; 5]);
        for row in rows {
            line(page, &row);
        }
    }
    Ok(())
}

/// A row for each step and context in which two recordings of a scenario differ.
fn differing(name: &str, browsers: &Path) -> Result<Vec<[String; 5]>, String> {
    let scenario = read(&browsers.join("scenarios").join(name).with_extension("json"))?;
    let scenario: Value =
        serde_json::from_str(&scenario).map_err(|why| format!("{name}: {why}"))?;
    let recording = |browser: &str| {
        let path = browsers.join("traces").join(browser).join(name).with_extension("json");
        let bytes = fs::read(&path).map_err(|why| format!("{}: {why}", path.display()))?;
        let trace = read_trace(&bytes).map_err(|why| format!("{}: {why}", path.display()))?;
        Ok::<_, String>(steps(&trace))
    };
    let (chromium, firefox) = (recording("chromium")?, recording("firefox")?);
    let mut rows = Vec::new();
    let count = scenario["steps"].as_array().map_or(0, Vec::len) as u64;
    for step in 1..=count {
        let none = Default::default();
        let (one, two) =
            (chromium.get(&step).unwrap_or(&none), firefox.get(&step).unwrap_or(&none));
        let contexts: std::collections::BTreeSet<&String> = one.keys().chain(two.keys()).collect();
        for context in contexts.into_iter().filter(|it| !it.starts_with("recorder")) {
            let told = |events: Option<&Vec<Value>>| {
                let events = events.into_iter().flatten();
                events.map(brief).filter(|text| !text.is_empty()).collect::<Vec<_>>().join("; ")
            };
            let (here, there) = (told(one.get(context)), told(two.get(context)));
            if here != there {
                let done =
                    usize::try_from(step).ok().and_then(|step| scenario["steps"].get(step - 1));
                let done = done.map_or_else(String::new, what_is_done);
                rows.push([
                    step.to_string(),
                    code(&done),
                    context.clone(),
                    code(&here),
                    code(&there),
                ]);
            }
        }
    }
    Ok(rows)
}

/// What a step orders, in a few words.
fn what_is_done(step: &Value) -> String {
    for list in ["batch", "parallel"] {
        if let Some(steps) = step[list].as_array() {
            return steps.iter().map(what_is_done).collect::<Vec<_>>().join(", ");
        }
    }
    let text = |key: &str| step.get(key).filter(|it| !it.is_null()).map(plain);
    let members =
        ["ctx", "op", "name", "port", "fn", "doc", "tab", "worldId", "properties", "payload"];
    members.iter().filter_map(|key| text(key)).collect::<Vec<_>>().join(" ")
}

/// What was noticed, in a few words; nothing where it is of no interest here.
fn brief(event: &Value) -> String {
    let Some(event) = event.as_object() else { return String::new() };
    let kind = event.get("ev").and_then(Value::as_str).unwrap_or_default();
    if kind == "agent-start" {
        return format!("world starts, connect is {}", member(event, "connectType"));
    }
    let mut words = vec![kind.to_owned()];
    words.extend(["op", "fn", "port"].map(|key| member(event, key)));
    // The shape of a port is not what differs by rule.
    if member(event, "op") != "connect" {
        words.push(member(event, "value"));
    }
    words.push(member(event, "error"));
    words.extend(["lastError", "portError"].into_iter().filter_map(|key| {
        let error = member(event, key);
        (!error.is_empty()).then(|| format!("({key}: {error})"))
    }));
    words.retain(|word| !word.is_empty());
    words.join(" ")
}

fn member(event: &Map<String, Value>, key: &str) -> String {
    event.get(key).filter(|it| !it.is_null()).map(plain).unwrap_or_default()
}

/// A value as text; an error is its message, and what is undefined is nothing.
fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Object(members) if members.contains_key("$undefined") => String::new(),
        Value::Object(members) if members.contains_key("isError") => {
            members.get("message").map(plain).unwrap_or_default()
        }
        other => {
            // The order of members is that of a map or of their writing, as the build has it.
            let mut sorted = other.clone();
            sorted.sort_all_objects();
            sorted.to_string()
        }
    }
}

/// Code in a cell of a table, cut where it is long.
fn code(text: &str) -> String {
    if text.is_empty() {
        return "nothing".to_owned();
    }
    let line: String = text.replace('`', "'").replace(['\n', '\r'], " ");
    let cut: String = line.chars().take(CELL).collect();
    let dots = if cut.len() < line.len() { " …" } else { "" };
    format!("`{}`{dots}", cut.trim())
}

fn read(path: &Path) -> Result<String, String> {
    let text = fs::read_to_string(path).map_err(|why| format!("{}: {why}", path.display()))?;
    Ok(text.replace("\r\n", "\n"))
}
