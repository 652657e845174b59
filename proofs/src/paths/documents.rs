//! Documents that come and go, and scripts that run in them.

use worldport_model::{Action, ContextId, Departure, DocumentId, DocumentPhase, Effect, Realm};

use super::config::{Config, Going, Hand, Injection, Pending, Tab, Task};
use super::scene::Scene;
use super::script::{Call, Op, Registered, Text};
use super::show::{Deed, Miss};

impl Config {
    pub(super) fn depart(&mut self, tab: &Text, going: Going, told: bool) {
        if let Some(Tab::History { entries, at }) = self.tabs.get(tab)
            && let Some(document) = entries[*at].1
        {
            self.pending.push(Pending::Depart { document, going, told });
        }
    }

    pub(super) fn create(
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

    pub(super) fn load_scripts(&mut self, scene: &Scene<'_>, document: DocumentId) {
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
            self.show(scene, &name, &Deed::Window(kind))?;
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
