//! One-time messages: sending, answering, and what becomes of the promise.

use super::Step;
use crate::{
    Background, ContextId, DropRule, Effect, ExtensionId, Heard, Limit, Message, Occurrence,
    Outcome, Refusal, Request, RequestId, RequestPhase, Responder, RuntimeEvent, Sender,
    SilentAnswer,
};

/// The event that a one-time message is dispatched by, decided by who sends it `[S7]`.
pub(super) fn event_of(sender: &Sender) -> RuntimeEvent {
    if sender.world.is_some() { RuntimeEvent::OnUserScriptMessage } else { RuntimeEvent::OnMessage }
}

impl Step<'_> {
    pub(super) fn send_message(
        &mut self,
        context: ContextId,
        message: Message,
    ) -> Result<(), Refusal> {
        let extension = self.caller(context)?.extension;
        let sender = self.sender(context)?;
        let id = self.free_request_id()?;
        let request = Request {
            event: event_of(&sender),
            message,
            sender,
            origin: Some(context),
            phase: RequestPhase::Waiting,
            received: false,
            lost: false,
            receivers: Default::default(),
        };
        let background = self.loaded(extension)?.background;
        self.state.requests.insert(id, request);
        self.effects.push(Effect::Requested { request: id });
        match background {
            Background::Stopped => self.wake(extension)?,
            Background::Starting(_) => {}
            Background::Absent | Background::Running(_) => {
                let candidates = self.candidates(extension, Some(context));
                self.ask(id, &candidates);
            }
        }
        Ok(())
    }

    /// The lowest id that no request has and no listener that runs now was given: a request may be over
    /// while listeners of it still run, and what they say must not be taken for an answer to another.
    fn free_request_id(&self) -> Result<RequestId, Refusal> {
        let asked = |id: RequestId| {
            let dispatches = self.state.contexts.values().filter_map(|it| it.dispatch.as_ref());
            dispatches.map(|it| it.occurrence).any(|occurrence| {
                matches!(occurrence, Occurrence::Request { request, .. } if request == id)
            })
        };
        let free = |id: &RequestId| !self.state.requests.contains_key(id) && !asked(*id);
        (0..=u32::MAX).map(RequestId).find(free).ok_or(Refusal::Limit(Limit::Ids))
    }

    /// Offers a request to these contexts, and to no others later.
    pub(super) fn ask(&mut self, id: RequestId, candidates: &[ContextId]) {
        let Some(request) = self.state.requests.get_mut(&id) else { return };
        if request.phase == RequestPhase::Waiting {
            request.phase = RequestPhase::Asked;
        }
        request.receivers =
            candidates.iter().map(|&context| (context, Responder::Offered)).collect();
        self.resolve(id);
    }

    pub(super) fn waiting_requests(&self, extension: ExtensionId) -> Vec<RequestId> {
        let requests = self.state.requests.iter();
        requests
            .filter(|(_, request)| {
                request.sender.extension == extension && request.phase == RequestPhase::Waiting
            })
            .map(|(&id, _)| id)
            .collect()
    }

    pub(super) fn request_received(&mut self, id: RequestId, context: ContextId) {
        let Some(request) = self.state.requests.get_mut(&id) else { return };
        request.receivers.insert(context, Responder::Listening);
        if request.phase == RequestPhase::Asked {
            request.received = true;
        }
    }

    /// A receiver has no listener, or its listeners have said nothing: it no longer counts.
    pub(super) fn responder_leaves(&mut self, id: RequestId, context: ContextId) {
        if let Some(request) = self.state.requests.get_mut(&id) {
            request.receivers.remove(&context);
        }
        self.resolve(id);
    }

    /// All listeners of a receiver have returned (`o1_sendMessage_reply`).
    pub(super) fn request_heard(&mut self, id: RequestId, context: ContextId, heard: Heard) {
        let Some(request) = self.state.requests.get_mut(&id) else { return };
        let Some(responder) = request.receivers.get_mut(&context) else { return };
        let is_user_script = request.event == RuntimeEvent::OnUserScriptMessage;
        let stays_pending = match self.rules.silent_answer {
            SilentAnswer::LeavesUserScriptsPending => is_user_script,
            SilentAnswer::ResolvesUndefined => false,
        };
        match heard {
            Heard::Threw => self.answer(id, context, Outcome::ListenerThrew),
            Heard::Silence if !stays_pending => self.responder_leaves(id, context),
            Heard::Silence | Heard::WillRespond => *responder = Responder::Pending,
        }
    }

    pub(super) fn respond(
        &mut self,
        context: ContextId,
        id: RequestId,
        message: Message,
    ) -> Result<(), Refusal> {
        self.responder(context, id)?;
        let request = self.state.requests.get(&id).ok_or(Refusal::NoSuchRequest)?;
        if request.phase != RequestPhase::Asked {
            let rule = DropRule::AlreadyAnswered;
            self.effects.push(Effect::DroppedAnswer { request: id, message, rule });
        }
        self.answer(id, context, Outcome::Reply(message));
        Ok(())
    }

    pub(super) fn abandon(&mut self, context: ContextId, id: RequestId) -> Result<(), Refusal> {
        if self.responder(context, id)? == Responder::Listening {
            return Err(Refusal::InUse);
        }
        self.lose_responder(id, context);
        Ok(())
    }

    /// The acting context of an answer, which must have been asked.
    fn responder(&self, context: ContextId, id: RequestId) -> Result<Responder, Refusal> {
        self.extension_script(context)?;
        let request = self.state.requests.get(&id).ok_or(Refusal::NoSuchRequest)?;
        match request.receivers.get(&context) {
            None | Some(Responder::Offered) => Err(Refusal::ForeignRequest),
            Some(&responder) => Ok(responder),
        }
    }

    /// The first answer counts; the receiver that gave it has done its part.
    fn answer(&mut self, id: RequestId, context: ContextId, outcome: Outcome) {
        if let Some(request) = self.state.requests.get_mut(&id) {
            request.receivers.remove(&context);
            if request.phase == RequestPhase::Asked {
                request.settle_with(outcome);
            }
        }
        self.resolve(id);
    }

    /// A receiver that the message had reached is gone without an answer.
    fn lose_responder(&mut self, id: RequestId, context: ContextId) {
        if let Some(request) = self.state.requests.get_mut(&id) {
            let responder = request.receivers.remove(&context);
            let reached = matches!(responder, Some(Responder::Listening | Responder::Pending));
            request.lost |= reached && request.phase == RequestPhase::Asked;
        }
        self.resolve(id);
    }

    pub(super) fn requests_of_dead(&mut self, context: ContextId) {
        let requests: Vec<RequestId> = self.state.requests.keys().copied().collect();
        for id in requests {
            if let Some(request) = self.state.requests.get_mut(&id)
                && request.origin == Some(context)
            {
                request.origin = None;
            }
            self.lose_responder(id, context);
        }
    }

    /// The page of the sender is cached: nobody's answer reaches it.
    pub(super) fn unanswer_requests(&mut self, context: ContextId) {
        for request in
            self.state.requests.values_mut().filter(|request| request.origin == Some(context))
        {
            if matches!(request.phase, RequestPhase::Asked | RequestPhase::Waiting) {
                request.settle_with(Outcome::Unanswered);
            }
        }
    }

    /// Ends requests so that nothing in flight is delivered, neither message nor answer; the sender is
    /// told.
    pub(super) fn cut_requests(&mut self, rule: DropRule, which: impl Fn(&Request) -> bool) {
        let requests = self.state.requests.iter();
        let cut: Vec<RequestId> =
            requests.filter(|(_, request)| which(request)).map(|(&id, _)| id).collect();
        for id in cut {
            if let Some(request) = self.state.requests.get_mut(&id) {
                request.receivers.retain(|_, responder| *responder != Responder::Offered);
                if let RequestPhase::Answered(Outcome::Reply(message)) = request.phase {
                    self.effects.push(Effect::DroppedAnswer { request: id, message, rule });
                }
                if request.phase != RequestPhase::Settled {
                    request.settle_with(Outcome::Unanswered);
                }
            }
            self.free_request(id);
        }
    }

    /// Decides the outcome once nobody is left who could answer.
    fn resolve(&mut self, id: RequestId) {
        if let Some(request) = self.state.requests.get_mut(&id)
            && request.phase == RequestPhase::Asked
            && request.receivers.is_empty()
        {
            let outcome = match (request.lost, request.received) {
                (true, _) => Outcome::Unanswered,
                (false, true) => Outcome::Undefined,
                (false, false) => Outcome::NoReceiver,
            };
            request.settle_with(outcome);
        }
        self.free_request(id);
    }

    pub(super) fn free_request(&mut self, id: RequestId) {
        let done = self.state.requests.get(&id).is_some_and(|request| {
            let told = request.origin.is_none() || request.phase == RequestPhase::Settled;
            told && request.receivers.is_empty() && request.phase != RequestPhase::Waiting
        });
        if done {
            self.state.requests.remove(&id);
        }
    }
}

impl Request {
    /// Sets the outcome. What led to it is forgotten, so that equal situations are equal values.
    fn settle_with(&mut self, outcome: Outcome) {
        self.phase = RequestPhase::Answered(outcome);
        self.received = false;
        self.lost = false;
    }
}
