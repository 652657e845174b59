//! An extension's own contexts: its background, which messaging can wake, and its pages.

use alloc::sync::Arc;

use super::Router;
use super::check::{NoContext, within};
use super::instances::Address;
use super::notices::Notice;
use crate::record::{Kind, Subject};
use crate::store::{Id as _, Store as _};
use crate::{
    Background, BackgroundStartedError, ClosePageError, ContextId, ExtensionId, LimitKind,
    OpenPageError, PageSpec, Payload, StartBackgroundError, StopBackgroundError, TabId,
};

impl<P: Payload> Router<P> {
    /// Starts a stopped background in a new context. Its scripts may act at once; it is offered
    /// channels after [`background_started`](Self::background_started). There is no
    /// [`Output::Woken`](crate::Output::Woken) for it, as the caller knows.
    ///
    /// # Errors
    ///
    /// [`StartBackgroundError`]: there is no such extension, or it is unloaded; it has no
    /// background, or that is not stopped; there are too many contexts.
    pub fn start_background(
        &mut self,
        extension: ExtensionId,
    ) -> Result<ContextId, StartBackgroundError> {
        let result = self.start_inner(extension);
        self.done("start_background", result)
    }

    fn start_inner(&mut self, id: ExtensionId) -> Result<ContextId, StartBackgroundError> {
        match self.loaded(id)?.background {
            Background::Absent => return Err(StartBackgroundError::NoBackground(id)),
            Background::Running(_) | Background::Starting(_) => {
                return Err(StartBackgroundError::NotStopped(id));
            }
            Background::Stopped => self.context_fits()?,
        }

        Ok(self.begin_background(id.slot()))
    }

    /// A stopped background is woken by messaging (`r2_stopped_then_connect`,
    /// `r11_stopped_sendMessage`).
    pub(super) fn wake(&mut self, extension: u32) {
        let context = self.begin_background(extension);
        self.notices.push(Notice::Woken(self.extensions.id_of(extension), context));
    }

    fn begin_background(&mut self, extension: u32) -> ContextId {
        let url = self.extensions.at(extension).background_url.clone().unwrap_or_default();
        let address = self.own_address(extension, url, None);
        let context = self.create_context(extension, Kind::Background, address);
        self.extensions.at_mut(extension).background = Background::Starting(context);
        context
    }

    /// A starting background has run its scripts and added its listeners. What waited for it is
    /// offered now, oldest first; a listener added later comes too late (`r6_listener_added_late`).
    ///
    /// # Errors
    ///
    /// [`BackgroundStartedError`]: there is no such context, or it is no background that is
    /// starting.
    pub fn background_started(&mut self, context: ContextId) -> Result<(), BackgroundStartedError> {
        let result = self.started_inner(context);
        self.done("background_started", result)
    }

    fn started_inner(&mut self, id: ContextId) -> Result<(), BackgroundStartedError> {
        self.contexts.get(id).ok_or(NoContext::NoSuchContext(id))?;
        let extension = self.contexts.back.at(id.slot()).extension;
        if self.extensions.at(extension).background != Background::Starting(id) {
            return Err(BackgroundStartedError::NotStarting(id));
        }

        self.extensions.at_mut(extension).background = Background::Running(id);
        self.offer_waiting(extension);
        Ok(())
    }

    /// Stops a starting or running background: its context ends (`r1_stopped_with_open_port`). What
    /// waited for it is offered to the pages.
    ///
    /// # Errors
    ///
    /// [`StopBackgroundError`]: there is no such extension, or it is unloaded; its background is
    /// neither starting nor running.
    pub fn stop_background(&mut self, extension: ExtensionId) -> Result<(), StopBackgroundError> {
        let result = self.stop_inner(extension);
        self.done("stop_background", result)
    }

    fn stop_inner(&mut self, id: ExtensionId) -> Result<(), StopBackgroundError> {
        let (Background::Starting(context) | Background::Running(context)) =
            self.loaded(id)?.background
        else {
            return Err(StopBackgroundError::NotRunning(id));
        };

        self.extensions.at_mut(id.slot()).background = Background::Stopped;
        self.end_context(context.slot());
        self.offer_waiting(id.slot());
        Ok(())
    }

    /// Offers everything that waits for the background to whoever receives now.
    fn offer_waiting(&mut self, extension: u32) {
        while let Some(hold) = self.extensions.at(extension).waiting.first() {
            match self.holds.at(hold).subject {
                Subject::Channel(channel) => self.offer(extension, channel),
                Subject::Request(request) => self.ask(extension, request),
            }
        }
    }

    /// Opens a page of an extension. Channels that were offered before are not offered to it.
    ///
    /// # Errors
    ///
    /// [`OpenPageError`]: there is no such extension, or it is unloaded; the URL is too long;
    /// the extension has too many pages, or there are too many contexts.
    pub fn open_page(
        &mut self,
        extension: ExtensionId,
        page: PageSpec,
    ) -> Result<ContextId, OpenPageError> {
        let result = self.open_inner(extension, page);
        self.done("open_page", result)
    }

    fn open_inner(&mut self, id: ExtensionId, page: PageSpec) -> Result<ContextId, OpenPageError> {
        let pages = self.loaded(id)?.page_count + 1;
        self.url_fits(&page.url)?;
        within(pages, self.limits.pages, || LimitKind::Pages)?;
        self.context_fits()?;

        self.extensions.at_mut(id.slot()).page_count = pages;
        let address = self.own_address(id.slot(), page.url, page.tab);
        Ok(self.create_context(id.slot(), Kind::Page, address))
    }

    /// Closes an extension page: its context ends (`f4_page_closed`).
    ///
    /// # Errors
    ///
    /// [`ClosePageError`]: there is no such context, or it is no extension page.
    pub fn close_page(&mut self, context: ContextId) -> Result<(), ClosePageError> {
        let result = self.close_inner(context);
        self.done("close_page", result)
    }

    fn close_inner(&mut self, id: ContextId) -> Result<(), ClosePageError> {
        self.contexts.get(id).ok_or(NoContext::NoSuchContext(id))?;
        if !matches!(self.contexts.back.at(id.slot()).kind, Kind::Page) {
            return Err(ClosePageError::NotAPage(id));
        }

        self.end_context(id.slot());
        Ok(())
    }

    fn own_address(&self, extension: u32, url: Arc<str>, tab: Option<TabId>) -> Address {
        let origin = self.extensions.at(extension).origin.clone();
        Address { url, origin, tab, frame: None, document: None }
    }
}
