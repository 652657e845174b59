//! What the browser does: orders of the recorder, documents that come and go, scripts that run in them.

use worldport_model::{
    Action, Background, ContextId, Departure, DocumentId, DocumentPhase, Effect, Realm,
};

use super::config::{Config, Going, Hand, Injection, Order, Pending, Scene, Tab, Task};
use super::script::{Call, Drive, Op, Registered, Step, Text};
use super::seen::RECORDER;
use super::show::{Deed, Miss};

impl Config {
    /// The extension is installed and its background has run, before the recorder listens.
    pub(super) fn start(scene: &Scene<'_>) -> Result<Self, Miss> {
        let mut config = Self { unheard: true, ..Self::default() };
        config.load(scene)?;
        Ok(config)
    }

    fn load(&mut self, scene: &Scene<'_>) -> Result<(), Miss> {
        let action = Action::LoadExtension { background: Background::Stopped };
        let given = self.act(scene, action)?;
        for effect in given.into_iter().flatten() {
            if let Effect::ExtensionLoaded { extension } = effect {
                self.extension = Some(extension);
                let given = self.act(scene, Action::StartBackground { extension })?;
                for effect in given.into_iter().flatten() {
                    if let Effect::ContextEntered { context } = effect {
                        self.begin_background(scene, context)?;
                    }
                }
            }
        }
        Ok(())
    }

    /// Begins the next step of the scenario.
    pub(super) fn enter(&mut self, scene: &Scene<'_>) -> Result<(), Miss> {
        self.unheard = false;
        let (step, _) = &scene.script.steps[self.step];
        self.step += 1;
        match step {
            Step::Calls(orders) => {
                for (agent, body, first) in orders {
                    let (agent, body, first) = (agent.clone(), *body, *first);
                    // What runs in the page's own world is not the model's.
                    if !agent.ends_with("@main") {
                        self.orders.push(Order { agent, body, first });
                    }
                }
                Ok(())
            }
            Step::Drive(drive) => self.drive(scene, drive),
            Step::Nothing | Step::Wait => Ok(()),
        }
    }

    /// An order reaches its context, or the trace says that it does not.
    pub(super) fn begin_order(&mut self, scene: &Scene<'_>, place: usize) -> Result<(), Miss> {
        let Order { agent, body, first } = self.orders.remove(place);
        if self.is_reachable(&agent) {
            self.tasks.push(Task { first: Some(first), ..Task::new(agent, body) });
            return Ok(());
        }
        let key = (Text::from(format!("{RECORDER} of {agent}")), 1);
        let cursor = self.cursors.get(&key).copied().unwrap_or(0);
        let events = scene.trace.events.get(&key);
        if events.and_then(|events| events.get(cursor)).is_some_and(|it| it.step == self.step) {
            self.cursors.insert(key, cursor + 1);
            self.trail.explained += 1;
            return Ok(());
        }
        let recorded = Some("the order reached it".to_owned());
        Err(self.miss((agent, 0), format!("{:?}", Deed::Unreachable), recorded))
    }

    fn drive(&mut self, scene: &Scene<'_>, drive: &Drive) -> Result<(), Miss> {
        let extension = self.extension;
        match drive {
            Drive::CloseTab { tab } => match self.tabs.get(tab).cloned() {
                Some(Tab::Page) => self.close_page(scene, tab)?,
                Some(Tab::History { .. }) => self.depart(tab, Going::Close, false),
                None => {}
            },
            Drive::CrashTab { tab } => self.depart(tab, Going::Close, true),
            Drive::IsBackgroundRunning => {
                let loaded = extension.and_then(|extension| self.state.loaded(extension));
                let runs = loaded.is_some_and(|loaded| {
                    matches!(loaded.background, Background::Running(_) | Background::Starting(_))
                });
                let key = (Text::from(RECORDER), 1);
                let cursor = self.cursors.get(&key).copied().unwrap_or(0);
                let event = scene.trace.events.get(&key).and_then(|events| events.get(cursor));
                match event.filter(|event| event.step == self.step).map(|event| &event.seen) {
                    Some(super::seen::Seen::Running(seen)) if *seen == runs => {
                        self.cursors.insert(key, cursor + 1);
                        self.trail.explained += 1;
                    }
                    other => {
                        let does = format!("{:?}", Deed::Running(runs));
                        return Err(self.miss(key, does, other.map(|seen| format!("{seen:?}"))));
                    }
                }
            }
            Drive::Navigate { tab, doc } => {
                let going = Going::Navigate { to: doc.clone(), is_new_entry: true };
                self.depart(tab, going, false);
            }
            Drive::Nothing => {}
            Drive::OpenPage { tab } => self.open_page(scene, tab)?,
            Drive::OpenTab { tab, doc } => {
                let document = self.create(scene, None, doc)?;
                let entries = vec![(doc.clone(), document)];
                self.tabs.insert(tab.clone(), Tab::History { entries, at: 0 });
            }
            Drive::Quiet { agent } => {
                if let Some(agent) = self.agents.get_mut(agent) {
                    agent.quiet = true;
                }
            }
            Drive::Reload { tab } => match self.tabs.get(tab).cloned() {
                Some(Tab::Page) => self.pending.push(Pending::ReloadPage { tab: tab.clone() }),
                Some(Tab::History { entries, at }) => {
                    let to = entries[at].0.clone();
                    self.depart(tab, Going::Navigate { to, is_new_entry: false }, false);
                }
                None => {}
            },
            Drive::ReloadExtension => self.pending.push(Pending::ReloadExtension),
            Drive::SetEnabled(false) => {
                let loaded = extension.and_then(|extension| self.state.loaded(extension));
                self.kept = loaded.map_or_else(Vec::new, |loaded| {
                    loaded.configs.iter().map(|(&world, &config)| (world, config)).collect()
                });
                self.unload(scene)?;
            }
            Drive::SetEnabled(true) => self.load(scene)?,
            Drive::SetPermission(is_granted) => {
                if let Some(extension) = extension {
                    let action = match is_granted {
                        true => Action::GrantPermission { extension },
                        false => Action::RevokePermission { extension },
                    };
                    let _ = self.act(scene, action)?;
                }
            }
            Drive::StopBackground => {
                if let Some(extension) = extension {
                    let _ = self.act(scene, Action::StopBackground { extension })?;
                }
            }
            Drive::Travel { tab, by } => self.depart(tab, Going::Travel { by: *by }, false),
            Drive::Uninstall => self.unload(scene)?,
        }
        Ok(())
    }

    fn unload(&mut self, scene: &Scene<'_>) -> Result<(), Miss> {
        if let Some(extension) = self.extension.take() {
            let _ = self.act(scene, Action::UnloadExtension { extension })?;
        }
        let agents = &self.agents;
        self.tabs.retain(|tab, shown| *shown != Tab::Page || agents.contains_key(tab));
        Ok(())
    }

    pub(super) fn reload_extension(&mut self, scene: &Scene<'_>) -> Result<(), Miss> {
        self.unload(scene)?;
        self.registered.clear();
        self.load(scene)
    }

    /// What an extension that is switched on again had stored is configured again. Whether its scripts run
    /// in the documents that are open is the browser's: the second place is where they do.
    pub(super) fn restore_configurations(
        &mut self,
        scene: &Scene<'_>,
        context: ContextId,
    ) -> Result<Option<Self>, Miss> {
        if self.kept.is_empty() {
            return Ok(None);
        }
        for (world, config) in std::mem::take(&mut self.kept) {
            let messaging = Some(config.messaging);
            let action = Action::ConfigureWorld { context, world, messaging, csp: config.csp };
            let _ = self.act(scene, action)?;
        }
        let mut other = self.clone();
        let documents: Vec<DocumentId> = self.state.documents.keys().copied().collect();
        for document in documents {
            other.load_scripts(scene, document);
        }
        Ok(Some(other))
    }

    fn open_page(&mut self, scene: &Scene<'_>, tab: &Text) -> Result<(), Miss> {
        let Some(extension) = self.extension else { return Ok(()) };
        self.tabs.insert(tab.clone(), Tab::Page);
        let given = self.act(scene, Action::OpenPage { extension })?;
        for effect in given.into_iter().flatten() {
            if let Effect::ContextEntered { context } = effect {
                self.begin_agent(scene, tab, "extpage", context)?;
            }
        }
        Ok(())
    }

    fn close_page(&mut self, scene: &Scene<'_>, tab: &Text) -> Result<(), Miss> {
        self.tabs.remove(tab);
        if let Some(context) = self.agents.get(tab).map(|agent| agent.context) {
            let _ = self.act(scene, Action::ClosePage { context })?;
        }
        Ok(())
    }

    pub(super) fn reload_page(&mut self, scene: &Scene<'_>, tab: &Text) -> Result<(), Miss> {
        self.close_page(scene, tab)?;
        self.open_page(scene, tab)
    }

    fn depart(&mut self, tab: &Text, going: Going, told: bool) {
        if let Some(Tab::History { entries, at }) = self.tabs.get(tab)
            && let Some(document) = entries[*at].1
        {
            self.pending.push(Pending::Depart { document, going, told });
        }
    }

    fn create(
        &mut self,
        scene: &Scene<'_>,
        parent: Option<DocumentId>,
        name: &Text,
    ) -> Result<Option<DocumentId>, Miss> {
        let given = self.act(scene, Action::CreateDocument { parent })?;
        Ok(self.created(scene, given.into_iter().flatten(), name))
    }

    /// A new document has a name, and scripts are to run in it.
    pub(super) fn created(
        &mut self,
        scene: &Scene<'_>,
        effects: impl IntoIterator<Item = Effect>,
        name: &Text,
    ) -> Option<DocumentId> {
        let document = effects.into_iter().find_map(|effect| match effect {
            Effect::DocumentCreated { document } => Some(document),
            _ => None,
        })?;
        self.documents.retain(|id, _| self.state.documents.contains_key(id));
        self.documents.insert(document, name.clone());
        self.load_scripts(scene, document);
        Some(document)
    }

    fn load_scripts(&mut self, scene: &Scene<'_>, document: DocumentId) {
        let content = scene.script.has_content_script.then_some(Injection::Content);
        let worlds = self.registered.iter().map(|script| Injection::World(script.world.clone()));
        let scripts: Vec<Injection> = content.into_iter().chain(worlds).collect();
        if !scripts.is_empty() {
            self.pending.push(Pending::Load { document, scripts });
        }
    }

    /// The scripts of a call in order of their ids: one of the browsers runs them so.
    pub(super) fn by_id(&self) -> Vec<Injection> {
        let mut scripts: Vec<&Registered> = self.registered.iter().collect();
        scripts.sort_by(|a, b| (a.call, &a.id).cmp(&(b.call, &b.id)));
        scripts.into_iter().map(|script| Injection::World(script.world.clone())).collect()
    }

    /// The next script runs in a document.
    pub(super) fn inject(
        &mut self,
        scene: &Scene<'_>,
        document: DocumentId,
        injection: &Injection,
    ) -> Result<(), Miss> {
        let (Some(extension), Some(doc)) = (self.extension, self.documents.get(&document).cloned())
        else {
            return Ok(());
        };
        let (realm, world) = match injection {
            Injection::Content => (Realm::ContentScript, "cs"),
            Injection::World(world) if world.is_empty() => {
                (Realm::UserScript(scene.world(world)), "default")
            }
            Injection::World(world) => (Realm::UserScript(scene.world(world)), &**world),
        };
        let given = self.act(scene, Action::Inject { extension, document, realm })?;
        for effect in given.into_iter().flatten() {
            if let Effect::ContextEntered { context } = effect {
                self.begin_agent(scene, &Text::from(format!("{doc}@{world}")), "us", context)?;
            }
        }
        Ok(())
    }

    /// Scripts of a document that is about to go are told, each in a task of its own.
    pub(super) fn tell(&mut self, scene: &Scene<'_>, document: DocumentId) -> Result<(), Miss> {
        let told: Vec<(Text, Text, usize)> = self
            .agents
            .iter()
            .filter(|(_, agent)| self.state.document_of(agent.context) == Some(document))
            .flat_map(|(name, agent)| {
                let handlers = agent.handlers.iter();
                handlers.map(move |(kind, body)| (name.clone(), kind.clone(), *body))
            })
            .collect();
        for (name, kind, body) in told {
            self.show(scene, &name, Deed::Window(kind))?;
            self.tasks.push(Task { hand: Hand::default(), ..Task::new(name, body) });
        }
        Ok(())
    }

    /// The document goes, and what takes its place comes.
    pub(super) fn go(
        &mut self,
        scene: &Scene<'_>,
        document: DocumentId,
        going: &Going,
        departure: Departure,
    ) -> Result<(), Miss> {
        let tab = self.tabs.iter().find_map(|(name, tab)| match tab {
            Tab::History { entries, at } if entries[*at].1 == Some(document) => Some(name.clone()),
            _ => None,
        });
        match going {
            Going::Close => {
                let _ = self.act(scene, Action::DestroyDocument { document })?;
                if let Some(tab) = tab {
                    self.tabs.remove(&tab);
                }
            }
            Going::Navigate { to, is_new_entry } => {
                let given = self.act(scene, Action::Navigate { document, departure })?;
                let new = self.created(scene, given.into_iter().flatten(), to);
                self.shown(scene, tab, document, departure, |entries, at| {
                    if *is_new_entry {
                        *at += 1;
                        entries.truncate(*at);
                        entries.push((to.clone(), new));
                    } else {
                        entries[*at] = (to.clone(), new);
                    }
                })?;
            }
            Going::Travel { by } => {
                let entry = tab.as_ref().and_then(|tab| match self.tabs.get(tab) {
                    Some(Tab::History { entries, at }) => {
                        entries.get(at.checked_add_signed(*by)?).cloned()
                    }
                    _ => None,
                });
                let Some((name, cached)) = entry else { return Ok(()) };
                let shown = match cached {
                    Some(cached) => {
                        let action = Action::Restore { document: cached, departure };
                        let _ = self.act(scene, action)?;
                        self.wake_agents(cached);
                        Some(cached)
                    }
                    None => {
                        let given = self.act(scene, Action::Navigate { document, departure })?;
                        self.created(scene, given.into_iter().flatten(), &name)
                    }
                };
                self.shown(scene, tab, document, departure, |entries, at| {
                    *at = at.saturating_add_signed(*by);
                    entries[*at].1 = shown;
                })?;
            }
        }
        Ok(())
    }

    /// The history of a tab after its document has changed; what no entry leads to any more is gone.
    fn shown(
        &mut self,
        scene: &Scene<'_>,
        tab: Option<Text>,
        left: DocumentId,
        departure: Departure,
        change: impl FnOnce(&mut Vec<(Text, Option<DocumentId>)>, &mut usize),
    ) -> Result<(), Miss> {
        let Some(Tab::History { entries, at }) = tab.and_then(|tab| self.tabs.get_mut(&tab)) else {
            return Ok(());
        };
        let before: Vec<DocumentId> = entries.iter().filter_map(|entry| entry.1).collect();
        if departure == Departure::Destroyed {
            entries[*at].1 = None;
        }
        change(entries, at);
        let after: Vec<DocumentId> = entries.iter().filter_map(|entry| entry.1).collect();
        for document in before {
            let is_cached = self.state.documents.get(&document).map(|it| it.phase)
                == Some(DocumentPhase::Cached);
            if is_cached && document != left && !after.contains(&document) {
                let _ = self.act(scene, Action::DestroyDocument { document })?;
            }
        }
        Ok(())
    }

    /// A page that comes back opens the sockets of its agents again.
    fn wake_agents(&mut self, document: DocumentId) {
        let state = &self.state;
        for agent in self.agents.values_mut() {
            if state.document_of(agent.context) == Some(document) {
                agent.quiet = false;
            }
        }
    }

    /// Calls that concern documents.
    pub(super) fn document_call(
        &mut self,
        scene: &Scene<'_>,
        name: &Text,
        context: ContextId,
        op: &Op,
    ) -> Result<(), Miss> {
        let here = self.state.document_of(context);
        let navigate = |to: &Text, is_new_entry| Going::Navigate { to: to.clone(), is_new_entry };
        match &op.call {
            Call::AddFrame { doc } => {
                self.create(scene, here, doc)?;
            }
            Call::RemoveFrame { doc } => {
                if let Some(document) = self.active(doc) {
                    let _ = self.act(scene, Action::DestroyDocument { document })?;
                }
            }
            Call::NavigateFrame { doc, to } => {
                if let Some(document) = self.active(doc) {
                    let going = navigate(to, false);
                    self.pending.push(Pending::Depart { document, going, told: false });
                }
            }
            Call::Assign { doc } => {
                if let Some(document) = here {
                    let going = navigate(doc, true);
                    self.pending.push(Pending::Depart { document, going, told: false });
                }
            }
            Call::ReloadDocument => {
                match here.and_then(|it| Some((it, self.documents.get(&it)?))) {
                    Some((document, doc)) => {
                        let going = navigate(&doc.clone(), false);
                        self.pending.push(Pending::Depart { document, going, told: false });
                    }
                    None => self.pending.push(Pending::ReloadPage { tab: name.clone() }),
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn active(&self, name: &Text) -> Option<DocumentId> {
        let is_active = |document: &DocumentId| {
            self.state.documents.get(document).map(|it| it.phase) == Some(DocumentPhase::Active)
        };
        let mut named = self.documents.iter().filter(|(_, known)| *known == name);
        named.find(|(document, _)| is_active(document)).map(|(&document, _)| document)
    }
}
