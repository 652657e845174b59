//! Reading traces: JSON lines, a header and then one event a line.
//!
//! JavaScript strings may hold half of a surrogate pair, which no Rust string can. Such a half is read as
//! a character of a private-use plane, the same for the same half, so that traces still compare.

use serde_json::{Map, Value};

/// Why a trace cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TraceError {
    /// The line, counted from 1.
    pub line: usize,
    /// What is wrong with it.
    pub reason: String,
}

impl std::fmt::Display for TraceError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "line {}: {}", self.line, self.reason)
    }
}

impl std::error::Error for TraceError {}

/// The records of a trace, without its header.
///
/// # Errors
///
/// The first line that is not a JSON object.
pub fn read_trace(bytes: &[u8]) -> Result<Vec<Map<String, Value>>, TraceError> {
    let text = decode(bytes);
    let lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
    lines
        .skip(1)
        .map(|(number, line)| {
            let error = |reason: String| TraceError { line: number + 1, reason };
            match serde_json::from_str(&join_halves(line)) {
                Ok(Value::Object(record)) => Ok(record),
                Ok(_) => Err(error("not an object".to_owned())),
                Err(problem) => Err(error(problem.to_string())),
            }
        })
        .collect()
}

/// The character that stands for half of a surrogate pair.
fn stand_in(half: u32) -> char {
    char::from_u32(0xF_0000 + (half - 0xD800)).unwrap_or(char::REPLACEMENT_CHARACTER)
}

/// UTF-8 in which halves of surrogate pairs may be written as if they were characters.
fn decode(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    let mut broken = Vec::new();
    for chunk in bytes.utf8_chunks() {
        if !chunk.valid().is_empty() {
            push_broken(&mut text, &mut broken);
        }
        text.push_str(chunk.valid());
        // Of such a half, the three bytes come in three chunks: none is valid where it stands.
        broken.extend_from_slice(chunk.invalid());
    }
    push_broken(&mut text, &mut broken);
    text
}

/// Reads bytes that are no characters: halves, and what else may be there.
fn push_broken(text: &mut String, broken: &mut Vec<u8>) {
    let mut rest = broken.as_slice();
    while let Some((&first, tail)) = rest.split_first() {
        match rest {
            [0xED, high @ 0xA0..=0xBF, low @ 0x80..=0xBF, after @ ..] => {
                text.push(stand_in(0xD000 | u32::from(high & 0x3F) << 6 | u32::from(low & 0x3F)));
                rest = after;
            }
            _ => {
                text.push(char::from(first));
                rest = tail;
            }
        }
    }
    broken.clear();
}

/// Replaces the escapes of halves that have no other half.
fn join_halves(line: &str) -> String {
    let mut out = String::with_capacity(line.len());
    let mut rest = line;
    while let Some(place) = rest.find('\\') {
        out.push_str(&rest[..place]);
        rest = &rest[place..];
        let taken = match (escaped(rest), rest.get(6..).and_then(escaped)) {
            (Some(0xD800..=0xDBFF), Some(0xDC00..=0xDFFF)) => {
                out.push_str(&rest[..12]);
                12
            }
            (Some(half @ 0xD800..=0xDFFF), _) => {
                out.push(stand_in(half));
                6
            }
            // Another escape: both characters of it, so that an escaped backslash escapes nothing.
            _ => {
                let length = rest.chars().take(2).map(char::len_utf8).sum();
                out.push_str(&rest[..length]);
                length
            }
        };
        rest = &rest[taken..];
    }
    out.push_str(rest);
    out
}

/// The code unit of an escape of four hexadecimal digits at the beginning of a text.
fn escaped(text: &str) -> Option<u32> {
    let digits = text.strip_prefix("\\u")?.get(..4)?;
    u32::from_str_radix(digits, 16).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn first(line: &str) -> Result<Value, TraceError> {
        let records = read_trace(format!("{{}}\n{line}\n").as_bytes())?;
        Ok(records[0]["a"].clone())
    }

    #[test]
    fn a_half_of_a_pair_is_read_and_a_pair_is_a_character() {
        assert_eq!(first(r#"{"a":"x\ud83d\udc0ey"}"#), Ok(Value::from("x🐎y")));
        let half = first(r#"{"a":"x\ud800y"}"#).expect("a record");
        assert_eq!(half, first(r#"{"a":"x\ud800y"}"#).expect("the same record"));
        assert_ne!(half, first(r#"{"a":"x\ud801y"}"#).expect("another record"));
        let raw = read_trace(b"{}\n{\"a\":\"x\xED\xA0\x80y\"}\n").expect("a record");
        assert_eq!(half, raw[0]["a"], "written as if it were a character");
        assert_eq!(first(r#"{"a":"\\ud800"}"#), Ok(Value::from("\\ud800")));
    }

    #[test]
    fn a_broken_line_is_named() {
        assert_eq!(read_trace(b"{}\n{}\n{\n").expect_err("a broken line").line, 3);
        assert_eq!(read_trace(b"{}\n\n[]\n").expect_err("no object").line, 3);
    }
}
