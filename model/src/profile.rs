//! The profiles: constants made of rule choices.

use crate::rules::{
    CacheEntry, ErrorPlace, FailedConnect, Held, Inheritance, ListenerThrow, ListenersAfterClose,
    OmittedMember, PayloadCodec, ReceiverDeath, ReceiverDisconnect, RemovedDuringDispatch,
    Revocation, Rules, SilentAnswer, Unload, Withdrawal, WorldIdLength, WorldOverflow,
};

/// A named set of rules.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "lowercase"))]
pub enum Profile {
    /// Chromium 156, as recorded.
    Chromium,
    /// Firefox 153 ESR, as recorded.
    Firefox,
    /// What MDN and the WebExtensions group describe, closed where they are open, on the safe side.
    Standard,
}

impl Profile {
    /// Every profile, the default first.
    pub const ALL: [Self; 3] = [Self::Standard, Self::Chromium, Self::Firefox];

    /// Its rules.
    #[must_use]
    pub const fn rules(self) -> &'static Rules {
        match self {
            Self::Chromium => &Rules::CHROMIUM,
            Self::Firefox => &Rules::FIREFOX,
            Self::Standard => &Rules::STANDARD,
        }
    }

    /// Its name on a command line.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Chromium => "chromium",
            Self::Firefox => "firefox",
            Self::Standard => "standard",
        }
    }
}

impl Rules {
    /// The profile `standard`.
    pub const STANDARD: Self = Self {
        cache_entry: CacheEntry::ClosesBothTold,
        error_place: ErrorPlace::Both,
        failed_connect: FailedConnect::Silent,
        held: Held::OneOrder,
        inheritance: Inheritance::Inherits,
        listener_throw: ListenerThrow::Rejects,
        listeners_after_close: ListenersAfterClose::Kept,
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
        configured_worlds: Some(100),
        worlds_per_document: Some(10),
    };

    /// The profile `chromium`.
    pub const CHROMIUM: Self = Self {
        cache_entry: CacheEntry::ClosesOtherTold,
        error_place: ErrorPlace::LastError,
        failed_connect: FailedConnect::Silent,
        held: Held::OneOrder,
        inheritance: Inheritance::Off,
        listener_throw: ListenerThrow::Ignored,
        listeners_after_close: ListenersAfterClose::Cleared,
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
        configured_worlds: Some(100),
        worlds_per_document: Some(10),
    };

    /// The profile `firefox`.
    pub const FIREFOX: Self = Self {
        cache_entry: CacheEntry::KeepsPort,
        error_place: ErrorPlace::PortError,
        failed_connect: FailedConnect::ReportedOnClosedPort,
        held: Held::ConnectsFirst,
        inheritance: Inheritance::Inherits,
        listener_throw: ListenerThrow::Rejects,
        listeners_after_close: ListenersAfterClose::Kept,
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
        configured_worlds: None,
        worlds_per_document: None,
    };
}
