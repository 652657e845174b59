//! What scripts see of a browser, as data: texts, shapes, and how messages are written down.
//!
//! What a browser *does* is the router's rule table; a profile names the table and adds what only
//! scripts can tell apart. Nothing in this crate asks which browser it is.
//!
//! In the texts, `{}` stands for the value that the text is about.

use serde::Serialize;
use worldport::{ErrorPlace, PayloadCodec, Rules};

use crate::manifest::{BackgroundKind, Manifest};

mod shapes;
mod surface;
mod texts;
mod wording;

pub use shapes::{BadReply, EngineTexts, Shapes, Unpermitted, WorldListing};
pub use surface::Surface;
pub use texts::{PatternTexts, Texts};
pub(crate) use texts::{fill, fill_all};
pub use wording::{ArgumentStyle, Either, Wording};

/// Everything that tells one browser's scripts from another's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Profile {
    /// `standard`, `chromium` or `firefox`.
    pub name: &'static str,
    /// What the router does.
    pub rules: Rules,
    /// The texts.
    pub texts: Texts,
    /// Which contexts have which members.
    pub surface: Surface,
    /// The global names of the API.
    pub namespaces: &'static [&'static str],
    /// The scheme of the extension's own addresses.
    pub scheme: &'static str,
    /// Whether a listener of one-time messages may answer with a promise (o1).
    pub promise_replies: bool,
    /// Whether a promise of a one-time message is rejected when no reply can come any more, or
    /// resolves with `undefined`. A callback finds the text in `lastError` either way (o5, o6).
    pub unanswered_rejects: bool,
    /// Which documents are kept when they are left (i2).
    pub page_cache: PageCache,
    /// After how many milliseconds without activity the browser stops a background (r9).
    pub idle_timeout: u64,
    /// Whether an open socket of its own keeps a background from being idle (r8).
    pub sockets_are_activity: bool,
    /// Whether documents in frames die before the one around them (n2).
    pub frames_die_first: bool,
    /// Whether a document's sockets are closed as soon as it starts to leave (i15).
    pub leaving_closes_sockets: bool,
    /// Whether scripts that are registered in one call run in the order of their ids, not in that of the
    /// call (l2).
    pub registers_by_id: bool,
    /// Whether `unregister` passes over ids that are not registered instead of refusing them all
    /// (k11).
    pub unregisters_what_it_knows: bool,
    /// Whether `document.open()` is refused to extensions' scripts.
    pub document_open_is_insecure: bool,
    /// Whether an extension that is switched on again runs its scripts in open documents (i7).
    pub reinjects: bool,
    /// Whether events have `hasListeners` (e2).
    pub has_listeners: bool,
    /// How wrong arguments are found and named.
    pub wording: Wording,
    /// Whose words the engine's own errors use.
    pub engine_texts: EngineTexts,
    /// What objects of the API look like.
    pub shapes: Shapes,
    /// What `getWorldConfigurations` answers.
    pub world_listing: WorldListing,
    /// Whether `message_serialization` in the manifest chooses how messages are written down (m5).
    pub manifest_codec: bool,
    /// Whether what a listener throws is also told by an `error` event of its global (e4).
    pub error_events: bool,
    /// Whether the address of the extension's files is made of a UUID instead of its id.
    pub uuid_addresses: bool,
    /// The global that the extension's own scripts use, where a driver has to choose one.
    pub namespace: &'static str,
    /// How the browser runs backgrounds, where a driver has to choose.
    pub background: BackgroundKind,
    /// Members of `port.sender`, in order (n2).
    pub sender: &'static [SenderField],
}

/// Which documents go into the back/forward cache.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PageCache {
    /// All that do not listen for `unload` (i2).
    Always,
    /// Those that also have no open socket (i2, i2b).
    WithoutSockets,
}

/// A member of `port.sender`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SenderField {
    /// `contextId`.
    ContextId,
    /// `documentId`.
    DocumentId,
    /// `documentLifecycle`.
    DocumentLifecycle,
    /// `envType`.
    EnvType,
    /// `frameId`.
    FrameId,
    /// `id`.
    Id,
    /// `origin`.
    Origin,
    /// `tab`.
    Tab,
    /// `url`.
    Url,
    /// `userScriptWorldId`.
    UserScriptWorldId,
}

impl Profile {
    /// What MDN and the WebExtensions group describe, closed on the safe side where they are open.
    pub const STANDARD: Self = Self {
        name: "standard",
        rules: Rules::STANDARD,
        texts: texts::STANDARD_TEXTS,
        surface: surface::SURFACE,
        namespaces: &["browser", "chrome"],
        scheme: "extension",
        promise_replies: true,
        unanswered_rejects: true,
        page_cache: PageCache::Always,
        idle_timeout: 30_000,
        sockets_are_activity: true,
        frames_die_first: true,
        leaving_closes_sockets: false,
        registers_by_id: false,
        unregisters_what_it_knows: false,
        document_open_is_insecure: false,
        reinjects: true,
        has_listeners: false,
        wording: wording::SCHEMA,
        engine_texts: EngineTexts::Own,
        shapes: shapes::SHAPES,
        world_listing: WorldListing::All,
        manifest_codec: false,
        error_events: true,
        uuid_addresses: false,
        namespace: "browser",
        background: BackgroundKind::EventPage,
        sender: &[
            SenderField::Id,
            SenderField::Url,
            SenderField::Origin,
            SenderField::FrameId,
            SenderField::DocumentId,
            SenderField::Tab,
            SenderField::UserScriptWorldId,
        ],
    };

    /// Chromium 156, as recorded.
    pub const CHROMIUM: Self = Self {
        name: "chromium",
        rules: Rules::CHROMIUM,
        texts: texts::CHROMIUM_TEXTS,
        surface: Surface {
            world: surface::CHROMIUM_WORLD,
            silent_world: surface::CHROMIUM_SILENT_WORLD,
            ..surface::SURFACE
        },
        scheme: "chrome-extension",
        promise_replies: false,
        unanswered_rejects: false,
        registers_by_id: true,
        reinjects: false,
        has_listeners: true,
        wording: wording::SIGNATURE,
        engine_texts: EngineTexts::V8,
        shapes: Shapes {
            classes: true,
            late_events: true,
            bad_reply: BadReply::ThrowsAndRejects,
            unpermitted: Unpermitted::Thrown,
            ..shapes::SHAPES
        },
        world_listing: WorldListing::Set,
        manifest_codec: true,
        error_events: false,
        namespace: "chrome",
        background: BackgroundKind::ServiceWorker,
        sender: &[
            SenderField::DocumentId,
            SenderField::DocumentLifecycle,
            SenderField::FrameId,
            SenderField::Id,
            SenderField::Origin,
            SenderField::Tab,
            SenderField::Url,
        ],
        ..Self::STANDARD
    };

    /// Firefox 153 ESR, as recorded.
    pub const FIREFOX: Self = Self {
        name: "firefox",
        rules: Rules::FIREFOX,
        texts: texts::FIREFOX_TEXTS,
        surface: Surface {
            permitted: &["userScripts", "runtime.onUserScriptConnect"],
            ..surface::SURFACE
        },
        unregisters_what_it_knows: true,
        wording: wording::FIREFOX,
        engine_texts: EngineTexts::SpiderMonkey,
        shapes: Shapes {
            port_event_flags: &["setUserInput"],
            narrow_worlds: true,
            foreign_refusals: true,
            window: "Proxy",
            bad_reply: BadReply::Rejects,
            ..shapes::SHAPES
        },
        scheme: "moz-extension",
        page_cache: PageCache::WithoutSockets,
        sockets_are_activity: false,
        frames_die_first: false,
        leaving_closes_sockets: true,
        document_open_is_insecure: true,
        uuid_addresses: true,
        sender: &[
            SenderField::ContextId,
            SenderField::Id,
            SenderField::EnvType,
            SenderField::Url,
            SenderField::Origin,
            SenderField::FrameId,
            SenderField::DocumentId,
            SenderField::Tab,
            SenderField::UserScriptWorldId,
        ],
        ..Self::STANDARD
    };

    /// All of them.
    pub const ALL: [Self; 3] = [Self::STANDARD, Self::CHROMIUM, Self::FIREFOX];

    /// The profile of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|profile| profile.name == name)
    }
}

impl Profile {
    /// How messages of an extension are written down.
    pub(crate) fn codec(&self, manifest: &Manifest) -> PayloadCodec {
        match manifest.message_serialization.as_deref() {
            Some("structured_clone") if self.manifest_codec => PayloadCodec::StructuredClone,
            Some("json") if self.manifest_codec => PayloadCodec::Json,
            _ => self.rules.payload_codec,
        }
    }
}

/// What the JavaScript side of the host needs to know of a profile.
#[derive(Serialize)]
pub(crate) struct ScriptProfile<'a> {
    document_open_is_insecure: bool,
    texts: &'a Texts,
    wording: &'a Wording,
    shapes: &'a Shapes,
    engine_texts: bool,
    /// JSON is what messages are by themselves: then every refusal to send one has one text.
    one_refusal: bool,
    permitted: &'static [&'static str],
    namespaces: &'static [&'static str],
    port_error: bool,
    last_error: bool,
    promise_replies: bool,
    error_events: bool,
    has_listeners: bool,
}

impl<'a> From<&'a Profile> for ScriptProfile<'a> {
    fn from(profile: &'a Profile) -> Self {
        let place = profile.rules.error_place;
        Self {
            texts: &profile.texts,
            wording: &profile.wording,
            shapes: &profile.shapes,
            engine_texts: profile.engine_texts != EngineTexts::Own,
            one_refusal: profile.rules.payload_codec == PayloadCodec::Json,
            permitted: profile.surface.permitted,
            namespaces: profile.namespaces,
            port_error: matches!(place, ErrorPlace::Both | ErrorPlace::PortError),
            last_error: matches!(place, ErrorPlace::Both | ErrorPlace::LastError),
            document_open_is_insecure: profile.document_open_is_insecure,
            promise_replies: profile.promise_replies,
            error_events: profile.error_events,
            has_listeners: profile.has_listeners,
        }
    }
}
