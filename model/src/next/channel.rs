//! Channels: connect, offer, post, disconnect, release.

use super::{Step, lowest_free};
use crate::{
    Background, CacheEntry, Channel, ChannelEvent, ChannelId, ContextId, DisconnectError, DropRule,
    Effect, End, Held, Item, Kind, Link, Message, Occurrence, Opener, Phase, PortId,
    ReceiverDisconnect, Refusal, Waiting,
};

impl Step<'_> {
    pub(super) fn connect(&mut self, context: ContextId) -> Result<(), Refusal> {
        let record = self.caller(context)?;
        let extension = record.extension;
        let event = match record.kind {
            Kind::World { .. } => ChannelEvent::OnUserScriptConnect,
            Kind::Background(_) | Kind::ContentScript { .. } | Kind::Page(_) => {
                ChannelEvent::OnConnect
            }
        };
        let sender = self.sender(context)?;
        let id = lowest_free(&self.state.channels, ChannelId)?;
        let background = self.loaded(extension)?.background;
        let waits = matches!(background, Background::Starting(_) | Background::Stopped);
        let channel = Channel {
            event,
            sender,
            accepted: false,
            waiting: waits.then(Waiting::default),
            held: Default::default(),
            opener: Opener::Held { context, end: End::default() },
            receivers: Default::default(),
        };
        self.state.channels.insert(id, channel);
        self.effects.push(Effect::Opened { port: PortId::Opener(id) });
        match background {
            Background::Stopped => self.wake(extension)?,
            Background::Starting(_) => {}
            Background::Absent | Background::Running(_) => self.offer(id),
        }
        Ok(())
    }

    /// Offers a channel to every candidate there is now; contexts that come later never join it.
    pub(super) fn offer(&mut self, id: ChannelId) {
        let Some(channel) = self.state.channels.get(&id) else { return };
        let candidates = self.candidates(channel.sender.extension, channel.opener_context());
        let Some(channel) = self.state.channels.get_mut(&id) else { return };
        let opener_left = channel.waiting.take().is_some_and(|waiting| waiting.opener_left);
        for context in candidates {
            channel.receivers.insert(context, End { phase: Phase::Offered, ..End::default() });
        }
        if opener_left {
            self.opener_leaves(id, None);
        } else {
            self.release_held(id);
            self.settle(id);
        }
    }

    /// Whether what the opener posts waits until every receiver has answered (`j4_connects_in_one_go`).
    fn holds(&self, channel: &Channel) -> bool {
        let unanswered = channel.receivers.values().any(|end| end.phase == Phase::Offered);
        self.rules.held == Held::ConnectsFirst && unanswered
    }

    /// A receiver has answered, or is known now: what is held goes on its way if it was the last.
    pub(super) fn release_held(&mut self, id: ChannelId) {
        if self.state.channels.get(&id).is_some_and(|channel| !self.holds(channel)) {
            self.let_go(id);
        }
    }

    /// Sends what is held on its way, to every receiver there is.
    fn let_go(&mut self, id: ChannelId) {
        let Some(channel) = self.state.channels.get_mut(&id) else { return };
        for message in core::mem::take(&mut channel.held) {
            self.fan_out(id, message);
        }
    }

    /// Tells the opener once no receiver is left, and frees the record once no end is left.
    pub(super) fn settle(&mut self, id: ChannelId) {
        let Some(channel) = self.state.channels.get(&id) else { return };
        if channel.waiting.is_none() && !channel.has_live_receiver() {
            let error = if channel.accepted { None } else { Some(DisconnectError::NoReceiver) };
            let unaccepted = channel.receivers.is_empty();
            self.tell_opener(id, error);
            if unaccepted {
                self.report_failure(id);
            }
        }
        let Some(channel) = self.state.channels.get(&id) else { return };
        let held = matches!(channel.opener, Opener::Held { .. });
        if !held && channel.receivers.is_empty() && channel.waiting.is_none() {
            self.state.channels.remove(&id);
        }
    }

    /// Sends the opener the news, if it can still be reached. Under `KeepsPort` a cached page is not
    /// told: its end just closes (`i2_navigate_and_back`).
    pub(super) fn tell_opener(&mut self, id: ChannelId, error: Option<DisconnectError>) {
        let Some(channel) = self.state.channels.get_mut(&id) else { return };
        let context = channel.opener_context();
        let Some(end) = channel.live_opener_mut() else { return };
        end.inbox.push_back(Item::Disconnect(error));
        let cached = context.is_some_and(|context| self.state.is_suspended(context));
        if cached && self.rules.cache_entry == CacheEntry::KeepsPort {
            self.close_here(PortId::Opener(id), DropRule::Cached);
            self.opener_leaves(id, None);
        }
    }

    pub(super) fn post(
        &mut self,
        context: ContextId,
        port: PortId,
        message: Message,
    ) -> Result<(), Refusal> {
        let record = self.script(context)?;
        match record.kind {
            Kind::World { gate: crate::Gate::Absent, .. } => return Err(Refusal::MessagingAbsent),
            Kind::World { gate: crate::Gate::Withdrawn, .. } => {
                return Err(Refusal::MessagingWithdrawn);
            }
            _ => {}
        }
        self.own_port(context, port)?;
        let sender_end = self.state.end(port).ok_or(Refusal::NoSuchPort)?;
        if sender_end.phase.is_closed() {
            return Err(Refusal::Disconnected);
        }
        let peer_gone = sender_end.is_peer_gone();
        let id = port.channel();
        match port {
            PortId::Opener(_) => self.post_to_receivers(id, message),
            PortId::Receiver(..) => self.post_to_opener(id, message, peer_gone),
        }
        Ok(())
    }

    /// One receiver may have closed the channel and the others still get this, because the opener has
    /// not heard of it ([`ReceiverDisconnect::ClosesOthersTold`]).
    fn post_to_receivers(&mut self, id: ChannelId, message: Message) {
        let Some(channel) = self.state.channels.get(&id) else { return };
        let holds =
            channel.waiting.is_some() || (channel.has_live_receiver() && self.holds(channel));
        match self.state.channels.get_mut(&id) {
            Some(channel) if holds => channel.held.push_back(message),
            _ => self.fan_out(id, message),
        }
    }

    fn fan_out(&mut self, id: ChannelId, message: Message) {
        let Some(channel) = self.state.channels.get_mut(&id) else { return };
        let mut reached = false;
        for end in channel.receivers.values_mut().filter(|end| end.is_live()) {
            end.inbox.push_back(Item::Message(message));
            reached = true;
        }
        if !reached {
            self.drop_held(id, message, DropRule::PeerGone);
        }
    }

    fn post_to_opener(&mut self, id: ChannelId, message: Message, peer_gone: bool) {
        let port = PortId::Opener(id);
        let Some(channel) = self.state.channels.get(&id) else { return };
        let cached =
            channel.opener_context().is_some_and(|context| self.state.is_suspended(context));
        if peer_gone || channel.live_opener().is_none() {
            self.effects.push(Effect::Dropped { port, message, rule: DropRule::PeerGone });
        } else if cached && self.rules.cache_entry == CacheEntry::KeepsPort {
            self.effects.push(Effect::Dropped { port, message, rule: DropRule::Cached });
        } else if let Ok(end) = self.end_mut(port) {
            end.inbox.push_back(Item::Message(message));
        }
    }

    fn drop_held(&mut self, channel: ChannelId, message: Message, rule: DropRule) {
        self.effects.push(Effect::DroppedHeld { channel, message, rule });
    }

    pub(super) fn disconnect(&mut self, context: ContextId, port: PortId) -> Result<(), Refusal> {
        self.script(context)?;
        self.own_port(context, port)?;
        let end = self.state.end(port).ok_or(Refusal::NoSuchPort)?;
        if end.phase.is_closed() {
            return Ok(());
        }
        let was_live = end.is_live();
        self.close_here(port, DropRule::ClosedHere);
        match port {
            PortId::Opener(id) => {
                self.await_answer(id);
                self.opener_leaves(id, None);
            }
            PortId::Receiver(id, _) if was_live => match self.rules.receiver_disconnect {
                ReceiverDisconnect::ClosesOthersTold => self.close_by_opener(id),
                ReceiverDisconnect::ClosesOthersUntold => {
                    self.sever_receivers(id);
                    self.settle(id);
                }
                ReceiverDisconnect::Leaves => self.settle(id),
            },
            PortId::Receiver(..) => {}
        }
        Ok(())
    }

    /// Closes an end whose script knows: nothing more comes to it, not even the news `[S2]` `[S3]`.
    pub(super) fn close_here(&mut self, port: PortId, rule: DropRule) {
        self.drop_inbox(port, rule);
        let clears = self.rules.listeners_after_close == crate::ListenersAfterClose::Cleared;
        if let Ok(end) = self.end_mut(port) {
            end.phase = Phase::Closed;
            end.link = Link::Live;
            end.inbox.clear();
            if clears {
                end.on_message.clear();
                end.on_disconnect.clear();
            }
        }
    }

    /// The opener has left, or has heard that a receiver has: the receivers are told behind what it had
    /// posted.
    pub(super) fn opener_leaves(&mut self, id: ChannelId, error: Option<DisconnectError>) {
        let Some(channel) = self.state.channels.get_mut(&id) else { return };
        match &mut channel.waiting {
            Some(waiting) => waiting.opener_left = true,
            None => self.tell_receivers(id, error),
        }
        self.settle(id);
    }

    /// Tells every receiver that the channel is over, behind what is held for it.
    fn tell_receivers(&mut self, id: ChannelId, error: Option<DisconnectError>) {
        self.let_go(id);
        let Some(channel) = self.state.channels.get_mut(&id) else { return };
        for end in channel.receivers.values_mut().filter(|end| end.is_live()) {
            end.inbox.push_back(Item::Disconnect(error));
        }
    }

    /// A receiver has left and takes the channel with it. The opener is told, and the other receivers once
    /// it has heard, behind what it posts until then.
    pub(super) fn close_by_opener(&mut self, id: ChannelId) {
        self.tell_opener(id, None);
        self.settle(id);
    }

    fn sever_receivers(&mut self, id: ChannelId) {
        self.let_go(id);
        let Some(channel) = self.state.channels.get_mut(&id) else { return };
        for end in channel.receivers.values_mut().filter(|end| end.is_live()) {
            end.link = Link::Severed;
        }
    }

    pub(super) fn release(&mut self, context: ContextId, port: PortId) -> Result<(), Refusal> {
        let record = self.script(context)?;
        let in_use = record.dispatch.as_ref().is_some_and(|dispatch| match dispatch.occurrence {
            Occurrence::Connect { port: of, .. }
            | Occurrence::Disconnect { port: of, .. }
            | Occurrence::Message { port: of, .. } => of == port,
            Occurrence::Request { .. } => false,
        });
        self.own_port(context, port)?;
        if self.state.end(port).is_some_and(|end| end.phase != Phase::Closed) {
            return Err(Refusal::StillOpen);
        }
        if in_use {
            return Err(Refusal::InUse);
        }
        if let Some(channel) = self.state.channels.get_mut(&port.channel()) {
            match port {
                PortId::Opener(_) => channel.opener = Opener::Released(context),
                PortId::Receiver(_, receiver) => {
                    channel.receivers.remove(&receiver);
                }
            }
        }
        self.settle(port.channel());
        Ok(())
    }
}
