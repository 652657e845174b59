//! `docs/src/any-size.md`: what is proved, of what, and how each claim is run again.

use std::fmt::Write as _;

use worldport_model::invariant::by_id;

use super::conjuncts::{CONJUNCTS, Conjunct, Purpose};
use super::faults::{FAULTS, counterexamples};
use super::induction::System;
use super::rules::RULES;

const BEFORE: &str = include_str!("any-size.md");

/// The page.
///
/// # Panics
///
/// If the proof fails: there is nothing to report then.
#[must_use]
pub fn page(begin: &str) -> String {
    let system = System::new();
    let verdict = system.decide();
    assert!(verdict.counterexamples.is_empty(), "the proof fails: there is nothing to report");
    let mut page = format!("{begin}{BEFORE}\n");
    let of_step = CONJUNCTS.iter().filter(|it| it.of_step).count();
    write(
        &mut page,
        format_args!(
            "## The figures\n\n{} rules, {} conjuncts of states, {of_step} conjuncts of steps: {} \
             obligations, all of which hold; {} faulty rules, all of which are caught.\n\n",
            RULES.len(),
            CONJUNCTS.len() - of_step,
            verdict.obligations,
            FAULTS.len()
        ),
    );
    page.push_str("## What is proved\n\n");
    for row in ["S1", "S2", "S3", "S4", "S5", "S7"] {
        let sentence = by_id(row).map_or("", |it| it.sentence);
        write(&mut page, format_args!("**{row}** {sentence}\n\n"));
        for it in CONJUNCTS.iter().filter(|it| it.purpose == Purpose::Row(row)) {
            let kind = if it.of_step { "of every step" } else { "in every state" };
            write(&mut page, format_args!("* `{}`, {kind}: `{}`\n", it.name, it.text));
        }
        page.push('\n');
    }
    page.push_str(
        "## What each conjunct of a state is needed for\n\nEach was left out in turn. The last column \
         counts the obligations on other conjuncts that fail without it, and names the first. A \
         conjunct that nothing else needs is there for its row, or because it says what the others \
         take for granted.\n\n| conjunct | for | formula | needed by |\n| --- | --- | --- | --- |\n",
    );
    for it in CONJUNCTS.iter().filter(|it| !it.of_step) {
        let needed = verdict.needed_by.get(it.name).map_or(&[] as &[_], Vec::as_slice);
        let needed = match needed {
            [] => "nothing else".to_owned(),
            [(rule, conjunct), ..] => {
                let rule = rule.unwrap_or("the empty machine");
                format!("{}: `{rule}` to keep `{conjunct}`", needed.len())
            }
        };
        let text = it.text.replace('|', "\\|");
        write(
            &mut page,
            format_args!("| `{}` | {} | `{text}` | {needed} |\n", it.name, reason(it)),
        );
    }
    page.push_str("\n## The rules\n\n| rule | what happens |\n| --- | --- |\n");
    for rule in RULES {
        write(&mut page, format_args!("| `{}` | {} |\n", rule.name, rule.about));
    }
    page.push_str(
        "\n## The faults\n\n| rule | what is wrong | conjuncts that it breaks |\n| --- | --- | --- |\n",
    );
    for fault in FAULTS {
        let found = counterexamples(&system, fault);
        let broken: Vec<String> = found.iter().map(|it| format!("`{}`", it.conjunct)).collect();
        write(
            &mut page,
            format_args!("| `{}` | {} | {} |\n", fault.rule, fault.name, broken.join(", ")),
        );
    }
    page
}

fn reason(conjunct: &Conjunct) -> &'static str {
    match conjunct.purpose {
        Purpose::Auxiliary(reason) => reason,
        Purpose::Row(row) => row,
    }
}

fn write(page: &mut String, text: std::fmt::Arguments<'_>) {
    page.write_fmt(text).expect("a string takes any text");
}
