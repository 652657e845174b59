//! One-time messages: asked, answered, settled (`o1_sendMessage_reply`).

use super::Router;
use super::accounts::Payer;
use super::check::{NoRequest, within};
use super::notices::Notice;
use crate::record::{Amount, Ask, Request, Subject};
use crate::store::{Id as _, Links, List, NONE, Store as _};
use crate::{
    AbandonError, Background, ContextId, DropRule, LimitKind, Payload, ReceiverPhase, RequestId,
    RequestOutcome, RequestPhase, RespondError, SendMessageError,
};

impl<P: Payload> Router<P> {
    /// Sends a one-time message to the other contexts of the extension, as `runtime.sendMessage`
    /// does. The outcome comes back as an [`EventSource::Reply`](crate::EventSource::Reply).
    ///
    /// # Errors
    ///
    /// [`SendMessageError`]: the context cannot act; it is a world without messaging; the message
    /// is too large, or too many or too much is under way already.
    pub fn send_message(
        &mut self,
        context: ContextId,
        message: P,
    ) -> Result<RequestId, SendMessageError> {
        let result = self.send_inner(context, message);
        self.done("send_message", result)
    }

    fn send_inner(&mut self, id: ContextId, message: P) -> Result<RequestId, SendMessageError> {
        let context = self.acting(id)?;
        Self::gated(id, context)?;
        let bytes = message.bytes();
        self.message_fits(bytes)?;
        let back = self.contexts.back.at(id.slot());
        within(back.request_count + 1, self.limits.requests, || LimitKind::Requests)?;
        self.hold_fits(id.slot(), bytes)?;
        let extension = back.extension;
        let record = self.extensions.at(extension);
        let requests = record.request_count + 1;
        within(requests, self.limits.extension_requests, || LimitKind::ExtensionRequests)?;
        match record.background {
            Background::Stopped => {
                self.waiting_fits(record)?;
                self.context_fits()?;
            }
            Background::Starting(_) => self.waiting_fits(record)?,
            Background::Absent | Background::Running(_) => {}
        }
        self.reserve(id.slot(), Amount::message(bytes))?;

        let back = self.contexts.back.at(id.slot());
        let (event, sender) = (back.message_event(), back.sender.clone());
        self.charge(id.slot(), bytes);
        self.extensions.at_mut(extension).request_count = requests;
        let request = self.requests.insert(Request {
            event,
            message: Some(message),
            sender,
            extension,
            origin: Some(id.slot()),
            phase: RequestPhase::Waiting,
            received: false,
            lost: false,
            announced: false,
            hold: NONE,
            asks: List::EMPTY,
            offered: 0,
            of_origin: Links::NONE,
        });
        let origin = self.contexts.back.at_mut(id.slot());
        origin.requests.push_back(&mut self.requests, request.slot());
        origin.request_count += 1;
        if !self.begin_waiting(extension, Subject::Request(request.slot())) {
            self.ask(extension, request.slot());
        }
        Ok(request)
    }

    /// Asks everybody who receives.
    pub(super) fn ask(&mut self, extension: u32, slot: u32) {
        let id = self.requests.id_of(slot);
        let hold = self.requests.at(slot).hold;
        if hold != NONE {
            self.unhold(hold);
        }
        let origin = self.requests.at(slot).origin;
        let mut after = None;
        while let Some(receiver) = self.next_receiver(extension, origin, after) {
            let ask = self.asks.insert(Ask {
                request: slot,
                receiver,
                phase: ReceiverPhase::Offered,
                of_request: Links::NONE,
                of_receiver: Links::NONE,
            });
            let request = self.requests.at_mut(slot);
            request.asks.push_back(&mut self.asks, ask);
            request.offered += 1;
            self.contexts.back.at_mut(receiver).asks.push_back(&mut self.asks, ask);
            self.notices.push(Notice::Request(id, self.contexts.id_of(receiver)));
            after = Some(receiver);
        }
        self.requests.at_mut(slot).phase = RequestPhase::Asked;
        self.forget_message(slot);
        self.resolve(slot);
    }

    /// Answers a request, from within a listener or later. Only the first answer counts; one that
    /// comes later is dropped, which is not an error.
    ///
    /// # Errors
    ///
    /// [`RespondError`]: the context cannot act; it is no background or page; there is no such
    /// request, or this context was not asked, or has answered; the message is too large, or too
    /// much is under way already on the account of the context that asked.
    pub fn respond(
        &mut self,
        context: ContextId,
        request: RequestId,
        message: P,
    ) -> Result<(), RespondError> {
        let result = self.respond_inner(context, request, message);
        self.done("respond", result)
    }

    fn respond_inner(
        &mut self,
        id: ContextId,
        request: RequestId,
        message: P,
    ) -> Result<(), RespondError> {
        self.acting(id)?;
        self.own(id)?;
        let ask = self.received_ask(id, request)?;
        let ask = ask.ok_or(RespondError::ForeignRequest(request))?;
        let bytes = message.bytes();
        self.message_fits(bytes)?;
        let slot = request.slot();
        let record = self.requests.at(slot);
        if let (RequestPhase::Asked, Some(origin)) = (&record.phase, record.origin) {
            self.reserve(origin, Amount::message(bytes))?;
        }

        if let RequestPhase::Asked = self.requests.at(slot).phase {
            self.answer(slot, RequestOutcome::Reply(message));
        } else {
            self.dropped.add(DropRule::AlreadyAnswered, 1);
        }
        self.remove_ask(ask);
        self.free_request_if_over(slot);
        Ok(())
    }

    /// Lets go of a request that a listener said it would answer, because the means to answer were
    /// collected. It is resolved without this context.
    ///
    /// # Errors
    ///
    /// [`AbandonError`]: the context cannot act; it is no background or page; there is no such
    /// request, or this context was not asked, or has answered; its listeners still run.
    pub fn abandon(&mut self, context: ContextId, request: RequestId) -> Result<(), AbandonError> {
        let result = self.abandon_inner(context, request);
        self.done("abandon", result)
    }

    fn abandon_inner(&mut self, id: ContextId, request: RequestId) -> Result<(), AbandonError> {
        self.acting(id)?;
        self.own(id)?;
        let ask = self.received_ask(id, request)?;
        let ask = ask.ok_or(AbandonError::ForeignRequest(request))?;
        if self.asks.at(ask).phase != ReceiverPhase::Pending {
            return Err(AbandonError::RequestInUse(request));
        }

        self.lose_ask(ask);
        Ok(())
    }

    /// The ask of a context that has got the request.
    fn received_ask(
        &self,
        context: ContextId,
        request: RequestId,
    ) -> Result<Option<u32>, NoRequest> {
        self.requests.get(request).ok_or(NoRequest::NoSuchRequest(request))?;
        let ask = self.find_ask(request.slot(), context.slot());
        Ok(ask.filter(|&ask| self.asks.at(ask).phase != ReceiverPhase::Offered))
    }

    /// The ask of the context in the slot `receiver`, if it is among the receivers.
    pub(super) fn find_ask(&self, request: u32, receiver: u32) -> Option<u32> {
        let asks = self.requests.at(request).asks;
        let mut cursor = asks.first();
        while let Some(slot) = cursor
            && self.asks.at(slot).receiver != receiver
        {
            cursor = asks.after(&self.asks, slot);
        }
        cursor
    }

    /// Whether the request waits for the context in the slot `receiver` to take it.
    pub(super) fn is_offered(&self, request: u32, receiver: u32) -> bool {
        self.find_ask(request, receiver)
            .is_some_and(|ask| self.asks.at(ask).phase == ReceiverPhase::Offered)
    }

    /// Takes a receiver off a request.
    pub(super) fn remove_ask(&mut self, slot: u32) {
        let Ask { request, receiver, phase, .. } = *self.asks.at(slot);
        let record = self.requests.at_mut(request);
        record.asks.remove(&mut self.asks, slot);
        self.contexts.back.at_mut(receiver).asks.remove(&mut self.asks, slot);
        self.asks.remove(slot);
        if phase == ReceiverPhase::Offered {
            record.offered -= 1;
            self.forget_message(request);
        }
    }

    /// A receiver goes without an answer. If it had got the message, the origin may learn that.
    fn lose_ask(&mut self, slot: u32) {
        let Ask { request, phase, .. } = *self.asks.at(slot);
        if phase != ReceiverPhase::Offered {
            self.requests.at_mut(request).lost = true;
        }
        self.remove_ask(slot);
        self.resolve(request);
    }

    /// The receivers that have not got the request never will.
    pub(super) fn withdraw_offers(&mut self, slot: u32) {
        for ask in self.requests.at(slot).asks.slots(&self.asks) {
            if self.asks.at(ask).phase == ReceiverPhase::Offered {
                self.remove_ask(ask);
            }
        }
    }

    /// Drops the message once nobody is to get it any more.
    pub(super) fn forget_message(&mut self, slot: u32) {
        let request = self.requests.at_mut(slot);
        if request.offered == 0 && !matches!(request.phase, RequestPhase::Waiting) {
            self.take_message(slot);
        }
    }

    /// Takes the message out of a request.
    pub(super) fn take_message(&mut self, slot: u32) -> Option<P> {
        let request = self.requests.at_mut(slot);
        let (origin, extension) = (request.origin, request.extension);
        let message = request.message.take()?;
        self.discharge(origin, extension, message.bytes());
        Some(message)
    }

    /// Fixes the outcome if nobody is left who could, and frees the request if it is over.
    pub(super) fn resolve(&mut self, slot: u32) {
        let request = self.requests.at(slot);
        if matches!(request.phase, RequestPhase::Asked) && request.asks.is_empty() {
            let outcome = if request.lost {
                RequestOutcome::Unanswered
            } else if request.received {
                RequestOutcome::Undefined
            } else {
                RequestOutcome::NoReceiver
            };
            self.answer(slot, outcome);
        }
        self.free_request_if_over(slot);
    }

    /// Fixes the outcome, on its way to the origin. Receivers that are left go on in vain.
    /// Replacing an outcome needs no second notice.
    pub(super) fn answer(&mut self, slot: u32, outcome: RequestOutcome<P>) {
        let hold = self.requests.at(slot).hold;
        if hold != NONE {
            self.unhold(hold);
        }
        if let RequestOutcome::Reply(message) = &outcome {
            self.put_on(self.asker(slot), message.bytes());
        }
        let id = self.requests.id_of(slot);
        let request = self.requests.at_mut(slot);
        let before = core::mem::replace(&mut request.phase, RequestPhase::Answered(outcome));
        let origin = request.origin;
        self.settle_reply(slot, &before);
        if !matches!(before, RequestPhase::Answered(_))
            && let Some(origin) = origin
        {
            self.notices.push(Notice::Reply(id, self.contexts.id_of(origin)));
        }
        self.forget_message(slot);
    }

    /// Who answers for what is under way of a request.
    fn asker(&self, slot: u32) -> Payer {
        let request = self.requests.at(slot);
        request.origin.map_or(Payer::Extension(request.extension), Payer::Context)
    }

    /// A phase is over; if a reply was under way in it, it is no more.
    pub(super) fn settle_reply(&mut self, slot: u32, phase: &RequestPhase<P>) {
        if let RequestPhase::Answered(RequestOutcome::Reply(message)) = phase {
            self.take_off(self.asker(slot), message.bytes());
        }
    }

    /// Frees a request that nobody waits for and nobody may answer: `[S11]`. One that waits for the
    /// background is still to be delivered, whatever has become of its origin.
    pub(super) fn free_request_if_over(&mut self, slot: u32) {
        let request = self.requests.at(slot);
        if matches!(request.phase, RequestPhase::Waiting) {
            return;
        }
        let is_settled = matches!(request.phase, RequestPhase::Settled);
        if !(is_settled || request.origin.is_none()) || !request.asks.is_empty() {
            return;
        }
        if let Some(origin) = request.origin {
            self.disown_request(origin, slot);
        }
        let request = self.requests.remove(slot);
        let record = self.extensions.at_mut(request.extension);
        record.request_count -= 1;
        if let RequestPhase::Answered(RequestOutcome::Reply(message)) = &request.phase {
            self.take_off(Payer::Extension(request.extension), message.bytes());
        }
    }

    fn disown_request(&mut self, origin: u32, slot: u32) {
        let origin = self.contexts.back.at_mut(origin);
        origin.requests.remove(&mut self.requests, slot);
        origin.request_count -= 1;
    }

    /// A dying context answers nothing any more.
    pub(super) fn end_asks(&mut self, context: u32) {
        while let Some(ask) = self.contexts.back.at(context).asks.first() {
            self.lose_ask(ask);
        }
    }

    /// A dying context waits for no reply any more.
    pub(super) fn end_requests(&mut self, context: u32) {
        while let Some(slot) = self.contexts.back.at(context).requests.first() {
            self.disown_request(context, slot);
            self.requests.at_mut(slot).origin = None;
            self.free_request_if_over(slot);
        }
    }
}
