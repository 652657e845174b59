//! The rules of L1 to L3, as safety.
//!
//! The steps of the scheduler are `Dispatch`, `Next` and `BackgroundStarted`: what a fair browser always
//! does in the end. Each of them is possible where there is something to do and makes [`rank`] smaller, so
//! the scheduler left alone comes to rest; and
//! where it is at rest ([`is_quiescent`]) every promise is kept. Together: under fairness every promise is
//! kept in the end. Neither half is true by construction, and both are judged at every step.
//!
//! A page in the back/forward cache is not called; what it is owed waits until it is restored.

use super::Step;
use crate::{
    Action, Background, ContextId, EventSource, Extension, Item, Opener, Phase, PortId,
    RequestPhase, Responder, State,
};

/// L1.
pub(super) fn connect_is_answered(step: &Step<'_>) -> bool {
    progresses(step)
        && at_rest(step, |state| {
            state.channels.iter().all(|(&id, channel)| {
                let Opener::Held { context, end } = &channel.opener else { return true };
                let accepted =
                    step.present.channels.get(&id).is_some_and(|channel| channel.accepted);
                !hears(state, *context) || accepted || end.phase == Phase::Closed
            })
        })
}

/// L2.
pub(super) fn messages_arrive(step: &Step<'_>) -> bool {
    progresses(step)
        && at_rest(step, |state| {
            step.present.channels.values().all(|channel| {
                let arrived = channel.ends.iter().all(|(&port, end)| {
                    let owner = state.owner(port);
                    end.expected.is_empty() || owner.is_some_and(|owner| !hears(state, owner))
                });
                arrived && channel.held.is_empty()
            })
        })
}

/// L3. An open end at rest has an open end on the other side.
pub(super) fn survivors_are_told(step: &Step<'_>) -> bool {
    progresses(step)
        && at_rest(step, |state| {
            state.ends().filter(|(_, end)| end.phase == Phase::Open).all(|(port, _)| {
                let Some(channel) = state.channels.get(&port.channel()) else { return false };
                let other_side_open = match port {
                    PortId::Opener(_) => {
                        channel.receivers.values().any(|end| end.phase == Phase::Open)
                    }
                    PortId::Receiver(..) => match &channel.opener {
                        Opener::Held { end, .. } => end.phase == Phase::Open && !end.is_peer_gone(),
                        Opener::Dead | Opener::Released(_) => false,
                    },
                };
                other_side_open || state.owner(port).is_some_and(|owner| !hears(state, owner))
            })
        })
}

/// Every step of the scheduler is possible where there is something to do, and makes the rank smaller.
fn progresses(step: &Step<'_>) -> bool {
    match step.outcome {
        Err(_) => !is_due(step),
        Ok(_) => !is_scheduled(step.action) || rank(step.after) < rank(step.before),
    }
}

/// Whether the action is a step of the scheduler.
#[must_use]
pub fn is_scheduled(action: &Action) -> bool {
    matches!(
        action,
        Action::Dispatch { .. } | Action::Next { .. } | Action::BackgroundStarted { .. }
    )
}

/// Whether the action is the scheduler doing what there is to do.
fn is_due(step: &Step<'_>) -> bool {
    let state = step.before;
    let free = |context: ContextId| {
        hears(state, context)
            && state.contexts.get(&context).is_some_and(|it| it.dispatch.is_none())
    };
    match *step.action {
        Action::BackgroundStarted { context } => state.extensions.values().any(|it| match it {
            Extension::Loaded(loaded) => loaded.background == Background::Starting(context),
            Extension::Unloaded => false,
        }),
        Action::Dispatch { context, source: EventSource::Port(port) } => {
            let waits = state.end(port).is_some_and(|end| match end.phase {
                Phase::Offered => true,
                Phase::Open | Phase::Unanswered => !end.inbox.is_empty(),
                Phase::Closed => false,
            });
            free(context) && waits && state.owner(port) == Some(context)
        }
        Action::Dispatch { context, source: EventSource::Reply(request) } => {
            let answered = state.requests.get(&request).is_some_and(|it| {
                it.origin == Some(context) && matches!(it.phase, RequestPhase::Answered(_))
            });
            free(context) && answered
        }
        Action::Dispatch { context, source: EventSource::Request(request) } => {
            let responder = state.requests.get(&request).and_then(|it| it.receivers.get(&context));
            free(context) && responder == Some(&Responder::Offered)
        }
        Action::Next { context, .. } => {
            let dispatching = state.contexts.get(&context).is_some_and(|it| it.dispatch.is_some());
            hears(state, context) && dispatching
        }
        _ => false,
    }
}

fn at_rest(step: &Step<'_>, promise: impl Fn(&State) -> bool) -> bool {
    !is_quiescent(step.after) || promise(step.after)
}

/// Whether the context can be called.
fn hears(state: &State, context: ContextId) -> bool {
    state.contexts.contains_key(&context) && !state.is_suspended(context)
}

/// Whether the scheduler has nothing to do: no background is starting, and no context that can be called
/// has a dispatch in progress or an event waiting.
#[must_use]
pub fn is_quiescent(state: &State) -> bool {
    let starting = || {
        state.extensions.values().any(|extension| match extension {
            Extension::Loaded(loaded) => matches!(loaded.background, Background::Starting(_)),
            Extension::Unloaded => false,
        })
    };
    let dispatching = || {
        let mut contexts = state.contexts.iter();
        contexts.any(|(&id, context)| context.dispatch.is_some() && hears(state, id))
    };
    let port_waits = || {
        state.ends().any(|(port, end)| {
            let waits = match end.phase {
                Phase::Offered => true,
                Phase::Open | Phase::Unanswered => !end.inbox.is_empty(),
                Phase::Closed => false,
            };
            waits && state.owner(port).is_some_and(|owner| hears(state, owner))
        })
    };
    let request_waits = || {
        state.requests.values().any(|request| {
            let mut receivers = request.receivers.iter();
            let offered = receivers.any(|(&id, it)| *it == Responder::Offered && hears(state, id));
            let answered = matches!(request.phase, RequestPhase::Answered(_));
            offered || (answered && request.origin.is_some_and(|origin| hears(state, origin)))
        })
    };
    !(dispatching() || port_waits() || starting() || request_waits())
}

/// How much the scheduler has left to do, in order of weight: backgrounds to start, offers to make,
/// requests being listened to, openers to tell that their channel has closed (who may have to pass it on),
/// items to dispatch, listeners to call.
#[must_use]
pub fn rank(state: &State) -> [usize; 6] {
    let starting = state.extensions.values().filter(|extension| match extension {
        Extension::Loaded(loaded) => matches!(loaded.background, Background::Starting(_)),
        Extension::Unloaded => false,
    });
    let (mut offers, mut openers, mut items) = (0, 0, 0);
    for (port, end) in state.ends() {
        let news = matches!(end.inbox.back(), Some(Item::Disconnect(_)));
        offers += usize::from(end.phase == Phase::Offered);
        openers += usize::from(news && matches!(port, PortId::Opener(_)));
        items += end.inbox.len();
    }
    let mut listening = 0;
    for request in state.requests.values() {
        for responder in request.receivers.values() {
            offers += usize::from(*responder == Responder::Offered);
            listening += usize::from(*responder == Responder::Listening);
        }
        let answered = matches!(request.phase, RequestPhase::Answered(_));
        items += usize::from(answered && request.origin.is_some());
    }
    let calls = state
        .contexts
        .values()
        .filter_map(|context| context.dispatch.as_ref())
        .map(|dispatch| 1 + dispatch.rest.len())
        .sum();
    [starting.count(), offers, listening, openers, items, calls]
}
