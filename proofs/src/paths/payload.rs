//! What is sent: in plain JSON where the scenario says so, and told apart by its spelling alone where the
//! contents are the host's business.

use serde_json::{Value, json};

/// What is sent: compared by value, or by identity alone where its contents are the host's.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Payload {
    /// What a receiver is shown, where the scenario says it in plain JSON.
    pub(super) shown: Option<Value>,
    /// What tells it from other payloads.
    pub(super) key: String,
}

impl Payload {
    /// A number of a series, as the agent's own measuring calls post it.
    #[must_use]
    pub(super) fn numbered(number: u32) -> Self {
        payload(Some(&json!({ "i": number })))
    }

    /// Whether sending it cannot fail for what it is.
    pub(super) fn is_plain(&self) -> bool {
        self.shown.as_ref().is_some_and(|shown| shown.get("$string").is_none())
    }
}

pub(super) fn payload(value: Option<&Value>) -> Payload {
    let key = value.map_or_else(|| "nothing".to_owned(), ToString::to_string);
    let shown = value.filter(|value| !has_stand_in(value)).map(|value| described(value, 0));
    let length = value.and_then(|value| value.get("$string")).and_then(Value::as_u64);
    match length {
        Some(length) => {
            let end = "x".repeat(16);
            let shown = json!({ "$string": length, "head": end, "tail": end });
            Payload { shown: Some(shown), key }
        }
        None => Payload { shown, key },
    }
}

/// Whether a payload stands for something that JSON cannot spell.
fn has_stand_in(value: &Value) -> bool {
    match value {
        Value::Array(items) => items.iter().any(has_stand_in),
        Value::Object(members) => {
            members.keys().any(|key| key.starts_with('$')) || members.values().any(has_stand_in)
        }
        _ => false,
    }
}

/// A plain value as the agent describes it to the recorder.
fn described(value: &Value, depth: usize) -> Value {
    match value {
        Value::String(text) if text.encode_utf16().count() > 200 => {
            let end = |text: &mut dyn Iterator<Item = char>| text.take(16).collect::<String>();
            let tail = end(&mut text.chars().rev()).chars().rev().collect::<String>();
            json!({ "$string": text.encode_utf16().count(), "head": end(&mut text.chars()), "tail": tail })
        }
        Value::Array(_) | Value::Object(_) if depth > 6 => json!({ "$deep": true }),
        Value::Array(items) => items.iter().map(|item| described(item, depth + 1)).collect(),
        Value::Object(members) => {
            members.iter().map(|(key, item)| (key.clone(), described(item, depth + 1))).collect()
        }
        other => other.clone(),
    }
}
