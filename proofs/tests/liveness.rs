//! L1 to L3 on runs without end, in which scripts and embedder never rest: no fair run owes anything for
//! ever, and each assumption of fairness is needed for that.

use worldport_model::{Action, Effect, Profile, Refusal, Rules, State, next};
use worldport_proofs::findings::FINDINGS;
use worldport_proofs::graph::Graph;
use worldport_proofs::graph::fair::{Assumptions, Debts, Fairness};
use worldport_proofs::machine::{WAYS, by_name};

/// What explores allocates all the time.
#[global_allocator]
static ALLOCATOR: worldport_proofs::Allocator = worldport_proofs::Allocator;

const ROWS: [&str; 3] = ["L1", "L2", "L3"];

fn graph(name: &str) -> Graph {
    Graph::of(by_name(name).expect("a shape of this name"), &Rules::STANDARD)
}

/// By shape and row: states in which something is owed, and components of these in which a run can go round
/// for ever if nothing is assumed to be fair.
type Pin = (&'static str, [(usize, usize); 3]);

const PINS: [Pin; 10] = [
    ("queues", [(12, 3), (4_508, 249), (1_792, 148)]),
    ("channels", [(1_845, 6), (51_952, 6_138), (32_252, 3_154)]),
    ("listeners", [(15, 3), (6_770, 49), (6_775, 59)]),
    ("fan-out", [(210, 24), (27_752, 1_066), (19_386, 1_080)]),
    ("receivers", [(757, 72), (44_755, 6_954), (37_383, 5_970)]),
    ("withdrawal", [(380, 42), (10_173, 422), (27_208, 946)]),
    ("documents", [(496, 120), (17_012, 976), (22_560, 1_296)]),
    ("background", [(133, 17), (11_377, 887), (11_491, 978)]),
    ("permission", [(20_614, 358), (111_200, 3_458), (145_298, 4_098)]),
    ("extensions", [(1_152, 102), (27_132, 468), (37_536, 630)]),
];

fn nothing_is_owed_for_ever(name: &str) {
    let graph = graph(name);
    let debts = Debts::of(&graph);
    let mut figures = [(0, 0); 3];
    for (row, figure) in ROWS.into_iter().zip(&mut figures) {
        let found = debts.judge(row, &Assumptions::ENOUGH);
        if let Some((owed, node, among)) = found.fair {
            panic!("{name}, {row}: {owed:?} among {among} states, from {:?}", graph.path(node));
        }
        *figure = (found.states, found.cycles);
        // With nobody to be fair, what is owed in some state can stay so.
        assert!(found.states > 0 && found.cycles > 0, "{name}, {row}: nothing is ever owed");
    }
    println!("{name}: {figures:?} of {} states, none owes for ever", graph.len());
    let pin = PINS.iter().find(|pin| pin.0 == name).expect("a pinned shape");
    assert_eq!((name, figures), *pin);
}

macro_rules! on_every_run {
    ($($test:ident $name:literal;)*) => {$(
        #[test]
        fn $test() {
            nothing_is_owed_for_ever($name);
        }
    )*};
}

on_every_run! {
    nothing_is_owed_for_ever_in_queues "queues";
    nothing_is_owed_for_ever_in_channels "channels";
    nothing_is_owed_for_ever_in_listeners "listeners";
    nothing_is_owed_for_ever_in_fan_out "fan-out";
    nothing_is_owed_for_ever_in_receivers "receivers";
    nothing_is_owed_for_ever_in_withdrawal "withdrawal";
    nothing_is_owed_for_ever_in_documents "documents";
    nothing_is_owed_for_ever_in_background "background";
    nothing_is_owed_for_ever_in_permission "permission";
    nothing_is_owed_for_ever_in_extensions "extensions";
}

/// With each assumption dropped or weakened there is a run that owes something of each row for ever.
#[test]
fn each_assumption_is_needed() {
    const ENOUGH: Assumptions = Assumptions::ENOUGH;
    let weaker = [
        ("queues", Assumptions { dispatches: Fairness::None, ..ENOUGH }),
        // A context that is busy with one port again and again starves the other.
        ("channels", Assumptions { dispatches: Fairness::Weak, ..ENOUGH }),
        ("channels", Assumptions { returns: Fairness::None, ..ENOUGH }),
        ("background", Assumptions { starts: Fairness::None, ..ENOUGH }),
    ];
    for (name, assumed) in weaker {
        let graph = graph(name);
        let debts = Debts::of(&graph);
        for row in ROWS {
            let found = debts.judge(row, &assumed);
            let (owed, node, among) = found.fair.unwrap_or_else(|| panic!("{name}: {assumed:?}"));
            assert_eq!(owed.invariant(), row);
            println!("{assumed:?}: {owed:?} in {among} states, from {:?}", graph.path(node));
        }
    }
}

/// The findings about L3 that the checker has are found on these runs as well.
#[test]
fn browsers_owe_for_ever_what_the_findings_say() {
    let mut seen = 0;
    for finding in &FINDINGS {
        let way = WAYS.iter().find(|way| way.name == finding.way).expect("a known way");
        if !ROWS.contains(&way.invariant) {
            continue;
        }
        seen += 1;
        let shape = by_name(finding.shape).expect("a shape of this name");
        let graph = Graph::of(shape, finding.profile.rules());
        let found = Debts::of(&graph).judge(way.invariant, &Assumptions::ENOUGH);
        assert!(found.fair.is_some(), "{} is not found", finding.name());
        let mended = Graph::of(shape, &finding.mended);
        let found = Debts::of(&mended).judge(way.invariant, &Assumptions::ENOUGH);
        assert!(found.fair.is_none(), "{} has another cause", finding.name());
    }
    assert!(seen > 0, "there are no findings about liveness");
    let standard = FINDINGS.iter().filter(|it| it.profile == Profile::Standard).count();
    assert_eq!(standard, 0);
}

#[test]
fn a_model_that_never_calls_back_owes_everything_for_ever() {
    let shape = by_name("background").expect("a shape of this name");
    let graph = Graph::with_next(shape, &Rules::STANDARD, never_calls_back);
    let debts = Debts::of(&graph);
    assert!(debts.judge("L1", &Assumptions::ENOUGH).fair.is_some());
    let graph = Graph::with_next(shape, &Rules::STANDARD, forgets_dead_ports);
    let debts = Debts::of(&graph);
    assert!(debts.judge("L1", &Assumptions::ENOUGH).fair.is_none());
    assert!(debts.judge("L3", &Assumptions::ENOUGH).fair.is_some());
}

type Outcome = Result<(State, Vec<Effect>), Refusal>;

fn never_calls_back(rules: &Rules, state: &State, action: &Action) -> Outcome {
    match action {
        Action::Dispatch { .. } => Err(Refusal::NothingToDispatch),
        _ => next(rules, state, action),
    }
}

fn forgets_dead_ports(rules: &Rules, state: &State, action: &Action) -> Outcome {
    let (mut after, effects) = next(rules, state, action)?;
    for channel in
        after.channels.values_mut().filter(|it| it.opener == worldport_model::Opener::Dead)
    {
        channel.receivers.values_mut().for_each(|end| end.inbox.clear());
    }
    Ok((after, effects))
}
