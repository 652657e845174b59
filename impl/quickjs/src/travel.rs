//! Leaving documents and coming back: the history of a tab, the back/forward cache, and frames.

use worldport::{Call, ContextId, Departure, DocumentId, DocumentSpec, Refusal, Reply, TabId};

use crate::core::Command;
use crate::documents::{DocumentRecord, content};
use crate::host::{Host, HostError, unexpected};
use crate::profile::PageCache;
use crate::schedule::Succession;
use crate::url::PageUrl;

/// What a tab has shown, and where in that it is.
#[derive(Debug)]
pub(crate) struct History {
    entries: Vec<Entry>,
    current: usize,
}

#[derive(Debug)]
struct Entry {
    url: PageUrl,
    document: DocumentId,
}

impl History {
    pub(crate) fn starting_with(url: PageUrl, document: DocumentId) -> Self {
        Self { entries: vec![Entry { url, document }], current: 0 }
    }
}

/// Which entry of the history a document that replaces another stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    At(usize),
    Next,
    Same,
}

impl Host {
    /// Leaves a document for another in the same tab. It goes into the back/forward cache if the
    /// profile keeps such documents.
    ///
    /// # Errors
    /// [`HostError::Url`] if the text is no address, [`HostError::Refused`] if the document is
    /// gone.
    pub fn visit(&mut self, document: DocumentId, url: &str) -> Result<DocumentId, HostError> {
        let url = PageUrl::parse(url)?;
        let departure = self.departure(document);
        self.announce_departure(document)?;
        self.replace(document, url, departure, Place::Next)
    }

    /// Leaves a document for another in the same tab, for good.
    ///
    /// # Errors
    /// [`HostError::Url`] if the text is no address, [`HostError::Refused`] if the document is
    /// gone.
    pub fn navigate(&mut self, document: DocumentId, url: &str) -> Result<DocumentId, HostError> {
        let url = PageUrl::parse(url)?;
        self.announce_departure(document)?;
        self.replace(document, url, Departure::Destroyed, Place::Next)
    }

    /// Loads a document's address again.
    ///
    /// # Errors
    /// [`HostError::Refused`] if the document is gone.
    pub fn reload_document(&mut self, document: DocumentId) -> Result<DocumentId, HostError> {
        // Scripts may have changed the address without leaving (n2).
        let url = PageUrl::parse(&self.record(document)?.address)?;
        self.announce_departure(document)?;
        self.replace(document, url, Departure::Destroyed, Place::Same)
    }

    /// Goes back (a negative number) or forward in the history of a document's tab. The document
    /// that is there is shown again if the cache has it, and loaded anew if not. Nothing happens
    /// at the ends of the history.
    ///
    /// # Errors
    /// [`HostError::Refused`] if the document is gone.
    pub fn travel(&mut self, document: DocumentId, delta: isize) -> Result<DocumentId, HostError> {
        let tab = self.record(document)?.tab;
        let Some(history) = self.histories.get(&tab) else { return Ok(document) };
        let place = history.current.checked_add_signed(delta);
        let Some((place, entry)) = place.and_then(|at| Some((at, history.entries.get(at)?))) else {
            return Ok(document);
        };
        let (target, url) = (entry.document, entry.url.clone());
        let departure = self.departure(document);
        self.announce_departure(document)?;
        if !self.documents.contains_key(&target) || target == document {
            return self.replace(document, url, departure, Place::At(place));
        }
        self.take_leave(document, departure);
        let left = self.tree(document);
        self.apply_leaving(
            Call::Restore { document: target, departure },
            &left,
            self.succession(departure),
        )?;
        self.settle_departure(document, departure);
        if let Some(history) = self.histories.get_mut(&tab) {
            history.current = place;
        }
        self.shown.insert(tab, target);
        for shown in self.tree(target) {
            for world in self.worlds_of(shown) {
                self.core.borrow_mut().clock.thaw(world);
            }
            self.fire_dom_event(shown, "window", "pageshow", false, r#"{"persisted":true}"#);
        }
        self.check()?;
        Ok(target)
    }

    /// Closes a document: its tab, or the frame that it is in.
    ///
    /// # Errors
    /// [`HostError::Refused`] if the document is gone.
    pub fn close(&mut self, document: DocumentId) -> Result<(), HostError> {
        self.take_leave(document, Departure::Destroyed);
        self.destroy(document)
    }

    /// The process of a document dies: it is gone without a last word.
    ///
    /// # Errors
    /// [`HostError::Refused`] if the document is gone.
    pub fn crash(&mut self, document: DocumentId) -> Result<(), HostError> {
        self.destroy(document)
    }

    fn destroy(&mut self, document: DocumentId) -> Result<(), HostError> {
        let record = self.record(document)?;
        let (tab, top) = (record.tab, record.parent.is_none());
        let left = self.tree(document);
        let call = Call::DestroyDocument { document };
        let succession =
            if top { self.succession(Departure::Destroyed) } else { Succession::FramesFirst };
        self.apply_leaving(call, &left, succession)?;
        self.settle_departure(document, Departure::Destroyed);
        if top {
            self.histories.remove(&tab);
            self.shown.remove(&tab);
            self.documents.retain(|_, record| record.tab != tab);
        }
        Ok(())
    }

    fn replace(
        &mut self,
        document: DocumentId,
        url: PageUrl,
        departure: Departure,
        place: Place,
    ) -> Result<DocumentId, HostError> {
        let record = self.record(document)?;
        let (tab, parent) = (record.tab, record.parent);
        self.take_leave(document, departure);
        let content = content(&url);
        let left = self.tree(document);
        let call = Call::Navigate { document, departure, content };
        let id = match self.apply_leaving(call, &left, self.succession(departure))? {
            Reply::Document(id) => id,
            other => return Err(unexpected(&other)),
        };
        self.settle_departure(document, departure);
        for shown in self.frames.values_mut().filter(|shown| **shown == document) {
            *shown = id;
        }
        if let (None, Some(history)) = (parent, self.histories.get_mut(&tab)) {
            match place {
                Place::At(at) => history.current = at,
                Place::Next => {
                    history.current += 1;
                    history.entries.truncate(history.current);
                }
                Place::Same => {}
            }
            let entry = Entry { url: url.clone(), document: id };
            match history.entries.get_mut(history.current) {
                Some(known) => *known = entry,
                None => history.entries.push(entry),
            }
        }
        self.load_document(id, url, tab, parent).map(|()| id)
    }

    /// The order between a document that is left for another and those in its frames.
    fn succession(&self, departure: Departure) -> Succession {
        match departure {
            Departure::Cached => Succession::Mixed,
            Departure::Destroyed if self.profile.frames_die_first => Succession::FramesFirst,
            Departure::Destroyed => Succession::ParentsFirst,
        }
    }

    /// Whether a document that is left now is kept.
    fn departure(&self, document: DocumentId) -> Departure {
        let tree = self.tree(document);
        let top = self.documents.get(&document).is_some_and(|record| record.parent.is_none());
        let worlds = || tree.iter().flat_map(|&document| self.worlds_of(document));
        let sockets = || worlds().any(|world| self.core.borrow().net.has_sockets(world));
        // Who wants to be told of the end for good cannot be kept, in any browser.
        let unload = worlds().any(|world| {
            let realm = self.realms.get(&world);
            realm.and_then(|realm| realm.call("listensFor", ("unload",))).unwrap_or(false)
        });
        let kept = match self.profile.page_cache {
            PageCache::Always => true,
            PageCache::WithoutSockets => !sockets(),
        };
        if top && kept && !unload { Departure::Cached } else { Departure::Destroyed }
    }

    /// Tells a document and those in its frames that they are about to be left. What their scripts send
    /// then arrives while the next document is on its way (i17).
    fn announce_departure(&mut self, document: DocumentId) -> Result<(), HostError> {
        self.record(document)?;
        for left in self.tree(document) {
            self.fire_dom_event(left, "window", "beforeunload", false, "{}");
        }
        self.deliver()?;
        self.record(document).map(drop)
    }

    /// Tells a document and those in its frames that they are left.
    fn take_leave(&mut self, document: DocumentId, departure: Departure) {
        let persisted = departure == Departure::Cached;
        for left in self.tree(document) {
            let detail = format!(r#"{{"persisted":{persisted}}}"#);
            self.fire_dom_event(left, "window", "pagehide", false, &detail);
            if !persisted {
                self.fire_dom_event(left, "window", "unload", false, "{}");
            }
        }
    }

    fn settle_departure(&mut self, document: DocumentId, departure: Departure) {
        let tree = self.tree(document);
        match departure {
            Departure::Cached => {
                for world in tree.iter().flat_map(|&left| self.worlds_of(left)) {
                    self.core.borrow_mut().clock.freeze(world);
                }
            }
            Departure::Destroyed => {
                let top = self.documents.get(&self.top_of(document));
                let address = top.map(|record| record.address.clone());
                for left in tree {
                    self.left.extend(address.clone().map(|address| (left, address)));
                    self.documents.remove(&left);
                }
            }
        }
    }

    /// The document that the tab of this one shows.
    pub(crate) fn top_of(&self, document: DocumentId) -> DocumentId {
        let parent = |at: DocumentId| self.documents.get(&at).and_then(|record| record.parent);
        std::iter::successors(Some(document), |&at| parent(at)).last().unwrap_or(document)
    }

    /// A document and those in its frames, parents first.
    fn tree(&self, document: DocumentId) -> Vec<DocumentId> {
        let mut tree = vec![document];
        let mut next = 0;
        while let Some(&parent) = tree.get(next) {
            let children =
                self.documents.iter().filter(|(_, record)| record.parent == Some(parent));
            let mut children: Vec<DocumentId> = children.map(|(&id, _)| id).collect();
            children.sort_unstable();
            tree.append(&mut children);
            next += 1;
        }
        tree
    }

    fn worlds_of(&self, document: DocumentId) -> Vec<ContextId> {
        self.documents.get(&document).map_or_else(Vec::new, |record| record.worlds.clone())
    }

    fn record(&self, document: DocumentId) -> Result<&DocumentRecord, HostError> {
        let gone = HostError::Refused(Refusal::NoSuchDocument(document));
        self.documents.get(&document).ok_or(gone)
    }

    /// The document in which a context's scripts run.
    pub(crate) fn document_of(&self, context: ContextId) -> Option<DocumentId> {
        let mut documents = self.documents.iter();
        documents.find(|(_, record)| record.worlds.contains(&context)).map(|(&id, _)| id)
    }

    /// Does what scripts asked the host for.
    pub(crate) fn obey(&mut self) -> Result<(), HostError> {
        let commands = std::mem::take(&mut self.core.borrow_mut().commands);
        for command in commands {
            match self.obey_one(command) {
                // What it was about is gone, or the address is none: nothing happens.
                Ok(()) | Err(HostError::Refused(_) | HostError::Url(_)) => {}
                Err(other) => return Err(other),
            }
        }
        Ok(())
    }

    fn obey_one(&mut self, command: Command) -> Result<(), HostError> {
        match command {
            Command::ChangeAddress { context, url } => {
                let shown = self.document_of(context);
                if let Some(record) = shown.and_then(|shown| self.documents.get_mut(&shown)) {
                    record.address = url;
                }
                Ok(())
            }
            Command::InsertFrame { context, element, url } => {
                let Some(parent) = self.document_of(context) else { return Ok(()) };
                let url = PageUrl::parse(&url)?;
                let tab = self.record(parent)?.tab;
                let document = DocumentSpec::in_frame_of(parent, content(&url));
                match self.apply(Call::CreateDocument { document })? {
                    Reply::Document(id) => {
                        self.frames.insert((context, element), id);
                        self.load_document(id, url, tab, Some(parent))
                    }
                    other => Err(unexpected(&other)),
                }
            }
            Command::Navigate { context, url } => match self.document_of(context) {
                Some(document) => self.visit(document, &url).map(drop),
                None => Ok(()),
            },
            Command::NavigateFrame { context, element, url } => {
                match self.frames.get(&(context, element)) {
                    Some(&document) => self.navigate(document, &url).map(drop),
                    None => Ok(()),
                }
            }
            Command::Reload(extension) => {
                let known = self.core.borrow().installed.contains_key(&extension);
                if known { self.reload(extension).map(drop) } else { Ok(()) }
            }
            Command::ReloadDocument { context } => match self.document_of(context) {
                Some(document) => self.reload_document(document).map(drop),
                None => self.reload_page(context).map(drop),
            },
            Command::RemoveFrame { context, element } => {
                match self.frames.remove(&(context, element)) {
                    Some(document) => self.close(document),
                    None => Ok(()),
                }
            }
        }
    }
}

/// The tab that a host's next document is opened in.
pub(crate) fn next_tab(last: &mut u32) -> TabId {
    *last += 1;
    TabId(*last)
}
