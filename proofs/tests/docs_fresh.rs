//! The book and the code say the same: rendered pages are fresh, and every tag, scenario and
//! function that is cited exists.
//!
//! `WORLDPORT_BLESS=1` rewrites the rendered pages instead of comparing them.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use worldport_model::invariant;
use worldport_proofs::claims;
use worldport_proofs::differences::differences_page;
use worldport_proofs::docs;
use worldport_proofs::faults::matrix::Matrix;
use worldport_proofs::graph::ledger;
use worldport_proofs::paths::{page, report};
use worldport_proofs::spin;

#[test]
fn rendered_pages_are_fresh() {
    let large = ledger::read_from(&ledger::large_path()).expect("a ledger");
    let browsers = root().join("proofs/browsers");
    let differences = differences_page(&browsers).unwrap_or_else(|why| panic!("{why}"));
    let spin = spin::ledger::Ledger::read().expect("a ledger of Spin");
    let kept = report::read().unwrap_or_else(|why| panic!("{why}"));
    let listed = report::listed().unwrap_or_else(|why| panic!("{why}"));
    let pages = [
        ("any-size.md", docs::any_size_page()),
        ("bounds.md", docs::bounds_page()),
        ("claims.md", docs::claims_page().unwrap_or_else(|why| panic!("{why}"))),
        ("differences.md", differences),
        ("faults.md", docs::faults_page(&Matrix::read().expect("a matrix"))),
        ("invariants.md", docs::invariants_page()),
        ("ledger.md", docs::ledger_page(&ledger::read().expect("a ledger"), &large, &spin)),
        ("recordings.md", page::recordings_page(&kept, &listed)),
        ("rules.md", docs::rules_page()),
    ];
    let bless = std::env::var_os("WORLDPORT_BLESS").is_some_and(|value| value == "1");
    for (name, rendered) in pages {
        let path = root().join("docs/src").join(name);
        if bless {
            fs::write(&path, rendered).expect("the book is writable");
            continue;
        }
        // A checkout may have turned line ends into those of its platform.
        let there = fs::read_to_string(&path).unwrap_or_default().replace("\r\n", "\n");
        assert!(there == rendered, "docs/src/{name} is stale; run `{}`", docs::BLESS);
    }
}

/// A claim is worth what its test and its command are.
#[test]
fn every_claim_names_a_test_and_a_command_that_are_there() {
    let examples: BTreeSet<String> = ["proofs", "benches", "impl/router"]
        .iter()
        .flat_map(|package| files_under(&format!("{package}/examples"), "rs"))
        .filter_map(|path| path.file_stem().map(|stem| stem.to_string_lossy().into_owned()))
        .collect();
    let front_door = read(&root().join("impl/cli/src/main.rs"));
    for claim in claims::claims().unwrap_or_else(|why| panic!("{why}")) {
        let (file, function) = claim.test;
        let code = read(&root().join("proofs/tests").join(file));
        let named = |word: &str| code.contains(&format!("{word} {function}"));
        // A test, a row of a table of tests, or a module of tests.
        let is_there = code.contains("#[test]") && ["fn", "   ", "mod"].into_iter().any(named);
        assert!(is_there, "{file} has no test {function}");
        let words: Vec<&str> = claim.command.split(' ').collect();
        let after = |word: &str| {
            let place = words.iter().position(|it| *it == word)?;
            words.get(place + 1).copied()
        };
        match (after("--example"), after("--test"), after("--")) {
            (Some(example), ..) => assert!(examples.contains(example), "no example {example}"),
            (None, Some(test), _) => {
                assert!(root().join(format!("proofs/tests/{test}.rs")).is_file(), "no {test}");
            }
            (None, None, Some(command)) => {
                let name = command[..1].to_uppercase() + &command[1..];
                assert!(front_door.contains(&format!("    {name}({name}Options)")), "{command}");
            }
            (None, None, None) => panic!("{} is no command that can be checked", claim.command),
        }
    }
}

#[test]
fn every_tag_in_the_code_names_a_row_of_the_table() {
    let files = sources().into_iter().chain(files_under("model", "rs")).collect::<BTreeSet<_>>();
    let mut seen = 0;
    for path in files {
        for tag in tags(&read(&path)) {
            seen += 1;
            assert!(invariant::by_id(&tag).is_some(), "{}: no invariant [{tag}]", path.display());
        }
    }
    assert!(seen > 0, "no tag was found: the code has lost them, or this test cannot see them");
}

#[test]
fn every_cited_scenario_is_recorded() {
    let scenarios = files_under("proofs/browsers/scenarios", "json");
    let stem = |path: &PathBuf| path.file_stem().map(|name| name.to_string_lossy().into_owned());
    let known: BTreeSet<String> = scenarios.iter().filter_map(stem).collect();
    let files = sources().into_iter().chain(files_under("docs/src", "md"));
    let mut seen = 0;
    for path in files {
        let text = read(&path);
        for name in quoted(&text).filter(|word| is_scenario(word)) {
            seen += 1;
            assert!(known.contains(name), "{}: no scenario `{name}`", path.display());
        }
    }
    assert!(seen > 0, "no citation was found");
}

#[test]
fn every_function_that_the_book_cites_is_in_the_model() {
    let mut seen = 0;
    for path in files_under("docs/src", "md") {
        let text = read(&path);
        let quoted = text.split('`').filter(|piece| piece.starts_with("next/"));
        for cited in quoted.filter(|piece| *piece != "next/") {
            seen += 1;
            let (file, function) = cited.split_once(": ").unwrap_or((cited, ""));
            let code = read(&root().join("model/src").join(file));
            assert!(
                !function.is_empty() && code.contains(&format!("fn {function}(")),
                "{}: `{cited}` is not in the model",
                path.display()
            );
        }
    }
    assert!(seen > 0, "no citation was found");
}

#[test]
fn every_link_of_the_book_leads_to_a_file() {
    let book = root().join("docs/src");
    let summary = read(&book.join("SUMMARY.md"));
    for path in files_under("docs/src", "md") {
        let text = read(&path);
        let links = text.split("](").skip(1).filter_map(|rest| rest.split(')').next());
        for link in links.filter(|link| !link.starts_with('#') && !link.contains("://")) {
            let file = link.split('#').next().unwrap_or(link);
            assert!(book.join(file).is_file(), "{}: no file {file}", path.display());
        }
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        let listed = name == "SUMMARY.md" || summary.contains(&format!("({name})"));
        assert!(listed, "{name} is not in the summary");
    }
}

/// The Rust sources that cite invariants and scenarios.
fn sources() -> Vec<PathBuf> {
    [files_under("model/src", "rs"), files_under("impl", "rs")].concat()
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The files below a folder that end so, in order of their names.
fn files_under(folder: &str, extension: &str) -> Vec<PathBuf> {
    let mut found = BTreeSet::new();
    let mut folders = vec![root().join(folder)];
    while let Some(folder) = folders.pop() {
        let entries =
            fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
        for entry in entries {
            let path = entry.expect("a folder can be listed").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|it| it == extension) {
                found.insert(path);
            }
        }
    }
    found.into_iter().collect()
}

/// What stands in brackets and looks like the id of an invariant: a capital and digits.
fn tags(text: &str) -> Vec<String> {
    let inside = text.split('[').skip(1).filter_map(|rest| rest.split_once(']'));
    inside.map(|(tag, _)| tag).filter(|tag| is_tag(tag)).map(str::to_owned).collect()
}

fn is_tag(text: &str) -> bool {
    let mut letters = text.chars();
    letters.next().is_some_and(|first| first.is_ascii_uppercase())
        && !letters.as_str().is_empty()
        && letters.all(|letter| letter.is_ascii_digit())
}

/// The words that stand between two backquotes, and nothing else with them.
fn quoted(text: &str) -> impl Iterator<Item = &str> {
    text.split('`').filter(|piece| {
        !piece.is_empty() && piece.chars().all(|it| it.is_ascii_alphanumeric() || it == '_')
    })
}

/// Whether a word looks like a scenario name: a letter, digits, perhaps a letter, `_`, and more.
fn is_scenario(word: &str) -> bool {
    let Some((series, rest)) = word.split_once('_') else { return false };
    let mut letters = series.chars();
    let first = letters.next().is_some_and(|it| it.is_ascii_lowercase());
    let digits = letters.as_str().trim_end_matches(|it: char| it.is_ascii_lowercase());
    let numbered = !digits.is_empty()
        && letters.as_str().len() - digits.len() <= 1
        && digits.chars().all(|it| it.is_ascii_digit());
    let seed = series == "a" && rest.starts_with("seed");
    !rest.is_empty() && first && (numbered || seed)
}
