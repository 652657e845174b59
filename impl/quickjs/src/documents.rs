//! Documents: opening, loading, clicking; and the user-script worlds that start in them.

use std::collections::HashSet;
use std::sync::Arc;

use worldport::{
    Call, Content, ContextId, DocumentId, DocumentSpec, ExtensionId, Gate, Realm as Place, Refusal,
    Reply, TabId,
};

use crate::events::HostEvent;
use crate::host::{Host, HostError, unexpected};
use crate::label::ContextLabel;
use crate::travel::{History, next_tab};
use crate::url::PageUrl;
use crate::user_scripts::{RunAt, Source, UserScript};

/// A document that is open.
#[derive(Debug)]
pub(crate) struct DocumentRecord {
    pub(crate) url: PageUrl,
    pub(crate) label: Arc<str>,
    /// The address that its tab shows, which scripts can change without leaving.
    pub(crate) address: String,
    pub(crate) tab: TabId,
    /// The document whose frame it is in.
    pub(crate) parent: Option<DocumentId>,
    /// Its worlds, in the order in which they started.
    pub(crate) worlds: Vec<ContextId>,
}

impl Host {
    /// Opens a document in a new tab and runs the user scripts that are registered for it.
    ///
    /// # Errors
    /// [`HostError::Url`] if the text is no address.
    pub fn open_document(&mut self, url: &str) -> Result<DocumentId, HostError> {
        let url = PageUrl::parse(url)?;
        let tab = next_tab(&mut self.last_tab);
        let document = DocumentSpec::in_tab(tab, content(&url));
        match self.apply(Call::CreateDocument { document })? {
            Reply::Document(id) => {
                self.histories.insert(tab, History::starting_with(url.clone(), id));
                self.load_document(id, url, tab, None).map(|()| id)
            }
            other => Err(unexpected(&other)),
        }
    }

    /// Clicks the body of a document, in every world. Says how many listeners there were.
    ///
    /// # Errors
    /// [`HostError::Refused`] if the document is gone.
    pub fn click_body(&mut self, document: DocumentId) -> Result<usize, HostError> {
        let record = self.documents.get(&document);
        let record = record.ok_or(HostError::Refused(Refusal::NoSuchDocument(document)))?;
        let target = record.label.to_string();
        let listeners = self.fire_dom_event(document, "body", "click", true, "{}");
        self.event(&HostEvent::Clicked { target, listeners });
        self.check()?;
        Ok(listeners)
    }

    pub(crate) fn fire_dom_event(
        &self,
        document: DocumentId,
        target: &str,
        kind: &str,
        bubbles: bool,
        detail: &str,
    ) -> usize {
        let Some(record) = self.documents.get(&document) else { return 0 };
        let mut listeners = 0;
        for realm in record.worlds.iter().filter_map(|world| self.realms.get(world)) {
            let args = (target.to_owned(), kind.to_owned(), bubbles, detail.to_owned());
            listeners += realm.call::<u32>("fireDomEvent", args).unwrap_or(0);
            realm.drain();
        }
        listeners as usize
    }

    pub(crate) fn load_document(
        &mut self,
        document: DocumentId,
        url: PageUrl,
        tab: TabId,
        parent: Option<DocumentId>,
    ) -> Result<(), HostError> {
        let text = url.to_string();
        let times = self.opened.entry(text.clone()).or_default();
        *times += 1;
        let label: Arc<str> =
            if *times == 1 { text.as_str().into() } else { format!("{text} ({times})").into() };
        self.event(&HostEvent::DocumentOpened { document: label.to_string() });
        if parent.is_none() {
            self.shown.insert(tab, document);
        }
        let record = DocumentRecord { address: text, url, label, tab, parent, worlds: Vec::new() };
        self.documents.insert(document, record);
        for stage in RunAt::ALL {
            // Scripts of the first stage find no body yet; those of the others find everything.
            let state = if stage == RunAt::Start { "loading" } else { "interactive" };
            self.reach(document, state);
            for extension in self.extensions.clone() {
                self.run_content_scripts(extension, document, stage, state)?;
                self.run_user_scripts(extension, document, stage, state)?;
            }
            if stage == RunAt::End {
                self.fire_dom_event(document, "document", "DOMContentLoaded", true, "{}");
            }
        }
        self.reach(document, "complete");
        self.fire_dom_event(document, "window", "load", false, "{}");
        self.check()
    }

    /// Runs the scripts of an extension in a document that is loaded already.
    pub(crate) fn run_everything(
        &mut self,
        extension: ExtensionId,
        document: DocumentId,
    ) -> Result<(), HostError> {
        for stage in RunAt::ALL {
            self.run_content_scripts(extension, document, stage, "complete")?;
            self.run_user_scripts(extension, document, stage, "complete")?;
        }
        self.check()
    }

    fn reach(&self, document: DocumentId, state: &'static str) {
        let Some(record) = self.documents.get(&document) else { return };
        for realm in record.worlds.iter().filter_map(|world| self.realms.get(world)) {
            realm.call::<()>("reachReadyState", (state,));
        }
    }

    fn run_user_scripts(
        &mut self,
        extension: ExtensionId,
        document: DocumentId,
        stage: RunAt,
        state: &'static str,
    ) -> Result<(), HostError> {
        let (scripts, source) = {
            let core = self.core.borrow();
            let (Some(installed), Some(record)) =
                (core.installed.get(&extension), self.documents.get(&document))
            else {
                return Ok(());
            };
            let all = installed.scripts.scripts.iter();
            let here = all.filter(|script| {
                script.run_at == stage
                    && (script.all_frames || record.parent.is_none())
                    && script.is_for(&record.url)
            });
            let scripts: Vec<UserScript> = here.cloned().collect();
            (scripts, installed.extension.clone())
        };
        let permitted = {
            let hosts = &source.manifest().host_permissions;
            let record = self.documents.get(&document);
            record.is_some_and(|record| hosts.iter().any(|host| host.matches(&record.url)))
        };
        let mut reported = HashSet::new();
        for script in scripts {
            let id = &script.id;
            if !permitted {
                let why = "the manifest's host_permissions do not cover the document";
                self.note(None, format!("user script {id:?} does not run: {why}"));
                continue;
            }
            if script.main_world {
                self.note(
                    None,
                    format!("user script {id:?} does not run: this host has no MAIN world"),
                );
                continue;
            }
            let place = Place::UserScript(script.world.clone());
            match self.start_in(extension, document, place, state) {
                Ok(Some(context)) => self.run_sources(context, &script, &source),
                Ok(None) => {}
                Err(HostError::Refused(refusal)) => {
                    if reported.insert(refusal.to_string()) {
                        self.note(None, format!("user script {id:?} does not run: {refusal}"));
                    }
                }
                Err(other) => return Err(other),
            }
        }
        Ok(())
    }

    fn run_sources(&self, context: ContextId, script: &UserScript, files: &crate::Extension) {
        let Some(realm) = self.realms.get(&context) else { return };
        for (place, part) in script.js.iter().enumerate() {
            match part {
                Source::Code(code) => {
                    realm.run_script(&format!("{}[{place}]", script.id), code);
                }
                Source::File(file) => match files.read(file, &script.id) {
                    Ok(text) => realm.run_script(file, &text),
                    Err(error) => {
                        let label = self.label(context);
                        self.note(Some(label), error.to_string());
                    }
                },
            }
        }
    }

    /// The instance of a world in a document: found, or started.
    pub(crate) fn start_in(
        &mut self,
        extension: ExtensionId,
        document: DocumentId,
        realm: Place,
        state: &'static str,
    ) -> Result<Option<ContextId>, HostError> {
        let world = match &realm {
            Place::ContentScript => None,
            Place::UserScript(world) => Some(world.clone()),
        };
        let context = match self.apply(Call::Inject { extension, document, realm })? {
            Reply::Context(context) => context,
            other => return Err(unexpected(&other)),
        };
        if self.realms.contains_key(&context) {
            return Ok(Some(context));
        }
        let Some(record) = self.documents.get_mut(&document) else { return Ok(None) };
        record.worlds.push(context);
        let document = Arc::clone(&record.label);
        let location = record.url.location();
        let gate = self.with_router(|router| router.gate(context));
        let messaging = gate == Some(Gate::Granted);
        let surface = self.profile.surface;
        let (label, api) = match world {
            None => (ContextLabel::ContentScript { document }, surface.content_script),
            Some(world) => {
                let world = world.as_str().into();
                let api = if messaging { surface.world } else { surface.silent_world };
                (ContextLabel::World { document, world }, api)
            }
        };
        let started = HostEvent::WorldStarted { context: label.clone(), messaging };
        let is_world = matches!(label, ContextLabel::World { .. });
        self.enter(extension, context, label, api.to_vec(), Some(location))?;
        if is_world {
            self.event(&started);
        }
        if let Some(realm) = self.realms.get(&context) {
            realm.call::<()>("reachReadyState", (state,));
        }
        Ok(Some(context))
    }
}

pub(crate) fn content(url: &PageUrl) -> Content {
    Content::new(url.to_string(), url.origin())
}
