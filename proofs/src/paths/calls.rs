//! What a script's call is in the model: no step, one, or a few.

use worldport_model::{
    Action, Completion, ContextId, ListenerTarget, PortId, Refusal, WorldIdLength,
};

use super::config::{Config, End, Pending, Task, Timer};
use super::payload::Payload;
use super::scene::Scene;
use super::script::{Call, Ending, Op, Target, Text};
use super::seen::{Seen, refusal_of};
use super::show::{Deed, Miss};

/// A further place to which a call may lead, where the scenario leaves it open.
pub(super) type Other = Option<Config>;

/// Who makes a call, and with what.
pub(super) struct Caller {
    pub(super) name: Text,
    pub(super) context: ContextId,
    pub(super) number: Option<u64>,
    pub(super) task: usize,
}

impl Config {
    /// Makes the next call of a task, or ends it.
    pub(super) fn perform(&mut self, scene: &Scene<'_>, task: usize) -> Result<Other, Miss> {
        let current = &self.tasks[task];
        let name = current.name();
        let Some(op) = scene.script.bodies[current.body].get(current.at) else {
            return self.end_task(scene, task);
        };
        let number = current.first.map(|first| first + current.at as u64);
        self.tasks[task].at += 1;
        let Some(context) = self.agents.get(&name).map(|agent| agent.context) else {
            return Ok(None);
        };
        self.call(scene, &Caller { name, context, number, task }, op)
    }

    fn call(&mut self, scene: &Scene<'_>, caller: &Caller, op: &Op) -> Result<Other, Miss> {
        let (name, context) = (&caller.name, caller.context);
        match &op.call {
            Call::AddFrame { .. }
            | Call::Assign { .. }
            | Call::NavigateFrame { .. }
            | Call::ReloadDocument
            | Call::RemoveFrame { .. } => {
                return self.document_call(scene, name, context, op).map(|()| None);
            }
            Call::Configure { world, messaging, csp, is_plain } => {
                let id = scene.world(world.as_deref().unwrap_or_default());
                let action =
                    Action::ConfigureWorld { context, world: id, messaging: *messaging, csp: *csp };
                self.configure(scene, caller, op, world.as_ref(), *is_plain, action)?;
            }
            Call::Reset { world, is_plain } => {
                let id = scene.world(world.as_deref().unwrap_or_default());
                let action = Action::ResetWorldConfiguration { context, world: id };
                self.configure(scene, caller, op, world.as_ref(), *is_plain, action)?;
            }
            Call::Connect { alias, name: channel, is_plain, listeners } => {
                return self.connect(scene, caller, op, (alias, channel), *is_plain, listeners);
            }
            Call::ConnectIntoTab { alias } => {
                for agent in self.agents.values_mut() {
                    agent.foreign.insert(alias.clone());
                }
            }
            Call::ConnectMany { count } => {
                for number in 0..*count {
                    let channel = Text::from(format!("many{number}"));
                    let origin = self.origin(name, &channel);
                    let given = self.act(scene, Action::Connect { context })?;
                    self.open(given, origin);
                }
            }
            Call::CountConnect { count } => {
                if let Some(agent) = self.agents.get_mut(name) {
                    agent.connects += 1;
                    if agent.connects == *count {
                        let count = u64::from(*count);
                        let deed =
                            Deed::Measured { kind: "connects-received", count, ordered: true };
                        self.show(scene, name, &deed)?;
                    }
                }
            }
            Call::CountMessages { port, count } => {
                self.measuring(scene, caller, port, &format!("#count:{count}"))?;
            }
            Call::Echo { port } => {
                self.measuring(scene, caller, port, "#echo:")?;
            }
            Call::PingPong { port, count } => {
                if let Some(port) =
                    self.measuring(scene, caller, port, &format!("#ping:{count}"))?
                {
                    let message = scene.message(&Payload::numbered(0));
                    let _ = self.act(scene, Action::Post { context, port, message })?;
                }
            }
            Call::PostMany { port, count, is_flood } => {
                let Some(port) = self.port(caller, port) else { return Ok(None) };
                for number in 0..*count {
                    let message = scene.message(&Payload::numbered(number));
                    let _ = self.act(scene, Action::Post { context, port, message })?;
                    self.drain(scene, port)?;
                }
                if *is_flood {
                    let count = u64::from(*count);
                    let deed = Deed::Measured { kind: "flood-sent", count, ordered: true };
                    self.show(scene, name, &deed)?;
                }
            }
            Call::Disconnect { port, is_plain } => {
                let action = |port| Action::Disconnect { context, port };
                self.on_port(scene, caller, op, port, *is_plain, action)?;
            }
            Call::Post { port, payload, is_plain } => {
                let message = scene.message(payload);
                let action = |port| Action::Post { context, port, message };
                self.on_port(scene, caller, op, port, *is_plain, action)?;
            }
            Call::Listen { change, event, function } => {
                let target = ListenerTarget::Runtime(*event);
                self.listen(scene, caller, op, *change, target, function)?;
            }
            Call::ListenPort { change, port, on, function } => {
                self.listen_port(scene, caller, op, *change, (port, *on), function)?;
            }
            Call::Later { ms, body } => {
                let task = &mut self.tasks[caller.task];
                match ms {
                    None => task.micro.push(*body),
                    Some(ms) => {
                        let hand = task.hand;
                        let (agent, body) = (name.clone(), *body);
                        self.timers.push(Timer { agent, ms: *ms, body, hand });
                    }
                }
            }
            Call::Mutate => {
                if let Some(agent) = self.agents.get_mut(name) {
                    agent.mutated = true;
                }
            }
            Call::OnWindow { kind, body } => {
                if let Some(agent) = self.agents.get_mut(name) {
                    agent.handlers.push((kind.clone(), *body));
                }
            }
            Call::Outside(_) => self.outside(scene, name, op),
            Call::Register { scripts } => self.registered.extend(scripts.iter().cloned()),
            Call::ReloadExtension => self.pending.push(Pending::ReloadExtension),
            Call::Respond { payload } => self.respond(scene, caller, op, payload)?,
            Call::Return(ending) => return Ok(self.ending(scene, caller, ending)),
            Call::Send { payload, is_plain, answer } => {
                return self.send(scene, caller, op, payload, *is_plain, *answer);
            }
            Call::Throw { only_in } => {
                if only_in.as_ref().is_none_or(|only| only == name) {
                    self.stop(scene, caller, End::Threw);
                }
            }
            Call::Unregister { ids } => {
                let goes = |id: &Text| ids.as_ref().is_none_or(|ids| ids.contains(id));
                self.registered.retain(|script| !goes(&script.id));
            }
        }
        Ok(None)
    }

    /// A call that is not the model's returns or throws as it was recorded.
    pub(super) fn outside(&mut self, scene: &Scene<'_>, name: &Text, op: &Op) {
        let is_its = |seen: &Seen| match seen {
            Seen::Returned { op: of, .. } | Seen::Threw { op: of, .. } => *of == op.name,
            _ => false,
        };
        if self.expected(scene, name).is_some_and(is_its) {
            self.consume(name);
        }
    }

    /// Whether the trace shows that the call throws for a reason that is not the model's.
    pub(super) fn throws_outside(&mut self, scene: &Scene<'_>, name: &Text, op: &Op) -> bool {
        let throws = matches!(
            self.expected(scene, name),
            Some(Seen::Threw { op: of, message }) if *of == op.name && refusal_of(message).is_none()
        );
        if throws {
            self.consume(name);
        }
        throws
    }

    pub(super) fn port(&self, caller: &Caller, target: &Target) -> Option<PortId> {
        match target {
            Target::Current => self.tasks[caller.task].hand.port,
            Target::Named(alias) => self.agents.get(&caller.name)?.ports.get(alias).copied(),
        }
    }

    pub(super) fn is_foreign(&self, caller: &Caller, target: &Target) -> bool {
        let agent = self.agents.get(&caller.name);
        matches!((target, agent), (Target::Named(alias), Some(agent)) if agent.foreign.contains(alias))
    }

    fn configure(
        &mut self,
        scene: &Scene<'_>,
        caller: &Caller,
        op: &Op,
        world: Option<&Text>,
        is_plain: bool,
        action: Action,
    ) -> Result<(), Miss> {
        let name = &caller.name;
        if !is_plain && self.throws_outside(scene, name, op) {
            return Ok(());
        }
        let life = self.agents.get(name).map_or(0, |agent| agent.life);
        let key = caller.number.map(|number| ((name.clone(), life), number));
        let recorded = key.as_ref().and_then(|key| scene.trace.settlements.get(key));
        let is_rejected = recorded.is_some_and(|it| it.outcome.is_err());
        let is_named = world.is_none_or(|world| is_world_name(scene, world));
        let given = match is_named && (is_plain || !is_rejected) {
            true => self.act(scene, action)?,
            false => Err(Refusal::NotAvailable),
        };
        if let Err(refusal) = given
            && matches!(self.expected(scene, name), Some(Seen::Threw { op: of, .. }) if *of == op.name)
        {
            let deed = Deed::Threw { op: op.name.clone(), refusal: None };
            let _ = refusal;
            return self.show(scene, name, &deed);
        }
        match (key, recorded) {
            (Some(key), Some(recorded)) if recorded.outcome.is_err() == given.is_err() => {
                self.settled.insert(key);
                self.trail.explained += 1;
                Ok(())
            }
            (Some((life, _)), Some(recorded)) => {
                let does = format!("{}: {given:?}", op.name);
                Err(self.miss(life, does, Some(format!("{:?}", recorded.outcome))))
            }
            _ => Ok(()),
        }
    }

    fn ending(&mut self, scene: &Scene<'_>, caller: &Caller, ending: &Ending) -> Other {
        match ending {
            Ending::Other => self.stop(scene, caller, End::Returned),
            Ending::True => self.stop(scene, caller, End::WillRespond),
            Ending::Promise(payload) => {
                // Whether a promise counts as an answer is the browser's.
                let mut other = self.clone();
                other.stop(scene, caller, End::Returned);
                self.stop(scene, caller, End::Promised(scene.message(payload)));
                return Some(other);
            }
        }
        None
    }

    fn stop(&mut self, scene: &Scene<'_>, caller: &Caller, end: End) {
        let task = &mut self.tasks[caller.task];
        task.at = scene.script.bodies[task.body].len();
        task.end = end;
    }

    /// What waits for the end of the task runs; then the next listener is called, if it was one.
    fn end_task(&mut self, scene: &Scene<'_>, place: usize) -> Result<Other, Miss> {
        let task = &mut self.tasks[place];
        if !task.micro.is_empty() {
            task.body = task.micro.remove(0);
            task.at = 0;
            task.first = None;
            return Ok(None);
        }
        let Task { agent, is_listener, hand, end, .. } = self.tasks.remove(place);
        let Some(context) = self.agents.get(&agent).map(|agent| agent.context) else {
            return Ok(None);
        };
        if !is_listener {
            return Ok(None);
        }
        let completion = match end {
            End::Promised(_) | End::WillRespond => Completion::WillRespond,
            End::Returned => Completion::Returned,
            End::Threw => Completion::Threw,
        };
        let _ = self.act(scene, Action::Next { context, completion })?;
        let is_over = self.state.contexts.get(&context).is_none_or(|it| it.dispatch.is_none());
        if let Some(agent) = self.agents.get_mut(&agent).filter(|_| is_over) {
            agent.mutated = false;
        }
        if let (End::Promised(message), Some((request, _))) = (end, hand.request) {
            let _ = self.act(scene, Action::Respond { context, request, message })?;
        }
        Ok(None)
    }
}

impl Task {
    fn name(&self) -> Text {
        self.agent.clone()
    }
}

/// The length of a name is a rule that is applied where there are names: here.
fn is_world_name(scene: &Scene<'_>, name: &str) -> bool {
    let length = match scene.rules.world_id_length {
        WorldIdLength::Bytes => name.len(),
        WorldIdLength::Utf16 => name.encode_utf16().count(),
    };
    !name.starts_with('_') && length <= 256
}
