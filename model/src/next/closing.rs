//! What closes channels from outside: contexts that end, pages that are cached, messaging that is taken away.

use super::Step;
use crate::{
    CacheEntry, Channel, ChannelId, Context, ContextId, DisconnectError, DropRule, Effect, End,
    FailedConnect, Item, Link, Opener, Phase, PortId, ReceiverDeath,
};

impl Step<'_> {
    pub(super) fn end_contexts(&mut self, which: impl Fn(&Context) -> bool) {
        let contexts = self.state.contexts.iter();
        let ending: Vec<ContextId> =
            contexts.filter(|(_, context)| which(context)).map(|(&id, _)| id).collect();
        for context in ending {
            self.end_context(context);
        }
    }

    /// The context is gone: so is every end that it held, and the other sides are told `[S4]`.
    pub(super) fn end_context(&mut self, context: ContextId) {
        let Some(record) = self.state.contexts.remove(&context) else { return };
        let channels: Vec<ChannelId> = self.state.channels.keys().copied().collect();
        for id in channels {
            self.opener_dies(id, context);
            self.receiver_dies(id, context);
        }
        self.requests_of_dead(context);
        self.effects.push(Effect::ContextEnded { context });
        self.free_extension(record.extension);
    }

    fn opener_dies(&mut self, id: ChannelId, context: ContextId) {
        let opened =
            self.state.channels.get(&id).and_then(Channel::opener_context) == Some(context);
        if !opened {
            return;
        }
        self.drop_inbox(PortId::Opener(id), DropRule::ReceiverGone);
        let Some(channel) = self.state.channels.get_mut(&id) else { return };
        let was = core::mem::replace(&mut channel.opener, Opener::Dead);
        match was {
            Opener::Held { end, .. } if end.phase == Phase::Open => self.opener_leaves(id, None),
            _ => self.settle(id),
        }
    }

    fn receiver_dies(&mut self, id: ChannelId, context: ContextId) {
        self.drop_inbox(PortId::Receiver(id, context), DropRule::ReceiverGone);
        let Some(channel) = self.state.channels.get_mut(&id) else { return };
        let Some(end) = channel.receivers.remove(&context) else { return };
        self.release_held(id);
        // One that had not accepted has only declined; the channel goes on without it.
        let takes_all = end.is_live() && end.phase == Phase::Open;
        if takes_all && self.rules.receiver_death == ReceiverDeath::ClosesOthersTold {
            self.close_by_opener(id);
        } else {
            self.settle(id);
        }
    }

    /// Drops the messages in flight to an end by a rule; a disconnect in flight stays.
    pub(super) fn drop_inbox(&mut self, port: PortId, rule: DropRule) {
        let mut dropped = Vec::new();
        if let Ok(end) = self.end_mut(port) {
            end.inbox.retain(|item| match *item {
                Item::Message(message) => {
                    dropped.push(Effect::Dropped { port, message, rule });
                    false
                }
                Item::Disconnect(_) => true,
            });
        }
        self.effects.append(&mut dropped);
    }

    /// A context's page enters the back/forward cache (`i2_navigate_and_back`).
    pub(super) fn enter_cache(&mut self, context: ContextId) {
        if self.rules.cache_entry == CacheEntry::KeepsPort {
            self.forget_failures(context);
        }
        let channels = self.state.channels.iter();
        let opened: Vec<ChannelId> = channels
            .filter(|(_, channel)| match &channel.opener {
                Opener::Held { context: of, end } => *of == context && end.phase == Phase::Open,
                Opener::Dead | Opener::Released(_) => false,
            })
            .map(|(&id, _)| id)
            .collect();
        for id in opened {
            let live =
                self.state.channels.get(&id).is_some_and(|channel| channel.live_opener().is_some());
            match self.rules.cache_entry {
                CacheEntry::ClosesBothTold if live => {
                    self.drop_inbox(PortId::Opener(id), DropRule::Cached);
                    self.push_disconnect(PortId::Opener(id));
                    self.opener_leaves(id, None);
                }
                CacheEntry::ClosesOtherTold if live => {
                    self.drop_inbox(PortId::Opener(id), DropRule::Cached);
                    if let Ok(end) = self.end_mut(PortId::Opener(id)) {
                        end.link = Link::Severed;
                    }
                    self.cancel_waiting(id, DropRule::Cached);
                    self.opener_leaves(id, Some(DisconnectError::PageCached));
                }
                CacheEntry::KeepsPort => {
                    self.drop_inbox(PortId::Opener(id), DropRule::Cached);
                    if !live {
                        self.close_here(PortId::Opener(id), DropRule::Cached);
                        self.opener_leaves(id, None);
                    }
                }
                // A receiver has closed the channel: the others need not wait for the page.
                CacheEntry::ClosesBothTold | CacheEntry::ClosesOtherTold => {
                    self.opener_leaves(id, None);
                }
            }
        }
        if self.rules.cache_entry != CacheEntry::KeepsPort {
            self.unanswer_requests(context);
        }
    }

    /// The opener has left before anybody accepted: it may still have to hear that nobody did.
    pub(super) fn await_answer(&mut self, id: ChannelId) {
        let reported = self.rules.failed_connect == FailedConnect::ReportedOnClosedPort;
        match self.state.channels.get_mut(&id) {
            Some(Channel { accepted: false, opener: Opener::Held { end, .. }, .. }) if reported => {
                end.phase = Phase::Unanswered;
            }
            _ => {}
        }
    }

    /// Somebody has accepted, so the opener that has left hears nothing any more.
    pub(super) fn answer_opener(&mut self, id: ChannelId) {
        if let Ok(end) = self.end_mut(PortId::Opener(id))
            && end.phase == Phase::Unanswered
        {
            end.phase = Phase::Closed;
        }
    }

    /// Nobody is left who could accept: an opener that has left hears of it, once, unless its page is in
    /// the cache and keeps its ports.
    pub(super) fn report_failure(&mut self, id: ChannelId) {
        let context = self.state.owner(PortId::Opener(id));
        let cached = context.is_some_and(|context| self.state.is_suspended(context));
        let unheard = cached && self.rules.cache_entry == CacheEntry::KeepsPort;
        let Ok(end) = self.end_mut(PortId::Opener(id)) else { return };
        match end.phase {
            Phase::Unanswered if unheard => end.phase = Phase::Closed,
            Phase::Unanswered if end.inbox.is_empty() => {
                end.inbox.push_back(Item::Disconnect(Some(DisconnectError::NoReceiver)));
            }
            _ => {}
        }
    }

    /// A page that is not told what happens in the cache is not told on return that a connect of a port
    /// that it had closed has failed.
    fn forget_failures(&mut self, context: ContextId) {
        let failed: Vec<PortId> = self
            .state
            .ends()
            .filter(|(_, end)| end.phase == Phase::Unanswered && !end.inbox.is_empty())
            .map(|(port, _)| port)
            .filter(|&port| self.state.owner(port) == Some(context))
            .collect();
        failed.into_iter().for_each(|port| self.close_here(port, DropRule::Cached));
    }

    fn push_disconnect(&mut self, port: PortId) {
        if let Ok(end) = self.end_mut(port) {
            end.inbox.push_back(Item::Disconnect(None));
        }
    }

    /// Closes channels so that nothing in flight is delivered; both ends are told.
    pub(super) fn cut_channels(&mut self, rule: DropRule, which: impl Fn(&Channel) -> bool) {
        let channels = self.state.channels.iter();
        let cut: Vec<ChannelId> =
            channels.filter(|(_, channel)| which(channel)).map(|(&id, _)| id).collect();
        for id in cut {
            self.cancel_held(id, rule);
            self.cut_receivers(id, rule);
            self.drop_inbox(PortId::Opener(id), rule);
            self.tell_opener(id, None);
            self.cancel_waiting(id, rule);
            self.settle(id);
        }
    }

    /// Withdraws the offers of a channel, and leaves its open receivers with the news alone.
    fn cut_receivers(&mut self, id: ChannelId, rule: DropRule) {
        let Some(channel) = self.state.channels.get(&id) else { return };
        let receivers: Vec<ContextId> = channel.receivers.keys().copied().collect();
        for context in receivers {
            let port = PortId::Receiver(id, context);
            self.drop_inbox(port, rule);
            if self.state.end(port).is_some_and(|end| end.phase == Phase::Offered) {
                if let Some(channel) = self.state.channels.get_mut(&id) {
                    channel.receivers.remove(&context);
                }
            } else if self.state.end(port).is_some_and(End::is_live) {
                self.push_disconnect(port);
            }
        }
    }

    /// Leaves an opener's end with nothing but the news that the channel has closed.
    pub(super) fn close_opener(&mut self, id: ChannelId, rule: DropRule) {
        let port = PortId::Opener(id);
        if self.state.end(port).is_some_and(|end| end.phase == Phase::Open) {
            self.drop_inbox(port, rule);
        }
        self.settle(id);
    }
}
