//! Exploring shapes to the end, and what that shows: by [`explorer`] for whoever wants to know,
//! and by stateright, which shares nothing with it but the machine, in tests that hold each to the other.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::{Duration, Instant};

use rustc_hash::FxHashSet;
use serde::Serialize;
use stateright::{Checker, HasDiscoveries, Model};
use worldport_model::invariant::{TABLE, acting, is_quiescent, is_scheduled};
use worldport_model::{Action, Profile, State};

use crate::explorer::{self, Explored};
use crate::machine::{Breach, Judged, Machine, ROWS, Shape};
use crate::packing::Packing;

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
    /// Steps that led somewhere, and one for the state in which it starts.
    pub steps: usize,
    /// The longest of the shortest paths.
    pub depth: usize,
    /// How many steps witnessed each invariant.
    pub witnessed: [u64; ROWS],
    /// A shortest path to each violation, one for each way of each invariant.
    pub violations: Vec<Violation>,
    /// How long it took.
    pub elapsed: Duration,
}

/// An invariant broken in some way, and a shortest path to that.
#[derive(Clone, Debug)]
pub struct Violation {
    /// The row of the table.
    pub row: usize,
    /// The way, a row of [`WAYS`](crate::machine::WAYS); none if it is not one that is known.
    pub way: Option<usize>,
    /// The shape in which it was found.
    pub shape: &'static Shape,
    /// The fewest actions that lead from the shape's set-up to the violation.
    pub actions: Vec<Action>,
    /// The fewest with which everything comes to rest between one thing and the next: what a scenario can
    /// tell. None if the violation needs a race.
    pub calm: Option<Vec<Action>>,
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

impl Exploration {
    /// Steps that led somewhere.
    #[must_use]
    pub fn edges(&self) -> usize {
        self.steps.saturating_sub(1)
    }
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
    let (shape, again) = (machine.shape, machine.afresh());
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
    let broken: BTreeSet<Breach> =
        Breach::all().filter(|&breach| checker.model().broken(breach) > 0).collect();
    Exploration {
        shape,
        unique_states: checker.unique_state_count(),
        steps: checker.state_count(),
        depth: checker.max_depth(),
        witnessed: std::array::from_fn(|row| checker.model().witnessed(row)),
        violations: shortest(&again, &broken),
        elapsed: started.elapsed(),
    }
}

/// Explores a shape to the end with the explorer of this crate instead of stateright.
#[must_use]
pub fn explore_exactly(
    shape: &'static Shape,
    profile: Profile,
    threads: usize,
    mut progress: impl FnMut(Progress),
) -> (Exploration, Explored) {
    let machine = Machine::new(shape, profile.rules());
    let started = Instant::now();
    let found = explorer::explore(&machine, threads, &mut progress);
    let exploration = Exploration {
        shape,
        unique_states: found.states,
        // As stateright counts them: with the state in which it starts.
        steps: found.edges + 1,
        depth: found.depth,
        witnessed: found.witnessed,
        violations: shortest(&machine, &found.broken),
        elapsed: started.elapsed(),
    };
    (exploration, found)
}

/// A shortest path to each of these breaches. Of two as short the calmer one is kept.
fn shortest(machine: &Machine, wanted: &BTreeSet<Breach>) -> Vec<Violation> {
    let calmest = search(machine, wanted, true);
    let paths = search(machine, wanted, false);
    let violation = |breach: &Breach| {
        let calm = calmest.get(breach).cloned();
        // What was counted is not lost, even if no path to it was found.
        let path = paths.get(breach).cloned().unwrap_or_default();
        let actions = calm.clone().filter(|calm| calm.len() <= path.len()).unwrap_or(path);
        Violation { row: breach.row, way: breach.way, shape: machine.shape, actions, calm }
    };
    wanted.iter().map(violation).collect()
}

/// The checker keeps the last path that it finds, not the shortest, so this is a search of its own: breadth
/// first, level by level, until the level that has the last of what is wanted.
fn search(
    machine: &Machine,
    wanted: &BTreeSet<Breach>,
    calmly: bool,
) -> BTreeMap<Breach, Vec<Action>> {
    let mut found = BTreeMap::new();
    let mut packing = Packing::default();
    let (mut seen, mut words) = (FxHashSet::default(), Vec::new());
    let mut parents: Vec<(usize, Option<Action>)> = Vec::new();
    let mut level: Vec<(usize, Arc<[u32]>)> = Vec::new();
    for state in machine.init_states() {
        words.clear();
        packing.pack(&state, &mut words);
        let packed: Arc<[u32]> = Arc::from(words.as_slice());
        seen.insert(Arc::clone(&packed));
        level.push((parents.len(), packed));
        parents.push((usize::MAX, None));
    }
    let mut actions = Vec::new();
    while found.len() < wanted.len() && !level.is_empty() {
        let mut following = Vec::new();
        for (node, packed) in level {
            let state = packing.unpack(&packed);
            actions.clear();
            machine.actions(&state, &mut actions);
            actions.retain(|action| !calmly || is_calm(&state.state, action));
            for &action in &actions {
                let Judged { to, breaches, .. } = machine.assess(&state, &action);
                for breach in breaches.into_iter().filter(|breach| wanted.contains(breach)) {
                    found.entry(breach).or_insert_with(|| path(&parents, node, action));
                }
                let Some(to) = to else { continue };
                words.clear();
                packing.pack_step(&to, (&state, &packed), &mut words);
                if !seen.contains(words.as_slice()) {
                    let packed: Arc<[u32]> = Arc::from(words.as_slice());
                    seen.insert(Arc::clone(&packed));
                    following.push((parents.len(), packed));
                    parents.push((node, Some(action)));
                }
            }
        }
        level = following;
    }
    found
}

/// Whether the action is the scheduler's, or comes when everything is at rest but for the listener that
/// takes it.
#[must_use]
pub fn is_calm(state: &State, action: &Action) -> bool {
    if is_scheduled(action) || is_quiescent(state) {
        return true;
    }
    let Some(context) = acting(action) else { return false };
    let mut others = state.clone();
    let dispatch = others.contexts.get_mut(&context).and_then(|it| it.dispatch.take());
    dispatch.is_some() && is_quiescent(&others)
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
