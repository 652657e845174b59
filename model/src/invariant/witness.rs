//! The witnesses: steps that show that an invariant does not hold for want of trying.

use super::{Step, is_quiescent, safety};
use crate::{
    Action, DisconnectError, DropRule, Effect, Item, ListenerTarget, Occurrence, PortId, Refusal,
    RuntimeEvent,
};

/// S1.
pub(super) fn messaging_refused(step: &Step<'_>) -> bool {
    matches!(step.outcome, Err(Refusal::MessagingAbsent | Refusal::MessagingWithdrawn))
        || dropped(step, DropRule::MessagingWithdrawn)
}

/// S2.
pub(super) fn disconnected_twice(step: &Step<'_>) -> bool {
    match *step.action {
        Action::Disconnect { port, .. } => {
            let closed = step.before.end(port).is_some_and(|end| end.phase.is_closed());
            closed && step.outcome.is_ok()
        }
        _ => false,
    }
}

/// S3.
pub(super) fn disconnected_with_message_in_flight(step: &Step<'_>) -> bool {
    dropped(step, DropRule::ClosedHere)
}

/// S4.
pub(super) fn died_with_message_in_flight(step: &Step<'_>) -> bool {
    dropped(step, DropRule::ReceiverGone)
}

/// S5.
pub(super) fn delivered_with_another_behind(step: &Step<'_>) -> bool {
    let delivered = step.effects().iter().find_map(|effect| match effect {
        Effect::Called { occurrence: Occurrence::Message { port, .. }, .. } => Some(*port),
        _ => None,
    });
    let behind = |port: PortId| {
        let inbox = step.after.end(port).map(|end| &end.inbox);
        inbox.is_some_and(|inbox| inbox.iter().any(|item| matches!(item, Item::Message(_))))
    };
    delivered.is_some_and(behind)
}

/// S6.
pub(super) fn removed_during_dispatch(step: &Step<'_>) -> bool {
    let Action::RemoveListener { context, target, listener } = *step.action else { return false };
    let dispatch = step.past.contexts.get(&context).and_then(|it| it.dispatch.as_ref());
    step.outcome.is_ok()
        && dispatch.is_some_and(|it| it.target == target && it.to_come.contains(&listener))
}

/// S7.
pub(super) fn both_events_listened_to(step: &Step<'_>) -> bool {
    step.effects().iter().any(|effect| match effect {
        Effect::Called { context, occurrence: Occurrence::Connect { sender, .. }, .. } => {
            let other = ListenerTarget::Runtime(RuntimeEvent::OnConnect);
            sender.world.is_some() && step.past.listeners.contains_key(&(*context, other))
        }
        _ => false,
    })
}

/// S8.
pub(super) fn sender_is_dead(step: &Step<'_>) -> bool {
    step.effects().iter().any(|effect| match effect {
        Effect::Called { occurrence: Occurrence::Connect { port, .. }, .. } => {
            let channel = step.before.channels.get(&port.channel());
            channel.is_some_and(|channel| channel.opener_context().is_none())
        }
        _ => false,
    })
}

/// S9.
pub(super) fn refused(step: &Step<'_>) -> bool {
    step.outcome.is_err()
}

/// S10.
pub(super) fn told_no_receiver(step: &Step<'_>) -> bool {
    told(step, Some(DisconnectError::NoReceiver))
}

/// S11.
pub(super) fn last_context_ended(step: &Step<'_>) -> bool {
    step.after.contexts.is_empty() && !step.before.channels.is_empty()
}

/// S12.
pub(super) fn left_another(step: &Step<'_>) -> bool {
    step.before.channels.iter().any(|(&id, channel)| {
        channel.live_opener().is_some()
            && safety::receiver_leaves(step, id)
            && safety::staying(step, id).next().is_some()
    })
}

/// L1.
pub(super) fn accepted(step: &Step<'_>) -> bool {
    step.effects().iter().any(|effect| matches!(effect, Effect::Accepted { .. }))
}

/// L2.
pub(super) fn quiet_after_message(step: &Step<'_>) -> bool {
    let Action::Next { context, .. } = *step.action else { return false };
    let dispatch = step.before.contexts.get(&context).and_then(|it| it.dispatch.as_ref());
    let message = dispatch.is_some_and(|it| matches!(it.occurrence, Occurrence::Message { .. }));
    message && is_quiescent(step.after)
}

/// L3.
pub(super) fn survivor_told(step: &Step<'_>) -> bool {
    safety::dispatched_port(step.action).is_some() && told(step, None)
}

fn told(step: &Step<'_>, with: Option<DisconnectError>) -> bool {
    step.effects()
        .iter()
        .any(|effect| matches!(effect, Effect::Disconnected { error, .. } if *error == with))
}

fn dropped(step: &Step<'_>, by: DropRule) -> bool {
    step.effects().iter().any(|effect| {
        matches!(effect, Effect::Dropped { rule, .. } | Effect::DroppedHeld { rule, .. } if *rule == by)
    })
}
