//! Carries out an attack, and looks whether the router bears it.

use std::collections::BTreeMap;

use worldport::{
    Call, Completion, ContextId, Dispatched, ListenerId, ListenerTarget, Occurrence, Outcome,
    PortId, Refusal, Reply, Router, RuntimeEvent, Snapshot,
};

use super::known::{Known, place};
use super::{Blob, Operation, Pick, Size, Target};
use crate::refinement::Lockstep;

/// After how many refusals in a row a flood ends, and a turn is given up.
const INSISTS: u32 = 8;

/// What an attack came to.
#[derive(Clone, Debug, Default)]
pub struct Tally {
    /// Calls made.
    pub calls: u64,
    /// Calls refused, in order, if they are kept.
    pub refused: Vec<Refusal>,
    /// Calls refused.
    pub refusals: u64,
    /// Refused calls after which the whole state was compared with the state before.
    pub compared: u64,
    /// Messages and one-time messages handed out.
    pub deliveries: u64,
    /// The most contexts, channels, and messages under way for one context, that a look has seen.
    pub deepest: [usize; 3],
}

/// An adversary at work on a router.
#[derive(Debug)]
pub struct Player {
    pub(super) router: Router<Blob>,
    model: Option<Lockstep<Blob>>,
    pub(super) known: Known,
    /// The message last handed out at a port.
    last: BTreeMap<PortId, u32>,
    /// Ports that their own context has closed.
    closed: BTreeMap<PortId, ContextId>,
    pub(super) tokens: u32,
    looks_every: u64,
    keeps_refusals: bool,
    tally: Tally,
}

impl Player {
    /// A player on a router, which is empty or not.
    #[must_use]
    pub fn new(router: Router<Blob>) -> Self {
        Self {
            router,
            model: None,
            known: Known::default(),
            last: BTreeMap::new(),
            closed: BTreeMap::new(),
            tokens: 0,
            looks_every: 1,
            keeps_refusals: false,
            tally: Tally::default(),
        }
    }

    /// The same with the model beside it. The router is to be empty.
    #[must_use]
    pub fn beside(self, rules: &'static worldport_model::Rules) -> Self {
        let model = Lockstep::new(rules, Blob::token).after(self.router.dropped());
        Self { model: Some(model), ..self }
    }

    /// The same, asking only at one call in so many whether all records agree and whether a refusal has
    /// changed anything. Beside the model each call is looked at.
    #[must_use]
    pub fn looks_every(self, calls: u64) -> Self {
        Self { looks_every: calls.max(1), ..self }
    }

    /// The same, keeping every refusal in a list that was made elsewhere.
    #[must_use]
    pub fn keeps_refusals_in(mut self, list: Vec<Refusal>) -> Self {
        self.keeps_refusals = true;
        self.tally.refused = list;
        self
    }

    /// What it came to so far.
    #[must_use]
    pub fn tally(&self) -> &Tally {
        &self.tally
    }

    /// The router.
    #[must_use]
    pub fn router(&self) -> &Router<Blob> {
        &self.router
    }

    /// Gives the router back, and what it came to.
    #[must_use]
    pub fn into_parts(self) -> (Router<Blob>, Tally) {
        (self.router, self.tally)
    }

    /// Sets a scene in which much is allowed: an extension that listens, with messaging on, a page with a
    /// world in it, and a connection.
    ///
    /// # Errors
    ///
    /// What the router did wrong.
    pub fn set_the_scene(&mut self) -> Result<(), String> {
        let newest = Pick::Recent(0);
        let small = Size::Small(3);
        let extensions = self.known.extensions.len();
        self.perform(&Operation::LoadExtension { background: true, url: small })?;
        if self.known.extensions.len() == extensions {
            // There are too many, and the scene would be another's.
            return Ok(());
        }
        self.perform(&Operation::StartBackground { extension: newest })?;
        for event in RuntimeEvent::ALL {
            let target = Target::Runtime(event);
            self.perform(&Operation::AddListener { context: newest, target, listener: 0 })?;
        }
        for world in 0..3 {
            let (messaging, policy) = (Some(true), small);
            let context = newest;
            self.perform(&Operation::ConfigureWorld { context, world, messaging, policy })?;
        }
        self.perform(&Operation::BackgroundStarted { context: newest })?;
        self.perform(&Operation::CreateDocument { parent: None, url: small })?;
        for world in 0..2 {
            let (extension, document, world) = (newest, newest, Some(world));
            self.perform(&Operation::Inject { extension, document, world })?;
            self.perform(&Operation::Connect { context: newest, name: small })?;
        }
        self.perform(&Operation::Poll { notices: u8::MAX })
    }

    /// Carries out one operation.
    ///
    /// # Errors
    ///
    /// What the router did wrong.
    pub fn perform(&mut self, operation: &Operation) -> Result<(), String> {
        let Some(call) = self.call_of(operation) else { return self.perform_other(operation) };
        let opener = call.context();
        match (self.call(&call)?, opener) {
            // Most openers listen, as scripts do.
            (Ok(Reply::Port(port)), Some(context)) if !self.tally.calls.is_multiple_of(4) => {
                self.listen(context, port)
            }
            _ => Ok(()),
        }
    }

    /// What is more than one call, or none.
    fn perform_other(&mut self, operation: &Operation) -> Result<(), String> {
        match *operation {
            Operation::FloodConnects { context, times } => {
                let name = self.text(Size::Small(1));
                self.flood(times, |player| {
                    let context = player.context(context)?;
                    Some(Call::Connect { context, name: name.clone() })
                })
            }
            Operation::FloodListeners { context, port, times } => {
                let mut listener = 100;
                self.flood(times, |player| {
                    let (context, port) = player.port(context, port)?;
                    listener += 1;
                    let target = ListenerTarget::PortMessage(port);
                    Some(Call::AddListener { context, target, listener: ListenerId(listener) })
                })
            }
            Operation::FloodPosts { context, port, times, size } => self.flood(times, |player| {
                let (context, port) = player.port(context, port)?;
                Some(Call::Post { context, port, message: player.blob(size) })
            }),
            Operation::FloodRequests { context, times } => self.flood(times, |player| {
                let context = player.context(context)?;
                Some(Call::SendMessage { context, message: player.blob(Size::Small(1)) })
            }),
            Operation::Poll { notices } => {
                for _ in 0..notices {
                    let Some(output) = self.router.poll() else { break };
                    self.known.hear(output);
                }
                Ok(())
            }
            Operation::Scene => self.set_the_scene(),
            Operation::Turn { event, completion } => self.turn(event, completion),
            _ => Ok(()),
        }
    }

    fn flood(
        &mut self,
        times: u16,
        mut call: impl FnMut(&mut Self) -> Option<Call<Blob>>,
    ) -> Result<(), String> {
        // Beside the model every call costs as much as the whole state.
        let times = if self.model.is_some() { times.min(40) } else { times };
        let mut refused = 0;
        for _ in 0..times {
            let Some(call) = call(self) else { break };
            match self.call(&call)? {
                Ok(_) => refused = 0,
                Err(_) => refused += 1,
            }
            if refused == INSISTS {
                break;
            }
        }
        Ok(())
    }

    /// One turn of a context: an event that is still there, and its listeners one after the other.
    fn turn(&mut self, event: Pick, completion: Completion) -> Result<(), String> {
        let mut tries = 0;
        let (context, occurrence) = loop {
            let Some(place) = place(self.known.events.len(), event) else { return Ok(()) };
            // The oldest first, as an event loop does; or any.
            let place = match event {
                Pick::Recent(ahead) => usize::from(ahead).min(self.known.events.len() - 1),
                Pick::Ever(_) | Pick::Forged { .. } => place,
            };
            let Some((context, source)) = self.known.events.remove(place) else { return Ok(()) };
            match self.call(&Call::Dispatch { context, source })? {
                Ok(Reply::Dispatched(Dispatched::Called { occurrence, .. })) => {
                    break (context, occurrence);
                }
                Ok(_) => return Ok(()),
                Err(_) if tries == INSISTS => return Ok(()),
                Err(_) => tries += 1,
            }
        };
        if let Occurrence::Connect { port, .. } = occurrence {
            self.listen(context, port)?;
        }
        while let Ok(Reply::Next(Some(_))) = self.call(&Call::Next { context, completion })? {}
        Ok(())
    }

    /// Listens to both events of a port.
    fn listen(&mut self, context: ContextId, port: PortId) -> Result<(), String> {
        for target in [ListenerTarget::PortMessage(port), ListenerTarget::PortDisconnect(port)] {
            let _ = self.call(&Call::AddListener { context, target, listener: ListenerId(0) })?;
        }
        Ok(())
    }

    /// Makes a call and looks at what it did.
    fn call(&mut self, call: &Call<Blob>) -> Result<Outcome<Blob>, String> {
        self.tally.calls += 1;
        let looks = self.model.is_some() || self.tally.calls.is_multiple_of(self.looks_every);
        let before = (looks && self.model.is_none())
            .then(|| (self.router.snapshot(), self.router.dropped()));
        let outcome = self.router.apply(call.clone());
        let fails = |what: &dyn std::fmt::Display| format!("{what}\n  call: {call:?}");
        if let Some(model) = &mut self.model {
            let (snapshot, dropped) = (self.router.snapshot(), self.router.dropped());
            self.tally.compared += u64::from(outcome.is_err());
            measure(&mut self.tally.deepest, &snapshot);
            let followed = model.follow(call, &outcome, snapshot, dropped);
            followed.map_err(|divergence| fails(&divergence))?;
        } else if let Some(before) = before {
            if outcome.is_err() {
                self.tally.compared += 1;
                if before != (self.router.snapshot(), self.router.dropped()) {
                    return Err(fails(&"a refused call has changed something"));
                }
            }
            measure(&mut self.tally.deepest, &before.0);
        }
        if looks && !self.router.is_consistent() {
            return Err(fails(&"the records disagree"));
        }
        match &outcome {
            Ok(reply) => {
                self.known.learn(call, reply);
                self.deliver(call, reply).map_err(|what| fails(&what))?;
            }
            Err(refusal) => {
                self.tally.refusals += 1;
                if let Refusal::NoSuchDocument(id) = refusal {
                    self.known.gone.insert(*id);
                }
                if self.keeps_refusals {
                    self.tally.refused.push(*refusal);
                }
            }
        }
        Ok(outcome)
    }

    /// Each port gets what was posted to it in order, once, and nothing after it was closed from there.
    fn deliver(&mut self, call: &Call<Blob>, reply: &Reply<Blob>) -> Result<(), &'static str> {
        if let Call::Disconnect { context, port } = *call {
            self.closed.insert(port, context);
        }
        let Reply::Dispatched(Dispatched::Called { occurrence, .. }) = reply else { return Ok(()) };
        match occurrence {
            Occurrence::Message { port, payload } => {
                self.tally.deliveries += 1;
                if self.closed.contains_key(port) {
                    return Err("[S3] a message arrives at a port that was closed from there");
                }
                if payload.token > self.tokens {
                    return Err("[S5] a message arrives that nobody sent");
                }
                let earlier = self.last.insert(*port, payload.token);
                if earlier.is_some_and(|earlier| earlier >= payload.token) {
                    return Err("[S5] a message arrives twice, or out of order");
                }
            }
            Occurrence::Request { .. } => self.tally.deliveries += 1,
            Occurrence::Connect { .. } | Occurrence::Disconnect { .. } => {}
        }
        Ok(())
    }

    /// Ends everything, and looks whether anything is left.
    ///
    /// # Errors
    ///
    /// What the router did wrong, or what is left.
    pub fn end(&mut self) -> Result<(), String> {
        self.looks_every = u64::MAX;
        for extension in self.router.snapshot().extensions {
            self.call(&Call::UnloadExtension { extension: extension.id })?.ok();
        }
        while let Some(document) = self.router.snapshot().documents.first() {
            let document = document.id;
            let destroyed = self.call(&Call::DestroyDocument { document })?;
            destroyed.map_err(|refusal| format!("{document} cannot be destroyed: {refusal}"))?;
        }
        while self.router.poll().is_some() {}
        let left = self.router.snapshot();
        let is_empty = left.extensions.is_empty()
            && left.documents.is_empty()
            && left.contexts.is_empty()
            && left.channels.is_empty()
            && left.requests.is_empty();
        if !is_empty {
            return Err(format!("[S11] left over: {left:?}"));
        }
        if !self.router.is_consistent() {
            return Err("the records disagree when nothing is left".to_owned());
        }
        Ok(())
    }
}

/// Notes the most that there ever was.
fn measure(deepest: &mut [usize; 3], now: &Snapshot<Blob>) {
    let queued = now.contexts.iter().map(|context| context.queued_messages).max();
    let seen = [now.contexts.len(), now.channels.len(), queued.unwrap_or(0)];
    for (most, seen) in deepest.iter_mut().zip(seen) {
        *most = (*most).max(seen);
    }
}
