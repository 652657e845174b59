//! What has been observed so far: the ghost that rules compare the state with.
//!
//! It holds no more than the rules need and forgets what can no longer matter, so that it adds as few
//! states as it can to a search.

use std::collections::{BTreeMap, VecDeque};

use crate::{
    Action, Channel, ChannelId, ContextId, Effect, ExtensionId, Inheritance, ListenerId,
    ListenerTarget, Message, Occurrence, PortId, Records, Refusal, RequestId, Rules, RuntimeEvent,
    Sender, State, WorldId,
};

/// What has been observed so far.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct History {
    /// What each extension has configured.
    pub configs: Records<ExtensionId, BTreeMap<WorldId, bool>>,
    /// The live contexts.
    pub contexts: Records<ContextId, ContextHistory>,
    /// The listeners that scripts have added, in order. Sets that are empty are not here.
    pub listeners: Records<(ContextId, ListenerTarget), Vec<ListenerId>>,
    /// The channels that some end still has.
    pub channels: Records<ChannelId, ChannelHistory>,
    /// The requests that some context still has.
    pub requests: Records<RequestId, RequestHistory>,
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
    /// Posted, and on its way to nobody yet.
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
        history.observe_call(rules, before, action, effects, after);
        history.observe_entries(rules, action, effects, after);
        for effect in effects {
            history.observe_effect(effect, action);
        }
        history.observe_receivers(after);
        history.forget(after);
        history
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

    /// Forgets what has ended. An end that goes while something is expected at it has lost it.
    fn forget(&mut self, after: &State) {
        self.channels.retain(|id, _| after.channels.contains_key(id));
        let contexts = &self.contexts;
        self.channels.revise(|id, channel| {
            // While the opener lives, its id is its own.
            let opener = after.channels.get(id).and_then(Channel::opener_context);
            let opener = opener.and_then(|context| contexts.get(&context));
            let may_message = opener.map_or(channel.may_message, |it| it.may_message);
            let gone = |port: PortId| after.end(port).is_none();
            let lost = |port: PortId, end: &EndHistory| {
                !end.expected.is_empty() && (end.is_closed() || gone(port))
            };
            let stays = may_message == channel.may_message
                && channel.ends.iter().all(
                    |(&port, end)| {
                        if lost(port, end) { end.lost } else { !gone(port) }
                    },
                );
            if stays {
                return None;
            }
            let mut revised = channel.clone();
            revised.ends.retain(|&port, end| !gone(port) || !end.expected.is_empty());
            for (&port, end) in &mut revised.ends {
                end.lost |= lost(port, end);
            }
            revised.may_message = may_message;
            Some(revised)
        });
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
        self.requests.revise(|id, &request| {
            let origin = after.requests.get(id).and_then(|it| it.origin);
            let may_message = contexts.get(&origin?)?.may_message;
            (may_message != request.may_message)
                .then_some(RequestHistory { may_message, ..request })
        });
        self.configs.retain(|id, configs| after.loaded(*id).is_some() && !configs.is_empty());
    }

    pub(super) fn end(&mut self, port: PortId) -> Option<&mut EndHistory> {
        self.channels.get_mut(&port.channel())?.ends.get_mut(&port)
    }

    /// Takes messaging from every instance whose configuration no longer grants it, as far as S1 cares.
    pub(super) fn narrow(&mut self, rules: &Rules, extension: ExtensionId) {
        let configs = self.configs.get(&extension).cloned().unwrap_or_default();
        self.contexts.revise(|_, context| {
            let world = context.sender.world.filter(|_| context.sender.extension == extension)?;
            let may_message = context.may_message && grants(rules, &configs, world);
            (may_message != context.may_message)
                .then(|| ContextHistory { may_message, ..context.clone() })
        });
    }

    pub(super) fn grants(&self, rules: &Rules, extension: ExtensionId, world: WorldId) -> bool {
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
