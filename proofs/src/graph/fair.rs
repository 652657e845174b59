//! L1 to L3 on runs without end: whether some fair run owes something for ever.
//!
//! The table judges liveness as safety, with a rank and at rest, and so for a scheduler that is left alone.
//! Here scripts and embedder go on doing whatever they like, for ever. What is **owed** is one thing: that
//! this connect is answered, that this message arrives, that this end is told. A run that owes it for ever
//! ends in a strongly connected component of the states that owe it; standing still is a run too. Such a
//! component is a counterexample if a fair run can stay in it:
//!
//! * **weak** fairness of a class of actions: one that is possible all the time is taken in the end;
//! * **strong** fairness: one that is possible again and again is taken in the end.
//!
//! Nothing is owed to a context that is in the back/forward cache, as in the table: a run in which a
//! page goes there and comes back for ever owes it anew each time.

use std::collections::{BTreeMap, BTreeSet};

use petgraph::algo::kosaraju_scc;
use petgraph::graph::DiGraph;
use petgraph::visit::EdgeRef;
use worldport_model::{
    Action, ChannelId, ContextId, EventSource, Message, Opener, Phase, PortId, State,
};

use super::{Graph, Node};
use crate::machine::MachineState;

/// One thing that is owed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Owed {
    /// L1: the connect is answered.
    Answer(ChannelId),
    /// L2: the message arrives at the port.
    Arrival(PortId, Message),
    /// L2: the message is on its way.
    Departure(ChannelId, Message),
    /// L3: the end is told.
    Notice(PortId),
}

impl Owed {
    /// The invariant that says that it is owed.
    #[must_use]
    pub fn invariant(self) -> &'static str {
        match self {
            Self::Answer(_) => "L1",
            Self::Arrival(..) | Self::Departure(..) => "L2",
            Self::Notice(_) => "L3",
        }
    }
}

/// How fair a class of actions is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Fairness {
    /// It need never be taken.
    None,
    /// It is taken in the end if it is possible all the time.
    Weak,
    /// It is taken in the end if it is possible again and again.
    Strong,
}

/// What is assumed of the scheduler. Each context, and each source of events, is a class of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Assumptions {
    /// Of a context taking its next event from a source.
    pub dispatches: Fairness,
    /// Of the listener that runs in a context ending.
    pub returns: Fairness,
    /// Of a background that is starting having started.
    pub starts: Fairness,
}

impl Assumptions {
    /// What is enough: a context that can take an event from a source again and again does so in the end,
    /// a listener that can return does, and a background that can start does.
    pub const ENOUGH: Self =
        Self { dispatches: Fairness::Strong, returns: Fairness::Weak, starts: Fairness::Weak };
}

/// A class of actions that one assumption is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Class {
    Dispatch(ContextId, EventSource),
    Return(ContextId),
    Start(ContextId),
}

impl Class {
    fn of(action: &Action) -> Option<Self> {
        match *action {
            Action::Dispatch { context, source } => Some(Self::Dispatch(context, source)),
            Action::Next { context, .. } => Some(Self::Return(context)),
            Action::BackgroundStarted { context } => Some(Self::Start(context)),
            _ => None,
        }
    }

    fn fairness(self, assumed: &Assumptions) -> Fairness {
        match self {
            Self::Dispatch(..) => assumed.dispatches,
            Self::Return(_) => assumed.returns,
            Self::Start(_) => assumed.starts,
        }
    }
}

/// What was found of an invariant.
#[derive(Clone, Debug, Default)]
pub struct Finding {
    /// Different things owed.
    pub owed: BTreeSet<Owed>,
    /// States in which something is owed.
    pub states: usize,
    /// Components of these in which a run can go round: what fairness is needed for.
    pub cycles: usize,
    /// A state in which a fair run can go on owing, and how many there are in its component.
    pub fair: Option<(Owed, Node, usize)>,
}

/// What is owed in a state.
#[must_use]
pub fn owed(at: &MachineState) -> BTreeSet<Owed> {
    let state = &at.state;
    let mut owed = BTreeSet::new();
    for (&id, channel) in &state.channels {
        let Opener::Held { context, end } = &channel.opener else { continue };
        let answered = at.history.channels.get(&id).is_some_and(|it| it.accepted);
        if hears(state, *context) && !answered && end.phase != Phase::Closed {
            owed.insert(Owed::Answer(id));
        }
    }
    for (&id, channel) in &at.history.channels {
        owed.extend(channel.held.iter().map(|&message| Owed::Departure(id, message)));
        for (&port, end) in &channel.ends {
            if state.owner(port).is_some_and(|owner| hears(state, owner)) {
                owed.extend(end.expected.iter().map(|&message| Owed::Arrival(port, message)));
            }
        }
    }
    for (port, _) in state.ends().filter(|(_, end)| end.phase == Phase::Open) {
        let other_is_open = state.channels.get(&port.channel()).is_some_and(|channel| match port {
            PortId::Opener(_) => channel.receivers.values().any(|it| it.phase == Phase::Open),
            PortId::Receiver(..) => match &channel.opener {
                Opener::Held { end, .. } => end.phase == Phase::Open && !end.is_peer_gone(),
                Opener::Dead | Opener::Released(_) => false,
            },
        });
        if !other_is_open && state.owner(port).is_some_and(|owner| hears(state, owner)) {
            owed.insert(Owed::Notice(port));
        }
    }
    owed
}

fn hears(state: &State, context: ContextId) -> bool {
    state.contexts.contains_key(&context) && !state.is_suspended(context)
}

/// The states of a graph by what is owed in them.
#[derive(Debug)]
pub struct Debts<'a> {
    graph: &'a Graph,
    classes: Vec<Option<Class>>,
    by_debt: BTreeMap<Owed, Vec<Node>>,
}

impl<'a> Debts<'a> {
    /// Looks through a graph.
    #[must_use]
    pub fn of(graph: &'a Graph) -> Self {
        let mut by_debt: BTreeMap<Owed, Vec<Node>> = BTreeMap::new();
        for node in graph.steps.node_indices() {
            for debt in owed(&graph.state(node)) {
                by_debt.entry(debt).or_default().push(node);
            }
        }
        Self { graph, classes: graph.alphabet.iter().map(Class::of).collect(), by_debt }
    }

    /// Looks for a fair run that owes for ever what an invariant is about.
    #[must_use]
    pub fn judge(&self, invariant: &str, assumed: &Assumptions) -> Finding {
        let mut finding = Finding::default();
        let mut states = BTreeSet::new();
        for (&debt, nodes) in self.by_debt.iter().filter(|(it, _)| it.invariant() == invariant) {
            finding.owed.insert(debt);
            states.extend(nodes.iter().copied());
            let mut pending = vec![(nodes.clone(), true)];
            while let Some((region, is_whole)) = pending.pop() {
                for component in self.components(&region) {
                    if is_whole {
                        finding.cycles += usize::from(component.node_count() > 1);
                    }
                    match self.stays(&component, assumed) {
                        Stay::Fair => {
                            let first = component.node_weights().next().copied();
                            let first = first.map(|node| (debt, node, component.node_count()));
                            finding.fair = finding.fair.or(first);
                        }
                        Stay::In(rest) => pending.push((rest, false)),
                        Stay::Unfair => {}
                    }
                }
            }
        }
        finding.states = states.len();
        finding
    }

    /// The strongly connected components of some states, single states among them.
    fn components(&self, region: &[Node]) -> Vec<DiGraph<Node, u16>> {
        let places: BTreeMap<Node, usize> =
            region.iter().enumerate().map(|(place, &node)| (node, place)).collect();
        let mut part: DiGraph<Node, u16> = DiGraph::with_capacity(region.len(), region.len());
        for &node in region {
            part.add_node(node);
        }
        for (place, &node) in region.iter().enumerate() {
            for step in self.graph.from(node) {
                if let Some(&to) = places.get(&step.target()) {
                    part.add_edge(Node::new(place), Node::new(to), step.weight);
                }
            }
        }
        let mut component_of = vec![0; region.len()];
        let mut components = Vec::new();
        let mut new_place = vec![Node::new(0); region.len()];
        for (number, members) in kosaraju_scc(&part).into_iter().enumerate() {
            let mut component = DiGraph::new();
            for member in members {
                component_of[member.index()] = number;
                new_place[member.index()] = component.add_node(part[member]);
            }
            components.push(component);
        }
        for edge in part.edge_references() {
            let (from, to) = (edge.source().index(), edge.target().index());
            if component_of[from] == component_of[to] {
                let component = &mut components[component_of[from]];
                component.add_edge(new_place[from], new_place[to], *edge.weight());
            }
        }
        components
    }

    /// Whether a fair run can stay in a component.
    fn stays(&self, component: &DiGraph<Node, u16>, assumed: &Assumptions) -> Stay {
        let class = |letter: u16| self.classes[usize::from(letter)];
        let taken: BTreeSet<Class> =
            component.edge_weights().filter_map(|&letter| class(letter)).collect();
        let mut possible: BTreeMap<Class, BTreeSet<Node>> = BTreeMap::new();
        for &node in component.node_weights() {
            for step in self.graph.from(node) {
                if let Some(class) = class(step.weight).filter(|it| !taken.contains(it)) {
                    possible.entry(class).or_default().insert(node);
                }
            }
        }
        let mut left_out = BTreeSet::new();
        for (class, nodes) in possible {
            match class.fairness(assumed) {
                Fairness::None => {}
                Fairness::Weak | Fairness::Strong if nodes.len() == component.node_count() => {
                    return Stay::Unfair;
                }
                Fairness::Weak => {}
                Fairness::Strong => left_out.extend(nodes),
            }
        }
        if left_out.is_empty() {
            return Stay::Fair;
        }
        let nodes = component.node_weights().copied();
        Stay::In(nodes.filter(|node| !left_out.contains(node)).collect())
    }
}

/// Whether a fair run can stay in a component for ever.
enum Stay {
    /// It can, in all of it.
    Fair,
    /// If it can, then in these states.
    In(Vec<Node>),
    /// It cannot.
    Unfair,
}
