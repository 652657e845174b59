//! The router in every state of a bounded machine, taking every action.
//!
//! The router is brought to a state by actions alone, on a shortest path. It is cloned before each action, so
//! that a path is played once for all that lies behind it. What it does in the end is compared as in any
//! lockstep: effects, refusal and abstract state, and that whatever waits has been announced.

use worldport_model::Action;

use super::Subject;
use super::random::{Fresh, Pair, Rulebook, Transition};
use crate::graph::{Graph, Node};
use crate::machine::candidates;

/// Which actions are tried in a state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tried {
    /// Those that the machine tries there, refused ones among them.
    Candidates,
    /// Every action that the machine tries in any state: mostly refused, and some of those that are accepted
    /// lead out of its bounds.
    Alphabet,
}

/// What was compared, and found to be equal.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// States that the router was brought to: all of the machine.
    pub states: usize,
    /// Actions that both accepted and that are steps of the machine: all of them.
    pub steps: usize,
    /// Actions that both refused for the same reason.
    pub refused: usize,
    /// Actions that both accepted and that lead out of the bounds.
    pub beyond: usize,
}

impl Tally {
    /// All pairs of a state and an action.
    #[must_use]
    pub fn pairs(&self) -> usize {
        self.steps + self.refused + self.beyond
    }
}

/// A new subject in the state in which a machine starts.
///
/// # Errors
///
/// Where router and model part on the way there.
pub fn set_up<S: Fresh, R: Rulebook>(graph: &Graph) -> Result<Pair<S, R>, String> {
    set_up_subject(S::fresh(R::ROUTER), graph)
}

/// The same for a subject that was just made.
///
/// # Errors
///
/// As for [`set_up`].
pub(super) fn set_up_subject<S: Subject<u32>, R: Rulebook>(
    subject: S,
    graph: &Graph,
) -> Result<Pair<S, R>, String> {
    assert_eq!(graph.rules, R::MODEL, "the graph is that of other rules");
    let mut pair = Pair::<S, R>::unjudged(subject);
    for action in graph.shape.setup {
        pair.step(&Transition::Act(*action))?;
    }
    Ok(pair)
}

/// Compares router and model in every state of the graph, on every action that is tried there.
///
/// # Errors
///
/// The first difference, with the actions that led to it.
pub fn every_step<S, R>(graph: &Graph, tried: Tried) -> Result<Tally, String>
where
    S: Fresh + Clone,
    R: Rulebook,
{
    let mut tally = Tally::default();
    let mut menu = Vec::new();
    let mut stack = vec![(graph.start(), set_up::<S, R>(graph)?)];
    while let Some((node, pair)) = stack.pop() {
        let at = graph.state(node);
        if *pair.state() != at.state {
            return Err(format!("{:?} leads to another state", graph.path(node)));
        }
        tally.states += 1;
        menu.clear();
        candidates(graph.shape, &at, &mut menu);
        let mut steps = graph.range(node).peekable();
        let mut hand = pair.clone();
        for action in &menu {
            if !accepts(&mut hand, action)? {
                tally.refused += 1;
                continue;
            }
            tally.steps += 1;
            let (Some(step), next) = (steps.next(), pair.clone()) else {
                return Err(format!("{action:?} is no step at {:?}", graph.path(node)));
            };
            let taken = std::mem::replace(&mut hand, next);
            // The first step into a state leads the router there.
            if let Ok(found) = graph.found_by().binary_search(&step) {
                stack.push((Node::new(found + 1), taken));
            }
        }
        if steps.next().is_some() {
            return Err(format!("a step is missing at {:?}", graph.path(node)));
        }
        if tried == Tried::Alphabet {
            for action in graph.alphabet.iter().filter(|it| !menu.contains(it)) {
                if accepts(&mut hand, action)? {
                    tally.beyond += 1;
                    hand = pair.clone();
                } else {
                    tally.refused += 1;
                }
            }
        }
    }
    Ok(tally)
}

/// Whether both accept an action. A limit of the router's would be an end of the comparison.
fn accepts<S: Fresh, R: Rulebook>(pair: &mut Pair<S, R>, action: &Action) -> Result<bool, String> {
    let before = pair.verdict();
    pair.step(&Transition::Act(*action))?;
    let after = pair.verdict();
    if after.limited > before.limited {
        return Err(format!("a limit of the router refuses {action:?}"));
    }
    Ok(after.accepted > before.accepted)
}
