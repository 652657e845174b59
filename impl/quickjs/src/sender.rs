//! `port.sender` and the sender of a one-time message: the router's record in the profile's shape.

use serde_json::{Map, Value, json};
use worldport::Sender;

use crate::profile::{Profile, SenderField};

/// The sender as JSON text.
pub(crate) fn sender_json(profile: &Profile, sender: &Sender, tab_url: &str) -> String {
    let mut members = Map::new();
    for field in profile.sender {
        if let Some((key, value)) = member(*field, sender, tab_url) {
            members.insert(key.to_owned(), value);
        }
    }
    Value::Object(members).to_string()
}

fn member(field: SenderField, sender: &Sender, tab_url: &str) -> Option<(&'static str, Value)> {
    let in_document = sender.document.is_some();
    // A page of the extension in a tab is a document too, though none that scripts are put into.
    let shown = in_document || sender.tab.is_some();
    let document = || match sender.document {
        Some(document) => Some(document.to_string()),
        None => sender.tab.map(|_| sender.context.to_string()),
    };
    Some(match field {
        SenderField::ContextId => ("contextId", json!(digits(&sender.context.to_string()))),
        SenderField::DocumentId => ("documentId", json!(digits(&document()?))),
        SenderField::DocumentLifecycle if shown => ("documentLifecycle", json!("active")),
        SenderField::DocumentLifecycle => return None,
        SenderField::EnvType => {
            ("envType", json!(if in_document { "content_child" } else { "addon_child" }))
        }
        SenderField::FrameId => ("frameId", json!(sender.frame.or(sender.tab.map(|_| 0))?)),
        SenderField::Id => ("id", json!(&*sender.extension)),
        SenderField::Origin => ("origin", json!(&*sender.origin)),
        SenderField::Tab => {
            let id = sender.tab?.0;
            (
                "tab",
                json!({
                    "id": id,
                    "index": id.saturating_sub(1),
                    "windowId": 1,
                    "active": true,
                    "url": tab_url,
                }),
            )
        }
        SenderField::Url => ("url", json!(&*sender.url)),
        SenderField::UserScriptWorldId => {
            ("userScriptWorldId", json!(sender.world.as_ref()?.as_str()))
        }
    })
}

/// Thirty-two hexadecimal digits for an id, the same for the same id.
pub(crate) fn digits(id: &str) -> String {
    let hash = id.bytes().fold(0x6c62_272e_07bb_0142_62b8_2175_6295_c58d_u128, |hash, byte| {
        (hash ^ u128::from(byte)).wrapping_mul(0x0000_0000_0100_0000_0000_0000_0000_013b)
    });
    format!("{hash:032x}")
}
