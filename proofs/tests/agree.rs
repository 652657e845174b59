//! The comparison of traces says of every pair of recordings what `proofs/browsers/agree.py` says.
//!
//! `agreements.json` is written by `python3 ledger.py` in that folder.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Map, Value};
use worldport_proofs::agree::{differences, read_trace};

fn browsers() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("browsers")
}

type Trace = Vec<Map<String, Value>>;

fn trace<'a>(traces: &'a mut BTreeMap<PathBuf, Trace>, folder: &str, name: &str) -> &'a Trace {
    let path = browsers().join(folder).join(format!("{name}.json"));
    traces.entry(path.clone()).or_insert_with(|| {
        let bytes = fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        read_trace(&bytes).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    })
}

#[test]
fn the_port_says_what_the_script_says_of_every_pair_of_recordings() {
    let ledger = fs::read(browsers().join("agreements.json")).expect("the ledger");
    let rows: Vec<Value> = serde_json::from_slice(&ledger).expect("rows");
    let mut traces = BTreeMap::new();
    let mut differing = 0;
    for row in &rows {
        let text = |key: &str| row[key].as_str().unwrap_or_default().to_owned();
        let name = text("scenario");
        let recorded = trace(&mut traces, &text("recorded"), &name).clone();
        let candidate = trace(&mut traces, &text("candidate"), &name).clone();
        let also = row["also"].as_str().map(|folder| trace(&mut traces, folder, &name).clone());
        let found = differences(&recorded, &candidate, also.as_deref());
        let found: Vec<Value> =
            found.iter().map(|it| serde_json::json!([it.step, it.context])).collect();
        assert_eq!(Value::Array(found), row["differ"], "{row}");
        differing += usize::from(row["differ"] != serde_json::json!([]));
    }
    // Agreement and difference are both among them, or the test could not fail.
    assert!(rows.len() > 1_000 && differing > 100 && differing < rows.len());
}

#[test]
fn every_recording_belongs_to_a_scenario() {
    for folder in ["traces", "traces-again"] {
        for browser in ["chromium", "firefox"] {
            let folder = browsers().join(folder).join(browser);
            for entry in fs::read_dir(folder).expect("recordings") {
                let name = entry.expect("a recording").file_name();
                assert!(browsers().join("scenarios").join(&name).exists(), "{name:?}");
            }
        }
    }
}
