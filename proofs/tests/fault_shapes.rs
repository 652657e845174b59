//! The router in every state of the machines that faults are sought in, under the rules of every profile:
//! small enough to be the first thing that is run after a change of the model.

use worldport::Router;
use worldport_proofs::faults::shapes::shapes;
use worldport_proofs::graph::Graph;
use worldport_proofs::machine::Shape;
use worldport_proofs::refinement::edges::{Tried, every_step};
use worldport_proofs::refinement::random::{Chromium, Firefox, Rulebook, Standard};

/// The router in every state, on every action that is tried there.
fn refines<R: Rulebook>(shape: &'static Shape) {
    let graph = Graph::of(shape, R::MODEL);
    let found = every_step::<Router<u32>, R>(&graph, Tried::Candidates);
    let tally = found.unwrap_or_else(|difference| panic!("{}: {difference}", shape.name));
    assert_eq!((tally.states, tally.steps), (graph.len(), graph.steps.edge_count()));
}

/// One test, so that the first difference ends it; the rules that most of the model is for come first.
#[test]
fn the_router_refines_the_model_in_every_small_machine() {
    for refines in [refines::<Standard>, refines::<Chromium>, refines::<Firefox>] {
        shapes().iter().for_each(refines);
    }
}
