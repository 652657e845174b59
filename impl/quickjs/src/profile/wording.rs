//! How a browser checks the arguments of its API, and how it says what is wrong with them.
//!
//! What each function takes stands in `js/schema.js` and is nearly the same everywhere; what is not,
//! is named here.

use serde::Serialize;

/// In which order arguments are checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ArgumentStyle {
    /// As a schema: an optional argument is skipped if the others fit without it; members are
    /// looked at in the schema's order, and unknown ones last (n1, l1 in Firefox).
    Schema,
    /// As a signature: an argument goes to the first parameter that takes it; members are looked
    /// at in the order of the value. Native functions convert their arguments one by one (n1, l1,
    /// e8 in Chromium).
    Signature,
}

/// The words of a refusal, from the outside in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Wording {
    /// The order of checking.
    pub style: ArgumentStyle,
    /// The whole: a signature and a reason, or in the style of schemas a reason and a call (E12).
    pub whole: &'static str,
    /// The reason when the arguments fit no order of parameters (E15).
    pub mismatch: &'static str,
    /// A parameter and what is wrong with it (E12).
    pub parameter: &'static str,
    /// A member, or a path of members, and what is wrong with it (E12).
    pub member: &'static str,
    /// An item of a list and what is wrong with it.
    pub index: &'static str,
    /// The kind that is expected and what was found (E12).
    pub kind: &'static str,
    /// An unknown member (E13).
    pub unexpected: &'static str,
    /// Several unknown members.
    pub unexpected_many: &'static str,
    /// A member that is not there.
    pub missing: &'static str,
    /// A text that is none of those allowed: those in alphabetical order (k10), or in the style of
    /// schemas the text.
    pub choice: &'static str,
    /// An object that is more than a plain one: its class. Where this is said of objects, members
    /// that a function answers for are not there at all (n4).
    pub not_plain: Option<&'static str>,
    /// Where a value may be one of several things, the words for that. Where there are such words,
    /// the sources and patterns of scripts are part of the schema, so a call with wrong ones
    /// throws; elsewhere it is rejected (k10).
    pub either: Option<Either>,
}

/// The words for a value that is none of several things (k10): what it has to be or do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Either {
    /// The whole: the value, if it is no object, and what it has to be or do.
    pub whole: &'static str,
    /// The same inside of another such list.
    pub nested: &'static str,
    /// What it has to be or do at a place below: the place and that.
    pub below: &'static str,
    /// The kind that is expected, with its article.
    pub kind: &'static str,
    /// The texts that are allowed.
    pub choice: &'static str,
    /// The pattern that a text has to match.
    pub pattern: &'static str,
    /// A member that is not there.
    pub missing: &'static str,
    /// An unknown member.
    pub unexpected: &'static str,
    /// Several unknown members.
    pub unexpected_many: &'static str,
    /// An object that is more than a plain one.
    pub not_plain: &'static str,
}

pub(super) const SCHEMA: Wording = Wording {
    style: ArgumentStyle::Schema,
    whole: "{} for {}.",
    mismatch: "Incorrect argument types",
    parameter: "Type error for parameter {} ({})",
    member: "Error processing {}: {}",
    index: "Error processing {}: {}",
    kind: "Expected {} instead of {}",
    unexpected: "Unexpected property \"{}\"",
    unexpected_many: "Unexpected properties: {}",
    missing: "Property \"{}\" is required",
    choice: "Invalid enumeration value {}",
    not_plain: None,
    either: None,
};

pub(super) const FIREFOX: Wording = Wording {
    not_plain: Some("Expected a plain JavaScript object, got a {}"),
    either: Some(Either {
        whole: "Value{} must either: {}",
        nested: "must either [{}]",
        below: ".{} must {}",
        kind: "be {} value",
        choice: "be one of [{}]",
        pattern: "match the pattern {}",
        missing: "contain the required \"{}\" property",
        unexpected: "not contain an unexpected \"{}\" property",
        unexpected_many: "not contain the unexpected properties [{}]",
        not_plain: "be a plain JavaScript object",
    }),
    ..SCHEMA
};

pub(super) const SIGNATURE: Wording = Wording {
    style: ArgumentStyle::Signature,
    whole: "Error in invocation of {}: {}",
    mismatch: "No matching signature.",
    parameter: "Error at parameter '{}': {}",
    member: "Error at property '{}': {}",
    index: "Error at index {}: {}",
    kind: "Invalid type: expected {}, found {}.",
    unexpected: "Unexpected property: '{}'.",
    unexpected_many: "Unexpected property: '{}'.",
    missing: "Missing required property '{}'.",
    choice: "Value must be one of {}.",
    not_plain: None,
    either: None,
};
