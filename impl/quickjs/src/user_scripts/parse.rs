//! A registered script from what the extension says of it.

use serde_json::{Map, Value};
use worldport::WorldId;

use super::calls::error;
use super::{RunAt, Source, UserScript};
use crate::patterns::{MatchPattern, PatternError};
use crate::profile::{Texts, fill, fill_all};

/// The ids of scripts, if they may be that and differ from each other.
pub(super) fn script_ids<'a>(
    texts: &Texts,
    scripts: &[&'a Map<String, Value>],
) -> Result<Vec<&'a str>, String> {
    let mut ids = Vec::new();
    for script in scripts {
        let id = script_id(texts, script)?;
        if ids.contains(&id) {
            return Err(error(fill(texts.script_twice, id)));
        }
        ids.push(id);
    }
    Ok(ids)
}

fn script_id<'a>(texts: &Texts, members: &'a Map<String, Value>) -> Result<&'a str, String> {
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
    // `shown` is what a refusal calls the list.
    let patterns = |key: &str, shown: &str| -> Result<Vec<MatchPattern>, String> {
        let parse = |(at, text): (usize, &String)| {
            text.parse().map_err(|reason| error(pattern_text(texts, id, shown, at, &reason)))
        };
        listed(key)?.iter().enumerate().map(parse).collect()
    };
    let include_globs = listed("includeGlobs")?;
    let nowhere = match texts.script_matches_empty {
        Some(_) => members.get("matches").is_none_or(Value::is_null),
        None => listed("matches")?.is_empty() && include_globs.is_empty(),
    };
    if nowhere {
        return Err(error(fill(texts.script_matches, id)));
    }
    let js = parse_sources(texts, id, members.get("js"))?;
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
    let matches = patterns("matches", "matches")?;
    if let (Some(text), true) = (texts.script_matches_empty, matches.is_empty()) {
        return Err(error(fill(text, id)));
    }
    Ok(UserScript {
        id: id.to_owned(),
        js,
        run_at,
        all_frames: members.get("allFrames").and_then(Value::as_bool).unwrap_or(false),
        main_world,
        world,
        matches,
        exclude_matches: patterns("excludeMatches", "exclude_matches")?,
        include_globs,
        exclude_globs: listed("excludeGlobs")?,
    })
}

fn pattern_text(texts: &Texts, id: &str, list: &str, at: usize, reason: &PatternError) -> String {
    match &texts.script_pattern {
        Some(words) => {
            fill_all(words.whole, &[id, list, &at.to_string(), words.fault(reason.fault)])
        }
        None => reason.to_string(),
    }
}

fn parse_sources(texts: &Texts, id: &str, js: Option<&Value>) -> Result<Vec<Source>, String> {
    let items = js.and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    if let (Some(text), true) = (texts.script_js_empty, items.is_empty()) {
        return Err(error(fill(text, id)));
    }
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
