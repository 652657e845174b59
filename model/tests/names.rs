//! How ids and refusals read: counterexamples and pages are made of them.

use std::collections::BTreeSet;

use worldport_model::{
    ChannelId, ContextId, DocumentId, ExtensionId, FrameId, Limit, ListenerId, Message, PortId,
    Profile, Records, Refusal, RequestId, WorldId,
};

#[test]
fn an_id_says_what_it_names() {
    let shown = [
        ChannelId(1).to_string(),
        ContextId(2).to_string(),
        DocumentId(3).to_string(),
        ExtensionId(4).to_string(),
        FrameId(5).to_string(),
        ListenerId(6).to_string(),
        RequestId(7).to_string(),
        format!("{:?}", Message(8)),
        format!("{:?}", WorldId::Default),
        format!("{:?}", WorldId::Named(9)),
        format!("{:?}", PortId::Opener(ChannelId(1))),
        format!("{:?}", PortId::Receiver(ChannelId(1), ContextId(2))),
    ];
    let expected = [
        "channel#1",
        "context#2",
        "document#3",
        "extension#4",
        "frame#5",
        "listener#6",
        "request#7",
        "message 8",
        "world@default",
        "world@9",
        "channel#1.opener",
        "channel#1.receiver@context#2",
    ];
    assert_eq!(shown, expected);
}

#[test]
fn a_profile_has_the_name_of_the_browser() {
    assert_eq!(Profile::ALL.map(Profile::name), ["standard", "chromium", "firefox"]);
}

#[test]
fn records_read_like_a_map() {
    let records: Records<ChannelId, Message> = [(ChannelId(0), Message(1))].into_iter().collect();
    assert_eq!(format!("{records:?}"), "{channel#0: message 1}");
}

#[test]
fn every_refusal_reads_otherwise() {
    let refusals = [
        Refusal::AlreadyUnloaded,
        Refusal::Busy,
        Refusal::ContextInvalidated,
        Refusal::Disconnected,
        Refusal::ExtensionUnloaded,
        Refusal::ForeignPort,
        Refusal::ForeignRequest,
        Refusal::Idle,
        Refusal::InUse,
        Refusal::Limit(Limit::ConfiguredWorlds),
        Refusal::Limit(Limit::Ids),
        Refusal::Limit(Limit::WorldsPerDocument),
        Refusal::MessagingAbsent,
        Refusal::MessagingWithdrawn,
        Refusal::NoBackground,
        Refusal::NoSuchContext,
        Refusal::NoSuchDocument,
        Refusal::NoSuchExtension,
        Refusal::NoSuchPort,
        Refusal::NoSuchRequest,
        Refusal::NotAPage,
        Refusal::NotAvailable,
        Refusal::NotCached,
        Refusal::NotPermitted,
        Refusal::NotRunning,
        Refusal::NotStarting,
        Refusal::NotStopped,
        Refusal::NotTopLevel,
        Refusal::NothingToDispatch,
        Refusal::StillOpen,
        Refusal::Suspended,
    ];
    let texts: BTreeSet<String> = refusals.iter().map(ToString::to_string).collect();
    assert_eq!(texts.len(), refusals.len());
    assert!(texts.iter().all(|text| text.len() > 10 && text.is_ascii()), "{texts:?}");
}
