//! Faults of one-time messages.

use worldport_model::{
    Action, ContextId, Effect, EventSource, ListenerThrow, Outcome as Answer, Request, RequestId,
    RequestPhase, Responder, Rules, RuntimeEvent, SilentAnswer, State, WorldId, next,
};

use super::{Fault, Outcome, with};

pub(super) const FAULTS: &[Fault] = &[
    Fault {
        name: "asks-by-the-wrong-event",
        sentence: "What a user script sends is dispatched by onMessage.",
        shape: "asking-both",
        next: asks_by_the_wrong_event,
    },
    Fault {
        name: "believes-the-sender",
        sentence: "The `sender` of a one-time message names the world that it claims to be from.",
        shape: "asking",
        next: believes_the_sender,
    },
    Fault {
        name: "settles-twice",
        sentence: "The promise of sendMessage settles again and again.",
        shape: "answers",
        next: settles_twice,
    },
    Fault {
        name: "never-settles",
        sentence: "The promise of sendMessage does not settle.",
        shape: "answers",
        next: never_settles,
    },
    Fault {
        name: "settles-another-request",
        sentence: "An answer settles another message than the one that was asked.",
        shape: "answers",
        next: settles_another_request,
    },
    Fault {
        name: "says-nobody-listens",
        sentence: "A message that was heard and not answered ends in \"Receiving end does not exist.\"",
        shape: "asking",
        next: says_nobody_listens,
    },
    Fault {
        name: "silence-is-forever",
        sentence: "A message to which nobody answers leaves the sender waiting.",
        shape: "asking",
        next: |rules, state, action| {
            with(rules, state, action, |it| {
                it.silent_answer = SilentAnswer::LeavesUserScriptsPending;
            })
        },
    },
    Fault {
        name: "throwing-is-silence",
        sentence: "A listener that throws counts as one that answers nothing.",
        shape: "asking",
        next: |rules, state, action| {
            with(rules, state, action, |it| it.listener_throw = ListenerThrow::Ignored)
        },
    },
    Fault {
        name: "second-answer-counts",
        sentence: "An answer that comes after another one replaces it.",
        shape: "asking",
        next: second_answer_counts,
    },
    Fault {
        name: "waits-for-the-dead",
        sentence: "A message goes on waiting for a context that has ended.",
        shape: "asking",
        next: waits_for_the_dead,
    },
    Fault {
        name: "keeps-dead-requests",
        sentence: "The record of a message stays when it is settled and nobody can answer it.",
        shape: "asking",
        next: keeps_dead_requests,
    },
    Fault {
        name: "answers-after-withdrawal",
        sentence: "A world from which messaging is taken gets the answers that were under way.",
        shape: "answers",
        next: answers_after_withdrawal,
    },
    Fault {
        name: "asks-after-withdrawal",
        sentence: "A message of a world from which messaging is taken is delivered all the same.",
        shape: "answers",
        next: asks_after_withdrawal,
    },
    Fault {
        name: "asks-the-sender",
        sentence: "A message is offered to the context that sends it, too.",
        shape: "asking",
        next: asks_the_sender,
    },
];

fn asks_by_the_wrong_event(rules: &Rules, state: &State, action: &Action) -> Outcome {
    let mut changed = state.clone();
    if let Action::Dispatch { .. } = action {
        changed.requests.values_mut().for_each(|request| request.event = RuntimeEvent::OnMessage);
    }
    next(rules, &changed, action)
}

/// The message that a call of `sendMessage` has just sent.
fn sent(effects: &[Effect]) -> Option<RequestId> {
    effects.iter().find_map(|effect| match effect {
        Effect::Requested { request } => Some(*request),
        _ => None,
    })
}

fn believes_the_sender(rules: &Rules, state: &State, action: &Action) -> Outcome {
    let (mut after, effects) = next(rules, state, action)?;
    if let Some(request) = sent(&effects).and_then(|id| after.requests.get_mut(&id)) {
        request.sender.world = Some(WorldId::Named(7));
    }
    Ok((after, effects))
}

fn settles_twice(rules: &Rules, state: &State, action: &Action) -> Outcome {
    let (after, effects) = next(rules, state, action)?;
    match action {
        Action::Dispatch { source: EventSource::Reply(_), .. } => Ok((state.clone(), effects)),
        _ => Ok((after, effects)),
    }
}

fn never_settles(rules: &Rules, state: &State, action: &Action) -> Outcome {
    match action {
        Action::Dispatch { source: EventSource::Reply(_), .. } => {
            Err(worldport_model::Refusal::NothingToDispatch)
        }
        _ => next(rules, state, action),
    }
}

fn settles_another_request(rules: &Rules, state: &State, action: &Action) -> Outcome {
    let mut other = *action;
    if let Action::Respond { request, .. } = &mut other {
        let asked = |id: &RequestId| {
            state.requests.get(id).is_some_and(|it| it.phase == RequestPhase::Asked)
        };
        let another = state.requests.keys().copied().find(|id| id != request && asked(id));
        *request = another.unwrap_or(*request);
    }
    next(rules, state, &other)
}

fn says_nobody_listens(rules: &Rules, state: &State, action: &Action) -> Outcome {
    let (mut after, effects) = next(rules, state, action)?;
    for request in after.requests.values_mut() {
        if request.phase == RequestPhase::Answered(Answer::Undefined) {
            request.phase = RequestPhase::Answered(Answer::NoReceiver);
        }
    }
    Ok((after, effects))
}

fn second_answer_counts(rules: &Rules, state: &State, action: &Action) -> Outcome {
    let (mut after, effects) = next(rules, state, action)?;
    if let Action::Respond { request, message, .. } = *action
        && let Some(record) = after.requests.get_mut(&request)
        && matches!(record.phase, RequestPhase::Answered(_))
    {
        record.phase = RequestPhase::Answered(Answer::Reply(message));
    }
    Ok((after, effects))
}

fn waits_for_the_dead(rules: &Rules, state: &State, action: &Action) -> Outcome {
    let (mut after, effects) = next(rules, state, action)?;
    let ended: Vec<ContextId> = effects
        .iter()
        .filter_map(|effect| match effect {
            Effect::ContextEnded { context } => Some(*context),
            _ => None,
        })
        .collect();
    for (id, before) in &state.requests {
        let pending =
            |context: &ContextId| before.receivers.get(context) == Some(&Responder::Pending);
        let origin = before.origin.filter(|context| !ended.contains(context));
        if origin.is_some() && ended.iter().any(pending) {
            after.requests.insert(*id, before.clone());
        }
    }
    Ok((after, effects))
}

fn keeps_dead_requests(rules: &Rules, state: &State, action: &Action) -> Outcome {
    let (mut after, effects) = next(rules, state, action)?;
    for (id, before) in &state.requests {
        after.requests.entry(*id).or_insert_with(|| Request {
            origin: None,
            phase: RequestPhase::Settled,
            receivers: Default::default(),
            ..before.clone()
        });
    }
    Ok((after, effects))
}

/// The good step, with the requests that satisfy a condition left as they were.
fn spares(
    rules: &Rules,
    state: &State,
    action: &Action,
    spared: impl Fn(&Request) -> bool,
) -> Outcome {
    let (mut after, effects) = next(rules, state, action)?;
    if let Action::ConfigureWorld { .. } = action {
        for (id, before) in state.requests.iter().filter(|(_, request)| spared(request)) {
            after.requests.insert(*id, before.clone());
        }
    }
    Ok((after, effects))
}

fn answers_after_withdrawal(rules: &Rules, state: &State, action: &Action) -> Outcome {
    spares(rules, state, action, |it| matches!(it.phase, RequestPhase::Answered(_)))
}

fn asks_after_withdrawal(rules: &Rules, state: &State, action: &Action) -> Outcome {
    spares(rules, state, action, |it| it.phase == RequestPhase::Asked)
}

fn asks_the_sender(rules: &Rules, state: &State, action: &Action) -> Outcome {
    let (mut after, effects) = next(rules, state, action)?;
    if let Some(request) = sent(&effects).and_then(|id| after.requests.get_mut(&id))
        && let Some(origin) = request.origin
        && request.phase == RequestPhase::Asked
    {
        request.receivers.insert(origin, Responder::Offered);
    }
    Ok((after, effects))
}
