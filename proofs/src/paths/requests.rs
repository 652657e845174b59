//! One-time messages: sending them, and answering.

use std::sync::Arc;

use worldport_model::{Action, Effect};

use super::calls::{Caller, Other};
use super::config::Config;
use super::payload::Payload;
use super::scene::Scene;
use super::script::{Answer, Op, Text};
use super::show::Miss;

impl Config {
    pub(super) fn send(
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
    pub(super) fn respond(
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
}
