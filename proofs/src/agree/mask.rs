//! What of a record is behaviour, with what differs between two runs of one browser masked.

use std::sync::LazyLock;

use regex::Regex;
use serde_json::{Map, Number, Value, json};

use super::text;

/// Calls whose return says nothing: what the recorder does for its own sake, and listeners being attached.
const QUIET_RETURNS: [&str; 7] = [
    "port.addListener",
    "register",
    "tabsQueryConnect",
    "hookConsole",
    "addIframe",
    "busy",
    "mark",
];

/// Members that are measured.
const FIGURES: [&str; 11] =
    ["ms", "firstAt", "lastAt", "startAt", "totalMs", "mean", "p50", "p95", "p99", "min", "max"];

/// Records of what pages, sockets and the recorder itself do.
const NOT_BEHAVIOUR: [&str; 8] =
    ["call", "driver", "comment", "agent-quiet", "step", "pagehide", "pageshow", "agent-gone"];

/// Members of a record that say when and where, not what.
const BOOKKEEPING: [&str; 8] = ["t", "n", "ctx", "gen", "phase", "step", "inst", "seq"];

/// What is observable in one record, if anything is.
pub(super) fn event(record: &Map<String, Value>) -> Option<Value> {
    let (kind, context) = (text(record, "ev"), text(record, "ctx"));
    let main_world = context.ends_with("@main") || text(record, "of").ends_with("@main");
    if NOT_BEHAVIOUR.contains(&kind) || main_world {
        return None;
    }
    let mut out: Map<String, Value> = record.clone();
    out.retain(|key, _| !BOOKKEEPING.contains(&key.as_str()));
    match kind {
        "return" | "resolve" => {
            let op = text(record, "op");
            if QUIET_RETURNS.contains(&op) {
                return None;
            }
            // The rest of an extension's API is not ours.
            if op == "inspectRuntime" && (!context.contains('@') || context.ends_with("@cs")) {
                return None;
            }
            if op == "connect" {
                sort_keys(&mut out);
            }
        }
        "connect" => {
            // Only the newest recordings have it; `sender` shows it too.
            out.remove("worldId");
        }
        "agent-start" => {
            out.retain(|key, _| ["ev", "kind", "connectType"].contains(&key.as_str()));
        }
        "no-agent" | "no-ack" => {
            let of = out.remove("of").unwrap_or_default();
            return Some(plain(&json!({ "ev": "unreachable", "of": of })));
        }
        _ => {}
    }
    Some(plain(&Value::Object(out)))
}

/// The order in which a port shows its members is not behaviour.
fn sort_keys(out: &mut Map<String, Value>) {
    if let Some(Value::Array(keys)) = out.get_mut("value").and_then(|value| value.get_mut("keys")) {
        keys.sort_by_key(|key| key.as_str().unwrap_or_default().to_owned());
    }
}

/// A value with everything masked. Numbers and truth values compare as they do in the script: 1, 1.0 and
/// true are the same.
fn plain(value: &Value) -> Value {
    match value {
        Value::Null => Value::Null,
        Value::Bool(it) => Value::from(u64::from(*it)),
        Value::Number(it) => Value::Number(number(it)),
        Value::String(it) => Value::String(masked(it)),
        Value::Array(items) => Value::Array(items.iter().map(plain).collect()),
        Value::Object(members) => {
            let mut sorted: Vec<(&String, &Value)> = members.iter().collect();
            sorted.sort_by_key(|(key, _)| key.as_str());
            let member = |(key, value): (&String, &Value)| {
                let value = match key.as_str() {
                    figure if FIGURES.contains(&figure) => Value::from("FIGURE"),
                    "sender" => sender(value),
                    _ => plain(value),
                };
                (key.clone(), value)
            };
            Value::Object(sorted.into_iter().map(member).collect())
        }
    }
}

fn number(number: &Number) -> Number {
    match number.as_f64() {
        Some(float) if number.is_f64() && float.fract() == 0.0 && float.abs() < 1e15 =>
        {
            #[allow(clippy::cast_possible_truncation, reason = "integral and small")]
            Number::from(float as i64)
        }
        _ => number.clone(),
    }
}

/// A sender, with the ids that a browser makes up masked, and of a tab its id and URL alone.
fn sender(value: &Value) -> Value {
    let Value::Object(members) = value else { return plain(value) };
    let mut out = members.clone();
    for key in ["documentId", "contextId"] {
        if let Some(id) = out.get_mut(key) {
            *id = Value::from("ID");
        }
    }
    if let Some(frame) = out.get_mut("frameId").filter(|it| is_truthy(it)) {
        *frame = Value::from("CHILD");
    }
    if let Some(Value::Object(tab)) = out.get_mut("tab") {
        tab.retain(|key, _| key == "id" || key == "url");
        if let Some(id) = tab.get_mut("id") {
            *id = Value::from("ID");
        }
    }
    plain(&Value::Object(out))
}

fn is_truthy(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::Bool(it) => *it,
        Value::Number(it) => it.as_f64() != Some(0.0),
        Value::String(it) => !it.is_empty(),
        Value::Array(it) => !it.is_empty(),
        Value::Object(it) => !it.is_empty(),
    }
}

/// A text without the test server's port, the extension's id and other ids.
fn masked(text: &str) -> String {
    static MASKS: LazyLock<Vec<(Regex, &str)>> = LazyLock::new(|| {
        let mask = |pattern, by| Some((Regex::new(pattern).ok()?, by));
        [
            mask(r"(127\.0\.0\.1|localhost):\d+", "$1:PORT"),
            mask(r"\b[a-p]{32}\b", "EXTID"),
            mask(r"recorder@example\.test", "EXTID"),
            mask(
                r"\b[0-9A-Fa-f]{8}-?[0-9A-Fa-f]{4}-?[0-9A-Fa-f]{4}-?[0-9A-Fa-f]{4}-?[0-9A-Fa-f]{12}\b",
                "UUID",
            ),
        ]
        .into_iter()
        .flatten()
        .collect()
    });
    MASKS.iter().fold(text.to_owned(), |text, (mask, by)| mask.replace_all(&text, *by).into_owned())
}
