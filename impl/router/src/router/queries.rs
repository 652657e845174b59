//! Queries: what an embedder may want to know without changing anything.

use alloc::sync::Arc;

use super::Router;
use crate::record::{Kind, Running};
use crate::store::{Id as _, Store as _};
use crate::{
    Background, ContextId, DropCounts, EndPhase, ExtensionId, Gate, Limits, Payload, Permission,
    PortId, Rules, Sender, WorldConfig, WorldId,
};

impl<P: Payload> Router<P> {
    /// The rules it was made with.
    #[must_use]
    pub const fn rules(&self) -> &Rules {
        &self.rules
    }

    /// The limits it was made with.
    #[must_use]
    pub const fn limits(&self) -> &Limits {
        &self.limits
    }

    /// How many messages were dropped, by rule.
    #[must_use]
    pub const fn dropped(&self) -> DropCounts {
        self.dropped
    }

    /// What receivers are told of a context.
    #[must_use]
    pub fn sender(&self, context: ContextId) -> Option<&Arc<Sender>> {
        self.contexts.get(context).map(|_| &self.contexts.back.at(context.slot()).sender)
    }

    /// Whether a world instance may use messaging; `None`: there is no such context, or it is no
    /// world. A host shows a world the messaging API if this is not [`Gate::Absent`] when the world
    /// starts.
    #[must_use]
    pub fn gate(&self, context: ContextId) -> Option<Gate> {
        let gate = self.contexts.get(context)?.gate;
        let is_world = matches!(self.contexts.back.at(context.slot()).kind, Kind::World { .. });
        is_world.then_some(gate)
    }

    /// The background of a loaded extension.
    #[must_use]
    pub fn background(&self, extension: ExtensionId) -> Option<Background> {
        self.loaded(extension).ok().map(|extension| extension.background)
    }

    /// The `userScripts` permission of a loaded extension.
    #[must_use]
    pub fn permission(&self, extension: ExtensionId) -> Option<Permission> {
        self.loaded(extension).ok().map(|extension| extension.permission)
    }

    /// The worlds that a loaded extension configured, in the order of their ids; none for any
    /// other.
    pub fn world_configurations(
        &self,
        extension: ExtensionId,
    ) -> impl Iterator<Item = (&WorldId, &WorldConfig)> {
        self.loaded(extension).ok().into_iter().flat_map(|extension| &extension.configs)
    }

    /// How far a port of a context is; `None`: there is no such port, or it is another context's.
    #[must_use]
    pub fn port_phase(&self, context: ContextId, port: PortId) -> Option<EndPhase> {
        self.contexts.get(context)?;
        self.port(context, port).ok()?.phase.named()
    }

    /// Whether a listener of the context runs, or is to be told to have ended.
    #[must_use]
    pub fn is_dispatching(&self, context: ContextId) -> bool {
        self.contexts.get(context).is_some_and(|context| !matches!(context.running, Running::Idle))
    }
}
