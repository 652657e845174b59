//! The model beside a second description of it, in Promela, that Spin explores.
//!
//! `proofs/spin/worldport.pml` is written from the book and shares no code with the model. Spin counts its
//! states and transitions; here those of the model are counted, with the same actions within the same
//! bounds. The header of that file says what corresponds to what, so that the two figures are equal or
//! somebody is wrong.
//!
//! Equal counts do not make equal graphs: with every queue reversed, the counts are the same. So both sides
//! also add up a digest of every step, and the sums are compared.
//!
//! States are those of the model alone, without the history of the checks: Spin knows nothing of that.

pub mod alphabet;
pub mod bounds;
pub mod ledger;
pub mod run;
pub mod view;

use std::collections::{HashMap, HashSet};

use worldport_model::invariant::History;
use worldport_model::{Action, Background, ExtensionId, Rules, State, next};

use crate::machine::MachineState;
use crate::packing::Packing;
use bounds::Bound;

/// The one extension there is.
pub(crate) const EXTENSION: ExtensionId = ExtensionId(0);

/// How many states and steps there are, and which.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Count {
    /// Different states.
    pub states: u64,
    /// Pairs of a state and an action that is accepted in it.
    pub steps: u64,
    /// The sum of the digests of all steps.
    pub digest: u64,
}

/// Counts the model within a bound, exactly: states are kept and compared whole, and the search ends when
/// there is nothing new.
///
/// # Panics
///
/// If the model refuses to load an extension, in which the machine starts; if a state is not of the kind
/// that is compared; if two states have one digest.
#[must_use]
pub fn count(bound: &Bound, rules: &Rules) -> Count {
    let load = Action::LoadExtension { background: Background::Stopped };
    let (start, _) = next(rules, &State::default(), &load)
        .unwrap_or_else(|refusal| panic!("an extension cannot be loaded: {refusal}"));
    let mut seen = Seen::default();
    let mut count = Count { states: 0, steps: 0, digest: 0 };
    let mut waiting = Vec::new();
    seen.enter(bound, start, &mut waiting);
    let mut actions = Vec::new();
    while let Some((state, before)) = waiting.pop() {
        count.states += 1;
        actions.clear();
        alphabet::actions(bound, &state, &mut actions);
        for action in &actions {
            let Ok((to, _)) = next(rules, &state, action) else { continue };
            let after = seen.enter(bound, to, &mut waiting);
            count.steps += 1;
            count.digest = count.digest.wrapping_add(view::of_step(before, action, after));
        }
    }
    let digests: HashSet<u64> = seen.digests.values().copied().collect();
    assert!(digests.len() == seen.digests.len(), "two states have one digest");
    count
}

/// The states that were met, each with its digest.
#[derive(Default)]
struct Seen {
    packing: Packing,
    words: Vec<u32>,
    digests: HashMap<Box<[u32]>, u64>,
}

impl Seen {
    /// The digest of a state, which is put among those that wait if it is new.
    fn enter(&mut self, bound: &Bound, state: State, waiting: &mut Vec<(State, u64)>) -> u64 {
        let bare = MachineState { state, history: History::default(), broken: None };
        self.words.clear();
        self.packing.pack(&bare, &mut self.words);
        if let Some(&digest) = self.digests.get(self.words.as_slice()) {
            return digest;
        }
        let digest = view::of_state(bound, &bare.state);
        self.digests.insert(self.words.as_slice().into(), digest);
        waiting.push((bare.state, digest));
        digest
    }
}
