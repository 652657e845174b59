//! What has been observed so far: the ghost that rules compare the state with.
//!
//! It holds no more than the rules need and forgets what can no longer matter, so that it adds as few
//! states as it can to a search.

use std::collections::{BTreeMap, VecDeque};

use crate::{
    Action, Channel, ChannelId, ContextId, Effect, ExtensionId, Inheritance, Kind, ListenerId,
    ListenerTarget, Message, Occurrence, OmittedMember, PortId, Refusal, RequestId, Revocation,
    Rules, RuntimeEvent, Sender, State, WorldId,
};

/// What has been observed so far.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct History {
    /// What each extension has configured.
    pub configs: BTreeMap<ExtensionId, BTreeMap<WorldId, bool>>,
    /// The live contexts.
    pub contexts: BTreeMap<ContextId, ContextHistory>,
    /// The listeners that scripts have added, in order. Sets that are empty are not here.
    pub listeners: BTreeMap<(ContextId, ListenerTarget), Vec<ListenerId>>,
    /// The channels that some end still has.
    pub channels: BTreeMap<ChannelId, ChannelHistory>,
    /// The requests that some context still has.
    pub requests: BTreeMap<RequestId, RequestHistory>,
}

/// What has been observed of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RequestHistory {
    /// Whether its sender could message when it was last known to live.
    pub may_message: bool,
    /// Whether some context has had a listener for it.
    pub received: bool,
}

/// What has been observed of a context.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ContextHistory {
    /// What it was when it started: what `sender` must say of it.
    pub sender: Sender,
    /// Whether its configuration has granted it messaging when it started and ever since.
    pub may_message: bool,
    /// The dispatch in progress.
    pub dispatch: Option<DispatchHistory>,
}

/// What has been observed of a dispatch.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DispatchHistory {
    /// The set that is being called.
    pub target: ListenerTarget,
    /// The listeners after the one that was called last, as the set was when the dispatch began.
    pub to_come: Vec<ListenerId>,
}

/// What has been observed of a channel.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ChannelHistory {
    /// Who opened it.
    pub sender: Sender,
    /// Whether its opener could message when it was last known to live.
    pub may_message: bool,
    /// Whether any context has accepted.
    pub accepted: bool,
    /// Posted before there were receivers.
    pub held: VecDeque<Message>,
    /// The ends that exist.
    pub ends: BTreeMap<PortId, EndHistory>,
}

/// What has been observed of an end.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EndHistory {
    /// Its script has called `disconnect()` before it was told.
    pub closed_here: bool,
    /// How many times it was told of a disconnect.
    pub told: u8,
    /// Sent to it and neither delivered nor dropped yet, in order.
    pub expected: VecDeque<Message>,
    /// Something was delivered that was not expected next.
    pub disordered: bool,
    /// Something that was expected is gone without a rule that says so.
    pub lost: bool,
}

impl EndHistory {
    /// Whether its script knows that it is closed.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.closed_here || self.told > 0
    }
}

impl History {
    /// What has been observed after one more step.
    #[must_use]
    pub fn after(
        &self,
        rules: &Rules,
        before: &State,
        action: &Action,
        outcome: Result<&[Effect], Refusal>,
        after: &State,
    ) -> Self {
        let mut history = self.clone();
        let Ok(effects) = outcome else { return history };
        history.observe_call(rules, before, action, effects);
        history.observe_entries(rules, action, effects, after);
        for effect in effects {
            history.observe_effect(effect, action);
        }
        history.observe_receivers(after);
        history.forget(after);
        history
    }

    /// What a call itself says, before its effects.
    fn observe_call(&mut self, rules: &Rules, before: &State, action: &Action, effects: &[Effect]) {
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
            Action::ConfigureWorld { context, world, messaging } => {
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
            Action::Post { port, message, .. } => self.observe_post(before, port, message, effects),
            Action::Next { context, .. } => self.observe_next(context, effects),
            _ => {}
        }
    }

    fn observe_revocation(&mut self, rules: &Rules, extension: ExtensionId) {
        if rules.revocation == Revocation::Nothing {
            return;
        }
        let contexts = &self.contexts;
        self.listeners.retain(|(context, target), _| {
            let ours = contexts.get(context).is_some_and(|it| it.sender.extension == extension);
            !(ours && matches!(target, ListenerTarget::Runtime(event) if event.is_user_script()))
        });
    }

    /// A message is expected at every end on the other side that has not left.
    fn observe_post(&mut self, before: &State, port: PortId, message: Message, effects: &[Effect]) {
        let dropped = effects
            .iter()
            .any(|effect| matches!(effect, Effect::Dropped { .. } | Effect::DroppedHeld { .. }));
        let Some(channel) = self.channels.get_mut(&port.channel()) else { return };
        let waits = before.channels.get(&port.channel()).is_some_and(|it| it.waiting.is_some());
        match port {
            PortId::Opener(_) if dropped || waits => channel.held.push_back(message),
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
    fn observe_next(&mut self, context: ContextId, effects: &[Effect]) {
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
    fn observe_entries(
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

    fn observe_effect(&mut self, effect: &Effect, action: &Action) {
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

    fn observe_opening(&mut self, port: PortId, action: &Action) {
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
    fn observe_delivery(&mut self, context: ContextId, listener: ListenerId, what: &Occurrence) {
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

    /// The listener set that an occurrence must go to, by who opened or sent.
    #[must_use]
    pub fn target(&self, occurrence: &Occurrence) -> ListenerTarget {
        match *occurrence {
            Occurrence::Connect { port, .. } => {
                let opener = self.channels.get(&port.channel());
                let world = opener.and_then(|channel| channel.sender.world);
                ListenerTarget::Runtime(match world {
                    Some(_) => RuntimeEvent::OnUserScriptConnect,
                    None => RuntimeEvent::OnConnect,
                })
            }
            Occurrence::Disconnect { port, .. } => ListenerTarget::OnDisconnect(port),
            Occurrence::Message { port, .. } => ListenerTarget::OnMessage(port),
            Occurrence::Request { sender, .. } => ListenerTarget::Runtime(match sender.world {
                Some(_) => RuntimeEvent::OnUserScriptMessage,
                None => RuntimeEvent::OnMessage,
            }),
        }
    }

    /// Receivers that are there now; what was held is expected at each of them.
    fn observe_receivers(&mut self, after: &State) {
        for (id, channel) in &mut self.channels {
            let Some(record) = after.channels.get(id) else { continue };
            if record.waiting.is_some() {
                continue;
            }
            for &context in record.receivers.keys() {
                let fresh = || EndHistory { expected: channel.held.clone(), ..Default::default() };
                channel.ends.entry(PortId::Receiver(*id, context)).or_insert_with(fresh);
            }
            channel.held.clear();
        }
    }

    /// Forgets what has ended. An end that goes while something is expected at it has lost it.
    fn forget(&mut self, after: &State) {
        self.channels.retain(|id, _| after.channels.contains_key(id));
        for (id, channel) in &mut self.channels {
            channel.ends.retain(|&port, end| after.end(port).is_some() || !end.expected.is_empty());
            for (&port, end) in &mut channel.ends {
                let gone = after.end(port).is_none() || end.is_closed();
                end.lost |= gone && !end.expected.is_empty();
            }
            // While the opener lives, its id is its own.
            let opener = after.channels.get(id).and_then(Channel::opener_context);
            if let Some(opener) = opener.and_then(|context| self.contexts.get(&context)) {
                channel.may_message = opener.may_message;
            }
        }
        self.listeners.retain(|(context, target), set| {
            let there = match target {
                ListenerTarget::OnDisconnect(port) | ListenerTarget::OnMessage(port) => {
                    after.owner(*port) == Some(*context)
                }
                ListenerTarget::Runtime(_) => after.contexts.contains_key(context),
            };
            there && !set.is_empty()
        });
        self.requests.retain(|id, _| after.requests.contains_key(id));
        for (id, request) in &mut self.requests {
            let origin = after.requests.get(id).and_then(|it| it.origin);
            if let Some(origin) = origin.and_then(|context| self.contexts.get(&context)) {
                request.may_message = origin.may_message;
            }
        }
        self.configs.retain(|id, configs| after.loaded(*id).is_some() && !configs.is_empty());
    }

    fn end(&mut self, port: PortId) -> Option<&mut EndHistory> {
        self.channels.get_mut(&port.channel())?.ends.get_mut(&port)
    }

    /// Takes messaging from every instance whose configuration no longer grants it, as far as S1 cares.
    fn narrow(&mut self, rules: &Rules, extension: ExtensionId) {
        let configs = self.configs.get(&extension).cloned().unwrap_or_default();
        for context in self.contexts.values_mut().filter(|it| it.sender.extension == extension) {
            if let Some(world) = context.sender.world {
                context.may_message &= grants(rules, &configs, world);
            }
        }
    }

    fn grants(&self, rules: &Rules, extension: ExtensionId, world: WorldId) -> bool {
        self.configs.get(&extension).is_some_and(|configs| grants(rules, configs, world))
    }
}

/// Whether these configurations grant messaging to a world.
fn grants(rules: &Rules, configs: &BTreeMap<WorldId, bool>, world: WorldId) -> bool {
    match (configs.get(&world), rules.inheritance) {
        (Some(&messaging), _) => messaging,
        (None, Inheritance::Inherits) => configs.get(&WorldId::Default).copied().unwrap_or(false),
        (None, Inheritance::Off) => false,
    }
}
