//! The back/forward cache: what a document's contexts lose when it enters, and hear when it is
//! restored (`i2_navigate_and_back`, `i2b_bfcache_sockets_closed`).

use super::Router;
use super::notices::Notice;
use crate::record::{Phase, Role};
use crate::store::Store as _;
use crate::{CacheEntry, DropRule, Payload, PortError, RequestOutcome, RequestPhase};

impl<P: Payload> Router<P> {
    /// The context in a slot is suspended, because its document enters the cache.
    pub(super) fn suspend(&mut self, slot: u32) {
        self.contexts.at_mut(slot).suspended = true;
        for end in self.contexts.back.at(slot).ports.slots(&self.ends.back) {
            let record = self.ends.at(end);
            debug_assert!(record.role() == Role::Opener, "[S7] a document's contexts only open");
            match record.phase {
                Phase::Open => self.suspend_opener(end),
                // It is not told on return what came too late.
                Phase::Unanswered
                    if record.pending.is_some()
                        && self.rules.cache_entry == CacheEntry::KeepsPort =>
                {
                    self.close_end(end, DropRule::Cached);
                }
                Phase::Closed | Phase::Offered | Phase::Released | Phase::Unanswered => {}
            }
        }
        if self.rules.cache_entry == CacheEntry::KeepsPort {
            return;
        }
        for request in self.contexts.back.at(slot).requests.slots(&self.requests) {
            match self.requests.at(request).phase {
                RequestPhase::Waiting | RequestPhase::Asked => {
                    self.answer(request, RequestOutcome::Unanswered);
                }
                RequestPhase::Answered(_) | RequestPhase::Settled => {}
            }
        }
    }

    fn suspend_opener(&mut self, slot: u32) {
        let end = self.ends.at(slot);
        let (channel, is_live) = (self.ends.back.at(slot).channel, end.is_live());
        match self.rules.cache_entry {
            CacheEntry::ClosesBothTold if is_live => {
                self.drop_inbox(slot, DropRule::Cached);
                self.tell(slot, None);
                self.opener_left(channel, None);
            }
            CacheEntry::ClosesOtherTold if is_live => {
                self.drop_inbox(slot, DropRule::Cached);
                self.ends.at_mut(slot).sever();
                if self.is_waiting(channel) {
                    self.cancel_hold(channel, DropRule::Cached);
                } else {
                    self.tell_receivers(channel, Some(PortError::PageCached));
                }
            }
            // A receiver has closed the channel: the others need not wait for the page.
            CacheEntry::ClosesBothTold | CacheEntry::ClosesOtherTold => {
                self.opener_left(channel, None);
            }
            CacheEntry::KeepsPort => {
                self.drop_inbox(slot, DropRule::Cached);
                if !is_live {
                    self.close_end(slot, DropRule::Cached);
                    self.opener_left(channel, None);
                }
            }
        }
    }

    /// The context in a slot goes on, because its document is restored. What was announced while it
    /// could not act is announced again.
    pub(super) fn resume(&mut self, slot: u32) {
        self.contexts.at_mut(slot).suspended = false;
        let context = self.contexts.back.at(slot);
        let (ports, requests) = (context.ports, context.requests);
        let mut cursor = ports.first();
        while let Some(end) = cursor {
            let port = self.ends.id_of(end);
            for _ in 0..self.ends.at_mut(end).unannounce() {
                self.notices.push_port(port);
            }
            cursor = ports.after(&self.ends.back, end);
        }
        let mut cursor = requests.first();
        while let Some(request) = cursor {
            let id = self.requests.id_of(request);
            let record = self.requests.at_mut(request);
            if core::mem::take(&mut record.announced)
                && matches!(record.phase, RequestPhase::Answered(_))
            {
                self.notices.push(Notice::Reply(id, self.contexts.id_of(slot)));
            }
            cursor = requests.after(&self.requests, request);
        }
    }
}
