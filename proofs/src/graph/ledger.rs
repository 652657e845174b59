//! The figures of every graph, kept in a file so that a change of meaning shows in its difference.
//!
//! The checker and the graph are both held to it, each by its own tests: that is how the two are compared
//! without exploring everything twice in one place.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use worldport_model::Profile;

use super::Graph;
use crate::docs::{line, write as add};
use crate::explorer::Explored;
use crate::kept;
use crate::machine::{Bounds, Shape, shapes};

/// The command that makes every row.
pub const BLESS: &str = "WORLDPORT_BLESS=1 cargo test -p worldport-proofs --test graph";

/// The command that does so with the checker beside it, which must agree.
pub const COMMAND: &str = "cargo run --release -p worldport-proofs --example ledger -- --write";

/// The command that explores the machines of the large bounds alone and compares them with their own ledger;
/// with `--write` it makes that ledger.
pub const LARGE: &str = "cargo run --release -p worldport-proofs --example large";

/// What one graph comes to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Row {
    /// The rules.
    pub profile: String,
    /// The shape.
    pub shape: String,
    /// Different states.
    pub states: usize,
    /// Steps that lead somewhere.
    pub edges: usize,
    /// Actions that were refused, over all states.
    pub refused: usize,
    /// The longest of the shortest paths, counted in states.
    pub depth: usize,
    /// Bytes of all packed states, records that they share not counted.
    pub bytes: usize,
    /// How long it took once, somewhere: not compared.
    pub about_seconds: u64,
}

impl Row {
    /// The row of a graph.
    #[must_use]
    pub fn of(graph: &Graph, profile: Profile, about_seconds: u64) -> Self {
        Self {
            profile: profile.name().to_owned(),
            shape: graph.shape.name.to_owned(),
            states: graph.len(),
            edges: graph.steps.edge_count(),
            refused: graph.refused,
            depth: graph.depth,
            bytes: graph.words() * size_of::<u32>(),
            about_seconds,
        }
    }

    /// The row of a machine that is too large for a graph, by the explorer.
    #[must_use]
    pub fn of_large(shape: &Shape, found: &Explored, profile: Profile) -> Self {
        Self {
            profile: profile.name().to_owned(),
            shape: shape.name.to_owned(),
            states: found.states,
            edges: found.edges,
            refused: found.refused,
            depth: found.depth,
            bytes: found.bytes,
            about_seconds: found.elapsed.as_secs_f64().round() as u64,
        }
    }

    /// What another run of the explorer must find again. How many bytes states take depends there on which
    /// thread was first to find a record.
    #[must_use]
    pub fn counted(&self) -> Self {
        Self { about_seconds: 0, bytes: 0, ..self.clone() }
    }

    /// What another run must find again.
    #[must_use]
    pub fn exact(&self) -> Self {
        Self { about_seconds: 0, ..self.clone() }
    }
}

/// Where the ledger is.
#[must_use]
pub fn path() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("ledger.json")
}

/// Where the ledger of the large machines is. No test compares it: that takes too long. The example that
/// [`LARGE`] runs does.
#[must_use]
pub fn large_path() -> PathBuf {
    path().with_file_name("ledger-large.json")
}

/// Every row that is in the file; none if there is no file.
///
/// # Errors
///
/// If the file is not a ledger.
pub fn read() -> Result<Vec<Row>, serde_json::Error> {
    read_from(&path())
}

/// The same of another file.
///
/// # Errors
///
/// If the file is not a ledger.
pub fn read_from(path: &Path) -> Result<Vec<Row>, serde_json::Error> {
    let text = std::fs::read_to_string(path).unwrap_or_else(|_| "[]".to_owned());
    serde_json::from_str(&text)
}

/// The row of a machine.
///
/// # Errors
///
/// If there is none, or no ledger.
pub fn row(profile: Profile, shape: &Shape) -> Result<Row, String> {
    let rows = read().map_err(|error| error.to_string())?;
    let found = rows.into_iter().find(|it| it.profile == profile.name() && it.shape == shape.name);
    found.ok_or_else(|| format!("no row for {} in {}: run `{BLESS}`", shape.name, profile.name()))
}

/// Puts a row into the file, in the order of profiles and shapes.
///
/// # Errors
///
/// If the file is not a ledger or cannot be written.
pub fn write(row: Row) -> Result<(), String> {
    write_to(&path(), row)
}

/// The same with another file.
///
/// # Errors
///
/// If the file is not a ledger or cannot be written.
pub fn write_to(path: &Path, row: Row) -> Result<(), String> {
    let mut rows = read_from(path).map_err(|error| error.to_string())?;
    rows.retain(|it| (&it.profile, &it.shape) != (&row.profile, &row.shape));
    rows.push(row);
    rows.sort_by_key(|row| {
        let profile = Profile::ALL.iter().position(|it| it.name() == row.profile);
        let shape = shapes(Bounds::Large).iter().position(|it| it.name == row.shape);
        (profile, shape)
    });
    kept::write(path, &rows)
}

/// The page of the book, below its title.
#[must_use]
pub(crate) fn page(mut page: String, rows: &[Row], large: &[Row]) -> String {
    let counted = |it: fn(&Row) -> usize| rows.iter().map(it).sum::<usize>();
    add(
        &mut page,
        format_args!(
            "Every machine of [the default bounds](bounds.md) has been explored to the end by a search \
             that keeps every state whole and every step: {} states and {} steps in all. The tests hold \
             the checker, which shares nothing with that search but the machine, to every row of \
             `standard` and to the small ones of the others.\n\n\
             States are those of the model with [the history](proofs.md#what-is-judged) of the \
             checks, so that a state of the model stands here as often as it has different pasts. \
             Depth is counted in states, on shortest paths. Bytes are those of one packed state, on \
             average; the records that states share come on top. Refused are the actions that were \
             tried and led nowhere. Seconds are those of one run and are not compared; all else \
             is.\n\n\
             `{}` makes every row again. `{}` does so with the checker beside it.\n\n",
            counted(|row| row.states),
            counted(|row| row.edges),
            BLESS,
            COMMAND,
        ),
    );
    table(&mut page, rows);
    if !large.is_empty() {
        add(
            &mut page,
            format_args!(
                "\n## Large machines\n\nThe machines that only the large bounds have are explored by \
                 [the explorer](proofs.md#the-explorer), which keeps states whole and no steps: {} states \
                 and {} steps. No test compares these rows. `{}` does, and makes them again with `--write`. \
                 Bytes are here those of the packed states and of the table that finds them, and differ a \
                 little from run to run.\n\n",
                large.iter().map(|row| row.states).sum::<usize>(),
                large.iter().map(|row| row.edges).sum::<usize>(),
                LARGE,
            ),
        );
        table(&mut page, large);
    }
    page
}

fn table(page: &mut String, rows: &[Row]) {
    let columns =
        ["profile", "shape", "states", "steps", "refused", "depth", "bytes a state", "about"];
    line(page, &columns);
    line(page, &["---"; 8]);
    for row in rows {
        let cells = [
            row.profile.clone(),
            format!("`{}`", row.shape),
            row.states.to_string(),
            row.edges.to_string(),
            row.refused.to_string(),
            row.depth.to_string(),
            (row.bytes / row.states).to_string(),
            format!("{} s", row.about_seconds),
        ];
        line(page, &cells);
    }
}
