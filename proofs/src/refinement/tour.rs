//! One router, one run, over everything that a small machine can do.
//!
//! In [`edges`](super::edges) the router comes to each state on one path. Here it has a past: ids have been
//! used and used again, queues have grown and shrunk. If the abstraction hid something that matters later,
//! a router with another past would show it. A tour goes over every step of the graph; another goes over
//! every pair of steps that can follow each other. After each of these, every action that the model refuses
//! there is tried.
//!
//! From where it is a tour takes a step that it has not taken, or goes to the nearest place that has one.
//! Where there is none within reach, everything is ended and set up anew, in the same router.

use std::collections::VecDeque;

use worldport_model::{Action, next};

use super::Subject;
use super::edges::set_up_subject;
use super::random::{Fresh, Pair, Rulebook, Transition};
use crate::graph::Graph;

/// What a tour has compared, and found to be equal.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Length {
    /// Steps, or pairs of steps, that the tour was to take: it has taken all.
    pub wanted: usize,
    /// Steps that it took.
    pub taken: usize,
    /// Actions that both refused on the way.
    pub refused: usize,
    /// How many times everything was ended and set up anew.
    pub restarts: usize,
}

/// What a tour goes over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Over {
    /// Every pair of steps of which the second can follow the first.
    Pairs,
    /// Every step.
    Steps,
}

/// Takes a router on a tour, with the model beside it, and compares them at every step.
///
/// # Errors
///
/// The first difference.
pub fn tour<S: Fresh, R: Rulebook>(graph: &Graph, over: Over) -> Result<Length, String> {
    tour_of::<S, R>(S::fresh(R::ROUTER), graph, over)
}

/// The same for a subject that was just made.
///
/// # Errors
///
/// The first difference.
pub fn tour_of<S: Subject<u32>, R: Rulebook>(
    subject: S,
    graph: &Graph,
    over: Over,
) -> Result<Length, String> {
    let places = match over {
        Over::Pairs => Places::of_pairs(graph),
        Over::Steps => Places::of_steps(graph),
    };
    let mut pair = set_up_subject::<S, R>(subject, graph)?;
    let mut length = Length { wanted: places.to.len(), ..Length::default() };
    let edges = graph.steps.raw_edges();
    for leg in places.legs() {
        let Some(Leg { step, is_new }) = leg else {
            length.restarts += 1;
            pair.end_everything()?;
            for action in graph.shape.setup {
                pair.step(&Transition::Act(*action))?;
            }
            continue;
        };
        let step = &edges[step];
        pair.step(&Transition::Act(graph.action(step)))?;
        length.taken += 1;
        if *pair.state() != graph.state(step.target()).state {
            return Err(format!("{:?} leads to another state", graph.action(step)));
        }
        if is_new {
            length.refused += refuse(graph, &mut pair)?;
        }
    }
    Ok(length)
}

/// Tries every action of the machine that the model refuses where it is now: router and model stay there.
fn refuse<S: Subject<u32>, R: Rulebook>(
    graph: &Graph,
    pair: &mut Pair<S, R>,
) -> Result<usize, String> {
    let is_refused = |action: &&Action| next(R::MODEL, pair.state(), action).is_err();
    let refused: Vec<Action> = graph.alphabet.iter().filter(is_refused).copied().collect();
    for &action in &refused {
        pair.step(&Transition::Act(action))?;
    }
    Ok(refused.len())
}

/// A step of a tour.
#[derive(Clone, Copy, Debug)]
struct Leg {
    /// The step of the machine.
    step: usize,
    /// Whether this is what the tour had not gone over yet.
    is_new: bool,
}

/// A graph to be toured: from each place, ways to others.
struct Places {
    /// Where the ways from each place begin.
    first: Vec<usize>,
    /// Where each way leads.
    to: Vec<usize>,
    /// The step of the machine that each way is.
    step: Vec<usize>,
}

impl Places {
    /// A place is a state, a way is a step.
    fn of_steps(graph: &Graph) -> Self {
        let nodes = graph.steps.node_indices();
        let mut first: Vec<usize> = nodes.map(|node| graph.range(node).start).collect();
        first.push(graph.steps.edge_count());
        let to = graph.steps.raw_edges().iter().map(|edge| edge.target().index()).collect();
        Self { first, to, step: (0..graph.steps.edge_count()).collect() }
    }

    /// A place is the step taken last, the first place none; a way is a step that can follow.
    fn of_pairs(graph: &Graph) -> Self {
        let (mut first, mut to, mut step) = (vec![0], Vec::new(), Vec::new());
        let ends = graph.steps.raw_edges().iter().map(|edge| edge.target());
        for node in std::iter::once(graph.start()).chain(ends) {
            to.extend(graph.range(node).map(|following| following + 1));
            step.extend(graph.range(node));
            first.push(to.len());
        }
        Self { first, to, step }
    }

    /// The tour: steps of the machine, and none where it starts anew.
    fn legs(&self) -> Vec<Option<Leg>> {
        let places = self.first.len() - 1;
        let mut unused: Vec<usize> = self.first[..places].to_vec();
        let mut search = Search { came_by: vec![0; places], seen_in: vec![0; places], round: 0 };
        let (mut legs, mut at, mut left) = (Vec::new(), 0, self.to.len());
        while left > 0 {
            if unused[at] == self.first[at + 1] {
                match search.nearest(self, at, &unused) {
                    Some(ways) => {
                        legs.extend(ways.iter().map(|&way| Some(self.leg(way, false))));
                        at = ways.last().map_or(at, |&way| self.to[way]);
                    }
                    None => {
                        legs.push(None);
                        at = 0;
                    }
                }
                continue;
            }
            let way = unused[at];
            unused[at] += 1;
            left -= 1;
            legs.push(Some(self.leg(way, true)));
            at = self.to[way];
        }
        legs
    }

    fn leg(&self, way: usize, is_new: bool) -> Leg {
        Leg { step: self.step[way], is_new }
    }
}

/// Searches from place to place, breadth first, without forgetting what was searched for.
struct Search {
    /// The way by which each place was found, in the round in which it was.
    came_by: Vec<usize>,
    seen_in: Vec<usize>,
    round: usize,
}

impl Search {
    /// The ways to the nearest place with a way that is unused.
    fn nearest(&mut self, places: &Places, from: usize, unused: &[usize]) -> Option<Vec<usize>> {
        self.round += 1;
        self.seen_in[from] = self.round;
        let mut queue = VecDeque::from([from]);
        while let Some(at) = queue.pop_front() {
            if unused[at] < places.first[at + 1] {
                return Some(self.back(places, at, from));
            }
            for way in places.first[at]..places.first[at + 1] {
                let to = places.to[way];
                if self.seen_in[to] != self.round {
                    self.seen_in[to] = self.round;
                    self.came_by[to] = way;
                    queue.push_back(to);
                }
            }
        }
        None
    }

    /// The ways that led to a place.
    fn back(&self, places: &Places, to: usize, from: usize) -> Vec<usize> {
        let (mut ways, mut at) = (Vec::new(), to);
        while at != from {
            let way = self.came_by[at];
            ways.push(way);
            // The place that a way leaves is the last that begins at or before it and is not empty.
            at = places.first.partition_point(|&first| first <= way) - 1;
        }
        ways.reverse();
        ways
    }
}
