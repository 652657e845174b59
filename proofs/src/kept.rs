//! Files of figures that are kept in the repository: read whole, written so that a difference reads well.

use std::fmt::Display;
use std::fs;
use std::path::Path;

use serde::Serialize;
use serde::de::DeserializeOwned;

fn at(path: &Path, why: &dyn Display) -> String {
    format!("{}: {why}", path.display())
}

/// What a file holds.
///
/// # Errors
///
/// If there is none, or it holds something else; the file is named.
pub(crate) fn read<T: DeserializeOwned>(path: &Path) -> Result<T, String> {
    let text = fs::read_to_string(path).map_err(|error| at(path, &error))?;
    serde_json::from_str(&text).map_err(|error| at(path, &error))
}

/// Replaces a file.
///
/// # Errors
///
/// If it cannot be written; the file is named.
pub(crate) fn write(path: &Path, value: &impl Serialize) -> Result<(), String> {
    let text = serde_json::to_string_pretty(value).map_err(|error| at(path, &error))?;
    fs::write(path, text + "\n").map_err(|error| at(path, &error))
}
