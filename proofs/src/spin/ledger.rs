//! The figures that Spin gave, kept in a file: the tests hold the model to them without Spin.
//!
//! They are Spin's, never the model's: only the command that runs Spin writes them, and it does so only if
//! the model agrees. The file says which text they are of, so that a description that was changed since
//! is noticed.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::bounds::{BOUNDS, Bound, FAULTS, Fault};
use super::{Count, run, view};
use crate::docs::{line, write as add};
use crate::kept;

/// The command that compares.
pub const COMMAND: &str = "cargo run --release -p worldport-proofs --example spin";

/// What Spin said.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ledger {
    /// The version of Spin.
    pub spin: String,
    /// The digest of the description.
    pub description: String,
    /// A row for each bound and each fault.
    pub rows: Vec<Row>,
}

/// What one search came to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Row {
    /// The bound.
    pub bound: String,
    /// The fault that was switched on.
    pub fault: Option<String>,
    /// Different states.
    pub states: u64,
    /// Steps.
    pub steps: u64,
    /// The sum of the digests of all steps, in base sixteen.
    pub digest: String,
}

impl Row {
    /// The row of a search.
    #[must_use]
    pub fn of(bound: &Bound, fault: Option<&Fault>, count: Count) -> Self {
        Self {
            bound: bound.name.to_owned(),
            fault: fault.map(|fault| fault.name.to_owned()),
            states: count.states,
            steps: count.steps,
            digest: hex(count.digest),
        }
    }
}

/// The searches that there are rows of: each bound, and each fault at its bound.
pub fn searches() -> impl Iterator<Item = (&'static Bound, Option<&'static Fault>)> {
    let faults = FAULTS.iter().filter_map(|fault| {
        let bound = super::bounds::by_name(fault.bound)?;
        Some((bound, Some(fault)))
    });
    BOUNDS.iter().map(|bound| (bound, None)).chain(faults)
}

impl Ledger {
    /// An empty ledger of the description as it is now.
    #[must_use]
    pub fn new(spin: String) -> Self {
        Self { spin, description: hex(view::of_text(run::DESCRIPTION)), rows: Vec::new() }
    }

    /// Whether it is of the description as it is now.
    #[must_use]
    pub fn is_fresh(&self) -> bool {
        self.description == hex(view::of_text(run::DESCRIPTION))
    }

    /// The row of a search.
    #[must_use]
    pub fn row(&self, bound: &Bound, fault: Option<&Fault>) -> Option<&Row> {
        let fault = fault.map(|fault| fault.name);
        self.rows.iter().find(|row| row.bound == bound.name && row.fault.as_deref() == fault)
    }

    /// The ledger in the file.
    ///
    /// # Errors
    ///
    /// If there is none.
    pub fn read() -> Result<Self, String> {
        kept::read(&path())
    }

    /// Replaces the file.
    ///
    /// # Errors
    ///
    /// If it cannot be written.
    pub fn write(&self) -> Result<(), String> {
        kept::write(&path(), self)
    }
}

/// Where the ledger is.
#[must_use]
pub fn path() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("spin/ledger.json")
}

fn hex(digest: u64) -> String {
    format!("{digest:016x}")
}

/// The section of the book.
pub(crate) fn section(page: &mut String, ledger: &Ledger) {
    add(
        page,
        format_args!(
            "\n## Beside Spin\n\n\
             `proofs/spin/worldport.pml` describes the channels of user scripts a second time, in \
             Promela: written from [the semantics](semantics-standard.md), with data of its own and no \
             code in common with the model. Its header says what is in it and what is not. {} explored \
             it, keeping every state whole, and counted what the model comes to with the same actions \
             under `standard`. A state is one of the model without the history. A step is an action \
             that is accepted in a state; Spin's *transitions* are steps and, once, the arrival at the \
             first state. The digest is the sum of 64 bits of every step, its state before, its action \
             and its state after, as the Promela description writes them: the graphs are the same, \
             and not only as large.\n\n\
             `{COMMAND}` has Spin explore all but the large bounds and all faults, and compares; it \
             needs `spin` and `gcc`, and says so if they are missing. With `-- --all` it takes the large \
             ones too, and with `-- --write` it also makes this table. `cargo test` holds the model to \
             the table, the large bounds left out.\n\n",
            ledger.spin,
        ),
    );
    let columns = ["bound", "what is in it", "states", "steps", "digest"];
    line(page, &columns);
    line(page, &["---"; 5]);
    for (bound, fault) in searches().filter(|(_, fault)| fault.is_none()) {
        let Some(row) = ledger.row(bound, fault) else { continue };
        let [states, steps] = [row.states, row.steps].map(|it| it.to_string());
        line(page, &[bound.name, &contents(bound), &states, &steps, &format!("`{}`", row.digest)]);
    }
    page.push_str(
        "\nEach of these faults, put into the Promela description alone, is told apart from the model. \
         Some only by the digest: a machine whose queues run backwards is as large as ours.\n\n",
    );
    line(page, &["fault", "bound", "states", "steps", "told apart by"]);
    line(page, &["---"; 5]);
    for (bound, fault) in searches() {
        let (Some(fault), Some(row)) = (fault, ledger.row(bound, fault)) else { continue };
        let same = ledger.row(bound, None).map(|it| (it.states, it.steps));
        let by = if same == Some((row.states, row.steps)) { "digest" } else { "counts" };
        let [states, steps] = [row.states, row.steps].map(|it| it.to_string());
        line(page, &[fault.about, bound.name, &states, &steps, by]);
    }
}

/// A bound in words: how many there are of what there is.
fn contents(bound: &Bound) -> String {
    let counted = [
        (bound.documents, "document", "documents"),
        (bound.worlds, "world", "worlds"),
        (bound.pages, "extension page", "extension pages"),
        (bound.channels, "channel", "channels"),
        (u32::try_from(bound.depth).unwrap_or(u32::MAX), "message in flight", "messages in flight"),
        (bound.values, "kind of message", "kinds of message"),
        (bound.listeners, "connect listener", "connect listeners"),
        (bound.on_message, "`onMessage` listener", "`onMessage` listeners"),
        (bound.on_disconnect, "`onDisconnect` listener", "`onDisconnect` listeners"),
    ];
    let mut words: Vec<String> = counted
        .iter()
        .filter(|(count, ..)| *count > 0)
        .map(|&(count, one, many)| format!("{count} {}", if count == 1 { one } else { many }))
        .collect();
    if bound.stops {
        words.push("the background stops".to_owned());
    }
    let large = if bound.large { "; large" } else { "" };
    words.join(", ") + large
}
