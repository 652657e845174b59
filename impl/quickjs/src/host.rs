//! The host: extensions, documents and clicks on one side, the router on the other, scripts in
//! between.
//!
//! The driver says what happens in the browser (a document is opened, something is clicked, the
//! background is stopped) and then lets the host run until nothing is left to do. There are no
//! threads and no waiting.

use std::cell::RefCell;
use std::collections::{HashMap, VecDeque};
use std::fmt;
use std::rc::Rc;
use std::sync::Arc;

use worldport::{
    Call, ContextId, DocumentId, ExtensionId, ExtensionSpec, Limits, Output, PayloadCodec, Refusal,
    Reply, Router, TabId, WorldConfig, WorldId,
};

use crate::core::{Core, Installed, SharedCore};
use crate::documents::DocumentRecord;
use crate::events::HostEvent;
use crate::extension::Extension;
use crate::label::ContextLabel;
use crate::life::{Dormant, uuid};
use crate::manifest::BackgroundKind;
use crate::observer::Observer;
use crate::pages::PageRecord;
use crate::payload::Payload;
use crate::profile::Profile;
use crate::realm::{Realm, RealmInfo, RealmLimits};
use crate::travel::History;
use crate::url::{Location, UrlError};
use crate::user_scripts::Registry;

/// Why the host cannot do what the driver asks.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum HostError {
    /// The observer stopped the run.
    #[error("{0}")]
    Diverged(String),
    /// The engine does not start, for want of memory.
    #[error("{0}")]
    Engine(String),
    /// Scripts kept each other busy beyond [`HostOptions::steps`].
    #[error("the run did not come to rest after {0} steps")]
    NotIdle(u64),
    /// The router refused, because what the call is about is gone or not ready for it.
    #[error("{0}")]
    Refused(Refusal),
    /// Not the address of a document.
    #[error(transparent)]
    Url(#[from] UrlError),
}

/// How much a run may use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostOptions {
    /// The router's limits.
    pub limits: Limits,
    /// The limits of each realm.
    pub realm: RealmLimits,
    /// How far one [`Host::run_until_idle`] moves the clock, in virtual milliseconds. Timers due
    /// later stay set.
    pub horizon: u64,
    /// How many events and timers one [`Host::run_until_idle`] handles.
    pub steps: u64,
    /// After how many virtual milliseconds without activity a background is stopped; `None`: never.
    /// What browsers do is [`Profile::idle_timeout`].
    pub idle_timeout: Option<u64>,
}

impl Default for HostOptions {
    /// Ten minutes and ten million steps; backgrounds are stopped by the driver alone.
    fn default() -> Self {
        Self {
            limits: Limits::default(),
            realm: RealmLimits::default(),
            horizon: 600_000,
            steps: 10_000_000,
            idle_timeout: None,
        }
    }
}

/// A browser without a screen, for extensions and the documents that their user scripts run in.
pub struct Host {
    // The realms hold shares of the core; the core holds none of them.
    pub(crate) realms: HashMap<ContextId, Realm>,
    pub(crate) core: SharedCore,
    pub(crate) profile: Rc<Profile>,
    pub(crate) documents: HashMap<DocumentId, DocumentRecord>,
    /// In the order of installation.
    pub(crate) extensions: Vec<ExtensionId>,
    pub(crate) options: HostOptions,
    /// In the order of opening.
    pub(crate) pages: Vec<PageRecord>,
    /// Frame elements by the context whose script made them.
    pub(crate) frames: HashMap<(ContextId, u32), DocumentId>,
    pub(crate) histories: HashMap<TabId, History>,
    /// The top-level document of each tab.
    pub(crate) shown: HashMap<TabId, DocumentId>,
    /// Extensions that are switched off.
    pub(crate) dormant: HashMap<ExtensionId, Dormant>,
    pub(crate) last_tab: u32,
    /// How often each address was opened, to tell documents apart.
    pub(crate) opened: HashMap<String, u32>,
    /// What tabs showed when documents in them were left, until what these had sent has arrived.
    pub(crate) left: HashMap<DocumentId, String>,
    /// Notices that were taken from the router and put in order.
    pub(crate) scheduled: VecDeque<Output>,
    /// Timers set no later than this one run before the next event.
    pub(crate) timers_until: u64,
}

impl Host {
    /// A host that behaves as the profile says, watched by an observer.
    pub fn new(profile: Profile, options: HostOptions, observer: impl Observer + 'static) -> Self {
        let profile = Rc::new(profile);
        let core = Core::new(Rc::clone(&profile), options.limits.clone(), Box::new(observer));
        Self {
            realms: HashMap::new(),
            core: Rc::new(RefCell::new(core)),
            profile,
            documents: HashMap::new(),
            extensions: Vec::new(),
            options,
            pages: Vec::new(),
            frames: HashMap::new(),
            histories: HashMap::new(),
            shown: HashMap::new(),
            dormant: HashMap::new(),
            last_tab: 0,
            opened: HashMap::new(),
            left: HashMap::new(),
            scheduled: VecDeque::new(),
            timers_until: 0,
        }
    }

    /// The profile that the host was made with.
    #[must_use]
    pub fn profile(&self) -> &Profile {
        &self.profile
    }

    /// Looks at the router, which decides everything.
    pub fn with_router<R>(&self, look: impl FnOnce(&Router<Payload>) -> R) -> R {
        look(&self.core.borrow().router)
    }

    /// What a tab shows.
    #[must_use]
    pub fn shown_in(&self, tab: TabId) -> Option<DocumentId> {
        self.shown.get(&tab).copied()
    }

    /// The tab that a document is in.
    #[must_use]
    pub fn tab_of(&self, document: DocumentId) -> Option<TabId> {
        self.documents.get(&document).map(|record| record.tab)
    }

    /// The virtual time to a thousandth of a millisecond.
    #[must_use]
    pub fn time(&self) -> f64 {
        self.core.borrow().clock.time()
    }

    /// The virtual time, in milliseconds since the host was made.
    #[must_use]
    pub fn now(&self) -> u64 {
        self.core.borrow().clock.now()
    }

    /// Installs an extension and runs its background's scripts.
    ///
    /// # Errors
    /// [`HostError::Refused`] at a limit, [`HostError::Diverged`] if the observer objects.
    pub fn install(&mut self, extension: Extension) -> Result<ExtensionId, HostError> {
        self.install_with(extension, Registry::default(), &[])
    }

    /// The same, with what the browser has kept of it.
    pub(crate) fn install_with(
        &mut self,
        extension: Extension,
        scripts: Registry,
        worlds: &[(WorldId, WorldConfig)],
    ) -> Result<ExtensionId, HostError> {
        let manifest = extension.manifest();
        let host = match self.profile.uuid_addresses {
            true => uuid(&manifest.id),
            false => manifest.id.clone(),
        };
        let base_url = format!("{}://{host}/", self.profile.scheme);
        let background = match manifest.background {
            BackgroundKind::Absent => None,
            BackgroundKind::EventPage => Some(format!("{base_url}_generated_background_page.html")),
            BackgroundKind::ServiceWorker => manifest
                .background_scripts
                .first()
                .map(|script| format!("{base_url}{}", script.file)),
        };
        let has_background = background.is_some();
        let permitted = manifest.may_run_user_scripts();
        let spec = ExtensionSpec {
            id: manifest.id.as_str().into(),
            origin: base_url.trim_end_matches('/').into(),
            background: background.map(Arc::from),
        };
        let id = match self.apply(Call::LoadExtension { extension: spec })? {
            Reply::Extension(id) => id,
            other => return Err(unexpected(&other)),
        };
        let codec = self.profile.codec(manifest);
        let kept = worlds.iter().map(|(world, _)| world.clone()).collect();
        let installed = Installed { extension, scripts, worlds: kept, codec, base_url };
        self.core.borrow_mut().installed.insert(id, installed);
        self.extensions.push(id);
        if !permitted {
            self.apply(Call::RevokePermission { extension: id })?;
        }
        if has_background {
            match self.apply(Call::StartBackground { extension: id })? {
                Reply::Context(context) => {
                    self.configure(context, worlds)?;
                    self.run_background(id, context)?;
                }
                other => return Err(unexpected(&other)),
            }
        }
        Ok(id)
    }

    /// Takes the `userScripts` permission away.
    ///
    /// # Errors
    /// [`HostError::Refused`] if the extension is not loaded.
    pub fn revoke_permission(&mut self, extension: ExtensionId) -> Result<(), HostError> {
        self.apply(Call::RevokePermission { extension }).map(drop)
    }

    /// Gives the `userScripts` permission back.
    ///
    /// # Errors
    /// [`HostError::Refused`] if the extension is not loaded.
    pub fn grant_permission(&mut self, extension: ExtensionId) -> Result<(), HostError> {
        self.apply(Call::GrantPermission { extension }).map(drop)
    }

    /// Lets every realm collect what is unreachable. Ports and replies that no script holds are
    /// given back to the router; without this, whenever the engine sees fit.
    pub fn collect_garbage(&mut self) {
        let mut contexts: Vec<ContextId> = self.realms.keys().copied().collect();
        contexts.sort_unstable();
        for context in contexts {
            if let Some(realm) = self.realms.get(&context) {
                realm.collect_garbage();
            }
        }
    }

    /// Makes the realm of a context.
    pub(crate) fn enter(
        &mut self,
        extension: ExtensionId,
        context: ContextId,
        label: ContextLabel,
        api: Vec<&'static str>,
        location: Option<Location>,
    ) -> Result<(), HostError> {
        let worker = label == ContextLabel::Background && location.is_none();
        let world = matches!(label, ContextLabel::World { .. });
        let (id, base_url, manifest, codec) = {
            let mut core = self.core.borrow_mut();
            core.enter_context(context, extension, label);
            match core.installed.get(&extension) {
                None => return Ok(()),
                Some(installed) => {
                    let manifest = installed.extension.manifest();
                    let text = manifest.json.to_string();
                    (manifest.id.clone(), installed.base_url.clone(), text, installed.codec)
                }
            }
        };
        let codec = match codec {
            PayloadCodec::Json => "json",
            PayloadCodec::StructuredClone => "structured_clone",
        };
        let base_url = &base_url;
        let limit = self.options.limits.message_bytes;
        let message_bytes = self.profile.rules.message_bytes.map_or(limit, |it| limit.min(it));
        let info = RealmInfo {
            id: &id,
            base_url,
            manifest,
            api,
            location,
            worker,
            world,
            codec,
            message_bytes,
        };
        let realm = Realm::new(&self.core, context, self.options.realm, &info);
        self.realms.insert(context, realm.map_err(HostError::Engine)?);
        Ok(())
    }

    pub(crate) fn apply(&self, call: Call<Payload>) -> Result<Reply<Payload>, HostError> {
        let outcome = self.core.borrow_mut().apply(call);
        self.check()?;
        outcome.map_err(HostError::Refused)
    }

    /// Whether the observer lets the run go on.
    pub(crate) fn check(&self) -> Result<(), HostError> {
        match self.core.borrow().divergence() {
            Some(reason) => Err(HostError::Diverged(reason.to_owned())),
            None => Ok(()),
        }
    }

    pub(crate) fn event(&self, event: &HostEvent) {
        self.core.borrow_mut().event(event);
    }

    /// Taken before an event is made of it: the core is borrowed only for the moment.
    pub(crate) fn label(&self, context: ContextId) -> ContextLabel {
        self.core.borrow().label(context)
    }

    pub(crate) fn note(&self, context: Option<ContextLabel>, text: String) {
        self.event(&HostEvent::Note { context, text });
    }
}

impl fmt::Debug for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Host")
            .field("profile", &self.profile.name)
            .field("extensions", &self.extensions)
            .field("documents", &self.documents)
            .finish_non_exhaustive()
    }
}

/// An answer of another kind than the call has: the router would have to break its own contract.
pub(crate) fn unexpected(reply: &Reply<Payload>) -> HostError {
    HostError::Engine(format!("the router answered {reply:?}"))
}
