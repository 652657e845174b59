//! The recordings that are kept, each held to the model.

use std::fs;
use std::path::{Path as File, PathBuf};

use serde_json::{Map, Value};
use worldport_model::{Profile, Rules};

use super::{Scene, Script, Search, Trace, Verdict, replacements, seek};
use crate::agree::read_trace;

/// Places after which a search is given up.
pub const LIMIT: usize = 200_000;

/// Choices of rules, by the rule's name.
pub type Choices = Vec<(&'static str, String)>;

/// One recording, read.
#[derive(Clone, Debug)]
pub struct Recording {
    /// Its folder under the recorder's, of which the last part is the browser.
    pub set: String,
    /// Its scenario.
    pub name: String,
    /// The browser.
    pub profile: Profile,
    /// The scenario in calls; or why it is none.
    pub script: Result<Script, String>,
    /// What was recorded.
    pub trace: Trace,
}

/// The scenarios of each folder of traces.
const SETS: [(&str, &str); 3] = [
    ("scenarios", "traces"),
    ("scenarios", "traces-again"),
    ("findings/scenarios", "findings/traces"),
];

/// All recordings under the recorder's folder.
///
/// # Errors
///
/// The first file that cannot be read.
pub fn recordings(browsers: &File) -> Result<Vec<Recording>, String> {
    let mut recordings = Vec::new();
    for (scenarios, traces) in SETS {
        for profile in [Profile::Chromium, Profile::Firefox] {
            let set = format!("{traces}/{}", profile.name());
            for file in files(&browsers.join(&set))? {
                let name = file.file_stem().map(|it| it.to_string_lossy().into_owned());
                let name = name.unwrap_or_default();
                let scenario = browsers.join(scenarios).join(format!("{name}.json"));
                let script = Script::read(&read_scenario(&scenario)?, profile.name());
                let records = read_trace(&read(&file)?);
                let records = records.map_err(|error| format!("{}: {error}", file.display()))?;
                let trace = Trace::read(&records);
                recordings.push(Recording { set: set.clone(), name, profile, script, trace });
            }
        }
    }
    Ok(recordings)
}

fn files(folder: &File) -> Result<Vec<PathBuf>, String> {
    let error = |error: std::io::Error| format!("{}: {error}", folder.display());
    let entries = fs::read_dir(folder).map_err(error)?;
    let mut files: Vec<PathBuf> =
        entries.map(|entry| entry.map(|it| it.path())).collect::<Result<_, _>>().map_err(error)?;
    files.retain(|file| file.extension().is_some_and(|it| it == "json"));
    files.sort();
    Ok(files)
}

fn read(file: &File) -> Result<Vec<u8>, String> {
    fs::read(file).map_err(|error| format!("{}: {error}", file.display()))
}

fn read_scenario(file: &File) -> Result<Map<String, Value>, String> {
    serde_json::from_slice(&read(file)?).map_err(|error| format!("{}: {error}", file.display()))
}

impl Recording {
    /// Its folder and name.
    #[must_use]
    pub fn title(&self) -> String {
        format!("{}/{}", self.set, self.name)
    }

    /// The narrowest search that finds a path under these rules; or what the narrowest met.
    ///
    /// # Errors
    ///
    /// Why the scenario is not told in calls.
    pub fn verdict(&self, rules: &Rules) -> Result<Verdict, String> {
        let script = self.script.as_ref().map_err(Clone::clone)?;
        let mut first = None;
        for search in [Search::Settled, Search::Interleaved, Search::Late] {
            let verdict = seek(&Scene::new(script, &self.trace, rules, search), LIMIT);
            if matches!(verdict, Verdict::Accepted(_)) {
                return Ok(verdict);
            }
            first.get_or_insert(verdict);
        }
        first.ok_or_else(|| "nothing was sought".to_owned())
    }

    /// Whether some path explains the recording under these rules; nothing if that was not found out.
    #[must_use]
    pub fn is_accepted(&self, rules: &Rules) -> Option<bool> {
        // What the widest search does not find, no search does.
        match self.is_accepted_by(rules, Search::Settled) {
            Some(false) => self.is_accepted_by(rules, Search::Late),
            found => found,
        }
    }

    /// Whether this search finds a path under these rules; nothing if it was given up, or there is no script.
    #[must_use]
    pub fn is_accepted_by(&self, rules: &Rules, search: Search) -> Option<bool> {
        let script = self.script.as_ref().ok()?;
        match seek(&Scene::new(script, &self.trace, rules, search), LIMIT) {
            Verdict::Accepted(_) => Some(true),
            Verdict::Rejected(_) => Some(false),
            Verdict::Undecided(_) => None,
        }
    }

    /// The choices in the place of its browser's under which no path explains the recording; and those for
    /// which that was not found out.
    #[must_use]
    pub fn decided(&self) -> (Choices, Choices) {
        let (mut ruled_out, mut open) = (Vec::new(), Vec::new());
        for replaced in replacements(self.profile.rules()) {
            match self.is_accepted(&replaced.rules) {
                Some(true) => {}
                Some(false) => ruled_out.push((replaced.rule, replaced.choice)),
                None => open.push((replaced.rule, replaced.choice)),
            }
        }
        (ruled_out, open)
    }
}
