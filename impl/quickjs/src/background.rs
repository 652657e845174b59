//! Backgrounds: started, run, stopped, clicked.

use worldport::{Background, Call, ContextId, ExtensionId, Reply};

use crate::events::HostEvent;
use crate::host::{Host, HostError, unexpected};
use crate::label::ContextLabel;
use crate::manifest::BackgroundKind;
use crate::url::PageUrl;

impl Host {
    /// Starts a stopped background and runs its scripts.
    ///
    /// # Errors
    /// [`HostError::Refused`] if there is none, or it runs already.
    pub fn start_background(&mut self, extension: ExtensionId) -> Result<(), HostError> {
        match self.apply(Call::StartBackground { extension })? {
            Reply::Context(context) => self.run_background(extension, context),
            other => Err(unexpected(&other)),
        }
    }

    /// Stops the background, as a browser does when it is idle for long.
    ///
    /// # Errors
    /// [`HostError::Refused`] if it does not run.
    pub fn stop_background(&mut self, extension: ExtensionId) -> Result<(), HostError> {
        let running = self.with_router(|router| router.background(extension));
        if let Some(Background::Running(context)) = running {
            self.hide(context);
        }
        self.apply(Call::StopBackground { extension })?;
        let context = ContextLabel::Background;
        self.event(&HostEvent::BackgroundStopped { context });
        Ok(())
    }

    /// Clicks the extensions' action button. A stopped background that may listen is started first.
    /// Says how many listeners there were.
    ///
    /// # Errors
    /// [`HostError::Diverged`] if the observer objects.
    pub fn click_action(&mut self) -> Result<usize, HostError> {
        let mut listeners = 0;
        for extension in self.extensions.clone() {
            let background = self.with_router(|router| router.background(extension));
            if background == Some(Background::Stopped) {
                self.start_background(extension)?;
            }
            let contexts = self.contexts_of(extension);
            for context in contexts {
                listeners += self.fire_driver_event(context, "action.onClicked");
            }
        }
        self.event(&HostEvent::Clicked { target: "action".to_owned(), listeners });
        Ok(listeners)
    }

    fn fire_driver_event(&self, context: ContextId, name: &str) -> usize {
        let Some(realm) = self.realms.get(&context) else { return 0 };
        let tab = serde_json::json!({ "id": self.last_tab, "windowId": 1, "active": true });
        let fired: Option<u32> = realm.call("fireDriverEvent", (name.to_owned(), tab.to_string()));
        realm.drain();
        fired.unwrap_or(0) as usize
    }

    /// The contexts of an extension that have its full API, oldest first.
    pub(crate) fn contexts_of(&self, extension: ExtensionId) -> Vec<ContextId> {
        let background = match self.with_router(|router| router.background(extension)) {
            Some(Background::Running(context) | Background::Starting(context)) => Some(context),
            _ => None,
        };
        let pages = self.pages.iter().filter(|page| page.extension == extension);
        background.into_iter().chain(pages.map(|page| page.context)).collect()
    }

    /// Runs the scripts of a background that the router has just started.
    pub(crate) fn run_background(
        &mut self,
        extension: ExtensionId,
        context: ContextId,
    ) -> Result<(), HostError> {
        let label = ContextLabel::Background;
        let (source, base_url) = {
            let core = self.core.borrow();
            let Some(installed) = core.installed.get(&extension) else { return Ok(()) };
            (installed.extension.clone(), installed.base_url.clone())
        };
        let manifest = source.manifest();
        let api = self.extension_api(source.manifest().may_run_user_scripts());
        let location = match manifest.background {
            BackgroundKind::EventPage => {
                let page = PageUrl::parse(&format!("{base_url}_generated_background_page.html"));
                page.ok().map(|url| url.location())
            }
            _ => None,
        };
        self.enter(extension, context, label.clone(), api, location)?;
        if let Some(realm) = self.realms.get(&context) {
            realm.call::<()>("reachReadyState", ("complete",));
            for script in &manifest.background_scripts {
                match source.read(&script.file, &script.named_by) {
                    Ok(text) => realm.run_script(&script.file, &text),
                    Err(error) => self.note(Some(label.clone()), error.to_string()),
                }
            }
        }
        self.apply(Call::BackgroundStarted { context })?;
        self.event(&HostEvent::BackgroundStarted { context: label });
        Ok(())
    }

    pub(crate) fn extension_api(&self, user_scripts: bool) -> Vec<&'static str> {
        let surface = self.profile.surface;
        let mut api = surface.extension.to_vec();
        if user_scripts {
            api.extend(surface.user_scripts);
        }
        api
    }
}
