//! Documents and frames: created, navigated, cached, restored, destroyed.
//!
//! A tree of documents is walked with a list, never by recursion: its depth is the embedder's.

use alloc::vec;
use alloc::vec::Vec;

use super::Router;
use super::check::within;
use crate::record::{Document, Frame};
use crate::store::{Id as _, Links, List, Store as _};
use crate::{
    Content, CreateDocumentError, Departure, DestroyDocumentError, DocumentId, DocumentSpec,
    DocumentState, LimitKind, NavigateError, Payload, RestoreError,
};

impl<P: Payload> Router<P> {
    /// Creates a document in a new frame.
    ///
    /// # Errors
    ///
    /// [`CreateDocumentError`]: there is no such parent, or it is cached; the URL or the
    /// origin is too long; there are too many frames below the top-level document, or too many
    /// documents.
    pub fn create_document(
        &mut self,
        document: DocumentSpec,
    ) -> Result<DocumentId, CreateDocumentError> {
        let result = self.create_inner(document);
        self.done("create_document", result)
    }

    fn create_inner(&mut self, spec: DocumentSpec) -> Result<DocumentId, CreateDocumentError> {
        let tab = match spec.parent {
            Some(parent) => self.frames.at(self.active(parent)?.frame).tab,
            None => spec.tab,
        };
        self.content_fits(&spec.content)?;
        let parent = spec.parent.map(crate::store::Id::slot);
        let top = parent.map(|parent| self.documents.at(parent).top);
        if let Some(top) = top {
            let frames = self.documents.at(top).frames_below + 1;
            within(frames, self.limits.frames, || LimitKind::Frames)?;
        }
        self.document_fits()?;

        self.frames_made += 1;
        if let Some(top) = top {
            self.documents.at_mut(top).frames_below += 1;
        }
        let frame = self.frames.insert(Frame {
            number: self.frames_made,
            tab,
            parent,
            active: None,
            documents: List::EMPTY,
            of_parent: Links::NONE,
        });
        if let Some(parent) = parent {
            self.documents.at_mut(parent).frames.push_back(&mut self.frames, frame);
        }
        Ok(self.show_new(frame, spec.content))
    }

    /// Makes the new document that a frame shows.
    fn show_new(&mut self, frame: u32, content: Content) -> DocumentId {
        let parent = self.frames.at(frame).parent;
        let top = match parent {
            Some(parent) => self.documents.at(parent).top,
            None => self.documents.next_id().slot(),
        };
        let id = self.documents.insert(Document {
            top,
            frame,
            state: DocumentState::Active,
            content,
            contexts: List::EMPTY,
            frames: List::EMPTY,
            frames_below: 0,
            of_frame: Links::NONE,
        });
        let record = self.frames.at_mut(frame);
        record.documents.push_back(&mut self.documents, id.slot());
        record.active = Some(id.slot());
        id
    }

    /// A document leaves its frame, and a new one takes its place.
    ///
    /// # Errors
    ///
    /// [`NavigateError`]: there is no such document, or it is cached; it is to be cached and is in
    /// a child frame; the URL or the origin is too long; its frame has too many cached documents,
    /// or there are too many documents.
    pub fn navigate(
        &mut self,
        document: DocumentId,
        departure: Departure,
        content: Content,
    ) -> Result<DocumentId, NavigateError> {
        let result = self.navigate_inner(document, departure, content);
        self.done("navigate", result)
    }

    fn navigate_inner(
        &mut self,
        id: DocumentId,
        departure: Departure,
        content: Content,
    ) -> Result<DocumentId, NavigateError> {
        let frame = self.active(id)?.frame;
        if departure == Departure::Cached && self.frames.at(frame).parent.is_some() {
            return Err(NavigateError::NotTopLevel(id));
        }
        self.content_fits(&content)?;
        if departure == Departure::Cached {
            let cached = self.frames.at(frame).documents.slots(&self.documents).len();
            within(cached, self.limits.cached_documents, || LimitKind::CachedDocuments)?;
            self.document_fits()?;
        }

        self.leave(id.slot(), departure);
        Ok(self.show_new(frame, content))
    }

    /// A cached document comes back into its frame, with its tree. The document that is there
    /// leaves.
    ///
    /// # Errors
    ///
    /// [`RestoreError`]: there is no such document; it is not cached; it was cached as part of the
    /// tree of another, and comes back only with that.
    pub fn restore(
        &mut self,
        document: DocumentId,
        departure: Departure,
    ) -> Result<(), RestoreError> {
        let result = self.restore_inner(document, departure);
        self.done("restore", result)
    }

    fn restore_inner(&mut self, id: DocumentId, departure: Departure) -> Result<(), RestoreError> {
        let document = self.document(id)?;
        if document.state == DocumentState::Active {
            return Err(RestoreError::NotCached(id));
        }
        let frame = self.frames.at(document.frame);
        if frame.parent.is_some() {
            return Err(RestoreError::NotTopLevel(id));
        }

        if let Some(active) = frame.active {
            self.leave(active, departure);
        }
        for slot in self.tree(vec![id.slot()]) {
            let document = self.documents.at_mut(slot);
            document.state = DocumentState::Active;
            self.frames.at_mut(document.frame).active = Some(slot);
            for context in self.documents.at(slot).contexts.slots(&self.contexts.back) {
                self.resume(context);
            }
        }
        Ok(())
    }

    /// Destroys a document with its tree. An active one takes its frame with it and the documents
    /// of that frame that are cached (`i1_tab_closed`, `i4_iframe_removed`); a cached one is
    /// evicted alone.
    ///
    /// # Errors
    ///
    /// [`DestroyDocumentError`]: there is no such document.
    pub fn destroy_document(&mut self, document: DocumentId) -> Result<(), DestroyDocumentError> {
        let result = self.destroy_inner(document);
        self.done("destroy_document", result)
    }

    fn destroy_inner(&mut self, id: DocumentId) -> Result<(), DestroyDocumentError> {
        let document = self.document(id)?;
        let roots = match document.state {
            DocumentState::Active => {
                self.frames.at(document.frame).documents.slots(&self.documents)
            }
            DocumentState::Cached => vec![id.slot()],
        };

        let frame = document.frame;
        self.destroy_trees(roots);
        if self.frames.at(frame).documents.is_empty() {
            self.remove_frame(frame);
        }
        Ok(())
    }

    /// An active document leaves its frame, which shows nothing until the caller sees to it.
    fn leave(&mut self, slot: u32, departure: Departure) {
        let frame = self.documents.at(slot).frame;
        match departure {
            Departure::Cached => {
                for slot in self.tree(vec![slot]) {
                    let document = self.documents.at_mut(slot);
                    document.state = DocumentState::Cached;
                    self.frames.at_mut(document.frame).active = None;
                    for context in self.documents.at(slot).contexts.slots(&self.contexts.back) {
                        self.suspend(context);
                    }
                }
            }
            Departure::Destroyed => {
                self.destroy_trees(vec![slot]);
                self.frames.at_mut(frame).active = None;
            }
        }
    }

    /// The slot of the top frame of the tab that a document is in.
    pub(super) fn top_frame(&self, document: u32) -> u32 {
        self.documents.at(self.documents.at(document).top).frame
    }

    /// Documents and all that are in their frames, parents before children.
    fn tree(&self, roots: Vec<u32>) -> Vec<u32> {
        let mut found = roots;
        let mut next = 0;
        while let Some(&slot) = found.get(next) {
            for frame in self.documents.at(slot).frames.slots(&self.frames) {
                found.extend(self.frames.at(frame).documents.slots(&self.documents));
            }
            next += 1;
        }
        found
    }

    /// Destroys documents with all that is in them: first all contexts end, then the records go.
    /// The frames of the roots stay.
    fn destroy_trees(&mut self, roots: Vec<u32>) {
        let keep = roots.len();
        let documents = self.tree(roots);
        for &slot in &documents {
            for context in self.documents.at(slot).contexts.slots(&self.contexts.back) {
                self.end_context(context);
            }
        }
        for (index, &slot) in documents.iter().enumerate().rev() {
            let frame = self.documents.at(slot).frame;
            let record = self.frames.at_mut(frame);
            record.documents.remove(&mut self.documents, slot);
            self.documents.remove(slot);
            if index >= keep && record.documents.is_empty() {
                self.remove_frame(frame);
            }
        }
    }

    /// Removes a frame without documents.
    fn remove_frame(&mut self, frame: u32) {
        if let Some(parent) = self.frames.at(frame).parent {
            let top = self.documents.at(parent).top;
            self.documents.at_mut(top).frames_below -= 1;
            self.documents.at_mut(parent).frames.remove(&mut self.frames, frame);
        }
        self.frames.remove(frame);
    }
}
