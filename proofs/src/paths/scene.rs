//! What does not change along a path: scenario, trace, rules, and numbers for names.

use std::cell::RefCell;
use std::collections::HashMap;

use worldport_model::{ListenerId, Message, Rules, WorldId};

use super::payload::Payload;
use super::script::{Script, Text};
use super::seen::Trace;
use super::show::Miss;

/// How freely paths are sought. The first way that explains a recording is reported.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize,
)]
#[serde(rename_all = "kebab-case")]
pub enum Search {
    /// Tasks of scripts run without a step of another context between, and every step settles before the
    /// next begins.
    Settled,
    /// Steps of other contexts come between the calls of a task.
    Interleaved,
    /// In addition, what is in flight at the end of a step may arrive in a later one.
    Late,
}

/// What does not change along a path.
#[derive(Debug)]
pub struct Scene<'a> {
    /// The scenario.
    pub(super) script: &'a Script,
    /// What was recorded.
    pub(super) trace: &'a Trace,
    /// The rules that a path follows.
    pub(super) rules: &'a Rules,
    /// How freely it is sought.
    pub(super) search: Search,
    pub(super) names: RefCell<Names>,
    pub(super) furthest: RefCell<Option<Miss>>,
}

/// Numbers for names: listeners of agents, payloads, worlds.
#[derive(Debug, Default)]
pub(super) struct Names {
    listeners: Vec<(Text, Text)>,
    listener_ids: HashMap<(Text, Text), u32>,
    payloads: Vec<Payload>,
    payload_ids: HashMap<String, u32>,
    worlds: Vec<Text>,
}

impl<'a> Scene<'a> {
    /// A scene for one recording.
    #[must_use]
    pub fn new(script: &'a Script, trace: &'a Trace, rules: &'a Rules, search: Search) -> Self {
        let (names, furthest) = (RefCell::default(), RefCell::default());
        Self { script, trace, rules, search, names, furthest }
    }

    /// Each agent has its own function of a name, though two agents may share a world.
    pub(super) fn listener(&self, agent: &Text, function: &Text) -> ListenerId {
        let names = &mut *self.names.borrow_mut();
        let key = (agent.clone(), function.clone());
        let count = names.listeners.len() as u32;
        let id = *names.listener_ids.entry(key.clone()).or_insert(count);
        if id == count {
            names.listeners.push(key);
        }
        ListenerId(id)
    }

    pub(super) fn function(&self, listener: ListenerId) -> (Text, Text) {
        self.names.borrow().listeners[listener.0 as usize].clone()
    }

    pub(super) fn message(&self, payload: &Payload) -> Message {
        let names = &mut *self.names.borrow_mut();
        let count = names.payloads.len() as u32;
        let id = *names.payload_ids.entry(payload.key.clone()).or_insert(count);
        if id == count {
            names.payloads.push(payload.clone());
        }
        Message(id)
    }

    pub(super) fn payload(&self, message: Message) -> Payload {
        self.names.borrow().payloads[message.0 as usize].clone()
    }

    pub(super) fn world(&self, name: &str) -> WorldId {
        if name.is_empty() {
            return WorldId::Default;
        }
        let worlds = &mut self.names.borrow_mut().worlds;
        let known = worlds.iter().position(|world| &**world == name);
        let number = known.unwrap_or_else(|| {
            worlds.push(name.into());
            worlds.len() - 1
        });
        WorldId::Named(number as u32)
    }

    pub(super) fn world_name(&self, world: WorldId) -> Text {
        match world {
            WorldId::Default => Text::from(""),
            WorldId::Named(number) => self.names.borrow().worlds[number as usize].clone(),
        }
    }
}
