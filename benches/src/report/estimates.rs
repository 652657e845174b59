//! Estimates: what criterion keeps of its last run.
//!
//! Of each benchmark two numbers are read. The median of its samples is what it took, on a machine
//! that may have had other things to do. The fastest sample is what it takes when nothing else
//! happens, for nothing makes a route faster than it is: where programs share a machine, ratios of the
//! fastest are the ones that come out the same again.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

use serde_json::Value;

/// How deep below its home criterion keeps a benchmark: group, function, value.
const DEPTH: usize = 3;

/// Nanoseconds by benchmark.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Estimates {
    cells: BTreeMap<[String; 3], Cell>,
}

/// Nanoseconds for one of what the benchmark does many of.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Cell {
    /// In the sample that half of the others took longer than.
    pub median: f64,
    /// In the sample that took least.
    pub fastest: f64,
}

impl Cell {
    /// How many times what another takes this takes: of the medians, and of the fastest.
    #[must_use]
    pub fn over(self, other: Self) -> Self {
        Self { median: self.median / other.median, fastest: self.fastest / other.fastest }
    }
}

impl Estimates {
    /// Reads all estimates in the folder that criterion keeps them in. A folder that does not exist
    /// has none.
    ///
    /// # Errors
    ///
    /// If a file of them cannot be read or understood.
    pub fn read(criterion: &Path) -> io::Result<Self> {
        let mut estimates = Self::default();
        let mut benchmarks = folders(criterion)?;
        for _ in 0..DEPTH {
            let mut below = Vec::new();
            for folder in benchmarks {
                let newest = folder.join("new");
                if newest.is_dir() {
                    let about = json(&newest.join("benchmark.json"))?;
                    let medians = json(&newest.join("estimates.json"))?;
                    let samples = json(&newest.join("sample.json"))?;
                    // A benchmark that is ours no more may say less than ours do.
                    let _ = estimates.enter(&about, &medians, &samples);
                }
                below.extend(folders(&folder)?);
            }
            benchmarks = below;
        }
        Ok(estimates)
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.cells.is_empty()
    }

    /// That of a function for a value in a group. A benchmark without a function has an empty one.
    #[must_use]
    pub fn of(&self, group: &str, function: &str, value: &str) -> Option<Cell> {
        self.cells.get(&[group, function, value].map(str::to_owned)).copied()
    }

    /// Functions and values in a group.
    pub fn within<'a>(&'a self, group: &'a str) -> impl Iterator<Item = (&'a str, &'a str)> {
        let inside = self.cells.keys().filter(move |[of, ..]| of == group);
        inside.map(|[_, function, value]| (&**function, &**value))
    }

    /// Enters what criterion knows about one benchmark. `None`: it is not one of ours.
    pub(super) fn enter(&mut self, about: &Value, medians: &Value, samples: &Value) -> Option<()> {
        let group = about["group_id"].as_str()?.to_owned();
        let function = about["function_id"].as_str().unwrap_or_default().to_owned();
        let value = about["value_str"].as_str().unwrap_or_default().to_owned();
        let many = about["throughput"]["Elements"].as_f64()?;
        let median = medians["median"]["point_estimate"].as_f64()? / many;
        let cell = Cell { median, fastest: fastest(samples)? / many };
        self.cells.insert([group, function, value], cell);
        Some(())
    }
}

/// Where criterion keeps its estimates: where `CRITERION_HOME` says, or in the target folder that
/// this program was built into.
///
/// # Errors
///
/// If the system does not tell where this program is.
pub fn criterion_home() -> io::Result<PathBuf> {
    if let Some(home) = env::var_os("CRITERION_HOME") {
        return Ok(home.into());
    }
    let program = env::current_exe()?;
    let found = program.ancestors().map(|folder| folder.join("criterion")).find(|at| at.is_dir());
    Ok(found.unwrap_or_else(|| PathBuf::from("target/criterion")))
}

fn folders(at: &Path) -> io::Result<Vec<PathBuf>> {
    match fs::read_dir(at) {
        Ok(entries) => {
            let paths = entries.map(|entry| entry.map(|entry| entry.path()));
            let paths = paths.collect::<io::Result<Vec<_>>>()?;
            Ok(paths.into_iter().filter(|at| at.is_dir()).collect())
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => Err(error),
    }
}

fn json(at: &Path) -> io::Result<Value> {
    let text = fs::read_to_string(at)
        .map_err(|error| io::Error::new(error.kind(), format!("{}: {error}", at.display())))?;
    serde_json::from_str(&text).map_err(|error| {
        io::Error::new(io::ErrorKind::InvalidData, format!("{}: {error}", at.display()))
    })
}

/// The nanoseconds of an iteration in the sample in which it took least.
fn fastest(samples: &Value) -> Option<f64> {
    let numbers = |key: &str| {
        let values = samples[key].as_array()?.iter();
        values.map(Value::as_f64).collect::<Option<Vec<f64>>>()
    };
    let times = numbers("times")?.into_iter().zip(numbers("iters")?);
    times.map(|(time, iterations)| time / iterations).min_by(f64::total_cmp)
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use serde_json::json;

    /// Enters a benchmark as criterion writes it, whose fastest sample is half its median.
    pub(in super::super) fn enter(
        estimates: &mut Estimates,
        [group, function, value]: [&str; 3],
        median: f64,
    ) {
        let about = json!({
            "group_id": group, "function_id": function, "value_str": value,
            "throughput": { "Elements": 16 },
        });
        let samples = json!({ "iters": [1, 2], "times": [median * 16.0, median * 16.0] });
        let medians = json!({ "median": { "point_estimate": median * 16.0 } });
        assert!(estimates.enter(&about, &medians, &samples).is_some());
    }

    #[test]
    fn an_estimate_is_for_one_of_many() {
        let mut estimates = Estimates::default();
        enter(&mut estimates, ["route", "router", "16/hot"], 30.0);
        let cell = estimates.of("route", "router", "16/hot").unwrap();
        assert_eq!(cell, Cell { median: 30.0, fastest: 15.0 });
        assert_eq!(estimates.within("route").collect::<Vec<_>>(), [("router", "16/hot")]);
        assert_eq!(estimates.of("route", "router", "17/hot"), None);
    }

    #[test]
    fn a_benchmark_of_another_kind_is_passed_over() {
        let mut estimates = Estimates::default();
        let about = json!({ "group_id": "route", "throughput": null });
        assert_eq!(estimates.enter(&about, &Value::Null, &Value::Null), None);
        assert!(estimates.is_empty());
    }

    #[test]
    fn a_folder_that_is_not_there_has_none() {
        assert!(Estimates::read(Path::new("no such folder")).unwrap().is_empty());
    }
}
