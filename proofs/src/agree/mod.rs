//! Which two traces of one scenario show the same behaviour: the contract of every comparison.
//!
//! A port of `proofs/browsers/agree.py`, whose text says what is grouped, left out and masked, and why.
//! The two are held together by `agreements.json`: what the script says of every pair of recordings.
//!
//! Records are grouped by scenario step and context; within a step each context's own order counts and
//! the order between contexts does not. Masked is only what differs between two runs of one browser.

mod mask;
mod trace;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

pub use trace::{TraceError, read_trace};

/// The events of one context in one step, as far as they count.
pub type Events = Vec<Value>;
/// By step, then by context.
pub type Steps = BTreeMap<u64, BTreeMap<String, Events>>;

/// A step of one context in which a candidate shows something else than what was recorded.
#[derive(Clone, Debug, PartialEq)]
pub struct Difference {
    /// The step, counted from 1.
    pub step: u64,
    /// The context; `… settled` for how its promises settled, `…#2` for its second life.
    pub context: String,
    /// What was recorded.
    pub recorded: Option<Events>,
    /// What the candidate shows.
    pub candidate: Option<Events>,
}

/// Where a candidate differs from a recording, or from both of two recordings of the same browser.
#[must_use]
pub fn differences(
    trace: &[Map<String, Value>],
    candidate: &[Map<String, Value>],
    also: Option<&[Map<String, Value>]>,
) -> Vec<Difference> {
    let recorded = steps(trace);
    let shown = steps(candidate);
    let again = also.map_or_else(|| recorded.clone(), steps);
    let numbers: BTreeSet<u64> =
        recorded.keys().chain(again.keys()).chain(shown.keys()).copied().collect();
    let mut found = Vec::new();
    // Step 0 is what happens before the first step.
    for step in numbers.into_iter().filter(|&step| step != 0) {
        let none = BTreeMap::new();
        let at = |steps: &'_ Steps| steps.get(&step).cloned().unwrap_or_else(|| none.clone());
        let (x, y, z) = (at(&recorded), at(&again), at(&shown));
        let contexts: BTreeSet<&String> = x.keys().chain(y.keys()).chain(z.keys()).collect();
        for context in contexts {
            let now = z.get(context);
            if now != x.get(context) && now != y.get(context) {
                found.push(Difference {
                    step,
                    context: context.clone(),
                    recorded: x.get(context).cloned(),
                    candidate: now.cloned(),
                });
            }
        }
    }
    found
}

/// The events of a trace that count, by step and context.
#[must_use]
pub fn steps(records: &[Map<String, Value>]) -> Steps {
    let mut out = Steps::new();
    let mut called: BTreeMap<(String, String), u64> = BTreeMap::new();
    for record in records {
        let life = record.get("gen").and_then(Value::as_u64).unwrap_or(1);
        let name = text(record, "ctx");
        let mut context = if life > 1 { format!("{name}#{life}") } else { name.to_owned() };
        let mut phase = record.get("phase").and_then(Value::as_u64).unwrap_or(0);
        let kind = text(record, "ev");
        let call = record.get("step").map(ToString::to_string);
        if let ("call", Some(call)) = (kind, &call) {
            called.insert((context.clone(), call.clone()), phase);
        }
        // How a promise settled belongs to the step that made the call.
        if kind == "resolve" || kind == "reject" {
            let key = (context.clone(), call.unwrap_or_else(|| "null".to_owned()));
            phase = called.get(&key).copied().unwrap_or(phase);
            context.push_str(" settled");
        }
        if let Some(event) = mask::event(record) {
            out.entry(phase).or_default().entry(context).or_default().push(event);
        }
    }
    // What the recorder says within one step has no order of its own.
    for contexts in out.values_mut() {
        if let Some(events) = contexts.get_mut("recorder") {
            events.sort_by_key(ToString::to_string);
        }
    }
    out
}

fn text<'a>(record: &'a Map<String, Value>, key: &str) -> &'a str {
    record.get(key).and_then(Value::as_str).unwrap_or_default()
}
