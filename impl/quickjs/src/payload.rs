//! Messages on their way: text that the receiving context turns into values of its own.

use std::sync::Arc;

use serde_json::{Map, Value};
use worldport::PayloadCodec;

use crate::label::ContextLabel;

/// How deep a message is shown in events.
const SHOWN_DEPTH: usize = 8;
/// Messages longer than this are not shown.
const SHOWN_BYTES: usize = 100_000;

/// A message, written down. Cheap to copy to several receivers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Payload {
    serial: u32,
    text: Arc<str>,
    from: ContextLabel,
    role: Role,
    codec: PayloadCodec,
}

/// What a message is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// A message, or a reply.
    Message,
    /// The text of the error with which a listener's promise was rejected.
    Rejection,
}

impl Payload {
    pub(crate) fn new(
        serial: u32,
        text: &str,
        from: ContextLabel,
        role: Role,
        codec: PayloadCodec,
    ) -> Self {
        Self { serial, text: text.into(), from, role, codec }
    }

    /// The message's number, which no other message of the host has.
    #[must_use]
    pub fn serial(&self) -> u32 {
        self.serial
    }

    /// As written down by the extension's codec.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The context whose script sent it.
    #[must_use]
    pub fn from(&self) -> &ContextLabel {
        &self.from
    }

    /// What it is for.
    #[must_use]
    pub fn role(&self) -> Role {
        self.role
    }

    /// The message as events show it.
    pub(crate) fn shown(&self) -> Value {
        if self.text.len() > SHOWN_BYTES {
            return serde_json::json!({ "$bytes": self.text.len() });
        }
        match (parse_lenient(&self.text), self.codec) {
            (None, _) => serde_json::json!({ "$bytes": self.text.len() }),
            (Some(Value::Array(nodes)), PayloadCodec::StructuredClone) => {
                Table { nodes: &nodes }.root()
            }
            (Some(value), _) => value,
        }
    }
}

impl worldport::Payload for Payload {
    fn bytes(&self) -> usize {
        self.text.len()
    }
}

/// Parses what the JavaScript side wrote. A lone surrogate is legal in a script's text but not in
/// Rust's: it becomes the replacement character.
pub(crate) fn parse_lenient(text: &str) -> Option<Value> {
    serde_json::from_str(text).or_else(|_| serde_json::from_str(&without_surrogates(text))).ok()
}

fn without_surrogates(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('\\') {
        out.push_str(&rest[..at]);
        let escape = &rest[at..];
        let surrogate = escape.len() >= 6
            && escape.is_char_boundary(6)
            && matches!(escape.as_bytes()[1..3], [b'u', b'd' | b'D'])
            && matches!(escape.as_bytes()[3], b'8'..=b'9' | b'a'..=b'f' | b'A'..=b'F');
        let length = match (surrogate, escape.chars().nth(1)) {
            (true, _) => 6,
            (false, Some(next)) => 1 + next.len_utf8(),
            (false, None) => 1,
        };
        out.push_str(if surrogate { "\\ufffd" } else { &escape[..length] });
        rest = &escape[length..];
    }
    out + rest
}

/// The table of nodes that the structured clone is written as.
struct Table<'a> {
    nodes: &'a [Value],
}

impl Table<'_> {
    fn root(&self) -> Value {
        let special = self.nodes.first().and_then(|node| node.get(0)).and_then(Value::as_str);
        match special {
            Some("u" | "n" | "i") => Self::special(&self.nodes[0]),
            _ => self.node(0, 0),
        }
    }

    fn special(item: &Value) -> Value {
        let text = item.get(1).cloned().unwrap_or_default();
        match item.get(0).and_then(Value::as_str) {
            Some("n") => serde_json::json!({ "$number": text }),
            Some("i") => serde_json::json!({ "$bigint": text }),
            _ => serde_json::json!({ "$undefined": true }),
        }
    }

    fn item(&self, item: &Value, depth: usize) -> Value {
        let Value::Array(parts) = item else { return item.clone() };
        match parts.first().and_then(Value::as_u64) {
            Some(place) => self.node(usize::try_from(place).unwrap_or(usize::MAX), depth),
            None => Self::special(item),
        }
    }

    fn node(&self, place: usize, depth: usize) -> Value {
        let Some(Value::Array(node)) = self.nodes.get(place) else { return Value::Null };
        if depth >= SHOWN_DEPTH {
            return serde_json::json!({ "$deep": true });
        }
        let items = || node[1..].iter().map(|item| self.item(item, depth + 1));
        let text = |at: usize| node.get(at).and_then(Value::as_str).unwrap_or_default();
        match text(0) {
            "o" => Value::Object(self.members(&node[1..], depth)),
            "l" => Value::Array(items().collect()),
            "a" => self.sparse(node, depth),
            "m" => {
                let flat: Vec<Value> = items().collect();
                serde_json::json!({ "$Map": flat.chunks(2).collect::<Vec<_>>() })
            }
            "s" => serde_json::json!({ "$Set": items().collect::<Vec<_>>() }),
            "d" => serde_json::json!({ "$Date": date_text(node.get(1).and_then(Value::as_f64)) }),
            "r" => serde_json::json!({ "$RegExp": format!("/{}/{}", text(1), text(2)) }),
            "e" => serde_json::json!({ "$Error": { "name": text(1), "message": text(2) } }),
            "b" => serde_json::json!({ "$ArrayBuffer": text(1).len() / 2 }),
            "t" => serde_json::json!({ format!("${}", text(1)): node.get(4) }),
            "f" => serde_json::json!({ "$Blob": text(1).len() }),
            "x" => items().next().unwrap_or_default(),
            _ => Value::Null,
        }
    }

    fn members(&self, flat: &[Value], depth: usize) -> Map<String, Value> {
        let pairs = flat.chunks_exact(2);
        pairs
            .filter_map(|pair| Some((pair[0].as_str()?.to_owned(), self.item(&pair[1], depth + 1))))
            .collect()
    }

    /// An array with holes or named members: the items that are there, up to a hundred places.
    fn sparse(&self, node: &[Value], depth: usize) -> Value {
        let length = node.get(1).and_then(Value::as_u64).unwrap_or(0);
        let members = self.members(node.get(2..).unwrap_or_default(), depth);
        let hole = || serde_json::json!({ "$hole": true });
        let shown = length.min(100);
        let item = |place: u64| members.get(&place.to_string()).cloned().unwrap_or_else(hole);
        let mut items: Vec<Value> = (0..shown).map(item).collect();
        if length > shown {
            items.push(serde_json::json!({ "$more": length - shown }));
        }
        Value::Array(items)
    }
}

/// A time in milliseconds since 1970 as ISO text (the civil calendar from days, after Howard
/// Hinnant).
fn date_text(milliseconds: Option<f64>) -> String {
    let Some(milliseconds) = milliseconds else { return "Invalid Date".to_owned() };
    let whole = milliseconds.trunc() as i64;
    let (days, time) = (whole.div_euclid(86_400_000), whole.rem_euclid(86_400_000));
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let day_of_era = shifted.rem_euclid(146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_shifted = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_shifted + 2) / 5 + 1;
    let month = if month_shifted < 10 { month_shifted + 3 } else { month_shifted - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    let (hour, minute) = (time / 3_600_000, time / 60_000 % 60);
    let (second, millisecond) = (time / 1000 % 60, time % 1000);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{millisecond:03}Z")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn cloned(text: &str) -> Payload {
        let codec = PayloadCodec::StructuredClone;
        Payload::new(1, text, ContextLabel::Background, Role::Message, codec)
    }

    #[test]
    fn messages_are_shown_as_what_they_hold() {
        for (text, expected) in [
            (r#""hi""#, json!("hi")),
            (r#"[["u"]]"#, json!({"$undefined": true})),
            (
                r#"[["o","a",1,"b",["n","NaN"],"c",[1]],["l",true,null]]"#,
                json!({"a": 1, "b": {"$number": "NaN"}, "c": [true, null]}),
            ),
            (r#"[["d",0]]"#, json!({"$Date": "1970-01-01T00:00:00.000Z"})),
            (r#"[["m","k",1]]"#, json!({"$Map": [["k", 1]]})),
            (r#"[["a",3,"0",1,"2",3]]"#, json!([1, {"$hole": true}, 3])),
            (r#""a\ud800\\ud800""#, json!("a\u{fffd}\\ud800")),
        ] {
            assert_eq!(cloned(text).shown(), expected, "{text}");
        }
    }

    #[test]
    fn cycles_and_broken_tables_are_shown_too() {
        for text in
            [r#"[["o","self",[0]]]"#, r#"[[9]]"#, "[]", r#"[["l",[7]]]"#, "[[", r#"[["a"]]"#]
        {
            cloned(text).shown();
        }
    }
}
