//! Transition functions that break one rule each.
//!
//! Each calls the good one and changes what it is given, what comes out, or the choice that it follows. A
//! fault is one mistake that somebody could make; what notices it is found by search, not written here.

mod closing;
mod ending;
mod gates;
mod listeners;
mod opening;
mod queues;
mod requests;

use worldport_model::{
    Action, ChannelId, ContextId, Effect, End, EventSource, Item, Opener, PortId, Refusal, Rules,
    State, next,
};

use crate::machine::Next;

/// A model with one mistake.
#[derive(Clone, Copy, Debug)]
pub struct Fault {
    /// Its name on the command line and in the matrix.
    pub name: &'static str,
    /// What it does wrong.
    pub sentence: &'static str,
    /// The machine that it is sought in, one of [`shapes`](super::shapes::shapes).
    pub shape: &'static str,
    /// The transition function.
    pub next: Next,
}

/// The faults of one part of the model.
type Part = &'static [Fault];

/// Every fault, by the part of the model that it is in.
pub const PARTS: [(&str, Part); 7] = [
    ("gates and configuration", gates::FAULTS),
    ("connecting and accepting", opening::FAULTS),
    ("messages in flight", queues::FAULTS),
    ("closing", closing::FAULTS),
    ("contexts, documents and extensions that end", ending::FAULTS),
    ("listeners", listeners::FAULTS),
    ("one-time messages", requests::FAULTS),
];

/// Every fault.
pub fn all() -> impl Iterator<Item = &'static Fault> {
    PARTS.iter().flat_map(|(_, part)| *part)
}

/// The fault of this name.
#[must_use]
pub fn by_name(name: &str) -> Option<&'static Fault> {
    all().find(|fault| fault.name == name)
}

/// What a step of a broken model comes to.
type Outcome = Result<(State, Vec<Effect>), Refusal>;

/// The good step under rules with another choice.
fn with(rules: &Rules, state: &State, action: &Action, choose: impl Fn(&mut Rules)) -> Outcome {
    let mut other = rules.clone();
    choose(&mut other);
    next(&other, state, action)
}

/// Every end of a state, to change it.
fn ends(state: &mut State) -> impl Iterator<Item = &mut End> {
    state.channels.values_mut().flat_map(|channel| {
        let opener = match &mut channel.opener {
            Opener::Held { end, .. } => Some(end),
            Opener::Dead | Opener::Released(_) => None,
        };
        opener.into_iter().chain(channel.receivers.values_mut())
    })
}

/// The end that a port names, to change it.
fn end(state: &mut State, port: PortId) -> Option<&mut End> {
    let channel = state.channels.get_mut(&port.channel())?;
    match (port, &mut channel.opener) {
        (PortId::Opener(_), Opener::Held { end, .. }) => Some(end),
        (PortId::Opener(_), _) => None,
        (PortId::Receiver(_, context), _) => channel.receivers.get_mut(&context),
    }
}

/// The port that a dispatch takes from.
fn taken(action: &Action) -> Option<(ContextId, PortId)> {
    match *action {
        Action::Dispatch { context, source: EventSource::Port(port) } => Some((context, port)),
        _ => None,
    }
}

/// The channel that a call of `connect` has just opened.
fn opened(effects: &[Effect]) -> Option<ChannelId> {
    effects.iter().find_map(|effect| match effect {
        Effect::Opened { port } => Some(port.channel()),
        _ => None,
    })
}

fn is_news(item: &Item) -> bool {
    matches!(item, Item::Disconnect(_))
}
