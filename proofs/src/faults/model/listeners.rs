//! Faults of listener sets and of dispatch.

use worldport_model::{
    Action, Completion, ContextId, Effect, ListenerId, ListenerTarget, Occurrence, Refusal,
    RemovedDuringDispatch, Rules, State, next,
};

use super::{Fault, Outcome, with};

pub(super) const FAULTS: &[Fault] = &[
    Fault {
        name: "calls-removed-listeners",
        sentence: "A listener that is removed before its turn is called all the same.",
        shape: "callers",
        next: |rules, state, action| {
            with(rules, state, action, |it| {
                it.removed_during_dispatch = RemovedDuringDispatch::StillCalled;
            })
        },
    },
    Fault {
        name: "calls-added-listeners",
        sentence: "A listener that is added during a dispatch is called in it.",
        shape: "callers",
        next: calls_added_listeners,
    },
    Fault {
        name: "calls-in-reverse",
        sentence: "The listener that was added last is called first.",
        shape: "callers",
        next: calls_in_reverse,
    },
    Fault {
        name: "calls-the-first-only",
        sentence: "Only the first listener is called.",
        shape: "callers",
        next: calls_the_first_only,
    },
    Fault {
        name: "stops-at-a-throw",
        sentence: "A listener that throws keeps the others from being called.",
        shape: "callers",
        next: stops_at_a_throw,
    },
    Fault {
        name: "calls-once-and-removes",
        sentence: "A listener that was called is removed.",
        shape: "callers",
        next: calls_once_and_removes,
    },
    Fault {
        name: "removes-nothing",
        sentence: "removeListener leaves the listener in its set.",
        shape: "callers",
        next: removes_nothing,
    },
    Fault {
        name: "adds-nothing",
        sentence: "addListener does not add the listener.",
        shape: "callers",
        next: adds_nothing,
    },
    Fault {
        name: "calls-onmessage-for-news",
        sentence: "That the channel has closed is told to the listeners of onMessage.",
        shape: "ending",
        next: calls_onmessage_for_news,
    },
    Fault {
        name: "takes-events-while-busy",
        sentence: "A context takes an event while listeners of another one run.",
        shape: "line",
        next: takes_events_while_busy,
    },
    Fault {
        name: "never-calls-back",
        sentence: "No context takes an event.",
        shape: "line",
        next: never_calls_back,
    },
    Fault {
        name: "never-returns",
        sentence: "A listener that has ended is called again, for ever.",
        shape: "line",
        next: never_returns,
    },
];

/// What a dispatch in a context calls, and the listeners of its set.
fn set_of(state: &State, context: ContextId) -> Option<(ListenerTarget, Vec<ListenerId>)> {
    let dispatch = state.contexts.get(&context)?.dispatch.as_ref()?;
    let target = match dispatch.occurrence {
        Occurrence::Connect { port, .. } => state.channels.get(&port.channel())?.event.into(),
        Occurrence::Disconnect { port, .. } => ListenerTarget::OnDisconnect(port),
        Occurrence::Message { port, .. } => ListenerTarget::OnMessage(port),
        Occurrence::Request { .. } => return None,
    };
    Some((target, state.listeners(context, target)?.as_slice().to_vec()))
}

fn calls_added_listeners(rules: &Rules, state: &State, action: &Action) -> Outcome {
    let (mut after, effects) = next(rules, state, action)?;
    if let Action::AddListener { context, target, listener } = *action
        && set_of(state, context).is_some_and(|(of, set)| of == target && !set.contains(&listener))
        && let Some(dispatch) =
            after.contexts.get_mut(&context).and_then(|record| record.dispatch.as_mut())
    {
        dispatch.rest.push_back(listener);
    }
    Ok((after, effects))
}

fn calls_in_reverse(rules: &Rules, state: &State, action: &Action) -> Outcome {
    let (mut after, mut effects) = next(rules, state, action)?;
    if let Action::Dispatch { context, .. } = *action
        && let Some(dispatch) =
            after.contexts.get_mut(&context).and_then(|record| record.dispatch.as_mut())
        && let Some(last) = dispatch.rest.pop_back()
    {
        dispatch.rest.push_front(std::mem::replace(&mut dispatch.current, last));
        for effect in &mut effects {
            if let Effect::Called { listener, .. } = effect {
                *listener = last;
            }
        }
    }
    Ok((after, effects))
}

/// The step with nobody left to call in the dispatch that goes on.
fn alone(rules: &Rules, state: &State, action: &Action, context: ContextId) -> Outcome {
    let mut changed = state.clone();
    if let Some(dispatch) =
        changed.contexts.get_mut(&context).and_then(|record| record.dispatch.as_mut())
    {
        dispatch.rest.clear();
    }
    next(rules, &changed, action)
}

fn calls_the_first_only(rules: &Rules, state: &State, action: &Action) -> Outcome {
    match *action {
        Action::Next { context, .. } => alone(rules, state, action, context),
        _ => next(rules, state, action),
    }
}

fn stops_at_a_throw(rules: &Rules, state: &State, action: &Action) -> Outcome {
    match *action {
        Action::Next { context, completion: Completion::Threw } => {
            alone(rules, state, action, context)
        }
        _ => next(rules, state, action),
    }
}

fn calls_once_and_removes(rules: &Rules, state: &State, action: &Action) -> Outcome {
    let (after, effects) = next(rules, state, action)?;
    if let Action::Dispatch { context, .. } = *action
        && let Some((target, set)) = set_of(&after, context)
        && let Some(&listener) = set.first()
    {
        let remove = Action::RemoveListener { context, target, listener };
        let after = next(rules, &after, &remove).map_or(after, |(removed, _)| removed);
        return Ok((after, effects));
    }
    Ok((after, effects))
}

fn removes_nothing(rules: &Rules, state: &State, action: &Action) -> Outcome {
    let (after, effects) = next(rules, state, action)?;
    match action {
        Action::RemoveListener { .. } => Ok((state.clone(), effects)),
        _ => Ok((after, effects)),
    }
}

fn adds_nothing(rules: &Rules, state: &State, action: &Action) -> Outcome {
    let (after, effects) = next(rules, state, action)?;
    match action {
        Action::AddListener { .. } => Ok((state.clone(), effects)),
        _ => Ok((after, effects)),
    }
}

fn calls_onmessage_for_news(rules: &Rules, state: &State, action: &Action) -> Outcome {
    let (mut after, mut effects) = next(rules, state, action)?;
    let told = effects.iter().find_map(|effect| match *effect {
        Effect::Disconnected { port, error } => Some(Occurrence::Disconnect { port, error }),
        _ => None,
    });
    if let (Some(occurrence), &Action::Dispatch { context, .. }) = (told, action)
        && let Occurrence::Disconnect { port, .. } = occurrence
        && let Some(set) = after.listeners(context, ListenerTarget::OnMessage(port))
        && let Some(&listener) = set.as_slice().first()
    {
        effects.retain(|effect| !matches!(effect, Effect::Called { .. }));
        effects.push(Effect::Called { context, listener, occurrence });
        let dispatch = worldport_model::Dispatch {
            occurrence,
            current: listener,
            rest: Default::default(),
            heard: worldport_model::Heard::Silence,
        };
        after.contexts.entry(context).and_modify(|record| record.dispatch = Some(dispatch));
    }
    Ok((after, effects))
}

fn takes_events_while_busy(rules: &Rules, state: &State, action: &Action) -> Outcome {
    let mut changed = state.clone();
    if let Action::Dispatch { context, .. } = *action {
        changed.contexts.entry(context).and_modify(|record| record.dispatch = None);
    }
    next(rules, &changed, action)
}

fn never_calls_back(rules: &Rules, state: &State, action: &Action) -> Outcome {
    match action {
        Action::Dispatch { .. } => Err(Refusal::NothingToDispatch),
        _ => next(rules, state, action),
    }
}

fn never_returns(rules: &Rules, state: &State, action: &Action) -> Outcome {
    let (after, effects) = next(rules, state, action)?;
    let Action::Next { context, .. } = *action else { return Ok((after, effects)) };
    let dispatch = state.contexts.get(&context).and_then(|record| record.dispatch.as_ref());
    let again = dispatch.map(|dispatch| Effect::Called {
        context,
        listener: dispatch.current,
        occurrence: dispatch.occurrence,
    });
    Ok((state.clone(), again.into_iter().collect()))
}
