//! What a trace shows of a path: each record of an agent as an observation, by context and life.
//!
//! A record that shows nothing of the model (a socket of the recorder, the return of a call that asks what
//! an object looks like) is left out here. The texts of errors are the hosts' data; of them only what tells
//! one refusal or one reason from another is read.

use std::collections::BTreeMap;

use serde_json::{Map, Value};
use worldport_model::{DisconnectError, Refusal};

use super::read::document_in;
use super::script::Text;

/// An observation, and the scenario step in which it was recorded.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Event {
    /// The step, counted from 1.
    pub(super) step: usize,
    /// What was observed.
    pub(super) seen: Seen,
}

/// What is observed of one context.
#[derive(Clone, Debug, PartialEq)]
#[allow(missing_docs, reason = "the fields are the members of the agent's records")]
pub(super) enum Seen {
    /// A connect listener is called.
    Connect { function: Text, port: Text, name: String, sender: SeenSender },
    /// A disconnect listener is called.
    Disconnect { function: Text, port: Text, last_error: Place, port_error: Place },
    /// The agent has counted what came.
    Measured { kind: Text, count: u64, ordered: bool },
    /// A message listener is called.
    Message { function: Text, port: Text, value: Value },
    /// A listener of one-time messages is called.
    Request { function: Text, value: Value, sender: SeenSender },
    /// A call returns.
    Returned { op: Text, value: Value },
    /// The browser is asked whether the background runs.
    Running(bool),
    /// The context has started.
    Started { connects: bool },
    /// A call throws.
    Threw { op: Text, message: String },
    /// An error of a listener is reported.
    Uncaught,
    /// An order does not reach the context.
    Unreachable,
    /// A listener of the window is called.
    Window(Text),
}

/// What one of the places for errors shows while `onDisconnect` runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// There is no such place.
    Absent,
    /// No error.
    Clear,
    /// An error.
    Error(String),
}

/// What a script is told of the other side.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct SeenSender {
    /// The document, by the name in its address.
    pub(super) document: Option<Text>,
    /// Whether it is the top one of its tab, where that is said.
    pub(super) is_top: Option<bool>,
    /// The world, where the browser says it; the default one is empty.
    pub(super) world: Option<Text>,
}

/// How a call's promise settled.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Settlement {
    /// The step in which it did.
    pub(super) step: usize,
    /// The value; or the error's text.
    pub(super) outcome: Result<Value, String>,
}

/// An agent's context, by name and life.
pub(super) type Life = (Text, u32);

/// A recording, as far as it concerns the model.
#[derive(Clone, Debug, Default)]
pub struct Trace {
    /// What each context shows, in order.
    pub(super) events: BTreeMap<Life, Vec<Event>>,
    /// How the promises of numbered calls settled.
    pub(super) settlements: BTreeMap<(Life, u64), Settlement>,
    /// How many records there are, and how many of them are observations.
    pub(super) records: (usize, usize),
}

/// Calls whose return or error is an observation of the model.
const MODELLED: [&str; 16] = [
    "addListener",
    "configureWorld",
    "connect",
    "disconnect",
    "hasListener",
    "hasListeners",
    "port.addListener",
    "port.hasListener",
    "port.hasListeners",
    "port.removeListener",
    "postMessage",
    "rawPort",
    "removeListener",
    "resetWorldConfiguration",
    "sendMessage",
    "sendResponse",
];

/// Of these, calls whose return says nothing: that listeners are attached shows when they are called, and
/// what `sendMessage` returns is a promise, or nothing where it is given a callback.
const QUIET_RETURNS: [&str; 3] = ["port.addListener", "rawPort", "sendMessage"];

/// The name under which the recorder's own observations are kept.
pub(super) const RECORDER: &str = "recorder";

/// The first number of the answers that callbacks get: they bear no number of their own.
pub(super) const CALLBACKS: u64 = 1 << 32;

fn text<'a>(record: &'a Map<String, Value>, key: &str) -> &'a str {
    record.get(key).and_then(Value::as_str).unwrap_or_default()
}

impl Trace {
    /// Reads the records of a trace.
    #[must_use]
    pub fn read(records: &[Map<String, Value>]) -> Self {
        let mut trace = Self { records: (records.len(), 0), ..Self::default() };
        let mut callbacks: BTreeMap<Life, u64> = BTreeMap::new();
        for record in records {
            let context = text(record, "ctx");
            if context.ends_with("@main") {
                continue;
            }
            let life = record.get("gen").and_then(Value::as_u64).unwrap_or(1);
            let life: Life = (context.into(), u32::try_from(life).unwrap_or(u32::MAX));
            let step = record.get("phase").and_then(Value::as_u64).unwrap_or(0);
            let step = usize::try_from(step).unwrap_or(0);
            match text(record, "ev") {
                "resolve" | "reject" if is_settlement(record) => {
                    let number = record.get("step").and_then(Value::as_u64);
                    if let Some(number) = number {
                        let outcome = outcome(record);
                        trace.settlements.insert((life, number), Settlement { step, outcome });
                        trace.records.1 += 1;
                    }
                }
                "callback" => {
                    let number = callbacks.entry(life.clone()).or_insert(CALLBACKS);
                    let settlement = Settlement { step, outcome: called_back(record) };
                    trace.settlements.insert((life, *number), settlement);
                    *number += 1;
                    trace.records.1 += 1;
                }
                kind => {
                    let Some((life, seen)) = seen(kind, life, record) else { continue };
                    trace.events.entry(life).or_default().push(Event { step, seen });
                    trace.records.1 += 1;
                }
            }
        }
        trace
    }
}

fn is_settlement(record: &Map<String, Value>) -> bool {
    matches!(text(record, "op"), "configureWorld" | "resetWorldConfiguration" | "sendMessage")
}

fn outcome(record: &Map<String, Value>) -> Result<Value, String> {
    match record.get("error") {
        Some(error) => Err(message(error)),
        None => Ok(record.get("value").cloned().unwrap_or_default()),
    }
}

/// A callback is told of an error in `lastError`, or is called with nothing.
fn called_back(record: &Map<String, Value>) -> Result<Value, String> {
    match (record.get("lastError").and_then(Value::as_str), record.get("args")) {
        (Some(error), _) => Err(error.to_owned()),
        (None, Some(Value::Array(args))) => match args.first() {
            Some(value) => Ok(value.clone()),
            None => Err(String::new()),
        },
        (None, _) => Err(String::new()),
    }
}

fn message(error: &Value) -> String {
    error.get("message").and_then(Value::as_str).unwrap_or_default().to_owned()
}

fn seen(kind: &str, life: Life, record: &Map<String, Value>) -> Option<(Life, Seen)> {
    let name = |key: &str| Text::from(text(record, key));
    let value = || record.get("value").cloned().unwrap_or_default();
    let (function, port, op) = (name("fn"), name("port"), name("op"));
    let is_modelled = MODELLED.contains(&&*op);
    let seen = match kind {
        "agent-start" => Seen::Started { connects: text(record, "connectType") == "function" },
        "background-running" => Seen::Running(value() == Value::Bool(true)),
        "connect" => {
            let sender = sender(record.get("sender"));
            Seen::Connect { function, port, name: text(record, "name").to_owned(), sender }
        }
        "connects-received" | "flood-received" | "flood-sent" | "pingpong-done" => Seen::Measured {
            kind: kind.into(),
            count: record.get("count").and_then(Value::as_u64).unwrap_or(0),
            ordered: record.get("ordered").and_then(Value::as_bool).unwrap_or(true),
        },
        "disconnect" => Seen::Disconnect {
            function,
            port,
            last_error: place(record.get("lastError")),
            port_error: place(record.get("portError")),
        },
        "message" => Seen::Message { function, port, value: value() },
        "no-ack" | "no-agent" => {
            let of = text(record, "of");
            if of.ends_with("@main") {
                return None;
            }
            return Some(((format!("{RECORDER} of {of}").into(), 1), Seen::Unreachable));
        }
        "return" if is_modelled && !QUIET_RETURNS.contains(&&*op) => {
            Seen::Returned { op, value: value() }
        }
        "runtime-message" => {
            Seen::Request { function, value: value(), sender: sender(record.get("sender")) }
        }
        "throw" if is_modelled => {
            Seen::Threw { op, message: record.get("error").map(message).unwrap_or_default() }
        }
        "uncaught" => Seen::Uncaught,
        "window-event" => Seen::Window(name("type")),
        _ => return None,
    };
    Some((life, seen))
}

fn place(value: Option<&Value>) -> Place {
    match value {
        None | Some(Value::Null) => Place::Clear,
        Some(Value::String(error)) => Place::Error(error.clone()),
        Some(error) if error.get("message").is_some() => Place::Error(message(error)),
        Some(_) => Place::Absent,
    }
}

fn sender(value: Option<&Value>) -> SeenSender {
    let member = |key: &str| value.and_then(|value| value.get(key));
    let url = member("url").and_then(Value::as_str);
    SeenSender {
        document: url.and_then(document_in),
        is_top: member("frameId").and_then(Value::as_i64).map(|frame| frame == 0),
        world: member("userScriptWorldId").and_then(Value::as_str).map(Text::from),
    }
}

/// Whether the text of an error may be that of this refusal; a text that is not known may be any.
#[must_use]
pub(super) fn may_refuse(message: &str, refusal: Refusal) -> bool {
    refusal_of(message).is_none_or(|told| told == refusal)
}

/// The refusal that browsers give this text to.
#[must_use]
pub(super) fn refusal_of(message: &str) -> Option<Refusal> {
    let texts = [
        ("disconnected port", Refusal::Disconnected),
        ("Extension context invalidated", Refusal::ContextInvalidated),
        ("is not available in this context", Refusal::MessagingWithdrawn),
        ("connect is not a function", Refusal::MessagingAbsent),
        ("sendMessage is not a function", Refusal::MessagingAbsent),
        ("browser is not defined", Refusal::MessagingAbsent),
    ];
    texts.into_iter().find(|(text, _)| message.contains(text)).map(|(_, refusal)| refusal)
}

/// Whether the text of an error may be that of a port closed for this reason.
#[must_use]
pub(super) fn may_close(message: &str, error: DisconnectError) -> bool {
    match error {
        DisconnectError::NoReceiver => message.contains("Receiving end does not exist"),
        DisconnectError::PageCached => message.contains("back/forward cache"),
    }
}

/// Whether two values are the same to a script: 1 and 1.0 are.
#[must_use]
pub(super) fn same(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Number(one), Value::Number(other)) => one.as_f64() == other.as_f64(),
        (Value::Array(one), Value::Array(other)) => {
            one.len() == other.len() && one.iter().zip(other).all(|(one, other)| same(one, other))
        }
        (Value::Object(one), Value::Object(other)) => {
            one.len() == other.len()
                && one.iter().all(|(key, value)| other.get(key).is_some_and(|it| same(value, it)))
        }
        (one, other) => one == other,
    }
}
