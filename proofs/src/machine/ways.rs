//! The ways in which browsers break an invariant, told apart.
//!
//! One sentence can be broken in ways that have nothing to do with each other. A way is recognised from the
//! step alone, by what a script can notice, never by which browser it is.

use worldport_model::invariant::Step;
use worldport_model::{Action, Effect, End, Link, Occurrence, Phase, PortId};

/// A way of breaking an invariant.
#[derive(Clone, Copy, Debug)]
pub struct Way {
    /// The invariant.
    pub invariant: &'static str,
    /// Its name.
    pub name: &'static str,
    /// Whether a step that breaks the invariant does it so.
    pub is: fn(&Step<'_>) -> bool,
}

/// The ways, in the order in which they are tried.
pub const WAYS: [Way; 12] = [
    Way { invariant: "S1", name: "mute-world-connects", is: opens },
    Way { invariant: "S1", name: "mute-world-hears", is: hears },
    Way { invariant: "S1", name: "mute-world-is-accepted", is: is_accepted },
    Way { invariant: "S1", name: "mute-world-is-heard", is: is_heard },
    Way { invariant: "S2", name: "closed-port-is-told", is: closed_port_is_told },
    Way { invariant: "S6", name: "removed-port-listener-is-called", is: port_listener },
    Way { invariant: "S6", name: "removed-listener-is-called", is: runtime_listener },
    Way { invariant: "S12", name: "leaving-receiver-deafens-others", is: others_are_not_told },
    Way { invariant: "S12", name: "leaving-receiver-closes-others", is: others_are_told },
    Way { invariant: "S12", name: "dying-receiver-closes-others", is: death_closes },
    Way { invariant: "L3", name: "receiver-keeps-dead-port", is: dead_receiver },
    Way { invariant: "L3", name: "restored-page-keeps-dead-port", is: dead_opener },
];

fn any_effect(step: &Step<'_>, is: impl Fn(&Effect) -> bool) -> bool {
    step.effects().iter().any(is)
}

fn opens(step: &Step<'_>) -> bool {
    any_effect(step, |effect| matches!(effect, Effect::Opened { .. }))
}

fn hears(step: &Step<'_>) -> bool {
    delivers(step, |port| matches!(port, PortId::Opener(_)))
}

fn is_accepted(step: &Step<'_>) -> bool {
    any_effect(step, |effect| matches!(effect, Effect::Accepted { .. }))
}

fn is_heard(step: &Step<'_>) -> bool {
    delivers(step, |port| matches!(port, PortId::Receiver(..)))
}

/// Whether a message is handed over at such a port.
fn delivers(step: &Step<'_>, at: impl Fn(PortId) -> bool) -> bool {
    any_effect(step, |effect| match effect {
        Effect::Called { occurrence: Occurrence::Message { port, .. }, .. } => at(*port),
        _ => false,
    })
}

fn closed_port_is_told(step: &Step<'_>) -> bool {
    any_effect(step, |effect| match effect {
        Effect::Disconnected { port, .. } => {
            step.before.end(*port).is_some_and(|end| end.phase.is_closed())
        }
        _ => false,
    })
}

fn port_listener(step: &Step<'_>) -> bool {
    any_effect(step, |effect| match effect {
        Effect::Called { occurrence, .. } => {
            matches!(occurrence, Occurrence::Message { .. } | Occurrence::Disconnect { .. })
        }
        _ => false,
    })
}

fn runtime_listener(step: &Step<'_>) -> bool {
    any_effect(step, |effect| matches!(effect, Effect::Called { .. })) && !port_listener(step)
}

fn others_are_not_told(step: &Step<'_>) -> bool {
    matches!(step.action, Action::Disconnect { .. }) && severs(step)
}

fn others_are_told(step: &Step<'_>) -> bool {
    matches!(step.action, Action::Disconnect { .. }) && !severs(step)
}

/// Whether the step leaves a receiver open that will never hear of the end.
fn severs(step: &Step<'_>) -> bool {
    step.after.ends().any(|(port, end)| {
        let was_live = step.before.end(port).is_some_and(End::is_live);
        was_live && is_dead(end) && matches!(port, PortId::Receiver(..))
    })
}

fn death_closes(step: &Step<'_>) -> bool {
    any_effect(step, |effect| matches!(effect, Effect::ContextEnded { .. }))
}

fn dead_receiver(step: &Step<'_>) -> bool {
    has_dead_port(step, |port| matches!(port, PortId::Receiver(..)))
}

fn dead_opener(step: &Step<'_>) -> bool {
    has_dead_port(step, |port| matches!(port, PortId::Opener(_)))
}

/// Whether a context that can be called has such a port, open to its script and dead to everyone else.
fn has_dead_port(step: &Step<'_>, which: impl Fn(PortId) -> bool) -> bool {
    step.after.ends().any(|(port, end)| {
        let owner = step.after.owner(port);
        is_dead(end) && which(port) && owner.is_some_and(|it| !step.after.is_suspended(it))
    })
}

fn is_dead(end: &End) -> bool {
    end.phase == Phase::Open && end.link == Link::Severed
}
