//! Channels: how one side hears of the other, and when a channel is over.

use super::Router;
use crate::record::{Phase, Until};
use crate::store::{Id as _, NONE, Store as _};
use crate::{CacheEntry, DropRule, FailedConnect, Payload, PortError};

impl<P: Payload> Router<P> {
    /// Aims the opener's end at its only live receiver, so that a route asks no channel record. To
    /// be done after every change of who is live or held.
    pub(super) fn aim(&mut self, channel: u32) {
        let record = self.channels.at(channel);
        if record.opener_dead {
            return;
        }
        let opener = record.opener.slot();
        let target = if record.live == 1 && record.hold == NONE {
            let receivers = record.receivers;
            let mut cursor = receivers.first();
            while let Some(slot) = cursor
                && !self.ends.at(slot).is_live()
            {
                cursor = receivers.after(&self.ends.back, slot);
            }
            cursor.unwrap_or(NONE)
        } else {
            NONE
        };
        self.ends.at_mut(opener).peer = target;
    }

    /// Notes that a receiver is live no longer.
    pub(super) fn lose_receiver(&mut self, channel: u32) {
        self.channels.at_mut(channel).live -= 1;
        self.aim(channel);
    }

    /// The slot of the opener's end, if it is held, open and not told yet.
    pub(super) fn live_opener(&self, channel: u32) -> Option<u32> {
        let record = self.channels.at(channel);
        let slot = record.opener.slot();
        (!record.opener_dead && self.ends.at(slot).is_live()).then_some(slot)
    }

    /// The context of the opener, unless it died.
    pub(super) fn opener_context(&self, channel: u32) -> Option<u32> {
        let record = self.channels.at(channel);
        (!record.opener_dead).then(|| self.ends.at(record.opener.slot()).owner)
    }

    /// Whether the channel was offered to nobody yet, because the background is starting.
    pub(super) fn is_waiting(&self, channel: u32) -> bool {
        let hold = self.channels.at(channel).hold;
        hold != NONE && matches!(self.holds.at(hold).until, Until::Started { .. })
    }

    /// Tells the opener if nobody is left to hear it: `[S10]`, `[L1]`.
    pub(super) fn settle(&mut self, channel: u32) {
        if self.channels.at(channel).live == 0 && !self.is_waiting(channel) {
            self.tell_opener(channel, self.closing_error(channel));
            if self.channels.at(channel).receivers.is_empty() {
                self.report_failure(channel);
            }
        }
    }

    /// The opener closed its end before anybody accepted: it may still have to hear that nobody did
    /// ([`FailedConnect`]).
    pub(super) fn await_answer(&mut self, channel: u32) {
        let record = self.channels.at(channel);
        if !record.accepted && self.rules.failed_connect == FailedConnect::ReportedOnClosedPort {
            self.ends.at_mut(record.opener.slot()).phase = Phase::Unanswered;
        }
    }

    /// Whether the opener closed its end and the answer to its connect is still owed.
    fn owed_opener(&self, channel: u32) -> Option<u32> {
        let record = self.channels.at(channel);
        let slot = record.opener.slot();
        (!record.opener_dead && self.ends.at(slot).phase == Phase::Unanswered).then_some(slot)
    }

    /// Somebody accepted, so that an opener which has left hears nothing any more.
    pub(super) fn answer_opener(&mut self, channel: u32) {
        if let Some(opener) = self.owed_opener(channel) {
            self.ends.at_mut(opener).phase = Phase::Closed;
        }
    }

    /// Nobody is left who could accept: an opener that has left hears of it, once, unless it is in a
    /// cached page whose ports live on.
    fn report_failure(&mut self, channel: u32) {
        let Some(opener) = self.owed_opener(channel) else { return };
        let port = self.ends.id_of(opener);
        let end = self.ends.at_mut(opener);
        let suspended = self.contexts.at(end.owner).suspended;
        if suspended && self.rules.cache_entry == CacheEntry::KeepsPort {
            self.close_end(opener, DropRule::Cached);
        } else if end.pending.is_none() {
            end.pending = Some(Some(PortError::NoReceiver));
            self.notices.push_port(port);
        }
    }

    /// What the opener is told when its last receiver is gone: an error if nobody ever accepted
    /// (`[S10]`, `d1_no_listener`).
    pub(super) fn closing_error(&self, channel: u32) -> Option<PortError> {
        (!self.channels.at(channel).accepted).then_some(PortError::NoReceiver)
    }

    /// Tells the opener that the channel is over, if it is there to be told. In a cached page it may
    /// be closed by that, and other receivers need not wait for it then.
    pub(super) fn tell_opener(&mut self, channel: u32, error: Option<PortError>) {
        if let Some(opener) = self.live_opener(channel) {
            self.tell(opener, error);
            if self.ends.at(opener).phase == Phase::Closed {
                self.opener_left(channel, None);
            }
        }
    }

    /// Tells every live receiver that the channel is over. What was held for them comes first.
    pub(super) fn tell_receivers(&mut self, channel: u32, error: Option<PortError>) {
        self.let_go(channel);
        self.each_live_receiver(channel, |router, slot| router.tell(slot, error));
    }

    /// Leaves every live receiver with a dead port (`f2_disconnect_one_then_other`). What it has
    /// got already it still gets.
    pub(super) fn sever_receivers(&mut self, channel: u32) {
        self.let_go(channel);
        self.each_live_receiver(channel, |router, slot| {
            router.ends.at_mut(slot).sever();
            router.channels.at_mut(channel).live -= 1;
        });
        self.aim(channel);
    }

    /// A step for each live receiver that removes no end.
    fn each_live_receiver(&mut self, channel: u32, mut step: impl FnMut(&mut Self, u32)) {
        let receivers = self.channels.at(channel).receivers;
        let mut cursor = receivers.first();
        while let Some(slot) = cursor {
            if self.ends.at(slot).is_live() {
                step(self, slot);
            }
            cursor = receivers.after(&self.ends.back, slot);
        }
    }

    /// The opener closed its end, or heard that a receiver did, or it is gone. Receivers are told behind what was posted before;
    /// those to come will be.
    pub(super) fn opener_left(&mut self, channel: u32, error: Option<PortError>) {
        if self.is_waiting(channel) {
            let hold = self.channels.at(channel).hold;
            self.holds.at_mut(hold).until = Until::Started { opener_left: true };
        } else {
            self.tell_receivers(channel, error);
        }
    }

    /// Closes a channel from above, because its opener may not have it any more: nothing that is in
    /// flight either way is delivered, offers are taken back, and both sides are told: `[S1]`.
    pub(super) fn revoke_channel(&mut self, channel: u32, rule: DropRule) {
        self.cancel_hold(channel, rule);
        for slot in self.channels.at(channel).receivers.slots(&self.ends.back) {
            match self.ends.at(slot).phase {
                Phase::Offered => {
                    self.remove_end(slot, rule);
                }
                Phase::Open => {
                    self.drop_inbox(slot, rule);
                    if self.ends.at(slot).is_live() {
                        self.tell(slot, None);
                    }
                }
                Phase::Closed | Phase::Released | Phase::Unanswered => {}
            }
        }
        if !self.channels.at(channel).opener_dead {
            self.drop_inbox(self.channels.at(channel).opener.slot(), rule);
            self.tell_opener(channel, None);
        }
        self.settle(channel);
        self.free_if_over(channel);
    }

    /// Frees a channel that no end keeps and nobody will be offered: `[S11]`.
    pub(super) fn free_if_over(&mut self, channel: u32) {
        let record = self.channels.at(channel);
        if !record.receivers.is_empty() || record.hold != NONE {
            return;
        }
        if record.opener_dead {
            self.channels.remove(channel);
            return;
        }
        let opener = record.opener.slot();
        if self.ends.at(opener).phase == Phase::Released {
            self.disown(opener);
            self.ends.remove(opener);
            self.channels.remove(channel);
        }
    }
}
