//! Exploring shapes to the end, and what that shows.

use std::time::{Duration, Instant};

use serde::Serialize;
use stateright::{Checker, HasDiscoveries, Model};
use worldport_model::invariant::TABLE;
use worldport_model::{Action, Profile};

use crate::machine::{Machine, MachineState, Next, ROWS, Shape};

/// How far an exploration is.
#[derive(Clone, Copy, Debug)]
pub struct Progress {
    /// The shape being explored.
    pub shape: &'static Shape,
    /// Different states found so far.
    pub unique_states: usize,
    /// Steps tried so far that led somewhere.
    pub steps: usize,
    /// The longest of the shortest paths so far.
    pub depth: usize,
}

/// What exploring one shape to the end has shown.
#[derive(Clone, Debug)]
pub struct Exploration {
    /// The shape.
    pub shape: &'static Shape,
    /// Different states, all of them.
    pub unique_states: usize,
    /// Steps that led somewhere.
    pub steps: usize,
    /// The longest of the shortest paths.
    pub depth: usize,
    /// How many steps witnessed each invariant.
    pub witnessed: [u64; ROWS],
    /// A shortest path to a violation of each invariant that is violated.
    pub violations: Vec<Violation>,
    /// How long it took.
    pub elapsed: Duration,
}

/// An invariant, and a shortest way to break it.
#[derive(Clone, Debug)]
pub struct Violation {
    /// The row of the table.
    pub row: usize,
    /// The shape in which it was found.
    pub shape: &'static Shape,
    /// The actions that lead from the shape's set-up to the violation.
    pub actions: Vec<Action>,
}

/// What is known of an invariant after all shapes.
#[derive(Clone, Debug, Serialize)]
pub struct Row {
    /// Its id.
    pub invariant: &'static str,
    /// What it says.
    pub sentence: &'static str,
    /// What the exploration says of it.
    pub verdict: Verdict,
    /// Unique states in which it was judged, over all shapes.
    pub states: usize,
    /// The greatest depth of those shapes.
    pub depth: usize,
    /// Steps that witness it.
    pub witnessed: u64,
    /// The length of the shortest counterexample, set-up not counted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub counterexample: Option<usize>,
}

/// What an exploration says of an invariant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// It holds in every state of every shape, and was put to the test.
    Holds,
    /// It holds, but no step witnesses it: nothing was tried that could break it.
    Unwitnessed,
    /// It is violated.
    Violated,
}

/// Explores a shape to the end and calls `progress` now and then.
#[must_use]
pub fn explore(
    shape: &'static Shape,
    profile: Profile,
    threads: usize,
    mut progress: impl FnMut(Progress),
) -> Exploration {
    explore_with(Machine::new(shape, profile.rules()), threads, &mut progress)
}

/// The same for a machine that was made by hand.
#[must_use]
pub fn explore_with(
    machine: Machine,
    threads: usize,
    progress: &mut dyn FnMut(Progress),
) -> Exploration {
    let started = Instant::now();
    let (shape, rules, next) = (machine.shape, machine.rules, machine.next);
    // No limit of the checker's: with one, a false invariant passes. It stops early only when every
    // property has a discovery, which an invariant that holds never has.
    let checker = machine.checker().threads(threads).finish_when(HasDiscoveries::All).spawn_bfs();
    while !checker.is_done() {
        std::thread::sleep(Duration::from_millis(20));
        progress(Progress {
            shape,
            unique_states: checker.unique_state_count(),
            steps: checker.state_count(),
            depth: checker.max_depth(),
        });
    }
    let checker = checker.join();
    let violated: Vec<usize> =
        (0..ROWS).filter(|&row| checker.discovery(TABLE[row].id).is_some()).collect();
    let violations = violated
        .into_iter()
        .filter_map(|row| {
            let found = checker.discovery(TABLE[row].id)?;
            let longest = found.into_actions().len();
            let actions = shortest(shape, rules, next, row, longest);
            Some(Violation { row, shape, actions })
        })
        .collect();
    Exploration {
        shape,
        unique_states: checker.unique_state_count(),
        steps: checker.state_count(),
        depth: checker.max_depth(),
        witnessed: std::array::from_fn(|row| checker.model().witnessed(row)),
        violations,
        elapsed: started.elapsed(),
    }
}

/// A shortest way to break an invariant. The checker keeps the last that it finds, not the shortest, so
/// this is a search of its own: breadth first, level by level, until the level that breaks it.
fn shortest(
    shape: &'static Shape,
    rules: &'static worldport_model::Rules,
    next: Next,
    row: usize,
    at_most: usize,
) -> Vec<Action> {
    let machine = Machine::with_next(shape, rules, next);
    let mut seen = std::collections::HashSet::new();
    let mut parents: Vec<(usize, Option<Action>)> = Vec::new();
    let mut level: Vec<(usize, MachineState)> = Vec::new();
    for state in machine.init_states() {
        parents.push((usize::MAX, None));
        seen.insert(state.clone());
        level.push((parents.len() - 1, state));
    }
    for _ in 0..at_most {
        let mut following = Vec::new();
        for (node, state) in level {
            let mut actions = Vec::new();
            machine.actions(&state, &mut actions);
            for action in actions {
                let Some(to) = machine.step(&state, &action) else { continue };
                if to.broken == Some(row) {
                    return path(&parents, node, action);
                }
                if seen.insert(to.clone()) {
                    parents.push((node, Some(action)));
                    following.push((parents.len() - 1, to));
                }
            }
        }
        level = following;
    }
    Vec::new()
}

fn path(parents: &[(usize, Option<Action>)], mut node: usize, last: Action) -> Vec<Action> {
    let mut actions = vec![last];
    while let Some(&(parent, Some(action))) = parents.get(node) {
        actions.push(action);
        node = parent;
    }
    actions.reverse();
    actions
}

/// A row for each invariant, over all explorations of one profile.
#[must_use]
pub fn rows(explorations: &[Exploration]) -> Vec<Row> {
    let of_row = |row: usize| {
        let violations =
            explorations.iter().flat_map(|it| &it.violations).filter(|it| it.row == row);
        let counterexample = violations.map(|it| it.actions.len()).min();
        let witnessed = explorations.iter().map(|it| it.witnessed[row]).sum();
        let verdict = match (counterexample, witnessed) {
            (Some(_), _) => Verdict::Violated,
            (None, 0) => Verdict::Unwitnessed,
            (None, _) => Verdict::Holds,
        };
        Row {
            invariant: TABLE[row].id,
            sentence: TABLE[row].sentence,
            verdict,
            states: explorations.iter().map(|it| it.unique_states).sum(),
            depth: explorations.iter().map(|it| it.depth).max().unwrap_or(0),
            witnessed,
            counterexample,
        }
    };
    (0..ROWS).map(of_row).collect()
}
