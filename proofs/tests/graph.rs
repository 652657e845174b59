//! Every state and every step of the bounded machines: how many there are, and that the router in each
//! state does with each action what the model does.
//!
//! `WORLDPORT_BLESS=1` rewrites the ledger instead of comparing it.

use std::collections::BTreeSet;
use std::sync::{LazyLock, Mutex, PoisonError};
use std::time::Instant;

use worldport::Router;
use worldport_model::{Action, Effect, Profile, Refusal, Rules, State, next};
use worldport_proofs::check::explore_with;
use worldport_proofs::explorer;
use worldport_proofs::graph::Graph;
use worldport_proofs::graph::ledger::{self, Row};
use worldport_proofs::machine::{Bounds, Machine, MachineState, Shape, Verb, by_name, shapes};
use worldport_proofs::refinement::edges::{Tried, every_step};
use worldport_proofs::refinement::faults::{
    CallsRemovedListeners, DeliversAfterDisconnect, Faulty, ForgetsDeadPorts, LosesAfterReuse,
    SkipsTheGate, TellsTheCloser,
};
use worldport_proofs::refinement::random::{Chromium, Firefox, Rulebook, Standard};
use worldport_proofs::refinement::tour::{Over, tour};

/// What explores allocates all the time.
#[global_allocator]
static ALLOCATOR: worldport_proofs::Allocator = worldport_proofs::Allocator;

/// Rows are written one at a time.
static LEDGER: Mutex<()> = Mutex::new(());

/// The graph of a shape, with the figures that the ledger has of it.
fn graph(name: &str, profile: Profile) -> Graph {
    let shape = by_name(name).expect("a shape of this name");
    let started = Instant::now();
    let graph = Graph::of(shape, profile.rules());
    let row = Row::of(&graph, profile, started.elapsed().as_secs());
    let _guard = LEDGER.lock().unwrap_or_else(PoisonError::into_inner);
    if std::env::var_os("WORLDPORT_BLESS").is_some_and(|value| value == "1") {
        ledger::write(row.clone()).unwrap_or_else(|why| panic!("{why}"));
    }
    let kept = ledger::row(profile, shape).unwrap_or_else(|why| panic!("{why}"));
    assert!(row.exact() == kept.exact(), "{row:?} is not {kept:?}; run `{}`", ledger::BLESS);
    graph
}

/// The router in every state, on every action: where there are not too many, on every action that the machine
/// has anywhere, and else on those that it tries there.
fn refines<R: Rulebook>(name: &str, profile: Profile) {
    let graph = graph(name, profile);
    let started = Instant::now();
    let all = graph.len() * graph.alphabet.len();
    let tried = if all < 3_000_000 { Tried::Alphabet } else { Tried::Candidates };
    let found = every_step::<Router<u32>, R>(&graph, tried);
    let tally = found.unwrap_or_else(|difference| panic!("{difference}"));
    println!(
        "{name}, {}: {} states, {} pairs of state and action, no difference, {:.1?}: {tally:?}",
        profile.name(),
        tally.states,
        tally.pairs(),
        started.elapsed(),
    );
    assert_eq!((tally.states, tally.steps), (graph.len(), graph.steps.edge_count()));
    match tried {
        Tried::Candidates => assert_eq!((tally.refused, tally.beyond), (graph.refused, 0)),
        Tried::Alphabet => assert_eq!(tally.pairs(), all),
    }
}

macro_rules! on_every_step {
    ($rules:ident) => {
        on_every_step! { $rules:
            queues "queues"
            channels "channels"
            listeners "listeners"
            fan_out "fan-out"
            receivers "receivers"
            configuration "configuration"
            withdrawal "withdrawal"
            documents "documents"
            background "background"
            permission "permission"
            extensions "extensions"
            requests "requests"
        }
    };
    ($rules:ident: $($test:ident $name:literal)*) => {
        /// The shapes in which the router goes to every state.
        pub(super) const COMPARED: &[&str] = &[$($name),*];

        $(#[test]
        fn $test() {
            refines::<$rules>($name, Profile::$rules);
        })*
    };
}

mod every_step_of_standard {
    use super::*;
    on_every_step! { Standard }
}

mod every_step_of_chromium {
    use super::*;
    on_every_step! { Chromium }
}

mod every_step_of_firefox {
    use super::*;
    on_every_step! { Firefox }
}

#[test]
fn every_default_shape_has_its_row_in_every_profile() {
    let rows = ledger::read().expect("a ledger");
    let named = rows.iter().map(|row| (row.profile.clone(), row.shape.clone()));
    let wanted = Profile::ALL.iter().flat_map(|profile| {
        shapes(Bounds::Default)
            .into_iter()
            .map(|shape| (profile.name().to_owned(), shape.name.to_owned()))
    });
    let (named, wanted): (Vec<_>, Vec<_>) = (named.collect(), wanted.collect());
    assert_eq!(named, wanted, "run `{}`", ledger::BLESS);
    let compared = [
        every_step_of_standard::COMPARED,
        every_step_of_chromium::COMPARED,
        every_step_of_firefox::COMPARED,
    ];
    let all: Vec<&str> = shapes(Bounds::Default).iter().map(|shape| shape.name).collect();
    assert_eq!(compared, [all.as_slice(); 3], "a machine that no router goes through");
}

/// The checker stops where a fault shows, and so does the graph: they agree there as well.
#[test]
fn a_faulty_model_has_another_graph_and_the_checker_says_so_too() {
    let shape = by_name("queues").expect("a shape of this name");
    let kept = ledger::row(Profile::Standard, shape).unwrap_or_else(|why| panic!("{why}"));
    let graph = Graph::with_next(shape, &Rules::STANDARD, loses_messages);
    let row = Row::of(&graph, Profile::Standard, 0);
    assert_ne!(row, kept.exact());
    let machine = Machine::with_next(shape, &Rules::STANDARD, loses_messages);
    let explored = explorer::explore(&machine, 2, &mut |_| {});
    let checked = explore_with(machine, 1, &mut |_| {});
    let figures = (checked.unique_states, checked.steps - 1, checked.depth);
    assert_eq!(figures, (row.states, row.edges, row.depth));
    let figures = (explored.states, explored.edges, explored.refused, explored.depth);
    assert_eq!(figures, (row.states, row.edges, row.refused, row.depth));
    let broken: BTreeSet<usize> = explored.broken.iter().map(|it| it.row).collect();
    assert_eq!(broken, checked.violations.iter().map(|it| it.row).collect());
}

fn loses_messages(
    rules: &Rules,
    state: &State,
    action: &Action,
) -> Result<(State, Vec<Effect>), Refusal> {
    let (mut after, effects) = next(rules, state, action)?;
    if let Action::Post { .. } = action {
        for channel in after.channels.values_mut() {
            channel.receivers.values_mut().for_each(|end| end.inbox.clear());
        }
    }
    Ok((after, effects))
}

/// What a state is packed into gives it back, and a state that the machine does not have is not found.
#[test]
fn a_packed_state_is_the_state() {
    let mut graph = graph("queues", Profile::Standard);
    let machine = Machine::new(graph.shape, graph.rules);
    for node in graph.steps.node_indices() {
        let state = graph.state(node);
        assert_eq!(graph.find(&state), Some(node));
        let path = graph.path(node);
        assert_eq!(machine.replay(&[graph.shape.setup, &path].concat()), state, "{path:?}");
    }
    let empty = MachineState { state: State::default(), ..graph.state(graph.start()) };
    assert_eq!(graph.find(&empty), None);
}

#[test]
fn broken_routers_are_caught_by_some_step() {
    let queues = graph("queues", Profile::Standard);
    let caught = [
        every_step::<Faulty<TellsTheCloser>, Standard>(&queues, Tried::Alphabet),
        every_step::<Faulty<ForgetsDeadPorts>, Standard>(&queues, Tried::Candidates),
        every_step::<Faulty<CallsRemovedListeners>, Standard>(
            &graph("listeners", Profile::Standard),
            Tried::Candidates,
        ),
        every_step::<Faulty<SkipsTheGate>, Standard>(
            &graph("withdrawal", Profile::Standard),
            Tried::Candidates,
        ),
    ];
    for found in caught {
        let difference = found.expect_err("a broken router does as the model in every state");
        assert!(difference.contains("router and model part"), "{difference}");
    }
}

#[test]
fn one_router_tours_every_step() {
    let graph = graph("queues", Profile::Standard);
    let length = tour::<Router<u32>, Standard>(&graph, Over::Steps);
    let length = length.unwrap_or_else(|difference| panic!("{difference}"));
    println!("{}: a tour of every step: {length:?}", graph.shape.name);
    assert_eq!(length.wanted, graph.steps.edge_count());
    assert!(length.taken >= length.wanted);
}

/// One message in flight, listeners on one end: small enough for every pair of steps.
static POCKET: LazyLock<Shape> = LazyLock::new(|| Shape {
    name: "pocket",
    verbs: &[Verb::Connect, Verb::Post, Verb::Disconnect, Verb::ListenMessage, Verb::ListenOpener],
    messages: 1,
    ..*by_name("queues").expect("a shape of this name")
});

#[test]
fn one_router_tours_every_pair_of_steps_of_a_small_machine() {
    let graph = Graph::of(&POCKET, &Rules::STANDARD);
    let length = tour::<Router<u32>, Standard>(&graph, Over::Pairs);
    let length = length.unwrap_or_else(|difference| panic!("{difference}"));
    println!("{} states: a tour of every pair of steps: {length:?}", graph.len());
    assert!(graph.len() > 100 && length.wanted > graph.steps.edge_count());
    assert!(length.taken >= length.wanted);
}

#[test]
fn a_broken_router_is_caught_on_the_tour() {
    let graph = Graph::of(&POCKET, &Rules::STANDARD);
    for found in [
        tour::<Faulty<DeliversAfterDisconnect>, Standard>(&graph, Over::Steps),
        tour::<Faulty<DeliversAfterDisconnect>, Standard>(&graph, Over::Pairs),
        tour::<Faulty<LosesAfterReuse>, Standard>(&graph, Over::Steps),
        tour::<Faulty<LosesAfterReuse>, Standard>(&graph, Over::Pairs),
    ] {
        let difference = found.expect_err("a broken router passes the tour");
        assert!(difference.contains("router and model part"), "{difference}");
    }
    // Both remember what no state shows, and on shortest paths there is nothing to remember: this is what
    // the tour is for.
    for found in [
        every_step::<Faulty<DeliversAfterDisconnect>, Standard>(&graph, Tried::Alphabet),
        every_step::<Faulty<LosesAfterReuse>, Standard>(&graph, Tried::Alphabet),
    ] {
        assert!(found.is_ok(), "{found:?}");
    }
}
