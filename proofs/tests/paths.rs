//! Every recording of both browsers is a path of the model under its browser's rules, or is listed with the
//! reason why not; and what was not recorded is no path.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::sync::LazyLock;

use serde_json::{Map, Value, json};
use worldport_model::Profile;
use worldport_proofs::agree::read_trace;
use worldport_proofs::paths::page::UNDECIDED;
use worldport_proofs::paths::report::{self, LONG, Report};
use worldport_proofs::paths::{Recording, Search, Trace, recordings, replacements};

type Records = Vec<Map<String, Value>>;

static RECORDINGS: LazyLock<Vec<Recording>> =
    LazyLock::new(|| recordings(&report::browsers()).unwrap_or_else(|why| panic!("{why}")));

const BROWSERS: [Profile; 2] = [Profile::Chromium, Profile::Firefox];

#[test]
fn what_the_recordings_come_to_is_what_the_report_says() {
    let kept = report::read().unwrap_or_else(|why| panic!("{why}"));
    let found = Report::of(&RECORDINGS);
    let titles =
        |report: &Report| report.rows.iter().map(|it| it.recording.clone()).collect::<Vec<_>>();
    assert_eq!(
        titles(&found),
        titles(&kept),
        "other recordings; `{}` writes the report",
        report::COMMAND
    );
    for (found, kept) in found.rows.iter().zip(&kept.rows) {
        assert_eq!(found, kept, "{}; `{}` writes the report", kept.recording, report::COMMAND);
    }
    assert_eq!(found.kinds, kept.kinds, "`{}` writes the report", report::COMMAND);
}

#[test]
fn a_recording_is_accepted_or_listed_and_not_both() {
    let kept = report::read().unwrap_or_else(|why| panic!("{why}"));
    let listed = report::listed().unwrap_or_else(|why| panic!("{why}"));
    assert!(listed.len() <= 6, "the list is for a handful");
    for row in &kept.rows {
        assert_eq!(row.open, [""; 0], "{}: the search was given up", row.recording);
        let is_listed =
            listed.iter().any(|it| it.browser == row.browser() && it.scenario == row.scenario());
        assert_eq!(row.search.is_none(), is_listed, "{}: {:?}", row.recording, row.why);
    }
    for entry in &listed {
        let is_its = kept.of_browser(match entry.browser.as_str() {
            "chromium" => Profile::Chromium,
            _ => Profile::Firefox,
        });
        let recorded = is_its.filter(|row| row.scenario() == entry.scenario).count();
        assert!(recorded > 0 && !entry.reason.is_empty(), "{} is not recorded", entry.scenario);
    }
}

#[test]
fn the_rules_that_no_recording_decides_are_those_with_a_reason() {
    let kept = report::read().unwrap_or_else(|why| panic!("{why}"));
    for browser in BROWSERS {
        let rules: BTreeSet<&str> =
            replacements(browser.rules()).into_iter().map(|it| it.rule).collect();
        let never: BTreeSet<&str> =
            rules.into_iter().filter(|rule| kept.deciding(browser, rule).is_empty()).collect();
        let explained: BTreeSet<&str> =
            UNDECIDED.iter().filter(|it| it.0 == browser).map(|it| it.1).collect();
        assert_eq!(never, explained, "{}", browser.name());
    }
}

#[test]
fn many_recordings_are_no_path_under_the_other_browsers_rules() {
    let kept = report::read().unwrap_or_else(|why| panic!("{why}"));
    for browser in BROWSERS {
        let rows: Vec<_> = kept.of_browser(browser).collect();
        let rejected = rows.iter().filter(|row| row.by_other == Some(false)).count();
        assert!(3 * rejected > rows.len(), "{}: {rejected} of {}", browser.name(), rows.len());
    }
}

/// A scenario that does something in a later task leaves open what comes first: of such a one a message may
/// be missing. Everything else that was not recorded is no path.
#[test]
fn a_trace_that_was_tampered_with_is_rejected() {
    let kept = report::read().unwrap_or_else(|why| panic!("{why}"));
    let settled = |recording: &Recording| {
        let mut rows = kept.rows.iter();
        let row = rows.find(|row| row.recording == recording.title());
        row.is_some_and(|row| row.search == Some(Search::Settled) && row.actions <= LONG)
    };
    let mut tried: BTreeMap<&str, usize> = BTreeMap::new();
    let mut races = 0;
    for recording in RECORDINGS.iter().filter(|it| it.set.starts_with("traces/") && settled(it)) {
        let script = recording.script.as_ref().unwrap_or_else(|why| panic!("{why}"));
        for (what, records) in tampered(&records_of(recording)) {
            *tried.entry(what).or_default() += 1;
            let changed = Recording { trace: Trace::read(&records), ..recording.clone() };
            let accepted = changed.is_accepted_by(recording.profile.rules(), Search::Settled);
            if accepted == Some(true) && script.has_later_tasks() && what == "a message dropped" {
                races += 1;
                continue;
            }
            assert_eq!(accepted, Some(false), "{}: {what}", recording.title());
        }
    }
    assert_eq!(tried.len(), 9, "{tried:?}");
    assert!(tried.values().all(|&count| count >= 20), "{tried:?}");
    assert!(races <= 4, "{races} races");
}

fn records_of(recording: &Recording) -> Records {
    let file = report::browsers().join(&recording.set).join(format!("{}.json", recording.name));
    let bytes = fs::read(&file).unwrap_or_else(|why| panic!("{}: {why}", file.display()));
    read_trace(&bytes).unwrap_or_else(|why| panic!("{}: {why}", file.display()))
}

fn is(record: &Map<String, Value>, kind: &str) -> bool {
    record.get("ev").and_then(Value::as_str) == Some(kind)
}

/// The trace with something else in the place of one record.
fn tampered(records: &Records) -> Vec<(&'static str, Records)> {
    let find = |kind: &str| records.iter().position(|record| is(record, kind));
    let without = |at: usize| {
        let mut changed = records.clone();
        changed.remove(at);
        changed
    };
    let with = |at: usize, key: &str, value: Value| {
        let mut changed = records.clone();
        changed[at].insert(key.to_owned(), value);
        changed
    };
    let mut all = Vec::new();
    if let Some(at) = find("message") {
        let mut twice = records.clone();
        twice.insert(at, records[at].clone());
        all.push(("a message dropped", without(at)));
        all.push(("a message twice", twice));
        all.push(("another message", with(at, "value", json!("nobody has posted this"))));
        all.push(("a message at another port", with(at, "port", json!("no port"))));
    }
    if let Some((one, other)) = neighbours(records) {
        let mut swapped = records.clone();
        swapped.swap(one, other);
        all.push(("two messages swapped", swapped));
    }
    if let Some(at) = find("connect") {
        let mut closed = records[at].clone();
        let port_error =
            if is_firefox(records) { Value::Null } else { json!({ "$undefined": true }) };
        for (key, value) in [
            ("ev", json!("disconnect")),
            ("fn", json!("D0")),
            ("lastError", Value::Null),
            ("portError", port_error),
        ] {
            closed.insert(key.to_owned(), value);
        }
        let mut added = records.clone();
        added.insert(at + 1, closed);
        all.push(("a disconnect added", added));
        all.push(("a connect dropped", without(at)));
    }
    if let Some(at) = find("disconnect") {
        all.push(("a disconnect dropped", without(at)));
    }
    let is_post = |record: &Map<String, Value>| record.get("op") == Some(&json!("postMessage"));
    if let Some(at) = records.iter().position(|record| is(record, "throw") && is_post(record)) {
        all.push(("a refusal made a return", with(at, "ev", json!("return"))));
    }
    all
}

/// Two different messages that one context got at one port in one step.
fn neighbours(records: &Records) -> Option<(usize, usize)> {
    let alike = |one: &Map<String, Value>, other: &Map<String, Value>| {
        let keys = ["ctx", "gen", "port", "phase"];
        keys.iter().all(|key| one.get(*key) == other.get(*key))
            && one.get("value") != other.get("value")
    };
    let messages: Vec<usize> =
        (0..records.len()).filter(|&at| is(&records[at], "message")).collect();
    let pairs = messages
        .iter()
        .enumerate()
        .flat_map(|(place, &one)| messages[place + 1..].iter().map(move |&other| (one, other)));
    pairs.into_iter().find(|&(one, other)| alike(&records[one], &records[other]))
}

/// One browser tells of the API that it has by `envType`.
fn is_firefox(records: &Records) -> bool {
    let mut senders = records.iter().filter_map(|record| record.get("sender"));
    senders.any(|sender| sender.get("envType").is_some())
}
