//! The threat model says what nobody can do, and each such claim names the tests that would fail if they
//! could. Here is looked whether those tests exist.

use std::fs;
use std::path::Path;

/// The page with each item on one line.
fn page() -> Vec<String> {
    let text = read("docs/src/threat-model.md").expect("the page exists");
    let mut lines: Vec<String> = Vec::new();
    for line in text.lines() {
        match lines.last_mut() {
            Some(item) if line.starts_with("  ") => {
                item.push(' ');
                item.push_str(line.trim());
            }
            _ => lines.push(line.to_owned()),
        }
    }
    lines
}

fn read(path: &str) -> Option<String> {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path)).ok()
}

/// The tests that a line names, as file and function.
fn cited(line: &str) -> Vec<(&str, &str)> {
    line.split('`').filter_map(|code| code.split_once(".rs::")).collect()
}

/// Whether a function of this name is there, with the mark of a test above it.
fn is_test(source: &str, name: &str) -> bool {
    let head = format!("fn {name}(");
    let lines: Vec<&str> = source.lines().map(str::trim).collect();
    let at = lines.iter().position(|line| line.starts_with(&head));
    at.is_some_and(|at| lines[..at].last() == Some(&"#[test]"))
}

#[test]
fn every_cannot_names_its_test() {
    let mut claims = 0;
    let mut denied = false;
    for line in page() {
        if line.starts_with("**It cannot:**") {
            denied = true;
        } else if line.starts_with("##") {
            denied = false;
        } else if denied && line.starts_with('*') {
            claims += 1;
            assert!(!cited(&line).is_empty(), "no test stands for: {line}");
        }
    }
    assert!(claims >= 15, "only {claims} claims were found");
}

#[test]
fn every_test_that_the_page_names_exists() {
    let mut tests = 0;
    for line in page() {
        for (file, name) in cited(&line).into_iter().filter(|(_, name)| *name != "…") {
            let path = format!("{file}.rs");
            let source = read(&path).unwrap_or_else(|| panic!("{path} is named and not there"));
            assert!(is_test(&source, name), "{path} has no test {name}");
            tests += 1;
        }
    }
    assert!(tests >= 25, "only {tests} tests were found");
}

#[test]
fn a_function_that_is_no_test_is_none() {
    let source = "#[test]\nfn claims() {}\n\nfn helper() {}\n";
    assert!(is_test(source, "claims"));
    assert!(!is_test(source, "helper"));
    assert!(!is_test(source, "claim"));
}
