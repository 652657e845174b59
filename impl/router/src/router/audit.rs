//! Audit: the accounts, counted anew. Part of what [`is_consistent`](Router::is_consistent) asks.

use super::Router;
use super::consistent::{Verdict, require};
use crate::Payload;
use crate::record::{Account, Amount, Context, ContextBack, Extension, Role, Subject};
use crate::store::{NONE, Queue, Store as _};
use crate::{RequestOutcome, RequestPhase};

impl<P: Payload> Router<P> {
    /// A context answers for what is under way in its channels and requests, and for no more.
    pub(super) fn check_account(&self, front: &Context, record: &ContextBack) -> Verdict {
        let held = self.held_of(record);
        let counted = Amount { messages: record.held_messages, bytes: record.held_bytes };
        require(held == counted, "a context counts what is held of its own")?;
        let mut under_way = held;
        for slot in record.ports.slots(&self.ends.back) {
            let end = self.ends.at(slot);
            if end.role() == Role::Receiver {
                continue;
            }
            under_way = under_way.plus(self.amount_of(end.inbox));
            for receiver in
                self.channels.at(self.ends.back.at(slot).channel).receivers.slots(&self.ends.back)
            {
                under_way = under_way.plus(self.amount_of(self.ends.at(receiver).inbox));
            }
        }
        for slot in record.requests.slots(&self.requests) {
            let phase = &self.requests.at(slot).phase;
            if let RequestPhase::Answered(RequestOutcome::Reply(message)) = phase {
                under_way = under_way.plus(Amount::message(message.bytes()));
            }
        }
        let account = &record.account;
        require(account.under_way(front) == under_way, "a context counts what is under way")?;
        let (granted, room) = (account.granted, front.room());
        let is_over = !under_way.fits(granted);
        require(account.over.is_some() == is_over, "a context knows what is over its grant")?;
        require(!is_over || room == Amount::NONE, "where the grant is used up is no room")?;
        let extended = is_over || granted != Account::free(&self.limits);
        require(room.fits(granted), "no room was not granted")?;
        require(front.extended == extended, "a context knows whether its account is extended")
    }

    /// An extension counts what it granted to its contexts, and what dead ones left under way.
    pub(super) fn check_grants(&self, slot: u32, record: &Extension) -> Verdict {
        let free = Account::free(&self.limits);
        let mut granted = Amount::default();
        for context in self.contexts_of(slot) {
            let context = self.contexts.back.at(context);
            granted = granted.plus(context.account.granted.less(free));
            for end in context.ports.slots(&self.ends.back) {
                let end = self.ends.at(end);
                if end.role() == Role::Receiver && end.peer == NONE {
                    granted = granted.plus(self.amount_of(end.inbox));
                }
            }
        }
        for (_, hold) in self.holds.iter().filter(|(_, hold)| hold.extension == slot) {
            if let Subject::Channel(channel) = hold.subject
                && self.channels.at(channel).opener_dead
            {
                granted = granted.plus(self.amount_of(hold.messages));
            }
        }
        let orphans = self.requests.iter().map(|(_, request)| request);
        for request in orphans.filter(|it| it.extension == slot && it.origin.is_none()) {
            let reply = match &request.phase {
                RequestPhase::Answered(RequestOutcome::Reply(message)) => Some(message),
                _ => None,
            };
            for message in request.message.iter().chain(reply) {
                granted = granted.plus(Amount::message(message.bytes()));
            }
        }
        require(record.granted == granted, "an extension counts what it granted")
    }

    /// What of a context holds and requests keep.
    fn held_of(&self, record: &ContextBack) -> Amount {
        let mut held = Amount::default();
        for slot in record.ports.slots(&self.ends.back) {
            let end = self.ends.at(slot);
            let hold = self.channels.at(self.ends.back.at(slot).channel).hold;
            if end.role() == Role::Opener && hold != NONE {
                held = held.plus(self.amount_of(self.holds.at(hold).messages));
            }
        }
        for slot in record.requests.slots(&self.requests) {
            if let Some(message) = &self.requests.at(slot).message {
                held = held.plus(Amount::message(message.bytes()));
            }
        }
        held
    }

    fn amount_of(&self, queue: Queue) -> Amount {
        let messages = self.messages.iter(queue);
        messages.fold(Amount::default(), |sum, it| sum.plus(Amount::message(it.bytes())))
    }

    /// How many frames are below a document, at any depth.
    pub(super) fn frames_below(&self, document: u32) -> usize {
        let mut below = 0;
        let mut documents = alloc::vec![document];
        while let Some(slot) = documents.pop() {
            for frame in self.documents.at(slot).frames.slots(&self.frames) {
                below += 1;
                documents.extend(self.frames.at(frame).documents.slots(&self.documents));
            }
        }
        below
    }
}
