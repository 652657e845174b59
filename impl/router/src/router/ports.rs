//! Ports, as scripts use them: connect, post, disconnect, release.

use alloc::sync::Arc;

use super::Router;
use super::check::within;
use crate::record::{Amount, Channel, End, EndBack, Phase, Role, Subject};
use crate::store::{Id as _, NONE, Store as _};
use crate::{
    Background, CacheEntry, ConnectError, ContextId, DisconnectError, DropRule, Gate, LimitKind,
    Payload, PortId, PostError, ReceiverDisconnect, ReleaseError,
};

/// Where a message goes.
#[derive(Clone, Copy)]
enum Route {
    /// Nowhere.
    Dropped(DropRule),
    /// Into the hold of the channel in this slot.
    Held(u32),
    /// To the only live receiver, whose end is in this slot.
    One(u32),
    /// To the opener, whose end is in this slot.
    Opener(u32),
    /// To the live receivers of the channel in this slot.
    Receivers(u32),
}

impl<P: Payload> Router<P> {
    /// Opens a channel to the other contexts of the extension, as `runtime.connect` does. The port
    /// is open at once: what is posted early waits for the receivers (`g1_opener_posts_early`). A
    /// stopped background is woken (`r2_stopped_then_connect`).
    ///
    /// # Errors
    ///
    /// [`ConnectError`]: the context cannot act; it is a world without messaging; the name is too
    /// long, or a context has too many ports.
    pub fn connect(
        &mut self,
        context: ContextId,
        name: impl Into<Arc<str>>,
    ) -> Result<PortId, ConnectError> {
        let result = self.connect_inner(context, name.into());
        self.done("connect", result)
    }

    fn connect_inner(&mut self, id: ContextId, name: Arc<str>) -> Result<PortId, ConnectError> {
        let context = self.acting(id)?;
        Self::gated(id, context)?;
        within(name.len(), self.limits.name_bytes, || LimitKind::NameBytes)?;
        let back = self.contexts.back.at(id.slot());
        within(back.port_count + 1, self.limits.ports, || LimitKind::Ports)?;
        within(back.opened_count + 1, self.limits.channels, || LimitKind::Channels)?;
        let extension = back.extension;
        let record = self.extensions.at(extension);
        match record.background {
            Background::Stopped => {
                self.waiting_fits(record)?;
                self.context_fits()?;
            }
            Background::Starting(_) => self.waiting_fits(record)?,
            Background::Absent | Background::Running(_) => {
                self.receivers_fit(extension, Some(id.slot()))?;
            }
        }

        let (event, sender) = (back.connect_event(), back.sender.clone());
        let port = self.ends.next_id();
        let channel = self.channels.insert(Channel::new(port, sender, name, event));
        self.ends.insert(End::opener(id.slot()), EndBack::new(channel));
        self.adopt(id.slot(), port.slot());
        self.contexts.back.at_mut(id.slot()).opened_count += 1;
        if self.begin_waiting(extension, Subject::Channel(channel)) {
            return Ok(port);
        }
        self.offer(extension, channel);
        Ok(port)
    }

    /// Posts a message into the channel. It is copied to each receiver if the opener posts it, and
    /// goes to the opener if a receiver does. If the other side is gone it is dropped, which is not
    /// an error: the end of the channel is still on its way to this side.
    ///
    /// # Errors
    ///
    /// [`PostError`]: the context cannot act; it is a world without messaging; there is no such
    /// port, another context holds it, or it is disconnected; the message is too large, or too much
    /// is under way already on the account of the context that opened the channel.
    #[inline]
    pub fn post(&mut self, context: ContextId, port: PortId, message: P) -> Result<(), PostError> {
        let result = self.post_inner(context, port, message);
        self.done("post", result)
    }

    #[inline(always)]
    fn post_inner(&mut self, id: ContextId, port: PortId, message: P) -> Result<(), PostError> {
        match self.pay_to_other_end(id, port, message.bytes()) {
            Some(receiver) => {
                self.deliver(receiver, message);
                Ok(())
            }
            None => self.post_other(id, port, message),
        }
    }

    /// Where a message goes that a context which may post posts at an open port whose other end is
    /// known and live, and for which there is room: what nearly every post is. It is on an account
    /// then. Nothing happens to whatever else it is, refusals included; that is for
    /// [`post_other`](Self::post_other).
    #[inline(always)]
    pub(super) fn pay_to_other_end(
        &mut self,
        id: ContextId,
        port: PortId,
        bytes: usize,
    ) -> Option<u32> {
        let context = self.contexts.get_mut(id)?;
        if context.invalidated || context.suspended || context.gate != Gate::Granted {
            return None;
        }
        let end = self.ends.get(port)?;
        if end.owner != id.slot() || end.phase != Phase::Open || end.peer == NONE {
            return None;
        }
        if bytes > self.message_bytes {
            return None;
        }
        if end.is_linked_opener() {
            return context.pay(bytes).then_some(end.peer);
        }
        let opener = self.live_opener_of(end)?;
        let payer = self.ends.at(opener).owner;
        self.contexts.at_mut(payer).pay(bytes).then_some(opener)
    }

    /// Where a message goes that a receiver posts at an open port, if the opener is there to get it.
    #[inline(never)]
    fn live_opener_of(&self, end: &End) -> Option<u32> {
        if end.role() == Role::Opener {
            return None;
        }
        match self.route_to_opener(end.peer) {
            Route::Opener(opener) => Some(opener),
            Route::Dropped(_) | Route::Held(_) | Route::One(_) | Route::Receivers(_) => None,
        }
    }

    /// Posts any message anywhere, or says why not.
    #[inline(never)]
    fn post_other(&mut self, id: ContextId, port: PortId, message: P) -> Result<(), PostError> {
        let context = self.acting(id)?;
        Self::gated_on_port(id, context)?;
        let end = self.held_port(id, port)?;
        if end.phase.is_closed() {
            return Err(PostError::Disconnected(port));
        }
        let bytes = message.bytes();
        self.message_fits(bytes)?;
        match self.route(port.slot(), end) {
            Route::Dropped(rule) => self.dropped.add(rule, 1),
            Route::Held(channel) => {
                self.hold_fits(id.slot(), bytes)?;
                self.reserve(id.slot(), Amount::message(bytes))?;
                self.hold_message(channel, id.slot(), message);
            }
            Route::One(receiver) => self.push_if_fits(id.slot(), receiver, message)?,
            Route::Opener(opener) => {
                let owner = self.ends.at(opener).owner;
                self.push_if_fits(owner, opener, message)?;
            }
            Route::Receivers(channel) => {
                let copies = self.channels.at(channel).live as usize;
                self.reserve(id.slot(), Amount::message(bytes).times(copies))?;
                self.fan_out(channel, message);
            }
        }
        Ok(())
    }

    /// Where a message posted at the open end in a slot goes. One receiver may have closed the
    /// channel and the others still get what the opener posts, because it has not heard of it.
    #[inline]
    fn route(&self, slot: u32, end: &End) -> Route {
        if end.peer == NONE {
            return self.route_by_channel(slot, end.role());
        }
        match end.role() {
            Role::Opener => Route::One(end.peer),
            Role::Receiver => self.route_to_opener(end.peer),
        }
    }

    /// Where a message goes for which the end itself has no answer.
    #[inline(never)]
    fn route_by_channel(&self, slot: u32, role: Role) -> Route {
        let channel = self.ends.back.at(slot).channel;
        let record = self.channels.at(channel);
        match role {
            Role::Opener if record.hold != NONE => Route::Held(channel),
            Role::Opener => Route::Receivers(channel),
            Role::Receiver => Route::Dropped(DropRule::PeerGone),
        }
    }

    #[inline]
    fn route_to_opener(&self, opener: u32) -> Route {
        let end = self.ends.at(opener);
        if !end.is_live() {
            return Route::Dropped(DropRule::PeerGone);
        }
        // A port is live in a cached page only where the rule lets it live
        // (`i2_navigate_and_back`).
        let cached = self.rules.cache_entry == CacheEntry::KeepsPort;
        if cached && self.contexts.at(end.owner).suspended {
            return Route::Dropped(DropRule::Cached);
        }
        Route::Opener(opener)
    }

    /// Closes a port from this side: nothing is delivered here any more and no event fires here,
    /// the other side is told (`[S2]`, `[S3]`). On a closed port it does nothing, as often as it is
    /// called.
    ///
    /// A receiver that disconnects follows [`ReceiverDisconnect`] (`f2_disconnect_one_then_other`).
    /// Messaging is not needed for it.
    ///
    /// # Errors
    ///
    /// [`DisconnectError`]: the context cannot act; there is no such port, or another context holds
    /// it.
    pub fn disconnect(&mut self, context: ContextId, port: PortId) -> Result<(), DisconnectError> {
        let result = self.disconnect_inner(context, port);
        self.done("disconnect", result)
    }

    fn disconnect_inner(&mut self, id: ContextId, port: PortId) -> Result<(), DisconnectError> {
        self.acting(id)?;
        let end = self.held_port(id, port)?;
        if end.phase.is_closed() {
            return Ok(());
        }

        let (slot, role, channel) =
            (port.slot(), end.role(), self.ends.back.at(port.slot()).channel);
        self.close_end(slot, DropRule::ClosedHere);
        match (role, self.rules.receiver_disconnect) {
            (Role::Opener, _) => {
                self.await_answer(channel);
                self.opener_left(channel, None);
                self.settle(channel);
            }
            (Role::Receiver, ReceiverDisconnect::Leaves) => self.settle(channel),
            (Role::Receiver, ReceiverDisconnect::ClosesOthersUntold) => {
                self.sever_receivers(channel);
                self.tell_opener(channel, None);
            }
            // The other receivers are told once the opener has heard.
            (Role::Receiver, ReceiverDisconnect::ClosesOthersTold) => {
                self.tell_opener(channel, None);
            }
        }
        Ok(())
    }

    /// Forgets a closed port, because the script's `Port` object was collected. Its id is stale
    /// from now on.
    ///
    /// # Errors
    ///
    /// [`ReleaseError`]: the context cannot act; there is no such port, or another context holds
    /// it; it is not closed; or the running listeners are being told about it.
    pub fn release(&mut self, context: ContextId, port: PortId) -> Result<(), ReleaseError> {
        let result = self.release_inner(context, port);
        self.done("release", result)
    }

    fn release_inner(&mut self, id: ContextId, port: PortId) -> Result<(), ReleaseError> {
        let running = self.acting(id)?.running;
        let end = self.held_port(id, port)?;
        if end.phase != Phase::Closed {
            return Err(ReleaseError::StillOpen(port));
        }
        if running.port() == Some(port.slot()) {
            return Err(ReleaseError::PortInUse(port));
        }

        let (role, channel) = (end.role(), self.ends.back.at(port.slot()).channel);
        match role {
            Role::Opener => self.release_opener(port.slot()),
            Role::Receiver => {
                self.remove_end(port.slot(), DropRule::ClosedHere);
            }
        }
        self.free_if_over(channel);
        Ok(())
    }
}
