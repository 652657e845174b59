//! Faults of who may message, and of what is configured.

use worldport_model::{
    Action, Effect, Extension, Gate, Inheritance, Kind, OmittedMember, Permission, Realm,
    Revocation, Rules, State, Withdrawal, WorldId, next,
};

use super::{Fault, Outcome, with};

pub(super) const FAULTS: &[Fault] = &[
    Fault {
        name: "skips-the-gate",
        sentence: "A world goes on messaging when messaging is taken away from it.",
        shape: "gate",
        next: |rules, state, action| {
            with(rules, state, action, |it| it.withdrawal = Withdrawal::Never)
        },
    },
    Fault {
        name: "reset-forgets-the-living",
        sentence: "Resetting a configuration takes nothing from worlds that live.",
        shape: "gate",
        next: |rules, state, action| match action {
            Action::ResetWorldConfiguration { .. } => {
                with(rules, state, action, |it| it.withdrawal = Withdrawal::Never)
            }
            _ => next(rules, state, action),
        },
    },
    Fault {
        name: "withdraws-calls-only",
        sentence: "Messaging that is taken away takes calls away and leaves the ports open.",
        shape: "gate",
        next: withdraws_calls_only,
    },
    Fault {
        name: "withdraws-after-delivery",
        sentence: "What is in flight when messaging is taken away is delivered all the same.",
        shape: "gate",
        next: withdraws_after_delivery,
    },
    Fault {
        name: "gives-messaging-back",
        sentence: "A world that has lost messaging has it again once it is configured.",
        shape: "gate",
        next: gives_messaging_back,
    },
    Fault {
        name: "connects-without-messaging",
        sentence: "A world that started without messaging can connect.",
        shape: "gate",
        next: connects_without_messaging,
    },
    Fault {
        name: "starts-with-messaging",
        sentence: "A world starts with messaging, whatever its configuration says.",
        shape: "gate",
        next: starts_with_messaging,
    },
    Fault {
        name: "keeps-omitted-members",
        sentence: "A configuration without `messaging` keeps what was configured before.",
        shape: "gate",
        next: |rules, state, action| {
            with(rules, state, action, |it| it.omitted_member = OmittedMember::KeepsOld)
        },
    },
    Fault {
        name: "default-world-decides",
        sentence: "A named world has what the default world has, whatever its own configuration says.",
        shape: "worlds",
        next: default_world_decides,
    },
    Fault {
        name: "inherits-nothing",
        sentence: "A named world without a configuration does not have that of the default world.",
        shape: "worlds",
        next: |rules, state, action| {
            with(rules, state, action, |it| it.inheritance = Inheritance::Off)
        },
    },
    Fault {
        name: "configures-one-world",
        sentence: "Configuring a world forgets the configurations of the others.",
        shape: "worlds",
        next: configures_one_world,
    },
    Fault {
        name: "one-world-a-document",
        sentence: "A document has no room for a second world of an extension.",
        shape: "worlds",
        next: |rules, state, action| {
            with(rules, state, action, |it| it.worlds_per_document = Some(1))
        },
    },
    Fault {
        name: "revokes-nothing",
        sentence: "Revoking the permission changes nothing for what is there.",
        shape: "licence",
        next: |rules, state, action| {
            with(rules, state, action, |it| it.revocation = Revocation::Nothing)
        },
    },
    Fault {
        name: "revokes-listeners-only",
        sentence: "Revoking the permission leaves the channels of user scripts open.",
        shape: "licence",
        next: |rules, state, action| {
            with(rules, state, action, |it| it.revocation = Revocation::ListenersRemoved)
        },
    },
    Fault {
        name: "configures-without-permission",
        sentence: "A world can be configured while the permission is revoked.",
        shape: "licence",
        next: configures_without_permission,
    },
];

/// The gates of the worlds of a state, to change them.
fn gates(state: &mut State) -> impl Iterator<Item = (WorldId, &mut Gate)> {
    state.contexts.values_mut().filter_map(|context| match &mut context.kind {
        Kind::World { world, gate, .. } => Some((*world, gate)),
        _ => None,
    })
}

fn configures(action: &Action) -> bool {
    matches!(action, Action::ConfigureWorld { .. } | Action::ResetWorldConfiguration { .. })
}

fn withdraws_calls_only(rules: &Rules, state: &State, action: &Action) -> Outcome {
    let (good, effects) = next(rules, state, action)?;
    if !configures(action) {
        return Ok((good, effects));
    }
    let (mut after, effects) = with(rules, state, action, |it| it.withdrawal = Withdrawal::Never)?;
    let mut meant = good;
    let withdrawn: Vec<Gate> = gates(&mut meant).map(|(_, gate)| *gate).collect();
    for ((_, gate), meant) in gates(&mut after).zip(withdrawn) {
        *gate = if meant == Gate::Withdrawn { Gate::CallsRefused } else { *gate };
    }
    Ok((after, effects))
}

fn withdraws_after_delivery(rules: &Rules, state: &State, action: &Action) -> Outcome {
    let (mut after, mut effects) = next(rules, state, action)?;
    if configures(action) {
        for (port, before) in state.ends() {
            if let Some(end) = super::end(&mut after, port).filter(|_| !before.inbox.is_empty()) {
                let news = end.inbox.iter().filter(|item| super::is_news(item)).copied();
                end.inbox = before.inbox.iter().copied().chain(news).collect();
            }
        }
        effects.retain(|effect| !matches!(effect, Effect::Dropped { .. }));
    }
    Ok((after, effects))
}

fn gives_messaging_back(rules: &Rules, state: &State, action: &Action) -> Outcome {
    let (mut after, effects) = next(rules, state, action)?;
    if let Action::ConfigureWorld { world, messaging: Some(true), .. } = *action {
        for (of, gate) in gates(&mut after) {
            if of == world && *gate == Gate::Withdrawn {
                *gate = Gate::Granted;
            }
        }
    }
    Ok((after, effects))
}

fn connects_without_messaging(rules: &Rules, state: &State, action: &Action) -> Outcome {
    let Action::Connect { context } = *action else { return next(rules, state, action) };
    let mut open = state.clone();
    let gate = |state: &mut State, to: Gate| {
        if let Some(Kind::World { gate, .. }) =
            state.contexts.get_mut(&context).map(|it| &mut it.kind)
        {
            *gate = to;
        }
    };
    let was = state.gate(context);
    if was == Some(Gate::Absent) {
        gate(&mut open, Gate::Granted);
    }
    let (mut after, effects) = next(rules, &open, action)?;
    if let Some(was) = was {
        gate(&mut after, was);
    }
    Ok((after, effects))
}

fn starts_with_messaging(rules: &Rules, state: &State, action: &Action) -> Outcome {
    let (mut after, effects) = next(rules, state, action)?;
    if let Action::Inject { .. } = action {
        for (_, gate) in gates(&mut after) {
            if *gate == Gate::Absent {
                *gate = Gate::Granted;
            }
        }
    }
    Ok((after, effects))
}

fn default_world_decides(rules: &Rules, state: &State, action: &Action) -> Outcome {
    let Action::Inject { extension, realm: Realm::UserScript(world), .. } = *action else {
        return next(rules, state, action);
    };
    let mut misread = state.clone();
    let mut own = None;
    if let Some(Extension::Loaded(loaded)) = misread.extensions.get_mut(&extension)
        && world != WorldId::Default
    {
        own = loaded.configs.remove(&world);
    }
    let (mut after, effects) = next(rules, &misread, action)?;
    if let (Some(own), Some(Extension::Loaded(loaded))) =
        (own, after.extensions.get_mut(&extension))
    {
        loaded.configs.insert(world, own);
    }
    Ok((after, effects))
}

fn configures_one_world(rules: &Rules, state: &State, action: &Action) -> Outcome {
    let mut forgetful = state.clone();
    if let Action::ConfigureWorld { world, .. } = *action {
        for extension in forgetful.extensions.values_mut() {
            if let Extension::Loaded(loaded) = extension {
                loaded.configs.retain(|of, _| *of == world);
            }
        }
    }
    next(rules, &forgetful, action)
}

fn configures_without_permission(rules: &Rules, state: &State, action: &Action) -> Outcome {
    let set = |state: &mut State, to: &[Permission]| {
        let mut to = to.iter();
        for extension in state.extensions.values_mut() {
            if let Extension::Loaded(loaded) = extension {
                loaded.permission = to.next().copied().unwrap_or(Permission::Granted);
            }
        }
    };
    if !configures(action) {
        return next(rules, state, action);
    }
    let held: Vec<Permission> = state
        .extensions
        .values()
        .filter_map(|extension| match extension {
            Extension::Loaded(loaded) => Some(loaded.permission),
            Extension::Unloaded => None,
        })
        .collect();
    let mut open = state.clone();
    set(&mut open, &[]);
    let (mut after, effects) = next(rules, &open, action)?;
    set(&mut after, &held);
    Ok((after, effects))
}
