//! Listener sets: adding, removing, asking.

use super::Router;
use super::check::within;
use crate::store::{Id as _, ListenerSet, Store as _};
use crate::{
    ContextId, LimitKind, ListenerError, ListenerId, ListenerTarget, ListenersAfterClose, Payload,
    Revocation,
};

/// A set whose record was looked up.
#[derive(Clone, Copy)]
pub(super) enum Place {
    /// `onDisconnect` of the end in a slot.
    Disconnect(u32),
    /// `onMessage` of the end in a slot.
    Message(u32),
    /// A runtime event, by its number, of the context in a slot.
    Runtime(u32, usize),
}

impl<P: Payload> Router<P> {
    /// Adds a listener behind the others of a set. One that is in the set stays where it is
    /// (`e2_added_twice`), and on a closed port nothing happens under
    /// [`ListenersAfterClose::Cleared`].
    ///
    /// # Errors
    ///
    /// [`ListenerError`]: the context cannot act; a runtime event is not for this kind of context,
    /// or needs the permission; there is no such port, or another context holds it; the set is
    /// full, or the context has too many listeners.
    pub fn add_listener(
        &mut self,
        context: ContextId,
        target: ListenerTarget,
        listener: ListenerId,
    ) -> Result<(), ListenerError> {
        let result = self.add_listener_inner(context, target, listener);
        self.done("add_listener", result)
    }

    fn add_listener_inner(
        &mut self,
        context: ContextId,
        target: ListenerTarget,
        listener: ListenerId,
    ) -> Result<(), ListenerError> {
        let place = self.place(context, target)?;
        if self.is_cleared(place) || self.listeners.contains(&self.set(place), listener) {
            return Ok(());
        }
        let listeners = self.listeners.of(&self.set(place)).len() + 1;
        within(listeners, self.limits.listeners, || LimitKind::Listeners)?;
        let of_context = self.contexts.back.at(context.slot()).listener_count + 1;
        within(of_context, self.limits.context_listeners, || LimitKind::ContextListeners)?;

        let mut set = self.set(place);
        self.listeners.add(&mut set, listener);
        self.replace_set(place, set);
        self.contexts.back.at_mut(context.slot()).listener_count = of_context;
        Ok(())
    }

    /// Removes a listener from a set. One that is not in the set is no matter.
    ///
    /// # Errors
    ///
    /// [`ListenerError`], as [`add_listener`](Self::add_listener), but no limit.
    pub fn remove_listener(
        &mut self,
        context: ContextId,
        target: ListenerTarget,
        listener: ListenerId,
    ) -> Result<(), ListenerError> {
        let result = self.place(context, target).map(|place| {
            let mut set = self.set(place);
            let before = self.listeners.of(&set).len();
            self.listeners.remove(&mut set, listener);
            let after = self.listeners.of(&set).len();
            self.replace_set(place, set);
            self.contexts.back.at_mut(context.slot()).listener_count -= before - after;
        });
        self.done("remove_listener", result)
    }

    /// Whether a listener is in a set.
    ///
    /// # Errors
    ///
    /// [`ListenerError`], as [`add_listener`](Self::add_listener), but no limit.
    pub fn has_listener(
        &self,
        context: ContextId,
        target: ListenerTarget,
        listener: ListenerId,
    ) -> Result<bool, ListenerError> {
        let place = self.place(context, target)?;
        Ok(self.listeners.contains(&self.set(place), listener))
    }

    /// Whether any listener is in a set.
    ///
    /// # Errors
    ///
    /// [`ListenerError`], as [`add_listener`](Self::add_listener), but no limit.
    pub fn has_listeners(
        &self,
        context: ContextId,
        target: ListenerTarget,
    ) -> Result<bool, ListenerError> {
        let place = self.place(context, target)?;
        Ok(!self.listeners.of(&self.set(place)).is_empty())
    }

    /// Looks up a set on behalf of a script. The gate is not asked: a world that lost messaging may
    /// still tidy up its ports.
    fn place(&self, id: ContextId, target: ListenerTarget) -> Result<Place, ListenerError> {
        self.acting(id)?;
        match target {
            ListenerTarget::Runtime(event) => {
                let context = self.own(id)?;
                if event.is_user_script() && self.rules.revocation != Revocation::Nothing {
                    self.permitted(context.extension)?;
                }
                Ok(Place::Runtime(id.slot(), event as usize))
            }
            ListenerTarget::PortDisconnect(port) => {
                self.held_port(id, port)?;
                Ok(Place::Disconnect(port.slot()))
            }
            ListenerTarget::PortMessage(port) => {
                self.held_port(id, port)?;
                Ok(Place::Message(port.slot()))
            }
        }
    }

    #[inline(always)]
    pub(super) fn set(&self, place: Place) -> ListenerSet {
        match place {
            Place::Disconnect(end) => self.ends.back.at(end).on_disconnect,
            Place::Message(end) => self.ends.at(end).on_message(),
            Place::Runtime(context, event) => self.contexts.back.at(context).runtime[event],
        }
    }

    #[inline(always)]
    fn replace_set(&mut self, place: Place, set: ListenerSet) {
        match place {
            Place::Disconnect(end) => self.ends.back.at_mut(end).on_disconnect = set,
            Place::Message(end) => self.ends.at_mut(end).set_on_message(set),
            Place::Runtime(context, event) => {
                self.contexts.back.at_mut(context).runtime[event] = set;
            }
        }
    }

    /// Empties a set.
    #[inline]
    pub(super) fn clear(&mut self, place: Place) {
        let mut set = self.set(place);
        let listeners = self.listeners.of(&set).len();
        if listeners == 0 {
            return;
        }
        let context = match place {
            Place::Disconnect(end) | Place::Message(end) => self.ends.at(end).owner,
            Place::Runtime(context, _) => context,
        };
        self.contexts.back.at_mut(context).listener_count -= listeners;
        self.listeners.clear(&mut set);
        self.replace_set(place, set);
    }

    /// Whether a set stays empty because its port is closed.
    fn is_cleared(&self, place: Place) -> bool {
        let (Place::Disconnect(end) | Place::Message(end)) = place else { return false };
        self.rules.listeners_after_close == ListenersAfterClose::Cleared
            && self.ends.at(end).phase.is_closed()
    }
}
