//! The production router refines the model, on random sequences far beyond what can be explored; and
//! routers that are broken on purpose do not, which shows that this test can fail.
//!
//! `PROPTEST_CASES` raises the number of sequences.

use std::cell::RefCell;

use proptest::test_runner::{Config, RngAlgorithm, TestError, TestRng, TestRunner};
use proptest_state_machine::{ReferenceStateMachine, StateMachineTest, prop_state_machine};
use worldport::Router;
use worldport_model::Rules;
use worldport_proofs::graph::Graph;
use worldport_proofs::graph::coverage::Coverage;
use worldport_proofs::machine::by_name;
use worldport_proofs::refinement::faults::{
    CallsRemovedListeners, DeliversAfterDisconnect, Fault, Faulty, ForgetsDeadPorts, SkipsTheGate,
    TellsTheCloser,
};
use worldport_proofs::refinement::random::{
    Chromium, Firefox, Pair, Reference, Standard, Transition,
};

/// What explores allocates all the time.
#[global_allocator]
static ALLOCATOR: worldport_proofs::Allocator = worldport_proofs::Allocator;

const SEQUENCES: u32 = 2_000;
const LENGTH: usize = 100;
/// A sequence that a person can read; what shrinking leaves is mostly shorter.
const READABLE: usize = 20;

fn config() -> Config {
    let asked = std::env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok());
    let cases = asked.unwrap_or(SEQUENCES);
    Config { cases, max_shrink_iters: 20_000, failure_persistence: None, ..Config::default() }
}

type Production = Pair<Router<u32>>;
type LikeChromium = Pair<Router<u32>, Chromium>;
type LikeFirefox = Pair<Router<u32>, Firefox>;

prop_state_machine! {
    #![proptest_config(config())]

    #[test]
    fn router_refines_the_model_of_chromium(sequential 1..LENGTH + 1 => LikeChromium);

    #[test]
    fn router_refines_the_model_of_firefox(sequential 1..LENGTH + 1 => LikeFirefox);
}

/// What the sequences reach of a machine that is known whole is printed beside the result: "passed" says
/// nothing of the rest.
#[test]
fn router_refines_the_model() {
    let shape = by_name("queues").expect("a shape of this name");
    let seen_of = RefCell::new(Coverage::new(Graph::of(shape, &Rules::STANDARD)));
    let mut runner = TestRunner::new(config());
    let sequences = Reference::<Standard>::sequential_strategy(1..LENGTH + 1);
    let found = runner.run(&sequences, |(initial, transitions, seen)| {
        let mut at = initial.clone();
        for transition in &transitions {
            if let Transition::Act(action) = transition {
                seen_of.borrow_mut().see(&at, action);
            }
            at = Reference::<Standard>::apply(at, transition);
        }
        let _ = seen_of.borrow_mut().see_state(&at);
        Production::test_sequential(config(), initial, transitions, seen);
        Ok(())
    });
    if let Err(error) = found {
        panic!("{error}");
    }
    let (states, steps) = (seen_of.borrow().states(), seen_of.borrow().steps());
    println!(
        "{} sequences pass; of the machine `{}` they reach {} of {} states ({:.1} %) and {} of {} \
         steps ({:.1} %)",
        config().cases,
        shape.name,
        states.seen,
        states.all,
        states.percent(),
        steps.seen,
        steps.all,
        steps.percent(),
    );
    // The book says that they reach little of it, and something.
    let is_little = steps.percent() < 5.0 || config().cases > SEQUENCES;
    assert!(steps.seen > 0 && is_little, "the book says otherwise: {steps:?}");
}

/// The shortest sequence found on which a broken router parts from the model.
fn caught<F: Fault + std::fmt::Debug + 'static>() -> Vec<Transition> {
    let rng = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    let config = Config { cases: SEQUENCES, ..config() };
    let mut runner = TestRunner::new_with_rng(config.clone(), rng);
    let sequences = Reference::<Standard>::sequential_strategy(1..LENGTH + 1);
    let found = runner.run(&sequences, |(initial, transitions, seen)| {
        Pair::<Faulty<F>>::test_sequential(config.clone(), initial, transitions, seen);
        Ok(())
    });
    match found {
        Err(TestError::Fail(reason, (_, transitions, _))) => {
            let reason = reason.to_string();
            println!("{} transitions: {reason}", transitions.len());
            assert!(reason.contains("router and model part"), "caught for another reason");
            assert!(!reason.contains("both break"), "the model is at fault, not the router");
            transitions
        }
        Err(TestError::Abort(reason)) => panic!("gave up: {reason}"),
        Ok(()) => panic!("a broken router passed {SEQUENCES} sequences"),
    }
}

#[test]
fn a_router_that_skips_the_gate_is_caught() {
    assert!(caught::<SkipsTheGate>().len() <= READABLE);
}

#[test]
fn a_router_that_delivers_after_disconnect_is_caught() {
    assert!(caught::<DeliversAfterDisconnect>().len() <= READABLE);
}

#[test]
fn a_router_that_tells_the_closer_is_caught() {
    assert!(caught::<TellsTheCloser>().len() <= READABLE);
}

#[test]
fn a_router_that_forgets_dead_ports_is_caught() {
    assert!(caught::<ForgetsDeadPorts>().len() <= READABLE);
}

#[test]
fn a_router_that_calls_removed_listeners_is_caught() {
    assert!(caught::<CallsRemovedListeners>().len() <= READABLE);
}
