//! Documents and frames: created, navigated, cached, restored, destroyed; scripts injected into them.

use super::{Step, lowest_free};
use crate::{
    ContextId, Departure, Document, DocumentId, DocumentPhase, Effect, ExtensionId, FrameId, Gate,
    Kind, Limit, Realm, Refusal, Withdrawal, WorldId, WorldOverflow,
};

impl Step<'_> {
    pub(super) fn create_document(&mut self, parent: Option<DocumentId>) -> Result<(), Refusal> {
        if let Some(parent) = parent {
            self.active_document(parent)?;
        }
        let frame = (0..=u32::MAX)
            .map(FrameId)
            .find(|&frame| self.state.documents.values().all(|document| document.frame != frame))
            .ok_or(Refusal::Limit(Limit::Ids))?;
        self.new_document(frame, parent)
    }

    pub(super) fn navigate(&mut self, id: DocumentId, departure: Departure) -> Result<(), Refusal> {
        let document = self.active_document(id)?;
        if departure == Departure::Cached && document.parent.is_some() {
            return Err(Refusal::NotTopLevel);
        }
        self.depart(id, departure);
        self.new_document(document.frame, document.parent)
    }

    pub(super) fn restore(&mut self, id: DocumentId, departure: Departure) -> Result<(), Refusal> {
        let document = *self.state.documents.get(&id).ok_or(Refusal::NoSuchDocument)?;
        if document.phase != DocumentPhase::Cached {
            return Err(Refusal::NotCached);
        }
        // What is embedded in a cached document comes back with it, not alone.
        if document.parent.is_some() {
            return Err(Refusal::NotTopLevel);
        }
        let active = self.state.documents.iter().find(|(_, other)| {
            other.frame == document.frame && other.phase == DocumentPhase::Active
        });
        if let Some((&occupant, _)) = active {
            self.depart(occupant, departure);
        }
        for member in self.tree(id) {
            self.set_phase(member, DocumentPhase::Active);
        }
        Ok(())
    }

    pub(super) fn destroy_document(&mut self, id: DocumentId) -> Result<(), Refusal> {
        let document = *self.state.documents.get(&id).ok_or(Refusal::NoSuchDocument)?;
        let going: Vec<DocumentId> = match document.phase {
            DocumentPhase::Active => {
                let documents = self.state.documents.iter();
                documents
                    .filter(|(_, other)| other.frame == document.frame)
                    .map(|(&id, _)| id)
                    .collect()
            }
            DocumentPhase::Cached => vec![id],
        };
        for id in going {
            self.remove_tree(id);
        }
        Ok(())
    }

    pub(super) fn inject(
        &mut self,
        extension: ExtensionId,
        id: DocumentId,
        realm: Realm,
    ) -> Result<(), Refusal> {
        self.loaded(extension)?;
        if let Realm::UserScript(_) = realm {
            self.permitted(extension)?;
        }
        self.active_document(id)?;
        let realm = self.realm_with_room(extension, id, realm)?;
        let messaging = match (realm, self.state.loaded(extension)) {
            (Realm::UserScript(world), Some(loaded)) => self.effective_messaging(loaded, world),
            _ => true,
        };
        let context = match self.instance(extension, id, realm) {
            Some(context) => context,
            None => {
                if let Realm::UserScript(world) = realm
                    && self.rules.withdrawal == Withdrawal::AfterResetOrInjection
                {
                    self.share_calls(extension, world, id, messaging);
                }
                let kind = match realm {
                    Realm::ContentScript => Kind::ContentScript { document: id },
                    Realm::UserScript(world) => {
                        let gate = if messaging { Gate::Granted } else { Gate::Absent };
                        Kind::World { document: id, world, gate }
                    }
                };
                self.enter(extension, kind)?
            }
        };
        self.effects.push(Effect::ContextEntered { context });
        Ok(())
    }

    /// The realm that a script for `realm` runs in, given how many worlds the document has (`l2_many_worlds`).
    fn realm_with_room(
        &self,
        extension: ExtensionId,
        id: DocumentId,
        realm: Realm,
    ) -> Result<Realm, Refusal> {
        let Some(limit) = self.rules.worlds_per_document else { return Ok(realm) };
        let Realm::UserScript(_) = realm else { return Ok(realm) };
        let worlds = self.state.contexts.values().filter(|context| {
            context.extension == extension
                && matches!(context.kind, Kind::World { document, .. } if document == id)
        });
        if self.instance(extension, id, realm).is_some() || worlds.count() < usize::from(limit) {
            return Ok(realm);
        }
        match self.rules.world_overflow {
            WorldOverflow::Refused => Err(Refusal::Limit(Limit::WorldsPerDocument)),
            WorldOverflow::RunsInDefault => Ok(Realm::UserScript(WorldId::Default)),
        }
    }

    fn instance(&self, extension: ExtensionId, id: DocumentId, realm: Realm) -> Option<ContextId> {
        let mut contexts = self.state.contexts.iter();
        contexts
            .find(|(_, context)| {
                context.extension == extension
                    && match (&context.kind, realm) {
                        (Kind::ContentScript { document }, Realm::ContentScript) => *document == id,
                        (Kind::World { document, world, .. }, Realm::UserScript(wanted)) => {
                            *document == id && *world == wanted
                        }
                        _ => false,
                    }
            })
            .map(|(&context, _)| context)
    }

    fn active_document(&self, id: DocumentId) -> Result<Document, Refusal> {
        let document = *self.state.documents.get(&id).ok_or(Refusal::NoSuchDocument)?;
        match document.phase {
            DocumentPhase::Active => Ok(document),
            DocumentPhase::Cached => Err(Refusal::Suspended),
        }
    }

    fn new_document(&mut self, frame: FrameId, parent: Option<DocumentId>) -> Result<(), Refusal> {
        let document = lowest_free(&self.state.documents, DocumentId)?;
        let record = Document { frame, parent, phase: DocumentPhase::Active };
        self.state.documents.insert(document, record);
        self.effects.push(Effect::DocumentCreated { document });
        Ok(())
    }

    /// The active document leaves its frame. One inside another cannot be cached alone: it is destroyed.
    fn depart(&mut self, id: DocumentId, departure: Departure) {
        match departure {
            Departure::Cached => {
                let tree = self.tree(id);
                for &member in &tree {
                    self.set_phase(member, DocumentPhase::Cached);
                }
                let contexts = self.contexts_in(&tree);
                for context in contexts {
                    self.enter_cache(context);
                }
            }
            Departure::Destroyed => self.remove_tree(id),
        }
    }

    /// A document and all that are embedded in it, in order of their ids.
    fn tree(&self, id: DocumentId) -> Vec<DocumentId> {
        let mut tree = vec![id];
        let mut next = 0;
        while let Some(&member) = tree.get(next) {
            let children =
                self.state.documents.iter().filter(|(_, document)| document.parent == Some(member));
            tree.extend(children.map(|(&child, _)| child));
            next += 1;
        }
        tree.sort_unstable();
        tree
    }

    fn contexts_in(&self, tree: &[DocumentId]) -> Vec<ContextId> {
        let contexts = self.state.contexts.iter();
        contexts
            .filter(|(_, context)| context.kind.document().is_some_and(|id| tree.contains(&id)))
            .map(|(&id, _)| id)
            .collect()
    }

    fn remove_tree(&mut self, id: DocumentId) {
        let tree = self.tree(id);
        for context in self.contexts_in(&tree) {
            self.end_context(context);
        }
        for member in tree {
            self.state.documents.remove(&member);
        }
    }

    fn set_phase(&mut self, id: DocumentId, phase: DocumentPhase) {
        if let Some(document) = self.state.documents.get_mut(&id) {
            document.phase = phase;
        }
    }
}
