//! A place on a path: the model's state, what the scripts of the scenario know, and how much of the trace
//! is explained. Every change of the state is a step of the model's `next`; there is no other way.

use std::collections::{BTreeMap, BTreeSet};
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use worldport_model::{
    Action, ChannelId, ContextId, DocumentId, Effect, ExtensionId, Kind, Message, PortId, Refusal,
    RequestId, State, WorldId, next,
};

use super::coverage::Coverage;
use super::scene::Scene;
use super::script::{Body, Registered, Text};
use super::show::{Deed, Miss};

/// An agent: the script of the recorder in one context.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Agent {
    pub(super) context: ContextId,
    pub(super) life: u32,
    /// Whether its socket is closed: what it reports is not heard, or later.
    pub(super) quiet: bool,
    pub(super) ports: BTreeMap<Text, PortId>,
    pub(super) aliases: BTreeMap<PortId, Text>,
    pub(super) names: BTreeMap<Text, u32>,
    /// Ports that are not of this extension's channels.
    pub(super) foreign: BTreeSet<Text>,
    pub(super) handlers: Vec<(Text, Body)>,
    /// Errors of listeners that were not reported yet.
    pub(super) threw: u32,
    /// What its measuring listeners have counted, and whether it came in order.
    pub(super) counted: (u32, bool),
    pub(super) connects: u32,
    pub(super) callbacks: u64,
    /// Whether a listener has changed the message that is being dispatched.
    pub(super) mutated: bool,
}

/// What a script has in hand while it runs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct Hand {
    pub(super) port: Option<PortId>,
    /// The request, and which of that number it is.
    pub(super) request: Option<(RequestId, u64)>,
}

/// A task of a script.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Task {
    pub(super) agent: Text,
    pub(super) body: Body,
    pub(super) at: usize,
    /// The number of its first call, if the recorder ordered it.
    pub(super) first: Option<u64>,
    pub(super) hand: Hand,
    pub(super) is_listener: bool,
    pub(super) end: End,
    /// What runs after it, before anything else of its context.
    pub(super) micro: Vec<Body>,
}

/// How a task that calls a listener ends.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(super) enum End {
    #[default]
    Returned,
    Threw,
    WillRespond,
    /// By a promise of this, which counts as an answer.
    Promised(Message),
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Timer {
    pub(super) agent: Text,
    pub(super) ms: u64,
    pub(super) body: Body,
    pub(super) hand: Hand,
}

/// An order of the recorder that has not begun.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Order {
    pub(super) agent: Text,
    pub(super) body: Body,
    pub(super) first: u64,
}

/// Something that the browser is about to do.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Pending {
    /// A document goes; its scripts are told first.
    Depart { document: DocumentId, going: Going, told: bool },
    /// Scripts that are to run in a document.
    Load { document: DocumentId, scripts: Vec<Injection> },
    /// The extension is unloaded and loaded again.
    ReloadExtension,
    /// An extension page is loaded again.
    ReloadPage { tab: Text },
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Going {
    Close,
    Navigate { to: Text, is_new_entry: bool },
    Travel { by: isize },
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Injection {
    Content,
    World(Text),
}

/// A tab: the documents of its history, or an extension page.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Tab {
    History { entries: Vec<(Text, Option<DocumentId>)>, at: usize },
    Page,
}

/// What is known of who opened a channel, or sent a message.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Origin {
    /// The channel's name.
    pub(super) name: Text,
    pub(super) document: Option<Text>,
    pub(super) is_top: Option<bool>,
    pub(super) world: Option<WorldId>,
    /// Whose promise settles: its agent, life and number.
    pub(super) call: Option<((Text, u32), u64)>,
    pub(super) serial: u64,
}

/// A place on a path.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct Config {
    pub(super) state: State,
    /// The step of the scenario that is under way, counted from 1; 0 before the first.
    pub(super) step: usize,
    pub(super) orders: Vec<Order>,
    pub(super) tasks: Vec<Task>,
    pub(super) timers: Vec<Timer>,
    pub(super) pending: Vec<Pending>,
    pub(super) agents: BTreeMap<Text, Agent>,
    pub(super) lives: BTreeMap<Text, u32>,
    pub(super) cursors: BTreeMap<(Text, u32), usize>,
    pub(super) documents: BTreeMap<DocumentId, Text>,
    pub(super) tabs: BTreeMap<Text, Tab>,
    pub(super) registered: Vec<Registered>,
    /// Configurations of an extension that is switched off.
    pub(super) kept: Vec<(WorldId, worldport_model::WorldConfig)>,
    pub(super) channels: BTreeMap<ChannelId, Arc<Origin>>,
    pub(super) requests: BTreeMap<RequestId, Arc<Origin>>,
    pub(super) serial: u64,
    pub(super) settled: BTreeSet<((Text, u32), u64)>,
    pub(super) extension: Option<ExtensionId>,
    /// A background that was woken and has not begun to run.
    pub(super) waking: Option<ContextId>,
    /// Whether the recorder does not listen yet.
    pub(super) unheard: bool,
    pub(super) trail: Trail,
}

/// What the path has used so far; two places are equal however they were reached.
#[derive(Clone, Debug, Default)]
pub(super) struct Trail {
    pub(super) actions: usize,
    pub(super) coverage: Coverage,
    /// Observations explained so far.
    pub(super) explained: usize,
}

impl PartialEq for Trail {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for Trail {}

impl Hash for Trail {
    fn hash<H: Hasher>(&self, _: &mut H) {}
}

/// What a step of the model gave: its effects, or why it was refused.
pub(super) type Given = Result<Vec<Effect>, Refusal>;

impl Config {
    /// Takes a step of the model, and lets scripts notice what they notice of it.
    ///
    /// # Errors
    ///
    /// Where the trace shows something else.
    pub(super) fn act(&mut self, scene: &Scene<'_>, action: Action) -> Result<Given, Miss> {
        self.trail.actions += 1;
        self.trail.coverage.action(&action);
        let (state, effects) = match next(scene.rules, &self.state, &action) {
            Ok(step) => step,
            Err(refusal) => {
                self.trail.coverage.refusal(refusal);
                return Ok(Err(refusal));
            }
        };
        self.state = state;
        for &effect in &effects {
            self.trail.coverage.effect(&effect);
            self.notice(scene, effect)?;
        }
        Ok(Ok(effects))
    }

    fn notice(&mut self, scene: &Scene<'_>, effect: Effect) -> Result<(), Miss> {
        match effect {
            Effect::Called { context, listener, occurrence } => {
                self.called(scene, context, listener, occurrence)
            }
            Effect::ContextEnded { context } => {
                self.forget(context);
                Ok(())
            }
            Effect::Settled { request, outcome, .. } => self.settle(scene, request, outcome),
            Effect::Uncaught { listener, .. } => {
                let (agent, _) = scene.function(listener);
                if let Some(agent) = self.agents.get_mut(&agent) {
                    agent.threw += 1;
                }
                Ok(())
            }
            Effect::Woke { context, .. } => {
                self.waking = Some(context);
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn forget(&mut self, context: ContextId) {
        self.waking = self.waking.filter(|waking| *waking != context);
        self.agents.retain(|_, agent| agent.context != context);
        let agents = &self.agents;
        self.tasks.retain(|task| agents.contains_key(&task.agent));
        self.timers.retain(|timer| agents.contains_key(&timer.agent));
    }

    /// An agent begins in a context: it reports so, and runs what it is to run at once.
    pub(super) fn begin_agent(
        &mut self,
        scene: &Scene<'_>,
        name: &Text,
        kind: &str,
        context: ContextId,
    ) -> Result<(), Miss> {
        let life = self.lives.entry(name.clone()).or_insert(0);
        *life += 1;
        let agent = Agent {
            context,
            life: *life,
            quiet: false,
            ports: BTreeMap::new(),
            aliases: BTreeMap::new(),
            names: BTreeMap::new(),
            foreign: BTreeSet::new(),
            handlers: Vec::new(),
            threw: 0,
            counted: (0, true),
            connects: 0,
            callbacks: super::seen::CALLBACKS,
            mutated: false,
        };
        self.agents.insert(name.clone(), agent);
        let connects = self.state.gate(context) != Some(worldport_model::Gate::Absent);
        self.show(scene, name, &Deed::Started { connects })?;
        let startup = &scene.script.startup;
        let body = startup.get(name).or_else(|| startup.get(kind)).copied();
        if let Some(body) = body {
            self.tasks.push(Task::new(name.clone(), body));
        }
        Ok(())
    }

    pub(super) fn begin_background(
        &mut self,
        scene: &Scene<'_>,
        context: ContextId,
    ) -> Result<(), Miss> {
        self.begin_agent(scene, &Text::from("background"), "background", context)
    }

    /// Whether scripts of the agent run, so that an order reaches it.
    pub(super) fn is_reachable(&self, agent: &Text) -> bool {
        let context = self.agents.get(agent).map(|agent| agent.context);
        context
            .is_some_and(|it| !self.state.is_suspended(it) && self.state.contexts.contains_key(&it))
    }

    /// What the records say of an agent's context that opens or sends now.
    pub(super) fn origin(&mut self, agent: &Text, name: &Text) -> Origin {
        self.serial += 1;
        let context = self.agents.get(agent).map(|agent| agent.context);
        let kind = context.and_then(|it| self.state.contexts.get(&it)).map(|it| &it.kind);
        let mut origin = Origin {
            name: name.clone(),
            document: None,
            is_top: None,
            world: None,
            call: None,
            serial: self.serial,
        };
        match kind {
            Some(Kind::Background(_)) | None => {}
            Some(Kind::Page(_)) => origin.document = Some(agent.clone()),
            Some(Kind::ContentScript { document } | Kind::World { document, .. }) => {
                let record = self.state.documents.get(document);
                origin.document = self.documents.get(document).cloned();
                origin.is_top = record.map(|record| record.parent.is_none());
            }
        }
        if let Some(Kind::World { world, .. }) = kind {
            origin.world = Some(*world);
        }
        origin
    }
}

impl Task {
    pub(super) fn new(agent: Text, body: Body) -> Self {
        Self {
            agent,
            body,
            at: 0,
            first: None,
            hand: Hand::default(),
            is_listener: false,
            end: End::Returned,
            micro: Vec::new(),
        }
    }
}

impl Agent {
    pub(super) fn name_port(&mut self, alias: Text, port: PortId) {
        self.aliases.insert(port, alias.clone());
        self.ports.insert(alias, port);
    }
}
