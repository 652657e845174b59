//! What each call and each effect adds to the history.

use std::collections::{BTreeMap, VecDeque};

use super::history::{
    ChannelHistory, ContextHistory, DispatchHistory, EndHistory, History, RequestHistory,
};
use crate::{
    Action, ContextId, Effect, ExtensionId, Kind, ListenerId, ListenerTarget, Message, Occurrence,
    OmittedMember, PortId, Revocation, Rules, Sender, State,
};

impl History {
    /// What a call itself says, before its effects.
    pub(super) fn observe_call(
        &mut self,
        rules: &Rules,
        before: &State,
        action: &Action,
        effects: &[Effect],
        after: &State,
    ) {
        let extension_of =
            |context: ContextId| before.contexts.get(&context).map(|it| it.extension);
        match *action {
            Action::AddListener { context, target, listener } => {
                let set = self.listeners.entry((context, target)).or_default();
                if !set.contains(&listener) {
                    set.push(listener);
                }
            }
            Action::RemoveListener { context, target, listener } => {
                self.listeners.entry((context, target)).or_default().retain(|&it| it != listener);
            }
            Action::ConfigureWorld { context, world, messaging, .. } => {
                let Some(extension) = extension_of(context) else { return };
                let configs = self.configs.entry(extension).or_default();
                let old = configs.get(&world).copied().unwrap_or(false);
                let kept = rules.omitted_member == OmittedMember::KeepsOld && old;
                configs.insert(world, messaging.unwrap_or(kept));
                self.narrow(rules, extension);
            }
            Action::ResetWorldConfiguration { context, world } => {
                let Some(extension) = extension_of(context) else { return };
                self.configs.entry(extension).or_default().remove(&world);
                self.narrow(rules, extension);
            }
            Action::RevokePermission { extension } => self.observe_revocation(rules, extension),
            Action::Disconnect { port, .. } => {
                if let Some(end) = self.end(port).filter(|end| !end.is_closed()) {
                    end.closed_here = true;
                }
            }
            Action::Post { port, message, .. } => self.observe_post(port, message, effects, after),
            Action::Next { context, .. } => self.observe_next(context, effects),
            _ => {}
        }
    }

    pub(super) fn observe_revocation(&mut self, rules: &Rules, extension: ExtensionId) {
        if rules.revocation == Revocation::Nothing {
            return;
        }
        let contexts = &self.contexts;
        self.listeners.retain(|(context, target), _| {
            let ours = contexts.get(context).is_some_and(|it| it.sender.extension == extension);
            !(ours && matches!(target, ListenerTarget::Runtime(event) if event.is_user_script()))
        });
    }

    /// A message is expected at every end on the other side that has not left, unless it is held.
    pub(super) fn observe_post(
        &mut self,
        port: PortId,
        message: Message,
        effects: &[Effect],
        after: &State,
    ) {
        let dropped = effects
            .iter()
            .any(|effect| matches!(effect, Effect::Dropped { .. } | Effect::DroppedHeld { .. }));
        let Some(channel) = self.channels.get_mut(&port.channel()) else { return };
        let holds = after.channels.get(&port.channel()).is_some_and(|it| !it.held.is_empty());
        match port {
            PortId::Opener(_) if dropped || holds => channel.held.push_back(message),
            PortId::Opener(_) => {
                for (_, end) in channel.ends.iter_mut().filter(|(id, _)| **id != port) {
                    if !end.is_closed() {
                        end.expected.push_back(message);
                    }
                }
            }
            PortId::Receiver(id, _) => {
                let opener = channel.ends.entry(PortId::Opener(id)).or_default();
                opener.expected.push_back(message);
            }
        }
    }

    /// The dispatch goes on to the listener that is called now, or is over.
    pub(super) fn observe_next(&mut self, context: ContextId, effects: &[Effect]) {
        let called = effects.iter().find_map(|effect| match effect {
            Effect::Called { listener, .. } => Some(*listener),
            _ => None,
        });
        let Some(record) = self.contexts.get_mut(&context) else { return };
        let Some(dispatch) = &mut record.dispatch else { return };
        match called {
            None => record.dispatch = None,
            Some(listener) => {
                let place = dispatch.to_come.iter().position(|&it| it == listener);
                dispatch.to_come.drain(..place.map_or(0, |place| place + 1));
            }
        }
    }

    /// Contexts that have started, with what is known of them now.
    pub(super) fn observe_entries(
        &mut self,
        rules: &Rules,
        action: &Action,
        effects: &[Effect],
        after: &State,
    ) {
        for effect in effects {
            let (Effect::ContextEntered { context } | Effect::Woke { context, .. }) = *effect
            else {
                continue;
            };
            if self.contexts.contains_key(&context) {
                continue;
            }
            let Some(record) = after.contexts.get(&context) else { continue };
            let (document, world) = match (action, &record.kind) {
                (&Action::Inject { document, .. }, &Kind::World { world, .. }) => {
                    (Some(document), Some(world))
                }
                (&Action::Inject { document, .. }, _) => (Some(document), None),
                _ => (None, None),
            };
            let frame = document.and_then(|id| after.documents.get(&id)).map(|it| it.frame);
            let extension = record.extension;
            let sender = Sender { context, extension, document, frame, world };
            let may_message = world.is_none_or(|world| self.grants(rules, extension, world));
            self.contexts.insert(context, ContextHistory { sender, may_message, dispatch: None });
        }
    }

    pub(super) fn observe_effect(&mut self, effect: &Effect, action: &Action) {
        match *effect {
            Effect::Accepted { port } => {
                if let Some(channel) = self.channels.get_mut(&port.channel()) {
                    channel.accepted = true;
                }
            }
            Effect::Called { context, listener, occurrence } => {
                if let Action::Dispatch { .. } = action {
                    self.observe_delivery(context, listener, &occurrence);
                }
            }
            Effect::ContextEnded { context } => {
                self.contexts.remove(&context);
            }
            Effect::Disconnected { port, .. } => {
                if let Some(end) = self.end(port) {
                    end.told = end.told.saturating_add(1);
                }
            }
            Effect::Dropped { port, message, .. } => {
                // A message dropped at once on its way to an opener that has ended was never expected.
                if let Some(end) = self.end(port) {
                    match end.expected.iter().position(|&it| it == message) {
                        Some(place) => drop(end.expected.remove(place)),
                        None => end.disordered = true,
                    }
                }
            }
            Effect::DroppedHeld { channel, message, .. } => {
                if let Some(channel) = self.channels.get_mut(&channel)
                    && let Some(place) = channel.held.iter().position(|&it| it == message)
                {
                    channel.held.remove(place);
                }
            }
            Effect::ExtensionLoaded { extension } => {
                self.configs.remove(&extension);
            }
            Effect::Opened { port } => self.observe_opening(port, action),
            Effect::Requested { request } => {
                let Action::SendMessage { context, .. } = *action else { return };
                let may_message = self.contexts.get(&context).is_some_and(|it| it.may_message);
                self.requests.insert(request, RequestHistory { may_message, received: false });
            }
            Effect::DocumentCreated { .. }
            | Effect::ContextEntered { .. }
            | Effect::DroppedAnswer { .. }
            | Effect::Settled { .. }
            | Effect::Uncaught { .. }
            | Effect::Woke { .. } => {}
        }
    }

    pub(super) fn observe_opening(&mut self, port: PortId, action: &Action) {
        let Action::Connect { context } = *action else { return };
        let Some(opener) = self.contexts.get(&context) else { return };
        let channel = ChannelHistory {
            sender: opener.sender,
            may_message: opener.may_message,
            accepted: false,
            held: VecDeque::new(),
            ends: BTreeMap::from([(port, EndHistory::default())]),
        };
        self.channels.insert(port.channel(), channel);
    }

    /// A dispatch has begun, by calling the first listener.
    pub(super) fn observe_delivery(
        &mut self,
        context: ContextId,
        listener: ListenerId,
        what: &Occurrence,
    ) {
        let target = self.target(what);
        let set = self.listeners.get(&(context, target)).cloned().unwrap_or_default();
        let place = set.iter().position(|&it| it == listener);
        let to_come = set[place.map_or(0, |place| place + 1)..].to_vec();
        if let Some(record) = self.contexts.get_mut(&context) {
            record.dispatch = Some(DispatchHistory { target, to_come });
        }
        match *what {
            Occurrence::Message { port, message } => {
                if let Some(end) = self.end(port) {
                    end.disordered |= end.expected.pop_front() != Some(message);
                }
            }
            Occurrence::Request { request, .. } => {
                if let Some(request) = self.requests.get_mut(&request) {
                    request.received = true;
                }
            }
            Occurrence::Connect { .. } | Occurrence::Disconnect { .. } => {}
        }
    }

    /// Receivers that are there now; what was held and is on its way is expected at each that is open to it.
    pub(super) fn observe_receivers(&mut self, after: &State) {
        self.channels.revise(|&id, channel| {
            let record = after.channels.get(&id)?;
            let lets_go = record.held.is_empty() && !channel.held.is_empty();
            let ports = record.receivers.keys().map(|&context| PortId::Receiver(id, context));
            if !lets_go && ports.clone().all(|port| channel.ends.contains_key(&port)) {
                return None;
            }
            let mut revised = channel.clone();
            let let_go = if lets_go { std::mem::take(&mut revised.held) } else { VecDeque::new() };
            ports.for_each(|port| {
                let end = revised.ends.entry(port).or_default();
                if !end.is_closed() {
                    end.expected.extend(&let_go);
                }
            });
            Some(revised)
        });
    }
}
