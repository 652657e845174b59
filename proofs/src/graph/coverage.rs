//! How much of a graph some runs have been over: what random sequences are measured by.

use worldport_model::Action;

use super::{Graph, Node};
use crate::machine::MachineState;

/// What of a graph has been seen.
#[derive(Debug)]
pub struct Coverage {
    graph: Graph,
    states: Vec<bool>,
    steps: Vec<bool>,
}

/// How much was seen, and of how much.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Share {
    /// What was seen.
    pub seen: usize,
    /// All there is.
    pub all: usize,
}

impl Share {
    fn of(marks: &[bool]) -> Self {
        Self { seen: marks.iter().filter(|&&mark| mark).count(), all: marks.len() }
    }

    /// In percent.
    #[must_use]
    pub fn percent(self) -> f64 {
        100.0 * self.seen as f64 / self.all as f64
    }
}

impl Coverage {
    /// Nothing has been seen of this graph.
    #[must_use]
    pub fn new(graph: Graph) -> Self {
        let (states, steps) = (vec![false; graph.len()], vec![false; graph.steps.edge_count()]);
        Self { graph, states, steps }
    }

    /// Notes an action that is tried in a state. Neither need be the graph's.
    pub fn see(&mut self, at: &MachineState, action: &Action) {
        let Some(node) = self.see_state(at) else { return };
        let range = self.graph.range(node);
        let steps = self.graph.from(node).iter().position(|it| self.graph.action(it) == *action);
        if let Some(place) = steps {
            self.steps[range.start + place] = true;
        }
    }

    /// Notes a state that was reached.
    pub fn see_state(&mut self, at: &MachineState) -> Option<Node> {
        let node = self.graph.find(at)?;
        self.states[node.index()] = true;
        Some(node)
    }

    /// How many states were seen.
    #[must_use]
    pub fn states(&self) -> Share {
        Share::of(&self.states)
    }

    /// How many steps were seen.
    #[must_use]
    pub fn steps(&self) -> Share {
        Share::of(&self.steps)
    }
}
