//! The actions of the comparison with Spin: what is tried in a state of the model.
//!
//! Every action with every argument that there can be is tried in every state, and the model refuses what
//! it refuses. Only two things are withheld: what would leave the bounds, and connecting by extension
//! contexts, which the comparison is not about.

use worldport_model::{
    Action, Channel, ChannelId, Completion, ContextId, Csp, DocumentId, End, EventSource, Item,
    Kind, ListenerId, ListenerTarget, Message, Opener, PortId, Realm, RuntimeEvent, State, WorldId,
};

use super::{Bound, EXTENSION};

/// The actions that are tried in a state.
pub fn actions(bound: &Bound, state: &State, into: &mut Vec<Action>) {
    embedder(bound, state, into);
    for context in (0..bound.contexts()).map(ContextId) {
        scripts(bound, state, context, into);
    }
    for channel in (0..bound.channels).map(ChannelId) {
        ports(bound, state, channel, into);
    }
}

/// What the browser does.
fn embedder(bound: &Bound, state: &State, into: &mut Vec<Action>) {
    let extension = EXTENSION;
    into.push(Action::StartBackground { extension });
    if bound.stops {
        into.push(Action::StopBackground { extension });
    }
    let pages = state.contexts.values().filter(|it| matches!(it.kind, Kind::Page(_)));
    if pages.count() < bound.pages as usize {
        into.push(Action::OpenPage { extension });
    }
    if state.documents.len() < bound.documents as usize {
        into.push(Action::CreateDocument { parent: None });
    }
    for document in (0..bound.documents).map(DocumentId) {
        into.push(Action::DestroyDocument { document });
        for realm in worlds(bound).map(Realm::UserScript) {
            into.push(Action::Inject { extension, document, realm });
        }
    }
}

/// What a context does, but for its ports.
fn scripts(bound: &Bound, state: &State, context: ContextId, into: &mut Vec<Action>) {
    into.push(Action::BackgroundStarted { context });
    into.push(Action::ClosePage { context });
    into.push(Action::Next { context, completion: Completion::Returned });
    for world in worlds(bound) {
        for messaging in [Some(true), Some(false), None] {
            into.push(Action::ConfigureWorld { context, world, messaging, csp: Csp::Absent });
        }
        into.push(Action::ResetWorldConfiguration { context, world });
    }
    let target = ListenerTarget::Runtime(RuntimeEvent::OnUserScriptConnect);
    listeners(context, target, bound.listeners, into);
    let is_world = state.contexts.get(&context).is_some_and(|it| !it.kind.is_extension());
    if is_world && state.channels.len() < bound.channels as usize {
        into.push(Action::Connect { context });
    }
}

/// What the contexts do with the ports of a channel. Only the owner of a port has it in its hands.
fn ports(bound: &Bound, state: &State, id: ChannelId, into: &mut Vec<Action>) {
    let receivers = (0..bound.contexts()).map(|context| PortId::Receiver(id, ContextId(context)));
    for port in [PortId::Opener(id)].into_iter().chain(receivers) {
        let (Some(context), Some(channel)) = (state.owner(port), state.channels.get(&id)) else {
            continue;
        };
        into.push(Action::Dispatch { context, source: EventSource::Port(port) });
        if has_room(bound, channel, port) {
            let messages = (0..bound.values).map(Message);
            into.extend(messages.map(|message| Action::Post { context, port, message }));
        }
        into.push(Action::Disconnect { context, port });
        into.push(Action::Release { context, port });
        listeners(context, ListenerTarget::OnMessage(port), bound.on_message, into);
        listeners(context, ListenerTarget::OnDisconnect(port), bound.on_disconnect, into);
    }
}

fn listeners(context: ContextId, target: ListenerTarget, count: u32, into: &mut Vec<Action>) {
    for listener in (0..count).map(ListenerId) {
        into.push(Action::AddListener { context, target, listener });
        into.push(Action::RemoveListener { context, target, listener });
    }
}

fn worlds(bound: &Bound) -> impl Iterator<Item = WorldId> {
    (0..bound.worlds).map(super::view::world)
}

/// Whether one message more from this port is within the bounds.
fn has_room(bound: &Bound, channel: &Channel, from: PortId) -> bool {
    let room = |end: &End| {
        let messages = end.inbox.iter().filter(|item| matches!(item, Item::Message(_)));
        messages.count() < bound.depth
    };
    match from {
        PortId::Opener(_) => {
            channel.held.len() < bound.depth && channel.receivers.values().all(room)
        }
        PortId::Receiver(..) => match &channel.opener {
            Opener::Held { end, .. } => room(end),
            Opener::Dead | Opener::Released(_) => true,
        },
    }
}
