//! The model within bounds, as a stateright machine.
//!
//! A [`Shape`] says where the machine starts, which actions it has and how far it may go. Its bounds are
//! part of what an action needs (a third channel is not offered where two are the bound), never a limit
//! of the checker: stateright's own limits make a false invariant pass.
//!
//! Every candidate action is tried, legal or not: a refusal is judged like any step and leads nowhere.
//!
//! Under the rules of a browser some invariants are broken, and the machine goes on from there, so that
//! what is broken first does not hide what is broken behind it. A model with a seeded fault is stopped
//! instead: what it does next means nothing.

mod actions;
mod large;
mod shapes;
mod ways;

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use stateright::{Model, Property};
use worldport_model::invariant::{History, Step, TABLE};
use worldport_model::{Action, Rules, State, next};

pub use actions::candidates;
pub use shapes::{Bounds, Shape, Verb, WILD, by_name, shapes};
pub use ways::{WAYS, Way};

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
    /// What the step into this state broke first, if the machine stops there.
    pub broken: Option<Breach>,
}

/// An invariant broken, and how.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Breach {
    /// The row of the table.
    pub row: usize,
    /// The row of [`WAYS`]; none if it is not one of the known ways.
    pub way: Option<usize>,
}

impl Breach {
    /// Every breach that there can be.
    pub fn all() -> impl Iterator<Item = Self> {
        let unknown = (0..ROWS).map(|row| Self { row, way: None });
        let known = WAYS.iter().enumerate().filter_map(|(way, it)| {
            let row = TABLE.iter().position(|row| row.id == it.invariant)?;
            Some(Self { row, way: Some(way) })
        });
        known.chain(unknown)
    }

    /// How the step breaks the invariant in this row, which it does.
    fn of(row: usize, step: &Step<'_>) -> Self {
        let id = TABLE[row].id;
        Self { row, way: WAYS.iter().position(|way| way.invariant == id && (way.is)(step)) }
    }

    /// The place of its count.
    fn place(self) -> usize {
        self.way.unwrap_or(WAYS.len() + self.row)
    }
}

/// What a step comes to.
#[derive(Clone, Debug)]
pub struct Judged {
    /// Where it leads; none if it is refused and leads nowhere.
    pub to: Option<MachineState>,
    /// The rows of the table that it witnesses, a bit each.
    pub witnessed: u16,
    /// What it breaks, in the order of the rows.
    pub breaches: Vec<Breach>,
}

const _: () = assert!(ROWS <= u16::BITS as usize);

/// The model within the bounds of a shape.
#[derive(Debug)]
pub struct Machine {
    /// Where it starts, what it may do, how far it may go.
    pub shape: &'static Shape,
    /// The rules in force.
    pub rules: &'static Rules,
    /// The transition function.
    pub next: Next,
    /// Whether it goes on from a state that was reached by breaking an invariant.
    goes_on: bool,
    /// How many steps have witnessed each invariant.
    witnessed: [AtomicU64; ROWS],
    /// How many steps have broken an invariant, by [`Breach::place`].
    breaches: [AtomicU64; WAYS.len() + ROWS],
    /// Whether any step has, by row.
    breaking: [AtomicBool; ROWS],
}

impl Machine {
    /// The machine of a shape under a set of rules.
    #[must_use]
    pub fn new(shape: &'static Shape, rules: &'static Rules) -> Self {
        Self { goes_on: true, ..Self::with_next(shape, rules, next) }
    }

    /// The same with another transition function: a fault, seeded on purpose.
    #[must_use]
    pub fn with_next(shape: &'static Shape, rules: &'static Rules, next: Next) -> Self {
        Self {
            shape,
            rules,
            next,
            goes_on: false,
            witnessed: [const { AtomicU64::new(0) }; ROWS],
            breaches: [const { AtomicU64::new(0) }; WAYS.len() + ROWS],
            breaking: [const { AtomicBool::new(false) }; ROWS],
        }
    }

    /// The same machine with nothing counted.
    #[must_use]
    pub fn afresh(&self) -> Self {
        Self { goes_on: self.goes_on, ..Self::with_next(self.shape, self.rules, self.next) }
    }

    /// How many of the steps explored so far have witnessed the invariant in this row.
    #[must_use]
    pub fn witnessed(&self, row: usize) -> u64 {
        self.witnessed.get(row).map_or(0, |count| count.load(Ordering::Relaxed))
    }

    /// Whether a step explored so far has broken the invariant in this row.
    #[must_use]
    pub fn breaks(&self, row: usize) -> bool {
        self.breaking.get(row).is_some_and(|is| is.load(Ordering::Relaxed))
    }

    /// How many of the steps explored so far have broken an invariant so.
    #[must_use]
    pub fn broken(&self, breach: Breach) -> u64 {
        self.breaches.get(breach.place()).map_or(0, |count| count.load(Ordering::Relaxed))
    }

    /// One step; none if it is refused and leads nowhere.
    #[must_use]
    pub fn step(&self, from: &MachineState, action: &Action) -> Option<MachineState> {
        self.judge(from, action).0
    }

    /// One step, judged only if the machine stops at what it breaks: the same as [`step`](Self::step), and
    /// nothing is counted.
    #[must_use]
    pub fn advance(&self, from: &MachineState, action: &Action) -> Option<MachineState> {
        if !self.goes_on {
            return self.step(from, action);
        }
        let (after, effects) = (self.next)(self.rules, &from.state, action).ok()?;
        let history = from.history.after(self.rules, &from.state, action, Ok(&effects), &after);
        Some(MachineState { state: after, history, broken: None })
    }

    /// One step, judged by every invariant: where it leads, and what it breaks. What it shows is counted.
    #[must_use]
    pub fn judge(
        &self,
        from: &MachineState,
        action: &Action,
    ) -> (Option<MachineState>, Vec<Breach>) {
        let Judged { to, witnessed, breaches } = self.assess(from, action);
        for (row, count) in self.witnessed.iter().enumerate() {
            if witnessed & (1 << row) != 0 {
                count.fetch_add(1, Ordering::Relaxed);
            }
        }
        for breach in &breaches {
            self.breaches[breach.place()].fetch_add(1, Ordering::Relaxed);
            self.breaking[breach.row].store(true, Ordering::Relaxed);
        }
        (to, breaches)
    }

    /// The same, and nothing is counted.
    #[must_use]
    pub fn assess(&self, from: &MachineState, action: &Action) -> Judged {
        let outcome = (self.next)(self.rules, &from.state, action);
        // A refusal is no news: the history stays where it is, and need not be copied to be compared.
        let present = match &outcome {
            Ok((after, effects)) => {
                Some(from.history.after(self.rules, &from.state, action, Ok(effects), after))
            }
            Err(_) => None,
        };
        let (after, effects) = match &outcome {
            Ok((after, effects)) => (after, Ok(effects.as_slice())),
            Err(refusal) => (&from.state, Err(*refusal)),
        };
        let step = Step {
            rules: self.rules,
            before: &from.state,
            action,
            outcome: effects,
            after,
            past: &from.history,
            present: present.as_ref().unwrap_or(&from.history),
        };
        let (mut witnessed, mut breaches) = (0, Vec::new());
        for (row, invariant) in TABLE.iter().enumerate() {
            witnessed |= u16::from((invariant.witness)(&step)) << row;
            if !(invariant.rule)(&step) {
                breaches.push(Breach::of(row, &step));
            }
        }
        let broken = if self.goes_on { None } else { breaches.first().copied() };
        let to = match (outcome, present) {
            (Ok((state, _)), Some(history)) => Some(MachineState { state, history, broken }),
            _ => broken.map(|_| MachineState { broken, ..from.clone() }),
        };
        Judged { to, witnessed, breaches }
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

/// An `always` and a `sometimes` for each row of the table. Breaches are counted at steps, and a state
/// shows the count so far.
fn properties() -> Vec<Property<Machine>> {
    // stateright takes conditions as plain functions, so each row needs a function of its own.
    macro_rules! stamp {
        ($($row:literal)*) => {
            vec![$(
                Property::always(TABLE[$row].id, |machine: &Machine, _: &MachineState| {
                    !machine.breaks($row)
                }),
                Property::sometimes(TABLE[$row].witnessed_by, |machine: &Machine, _: &MachineState| {
                    machine.witnessed($row) > 0
                }),
            )*]
        };
    }
    let properties = stamp![0 1 2 3 4 5 6 7 8 9 10 11 12 13 14];
    debug_assert_eq!(properties.len(), 2 * ROWS, "a row of the table has no property");
    properties
}
