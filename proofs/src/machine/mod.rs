//! The model within bounds, as a stateright machine.
//!
//! A [`Shape`] says where the machine starts, which actions it has and how far it may go. Its bounds are
//! part of what an action needs (a third channel is not offered where two are the bound), never a limit
//! of the checker: stateright's own limits make a false invariant pass.
//!
//! Every candidate action is tried, legal or not: a refusal is judged like any step and leads nowhere.

mod actions;
mod shapes;

use std::sync::atomic::{AtomicU64, Ordering};

use stateright::{Model, Property};
use worldport_model::invariant::{self, History, Step, TABLE};
use worldport_model::{Action, Rules, State, next};

pub use actions::candidates;
pub use shapes::{Bounds, Shape, Verb, WILD, by_name, shapes};

/// Rows of the table.
pub const ROWS: usize = TABLE.len();

/// The transition function under check; a faulty one in tests that show that the check can fail.
pub type Next = fn(
    &Rules,
    &State,
    &Action,
) -> Result<(State, Vec<worldport_model::Effect>), worldport_model::Refusal>;

/// A state of the machine: the model's, what has been observed on the way, and what was broken.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct MachineState {
    /// The model's state.
    pub state: State,
    /// What has been observed.
    pub history: History,
    /// The row of the invariant that the step into this state broke. Nothing follows such a state.
    pub broken: Option<usize>,
}

/// The model within the bounds of a shape.
#[derive(Debug)]
pub struct Machine {
    /// Where it starts, what it may do, how far it may go.
    pub shape: &'static Shape,
    /// The rules in force.
    pub rules: &'static Rules,
    /// The transition function.
    pub next: Next,
    /// How many steps have witnessed each invariant.
    witnessed: [AtomicU64; ROWS],
}

impl Machine {
    /// The machine of a shape under a set of rules.
    #[must_use]
    pub fn new(shape: &'static Shape, rules: &'static Rules) -> Self {
        Self::with_next(shape, rules, next)
    }

    /// The same with another transition function: a fault, seeded on purpose.
    #[must_use]
    pub fn with_next(shape: &'static Shape, rules: &'static Rules, next: Next) -> Self {
        Self { shape, rules, next, witnessed: [const { AtomicU64::new(0) }; ROWS] }
    }

    /// How many of the steps explored so far have witnessed the invariant in this row.
    #[must_use]
    pub fn witnessed(&self, row: usize) -> u64 {
        self.witnessed.get(row).map_or(0, |count| count.load(Ordering::Relaxed))
    }

    /// One step, judged by every invariant; none if it is refused and that is all right.
    #[must_use]
    pub fn step(&self, from: &MachineState, action: &Action) -> Option<MachineState> {
        let outcome = (self.next)(self.rules, &from.state, action);
        let (after, effects) = match &outcome {
            Ok((after, effects)) => (after, Ok(effects.as_slice())),
            Err(refusal) => (&from.state, Err(*refusal)),
        };
        let present = from.history.after(self.rules, &from.state, action, effects, after);
        let step = Step {
            rules: self.rules,
            before: &from.state,
            action,
            outcome: effects,
            after,
            past: &from.history,
            present: &present,
        };
        for (row, count) in TABLE.iter().zip(&self.witnessed) {
            if (row.witness)(&step) {
                count.fetch_add(1, Ordering::Relaxed);
            }
        }
        let broken = TABLE.iter().position(|row| !(row.rule)(&step));
        if outcome.is_err() && broken.is_none() {
            return None;
        }
        Some(MachineState { state: after.clone(), history: present, broken })
    }

    /// The state that a list of actions leads to from nothing.
    ///
    /// # Panics
    ///
    /// If the model refuses one of them: a shape's set-up is a constant of this crate, and wrong then.
    #[must_use]
    pub fn replay(&self, actions: &[Action]) -> MachineState {
        let empty =
            MachineState { state: State::default(), history: History::default(), broken: None };
        actions.iter().fold(empty, |from, action| {
            let to = self.step(&from, action);
            to.unwrap_or_else(|| {
                panic!("the set-up of {} is refused at {action:?}", self.shape.name)
            })
        })
    }
}

impl Model for Machine {
    type State = MachineState;
    type Action = Action;

    fn init_states(&self) -> Vec<Self::State> {
        vec![self.replay(self.shape.setup)]
    }

    fn actions(&self, from: &Self::State, actions: &mut Vec<Self::Action>) {
        if from.broken.is_none() {
            candidates(self.shape, from, actions);
        }
    }

    fn next_state(&self, from: &Self::State, action: Self::Action) -> Option<Self::State> {
        self.step(from, &action)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        properties()
    }
}

/// An `always` and a `sometimes` for each row of the table.
fn properties() -> Vec<Property<Machine>> {
    // stateright takes conditions as plain functions, so each row needs a function of its own.
    macro_rules! stamp {
        ($($row:literal)*) => {
            vec![$(
                Property::always(TABLE[$row].id, |_: &Machine, at: &MachineState| at.broken != Some($row)),
                Property::sometimes(TABLE[$row].witnessed_by, |machine: &Machine, _: &MachineState| {
                    machine.witnessed($row) > 0
                }),
            )*]
        };
    }
    let properties = stamp![0 1 2 3 4 5 6 7 8 9 10 11 12 13];
    debug_assert_eq!(properties.len(), 2 * ROWS, "a row of the table has no property");
    properties
}

/// The invariant that a state was reached by breaking.
#[must_use]
pub fn broken(state: &MachineState) -> Option<&'static invariant::Invariant> {
    state.broken.and_then(|row| TABLE.get(row))
}
