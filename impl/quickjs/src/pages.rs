//! Extension pages, content scripts, and the driver's end of sockets.

use worldport::{
    Call, ContextId, DocumentId, ExtensionId, PageSpec, Realm as Place, Refusal, Reply, TabId,
};

use crate::host::{Host, HostError, unexpected};
use crate::label::ContextLabel;
use crate::net::{NetEvent, SocketId};
use crate::travel::next_tab;
use crate::url::PageUrl;
use crate::user_scripts::RunAt;

/// An extension page that is open.
#[derive(Clone, Debug)]
pub(crate) struct PageRecord {
    pub(crate) extension: ExtensionId,
    pub(crate) context: ContextId,
    tab: TabId,
    /// Its address within the extension.
    path: String,
}

impl Host {
    /// Opens a page of an extension in a new tab and runs its scripts. `path` may have a query.
    ///
    /// # Errors
    /// [`HostError::Refused`] if the extension is not loaded.
    pub fn open_page(
        &mut self,
        extension: ExtensionId,
        path: &str,
    ) -> Result<ContextId, HostError> {
        let tab = next_tab(&mut self.last_tab);
        self.open_page_in(tab, extension, path)
    }

    /// The extension page that a tab shows.
    #[must_use]
    pub fn page_in(&self, tab: TabId) -> Option<ContextId> {
        self.pages.iter().find(|page| page.tab == tab).map(|page| page.context)
    }

    /// The tab of an extension page.
    #[must_use]
    pub fn tab_of_page(&self, page: ContextId) -> Option<TabId> {
        self.pages.iter().find(|known| known.context == page).map(|page| page.tab)
    }

    /// Loads an extension page again, in the same tab.
    ///
    /// # Errors
    /// [`HostError::Refused`] if there is no such page.
    pub fn reload_page(&mut self, page: ContextId) -> Result<ContextId, HostError> {
        let known = self.pages.iter().find(|known| known.context == page).cloned();
        let gone = HostError::Refused(Refusal::NoSuchContext(page));
        let PageRecord { extension, tab, path, .. } = known.ok_or(gone)?;
        self.close_page(page)?;
        self.open_page_in(tab, extension, &path)
    }

    fn open_page_in(
        &mut self,
        tab: TabId,
        extension: ExtensionId,
        path: &str,
    ) -> Result<ContextId, HostError> {
        let known = self.core.borrow().installed.get(&extension).map(|installed| {
            (installed.extension.clone(), format!("{}{path}", installed.base_url))
        });
        let gone = HostError::Refused(Refusal::NoSuchExtension(extension));
        let (source, address) = known.ok_or(gone)?;
        let url = PageUrl::parse(&address)?;
        let mut page = PageSpec::new(address);
        page.tab = Some(tab);
        let context = match self.apply(Call::OpenPage { extension, page })? {
            Reply::Context(context) => context,
            other => return Err(unexpected(&other)),
        };
        let label = ContextLabel::Page { document: path.into() };
        let api = self.extension_api(source.manifest().may_run_user_scripts());
        self.pages.push(PageRecord { extension, context, tab, path: path.to_owned() });
        self.enter(extension, context, label.clone(), api, Some(url.location()))?;
        let file = path.split(['?', '#']).next().unwrap_or(path);
        let scripts = match source.read(file, "the driver") {
            Ok(html) => script_sources(&html),
            Err(error) => {
                self.note(Some(label.clone()), error.to_string());
                Vec::new()
            }
        };
        if let Some(realm) = self.realms.get(&context) {
            for script in scripts {
                match source.read(&script, file) {
                    Ok(text) => realm.run_script(&script, &text),
                    Err(error) => self.note(Some(label.clone()), error.to_string()),
                }
            }
            realm.call::<()>("reachReadyState", ("complete",));
        }
        self.check()?;
        Ok(context)
    }

    /// Closes an extension page.
    ///
    /// # Errors
    /// [`HostError::Refused`] if there is no such page.
    pub fn close_page(&mut self, page: ContextId) -> Result<(), HostError> {
        self.hide(page);
        self.apply(Call::ClosePage { context: page })?;
        self.pages.retain(|known| known.context != page);
        Ok(())
    }

    /// Tells a page, or a background that is one, that it goes away.
    pub(crate) fn hide(&self, context: ContextId) {
        let Some(realm) = self.realms.get(&context) else { return };
        for kind in ["pagehide", "unload"] {
            let args = ("window", kind, false, r#"{"persisted":false}"#);
            realm.call::<u32>("fireDomEvent", args);
            realm.drain();
        }
    }

    /// Takes what scripts sent to the outside since the last time, in order.
    #[must_use]
    pub fn take_net(&mut self) -> Vec<NetEvent> {
        self.core.borrow_mut().net.take()
    }

    /// Sends a text to the script that opened a socket, which receives it at once. Whether it did.
    ///
    /// # Errors
    /// [`HostError::Diverged`] if the observer objects to what the script does.
    pub fn send_text(&mut self, socket: SocketId, text: &str) -> Result<bool, HostError> {
        let owner = self.core.borrow().net.owner(socket);
        let Some((context, id)) = owner else { return Ok(false) };
        let Some(realm) = self.realms.get(&context) else { return Ok(false) };
        let received = realm.call("receiveText", (id, text.to_owned()));
        realm.drain();
        self.check()?;
        Ok(received.unwrap_or(false))
    }

    /// Runs the manifest's content scripts for this stage of a document's life.
    pub(crate) fn run_content_scripts(
        &mut self,
        extension: ExtensionId,
        document: DocumentId,
        stage: RunAt,
        state: &'static str,
    ) -> Result<(), HostError> {
        let source = {
            let core = self.core.borrow();
            let Some(installed) = core.installed.get(&extension) else { return Ok(()) };
            installed.extension.clone()
        };
        for script in source.manifest().content_scripts.iter().filter(|s| s.run_at == stage) {
            let Some(record) = self.documents.get(&document) else { return Ok(()) };
            let framed = record.parent.is_some() && !script.all_frames;
            if framed || !script.matches.iter().any(|pattern| pattern.matches(&record.url)) {
                continue;
            }
            let place = Place::ContentScript;
            let Some(context) = self.start_in(extension, document, place, state)? else { continue };
            let Some(realm) = self.realms.get(&context) else { continue };
            for file in &script.files {
                match source.read(&file.file, &file.named_by) {
                    Ok(text) => realm.run_script(&file.file, &text),
                    Err(error) => self.note(Some(self.label(context)), error.to_string()),
                }
            }
        }
        Ok(())
    }
}

/// The files that a page's `script` elements name. This host has no parser of HTML: it looks for
/// the start tags, which is enough for pages whose scripts are files.
fn script_sources(html: &str) -> Vec<String> {
    let mut sources = Vec::new();
    let mut rest = html;
    while let Some(at) = rest.find("<script") {
        rest = &rest[at + "<script".len()..];
        let tag = &rest[..rest.find('>').unwrap_or(rest.len())];
        let Some(value) = tag.split_once("src=").map(|(_, value)| value) else { continue };
        let source = match value.chars().next() {
            Some(quote @ ('"' | '\'')) => value[1..].split(quote).next(),
            _ => value.split_ascii_whitespace().next(),
        };
        sources.extend(source.map(str::to_owned));
    }
    sources
}

#[cfg(test)]
mod tests {
    use super::script_sources;

    #[test]
    fn scripts_of_a_page_are_found_in_order() {
        let html = r#"<!doctype html><script src="a.js"></script><script>x</script>
            <script defer src='b.js'></script><script src=c.js></script>"#;
        assert_eq!(script_sources(html), ["a.js", "b.js", "c.js"]);
    }
}
