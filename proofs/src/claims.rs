//! `docs/src/claims.md`: what is shown, to which bound, by which command; and what is not.
//!
//! Figures are read from the ledgers and from the lists in the tests themselves, so that a claim cannot say
//! more than what runs. [`claims`] is the one table; a test asks whether every test and every command that it
//! names is there.

use std::path::Path;

use worldport_model::Profile;

use crate::docs::{line, write as add};
use crate::faults::matrix::Matrix;
use crate::graph::ledger::{self, Row};
use crate::inductive::{conjuncts::CONJUNCTS, faults::FAULTS, rules::RULES};
use crate::paths::report;
use crate::spin::ledger::Ledger as Beside;

/// Something that is shown.
#[derive(Clone, Debug)]
pub struct Claim {
    /// What.
    pub what: &'static str,
    /// How far.
    pub bound: String,
    /// The test that shows it in `cargo test`: file and function, or how its functions begin.
    pub test: (&'static str, &'static str),
    /// What shows it by hand.
    pub command: &'static str,
}

/// The tests, in whose lists it stands how far they go.
const LIVENESS_TEST: &str = include_str!("../tests/liveness.rs");
const INDUCTION_TEST: &str = include_str!("../tests/induction.rs");

/// What none of the claims says.
const NOT: &str = include_str!("claims.md");

fn counted(rows: &[Row], profile: Profile) -> String {
    let rows = rows.iter().filter(|row| row.profile == profile.name());
    let (machines, states, steps) = rows
        .fold((0, 0, 0), |(n, states, steps), row| (n + 1, states + row.states, steps + row.edges));
    format!("{machines} machines, {states} states, {steps} steps")
}

/// The pairs of state and action of all machines, without what is tried beyond the candidates.
fn compared(rows: &[Row]) -> String {
    let pairs: usize = rows.iter().map(|row| row.edges + row.refused).sum();
    format!("{} machines, at least {pairs} pairs of state and action", rows.len())
}

/// How many lines of a test's list name a shape.
fn listed(test: &str, between: (&str, &str)) -> usize {
    let list = test.split_once(between.0).map_or("", |(_, rest)| rest);
    let list = list.split_once(between.1).map_or(list, |(list, _)| list);
    list.lines().filter(|it| it.contains('"')).count()
}

fn beside_spin() -> Result<String, String> {
    let ledger = Beside::read()?;
    let own: Vec<_> = ledger.rows.iter().filter(|row| row.fault.is_none()).collect();
    let states: u64 = own.iter().map(|row| row.states).sum();
    let faults = ledger.rows.len() - own.len();
    Ok(format!(
        "{} bounds, {states} states; {faults} faults of the description told apart",
        own.len()
    ))
}

/// What the matrix of faults holds.
fn faults() -> Result<String, String> {
    let matrix = Matrix::read()?;
    let (model, router) = (matrix.model.len(), matrix.router.len());
    let rows = matrix.invariants.iter().filter(|it| it.model + it.router > 0).count();
    Ok(format!(
        "{model} faults of the model, {router} of the router; {rows} invariants notice some"
    ))
}

/// What became of the recordings.
fn recordings() -> Result<String, String> {
    let rows = report::read()?.rows;
    let accepted = rows.iter().filter(|row| row.search.is_some()).count();
    Ok(format!(
        "{accepted} of {} recordings; the others are listed in `proofs/browsers/not-paths.json`",
        rows.len()
    ))
}

/// Files of a folder of the proofs that end so.
fn files(folder: &str, extension: &str) -> usize {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    entries.filter(|it| it.path().extension().is_some_and(|it| it == extension)).count()
}

/// Every claim, from what is nearest to the specification to what is nearest to the browsers.
///
/// # Errors
///
/// If a ledger or a report that it takes figures from cannot be read.
pub fn claims() -> Result<Vec<Claim>, String> {
    let rows = &ledger::read().map_err(|error| error.to_string())?;
    let large = ledger::read_from(&ledger::large_path()).map_err(|error| error.to_string())?;
    let of_state = CONJUNCTS.iter().filter(|it| !it.of_step).count();
    let scenarios = files("browsers/scenarios", "json");
    Ok(vec![
        Claim {
            what: "Under `standard` the model keeps all fifteen invariants, and each is put to the test.",
            bound: counted(rows, Profile::Standard),
            test: ("model_check.rs", "the_invariants_hold_in_shape_"),
            command: "cargo run --release -- check",
        },
        Claim {
            what: "Under the rules of Chromium and of Firefox it breaks the invariants that are pinned, in \
                   the ways that are pinned, by counterexamples of the pinned length, and no others.",
            bound: format!(
                "{}; {}",
                counted(rows, Profile::Chromium),
                counted(rows, Profile::Firefox)
            ),
            test: ("browser_check.rs", ""),
            command: "cargo run --release -- check --profile all",
        },
        Claim {
            what: "Two searches that share nothing but the machine, one by hashes and one exact, find as \
                   many states and steps.",
            bound: "every machine of the default bounds, under each profile".to_owned(),
            test: ("browser_check.rs", "the_larger_machines_of_"),
            command: "cargo run --release -p worldport-proofs --example ledger -- --all",
        },
        Claim {
            what: "A third search, which keeps states whole in few bytes and is what `check` runs, finds \
                   the same, and the same violations and witnesses.",
            bound: format!(
                "every machine of `standard`; and {}, which no test repeats",
                counted(&large, Profile::Standard)
            ),
            test: ("model_check.rs", "the_invariants_hold_in_shape_"),
            command: "cargo run --release -p worldport-proofs --example large -- standard",
        },
        Claim {
            what: "One state may stand for all that differ in names: the step relation, every verdict and \
                   every witness are the same for each of them.",
            bound: "a smaller machine of each of the twelve shapes, under each profile".to_owned(),
            test: ("symmetry.rs", ""),
            command: "cargo test -p worldport-proofs --test symmetry",
        },
        Claim {
            what: "Each invariant can fail, and no fault that was seeded goes unnoticed.",
            bound: faults()?,
            test: ("faults.rs", "the_matrix_is_what_the_faults_show"),
            command: crate::faults::matrix::COMMAND,
        },
        Claim {
            what: "A second description of the model, in Promela, has the same states and the same steps \
                   in Spin.",
            bound: beside_spin()?,
            test: ("spin.rs", ""),
            command: crate::spin::ledger::COMMAND,
        },
        Claim {
            what: "S1 to S5 and S7 hold for any number of documents, worlds, ports and messages.",
            bound: format!(
                "no bound; {} rules, {of_state} conjuncts of states and {} of steps, {} faulty rules \
                 caught",
                RULES.len(),
                CONJUNCTS.len() - of_state,
                FAULTS.len()
            ),
            test: ("induction.rs", "every_rule_keeps_every_conjunct_for_any_size"),
            command: "cargo run --release -p worldport-proofs --example induction -- --z3",
        },
        Claim {
            what: "That proof is about this model: every step of the machines is one that it speaks of.",
            bound: format!(
                "{} machines in the tests, all of the default bounds by the command",
                listed(INDUCTION_TEST, ("covered! {", "}"))
            ),
            test: ("induction.rs", "every_step"),
            command: "cargo run --release -p worldport-proofs --example induction -- --shapes all",
        },
        Claim {
            what: "No fair run owes an answer, a message or a notice for ever; without each assumption of \
                   fairness one does.",
            bound: format!(
                "{} machines of `standard`",
                listed(LIVENESS_TEST, ("const PINS", "];"))
            ),
            test: ("liveness.rs", ""),
            command: "cargo test -p worldport-proofs --test liveness",
        },
        Claim {
            what: "The router, brought to every state, answers every action as the model does, refusals \
                   included.",
            bound: compared(rows),
            test: ("graph.rs", "every_step_of_"),
            command: "cargo run --release -p worldport-proofs --example refine -- --all",
        },
        Claim {
            what: "One router that is never replaced does so on every step, and on every two that can \
                   follow each other.",
            bound: "`queues`; and a smaller machine for pairs".to_owned(),
            test: ("graph.rs", "one_router_tours_every_"),
            command: "cargo test -p worldport-proofs --test graph tours",
        },
        Claim {
            what: "Beyond those bounds, on random sequences with stale, foreign and invented ids, router \
                   and model agree.",
            bound: "2,000 sequences a profile of up to 100 calls; `PROPTEST_CASES` raises it"
                .to_owned(),
            test: ("refinement.rs", ""),
            command: "cargo test -p worldport-proofs --test refinement",
        },
        Claim {
            what: "Whatever is called in whatever order, with any ids, names and sizes: the router does not \
                   panic, a refusal changes nothing, nothing is delivered that the model would not, and in \
                   the end nothing is left.",
            bound: "attacks at random in the tests; as many calls as one likes by the command"
                .to_owned(),
            test: ("adversary.rs", ""),
            command: "cargo run --release -p worldport-proofs --example adversary -- --operations 10000000",
        },
        Claim {
            what: "What Chromium 156 and Firefox 153 ESR were recorded doing is a path of the model under \
                   that browser's rules, without router and host.",
            bound: recordings()?,
            test: ("paths.rs", ""),
            command: "cargo run --release -p worldport-proofs --example paths",
        },
        Claim {
            what: "Real scripts on the host, with the model beside the router, do what Chromium 156 and \
                   Firefox 153 ESR were recorded doing.",
            bound: format!(
                "{scenarios} scenarios in each browser; steps that cannot agree are listed in \
                 `proofs/browsers/unagreeable.json`"
            ),
            test: ("../../impl/cli/tests/conform.rs", ""),
            command: "cargo run --release -- conform proofs/browsers",
        },
        Claim {
            what: "The pinned failures happen in the real browsers.",
            bound: format!(
                "{} counterexamples, each recorded",
                files("browsers/findings/scenarios", "json")
            ),
            test: ("../../impl/cli/tests/conform.rs", ""),
            command: "cargo run --release -- conform proofs/browsers/findings",
        },
    ])
}

/// The page, below its title.
///
/// # Errors
///
/// As [`claims`].
pub(crate) fn page(mut page: String) -> Result<String, String> {
    page.push_str(
        "Each line is one claim: how far it goes, the test that shows it in `cargo test`, and the command \
         that shows it by itself. The figures are read from the ledgers and from the tests when this page \
         is made, and a stale page fails a test.\n\n",
    );
    line(&mut page, &["claim", "how far", "in `cargo test`", "by hand"]);
    line(&mut page, &["---"; 4]);
    for Claim { what, bound, test: (file, function), command } in claims()? {
        let file =
            file.strip_prefix("../../").map_or(format!("proofs/tests/{file}"), str::to_owned);
        let test = if function.is_empty() {
            format!("`{file}`")
        } else {
            format!("`{file}`: `{function}`")
        };
        line(&mut page, &[what, &bound, &test, &format!("`{command}`")]);
    }
    add(&mut page, format_args!("\n{NOT}"));
    Ok(page)
}
