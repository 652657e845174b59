//! The model explored to the end, shape by shape; and models that are broken on purpose, which shows that
//! each invariant can fail.

use std::collections::VecDeque;

use worldport_model::invariant::{TABLE, by_id};
use worldport_model::{
    Action, Effect, Held, Item, Link, Opener, Phase, PortId, Profile, ReceiverDeath, Refusal,
    RemovedDuringDispatch, Rules, State, Withdrawal, WorldId, next,
};
use worldport_proofs::check::{Exploration, explore, explore_exactly, explore_with};
use worldport_proofs::diagram;
use worldport_proofs::graph::ledger;
use worldport_proofs::machine::{Bounds, Machine, Next, by_name, shapes};

/// What explores allocates all the time.
#[global_allocator]
static ALLOCATOR: worldport_proofs::Allocator = worldport_proofs::Allocator;

/// Name, unique states, depth, and the invariants that the shape puts to the test. The figures are the
/// checker's own: they are pinned so that a change of meaning shows in the diff.
type Pin = (&'static str, usize, usize, &'static str);

const PINS: [Pin; 12] = [
    ("queues", 5_624, 22, "S2 S3 S4 S5 S8 S9 L1 L2 L3"),
    ("channels", 54_677, 28, "S2 S3 S5 S9 L1 L2 L3"),
    ("listeners", 15_945, 17, "S2 S3 S5 S6 S9 S10 L1 L2 L3"),
    ("fan-out", 44_781, 27, "S2 S3 S4 S9 S10 S12 L1 L2 L3"),
    ("receivers", 73_652, 25, "S2 S3 S4 S9 S10 S12 L1 L3"),
    ("configuration", 205_193, 18, "S1 S9 L1 L3"),
    ("withdrawal", 52_340, 21, "S1 S2 S3 S4 S8 S9 L1 L2 L3"),
    ("documents", 42_527, 23, "S2 S3 S4 S8 S9 L1 L2 L3"),
    ("background", 21_287, 24, "S2 S3 S4 S8 S9 S10 S11 S12 L1 L2 L3"),
    ("permission", 205_726, 27, "S2 S3 S7 S9 S10 L1 L2 L3"),
    ("extensions", 82_490, 30, "S1 S2 S3 S4 S7 S8 S9 S10 S11 L1 L2 L3"),
    ("requests", 281_662, 30, "S6 S9"),
];

/// One thread explores breadth first in earnest, so that the depth is that of shortest paths; the shapes
/// run side by side instead.
fn holds_to_the_end(name: &str) {
    let pin = PINS.iter().find(|pin| pin.0 == name).expect("a pinned shape");
    let shape = by_name(name).expect("a shape of this name");
    let found = explore(shape, Profile::Standard, 1, |_| {});
    for violation in &found.violations {
        let rules = Profile::Standard.rules();
        println!("{}", diagram::sequence(rules, next, shape.setup, &violation.actions));
    }
    assert!(found.violations.is_empty(), "{name}: {:?}", found.violations);
    assert_eq!((name, found.unique_states, found.depth, witnessed(&found).as_str()), *pin);
    // The graph, found by another search, is held to the same row.
    let row = ledger::row(Profile::Standard, shape).unwrap_or_else(|why| panic!("{why}"));
    let figures = (found.unique_states, found.steps - 1, found.depth);
    assert_eq!(figures, (row.states, row.edges, row.depth), "{name}");
    // And so is the explorer that the command line uses, whatever the number of threads.
    let (exactly, counted) = explore_exactly(shape, Profile::Standard, 3, |_| {});
    let figures = (counted.states, counted.edges, counted.refused, counted.depth);
    assert_eq!(figures, (row.states, row.edges, row.refused, row.depth), "{name}");
    assert_eq!((exactly.witnessed, exactly.steps), (found.witnessed, found.steps), "{name}");
    assert!(exactly.violations.is_empty(), "{name}: {:?}", exactly.violations);
}

fn witnessed(found: &Exploration) -> String {
    let rows = TABLE.iter().zip(found.witnessed).filter(|(_, count)| *count > 0);
    rows.map(|(row, _)| row.id).collect::<Vec<_>>().join(" ")
}

macro_rules! explored {
    ($($test:ident $name:literal;)*) => {$(
        #[test]
        fn $test() {
            holds_to_the_end($name);
        }
    )*};
}

explored! {
    the_invariants_hold_in_shape_queues "queues";
    the_invariants_hold_in_shape_channels "channels";
    the_invariants_hold_in_shape_listeners "listeners";
    the_invariants_hold_in_shape_fan_out "fan-out";
    the_invariants_hold_in_shape_receivers "receivers";
    the_invariants_hold_in_shape_configuration "configuration";
    the_invariants_hold_in_shape_withdrawal "withdrawal";
    the_invariants_hold_in_shape_documents "documents";
    the_invariants_hold_in_shape_background "background";
    the_invariants_hold_in_shape_permission "permission";
    the_invariants_hold_in_shape_extensions "extensions";
    the_invariants_hold_in_shape_requests "requests";
}

#[test]
fn every_default_shape_is_pinned_and_every_invariant_is_put_to_the_test() {
    let names: Vec<&str> = shapes(Bounds::Default).iter().map(|shape| shape.name).collect();
    assert_eq!(names, PINS.map(|pin| pin.0));
    for row in &TABLE {
        let tested = PINS.iter().any(|pin| pin.3.split(' ').any(|id| id == row.id));
        assert!(tested, "no shape witnesses {}", row.id);
    }
    assert!(PINS.iter().map(|pin| pin.1).sum::<usize>() > 1_000_000);
}

/// Holding messages until every receiver has answered is a choice that no invariant minds: what is held is
/// neither lost nor reordered, whoever answers, leaves or dies meanwhile.
#[test]
fn messages_held_for_all_answers_break_no_invariant() {
    const RULES: Rules = Rules { held: Held::ConnectsFirst, ..Rules::STANDARD };
    for name in ["queues", "fan-out", "background", "withdrawal", "extensions"] {
        let shape = by_name(name).expect("a shape of this name");
        let found = explore_with(Machine::with_next(shape, &RULES, next), 2, &mut |_| {});
        for violation in &found.violations {
            println!("{}", diagram::sequence(&RULES, next, shape.setup, &violation.actions));
        }
        assert!(found.violations.is_empty(), "{name}: {:?}", found.violations);
    }
}

/// What a step of a broken model comes to.
type Outcome = Result<(State, Vec<Effect>), Refusal>;

/// A model that is broken on purpose: the shape it is explored in, the invariants of which it must break
/// one, and its transition function.
type Fault = (&'static str, &'static str, &'static [&'static str], Next);

const FAULTS: [Fault; 14] = [
    ("skips the gate", "withdrawal", &["S1"], skips_the_gate),
    ("tells the closer", "queues", &["S2"], tells_the_closer),
    ("tells twice", "queues", &["S2"], tells_twice),
    ("delivers after disconnect", "queues", &["S3"], delivers_after_disconnect),
    ("forgets dead ports", "queues", &["S4"], forgets_dead_ports),
    ("last in, first out", "queues", &["S5"], last_in_first_out),
    ("loses messages", "queues", &["S5", "L2"], loses_messages),
    ("calls removed listeners", "listeners", &["S6"], calls_removed_listeners),
    ("offers to the wrong event", "permission", &["S6", "S7"], offers_to_the_wrong_event),
    ("believes the opener", "queues", &["S8"], believes_the_opener),
    ("forgets who accepted", "queues", &["S10"], forgets_who_accepted),
    ("keeps dead channels", "background", &["S4", "S11"], keeps_dead_channels),
    ("closes for all", "fan-out", &["S12"], closes_for_all),
    ("never calls back", "queues", &["L1", "L2", "L3"], never_calls_back),
];

#[test]
fn every_broken_model_is_caught_by_the_invariant_it_breaks() {
    for (name, shape, ids, fault) in FAULTS {
        let shape = by_name(shape).expect("a shape of this name");
        let machine = Machine::with_next(shape, &Rules::STANDARD, fault);
        let found = explore_with(machine, 2, &mut |_| {});
        let broken: Vec<&str> = found.violations.iter().map(|it| TABLE[it.row].id).collect();
        assert!(broken.iter().any(|id| ids.contains(id)), "{name}: broken {broken:?}");
        for violation in &found.violations {
            assert!(!violation.actions.is_empty(), "{name}: no way to break {}", violation.row);
        }
    }
}

#[test]
fn the_counterexample_is_a_shortest_one() {
    let shape = by_name("queues").expect("a shape of this name");
    let machine = Machine::with_next(shape, &Rules::STANDARD, tells_the_closer);
    let found = explore_with(machine, 2, &mut |_| {});
    // The opener connects and disconnects: nothing shorter makes a port that closes itself.
    let actions = found.violations.iter().map(|it| it.actions.len()).min();
    assert_eq!(actions, Some(2), "{:?}", found.violations);
}

#[test]
fn every_id_of_a_fault_names_a_row() {
    for id in FAULTS.iter().flat_map(|fault| fault.2) {
        assert!(by_id(id).is_some(), "{id}");
    }
}

fn skips_the_gate(rules: &Rules, state: &State, action: &Action) -> Outcome {
    next(&Rules { withdrawal: Withdrawal::Never, ..rules.clone() }, state, action)
}

fn calls_removed_listeners(rules: &Rules, state: &State, action: &Action) -> Outcome {
    let removed_during_dispatch = RemovedDuringDispatch::StillCalled;
    next(&Rules { removed_during_dispatch, ..rules.clone() }, state, action)
}

fn closes_for_all(rules: &Rules, state: &State, action: &Action) -> Outcome {
    let receiver_death = ReceiverDeath::ClosesOthersTold;
    next(&Rules { receiver_death, ..rules.clone() }, state, action)
}

fn tells_the_closer(rules: &Rules, state: &State, action: &Action) -> Outcome {
    let (after, mut effects) = next(rules, state, action)?;
    if let Action::Disconnect { port, .. } = *action {
        effects.push(Effect::Disconnected { port, error: None });
    }
    Ok((after, effects))
}

fn tells_twice(rules: &Rules, state: &State, action: &Action) -> Outcome {
    let (after, mut effects) = next(rules, state, action)?;
    if let Some(told) = effects.iter().find(|it| matches!(it, Effect::Disconnected { .. })).copied()
    {
        effects.push(told);
    }
    Ok((after, effects))
}

/// Every end of a state, to change it.
fn ends(state: &mut State) -> impl Iterator<Item = &mut worldport_model::End> {
    state.channels.values_mut().flat_map(|channel| {
        let opener = match &mut channel.opener {
            Opener::Held { end, .. } => Some(end),
            Opener::Dead | Opener::Released(_) => None,
        };
        opener.into_iter().chain(channel.receivers.values_mut())
    })
}

fn delivers_after_disconnect(rules: &Rules, state: &State, action: &Action) -> Outcome {
    let (mut after, effects) = next(rules, state, action)?;
    if let Action::Disconnect { port, .. } = *action {
        let inbox = state.end(port).map(|end| end.inbox.clone()).unwrap_or_default();
        let channel = after.channels.get_mut(&port.channel());
        let end = channel.and_then(|channel| match (port, &mut channel.opener) {
            (PortId::Opener(_), Opener::Held { end, .. }) => Some(end),
            (PortId::Receiver(_, context), _) => channel.receivers.get_mut(&context),
            _ => None,
        });
        if let Some(end) = end.filter(|_| !inbox.is_empty()) {
            // Nothing more comes to it than what was in flight: no bound counts that.
            (end.phase, end.link, end.inbox) = (Phase::Open, Link::Severed, inbox);
        }
    }
    Ok((after, effects))
}

fn forgets_dead_ports(rules: &Rules, state: &State, action: &Action) -> Outcome {
    let (mut after, effects) = next(rules, state, action)?;
    for channel in after.channels.values_mut().filter(|channel| channel.opener == Opener::Dead) {
        for end in channel.receivers.values_mut() {
            end.inbox.retain(|item| !matches!(item, Item::Disconnect(_)));
        }
    }
    Ok((after, effects))
}

fn last_in_first_out(rules: &Rules, state: &State, action: &Action) -> Outcome {
    let (mut after, effects) = next(rules, state, action)?;
    if let Action::Post { .. } = action {
        for end in ends(&mut after) {
            let messages = end.inbox.iter().filter(|item| matches!(item, Item::Message(_)));
            let mut turned: VecDeque<Item> = messages.rev().copied().collect();
            turned.extend(end.inbox.iter().filter(|item| matches!(item, Item::Disconnect(_))));
            end.inbox = turned;
        }
    }
    Ok((after, effects))
}

fn loses_messages(rules: &Rules, state: &State, action: &Action) -> Outcome {
    let (mut after, effects) = next(rules, state, action)?;
    if let Action::Post { .. } = action {
        ends(&mut after).for_each(|end| {
            end.inbox.retain(|item| matches!(item, Item::Disconnect(_)));
        });
    }
    Ok((after, effects))
}

fn offers_to_the_wrong_event(rules: &Rules, state: &State, action: &Action) -> Outcome {
    let mut state = state.clone();
    if let Action::Dispatch { .. } = action {
        for channel in state.channels.values_mut() {
            channel.event = worldport_model::ChannelEvent::OnConnect;
        }
    }
    next(rules, &state, action)
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

fn forgets_who_accepted(rules: &Rules, state: &State, action: &Action) -> Outcome {
    let (mut after, effects) = next(rules, state, action)?;
    after.channels.values_mut().for_each(|channel| channel.accepted = false);
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

fn never_calls_back(rules: &Rules, state: &State, action: &Action) -> Outcome {
    match action {
        Action::Dispatch { .. } => Err(Refusal::NothingToDispatch),
        _ => next(rules, state, action),
    }
}
