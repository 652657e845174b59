//! Safety for any number of documents, worlds, ports and messages: the proof, the faults that it would
//! find, and the model's own steps, each held to the system that the proof is about.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use worldport_model::invariant::by_id;
use worldport_model::{
    Action, Effect, Item, Opener, ReceiverDisconnect, Refusal, Rules, State, Withdrawal, next,
};
use worldport_proofs::inductive::conjuncts::Purpose;
use worldport_proofs::inductive::cover::{Coverage, cover};
use worldport_proofs::inductive::faults::{FAULTS, counterexamples};
use worldport_proofs::inductive::induction::System;
use worldport_proofs::inductive::rules::RULES;
use worldport_proofs::inductive::smt;
use worldport_proofs::machine::{Next, Shape, by_name};

/// What explores allocates all the time.
#[global_allocator]
static ALLOCATOR: worldport_proofs::Allocator = worldport_proofs::Allocator;

#[test]
fn every_rule_keeps_every_conjunct_for_any_size() {
    let system = System::new();
    let verdict = system.decide();
    for found in &verdict.counterexamples {
        println!("{:?} breaks {}\n{}", found.rule, found.conjunct, found.text);
    }
    assert!(verdict.counterexamples.is_empty(), "{} fail", verdict.counterexamples.len());
    assert!(verdict.impossible.is_empty(), "no state allows {:?}", verdict.impossible);
    let of_state = system.conjuncts.iter().filter(|it| !it.conjunct.of_step).count();
    let expected = RULES.len() * system.conjuncts.len() + of_state;
    assert_eq!(verdict.obligations, expected);
    println!("{expected} obligations hold for any size");
}

#[test]
fn the_rows_that_are_proved_are_rows_of_the_table() {
    let system = System::new();
    let purposes = system.conjuncts.iter().map(|it| it.conjunct.purpose);
    let rows: BTreeSet<&str> = purposes
        .filter_map(|it| match it {
            Purpose::Row(row) => Some(row),
            Purpose::Auxiliary(_) => None,
        })
        .collect();
    assert_eq!(rows, BTreeSet::from(["S1", "S2", "S3", "S4", "S5", "S7"]));
    assert!(rows.iter().all(|row| by_id(row).is_some()));
    let names: BTreeSet<&str> = system.conjuncts.iter().map(|it| it.conjunct.name).collect();
    assert_eq!(names.len(), system.conjuncts.len(), "two conjuncts of one name");
}

#[test]
fn every_faulty_rule_is_caught_by_a_conjunct_that_it_breaks() {
    let system = System::new();
    let mut caught = BTreeSet::new();
    for fault in FAULTS {
        let found = counterexamples(&system, fault);
        let broken: Vec<&str> = found.iter().map(|it| it.conjunct).collect();
        let hit = found.iter().find(|it| fault.breaks.contains(&it.conjunct));
        let hit = hit.unwrap_or_else(|| panic!("{}: {} breaks {broken:?}", fault.rule, fault.name));
        println!("{}: {}: breaks {}\n{}", fault.rule, fault.name, hit.conjunct, hit.text);
        assert!(hit.text.contains(fault.rule) && hit.text.contains("violated"));
        assert!(found.iter().all(|it| it.genuine), "grounder and evaluator disagree");
        caught.extend(broken);
    }
    for conjunct in system.conjuncts.iter().map(|it| it.conjunct) {
        let of_row = matches!(conjunct.purpose, Purpose::Row(_));
        assert!(!of_row || caught.contains(conjunct.name), "no fault breaks {}", conjunct.name);
    }
    let faulty: BTreeSet<&str> = FAULTS.iter().map(|it| it.rule).collect();
    let rules: BTreeSet<&str> = RULES.iter().map(|it| it.name).collect();
    assert_eq!(faulty, rules, "a rule has no fault");
    let known: BTreeSet<&str> = system.conjuncts.iter().map(|it| it.conjunct.name).collect();
    assert!(FAULTS.iter().flat_map(|it| it.breaks).all(|it| known.contains(it)));
}

#[test]
fn every_obligation_is_in_the_text_for_another_solver() {
    let system = System::new();
    for rule in &system.rules {
        let text = smt::rule(&system, rule);
        assert_eq!(text.matches("(check-sat)").count(), system.conjuncts.len() + 1);
        assert_eq!(text.matches('(').count(), text.matches(')').count(), "{}", rule.rule.name);
    }
    assert!(smt::initial(&system).contains("(check-sat)"));
}

/// Explores a shape to the end: no step of it is outside the system.
fn covered(shape: &'static Shape) -> Coverage {
    let system = System::new();
    let found = cover(&system, shape, next);
    assert_eq!(found.outside, None, "{}", shape.name);
    println!("{}: {} states, {} steps, none outside", shape.name, found.states, found.steps);
    found
}

fn named(name: &str) -> &'static Shape {
    by_name(name).expect("a shape of this name")
}

/// One shape with less of something, so that it is quick.
fn smaller(shape: Shape) -> &'static Shape {
    Box::leak(Box::new(shape))
}

macro_rules! covered {
    ($($test:ident $name:literal $states:literal;)*) => {$(
        #[test]
        fn $test() {
            assert_eq!(covered(named($name)).states, $states);
        }
    )*};
}

covered! {
    every_step_of_queues_is_a_step_of_the_system "queues" 5_624;
    every_step_of_background_is_a_step_of_the_system "background" 21_287;
    every_step_of_documents_is_a_step_of_the_system "documents" 42_527;
    every_step_of_extensions_is_a_step_of_the_system "extensions" 82_490;
    every_step_of_fan_out_is_a_step_of_the_system "fan-out" 44_781;
    every_step_of_withdrawal_is_a_step_of_the_system "withdrawal" 52_340;
}

#[test]
fn every_rule_is_followed_by_some_step() {
    let shapes = [
        smaller(Shape { messages: 1, ..*named("queues") }),
        smaller(Shape { port_listeners: 1, ..*named("listeners") }),
        smaller(Shape { channels: 1, ..*named("permission") }),
        smaller(Shape { pages: 0, ..*named("background") }),
        smaller(Shape { documents: 2, messages: 0, ..*named("documents") }),
        smaller(Shape { messages: 0, ..*named("extensions") }),
    ];
    let mut by_rule: BTreeMap<&str, usize> = BTreeMap::new();
    for shape in shapes {
        for (rule, steps) in covered(shape).by_rule {
            *by_rule.entry(rule).or_default() += steps;
        }
    }
    let idle: Vec<&str> =
        RULES.iter().map(|it| it.name).filter(|it| !by_rule.contains_key(it)).collect();
    assert!(idle.is_empty(), "no step follows {idle:?}");
}

/// What a step of a broken model comes to.
type Outcome = Result<(State, Vec<Effect>), Refusal>;

#[test]
fn a_model_that_does_something_else_is_outside() {
    let system = System::new();
    let faults: [(&str, &str, Next); 5] = [
        ("never withdraws", "withdrawal", never_withdraws),
        ("closes for all", "fan-out", closes_for_all),
        ("last in, first out", "queues", last_in_first_out),
        ("loses messages", "queues", loses_messages),
        ("tells the closer", "queues", tells_the_closer),
    ];
    for (name, shape, fault) in faults {
        let outside = cover(&system, named(shape), fault).outside;
        let outside = outside.unwrap_or_else(|| panic!("{name}: nothing was outside"));
        println!("{name}: {}", outside.lines().next().unwrap_or_default());
    }
}

fn never_withdraws(rules: &Rules, state: &State, action: &Action) -> Outcome {
    next(&Rules { withdrawal: Withdrawal::Never, ..rules.clone() }, state, action)
}

fn closes_for_all(rules: &Rules, state: &State, action: &Action) -> Outcome {
    let receiver_disconnect = ReceiverDisconnect::ClosesOthersTold;
    next(&Rules { receiver_disconnect, ..rules.clone() }, state, action)
}

fn tells_the_closer(rules: &Rules, state: &State, action: &Action) -> Outcome {
    let (after, mut effects) = next(rules, state, action)?;
    if let Action::Disconnect { port, .. } = *action {
        effects.push(Effect::Disconnected { port, error: None });
    }
    Ok((after, effects))
}

fn last_in_first_out(rules: &Rules, state: &State, action: &Action) -> Outcome {
    let (mut after, effects) = next(rules, state, action)?;
    if let Action::Post { .. } = action {
        inboxes(&mut after, |inbox| {
            inbox.make_contiguous().reverse();
        });
    }
    Ok((after, effects))
}

fn loses_messages(rules: &Rules, state: &State, action: &Action) -> Outcome {
    let (mut after, effects) = next(rules, state, action)?;
    if let Action::Post { .. } = action {
        inboxes(&mut after, |inbox| {
            inbox.retain(|item| matches!(item, Item::Disconnect(_)));
        });
    }
    Ok((after, effects))
}

/// Changes the inbox of every end.
fn inboxes(state: &mut State, change: impl Fn(&mut VecDeque<Item>)) {
    for channel in state.channels.values_mut() {
        if let Opener::Held { end, .. } = &mut channel.opener {
            change(&mut end.inbox);
        }
        channel.receivers.values_mut().for_each(|end| change(&mut end.inbox));
    }
}
