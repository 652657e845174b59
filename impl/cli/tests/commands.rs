//! The commands as a user meets them: what they print, where, and with which exit code.
//!
//! `tests/seed/` is the example of MDN's page on `runtime.onUserScriptConnect` (its code is in the public
//! domain, CC0), with the manifest and the set-up that it takes for granted.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;
use worldport_proofs::agree::read_trace;
use worldport_proofs::findings::{FINDINGS, Finding, unseen};

const OPEN_AND_CLICK: [&str; 6] =
    ["--open", "https://example.com/", "--click", "body", "--click", "action"];

fn worldport(args: &[&str]) -> Output {
    let command = Command::new(env!("CARGO_BIN_EXE_worldport")).args(args).output();
    command.expect("the command starts")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// A copy of the seed's example in a folder of its own, to be changed.
fn seed(name: &str) -> PathBuf {
    let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/seed");
    let to = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = fs::remove_dir_all(&to);
    fs::create_dir_all(&to).expect("a folder for the copy");
    for entry in fs::read_dir(from).expect("the example") {
        let path = entry.expect("a file of the example").path();
        fs::copy(&path, to.join(path.file_name().expect("a name"))).expect("a copy");
    }
    to
}

fn change(folder: &Path, file: &str, from: &str, to: &str) {
    let path = folder.join(file);
    let before = fs::read_to_string(&path).expect("a file of the copy");
    assert!(before.contains(from), "{file} has no {from:?}");
    fs::write(path, before.replace(from, to)).expect("a changed file");
}

fn run_seed(folder: &Path, more: &[&str]) -> Output {
    let folder = folder.display().to_string();
    let mut args = vec!["run", &folder];
    args.extend(OPEN_AND_CLICK);
    args.extend(more);
    worldport(&args)
}

fn json_lines(output: &Output) -> Vec<Value> {
    let parse = |line: &str| serde_json::from_str(line).expect("a line of JSON");
    text(&output.stdout).lines().map(parse).collect()
}

/// One clear line on standard error and exit code 2.
fn assert_unusable(output: &Output, parts: &[&str]) {
    let error = text(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{error}");
    assert_eq!(error.lines().count(), 1, "{error}");
    assert!(parts.iter().all(|part| error.contains(part)), "{parts:?} in {error}");
}

#[test]
fn without_a_command_the_greeting_runs_and_the_model_agrees() {
    let output = worldport(&[]);
    let story = text(&output.stdout);
    assert_eq!(output.status.code(), Some(0), "{story}");
    for part in ["Hello, extension!", "Welcome, page!", "───▶", "15 invariants held at every step"]
    {
        assert!(story.contains(part), "{part} in {story}");
    }
}

/// What scripts may use is an option: the endless one is stopped and named, and the others go on.
#[test]
fn an_endless_script_and_a_greedy_one_are_stopped_by_option() {
    let folder = seed("endless");
    change(&folder, "user-script.js", "document.body", "while (true) {}\ndocument.body");
    let output = run_seed(&folder, &["--script-time", "20"]);
    let story = text(&output.stdout) + &text(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{story}");
    for part in ["the script was stopped: it ran too long without a pause", "user-script.js"] {
        assert!(story.contains(part), "{part} in {story}");
    }
    let folder = seed("greedy");
    change(&folder, "user-script.js", "document.body", "new Uint8Array(1 << 26);\ndocument.body");
    let output = run_seed(&folder, &["--script-memory", "32"]);
    let story = text(&output.stdout) + &text(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{story}");
    assert!(story.contains("out of memory"), "{story}");
    let output = run_seed(&folder, &["--script-memory", "0", "--script-time", "0"]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stdout));
}

#[test]
fn the_seed_logs_what_its_page_says_in_each_context() {
    let output = run_seed(&seed("letter"), &["--json"]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    let logged = |context: &str| -> Vec<String> {
        let lines = json_lines(&output);
        let of_context = lines.iter().filter(|line| {
            line["event"] == "console"
                && line["context"].as_str().is_some_and(|it| it.contains(context))
        });
        let first = |line: &Value| line["args"][0].as_str().unwrap_or_default().to_owned();
        of_context.map(first).collect()
    };
    let from_user_script = "In background script, received message from user script";
    let greeted = [from_user_script, "hello from user script"];
    let clicked = [from_user_script, "they clicked the page!"];
    assert_eq!(logged("background"), [greeted, clicked].concat());
    let from_background = "In the user script, received message from background script: ";
    let greeted = [from_background, "hi there user script!"];
    let clicked = [from_background, "they clicked the button!"];
    assert_eq!(logged("example.com"), [greeted, clicked].concat());
    let summary = json_lines(&output).pop().expect("a last line");
    assert_eq!(
        (&summary["event"], &summary["lockstep"]["holds"]),
        (&"summary".into(), &true.into())
    );
}

#[test]
fn without_messaging_the_error_has_a_place_and_nothing_is_delivered() {
    let folder = seed("mute");
    change(&folder, "setup.js", "messaging: true", "");
    let output = run_seed(&folder, &["--json"]);
    assert_eq!(output.status.code(), Some(1));
    let lines = json_lines(&output);
    let uncaught = lines.iter().find(|line| line["event"] == "uncaught").expect("an error");
    assert_eq!(uncaught["message"], "ReferenceError: browser is not defined");
    assert_eq!((&uncaught["file"], &uncaught["line"]), (&"user-script.js".into(), &3.into()));
    assert_eq!(lines.last().expect("a summary")["delivered"], 0);
}

#[test]
fn a_listener_for_the_wrong_event_is_told_of_the_right_one() {
    let folder = seed("wrong-event");
    change(&folder, "background-script.js", "onUserScriptConnect", "onConnect");
    let output = run_seed(&folder, &[]);
    let story = text(&output.stdout);
    assert_eq!(output.status.code(), Some(1), "{story}");
    assert!(story.contains("goes to runtime.onUserScriptConnect"), "{story}");
}

#[test]
fn what_cannot_be_read_is_named_in_one_line() {
    assert_unusable(&worldport(&["run", "no-such-folder"]), &["no-such-folder"]);

    let folder = seed("no-manifest");
    fs::remove_file(folder.join("manifest.json")).expect("a manifest to remove");
    assert_unusable(&run_seed(&folder, &[]), &["manifest.json", "no such file"]);

    let folder = seed("broken-manifest");
    change(&folder, "manifest.json", "\"version\":", "\"version\"");
    assert_unusable(&run_seed(&folder, &[]), &["manifest.json:4:"]);

    let folder = seed("no-background");
    fs::remove_file(folder.join("background-script.js")).expect("a script to remove");
    assert_unusable(&run_seed(&folder, &[]), &["background-script.js", "no such file"]);

    let folder = seed("no-user-script");
    fs::remove_file(folder.join("user-script.js")).expect("a script to remove");
    assert_unusable(&run_seed(&folder, &[]), &["user-script.js", "no such file"]);
}

#[test]
fn a_syntax_error_is_named_with_file_and_line() {
    let folder = seed("syntax-background");
    change(&folder, "background-script.js", "let portFromCS;", "let = ;");
    assert_unusable(&run_seed(&folder, &[]), &["background-script.js:3:", "SyntaxError"]);

    let folder = seed("syntax-user-script");
    change(&folder, "user-script.js", "let myPort =", "let myPort ==");
    assert_unusable(&run_seed(&folder, &[]), &["user-script.js:3:", "SyntaxError"]);
}

#[test]
fn a_mistake_on_the_command_line_is_named_in_one_line() {
    assert_unusable(&worldport(&["run", "--bogus"]), &["--bogus", "--help"]);
    assert_unusable(&worldport(&["bogus"]), &["bogus"]);
    assert_unusable(&worldport(&["run", "--click", "nothing"]), &["nothing", "body or action"]);
    assert_unusable(&worldport(&["run", "--open", "nonsense"]), &["nonsense"]);
    assert_unusable(&worldport(&["check", "--shape", "round"]), &["round", "queues"]);
}

#[test]
fn help_teaches_every_command() {
    for args in [&["--help"][..], &["run", "--help"], &["check", "--help"]] {
        let output = worldport(args);
        assert_eq!(output.status.code(), Some(0));
        assert!(text(&output.stdout).contains("Usage: worldport"));
    }
}

#[test]
fn a_check_ends_with_a_summary_that_programs_can_read() {
    let output = worldport(&["check", "--shape", "queues", "--json"]);
    let lines = json_lines(&output);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    assert_eq!(lines.iter().filter(|line| line["event"] == "row").count(), 15);
    let summary = lines.last().expect("a last line");
    assert_eq!(summary["event"], "summary");
    assert_eq!(summary["profile"], "standard");
    assert_eq!(summary["complete"], true);
    assert_eq!(summary["violations"], 0);
    assert!(summary["unique_states"].as_u64() > Some(5_000));
    assert!(output.stderr.is_empty(), "quiet in a pipe: {}", text(&output.stderr));
}

#[test]
fn a_failure_that_is_expected_of_a_browser_is_shown_as_a_diagram_and_explained() {
    let output = worldport(&["check", "--shape", "listeners", "--profile", "chromium"]);
    let shown = text(&output.stdout);
    assert_eq!(output.status.code(), Some(0), "{shown}");
    for part in [
        "S6 is violated in",
        "connect()",
        "has just removed is called all the same.",
        "(expected of chromium: removed_during_dispatch: StillCalled; e5_change_during_dispatch)",
        "1 violated",
    ] {
        assert!(shown.contains(part), "{part}: {shown}");
    }
}

/// Runs `record` on a finding's scenario and says what of its claims the trace does not hold.
fn unseen_in(finding: &Finding, profile: &str) -> Vec<String> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../proofs/browsers/findings/scenarios");
    let scenario = format!("{folder}/{}.json", finding.name());
    let output = worldport(&["record", &scenario, "--profile", profile]);
    assert_eq!(output.status.code(), Some(0), "{}: {output:?}", finding.name());
    let trace = read_trace(&output.stdout).expect("a trace");
    unseen(&trace, finding.shows)
}

#[test]
fn every_finding_is_seen_when_its_scenario_is_recorded_and_never_under_standard() {
    for finding in &FINDINGS {
        let name = finding.name();
        assert_eq!(unseen_in(finding, finding.profile.name()), Vec::<String>::new(), "{name}");
        assert_ne!(unseen_in(finding, "standard"), Vec::<String>::new(), "{name}");
    }
}

#[test]
fn findings_are_written_as_scenarios_and_rows_for_programs() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("findings");
    let to = folder.to_string_lossy().into_owned();
    let output = worldport(&[
        "check",
        "--shape",
        "fan-out",
        "--profile",
        "all",
        "--scenarios",
        &to,
        "--json",
    ]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    let lines = json_lines(&output);
    let summaries: Vec<_> = lines.iter().filter(|line| line["event"] == "summary").collect();
    let violations: Vec<_> = summaries.iter().map(|line| line["violations"].as_u64()).collect();
    assert_eq!(violations, [Some(0), Some(2), Some(2)], "{summaries:?}");
    assert!(summaries.iter().all(|line| line["edges"].as_u64() > line["unique_states"].as_u64()));
    for name in ["chromium-leaving-receiver-deafens-others", "firefox-dying-receiver-closes-others"]
    {
        let written = fs::read_to_string(folder.join(name).with_extension("json"));
        let there =
            concat!(env!("CARGO_MANIFEST_DIR"), "/../../proofs/browsers/findings/scenarios/");
        let there = fs::read_to_string(format!("{there}{name}.json")).expect("a scenario");
        assert_eq!(written.expect("a file"), there.replace("\r\n", "\n"), "{name}");
        let line = lines.iter().find(|line| {
            line["event"] == "violation" && name.ends_with(line["way"].as_str().unwrap_or("?"))
        });
        assert_eq!(line.expect("a row")["expected"], true);
    }
    fs::remove_dir_all(&folder).expect("the folder is there");
}

#[test]
fn a_scenario_is_recorded_and_compared_with_browsers() {
    let browsers = concat!(env!("CARGO_MANIFEST_DIR"), "/../../proofs/browsers");
    let scenario = format!("{browsers}/scenarios/a_seed.json");
    let recorded = worldport(&["record", &scenario, "--profile", "firefox"]);
    assert_eq!(recorded.status.code(), Some(0), "{recorded:?}");
    let text = String::from_utf8_lossy(&recorded.stdout).into_owned();
    assert!(text.lines().count() > 10 && text.contains("hi there user script!"), "{text}");
    let compared =
        worldport(&["conform", browsers, "--profile", "firefox", "--only", "a_seed", "--json"]);
    assert!(matches!(compared.status.code(), Some(0 | 1)), "{compared:?}");
    assert!(String::from_utf8_lossy(&compared.stdout).contains("\"agreed\""), "{compared:?}");
    assert_eq!(worldport(&["record", "no-such-file"]).status.code(), Some(2));
    assert_eq!(worldport(&["conform", "no-such-folder"]).status.code(), Some(2));
}
