//! Runs Spin on the Promela description and reads what it says.
//!
//! Spin writes a program in C that explores one bound; a compiler makes it, and it runs to the end. It keeps
//! states whole (no hashing, no bits), without partial order reduction, and what it says is believed only
//! if nothing was cut off.

use std::fmt;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::Count;
use super::bounds::{Bound, Fault};

/// The description.
pub const DESCRIPTION: &str = include_str!("../../spin/worldport.pml");

/// The longest path that the search may be on, in steps of half an action. It is never reached: a search
/// that was cut off there is an error.
const LONGEST_PATH: u32 = 4_000_000;

/// Why Spin has no figures.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Error {
    /// What was read is not what a full search says.
    Incomplete(String),
    /// A program is not installed.
    Missing(&'static str),
    /// A program did not do its work; what it said.
    Refused(&'static str, String),
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Incomplete(said) => write!(f, "this is no report of a full search:\n{said}"),
            Self::Missing(program) => {
                write!(f, "{program} is not installed: apt-get install spin gcc")
            }
            Self::Refused(program, said) => write!(f, "{program}: {said}"),
        }
    }
}

impl core::error::Error for Error {}

/// The version of Spin, as it says it.
///
/// # Errors
///
/// If it is not installed.
pub fn version() -> Result<String, Error> {
    let said = run("spin", Path::new("."), &["-V"])?;
    Ok(said.trim().to_owned())
}

/// Explores the description within a bound, with a fault or without.
///
/// # Errors
///
/// If Spin or the compiler is missing or fails, or if the search was not a full one.
pub fn explore(bound: &Bound, fault: Option<&Fault>) -> Result<Count, Error> {
    let folder = Folder::new(bound, fault).map_err(|error| refused("a folder", &error))?;
    let write = std::fs::write(folder.0.join("worldport.pml"), DESCRIPTION);
    write.map_err(|error| refused("a folder", &error))?;
    let mut definitions = bound.definitions();
    definitions.extend(fault.map(|fault| format!("-D{}", fault.name)));
    let mut arguments: Vec<&str> = definitions.iter().map(String::as_str).collect();
    // Nothing is left out of a state because it is never read or about to be overwritten.
    arguments.extend(["-o1", "-o2", "-a", "worldport.pml"]);
    run("spin", &folder.0, &arguments)?;
    let exact = ["-O1", "-w", "-DSAFETY", "-DNOREDUCE", "-o", "pan", "pan.c"];
    run("gcc", &folder.0, &exact)?;
    let longest = format!("-m{LONGEST_PATH}");
    // A machine that has nothing to do is no error here.
    let said = run_at("the search", &folder.0.join("pan"), &folder.0, &["-E", &longest])?;
    read(&said).ok_or(Error::Incomplete(said))
}

/// The figures of a report, if it is one of a full search.
///
/// Spin counts every arrival at a state, and the first state is one. Each action is one atomic sequence of
/// two steps, the choice and what follows, so there are as many steps within sequences as actions.
#[must_use]
pub fn read(report: &str) -> Option<Count> {
    let number = |what: &str| {
        let mut lines = report.lines().filter_map(|line| line.trim().strip_suffix(what));
        lines.next()?.trim().parse::<u64>().ok()
    };
    let states = number("states, stored")?;
    let matched = number("states, matched")?;
    let transitions = number("transitions (= stored+matched)")?;
    let sequences = number("atomic steps")?;
    let digest = report.lines().find_map(|line| line.strip_prefix("digest "))?;
    let digest = u64::from_str_radix(digest.trim(), 16).ok()?;
    let steps = transitions.checked_sub(1)?;
    let full = report.contains("Full statespace search")
        && report.contains("errors: 0")
        && !report.contains("too small")
        && !report.contains("not completed")
        && transitions == states + matched
        && steps == sequences;
    full.then_some(Count { states, steps, digest })
}

fn run(program: &'static str, folder: &Path, arguments: &[&str]) -> Result<String, Error> {
    run_at(program, Path::new(program), folder, arguments)
}

fn run_at(
    name: &'static str,
    program: &Path,
    folder: &Path,
    arguments: &[&str],
) -> Result<String, Error> {
    let output = Command::new(program).current_dir(folder).args(arguments).output();
    let output = output.map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => Error::Missing(name),
        _ => refused(name, &error),
    })?;
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    if output.status.success() {
        return Ok(said);
    }
    let complained = String::from_utf8_lossy(&output.stderr);
    Err(Error::Refused(name, format!("{}\n{said}{complained}", output.status)))
}

fn refused(name: &'static str, error: &std::io::Error) -> Error {
    Error::Refused(name, error.to_string())
}

/// A folder for one search, gone with it.
struct Folder(PathBuf);

impl Folder {
    fn new(bound: &Bound, fault: Option<&Fault>) -> std::io::Result<Self> {
        let place = super::bounds::BOUNDS.iter().position(|it| it == bound).unwrap_or_default();
        let fault = fault.map_or("", |fault| fault.name);
        let name = format!("worldport-spin-{}-{place}{fault}", std::process::id());
        let folder = std::env::temp_dir().join(name);
        std::fs::create_dir(&folder)?;
        Ok(Self(folder))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // What is left behind in the folder for temporary files does no harm.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const REPORT: &str = "\
Full statespace search for:
State-vector 68 byte, depth reached 263, errors: 0
     1019 states, stored
     9366 states, matched
    10385 transitions (= stored+matched)
    10384 atomic steps
digest 00000000000000ff
";

    #[test]
    fn a_report_of_a_full_search_is_read() {
        assert_eq!(read(REPORT), Some(Count { states: 1019, steps: 10384, digest: 255 }));
    }

    #[test]
    fn a_report_of_a_search_that_was_cut_off_is_not_believed() {
        let cut = [
            ("errors: 0", "errors: 1"),
            ("Full statespace", "Bit statespace"),
            ("1019 states", "1018 states"),
            ("10384 atomic", "10383 atomic"),
            ("1019 states", "1.019e+03 states"),
            ("digest", "max search depth too small\ndigest"),
            ("digest", "Warning: Search not completed\ndigest"),
        ];
        for (was, is) in cut {
            assert!(REPORT.contains(was));
            assert_eq!(read(&REPORT.replace(was, is)), None, "{is}");
        }
    }
}
