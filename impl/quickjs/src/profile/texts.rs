//! The texts that scripts get to see. `{}` stands for what the text is about.

use serde::Serialize;

use crate::patterns::PatternFault;

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
    /// A request whose receiver went away, or let go of the reply, without answering (o5, o6). Whether
    /// a promise is rejected with it is [`Profile::unanswered_rejects`](super::Profile).
    pub unanswered: &'static str,
    /// A message of this kind of value cannot be sent (m2, E8). The kind.
    pub not_cloneable: &'static str,
    /// A symbol cannot be sent: the error's name and its text, on two lines.
    pub symbol_not_cloneable: &'static str,
    /// The same for a symbol inside of something else.
    pub inner_symbol_not_cloneable: &'static str,
    /// The same for a symbol that `sendMessage` is to send (m4).
    pub sent_symbol_not_cloneable: &'static str,
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
    /// An extension id that cannot be addressed (n1, E14). The id.
    pub extension_id: &'static str,
    /// `sendMessage` without a message.
    pub message_missing: &'static str,
    /// `sendMessage` with too many arguments.
    pub message_arguments: &'static str,
    /// `sendMessage` with options that are none.
    pub message_options: &'static str,
    /// A world that addresses another extension.
    pub foreign_extension: &'static str,
    /// `addListener` and the like with something that is no function (e8, E18). The event's name.
    pub invalid_listener: &'static str,
    /// `addListener` with more than a function (e8, E19). The event's name.
    pub event_arguments: &'static str,
    /// A native function without all its arguments (m1, E16, E20).
    pub too_few: &'static str,
    /// A native function with an argument of the wrong kind (e8, E20). The place and the argument.
    pub conversion: &'static str,
    /// An event of a dead port that is read for the first time (d1, g5, E6). The event's name.
    pub dead_event: &'static str,
    /// A script's id that begins with `_` (l1). The id.
    pub script_id_reserved: &'static str,
    /// A script's id that is empty (l1).
    pub script_id_empty: &'static str,
    /// A script that is registered already. Its id.
    pub script_known: &'static str,
    /// One call that names a script twice. Its id.
    pub script_twice: &'static str,
    /// A script that is not registered. Its id.
    pub script_unknown: &'static str,
    /// A script without a pattern that says where it runs. Its id.
    pub script_matches: &'static str,
    /// A script whose list of patterns is empty, where globs do not stand in for one (k10). Its id.
    pub script_matches_empty: Option<&'static str>,
    /// What is said of a script's pattern that is none (k10); otherwise just the pattern.
    pub script_pattern: Option<PatternTexts>,
    /// A script's file that is not there (k10). The file.
    pub script_file: &'static str,
    /// A script without a source, where it needs one (k10). Its id.
    pub script_js_empty: Option<&'static str>,
    /// A source that is neither code nor a file, or both. The script's id.
    pub script_js: &'static str,
    /// A script of the page's own world with a worldId (l1).
    pub world_of_main: &'static str,
}

/// A script's pattern that is none, and the words for what is wrong with it (k10).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct PatternTexts {
    /// The whole: the script's id, the list, the place in it and the fault.
    pub whole: &'static str,
    /// [`PatternFault::EmptyHost`].
    pub empty_host: &'static str,
    /// [`PatternFault::EmptyPath`].
    pub empty_path: &'static str,
    /// [`PatternFault::HostWildcard`].
    pub host_wildcard: &'static str,
    /// [`PatternFault::NoSeparator`].
    pub no_separator: &'static str,
    /// [`PatternFault::Port`].
    pub port: &'static str,
    /// [`PatternFault::Scheme`].
    pub scheme: &'static str,
    /// [`PatternFault::Separator`].
    pub separator: &'static str,
}

impl PatternTexts {
    pub(crate) fn fault(&self, fault: PatternFault) -> &'static str {
        match fault {
            PatternFault::EmptyHost => self.empty_host,
            PatternFault::EmptyPath => self.empty_path,
            PatternFault::HostWildcard => self.host_wildcard,
            PatternFault::NoSeparator => self.no_separator,
            PatternFault::Port => self.port,
            PatternFault::Scheme => self.scheme,
            PatternFault::Separator => self.separator,
        }
    }
}

/// The first of these is recorded (k10); the others are Chromium's `URLPattern`.
const CHROMIUM_PATTERNS: PatternTexts = PatternTexts {
    whole: "Script with ID '{}' has invalid value for {}[{}]: {}",
    no_separator: "Missing scheme separator.",
    empty_host: "Host can not be empty.",
    empty_path: "Empty path.",
    host_wildcard: "Invalid host wildcard.",
    port: "Invalid port.",
    scheme: "Invalid scheme.",
    separator: "Wrong scheme type.",
};

pub(super) const STANDARD_TEXTS: Texts = Texts {
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
    symbol_not_cloneable: "DataCloneError\nSymbol object could not be cloned.",
    inner_symbol_not_cloneable: "DataCloneError\nSymbol object could not be cloned.",
    sent_symbol_not_cloneable: "DataCloneError\nSymbol object could not be cloned.",
    too_deep: "The message is nested more than {} levels deep.",
    not_serialisable: "Could not serialize message.",
    too_large: "Message exceeded maximum allowed size of 64MiB.",
    limit: "A limit was reached: {}.",
    too_many_worlds: "You may only configure up to {} individual user script worlds.",
    world_id_reserved: "Invalid worldId: {}",
    world_id_too_long: "Invalid worldId: {}",
    extension_id: "extensionId is not supported",
    message_missing: "runtime.sendMessage's message argument is missing",
    message_arguments: "runtime.sendMessage received too many arguments",
    message_options: "runtime.sendMessage's options argument is invalid",
    foreign_extension: "extensionId is not supported",
    invalid_listener: "Invalid listener for {}.",
    event_arguments: "Incorrect argument types for {}.",
    too_few: "Insufficient number of arguments.",
    conversion: "Error processing argument at index {}, conversion failure from {}",
    dead_event: "Failed to read the '{}' property from 'Object': Extension context invalidated.",
    script_id_reserved: "Invalid id for user script: \"{}\"",
    script_id_empty: "Invalid id for user script: \"\"",
    script_known: "User script with id \"{}\" is already registered.",
    script_twice: "User script with id \"{}\" is already registered.",
    script_unknown: "User script with id \"{}\" does not exist.",
    script_matches: "matches or includeGlobs must be specified for user script \"{}\"",
    script_matches_empty: None,
    script_pattern: None,
    script_file: "Could not load file: '{}'.",
    script_js_empty: Some("js of user script \"{}\" must be a list that is not empty"),
    script_js: "each js of user script \"{}\" must have either file or code",
    world_of_main: "worldId cannot be used with MAIN world.",
};

pub(super) const CHROMIUM_TEXTS: Texts = Texts {
    disconnected: "Attempting to use a disconnected port object",
    not_permitted: "'{}' is not available in this context.",
    not_cloneable: "Could not serialize message.",
    too_deep: "Could not serialize message.",
    unanswered: "The message port closed before a response was received.",
    world_id_reserved: "World IDs beginning with '_' are reserved.",
    world_id_too_long: "World IDs must be at most 256 characters.",
    extension_id: "Invalid extension id: '{}'",
    foreign_extension: "User scripts may not message external extensions.",
    event_arguments: "This event does not support filters",
    script_id_reserved: "Script's ID '{}' must not start with '_'",
    script_id_empty: "Script's ID must not be empty",
    script_known: "Duplicate script ID '{}'",
    script_twice: "Duplicate script ID '{}'",
    script_unknown: "Nonexistent script ID '{}'",
    script_matches: "User script with ID '{}' must specify 'matches'.",
    script_matches_empty: Some("Script with ID '{}' must specify at least one match."),
    script_pattern: Some(CHROMIUM_PATTERNS),
    script_file: "Could not load javascript '{}' for script.",
    script_js_empty: Some("User script with ID '{}' must specify at least one js source."),
    script_js: "User script with ID '{}' must specify exactly one of 'code' or 'file' as a js \
        source.",
    world_of_main: "World ID can only be specified for USER_SCRIPT worlds.",
    ..STANDARD_TEXTS
};

pub(super) const FIREFOX_TEXTS: Texts = Texts {
    unanswered: STANDARD_TEXTS.no_receiver,
    not_permitted: "'{}' is not available in this context.",
    symbol_not_cloneable: "InvalidStateError\nAn exception was thrown",
    inner_symbol_not_cloneable: "DataCloneError\nunsupported type for structured data",
    sent_symbol_not_cloneable: "Error\nAn unexpected error occurred",
    script_id_reserved: "Invalid id for RegisteredUserScript.",
    script_id_empty: "Invalid id for RegisteredUserScript.",
    script_twice: "Duplicate script id: {}",
    script_matches: "matches or includeGlobs must be specified.",
    script_js_empty: None,
    ..STANDARD_TEXTS
};

/// Puts a value where a text has `{}`.
pub(crate) fn fill(template: &str, value: &str) -> String {
    fill_all(template, &[value])
}

/// Puts values where a text has `{}`, one after the other; what values say is never a place.
pub(crate) fn fill_all(template: &str, values: &[&str]) -> String {
    let mut parts = template.split("{}");
    let mut text = parts.next().unwrap_or_default().to_owned();
    for (place, part) in parts.enumerate() {
        text.push_str(values.get(place).unwrap_or(&"{}"));
        text.push_str(part);
    }
    text
}
