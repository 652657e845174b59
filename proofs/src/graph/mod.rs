//! A bounded machine as a graph: every state, every step, exactly.
//!
//! The checker of [`check`](crate::check) knows states by a hash of 64 bits and forgets the steps between
//! them. Here states are kept whole and compared whole, and the steps are kept too: what is asked of runs
//! without end, of a router in every state, and of what random sequences reach, is asked of this graph.
//! The search shares nothing with the checker but the machine, so that equal figures of the two mean
//! something.
//!
//! There is no limit: the search ends when there is nothing new.

pub mod coverage;
pub mod fair;
pub mod ledger;

use std::ops::Range;
use std::sync::Arc;

use petgraph::graph::{DiGraph, Edge, NodeIndex};
use rustc_hash::FxHashMap;
use worldport_model::{Action, Rules};

use crate::machine::{Machine, MachineState, Next, Shape, candidates};
use crate::packing::Packing;

/// A state as places of its records.
type Packed = Arc<[u32]>;

/// The place of a state in the order in which states were found.
pub type Node = NodeIndex<u32>;

/// Every state and every step of a machine.
#[derive(Debug)]
pub struct Graph {
    /// The shape.
    pub shape: &'static Shape,
    /// The rules in force.
    pub rules: &'static Rules,
    /// An edge for each action that leads somewhere; its weight is the place of the action in
    /// [`alphabet`](Self::alphabet).
    pub steps: DiGraph<(), u16>,
    /// Every action that is tried in some state.
    pub alphabet: Vec<Action>,
    /// Actions that were refused, over all states.
    pub refused: usize,
    /// The longest of the shortest paths, counted in states, as the checker counts it.
    pub depth: usize,
    packing: Packing,
    states: Vec<Packed>,
    places: FxHashMap<Packed, u32>,
    letters: FxHashMap<Action, u16>,
    /// Where the edges from each state begin; edges stand in the order of their sources.
    first: Vec<usize>,
    /// The edge by which each state but the first was found.
    found_by: Vec<usize>,
}

impl Graph {
    /// Explores a shape under a set of rules to the end.
    #[must_use]
    pub fn of(shape: &'static Shape, rules: &'static Rules) -> Self {
        Self::explore(&Machine::new(shape, rules))
    }

    /// The same with another transition function: a fault, seeded on purpose. What breaks an invariant is
    /// a state of its own and leads nowhere.
    #[must_use]
    pub fn with_next(shape: &'static Shape, rules: &'static Rules, next: Next) -> Self {
        Self::explore(&Machine::with_next(shape, rules, next))
    }

    fn explore(machine: &Machine) -> Self {
        let mut graph = Self {
            shape: machine.shape,
            rules: machine.rules,
            steps: DiGraph::new(),
            alphabet: Vec::new(),
            refused: 0,
            depth: 0,
            packing: Packing::default(),
            states: Vec::new(),
            places: FxHashMap::default(),
            letters: FxHashMap::default(),
            first: Vec::new(),
            found_by: Vec::new(),
        };
        let mut words = Vec::new();
        let start = machine.replay(machine.shape.setup);
        graph.packing.pack(&start, &mut words);
        graph.enter(&words);
        let mut level = vec![start];
        let mut menu = Vec::new();
        let mut from = 0;
        while !level.is_empty() {
            graph.depth += 1;
            let mut following = Vec::new();
            for state in level {
                graph.first.push(graph.steps.edge_count());
                menu.clear();
                if state.broken.is_none() {
                    candidates(machine.shape, &state, &mut menu);
                }
                for action in &menu {
                    let letter = graph.letter(action);
                    let Some(to) = machine.advance(&state, action) else {
                        graph.refused += 1;
                        continue;
                    };
                    words.clear();
                    let known = &graph.states[from];
                    graph.packing.pack_step(&to, (&state, known), &mut words);
                    let (node, is_new) = graph.enter(&words);
                    if is_new {
                        graph.found_by.push(graph.steps.edge_count());
                        following.push(to);
                    }
                    graph.steps.add_edge(NodeIndex::new(from), node, letter);
                }
                from += 1;
            }
            level = following;
        }
        graph.first.push(graph.steps.edge_count());
        graph
    }

    /// The state in which the machine starts.
    #[must_use]
    pub fn start(&self) -> Node {
        Node::new(0)
    }

    fn enter(&mut self, words: &[u32]) -> (Node, bool) {
        if let Some(&place) = self.places.get(words) {
            return (Node::new(place as usize), false);
        }
        let node = self.steps.add_node(());
        let place = u32::try_from(node.index()).unwrap_or_else(|_| panic!("too many states"));
        let packed: Packed = Arc::from(words);
        self.places.insert(Arc::clone(&packed), place);
        self.states.push(packed);
        (node, true)
    }

    fn letter(&mut self, action: &Action) -> u16 {
        if let Some(&letter) = self.letters.get(action) {
            return letter;
        }
        let letter = u16::try_from(self.alphabet.len());
        let letter = letter.unwrap_or_else(|_| panic!("too many actions"));
        self.alphabet.push(*action);
        self.letters.insert(*action, letter);
        letter
    }

    /// How many states there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.states.len()
    }

    /// Whether there is no state; there always is one.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.states.is_empty()
    }

    /// The state of a node.
    ///
    /// # Panics
    ///
    /// If the node is another graph's.
    #[must_use]
    pub fn state(&self, node: Node) -> MachineState {
        self.packing.unpack(&self.states[node.index()])
    }

    /// Words of four bytes that all states take, without the records that they share.
    #[must_use]
    pub fn words(&self) -> usize {
        self.states.iter().map(|packed| packed.len()).sum()
    }

    /// The node of a state, if the machine has it.
    #[must_use]
    pub fn find(&mut self, state: &MachineState) -> Option<Node> {
        let mut words = Vec::new();
        self.packing.pack(state, &mut words);
        self.places.get(words.as_slice()).map(|&place| Node::new(place as usize))
    }

    /// The steps from a node, in the order of the candidates.
    #[must_use]
    pub fn from(&self, node: Node) -> &[Edge<u16>] {
        &self.steps.raw_edges()[self.range(node)]
    }

    /// The places of the steps from a node among all steps.
    ///
    /// # Panics
    ///
    /// If the node is another graph's.
    #[must_use]
    pub fn range(&self, node: Node) -> Range<usize> {
        self.first[node.index()]..self.first[node.index() + 1]
    }

    /// The action of a step.
    #[must_use]
    pub fn action(&self, step: &Edge<u16>) -> Action {
        self.alphabet[usize::from(step.weight)]
    }

    /// The steps by which the states but the first were found, in the order of the states: a tree of
    /// shortest paths.
    #[must_use]
    pub fn found_by(&self) -> &[usize] {
        &self.found_by
    }

    /// A shortest path to a node.
    #[must_use]
    pub fn path(&self, node: Node) -> Vec<Action> {
        let mut actions = Vec::new();
        let mut at = node;
        while let Some(&step) = at.index().checked_sub(1).and_then(|it| self.found_by.get(it)) {
            let step = &self.steps.raw_edges()[step];
            actions.push(self.action(step));
            at = step.source();
        }
        actions.reverse();
        actions
    }
}
