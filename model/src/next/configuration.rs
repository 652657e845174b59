//! World configuration, and what it takes away from living worlds.

use super::Step;
use crate::{
    Context, ContextId, Csp, DocumentId, DropRule, ExtensionId, FrameId, Gate, Inheritance, Kind,
    Limit, Loaded, OmittedMember, Refusal, Withdrawal, WorldConfig, WorldId,
};

impl Step<'_> {
    pub(super) fn configure_world(
        &mut self,
        context: ContextId,
        world: WorldId,
        messaging: Option<bool>,
        csp: Csp,
    ) -> Result<(), Refusal> {
        let extension = self.extension_script(context)?.extension;
        self.permitted(extension)?;
        let configs = &self.loaded(extension)?.configs;
        let old = configs.get(&world).copied();
        let full =
            self.rules.configured_worlds.is_some_and(|limit| configs.len() >= usize::from(limit));
        if old.is_none() && full {
            return Err(Refusal::Limit(Limit::ConfiguredWorlds));
        }
        let kept = match self.rules.omitted_member {
            OmittedMember::Default => WorldConfig::default(),
            OmittedMember::KeepsOld => old.unwrap_or_default(),
        };
        let config =
            WorldConfig { messaging: messaging.unwrap_or(kept.messaging), csp: csp.max(kept.csp) };
        if let Some(loaded) = self.loaded_mut(extension) {
            loaded.configs.insert(world, config);
        }
        match self.rules.withdrawal {
            Withdrawal::AfterResetOrInjection => {
                if config.csp == Csp::Given {
                    self.set_calls(extension, world, config.messaging, |_| true);
                }
            }
            Withdrawal::AtOnce => self.withdraw_messaging(extension),
            Withdrawal::Never => {}
        }
        Ok(())
    }

    pub(super) fn reset_world_configuration(
        &mut self,
        context: ContextId,
        world: WorldId,
    ) -> Result<(), Refusal> {
        let extension = self.extension_script(context)?.extension;
        self.permitted(extension)?;
        if let Some(loaded) = self.loaded_mut(extension) {
            loaded.configs.remove(&world);
        }
        match self.rules.withdrawal {
            Withdrawal::AfterResetOrInjection => {
                self.set_calls(extension, world, false, |_| true);
            }
            Withdrawal::AtOnce => self.withdraw_messaging(extension),
            Withdrawal::Never => {}
        }
        Ok(())
    }

    /// Whether a world instance that starts now may message (`k1_named_true_default_unset`, `k2_default_true`).
    pub(super) fn effective_messaging(&self, loaded: &Loaded, world: WorldId) -> bool {
        let inherited = match self.rules.inheritance {
            Inheritance::Inherits => loaded.configs.get(&WorldId::Default),
            Inheritance::Off => None,
        };
        loaded.configs.get(&world).or(inherited).is_some_and(|config| config.messaging)
    }

    /// Takes messaging away from every living instance whose configuration no longer grants it `[S1]`.
    fn withdraw_messaging(&mut self, extension: ExtensionId) {
        let Some(loaded) = self.state.loaded(extension) else { return };
        let withdrawn: Vec<ContextId> = self
            .worlds(extension)
            .filter(|&(_, world, gate)| {
                gate == Gate::Granted && !self.effective_messaging(loaded, world)
            })
            .map(|(id, _, _)| id)
            .collect();
        for context in withdrawn {
            self.set_gate(context, Gate::Withdrawn);
            self.cut_channels(DropRule::MessagingWithdrawn, |channel| {
                channel.opener_context() == Some(context)
            });
            self.cut_requests(DropRule::MessagingWithdrawn, |request| {
                request.origin == Some(context)
            });
        }
    }

    /// What an instance that starts does to the others of the same world in the same tab: what it starts
    /// with is theirs from now on (`c3_false_leaks_to_same_process`).
    pub(super) fn share_calls(
        &mut self,
        extension: ExtensionId,
        world: WorldId,
        into: DocumentId,
        messaging: bool,
    ) {
        let tab = self.state.tab(into);
        self.set_calls(extension, world, messaging, |other| other == tab);
    }

    /// Whether the instances of a world may call from now on, in the tabs asked for. One that started
    /// without messaging never may (`b1_never_configured`).
    fn set_calls(
        &mut self,
        extension: ExtensionId,
        world: WorldId,
        messaging: bool,
        is_meant: impl Fn(Option<FrameId>) -> bool,
    ) {
        let to = if messaging { Gate::Granted } else { Gate::CallsRefused };
        let meant: Vec<ContextId> = self
            .worlds(extension)
            .filter(|&(_, other, gate)| other == world && gate != Gate::Absent)
            .map(|(id, _, _)| id)
            .filter(|&id| is_meant(self.state.document_of(id).and_then(|it| self.state.tab(it))))
            .collect();
        meant.into_iter().for_each(|context| self.set_gate(context, to));
    }

    fn worlds(&self, extension: ExtensionId) -> impl Iterator<Item = (ContextId, WorldId, Gate)> {
        self.state.contexts.iter().filter_map(move |(&id, context)| match *context {
            Context { extension: owner, kind: Kind::World { world, gate, .. }, .. }
                if owner == extension =>
            {
                Some((id, world, gate))
            }
            _ => None,
        })
    }

    fn set_gate(&mut self, context: ContextId, to: Gate) {
        if let Some(Context { kind: Kind::World { gate, .. }, .. }) =
            self.state.contexts.get_mut(&context)
        {
            *gate = to;
        }
    }
}
