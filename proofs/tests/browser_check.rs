//! The browsers' rules explored to the end: they break what `proofs/src/findings.rs` says, and no more; each
//! finding has its cause, its scenario and its recording.
//!
//! `WORLDPORT_BLESS=1` rewrites the figures and the scenarios instead of comparing them.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use worldport_model::Profile;
use worldport_model::invariant::TABLE;
use worldport_proofs::agree::read_trace;
use worldport_proofs::check::{Exploration, explore, explore_exactly, explore_with};
use worldport_proofs::findings::{FINDINGS, Seen, expected, missing, shortest, unseen};
use worldport_proofs::graph::ledger;
use worldport_proofs::machine::{Bounds, Machine, WAYS, by_name, shapes};
use worldport_proofs::scenario::scenario;

/// What explores allocates all the time.
#[global_allocator]
static ALLOCATOR: worldport_proofs::Allocator = worldport_proofs::Allocator;

const COMMAND: &str = "WORLDPORT_BLESS=1 cargo test -p worldport-proofs --test browser_check";

#[test]
fn chromium_breaks_what_is_expected_and_no_more() {
    breaks_what_is_expected(Profile::Chromium, "chromium");
}

#[test]
fn firefox_breaks_what_is_expected_and_no_more() {
    breaks_what_is_expected(Profile::Firefox, "firefox");
}

/// The figures of the small bounds are pinned, so that a change of meaning shows in the diff.
fn breaks_what_is_expected(profile: Profile, name: &str) {
    let explored =
        shapes(Bounds::Small).into_iter().map(|shape| explore(shape, profile, 1, |_| {}));
    let explored: Vec<Exploration> = explored.collect();
    let found = shortest(profile, &explored);
    for violation in &found {
        let way = violation.way.map(|way| WAYS[way].name);
        let id = TABLE[violation.row].id;
        assert!(expected(profile, violation).is_some(), "{id} by {way:?}: {:?}", violation.actions);
    }
    let gone: Vec<&str> = missing(profile, &found).iter().map(|it| it.way).collect();
    assert!(gone.is_empty(), "no longer found: {gone:?}");

    let mut figures = String::from("shape, unique states, edges, depth\n");
    for it in &explored {
        is_as_the_ledger_says(profile, it);
        let line = (it.shape.name, it.unique_states, it.steps, it.depth);
        writeln!(figures, "{}, {}, {}, {}", line.0, line.1, line.2, line.3).expect("text");
    }
    figures.push_str("\nway, shape, steps\n");
    for it in &found {
        let way = it.way.map_or("unknown", |way| WAYS[way].name);
        writeln!(figures, "{way}, {}, {}", it.shape.name, it.actions.len()).expect("text");
    }
    is_fresh(&folder().join(format!("{name}-figures.txt")), &figures);
    for violation in &found {
        let finding = expected(profile, violation).expect("an expected one");
        let scenario = finding.scenario(violation).unwrap_or_else(|why| panic!("{why}"));
        is_fresh(
            &folder().join("scenarios").join(finding.name()).with_extension("json"),
            &scenario,
        );
        let diagram = finding.diagram(violation);
        is_fresh(&folder().join(finding.name()).with_extension("txt"), &diagram);
    }
    assert!(explored.iter().map(|it| it.unique_states).sum::<usize>() > 200_000);
}

#[test]
fn the_larger_machines_of_chromium_are_as_large_as_the_ledger_says() {
    larger_machines(Profile::Chromium);
}

#[test]
fn the_larger_machines_of_firefox_are_as_large_as_the_ledger_says() {
    larger_machines(Profile::Firefox);
}

/// Two searches count the same, as on the smaller machines, and break what is expected.
fn larger_machines(profile: Profile) {
    let small = shapes(Bounds::Small);
    let larger = shapes(Bounds::Default).into_iter();
    for shape in larger.filter(|shape| small.iter().all(|other| other.name != shape.name)) {
        let found = explore(shape, profile, 1, |_| {});
        is_as_the_ledger_says(profile, &found);
        for violation in &found.violations {
            assert!(expected(profile, violation).is_some(), "{}: {violation:?}", shape.name);
        }
    }
}

/// The graph and the explorer, which are other searches, are held to the same row, and the explorer finds the
/// same failures.
fn is_as_the_ledger_says(profile: Profile, it: &Exploration) {
    let row = ledger::row(profile, it.shape).unwrap_or_else(|why| panic!("{why}"));
    let counted = (it.unique_states, it.steps - 1, it.depth);
    assert_eq!(counted, (row.states, row.edges, row.depth), "{}", it.shape.name);
    let (exactly, found) = explore_exactly(it.shape, profile, 2, |_| {});
    let counted = (found.states, found.edges, found.refused, found.depth);
    assert_eq!(counted, (row.states, row.edges, row.refused, row.depth), "{}", it.shape.name);
    let failures = |it: &Exploration| -> Vec<_> {
        it.violations.iter().map(|it| (it.row, it.way, it.actions.clone())).collect()
    };
    assert_eq!(failures(&exactly), failures(it), "{}", it.shape.name);
    assert_eq!(exactly.witnessed, it.witnessed, "{}", it.shape.name);
}

#[test]
fn every_file_of_the_folder_is_a_findings() {
    let names: Vec<String> = FINDINGS.iter().map(|it| it.name()).collect();
    let entries = [folder(), folder().join("scenarios")]
        .into_iter()
        .flat_map(|folder| fs::read_dir(folder).expect("a folder of findings"));
    for entry in entries {
        let path = entry.expect("an entry").path();
        let stem = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let known = names.contains(&stem) || stem.ends_with("-figures");
        assert!(known || path.is_dir(), "{} is nobody's finding", path.display());
    }
}

#[test]
fn each_finding_goes_when_the_one_choice_that_causes_it_is_the_one_of_standard() {
    let mut explored: BTreeMap<(&str, String), Vec<&str>> = BTreeMap::new();
    for finding in &FINDINGS {
        let rules = format!("{:?}", finding.profile.rules());
        assert!(rules.contains(finding.cause), "{}: {}", finding.name(), finding.cause);
        let (member, _) = finding.cause.split_once(": ").expect("a member and its value");
        let mended = format!("{:?}", finding.mended);
        for part in mended.split(", ").filter(|part| !rules.contains(part)) {
            assert!(part.contains(member), "{}: {part} is another choice", finding.name());
            assert!(format!("{:?}", Profile::Standard.rules()).contains(part), "{part}");
        }
        assert_ne!(mended, rules, "{} mends nothing", finding.name());
        let ways = explored.entry((finding.shape, mended)).or_insert_with(|| {
            let shape = by_name(finding.shape).expect("a shape of this name");
            let found = explore_with(Machine::new(shape, &finding.mended), 1, &mut |_| {});
            found.violations.iter().filter_map(|it| it.way).map(|way| WAYS[way].name).collect()
        });
        assert!(!ways.contains(&finding.way), "{} has another cause", finding.name());
    }
}

#[test]
fn the_browsers_were_recorded_doing_what_the_findings_say() {
    let hold = |path: &Path, claims: &[Seen]| {
        let bytes = fs::read(path).unwrap_or_else(|why| panic!("{}: {why}", path.display()));
        let trace = read_trace(&bytes).expect("a trace");
        assert_eq!(unseen(&trace, claims), Vec::<String>::new(), "{}", path.display());
    };
    for finding in &FINDINGS {
        // The counterexample itself, which the browser was asked to run.
        let own = folder().join("traces").join(finding.profile.name()).join(finding.name());
        hold(&own.with_extension("json"), finding.shows);
        assert!(!finding.recorded.is_empty(), "{} is seen nowhere else", finding.name());
        for recorded in finding.recorded {
            let traces = browsers().join("traces").join(finding.profile.name());
            let path = traces.join(recorded.scenario).with_extension("json");
            hold(&path, recorded.seen);
        }
    }
}

#[test]
fn a_claim_that_a_trace_does_not_bear_out_is_found() {
    let bytes = br#"{"header":true}
{"ctx":"e1","phase":2,"ev":"disconnect","fn":"D0"}
"#;
    let trace = read_trace(bytes).expect("a trace");
    let claim = |step, context, record, times| Seen { step, context, record, times };
    let holds = |seen| unseen(&trace, &[seen]).is_empty();
    assert!(holds(claim(2, "e1", r#"{"ev":"disconnect"}"#, 1)));
    assert!(holds(claim(0, "e1", r#"{"ev":"disconnect","fn":"D0"}"#, 1)));
    assert!(!holds(claim(3, "e1", r#"{"ev":"disconnect"}"#, 1)));
    assert!(!holds(claim(2, "e2", r#"{"ev":"disconnect"}"#, 1)));
    assert!(!holds(claim(2, "e1", r#"{"ev":"disconnect","fn":"D1"}"#, 1)));
    assert!(!holds(claim(2, "e1", r#"{"ev":"disconnect"}"#, 0)));
    assert!(holds(claim(3, "e1", r#"{"ev":"disconnect"}"#, 0)));
    assert!(!holds(claim(2, "e1", "not JSON", 0)), "a claim that says nothing");
}

#[test]
fn a_path_that_no_browser_can_be_asked_for_is_refused_with_the_reason() {
    use worldport_model::{Action, Background, ExtensionId};
    let load = Action::LoadExtension { background: Background::Stopped };
    let refused =
        scenario("", Profile::Standard.rules(), &[load, load]).expect_err("two extensions");
    assert!(refused.contains("LoadExtension"), "{refused}");
    let unload = Action::UnloadExtension { extension: ExtensionId(0) };
    let refused = scenario("", Profile::Standard.rules(), &[unload]).expect_err("no extension");
    assert!(refused.contains("refused"), "{refused}");
}

fn is_fresh(path: &Path, text: &str) {
    if std::env::var_os("WORLDPORT_BLESS").is_some_and(|value| value == "1") {
        fs::create_dir_all(folder().join("scenarios")).expect("the folder of findings");
        fs::write(path, text).expect("it is writable");
        return;
    }
    let there = fs::read_to_string(path).unwrap_or_default().replace("\r\n", "\n");
    assert_eq!(there, text, "{} is stale; run `{COMMAND}`", path.display());
}

fn browsers() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("browsers")
}

fn folder() -> PathBuf {
    browsers().join("findings")
}
