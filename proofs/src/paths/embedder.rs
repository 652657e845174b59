//! What the browser does: orders of the recorder, documents that come and go, scripts that run in them.

use worldport_model::{Action, Background, ContextId, DocumentId, Effect};

use super::config::{Config, Going, Order, Pending, Tab, Task};
use super::scene::Scene;
use super::script::{Drive, Step, Text};
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
}
