//! Faults of what is in flight: order, loss, invention, and where it goes.

use std::collections::VecDeque;

use worldport_model::{
    Action, ChannelId, DropRule, Effect, End, Item, Message, Opener, PortId, Rules, State, next,
};

use super::{Fault, Outcome, end, ends, is_news};

pub(super) const FAULTS: &[Fault] = &[
    Fault {
        name: "last-in-first-out",
        sentence: "The message that was posted last is delivered first.",
        shape: "line",
        next: last_in_first_out,
    },
    Fault {
        name: "loses-messages",
        sentence: "A message that is posted vanishes.",
        shape: "line",
        next: loses_messages,
    },
    Fault {
        name: "duplicates-messages",
        sentence: "A message that is posted arrives twice.",
        shape: "line",
        next: duplicates_messages,
    },
    Fault {
        name: "changes-messages",
        sentence: "Another message arrives than was posted.",
        shape: "line",
        next: changes_messages,
    },
    Fault {
        name: "echoes-messages",
        sentence: "A message goes to the end that posts it, too.",
        shape: "line",
        next: echoes_messages,
    },
    Fault {
        name: "crosses-channels",
        sentence: "A message arrives at a port of another channel.",
        shape: "lines",
        next: crosses_channels,
    },
    Fault {
        name: "reaches-one-receiver",
        sentence: "What the opener posts reaches one of its receivers.",
        shape: "audience",
        next: reaches_one_receiver,
    },
    Fault {
        name: "tells-the-other-receivers",
        sentence: "What a receiver posts reaches the other receivers, too.",
        shape: "audience",
        next: tells_the_other_receivers,
    },
    Fault {
        name: "drops-without-a-word",
        sentence: "A message for which there is no listener is dropped without a rule that says so.",
        shape: "line",
        next: drops_without_a_word,
    },
    Fault {
        name: "keeps-for-a-listener",
        sentence: "A message for which there is no listener stays where it is.",
        shape: "line",
        next: keeps_for_a_listener,
    },
    Fault {
        name: "drops-the-last-word",
        sentence: "Messages in flight when their sender disconnects are dropped.",
        shape: "line",
        next: drops_the_last_word,
    },
    Fault {
        name: "posts-to-the-closed",
        sentence: "A closed port takes messages.",
        shape: "line",
        next: posts_to_the_closed,
    },
    Fault {
        name: "forgets-what-is-held",
        sentence: "What is held for a background that starts is gone when it has started.",
        shape: "waking",
        next: forgets_what_is_held,
    },
    Fault {
        name: "turns-what-is-held",
        sentence: "What is held for a background that starts arrives in reverse.",
        shape: "waking",
        next: turns_what_is_held,
    },
    Fault {
        name: "forgets-that-the-opener-left",
        sentence: "An opener that leaves while the background starts is not known to have left.",
        shape: "waking",
        next: forgets_that_the_opener_left,
    },
];

fn last_in_first_out(rules: &Rules, state: &State, action: &Action) -> Outcome {
    let (mut after, effects) = next(rules, state, action)?;
    if let Action::Post { .. } = action {
        for end in ends(&mut after) {
            let messages = end.inbox.iter().filter(|item| !is_news(item));
            let mut turned: VecDeque<Item> = messages.rev().copied().collect();
            turned.extend(end.inbox.iter().filter(|item| is_news(item)));
            end.inbox = turned;
        }
    }
    Ok((after, effects))
}

fn loses_messages(rules: &Rules, state: &State, action: &Action) -> Outcome {
    let (mut after, effects) = next(rules, state, action)?;
    if let Action::Post { .. } = action {
        ends(&mut after).for_each(|end| end.inbox.retain(is_news));
    }
    Ok((after, effects))
}

/// The good step, and then what it put into the inboxes of the other side is changed.
fn posted(
    rules: &Rules,
    state: &State,
    action: &Action,
    change: impl Fn(&mut VecDeque<Item>, Item),
) -> Outcome {
    let (mut after, effects) = next(rules, state, action)?;
    if let Action::Post { message, .. } = *action {
        let grown: Vec<PortId> = after
            .ends()
            .filter(|(port, end)| {
                state.end(*port).is_some_and(|before| before.inbox.len() < end.inbox.len())
            })
            .map(|(port, _)| port)
            .collect();
        for port in grown {
            if let Some(end) = end(&mut after, port) {
                change(&mut end.inbox, Item::Message(message));
            }
        }
    }
    Ok((after, effects))
}

fn duplicates_messages(rules: &Rules, state: &State, action: &Action) -> Outcome {
    posted(rules, state, action, |inbox, message| inbox.push_back(message))
}

fn changes_messages(rules: &Rules, state: &State, action: &Action) -> Outcome {
    posted(rules, state, action, |inbox, _| {
        inbox.pop_back();
        inbox.push_back(Item::Message(Message(9)));
    })
}

fn echoes_messages(rules: &Rules, state: &State, action: &Action) -> Outcome {
    let (mut after, effects) = next(rules, state, action)?;
    if let Action::Post { port, message, .. } = *action
        && let Some(end) = end(&mut after, port).filter(|end| end.is_live())
        && end.inbox.len() < 2
    {
        end.inbox.push_back(Item::Message(message));
    }
    Ok((after, effects))
}

fn crosses_channels(rules: &Rules, state: &State, action: &Action) -> Outcome {
    let (mut after, effects) = next(rules, state, action)?;
    if let Action::Post { port: PortId::Opener(from), message, .. } = *action {
        let to: Option<ChannelId> = state.channels.keys().copied().find(|id| *id != from);
        let live = |channel: &worldport_model::Channel| channel.has_live_receiver();
        if let Some(to) = to.filter(|to| state.channels.get(to).is_some_and(live)) {
            for (id, channel) in &mut after.channels {
                for end in channel.receivers.values_mut().filter(|end| end.is_live()) {
                    if *id == from {
                        end.inbox.pop_back();
                    } else if *id == to {
                        end.inbox.push_back(Item::Message(message));
                    }
                }
            }
        }
    }
    Ok((after, effects))
}

fn reaches_one_receiver(rules: &Rules, state: &State, action: &Action) -> Outcome {
    let (mut after, effects) = next(rules, state, action)?;
    if let Action::Post { port: PortId::Opener(id), .. } = *action
        && let Some(channel) = after.channels.get_mut(&id)
    {
        for end in channel.receivers.values_mut().filter(|end| end.is_live()).skip(1) {
            end.inbox.pop_back();
        }
    }
    Ok((after, effects))
}

fn tells_the_other_receivers(rules: &Rules, state: &State, action: &Action) -> Outcome {
    let (mut after, effects) = next(rules, state, action)?;
    if let Action::Post { port: PortId::Receiver(id, from), message, .. } = *action
        && let Some(channel) = after.channels.get_mut(&id)
    {
        let others = channel.receivers.iter_mut().filter(|(context, _)| **context != from);
        for (_, end) in others.filter(|(_, end)| end.is_live() && end.inbox.len() < 2) {
            end.inbox.push_back(Item::Message(message));
        }
    }
    Ok((after, effects))
}

fn drops_without_a_word(rules: &Rules, state: &State, action: &Action) -> Outcome {
    let (after, mut effects) = next(rules, state, action)?;
    let silent =
        |effect: &Effect| matches!(effect, Effect::Dropped { rule: DropRule::NoListener, .. });
    effects.retain(|effect| !silent(effect));
    Ok((after, effects))
}

fn keeps_for_a_listener(rules: &Rules, state: &State, action: &Action) -> Outcome {
    let (after, effects) = next(rules, state, action)?;
    let unheard =
        effects.iter().any(|it| matches!(it, Effect::Dropped { rule: DropRule::NoListener, .. }));
    if unheard { Ok((state.clone(), Vec::new())) } else { Ok((after, effects)) }
}

fn drops_the_last_word(rules: &Rules, state: &State, action: &Action) -> Outcome {
    let (mut after, effects) = next(rules, state, action)?;
    if let Action::Disconnect { port, .. } = action {
        for (id, channel) in &mut after.channels {
            if *id == port.channel() {
                let opener = match &mut channel.opener {
                    Opener::Held { end, .. } => Some(end),
                    Opener::Dead | Opener::Released(_) => None,
                };
                let ends = opener.into_iter().chain(channel.receivers.values_mut());
                ends.for_each(|end: &mut End| end.inbox.retain(is_news));
            }
        }
    }
    Ok((after, effects))
}

fn posts_to_the_closed(rules: &Rules, state: &State, action: &Action) -> Outcome {
    let Action::Post { port, .. } = *action else { return next(rules, state, action) };
    match next(rules, state, action) {
        Err(worldport_model::Refusal::Disconnected) if state.end(port).is_some() => {
            Ok((state.clone(), Vec::new()))
        }
        outcome => outcome,
    }
}

/// The good step of a background that has started, with what is held changed before.
fn started(
    rules: &Rules,
    state: &State,
    action: &Action,
    change: impl Fn(&mut VecDeque<Message>),
) -> Outcome {
    let mut changed = state.clone();
    if let Action::BackgroundStarted { .. } = action {
        changed.channels.values_mut().for_each(|channel| change(&mut channel.held));
    }
    next(rules, &changed, action)
}

fn forgets_what_is_held(rules: &Rules, state: &State, action: &Action) -> Outcome {
    started(rules, state, action, VecDeque::clear)
}

fn turns_what_is_held(rules: &Rules, state: &State, action: &Action) -> Outcome {
    started(rules, state, action, |held| held.make_contiguous().reverse())
}

fn forgets_that_the_opener_left(rules: &Rules, state: &State, action: &Action) -> Outcome {
    let mut changed = state.clone();
    if let Action::BackgroundStarted { .. } = action {
        for waiting in changed.channels.values_mut().filter_map(|it| it.waiting.as_mut()) {
            waiting.opener_left = false;
        }
    }
    next(rules, &changed, action)
}
