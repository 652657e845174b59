//! A state and an action of the model as the Promela description writes them, and their digests.
//!
//! The layout is that of `proofs/spin/worldport.pml`, in the order of its declarations. What a view leaves
//! out follows from the rest of the state, and that it does is asserted here.

use worldport_model::{
    Action, Background, Channel, ChannelId, Context, ContextId, Csp, DisconnectError, Dispatch,
    DocumentPhase, End, EventSource, Extension, Gate, Heard, Item, Kind, Link, ListenerSet,
    ListenerTarget, Loaded, Occurrence, Opener, Permission, Phase, PortId, Realm, RuntimeListeners,
    Sender, State, WorldConfig, WorldId,
};

use super::{Bound, EXTENSION};

/// The last digits of a queue, behind the messages.
const NOTICE: u32 = 6;
const NOTICE_ERROR: u32 = 7;

/// What an opener is that has let go of its port.
const RELEASED: u8 = 4;

/// 64 bits of FNV-1a.
#[derive(Clone, Copy, Debug)]
struct Digest(u64);

impl Digest {
    const EMPTY: Self = Self(0xcbf2_9ce4_8422_2325);

    fn take(self, bytes: &[u8]) -> Self {
        let taken = |sum: u64, &byte: &u8| (sum ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3);
        Self(bytes.iter().fold(self.0, taken))
    }
}

/// The digest of a state.
///
/// # Panics
///
/// If the state has something that the comparison is not about, or if something that a view leaves out does
/// not follow from the rest.
#[must_use]
pub fn of_state(bound: &Bound, state: &State) -> u64 {
    Digest::EMPTY.take(&bytes(bound, state)).0
}

/// The digest of a step, by those of the states at its ends.
///
/// # Panics
///
/// If the action is none of the comparison.
#[must_use]
pub fn of_step(before: u64, action: &Action, after: u64) -> u64 {
    let digest = Digest::EMPTY.take(&before.to_le_bytes());
    digest.take(&label(action)).take(&after.to_le_bytes()).0
}

/// The digest of a text, whatever its line ends.
#[must_use]
pub fn of_text(text: &str) -> u64 {
    let lines = text.lines();
    lines.fold(Digest::EMPTY, |digest, line| digest.take(line.as_bytes()).take(b"\n")).0
}

/// The variables of the Promela description, one after the other.
fn bytes(bound: &Bound, state: &State) -> Vec<u8> {
    assert!(state.requests.is_empty(), "there are no one-time messages");
    let mut into = Vec::new();
    let loaded = extension(state);
    into.push(match loaded.background {
        Background::Stopped => 0,
        Background::Starting(_) => 1,
        Background::Running(_) => 2,
        Background::Absent => panic!("there is a background"),
    });
    let worlds = (0..bound.worlds).map(world);
    into.extend(worlds.map(|world| loaded.configs.get(&world).map_or(0, config)));
    into.extend((0..bound.documents).map(|id| u8::from(has_document(state, id))));

    let contexts: Vec<[u8; 10]> =
        (0..bound.contexts()).map(|id| context(bound, state, ContextId(id), loaded)).collect();
    for place in 0..10 {
        into.extend(contexts.iter().map(|context| context[place]));
    }

    let channels: Vec<Option<&Channel>> =
        (0..bound.channels).map(|id| state.channels.get(&ChannelId(id))).collect();
    let heads: Vec<[u8; 6]> = channels.iter().map(|it| it.map_or([0; 6], head)).collect();
    for place in 0..6 {
        into.extend(heads.iter().map(|head| head[place]));
    }
    for channel in &channels {
        let held = channel.map_or(0, |it| queue(it.held.iter().copied().map(Item::Message)));
        into.extend(held.to_le_bytes());
    }

    let ends: Vec<(u8, Option<&End>)> =
        channels.iter().flat_map(|channel| ends(bound, *channel)).collect();
    into.extend(ends.iter().map(|(phase, _)| *phase));
    for (_, end) in &ends {
        into.extend(end.map_or(0, |end| queue(end.inbox.iter().copied())).to_le_bytes());
    }
    into.extend(ends.iter().map(|(_, end)| end.map_or(0, |end| set(&end.on_message))));
    into.extend(ends.iter().map(|(_, end)| end.map_or(0, |end| set(&end.on_disconnect))));
    into
}

fn extension(state: &State) -> &Loaded {
    let Some(Extension::Loaded(loaded)) = state.extensions.get(&EXTENSION) else {
        panic!("the extension is loaded")
    };
    assert!(state.extensions.len() == 1, "there is one extension");
    assert!(loaded.permission == Permission::Granted, "the permission is not revoked");
    loaded
}

fn config(config: &WorldConfig) -> u8 {
    assert!(config.csp == Csp::Absent, "no policy is given");
    1 + u8::from(config.messaging)
}

fn has_document(state: &State, id: u32) -> bool {
    let document = state.documents.get(&worldport_model::DocumentId(id));
    if let Some(document) = document {
        let plain = document.parent.is_none() && document.phase == DocumentPhase::Active;
        assert!(plain && document.frame.0 == id, "a document has its frame's number");
    }
    document.is_some()
}

/// Kind, document, world, gate, listeners; event, its end, its message, the listener that runs, the rest.
fn context(bound: &Bound, state: &State, id: ContextId, loaded: &Loaded) -> [u8; 10] {
    let Some(record) = state.contexts.get(&id) else { return [0; 10] };
    let Context { extension, kind, dispatch } = record;
    assert!(*extension == EXTENSION, "there is one extension");
    let [kind, document, world, gate, listeners] = match kind {
        Kind::Background(listeners) => {
            let known = [Background::Starting(id), Background::Running(id)];
            assert!(known.contains(&loaded.background), "a background is the extension's");
            [1, 0, 0, 0, connect_listeners(listeners)]
        }
        Kind::Page(listeners) => [2, 0, 0, 0, connect_listeners(listeners)],
        Kind::World { document, world, gate } => {
            let gate = match gate {
                Gate::Absent => 1,
                Gate::Granted => 2,
                Gate::Withdrawn => 3,
                Gate::CallsRefused => panic!("no gate is half open in `standard`"),
            };
            [3, small(document.0), number(*world), gate, 0]
        }
        Kind::ContentScript { .. } => panic!("there are no content scripts"),
    };
    let [event, end, message, running, rest] =
        dispatch.as_ref().map_or([0; 5], |dispatch| told(bound, state, dispatch));
    [kind, document, world, gate, listeners, event, end, message, running, rest]
}

fn connect_listeners(listeners: &RuntimeListeners) -> u8 {
    let RuntimeListeners { on_connect, on_message, on_user_script_connect, on_user_script_message } =
        listeners;
    let others = [on_connect, on_message, on_user_script_message];
    assert!(others.iter().all(|it| it.is_empty()), "listeners come and go at one event");
    set(on_user_script_connect)
}

fn told(bound: &Bound, state: &State, dispatch: &Dispatch) -> [u8; 5] {
    let Dispatch { occurrence, current, rest, heard } = dispatch;
    assert!(*heard == Heard::Silence, "only requests are answered");
    let (event, port, message) = match *occurrence {
        Occurrence::Connect { port, sender } => {
            let channel = state.channels.get(&port.channel());
            let same = channel.is_some_and(|channel| channel.sender == sender);
            assert!(same, "the sender that is shown is the channel's");
            (1, port, 0)
        }
        Occurrence::Message { port, message } => (2, port, small(message.0 + 1)),
        Occurrence::Disconnect { port, error: None } => (3, port, 0),
        Occurrence::Disconnect { port, error: Some(DisconnectError::NoReceiver) } => (4, port, 0),
        Occurrence::Disconnect { error: Some(DisconnectError::PageCached), .. } => {
            panic!("there is no cache")
        }
        Occurrence::Request { .. } => panic!("there are no one-time messages"),
    };
    let rest = rest.iter().enumerate().map(|(place, listener)| digit(listener.0 + 1, 2, place));
    let end = port.channel().0 * (bound.contexts() + 1) + u32::from(side(port));
    [event, small(end), message, small(current.0 + 1), small(rest.sum())]
}

/// That it is there; sender: context, document, world; whether accepted; whether it waits.
fn head(channel: &Channel) -> [u8; 6] {
    let Sender { context, extension, document, frame, world } = channel.sender;
    let (Some(document), Some(frame), Some(world)) = (document, frame, world) else {
        panic!("world instances open channels")
    };
    let plain = extension == EXTENSION && frame.0 == document.0;
    assert!(plain, "a document has its frame's number, and there is one extension");
    let lives = channel.opener_context().is_none_or(|opener| opener == context);
    assert!(lives, "an opener that lives is the sender");
    let waiting = channel.waiting.map_or(0, |waiting| 1 + u8::from(waiting.opener_left));
    let accepted = u8::from(channel.accepted);
    [1, small(context.0), small(document.0), number(world), accepted, waiting]
}

/// The ends of a channel with their phases: the opener's, and one for each context.
fn ends<'a>(bound: &Bound, channel: Option<&'a Channel>) -> Vec<(u8, Option<&'a End>)> {
    let opener = match channel.map(|it| &it.opener) {
        None | Some(Opener::Dead) => (0, None),
        Some(Opener::Held { end, .. }) => (phase(end), Some(end)),
        Some(Opener::Released(_)) => (RELEASED, None),
    };
    let receivers = (0..bound.contexts()).map(|context| {
        let end = channel.and_then(|it| it.receivers.get(&ContextId(context)));
        (end.map_or(0, phase), end)
    });
    [opener].into_iter().chain(receivers).collect()
}

fn phase(end: &End) -> u8 {
    assert!(end.link == Link::Live, "nobody is left untold in `standard`");
    match end.phase {
        Phase::Offered => 1,
        Phase::Open => 2,
        Phase::Closed => 3,
        Phase::Unanswered => panic!("who has disconnected is not told in `standard`"),
    }
}

/// A number in base eight, its last digit the head.
fn queue(items: impl Iterator<Item = Item>) -> u16 {
    let digits = items.enumerate().map(|(place, item)| {
        let item = match item {
            Item::Message(message) => message.0 + 1,
            Item::Disconnect(None) => NOTICE,
            Item::Disconnect(Some(DisconnectError::NoReceiver)) => NOTICE_ERROR,
            Item::Disconnect(Some(DisconnectError::PageCached)) => panic!("there is no cache"),
        };
        digit(item, 3, place)
    });
    u16::try_from(digits.sum::<u32>()).unwrap_or_else(|_| panic!("a queue fits into 16 bits"))
}

/// A number in base four, its last digit the first listener.
fn set(listeners: &ListenerSet) -> u8 {
    let digits = listeners.as_slice().iter().enumerate();
    small(digits.map(|(place, listener)| digit(listener.0 + 1, 2, place)).sum())
}

fn digit(value: u32, bits: usize, place: usize) -> u32 {
    assert!(value < 1 << bits, "a digit has its place");
    value << (bits * place)
}

/// The verb and its arguments: context, channel, side, number.
fn label(action: &Action) -> [u8; 5] {
    match *action {
        Action::StartBackground { .. } => [1, 0, 0, 0, 0],
        Action::BackgroundStarted { .. } => [2, 0, 0, 0, 0],
        Action::StopBackground { .. } => [3, 0, 0, 0, 0],
        Action::OpenPage { .. } => [4, 0, 0, 0, 0],
        Action::ClosePage { context } => [5, small(context.0), 0, 0, 0],
        Action::CreateDocument { .. } => [6, 0, 0, 0, 0],
        Action::DestroyDocument { document } => [7, small(document.0), 0, 0, 0],
        Action::ConfigureWorld { context, world, messaging, .. } => {
            let to = 1 + u8::from(messaging == Some(true));
            [8, small(context.0), number(world), to, u8::from(messaging.is_none())]
        }
        Action::ResetWorldConfiguration { context, world } => {
            [8, small(context.0), number(world), 0, 0]
        }
        Action::Inject { document, realm: Realm::UserScript(world), .. } => {
            [9, small(document.0), number(world), 0, 0]
        }
        Action::AddListener { context, target, listener } => {
            on_listener(context, target, [10, 18, 20], small(listener.0 + 1))
        }
        Action::RemoveListener { context, target, listener } => {
            on_listener(context, target, [11, 19, 21], small(listener.0 + 1))
        }
        Action::Connect { context } => [12, small(context.0), 0, 0, 0],
        Action::Dispatch { context, source: EventSource::Port(port) } => {
            on_port(13, context, port, 0)
        }
        Action::Next { context, .. } => [14, small(context.0), 0, 0, 0],
        Action::Post { context, port, message } => on_port(15, context, port, small(message.0 + 1)),
        Action::Disconnect { context, port } => on_port(16, context, port, 0),
        Action::Release { context, port } => on_port(17, context, port, 0),
        other => panic!("{other:?} is no action of the comparison"),
    }
}

fn on_listener(
    context: ContextId,
    target: ListenerTarget,
    verbs: [u8; 3],
    listener: u8,
) -> [u8; 5] {
    match target {
        ListenerTarget::Runtime(_) => [verbs[0], small(context.0), 0, 0, listener],
        ListenerTarget::OnMessage(port) => on_port(verbs[1], context, port, listener),
        ListenerTarget::OnDisconnect(port) => on_port(verbs[2], context, port, listener),
    }
}

fn on_port(verb: u8, context: ContextId, port: PortId, number: u8) -> [u8; 5] {
    [verb, small(context.0), small(port.channel().0), side(port), number]
}

/// The opener's side is 0, those of the contexts come after it.
fn side(port: PortId) -> u8 {
    match port {
        PortId::Opener(_) => 0,
        PortId::Receiver(_, context) => small(context.0 + 1),
    }
}

/// A world by its number, the default one first.
pub(super) fn world(number: u32) -> WorldId {
    number.checked_sub(1).map_or(WorldId::Default, WorldId::Named)
}

fn number(world: WorldId) -> u8 {
    match world {
        WorldId::Default => 0,
        WorldId::Named(number) => small(number + 1),
    }
}

fn small(number: u32) -> u8 {
    u8::try_from(number).unwrap_or_else(|_| panic!("{number} fits into a byte"))
}
