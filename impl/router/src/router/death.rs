//! Death of a context: every record of it goes, and the others hear of it: `[S4]`, `[S11]`.
//!
//! It costs in proportion to what the context holds, because each of its ports and requests is in a
//! list of its own.

use super::Router;
use super::listeners::Place;
use super::notices::Notice;
use crate::record::{EndBack, Kind, Phase, Role};
use crate::store::{NONE, Store as _};
use crate::{DropRule, Payload, ReceiverDeath, RuntimeEvent};

impl<P: Payload> Router<P> {
    /// Ends the context in a slot. Its dispatch vanishes with it.
    pub(super) fn end_context(&mut self, slot: u32) {
        for end in self.contexts.back.at(slot).ports.slots(&self.ends.back) {
            if self.ends.at(end).role() == Role::Opener {
                self.drop_inbox(end, DropRule::ReceiverGone);
            }
        }
        self.inherit(slot);
        while let Some(end) = self.contexts.back.at(slot).ports.first() {
            match self.ends.at(end).role() {
                Role::Opener => self.end_opener(end),
                Role::Receiver => self.end_receiver(end),
            }
        }
        self.end_asks(slot);
        self.end_requests(slot);
        for event in RuntimeEvent::ALL {
            self.clear(Place::Runtime(slot, event as usize));
        }
        self.notices.push(Notice::ContextEnded(self.contexts.id_of(slot)));

        let context = self.contexts.back.at(slot);
        let (extension, document) = (context.extension, context.kind.document());
        let (is_own, is_page) = (context.kind.is_own(), matches!(context.kind, Kind::Page));
        let record = self.extensions.at_mut(extension);
        if is_own {
            record.own.remove(&mut self.contexts.back, slot);
            record.page_count -= usize::from(is_page);
        } else {
            record.injected.remove(&mut self.contexts.back, slot);
        }
        if let Some(document) = document {
            self.documents.at_mut(document).contexts.remove(&mut self.contexts.back, slot);
        }
        self.contexts.remove(slot);
        self.free_extension_if_over(extension);
    }

    /// The opener's end goes, as if it had disconnected. What it posted is still delivered. What
    /// was on its way to it was dropped before.
    fn end_opener(&mut self, slot: u32) {
        self.clear_sets(slot);
        self.disown(slot);
        let (end, EndBack { channel, .. }) = self.ends.remove(slot);
        let record = self.channels.at_mut(channel);
        record.opener_dead = true;
        let receivers = record.receivers;
        let mut cursor = receivers.first();
        while let Some(receiver) = cursor {
            self.ends.at_mut(receiver).peer = NONE;
            cursor = receivers.after(&self.ends.back, receiver);
        }
        if end.phase == Phase::Open {
            self.opener_left(channel, None);
        }
        self.free_if_over(channel);
    }

    /// A receiver's end goes, by [`ReceiverDeath`] (`f4_page_closed`).
    fn end_receiver(&mut self, slot: u32) {
        let end = self.ends.at(slot);
        let (channel, phase) = (self.ends.back.at(slot).channel, end.phase);
        self.remove_end(slot, DropRule::ReceiverGone);
        match (self.rules.receiver_death, phase) {
            // One that had not accepted has only declined; the channel goes on without it.
            (ReceiverDeath::Leaves, _) | (_, Phase::Offered) => self.settle(channel),
            // The other receivers are told once the opener has heard.
            (ReceiverDeath::ClosesOthersTold, _) => self.tell_opener(channel, None),
        }
        self.free_if_over(channel);
    }
}
