//! Receivers and holds: who is offered a channel, what waits until they can get it, and how an end
//! goes.

use super::Router;
use super::check::{Limited, within};
use super::listeners::Place;
use crate::record::{End, EndBack, Hold, Phase, Role, Subject, Until};
use crate::store::{Id as _, Links, NONE, Queue, Store as _};
use crate::{Background, DropRule, Held, LimitKind, Payload};

impl<P: Payload> Router<P> {
    /// The contexts that receive what `sender` sends: running backgrounds and pages of the
    /// extension, in the order of creation (`[S7]`), but not the sender itself.
    pub(super) fn receivers(
        &self,
        extension: u32,
        sender: Option<u32>,
    ) -> impl Iterator<Item = u32> {
        let next = move |after| self.next_receiver(extension, sender, after);
        core::iter::successors(next(None), move |&slot| next(Some(slot)))
    }

    /// The one of [`receivers`](Self::receivers) after the one in the slot `after`, or the first.
    pub(super) fn next_receiver(
        &self,
        extension: u32,
        sender: Option<u32>,
        after: Option<u32>,
    ) -> Option<u32> {
        let record = self.extensions.at(extension);
        debug_assert!(
            !matches!(record.background, Background::Starting(_)),
            "nothing is offered to anybody while the background is starting"
        );
        let mut cursor = match after {
            None => record.own.first(),
            Some(slot) => record.own.after(&self.contexts.back, slot),
        };
        if let Some(slot) = cursor
            && cursor == sender
        {
            cursor = record.own.after(&self.contexts.back, slot);
        }
        cursor
    }

    /// Each context that a channel would be offered to has room for one more port.
    pub(super) fn receivers_fit(&self, extension: u32, opener: Option<u32>) -> Result<(), Limited> {
        self.receivers(extension, opener).try_for_each(|slot| {
            let ports = self.contexts.back.at(slot).port_count + 1;
            within(ports, self.limits.ports, || LimitKind::Ports)
        })
    }

    /// Lets a channel or a request wait if the extension's background is not up yet, and wakes it
    /// if nobody did. Returns whether it waits.
    pub(super) fn begin_waiting(&mut self, extension: u32, subject: Subject) -> bool {
        match self.extensions.at(extension).background {
            Background::Absent | Background::Running(_) => return false,
            Background::Starting(_) => {}
            Background::Stopped => self.wake(extension),
        }
        let hold =
            self.hold(extension, subject, Until::Started { opener_left: false }, Queue::EMPTY);
        let record = self.extensions.at_mut(extension);
        record.waiting.push_back(&mut self.holds, hold);
        record.waiting_count += 1;
        true
    }

    fn hold(&mut self, extension: u32, subject: Subject, until: Until, messages: Queue) -> u32 {
        let waiting = Links::NONE;
        let hold = self.holds.insert(Hold { extension, subject, until, messages, waiting });
        match subject {
            Subject::Channel(channel) => {
                self.channels.at_mut(channel).hold = hold;
                self.aim(channel);
            }
            Subject::Request(request) => self.requests.at_mut(request).hold = hold,
        }
        hold
    }

    /// Takes away a hold, out of the waiting list too.
    pub(super) fn unhold(&mut self, hold: u32) -> Hold {
        let Hold { extension, subject, until, .. } = *self.holds.at(hold);
        if let Until::Started { .. } = until {
            let record = self.extensions.at_mut(extension);
            record.waiting.remove(&mut self.holds, hold);
            record.waiting_count -= 1;
        }
        match subject {
            Subject::Channel(channel) => {
                self.channels.at_mut(channel).hold = NONE;
                self.aim(channel);
            }
            Subject::Request(request) => self.requests.at_mut(request).hold = NONE,
        }
        self.holds.remove(hold)
    }

    /// Keeps a message of the opener in `owner` until receivers can get it.
    pub(super) fn hold_message(&mut self, channel: u32, owner: u32, message: P) {
        self.charge(owner, message.bytes());
        let hold = self.channels.at(channel).hold;
        self.messages.push_back(&mut self.holds.at_mut(hold).messages, message);
    }

    /// Ends the hold of a channel, if it has one, and drops what was held.
    pub(super) fn cancel_hold(&mut self, channel: u32, rule: DropRule) {
        let hold = self.channels.at(channel).hold;
        if hold != NONE {
            let Hold { messages, extension, .. } = self.unhold(hold);
            self.drop_held(messages, self.opener_context(channel), extension, rule);
        }
    }

    /// Ends the hold of an offered channel, if it has one, and delivers what was held.
    pub(super) fn let_go(&mut self, channel: u32) {
        let hold = self.channels.at(channel).hold;
        if hold != NONE {
            let Hold { messages, extension, .. } = self.unhold(hold);
            self.deliver_held(extension, channel, messages);
        }
    }

    fn deliver_held(&mut self, extension: u32, channel: u32, mut messages: Queue) {
        let opener = self.opener_context(channel);
        while let Some(message) = self.messages.pop_front(&mut messages) {
            self.discharge(opener, extension, message.bytes());
            self.fan_out(channel, message);
        }
    }

    /// Offers a channel to everybody who receives. What the opener did while it waited follows the
    /// offers in order: its messages, then that it left (`g1_opener_posts_early`,
    /// `h1_opener_post_then_disconnect`).
    pub(super) fn offer(&mut self, extension: u32, channel: u32) {
        let mut messages = Queue::EMPTY;
        let mut opener_left = false;
        let hold = self.channels.at(channel).hold;
        if hold != NONE {
            let hold = self.unhold(hold);
            messages = hold.messages;
            opener_left = hold.until == Until::Started { opener_left: true };
        }
        let offers = self.offer_each(extension, channel);
        if !opener_left && offers > 0 && self.rules.held == Held::ConnectsFirst {
            let until = Until::Answered { unanswered: offers };
            self.hold(extension, Subject::Channel(channel), until, messages);
        } else {
            self.deliver_held(extension, channel, messages);
        }
        if opener_left {
            self.tell_receivers(channel, None);
        }
        self.settle(channel);
        self.free_if_over(channel);
    }

    /// Makes an offered end in each context that receives, and counts them.
    fn offer_each(&mut self, extension: u32, channel: u32) -> u32 {
        let record = self.channels.at(channel);
        let opener_end = if record.opener_dead { NONE } else { record.opener.slot() };
        let opener = self.opener_context(channel);
        let mut offers = 0;
        let mut after = None;
        while let Some(receiver) = self.next_receiver(extension, opener, after) {
            let port = self.ends.insert(End::receiver(receiver, opener_end), EndBack::new(channel));
            self.adopt(receiver, port.slot());
            let record = self.channels.at_mut(channel);
            record.receivers.push_back(&mut self.ends.back, port.slot());
            record.live += 1;
            self.notices.push_port(port);
            offers += 1;
            after = Some(receiver);
        }
        self.aim(channel);
        offers
    }

    /// Notes that one context answered the connect event, by accepting, declining or dying. The
    /// last answer lets go what is held for it ([`Held::ConnectsFirst`]).
    pub(super) fn answered(&mut self, channel: u32) {
        let hold = self.channels.at(channel).hold;
        if hold == NONE {
            return;
        }
        match &mut self.holds.at_mut(hold).until {
            Until::Answered { unanswered } if *unanswered > 1 => *unanswered -= 1,
            Until::Answered { .. } => self.let_go(channel),
            Until::Started { .. } => {}
        }
    }

    /// Removes a receiver's end with all that waits in it. The channel is left to the caller: others
    /// may have to hear of it, and it may be over.
    pub(super) fn remove_end(&mut self, slot: u32, rule: DropRule) {
        self.drop_inbox(slot, rule);
        self.clear_sets(slot);
        self.disown(slot);
        let channel = self.ends.back.at(slot).channel;
        let record = self.channels.at_mut(channel);
        record.receivers.remove(&mut self.ends.back, slot);
        let (end, _) = self.ends.remove(slot);
        if end.is_live() {
            self.lose_receiver(channel);
        }
        if end.phase == Phase::Offered {
            self.answered(channel);
        }
    }

    /// Makes an opener's closed end unreachable. It stays in its context's list while the channel
    /// lives, so that withdrawing messaging still finds the channel.
    pub(super) fn release_opener(&mut self, slot: u32) {
        self.clear_sets(slot);
        self.ends.at_mut(slot).phase = Phase::Released;
    }

    pub(super) fn clear_sets(&mut self, slot: u32) {
        self.clear(Place::Message(slot));
        self.clear(Place::Disconnect(slot));
    }

    /// Enters an end into the list of its context.
    pub(super) fn adopt(&mut self, context: u32, slot: u32) {
        let context = self.contexts.back.at_mut(context);
        context.ports.push_back(&mut self.ends.back, slot);
        context.port_count += 1;
    }

    /// Takes an end out of the list of its context.
    pub(super) fn disown(&mut self, slot: u32) {
        let end = self.ends.at(slot);
        let is_opener = end.role() == Role::Opener;
        let context = self.contexts.back.at_mut(end.owner);
        context.ports.remove(&mut self.ends.back, slot);
        context.port_count -= 1;
        context.opened_count -= usize::from(is_opener);
    }
}
