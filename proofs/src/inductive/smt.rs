//! The same obligations as text for an SMT solver, as a second opinion on the grounder.
//!
//! SMT-LIB 2: sorts and relations are uninterpreted, constants are the parameters, skolems are constants
//! of each obligation. Each file begins with one `check-sat` that must be `sat` (the rule is possible)
//! and goes on with one for each conjunct, which must be `unsat`.

use std::fmt::Write as _;

use super::formula::{Atom, Closed, Formula, Term};
use super::induction::{ReadRule, System};
use super::structure::{Sort, Vocabulary};

/// The obligations of a rule.
#[must_use]
pub fn rule(system: &System, rule: &ReadRule) -> String {
    let printer = Printer { vocabulary: &system.vocabulary, constants: &rule.constants };
    let mut text = printer.begin(rule.rule.name);
    for formula in &rule.formulas {
        printer.assert(&mut text, formula);
    }
    for it in system.conjuncts.iter().filter(|it| !it.conjunct.of_step) {
        printer.assert(&mut text, &it.formula);
    }
    printer.ask(&mut text, "possible", "sat", None);
    for goal in &system.conjuncts {
        let formula = match goal.conjunct.of_step {
            true => goal.formula.clone(),
            false => goal.formula.after(&system.vocabulary),
        };
        printer.ask(&mut text, goal.conjunct.name, "unsat", Some(&formula));
    }
    text
}

/// The obligations of the empty machine.
#[must_use]
pub fn initial(system: &System) -> String {
    let constants = [super::system::DEFAULT_WORLD];
    let printer = Printer { vocabulary: &system.vocabulary, constants: &constants };
    let mut text = printer.begin("the empty machine");
    for formula in &system.initial {
        printer.assert(&mut text, formula);
    }
    printer.ask(&mut text, "possible", "sat", None);
    for goal in system.conjuncts.iter().filter(|it| !it.conjunct.of_step) {
        printer.ask(&mut text, goal.conjunct.name, "unsat", Some(&goal.formula));
    }
    text
}

struct Printer<'a> {
    vocabulary: &'a Vocabulary,
    constants: &'a [(&'static str, Sort)],
}

impl Printer<'_> {
    fn begin(&self, title: &str) -> String {
        let mut text = format!("; {title}\n(set-logic UF)\n");
        for sort in Sort::ALL {
            line(&mut text, format_args!("(declare-sort {sort} 0)"));
        }
        for relation in &self.vocabulary.relations {
            let sorts: Vec<String> = relation.sorts.iter().map(Sort::to_string).collect();
            let sorts = sorts.join(" ");
            line(&mut text, format_args!("(declare-fun {} ({sorts}) Bool)", relation.name));
            if relation.is_state() {
                line(&mut text, format_args!("(declare-fun {}+ ({sorts}) Bool)", relation.name));
            }
        }
        for (name, sort) in self.constants {
            line(&mut text, format_args!("(declare-const ${name} {sort})"));
        }
        text
    }

    fn assert(&self, text: &mut String, formula: &Closed) {
        let body = self.print(&formula.matrix, &|at| formula.variables[at].0.clone());
        let variables = formula.variables.iter().map(|(name, sort)| format!("({name} {sort})"));
        let variables: Vec<String> = variables.collect();
        match variables.is_empty() {
            true => line(text, format_args!("(assert {body})")),
            false => {
                line(text, format_args!("(assert (forall ({}) {body}))", variables.join(" ")));
            }
        }
    }

    fn ask(&self, text: &mut String, name: &str, expected: &str, refuted: Option<&Closed>) {
        line(text, format_args!("(push 1)"));
        if let Some(formula) = refuted {
            for (name, sort) in &formula.variables {
                line(text, format_args!("(declare-const !{name} {sort})"));
            }
            let body = self.print(&formula.matrix, &|at| format!("!{}", formula.variables[at].0));
            line(text, format_args!("(assert (not {body}))"));
        }
        line(text, format_args!("(echo \"{name} {expected}\")"));
        line(text, format_args!("(check-sat)\n(pop 1)"));
    }

    fn print(&self, formula: &Formula, variable: &dyn Fn(usize) -> String) -> String {
        let term = |term: &Term| match term {
            Term::Fixed(constant) => format!("${}", self.constants[*constant].0),
            Term::Variable(at) => variable(*at),
        };
        let all = |of: &[Formula], name: &str, neutral: &str| {
            let inside: Vec<String> = of.iter().map(|it| self.print(it, variable)).collect();
            match inside.as_slice() {
                [] => neutral.to_owned(),
                some => format!("({name} {})", some.join(" ")),
            }
        };
        match formula {
            Formula::Atom(Atom { relation, primed, first, second }) => {
                let name = self.vocabulary.relations[*relation].name;
                let mark = if *primed { "+" } else { "" };
                let second = second.as_ref().map(|it| format!(" {}", term(it))).unwrap_or_default();
                format!("({name}{mark} {}{second})", term(first))
            }
            Formula::All(of) => all(of, "and", "true"),
            Formula::Any(of) => all(of, "or", "false"),
            Formula::Equal(a, b) => format!("(= {} {})", term(a), term(b)),
            Formula::Iff(a, b) => {
                format!("(= {} {})", self.print(a, variable), self.print(b, variable))
            }
            Formula::Not(it) => format!("(not {})", self.print(it, variable)),
        }
    }
}

fn line(text: &mut String, content: std::fmt::Arguments<'_>) {
    writeln!(text, "{content}").expect("a string takes any text");
}
