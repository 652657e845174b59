//! Contexts in documents: injecting, and how any context comes to be.

use alloc::sync::Arc;

use super::Router;
use super::check::{Limited, within};
use crate::record::{Account, Context, ContextBack, Kind};
use crate::store::{Id as _, Store as _};
use crate::{
    ContextId, DocumentId, ExtensionId, Gate, InjectError, LimitKind, Payload, Realm, Sender,
    TabId, Withdrawal, WorldId, WorldOverflow,
};

impl<P: Payload> Router<P> {
    /// Makes sure that an extension has a context for a realm of a document, because a script is
    /// about to run there, and names it. Whether a world has messaging is decided when its instance
    /// starts (`b1_never_configured`, `b2_messaging_false`): see [`gate`](Self::gate).
    ///
    /// Instances that are there already are left alone (`c1_true_then_false`), except that under
    /// [`Withdrawal::AfterResetOrInjection`] an instance that starts lets those of the same world
    /// in the same tab follow the configuration of now (`c3_false_leaks_to_same_process`).
    ///
    /// # Errors
    ///
    /// [`InjectError`]: there is no such extension, or it is unloaded; it does not hold the
    /// permission for user scripts; there is no such document, or it is cached; the document has
    /// too many worlds of this extension (unless the rule is [`WorldOverflow::RunsInDefault`]), or
    /// there are too many contexts.
    pub fn inject(
        &mut self,
        extension: ExtensionId,
        document: DocumentId,
        realm: Realm,
    ) -> Result<ContextId, InjectError> {
        let result = self.inject_inner(extension, document, realm);
        self.done("inject", result)
    }

    fn inject_inner(
        &mut self,
        id: ExtensionId,
        document: DocumentId,
        realm: Realm,
    ) -> Result<ContextId, InjectError> {
        self.loaded(id)?;
        let extension = id.slot();
        if let Realm::UserScript(_) = realm {
            self.permitted(extension)?;
        }
        self.active(document)?;
        let place = document.slot();
        let realm = match self.instance(extension, place, &realm) {
            Some(_) => realm,
            None => self.realm_within_limits(extension, place, realm)?,
        };
        let there = self.instance(extension, place, &realm);
        if there.is_none() {
            self.context_fits()?;
        }
        if let Some(slot) = there {
            return Ok(self.contexts.id_of(slot));
        }
        if let Realm::UserScript(world) = &realm
            && self.rules.withdrawal == Withdrawal::AfterResetOrInjection
        {
            self.share_calls(extension, world, place);
        }

        let kind = match realm {
            Realm::ContentScript => Kind::ContentScript { document: place },
            Realm::UserScript(world) => Kind::World { document: place, world },
        };
        Ok(self.create_context(extension, kind, self.document_address(document)))
    }

    /// The context that an extension has for a realm of a document.
    fn instance(&self, extension: u32, document: u32, realm: &Realm) -> Option<u32> {
        let contexts = self.documents.at(document).contexts;
        let mut cursor = contexts.first();
        while let Some(slot) = cursor {
            let context = self.contexts.back.at(slot);
            let found = match (&context.kind, realm) {
                (Kind::ContentScript { .. }, Realm::ContentScript) => true,
                (Kind::World { world, .. }, Realm::UserScript(wanted)) => world == wanted,
                _ => false,
            };
            if found && context.extension == extension {
                return Some(slot);
            }
            cursor = contexts.after(&self.contexts.back, slot);
        }
        None
    }

    /// The realm in which a script runs that asks for a new one (`l2_many_worlds`).
    fn realm_within_limits(
        &self,
        extension: u32,
        document: u32,
        realm: Realm,
    ) -> Result<Realm, Limited> {
        if realm == Realm::ContentScript {
            return Ok(realm);
        }
        let slots = self.documents.at(document).contexts.slots(&self.contexts.back);
        let contexts = slots.into_iter().map(|slot| self.contexts.back.at(slot));
        let worlds = contexts
            .filter(|context| context.extension == extension)
            .filter(|context| matches!(context.kind, Kind::World { .. }))
            .count();
        let kind = || LimitKind::WorldsPerDocument;
        within(worlds + 1, self.limits.worlds_per_document, kind)?;
        match self.rules.worlds_per_document {
            Some(limit) if worlds >= limit => match self.rules.world_overflow {
                WorldOverflow::Refused => Err(Limited::Limit(kind())),
                WorldOverflow::RunsInDefault => Ok(Realm::UserScript(WorldId::DEFAULT)),
            },
            _ => Ok(realm),
        }
    }

    /// What a sender in a document is known by, but for its world.
    fn document_address(&self, id: DocumentId) -> Address {
        let document = self.documents.at(id.slot());
        let frame = self.frames.at(document.frame);
        Address {
            url: document.content.url.clone(),
            origin: document.content.origin.clone(),
            tab: frame.tab,
            frame: Some(if frame.parent.is_some() { frame.number } else { 0 }),
            document: Some(id),
        }
    }

    /// Makes a context and enters it everywhere.
    pub(super) fn create_context(
        &mut self,
        extension: u32,
        kind: Kind,
        address: Address,
    ) -> ContextId {
        let id = self.contexts.next_id();
        let sender = Sender {
            extension: self.extensions.at(extension).name.clone(),
            url: address.url,
            origin: address.origin,
            tab: address.tab,
            frame: address.frame,
            document: address.document,
            world: match &kind {
                Kind::World { world, .. } => Some(world.clone()),
                _ => None,
            },
            context: id,
        };
        let (is_own, document) = (kind.is_own(), kind.document());
        let gate = match &kind {
            Kind::World { world, .. } if !self.effective_messaging(extension, world) => {
                Gate::Absent
            }
            _ => Gate::Granted,
        };
        let account = Account::new(&self.limits);
        let front = Context::new(gate, account.granted);
        self.contexts.insert(front, ContextBack::new(extension, kind, Arc::new(sender), account));
        let record = self.extensions.at_mut(extension);
        let list = if is_own { &mut record.own } else { &mut record.injected };
        list.push_back(&mut self.contexts.back, id.slot());
        if let Some(document) = document {
            self.documents.at_mut(document).contexts.push_back(&mut self.contexts.back, id.slot());
        }
        id
    }
}

/// Where a context is, as receivers are told.
pub(super) struct Address {
    pub(super) url: Arc<str>,
    pub(super) origin: Arc<str>,
    pub(super) tab: Option<TabId>,
    pub(super) frame: Option<u64>,
    pub(super) document: Option<DocumentId>,
}
