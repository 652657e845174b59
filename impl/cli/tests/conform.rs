//! Every scenario in `proofs/browsers`, recorded on the host with the model in lockstep, agrees with what
//! both browsers showed, step by step.

use std::path::Path;
use std::process::Command;

use serde_json::Value;

fn conform(folder: &str, more: &[&str]) -> (Option<i32>, Vec<Value>) {
    let browsers = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../proofs/browsers");
    let output = Command::new(env!("CARGO_BIN_EXE_worldport"))
        .arg("conform")
        .arg(browsers.join(folder))
        .arg("--json")
        .args(more)
        .output()
        .expect("the command starts");
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let lines = text.lines().map(|line| serde_json::from_str(line).expect("a line of JSON"));
    (output.status.code(), lines.collect())
}

/// Scenarios that do not agree, as the command tells them.
fn differing(lines: &[Value]) -> Vec<&Value> {
    let scenarios = lines.iter().filter(|line| line["event"] == "scenario");
    scenarios
        .filter(|line| line["differing"] != Value::Array(Vec::new()) || !line["stopped"].is_null())
        .collect()
}

#[test]
fn every_step_agrees_with_both_browsers_or_is_listed() {
    let (code, lines) = conform("", &[]);
    assert_eq!(differing(&lines), Vec::<&Value>::new());
    let count = std::fs::read_dir(
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../proofs/browsers/scenarios"),
    )
    .expect("the folder of scenarios")
    .count();
    let summaries: Vec<&Value> = lines.iter().filter(|line| line["event"] == "summary").collect();
    assert_eq!(summaries.len(), 2);
    for summary in summaries {
        assert_eq!(summary["scenarios"], count, "{summary}");
        let [steps, agreed, listed] =
            ["steps", "agreed", "listed"].map(|key| summary[key].as_u64().unwrap_or_default());
        assert_eq!(agreed + listed, steps, "{summary}");
        assert!(listed * 100 <= steps, "{summary}");
    }
    assert_eq!(code, Some(0));
}

#[test]
fn what_the_checker_found_is_what_the_browsers_did_when_asked_to_run_it() {
    let (code, lines) = conform("findings", &[]);
    assert_eq!(differing(&lines), Vec::<&Value>::new());
    let summaries = lines.iter().filter(|line| line["event"] == "summary");
    let counts: Vec<Option<u64>> = summaries.map(|line| line["agreeing"].as_u64()).collect();
    assert_eq!(counts, [Some(9), Some(7)]);
    assert_eq!(code, Some(0));
}

#[test]
fn another_profile_differs_and_says_where() {
    let (code, lines) = conform("", &["--profile", "standard", "--only", "f2_"]);
    assert_eq!(code, Some(1));
    let differing = differing(&lines);
    assert!(differing.iter().any(|line| line["browser"] == "chromium"), "{lines:?}");
}
