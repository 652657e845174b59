//! Faults of closing a channel: who is told, how often, and who else it closes.

use worldport_model::{
    Action, Effect, Item, Link, Opener, Phase, PortId, ReceiverDeath, ReceiverDisconnect, Refusal,
    Rules, State, next,
};

use super::{Fault, Outcome, end, is_news, taken, with};

pub(super) const FAULTS: &[Fault] = &[
    Fault {
        name: "tells-the-closer",
        sentence: "A port that calls disconnect() is told that it is closed.",
        shape: "line",
        next: tells_the_closer,
    },
    Fault {
        name: "tells-twice",
        sentence: "An end is told twice in one step that the channel has closed.",
        shape: "line",
        next: tells_twice,
    },
    Fault {
        name: "stays-open-when-told",
        sentence: "A port that was told that its channel has closed stays open.",
        shape: "line",
        next: stays_open_when_told,
    },
    Fault {
        name: "tells-again",
        sentence: "A port that was told is told again.",
        shape: "line",
        next: tells_again,
    },
    Fault {
        name: "tells-nobody",
        sentence: "The other side of a port that calls disconnect() is not told.",
        shape: "line",
        next: tells_nobody,
    },
    Fault {
        name: "delivers-after-disconnect",
        sentence: "What is in flight to a port is delivered after it has called disconnect().",
        shape: "line",
        next: delivers_after_disconnect,
    },
    Fault {
        name: "news-overtakes-messages",
        sentence: "That the channel has closed is told before the messages that were posted earlier.",
        shape: "line",
        next: news_overtakes_messages,
    },
    Fault {
        name: "disconnects-once",
        sentence: "disconnect() is refused on a port that is closed.",
        shape: "line",
        next: disconnects_once,
    },
    Fault {
        name: "disconnect-does-nothing",
        sentence: "disconnect() leaves the port open.",
        shape: "line",
        next: disconnect_does_nothing,
    },
    Fault {
        name: "closes-for-all",
        sentence: "A receiver that calls disconnect() closes the channel for the others.",
        shape: "hall",
        next: |rules, state, action| {
            with(rules, state, action, |it| {
                it.receiver_disconnect = ReceiverDisconnect::ClosesOthersTold;
            })
        },
    },
    Fault {
        name: "deafens-the-others",
        sentence: "A receiver that calls disconnect() leaves the others with a dead port.",
        shape: "hall",
        next: |rules, state, action| {
            with(rules, state, action, |it| {
                it.receiver_disconnect = ReceiverDisconnect::ClosesOthersUntold;
            })
        },
    },
    Fault {
        name: "death-closes-for-all",
        sentence: "A receiver that ends closes the channel for the others.",
        shape: "hall",
        next: |rules, state, action| {
            with(rules, state, action, |it| it.receiver_death = ReceiverDeath::ClosesOthersTold)
        },
    },
    Fault {
        name: "last-receiver-leaves-silently",
        sentence: "The opener is not told when its last receiver leaves.",
        shape: "hall",
        next: last_receiver_leaves_silently,
    },
    Fault {
        name: "releases-open-ports",
        sentence: "A port that is open can be let go of.",
        shape: "ending",
        next: releases_open_ports,
    },
    Fault {
        name: "keeps-what-is-released",
        sentence: "Letting go of a closed port leaves its record.",
        shape: "ending",
        next: keeps_what_is_released,
    },
];

fn tells_the_closer(rules: &Rules, state: &State, action: &Action) -> Outcome {
    let (after, mut effects) = next(rules, state, action)?;
    if let Action::Disconnect { port, .. } = *action {
        effects.push(Effect::Disconnected { port, error: None });
    }
    Ok((after, effects))
}

fn told(effects: &[Effect]) -> Option<Effect> {
    effects.iter().find(|it| matches!(it, Effect::Disconnected { .. })).copied()
}

fn tells_twice(rules: &Rules, state: &State, action: &Action) -> Outcome {
    let (after, mut effects) = next(rules, state, action)?;
    effects.extend(told(&effects));
    Ok((after, effects))
}

/// The good step, and then the port that was told is changed.
fn once_told(
    rules: &Rules,
    state: &State,
    action: &Action,
    change: impl Fn(&mut worldport_model::End),
) -> Outcome {
    let (mut after, effects) = next(rules, state, action)?;
    if let Some(Effect::Disconnected { port, .. }) = told(&effects)
        && let Some(end) = end(&mut after, port)
    {
        change(end);
    }
    Ok((after, effects))
}

fn stays_open_when_told(rules: &Rules, state: &State, action: &Action) -> Outcome {
    once_told(rules, state, action, |end| (end.phase, end.link) = (Phase::Open, Link::Severed))
}

fn tells_again(rules: &Rules, state: &State, action: &Action) -> Outcome {
    once_told(rules, state, action, |end| {
        end.phase = Phase::Open;
        end.inbox.push_back(Item::Disconnect(None));
    })
}

fn tells_nobody(rules: &Rules, state: &State, action: &Action) -> Outcome {
    let (mut after, effects) = next(rules, state, action)?;
    if let Action::Disconnect { .. } = action {
        super::ends(&mut after).for_each(|end| end.inbox.retain(|item| !is_news(item)));
    }
    Ok((after, effects))
}

fn delivers_after_disconnect(rules: &Rules, state: &State, action: &Action) -> Outcome {
    let (mut after, effects) = next(rules, state, action)?;
    if let Action::Disconnect { port, .. } = *action {
        let inbox = state.end(port).map(|end| end.inbox.clone()).unwrap_or_default();
        if let Some(end) = end(&mut after, port).filter(|_| !inbox.is_empty()) {
            // Nothing more comes to it than what was in flight: no bound counts that.
            (end.phase, end.link, end.inbox) = (Phase::Open, Link::Severed, inbox);
        }
    }
    Ok((after, effects))
}

fn news_overtakes_messages(rules: &Rules, state: &State, action: &Action) -> Outcome {
    let mut changed = state.clone();
    if let Some((_, port)) = taken(action)
        && let Some(end) = end(&mut changed, port)
        && end.inbox.back().is_some_and(is_news)
    {
        end.inbox.rotate_right(1);
    }
    next(rules, &changed, action)
}

fn disconnects_once(rules: &Rules, state: &State, action: &Action) -> Outcome {
    if let Action::Disconnect { port, .. } = *action
        && state.end(port).is_some_and(|end| end.phase.is_closed())
    {
        return Err(Refusal::Disconnected);
    }
    next(rules, state, action)
}

fn disconnect_does_nothing(rules: &Rules, state: &State, action: &Action) -> Outcome {
    let outcome = next(rules, state, action)?;
    if let Action::Disconnect { .. } = action {
        Ok((state.clone(), Vec::new()))
    } else {
        Ok(outcome)
    }
}

fn last_receiver_leaves_silently(rules: &Rules, state: &State, action: &Action) -> Outcome {
    let (mut after, effects) = next(rules, state, action)?;
    if let Action::Disconnect { port: PortId::Receiver(id, _), .. } = *action
        && let Some(end) = end(&mut after, PortId::Opener(id))
    {
        end.inbox.retain(|item| !is_news(item));
    }
    Ok((after, effects))
}

fn releases_open_ports(rules: &Rules, state: &State, action: &Action) -> Outcome {
    let Action::Release { context, port } = *action else { return next(rules, state, action) };
    if state.end(port).is_none_or(|end| end.phase != Phase::Open) {
        return next(rules, state, action);
    }
    let mut after = state.clone();
    if let Some(channel) = after.channels.get_mut(&port.channel()) {
        match port {
            PortId::Opener(_) => channel.opener = Opener::Released(context),
            PortId::Receiver(_, receiver) => drop(channel.receivers.remove(&receiver)),
        }
    }
    Ok((after, Vec::new()))
}

fn keeps_what_is_released(rules: &Rules, state: &State, action: &Action) -> Outcome {
    let (mut after, effects) = next(rules, state, action)?;
    if let Action::Release { context, port } = *action
        && let Some(mut channel) = state.channels.get(&port.channel()).cloned()
        && !after.channels.contains_key(&port.channel())
    {
        channel.opener = Opener::Released(context);
        channel.receivers.clear();
        after.channels.insert(port.channel(), channel);
    }
    Ok((after, effects))
}
