//! Every step of a bounded machine, held to the system: it follows a rule, and keeps every conjunct.
//!
//! Each shape is searched breadth first, to the end. A state is looked at with the history of the path on
//! which it was found first; every step from it is looked at once.

use std::collections::{BTreeMap, HashSet};

use worldport_model::invariant::History;
use worldport_model::{Action, Effect, Rules, State};

use super::concrete::{Abstract, Concrete};
use super::induction::System;
use super::observe::observe;
use super::structure::{Edge, Sort, Span, Structure};
use crate::machine::{Machine, MachineState, Next, Shape, candidates};

/// What was seen of a shape.
#[derive(Clone, Debug, Default)]
pub struct Coverage {
    /// Different states.
    pub states: usize,
    /// Steps looked at, the set-up included.
    pub steps: usize,
    /// Of them, those that follow each rule.
    pub by_rule: BTreeMap<&'static str, usize>,
    /// The first step that follows no rule or breaks a conjunct, in words.
    pub outside: Option<String>,
}

/// Explores a shape under the rules of `standard`; `next` is the model's own, or a fault.
#[must_use]
pub fn cover(system: &System, shape: &'static Shape, next: Next) -> Coverage {
    let machine = Machine::with_next(shape, &Rules::STANDARD, next);
    let mut search = Search {
        system,
        machine,
        found: Coverage::default(),
        no_events: Structure::empty(&system.vocabulary, Span::Step),
    };
    search.run();
    search.found
}

struct Search<'a> {
    system: &'a System,
    machine: Machine,
    found: Coverage,
    no_events: Structure,
}

type Located = (MachineState, Abstract);

impl Search<'_> {
    fn run(&mut self) {
        let state =
            MachineState { state: State::default(), history: History::default(), broken: None };
        let mut at = (state, Abstract::empty(self.system));
        for action in self.machine.shape.setup {
            let Some(to) = self.step(&at, action) else { return };
            at = to;
        }
        let mut seen = HashSet::from([at.0.clone()]);
        let mut level = vec![at];
        let mut actions = Vec::new();
        while !level.is_empty() && self.found.outside.is_none() {
            let mut following = Vec::new();
            for from in &level {
                actions.clear();
                candidates(self.machine.shape, &from.0, &mut actions);
                for action in &actions {
                    let Some(to) = self.step(from, action) else { continue };
                    if !seen.contains(&to.0) {
                        self.judge_state(&to);
                        seen.insert(to.0.clone());
                        following.push(to);
                    }
                }
            }
            level = following;
        }
        self.found.states = seen.len();
    }

    /// One step, looked at; none if the model refuses it, or if it is outside.
    fn step(&mut self, from: &Located, action: &Action) -> Option<Located> {
        if self.found.outside.is_some() {
            return None;
        }
        let rules = self.machine.rules;
        let (state, effects) = (self.machine.next)(rules, &from.0.state, action).ok()?;
        let history = from.0.history.after(rules, &from.0.state, action, Ok(&effects), &state);
        let step = Concrete {
            before: &from.0.state,
            past: &from.0.history,
            action,
            effects: &effects,
            after: &state,
            present: &history,
        };
        let mut to = from.1.after(self.system, &step);
        self.judge(&from.1, &step, &to, &effects);
        to.forget(&state);
        Some((MachineState { state, history, broken: None }, to))
    }

    fn judge(&mut self, from: &Abstract, step: &Concrete<'_>, to: &Abstract, effects: &[Effect]) {
        let observed = observe(self.system, from, step, to);
        self.found.steps += 1;
        *self.found.by_rule.entry(observed.rule).or_default() += 1;
        if observed.rule == "stay" && from.state == to.state && observed.events.is_empty() {
            // Nothing happens and nothing changes. That the rule allows it of the state follows from the
            // conjuncts, which are judged of every state.
            return;
        }
        let edge = Edge {
            vocabulary: &self.system.vocabulary,
            sizes: to.sizes,
            before: &from.state,
            events: &observed.events,
            after: &to.state,
        };
        let rule = self.system.rules.iter().find(|it| it.rule.name == observed.rule);
        let rule = rule.unwrap_or_else(|| panic!("no rule {}", observed.rule));
        let constants = [&[0], observed.parameters.as_slice()].concat();
        assert_eq!(constants.len(), rule.constants.len(), "{}: parameters", observed.rule);
        let broken = rule.formulas.iter().find(|it| !it.holds(&edge, &constants));
        let broken = broken.map(|it| format!("{}: {}", observed.rule, it.text)).or_else(|| {
            let of_step = self.system.conjuncts.iter().filter(|it| it.conjunct.of_step);
            let failing = of_step.into_iter().find(|it| !it.formula.holds(&edge, &[0]));
            failing.map(|it| it.conjunct.name.to_owned())
        });
        if let Some(broken) = broken {
            let text = format!("{broken}\n  {:?}\n  {effects:?}\n  {:?}", step.action, step.before);
            self.found.outside = Some(text);
        }
    }

    fn judge_state(&mut self, at: &Located) {
        if let Some(broken) = self.broken_state(&at.1) {
            self.found.outside.get_or_insert(format!("{broken}\n  {:?}", at.0.state));
        }
    }

    /// The conjunct that does not hold of a state.
    fn broken_state(&self, to: &Abstract) -> Option<String> {
        let edge = Edge {
            vocabulary: &self.system.vocabulary,
            sizes: to.sizes,
            before: &to.state,
            events: &self.no_events,
            after: &to.state,
        };
        let of_state = self.system.conjuncts.iter().filter(|it| !it.conjunct.of_step);
        let failing = of_state.into_iter().find(|it| !it.formula.holds(&edge, &[0]));
        failing.map(|it| it.conjunct.name.to_owned()).or_else(|| self.incomplete(to))
    }

    /// What universal formulas cannot say and the conjuncts rely on: nothing lacks what it is described
    /// by. An instance of a world has a world, a context an extension, a port an owner and a channel, a
    /// message a channel.
    fn incomplete(&self, to: &Abstract) -> Option<String> {
        let vocabulary = &self.system.vocabulary;
        let relation = |name: &str| vocabulary.find(name).expect("a relation");
        let set = |name: &str| to.state.set(vocabulary, relation(name));
        let related = |name: &str, sort: Sort| {
            let rows = 0..to.sizes[sort.index()];
            let rows = rows.filter(|it| to.state.row(vocabulary, relation(name), *it) != 0);
            rows.fold(0_u64, |all, it| all | 1 << it)
        };
        let lacks = [
            ("of", set("started") & !related("of", Sort::Context)),
            ("within", set("script") & !related("within", Sort::Context)),
            ("owner", set("made") & !related("owner", Sort::Port)),
            ("receiver", set("made") & !set("opener") & !related("receiver", Sort::Port)),
            ("along", set("posted") & !related("along", Sort::Message)),
        ];
        let lack = lacks.iter().find(|it| it.1 != 0);
        lack.map(|it| format!("something is without {}", it.0))
    }
}
