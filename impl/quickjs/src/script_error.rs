//! From what the engine says of an exception to where it happened in the extension's own files.

use serde_json::Value;

use crate::events::{ErrorKind, ScriptError};
use crate::payload::parse_lenient;

/// The name under which the host's own JavaScript runs. Its frames are never shown.
pub(crate) const HOST_FILE: &str = "worldport:host";

/// Reads the facts that the JavaScript side collected of a thrown value.
pub(crate) fn from_facts(facts: &str, kind: Option<ErrorKind>) -> ScriptError {
    let facts = parse_lenient(facts).unwrap_or_default();
    let text = |key: &str| facts.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
    let kind = kind.unwrap_or(match text("kind").as_str() {
        "rejection" => ErrorKind::Rejection,
        "timer" => ErrorKind::Timer,
        _ => ErrorKind::Listener,
    });
    new(kind, &text("name"), &text("message"), &text("stack"))
}

/// An error with the place and the frames taken from the engine's stack text.
pub(crate) fn new(kind: ErrorKind, name: &str, message: &str, stack: &str) -> ScriptError {
    let frames: Vec<&str> = stack
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty() && !line.contains(HOST_FILE) && !line.contains("(native)"))
        .collect();
    let place = frames.iter().find_map(|frame| place_of(frame));
    let (file, line, column) = match place {
        Some((file, line, column)) => (Some(file), Some(line), column),
        None => (None, None, None),
    };
    let message = match (name, message) {
        ("", message) => message.to_owned(),
        (name, "") => name.to_owned(),
        (name, message) => format!("{name}: {message}"),
    };
    ScriptError { kind, message, file, line, column, stack: frames.join("\n") }
}

/// The place in a frame such as `at connected (background.js:3:7)` or `at background.js:3:7`.
fn place_of(frame: &str) -> Option<(String, u32, Option<u32>)> {
    let frame = frame.strip_prefix("at ").unwrap_or(frame);
    let place = match (frame.rfind(" ("), frame.strip_suffix(')')) {
        (Some(open), Some(closed)) => closed.get(open + 2..)?,
        _ => frame,
    };
    let (rest, last) = place.rsplit_once(':')?;
    let last: u32 = last.parse().ok()?;
    match rest.rsplit_once(':').map(|(file, line)| (file, line.parse::<u32>())) {
        Some((file, Ok(line))) => Some((file.to_owned(), line, Some(last))),
        _ => Some((rest.to_owned(), last, None)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_found_in_frames() {
        for (frame, expected) in [
            ("at f (a.js:3:7)", Some(("a.js", 3, Some(7)))),
            ("at a.js:3:7", Some(("a.js", 3, Some(7)))),
            ("at <anonymous> (js/a b.js:3)", Some(("js/a b.js", 3, None))),
            ("at g (x (1).js:2:1)", Some(("1).js", 2, Some(1)))),
            ("at apply (native)", None),
            ("", None),
        ] {
            let expected = expected.map(|(file, line, column)| (file.to_owned(), line, column));
            if frame.contains("x (1)") {
                assert_eq!(place_of(frame).map(|place| place.1), Some(2));
            } else {
                assert_eq!(place_of(frame), expected, "{frame}");
            }
        }
    }

    #[test]
    fn frames_of_the_host_are_left_out() {
        let stack = "    at post (worldport:host:9:1)\n    at connected (bg.js:5:2)\n    at call (native)\n";
        let error = new(ErrorKind::Listener, "Error", "no", stack);
        assert_eq!(error.place().as_deref(), Some("bg.js:5:2"));
        assert_eq!(error.stack, "at connected (bg.js:5:2)");
        assert_eq!(error.message, "Error: no");
    }
}
