//! Dispatch: one event of one context, and its listeners one after the other.
//!
//! The event is taken and the first listener named by `dispatch`; the others are a snapshot that
//! `next` walks through. A context runs one dispatch at a time, and whatever its listeners call in
//! between is an ordinary script call.

use super::Router;
use super::accounts::Payer;
use super::check::{NoContext, NoRequest};
use super::listeners::Place;
use crate::record::{Phase, Role, Running};
use crate::store::{Id as _, ListenerSet, Store as _};
use crate::{
    Completion, ContextId, DispatchError, Dispatched, DropRule, EventSource, ListenerId,
    ListenerThrow, NextError, NothingCalled, Occurrence, Payload, PortError, PortId, ReceiverPhase,
    RemovedDuringDispatch, RequestId, RequestOutcome, RequestPhase, RuntimeEvent, SilentAnswer,
};

impl<P: Payload> Router<P> {
    /// Takes the oldest event of a source and says whom to call with it. The context is then busy
    /// until [`next`](Self::next) names no other listener; where nobody is called, it is not.
    ///
    /// A context that outlived its extension is still told; one whose document is cached is not.
    ///
    /// # Errors
    ///
    /// [`DispatchError`]: there is no such context, it is suspended, or busy; there is no such port
    /// or request, or it is another context's; no event waits there.
    #[inline(always)]
    pub fn dispatch(
        &mut self,
        context: ContextId,
        source: EventSource,
    ) -> Result<Dispatched<P>, DispatchError> {
        let EventSource::Port(port) = source else { return self.dispatch_slow(context, source) };
        match self.dispatch_message(context, port) {
            Some((listener, payload)) => {
                let occurrence = Occurrence::Message { port, payload };
                self.done("dispatch", Ok(Dispatched::Called { listener, occurrence }))
            }
            None => self.dispatch_at(context, port),
        }
    }

    /// The route of a message to a context that is idle, at a port of its own with one listener: what
    /// nearly every dispatch is. It is apart from the rest so that the message is moved once. It touches
    /// nothing unless it serves; whatever it does not serve, refusals included, is for the slow way.
    #[inline(always)]
    pub(super) fn dispatch_message(
        &mut self,
        id: ContextId,
        port: PortId,
    ) -> Option<(ListenerId, P)> {
        let context = self.contexts.get_mut(id)?;
        let end = self.ends.get(port)?;
        if context.suspended
            || !matches!(context.running, Running::Idle)
            || end.owner != id.slot()
            || end.phase != Phase::Open
        {
            return None;
        }
        let ListenerSet::One(listener) = end.on_message() else { return None };
        // What follows does not change it, and it is in hand now.
        let payer = Self::paying_context(&self.ends, end)?;
        let end = self.ends.at_mut(port.slot());
        let payload = self.messages.pop_front(&mut end.inbox)?;
        end.consume(1);
        context.listener = listener;
        context.running = Running::Message { port: port.slot() };
        self.take_off(Payer::Context(payer), payload.bytes());
        Some((listener, payload))
    }

    /// Takes a port, which registers have room for, where a source would go through memory.
    #[cold]
    #[inline(never)]
    fn dispatch_at(
        &mut self,
        context: ContextId,
        port: PortId,
    ) -> Result<Dispatched<P>, DispatchError> {
        self.dispatch_slow(context, EventSource::Port(port))
    }

    #[cold]
    #[inline(never)]
    fn dispatch_slow(
        &mut self,
        context: ContextId,
        source: EventSource,
    ) -> Result<Dispatched<P>, DispatchError> {
        let result = self.dispatch_inner(context, source);
        self.note("dispatch", &result);
        result
    }

    #[inline]
    fn dispatch_inner(
        &mut self,
        id: ContextId,
        source: EventSource,
    ) -> Result<Dispatched<P>, DispatchError> {
        let context = self.contexts.get_mut(id).ok_or(NoContext::NoSuchContext(id))?;
        if context.suspended {
            return Err(DispatchError::Suspended(id));
        }
        if !matches!(context.running, Running::Idle) {
            return Err(DispatchError::Busy(id));
        }
        // Messages are most of what is dispatched; their way is short, and apart from the others.
        if let EventSource::Port(port) = source
            && let Some(end) = self.ends.get_mut(port)
            && (end.owner, end.phase) == (id.slot(), Phase::Open)
            && let Some(payload) = self.messages.pop_front(&mut end.inbox)
        {
            end.consume(1);
            let running = Running::Message { port: port.slot() };
            let set = end.on_message();
            let listener = context.begin(self.listeners.of(&set), running);
            let payer = self.payer(self.ends.at(port.slot()));
            self.take_off(payer, payload.bytes());
            let Some(listener) = listener else {
                self.dropped.add(DropRule::NoListener, 1);
                return Ok(Dispatched::Nothing(NothingCalled::NoListener));
            };
            let occurrence = Occurrence::Message { port, payload };
            return Ok(Dispatched::Called { listener, occurrence });
        }
        self.dispatch_other(id, source)
    }

    /// Whatever is no message.
    #[inline(never)]
    fn dispatch_other(
        &mut self,
        id: ContextId,
        source: EventSource,
    ) -> Result<Dispatched<P>, DispatchError> {
        match source {
            EventSource::Port(port) => {
                let end = self.port(id, port)?;
                match (end.phase, end.pending) {
                    (Phase::Offered, _) => Ok(self.dispatch_connect(id, port)),
                    (Phase::Open | Phase::Unanswered, Some(error)) => {
                        Ok(self.dispatch_disconnect(id, port, error))
                    }
                    _ => Err(DispatchError::NothingToDispatch(id)),
                }
            }
            EventSource::Reply(request) => self.dispatch_reply(id, request),
            EventSource::Request(request) => self.dispatch_request(id, request),
        }
    }

    fn dispatch_connect(&mut self, id: ContextId, port: PortId) -> Dispatched<P> {
        let channel = self.ends.back.at(port.slot()).channel;
        let record = self.channels.at(channel);
        let event = record.event;
        let place = Place::Runtime(id.slot(), event as usize);
        let running = Running::Connect { port: port.slot(), event };
        let Some(listener) = self.begin(id, place, running) else {
            self.remove_end(port.slot(), DropRule::Declined);
            self.settle(channel);
            self.free_if_over(channel);
            return Dispatched::Nothing(NothingCalled::Declined);
        };
        let end = self.ends.at_mut(port.slot());
        end.phase = Phase::Open;
        end.consume(1);
        let record = self.channels.at_mut(channel);
        record.accepted = true;
        let (sender, name) = (record.sender.clone(), record.name.clone());
        self.answer_opener(channel);
        self.answered(channel);
        let occurrence = Occurrence::Connect { port, sender, name };
        Dispatched::Called { listener, occurrence }
    }

    /// The port closes: `[S2]`. The channel is over for it, but others may still hold it.
    fn dispatch_disconnect(
        &mut self,
        id: ContextId,
        port: PortId,
        error: Option<PortError>,
    ) -> Dispatched<P> {
        let running = Running::Disconnect { port: port.slot(), error };
        let listener = self.begin(id, Place::Disconnect(port.slot()), running);
        let end = self.ends.at(port.slot());
        let (role, channel) = (end.role(), self.ends.back.at(port.slot()).channel);
        self.close_end(port.slot(), DropRule::ClosedHere);
        if role == Role::Opener {
            self.opener_left(channel, None);
        }
        match listener {
            Some(listener) => {
                let occurrence = Occurrence::Disconnect { port, error };
                Dispatched::Called { listener, occurrence }
            }
            None => Dispatched::Disconnected { port, error },
        }
    }

    fn dispatch_request(
        &mut self,
        id: ContextId,
        request: RequestId,
    ) -> Result<Dispatched<P>, DispatchError> {
        let record = self.requests.get(request).ok_or(NoRequest::NoSuchRequest(request))?;
        let slot = request.slot();
        let ask = self.find_ask(slot, id.slot());
        let ask = ask.filter(|&ask| self.asks.at(ask).phase == ReceiverPhase::Offered);
        let (Some(ask), Some(message)) = (ask, &record.message) else {
            return Err(DispatchError::NothingToDispatch(id));
        };
        let event = record.event;

        let place = Place::Runtime(id.slot(), event as usize);
        if self.listeners.of(&self.set(place)).is_empty() {
            self.remove_ask(ask);
            self.resolve(slot);
            return Ok(Dispatched::Nothing(NothingCalled::Declined));
        }
        let (copy, sender) = ((record.offered > 1).then(|| message.clone()), record.sender.clone());
        self.asks.at_mut(ask).phase = ReceiverPhase::Listening;
        let record = self.requests.at_mut(slot);
        record.received = true;
        record.offered -= 1;
        // The last one to get it needs no copy.
        let payload = copy.or_else(|| self.take_message(slot));
        let running = Running::Request { request, event, threw: false, will_respond: false };
        let listener = self.begin(id, place, running);
        let (Some(listener), Some(payload)) = (listener, payload) else {
            unreachable!("an offered request has its message, and the set is not empty");
        };
        let occurrence = Occurrence::Request { request, payload, sender };
        Ok(Dispatched::Called { listener, occurrence })
    }

    fn dispatch_reply(
        &mut self,
        id: ContextId,
        request: RequestId,
    ) -> Result<Dispatched<P>, DispatchError> {
        let record = self.requests.get(request).ok_or(NoRequest::NoSuchRequest(request))?;
        if record.origin != Some(id.slot()) {
            return Err(DispatchError::ForeignRequest(request));
        }
        let RequestPhase::Answered(_) = record.phase else {
            return Err(DispatchError::NothingToDispatch(id));
        };

        let slot = request.slot();
        let phase =
            core::mem::replace(&mut self.requests.at_mut(slot).phase, RequestPhase::Settled);
        self.settle_reply(slot, &phase);
        self.free_request_if_over(slot);
        match phase {
            RequestPhase::Answered(outcome) => Ok(Dispatched::Settled { request, outcome }),
            _ => unreachable!("the phase was looked at above"),
        }
    }

    /// Begins a dispatch with the listeners of a set.
    #[inline(always)]
    fn begin(&mut self, id: ContextId, place: Place, running: Running) -> Option<ListenerId> {
        let set = self.set(place);
        self.contexts.at_mut(id.slot()).begin(self.listeners.of(&set), running)
    }

    /// Notes how the running listener ended, and names the listener to call next with the same
    /// event. `None`: the dispatch is over. A listener that was added during the dispatch is not
    /// called in it; one that was removed is a rule ([`RemovedDuringDispatch`],
    /// `e5_change_during_dispatch`).
    ///
    /// # Errors
    ///
    /// [`NextError`]: there is no such context, it is suspended, or no listener runs.
    #[inline]
    pub fn next(
        &mut self,
        context: ContextId,
        completion: Completion,
    ) -> Result<Option<ListenerId>, NextError> {
        let result = self.next_inner(context, completion);
        self.done("next", result)
    }

    #[inline]
    fn next_inner(
        &mut self,
        id: ContextId,
        completion: Completion,
    ) -> Result<Option<ListenerId>, NextError> {
        let context = self.contexts.get_mut(id).ok_or(NoContext::NoSuchContext(id))?;
        if context.suspended {
            return Err(NextError::Suspended(id));
        }
        // The last listener of a message has nobody behind it and nobody to answer.
        if matches!(context.running, Running::Message { .. }) && context.remaining.is_empty() {
            context.running = Running::Idle;
            return Ok(None);
        }
        if let Running::Idle = context.running {
            return Err(NextError::Idle(id));
        }

        Ok(self.next_in_line(id, completion))
    }

    /// Goes on with any dispatch.
    #[inline(never)]
    fn next_in_line(&mut self, id: ContextId, completion: Completion) -> Option<ListenerId> {
        let context = self.contexts.at_mut(id.slot());
        if let Running::Request { threw, will_respond, .. } = &mut context.running {
            *threw |= completion == Completion::Threw;
            *will_respond |= completion == Completion::WillRespond;
        } else if context.remaining.is_empty() {
            context.running = Running::Idle;
            return None;
        }
        while let Some(listener) = self.contexts.at_mut(id.slot()).remaining.pop() {
            if self.is_still_called(id.slot(), listener) {
                self.contexts.at_mut(id.slot()).listener = listener;
                return Some(listener);
            }
        }
        let context = self.contexts.at_mut(id.slot());
        let running = core::mem::replace(&mut context.running, Running::Idle);
        if let Running::Request { request, threw, will_respond, .. } = running {
            self.conclude(id, request, threw, will_respond);
        }
        None
    }

    /// Whether a listener of the snapshot is called at its turn.
    fn is_still_called(&self, context: u32, listener: ListenerId) -> bool {
        if self.rules.removed_during_dispatch == RemovedDuringDispatch::StillCalled {
            return true;
        }
        let place = match self.contexts.at(context).running {
            Running::Connect { event, .. } | Running::Request { event, .. } => {
                Place::Runtime(context, event as usize)
            }
            Running::Disconnect { port, .. } => Place::Disconnect(port),
            Running::Message { port } => Place::Message(port),
            Running::Idle => return false,
        };
        self.listeners.contains(&self.set(place), listener)
    }

    /// All listeners of a request have run in one receiver (`o1_sendMessage_reply`).
    fn conclude(&mut self, id: ContextId, request: RequestId, threw: bool, will_respond: bool) {
        let slot = request.slot();
        let ask = self.requests.get(request).and_then(|_| self.find_ask(slot, id.slot()));
        let Some(ask) = ask else { return };
        let record = self.requests.at(slot);
        let is_asked = matches!(record.phase, RequestPhase::Asked);
        let stays_pending = self.rules.silent_answer == SilentAnswer::LeavesUserScriptsPending
            && record.event == RuntimeEvent::OnUserScriptMessage;
        if threw && self.rules.listener_throw == ListenerThrow::Rejects {
            if is_asked {
                self.answer(slot, RequestOutcome::ListenerThrew);
            }
            self.remove_ask(ask);
            self.free_request_if_over(slot);
        } else if will_respond || stays_pending {
            self.asks.at_mut(ask).phase = ReceiverPhase::Pending;
        } else {
            self.remove_ask(ask);
            self.resolve(slot);
        }
    }
}
