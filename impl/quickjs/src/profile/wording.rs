//! How a browser checks the arguments of its API, and how it says what is wrong with them.
//!
//! What each function takes is the same everywhere and stands in `js/schema.js`.

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
    /// A text that is none of those allowed: those, or in the style of schemas the text.
    pub choice: &'static str,
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
};
