//! Every recording as a path of the model.
use std::collections::BTreeMap;
use serde_json::{Map, Value};
use worldport_model::Profile;
use worldport_proofs::agree::read_trace;
use worldport_proofs::paths::{Scene, Search, Verdict, script::Script, seek, seen::Trace};

fn main() {
    let only = std::env::args().nth(1);
    let verbose = std::env::args().nth(2).is_some();
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("browsers");
    let mut count: BTreeMap<String, usize> = BTreeMap::new();
    let sets = [("scenarios", "traces"), ("scenarios", "traces-again"), ("findings/scenarios", "findings/traces")];
    for (scenarios, traces) in sets {
        for profile in [Profile::Chromium, Profile::Firefox] {
            let dir = root.join(traces).join(profile.name());
            let mut files: Vec<_> = std::fs::read_dir(&dir).unwrap().map(|e| e.unwrap().path()).collect();
            files.sort();
            for file in files {
                let name = file.file_stem().unwrap().to_string_lossy().into_owned();
                if only.as_ref().is_some_and(|only| !name.starts_with(only.as_str())) { continue; }
                let scenario: Map<String, Value> = serde_json::from_slice(&std::fs::read(root.join(scenarios).join(format!("{name}.json"))).unwrap()).unwrap();
                let script = match Script::read(&scenario, profile.name()) { Ok(s) => s, Err(e) => { println!("{traces}/{}/{name}: UNREADABLE {e}", profile.name()); *count.entry("unreadable".into()).or_default() += 1; continue } };
                let trace = Trace::read(&read_trace(&std::fs::read(&file).unwrap()).unwrap());
                let t = std::time::Instant::now();
                let mut last = None;
                for search in [Search::Settled, Search::Interleaved, Search::Late] {
                    let scene = Scene::new(&script, &trace, profile.rules(), search);
                    let v = seek(&scene, 60_000);
                    let done = matches!(v, Verdict::Accepted(_));
                    if last.is_none() || done { last = Some(v); }
                    if done { break }
                }
                let ms = t.elapsed().as_millis();
                match last.unwrap() {
                    Verdict::Accepted(p) => { *count.entry(format!("accepted {:?}", p.search)).or_default() += 1;
                        if p.search != Search::Settled || ms > 300 || verbose { println!("{traces}/{}/{name}: {:?} {ms} ms, {} actions, {} explained, {} visited", profile.name(), p.search, p.actions, p.explained, p.visited); } }
                    Verdict::Rejected(m) => { *count.entry("rejected".into()).or_default() += 1; println!("{traces}/{}/{name}: REJECTED {ms} ms\n   step {} of {:?}\n   does {}\n   recorded {}", profile.name(), m.step, m.life, m.does.chars().take(300).collect::<String>(), m.recorded.chars().take(300).collect::<String>()); }
                    Verdict::Undecided(n) => { *count.entry("undecided".into()).or_default() += 1; println!("{traces}/{}/{name}: UNDECIDED {n} {ms} ms", profile.name()); }
                }
            }
        }
    }
    println!("{count:?}");
}
