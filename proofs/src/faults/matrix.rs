//! The matrix: which fault is noticed by what, after how many steps.
//!
//! It is made anew by a test and compared with the file, so that neither a fault nor an invariant loses its
//! meaning unseen.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

use serde::{Deserialize, Serialize};
use worldport_model::invariant::{Kind, TABLE};
use worldport_model::{Action, Rules};

use super::model::PARTS;
use super::search::{Found, judge_model, judge_router, witnesses};
use super::{model, router, shapes};
use crate::docs::{line, write};
use crate::graph::Graph;
use crate::kept;
use crate::refinement::random::Standard;
use crate::refinement::tour::{Over, tour_of};

/// The command that makes the file and shows the matrix.
pub const COMMAND: &str = "cargo run --release -p worldport-proofs --example faults -- --write";

/// The machine that a router is toured through where nothing else notices its fault.
pub const TOURED: &str = "pocket";

/// The whole table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Matrix {
    /// The command that makes it.
    pub command: String,
    /// What each invariant notices.
    pub invariants: Vec<Invariant>,
    /// The faults of the model.
    pub model: Vec<Row>,
    /// The faults of the router.
    pub router: Vec<Row>,
}

/// What an invariant notices, and where it is put to the test.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Invariant {
    /// Its id.
    pub id: String,
    /// Faults of the model that break it.
    pub model: usize,
    /// Faults of the router that break it.
    pub router: usize,
    /// The machine in which its witness is nearest.
    pub witnessed_in: String,
    /// The fewest steps to that.
    pub witnessed_after: usize,
}

/// What notices a fault. Steps are counted without the set-up of the machine.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Row {
    /// The fault.
    pub fault: String,
    /// What it does wrong.
    pub sentence: String,
    /// The machine.
    pub shape: String,
    /// States of that machine with the fault; of a router, those in which it does as the model does.
    pub states: usize,
    /// By invariant, the fewest steps that break it.
    pub broken: BTreeMap<String, usize>,
    /// The fewest steps after which router and model part.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub refinement: Option<usize>,
    /// The steps of the tour on which they part, if nothing else notices it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub tour: Option<usize>,
}

impl Row {
    /// Whether anything notices it.
    #[must_use]
    pub fn is_killed(&self) -> bool {
        !self.broken.is_empty() || self.refinement.is_some() || self.tour.is_some()
    }

    /// Whether only the comparison of router and model does.
    #[must_use]
    pub fn is_refinement_only(&self) -> bool {
        self.broken.is_empty()
    }

    fn of(fault: &str, sentence: &str, found: &Found, tour: Option<usize>) -> Self {
        let steps = |(id, path): (&&str, &Vec<Action>)| ((*id).to_owned(), path.len());
        Self {
            fault: fault.to_owned(),
            sentence: sentence.to_owned(),
            shape: found.shape.name.to_owned(),
            states: found.states,
            broken: found.broken.iter().map(steps).collect(),
            refinement: found.parted.as_ref().map(Vec::len),
            tour,
        }
    }
}

/// The row of a fault of the model.
#[must_use]
pub fn model_row(fault: &model::Fault) -> Row {
    Row::of(fault.name, fault.sentence, &judge_model(fault), None)
}

/// The row of a fault of the router.
#[must_use]
pub fn router_row(fault: &router::Fault) -> Row {
    let found = judge_router(fault);
    let tour = if found.is_killed() { None } else { toured(fault) };
    Row::of(fault.name, fault.sentence, &found, tour)
}

/// The steps that a broken router takes on the tour before it parts from the model.
fn toured(fault: &router::Fault) -> Option<usize> {
    let graph = Graph::of(shapes::shape(TOURED)?, &Rules::STANDARD);
    let report = tour_of::<_, Standard>((fault.make)(), &graph, Over::Steps).err()?;
    let numbers = report.lines().filter_map(|line| line.split_whitespace().next()?.parse().ok());
    numbers.max().map(|last: usize| last - graph.shape.setup.len())
}

impl Matrix {
    /// Judges every fault, on so many threads.
    #[must_use]
    pub fn of_all(threads: usize) -> Self {
        let models: Vec<&model::Fault> = model::all().collect();
        let model = side_by_side(threads, models.len(), |place| model_row(models[place]));
        let router =
            side_by_side(threads, router::ALL.len(), |place| router_row(&router::ALL[place]));
        let witnesses = witnesses();
        let invariants = TABLE.iter().map(|row| {
            let breaking =
                |rows: &[Row]| rows.iter().filter(|it| it.broken.contains_key(row.id)).count();
            let witness = witnesses.get(row.id);
            Invariant {
                id: row.id.to_owned(),
                model: breaking(&model),
                router: breaking(&router),
                witnessed_in: witness.map_or_else(String::new, |(shape, _)| (*shape).to_owned()),
                witnessed_after: witness.map_or(0, |(_, steps)| *steps),
            }
        });
        Self { command: COMMAND.to_owned(), invariants: invariants.collect(), model, router }
    }

    /// Every row.
    pub fn rows(&self) -> impl Iterator<Item = &Row> {
        self.model.iter().chain(&self.router)
    }

    /// The file as it is.
    ///
    /// # Errors
    ///
    /// If there is none, or it is no matrix.
    pub fn read() -> Result<Self, String> {
        kept::read(&path())
    }

    /// Writes the file.
    ///
    /// # Errors
    ///
    /// If it cannot be written.
    pub fn write(&self) -> Result<(), String> {
        kept::write(&path(), self)
    }
}

/// Where the file is.
#[must_use]
pub fn path() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fault-matrix.json")
}

/// Results in order, made by so many threads.
fn side_by_side<T: Send>(threads: usize, count: usize, make: impl Fn(usize) -> T + Sync) -> Vec<T> {
    let place = AtomicUsize::new(0);
    let work = || {
        let mut made = Vec::new();
        loop {
            let mine = place.fetch_add(1, Ordering::Relaxed);
            if mine >= count {
                return made;
            }
            made.push((mine, make(mine)));
        }
    };
    let mut made: Vec<(usize, T)> = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..threads.max(1)).map(|_| scope.spawn(work)).collect();
        let joined = workers.into_iter().map(|worker| worker.join());
        joined.flat_map(|made| made.unwrap_or_else(|why| std::panic::resume_unwind(why))).collect()
    });
    made.sort_by_key(|(place, _)| *place);
    made.into_iter().map(|(_, it)| it).collect()
}

/// The matrix as a table: a row for each fault, a column for each invariant and one for refinement.
#[must_use]
pub fn table(rows: &[Row]) -> String {
    let mut text = String::new();
    let mut columns = vec!["fault".to_owned()];
    columns.extend(TABLE.iter().map(|row| row.id.to_owned()));
    columns.extend(["refinement".to_owned(), "tour".to_owned()]);
    line(&mut text, &columns);
    line(&mut text, &vec!["---"; columns.len()]);
    let shown = |steps: Option<&usize>| steps.map_or_else(String::new, ToString::to_string);
    for row in rows {
        let mut cells = vec![format!("`{}`", row.fault)];
        cells.extend(TABLE.iter().map(|it| shown(row.broken.get(it.id))));
        cells.extend([shown(row.refinement.as_ref()), shown(row.tour.as_ref())]);
        line(&mut text, &cells);
    }
    text
}

/// The page of the book, below its title.
#[must_use]
pub(crate) fn page(mut page: String, matrix: &Matrix) -> String {
    let refined = |rows: &[Row]| rows.iter().filter(|row| row.is_refinement_only()).count();
    let toured = matrix.router.iter().filter(|row| row.tour.is_some()).count();
    write(
        &mut page,
        format_args!(
            "A check that cannot fail shows nothing. So the model is broken on purpose in {} ways and the \
             router in {}, each time in one rule, and everything that checks them is asked what it notices. \
             A number in the tables is the length of the shortest way there: the fewest steps after the \
             set-up of the machine with which that invariant is broken, or after which router and model \
             part.\n\n\
             No fault is left unnoticed, and no invariant notices nothing. {} faults of the model and {} of \
             the router break no invariant: they do something else than the rules say, and nothing that is \
             wrong in itself. Only the comparison of router and model notices those{}.\n\n\
             `{COMMAND}` makes the matrix again, in `proofs/fault-matrix.json`; a test compares it with \
             what it finds. `cargo run --release -p worldport-proofs --example faults -- NAME` shows the \
             shortest way to what a fault breaks, as a diagram.\n\n",
            matrix.model.len(),
            matrix.router.len(),
            refined(&matrix.model),
            refined(&matrix.router),
            match toured {
                0 => String::new(),
                _ => format!(
                    ", and {toured} of them only on the tour, in which one router goes over all steps \
                     of a machine without a rest"
                ),
            },
        ),
    );
    page.push_str("## What each invariant notices\n\n");
    line(&mut page, &["invariant", "", "faults of the model", "of the router", "witness"]);
    line(&mut page, &["---"; 5]);
    for (row, found) in TABLE.iter().zip(&matrix.invariants) {
        let kind = if row.kind == Kind::Safety { "safety" } else { "liveness" };
        let witness = format!("`{}`, {} steps", found.witnessed_in, found.witnessed_after);
        let counts = [found.model.to_string(), found.router.to_string()];
        let [model, router] = counts;
        line(&mut page, &[row.id.to_owned(), kind.to_owned(), model, router, witness]);
    }
    let refusals = matrix.router.iter().filter(|row| row.broken.contains_key("S9")).count();
    write(
        &mut page,
        format_args!(
            "\nS9 is about refusals. A transition function that refuses has no next state to give, so no \
             faulty model can break it; a router has, and {refusals} of the broken ones break it.\n\n\
             ## Faults of the model\n\n"
        ),
    );
    page.push_str(&table(&matrix.model));
    for (part, faults) in PARTS {
        let _ = write!(page, "\nIn {part}:\n\n");
        for fault in faults {
            let _ = writeln!(page, "* `{}` (`{}`): {}", fault.name, fault.shape, fault.sentence);
        }
    }
    page.push_str(
        "\n## Faults of the router\n\nEach wraps the production router. It is brought to every state of its \
         machine and takes every action there; beside what the machine tries, ports that have nothing to \
         give and ids that name nothing any more. Where it parts from the model, the invariants judge the \
         step as the router shows it.\n\n",
    );
    page.push_str(&table(&matrix.router));
    page.push('\n');
    for fault in router::ALL {
        let _ = writeln!(page, "* `{}` (`{}`): {}", fault.name, fault.shape, fault.sentence);
    }
    page.push_str("\n## The machines\n\n");
    for shape in shapes::shapes() {
        let _ = writeln!(page, "* `{}`: {}.", shape.name, shape.about);
    }
    page.push_str(include_str!("by-hand.md"));
    page
}
