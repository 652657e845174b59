//! Notices: what is still to be said, and polling it.
//!
//! A notice only names something; whether there is anything to say about it is looked up when it is
//! polled. Almost every notice is about a port, so the queue is one of ports, eight bytes each, in
//! which a gap stands for the next of the other kinds.

use alloc::collections::VecDeque;

use super::Router;
use crate::store::{Id as _, Ring};
use crate::{
    ContextId, EventSource, ExtensionId, Output, Payload, PortId, RequestId, RequestPhase,
};

/// Everything that is still to be said, in order.
#[derive(Clone, Debug)]
pub(super) struct Notices {
    /// `None` stands for the next of `others`.
    ports: Ring<Option<PortId>>,
    others: VecDeque<Notice>,
}

/// A notice that is not about a port.
#[derive(Clone, Copy, Debug)]
pub(super) enum Notice {
    ContextEnded(ContextId),
    Reply(RequestId, ContextId),
    Request(RequestId, ContextId),
    Woken(ExtensionId, ContextId),
}

impl Notice {
    #[inline(always)]
    const fn output(self) -> Output {
        match self {
            Self::ContextEnded(context) => Output::ContextEnded { context },
            Self::Reply(request, context) => {
                Output::Ready { context, source: EventSource::Reply(request) }
            }
            Self::Request(request, context) => {
                Output::Ready { context, source: EventSource::Request(request) }
            }
            Self::Woken(extension, context) => Output::Woken { extension, context },
        }
    }
}

impl Notices {
    pub(super) const fn new() -> Self {
        Self { ports: Ring::new(), others: VecDeque::new() }
    }

    pub(super) fn len(&self) -> usize {
        self.ports.len()
    }

    #[inline(always)]
    pub(super) fn push_port(&mut self, port: PortId) {
        self.ports.push_back(Some(port));
    }

    pub(super) fn push(&mut self, notice: Notice) {
        self.ports.push_back(None);
        self.others.push_back(notice);
    }

    /// The ports that notices are about, in order.
    pub(super) fn ports(&self) -> impl Iterator<Item = PortId> {
        self.ports.iter().flatten()
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
    #[inline(always)]
    pub fn poll(&mut self) -> Option<Output> {
        while let Some(notice) = self.notices.ports.pop_front() {
            if let Some(port) = notice {
                if let Some(context) = self.announce_port(port) {
                    return Some(Output::Ready { context, source: EventSource::Port(port) });
                }
            } else if let Some(notice) = self.announce_other() {
                return Some(notice.output());
            }
        }
        None
    }

    /// The context to which a notice about a port says something now.
    #[inline(always)]
    fn announce_port(&mut self, port: PortId) -> Option<ContextId> {
        let end = self.ends.get_mut(port)?;
        if !end.announce() {
            return None;
        }
        let owner = end.owner;
        self.audible(owner)
    }

    /// The next of the other notices; `None`: it is stale, or nobody could act on it.
    #[inline(never)]
    fn announce_other(&mut self) -> Option<Notice> {
        let notice = self.notices.others.pop_front()?;
        let holds = match notice {
            Notice::ContextEnded(_) | Notice::Woken(..) => true,
            Notice::Reply(request, origin) => {
                let record = self.requests.get_mut(request)?;
                record.announced = true;
                let answered = matches!(record.phase, RequestPhase::Answered(_));
                answered && record.origin.is_some() && self.audible(origin.slot()).is_some()
            }
            Notice::Request(request, receiver) => {
                let exists = self.requests.get(request).is_some();
                exists
                    && self.contexts.get(receiver).is_some()
                    && self.is_offered(request.slot(), receiver.slot())
            }
        };
        holds.then_some(notice)
    }

    /// The context in a slot, unless it is suspended and can hear nothing.
    #[inline(always)]
    fn audible(&self, context: u32) -> Option<ContextId> {
        let (id, context) = self.contexts.named(context);
        (!context.suspended).then_some(id)
    }
}
