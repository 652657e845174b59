//! What browsers disagree on, as named choices; a profile is a constant made of them.
//!
//! Nobody asks which browser this is: [`next`](crate::next) asks for the one choice that it needs. Each
//! choice names the recorded scenarios that show it. Two rows are the host's to apply, because the model
//! sees no payload and no text: [`PayloadCodec`] and [`ErrorPlace`]; [`WorldIdLength`] and `message_bytes`
//! are applied where there are strings and bytes, in the router. The message *texts* are the host's data.

macro_rules! choice {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
        pub enum $name { $($(#[$vdoc])* $variant,)* }

        impl $name {
            /// Every variant, for tables and tests.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];
        }
    };
}

choice! {
    /// A document enters the back/forward cache (`i2_navigate_and_back`, `i2b_bfcache_sockets_closed`).
    CacheEntry {
        /// The channel closes; the other side is told, and the page when it is restored.
        ClosesBothTold,
        /// The channel closes; the other side is told with an error, the page's port is dead without an event.
        ClosesOtherTold,
        /// The port is kept; messages to the cached page are dropped.
        KeepsPort,
    }
}

choice! {
    /// Where a script finds the error of a port that could not connect (`d1_no_listener`).
    ErrorPlace {
        /// `runtime.lastError` and `port.error`.
        Both,
        /// `runtime.lastError` while `onDisconnect` runs.
        LastError,
        /// `port.error`.
        PortError,
    }
}

choice! {
    /// Nobody accepts, and the opener has called `disconnect()` before it heard (`d3_no_listener_two_pages`, `d2_only_other_listeners`).
    FailedConnect {
        /// Its closed port is told the error all the same.
        ReportedOnClosedPort,
        /// It hears nothing.
        Silent,
    }
}

choice! {
    /// Messages posted while the channel is opening (`j4_connects_in_one_go`).
    Held {
        /// Each receiver gets connects first; messages wait until all receivers have answered.
        ConnectsFirst,
        /// Each receiver gets the connect and the messages in the order in which they were made.
        OneOrder,
    }
}

choice! {
    /// A named world without a configuration of its own (`k2_default_true`, `k4_named_false_default_true_reset`).
    Inheritance {
        /// It has the default world's.
        Inherits,
        /// It has messaging off.
        Off,
    }
}

choice! {
    /// The listener sets of a port after it has closed (`d1_no_listener`, `g5_late_onDisconnect`, `h4_after_opener_disconnect`).
    ListenersAfterClose {
        /// Emptied; adding does nothing.
        Cleared,
        /// Kept: `hasListener` still answers as before.
        Kept,
    }
}

choice! {
    /// An `onUserScriptMessage` listener throws (`o1_sendMessage_reply`).
    ListenerThrow {
        /// As if it had answered nothing.
        Ignored,
        /// The sender's promise is rejected.
        Rejects,
    }
}

choice! {
    /// A member that `configureWorld` leaves out (`b3_configure_without_messaging`).
    OmittedMember {
        /// Takes its default: `messaging` is off.
        Default,
        /// Keeps its old value.
        KeepsOld,
    }
}

choice! {
    /// What a message becomes on its way (`m1_payloads_from_user_script`, `m5_structured_clone_manifest`). Applied by the host.
    PayloadCodec {
        /// JSON text.
        Json,
        /// Structured clone.
        StructuredClone,
    }
}

choice! {
    /// The context of one of several receivers dies (`f4_page_closed`). One that had not accepted yet has
    /// only declined, whatever the rule.
    ReceiverDeath {
        /// The channel closes: the opener is told, and the other receivers once it has heard.
        ClosesOthersTold,
        /// It leaves; the opener is told when the last one leaves.
        Leaves,
    }
}

choice! {
    /// One of several receivers calls `disconnect()` (`f2_disconnect_one_then_other`, `f11_post_in_listener_from_each`).
    ReceiverDisconnect {
        /// The channel closes: the opener is told, and the other receivers once it has heard, behind what it posts until then.
        ClosesOthersTold,
        /// The channel closes; the opener is told, the others keep a dead port and hear nothing.
        ClosesOthersUntold,
        /// It leaves; the opener is told when the last one leaves.
        Leaves,
    }
}

choice! {
    /// A listener removed while its event is being dispatched (`e5_change_during_dispatch`, `e6_port_onmessage_listeners`).
    RemovedDuringDispatch {
        /// Not called.
        Skipped,
        /// Still called in this dispatch.
        StillCalled,
    }
}

choice! {
    /// The `userScripts` permission is revoked (`i13_permission_revoked`).
    Revocation {
        /// User-script listeners are removed; open channels go on.
        ListenersRemoved,
        /// User-script listeners are removed and user-script channels closed.
        ListenersRemovedChannelsClosed,
        /// Open channels, listeners and worlds go on, and listeners still come and go.
        Nothing,
    }
}

choice! {
    /// All `onUserScriptMessage` listeners answer nothing (`o1_sendMessage_reply`).
    SilentAnswer {
        /// A user script's promise stays pending, and a late `sendResponse` still settles it; that of
        /// another sender resolves with `undefined` (`q1_content_script`).
        LeavesUserScriptsPending,
        /// The sender's promise resolves with `undefined`.
        ResolvesUndefined,
    }
}

choice! {
    /// The extension is unloaded while its worlds live (`i6_extension_reload`, `i7_extension_disabled`, `i8_uninstalled`).
    Unload {
        /// Worlds end at once and hear nothing.
        WorldsDestroyed,
        /// Worlds are told by `onDisconnect`, then every call of theirs is refused.
        WorldsTold,
    }
}

choice! {
    /// Messaging is taken away from a living world (`c1_true_then_false`, `c3_false_leaks_to_same_process`, `c4_false_with_csp`).
    Withdrawal {
        /// What a configuration says reaches living instances at once where it has a policy, and otherwise when the same world starts in another document of the same tab; it gives calls back as it takes them. A reset refuses calls at once. Ports live on.
        AfterResetOrInjection,
        /// At once: calls are refused, ports closed, nothing more is delivered.
        AtOnce,
        /// Never: the world keeps what it started with.
        Never,
    }
}

choice! {
    /// In what the length of a `worldId` (256 at most) is counted (`l1_world_names`). Applied by the router.
    WorldIdLength {
        /// UTF-8 bytes.
        Bytes,
        /// UTF-16 code units.
        Utf16,
    }
}

choice! {
    /// A script for one world more than a document may have (`l2_many_worlds`).
    WorldOverflow {
        /// Refused with a limit.
        Refused,
        /// It runs in the default world.
        RunsInDefault,
    }
}

/// One choice for each thing that browsers disagree on.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs, reason = "each field is documented by its type")]
pub struct Rules {
    pub cache_entry: CacheEntry,
    pub error_place: ErrorPlace,
    pub failed_connect: FailedConnect,
    pub held: Held,
    pub inheritance: Inheritance,
    pub listener_throw: ListenerThrow,
    pub listeners_after_close: ListenersAfterClose,
    pub omitted_member: OmittedMember,
    pub payload_codec: PayloadCodec,
    pub receiver_death: ReceiverDeath,
    pub receiver_disconnect: ReceiverDisconnect,
    pub removed_during_dispatch: RemovedDuringDispatch,
    pub revocation: Revocation,
    pub silent_answer: SilentAnswer,
    pub unload: Unload,
    pub withdrawal: Withdrawal,
    pub world_id_length: WorldIdLength,
    pub world_overflow: WorldOverflow,
    /// Worlds of one extension that may be configured at once; `None` is no limit (`l2_many_worlds`).
    pub configured_worlds: Option<u16>,
    /// World instances of one extension in one document; `None` is no limit (`l2_many_worlds`).
    pub worlds_per_document: Option<u16>,
}
