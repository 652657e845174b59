//! What a script's call is in the model: no step, one, or a few.

use std::sync::Arc;

use worldport_model::{
    Action, Completion, ContextId, Effect, EventSource, ListenerTarget, ListenersAfterClose, Phase,
    PortId, Refusal, WorldIdLength,
};

use super::config::{Config, End, Given, Origin, Pending, Scene, Task, Timer};
use super::script::{Answer, Call, Change, Ending, On, Op, Payload, Target, Text};
use super::seen::{Seen, refusal_of};
use super::show::{Deed, Miss};

/// A further place to which a call may lead, where the scenario leaves it open.
pub(super) type Other = Option<Config>;

/// Who makes a call, and with what.
struct Caller {
    name: Text,
    context: ContextId,
    number: Option<u64>,
    task: usize,
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
                        self.show(scene, name, deed)?;
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
                    self.show(scene, name, deed)?;
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
    fn outside(&mut self, scene: &Scene<'_>, name: &Text, op: &Op) {
        let is_its = |seen: &Seen| match seen {
            Seen::Returned { op: of, .. } | Seen::Threw { op: of, .. } => *of == op.name,
            _ => false,
        };
        if self.expected(scene, name).is_some_and(is_its) {
            self.consume(name);
        }
    }

    /// Whether the trace shows that the call throws for a reason that is not the model's.
    fn throws_outside(&mut self, scene: &Scene<'_>, name: &Text, op: &Op) -> bool {
        let throws = matches!(
            self.expected(scene, name),
            Some(Seen::Threw { op: of, message }) if *of == op.name && refusal_of(message).is_none()
        );
        if throws {
            self.consume(name);
        }
        throws
    }

    fn port(&self, caller: &Caller, target: &Target) -> Option<PortId> {
        match target {
            Target::Current => self.tasks[caller.task].hand.port,
            Target::Named(alias) => self.agents.get(&caller.name)?.ports.get(alias).copied(),
        }
    }

    fn is_foreign(&self, caller: &Caller, target: &Target) -> bool {
        let agent = self.agents.get(&caller.name);
        matches!((target, agent), (Target::Named(alias), Some(agent)) if agent.foreign.contains(alias))
    }

    /// Other contexts take what was posted as it comes. Any path will do that explains the trace, and on this
    /// one no queue of thousands is copied at every step.
    fn drain(&mut self, scene: &Scene<'_>, port: PortId) -> Result<(), Miss> {
        let others = self.state.ends().filter(|(other, end)| {
            other.channel() == port.channel() && *other != port && end.phase == Phase::Open
        });
        let waiting = others.filter(|(_, end)| !end.inbox.is_empty());
        let sources: Vec<PortId> = waiting.map(|(other, _)| other).collect();
        for source in sources {
            let Some(context) = self.state.owner(source) else { continue };
            let runs =
                |task: &Task| self.agents.get(&task.agent).map(|it| it.context) == Some(context);
            if !self.tasks.iter().any(runs) {
                let source = EventSource::Port(source);
                let _ = self.act(scene, Action::Dispatch { context, source })?;
            }
        }
        Ok(())
    }

    /// Posts on a port, or closes it. The agent itself throws where it knows no port of that name.
    fn on_port(
        &mut self,
        scene: &Scene<'_>,
        caller: &Caller,
        op: &Op,
        target: &Target,
        is_plain: bool,
        action: impl Fn(PortId) -> Action,
    ) -> Result<(), Miss> {
        if self.is_foreign(caller, target) {
            self.outside(scene, &caller.name, op);
            return Ok(());
        }
        let Some(port) = self.port(caller, target) else {
            return self.show(
                scene,
                &caller.name,
                Deed::Threw { op: op.name.clone(), refusal: None },
            );
        };
        if !is_plain && self.throws_outside(scene, &caller.name, op) {
            return Ok(());
        }
        let given = self.act(scene, action(port))?;
        self.outcome(scene, &caller.name, &op.name, op.silent, given.map(|_| None))
    }

    fn connect(
        &mut self,
        scene: &Scene<'_>,
        caller: &Caller,
        op: &Op,
        (alias, channel): (&Text, &Text),
        is_plain: bool,
        listeners: &[(On, Text)],
    ) -> Result<Other, Miss> {
        let mut other = None;
        if !is_plain {
            if self.throws_outside(scene, &caller.name, op) {
                return Ok(None);
            }
            // The arguments may name another extension: what becomes of that port is not the model's.
            let mut elsewhere = self.clone();
            elsewhere.outside(scene, &caller.name, op);
            if let Some(agent) = elsewhere.agents.get_mut(&caller.name) {
                agent.foreign.insert(alias.clone());
            }
            other = Some(elsewhere);
        }
        let context = caller.context;
        let origin = self.origin(&caller.name, channel);
        let given = self.act(scene, Action::Connect { context })?;
        let refused = given.as_ref().err().copied();
        if let Some(port) = self.open(given, origin) {
            if let Some(agent) = self.agents.get_mut(&caller.name) {
                agent.name_port(alias.clone(), port);
            }
            for (on, function) in listeners {
                let listener = scene.listener(&caller.name, function);
                let action = Action::AddListener { context, target: on.target(port), listener };
                let _ = self.act(scene, action)?;
            }
        }
        let result = refused.map_or(Ok(None), Err);
        self.outcome(scene, &caller.name, &op.name, op.silent, result)?;
        Ok(other)
    }

    fn open(&mut self, given: Given, origin: Origin) -> Option<PortId> {
        let port = given.ok()?.into_iter().find_map(|effect| match effect {
            Effect::Opened { port } => Some(port),
            _ => None,
        })?;
        self.channels.insert(port.channel(), Arc::new(origin));
        Some(port)
    }

    fn measuring(
        &mut self,
        scene: &Scene<'_>,
        caller: &Caller,
        port: &Target,
        function: &str,
    ) -> Result<Option<PortId>, Miss> {
        let Some(port) = self.port(caller, port) else { return Ok(None) };
        if let Some(agent) = self.agents.get_mut(&caller.name) {
            agent.counted = (0, true);
        }
        let listener = scene.listener(&caller.name, &function.into());
        let target = ListenerTarget::OnMessage(port);
        let _ =
            self.act(scene, Action::AddListener { context: caller.context, target, listener })?;
        Ok(Some(port))
    }

    fn listen(
        &mut self,
        scene: &Scene<'_>,
        caller: &Caller,
        op: &Op,
        change: Change,
        target: ListenerTarget,
        function: &Text,
    ) -> Result<(), Miss> {
        let (name, context) = (&caller.name, caller.context);
        let listener = scene.listener(name, function);
        if self.state.listeners(context, target).is_none() {
            // Connections into a tab are not the model's, nor is listening to them.
            self.outside(scene, name, op);
            return Ok(());
        }
        let result = match change {
            Change::Add => {
                self.act(scene, Action::AddListener { context, target, listener })?.map(|_| None)
            }
            Change::Remove => {
                self.act(scene, Action::RemoveListener { context, target, listener })?.map(|_| None)
            }
            Change::Has => Ok(Some(self.state.has_listener(context, target, listener))),
            Change::HasAny => {
                // One of the browsers has no such call.
                if self.throws_outside(scene, name, op) {
                    return Ok(());
                }
                Ok(self.state.listeners(context, target).map(|set| !set.is_empty()))
            }
        };
        self.outcome(scene, name, &op.name, op.silent, result)
    }

    fn listen_port(
        &mut self,
        scene: &Scene<'_>,
        caller: &Caller,
        op: &Op,
        change: Change,
        (target, on): (&Target, On),
        function: &Text,
    ) -> Result<(), Miss> {
        if self.is_foreign(caller, target) {
            self.outside(scene, &caller.name, op);
            return Ok(());
        }
        let Some(port) = self.port(caller, target) else {
            return self.show(
                scene,
                &caller.name,
                Deed::Threw { op: op.name.clone(), refusal: None },
            );
        };
        // Where a dead port's listeners are gone, its events may be gone too: reading them throws.
        let is_dead = self.state.end(port).is_some_and(|end| end.phase == Phase::Closed);
        if is_dead && scene.rules.listeners_after_close == ListenersAfterClose::Cleared {
            let throws = |seen: &Seen| matches!(seen, Seen::Threw { op: of, .. } if *of == op.name);
            if self.expected(scene, &caller.name).is_some_and(throws) {
                self.consume(&caller.name);
                return Ok(());
            }
        }
        self.listen(scene, caller, op, change, on.target(port), function)
    }

    fn send(
        &mut self,
        scene: &Scene<'_>,
        caller: &Caller,
        op: &Op,
        payload: &Payload,
        is_plain: bool,
        answer: Answer,
    ) -> Result<Other, Miss> {
        let name = &caller.name;
        let mut other = None;
        let life = self.agents.get(name).map_or(0, |agent| agent.life);
        if !is_plain {
            if self.throws_outside(scene, name, op) {
                return Ok(None);
            }
            // The arguments may name another extension, or the message may fail on its way.
            let mut elsewhere = self.clone();
            let key = ((name.clone(), life), caller.number.unwrap_or(0));
            if scene.trace.settlements.contains_key(&key) {
                elsewhere.settled.insert(key);
            }
            other = Some(elsewhere);
        }
        let mut origin = self.origin(name, &Text::from(""));
        let number = match answer {
            Answer::Callback => self.agents.get(name).map(|agent| agent.callbacks),
            Answer::Promise => caller.number,
            Answer::Unreported => None,
        };
        origin.call = number.map(|number| ((name.clone(), life), number));
        let message = scene.message(payload);
        let given = self.act(scene, Action::SendMessage { context: caller.context, message })?;
        let result = given.as_ref().map(|_| None).map_err(|&refusal| refusal);
        for effect in given.into_iter().flatten() {
            if let Effect::Requested { request } = effect {
                self.requests.insert(request, Arc::new(origin.clone()));
                if let (Answer::Callback, Some(agent)) = (answer, self.agents.get_mut(name)) {
                    agent.callbacks += 1;
                }
            }
        }
        self.outcome(scene, name, &op.name, op.silent, result)?;
        Ok(other)
    }

    /// An answer that comes too late, or is another listener's, is silent to the script that gives it.
    fn respond(
        &mut self,
        scene: &Scene<'_>,
        caller: &Caller,
        op: &Op,
        payload: &Payload,
    ) -> Result<(), Miss> {
        let hand = self.tasks[caller.task].hand;
        let throws = payload.shown.is_none() && self.throws_outside(scene, &caller.name, op);
        if let Some((request, serial)) = hand.request
            && self.requests.get(&request).is_some_and(|origin| origin.serial == serial)
        {
            let message = scene.message(payload);
            let context = caller.context;
            let _ = self.act(scene, Action::Respond { context, request, message })?;
        }
        if throws {
            return Ok(());
        }
        self.outcome(scene, &caller.name, &op.name, op.silent, Ok(None))
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
            return self.show(scene, name, deed);
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

impl On {
    fn target(self, port: PortId) -> ListenerTarget {
        match self {
            Self::Disconnect => ListenerTarget::OnDisconnect(port),
            Self::Message => ListenerTarget::OnMessage(port),
        }
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
