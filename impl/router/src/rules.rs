//! Rules: every point on which browsers differ, as a named choice.
//!
//! A profile is a constant made of choices; no code asks which browser it is. Each choice names the
//! recorded scenarios that show it (files of `browsers/scenarios`). `standard` takes what MDN and
//! the WebExtensions group describe and, where they are silent, the safe side.

macro_rules! rules {
    ($(
        $(#[$rule_doc:meta])*
        $rule:ident { $( $(#[$choice_doc:meta])* $choice:ident ),+ $(,)? }
    )+) => {$(
        $(#[$rule_doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
        pub enum $rule {
            $( $(#[$choice_doc])* $choice, )+
        }
    )+};
}

rules! {
    /// What happens to a document's ports when it enters the back/forward cache
    /// (`i2_navigate_and_back`, `i2b_bfcache_sockets_closed`).
    CacheEntry {
        /// The channel closes, the other side is told at once, the page when it is restored.
        ClosesBothTold,
        /// The other side is told with [`PortError::PageCached`](crate::PortError::PageCached); the
        /// page's own end is dead and never told.
        ClosesOtherTold,
        /// Ports stay; messages to the cached page are dropped; a close meanwhile is silent.
        KeepsPort,
    }
    /// Where the error of a closed port can be read. Applied by the host (`d1_no_listener`).
    ErrorPlace {
        /// In `runtime.lastError` and `port.error`.
        Both,
        /// In `runtime.lastError` only.
        LastError,
        /// In `port.error` only.
        PortError,
    }
    /// What an opener hears of a channel that nobody accepted, if it has disconnected before it could
    /// hear (`d3_no_listener_two_pages`, `d2_only_other_listeners`).
    FailedConnect {
        /// Its closed port is told the error all the same.
        ReportedOnClosedPort,
        /// Nothing.
        Silent,
    }
    /// Whether messages may be delivered while some context has not answered the connect event
    /// (`j4_connects_in_one_go`, `g1_opener_posts_early`).
    Held {
        /// Messages wait until every context has answered the connect event.
        ConnectsFirst,
        /// Connect events and messages keep one order.
        OneOrder,
    }
    /// What a named world without a configuration of its own gets (`k2_default_true`,
    /// `k4_named_false_default_true_reset`).
    Inheritance {
        /// The default world's configuration.
        Inherits,
        /// Messaging is off.
        Off,
    }
    /// What the listener sets of a closed port are (`d1_no_listener`, `g5_late_onDisconnect`,
    /// `h4_after_opener_disconnect`).
    ListenersAfterClose {
        /// Emptied when the port closes, and adding does nothing any more.
        Cleared,
        /// Kept, and still changeable.
        Kept,
    }
    /// What a throwing `onUserScriptMessage` listener does to the request (`o1_sendMessage_reply`).
    ListenerThrow {
        /// Nothing: the answer counts as silence.
        Ignored,
        /// The request is rejected.
        Rejects,
    }
    /// What an absent member of a `configureWorld` call means (`b3_configure_without_messaging`).
    OmittedMember {
        /// Its default: messaging off, no content security policy.
        Default,
        /// The value it had.
        KeepsOld,
    }
    /// How a message is copied. Applied by the host (`m1_payloads_from_user_script`,
    /// `m5_structured_clone_manifest`).
    PayloadCodec {
        /// As JSON text.
        Json,
        /// By structured clone.
        StructuredClone,
    }
    /// What happens when the context of one of several receivers dies (`f4_page_closed`). One that had
    /// not accepted yet has only declined, whatever the rule.
    ReceiverDeath {
        /// The channel closes: the opener is told, and the other receivers once it has heard.
        ClosesOthersTold,
        /// It leaves; the opener is told when the last one leaves.
        Leaves,
    }
    /// What happens when one of several receivers disconnects (`f2_disconnect_one_then_other`,
    /// `f11_post_in_listener_from_each`).
    ReceiverDisconnect {
        /// The channel closes: the opener is told, and the other receivers once it has heard,
        /// behind what it posts until then.
        ClosesOthersTold,
        /// The channel closes, the opener is told, the other receivers keep a dead port.
        ClosesOthersUntold,
        /// It leaves; the opener is told when the last one leaves.
        Leaves,
    }
    /// What a listener that was removed while its event is being dispatched gets
    /// (`e5_change_during_dispatch`, `e6_port_onmessage_listeners`).
    RemovedDuringDispatch {
        /// It is not called.
        Skipped,
        /// It is still called.
        StillCalled,
    }
    /// What revoking the `userScripts` permission does (`i13_permission_revoked`).
    Revocation {
        /// The listeners go; open channels go on.
        ListenersRemoved,
        /// The listeners go and the user scripts' channels are closed.
        ListenersRemovedChannelsClosed,
        /// Nothing to what exists; listeners still come and go.
        Nothing,
    }
    /// What a listener that answers nothing does to the request (`o1_sendMessage_reply`).
    SilentAnswer {
        /// A user script's request waits for ever, another sender's resolves with `undefined`
        /// (`q1_content_script`).
        LeavesUserScriptsPending,
        /// The request resolves with `undefined`.
        ResolvesUndefined,
    }
    /// What happens to worlds and content scripts when their extension is unloaded
    /// (`i6_extension_reload`, `i7_extension_disabled`, `i8_uninstalled`).
    Unload {
        /// They are destroyed.
        WorldsDestroyed,
        /// Their ports close and they are told; then every call is refused.
        WorldsTold,
    }
    /// What taking messaging away does to live world instances (`c1_true_then_false`,
    /// `c3_false_leaks_to_same_process`, `c4_false_with_csp`).
    Withdrawal {
        /// A configuration with a content security policy reaches living instances at once, one
        /// without when the same world starts in another document of the same tab, which stands
        /// for the process in which Chromium keeps such settings. Either gives calls back as it
        /// takes them. A reset refuses calls at once. Ports live on.
        AfterResetOrInjection,
        /// Calls are refused at once, ports close, and nothing more is delivered.
        AtOnce,
        /// Nothing: an instance keeps what it started with.
        Never,
    }
    /// In what the length of a worldId is counted (`l1_world_names`).
    WorldIdLength {
        /// UTF-8 bytes.
        Bytes,
        /// UTF-16 code units.
        Utf16,
    }
    /// What an injection gets that needs one world too many in a document (`l2_many_worlds`).
    WorldOverflow {
        /// It is refused.
        Refused,
        /// It runs in the default world.
        RunsInDefault,
    }
}

/// One choice for every rule, and the three limits that browsers share.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Rules {
    /// See [`CacheEntry`].
    pub cache_entry: CacheEntry,
    /// How many worlds an extension may configure (`l2_many_worlds`); `None`: the router's own
    /// limit.
    pub configured_worlds: Option<usize>,
    /// See [`ErrorPlace`]. Applied by the host.
    pub error_place: ErrorPlace,
    /// See [`FailedConnect`].
    pub failed_connect: FailedConnect,
    /// See [`Held`].
    pub held: Held,
    /// See [`Inheritance`].
    pub inheritance: Inheritance,
    /// See [`ListenerThrow`].
    pub listener_throw: ListenerThrow,
    /// See [`ListenersAfterClose`].
    pub listeners_after_close: ListenersAfterClose,
    /// The largest message in bytes (`m3_large`, `m6_huge`); `None`: the router's own limit.
    pub message_bytes: Option<usize>,
    /// See [`OmittedMember`].
    pub omitted_member: OmittedMember,
    /// See [`PayloadCodec`]. Applied by the host.
    pub payload_codec: PayloadCodec,
    /// See [`ReceiverDeath`].
    pub receiver_death: ReceiverDeath,
    /// See [`ReceiverDisconnect`].
    pub receiver_disconnect: ReceiverDisconnect,
    /// See [`RemovedDuringDispatch`].
    pub removed_during_dispatch: RemovedDuringDispatch,
    /// See [`Revocation`].
    pub revocation: Revocation,
    /// See [`SilentAnswer`].
    pub silent_answer: SilentAnswer,
    /// See [`Unload`].
    pub unload: Unload,
    /// See [`Withdrawal`].
    pub withdrawal: Withdrawal,
    /// See [`WorldIdLength`]. Applied where a [`WorldId`](crate::WorldId) is made.
    pub world_id_length: WorldIdLength,
    /// See [`WorldOverflow`].
    pub world_overflow: WorldOverflow,
    /// How many worlds of one extension one document may have (`l2_many_worlds`); `None`: the
    /// router's own limit.
    pub worlds_per_document: Option<usize>,
}

impl Rules {
    /// What MDN and the WebExtensions group describe, closed on the safe side where they are open.
    pub const STANDARD: Self = Self {
        cache_entry: CacheEntry::ClosesBothTold,
        configured_worlds: Some(100),
        error_place: ErrorPlace::Both,
        failed_connect: FailedConnect::Silent,
        held: Held::OneOrder,
        inheritance: Inheritance::Inherits,
        listener_throw: ListenerThrow::Rejects,
        listeners_after_close: ListenersAfterClose::Kept,
        message_bytes: Some(64 * 1024 * 1024),
        omitted_member: OmittedMember::Default,
        payload_codec: PayloadCodec::StructuredClone,
        receiver_death: ReceiverDeath::Leaves,
        receiver_disconnect: ReceiverDisconnect::Leaves,
        removed_during_dispatch: RemovedDuringDispatch::Skipped,
        revocation: Revocation::ListenersRemovedChannelsClosed,
        silent_answer: SilentAnswer::ResolvesUndefined,
        unload: Unload::WorldsTold,
        withdrawal: Withdrawal::AtOnce,
        world_id_length: WorldIdLength::Utf16,
        world_overflow: WorldOverflow::Refused,
        worlds_per_document: Some(10),
    };

    /// What Chromium 156 was recorded to do.
    pub const CHROMIUM: Self = Self {
        cache_entry: CacheEntry::ClosesOtherTold,
        configured_worlds: Some(100),
        error_place: ErrorPlace::LastError,
        failed_connect: FailedConnect::Silent,
        held: Held::OneOrder,
        inheritance: Inheritance::Off,
        listener_throw: ListenerThrow::Ignored,
        listeners_after_close: ListenersAfterClose::Cleared,
        message_bytes: Some(64 * 1024 * 1024),
        omitted_member: OmittedMember::KeepsOld,
        payload_codec: PayloadCodec::Json,
        receiver_death: ReceiverDeath::Leaves,
        receiver_disconnect: ReceiverDisconnect::ClosesOthersUntold,
        removed_during_dispatch: RemovedDuringDispatch::StillCalled,
        revocation: Revocation::Nothing,
        silent_answer: SilentAnswer::LeavesUserScriptsPending,
        unload: Unload::WorldsTold,
        withdrawal: Withdrawal::AfterResetOrInjection,
        world_id_length: WorldIdLength::Bytes,
        world_overflow: WorldOverflow::RunsInDefault,
        worlds_per_document: Some(10),
    };

    /// What Firefox 153 ESR was recorded to do.
    pub const FIREFOX: Self = Self {
        cache_entry: CacheEntry::KeepsPort,
        configured_worlds: None,
        error_place: ErrorPlace::PortError,
        failed_connect: FailedConnect::ReportedOnClosedPort,
        held: Held::ConnectsFirst,
        inheritance: Inheritance::Inherits,
        listener_throw: ListenerThrow::Rejects,
        listeners_after_close: ListenersAfterClose::Kept,
        message_bytes: None,
        omitted_member: OmittedMember::Default,
        payload_codec: PayloadCodec::StructuredClone,
        receiver_death: ReceiverDeath::ClosesOthersTold,
        receiver_disconnect: ReceiverDisconnect::ClosesOthersTold,
        removed_during_dispatch: RemovedDuringDispatch::Skipped,
        revocation: Revocation::ListenersRemoved,
        silent_answer: SilentAnswer::ResolvesUndefined,
        unload: Unload::WorldsDestroyed,
        withdrawal: Withdrawal::Never,
        world_id_length: WorldIdLength::Utf16,
        world_overflow: WorldOverflow::Refused,
        worlds_per_document: None,
    };
}

impl Default for Rules {
    fn default() -> Self {
        Self::STANDARD
    }
}
