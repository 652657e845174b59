//! Consistency: what the records must agree on between calls.
//!
//! Each check names what it found wrong, so that a failing debug assertion says more than that it
//! failed. Nothing here is part of a route.

use alloc::collections::BTreeMap;

use super::Router;
use crate::record::{Channel, Context, Document, End, Extension, Kind, Phase, Role, Running};
use crate::record::{Frame, Hold, Request, Subject, Until};
use crate::store::{Id as _, ListenerSet, NONE, Store as _};
use crate::{
    Background, ContextId, DocumentState, ExtensionId, Gate, ListenersAfterClose, Payload, PortId,
    ReceiverPhase, RequestPhase,
};

/// What is wrong, if anything.
pub(super) type Verdict = Result<(), &'static str>;

impl<P: Payload> Router<P> {
    /// Whether all records agree with one another. It costs as much as everything there is; debug
    /// builds ask after each call while the router is small.
    ///
    /// `false` is a bug of this crate, or of a [`Payload`] whose size changes.
    #[must_use]
    pub fn is_consistent(&self) -> bool {
        self.inconsistency().is_none()
    }

    /// What the records disagree on.
    pub(super) fn inconsistency(&self) -> Option<&'static str> {
        let all = || {
            require(self.contexts.halves_agree(), "a context has both halves")?;
            require(self.ends.halves_agree(), "an end has both halves")?;
            self.extensions.iter().try_for_each(|(id, record)| self.check_extension(id, record))?;
            self.frames.iter().try_for_each(|(_, record)| self.check_frame(record))?;
            self.documents.iter().try_for_each(|(id, r)| self.check_document(id.slot(), r))?;
            self.contexts.iter().try_for_each(|(id, record)| self.check_context(id, record))?;
            let notices = self.port_notices();
            self.ends.iter().try_for_each(|(id, r)| self.check_end(id, r, &notices))?;
            self.channels.iter().try_for_each(|(slot, record)| self.check_channel(slot, record))?;
            self.holds.iter().try_for_each(|(slot, record)| self.check_hold(slot, record))?;
            self.requests.iter().try_for_each(|(id, r)| self.check_request(id.slot(), r))?;
            self.check_totals()
        };
        all().err()
    }

    /// `[S11]` an unloaded extension is kept by its contexts only.
    fn check_extension(&self, id: ExtensionId, record: &Extension) -> Verdict {
        let Extension { own, injected, waiting, .. } = record;
        let background = match record.background {
            Background::Starting(context) | Background::Running(context) => Some(context),
            Background::Absent | Background::Stopped => None,
        };
        if let Some(context) = background {
            let found = self.contexts.get(context).is_some_and(|_| {
                let record = self.contexts.back.at(context.slot());
                matches!(record.kind, Kind::Background) && record.extension == id.slot()
            });
            require(found, "a background is a context of its extension")?;
        }
        let starting = matches!(record.background, Background::Starting(_));
        require(starting || waiting.is_empty(), "only for a starting background is waited")?;
        let pages =
            own.slots(&self.contexts.back).into_iter().map(|slot| self.contexts.back.at(slot));
        let pages = pages.filter(|context| matches!(context.kind, Kind::Page)).count();
        require(record.page_count == pages, "an extension counts its pages")?;
        let held = waiting.slots(&self.holds).len();
        require(record.waiting_count == held, "an extension counts what waits")?;
        let requests = self.requests.iter().filter(|(_, it)| it.extension == id.slot()).count();
        require(record.request_count == requests, "an extension counts its requests")?;
        self.check_grants(id.slot(), record)?;
        if !record.loaded {
            require(own.is_empty(), "an unloaded extension has no context of its own")?;
            require(!injected.is_empty(), "an unloaded extension is remembered by someone")?;
        }
        for (list, is_own) in [(own, true), (injected, false)] {
            for slot in list.slots(&self.contexts.back) {
                let context = self.contexts.back.at(slot);
                require(context.extension == id.slot(), "a context is in its extension's list")?;
                require(context.kind.is_own() == is_own, "a context is in the list of its kind")?;
            }
        }
        Ok(())
    }

    fn check_frame(&self, record: &Frame) -> Verdict {
        require(!record.documents.is_empty(), "a frame has a document")?;
        let mut active = None;
        for slot in record.documents.slots(&self.documents) {
            if self.documents.at(slot).state == DocumentState::Active {
                require(active.replace(slot).is_none(), "a frame shows one document")?;
            }
        }
        require(record.active == active, "a frame knows what it shows")
    }

    fn check_document(&self, slot: u32, record: &Document) -> Verdict {
        let frame = self.frames.at(record.frame);
        let below = if frame.parent.is_none() { self.frames_below(slot) } else { 0 };
        let top = frame.parent.map_or(slot, |parent| self.documents.at(parent).top);
        require(record.top == top, "a document knows the top-level one")?;
        require(record.frames_below == below, "a top-level document counts its frames")?;
        let in_frame = frame.documents.slots(&self.documents).contains(&slot);
        require(in_frame, "a document is in its frame's list")?;
        if let Some(parent) = frame.parent {
            let same = self.documents.at(parent).state == record.state;
            require(same, "a tree of documents is cached and restored as one")?;
        }
        for frame in record.frames.slots(&self.frames) {
            let parent = self.frames.at(frame).parent;
            require(parent == Some(slot), "a frame is in its parent's list")?;
        }
        for context in record.contexts.slots(&self.contexts.back) {
            let document = self.contexts.back.at(context).kind.document();
            require(document == Some(slot), "a context is in its document's list")?;
        }
        Ok(())
    }

    fn check_context(&self, id: ContextId, record: &Context) -> Verdict {
        let back = self.contexts.back.at(id.slot());
        let loaded = self.extensions.at(back.extension).loaded;
        require(record.invalidated != loaded, "a context knows whether it is invalidated")?;
        let suspended = back
            .kind
            .document()
            .is_some_and(|document| self.documents.at(document).state == DocumentState::Cached);
        require(record.suspended == suspended, "a context knows whether it is suspended")?;
        let is_world = matches!(back.kind, Kind::World { .. });
        require(is_world || record.gate == Gate::Granted, "only worlds have a gate that shuts")?;
        let listens = back.runtime.iter().any(|set| !matches!(set, ListenerSet::Empty));
        require(back.kind.is_own() || !listens, "only own contexts listen to the runtime")?;
        require(back.sender.context == id, "[S8] the sender is the context")?;
        self.check_running(id, record)?;

        let ports = back.ports.slots(&self.ends.back);
        let mut opened = 0;
        let mut listeners: usize =
            back.runtime.iter().map(|set| self.listeners.of(set).len()).sum();
        for &slot in &ports {
            let end = self.ends.at(slot);
            require(end.owner == id.slot(), "a port is in its context's list")?;
            opened += usize::from(end.role() == Role::Opener);
            let sets = [end.on_message(), self.ends.back.at(slot).on_disconnect];
            listeners += sets.iter().map(|set| self.listeners.of(set).len()).sum::<usize>();
        }
        require(back.port_count == ports.len(), "a context counts its ports")?;
        require(back.opened_count == opened, "a context counts its channels")?;
        require(back.listener_count == listeners, "a context counts its listeners")?;
        self.check_account(record, back)?;

        let requests = back.requests.slots(&self.requests);
        require(back.request_count == requests.len(), "a context counts its requests")?;
        for slot in requests {
            let origin = self.requests.at(slot).origin;
            require(origin == Some(id.slot()), "a request is in its origin's list")?;
        }
        for slot in back.asks.slots(&self.asks) {
            let receiver = self.asks.at(slot).receiver;
            require(receiver == id.slot(), "an ask is in its receiver's list")?;
        }
        Ok(())
    }

    fn check_running(&self, id: ContextId, record: &Context) -> Verdict {
        let back = self.contexts.back.at(id.slot());
        if let Some(port) = record.running.port() {
            let owned = back.ports.slots(&self.ends.back).contains(&port);
            require(owned, "a dispatch is about a port of the context")?;
        }
        match record.running {
            Running::Connect { .. } | Running::Request { .. } => {
                require(back.kind.is_own(), "only own contexts are offered anything")
            }
            Running::Disconnect { port, .. } => {
                let closed = self.ends.at(port).phase == Phase::Closed;
                require(closed, "[S2] a port is closed when it is told")
            }
            Running::Message { port } => {
                let opened = self.ends.at(port).phase != Phase::Offered;
                require(opened, "messages come after the connect event")
            }
            Running::Idle => {
                let idle = record.remaining.is_empty() && self.contexts.get(id).is_some();
                require(idle, "an idle context has no listener to call")
            }
        }
    }

    fn check_end(&self, id: PortId, end: &End, notices: &BTreeMap<PortId, i64>) -> Verdict {
        let listed =
            self.contexts.back.at(end.owner).ports.slots(&self.ends.back).contains(&id.slot());
        require(listed, "[S4] a port is in the list of a living context")?;
        let back = self.ends.back.at(id.slot());
        let channel = self.channels.at(back.channel);
        let receivers = channel.receivers.slots(&self.ends.back);
        let opener = (!channel.opener_dead).then_some(channel.opener);
        let (is_listed, peer) = match end.role() {
            Role::Opener => (opener == Some(id), self.only_receiver(channel)),
            Role::Receiver => (receivers.contains(&id.slot()), opener.map(PortId::slot)),
        };
        require(is_listed, "an end is an end of its channel")?;
        require(end.peer == peer.unwrap_or(NONE), "an end is aimed at its peer")?;
        let opener = opener.and_then(|port| self.ends.get(port));
        let alone = end.role() == Role::Receiver && end.is_peer_gone();
        let first = !(alone && opener.is_some_and(End::is_live));
        require(first, "the opener is the first to hear of the end")?;

        let messages = self.messages.iter(end.inbox).count();
        let closed = matches!(end.phase, Phase::Closed | Phase::Released);
        let empty = messages == 0 && end.pending.is_none();
        require(!closed || empty, "[S3] nothing waits at a closed end")?;
        let owed = end.phase == Phase::Unanswered;
        let unanswered = end.role() == Role::Opener && !channel.accepted && messages == 0;
        require(!owed || unanswered, "only an answer to connect is owed to a closed end")?;
        let closed = closed || owed;
        let sets = [end.on_message(), back.on_disconnect];
        let listens = sets.iter().any(|set| !matches!(set, ListenerSet::Empty));
        let cleared = self.rules.listeners_after_close == ListenersAfterClose::Cleared;
        require(!(closed && cleared && listens), "a closed port has no listeners")?;
        match end.role() {
            Role::Opener => require(end.phase != Phase::Offered, "openers are not offered")?,
            Role::Receiver => require(end.phase != Phase::Released, "receivers are removed")?,
        }
        let offer = usize::from(end.phase == Phase::Offered);
        let events = offer + messages + usize::from(end.pending.is_some());
        let queued = notices.get(&id).copied().unwrap_or(0);
        require(end.notices(events) == queued, "an event has one notice")
    }

    /// The end that the opener's posts go to without asking the channel.
    fn only_receiver(&self, channel: &Channel) -> Option<u32> {
        if channel.live != 1 || channel.hold != NONE {
            return None;
        }
        let receivers = channel.receivers.slots(&self.ends.back);
        receivers.into_iter().find(|&slot| self.ends.at(slot).is_live())
    }

    fn check_channel(&self, slot: u32, record: &Channel) -> Verdict {
        let receivers = record.receivers.slots(&self.ends.back);
        let ends = receivers.iter().map(|&end| self.ends.at(end));
        let live = ends.clone().filter(|end| end.is_live()).count();
        require(record.live as usize == live, "a channel counts its live receivers")?;
        let mut backs = receivers.iter().map(|&end| self.ends.back.at(end));
        require(backs.all(|end| end.channel == slot), "an end knows its channel")?;
        let released = match self.ends.get(record.opener) {
            Some(opener) => {
                let channel = self.ends.back.at(record.opener.slot()).channel;
                require(!record.opener_dead && channel == slot, "the opener is known")?;
                opener.phase == Phase::Released
            }
            None => {
                require(record.opener_dead, "the opener is known")?;
                true
            }
        };
        let kept = !released || !receivers.is_empty() || record.hold != NONE;
        require(kept, "[S11] a channel is kept by someone")?;
        if record.hold == NONE {
            return Ok(());
        }
        let hold = self.holds.at(record.hold);
        require(hold.subject == Subject::Channel(slot), "a hold knows its channel")?;
        match hold.until {
            Until::Started { .. } => require(receivers.is_empty(), "who waits was not offered"),
            Until::Answered { unanswered } => {
                let offered = ends.filter(|end| end.phase == Phase::Offered).count();
                require(unanswered as usize == offered, "a hold counts the answers to come")
            }
        }
    }

    fn check_hold(&self, slot: u32, record: &Hold) -> Verdict {
        let back = match record.subject {
            Subject::Channel(channel) => self.channels.at(channel).hold,
            Subject::Request(request) => self.requests.at(request).hold,
        };
        require(back == slot, "what is held knows its hold")?;
        if let Until::Started { .. } = record.until {
            let waiting = self.extensions.at(record.extension).waiting.slots(&self.holds);
            require(waiting.contains(&slot), "who waits for the background is in the list")?;
        }
        Ok(())
    }

    fn check_request(&self, slot: u32, record: &Request<P>) -> Verdict {
        let asks = record.asks.slots(&self.asks);
        let asks = asks.into_iter().map(|ask| self.asks.at(ask));
        require(asks.clone().all(|ask| ask.request == slot), "an ask knows its request")?;
        let is_offered = |phase| matches!(phase, ReceiverPhase::Offered);
        let offered = asks.clone().filter(|ask| is_offered(ask.phase)).count();
        require(record.offered as usize == offered, "a request counts its offers")?;
        let waiting = matches!(record.phase, RequestPhase::Waiting);
        let wanted = offered > 0 || waiting;
        require(record.message.is_some() == wanted, "a message is kept while it is wanted")?;
        require((record.hold != NONE) == waiting, "a request is held while it waits")?;
        let asked = matches!(record.phase, RequestPhase::Asked);
        require(!asked || asks.clone().count() > 0, "an asked request has receivers")?;
        let settled = matches!(record.phase, RequestPhase::Settled);
        let over = !waiting && (settled || record.origin.is_none()) && asks.count() == 0;
        require(!over, "[S11] a request is kept by someone")
    }

    /// `[S11]` no node, list or ask is in use that nobody has.
    fn check_totals(&self) -> Verdict {
        let inboxes = self.ends.iter().map(|(_, end)| end.inbox);
        let holds = self.holds.iter().map(|(_, hold)| hold.messages);
        let queued = inboxes.chain(holds).map(|queue| self.messages.iter(queue).count());
        require(self.messages.used() == queued.sum(), "every message is in a queue")?;
        let of_ends = self
            .ends
            .iter()
            .flat_map(|(id, end)| [end.on_message(), self.ends.back.at(id.slot()).on_disconnect]);
        let of_contexts =
            self.contexts.iter().flat_map(|(id, _)| self.contexts.back.at(id.slot()).runtime);
        let sets = of_ends.chain(of_contexts);
        let lists = sets.filter(|set| matches!(set, ListenerSet::Many(_))).count();
        require(self.listeners.lists() == lists, "every list of listeners is a set's")?;
        let asks = self.requests.iter().map(|(_, request)| request.asks.slots(&self.asks).len());
        require(self.asks.len() == asks.sum(), "every ask is a request's")?;
        let frames = self.documents.iter().map(|(_, record)| record.frames);
        let children: usize = frames.map(|list| list.slots(&self.frames).len()).sum();
        let top = self.frames.iter().filter(|(_, frame)| frame.parent.is_none()).count();
        require(self.frames.len() == children + top, "every child frame is in its parent's list")?;
        let lists = self.extensions.iter().map(|(_, record)| {
            record.own.slots(&self.contexts.back).len()
                + record.injected.slots(&self.contexts.back).len()
        });
        require(self.contexts.len() == lists.sum(), "every context is in its extension's list")
    }

    fn port_notices(&self) -> BTreeMap<PortId, i64> {
        let mut counts = BTreeMap::new();
        for port in self.notices.ports() {
            *counts.entry(port).or_default() += 1;
        }
        counts
    }
}

pub(super) fn require(holds: bool, claim: &'static str) -> Verdict {
    if holds { Ok(()) } else { Err(claim) }
}
