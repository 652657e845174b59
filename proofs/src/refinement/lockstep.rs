//! The model following a router, call by call.

use std::fmt;

use worldport::{
    Call, ChannelSnapshot, ContextKind, Dispatched, DropCounts, Occurrence, OpenerSnapshot,
    Outcome, Output, Payload, Refusal, Reply, Router, Snapshot,
};
use worldport_model as model;
use worldport_model::invariant::{self, History, Step};
use worldport_model::{Action, Effect, Rules, State, next};

use super::abstraction::{abs_outcome, abs_port_error};
use super::divergence::{Difference, Divergence};
use super::translate::abstract_call;
use super::{Ids, Memory, Token, abs_error, abs_state};
use crate::machine::Next;

/// What is driven in lockstep: the router, or one that was broken on purpose.
pub trait Subject<P: Payload + fmt::Debug + PartialEq> {
    /// Takes a call.
    fn apply(&mut self, call: Call<P>) -> Outcome<P>;
    /// The next notice.
    fn poll(&mut self) -> Option<Output>;
    /// The whole state.
    fn snapshot(&self) -> Snapshot<P>;
    /// How many messages each rule has dropped.
    fn dropped(&self) -> DropCounts;
}

impl<P: Payload + fmt::Debug + PartialEq> Subject<P> for Router<P> {
    fn apply(&mut self, call: Call<P>) -> Outcome<P> {
        Self::apply(self, call)
    }

    fn poll(&mut self) -> Option<Output> {
        Self::poll(self)
    }

    fn snapshot(&self) -> Snapshot<P> {
        Self::snapshot(self)
    }

    fn dropped(&self) -> DropCounts {
        Self::dropped(self)
    }
}

/// The model beside a router that has just been made.
#[derive(Clone, Debug)]
pub struct Lockstep<P> {
    pub(super) token: Token<P>,
    pub(super) rules: &'static Rules,
    /// The model's transition function; a faulty one where a fault is to be caught.
    pub(super) next: Next,
    /// Whether every step is judged by the invariants. Only `standard` is made to keep them all.
    judged: bool,
    pub(super) ids: Ids,
    pub(super) memory: Memory,
    pub(super) state: State,
    history: History,
    /// The router's state as it was when it was last looked at.
    snapshot: Option<Snapshot<P>>,
    /// How many steps have gone by since.
    unseen: usize,
    pub(super) dropped: DropCounts,
    verdict: Verdict,
}

/// A look at the whole router costs as much as its state is large. Steps of traffic are compared by
/// outcome, effects and drops alone until as many have gone by as there are messages in it, divided by
/// this: while there are fewer messages than that, every state is compared.
const MESSAGES_A_STEP: usize = 64;

/// What has been checked so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Verdict {
    /// Calls that both accepted, with equal effects and equal states after.
    pub accepted: usize,
    /// Calls that both refused for the same reason, with nothing changed.
    pub refused: usize,
    /// Calls that a limit of the router refused, which the model does not have, with nothing changed.
    pub limited: usize,
}

impl Verdict {
    /// All calls.
    #[must_use]
    pub fn calls(&self) -> usize {
        self.accepted + self.refused + self.limited
    }
}

impl<P: Payload + fmt::Debug + PartialEq> Lockstep<P> {
    /// The model in its initial state.
    #[must_use]
    pub fn new(rules: &'static Rules, token: Token<P>) -> Self {
        Self {
            token,
            rules,
            next,
            judged: *rules == Rules::STANDARD,
            ids: Ids::default(),
            memory: Memory::default(),
            state: State::default(),
            history: History::default(),
            snapshot: None,
            unseen: 0,
            dropped: DropCounts::default(),
            verdict: Verdict::default(),
        }
    }

    /// The same, comparing only: for steps that the invariants have judged elsewhere.
    #[must_use]
    pub fn unjudged(rules: &'static Rules, token: Token<P>) -> Self {
        Self { judged: false, ..Self::new(rules, token) }
    }

    /// The same beside a router that is empty, and has dropped messages before.
    #[must_use]
    pub fn after(self, dropped: DropCounts) -> Self {
        Self { dropped, ..self }
    }

    /// The model's state.
    #[must_use]
    pub fn state(&self) -> &State {
        &self.state
    }

    /// Which router id names which record.
    #[must_use]
    pub fn ids(&self) -> &Ids {
        &self.ids
    }

    /// Whether every step is judged by the invariants, and not only compared.
    #[must_use]
    pub fn is_judged(&self) -> bool {
        self.judged
    }

    /// What has been checked so far.
    #[must_use]
    pub fn verdict(&self) -> Verdict {
        self.verdict
    }

    /// Follows a call that the router has taken, and compares the whole states after it.
    ///
    /// # Errors
    ///
    /// The first difference between router and model, or the invariant that the step breaks.
    pub fn follow(
        &mut self,
        call: &Call<P>,
        outcome: &Outcome<P>,
        snapshot: Snapshot<P>,
        dropped: DropCounts,
    ) -> Result<(), Box<Divergence>> {
        self.step(call, outcome, Some(snapshot), dropped)
    }

    /// The same, looking at the router no more often than keeps long queues affordable: outcome, effects
    /// and drops of every step are compared, the states after all steps but those of traffic on ports with
    /// many messages under way, which are compared every so many steps. Whoever uses this ends with
    /// [`compare`](Self::compare).
    ///
    /// # Errors
    ///
    /// As for [`follow`](Self::follow).
    pub fn follow_traffic(
        &mut self,
        call: &Call<P>,
        outcome: &Outcome<P>,
        router: &Router<P>,
    ) -> Result<(), Box<Divergence>> {
        let under_way = self.snapshot.as_ref().map_or(0, messages);
        let due = (self.unseen + 1) * MESSAGES_A_STEP >= under_way;
        let look = due || !is_traffic(call, outcome);
        self.step(call, outcome, look.then(|| router.snapshot()), router.dropped())
    }

    /// Compares the states as they are now.
    ///
    /// # Errors
    ///
    /// As for [`follow`](Self::follow).
    pub fn compare(&mut self, router: &Router<P>) -> Result<(), Difference> {
        let snapshot = router.snapshot();
        self.same_states(&snapshot, &self.state)?;
        self.snapshot = Some(snapshot);
        self.unseen = 0;
        Ok(())
    }

    fn step(
        &mut self,
        call: &Call<P>,
        outcome: &Outcome<P>,
        snapshot: Option<Snapshot<P>>,
        dropped: DropCounts,
    ) -> Result<(), Box<Divergence>> {
        let action = abstract_call(&mut self.ids, call, self.token);
        let found = match (outcome, (self.next)(self.rules, &self.state, &action)) {
            (Ok(reply), Ok((after, effects))) => {
                self.accept(call, &action, reply, after, &effects, snapshot, dropped)
            }
            (Err(refusal), expected) => self.refuse(*refusal, expected.err(), snapshot, dropped),
            (Ok(_), Err(refusal)) => {
                Err(Difference::Outcomes { model: Some(refusal), router: None })
            }
        };
        found.map_err(|difference| {
            Box::new(Divergence { action, call: format!("{call:?}"), difference })
        })
    }

    fn refuse(
        &mut self,
        refusal: Refusal,
        expected: Option<model::Refusal>,
        snapshot: Option<Snapshot<P>>,
        dropped: DropCounts,
    ) -> Result<(), Difference> {
        let unchanged = match &snapshot {
            None => true,
            Some(now) if self.unseen > 0 => self.same_states(now, &self.state).is_ok(),
            Some(now) => self.snapshot.as_ref().is_none_or(|before| before == now),
        };
        if !unchanged || dropped != self.dropped {
            return Err(Difference::RefusalChanged { refusal });
        }
        if snapshot.is_some() {
            self.snapshot = snapshot;
            self.unseen = 0;
        }
        match abs_error(&refusal) {
            None => self.verdict.limited += 1,
            Some(found) if expected == Some(found) => self.verdict.refused += 1,
            Some(_) => {
                return Err(Difference::Outcomes { model: expected, router: Some(refusal) });
            }
        }
        Ok(())
    }

    #[allow(clippy::too_many_arguments, reason = "one step: what was, what came, what is")]
    fn accept(
        &mut self,
        call: &Call<P>,
        action: &Action,
        reply: &Reply<P>,
        after: State,
        effects: &[Effect],
        snapshot: Option<Snapshot<P>>,
        dropped: DropCounts,
    ) -> Result<(), Difference> {
        if let Some(now) = &snapshot {
            self.pair(reply, &after, effects, now);
        }
        self.remember(call, reply);
        let observed = self.observed(action, reply);
        if let Some(now) = &snapshot {
            self.forget(now);
        }
        let expected: Vec<Effect> = effects.iter().copied().filter(is_observed).collect();
        if observed != expected {
            return Err(Difference::Effects { model: expected, router: observed });
        }
        self.same_drops(effects, dropped)?;
        match snapshot {
            None => self.unseen += 1,
            Some(now) => {
                self.same_states(&now, &after)?;
                self.snapshot = Some(now);
                self.unseen = 0;
            }
        }
        if self.judged {
            self.history = self.judge(action, effects, &after)?;
        }
        self.state = after;
        self.dropped = dropped;
        self.verdict.accepted += 1;
        Ok(())
    }

    /// What has been observed after a step, if it keeps every invariant.
    fn judge(
        &self,
        action: &Action,
        effects: &[Effect],
        after: &State,
    ) -> Result<History, Difference> {
        let history = self.history.after(self.rules, &self.state, action, Ok(effects), after);
        let step = Step {
            rules: self.rules,
            before: &self.state,
            action,
            outcome: Ok(effects),
            after,
            past: &self.history,
            present: &history,
        };
        match invariant::first_broken(&step) {
            Some(broken) => Err(Difference::Invariant(broken)),
            None => Ok(history),
        }
    }

    fn same_states(&self, now: &Snapshot<P>, expected: &State) -> Result<(), Difference> {
        let abstraction = abs_state(now, self.token, &self.ids, &self.memory, self.rules);
        // Two records of the router that stand for one of the model would hide each other.
        let is_one_to_one = abstraction.extensions.len() == now.extensions.len()
            && abstraction.documents.len() == now.documents.len()
            && abstraction.contexts.len() == now.contexts.len()
            && abstraction.channels.len() == now.channels.len()
            && abstraction.requests.len() == now.requests.len();
        if is_one_to_one && abstraction == *expected {
            return Ok(());
        }
        let (model, router) = (Box::new(expected.clone()), Box::new(abstraction));
        Err(Difference::States { model, router })
    }

    /// Matches the ids of records that this step has made.
    pub(super) fn pair(
        &mut self,
        reply: &Reply<P>,
        after: &State,
        effects: &[Effect],
        now: &Snapshot<P>,
    ) {
        for effect in effects {
            match (*effect, reply) {
                (Effect::ExtensionLoaded { extension }, Reply::Extension(id)) => {
                    self.ids.pair_extension(*id, extension);
                }
                (Effect::DocumentCreated { document }, Reply::Document(id)) => {
                    self.ids.pair_document(*id, document);
                    let frame = now.documents.iter().find(|it| it.id == *id).map(|it| it.frame);
                    let same = after.documents.get(&document).map(|it| it.frame);
                    if let (Some(concrete), Some(same)) = (frame, same) {
                        self.ids.pair_frame(concrete, same);
                    }
                }
                (Effect::ContextEntered { context }, Reply::Context(id)) => {
                    self.enter(*id, context, now);
                }
                (Effect::Woke { extension, context }, _) => {
                    let woken = self.ids.extension_of(extension).and_then(|id| starting(now, id));
                    if let Some(id) = woken {
                        self.enter(id, context, now);
                    }
                }
                (Effect::Opened { port }, Reply::Port(id)) => {
                    self.ids.pair_channel(*id, port.channel());
                }
                (Effect::Requested { request }, Reply::Request(id)) => {
                    self.ids.pair_request(*id, request);
                }
                _ => {}
            }
        }
        for channel in &now.channels {
            let id = self.ids.channel_ever(channel.id);
            for end in &channel.receivers {
                let context = self.ids.context_ever(end.context);
                if self.ids.receiver_ever(end.id) != (id, context) {
                    self.ids.pair_receiver(end.id, (id, context));
                }
            }
        }
    }

    fn enter(&mut self, id: worldport::ContextId, context: model::ContextId, now: &Snapshot<P>) {
        if self.ids.context_ever(id) == context {
            return;
        }
        self.ids.pair_context(id, context);
        let Some(record) = now.contexts.iter().find(|it| it.id == id) else { return };
        let (document, world) = match &record.kind {
            ContextKind::ContentScript { document } => (Some(*document), None),
            ContextKind::World { document, world, .. } => (Some(*document), Some(world)),
            ContextKind::Background | ContextKind::Page => (None, None),
        };
        let place = document.and_then(|id| now.documents.iter().find(|it| it.id == id));
        let sender = model::Sender {
            context,
            extension: self.ids.extension_ever(record.extension),
            document: document.map(|it| self.ids.document_ever(it)),
            frame: place.map(|it| self.ids.frame_ever(it.frame)),
            world: world.map(|it| self.ids.world(it)),
        };
        self.ids.remember_sender(id, sender);
    }

    /// Keeps what the router has handed out.
    pub(super) fn remember(&mut self, call: &Call<P>, reply: &Reply<P>) {
        match (call, reply) {
            (
                Call::Dispatch { context, .. },
                Reply::Dispatched(Dispatched::Called { occurrence, .. }),
            ) => {
                let occurrence = self.occurrence(occurrence);
                self.memory.dispatching.insert(*context, occurrence);
            }
            (Call::SendMessage { message, .. }, Reply::Request(id)) => {
                self.memory.asked.insert(*id, model::Message((self.token)(message)));
            }
            _ => {}
        }
    }

    /// Lets go of what the router has forgotten.
    pub(super) fn forget(&mut self, now: &Snapshot<P>) {
        self.memory
            .dispatching
            .retain(|id, _| now.contexts.iter().any(|context| context.id == *id));
        self.memory.asked.retain(|id, _| now.requests.iter().any(|request| request.id == *id));
    }

    fn occurrence(&self, occurrence: &Occurrence<P>) -> model::Occurrence {
        match occurrence {
            Occurrence::Connect { port, sender, name: _ } => model::Occurrence::Connect {
                port: self.ids.port_ever(*port),
                sender: self.ids.sender(sender),
            },
            Occurrence::Disconnect { port, error } => model::Occurrence::Disconnect {
                port: self.ids.port_ever(*port),
                error: error.map(abs_port_error),
            },
            Occurrence::Message { port, payload } => model::Occurrence::Message {
                port: self.ids.port_ever(*port),
                message: model::Message((self.token)(payload)),
            },
            Occurrence::Request { request, payload, sender } => model::Occurrence::Request {
                request: self.ids.request_ever(*request),
                message: model::Message((self.token)(payload)),
                sender: self.ids.sender(sender),
            },
        }
    }

    /// What scripts observe of this step, by the router's words.
    pub(super) fn observed(&self, action: &Action, reply: &Reply<P>) -> Vec<Effect> {
        let Some(context) = acting(action) else { return Vec::new() };
        match reply {
            Reply::Dispatched(Dispatched::Called { listener, occurrence }) => {
                let occurrence = self.occurrence(occurrence);
                let first = match occurrence {
                    model::Occurrence::Connect { port, .. } => Some(Effect::Accepted { port }),
                    model::Occurrence::Disconnect { port, error } => {
                        Some(Effect::Disconnected { port, error })
                    }
                    model::Occurrence::Message { .. } | model::Occurrence::Request { .. } => None,
                };
                let listener = model::ListenerId(listener.0);
                first
                    .into_iter()
                    .chain([Effect::Called { context, listener, occurrence }])
                    .collect()
            }
            Reply::Dispatched(Dispatched::Disconnected { port, error }) => {
                let port = self.ids.port_ever(*port);
                vec![Effect::Disconnected { port, error: error.map(abs_port_error) }]
            }
            Reply::Dispatched(Dispatched::Settled { request, outcome }) => {
                let request = self.ids.request_ever(*request);
                vec![Effect::Settled {
                    context,
                    request,
                    outcome: abs_outcome(outcome, self.token),
                }]
            }
            Reply::Next(Some(listener)) => {
                let listener = model::ListenerId(listener.0);
                let of = self.ids.context_of(context);
                let dispatching = of.and_then(|id| self.memory.dispatching.get(&id));
                let called = |&occurrence| Effect::Called { context, listener, occurrence };
                dispatching.map(called).into_iter().collect()
            }
            _ => Vec::new(),
        }
    }

    fn same_drops(&self, effects: &[Effect], dropped: DropCounts) -> Result<(), Difference> {
        let by_model = |rule| {
            let matching = effects.iter().filter(|effect| match effect {
                Effect::Dropped { rule: by, .. }
                | Effect::DroppedAnswer { rule: by, .. }
                | Effect::DroppedHeld { rule: by, .. } => *by == rule,
                _ => false,
            });
            matching.count() as u64
        };
        let counts: Vec<(model::DropRule, u64, u64)> = worldport::DropRule::ALL
            .iter()
            .map(|&rule| {
                let by_router = dropped.of(rule) - self.dropped.of(rule);
                let rule = abs_rule(rule);
                (rule, by_model(rule), by_router)
            })
            .filter(|(_, by_model, by_router)| by_model != by_router)
            .collect();
        if counts.is_empty() { Ok(()) } else { Err(Difference::Drops { counts }) }
    }
}

/// Whether a call only moves messages along: no record comes or goes by it.
fn is_traffic<P>(call: &Call<P>, outcome: &Outcome<P>) -> bool {
    let called = |dispatched: &Dispatched<P>| match dispatched {
        Dispatched::Called { occurrence, .. } => matches!(occurrence, Occurrence::Message { .. }),
        Dispatched::Nothing(_) => true,
        Dispatched::Disconnected { .. } | Dispatched::Settled { .. } => false,
    };
    match (call, outcome) {
        (Call::Post { .. } | Call::Next { .. }, _) => true,
        (Call::Dispatch { .. }, Ok(Reply::Dispatched(dispatched))) => called(dispatched),
        _ => false,
    }
}

/// How many messages are under way.
fn messages<P>(snapshot: &Snapshot<P>) -> usize {
    let of_channel = |channel: &ChannelSnapshot<P>| {
        let held = channel.holding.as_ref().map_or(0, |hold| hold.messages.len());
        let receivers = channel.receivers.iter().map(|end| end.messages.len());
        let opener = match &channel.opener {
            OpenerSnapshot::Held(end) => end.messages.len(),
            OpenerSnapshot::Dead | OpenerSnapshot::Released(_) => 0,
        };
        held + opener + receivers.sum::<usize>()
    };
    snapshot.channels.iter().map(of_channel).sum()
}

fn starting<P>(now: &Snapshot<P>, id: worldport::ExtensionId) -> Option<worldport::ContextId> {
    now.extensions.iter().find(|it| it.id == id).and_then(|it| match it.state {
        worldport::ExtensionState::Loaded {
            background: worldport::Background::Starting(context),
            ..
        } => Some(context),
        _ => None,
    })
}

/// Whether scripts observe an effect at the moment of the step. The others are allocations, which are
/// matched by id, ends of contexts, which the states show, and drops, which are counted.
pub(super) fn is_observed(effect: &Effect) -> bool {
    matches!(
        effect,
        Effect::Accepted { .. }
            | Effect::Called { .. }
            | Effect::Disconnected { .. }
            | Effect::Settled { .. }
    )
}

fn acting(action: &Action) -> Option<model::ContextId> {
    match *action {
        Action::Dispatch { context, .. } | Action::Next { context, .. } => Some(context),
        _ => None,
    }
}

pub(super) fn abs_rule(rule: worldport::DropRule) -> model::DropRule {
    match rule {
        worldport::DropRule::AlreadyAnswered => model::DropRule::AlreadyAnswered,
        worldport::DropRule::Cached => model::DropRule::Cached,
        worldport::DropRule::ClosedHere => model::DropRule::ClosedHere,
        worldport::DropRule::Declined => model::DropRule::Declined,
        worldport::DropRule::MessagingWithdrawn => model::DropRule::MessagingWithdrawn,
        worldport::DropRule::NoListener => model::DropRule::NoListener,
        worldport::DropRule::PeerGone => model::DropRule::PeerGone,
        worldport::DropRule::PermissionRevoked => model::DropRule::PermissionRevoked,
        worldport::DropRule::ReceiverGone => model::DropRule::ReceiverGone,
        worldport::DropRule::Unloaded => model::DropRule::Unloaded,
    }
}
