//! What holding every recording to the model comes to, as a file that is kept: which recordings are paths,
//! how they had to be sought, which rule choices each of them decides, which kinds of transition were seen.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path as File, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde::{Deserialize, Serialize};
use worldport_model::Profile;

use super::share::Share;
use super::{Coverage, LIMIT, Outside, Recording, Search, Verdict, replacements};
use crate::kept;

/// The command that writes the report.
pub const COMMAND: &str = "cargo run --release -p worldport-proofs --example paths -- --write";

/// Recordings whose path is longer are not asked what they decide: they measure, with thousands of messages
/// of one kind.
pub const LONG: usize = 1_000;

/// What became of one recording.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Row {
    /// Its folder and name.
    pub recording: String,
    /// How it had to be sought; nothing if it is no path.
    pub search: Option<Search>,
    /// Why it is no path, as far as that was found out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
    /// Steps of the model on the path that was found.
    pub actions: usize,
    /// Observations that the path explains, and records of the trace that show nothing of the model.
    pub observations: usize,
    /// Records that show nothing of the model.
    pub other_records: usize,
    /// Steps of the scenario: the model's, the model's but for arguments or contents, and none of it.
    pub steps: (usize, usize, usize),
    /// The last two of these by reason.
    pub outside: BTreeMap<Outside, usize>,
    /// The choices, in the place of the browser's own, under which no path explains it.
    pub decides: BTreeMap<String, Vec<String>>,
    /// Choices for which that was not found out, because the search was given up.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub open: Vec<String>,
    /// Whether a path of the other browser's rules explains it too; nothing if that was not asked.
    pub by_other: Option<bool>,
}

/// A recording that is not accepted, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Listed {
    /// The browser.
    pub browser: String,
    /// The scenario.
    pub scenario: String,
    /// Why no path is found.
    pub reason: String,
}

/// The recordings that are not expected to be accepted.
///
/// # Errors
///
/// If the list cannot be read.
pub fn listed() -> Result<Vec<Listed>, String> {
    kept::read(&browsers().join("not-paths.json"))
}

/// The recorder's folder.
#[must_use]
pub fn browsers() -> PathBuf {
    File::new(env!("CARGO_MANIFEST_DIR")).join("browsers")
}

/// Kinds of transition, by group: those used on a path that was found, and those not.
pub type Kinds = BTreeMap<String, (BTreeSet<String>, BTreeSet<String>)>;

/// The report.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    /// A row for each recording.
    pub rows: Vec<Row>,
    /// By browser, the kinds of transition.
    pub kinds: BTreeMap<String, Kinds>,
}

/// Where the report is.
#[must_use]
pub fn path() -> PathBuf {
    browsers().join("paths.json")
}

/// The report that is kept.
///
/// # Errors
///
/// If there is none, or the file is not one.
pub fn read() -> Result<Report, String> {
    kept::read(&path())
}

impl Report {
    /// Holds every recording to the model, on as many threads as there are processors.
    #[must_use]
    pub fn of(recordings: &[Recording]) -> Self {
        let rows: Mutex<BTreeMap<usize, (Row, Option<Coverage>)>> = Mutex::default();
        let place = AtomicUsize::new(0);
        let threads = std::thread::available_parallelism().map_or(1, usize::from);
        std::thread::scope(|scope| {
            for _ in 0..threads {
                scope.spawn(|| {
                    while let Some((at, recording)) = {
                        let at = place.fetch_add(1, Ordering::Relaxed);
                        recordings.get(at).map(|recording| (at, recording))
                    } {
                        let row = Row::of(recording);
                        rows.lock().unwrap_or_else(|it| it.into_inner()).insert(at, row);
                    }
                });
            }
        });
        let rows = rows.into_inner().unwrap_or_else(|it| it.into_inner());
        let mut used: BTreeMap<&str, Coverage> = BTreeMap::new();
        for (&at, (_, coverage)) in &rows {
            if let Some(coverage) = coverage {
                let known = used.entry(recordings[at].profile.name()).or_default();
                *known = known.with(*coverage);
            }
        }
        let named = |names: BTreeSet<&str>| names.into_iter().map(ToOwned::to_owned).collect();
        let kinds = |coverage: Coverage| {
            let groups = coverage.groups().into_iter();
            groups.map(|(group, used, not)| (group.to_owned(), (named(used), named(not)))).collect()
        };
        let kinds = used.into_iter().map(|(browser, it)| (browser.to_owned(), kinds(it))).collect();
        Self { rows: rows.into_values().map(|(row, _)| row).collect(), kinds }
    }

    /// The report as the file has it: a row a line.
    ///
    /// # Errors
    ///
    /// If a row is no JSON.
    pub fn text(&self) -> Result<String, serde_json::Error> {
        let rows: Vec<String> =
            self.rows.iter().map(serde_json::to_string).collect::<Result<_, _>>()?;
        let kinds = serde_json::to_string(&self.kinds)?;
        Ok(format!("{{\"rows\": [\n{}\n], \"kinds\": {kinds}}}\n", rows.join(",\n")))
    }

    /// How many recordings of a browser leave no other choice of a rule.
    #[must_use]
    pub fn deciding(&self, browser: Profile, rule: &str) -> Vec<&Row> {
        let others = replacements(browser.rules()).into_iter().filter(|it| it.rule == rule).count();
        let decides = |row: &&Row| row.decides.get(rule).is_some_and(|it| it.len() == others);
        self.of_browser(browser).filter(decides).collect()
    }

    /// The choices of a rule that some recording of a browser rules out.
    #[must_use]
    pub fn ruled_out(&self, browser: Profile, rule: &str) -> BTreeSet<&str> {
        let choices = self.of_browser(browser).filter_map(|row| row.decides.get(rule));
        choices.flatten().map(String::as_str).collect()
    }

    /// The rows of a browser.
    pub fn of_browser(&self, browser: Profile) -> impl Iterator<Item = &Row> {
        let is_its = move |row: &&Row| row.browser() == browser.name();
        self.rows.iter().filter(is_its)
    }
}

impl Row {
    fn of(recording: &Recording) -> (Self, Option<Coverage>) {
        let mut row = Self {
            recording: recording.title(),
            search: None,
            why: None,
            actions: 0,
            observations: 0,
            other_records: recording.trace.records.0 - recording.trace.records.1,
            steps: (0, 0, 0),
            outside: BTreeMap::new(),
            decides: BTreeMap::new(),
            open: Vec::new(),
            by_other: None,
        };
        row.count(recording);
        match recording.verdict(recording.profile.rules()) {
            Err(why) => row.why = Some(why),
            Ok(Verdict::Rejected(miss)) => row.why = Some(miss.to_string()),
            Ok(Verdict::Undecided(_)) => {
                row.why = Some(format!("the search was given up after {LIMIT} places"));
            }
            Ok(Verdict::Accepted(path)) => {
                row.search = Some(path.search);
                row.actions = path.actions;
                row.observations = path.explained;
                if path.actions <= LONG {
                    row.decide(recording);
                }
                return (row, Some(path.coverage));
            }
        }
        (row, None)
    }

    fn count(&mut self, recording: &Recording) {
        let Ok(script) = &recording.script else { return };
        for (step, _) in &script.steps {
            match script.share(step) {
                Share::Whole => self.steps.0 += 1,
                Share::Part(reason) => {
                    self.steps.1 += 1;
                    *self.outside.entry(reason).or_default() += 1;
                }
                Share::None(reason) => {
                    self.steps.2 += 1;
                    *self.outside.entry(reason).or_default() += 1;
                }
            }
        }
    }

    fn decide(&mut self, recording: &Recording) {
        let (ruled_out, open) = recording.decided();
        for (rule, choice) in ruled_out {
            self.decides.entry(rule.to_owned()).or_default().push(choice);
        }
        self.open = open.into_iter().map(|(rule, choice)| format!("{rule}: {choice}")).collect();
        let other = match recording.profile {
            Profile::Chromium => Profile::Firefox,
            Profile::Firefox | Profile::Standard => Profile::Chromium,
        };
        self.by_other = recording.is_accepted(other.rules());
    }

    /// The browser.
    #[must_use]
    pub fn browser(&self) -> &str {
        self.recording.rsplit('/').nth(1).unwrap_or_default()
    }

    /// The scenario.
    #[must_use]
    pub fn scenario(&self) -> &str {
        self.recording.rsplit('/').next().unwrap_or_default()
    }
}
