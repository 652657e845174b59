//! What scripts see of a browser, as data: texts, shapes, and how messages are written down.
//!
//! What a browser *does* is the router's rule table; a profile names the table and adds what only
//! scripts can tell apart. Nothing in this crate asks which browser it is.
//!
//! In the texts, `{}` stands for the value that the text is about.

use serde::Serialize;
use worldport::{ErrorPlace, PayloadCodec, Rules};

use crate::manifest::BackgroundKind;

/// Which members of the extension API each kind of context has, as `namespace.member`.
///
/// After a colon: `empty`, an object that only has to be there; `hidden`, not enumerable; `silent`,
/// an event that nothing fires; `page`, a function of the page's own that only `chrome` has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Surface {
    /// The background and extension pages.
    pub extension: &'static [&'static str],
    /// The members that need the `userScripts` permission, in the same contexts.
    pub user_scripts: &'static [&'static str],
    /// A content script.
    pub content_script: &'static [&'static str],
    /// A user-script world that started with messaging on.
    pub world: &'static [&'static str],
    /// A user-script world that started with messaging off (scenarios b1, b2). None at all: no
    /// namespace.
    pub silent_world: &'static [&'static str],
}

/// The texts that scripts get to see.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Texts {
    /// Nobody accepted a connection or a message (d1, E1, E17).
    pub no_receiver: &'static str,
    /// `postMessage` on a disconnected port (h4, E2).
    pub disconnected: &'static str,
    /// A call from a world whose messaging was taken away (c3, E4). The call's name.
    pub withdrawn: &'static str,
    /// A call from a world whose extension is gone (i6, E5).
    pub invalidated: &'static str,
    /// A call without the permission it needs (i13). The call's name.
    pub not_permitted: &'static str,
    /// A call from a document in the back/forward cache.
    pub suspended: &'static str,
    /// The other side's page went into the back/forward cache (i2, E7).
    pub page_cached: &'static str,
    /// A request whose receiver went away, or let go of the reply, without answering. Whether a
    /// promise is rejected with it is [`Profile::unanswered_rejects`].
    pub unanswered: &'static str,
    /// A message of this kind of value cannot be sent (m2, E8). The kind.
    pub not_cloneable: &'static str,
    /// A symbol cannot be sent.
    pub symbol_not_cloneable: &'static str,
    /// A message nested too deeply for this host. The limit.
    pub too_deep: &'static str,
    /// What profiles that send JSON say instead of the three above.
    pub not_serialisable: &'static str,
    /// A message over the limit (m3, E9).
    pub too_large: &'static str,
    /// Any other limit of the router. Its name.
    pub limit: &'static str,
    /// `configureWorld` for one world too many (l2, E11). The limit.
    pub too_many_worlds: &'static str,
    /// A worldId that begins with `_` (l1, E10). The worldId.
    pub world_id_reserved: &'static str,
    /// A worldId that is too long (l1, E10). The worldId.
    pub world_id_too_long: &'static str,
    /// `connect` with a name that is not a string (n1, E12). The name.
    pub connect_name: &'static str,
    /// `connect` with an unknown member (n1, E13). The member.
    pub connect_property: &'static str,
    /// Arguments of the wrong types (n1, E15). The call's name.
    pub incorrect_arguments: &'static str,
    /// An extension id that is not the own one (n1, E14).
    pub extension_id: &'static str,
    /// `sendMessage` without a message.
    pub message_missing: &'static str,
    /// `sendMessage` with too many arguments.
    pub message_arguments: &'static str,
    /// `addListener` and the like with something that is no function (e8, E18). The event's name.
    pub invalid_listener: &'static str,
    /// `addListener` with more than a function (e8, E19). The event's name.
    pub event_arguments: &'static str,
}

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
    /// resolves with `undefined`. A callback finds the text in `lastError` either way.
    pub unanswered_rejects: bool,
    /// Which documents are kept when they are left (i2).
    pub page_cache: PageCache,
    /// After how many milliseconds without activity the browser stops a background (r9).
    pub idle_timeout: u64,
    /// Whether an open socket of its own keeps a background from being idle (r8).
    pub sockets_are_activity: bool,
    /// Whether documents in frames die before the one around them.
    pub frames_die_first: bool,
    /// Whether a document's sockets are closed as soon as it starts to leave (i15).
    pub leaving_closes_sockets: bool,
    /// Whether an extension that is switched on again runs its scripts in open documents (i7).
    pub reinjects: bool,
    /// Whether events have `hasListeners` (e2).
    pub has_listeners: bool,
    /// Whether `addListener` with something that is no function passes in silence (e8).
    pub lenient_listeners: bool,
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

const EXTENSION_MEMBERS: &[&str] = &[
    "runtime.id",
    "runtime.lastError",
    "runtime.connect",
    "runtime.sendMessage",
    "runtime.getURL",
    "runtime.getManifest",
    "runtime.reload",
    "runtime.onConnect",
    "runtime.onMessage",
    "runtime.onInstalled",
    "runtime.onStartup",
    "runtime.onSuspend",
    "action.onClicked",
    "browserAction.onClicked",
];
const USER_SCRIPT_MEMBERS: &[&str] = &[
    "runtime.onUserScriptConnect",
    "runtime.onUserScriptMessage",
    "userScripts.configureWorld",
    "userScripts.resetWorldConfiguration",
    "userScripts.getWorldConfigurations",
    "userScripts.register",
    "userScripts.update",
    "userScripts.unregister",
    "userScripts.getScripts",
];
/// What the extension sends to its tabs is not modelled, so the events are there and nothing fires them.
const CONTENT_SCRIPT_MEMBERS: &[&str] = &[
    "runtime.id",
    "runtime.lastError",
    "runtime.connect",
    "runtime.sendMessage",
    "runtime.getURL",
    "runtime.getManifest",
    "runtime.onConnect:silent",
    "runtime.onMessage:silent",
];
/// What worlds find in Chromium besides (a_seed, b1): names of constants, an event that nothing
/// fires, and what every page has.
const CHROMIUM_WORLD: &[&str] = &[
    "runtime.ContextType:empty",
    "runtime.OnInstalledReason:empty",
    "runtime.OnRestartRequiredReason:empty",
    "runtime.PlatformArch:empty",
    "runtime.PlatformNaclArch:empty",
    "runtime.PlatformOs:empty",
    "runtime.RequestUpdateCheckStatus:empty",
    "runtime.connect",
    "runtime.dynamicId:empty",
    "runtime.id",
    "runtime.lastError:hidden",
    "runtime.onConnect:silent",
    "runtime.onMessage:silent",
    "runtime.sendMessage",
    "csi:page",
    "loadTimes:page",
];
const CHROMIUM_SILENT_WORLD: &[&str] = &[
    "runtime.ContextType:empty",
    "runtime.OnInstalledReason:empty",
    "runtime.OnRestartRequiredReason:empty",
    "runtime.PlatformArch:empty",
    "runtime.PlatformNaclArch:empty",
    "runtime.PlatformOs:empty",
    "runtime.RequestUpdateCheckStatus:empty",
    "runtime.dynamicId:empty",
    "runtime.id",
    "runtime.lastError:hidden",
    "csi:page",
    "loadTimes:page",
];
const SURFACE: Surface = Surface {
    extension: EXTENSION_MEMBERS,
    content_script: CONTENT_SCRIPT_MEMBERS,
    user_scripts: USER_SCRIPT_MEMBERS,
    world: &["runtime.connect", "runtime.sendMessage"],
    silent_world: &[],
};

const STANDARD_TEXTS: Texts = Texts {
    no_receiver: "Could not establish connection. Receiving end does not exist.",
    disconnected: "Attempt to postMessage on disconnected port",
    withdrawn: "'{}' is not available in this context.",
    invalidated: "Extension context invalidated.",
    not_permitted: "'{}' needs the \"userScripts\" permission.",
    suspended: "The page is in the back/forward cache.",
    page_cached: "The page keeping the extension port is moved into back/forward cache, \
        so the message channel is closed.",
    unanswered: "The message channel closed before a response was received.",
    not_cloneable: "{} object could not be cloned.",
    symbol_not_cloneable: "Symbol object could not be cloned.",
    too_deep: "The message is nested more than {} levels deep.",
    not_serialisable: "Could not serialize message.",
    too_large: "Message exceeded maximum allowed size of 64MiB.",
    limit: "A limit was reached: {}.",
    too_many_worlds: "You may only configure up to {} individual user script worlds.",
    world_id_reserved: "Invalid worldId: {}",
    world_id_too_long: "Invalid worldId: {}",
    connect_name: "Type error for parameter connectInfo (Error processing name: Expected string \
        instead of {}) for runtime.connect.",
    connect_property: "Type error for parameter connectInfo (Unexpected property \"{}\") \
        for runtime.connect.",
    incorrect_arguments: "Incorrect argument types for {}.",
    extension_id: "extensionId is not supported",
    message_missing: "runtime.sendMessage's message argument is missing",
    message_arguments: "runtime.sendMessage received too many arguments",
    invalid_listener: "Invalid listener for {}.",
    event_arguments: "Incorrect argument types for {}.",
};

impl Profile {
    /// What MDN and the WebExtensions group describe, closed on the safe side where they are open.
    pub const STANDARD: Self = Self {
        name: "standard",
        rules: Rules::STANDARD,
        texts: STANDARD_TEXTS,
        surface: SURFACE,
        namespaces: &["browser", "chrome"],
        scheme: "extension",
        promise_replies: true,
        unanswered_rejects: true,
        page_cache: PageCache::Always,
        idle_timeout: 30_000,
        sockets_are_activity: true,
        frames_die_first: true,
        leaving_closes_sockets: false,
        reinjects: true,
        has_listeners: false,
        lenient_listeners: false,
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
        texts: Texts {
            disconnected: "Attempting to use a disconnected port object",
            not_permitted: "'{}' is not available in this context.",
            not_cloneable: "Could not serialize message.",
            symbol_not_cloneable: "Could not serialize message.",
            too_deep: "Could not serialize message.",
            unanswered: "The message port closed before a response was received.",
            world_id_reserved: "World IDs beginning with '_' are reserved.",
            world_id_too_long: "World IDs must be at most 256 characters.",
            extension_id: "Invalid extension id",
            ..STANDARD_TEXTS
        },
        surface: Surface { world: CHROMIUM_WORLD, silent_world: CHROMIUM_SILENT_WORLD, ..SURFACE },
        scheme: "chrome-extension",
        promise_replies: false,
        unanswered_rejects: false,
        reinjects: false,
        has_listeners: true,
        lenient_listeners: true,
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
        texts: Texts {
            not_permitted: "'{}' is not available in this context.",
            unanswered: STANDARD_TEXTS.no_receiver,
            ..STANDARD_TEXTS
        },
        scheme: "moz-extension",
        page_cache: PageCache::WithoutSockets,
        sockets_are_activity: false,
        frames_die_first: false,
        leaving_closes_sockets: true,
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

/// What the JavaScript side of the host needs to know of a profile.
#[derive(Serialize)]
pub(crate) struct ScriptProfile<'a> {
    texts: &'a Texts,
    codec: &'static str,
    namespaces: &'static [&'static str],
    port_error: bool,
    last_error: bool,
    promise_replies: bool,
    error_events: bool,
    has_listeners: bool,
    lenient_listeners: bool,
}

impl<'a> From<&'a Profile> for ScriptProfile<'a> {
    fn from(profile: &'a Profile) -> Self {
        let place = profile.rules.error_place;
        Self {
            texts: &profile.texts,
            codec: match profile.rules.payload_codec {
                PayloadCodec::Json => "json",
                PayloadCodec::StructuredClone => "structured_clone",
            },
            namespaces: profile.namespaces,
            port_error: matches!(place, ErrorPlace::Both | ErrorPlace::PortError),
            last_error: matches!(place, ErrorPlace::Both | ErrorPlace::LastError),
            promise_replies: profile.promise_replies,
            error_events: profile.error_events,
            has_listeners: profile.has_listeners,
            lenient_listeners: profile.lenient_listeners,
        }
    }
}

/// Puts a value where a text has `{}`.
pub(crate) fn fill(template: &str, value: &str) -> String {
    template.replacen("{}", value, 1)
}
