//! The rules of S1 to S12.

use super::history::EndHistory;
use super::{History, Step};
use crate::{
    Action, ChannelId, ContextId, DisconnectError, Effect, End, EventSource, Extension,
    ListenerTarget, Occurrence, Opener, Outcome, Phase, PortId, RequestId, RequestPhase,
};

/// S1. A delivery is the beginning of a dispatch: a connection accepted, a message handed over, an answer
/// handed back. That a channel has closed is no delivery.
pub(super) fn no_delivery_without_messaging(step: &Step<'_>) -> bool {
    // A sender that has ended had messaging to the end, or what it sent is gone.
    let request = |id: &RequestId| step.past.requests.get(id).is_none_or(|it| it.may_message);
    let channel = |port: PortId| {
        step.past.channels.get(&port.channel()).is_none_or(|channel| channel.may_message)
    };
    step.effects().iter().all(|effect| match effect {
        Effect::Accepted { port } => channel(*port),
        Effect::Called { occurrence, .. } if matches!(step.action, Action::Dispatch { .. }) => {
            match occurrence {
                Occurrence::Connect { port, .. } | Occurrence::Message { port, .. } => {
                    channel(*port)
                }
                Occurrence::Disconnect { .. } => true,
                Occurrence::Request { request: id, .. } => request(id),
            }
        }
        Effect::Opened { .. } | Effect::Requested { .. } => acting(step.action)
            .and_then(|context| step.past.contexts.get(&context))
            .is_some_and(|context| context.may_message),
        Effect::Settled { context, outcome: Outcome::Reply(_), .. } => {
            step.past.contexts.get(context).is_some_and(|context| context.may_message)
        }
        _ => true,
    })
}

/// S2.
pub(super) fn closed_at_most_once(step: &Step<'_>) -> bool {
    let silent_here = match step.action {
        Action::Disconnect { .. } => step
            .effects()
            .iter()
            .all(|effect| !matches!(effect, Effect::Called { .. } | Effect::Disconnected { .. })),
        _ => true,
    };
    // Who was closed twice before has been judged then.
    let times = |end: &EndHistory| end.told + u8::from(end.closed_here);
    let once = step.present.channels.iter().all(|(id, channel)| {
        let before = step.past.channels.get(id);
        channel.ends.iter().all(|(port, end)| {
            let known = before.and_then(|channel| channel.ends.get(port)).map_or(0, times);
            times(end) <= known.max(1)
        })
    });
    silent_here && once
}

/// S3. The listeners that remain of a dispatch that began before are not a new delivery.
pub(super) fn nothing_after_disconnect(step: &Step<'_>) -> bool {
    let Action::Dispatch { .. } = step.action else { return true };
    step.effects().iter().all(|effect| match effect {
        Effect::Called { occurrence: Occurrence::Message { port, .. }, .. } => {
            end(step.past, *port).is_some_and(|end| !end.is_closed())
        }
        _ => true,
    })
}

/// S4.
pub(super) fn dead_contexts_are_closed(step: &Step<'_>) -> bool {
    let alive = |context: &ContextId| step.past.contexts.contains_key(context);
    let called = step.effects().iter().all(|effect| match effect {
        Effect::Called { context, .. } | Effect::Settled { context, .. } => alive(context),
        _ => true,
    });
    let here = |context: &ContextId| step.after.contexts.contains_key(context);
    let owned = step.after.channels.values().all(|channel| {
        channel.receivers.keys().all(here)
            && channel.opener_context().is_none_or(|context| here(&context))
            && (channel.opener != Opener::Dead || !channel.has_live_receiver())
    });
    let agreed = step.after.contexts.keys().eq(step.present.contexts.keys());
    called && owned && agreed
}

/// S5.
pub(super) fn delivered_as_sent(step: &Step<'_>) -> bool {
    step.present
        .channels
        .values()
        .flat_map(|channel| channel.ends.values())
        .all(|end| !end.disordered && !end.lost)
}

/// S6. A listener is passed over only if it is no longer in the set.
pub(super) fn listeners_in_order(step: &Step<'_>) -> bool {
    let called = step.effects().iter().find_map(|effect| match effect {
        Effect::Called { context, listener, occurrence } => Some((*context, *listener, occurrence)),
        _ => None,
    });
    match (step.action, called) {
        (Action::Dispatch { .. }, Some((context, listener, occurrence))) => {
            let target = step.past.target(occurrence);
            let set = step.past.listeners.get(&(context, target));
            set.and_then(|set| set.first()) == Some(&listener)
        }
        (&Action::Next { context, .. }, called) if step.outcome.is_ok() => {
            let Some(dispatch) =
                step.past.contexts.get(&context).and_then(|context| context.dispatch.as_ref())
            else {
                return false;
            };
            let set = step.past.listeners.get(&(context, dispatch.target));
            let present = |listener: &&_| set.is_some_and(|set| set.contains(listener));
            dispatch.to_come.iter().find(present).copied()
                == called.map(|(_, listener, _)| listener)
        }
        (_, called) => called.is_none(),
    }
}

/// S7.
pub(super) fn own_event_own_extension(step: &Step<'_>) -> bool {
    step.effects().iter().all(|effect| match effect {
        Effect::Called {
            context,
            listener,
            occurrence:
                occurrence @ (Occurrence::Connect { sender, .. } | Occurrence::Request { sender, .. }),
        } if matches!(step.action, Action::Dispatch { .. }) => {
            let target = step.past.target(occurrence);
            let listens = |target: ListenerTarget| {
                let set = step.past.listeners.get(&(*context, target));
                set.is_some_and(|set| set.contains(listener))
            };
            let own = step.past.contexts.get(context).map(|it| it.sender.extension);
            listens(target) && own == Some(sender.extension)
        }
        _ => true,
    })
}

/// S8.
pub(super) fn sender_from_records(step: &Step<'_>) -> bool {
    step.effects().iter().all(|effect| match effect {
        Effect::Called { occurrence: Occurrence::Connect { port, sender }, .. } => {
            let opened = step.past.channels.get(&port.channel());
            opened.is_some_and(|channel| channel.sender == *sender)
        }
        Effect::Requested { request } => {
            let by = acting(step.action).and_then(|context| step.past.contexts.get(&context));
            by.map(|context| context.sender) == step.after.requests.get(request).map(|it| it.sender)
        }
        _ => true,
    })
}

/// S9.
pub(super) fn refusal_changes_nothing(step: &Step<'_>) -> bool {
    // What is the same place in memory need not be compared.
    step.outcome.is_ok()
        || ((std::ptr::eq(step.before, step.after) || step.before == step.after)
            && (std::ptr::eq(step.past, step.present) || step.past == step.present))
}

/// S10.
pub(super) fn no_receiver_means_nobody(step: &Step<'_>) -> bool {
    step.effects().iter().all(|effect| match effect {
        Effect::Disconnected { port, error: Some(DisconnectError::NoReceiver) } => {
            step.past.channels.get(&port.channel()).is_some_and(|channel| !channel.accepted)
        }
        Effect::Settled { request, outcome: Outcome::NoReceiver, .. } => {
            step.past.requests.get(request).is_some_and(|it| !it.received)
        }
        _ => true,
    })
}

/// S11.
pub(super) fn nothing_leaks(step: &Step<'_>) -> bool {
    let state = step.after;
    let channels = state.channels.values().all(|channel| {
        // A closed port that its context may still release keeps the record, and so does an opening
        // that waits for the background, which is a context.
        matches!(channel.opener, Opener::Held { .. })
            || !channel.receivers.is_empty()
            || channel.waiting.is_some()
    });
    let requests = state.requests.values().all(|request| {
        let told = request.origin.is_none() || request.phase == RequestPhase::Settled;
        !told || !request.receivers.is_empty() || request.phase == RequestPhase::Waiting
    });
    let extensions = state.extensions.iter().all(|(&id, extension)| {
        matches!(extension, Extension::Loaded(_))
            || state.contexts.values().any(|context| context.extension == id)
    });
    let all_gone =
        !state.contexts.is_empty() || (state.channels.is_empty() && state.requests.is_empty());
    channels && requests && extensions && all_gone
}

/// S12. A context that has not answered the offer is no receiver yet.
pub(super) fn leaves_alone(step: &Step<'_>) -> bool {
    step.before.channels.iter().all(|(&id, before)| {
        let Some(after) = step.after.channels.get(&id) else { return true };
        if before.live_opener().is_none() || !receiver_leaves(step, id) {
            return true;
        }
        staying(step, id).all(|context| {
            let goes_on = after.receivers.get(&context).is_some_and(End::is_live);
            goes_on && after.live_opener().is_some()
        })
    })
}

/// Whether a receiver of this channel leaves in this step, by its own call or because it ends.
pub(super) fn receiver_leaves(step: &Step<'_>, id: ChannelId) -> bool {
    let mut receivers = step.before.channels.get(&id).into_iter().flat_map(|it| &it.receivers);
    let calls = match *step.action {
        Action::Disconnect { port: port @ PortId::Receiver(of, _), .. } => {
            of == id && step.outcome.is_ok() && step.before.end(port).is_some_and(End::is_live)
        }
        _ => false,
    };
    calls || receivers.any(|(it, end)| is_open(end) && !step.after.contexts.contains_key(it))
}

/// The receivers that do not leave.
pub(super) fn staying<'a>(step: &Step<'a>, id: ChannelId) -> impl Iterator<Item = ContextId> {
    let (action, after) = (step.action, step.after);
    let closing = move |context: ContextId| matches!(*action, Action::Disconnect { port, .. } if port == PortId::Receiver(id, context));
    let receivers = step.before.channels.get(&id).into_iter().flat_map(|it| &it.receivers);
    receivers
        .filter(|(_, end)| is_open(end))
        .map(|(&context, _)| context)
        .filter(move |context| after.contexts.contains_key(context) && !closing(*context))
}

fn is_open(end: &End) -> bool {
    end.phase == Phase::Open && end.is_live()
}

/// The context whose script or event loop acts.
#[must_use]
pub fn acting(action: &Action) -> Option<ContextId> {
    match *action {
        Action::Abandon { context, .. }
        | Action::AddListener { context, .. }
        | Action::BackgroundStarted { context }
        | Action::ConfigureWorld { context, .. }
        | Action::Connect { context }
        | Action::Disconnect { context, .. }
        | Action::Dispatch { context, .. }
        | Action::Next { context, .. }
        | Action::Post { context, .. }
        | Action::Release { context, .. }
        | Action::RemoveListener { context, .. }
        | Action::ResetWorldConfiguration { context, .. }
        | Action::Respond { context, .. }
        | Action::SendMessage { context, .. } => Some(context),
        Action::ClosePage { .. }
        | Action::CreateDocument { .. }
        | Action::DestroyDocument { .. }
        | Action::GrantPermission { .. }
        | Action::Inject { .. }
        | Action::LoadExtension { .. }
        | Action::Navigate { .. }
        | Action::OpenPage { .. }
        | Action::Restore { .. }
        | Action::RevokePermission { .. }
        | Action::StartBackground { .. }
        | Action::StopBackground { .. }
        | Action::UnloadExtension { .. } => None,
    }
}

/// The port that an action dispatches from.
pub(super) fn dispatched_port(action: &Action) -> Option<PortId> {
    match *action {
        Action::Dispatch { source: EventSource::Port(port), .. } => Some(port),
        _ => None,
    }
}

fn end(history: &History, port: PortId) -> Option<&super::EndHistory> {
    history.channels.get(&port.channel())?.ends.get(&port)
}
