//! Limits: how much of anything a context, an extension or the whole router may hold.
//!
//! The defaults are so generous that ordinary use never meets them; they are there so that a
//! hostile or a slow context costs only itself. What a context may hold is therefore a small part
//! of what its extension may, and what one context may open to another a small part of what the
//! other may be offered. Three limits that browsers share are in [`Rules`](crate::Rules); the
//! smaller of the two counts. A limit is always the last reason for which a call is refused.

use core::fmt;

macro_rules! limits {
    ($($(#[$doc:meta])* $field:ident $kind:ident $text:literal = $default:expr;)*) => {
        /// How much may be held. Set when the router is made.
        #[derive(Clone, Debug, PartialEq, Eq)]
        #[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
        pub struct Limits {
            $( $(#[$doc])* pub $field: usize, )*
        }

        impl Limits {
            /// The defaults, which each limit names.
            pub const DEFAULT: Self = Self { $( $field: $default, )* };

            /// Every limit, for tables: its name, its default, and what it limits.
            pub const ALL: &'static [(LimitKind, &'static str, usize)] =
                &[$( (LimitKind::$kind, stringify!($field), $default), )*];
        }

        /// Which limit was reached.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
        pub enum LimitKind {
            $(
                #[doc = concat!("[`Limits::", stringify!($field), "`].")]
                $kind,
            )*
        }

        impl fmt::Display for LimitKind {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(match self {
                    $( Self::$kind => $text, )*
                })
            }
        }
    };
}

limits! {
    /// Documents that one frame may have in the back/forward cache: 50. Chromium's session history
    /// has 50 entries a tab (`kMaxSessionHistoryEntries`), and its cache and Firefox's hold fewer.
    cached_documents CachedDocuments "cached documents of a frame" = 50;
    /// Channels that one context may have opened, those included that it let go of and whose
    /// receivers did not: 65,536. A sixteenth of [`ports`](Self::ports), so that no one context can
    /// use up the ports of another. No browser is known to have a limit.
    channels Channels "channels of a context" = 1 << 16;
    /// Worlds that an extension may configure: 65,536, and 100 by
    /// [`Rules::configured_worlds`](crate::Rules::configured_worlds), which is Chromium's limit
    /// (`l2_many_worlds`).
    configured_worlds ConfiguredWorlds "configured worlds" = 1 << 16;
    /// Listeners of one context in all its sets: 4,194,304, which is two sets of two for each of
    /// its ports.
    context_listeners ContextListeners "listeners of a context" = 1 << 22;
    /// Contexts of all kinds in the router: 16,777,216.
    contexts Contexts "contexts" = 1 << 24;
    /// Documents in the router, active and cached: 16,777,216.
    documents Documents "documents" = 1 << 24;
    /// Bytes that may be under way in one extension, beyond the
    /// [`FREE_BYTES`](Self::FREE_BYTES) of each of its contexts: 4 GiB less one. It is granted to
    /// contexts in steps, at most 1 MiB more than they need.
    extension_bytes ExtensionBytes "bytes under way in an extension" = u32::MAX as usize;
    /// Messages that may be under way in one extension, beyond the
    /// [`FREE_MESSAGES`](Self::FREE_MESSAGES) of each of its contexts: 1,048,576. It is granted to
    /// contexts in steps, at most 1,024 more than they need.
    extension_messages ExtensionMessages "messages under way in an extension" = 1 << 20;
    /// One-time messages of one extension whose reply is still to come, or that a receiver may still
    /// answer: 1,048,576.
    extension_requests ExtensionRequests "requests of an extension" = 1 << 20;
    /// Extensions, loaded or still remembered by a world: 1,048,576.
    extensions Extensions "extensions" = 1 << 20;
    /// Child frames below one top-level document, at any depth: 1,000, as in Chromium
    /// (`kMaxNumberOfFrames`).
    frames Frames "frames of a page" = 1_000;
    /// Bytes that one context may have under way to receivers that cannot get them yet, because they
    /// are starting or have not answered: 1 GiB, as much as one message may have (`m6_huge`: Firefox
    /// takes 300 MB). They count as [`queued_bytes`](Self::queued_bytes) too.
    held_bytes HeldBytes "held bytes" = 1 << 30;
    /// Messages that one context may have under way to receivers that cannot get them yet: 65,536.
    /// They count as [`queued_messages`](Self::queued_messages) too.
    held_messages HeldMessages "held messages" = 1 << 16;
    /// Listeners in one set: 4,096.
    listeners Listeners "listeners in a set" = 1 << 12;
    /// Bytes in one message: 1 GiB, and 64 MiB by
    /// [`Rules::message_bytes`](crate::Rules::message_bytes), which is Chromium's limit
    /// (`m3_large`).
    message_bytes MessageBytes "bytes in a message" = 1 << 30;
    /// UTF-8 bytes in the name of a channel: 65,536. No browser is known to have a limit.
    name_bytes NameBytes "bytes in a name" = 1 << 16;
    /// Open pages of one extension: 4,096. Each is offered every channel of its extension.
    pages Pages "pages of an extension" = 1 << 12;
    /// UTF-8 bytes in the content security policy of a world: 65,536.
    policy_bytes PolicyBytes "bytes in a policy" = 1 << 16;
    /// Ports of one context, open, offered, or closed and not yet released: 1,048,576. Reached by the
    /// opener, or by a context that would be offered the channel.
    ports Ports "ports of a context" = 1 << 20;
    /// Bytes that may be under way on the account of one context: what waits, either way, in the
    /// channels that it opened, and its one-time messages and their replies. 1 GiB, as much as one
    /// message may have (`m6_huge`). Messages held earlier, which cannot be refused any more
    /// when they are copied to several receivers, may exceed it.
    queued_bytes QueuedBytes "queued bytes of a context" = 1 << 30;
    /// Messages that may be under way on the account of one context: 65,536. Messages held earlier may
    /// exceed it.
    queued_messages QueuedMessages "queued messages of a context" = 1 << 16;
    /// One-time messages of one context whose reply is still to come: 65,536.
    requests Requests "requests of a context" = 1 << 16;
    /// UTF-8 bytes in a URL, an origin or an extension's id: 2 MiB, as in Chromium (`kMaxURLChars`).
    url_bytes UrlBytes "bytes in a url" = 1 << 21;
    /// Channels and one-time messages that may wait for the background of one extension to start:
    /// 1,048,576.
    waiting Waiting "what waits for a background" = 1 << 20;
    /// Worlds of one extension in one document: 65,536, and 10 by
    /// [`Rules::worlds_per_document`](crate::Rules::worlds_per_document), which is Chromium's limit
    /// (`l2_many_worlds`).
    worlds_per_document WorldsPerDocument "worlds in a document" = 1 << 16;
}

impl Limits {
    /// Messages that each context may have under way without its extension counting them.
    pub const FREE_MESSAGES: usize = 64;

    /// Bytes that each context may have under way without its extension counting them.
    pub const FREE_BYTES: usize = 1 << 16;
}

impl Default for Limits {
    fn default() -> Self {
        Self::DEFAULT
    }
}
