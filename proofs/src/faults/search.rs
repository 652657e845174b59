//! What notices a fault, and after how many steps.
//!
//! A search goes breadth first over everything that the broken machine can do, so that what it finds first
//! is shortest. As in the checker, it does not go on behind a step that breaks an invariant: what a broken
//! machine does next means nothing.

use std::collections::{BTreeMap, HashSet};

use worldport::Router;
use worldport_model::invariant::{Step, TABLE};
use worldport_model::{Action, Rules, next};

use super::model;
use super::router;
use crate::machine::{Machine, MachineState, ROWS, Shape, candidates};
use crate::refinement::Subject;
use crate::refinement::faults::AnyRouter;
use crate::refinement::random::{Fresh, Pair, Standard, Transition, idle_dispatches};

/// A broken machine can have no end, as one that doubles messages. A search ends with the level on which it
/// has found so many states, which is more than any of the machines has that is not broken.
pub const ENOUGH: usize = 8_000;

/// What notices a fault.
#[derive(Clone, Debug)]
pub struct Found {
    /// The machine.
    pub shape: &'static Shape,
    /// States that the broken machine has; of a router, those that it shares with the model.
    pub states: usize,
    /// By invariant, the fewest steps that break it.
    pub broken: BTreeMap<&'static str, Vec<Action>>,
    /// The fewest steps after which router and model part.
    pub parted: Option<Vec<Action>>,
    /// What is said there.
    pub difference: Option<String>,
}

impl Found {
    /// Whether anything notices it.
    #[must_use]
    pub fn is_killed(&self) -> bool {
        !self.broken.is_empty() || self.parted.is_some()
    }
}

/// The nodes of a search, each with the step that found it.
#[derive(Debug, Default)]
struct Tree(Vec<(usize, Option<Action>)>);

impl Tree {
    fn add(&mut self, parent: usize, action: Option<Action>) -> usize {
        self.0.push((parent, action));
        self.0.len() - 1
    }

    fn path(&self, mut node: usize, last: Action) -> Vec<Action> {
        let mut actions = vec![last];
        while let Some(&(parent, Some(action))) = self.0.get(node) {
            actions.push(action);
            node = parent;
        }
        actions.reverse();
        actions
    }
}

/// Everything that a broken model breaks, and where a good router parts from it.
///
/// # Panics
///
/// If the fault names no shape.
#[must_use]
pub fn judge_model(fault: &model::Fault) -> Found {
    let shape = shape_of(fault.name, fault.shape);
    let machine = Machine::with_next(shape, &Rules::STANDARD, fault.next);
    let mut found = Found::of(shape);
    let (mut tree, mut seen) = (Tree::default(), HashSet::new());
    // What was there before is as it should be: the fault begins with the first step.
    let start = Machine::new(shape, &Rules::STANDARD).replay(shape.setup);
    seen.insert(start.clone());
    let mut level = vec![(tree.add(usize::MAX, None), start)];
    let mut menu = Vec::new();
    while !level.is_empty() {
        let mut following = Vec::new();
        for (node, at) in level {
            menu.clear();
            candidates(shape, &at, &mut menu);
            for action in &menu {
                let (to, breaches) = machine.judge(&at, action);
                for breach in &breaches {
                    let path = || tree.path(node, *action);
                    found.broken.entry(TABLE[breach.row].id).or_insert_with(path);
                }
                if found.parted.is_none() && differs(fault, &at, action) {
                    found.parts(fault, &tree.path(node, *action));
                }
                if let Some(to) = to.filter(|to| to.broken.is_none() && !seen.contains(to)) {
                    seen.insert(to.clone());
                    following.push((tree.add(node, Some(*action)), to));
                }
            }
        }
        level = if seen.len() < ENOUGH { following } else { Vec::new() };
    }
    found.states = seen.len();
    found
}

/// Whether the broken step is another than the good one. A router can only show that where scripts can
/// observe it, or in its state.
fn differs(fault: &model::Fault, at: &MachineState, action: &Action) -> bool {
    let rules = &Rules::STANDARD;
    (fault.next)(rules, &at.state, action) != next(rules, &at.state, action)
}

impl Found {
    fn of(shape: &'static Shape) -> Self {
        Self { shape, states: 0, broken: BTreeMap::new(), parted: None, difference: None }
    }

    /// Plays a path on a good router with the broken model beside it, to see whether they part.
    fn parts(&mut self, fault: &model::Fault, path: &[Action]) {
        let mut pair = set_up(Router::fresh(worldport::Rules::STANDARD), self.shape);
        pair.follow_with(fault.next);
        for (step, action) in path.iter().enumerate() {
            if let Err(difference) = pair.step(&Transition::Act(*action)) {
                self.parted = Some(path[..=step].to_vec());
                self.difference = Some(difference);
                return;
            }
        }
    }
}

/// A new subject in the state in which a machine starts.
fn set_up<S: Subject<u32>>(subject: S, shape: &'static Shape) -> Pair<S, Standard> {
    let mut pair = Pair::unjudged(subject);
    for action in shape.setup {
        let done = pair.step(&Transition::Act(*action));
        done.unwrap_or_else(|why| panic!("{}: the set-up fails: {why}", shape.name));
    }
    pair
}

fn shape_of(fault: &str, name: &str) -> &'static Shape {
    super::shapes::shape(name).unwrap_or_else(|| panic!("{fault}: no shape {name}"))
}

/// Where a broken router parts from a good model, and the invariants that it breaks there by what it shows.
///
/// Two routers that have shown the same are taken for one, whatever they remember: what only a longer past
/// brings out is left to [the tour](crate::refinement::tour).
///
/// # Panics
///
/// If the fault names no shape.
#[must_use]
pub fn judge_router(fault: &router::Fault) -> Found {
    let shape = shape_of(fault.name, fault.shape);
    let machine = Machine::new(shape, &Rules::STANDARD);
    let mut found = Found::of(shape);
    let (mut tree, mut seen) = (Tree::default(), HashSet::new());
    let start = machine.replay(shape.setup);
    seen.insert(start.clone());
    let mut level = vec![(tree.add(usize::MAX, None), start, set_up((fault.make)(), shape))];
    let mut menu = Vec::new();
    while !level.is_empty() {
        let mut following = Vec::new();
        for (node, at, pair) in level {
            menu.clear();
            candidates(shape, &at, &mut menu);
            menu.extend(idle_dispatches(&at.state));
            let acts = menu.iter().copied().map(Transition::Act);
            let transitions: Vec<Transition> =
                acts.chain(router::stale(&at.state).map(Transition::Stale)).collect();
            let mut hand = pair.clone();
            for transition in &transitions {
                let (Transition::Act(action) | Transition::Stale(action)) = *transition;
                let before = hand.verdict();
                let outcome = hand.step(transition);
                if let Err(difference) = outcome {
                    let path = tree.path(node, action);
                    for row in broken(&at, pair.clone(), transition) {
                        found.broken.entry(TABLE[row].id).or_insert_with(|| path.clone());
                    }
                    if found.parted.is_none() {
                        (found.parted, found.difference) = (Some(path), Some(difference));
                    }
                    hand = pair.clone();
                    continue;
                }
                if hand.verdict().accepted == before.accepted {
                    continue;
                }
                let taken = std::mem::replace(&mut hand, pair.clone());
                if let Some(to) = machine.advance(&at, &action).filter(|to| !seen.contains(to)) {
                    seen.insert(to.clone());
                    following.push((tree.add(node, Some(action)), to, taken));
                }
            }
        }
        level = following;
    }
    found.states = seen.len();
    found
}

/// The invariants that a step of a router breaks, by what it shows.
fn broken(
    at: &MachineState,
    pair: Pair<AnyRouter, Standard>,
    transition: &Transition,
) -> Vec<usize> {
    let rules = &Rules::STANDARD;
    let shown = pair.shown(transition);
    let outcome = match &shown.outcome {
        Ok(effects) => Ok(effects.as_slice()),
        Err(refusal) => Err(*refusal),
    };
    let present = at.history.after(rules, &shown.before, &shown.action, outcome, &shown.after);
    let step = Step {
        rules,
        before: &shown.before,
        action: &shown.action,
        outcome,
        after: &shown.after,
        past: &at.history,
        present: &present,
    };
    (0..ROWS).filter(|&row| !(TABLE[row].rule)(&step)).collect()
}

/// For each invariant, the fewest steps that witness it in a good machine, and the shape where that is.
#[must_use]
pub fn witnesses() -> BTreeMap<&'static str, (&'static str, usize)> {
    let mut found: BTreeMap<&'static str, (&'static str, usize)> = BTreeMap::new();
    for shape in super::shapes::shapes() {
        let machine = Machine::new(shape, &Rules::STANDARD);
        let mut seen = HashSet::new();
        let start = machine.replay(shape.setup);
        let mut counted: Vec<u64> = (0..ROWS).map(|row| machine.witnessed(row)).collect();
        seen.insert(start.clone());
        let (mut level, mut length, mut menu) = (vec![start], 0, Vec::new());
        while !level.is_empty() {
            length += 1;
            let mut following = Vec::new();
            for at in level {
                menu.clear();
                candidates(shape, &at, &mut menu);
                for action in &menu {
                    if let Some(to) = machine.step(&at, action).filter(|to| !seen.contains(to)) {
                        seen.insert(to.clone());
                        following.push(to);
                    }
                }
            }
            for (row, counted) in counted.iter_mut().enumerate() {
                if machine.witnessed(row) > *counted {
                    *counted = u64::MAX;
                    let best = found.entry(TABLE[row].id).or_insert((shape.name, length));
                    if length < best.1 {
                        *best = (shape.name, length);
                    }
                }
            }
            level = following;
        }
    }
    found
}
