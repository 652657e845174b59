//! Described values as a person reads them in a console.

use std::fmt::Write as _;

use serde_json::Value;

/// The arguments of one `console` call as a line. `%s` and its kin in a first text are filled in.
#[must_use]
pub fn console_line(args: &[Value]) -> String {
    let mut out = String::new();
    let mut rest = args;
    if let Some((Value::String(format), values)) = args.split_first() {
        rest = fill_format(&mut out, format, values);
    }
    for (place, value) in rest.iter().enumerate() {
        if place > 0 || rest.len() < args.len() {
            out.push(' ');
        }
        match value {
            Value::String(text) => out.push_str(text),
            other => show(&mut out, other),
        }
    }
    out
}

/// One value as text; texts in quotation marks.
#[must_use]
pub fn value_text(value: &Value) -> String {
    let mut out = String::new();
    show(&mut out, value);
    out
}

/// Writes `format`; returns the values that it did not use.
fn fill_format<'a>(out: &mut String, format: &str, mut values: &'a [Value]) -> &'a [Value] {
    let mut characters = format.chars().peekable();
    while let Some(character) = characters.next() {
        let kind = if character == '%' { characters.peek().copied() } else { None };
        match (kind, values.split_first()) {
            (Some('%'), _) => out.push('%'),
            (Some('s' | 'd' | 'i' | 'f' | 'o' | 'O'), Some((value, others))) => {
                match value {
                    Value::String(text) => out.push_str(text),
                    other => show(out, other),
                }
                values = others;
            }
            // A style for a graphical console.
            (Some('c'), Some((_, others))) => values = others,
            _ => {
                out.push(character);
                continue;
            }
        }
        characters.next();
    }
    values
}

fn show(out: &mut String, value: &Value) {
    match value {
        Value::Array(items) => {
            out.push('[');
            show_list(out, items);
            out.push(']');
        }
        Value::Object(members) => {
            if let Some((key, inner)) = members.iter().next()
                && members.len() == 1
                && let Some(kind) = key.strip_prefix('$')
            {
                return show_special(out, kind, inner);
            }
            let mut separator = "";
            out.push('{');
            for (key, inner) in members {
                let _ = write!(out, "{separator}{}: ", key_text(key));
                show(out, inner);
                separator = ", ";
            }
            out.push('}');
        }
        plain => {
            let _ = write!(out, "{plain}");
        }
    }
}

fn show_list(out: &mut String, items: &[Value]) {
    for (place, item) in items.iter().enumerate() {
        if place > 0 {
            out.push_str(", ");
        }
        show(out, item);
    }
}

fn key_text(key: &str) -> String {
    let plain = !key.is_empty()
        && !key.starts_with(|c: char| c.is_ascii_digit())
        && key.chars().all(|c| c.is_alphanumeric() || c == '_' || c == '$');
    if plain { key.to_owned() } else { Value::from(key).to_string() }
}

/// What JSON lacks, described as an object with one member.
fn show_special(out: &mut String, kind: &str, inner: &Value) {
    let text = inner.as_str().unwrap_or_default();
    let _ = match (kind, inner) {
        ("undefined", _) => write!(out, "undefined"),
        ("hole", _) => write!(out, "<empty>"),
        ("number" | "symbol" | "RegExp" | "Date", _) => write!(out, "{text}"),
        ("bigint", _) => write!(out, "{text}n"),
        ("function", _) if text.is_empty() => write!(out, "function"),
        ("function", _) => write!(out, "function {text}"),
        ("getter", _) => write!(out, "<getter>"),
        ("cycle", _) => write!(out, "<cycle>"),
        ("deep", _) => write!(out, "…"),
        ("more", count) => write!(out, "… {count} more"),
        ("Port", _) => write!(out, "Port({inner})"),
        ("Error", error) => {
            let part = |key| error.get(key).and_then(Value::as_str).unwrap_or_default();
            match (part("name"), part("message")) {
                (name, "") => write!(out, "{name}"),
                (name, message) => write!(out, "{name}: {message}"),
            }
        }
        ("Map", Value::Array(pairs)) => {
            out.push_str("Map {");
            for (place, pair) in pairs.iter().enumerate() {
                out.push_str(if place > 0 { ", " } else { "" });
                show(out, pair.get(0).unwrap_or(&Value::Null));
                out.push_str(" => ");
                show(out, pair.get(1).unwrap_or(&Value::Null));
            }
            write!(out, "}}")
        }
        (_, Value::Array(items)) => {
            let _ = write!(out, "{kind} [");
            show_list(out, items);
            write!(out, "]")
        }
        (_, Value::Bool(true)) => write!(out, "{kind}"),
        (_, other) => write!(out, "{kind}({other})"),
    };
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn values_read_as_in_a_console() {
        for (args, expected) in [
            (json!(["a", 1, "b"]), "a 1 b"),
            (
                json!([{"greeting": "hi", "n-x": {"$undefined": true}}]),
                r#"{greeting: "hi", "n-x": undefined}"#,
            ),
            (json!(["%s is %d%%", "it", 5, "more"]), "it is 5% more"),
            (json!(["100%"]), "100%"),
            (json!([{"$Map": [["k", 1]]}, {"$Set": [1]}]), r#"Map {"k" => 1} Set [1]"#),
            (json!([{"$Error": {"name": "TypeError", "message": "no"}}]), "TypeError: no"),
            (json!([{"$bigint": "12"}, {"$number": "NaN"}]), "12n NaN"),
            (json!([]), ""),
        ] {
            let args = args.as_array().expect("arguments").clone();
            assert_eq!(console_line(&args), expected);
        }
    }
}
