//! The obligations, and what the solver says of them.
//!
//! The conjuncts of states hold of the empty machine; each rule keeps them; each rule, from a state in
//! which they hold, makes only steps of which the conjuncts of steps hold. Every obligation is decided:
//! it holds for any size, or there is a counterexample to induction. Besides, every rule must be possible
//! where the invariant holds: what an impossible rule keeps is kept by nobody.

use std::collections::BTreeMap;

use batsat::Lit;

use super::conjuncts::{CONJUNCTS, Conjunct};
use super::describe::{counterexample, is_genuine};
use super::formula::Closed;
use super::ground::{Answer, Ground, Model};
use super::parse::{Scope, parse, split_head};
use super::rules::{RULES, Rule};
use super::structure::{Sort, Vocabulary};
use super::system::{CAUSES, DEFAULT_WORLD, DEFINITIONS, UPDATES, initial, vocabulary};

/// A rule, read.
#[derive(Clone, Debug)]
pub struct ReadRule {
    /// As it is written.
    pub rule: Rule,
    /// The constants of its formulas: the default world and its parameters.
    pub constants: Vec<(&'static str, Sort)>,
    /// What holds of its steps.
    pub formulas: Vec<Closed>,
}

/// A conjunct, read.
#[derive(Clone, Debug)]
pub struct ReadConjunct {
    /// As it is written.
    pub conjunct: Conjunct,
    /// Its formula.
    pub formula: Closed,
}

/// The whole system, read.
#[derive(Debug)]
pub struct System {
    /// The relations.
    pub vocabulary: Vocabulary,
    /// What holds of the empty machine.
    pub initial: Vec<Closed>,
    /// The rules.
    pub rules: Vec<ReadRule>,
    /// The conjuncts.
    pub conjuncts: Vec<ReadConjunct>,
}

/// A text of the system, and the text that stands in its place: a fault that is seeded on purpose.
#[derive(Clone, Copy, Debug)]
pub struct Change {
    /// The text: a condition or a definition of an event of the rule, an update, or a cause.
    pub from: &'static str,
    /// What stands in its place.
    pub to: &'static str,
}

/// What is to be shown of a rule and a conjunct, and could not be.
#[derive(Clone, Debug)]
pub struct Counterexample {
    /// The rule; none for the empty machine.
    pub rule: Option<&'static str>,
    /// The conjunct that is violated.
    pub conjunct: &'static str,
    /// The step, in words that can be read.
    pub text: String,
    /// Whether the evaluator, which knows nothing of the grounder, finds it a counterexample too.
    pub genuine: bool,
}

/// Where the proof stands.
#[derive(Clone, Debug, Default)]
pub struct Verdict {
    /// Obligations decided.
    pub obligations: usize,
    /// Those that do not hold.
    pub counterexamples: Vec<Counterexample>,
    /// Rules that no state of the invariant allows.
    pub impossible: Vec<&'static str>,
    /// For each conjunct, the obligations on other conjuncts that fail without it.
    pub needed_by: BTreeMap<&'static str, Vec<(Option<&'static str>, &'static str)>>,
}

impl System {
    /// The system as it is.
    #[must_use]
    pub fn new() -> Self {
        let vocabulary = vocabulary();
        let constants = [DEFAULT_WORLD];
        let scope =
            Scope { vocabulary: &vocabulary, definitions: DEFINITIONS, constants: &constants };
        let initial = initial().iter().map(|text| parse(scope, text)).collect();
        let read = |conjunct: &Conjunct| ReadConjunct {
            conjunct: *conjunct,
            formula: parse(scope, conjunct.text),
        };
        let conjuncts = CONJUNCTS.iter().map(read).collect();
        let rules = RULES.iter().map(|rule| read_rule(&vocabulary, rule, None)).collect();
        Self { vocabulary, initial, rules, conjuncts }
    }

    /// One of its rules with a fault.
    ///
    /// # Panics
    ///
    /// If there is no such rule, or the rule has no such text.
    #[must_use]
    pub fn faulty(&self, rule: &str, change: Change) -> ReadRule {
        let rule = RULES.iter().find(|it| it.name == rule).expect("a rule of this name");
        read_rule(&self.vocabulary, rule, Some(change))
    }

    /// Decides every obligation of the system.
    #[must_use]
    pub fn decide(&self) -> Verdict {
        let mut verdict = Verdict::default();
        self.decide_initial(&mut verdict);
        for rule in &self.rules {
            self.decide_rule(rule, true, &mut verdict);
        }
        verdict
    }

    fn decide_initial(&self, verdict: &mut Verdict) {
        let mut ground = Ground::new(&self.vocabulary, &[DEFAULT_WORLD.1], self.skolems());
        for formula in &self.initial {
            ground.require(formula, None);
        }
        for goal in self.conjuncts.iter().filter(|it| !it.conjunct.of_step) {
            let switch = ground.switch();
            ground.refute(&goal.formula, switch);
            verdict.obligations += 1;
            if let Answer::Possible(model) = ground.solve(&[switch]) {
                let text = self.describe(&ground, &model, None, &goal.formula);
                let hold = &self.initial;
                let genuine = is_genuine(&self.vocabulary, &ground, &model, hold, &goal.formula);
                let conjunct = goal.conjunct.name;
                let found = Counterexample { rule: None, conjunct, text, genuine };
                verdict.counterexamples.push(found);
            }
        }
    }

    /// Decides the obligations of one rule; with `dependencies`, what each of them needs, too.
    pub fn decide_rule(&self, rule: &ReadRule, dependencies: bool, verdict: &mut Verdict) {
        let sorts: Vec<Sort> = rule.constants.iter().map(|it| it.1).collect();
        let mut ground = Ground::new(&self.vocabulary, &sorts, self.skolems());
        for formula in &rule.formulas {
            ground.require(formula, None);
        }
        let mut assumed: Vec<(Lit, &'static str)> = Vec::new();
        for it in self.conjuncts.iter().filter(|it| !it.conjunct.of_step) {
            let switch = ground.switch();
            ground.require(&it.formula, Some(switch));
            assumed.push((switch, it.conjunct.name));
        }
        let all: Vec<Lit> = assumed.iter().map(|it| it.0).collect();
        if let Answer::Impossible(_) = ground.solve(&all) {
            verdict.impossible.push(rule.rule.name);
        }
        for goal in &self.conjuncts {
            let formula = match goal.conjunct.of_step {
                true => goal.formula.clone(),
                false => goal.formula.after(&self.vocabulary),
            };
            let switch = ground.switch();
            ground.refute(&formula, switch);
            verdict.obligations += 1;
            let with = |lits: &[Lit]| [lits, &[switch]].concat();
            let (name, conjunct) = (Some(rule.rule.name), goal.conjunct.name);
            match ground.solve(&with(&all)) {
                Answer::Possible(model) => {
                    let text = self.describe(&ground, &model, Some(rule), &formula);
                    let of_state = self.conjuncts.iter().filter(|it| !it.conjunct.of_step);
                    let hold = rule.formulas.iter().chain(of_state.map(|it| &it.formula));
                    let genuine = is_genuine(&self.vocabulary, &ground, &model, hold, &formula);
                    let found = Counterexample { rule: name, conjunct, text, genuine };
                    verdict.counterexamples.push(found);
                }
                Answer::Impossible(core) if dependencies => {
                    for (without, other) in assumed.iter().filter(|it| core.contains(&it.0)) {
                        let rest: Vec<Lit> =
                            all.iter().copied().filter(|it| it != without).collect();
                        let needed = matches!(ground.solve(&with(&rest)), Answer::Possible(_));
                        if needed && *other != conjunct {
                            verdict.needed_by.entry(other).or_default().push((name, conjunct));
                        }
                    }
                }
                Answer::Impossible(_) => {}
            }
            // What was asked is not asked again.
            ground.never(switch);
        }
    }

    /// For each sort, the variables that the greediest conjunct has of it.
    fn skolems(&self) -> [usize; 5] {
        let of =
            |formula: &Closed, sort| formula.variables.iter().filter(|it| it.1 == sort).count();
        Sort::ALL
            .map(|sort| self.conjuncts.iter().map(|it| of(&it.formula, sort)).max().unwrap_or(0))
    }

    /// A counterexample in words: what the constants are, what holds before, happens, and holds after.
    fn describe(
        &self,
        ground: &Ground<'_>,
        model: &Model,
        rule: Option<&ReadRule>,
        violated: &Closed,
    ) -> String {
        counterexample(&self.vocabulary, ground, model, rule, violated)
    }
}

impl Default for System {
    fn default() -> Self {
        Self::new()
    }
}

/// Every formula of a rule: what it says itself, what every step does, and what follows from what.
fn read_rule(vocabulary: &Vocabulary, rule: &Rule, change: Option<Change>) -> ReadRule {
    let mut constants = vec![DEFAULT_WORLD];
    constants.extend(rule.parameters);
    let scope = Scope { vocabulary, definitions: DEFINITIONS, constants: &constants };
    let mut texts: Vec<String> = rule.requires.iter().copied().map(str::to_owned).collect();
    let mut named: Vec<&str> = rule.may.to_vec();
    for (head, when) in rule.events {
        let (head, condition) = head.split_once(" if ").unwrap_or((head, ""));
        named.push(split_head(head).0);
        texts.push(match condition {
            "" => format!("{head} <-> {when}"),
            _ => format!("{condition} -> ({head} <-> {when})"),
        });
    }
    for relation in vocabulary.relations.iter().filter(|it| !it.is_state()) {
        if !named.contains(&relation.name) {
            texts.push(match relation.sorts {
                [_] => format!("!{}(x)", relation.name),
                _ => format!("!{}(x, y)", relation.name),
            });
        }
    }
    texts.extend(UPDATES.iter().chain(CAUSES).copied().map(str::to_owned));
    if let Some(change) = change {
        let text = texts.iter_mut().find(|it| *it == change.from);
        *text.unwrap_or_else(|| panic!("{} has no {}", rule.name, change.from)) =
            change.to.to_owned();
    }
    let formulas = texts.iter().map(|text| parse(scope, text)).collect();
    ReadRule { rule: *rule, constants, formulas }
}
