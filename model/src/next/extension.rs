//! Extensions: loaded and unloaded, their background, their pages, their permission.

use super::{Step, lowest_free};
use crate::{
    Background, ChannelEvent, ChannelId, Context, ContextId, DropRule, Effect, Extension,
    ExtensionId, Kind, Loaded, Opener, Permission, Refusal, RequestPhase, Revocation,
    RuntimeListeners, Unload,
};

impl Step<'_> {
    pub(super) fn load_extension(&mut self, background: Background) -> Result<(), Refusal> {
        let extension = lowest_free(&self.state.extensions, ExtensionId)?;
        // A manifest says whether there is a background; it starts stopped, whoever asks for what.
        let background = match background {
            Background::Absent => Background::Absent,
            Background::Running(_) | Background::Starting(_) | Background::Stopped => {
                Background::Stopped
            }
        };
        let loaded =
            Loaded { background, permission: Permission::Granted, configs: Default::default() };
        self.state.extensions.insert(extension, Extension::Loaded(loaded));
        self.effects.push(Effect::ExtensionLoaded { extension });
        Ok(())
    }

    pub(super) fn unload_extension(&mut self, extension: ExtensionId) -> Result<(), Refusal> {
        match self.state.extensions.get(&extension) {
            Some(Extension::Loaded(_)) => {}
            Some(Extension::Unloaded) => return Err(Refusal::AlreadyUnloaded),
            None => return Err(Refusal::NoSuchExtension),
        }
        let of_extension = |context: &Context| context.extension == extension;
        for channel in self.channels_of(extension) {
            self.cancel_held(channel, DropRule::Unloaded);
            self.cancel_waiting(channel, DropRule::Unloaded);
        }
        for request in self.waiting_requests(extension) {
            self.ask(request, &[]);
        }
        self.state.extensions.insert(extension, Extension::Unloaded);
        self.end_contexts(|context| of_extension(context) && context.kind.is_extension());
        match self.rules.unload {
            Unload::WorldsDestroyed => self.end_contexts(of_extension),
            Unload::WorldsTold => self.tell_unloaded(extension),
        }
        self.free_extension(extension);
        Ok(())
    }

    /// Leaves each open port of the extension's worlds with nothing but the news that it is closed (`i6_extension_reload`).
    fn tell_unloaded(&mut self, extension: ExtensionId) {
        for id in self.channels_of(extension) {
            self.close_opener(id, DropRule::Unloaded);
        }
        self.cut_requests(DropRule::Unloaded, |request| {
            request.sender.extension == extension && !matches!(request.phase, RequestPhase::Settled)
        });
    }

    pub(super) fn free_extension(&mut self, extension: ExtensionId) {
        let unloaded = matches!(self.state.extensions.get(&extension), Some(Extension::Unloaded));
        if unloaded && !self.state.contexts.values().any(|context| context.extension == extension) {
            self.state.extensions.remove(&extension);
        }
    }

    pub(super) fn set_permission(
        &mut self,
        extension: ExtensionId,
        permission: Permission,
    ) -> Result<(), Refusal> {
        self.loaded(extension)?;
        let Some(loaded) = self.loaded_mut(extension) else { return Ok(()) };
        let was = core::mem::replace(&mut loaded.permission, permission);
        if was == permission || permission == Permission::Granted {
            return Ok(());
        }
        if self.rules.revocation != Revocation::Nothing {
            for context in
                self.state.contexts.values_mut().filter(|context| context.extension == extension)
            {
                if let Some(listeners) = context.kind.runtime_listeners_mut() {
                    listeners.on_user_script_connect.clear();
                    listeners.on_user_script_message.clear();
                }
            }
        }
        if self.rules.revocation == Revocation::ListenersRemovedChannelsClosed {
            self.cut_channels(DropRule::PermissionRevoked, |channel| {
                channel.sender.extension == extension
                    && channel.event == ChannelEvent::OnUserScriptConnect
            });
            self.cut_requests(DropRule::PermissionRevoked, |request| {
                request.sender.extension == extension && request.event.is_user_script()
            });
        }
        Ok(())
    }

    pub(super) fn start_background(&mut self, extension: ExtensionId) -> Result<(), Refusal> {
        match self.loaded(extension)?.background {
            Background::Absent => Err(Refusal::NoBackground),
            Background::Running(_) | Background::Starting(_) => Err(Refusal::NotStopped),
            Background::Stopped => {
                let context =
                    self.enter(extension, Kind::Background(RuntimeListeners::default()))?;
                self.set_background(extension, Background::Starting(context));
                self.effects.push(Effect::ContextEntered { context });
                Ok(())
            }
        }
    }

    /// Starts a stopped background for something that waits for it, whether or not it has ever listened (`r2_stopped_then_connect`).
    pub(super) fn wake(&mut self, extension: ExtensionId) -> Result<(), Refusal> {
        let context = self.enter(extension, Kind::Background(RuntimeListeners::default()))?;
        self.set_background(extension, Background::Starting(context));
        self.effects.push(Effect::Woke { extension, context });
        Ok(())
    }

    pub(super) fn background_started(&mut self, context: ContextId) -> Result<(), Refusal> {
        let record = self.state.contexts.get(&context).ok_or(Refusal::NoSuchContext)?;
        let extension = record.extension;
        if self.state.loaded(extension).map(|loaded| loaded.background)
            != Some(Background::Starting(context))
        {
            return Err(Refusal::NotStarting);
        }
        self.set_background(extension, Background::Running(context));
        self.offer_waiting(extension);
        Ok(())
    }

    pub(super) fn stop_background(&mut self, extension: ExtensionId) -> Result<(), Refusal> {
        let (context, was_starting) = match self.loaded(extension)?.background {
            Background::Absent | Background::Stopped => return Err(Refusal::NotRunning),
            Background::Running(context) => (context, false),
            Background::Starting(context) => (context, true),
        };
        self.set_background(extension, Background::Stopped);
        self.end_context(context);
        if was_starting {
            self.offer_waiting(extension);
        }
        Ok(())
    }

    fn set_background(&mut self, extension: ExtensionId, background: Background) {
        if let Some(loaded) = self.loaded_mut(extension) {
            loaded.background = background;
        }
    }

    /// Offers everything that has waited for the background, channels before requests, each in order.
    fn offer_waiting(&mut self, extension: ExtensionId) {
        for channel in self.waiting_channels(extension) {
            self.offer(channel);
        }
        for request in self.waiting_requests(extension) {
            let origin = self.state.requests.get(&request).and_then(|request| request.origin);
            let candidates = self.candidates(extension, origin);
            self.ask(request, &candidates);
        }
    }

    fn waiting_channels(&self, extension: ExtensionId) -> Vec<ChannelId> {
        let mut channels = self.channels_of(extension);
        channels.retain(|id| self.state.channels.get(id).is_some_and(|it| it.waiting.is_some()));
        channels
    }

    fn channels_of(&self, extension: ExtensionId) -> Vec<ChannelId> {
        let channels = self.state.channels.iter();
        channels
            .filter(|(_, channel)| channel.sender.extension == extension)
            .map(|(&id, _)| id)
            .collect()
    }

    /// Ends the waiting of a channel; what was held is dropped and nobody is asked.
    pub(super) fn cancel_waiting(&mut self, id: ChannelId, rule: DropRule) {
        let Some(channel) = self.state.channels.get_mut(&id) else { return };
        if channel.waiting.take().is_none() {
            return;
        }
        self.cancel_held(id, rule);
        let Some(channel) = self.state.channels.get(&id) else { return };
        if channel.receivers.is_empty() && !matches!(channel.opener, Opener::Held { .. }) {
            self.state.channels.remove(&id);
        }
    }

    /// Drops what is held, so that nobody gets it.
    pub(super) fn cancel_held(&mut self, channel: ChannelId, rule: DropRule) {
        let Some(record) = self.state.channels.get_mut(&channel) else { return };
        let held = core::mem::take(&mut record.held).into_iter();
        self.effects.extend(held.map(|message| Effect::DroppedHeld { channel, message, rule }));
    }

    pub(super) fn open_page(&mut self, extension: ExtensionId) -> Result<(), Refusal> {
        self.loaded(extension)?;
        let context = self.enter(extension, Kind::Page(RuntimeListeners::default()))?;
        self.effects.push(Effect::ContextEntered { context });
        Ok(())
    }

    pub(super) fn close_page(&mut self, context: ContextId) -> Result<(), Refusal> {
        let record = self.state.contexts.get(&context).ok_or(Refusal::NoSuchContext)?;
        if !matches!(record.kind, Kind::Page(_)) {
            return Err(Refusal::NotAPage);
        }
        self.end_context(context);
        Ok(())
    }

    /// Makes a context record.
    pub(super) fn enter(
        &mut self,
        extension: ExtensionId,
        kind: Kind,
    ) -> Result<ContextId, Refusal> {
        let context = lowest_free(&self.state.contexts, ContextId)?;
        self.state.contexts.insert(context, Context { extension, kind, dispatch: None });
        Ok(context)
    }
}
