//! Instructions: what a route costs in a unit that no other program on the machine can change.
//!
//! Each [`Subject`] is run twice under valgrind's `callgrind`, which counts what the processor
//! executes. The runs differ only in how often the subject is done, so the difference is what that
//! costs: the program's start, the opening of channels and the warming-up are in both. Programs that
//! are counted end without tidying up, which they would do to different things.
//!
//! Counts are those of one compiler on one kind of processor. Caches are not in them: many channels
//! cost more time and not more instructions.

use std::collections::BTreeMap;
use std::fmt;
use std::process::{Command, exit};
use std::str::FromStr;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::{env, io, thread};

use serde_json::{Value, json};
use worldport::shards::Shards;
use worldport::{Limits, Refusal, Rules};

use crate::load::{Content, Load};
use crate::report::{CHURN, DEATH, ROOFLINE, ROUTER};
use crate::{Fixture, Numbered, Pattern, Roofline, Sharded, Walk, Way};

/// How far a count may be from the one in the table, as a part of it.
pub const TOLERANCE: f64 = 0.05;

/// What lets queues grow, and is in both runs.
const WARM_UP: u64 = 2_000;

/// What is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subject {
    /// Connecting and disconnecting while so many channels are open.
    Churn {
        /// Channels that stay.
        channels: usize,
    },
    /// The death of a context while so many channels are open.
    Death {
        /// Ports of the context.
        ports: usize,
        /// Channels that stay.
        channels: usize,
    },
    /// A route.
    Route {
        /// By which way.
        by: By,
        /// Under which load.
        load: Load,
    },
}

/// What makes a route.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum By {
    /// The roofline.
    Roofline,
    /// The router.
    Router,
    /// The router in a shard, with two locks a route.
    Shards,
}

impl By {
    const ALL: [Self; 3] = [Self::Roofline, Self::Router, Self::Shards];

    const fn name(self) -> &'static str {
        match self {
            Self::Roofline => ROOFLINE,
            Self::Router => ROUTER,
            Self::Shards => "shards",
        }
    }
}

/// Displayed as `router 1024/hot/u64/1/1`, `churn 1024` or `death 1/1024`.
impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Churn { channels } => write!(f, "{CHURN} {channels}"),
            Self::Death { ports, channels } => write!(f, "{DEATH} {ports}/{channels}"),
            Self::Route { by, load } => write!(f, "{} {load}", by.name()),
        }
    }
}

impl FromStr for Subject {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("no subject {text:?}: write one as {}", Self::all()[0]);
        let (name, rest) = text.split_once(' ').ok_or_else(wrong)?;
        let number = |text: &str| text.parse::<usize>().map_err(|_| wrong());
        Ok(match name {
            CHURN => Self::Churn { channels: number(rest)? },
            DEATH => {
                let (ports, channels) = rest.split_once('/').ok_or_else(wrong)?;
                Self::Death { ports: number(ports)?, channels: number(channels)? }
            }
            _ => {
                let by = By::ALL.into_iter().find(|by| by.name() == name).ok_or_else(wrong)?;
                Self::Route { by, load: rest.parse()? }
            }
        })
    }
}

impl Subject {
    /// All that are in the table.
    #[must_use]
    pub fn all() -> Vec<Self> {
        let load = |channels, pattern, payload, burst| Load {
            channels,
            pattern,
            payload,
            burst,
            receivers: 1,
        };
        use Content::{Inline, Number, Shared};
        use Pattern::{AllToOne, Hot, RoundRobin, Scattered, Zipf};
        let loads = [
            load(16, RoundRobin, Number, 1),
            load(1_024, Hot, Number, 1),
            load(1_024, RoundRobin, Number, 1),
            load(1_024, RoundRobin, Number, 16),
            load(1_024, RoundRobin, Number, 256),
            load(1_024, RoundRobin, Inline, 1),
            load(1_024, RoundRobin, Shared, 1),
            load(1_024, Scattered, Number, 1),
            load(1_024, Zipf, Number, 1),
            load(1_024, AllToOne, Number, 16),
            load(65_536, RoundRobin, Number, 1),
            load(65_536, Scattered, Number, 1),
        ];
        let several = Load { receivers: 4, ..loads[2] };
        let routes = [By::Roofline, By::Router]
            .into_iter()
            .flat_map(|by| loads.into_iter().map(move |load| Self::Route { by, load }));
        let open = [1_024, 65_536];
        routes
            .chain([
                Self::Route { by: By::Router, load: several },
                Self::Route { by: By::Shards, load: loads[2] },
            ])
            .chain(open.map(|channels| Self::Churn { channels }))
            .chain(open.map(|channels| Self::Death { ports: 1, channels }))
            .chain(open.map(|channels| Self::Death { ports: 1_000, channels }))
            .collect()
    }

    /// How often it is done more in the longer run.
    const fn times(&self) -> u64 {
        match self {
            Self::Churn { .. } => 1_000,
            Self::Death { ports, .. } => 2_000 / *ports as u64,
            Self::Route { .. } => 16_000,
        }
    }

    /// Does it so often, after a set-up that does not depend on how often, and ends the program.
    ///
    /// # Errors
    ///
    /// What the router refused. It should refuse nothing.
    pub fn perform(self, times: u64) -> Result<(), Refusal> {
        match self {
            Self::Churn { channels } => {
                let mut router = Fixture::<u64>::new(channels)?;
                for _ in 0..WARM_UP + times {
                    router.churn()?;
                }
                exit(0);
            }
            Self::Death { ports, channels } => {
                let mut router = Fixture::<u64>::new(channels)?;
                let doomed: Result<Vec<_>, _> =
                    (0..self.times() + 1).map(|_| router.doom(ports)).collect();
                let mut doomed = doomed?.into_iter();
                // The first grows the queues of the receiver's turns.
                for context in doomed.by_ref().take(1 + times as usize) {
                    router.kill(&context)?;
                }
                exit(0);
            }
            Self::Route { by, load } => match load.payload {
                Content::Number => routes::<u64>(by, load, times),
                Content::Inline => routes::<[u8; 24]>(by, load, times),
                Content::Shared => routes::<Arc<[u8]>>(by, load, times),
            },
        }
    }

    /// Counts what doing it once costs, by running this program again under valgrind.
    ///
    /// # Errors
    ///
    /// If valgrind cannot be run, or says what it never said.
    pub fn count(self) -> io::Result<f64> {
        let times = self.times();
        let (few, many) = (self.counted(0)?, self.counted(times)?);
        // A tenth of an instruction: routes of a burst share some.
        let each = many.saturating_sub(few) as f64 / times as f64;
        Ok((each * 10.0).round() / 10.0)
    }

    fn counted(self, times: u64) -> io::Result<u64> {
        let output = Command::new(VALGRIND)
            .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
            .arg(env::current_exe()?)
            .args(["perform", &self.to_string(), &times.to_string()])
            .output()?;
        let told = String::from_utf8_lossy(&output.stderr);
        let count = told.lines().find_map(|line| {
            let (_, count) = line.split_once("Collected :")?;
            count.trim().parse().ok()
        });
        match count {
            Some(count) if output.status.success() => Ok(count),
            _ => Err(io::Error::other(format!("{self}: {VALGRIND} did not count:\n{told}"))),
        }
    }
}

/// What counts.
const VALGRIND: &str = "valgrind";

fn routes<P: Numbered>(by: By, load: Load, times: u64) -> Result<(), Refusal> {
    fn go(mut way: impl Way, load: Load, times: u64) -> ! {
        let mut walk = Walk::new(Pattern::RoundRobin, load.channels);
        way.run(&mut walk, load.burst, WARM_UP);
        let mut walk = Walk::new(load.pattern, load.channels);
        way.run(&mut walk, load.burst, times / load.burst as u64);
        exit(0);
    }
    let Load { channels, receivers, .. } = load;
    match by {
        By::Roofline => go(Roofline::<P>::new(channels), load, times),
        By::Router => go(Fixture::<P>::with_receivers(channels, receivers)?, load, times),
        By::Shards => {
            let shards = Shards::<P>::new(2, &Rules::STANDARD, &Limits::DEFAULT);
            go(Sharded::new(&shards, channels)?, load, times)
        }
    }
}

/// Instructions by subject, and the compiler that made them.
#[derive(Clone, Debug, PartialEq)]
pub struct Counts {
    /// What `rustc --version` says.
    pub compiler: String,
    /// Instructions for doing a subject once.
    pub rows: BTreeMap<String, f64>,
}

impl Counts {
    /// Counts all subjects, as many at a time as there are processors.
    ///
    /// # Errors
    ///
    /// [`NotFound`](io::ErrorKind::NotFound) if there is no valgrind; any other if it cannot count.
    pub fn count() -> io::Result<Self> {
        // What is not there is said once, before anything is counted.
        Command::new(VALGRIND).arg("--version").output()?;
        let (subjects, next) = (Subject::all(), AtomicUsize::new(0));
        let rows = Mutex::new(Ok(BTreeMap::new()));
        let workers = thread::available_parallelism().map_or(1, usize::from);
        thread::scope(|scope| {
            for _ in 0..workers {
                scope.spawn(|| {
                    while let Some(subject) = subjects.get(next.fetch_add(1, Ordering::Relaxed)) {
                        let count = subject.count();
                        let mut rows = rows.lock().expect("no count panics");
                        match (&mut *rows, count) {
                            (Ok(rows), Ok(count)) => drop(rows.insert(subject.to_string(), count)),
                            (rows, Err(error)) => *rows = Err(error),
                            (Err(_), Ok(_)) => {}
                        }
                    }
                });
            }
        });
        Ok(Self { compiler: compiler(), rows: rows.into_inner().expect("no count panics")? })
    }

    /// Reads a table.
    ///
    /// # Errors
    ///
    /// What is wrong with it.
    pub fn parse(text: &str) -> Result<Self, String> {
        let table: Value = serde_json::from_str(text).map_err(|error| error.to_string())?;
        let compiler = table["rustc"].as_str().ok_or("there is no text \"rustc\"")?.to_owned();
        let rows = table["instructions"].as_object().ok_or("there are no \"instructions\"")?;
        let rows = rows.iter().map(|(subject, count)| {
            let count = count.as_f64().ok_or_else(|| format!("{subject:?} has no number"))?;
            Ok((subject.clone(), count))
        });
        Ok(Self { compiler, rows: rows.collect::<Result<_, String>>()? })
    }

    /// What is not as in a table, a line each: counts that are too far from it, and subjects that
    /// only one of the two has.
    #[must_use]
    pub fn differences(&self, table: &Self) -> Vec<String> {
        let subjects = self
            .rows
            .keys()
            .chain(table.rows.keys().filter(|&subject| !self.rows.contains_key(subject)));
        subjects
            .filter_map(|subject| match (self.rows.get(subject), table.rows.get(subject)) {
                (Some(count), Some(due)) if (count - due).abs() <= TOLERANCE * due => None,
                (Some(count), Some(due)) => {
                    let change = (count / due - 1.0) * 100.0;
                    Some(format!(
                        "{subject}: {count} instructions instead of {due} ({change:+.1} %)"
                    ))
                }
                (Some(count), None) => Some(format!("{subject}: {count} instructions, and no row")),
                (None, _) => Some(format!("{subject}: a row that nothing is counted for")),
            })
            .collect()
    }
}

/// The table as it is checked in.
impl fmt::Display for Counts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{:#}", json!({ "rustc": self.compiler, "instructions": self.rows }))
    }
}

/// What the compiler calls itself.
fn compiler() -> String {
    let compiler = env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let version = Command::new(compiler).arg("--version").output();
    let version = version.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned());
    version.unwrap_or_else(|_| "unknown".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    fn counts(rows: &[(&str, f64)]) -> Counts {
        let rows = rows.iter().map(|&(subject, count)| (subject.to_owned(), count)).collect();
        Counts { compiler: "rustc 1".to_owned(), rows }
    }

    #[test]
    fn a_subject_is_read_as_it_is_written() {
        let all = Subject::all();
        for subject in &all {
            assert_eq!(subject.to_string().parse(), Ok(*subject));
        }
        let names: BTreeSet<String> = all.iter().map(ToString::to_string).collect();
        assert_eq!(names.len(), all.len());
        for wrong in ["", "churn", "churn x", "death 1", "router 16", "nobody 16"] {
            assert!(wrong.parse::<Subject>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_table_is_read_as_it_is_written() {
        let counts = counts(&[("churn 16", 1_000.0), ("router 16/hot/u64/1/1", 99.5)]);
        assert_eq!(Counts::parse(&counts.to_string()), Ok(counts));
        for wrong in ["", "{}", r#"{"rustc": "1", "instructions": {"churn 16": null}}"#] {
            assert!(Counts::parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn five_in_a_hundred_are_no_difference() {
        let table = counts(&[("churn 16", 100.0)]);
        for (count, differences) in [(95.0, 0), (105.0, 0), (94.9, 1), (105.1, 1)] {
            let found = counts(&[("churn 16", count)]).differences(&table);
            assert_eq!(found.len(), differences, "{found:?}");
        }
    }

    #[test]
    fn a_row_that_one_of_the_two_lacks_is_a_difference() {
        let (some, other) = (counts(&[("churn 16", 1.0)]), counts(&[("churn 17", 1.0)]));
        assert_eq!(some.differences(&other).len(), 2);
    }

    /// Every row that is checked in is counted, and none is missing.
    #[test]
    fn the_table_has_a_row_for_every_subject() {
        let table = Counts::parse(include_str!("../instructions.json")).unwrap();
        let rows: BTreeSet<String> = table.rows.into_keys().collect();
        let subjects: BTreeSet<String> = Subject::all().iter().map(ToString::to_string).collect();
        assert_eq!(rows, subjects);
    }
}
