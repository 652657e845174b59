//! One state for all that differ in names alone.
//!
//! Numbers of documents, frames, contexts, channels, requests and extensions say nothing but which is which,
//! and neither do those of the listeners of a set. [`canonical`] gives them anew, from nought and without gaps, and
//! chooses one state of all that this can make. What a `sender` says of an opener that has ended is forgotten:
//! its numbers may be another's by now, and nobody asks. Messages keep their names.
//!
//! That this keeps every verdict is not argued but [audited](audit), on every step of small machines. An earlier
//! form, which only exchanged numbers in use, did not pass: when one of two ends, the gap is elsewhere.

pub mod audit;
mod renaming;

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};

use worldport_model::invariant::ChannelHistory;
use worldport_model::{
    Background, Channel, ChannelId, Context, ContextId, Dispatch, DocumentId, DocumentPhase, End,
    Extension, ExtensionId, FrameId, Gate, Kind, ListenerId, ListenerTarget, Occurrence, Opener,
    Request, RequestId, RequestPhase, RuntimeEvent, Sender, State, WorldId,
};

use crate::machine::MachineState;
pub use renaming::{Renaming, SetOf};

/// What of a thing does not depend on names: things that differ in it are never exchanged.
type Colour = [usize; 8];

/// Stands for whoever has ended.
const GONE: u32 = u32::MAX;

/// The state that stands for all that differ from this one in names alone, and a renaming that leads to it.
#[must_use]
pub fn canonical(at: &MachineState) -> (Renaming, MachineState) {
    let forgetful = without_the_dead(at);
    let at = &forgetful;
    let state = &at.state;
    let plain = Renaming { listeners: listener_names(at), ..Renaming::default() };
    let mut renamings = vec![plain];
    let found = orders(state.extensions.iter(), ExtensionId, |_, it| extension(it));
    spread(&mut renamings, &found, |all, new| all.extensions = new);
    let found = orders(frames(state).iter(), FrameId, |_, it| *it);
    spread(&mut renamings, &found, |all, new| all.frames = new);
    let found = orders(state.documents.iter(), DocumentId, |id, _| document(state, id));
    spread(&mut renamings, &found, |all, new| all.documents = new);
    let found = orders(state.contexts.iter(), ContextId, |_, it| context(it));
    spread(&mut renamings, &found, |all, new| all.contexts = new);
    let found = orders(state.channels.iter(), ChannelId, |_, it| channel(it));
    spread(&mut renamings, &found, |all, new| all.channels = new);
    let found = orders(requests(state).iter(), RequestId, |_, it| *it);
    spread(&mut renamings, &found, |all, new| all.requests = new);

    let mut made = renamings.into_iter().map(|it| {
        let to = if it == Renaming::default() { at.clone() } else { it.machine_state(at) };
        (it, to)
    });
    let first = made.next().unwrap_or_else(|| (Renaming::default(), at.clone()));
    made.fold(
        first,
        |best, other| {
            if order(&other.1, &best.1) == Ordering::Less { other } else { best }
        },
    )
}

/// The same without the names of openers and senders that have ended.
fn without_the_dead(at: &MachineState) -> MachineState {
    let mut to = at.clone();
    let forget = |sender: Sender| Sender {
        context: ContextId(GONE),
        document: sender.document.map(|_| DocumentId(GONE)),
        frame: sender.frame.map(|_| FrameId(GONE)),
        ..sender
    };
    let opener_lives = |id: ChannelId| {
        at.state.channels.get(&id).is_none_or(|channel| channel.opener_context().is_some())
    };
    let sender_lives =
        |id: RequestId| at.state.requests.get(&id).is_some_and(|request| request.origin.is_some());
    to.state.channels.revise(|&id, channel| {
        let sender = forget(channel.sender);
        (!opener_lives(id)).then(|| Channel { sender, ..channel.clone() })
    });
    to.history.channels.revise(|&id, channel| {
        let sender = forget(channel.sender);
        (!opener_lives(id)).then(|| ChannelHistory { sender, ..channel.clone() })
    });
    to.state.requests.revise(|&id, request| {
        let sender = forget(request.sender);
        (!sender_lives(id)).then(|| Request { sender, ..request.clone() })
    });
    to.state.contexts.revise(|_, context| {
        let dispatch = context.dispatch.as_ref()?;
        let occurrence = match dispatch.occurrence {
            Occurrence::Connect { port, sender } if !opener_lives(port.channel()) => {
                Occurrence::Connect { port, sender: forget(sender) }
            }
            Occurrence::Request { request, message, sender } if !sender_lives(request) => {
                Occurrence::Request { request, message, sender: forget(sender) }
            }
            _ => return None,
        };
        let dispatch = Some(Dispatch { occurrence, ..dispatch.clone() });
        Some(Context { dispatch, ..context.clone() })
    });
    to
}

/// The requests there are, and those that are over while a listener of theirs runs.
fn requests(state: &State) -> BTreeMap<RequestId, Colour> {
    let running = state.contexts.values().filter_map(|it| match it.dispatch.as_ref()?.occurrence {
        Occurrence::Request { request, .. } => Some((request, Colour::default())),
        _ => None,
    });
    let mut requests: BTreeMap<RequestId, Colour> = running.collect();
    for (&id, request) in &state.requests {
        let phase = match request.phase {
            RequestPhase::Answered(_) => 1,
            RequestPhase::Asked => 2,
            RequestPhase::Settled => 3,
            RequestPhase::Waiting => 4,
        };
        requests.insert(id, [phase, request.receivers.len(), 0, 0, 0, 0, 0, 0]);
    }
    requests
}

fn order(one: &MachineState, other: &MachineState) -> Ordering {
    (&one.state, &one.history).cmp(&(&other.state, &other.history))
}

/// Every way to number things from nought, in the order of their colours.
fn orders<'a, K: Copy + Ord + 'a, V: 'a>(
    things: impl Iterator<Item = (&'a K, &'a V)>,
    name: fn(u32) -> K,
    colour: impl Fn(K, &V) -> Colour,
) -> Vec<Vec<(K, K)>> {
    let mut sorted: Vec<(Colour, K)> = things.map(|(&id, it)| (colour(id, it), id)).collect();
    sorted.sort_unstable();
    let mut orders: Vec<Vec<(K, K)>> = vec![Vec::new()];
    for ((colour, _), name) in sorted.iter().zip((0..).map(name)) {
        let alike: Vec<K> =
            sorted.iter().filter(|(it, _)| it == colour).map(|(_, id)| *id).collect();
        let more = orders.into_iter().flat_map(|order| {
            let free = |id: &K| !order.iter().any(|(old, _)| old == id);
            let free: Vec<K> = alike.iter().copied().filter(free).collect();
            free.into_iter().map(move |id| [order.as_slice(), &[(id, name)]].concat())
        });
        orders = more.collect();
    }
    for order in &mut orders {
        order.retain(|(old, new)| old != new);
    }
    orders
}

/// Each renaming so far with each of these ways.
fn spread<T: Clone>(renamings: &mut Vec<Renaming>, ways: &[T], with: impl Fn(&mut Renaming, T)) {
    let both = renamings.iter().flat_map(|it| {
        let with = &with;
        ways.iter().map(move |way| {
            let mut it = it.clone();
            with(&mut it, way.clone());
            it
        })
    });
    *renamings = both.collect();
}

fn extension(extension: &Extension) -> Colour {
    let kind = match extension {
        Extension::Unloaded => 0,
        Extension::Loaded(loaded) => match loaded.background {
            Background::Absent => 1,
            Background::Running(_) => 2,
            Background::Starting(_) => 3,
            Background::Stopped => 4,
        },
    };
    [kind, 0, 0, 0, 0, 0, 0, 0]
}

/// The frames that documents have, with how many.
fn frames(state: &State) -> BTreeMap<FrameId, Colour> {
    let mut frames = BTreeMap::<FrameId, Colour>::new();
    for document in state.documents.values() {
        let frame = frames.entry(document.frame).or_default();
        frame[usize::from(document.phase == DocumentPhase::Active)] += 1;
        frame[2] += usize::from(document.parent.is_some());
    }
    frames
}

fn document(state: &State, id: DocumentId) -> Colour {
    let Some(document) = state.documents.get(&id) else { return Colour::default() };
    let phase = usize::from(document.phase == DocumentPhase::Active);
    let contexts = state.contexts.values().filter(|it| it.kind.document() == Some(id)).count();
    let children = state.documents.values().filter(|it| it.parent == Some(id)).count();
    [phase, usize::from(document.parent.is_some()), contexts, children, 0, 0, 0, 0]
}

fn context(context: &Context) -> Colour {
    let (kind, of_kind) = match &context.kind {
        Kind::Background(_) => (0, 0),
        Kind::ContentScript { .. } => (1, 0),
        Kind::Page(_) => (2, 0),
        Kind::World { world, gate, .. } => {
            let world = match world {
                WorldId::Default => 0,
                WorldId::Named(name) => 1 + *name as usize,
            };
            let gates = [Gate::Absent, Gate::CallsRefused, Gate::Granted, Gate::Withdrawn];
            (3, world * gates.len() + gates.iter().position(|it| it == gate).unwrap_or(0))
        }
    };
    let count = |event: RuntimeEvent| {
        let sets = context.kind.runtime_listeners();
        sets.map_or(0, |sets| sets.set(event).as_slice().len())
    };
    let rest = context.dispatch.as_ref().map_or(0, |dispatch| 1 + dispatch.rest.len());
    [
        kind,
        of_kind,
        rest,
        count(RuntimeEvent::OnConnect),
        count(RuntimeEvent::OnMessage),
        count(RuntimeEvent::OnUserScriptConnect),
        count(RuntimeEvent::OnUserScriptMessage),
        0,
    ]
}

fn channel(channel: &Channel) -> Colour {
    let end = |end: &End| {
        let sets = [&end.on_message, &end.on_disconnect].map(|set| set.as_slice().len());
        (
            (end.phase as usize * 2 + end.link as usize) * 16 + end.inbox.len(),
            sets[0] * 16 + sets[1],
        )
    };
    let (opener, (of_opener, sets)) = match &channel.opener {
        Opener::Dead => (0, (0, 0)),
        Opener::Held { end: held, .. } => (1, end(held)),
        Opener::Released(_) => (2, (0, 0)),
    };
    let receivers = channel.receivers.values().map(|it| {
        let (state, sets) = end(it);
        // A sum does not depend on the order.
        (1 << 20) + state * 256 + sets
    });
    [
        channel.event as usize,
        usize::from(channel.accepted),
        channel.waiting.map_or(0, |it| 1 + usize::from(it.opener_left)),
        channel.held.len(),
        opener,
        of_opener,
        sets,
        receivers.sum(),
    ]
}

/// New names of the listeners of each set: those that are called now come first, then those that stand in
/// the set, in their order.
fn listener_names(at: &MachineState) -> BTreeMap<SetOf, Vec<(ListenerId, ListenerId)>> {
    let mut names = BTreeMap::new();
    for set in listener_sets(at) {
        let (context, target) = set;
        let dispatch = at.state.contexts.get(&context).and_then(|it| it.dispatch.as_ref());
        let past = at.history.contexts.get(&context).and_then(|it| it.dispatch.as_ref());
        let past = past.filter(|past| past.target == target);
        let dispatch = dispatch.filter(|_| past.is_some());
        let running = dispatch
            .into_iter()
            .flat_map(|it| std::iter::once(it.current).chain(it.rest.iter().copied()));
        let there = at.state.listeners(context, target).map(|it| it.as_slice().to_vec());
        let known = at.history.listeners.get(&set).cloned().unwrap_or_default();
        let to_come = past.into_iter().flat_map(|it| it.to_come.clone());
        let mut order: Vec<ListenerId> = Vec::new();
        for listener in running.chain(there.unwrap_or_default()).chain(known).chain(to_come) {
            if !order.contains(&listener) {
                order.push(listener);
            }
        }
        // The numbers between that nobody has come behind, so that this is a permutation.
        let most = order.iter().map(|it| it.0).max().map_or(0, |it| it + 1);
        let others = (0..most).map(ListenerId).filter(|it| !order.contains(it));
        let order: Vec<ListenerId> = order.iter().copied().chain(others).collect();
        let new = order.into_iter().zip((0..).map(ListenerId)).filter(|(old, new)| old != new);
        let new: Vec<(ListenerId, ListenerId)> = new.collect();
        if !new.is_empty() {
            names.insert(set, new);
        }
    }
    names
}

/// The listener sets that have a listener, or had one when a dispatch began.
fn listener_sets(at: &MachineState) -> BTreeSet<SetOf> {
    let mut sets: BTreeSet<SetOf> = at.history.listeners.keys().copied().collect();
    for (&context, record) in &at.history.contexts {
        sets.extend(record.dispatch.as_ref().map(|it| (context, it.target)));
    }
    for (&context, record) in &at.state.contexts {
        if let Some(listeners) = record.kind.runtime_listeners() {
            for event in [
                RuntimeEvent::OnConnect,
                RuntimeEvent::OnMessage,
                RuntimeEvent::OnUserScriptConnect,
                RuntimeEvent::OnUserScriptMessage,
            ] {
                if !listeners.set(event).is_empty() {
                    sets.insert((context, ListenerTarget::Runtime(event)));
                }
            }
        }
    }
    for (port, end) in at.state.ends() {
        let Some(context) = at.state.owner(port) else { continue };
        if !end.on_message.is_empty() {
            sets.insert((context, ListenerTarget::OnMessage(port)));
        }
        if !end.on_disconnect.is_empty() {
            sets.insert((context, ListenerTarget::OnDisconnect(port)));
        }
    }
    sets
}

/// Renamings that exchange two of a kind, or the last with a number that is free.
#[must_use]
pub fn exchanges(at: &MachineState) -> Vec<Renaming> {
    let state = &at.state;
    let mut all = Vec::new();
    let none = Renaming::default;
    let found = pairs(state.extensions.keys(), |it| ExtensionId(it.0 + 1));
    all.extend(found.into_iter().map(|it| Renaming { extensions: it, ..none() }));
    let found = pairs(frames(state).keys(), |it| FrameId(it.0 + 1));
    all.extend(found.into_iter().map(|it| Renaming { frames: it, ..none() }));
    let found = pairs(state.documents.keys(), |it| DocumentId(it.0 + 1));
    all.extend(found.into_iter().map(|it| Renaming { documents: it, ..none() }));
    let found = pairs(state.contexts.keys(), |it| ContextId(it.0 + 1));
    all.extend(found.into_iter().map(|it| Renaming { contexts: it, ..none() }));
    let found = pairs(state.channels.keys(), |it| ChannelId(it.0 + 1));
    all.extend(found.into_iter().map(|it| Renaming { channels: it, ..none() }));
    let found = pairs(requests(state).keys(), |it| RequestId(it.0 + 1));
    all.extend(found.into_iter().map(|it| Renaming { requests: it, ..none() }));
    for set in listener_sets(at) {
        let swap = vec![(ListenerId(0), ListenerId(1)), (ListenerId(1), ListenerId(0))];
        all.push(Renaming { listeners: BTreeMap::from([(set, swap)]), ..none() });
    }
    all
}

/// Each two that follow each other, exchanged; and the last with the number behind it.
fn pairs<'a, K: Copy + 'a>(
    names: impl Iterator<Item = &'a K>,
    behind: fn(K) -> K,
) -> Vec<Vec<(K, K)>> {
    let mut names: Vec<K> = names.copied().collect();
    names.extend(names.last().copied().map(behind));
    let both = |pair: &[K]| vec![(pair[0], pair[1]), (pair[1], pair[0])];
    names.windows(2).map(both).collect()
}
