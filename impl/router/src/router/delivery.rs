//! Delivery: how messages and the end of a channel get into an inbox, and out of it undelivered.
//!
//! Every event that waits in an end has one notice in the queue, pushed here and nowhere else.

use super::Router;
use super::accounts::Payer;
use super::check::Limited;
use super::listeners::Place;
use crate::record::{Amount, Phase, Role};
use crate::store::{Queue, Store as _};
use crate::{CacheEntry, DropRule, ListenersAfterClose, Payload, PortError};

impl<P: Payload> Router<P> {
    /// Puts a message into the inbox of a live end.
    pub(super) fn push(&mut self, slot: u32, message: P) {
        let payer = self.payer(self.ends.at(slot));
        self.put_on(payer, message.bytes());
        self.deliver(slot, message);
    }

    /// Puts a message into the inbox of a live end, if there is room on the account of the context
    /// that opened the channel.
    pub(super) fn push_if_fits(
        &mut self,
        opener: u32,
        slot: u32,
        message: P,
    ) -> Result<(), Limited> {
        let bytes = message.bytes();
        self.reserve(opener, Amount::message(bytes))?;

        self.put_on(Payer::Context(opener), bytes);
        self.deliver(slot, message);
        Ok(())
    }

    /// Puts a message that is on an account into the inbox of a live end.
    #[inline(always)]
    pub(super) fn deliver(&mut self, slot: u32, message: P) {
        let (port, end) = self.ends.named_mut(slot);
        debug_assert!(end.is_live(), "[S3] nothing is delivered after disconnect");
        self.messages.push_back(&mut end.inbox, message);
        self.notices.push_port(port);
    }

    /// Takes the oldest message out of an inbox.
    pub(super) fn pop(&mut self, slot: u32) -> Option<P> {
        let end = self.ends.at_mut(slot);
        let message = self.messages.pop_front(&mut end.inbox)?;
        end.consume(1);
        let payer = self.payer(self.ends.at(slot));
        self.take_off(payer, message.bytes());
        Some(message)
    }

    /// Drops the messages of an inbox. The end of the channel, if it waits behind them, stays.
    pub(super) fn drop_inbox(&mut self, slot: u32, rule: DropRule) {
        let mut messages = 0;
        while self.pop(slot).is_some() {
            messages += 1;
        }
        self.dropped.add(rule, messages);
    }

    /// Copies a message to each live receiver.
    pub(super) fn fan_out(&mut self, channel: u32, message: P) {
        let receivers = self.channels.at(channel).receivers;
        let mut cursor = receivers.first();
        let mut last = None;
        while let Some(slot) = cursor {
            cursor = receivers.after(&self.ends.back, slot);
            if self.ends.at(slot).is_live()
                && let Some(earlier) = last.replace(slot)
            {
                self.push(earlier, message.clone());
            }
        }
        match last {
            Some(slot) => self.push(slot, message),
            None => self.dropped.add(DropRule::PeerGone, 1),
        }
    }

    /// Tells a live end that the channel is over: `[S2]`, once, because it is not live afterwards.
    ///
    /// In a cached page whose ports live on, the port closes instead and nobody is told
    /// ([`CacheEntry::KeepsPort`]).
    pub(super) fn tell(&mut self, slot: u32, error: Option<PortError>) {
        let port = self.ends.id_of(slot);
        let end = self.ends.at_mut(slot);
        debug_assert!(end.is_live(), "[S2] an end is told at most once");
        end.pending = Some(error);
        let (role, owner) = (end.role(), end.owner);
        let channel = self.ends.back.at(slot).channel;
        if role == Role::Receiver {
            self.lose_receiver(channel);
        }
        self.notices.push_port(port);
        if self.rules.cache_entry == CacheEntry::KeepsPort && self.contexts.at(owner).suspended {
            self.close_end(slot, DropRule::Cached);
        }
    }

    /// Closes an open end on this side. What waits in it vanishes, the end of the channel
    /// included: `[S3]`.
    pub(super) fn close_end(&mut self, slot: u32, rule: DropRule) {
        self.drop_inbox(slot, rule);
        let end = self.ends.at_mut(slot);
        let was_live = end.is_live();
        if end.pending.take().is_some() {
            end.consume(1);
        }
        end.phase = Phase::Closed;
        let role = end.role();
        let channel = self.ends.back.at(slot).channel;
        if was_live && role == Role::Receiver {
            self.lose_receiver(channel);
        }
        self.clear_closed(slot);
    }

    /// Empties the listener sets of a port that has just been closed, if the rule says so.
    pub(super) fn clear_closed(&mut self, slot: u32) {
        if self.rules.listeners_after_close == ListenersAfterClose::Cleared {
            self.clear(Place::Message(slot));
            self.clear(Place::Disconnect(slot));
        }
    }

    /// Drops the messages of a queue that is in no inbox, on behalf of the opener in `owner`.
    pub(super) fn drop_held(
        &mut self,
        mut queue: Queue,
        owner: Option<u32>,
        extension: u32,
        rule: DropRule,
    ) {
        let mut messages = 0;
        while let Some(message) = self.messages.pop_front(&mut queue) {
            self.discharge(owner, extension, message.bytes());
            messages += 1;
        }
        self.dropped.add(rule, messages);
    }
}
