//! Watching a run: every call on the router with its outcome, and every event.

use std::cell::RefCell;
use std::rc::Rc;

use worldport::{Call, Outcome, Router};

use crate::events::HostEvent;
use crate::payload::Payload;

/// Somebody who watches a host: a log, a diagram, a model in lockstep.
pub trait Observer {
    /// Called after each call on the router, accepted or refused, before the host acts on it.
    ///
    /// # Errors
    /// A reason to stop the run, for example that a model in lockstep says otherwise.
    fn routed(
        &mut self,
        call: &Call<Payload>,
        outcome: &Outcome<Payload>,
        router: &Router<Payload>,
    ) -> Result<(), String> {
        let _ = (call, outcome, router);
        Ok(())
    }

    /// Called for each event, in the order in which things happen.
    fn event(&mut self, event: &HostEvent) {
        let _ = event;
    }
}

/// Nobody watches.
impl Observer for () {}

/// The caller keeps a share, to look at it later.
impl<T: Observer + ?Sized> Observer for Rc<RefCell<T>> {
    fn routed(
        &mut self,
        call: &Call<Payload>,
        outcome: &Outcome<Payload>,
        router: &Router<Payload>,
    ) -> Result<(), String> {
        self.borrow_mut().routed(call, outcome, router)
    }

    fn event(&mut self, event: &HostEvent) {
        self.borrow_mut().event(event);
    }
}

/// Two observers; the first is told first. The run stops when either says so.
impl<A: Observer, B: Observer> Observer for (A, B) {
    fn routed(
        &mut self,
        call: &Call<Payload>,
        outcome: &Outcome<Payload>,
        router: &Router<Payload>,
    ) -> Result<(), String> {
        let first = self.0.routed(call, outcome, router);
        first.and(self.1.routed(call, outcome, router))
    }

    fn event(&mut self, event: &HostEvent) {
        self.0.event(event);
        self.1.event(event);
    }
}
