//! `worldport conform`: every scenario recorded here and compared with the recordings of browsers.
//!
//! What counts as the same behaviour is [`worldport_proofs::agree`]'s to say, for every comparison of
//! this project. Scenarios are independent of each other, so they are recorded side by side, and
//! reported in the order of their names.

mod listed;

use std::collections::BTreeSet;
use std::fs;
use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use indicatif::{ProgressBar, ProgressStyle};
use serde_json::{Map, Value, json};
use worldport_proofs::agree::{Difference, differences, read_trace};

use self::listed::Listed;
use crate::record::{RecordError, record, scenario};
use crate::{ConformOptions, ProfileName};

/// Of so many steps, one may be listed as one that cannot agree.
const STEPS_A_LISTED_ONE: usize = 100;

/// A profile, and the browser whose recordings it is compared with.
type Pair = (ProfileName, &'static str);
type Trace = Vec<Map<String, Value>>;

/// What a comparison with one browser came to.
#[derive(Clone, Copy, Debug, Default)]
struct Totals {
    scenarios: usize,
    agreeing: usize,
    steps: usize,
    agreed: usize,
    listed: usize,
}

/// One scenario, recorded here and compared.
#[derive(Debug)]
struct Compared {
    name: String,
    steps: usize,
    /// What differs, but for listed steps.
    differing: Vec<Difference>,
    /// Steps that differ and are listed.
    listed: BTreeSet<u64>,
    /// Why the recording stopped.
    stopped: Option<String>,
}

impl Compared {
    fn places(&self) -> BTreeSet<u64> {
        self.differing.iter().map(|difference| difference.step).collect()
    }

    fn agreed(&self) -> usize {
        let differing = self.places().len() + self.listed.len();
        if self.stopped.is_some() { 0 } else { self.steps.saturating_sub(differing) }
    }

    fn agrees(&self) -> bool {
        self.stopped.is_none() && self.differing.is_empty()
    }
}

pub(crate) fn command(options: &ConformOptions) -> ExitCode {
    let pairs: &[Pair] = match options.profile {
        None => &[(ProfileName::Chromium, "chromium"), (ProfileName::Firefox, "firefox")],
        Some(ProfileName::Chromium) => &[(ProfileName::Chromium, "chromium")],
        Some(ProfileName::Firefox) => &[(ProfileName::Firefox, "firefox")],
        Some(ProfileName::Standard) => {
            &[(ProfileName::Standard, "chromium"), (ProfileName::Standard, "firefox")]
        }
    };
    let mut all_agree = true;
    for &pair in pairs {
        match compare_all(options, pair) {
            Ok(agree) => all_agree &= agree,
            Err(reason) => {
                eprintln!("worldport: {reason}");
                return ExitCode::from(2);
            }
        }
    }
    if all_agree { ExitCode::SUCCESS } else { ExitCode::from(1) }
}

/// Compares with one browser, and prints what differs. Whether nothing does that is not listed.
fn compare_all(options: &ConformOptions, pair: Pair) -> Result<bool, String> {
    let (profile, browser) = pair;
    let listed = Listed::read(&options.dir, browser)?;
    let paths = scenarios(&options.dir.join("scenarios"), &options.only)?;
    let compared = side_by_side(&paths, browser, |path| compare(options, pair, &listed, path))?;
    let mut totals = Totals::default();
    for scenario in &compared {
        totals.scenarios += 1;
        totals.agreeing += usize::from(scenario.agrees());
        totals.steps += scenario.steps;
        totals.agreed += scenario.agreed();
        totals.listed += scenario.listed.len();
        report(options, pair, scenario);
    }
    let profile = profile.both().0.name;
    summarise(options.json, profile, browser, totals);
    if !options.json {
        for scenario in &compared {
            for &step in &scenario.listed {
                say!(
                    "  listed: {} step {step}: {}",
                    scenario.name,
                    listed.reason(&scenario.name, step)
                );
            }
        }
    }
    let stale = listed.stale(compared.iter().map(|it| (it.name.as_str(), &it.listed)));
    for entry in &stale {
        say!("  {entry} is listed in {}, and agrees", listed.file.display());
    }
    let too_many = options.only.is_empty() && totals.listed * STEPS_A_LISTED_ONE > totals.steps;
    if too_many {
        say!("  more than one step in {STEPS_A_LISTED_ONE} is listed");
    }
    Ok(totals.agreeing == totals.scenarios && stale.is_empty() && !too_many)
}

/// Compares scenarios on all processors; the answers are in the order of the scenarios.
fn side_by_side(
    paths: &[PathBuf],
    browser: &str,
    compare: impl Fn(&Path) -> Result<Option<Compared>, String> + Sync,
) -> Result<Vec<Compared>, String> {
    let bar = ProgressBar::new(paths.len() as u64);
    if let (true, Ok(style)) = (
        std::io::stderr().is_terminal(),
        ProgressStyle::with_template("{prefix} {bar:30} {pos} of {len} scenarios, {elapsed}"),
    ) {
        bar.set_style(style);
        bar.set_prefix(browser.to_owned());
    } else {
        bar.set_draw_target(indicatif::ProgressDrawTarget::hidden());
    }
    let next = AtomicUsize::new(0);
    let found = Mutex::new(Vec::new());
    let threads = thread::available_parallelism().map_or(1, usize::from).min(paths.len());
    thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                while let Some(path) = paths.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let compared = compare(path);
                    bar.inc(1);
                    if let Ok(mut found) = found.lock() {
                        found.push((path, compared));
                    }
                }
            });
        }
    });
    bar.finish_and_clear();
    let mut found = found.into_inner().map_err(|_| "a comparison broke off".to_owned())?;
    found.sort_by_key(|(path, _)| *path);
    let compared = found.into_iter().map(|(_, compared)| compared);
    Ok(compared.collect::<Result<Vec<_>, _>>()?.into_iter().flatten().collect())
}

/// Records a scenario and compares it; nothing if the browser has no recording of it.
fn compare(
    options: &ConformOptions,
    (profile, browser): Pair,
    listed: &Listed,
    path: &Path,
) -> Result<Option<Compared>, String> {
    let file = path.file_name().unwrap_or_default();
    let recorded = options.dir.join("traces").join(browser).join(file);
    let Some(trace) = read(&recorded)? else { return Ok(None) };
    let again = read(&options.dir.join("traces-again").join(browser).join(file))?;
    let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    let scenario = scenario(path).map_err(|error| match error {
        RecordError::Stopped(reason) | RecordError::Unreadable(reason) => reason,
    })?;
    let steps = scenario.get("steps").and_then(Value::as_array).map_or(0, Vec::len);
    let (host, rules) = profile.both();
    let (all, stopped) = match record(&scenario, &host, rules) {
        Ok(candidate) => (differences(&trace, &candidate, again.as_deref()), None),
        Err(RecordError::Stopped(reason)) => (Vec::new(), Some(reason)),
        Err(RecordError::Unreadable(reason)) => {
            return Err(format!("{}: {reason}", path.display()));
        }
    };
    let (excused, differing): (Vec<Difference>, Vec<Difference>) =
        all.into_iter().partition(|difference| listed.holds(&name, difference.step));
    let listed = excused.iter().map(|difference| difference.step).collect();
    Ok(Some(Compared { name, steps, differing, listed, stopped }))
}

fn report(options: &ConformOptions, (profile, browser): Pair, scenario: &Compared) {
    let Compared { name, steps, stopped, listed, .. } = scenario;
    let (agreed, places) = (scenario.agreed(), scenario.places());
    if options.json {
        let line = json!({
            "event": "scenario", "profile": profile.both().0.name, "browser": browser,
            "scenario": name, "steps": steps, "agreed": agreed, "differing": places,
            "listed": listed, "stopped": stopped,
        });
        say!("{line}");
    } else if let Some(reason) = stopped {
        say!(
            "{browser} {name}: 0 of {steps} steps agree, because the recording stopped\n  {reason}"
        );
    } else if !places.is_empty() {
        say!("{browser} {name}: {agreed} of {steps} steps agree, not {}", list(&places));
        if options.verbose {
            scenario.differing.iter().for_each(show);
        }
    }
}

fn summarise(json: bool, profile: &str, browser: &str, totals: Totals) {
    let Totals { scenarios, agreeing, steps, agreed, listed } = totals;
    if json {
        let line = json!({
            "event": "summary", "profile": profile, "browser": browser, "scenarios": scenarios,
            "agreeing": agreeing, "steps": steps, "agreed": agreed, "listed": listed,
        });
        say!("{line}");
    } else {
        let beside =
            if listed > 0 { format!(", {listed} listed as unable to") } else { String::new() };
        say!(
            "profile {profile}, recordings of {browser}: {agreeing} of {scenarios} scenarios agree, \
             {agreed} of {steps} steps{beside}"
        );
    }
}

fn list(places: &BTreeSet<u64>) -> String {
    places.iter().map(u64::to_string).collect::<Vec<_>>().join(", ")
}

fn show(difference: &Difference) {
    let events = |events: &Option<Vec<Value>>| match events {
        None => "nothing".to_owned(),
        Some(events) => Value::Array(events.clone()).to_string(),
    };
    say!("  step {} {}", difference.step, difference.context);
    say!("    recorded {}", events(&difference.recorded));
    say!("    here     {}", events(&difference.candidate));
}

fn scenarios(dir: &Path, only: &[String]) -> Result<Vec<PathBuf>, String> {
    let entries = fs::read_dir(dir).map_err(|error| format!("{}: {error}", dir.display()))?;
    let mut paths = Vec::new();
    for entry in entries {
        let path = entry.map_err(|error| format!("{}: {error}", dir.display()))?.path();
        let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let wanted = only.is_empty() || only.iter().any(|start| name.starts_with(start.as_str()));
        if wanted && path.extension().is_some_and(|extension| extension == "json") {
            paths.push(path);
        }
    }
    paths.sort();
    if paths.is_empty() {
        return Err(format!("{}: no scenarios", dir.display()));
    }
    Ok(paths)
}

/// A trace, if there is one.
fn read(path: &Path) -> Result<Option<Trace>, String> {
    if !path.exists() {
        return Ok(None);
    }
    let bytes = fs::read(path).map_err(|error| format!("{}: {error}", path.display()))?;
    let trace = read_trace(&bytes).map_err(|error| format!("{}: {error}", path.display()))?;
    Ok(Some(trace))
}
