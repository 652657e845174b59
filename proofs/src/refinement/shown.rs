//! A step as the router shows it, in the words of the model: what the invariants judge where the two part.
//!
//! Effects that scripts observe are the router's own. The others, allocations, ends and drops, the router
//! tells by its replies, its snapshots and its counts; the model names them where both agree on them.

use std::collections::BTreeMap;
use std::fmt;

use worldport::{Call, DropCounts, Outcome, Payload, Reply, Snapshot};
use worldport_model as model;
use worldport_model::{Action, Effect, Refusal, State};

use super::lockstep::{abs_rule, is_observed};
use super::translate::abstract_call;
use super::{Lockstep, abs_error, abs_state};

/// A step as the router shows it.
#[derive(Clone, Debug)]
pub struct Shown {
    /// The call, as the model sees it.
    pub action: Action,
    /// The state before, on which both agreed.
    pub before: State,
    /// What came of it.
    pub outcome: Result<Vec<Effect>, Refusal>,
    /// What the router's state stands for after it.
    pub after: State,
}

impl<P: Payload + fmt::Debug + PartialEq> Lockstep<P> {
    /// What the router shows of a call that it has taken, which was not followed.
    pub(super) fn shown(
        &mut self,
        call: &Call<P>,
        outcome: &Outcome<P>,
        snapshot: &Snapshot<P>,
        dropped: DropCounts,
    ) -> Shown {
        let action = abstract_call(&mut self.ids, call, self.token);
        let before = self.state.clone();
        let reply = match outcome {
            Ok(reply) => reply,
            Err(refusal) => {
                let after = abs_state(snapshot, self.token, &self.ids, &self.memory, self.rules);
                // A limit of memory is a reason that the model does not have.
                let refusal = abs_error(refusal).unwrap_or(Refusal::Limit(model::Limit::Ids));
                return Shown { action, before, outcome: Err(refusal), after };
            }
        };
        let (expected, unseen) = match (self.next)(self.rules, &self.state, &action) {
            Ok((after, effects)) => (after, effects),
            Err(_) => (before.clone(), allocated(&before, reply)),
        };
        self.pair(reply, &expected, &unseen, snapshot);
        self.remember(call, reply);
        let observed = self.observed(&action, reply);
        self.forget(snapshot);
        let after = abs_state(snapshot, self.token, &self.ids, &self.memory, self.rules);
        let mut effects = self.agreed(unseen, &before, &after, dropped);
        effects.extend(observed);
        Shown { action, before, outcome: Ok(effects), after }
    }

    /// Of the effects that scripts do not observe, those that the router's state and counts bear out.
    fn agreed(
        &self,
        unseen: Vec<Effect>,
        before: &State,
        after: &State,
        dropped: DropCounts,
    ) -> Vec<Effect> {
        let mut left: BTreeMap<model::DropRule, u64> = worldport::DropRule::ALL
            .iter()
            .map(|&rule| (abs_rule(rule), dropped.of(rule) - self.dropped.of(rule)))
            .collect();
        let mut counted = |rule: model::DropRule| {
            let left = left.entry(rule).or_default();
            let is_counted = *left > 0;
            *left = left.saturating_sub(1);
            is_counted
        };
        let mut effects: Vec<Effect> = unseen
            .into_iter()
            .filter(|effect| match *effect {
                Effect::ContextEnded { .. } => false,
                Effect::ContextEntered { context } | Effect::Woke { context, .. } => {
                    after.contexts.contains_key(&context)
                }
                Effect::Dropped { rule, .. }
                | Effect::DroppedAnswer { rule, .. }
                | Effect::DroppedHeld { rule, .. } => counted(rule),
                _ => !is_observed(effect),
            })
            .collect();
        let ended = before.contexts.keys().filter(|context| !after.contexts.contains_key(context));
        effects.extend(ended.map(|&context| Effect::ContextEnded { context }));
        effects
    }
}

/// What a reply says was allocated by a call that the model refuses.
fn allocated<P>(before: &State, reply: &Reply<P>) -> Vec<Effect> {
    fn free<K>(id: fn(u32) -> K, is_taken: impl Fn(&K) -> bool) -> Option<K> {
        (0..).map(id).find(|key| !is_taken(key))
    }
    let effect = match reply {
        Reply::Context(_) => free(model::ContextId, |id| before.contexts.contains_key(id))
            .map(|context| Effect::ContextEntered { context }),
        Reply::Port(_) => free(model::ChannelId, |id| before.channels.contains_key(id))
            .map(|channel| Effect::Opened { port: model::PortId::Opener(channel) }),
        Reply::Request(_) => free(model::RequestId, |id| before.requests.contains_key(id))
            .map(|request| Effect::Requested { request }),
        _ => None,
    };
    effect.into_iter().collect()
}
