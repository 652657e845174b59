//! States that differ in names alone: that one may stand for all, on every step of small machines, and what
//! that saves.

use std::sync::LazyLock;

use worldport_model::{Item, ListenerId, Profile};
use worldport_proofs::explorer::{explore, explore_forms};
use worldport_proofs::graph::Graph;
use worldport_proofs::machine::{Bounds, Machine, MachineState, Shape, Verb, by_name, shapes};
use worldport_proofs::symmetry::audit::{Audited, audit};
use worldport_proofs::symmetry::{Renaming, canonical};

/// What explores allocates all the time.
#[global_allocator]
static ALLOCATOR: worldport_proofs::Allocator = worldport_proofs::Allocator;

/// A smaller machine of each shape: its name, what it goes without, channels, messages, listeners of both
/// kinds, and pages.
type Less = (&'static str, &'static [Verb], usize, usize, (u32, u32), usize);

const SMALL: [Less; 12] = [
    ("queues", &[Verb::Destroy, Verb::ReleaseAny, Verb::ListenDisconnect], 1, 2, (0, 1), 0),
    ("channels", &[Verb::ListenMessage], 2, 1, (0, 1), 0),
    ("listeners", &[Verb::ListenDisconnect], 1, 1, (2, 2), 0),
    ("fan-out", &[Verb::ListenOpener, Verb::Post], 1, 1, (1, 1), 1),
    ("receivers", &[Verb::Post, Verb::Disconnect], 1, 1, (1, 1), 2),
    ("configuration", &[Verb::Connect, Verb::Reset], 0, 0, (0, 0), 0),
    ("withdrawal", &[Verb::ListenMessage, Verb::ListenOpener, Verb::Reset], 1, 1, (0, 1), 0),
    ("documents", &[Verb::ListenMessage, Verb::ListenOpener, Verb::Post], 1, 1, (0, 1), 0),
    ("background", &[Verb::ListenMessage, Verb::Post], 1, 1, (1, 1), 1),
    ("permission", &[Verb::ListenMessage, Verb::Post], 2, 1, (1, 1), 0),
    ("extensions", &[Verb::ListenMessage, Verb::Post, Verb::Disconnect], 1, 1, (1, 1), 0),
    ("requests", &[Verb::Throw, Verb::Destroy], 0, 0, (1, 1), 1),
];

static SHAPES: LazyLock<Vec<Shape>> = LazyLock::new(|| SMALL.iter().map(small).collect());

fn small(less: &Less) -> Shape {
    let &(name, without, channels, messages, (listeners, port_listeners), pages) = less;
    let shape = *by_name(name).expect("a shape of this name");
    let verbs: Vec<Verb> =
        shape.verbs.iter().copied().filter(|verb| !without.contains(verb)).collect();
    Shape { verbs: verbs.leak(), channels, messages, listeners, port_listeners, pages, ..shape }
}

/// Audits the small machine of a shape under every profile.
fn may_stand(name: &str) {
    let shape = SHAPES.iter().find(|shape| shape.name == name).expect("a shape of this name");
    for profile in Profile::ALL {
        let graph = Graph::of(shape, profile.rules());
        let audited = audit(&graph, canonical).unwrap_or_else(|why| panic!("{why}"));
        println!("{name}, {}: {audited:?}", profile.name());
        let Audited { states, orbits, tried, exchanged } = audited;
        assert_eq!((states, tried), (graph.len(), graph.steps.edge_count() + graph.refused));
        assert!(orbits <= states && exchanged > 0, "{name}: {orbits} forms");
        // The search of forms finds as many as there are, and what they show.
        let machine = Machine::new(shape, profile.rules());
        let all = explore(&machine, 2, &mut |_| {});
        let forms = explore_forms(&machine, Some(canonical), 2, &mut |_| {});
        assert_eq!((all.states, forms.states), (states, orbits), "{name}");
        assert_eq!(all.broken, forms.broken, "{name}");
        let seen =
            |witnessed: &[u64]| -> Vec<bool> { witnessed.iter().map(|&it| it > 0).collect() };
        assert_eq!(seen(&all.witnessed), seen(&forms.witnessed), "{name}");
    }
}

macro_rules! audited {
    ($($test:ident $name:literal;)*) => {$(
        #[test]
        fn $test() {
            may_stand($name);
        }
    )*};
}

audited! {
    one_state_may_stand_for_all_in_shape_queues "queues";
    one_state_may_stand_for_all_in_shape_channels "channels";
    one_state_may_stand_for_all_in_shape_listeners "listeners";
    one_state_may_stand_for_all_in_shape_fan_out "fan-out";
    one_state_may_stand_for_all_in_shape_receivers "receivers";
    one_state_may_stand_for_all_in_shape_configuration "configuration";
    one_state_may_stand_for_all_in_shape_withdrawal "withdrawal";
    one_state_may_stand_for_all_in_shape_documents "documents";
    one_state_may_stand_for_all_in_shape_background "background";
    one_state_may_stand_for_all_in_shape_permission "permission";
    one_state_may_stand_for_all_in_shape_extensions "extensions";
    one_state_may_stand_for_all_in_shape_requests "requests";
}

#[test]
fn every_default_shape_is_audited() {
    let names: Vec<&str> = shapes(Bounds::Default).iter().map(|shape| shape.name).collect();
    assert_eq!(names, SMALL.map(|less| less.0));
}

/// Forms that say more is alike than is.
#[test]
fn a_form_that_may_not_stand_for_its_states_is_caught() {
    let caught = |name: &str, form| {
        let shape = SHAPES.iter().find(|shape| shape.name == name).expect("a shape of this name");
        let found = audit(&Graph::of(shape, Profile::Standard.rules()), form);
        let why = found.expect_err("an unsound form passes the audit");
        let heading = why.split(':').next().unwrap_or_default().to_owned();
        println!("{name}: {heading}");
        heading
    };
    assert_eq!(caught("queues", forgets_the_order_of_messages), "leads elsewhere");
    assert_eq!(caught("listeners", forgets_what_was_observed), "another name changes the form");
    assert_eq!(caught("queues", forgets_who_listens), "other actions are tried");
}

/// Takes a queue for a heap.
fn forgets_the_order_of_messages(at: &MachineState) -> (Renaming, MachineState) {
    let (renaming, mut to) = canonical(at);
    for channel in to.state.channels.values_mut() {
        let ends = channel.receivers.values_mut();
        for end in ends {
            end.inbox
                .make_contiguous()
                .sort_by_key(|item| (matches!(item, Item::Disconnect(_)), *item));
        }
    }
    for channel in to.history.channels.values_mut() {
        channel.ends.values_mut().for_each(|end| end.expected.make_contiguous().sort());
    }
    (renaming, to)
}

/// Renames what there is, and not what has been observed.
fn forgets_what_was_observed(at: &MachineState) -> (Renaming, MachineState) {
    let (renaming, to) = canonical(at);
    (renaming, MachineState { history: at.history.clone(), ..to })
}

/// Takes the listeners of openers for all the same.
fn forgets_who_listens(at: &MachineState) -> (Renaming, MachineState) {
    let (renaming, mut to) = canonical(at);
    for channel in to.state.channels.values_mut() {
        for end in channel.receivers.values_mut() {
            end.on_message = [ListenerId(0)].into_iter().collect();
        }
    }
    (renaming, to)
}

/// What it saves where it saves most.
#[test]
fn forms_cut_the_states_of_shapes_that_have_two_of_a_kind() {
    let found = PINS.map(|(name, states, _)| {
        let shape = by_name(name).expect("a shape of this name");
        let machine = Machine::new(shape, Profile::Standard.rules());
        let found = explore_forms(&machine, Some(canonical), 2, &mut |_| {});
        assert!(found.broken.is_empty() && found.states < states, "{name}");
        (name, states, found.states)
    });
    assert_eq!(found, PINS);
}

/// Shapes, their states and how many forms these have: pinned, so that a change of meaning shows.
const PINS: [(&str, usize, usize); 3] =
    [("channels", 54_677, 27_392), ("listeners", 15_945, 2_967), ("documents", 42_527, 4_030)];
