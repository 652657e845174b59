//! Extensions: loading, unloading, the permission.

use alloc::collections::BTreeMap;
use alloc::vec::Vec;

use super::Router;
use super::check::within;
use crate::record::{Amount, Extension, Phase, Subject};
use crate::store::{Id as _, List, Store as _};
use crate::{
    Background, DropRule, ExtensionId, ExtensionSpec, LimitKind, LoadError, Payload, Permission,
    PermissionError, RequestOutcome, Revocation, Unload, UnloadError,
};

impl<P: Payload> Router<P> {
    /// Loads an extension. Its background, if it has one, is stopped; its `userScripts` permission
    /// is granted; no world is configured. A reload is an unload and a load.
    ///
    /// # Errors
    ///
    /// [`LoadError`]: there are too many extensions.
    pub fn load_extension(&mut self, extension: ExtensionSpec) -> Result<ExtensionId, LoadError> {
        let result = self.load_inner(extension);
        self.done("load_extension", result)
    }

    fn load_inner(&mut self, spec: ExtensionSpec) -> Result<ExtensionId, LoadError> {
        within(self.extensions.len() + 1, self.limits.extensions, || LimitKind::Extensions)?;
        let urls = [Some(&spec.id), Some(&spec.origin), spec.background.as_ref()];
        urls.into_iter().flatten().try_for_each(|url| self.url_fits(url))?;

        let background = match spec.background {
            Some(_) => Background::Stopped,
            None => Background::Absent,
        };
        Ok(self.extensions.insert(Extension {
            name: spec.id,
            origin: spec.origin,
            background_url: spec.background,
            loaded: true,
            background,
            permission: Permission::Granted,
            configs: BTreeMap::new(),
            own: List::EMPTY,
            injected: List::EMPTY,
            waiting: List::EMPTY,
            waiting_count: 0,
            page_count: 0,
            request_count: 0,
            granted: Amount::default(),
        }))
    }

    /// Unloads an extension: its background and pages end, and what happens to its worlds and
    /// content scripts is a rule ([`Unload`], `i6_extension_reload`, `i7_extension_disabled`,
    /// `i8_uninstalled`).
    ///
    /// # Errors
    ///
    /// [`UnloadError`]: there is no such extension, or it is unloaded already and only remembered
    /// by its worlds.
    pub fn unload_extension(&mut self, extension: ExtensionId) -> Result<(), UnloadError> {
        let result = self.unload_inner(extension);
        self.done("unload_extension", result)
    }

    fn unload_inner(&mut self, id: ExtensionId) -> Result<(), UnloadError> {
        let extension = self.extensions.get(id).ok_or(UnloadError::NoSuchExtension(id))?;
        if !extension.loaded {
            return Err(UnloadError::AlreadyUnloaded(id));
        }

        let slot = id.slot();
        self.unload_holds(slot);
        let record = self.extensions.at_mut(slot);
        record.loaded = false;
        record.background = Background::Absent;
        record.configs = BTreeMap::new();
        let injected = record.injected.slots(&self.contexts.back);
        for &context in &injected {
            self.contexts.at_mut(context).invalidated = true;
        }
        // The record goes with its last context, so it is looked up by id from here on.
        for context in self.extensions.at(slot).own.slots(&self.contexts.back) {
            self.end_context(context);
        }
        match self.rules.unload {
            Unload::WorldsTold => injected.into_iter().for_each(|slot| self.tell_unloaded(slot)),
            Unload::WorldsDestroyed => {
                injected.into_iter().for_each(|slot| self.end_context(slot));
            }
        }
        if self.extensions.get(id).is_some() {
            self.free_extension_if_over(slot);
        }
        Ok(())
    }

    /// Nobody will be offered what is held, be it for the background or for answers.
    fn unload_holds(&mut self, slot: u32) {
        while let Some(hold) = self.extensions.at(slot).waiting.first() {
            match self.holds.at(hold).subject {
                Subject::Channel(channel) => {
                    self.cancel_hold(channel, DropRule::Unloaded);
                    self.free_if_over(channel);
                }
                Subject::Request(request) => {
                    self.answer(request, RequestOutcome::NoReceiver);
                    self.free_request_if_over(request);
                }
            }
        }
        let own = self.extensions.at(slot).own.slots(&self.contexts.back);
        let ends = own
            .into_iter()
            .flat_map(|slot| self.contexts.back.at(slot).ports.slots(&self.ends.back));
        let channels: Vec<u32> = ends.map(|end| self.ends.back.at(end).channel).collect();
        for channel in channels {
            self.cancel_hold(channel, DropRule::Unloaded);
        }
    }

    /// An invalidated context hears that its channels are over and its requests unanswered.
    fn tell_unloaded(&mut self, slot: u32) {
        for end in self.contexts.back.at(slot).ports.slots(&self.ends.back) {
            if self.ends.at(end).phase == Phase::Open {
                let channel = self.ends.back.at(end).channel;
                self.drop_inbox(end, DropRule::Unloaded);
                self.tell_opener(channel, self.closing_error(channel));
            }
        }
        for request in self.contexts.back.at(slot).requests.slots(&self.requests) {
            self.revoke_request(request, DropRule::Unloaded);
        }
    }

    /// Frees an unloaded extension that no context remembers: `[S11]`.
    pub(super) fn free_extension_if_over(&mut self, slot: u32) {
        let record = self.extensions.at(slot);
        if !record.loaded && record.own.is_empty() && record.injected.is_empty() {
            self.extensions.remove(slot);
        }
    }

    /// Takes the `userScripts` permission away. Extension scripts may neither configure worlds nor
    /// listen to user scripts, and no user-script world starts, until it is granted again; what
    /// becomes of what exists is a rule ([`Revocation`], `i13_permission_revoked`). Revoking twice
    /// is no matter.
    ///
    /// # Errors
    ///
    /// [`PermissionError`]: there is no such extension, or it is unloaded.
    pub fn revoke_permission(&mut self, extension: ExtensionId) -> Result<(), PermissionError> {
        let result = self.revoke_inner(extension);
        self.done("revoke_permission", result)
    }

    fn revoke_inner(&mut self, id: ExtensionId) -> Result<(), PermissionError> {
        if self.loaded(id)?.permission == Permission::Revoked {
            return Ok(());
        }

        let slot = id.slot();
        self.extensions.at_mut(slot).permission = Permission::Revoked;
        match self.rules.revocation {
            Revocation::ListenersRemovedChannelsClosed => {
                self.remove_user_script_listeners(slot);
                self.revoke_user_scripts(slot);
            }
            Revocation::ListenersRemoved => self.remove_user_script_listeners(slot),
            Revocation::Nothing => {}
        }
        Ok(())
    }

    /// Gives the `userScripts` permission. Listeners that went with it do not come back. Granting
    /// twice is no matter.
    ///
    /// # Errors
    ///
    /// [`PermissionError`]: there is no such extension, or it is unloaded.
    pub fn grant_permission(&mut self, extension: ExtensionId) -> Result<(), PermissionError> {
        let result = self.loaded(extension).map(|_| ()).map_err(PermissionError::from);
        if result.is_ok() {
            self.extensions.at_mut(extension.slot()).permission = Permission::Granted;
        }
        self.done("grant_permission", result)
    }
}
