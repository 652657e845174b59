//! An unpacked extension: its manifest and its files.
//!
//! Every file is named relative to the extension; nothing outside of it is ever read. Errors fit
//! one line and name the file, and the place in it where there is one.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::manifest::Manifest;

/// Why an extension cannot be loaded. The text is one line: place first, then what is wrong there.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LoadError {
    /// The directory does not exist, or is not one.
    #[error("{path}: no such directory", path = .path.display())]
    MissingDirectory {
        /// As the caller named it.
        path: PathBuf,
    },
    /// A directory without a manifest is no extension.
    #[error("{path}: no such file", path = .path.display())]
    MissingManifest {
        /// Where it was looked for.
        path: PathBuf,
    },
    /// The manifest is not JSON.
    #[error("{path}:{line}:{column}: {reason}", path = .path.display())]
    ManifestSyntax {
        /// The manifest.
        path: PathBuf,
        /// Counted from 1.
        line: usize,
        /// Counted from 1.
        column: usize,
        /// What the parser expected.
        reason: String,
    },
    /// A member that must be there is not.
    #[error("{path}: missing field {field:?}", path = .path.display())]
    MissingField {
        /// The manifest.
        path: PathBuf,
        /// With dots between its parts.
        field: String,
    },
    /// A member has a value of the wrong type.
    #[error("{path}: field {field:?} is not {expected}", path = .path.display())]
    WrongField {
        /// The manifest.
        path: PathBuf,
        /// With dots between its parts.
        field: String,
        /// What it should be.
        expected: &'static str,
    },
    /// Only manifests of version 3 are understood.
    #[error("{path}: manifest_version is {found}, only 3 is supported", path = .path.display())]
    ManifestVersion {
        /// The manifest.
        path: PathBuf,
        /// What it says.
        found: String,
    },
    /// The manifest names a file that does not exist.
    #[error("{path}: no such file (named by {named_by})", path = .path.display())]
    MissingFile {
        /// The file.
        path: PathBuf,
        /// Where its name stands.
        named_by: String,
    },
    /// A name that leads out of the extension.
    #[error("{file:?} is outside of the extension (named by {named_by})")]
    OutsideExtension {
        /// The name.
        file: String,
        /// Where it stands.
        named_by: String,
    },
    /// A file exists but cannot be read.
    #[error("{path}: {reason}", path = .path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system says.
        reason: String,
    },
    /// A background script does not parse.
    #[error("{path}:{line}:{column}: {reason}", path = .path.display())]
    ScriptSyntax {
        /// The script.
        path: PathBuf,
        /// Counted from 1.
        line: u32,
        /// Counted from 1.
        column: u32,
        /// What the engine says.
        reason: String,
    },
}

#[derive(Clone, Debug)]
enum Source {
    /// As named by the user (for messages), and with all links resolved (for the check of where a
    /// file is).
    Directory {
        named: PathBuf,
        resolved: PathBuf,
    },
    Memory(BTreeMap<String, String>),
}

/// An extension that can be run: a manifest that makes sense, and scripts that parse.
#[derive(Clone, Debug)]
pub struct Extension {
    manifest: Manifest,
    source: Source,
}

impl Extension {
    /// Loads the unpacked extension in a directory and checks its background scripts.
    ///
    /// # Errors
    /// The first thing that is wrong with it; see [`LoadError`].
    pub fn load(directory: impl AsRef<Path>) -> Result<Self, LoadError> {
        let named = directory.as_ref().to_path_buf();
        let missing = || LoadError::MissingDirectory { path: named.clone() };
        let resolved = fs::canonicalize(&named).map_err(|_| missing())?;
        if !resolved.is_dir() {
            return Err(missing());
        }
        Self::from_source(Source::Directory { named, resolved })
    }

    /// Makes an extension of files in memory, keyed by their names with `/` between parts.
    ///
    /// # Errors
    /// As for [`Extension::load`].
    pub fn from_files<N, T>(files: impl IntoIterator<Item = (N, T)>) -> Result<Self, LoadError>
    where
        N: Into<String>,
        T: Into<String>,
    {
        let files = files.into_iter().map(|(name, text)| (name.into(), text.into()));
        Self::from_source(Source::Memory(files.collect()))
    }

    fn from_source(source: Source) -> Result<Self, LoadError> {
        let path = source.shown("manifest.json");
        let text = source.read("manifest.json", "the host").map_err(|error| match error {
            LoadError::MissingFile { path, .. } => LoadError::MissingManifest { path },
            other => other,
        })?;
        let manifest = Manifest::parse(&text, &path)?;
        let extension = Self { manifest, source };
        for script in &extension.manifest.background_scripts {
            let text = extension.source.read(&script.file, &script.named_by)?;
            if let Some(fault) = crate::realm::check_syntax(&script.file, &text) {
                return Err(LoadError::ScriptSyntax {
                    path: extension.source.shown(&script.file),
                    line: fault.line.unwrap_or(1),
                    column: fault.column.unwrap_or(1),
                    reason: fault.message,
                });
            }
        }
        Ok(extension)
    }

    /// The manifest.
    #[must_use]
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// Reads a file of the extension as text.
    ///
    /// # Errors
    /// When the name leads out of the extension, or the file is missing or not UTF-8 text.
    pub fn read(&self, file: &str, named_by: &str) -> Result<String, LoadError> {
        self.source.read(file, named_by)
    }

    /// Where a file is, for messages.
    #[must_use]
    pub fn shown(&self, file: &str) -> PathBuf {
        self.source.shown(file)
    }
}

impl Source {
    fn shown(&self, file: &str) -> PathBuf {
        match self {
            Self::Directory { named, .. } => named.join(file),
            Self::Memory(_) => PathBuf::from(file),
        }
    }

    fn read(&self, file: &str, named_by: &str) -> Result<String, LoadError> {
        let outside =
            || LoadError::OutsideExtension { file: file.to_owned(), named_by: named_by.to_owned() };
        let name = inside(file).ok_or_else(outside)?;
        let path = self.shown(&name);
        let missing =
            || LoadError::MissingFile { path: path.clone(), named_by: named_by.to_owned() };
        match self {
            Self::Memory(files) => files.get(&name).cloned().ok_or_else(missing),
            Self::Directory { resolved, .. } => {
                let unreadable = |error: &io::Error| LoadError::Unreadable {
                    path: path.clone(),
                    reason: reason(error),
                };
                let real =
                    fs::canonicalize(resolved.join(&name)).map_err(|error| match error.kind() {
                        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => missing(),
                        _ => unreadable(&error),
                    })?;
                // A link inside the directory may point anywhere.
                if !real.starts_with(resolved) {
                    return Err(outside());
                }
                let text = fs::read_to_string(&real).map_err(|error| unreadable(&error))?;
                Ok(text.strip_prefix('\u{feff}').map_or(text.clone(), str::to_owned))
            }
        }
    }
}

fn reason(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::InvalidData => "is not UTF-8 text".to_owned(),
        io::ErrorKind::IsADirectory => "is a directory".to_owned(),
        io::ErrorKind::PermissionDenied => "permission denied".to_owned(),
        _ => error.to_string().to_lowercase(),
    }
}

/// The name without `.` and `..`, or nothing if it leads out. A leading `/` means the extension
/// itself.
pub(crate) fn inside(file: &str) -> Option<String> {
    if file.contains(['\\', '\0']) {
        return None;
    }
    let mut parts = Vec::new();
    for part in file.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            name => parts.push(name),
        }
    }
    if parts.is_empty() { None } else { Some(parts.join("/")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_cannot_leave_the_extension() {
        for (name, expected) in [
            ("a.js", Some("a.js")),
            ("/a.js", Some("a.js")),
            ("./js/../a.js", Some("a.js")),
            ("../a.js", None),
            ("js/../../a.js", None),
            ("c:\\a.js", None),
            ("", None),
        ] {
            assert_eq!(inside(name).as_deref(), expected, "{name}");
        }
    }
}
