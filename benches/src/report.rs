//! Report: the router beside the roofline, from the estimates that criterion keeps.
//!
//! Of each benchmark the median is read, because a machine that does other things too stretches
//! the mean; criterion itself prints the slope, which may differ by a little. Where the machine was
//! busy during one side of a ratio only, even medians mislead, so the ratio of the fastest samples
//! stands beside it: nothing makes a route faster than it is. A ratio is worth reading only if both
//! of its sides come from one run.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::{env, fmt, fs, io};

use serde_json::Value;

/// The group of the benchmarks that are reported.
pub const GROUP: &str = "route";
/// The benchmarks of the router.
pub const ROUTER: &str = "router";
/// The benchmarks of the roofline.
pub const ROOFLINE: &str = "roofline";

/// What makes the estimates.
const COMMAND: &str = "cargo bench -p worldport-benches --bench route";

/// Nanoseconds a route, by pattern, number of channels and way.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Report {
    rows: BTreeMap<(String, usize), Row>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Row {
    router: Option<Cell>,
    roofline: Option<Cell>,
}

/// Nanoseconds a route.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Cell {
    median: f64,
    fastest: f64,
}

impl Report {
    /// Reads all estimates of the group in the folder that criterion keeps them in. A folder that
    /// does not exist has none.
    ///
    /// # Errors
    ///
    /// If a file of them cannot be read or understood.
    pub fn read(criterion: &Path) -> io::Result<Self> {
        let mut report = Self::default();
        // route/<way>/<channels>_<pattern>/new/
        for way in folders(&criterion.join(GROUP))? {
            for benchmark in folders(&way)? {
                let newest = benchmark.join("new");
                if newest.is_dir() {
                    let about = json(&newest.join("benchmark.json"))?;
                    let estimates = json(&newest.join("estimates.json"))?;
                    let samples = json(&newest.join("sample.json"))?;
                    // Those of a benchmark that is ours no more are not of interest.
                    let _ = report.enter(&about, &estimates, &samples);
                }
            }
        }
        Ok(report)
    }

    /// Enters what criterion knows about one benchmark. `None`: it is not one of ours.
    fn enter(&mut self, about: &Value, estimates: &Value, samples: &Value) -> Option<()> {
        let (channels, pattern) = about["value_str"].as_str()?.split_once('/')?;
        let routes = about["throughput"]["Elements"].as_f64()?;
        let median = estimates["median"]["point_estimate"].as_f64()? / routes;
        let cell = Some(Cell { median, fastest: fastest(samples)? / routes });
        let row = self.rows.entry((pattern.to_owned(), channels.parse().ok()?)).or_default();
        match about["function_id"].as_str()? {
            ROUTER => row.router = cell,
            ROOFLINE => row.roofline = cell,
            _ => return None,
        }
        Some(())
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.rows.is_empty() {
            return writeln!(f, "no estimates yet: `{COMMAND}` makes them");
        }
        writeln!(f, "| pattern     |  channels | router ns | roofline ns | ratio | fastest |")?;
        writeln!(f, "|-------------|----------:|----------:|------------:|------:|--------:|")?;
        for ((pattern, channels), row) in &self.rows {
            let both = row.router.zip(row.roofline);
            let router = number(row.router.map(|cell| cell.median), 1);
            let roofline = number(row.roofline.map(|cell| cell.median), 1);
            let ratio = number(both.map(|(router, roofline)| router.median / roofline.median), 2);
            let fastest =
                number(both.map(|(router, roofline)| router.fastest / roofline.fastest), 2);
            writeln!(
                f,
                "| {pattern:<11} | {channels:>9} | {router:>9} | {roofline:>11} | {ratio:>5} | \
                 {fastest:>7} |"
            )?;
        }
        Ok(())
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
            Ok(paths
                .collect::<io::Result<Vec<_>>>()?
                .into_iter()
                .filter(|at| at.is_dir())
                .collect())
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

fn number(cell: Option<f64>, digits: usize) -> String {
    cell.map_or_else(|| "-".to_owned(), |number| format!("{number:.digits$}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn enter(report: &mut Report, way: &str, value: &str, median: f64) -> Option<()> {
        let about = json!({
            "function_id": way, "value_str": value, "throughput": { "Elements": 1_000 },
        });
        let samples = json!({ "iters": [1, 2], "times": [median * 2.0, median] });
        report.enter(&about, &json!({ "median": { "point_estimate": median } }), &samples)
    }

    #[test]
    fn a_row_has_both_ways_and_their_ratio() {
        let mut report = Report::default();
        assert!(enter(&mut report, ROUTER, "1024/hot", 30_000.0).is_some());
        assert!(enter(&mut report, ROOFLINE, "1024/hot", 20_000.0).is_some());
        assert!(enter(&mut report, ROUTER, "16/hot", 30_000.0).is_some());
        let table = report.to_string();
        let rows: Vec<&str> = table.lines().skip(2).collect();
        assert_eq!(
            rows,
            [
                "| hot         |        16 |      30.0 |           - |     - |       - |",
                "| hot         |      1024 |      30.0 |        20.0 |  1.50 |    1.50 |",
            ]
        );
    }

    #[test]
    fn a_benchmark_of_another_kind_is_passed_over() {
        let mut report = Report::default();
        assert_eq!(enter(&mut report, ROUTER, "many", 1.0), None);
        assert_eq!(report, Report::default());
    }

    #[test]
    fn without_estimates_the_command_is_named() {
        let nowhere = Path::new("no such folder");
        let report = Report::read(nowhere).unwrap().to_string();
        assert!(report.contains(COMMAND), "{report}");
    }
}
