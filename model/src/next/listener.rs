//! Listener sets: adding and removing.

use super::Step;
use crate::{
    ContextId, ListenerId, ListenerSet, ListenerTarget, ListenersAfterClose, Opener, Phase, PortId,
    Refusal, Revocation,
};

impl Step<'_> {
    pub(super) fn add_listener(
        &mut self,
        context: ContextId,
        target: ListenerTarget,
        listener: ListenerId,
    ) -> Result<(), Refusal> {
        if self.listener_set_closed(context, target)? {
            return Ok(());
        }
        self.listener_set(context, target)?.add(listener);
        Ok(())
    }

    pub(super) fn remove_listener(
        &mut self,
        context: ContextId,
        target: ListenerTarget,
        listener: ListenerId,
    ) -> Result<(), Refusal> {
        self.listener_set_closed(context, target)?;
        self.listener_set(context, target)?.remove(listener);
        Ok(())
    }

    /// Whether the set takes no listeners any more, once the caller is known to have it.
    fn listener_set_closed(
        &self,
        context: ContextId,
        target: ListenerTarget,
    ) -> Result<bool, Refusal> {
        let record = self.script(context)?;
        match target {
            ListenerTarget::OnDisconnect(port) | ListenerTarget::OnMessage(port) => {
                self.own_port(context, port)?;
                let closed = self.state.end(port).is_some_and(|end| end.phase.is_closed());
                Ok(closed && self.rules.listeners_after_close == ListenersAfterClose::Cleared)
            }
            ListenerTarget::Runtime(event) => {
                if !record.kind.is_extension() {
                    return Err(Refusal::NotAvailable);
                }
                if event.is_user_script() && self.rules.revocation != Revocation::Nothing {
                    self.permitted(record.extension)?;
                }
                Ok(false)
            }
        }
    }

    /// Whether the port is there and the context's own. An offered port is not there yet.
    pub(super) fn own_port(&self, context: ContextId, port: PortId) -> Result<(), Refusal> {
        let end = self.state.end(port).ok_or(Refusal::NoSuchPort)?;
        if end.phase == Phase::Offered {
            return Err(Refusal::NoSuchPort);
        }
        if self.state.owner(port) != Some(context) {
            return Err(Refusal::ForeignPort);
        }
        Ok(())
    }

    fn listener_set(
        &mut self,
        context: ContextId,
        target: ListenerTarget,
    ) -> Result<&mut ListenerSet, Refusal> {
        match target {
            ListenerTarget::OnDisconnect(port) => Ok(&mut self.end_mut(port)?.on_disconnect),
            ListenerTarget::OnMessage(port) => Ok(&mut self.end_mut(port)?.on_message),
            ListenerTarget::Runtime(event) => {
                let record = self.state.contexts.get_mut(&context).ok_or(Refusal::NoSuchContext)?;
                let listeners = record.kind.runtime_listeners_mut().ok_or(Refusal::NotAvailable)?;
                Ok(listeners.set_mut(event))
            }
        }
    }

    pub(super) fn end_mut(&mut self, port: PortId) -> Result<&mut crate::End, Refusal> {
        let channel = self.state.channels.get_mut(&port.channel()).ok_or(Refusal::NoSuchPort)?;
        match port {
            PortId::Opener(_) => match &mut channel.opener {
                Opener::Held { end, .. } => Ok(end),
                Opener::Dead | Opener::Released(_) => Err(Refusal::NoSuchPort),
            },
            PortId::Receiver(_, context) => {
                channel.receivers.get_mut(&context).ok_or(Refusal::NoSuchPort)
            }
        }
    }
}
