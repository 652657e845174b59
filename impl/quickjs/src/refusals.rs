//! What a script is told when the router refuses its call: the kind of error and the profile's
//! text.

use worldport::{LimitKind, Refusal, WorldIdError};

use crate::profile::{Profile, fill};

/// What a native function hands back to the JavaScript side for a refused call: kind and text, on
/// two lines.
pub(crate) fn refusal_answer(profile: &Profile, refusal: Refusal, api: &str) -> String {
    format!("Error\n{}", refusal_text(profile, refusal, api))
}

/// The text for a refusal of the call `api`.
pub(crate) fn refusal_text(profile: &Profile, refusal: Refusal, api: &str) -> String {
    let texts = &profile.texts;
    match refusal {
        Refusal::ContextInvalidated(_) | Refusal::NoSuchContext(_) => texts.invalidated.to_owned(),
        Refusal::Disconnected(_) | Refusal::NoSuchPort(_) | Refusal::ForeignPort(_) => {
            texts.disconnected.to_owned()
        }
        Refusal::Limit(LimitKind::ConfiguredWorlds) => {
            let limit = profile.rules.configured_worlds.map_or(String::new(), |n| n.to_string());
            fill(texts.too_many_worlds, &limit)
        }
        Refusal::Limit(LimitKind::MessageBytes) => texts.too_large.to_owned(),
        Refusal::Limit(kind) => fill(texts.limit, &kind.to_string()),
        Refusal::MessagingAbsent(_) | Refusal::MessagingWithdrawn(_) | Refusal::NotAvailable(_) => {
            fill(texts.withdrawn, api)
        }
        Refusal::NotPermitted(_) => fill(texts.not_permitted, api),
        Refusal::Suspended(_) => texts.suspended.to_owned(),
        other => format!("{api}: {other}"),
    }
}

/// The text for a worldId that is none.
pub(crate) fn world_id_text(profile: &Profile, error: WorldIdError, world: &str) -> String {
    match error {
        WorldIdError::Reserved => fill(profile.texts.world_id_reserved, world),
        WorldIdError::TooLong { .. } => fill(profile.texts.world_id_too_long, world),
    }
}
