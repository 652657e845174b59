//! The life of an extension in the browser: reloaded, switched off and on, removed.

use worldport::{
    Background, Call, ContextId, DocumentId, ExtensionId, Refusal, WorldChange, WorldConfig,
    WorldId,
};

use crate::core::Installed;
use crate::host::{Host, HostError};

/// What a browser keeps of an extension that is switched off.
#[derive(Debug)]
pub(crate) struct Dormant {
    installed: Installed,
    worlds: Vec<(WorldId, WorldConfig)>,
}

impl Host {
    /// Removes an extension. Its worlds stay, or go, as the profile says.
    ///
    /// # Errors
    /// [`HostError::Refused`] if it is not loaded.
    pub fn uninstall(&mut self, extension: ExtensionId) -> Result<(), HostError> {
        self.unload(extension).map(drop)
    }

    /// Removes an extension and installs it again, without its registered scripts and
    /// configurations.
    ///
    /// # Errors
    /// [`HostError::Refused`] if it is not loaded.
    pub fn reload(&mut self, extension: ExtensionId) -> Result<ExtensionId, HostError> {
        let source = self.unload(extension)?.extension;
        self.install(source)
    }

    /// Switches an extension off. Its registered scripts and configurations are kept.
    ///
    /// # Errors
    /// [`HostError::Refused`] if it is not loaded.
    pub fn disable(&mut self, extension: ExtensionId) -> Result<(), HostError> {
        let worlds = self.with_router(|router| {
            let known = router.world_configurations(extension);
            known.map(|(world, config)| (world.clone(), config.clone())).collect()
        });
        let installed = self.unload(extension)?;
        self.dormant.insert(extension, Dormant { installed, worlds });
        Ok(())
    }

    /// Switches an extension on again. Where the profile says so, its scripts run in the documents
    /// that are open (i7).
    ///
    /// # Errors
    /// [`HostError::Refused`] if it is not switched off.
    pub fn enable(&mut self, extension: ExtensionId) -> Result<ExtensionId, HostError> {
        let gone = HostError::Refused(Refusal::NoSuchExtension(extension));
        let Dormant { installed, worlds } = self.dormant.remove(&extension).ok_or(gone)?;
        let id = self.install_with(installed.extension, installed.scripts, &worlds)?;
        if self.profile.reinjects {
            let mut documents: Vec<DocumentId> = self.shown.values().copied().collect();
            documents.sort_unstable();
            for document in documents {
                self.run_everything(id, document)?;
            }
        }
        Ok(id)
    }

    /// Configures worlds as they were.
    pub(crate) fn configure(
        &self,
        context: ContextId,
        worlds: &[(WorldId, WorldConfig)],
    ) -> Result<(), HostError> {
        for (world, config) in worlds {
            let change = WorldChange { messaging: Some(config.messaging), csp: config.csp.clone() };
            self.apply(Call::ConfigureWorld { context, world: world.clone(), change })?;
        }
        Ok(())
    }

    /// The background that is idle first, and from when on it may be stopped.
    pub(crate) fn next_idle(&self) -> Option<(ExtensionId, u64)> {
        let timeout = self.options.idle_timeout?;
        let core = self.core.borrow();
        let idle = self.extensions.iter().filter_map(|&extension| {
            let Some(Background::Running(context)) = core.router.background(extension) else {
                return None;
            };
            if self.profile.sockets_are_activity && core.net.has_sockets(context) {
                return None;
            }
            let active = core.contexts.get(&context)?.active;
            Some((extension, active.saturating_add(timeout)))
        });
        idle.min_by_key(|&(_, at)| at)
    }

    fn unload(&mut self, extension: ExtensionId) -> Result<Installed, HostError> {
        self.apply(Call::UnloadExtension { extension })?;
        self.pages.retain(|page| page.extension != extension);
        self.extensions.retain(|&known| known != extension);
        let gone = HostError::Refused(Refusal::NoSuchExtension(extension));
        self.core.borrow_mut().installed.remove(&extension).ok_or(gone)
    }
}

/// An address for an extension whose id is none: a UUID, the same for the same id.
pub(crate) fn uuid(id: &str) -> String {
    let digits = crate::sender::digits(id);
    let parts = [&digits[..8], &digits[8..12], &digits[12..16], &digits[16..20], &digits[20..]];
    parts.join("-")
}
