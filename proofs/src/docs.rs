//! Pages of the book that are rendered from code, so that they cannot say anything else.
//!
//! A test compares each page with its file under `docs/src` and fails when the file is stale. The
//! sentences about rule choices stand once, in the doc comments of `model/src/rules.rs`; the
//! choices themselves are read from the constants.

use std::fmt::{Debug, Write as _};

use worldport_model::invariant::{Kind, TABLE};
use worldport_model::{Profile, Rules};

use crate::faults::matrix::{self, Matrix};
use crate::graph::ledger;
use crate::machine::{Bounds, shapes};
use crate::spin;

/// What says in words what each choice means.
const RULES_SOURCE: &str = include_str!("../../model/src/rules.rs");

/// The command that rewrites the pages.
pub const BLESS: &str = "WORLDPORT_BLESS=1 cargo test -p worldport-proofs --test docs_fresh";

/// The code of the embedding guide, compiled and run as doctests.
#[cfg(doctest)]
#[doc = include_str!("../../docs/src/embedding.md")]
#[derive(Debug)]
pub struct EmbeddingGuide;

/// The code of the front page, likewise.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
#[derive(Debug)]
pub struct Readme;

/// `docs/src/bounds.md`: the machines that are explored, and how far they go.
#[must_use]
pub fn bounds_page() -> String {
    let mut page = begin("Shapes and bounds");
    page.push_str(
        "Each shape is a machine of its own, explored to the end. `worldport check --bounds` says \
         which: `small` takes those that are quick, `default` all but the largest, `large` all of \
         them; the second column is the first of the three that has a shape. The numbers say how \
         many of each there may be at once. Messages are those in flight in one direction of a \
         channel; listeners are those that come and go at one event of one context, or of one \
         port.\n\n",
    );
    let columns = [
        "shape",
        "from",
        "what it has much of",
        "extensions",
        "documents",
        "pages",
        "channels",
        "messages",
        "requests",
        "listeners",
        "at a port",
    ];
    line(&mut page, &columns);
    line(&mut page, &["---"; 11]);
    for shape in shapes(Bounds::Large) {
        let cells = [
            format!("`{}`", shape.name),
            first_bounds(shape.name).to_owned(),
            shape.about.to_owned(),
            shape.extensions.to_string(),
            shape.documents.to_string(),
            shape.pages.to_string(),
            shape.channels.to_string(),
            shape.messages.to_string(),
            shape.requests.to_string(),
            shape.listeners.to_string(),
            shape.port_listeners.to_string(),
        ];
        line(&mut page, &cells);
    }
    page
}

/// `docs/src/any-size.md`: what is proved for any size.
#[must_use]
pub fn any_size_page() -> String {
    crate::inductive::report::page(&begin("Proved for any size"))
}

/// `docs/src/ledger.md`: how large each machine is.
#[must_use]
pub fn ledger_page(
    rows: &[ledger::Row],
    large: &[ledger::Row],
    spin: &spin::ledger::Ledger,
) -> String {
    let mut page = ledger::page(begin("Ledger of states"), rows, large);
    spin::ledger::section(&mut page, spin);
    page
}

/// `docs/src/claims.md`: what is shown, how far, and by which command.
///
/// # Errors
///
/// If a ledger that it takes figures from cannot be read.
pub fn claims_page() -> Result<String, String> {
    crate::claims::page(begin("What is shown, and how far"))
}

/// `docs/src/faults.md`: which fault is noticed by what.
#[must_use]
pub fn faults_page(matrix: &Matrix) -> String {
    matrix::page(begin("Faults and what notices them"), matrix)
}

/// The smallest bounds that have a shape.
fn first_bounds(name: &str) -> &'static str {
    let within = |bounds| shapes(bounds).iter().any(|shape| shape.name == name);
    if within(Bounds::Small) {
        "small"
    } else if within(Bounds::Default) {
        "default"
    } else {
        "large"
    }
}

/// `docs/src/invariants.md`: the table of invariants.
#[must_use]
pub fn invariants_page() -> String {
    let mut page = begin("Invariants");
    page.push_str(
        "One table says what must hold. The checker, the lockstep and this page read it.\n\n\
         A **safety** invariant says that something bad never happens. A **liveness** invariant \
         says that something good happens in the end, if the scheduler is fair: every context is \
         dispatched again and again, every listener returns, every starting background starts. \
         Each invariant has a **witness**: a kind of step that puts it to the test. An invariant \
         that holds without a witness in sight has shown nothing, and the check says so. See [How \
         the checks work](proofs.md).\n\n\
         A comment in the code that keeps an invariant names it in brackets, as `[S3]`. A test \
         knows every such tag.\n\n\
         | id | kind | what it says | witness |\n| --- | --- | --- | --- |\n",
    );
    for row in &TABLE {
        let kind = match row.kind {
            Kind::Liveness => "liveness",
            Kind::Safety => "safety",
        };
        line(&mut page, &[row.id, kind, row.sentence, row.witnessed_by]);
    }
    page
}

/// `docs/src/rules.md`: what each profile chooses, and what each choice means.
#[must_use]
pub fn rules_page() -> String {
    let mut page = begin("Rules by profile");
    page.push_str(
        "A profile is a constant made of named choices. Nothing in the code asks which browser it \
         plays; it asks for one choice. `standard` is the default, and the profile that is \
         checked. `chromium` and `firefox` say what Chromium 156 and Firefox 153 ESR were recorded \
         to do; they are not yet confirmed by replaying the recordings.\n\n",
    );
    heading(&mut page, &["rule"], &["scenarios", "what it is about"]);
    let choices = choices();
    for choice in &choices {
        let mut cells = vec![format!("[{}](#{})", choice.name, choice.name.to_lowercase())];
        cells.extend(choice.values.iter().map(|value| format!("`{value}`")));
        cells.push(scenarios_of(&choice.about));
        cells.push(without_scenarios(&choice.about));
        line(&mut page, &cells);
    }

    page.push_str(
        "\n## Limits\n\nLimits that browsers have. The router has more of its own, and the smaller \
         counts.\n\n",
    );
    heading(&mut page, &["limit"], &["scenarios", "what is counted"]);
    for limit in limits() {
        let about = without_scenarios(&limit.about);
        let mut cells = vec![format!("`{}`", limit.name)];
        cells.extend(limit.values.iter().cloned());
        cells.push(scenarios_of(&limit.about));
        cells.push(about);
        line(&mut page, &cells);
    }

    page.push_str("\n## What each choice means\n");
    for choice in &choices {
        section(&mut page, choice);
    }
    page
}

/// One thing that browsers disagree on.
pub(crate) struct Choice {
    pub(crate) name: &'static str,
    /// What each profile chooses, in the order of [`Profile::ALL`].
    pub(crate) values: Vec<String>,
    /// Its doc comment.
    pub(crate) about: String,
}

macro_rules! choices {
    ($($field:ident: $choice:ident),* $(,)?; $($limit:ident),* $(,)?) => {
        /// Every field of the rules is named here, so a new one without a row does not compile.
        #[allow(dead_code, reason = "it is compiled, never called")]
        const fn every_field_has_a_row(rules: Rules) {
            let Rules { $($field: _,)* $($limit: _,)* } = rules;
        }

        pub(crate) fn choices() -> Vec<Choice> {
            vec![$(
                choice(
                    stringify!($choice),
                    concat!("    ", stringify!($choice), " {"),
                    |rules| format!("{:?}", rules.$field),
                ),
            )*]
        }

        fn model_limits() -> Vec<Choice> {
            vec![$(
                choice(
                    stringify!($limit),
                    concat!("    pub ", stringify!($limit), ":"),
                    |rules| limit(rules.$limit),
                ),
            )*]
        }
    };
}

choices! {
    cache_entry: CacheEntry,
    error_place: ErrorPlace,
    failed_connect: FailedConnect,
    held: Held,
    inheritance: Inheritance,
    listener_throw: ListenerThrow,
    listeners_after_close: ListenersAfterClose,
    omitted_member: OmittedMember,
    payload_codec: PayloadCodec,
    receiver_death: ReceiverDeath,
    receiver_disconnect: ReceiverDisconnect,
    removed_during_dispatch: RemovedDuringDispatch,
    revocation: Revocation,
    silent_answer: SilentAnswer,
    unload: Unload,
    withdrawal: Withdrawal,
    world_id_length: WorldIdLength,
    world_overflow: WorldOverflow;
    configured_worlds,
    worlds_per_document,
}

fn choice(name: &'static str, declaration: &str, value: fn(&Rules) -> String) -> Choice {
    let values = Profile::ALL.iter().map(|profile| value(profile.rules())).collect();
    Choice { name, values, about: doc_comment(declaration) }
}

/// The limits of the model, and the one on message size, which only the router can apply.
pub(crate) fn limits() -> Vec<Choice> {
    let mut limits = model_limits();
    let router =
        [&worldport::Rules::STANDARD, &worldport::Rules::CHROMIUM, &worldport::Rules::FIREFOX];
    limits.push(Choice {
        name: "message_bytes",
        values: router.iter().map(|rules| limit(rules.message_bytes)).collect(),
        about:
            "Bytes of one message; the model sees no bytes, the router counts them (`m3_large`, \
                `m6_huge`)."
                .to_owned(),
    });
    limits
}

fn limit(limit: Option<impl Debug>) -> String {
    limit.map_or_else(|| "none".to_owned(), |limit| format!("{limit:?}"))
}

/// The doc comment directly above the line that begins so.
fn doc_comment(declaration: &str) -> String {
    let mut words = Vec::new();
    for line in RULES_SOURCE.lines() {
        if line.starts_with(declaration) {
            return words.join(" ");
        }
        match line.trim().strip_prefix("/// ") {
            Some(text) => words.push(text),
            None => words.clear(),
        }
    }
    panic!("`{declaration}` is not in model/src/rules.rs")
}

/// The variants of a choice, each with its doc comment.
fn variants(choice: &str) -> Vec<(&'static str, String)> {
    let declaration = format!("    {choice} {{");
    let body = RULES_SOURCE.lines().skip_while(|line| !line.starts_with(&declaration)).skip(1);
    let mut variants = Vec::new();
    let mut words = Vec::new();
    for line in body.take_while(|line| !line.starts_with("    }")) {
        match line.trim().strip_prefix("/// ") {
            Some(text) => words.push(text),
            None => {
                variants.push((line.trim().trim_end_matches(','), words.join(" ")));
                words.clear();
            }
        }
    }
    variants
}

fn section(page: &mut String, choice: &Choice) {
    let about = without_scenarios(&choice.about);
    write(page, format_args!("\n### {}\n\n{about}\n\n", choice.name));
    for (variant, meaning) in variants(choice.name) {
        let chosen = Profile::ALL.iter().zip(&choice.values).filter(|(_, value)| *value == variant);
        let by: Vec<&str> = chosen.map(|(profile, _)| profile.name()).collect();
        let by = if by.is_empty() { "no profile".to_owned() } else { by.join(", ") };
        write(page, format_args!("* `{variant}` ({by}): {meaning}\n"));
    }
}

/// The scenarios that a doc comment cites.
pub(crate) fn scenarios_of(about: &str) -> String {
    let cited = citation(about).map_or("", |(_, inside, _)| inside);
    cited.to_owned()
}

/// A doc comment without the brackets in which it cites scenarios.
pub(crate) fn without_scenarios(about: &str) -> String {
    match citation(about) {
        Some((before, _, after)) => format!("{}{after}", before.trim_end()),
        None => about.to_owned(),
    }
}

/// What is before, inside and after the brackets in which a doc comment cites scenarios.
fn citation(about: &str) -> Option<(&str, &str, &str)> {
    let (before, rest) = about.split_once("(`")?;
    let (inside, after) = rest.split_once("`)")?;
    let start = before.len() + 1;
    let end = start + inside.len() + 2;
    Some((before, &about[start..end], after))
}

/// The top of a page.
pub(crate) fn begin(title: &str) -> String {
    format!(
        "<!-- Rendered by proofs/src/docs.rs. Do not edit: change the code, then run `{BLESS}`. \
         -->\n# {title}\n\n"
    )
}

fn heading(page: &mut String, before: &[&str], after: &[&str]) {
    let profiles: Vec<&str> = Profile::ALL.iter().map(|profile| profile.name()).collect();
    let cells = [before, &profiles, after].concat();
    line(page, &cells);
    line(page, &vec!["---"; cells.len()]);
}

/// A line of a table. A bar inside a cell would end it.
pub(crate) fn line(page: &mut String, cells: &[impl AsRef<str>]) {
    for cell in cells {
        write(page, format_args!("| {} ", cell.as_ref().replace('|', "\\|")));
    }
    page.push_str("|\n");
}

pub(crate) fn write(page: &mut String, text: std::fmt::Arguments<'_>) {
    page.write_fmt(text).expect("a string takes any text");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_choice_of_a_profile_has_its_meaning_and_its_scenarios() {
        for choice in choices() {
            let variants = variants(choice.name);
            assert!(variants.len() > 1, "{} is no choice", choice.name);
            assert!(variants.iter().all(|(_, meaning)| !meaning.is_empty()), "{}", choice.name);
            for value in &choice.values {
                let known = variants.iter().any(|(variant, _)| variant == value);
                assert!(known, "{} has no {value}", choice.name);
            }
            assert!(!scenarios_of(&choice.about).is_empty(), "{} cites nothing", choice.name);
            assert!(!without_scenarios(&choice.about).contains("(`"), "{}", choice.about);
        }
    }

    #[test]
    fn every_shape_is_a_row_of_its_page() {
        let page = bounds_page();
        for shape in shapes(Bounds::Large) {
            assert!(page.contains(&format!("\n| `{}` |", shape.name)), "{} is missing", shape.name);
        }
    }

    #[test]
    fn every_invariant_is_a_row_of_its_page() {
        let page = invariants_page();
        for row in &TABLE {
            assert!(page.contains(&format!("\n| {} |", row.id)), "{} is missing", row.id);
        }
    }
}
