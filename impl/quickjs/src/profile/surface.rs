//! Which members of the extension API each kind of context has.

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
    /// Namespaces and members that are there only while the `userScripts` permission is held
    /// (i13).
    pub permitted: &'static [&'static str],
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
pub(super) const CHROMIUM_WORLD: &[&str] = &[
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
pub(super) const CHROMIUM_SILENT_WORLD: &[&str] = &[
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
pub(super) const SURFACE: Surface = Surface {
    extension: EXTENSION_MEMBERS,
    content_script: CONTENT_SCRIPT_MEMBERS,
    user_scripts: USER_SCRIPT_MEMBERS,
    world: &["runtime.connect", "runtime.sendMessage"],
    silent_world: &[],
    permitted: &[],
};
