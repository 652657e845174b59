//! Faults of connecting: to whom a channel is offered, who accepts, what the opener hears.

use worldport_model::{
    Action, ChannelEvent, ChannelId, DisconnectError, Effect, End, Item, ListenerSet,
    ListenerTarget, Opener, Phase, Rules, State, WorldId, next,
};

use super::{Fault, Outcome, end, ends, opened, taken};

pub(super) const FAULTS: &[Fault] = &[
    Fault {
        name: "offers-to-the-wrong-event",
        sentence: "What a user script opens is offered by onConnect.",
        shape: "licence",
        next: offers_to_the_wrong_event,
    },
    Fault {
        name: "offers-to-other-extensions",
        sentence: "A channel is offered to the pages of every extension.",
        shape: "neighbours",
        next: offers_to_other_extensions,
    },
    Fault {
        name: "offers-to-latecomers",
        sentence: "A page that is opened later is offered the channels that are there.",
        shape: "hall",
        next: offers_to_latecomers,
    },
    Fault {
        name: "offers-to-one",
        sentence: "A channel is offered to one context only, however many there are.",
        shape: "audience",
        next: offers_to_one,
    },
    Fault {
        name: "accepts-without-listener",
        sentence: "A context without a connect listener accepts.",
        shape: "hall",
        next: accepts_without_listener,
    },
    Fault {
        name: "declines-with-listener",
        sentence: "A context with a connect listener declines.",
        shape: "line",
        next: declines_with_listener,
    },
    Fault {
        name: "accepts-again",
        sentence: "A context that has accepted is offered the channel again.",
        shape: "line",
        next: accepts_again,
    },
    Fault {
        name: "leaves-the-opener-waiting",
        sentence: "An opener is not told that everybody has declined.",
        shape: "hall",
        next: leaves_the_opener_waiting,
    },
    Fault {
        name: "forgets-who-accepted",
        sentence: "That a context has accepted is forgotten.",
        shape: "line",
        next: forgets_who_accepted,
    },
    Fault {
        name: "every-end-is-an-error",
        sentence: "Whatever closes a channel, its opener is told that nobody listens.",
        shape: "line",
        next: every_end_is_an_error,
    },
    Fault {
        name: "believes-the-opener",
        sentence: "`sender` names the world that the opener claims to be.",
        shape: "line",
        next: believes_the_opener,
    },
    Fault {
        name: "sender-without-a-document",
        sentence: "`sender` leaves out the document of the opener.",
        shape: "line",
        next: sender_without_a_document,
    },
    Fault {
        name: "takes-a-dead-openers-id",
        sentence: "A new channel takes the id of one whose opener has ended while its receivers live.",
        shape: "again",
        next: takes_a_dead_openers_id,
    },
];

fn offers_to_the_wrong_event(rules: &Rules, state: &State, action: &Action) -> Outcome {
    let mut state = state.clone();
    if let Action::Dispatch { .. } = action {
        for channel in state.channels.values_mut() {
            channel.event = ChannelEvent::OnConnect;
        }
    }
    next(rules, &state, action)
}

fn offer() -> End {
    End { phase: Phase::Offered, ..End::default() }
}

fn offers_to_other_extensions(rules: &Rules, state: &State, action: &Action) -> Outcome {
    let (mut after, effects) = next(rules, state, action)?;
    let others: Vec<_> =
        state.contexts.iter().filter(|(_, it)| it.kind.is_extension()).map(|(&id, _)| id).collect();
    if let Some(channel) = opened(&effects).and_then(|id| after.channels.get_mut(&id)) {
        for context in others {
            channel.receivers.entry(context).or_insert_with(offer);
        }
    }
    Ok((after, effects))
}

fn offers_to_latecomers(rules: &Rules, state: &State, action: &Action) -> Outcome {
    let (mut after, effects) = next(rules, state, action)?;
    if let (Action::OpenPage { .. }, [Effect::ContextEntered { context }]) =
        (action, effects.as_slice())
    {
        for channel in after.channels.values_mut().filter(|it| it.live_opener().is_some()) {
            channel.receivers.insert(*context, offer());
        }
    }
    Ok((after, effects))
}

fn offers_to_one(rules: &Rules, state: &State, action: &Action) -> Outcome {
    let (mut after, effects) = next(rules, state, action)?;
    if let Some(channel) = opened(&effects).and_then(|id| after.channels.get_mut(&id))
        && let Some((first, _)) = channel.receivers.pop_first()
    {
        channel.receivers.clear();
        channel.receivers.insert(first, offer());
    }
    Ok((after, effects))
}

fn accepts_without_listener(rules: &Rules, state: &State, action: &Action) -> Outcome {
    let Some((context, port)) = taken(action) else { return next(rules, state, action) };
    let event = state.channels.get(&port.channel()).map(|it| ListenerTarget::from(it.event));
    let silent =
        event.and_then(|event| state.listeners(context, event)).is_none_or(ListenerSet::is_empty);
    let offered = state.end(port).is_some_and(|end| end.phase == Phase::Offered);
    let (mut after, mut effects) = next(rules, state, action)?;
    if silent && offered {
        let id = port.channel();
        after = state.clone();
        effects.clear();
        if let Some(end) = end(&mut after, port) {
            end.phase = Phase::Open;
            after.channels.entry(id).and_modify(|channel| channel.accepted = true);
            effects.push(Effect::Accepted { port });
        }
    }
    Ok((after, effects))
}

fn declines_with_listener(rules: &Rules, state: &State, action: &Action) -> Outcome {
    let Some((context, port)) = taken(action) else { return next(rules, state, action) };
    if state.end(port).is_none_or(|end| end.phase != Phase::Offered) {
        return next(rules, state, action);
    }
    let mut deaf = state.clone();
    let listeners = |state: &State| {
        state.contexts.get(&context).and_then(|it| it.kind.runtime_listeners().cloned())
    };
    let kept = listeners(state);
    if let Some(set) =
        deaf.contexts.get_mut(&context).and_then(|it| it.kind.runtime_listeners_mut())
    {
        *set = Default::default();
    }
    let (mut after, effects) = next(rules, &deaf, action)?;
    if let (Some(kept), Some(set)) =
        (kept, after.contexts.get_mut(&context).and_then(|it| it.kind.runtime_listeners_mut()))
    {
        *set = kept;
    }
    Ok((after, effects))
}

fn accepts_again(rules: &Rules, state: &State, action: &Action) -> Outcome {
    let (mut after, effects) = next(rules, state, action)?;
    for effect in &effects {
        if let Effect::Accepted { port } = effect
            && let Some(end) = end(&mut after, *port)
        {
            end.phase = Phase::Offered;
        }
    }
    Ok((after, effects))
}

fn leaves_the_opener_waiting(rules: &Rules, state: &State, action: &Action) -> Outcome {
    let (mut after, effects) = next(rules, state, action)?;
    let failed = Item::Disconnect(Some(DisconnectError::NoReceiver));
    ends(&mut after).for_each(|end| end.inbox.retain(|item| *item != failed));
    Ok((after, effects))
}

fn forgets_who_accepted(rules: &Rules, state: &State, action: &Action) -> Outcome {
    let (mut after, effects) = next(rules, state, action)?;
    after.channels.values_mut().for_each(|channel| channel.accepted = false);
    Ok((after, effects))
}

fn every_end_is_an_error(rules: &Rules, state: &State, action: &Action) -> Outcome {
    let (mut after, effects) = next(rules, state, action)?;
    let error = Some(DisconnectError::NoReceiver);
    for end in ends(&mut after) {
        for item in end.inbox.iter_mut().filter(|item| super::is_news(item)) {
            *item = Item::Disconnect(error);
        }
    }
    Ok((after, effects))
}

fn believes_the_opener(rules: &Rules, state: &State, action: &Action) -> Outcome {
    let (mut after, effects) = next(rules, state, action)?;
    if let Action::Connect { .. } = action {
        after.channels.values_mut().for_each(|channel| {
            channel.sender.world = Some(WorldId::Named(7));
        });
    }
    Ok((after, effects))
}

fn sender_without_a_document(rules: &Rules, state: &State, action: &Action) -> Outcome {
    let (mut after, effects) = next(rules, state, action)?;
    if let Some(channel) = opened(&effects).and_then(|id| after.channels.get_mut(&id)) {
        channel.sender.document = None;
    }
    Ok((after, effects))
}

fn takes_a_dead_openers_id(rules: &Rules, state: &State, action: &Action) -> Outcome {
    let mut crowded = state.clone();
    if let Action::Connect { .. } = action {
        crowded.channels.retain(|_, channel| channel.opener != Opener::Dead);
        let (mut after, effects) = next(rules, &crowded, action)?;
        let fresh: Vec<ChannelId> = after.channels.keys().copied().collect();
        for (id, channel) in &state.channels {
            if !fresh.contains(id) {
                after.channels.insert(*id, channel.clone());
            }
        }
        return Ok((after, effects));
    }
    next(rules, &crowded, action)
}
