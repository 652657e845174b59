//! Whether a canonical form may stand for its states: judged on every step of a machine, not believed.
//!
//! For every state that can be reached, and every action that is tried there:
//!
//! * the canonical state is tried with the same actions, renamed;
//! * a step that is refused is refused there for the same reason, and one that is not leads to a state with the
//!   same canonical form;
//! * both break the same invariants in the same ways, and witness the same.
//!
//! By induction over paths, a search of canonical states alone then comes to the canonical form of every state
//! that can be reached, and sees every verdict. Beside that, the form of a form is itself, and exchanging any two
//! of a kind leaves it as it is: without that, it would cut less than it could.

use std::collections::BTreeSet;

use rustc_hash::FxHashSet;
use worldport_model::Action;

use super::{Renaming, exchanges};
use crate::graph::Graph;
use crate::machine::{Machine, MachineState, candidates};

/// What chooses a state for each, and the renaming that leads to it.
pub type Form = fn(&MachineState) -> (Renaming, MachineState);

/// What an audit has looked at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Audited {
    /// Different states.
    pub states: usize,
    /// Different canonical states.
    pub orbits: usize,
    /// Pairs of state and action.
    pub tried: usize,
    /// States with two of a kind exchanged.
    pub exchanged: usize,
}

/// Audits a form on every step of a graph.
///
/// # Errors
///
/// The first step or state that shows that the form may not stand for its states.
pub fn audit(graph: &Graph, form: Form) -> Result<Audited, String> {
    let machine = Machine::new(graph.shape, graph.rules);
    let (mut audited, mut orbits) = (Audited::default(), FxHashSet::default());
    let (mut menu, mut other_menu) = (Vec::new(), Vec::new());
    for node in graph.steps.node_indices() {
        let at = graph.state(node);
        let (renaming, stands) = form(&at);
        let failed = |what: &str, action: Option<&Action>| {
            let path = graph.path(node);
            format!("{what}: {action:?} after {path:?}, by {renaming:?}\nof {at:?}\nto {stands:?}")
        };
        audited.states += 1;
        if form(&stands).1 != stands {
            return Err(failed("the form of the form is another", None));
        }
        for exchange in exchanges(&at) {
            audited.exchanged += 1;
            if form(&exchange.machine_state(&at)).1 != stands {
                return Err(failed(&format!("another name changes the form: {exchange:?}"), None));
            }
        }
        menu.clear();
        candidates(graph.shape, &at, &mut menu);
        other_menu.clear();
        candidates(graph.shape, &stands, &mut other_menu);
        let renamed: BTreeSet<Action> = menu.iter().map(|it| renaming.action(it)).collect();
        if renamed != other_menu.iter().copied().collect() || renamed.len() != menu.len() {
            return Err(failed("other actions are tried", None));
        }
        for action in &menu {
            audited.tried += 1;
            let other_action = renaming.action(action);
            let refusal = |at: &MachineState, action: &Action| {
                (machine.next)(machine.rules, &at.state, action).err()
            };
            if refusal(&at, action) != refusal(&stands, &other_action) {
                return Err(failed("refused for another reason", Some(action)));
            }
            let (here, there) =
                (machine.assess(&at, action), machine.assess(&stands, &other_action));
            if here.witnessed != there.witnessed || here.breaches != there.breaches {
                return Err(failed("the verdict is another", Some(action)));
            }
            if here.to.map(|it| form(&it).1) != there.to.map(|it| form(&it).1) {
                return Err(failed("leads elsewhere", Some(action)));
            }
        }
        orbits.insert(stands);
    }
    audited.orbits = orbits.len();
    Ok(audited)
}
