//! A registered script from what the extension says of it.

use serde_json::{Map, Value};
use worldport::WorldId;

use super::calls::error;
use super::{RunAt, Source, UserScript};
use crate::patterns::{MatchPattern, PatternError};
use crate::profile::{Texts, fill};

/// The id of a script, if it may be one.
pub(super) fn script_id<'a>(
    texts: &Texts,
    members: &'a Map<String, Value>,
) -> Result<&'a str, String> {
    match members.get("id").and_then(Value::as_str).unwrap_or_default() {
        "" => Err(error(texts.script_id_empty)),
        id if id.starts_with('_') => Err(error(fill(texts.script_id_reserved, id))),
        id => Ok(id),
    }
}

pub(super) fn parse_one(
    texts: &Texts,
    members: &Map<String, Value>,
    world: WorldId,
) -> Result<UserScript, String> {
    let id = script_id(texts, members)?;
    let listed = |key: &str| -> Result<Vec<String>, String> {
        let wrong = || error(format!("{key} of user script {id:?} must be a list of strings"));
        match members.get(key) {
            None | Some(Value::Null) => Ok(Vec::new()),
            Some(Value::Array(items)) => items
                .iter()
                .map(|item| item.as_str().map(str::to_owned).ok_or_else(wrong))
                .collect(),
            Some(_) => Err(wrong()),
        }
    };
    let patterns = |key: &str| -> Result<Vec<MatchPattern>, String> {
        listed(key)?
            .iter()
            .map(|text| text.parse().map_err(|reason: PatternError| error(reason.to_string())))
            .collect()
    };
    let (matches, include_globs) = (patterns("matches")?, listed("includeGlobs")?);
    if matches.is_empty() && include_globs.is_empty() {
        return Err(error(fill(texts.script_matches, id)));
    }
    let run_at = match members.get("runAt").and_then(Value::as_str) {
        None | Some("document_idle") => RunAt::Idle,
        Some("document_start") => RunAt::Start,
        Some("document_end") => RunAt::End,
        Some(other) => {
            return Err(error(format!("Invalid runAt for user script {id:?}: {other:?}")));
        }
    };
    let main_world = match members.get("world").and_then(Value::as_str) {
        None | Some("USER_SCRIPT") => false,
        Some("MAIN") => true,
        Some(other) => {
            return Err(error(format!("Invalid world for user script {id:?}: {other:?}")));
        }
    };
    if main_world && !world.is_default() {
        return Err(error(texts.world_of_main));
    }
    Ok(UserScript {
        id: id.to_owned(),
        js: parse_sources(texts, id, members.get("js"))?,
        run_at,
        all_frames: members.get("allFrames").and_then(Value::as_bool).unwrap_or(false),
        main_world,
        world,
        matches,
        exclude_matches: patterns("excludeMatches")?,
        include_globs,
        exclude_globs: listed("excludeGlobs")?,
    })
}

fn parse_sources(texts: &Texts, id: &str, js: Option<&Value>) -> Result<Vec<Source>, String> {
    let items = js.and_then(Value::as_array).filter(|items| !items.is_empty());
    let items = items.ok_or_else(|| error(fill(texts.script_js_empty, id)))?;
    let source = |item: &Value| match (item.get("file"), item.get("code")) {
        (Some(Value::String(file)), None | Some(Value::Null)) => {
            Some(Source::File(crate::extension::inside(file).unwrap_or_else(|| file.clone())))
        }
        (None | Some(Value::Null), Some(Value::String(code))) => {
            Some(Source::Code(code.as_str().into()))
        }
        _ => None,
    };
    let wrong = || error(fill(texts.script_js, id));
    items.iter().map(|item| source(item).ok_or_else(wrong)).collect()
}
