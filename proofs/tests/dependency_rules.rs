//! Who may depend on whom. The model never sees the router and the router never sees the model:
//! else the two could not disagree, and agreeing would show nothing.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use toml::{Table, Value};

/// What a package may depend on.
struct Policy {
    folder: &'static str,
    package: &'static str,
    /// Packages of this workspace, in every kind of dependency.
    workspace: &'static [&'static str],
    /// Packages from outside.
    external: External,
}

enum External {
    /// Any, each with a reason.
    Any,
    /// These and no others: those of `optional` only behind a feature, those of `dev` in tests.
    Only {
        always: &'static [&'static str],
        optional: &'static [&'static str],
        dev: &'static [&'static str],
    },
}

const POLICIES: [Policy; 6] = [
    Policy {
        folder: "benches",
        package: "worldport-benches",
        workspace: &["worldport"],
        external: External::Any,
    },
    Policy {
        folder: "impl/cli",
        package: "worldport-cli",
        workspace: &["worldport", "worldport-model", "worldport-proofs", "worldport-quickjs"],
        external: External::Any,
    },
    Policy {
        folder: "impl/quickjs",
        package: "worldport-quickjs",
        workspace: &["worldport"],
        external: External::Only {
            always: &["oxc", "rquickjs", "serde", "serde_json", "thiserror"],
            optional: &[],
            dev: &["proptest"],
        },
    },
    Policy {
        folder: "impl/router",
        package: "worldport",
        workspace: &[],
        external: External::Only {
            always: &[],
            optional: &["serde", "tracing"],
            dev: &["loom", "proptest", "serde_json"],
        },
    },
    Policy {
        folder: "model",
        package: "worldport-model",
        workspace: &[],
        external: External::Only { always: &[], optional: &["serde"], dev: &[] },
    },
    Policy {
        folder: "proofs",
        package: "worldport-proofs",
        workspace: &["worldport", "worldport-model"],
        external: External::Only {
            always: &[
                "arbitrary",
                "batsat",
                "hashbrown",
                "mimalloc",
                "petgraph",
                "proptest",
                "proptest-state-machine",
                "regex",
                "rustc-hash",
                "serde",
                "serde_json",
                "stateright",
            ],
            optional: &[],
            dev: &["allocation-counter", "criterion", "toml"],
        },
    },
];

#[test]
fn every_package_has_a_policy_and_no_other_exists() {
    let workspace = manifest(".");
    let members = workspace["workspace"]["members"].as_array().expect("the workspace has members");
    let members: BTreeSet<&str> = members.iter().filter_map(Value::as_str).collect();
    let known: BTreeSet<&str> = POLICIES.iter().map(|policy| policy.folder).collect();
    assert_eq!(members, known);
    for policy in &POLICIES {
        let name = manifest(policy.folder)["package"]["name"].as_str().map(str::to_owned);
        assert_eq!(name.as_deref(), Some(policy.package));
        assert_ne!(policy.package, "impl", "a keyword is no name for a package");
    }
}

#[test]
fn packages_depend_only_on_what_they_may() {
    let ours: BTreeSet<&str> = POLICIES.iter().map(|policy| policy.package).collect();
    let mut seen = 0;
    for policy in &POLICIES {
        for dependency in dependencies(policy.folder) {
            seen += 1;
            let (package, name) = (policy.package, dependency.package.as_str());
            if ours.contains(name) {
                assert!(policy.workspace.contains(&name), "{package} may not see {name}");
                continue;
            }
            let External::Only { always, optional, dev } = policy.external else { continue };
            let allowed = always.contains(&name)
                || (dependency.dev && dev.contains(&name))
                || (dependency.optional && optional.contains(&name));
            assert!(allowed, "{package} may not depend on {name} in this way");
        }
    }
    assert!(seen > 0, "no dependency was found");
}

#[test]
fn unsafe_code_is_forbidden_everywhere() {
    let workspace = manifest(".");
    let lint = workspace["workspace"]["lints"]["rust"]["unsafe_code"].as_str();
    assert_eq!(lint, Some("forbid"));
    for policy in &POLICIES {
        let package = manifest(policy.folder);
        let inherits = package.get("lints").and_then(|lints| lints.get("workspace"));
        let only = package.get("lints").and_then(Value::as_table).map(Table::len);
        assert_eq!(
            inherits,
            Some(&Value::Boolean(true)),
            "{} has lints of its own",
            policy.package
        );
        assert_eq!(only, Some(1), "{} has lints of its own", policy.package);
    }
}

#[test]
fn every_dependency_from_outside_has_its_reason_above_it() {
    for policy in &POLICIES {
        let text = read(policy.folder);
        if let Some(line) = without_reason(&text, Group::EachLine) {
            panic!("{}: no reason above `{line}`", policy.package);
        }
    }
    if let Some(line) = without_reason(&read("."), Group::Neighbours) {
        panic!("the workspace: no reason above `{line}`");
    }
}

#[test]
fn a_dependency_without_a_reason_is_found() {
    let bare = "[dependencies]\n# Why.\nserde = \"1\"\nrand = \"0.9\"\n";
    assert_eq!(without_reason(bare, Group::EachLine), Some("rand = \"0.9\""));
    assert_eq!(without_reason(bare, Group::Neighbours), None);
    let table = "[dev-dependencies.rand]\nversion = \"0.9\"\n";
    assert_eq!(without_reason(table, Group::EachLine), Some("[dev-dependencies.rand]"));
    let ours = "[dependencies]\nworldport.workspace = true\nserde = { workspace = true }\n";
    assert_eq!(without_reason(ours, Group::EachLine), None);
}

struct Dependency {
    package: String,
    dev: bool,
    optional: bool,
}

/// Every dependency of a package, of every kind and for every target.
fn dependencies(folder: &str) -> Vec<Dependency> {
    let manifest = manifest(folder);
    let targets = manifest.get("target").and_then(Value::as_table);
    let targets = targets.into_iter().flat_map(|it| it.values()).filter_map(Value::as_table);
    let mut found = Vec::new();
    for table in std::iter::once(&manifest).chain(targets) {
        for kind in ["dependencies", "dev-dependencies", "build-dependencies"] {
            let entries = table.get(kind).and_then(Value::as_table);
            found.extend(entries.into_iter().flatten().map(|(name, entry)| Dependency {
                // A renamed dependency is still the package that it was.
                package: entry.get("package").and_then(Value::as_str).unwrap_or(name).to_owned(),
                dev: kind == "dev-dependencies",
                optional: entry.get("optional").and_then(Value::as_bool).unwrap_or(false),
            }));
        }
    }
    found
}

/// How far a comment reaches.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Group {
    /// To the line below it.
    EachLine,
    /// To all lines below it, up to an empty one or the next comment.
    Neighbours,
}

/// The first dependency from outside that has no comment above it.
fn without_reason(manifest: &str, group: Group) -> Option<&str> {
    let mut in_dependencies = false;
    let mut explained = false;
    for line in manifest.lines() {
        let text = line.trim();
        if text.starts_with('#') {
            explained = true;
            continue;
        }
        if let Some(header) = text.strip_prefix('[') {
            in_dependencies = header.ends_with("dependencies]");
            if header.contains("dependencies.") && !explained {
                return Some(line);
            }
            explained = false;
            continue;
        }
        let from_outside = !text.contains("workspace = true") && !text.contains("path = ");
        if in_dependencies && !text.is_empty() && from_outside && !explained {
            return Some(line);
        }
        explained = explained && group == Group::Neighbours && !text.is_empty();
    }
    None
}

fn manifest(folder: &str) -> Table {
    let text = read(folder);
    text.parse().unwrap_or_else(|error| panic!("{folder}/Cargo.toml: {error}"))
}

fn read(folder: &str) -> String {
    let path: PathBuf =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(folder).join("Cargo.toml");
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}
