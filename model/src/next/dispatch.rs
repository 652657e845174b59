//! Dispatch: a context takes its next event and calls the listeners of it, one step each.

use std::collections::VecDeque;

use super::Step;
use crate::{
    Completion, ContextId, DisconnectError, Dispatch, DropRule, Effect, EventSource, Heard, Item,
    ListenerId, ListenerTarget, ListenersAfterClose, Occurrence, Phase, PortId, Refusal,
    RemovedDuringDispatch, RequestPhase, Responder,
};

impl Step<'_> {
    pub(super) fn dispatch(
        &mut self,
        context: ContextId,
        source: EventSource,
    ) -> Result<(), Refusal> {
        let record = self.state.contexts.get(&context).ok_or(Refusal::NoSuchContext)?;
        if self.state.is_suspended(context) {
            return Err(Refusal::Suspended);
        }
        if record.dispatch.is_some() {
            return Err(Refusal::Busy);
        }
        match source {
            EventSource::Port(port) => self.dispatch_port(context, port),
            EventSource::Reply(request) => self.dispatch_reply(context, request),
            EventSource::Request(request) => self.dispatch_request(context, request),
        }
    }

    fn dispatch_port(&mut self, context: ContextId, port: PortId) -> Result<(), Refusal> {
        let end = self.state.end(port).ok_or(Refusal::NoSuchPort)?;
        if self.state.owner(port) != Some(context) {
            return Err(Refusal::ForeignPort);
        }
        match end.phase {
            Phase::Closed => Err(Refusal::NothingToDispatch),
            Phase::Offered => self.dispatch_offer(context, port),
            Phase::Open | Phase::Unanswered => {
                let item =
                    self.end_mut(port)?.inbox.pop_front().ok_or(Refusal::NothingToDispatch)?;
                match item {
                    Item::Message(message) => {
                        let occurrence = Occurrence::Message { port, message };
                        if !self.call_listeners(
                            context,
                            occurrence,
                            ListenerTarget::OnMessage(port),
                        ) {
                            self.effects.push(Effect::Dropped {
                                port,
                                message,
                                rule: DropRule::NoListener,
                            });
                        }
                        Ok(())
                    }
                    Item::Disconnect(error) => self.dispatch_disconnect(context, port, error),
                }
            }
        }
    }

    /// The context accepts if it has a listener now; what the listener does with the port does not count.
    fn dispatch_offer(&mut self, context: ContextId, port: PortId) -> Result<(), Refusal> {
        let id = port.channel();
        let channel = self.state.channels.get(&id).ok_or(Refusal::NoSuchPort)?;
        let (target, sender) = (ListenerTarget::from(channel.event), channel.sender);
        if self.state.listeners(context, target).is_none_or(crate::ListenerSet::is_empty) {
            self.drop_inbox(port, DropRule::Declined);
            if let Some(channel) = self.state.channels.get_mut(&id) {
                channel.receivers.remove(&context);
            }
            self.release_held(id);
            self.settle(id);
            return Ok(());
        }
        if let Some(channel) = self.state.channels.get_mut(&id) {
            channel.accepted = true;
        }
        self.answer_opener(id);
        self.end_mut(port)?.phase = Phase::Open;
        self.effects.push(Effect::Accepted { port });
        self.release_held(id);
        self.call_listeners(context, Occurrence::Connect { port, sender }, target);
        Ok(())
    }

    fn dispatch_disconnect(
        &mut self,
        context: ContextId,
        port: PortId,
        error: Option<DisconnectError>,
    ) -> Result<(), Refusal> {
        self.end_mut(port)?.phase = Phase::Closed;
        self.effects.push(Effect::Disconnected { port, error });
        self.call_listeners(
            context,
            Occurrence::Disconnect { port, error },
            ListenerTarget::OnDisconnect(port),
        );
        if self.rules.listeners_after_close == ListenersAfterClose::Cleared {
            let end = self.end_mut(port)?;
            end.on_message.clear();
            end.on_disconnect.clear();
        }
        if let PortId::Opener(id) = port {
            self.opener_leaves(id, None);
        }
        Ok(())
    }

    fn dispatch_request(
        &mut self,
        context: ContextId,
        id: crate::RequestId,
    ) -> Result<(), Refusal> {
        let request = self.state.requests.get(&id).ok_or(Refusal::NoSuchRequest)?;
        if request.receivers.get(&context) != Some(&Responder::Offered) {
            return Err(Refusal::NothingToDispatch);
        }
        let (message, sender) = (request.message, request.sender);
        let target = ListenerTarget::Runtime(request.event);
        let occurrence = Occurrence::Request { request: id, message, sender };
        if self.call_listeners(context, occurrence, target) {
            self.request_received(id, context);
        } else {
            self.responder_leaves(id, context);
        }
        Ok(())
    }

    fn dispatch_reply(&mut self, context: ContextId, id: crate::RequestId) -> Result<(), Refusal> {
        let request = self.state.requests.get_mut(&id).ok_or(Refusal::NoSuchRequest)?;
        if request.origin != Some(context) {
            return Err(Refusal::ForeignRequest);
        }
        let RequestPhase::Answered(outcome) = request.phase else {
            return Err(Refusal::NothingToDispatch);
        };
        request.phase = RequestPhase::Settled;
        self.effects.push(Effect::Settled { context, request: id, outcome });
        self.free_request(id);
        Ok(())
    }

    /// Begins a dispatch by calling the first listener of the set; `false` if there is none.
    fn call_listeners(
        &mut self,
        context: ContextId,
        occurrence: Occurrence,
        target: ListenerTarget,
    ) -> bool {
        let listeners = self
            .state
            .listeners(context, target)
            .map(crate::ListenerSet::as_slice)
            .unwrap_or_default();
        let mut rest: VecDeque<ListenerId> = listeners.iter().copied().collect();
        let Some(current) = rest.pop_front() else { return false };
        if let Some(record) = self.state.contexts.get_mut(&context) {
            record.dispatch = Some(Dispatch { occurrence, current, rest, heard: Heard::Silence });
        }
        self.effects.push(Effect::Called { context, listener: current, occurrence });
        true
    }

    /// The listener that ran has ended (`e4_throwing_listener`, `e5_change_during_dispatch`).
    pub(super) fn next_listener(
        &mut self,
        context: ContextId,
        completion: Completion,
    ) -> Result<(), Refusal> {
        let record = self.state.contexts.get(&context).ok_or(Refusal::NoSuchContext)?;
        if self.state.is_suspended(context) {
            return Err(Refusal::Suspended);
        }
        let mut dispatch = record.dispatch.clone().ok_or(Refusal::Idle)?;
        if completion == Completion::Threw {
            self.effects.push(Effect::Uncaught { context, listener: dispatch.current });
        }
        if let Occurrence::Request { .. } = dispatch.occurrence {
            dispatch.heard = dispatch.heard.max(self.heard(completion));
        }
        let target = self.target_of(&dispatch.occurrence);
        let following = loop {
            let Some(listener) = dispatch.rest.pop_front() else { break None };
            let present =
                target.is_some_and(|target| self.state.has_listener(context, target, listener));
            if present || self.rules.removed_during_dispatch == RemovedDuringDispatch::StillCalled {
                break Some(listener);
            }
        };
        match following {
            Some(listener) => {
                dispatch.current = listener;
                let occurrence = dispatch.occurrence;
                self.set_dispatch(context, Some(dispatch));
                self.effects.push(Effect::Called { context, listener, occurrence });
            }
            None => {
                self.set_dispatch(context, None);
                if let Occurrence::Request { request, .. } = dispatch.occurrence {
                    self.request_heard(request, context, dispatch.heard);
                }
            }
        }
        Ok(())
    }

    fn heard(&self, completion: Completion) -> Heard {
        match (completion, self.rules.listener_throw) {
            (Completion::Threw, crate::ListenerThrow::Rejects) => Heard::Threw,
            (Completion::WillRespond, _) => Heard::WillRespond,
            _ => Heard::Silence,
        }
    }

    fn target_of(&self, occurrence: &Occurrence) -> Option<ListenerTarget> {
        match *occurrence {
            Occurrence::Connect { port, .. } => self
                .state
                .channels
                .get(&port.channel())
                .map(|channel| ListenerTarget::from(channel.event)),
            Occurrence::Disconnect { port, .. } => Some(ListenerTarget::OnDisconnect(port)),
            Occurrence::Message { port, .. } => Some(ListenerTarget::OnMessage(port)),
            Occurrence::Request { sender, .. } => {
                Some(ListenerTarget::Runtime(super::request::event_of(&sender)))
            }
        }
    }

    fn set_dispatch(&mut self, context: ContextId, dispatch: Option<Dispatch>) {
        if let Some(record) = self.state.contexts.get_mut(&context) {
            record.dispatch = dispatch;
        }
    }
}
