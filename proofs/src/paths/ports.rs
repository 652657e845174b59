//! Calls on ports and on listener sets.

use std::sync::Arc;

use worldport_model::{
    Action, Effect, EventSource, ListenerTarget, ListenersAfterClose, Phase, PortId,
};

use super::calls::{Caller, Other};
use super::config::{Config, Given, Origin, Task};
use super::scene::Scene;
use super::script::{Change, On, Op, Target, Text};
use super::seen::Seen;
use super::show::{Deed, Miss};

impl Config {
    /// Other contexts take what was posted as it comes. Any path will do that explains the trace, and on this
    /// one no queue of thousands is copied at every step.
    pub(super) fn drain(&mut self, scene: &Scene<'_>, port: PortId) -> Result<(), Miss> {
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
    pub(super) fn on_port(
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
                &Deed::Threw { op: op.name.clone(), refusal: None },
            );
        };
        if !is_plain && self.throws_outside(scene, &caller.name, op) {
            return Ok(());
        }
        let given = self.act(scene, action(port))?;
        self.outcome(scene, &caller.name, &op.name, op.silent, given.map(|_| None))
    }

    pub(super) fn connect(
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

    pub(super) fn open(&mut self, given: Given, origin: Origin) -> Option<PortId> {
        let port = given.ok()?.into_iter().find_map(|effect| match effect {
            Effect::Opened { port } => Some(port),
            _ => None,
        })?;
        self.channels.insert(port.channel(), Arc::new(origin));
        Some(port)
    }

    pub(super) fn measuring(
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

    pub(super) fn listen(
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

    pub(super) fn listen_port(
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
                &Deed::Threw { op: op.name.clone(), refusal: None },
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
}

impl On {
    fn target(self, port: PortId) -> ListenerTarget {
        match self {
            Self::Disconnect => ListenerTarget::OnDisconnect(port),
            Self::Message => ListenerTarget::OnMessage(port),
        }
    }
}
