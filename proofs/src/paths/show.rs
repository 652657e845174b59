//! What a path lets a script notice, held to what the trace shows there.

use std::sync::Arc;

use serde_json::{Value, json};
use worldport_model::{
    Action, Completion, ContextId, DisconnectError, ErrorPlace, ListenerId, ListenerTarget,
    Message, Occurrence, Outcome, PortId, Refusal, RequestId, Rules,
};

use super::config::{Config, Hand, Origin, Task};
use super::payload::Payload;
use super::scene::Scene;
use super::script::Text;
use super::seen::{Place, Seen, SeenSender, may_close, may_refuse, same};

/// Something that a script of a path notices.
#[derive(Clone, Debug)]
pub(super) enum Deed {
    /// A connect listener is called.
    Connect { function: Text, port: Text, origin: Arc<Origin> },
    /// A disconnect listener is called.
    Disconnect { function: Text, port: Text, error: Option<DisconnectError> },
    /// What came has been counted.
    Measured { kind: &'static str, count: u64, ordered: bool },
    /// A message listener is called; with contents that are compared, unless a listener has changed them.
    Message { function: Text, port: Text, message: Message, is_changed: bool },
    /// A listener of one-time messages is called.
    Request { function: Text, message: Message, origin: Arc<Origin> },
    /// A call returns; with a truth value where that is the model's.
    Returned { op: Text, value: Option<bool> },
    /// Whether the background runs.
    Running(bool),
    /// A context has started, with messaging or without.
    Started { connects: bool },
    /// A call is refused; for no reason of the model's if none is given.
    Threw { op: Text, refusal: Option<Refusal> },
    /// An order cannot reach a context.
    Unreachable,
    /// A listener of the window is called.
    Window(Text),
}

/// Where a path leaves the trace.
#[derive(Clone, Debug)]
pub struct Miss {
    /// The step.
    pub step: usize,
    /// How many observations were explained until then.
    pub explained: usize,
    /// The context and its life.
    pub life: (Text, u32),
    /// What the path does there.
    pub does: String,
    /// What was recorded there.
    pub recorded: String,
}

impl Config {
    /// The next observation of an agent in this step, errors that are reported anyhow and ports that are
    /// not of this extension's channels left aside.
    pub(super) fn expected<'a>(&mut self, scene: &Scene<'a>, name: &Text) -> Option<&'a Seen> {
        let (life, ..) = self.agents.get(name).map(|agent| (agent.life, ()))?;
        let trace: &'a super::seen::Trace = scene.trace;
        let key = (name.clone(), life);
        let events = trace.events.get(&key)?;
        loop {
            let cursor = self.cursors.get(&key).copied().unwrap_or(0);
            let event = events.get(cursor).filter(|event| event.step <= self.step)?;
            let agent = self.agents.get_mut(name)?;
            let is_aside = match &event.seen {
                Seen::Uncaught if agent.threw > 0 => {
                    agent.threw -= 1;
                    true
                }
                Seen::Connect { port, .. }
                | Seen::Disconnect { port, .. }
                | Seen::Message { port, .. } => agent.foreign.contains(port),
                _ => false,
            };
            if !is_aside {
                return (event.step == self.step).then_some(&event.seen);
            }
            self.cursors.insert(key.clone(), cursor + 1);
            self.trail.explained += 1;
        }
    }

    pub(super) fn consume(&mut self, name: &Text) {
        let Some(agent) = self.agents.get(name) else { return };
        *self.cursors.entry((name.clone(), agent.life)).or_insert(0) += 1;
        self.trail.explained += 1;
    }

    /// The trace must show this next, of this agent.
    pub(super) fn show(&mut self, scene: &Scene<'_>, name: &Text, deed: &Deed) -> Result<(), Miss> {
        if self.unheard {
            return Ok(());
        }
        let expected = self.expected(scene, name);
        if expected.is_some_and(|seen| shows(scene, seen, deed)) {
            self.consume(name);
            return Ok(());
        }
        let Some(agent) = self.agents.get(name) else { return Ok(()) };
        if agent.quiet {
            return Ok(());
        }
        let recorded = expected.map(|seen| format!("{seen:?}"));
        Err(self.miss((name.clone(), agent.life), format!("{deed:?}"), recorded))
    }

    pub(super) fn miss(&self, life: (Text, u32), does: String, recorded: Option<String>) -> Miss {
        let recorded = recorded.unwrap_or_else(|| "nothing more in this step".to_owned());
        Miss { step: self.step, explained: self.trail.explained, life, does, recorded }
    }

    /// A call has returned, or the model has refused it.
    pub(super) fn outcome(
        &mut self,
        scene: &Scene<'_>,
        name: &Text,
        op: &Text,
        silent: bool,
        result: Result<Option<bool>, Refusal>,
    ) -> Result<(), Miss> {
        let op = op.clone();
        match result {
            Ok(_) if silent || matches!(&*op, "port.addListener" | "rawPort" | "sendMessage") => {
                Ok(())
            }
            Ok(value) => self.show(scene, name, &Deed::Returned { op, value }),
            Err(refusal) => self.show(scene, name, &Deed::Threw { op, refusal: Some(refusal) }),
        }
    }

    /// A listener is called: the trace shows it, and what it does is next in its context.
    pub(super) fn called(
        &mut self,
        scene: &Scene<'_>,
        context: ContextId,
        listener: ListenerId,
        occurrence: Occurrence,
    ) -> Result<(), Miss> {
        let (name, function) = scene.function(listener);
        if function.starts_with('#') {
            return self.measure(scene, context, &name, &function, occurrence);
        }
        let mut hand = Hand::default();
        let deed = match occurrence {
            Occurrence::Connect { port, .. } => {
                hand.port = Some(port);
                let origin = self.channels.get(&port.channel()).cloned();
                let Some(origin) = origin else { return Ok(()) };
                Deed::Connect { function: function.clone(), port: self.alias(&name, port), origin }
            }
            Occurrence::Disconnect { port, error } => {
                hand.port = Some(port);
                Deed::Disconnect {
                    function: function.clone(),
                    port: self.alias(&name, port),
                    error,
                }
            }
            Occurrence::Message { port, message } => {
                hand.port = Some(port);
                let is_changed = self.agents.get(&name).is_some_and(|agent| agent.mutated);
                let port = self.alias(&name, port);
                Deed::Message { function: function.clone(), port, message, is_changed }
            }
            Occurrence::Request { request, message, .. } => {
                let origin = self.requests.get(&request).cloned();
                let Some(origin) = origin else { return Ok(()) };
                hand.request = Some((request, origin.serial));
                Deed::Request { function: function.clone(), message, origin }
            }
        };
        self.show(scene, &name, &deed)?;
        let script = scene.script;
        let default = match function.starts_with('L') {
            true => script.default_connect,
            false => script.default_other,
        };
        let body = script.functions.get(&function).copied().unwrap_or(default);
        self.tasks.push(Task { hand, is_listener: true, ..Task::new(name, body) });
        Ok(())
    }

    /// The name that an agent gives a port that an event hands to it.
    fn alias(&mut self, name: &Text, port: PortId) -> Text {
        let channel = self.channels.get(&port.channel()).map(|origin| origin.name.clone());
        let Some(agent) = self.agents.get_mut(name) else { return Text::from("") };
        if let Some(alias) = agent.aliases.get(&port) {
            return alias.clone();
        }
        let channel = channel.unwrap_or_else(|| Text::from(""));
        let count = agent.names.entry(channel.clone()).or_insert(0);
        *count += 1;
        let base = if channel.is_empty() { "(empty)" } else { &*channel };
        let alias = if *count > 1 { format!("{base}~{count}") } else { base.to_owned() };
        let alias = Text::from(alias);
        agent.name_port(alias.clone(), port);
        alias
    }

    /// A measuring listener of the agent's: it reports no call, only what it has counted.
    fn measure(
        &mut self,
        scene: &Scene<'_>,
        context: ContextId,
        name: &Text,
        function: &Text,
        occurrence: Occurrence,
    ) -> Result<(), Miss> {
        let Occurrence::Message { port, message } = occurrence else { return Ok(()) };
        let (kind, count) = function.split_once(':').unwrap_or((&**function, ""));
        let count: u32 = count.parse().unwrap_or(0);
        let Some(agent) = self.agents.get_mut(name) else { return Ok(()) };
        let number = agent.counted.0;
        let is_next = scene.payload(message) == Payload::numbered(number);
        let mut report = None;
        let mut then = None;
        match kind {
            "#count" => {
                agent.counted = (number + 1, agent.counted.1 && is_next);
                report = (number + 1 == count).then_some(("flood-received", agent.counted.1));
            }
            "#ping" => {
                agent.counted.0 += 1;
                if number + 1 < count {
                    let message = scene.message(&Payload::numbered(number + 1));
                    then = Some(Action::Post { context, port, message });
                } else {
                    report = Some(("pingpong-done", true));
                    let listener = scene.listener(name, function);
                    let target = ListenerTarget::OnMessage(port);
                    then = Some(Action::RemoveListener { context, target, listener });
                }
            }
            _ => then = Some(Action::Post { context, port, message }),
        }
        if let Some((kind, ordered)) = report {
            let deed = Deed::Measured { kind, count: count.into(), ordered };
            self.show(scene, name, &deed)?;
        }
        if let Some(action) = then {
            let _ = self.act(scene, action)?;
        }
        let _ = self.act(scene, Action::Next { context, completion: Completion::Returned })?;
        Ok(())
    }

    /// The promise of a one-time message settles, or its callback is called.
    pub(super) fn settle(
        &mut self,
        scene: &Scene<'_>,
        request: RequestId,
        outcome: Outcome,
    ) -> Result<(), Miss> {
        let Some((life, number)) = self.requests.get(&request).and_then(|it| it.call.clone())
        else {
            return Ok(());
        };
        if self.unheard {
            return Ok(());
        }
        let key = (life, number);
        let recorded = scene.trace.settlements.get(&key).filter(|it| it.step == self.step);
        let agrees = recorded.is_some_and(|recorded| settles(scene, &recorded.outcome, outcome));
        if !agrees {
            let recorded = recorded.map(|it| format!("{:?}", it.outcome));
            let does = format!("its one-time message settles: {outcome:?}");
            return Err(self.miss(key.0, does, recorded));
        }
        self.settled.insert(key);
        self.trail.explained += 1;
        Ok(())
    }
}

/// A reply whose contents are the host's may also fail on its way; and the promise of a sender whose
/// receiver is gone is rejected in one browser and resolved with nothing in the other.
fn settles(scene: &Scene<'_>, recorded: &Result<Value, String>, outcome: Outcome) -> bool {
    let is_undefined = |value: &Value| same(value, &json!({ "$undefined": true }));
    match (outcome, recorded) {
        (Outcome::Reply(message), Ok(value)) => {
            scene.payload(message).shown.is_none_or(|shown| same(&shown, value))
        }
        (Outcome::Reply(message), Err(_)) => scene.payload(message).shown.is_none(),
        (Outcome::Undefined | Outcome::Unanswered, Ok(value)) => is_undefined(value),
        // A callback is called with nothing, whatever the reason.
        (Outcome::Undefined, Err(error)) => error.is_empty(),
        (Outcome::NoReceiver, Err(error)) => {
            error.is_empty() || may_close(error, DisconnectError::NoReceiver)
        }
        (Outcome::ListenerThrew | Outcome::Unanswered, Err(_)) => true,
        (Outcome::ListenerThrew | Outcome::NoReceiver, Ok(_)) => false,
    }
}

/// Whether an observation is of this deed.
fn shows(scene: &Scene<'_>, seen: &Seen, deed: &Deed) -> bool {
    let is_message = |message: Message, value: &Value| {
        scene.payload(message).shown.is_none_or(|shown| same(&shown, value))
    };
    match (seen, deed) {
        (
            Seen::Connect { function, port, name, sender },
            Deed::Connect { function: f, port: p, origin },
        ) => function == f && port == p && **name == *origin.name && is_from(scene, sender, origin),
        (
            Seen::Disconnect { function, port, last_error, port_error },
            Deed::Disconnect { function: f, port: p, error },
        ) => function == f && port == p && places(scene.rules, *error, last_error, port_error),
        (
            Seen::Measured { kind, count, ordered },
            Deed::Measured { kind: k, count: c, ordered: o },
        ) => **kind == **k && count == c && ordered == o,
        (
            Seen::Message { function, port, value },
            Deed::Message { function: f, port: p, message, is_changed },
        ) => function == f && port == p && (*is_changed || is_message(*message, value)),
        (
            Seen::Request { function, value, sender },
            Deed::Request { function: f, message, origin },
        ) => function == f && is_message(*message, value) && is_from(scene, sender, origin),
        (Seen::Returned { op, value }, Deed::Returned { op: o, value: v }) => {
            op == o && v.is_none_or(|v| *value == Value::Bool(v))
        }
        (Seen::Running(seen), Deed::Running(does)) => seen == does,
        (Seen::Started { connects }, Deed::Started { connects: does }) => connects == does,
        (Seen::Threw { op, message }, Deed::Threw { op: o, refusal }) => {
            op == o && refusal.is_none_or(|refusal| may_refuse(message, refusal))
        }
        (Seen::Unreachable, Deed::Unreachable) => true,
        (Seen::Window(seen), Deed::Window(does)) => seen == does,
        _ => false,
    }
}

fn is_from(scene: &Scene<'_>, seen: &SeenSender, origin: &Origin) -> bool {
    let world = origin.world.map(|world| scene.world_name(world));
    seen.document == origin.document
        && seen.is_top.zip(origin.is_top).is_none_or(|(seen, is)| seen == is)
        && (seen.world.is_none() || seen.world == world)
}

/// Whether the places for errors show this, where the rule says that they show it.
fn places(rules: &Rules, error: Option<DisconnectError>, last: &Place, port: &Place) -> bool {
    let shows = |place: &Place| match (place, error) {
        (Place::Error(text), Some(error)) => may_close(text, error),
        (Place::Clear, None) => true,
        _ => false,
    };
    match rules.error_place {
        ErrorPlace::Both => shows(last) && shows(port),
        ErrorPlace::LastError => shows(last) && !matches!(port, Place::Error(_)),
        ErrorPlace::PortError => shows(port) && *last == Place::Clear,
    }
}

impl std::fmt::Display for Miss {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { step, explained, life: (context, life), does, recorded } = self;
        write!(
            f,
            "step {step}, {context} (life {life}), after {explained} observations: the model does {does}; \
             recorded is {recorded}"
        )
    }
}
