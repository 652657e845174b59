//! Faults of what ends: contexts, documents, backgrounds, extensions.

use worldport_model::{
    Action, Background, CacheEntry, Departure, DocumentPhase, Effect, Extension, Opener, Refusal,
    Rules, State, Unload, next,
};

use super::{Fault, Outcome, end, is_news, with};

pub(super) const FAULTS: &[Fault] = &[
    Fault {
        name: "forgets-dead-ports",
        sentence: "The receivers of an opener that has ended are not told.",
        shape: "ending",
        next: forgets_dead_ports,
    },
    Fault {
        name: "keeps-dead-channels",
        sentence: "The record of a channel stays when nobody has an end of it any more.",
        shape: "ending",
        next: keeps_dead_channels,
    },
    Fault {
        name: "keeps-dead-contexts",
        sentence: "The worlds of a document that goes live on.",
        shape: "tabs",
        next: keeps_dead_contexts,
    },
    Fault {
        name: "ends-without-a-word",
        sentence: "Messages in flight to a context that ends vanish without a rule that says so.",
        shape: "ending",
        next: ends_without_a_word,
    },
    Fault {
        name: "frames-outlive-their-page",
        sentence: "A page that goes leaves the documents in its frames behind.",
        shape: "tabs",
        next: frames_outlive_their_page,
    },
    Fault {
        name: "navigates-in-place",
        sentence: "A navigation leaves the worlds of the old document running.",
        shape: "tabs",
        next: navigates_in_place,
    },
    Fault {
        name: "keeps-cached-ports",
        sentence: "The ports of a page that goes into the back/forward cache stay open.",
        shape: "tabs",
        next: |rules, state, action| {
            with(rules, state, action, |it| it.cache_entry = CacheEntry::KeepsPort)
        },
    },
    Fault {
        name: "restored-page-hears-nothing",
        sentence: "A page that comes back from the cache is not told that its ports are closed.",
        shape: "tabs",
        next: |rules, state, action| {
            with(rules, state, action, |it| it.cache_entry = CacheEntry::ClosesOtherTold)
        },
    },
    Fault {
        name: "calls-cached-pages",
        sentence: "A page in the back/forward cache can take events.",
        shape: "tabs",
        next: calls_cached_pages,
    },
    Fault {
        name: "restores-nothing",
        sentence: "Going back to a cached page leaves it in the cache.",
        shape: "tabs",
        next: restores_nothing,
    },
    Fault {
        name: "strands-what-waits",
        sentence: "What waits for a background is not decided when that is stopped while it starts.",
        shape: "waking",
        next: strands_what_waits,
    },
    Fault {
        name: "wakes-nobody",
        sentence: "A connection does not start a background that is stopped.",
        shape: "waking",
        next: wakes_nobody,
    },
    Fault {
        name: "never-starts",
        sentence: "A background that is starting is not let finish.",
        shape: "waking",
        next: never_starts,
    },
    Fault {
        name: "unloads-silently",
        sentence: "The worlds of an extension that is unloaded are not told that their ports are closed.",
        shape: "neighbours",
        next: unloads_silently,
    },
    Fault {
        name: "unload-ends-worlds",
        sentence: "The worlds of an extension that is unloaded end with it.",
        shape: "neighbours",
        next: |rules, state, action| {
            with(rules, state, action, |it| it.unload = Unload::WorldsDestroyed)
        },
    },
    Fault {
        name: "keeps-unloaded-extensions",
        sentence: "The record of an unloaded extension stays when its last context has ended.",
        shape: "neighbours",
        next: keeps_unloaded_extensions,
    },
];

fn forgets_dead_ports(rules: &Rules, state: &State, action: &Action) -> Outcome {
    let (mut after, effects) = next(rules, state, action)?;
    for channel in after.channels.values_mut().filter(|channel| channel.opener == Opener::Dead) {
        channel.receivers.values_mut().for_each(|end| end.inbox.retain(|item| !is_news(item)));
    }
    Ok((after, effects))
}

fn keeps_dead_channels(rules: &Rules, state: &State, action: &Action) -> Outcome {
    let (mut after, effects) = next(rules, state, action)?;
    for (id, channel) in &state.channels {
        if !after.channels.contains_key(id) {
            let mut dead = channel.clone();
            (dead.opener, dead.waiting) = (Opener::Dead, None);
            dead.receivers.clear();
            after.channels.insert(*id, dead);
        }
    }
    Ok((after, effects))
}

fn keeps_dead_contexts(rules: &Rules, state: &State, action: &Action) -> Outcome {
    let (mut after, effects) = next(rules, state, action)?;
    if let Action::DestroyDocument { .. } = action {
        for (id, context) in &state.contexts {
            after.contexts.entry(*id).or_insert_with(|| context.clone());
        }
    }
    Ok((after, effects))
}

fn ends_without_a_word(rules: &Rules, state: &State, action: &Action) -> Outcome {
    let (after, mut effects) = next(rules, state, action)?;
    if effects.iter().any(|effect| matches!(effect, Effect::ContextEnded { .. })) {
        effects.retain(|effect| !matches!(effect, Effect::Dropped { .. }));
    }
    Ok((after, effects))
}

fn frames_outlive_their_page(rules: &Rules, state: &State, action: &Action) -> Outcome {
    let mut changed = state.clone();
    if let Action::DestroyDocument { document } = *action {
        for child in changed.documents.values_mut() {
            child.parent = child.parent.filter(|parent| *parent != document);
        }
    }
    next(rules, &changed, action)
}

fn navigates_in_place(rules: &Rules, state: &State, action: &Action) -> Outcome {
    let (after, effects) = next(rules, state, action)?;
    match *action {
        Action::Navigate { document, departure: Departure::Destroyed }
            if after.documents.contains_key(&document) =>
        {
            Ok((state.clone(), vec![Effect::DocumentCreated { document }]))
        }
        _ => Ok((after, effects)),
    }
}

fn calls_cached_pages(rules: &Rules, state: &State, action: &Action) -> Outcome {
    let Action::Dispatch { context, .. } = *action else { return next(rules, state, action) };
    let Some(document) = state.document_of(context) else { return next(rules, state, action) };
    let phase = |state: &mut State, to: DocumentPhase| {
        if let Some(document) = state.documents.get_mut(&document) {
            document.phase = to;
        }
    };
    let was = state.documents.get(&document).map(|it| it.phase);
    let mut awake = state.clone();
    phase(&mut awake, DocumentPhase::Active);
    let (mut after, effects) = next(rules, &awake, action)?;
    if let Some(was) = was {
        phase(&mut after, was);
    }
    Ok((after, effects))
}

fn restores_nothing(rules: &Rules, state: &State, action: &Action) -> Outcome {
    let (after, effects) = next(rules, state, action)?;
    if let Action::Restore { .. } = action {
        Ok((state.clone(), effects))
    } else {
        Ok((after, effects))
    }
}

fn strands_what_waits(rules: &Rules, state: &State, action: &Action) -> Outcome {
    let (mut after, effects) = next(rules, state, action)?;
    if let Action::StopBackground { .. } = action {
        for (id, channel) in &state.channels {
            if channel.waiting.is_some() {
                after.channels.insert(*id, channel.clone());
            }
        }
    }
    Ok((after, effects))
}

fn wakes_nobody(rules: &Rules, state: &State, action: &Action) -> Outcome {
    let (mut after, mut effects) = next(rules, state, action)?;
    for effect in &effects {
        if let Effect::Woke { extension, context } = effect {
            after.contexts.remove(context);
            if let Some(Extension::Loaded(loaded)) = after.extensions.get_mut(extension) {
                loaded.background = Background::Stopped;
            }
        }
    }
    effects.retain(|effect| !matches!(effect, Effect::Woke { .. }));
    Ok((after, effects))
}

fn never_starts(rules: &Rules, state: &State, action: &Action) -> Outcome {
    match action {
        Action::BackgroundStarted { .. } => Err(Refusal::NotStarting),
        _ => next(rules, state, action),
    }
}

fn unloads_silently(rules: &Rules, state: &State, action: &Action) -> Outcome {
    let (mut after, effects) = next(rules, state, action)?;
    if let Action::UnloadExtension { .. } = action {
        let ports: Vec<_> = after.ends().map(|(port, _)| port).collect();
        for port in ports {
            if let Some(end) = end(&mut after, port) {
                end.inbox.retain(|item| !is_news(item));
            }
        }
    }
    Ok((after, effects))
}

fn keeps_unloaded_extensions(rules: &Rules, state: &State, action: &Action) -> Outcome {
    let (mut after, effects) = next(rules, state, action)?;
    for (id, extension) in &state.extensions {
        if *extension == Extension::Unloaded || matches!(action, Action::UnloadExtension { .. }) {
            after.extensions.entry(*id).or_insert(Extension::Unloaded);
        }
    }
    Ok((after, effects))
}
