//! The production router refines the model, on random sequences far beyond what can be explored; and
//! routers that are broken on purpose do not, which shows that this test can fail.
//!
//! `PROPTEST_CASES` raises the number of sequences.

use proptest::test_runner::{Config, RngAlgorithm, TestError, TestRng, TestRunner};
use proptest_state_machine::{ReferenceStateMachine, StateMachineTest, prop_state_machine};
use worldport::Router;
use worldport_proofs::refinement::faults::{
    CallsRemovedListeners, DeliversAfterDisconnect, Fault, Faulty, ForgetsDeadPorts, SkipsTheGate,
    TellsTheCloser,
};
use worldport_proofs::refinement::random::{
    Chromium, Firefox, Pair, Reference, Standard, Transition,
};

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
    fn router_refines_the_model(sequential 1..LENGTH + 1 => Production);

    #[test]
    fn router_refines_the_model_of_chromium(sequential 1..LENGTH + 1 => LikeChromium);

    #[test]
    fn router_refines_the_model_of_firefox(sequential 1..LENGTH + 1 => LikeFirefox);
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
