//! Notices: what is still to be said, and polling it.
//!
//! A notice only names something; whether there is anything to say about it is looked up when it is
//! polled. Almost every notice is about a port, so the queue is one of ports, eight bytes each, in
//! which a gap stands for the next of the other kinds.

use alloc::collections::VecDeque;

use super::Router;
use crate::store::{Id as _, Store as _};
use crate::{
    ContextId, EventSource, ExtensionId, Output, Payload, PortId, RequestId, RequestPhase,
};

/// Everything that is still to be said, in order.
#[derive(Clone, Debug)]
pub(super) struct Notices {
    /// `None` stands for the next of `others`.
    ports: VecDeque<Option<PortId>>,
    others: VecDeque<Notice>,
}

/// A notice that is not about a port.
#[derive(Clone, Copy, Debug)]
pub(super) enum Notice {
    ContextEnded(ContextId),
    Reply(RequestId),
    Request(RequestId, ContextId),
    Woken(ExtensionId, ContextId),
}

impl Notices {
    pub(super) const fn new() -> Self {
        Self { ports: VecDeque::new(), others: VecDeque::new() }
    }

    pub(super) fn len(&self) -> usize {
        self.ports.len()
    }

    #[inline]
    pub(super) fn push_port(&mut self, port: PortId) {
        self.ports.push_back(Some(port));
    }

    pub(super) fn push(&mut self, notice: Notice) {
        self.ports.push_back(None);
        self.others.push_back(notice);
    }

    /// The ports that notices are about, in order.
    pub(super) fn ports(&self) -> impl Iterator<Item = PortId> {
        self.ports.iter().copied().flatten()
    }
}

impl<P: Payload> Router<P> {
    /// The next thing to say, in the order in which it came about. `None`: all is said until the
    /// next call.
    ///
    /// There is one [`Output::Ready`] for each event that waits. Events that were dropped or
    /// dispatched meanwhile are not announced any more. Events of a context whose document is
    /// cached are announced when it is restored, those again that were announced before it was
    /// cached and not dispatched: a host forgets what it was told of a context when its document is
    /// cached.
    ///
    /// Not polling costs memory: notices pile up.
    #[inline]
    pub fn poll(&mut self) -> Option<Output> {
        while let Some(notice) = self.notices.ports.pop_front() {
            let output = match notice {
                Some(port) => self.announce_port(port),
                None => self.announce_other(),
            };
            if output.is_some() {
                return output;
            }
        }
        None
    }

    #[inline]
    fn announce_port(&mut self, port: PortId) -> Option<Output> {
        let end = self.ends.get_mut(port)?;
        if !end.announce() {
            return None;
        }
        let owner = end.owner;
        self.ready(owner, EventSource::Port(port))
    }

    /// What the next of the other notices says now; `None`: it is stale, or nobody could act on it.
    #[inline(never)]
    fn announce_other(&mut self) -> Option<Output> {
        match self.notices.others.pop_front()? {
            Notice::ContextEnded(context) => Some(Output::ContextEnded { context }),
            Notice::Reply(request) => {
                let record = self.requests.get_mut(request)?;
                let RequestPhase::Answered(_) = record.phase else { return None };
                let origin = record.origin?;
                record.announced = true;
                self.ready(origin, EventSource::Reply(request))
            }
            Notice::Request(request, receiver) => {
                self.contexts.get(receiver)?;
                let slot = self.requests.get(request).map(|_| request.slot())?;
                self.is_offered(slot, receiver.slot()).then_some(Output::Ready {
                    context: receiver,
                    source: EventSource::Request(request),
                })
            }
            Notice::Woken(extension, context) => Some(Output::Woken { extension, context }),
        }
    }

    #[inline]
    fn ready(&self, context: u32, source: EventSource) -> Option<Output> {
        let suspended = self.contexts.at(context).suspended;
        (!suspended).then(|| Output::Ready { context: self.contexts.id_of(context), source })
    }
}
