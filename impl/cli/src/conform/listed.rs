//! Steps that cannot agree, by name and with a reason that a reader can check: one file in the folder of
//! scenarios, which `conform` prints.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use serde_json::Value;

/// The steps that are listed for one browser.
#[derive(Debug)]
pub(crate) struct Listed {
    pub(crate) file: PathBuf,
    reasons: BTreeMap<(String, u64), String>,
}

impl Listed {
    /// Reads `unagreeable.json`, a list of `{"browser", "scenario", "step", "reason"}`. Without the file,
    /// nothing is listed.
    pub(crate) fn read(dir: &Path, browser: &str) -> Result<Self, String> {
        let file = dir.join("unagreeable.json");
        let wrong = |reason: &dyn std::fmt::Display| format!("{}: {reason}", file.display());
        let text = match fs::read_to_string(&file) {
            Ok(text) => text,
            Err(error) if error.kind() == ErrorKind::NotFound => "[]".to_owned(),
            Err(error) => return Err(wrong(&error)),
        };
        let entries: Vec<Value> = serde_json::from_str(&text).map_err(|error| wrong(&error))?;
        let mut reasons = BTreeMap::new();
        for (index, entry) in entries.iter().enumerate() {
            let text = |key| entry.get(key).and_then(Value::as_str);
            let (Some(of), Some(scenario), Some(step), Some(reason)) = (
                text("browser"),
                text("scenario"),
                entry.get("step").and_then(Value::as_u64),
                text("reason"),
            ) else {
                return Err(wrong(&format!(
                    "entry {} is not {{\"browser\", \"scenario\", \"step\", \"reason\"}}",
                    index + 1
                )));
            };
            if of == browser {
                reasons.insert((scenario.to_owned(), step), reason.to_owned());
            }
        }
        Ok(Self { file, reasons })
    }

    pub(crate) fn holds(&self, scenario: &str, step: u64) -> bool {
        self.reasons.contains_key(&(scenario.to_owned(), step))
    }

    pub(crate) fn reason(&self, scenario: &str, step: u64) -> &str {
        self.reasons.get(&(scenario.to_owned(), step)).map_or("", String::as_str)
    }

    /// What is listed of these scenarios and agrees all the same.
    pub(crate) fn stale<'a>(
        &self,
        compared: impl Iterator<Item = (&'a str, &'a BTreeSet<u64>)>,
    ) -> Vec<String> {
        let differing: BTreeMap<&str, &BTreeSet<u64>> = compared.collect();
        let stale = self.reasons.keys().filter(|(scenario, step)| {
            differing.get(scenario.as_str()).is_some_and(|steps| !steps.contains(step))
        });
        stale.map(|(scenario, step)| format!("{scenario} step {step}")).collect()
    }
}
