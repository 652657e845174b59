//! Everything that may happen next at a place: what the scheduler, the browser and the recorder may do.

use worldport_model::{
    Background, ContextId, Departure, EventSource, ListenerTarget, Phase, RequestPhase, Responder,
    State,
};

use super::config::{Config, Going, Pending, Task};
use super::scene::{Scene, Search};
use super::script::Step;
use super::seen::Seen;

/// Timers as short as this fire while a step settles.
pub(super) const SOON: u64 = 200;

/// Something that may happen next.
pub(super) enum Turn {
    Begin(ContextId),
    Dispatch(ContextId, EventSource),
    Idle,
    Leave,
    Order(usize),
    Pending(Departure),
    Started(ContextId),
    Task(usize),
    Timer(usize),
}

/// Everything that may happen, in the order in which it is tried.
pub(super) fn turns(scene: &Scene<'_>, config: &Config) -> Vec<Turn> {
    let interleaved = scene.search != Search::Settled;
    let mut turns = Vec::new();
    if !config.tasks.is_empty() {
        if !interleaved {
            return vec![Turn::Task(config.tasks.len() - 1)];
        }
        let runs = |place: usize| {
            let after = &config.tasks[place + 1..];
            after.iter().all(|task| !shares(config, task, &config.tasks[place]))
        };
        turns.extend((0..config.tasks.len()).rev().filter(|&place| runs(place)).map(Turn::Task));
    }
    let is_free = |context: ContextId| {
        let runs =
            |task: &Task| config.agents.get(&task.agent).map(|it| it.context) == Some(context);
        !config.tasks.iter().any(runs)
    };
    let context_of = |agent| config.agents.get(agent).map(|agent| agent.context);
    for (place, order) in config.orders.iter().enumerate() {
        let is_first = config.orders[..place].iter().all(|other| other.agent != order.agent);
        if is_first && context_of(&order.agent).is_none_or(&is_free) {
            turns.push(Turn::Order(place));
        }
    }
    match config.pending.first() {
        Some(Pending::Depart { going, document, told: true }) => {
            let is_top = config.state.documents.get(document).is_some_and(|it| it.parent.is_none());
            // What is loaded again is not kept: no entry of the history would lead to it.
            let is_kept = match going {
                Going::Close => false,
                Going::Navigate { is_new_entry, .. } => *is_new_entry,
                Going::Travel { .. } => true,
            };
            if is_top && is_kept {
                turns.push(Turn::Pending(Departure::Cached));
            }
            turns.push(Turn::Pending(Departure::Destroyed));
        }
        Some(_) => turns.push(Turn::Pending(Departure::Destroyed)),
        None => {}
    }
    for (context, source) in sources(&config.state) {
        if is_free(context) && may_show(scene, config, context, source) {
            turns.push(Turn::Dispatch(context, source));
        }
    }
    match (config.waking, starting(config)) {
        (Some(context), _) => turns.push(Turn::Begin(context)),
        (None, Some(context)) if is_free(context) => turns.push(Turn::Started(context)),
        _ => {}
    }
    let settles = config.step == 0 || scene.script.steps[config.step - 1].1.is_some();
    for (place, timer) in config.timers.iter().enumerate() {
        let context = context_of(&timer.agent);
        let runs = context.is_some_and(|it| is_free(it) && !config.state.is_suspended(it));
        let earlier =
            config.timers[..place].iter().any(|it| it.agent == timer.agent && it.ms <= timer.ms);
        if runs && !earlier && (settles || timer.ms <= SOON) {
            turns.push(Turn::Timer(place));
        }
    }
    if may_idle(scene, config) {
        turns.push(Turn::Idle);
    }
    turns
}

fn shares(config: &Config, one: &Task, other: &Task) -> bool {
    let context = |task: &Task| config.agents.get(&task.agent).map(|agent| agent.context);
    context(one) == context(other)
}

fn starting(config: &Config) -> Option<ContextId> {
    match config.state.loaded(config.extension?)?.background {
        Background::Starting(context) => Some(context),
        _ => None,
    }
}

/// While time passes, a background that the recorder lets alone may be stopped.
fn may_idle(scene: &Scene<'_>, config: &Config) -> bool {
    let waits = config.step > 0 && scene.script.steps[config.step - 1].0 == Step::Wait;
    waits && config.agents.get("background").is_some_and(|agent| agent.quiet)
}

/// What each context could take next.
fn sources(state: &State) -> Vec<(ContextId, EventSource)> {
    let can_take = |context: ContextId| {
        let record = state.contexts.get(&context);
        record.is_some_and(|record| record.dispatch.is_none()) && !state.is_suspended(context)
    };
    let mut sources = Vec::new();
    for (port, end) in state.ends() {
        let waits = match end.phase {
            Phase::Offered => true,
            Phase::Open | Phase::Unanswered => !end.inbox.is_empty(),
            Phase::Closed => false,
        };
        if let Some(context) = state.owner(port).filter(|&context| waits && can_take(context)) {
            sources.push((context, EventSource::Port(port)));
        }
    }
    for (&id, request) in &state.requests {
        let offered = request.receivers.iter().filter(|(_, it)| **it == Responder::Offered);
        let contexts = offered.map(|(&context, _)| context).filter(|&context| can_take(context));
        sources.extend(contexts.map(|context| (context, EventSource::Request(id))));
        if let (Some(origin), RequestPhase::Answered(_)) = (request.origin, request.phase)
            && can_take(origin)
        {
            sources.push((origin, EventSource::Reply(id)));
        }
    }
    sources
}

/// Whether the first listener that this would call is one that the trace shows to be called next. Only
/// what cannot be is left out, so that no path is lost.
fn may_show(scene: &Scene<'_>, config: &Config, context: ContextId, source: EventSource) -> bool {
    let EventSource::Port(port) = source else { return true };
    let Some(end) = config.state.end(port) else { return true };
    let target = match end.phase {
        Phase::Offered => match config.state.channels.get(&port.channel()) {
            Some(channel) => ListenerTarget::from(channel.event),
            None => return true,
        },
        _ => match end.inbox.front() {
            Some(worldport_model::Item::Message(_)) => ListenerTarget::OnMessage(port),
            _ => return true,
        },
    };
    let set = match end.phase {
        Phase::Offered => config.state.listeners(context, target),
        _ => Some(&end.on_message),
    };
    let Some(&listener) = set.and_then(|set| set.as_slice().first()) else { return true };
    let (name, function) = scene.function(listener);
    let Some(agent) = config.agents.get(&name) else { return true };
    if agent.quiet || config.unheard || function.starts_with('#') {
        return true;
    }
    let key = (name, agent.life);
    let cursor = config.cursors.get(&key).copied().unwrap_or(0);
    let event = scene.trace.events.get(&key).and_then(|events| events.get(cursor));
    match event.map(|event| &event.seen) {
        // These may be passed over, so what comes after them is not known here.
        Some(Seen::Uncaught) => true,
        Some(Seen::Connect { function: f, port: p, name, .. }) => {
            let is_foreign = agent.foreign.contains(p);
            let channel = config.channels.get(&port.channel());
            let same = channel.is_none_or(|origin| *origin.name == **name);
            is_foreign || (end.phase == Phase::Offered && *f == function && same)
        }
        Some(Seen::Message { function: f, port: p, .. }) => {
            let alias = agent.aliases.get(&port);
            agent.foreign.contains(p)
                || (end.phase != Phase::Offered && *f == function && alias.is_none_or(|it| it == p))
        }
        Some(Seen::Disconnect { port, .. }) => agent.foreign.contains(port),
        _ => true,
    }
}
