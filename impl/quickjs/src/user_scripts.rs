//! The `userScripts` namespace: what is registered, and how worlds are configured.
//!
//! World configurations are the router's. Registered scripts are kept here, because only the host
//! injects.

use std::sync::Arc;

use serde_json::{Map, Value, json};
use worldport::{Call, ContextId, WorldChange, WorldId};

use crate::core::{Core, Installed};
use crate::events::HostEvent;
use crate::natives::Answer;
use crate::patterns::{MatchPattern, glob};
use crate::refusals::{refusal_answer, world_id_text};
use crate::url::PageUrl;

/// When in the life of a document a script runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum RunAt {
    Start,
    End,
    Idle,
}

impl RunAt {
    pub(crate) const ALL: [Self; 3] = [Self::Start, Self::End, Self::Idle];

    fn name(self) -> &'static str {
        match self {
            Self::Start => "document_start",
            Self::End => "document_end",
            Self::Idle => "document_idle",
        }
    }
}

/// A part of a user script.
#[derive(Clone, Debug)]
pub(crate) enum Source {
    Code(Arc<str>),
    File(String),
}

/// A registered user script.
#[derive(Clone, Debug)]
pub(crate) struct UserScript {
    pub(crate) id: String,
    pub(crate) js: Vec<Source>,
    pub(crate) run_at: RunAt,
    pub(crate) all_frames: bool,
    pub(crate) main_world: bool,
    pub(crate) world: WorldId,
    matches: Vec<MatchPattern>,
    exclude_matches: Vec<MatchPattern>,
    include_globs: Vec<String>,
    exclude_globs: Vec<String>,
}

impl UserScript {
    /// Whether the script is for documents at this address.
    pub(crate) fn is_for(&self, url: &PageUrl) -> bool {
        let address = url.to_string();
        let fits = |globs: &[String]| globs.iter().any(|pattern| glob(pattern, &address));
        let included =
            self.matches.iter().any(|pattern| pattern.matches(url)) || fits(&self.include_globs);
        included
            && !self.exclude_matches.iter().any(|pattern| pattern.matches(url))
            && !fits(&self.exclude_globs)
    }

    fn to_json(&self) -> Value {
        let texts = |patterns: &[MatchPattern]| {
            patterns.iter().map(ToString::to_string).collect::<Vec<_>>()
        };
        let js = self.js.iter().map(|source| match source {
            Source::Code(code) => json!({ "code": &**code }),
            Source::File(file) => json!({ "file": file }),
        });
        json!({
            "id": self.id,
            "allFrames": self.all_frames,
            "js": js.collect::<Vec<_>>(),
            "matches": texts(&self.matches),
            "excludeMatches": texts(&self.exclude_matches),
            "includeGlobs": self.include_globs,
            "excludeGlobs": self.exclude_globs,
            "runAt": self.run_at.name(),
            "world": if self.main_world { "MAIN" } else { "USER_SCRIPT" },
            "worldId": self.world.as_str(),
        })
    }
}

/// The registered scripts of an extension, in the order of registration.
#[derive(Debug, Default)]
pub(crate) struct Registry {
    pub(crate) scripts: Vec<UserScript>,
}

/// Answers a call of the namespace.
pub(crate) fn call(core: &mut Core, context: ContextId, name: &str, args: &str) -> Answer {
    let args = match crate::payload::parse_lenient(args) {
        Some(Value::Array(args)) => args,
        _ => Vec::new(),
    };
    let first = args.into_iter().next().unwrap_or_default();
    let result = match name {
        "userScripts.configureWorld" => configure(core, context, &first),
        "userScripts.resetWorldConfiguration" => reset(core, context, &first),
        "userScripts.getWorldConfigurations" => configurations(core, context),
        "userScripts.register" => register(core, context, &first),
        "userScripts.update" => update(core, context, &first),
        "userScripts.unregister" => unregister(core, context, &first),
        "userScripts.getScripts" => scripts(core, context, &first),
        _ => Err(format!("Error\n{name} is not a function")),
    };
    match result {
        Ok(Value::Null) => Answer::Nothing,
        Ok(value) => Answer::Json(value.to_string()),
        Err(refusal) => Answer::Refused(refusal),
    }
}

type Called = Result<Value, String>;

fn error(text: impl Into<String>) -> String {
    format!("Error\n{}", text.into())
}

fn installed<'a>(
    core: &'a mut Core,
    context: ContextId,
    api: &str,
) -> Result<&'a mut Installed, String> {
    let gone = || error(core.profile.texts.invalidated);
    let extension = core.contexts.get(&context).map(|record| record.extension).ok_or_else(gone)?;
    // Every call of the namespace needs the permission, also those that never reach the router.
    if core.router.permission(extension) != Some(worldport::Permission::Granted) {
        let refusal = worldport::Refusal::NotPermitted(extension);
        return Err(refusal_answer(&core.profile, refusal, api));
    }
    let gone = error(core.profile.texts.invalidated);
    core.installed.get_mut(&extension).ok_or(gone)
}

fn world_id(core: &Core, value: Option<&Value>) -> Result<WorldId, String> {
    let text = match value {
        None | Some(Value::Null) => "",
        Some(Value::String(text)) => text,
        Some(_) => return Err(error("worldId must be a string")),
    };
    WorldId::new(text, core.profile.rules.world_id_length)
        .map_err(|reason| error(world_id_text(&core.profile, reason, text)))
}

fn configure(core: &mut Core, context: ContextId, properties: &Value) -> Called {
    const API: &str = "userScripts.configureWorld";
    let Value::Object(properties) = properties else {
        return Err(error("Incorrect argument types for userScripts.configureWorld."));
    };
    let known = ["csp", "messaging", "worldId"];
    if let Some(key) = properties.keys().find(|key| !known.contains(&key.as_str())) {
        return Err(error(format!(
            "Type error for parameter properties (Unexpected property \"{key}\") for {API}."
        )));
    }
    let messaging = match properties.get("messaging") {
        None | Some(Value::Null) => None,
        Some(Value::Bool(on)) => Some(*on),
        Some(_) => return Err(error("messaging must be a boolean")),
    };
    let csp = match properties.get("csp") {
        None | Some(Value::Null) => None,
        Some(Value::String(csp)) => Some(Arc::from(csp.as_str())),
        Some(_) => return Err(error("csp must be a string")),
    };
    let world = world_id(core, properties.get("worldId"))?;
    let change = WorldChange { messaging, csp };
    let outcome = core.apply(Call::ConfigureWorld { context, world, change });
    outcome.map_err(|refusal| refusal_answer(&core.profile, refusal, API))?;
    Ok(Value::Null)
}

fn reset(core: &mut Core, context: ContextId, world: &Value) -> Called {
    const API: &str = "userScripts.resetWorldConfiguration";
    let world = world_id(core, Some(world))?;
    let outcome = core.apply(Call::ResetWorldConfiguration { context, world });
    outcome.map_err(|refusal| refusal_answer(&core.profile, refusal, API))?;
    Ok(Value::Null)
}

fn configurations(core: &mut Core, context: ContextId) -> Called {
    installed(core, context, "userScripts.getWorldConfigurations")?;
    let Some(record) = core.contexts.get(&context) else { return Ok(Value::Null) };
    let configurations = core.router.world_configurations(record.extension);
    let shown = configurations.map(|(world, config)| {
        json!({
            "worldId": world.as_str(),
            "csp": config.csp.as_deref(),
            "messaging": config.messaging,
        })
    });
    Ok(Value::Array(shown.collect()))
}

fn register(core: &mut Core, context: ContextId, scripts: &Value) -> Called {
    let parsed = parse_all(core, context, "userScripts.register", scripts)?;
    let installed = installed(core, context, "userScripts.register")?;
    let mut ids: Vec<&str> = installed.scripts.scripts.iter().map(|s| s.id.as_str()).collect();
    for script in &parsed {
        if ids.contains(&script.id.as_str()) {
            return Err(error(format!(
                "User script with id \"{}\" is already registered.",
                script.id
            )));
        }
        ids.push(&script.id);
    }
    installed.scripts.scripts.extend(parsed);
    Ok(Value::Null)
}

fn update(core: &mut Core, context: ContextId, scripts: &Value) -> Called {
    const API: &str = "userScripts.update";
    let Value::Array(updates) = scripts else {
        return Err(error(format!("Incorrect argument types for {API}.")));
    };
    let mut merged = Vec::new();
    for update in updates {
        let id = update.get("id").and_then(Value::as_str).unwrap_or_default();
        let known = installed(core, context, API)?.scripts.scripts.iter().find(|s| s.id == id);
        let Some(Value::Object(mut members)) = known.map(UserScript::to_json) else {
            return Err(error(format!("User script with id \"{id}\" does not exist.")));
        };
        for (key, value) in update.as_object().into_iter().flatten() {
            if !value.is_null() {
                members.insert(key.clone(), value.clone());
            }
        }
        merged.push(Value::Object(members));
    }
    let parsed = parse_all(core, context, API, &Value::Array(merged))?;
    let registry = &mut installed(core, context, API)?.scripts.scripts;
    for script in parsed {
        if let Some(old) = registry.iter_mut().find(|old| old.id == script.id) {
            *old = script;
        }
    }
    Ok(Value::Null)
}

/// The ids of a filter; none means all.
fn filter_ids(filter: &Value) -> Option<Vec<&str>> {
    let ids = filter.get("ids")?.as_array()?;
    Some(ids.iter().filter_map(Value::as_str).collect())
}

fn unregister(core: &mut Core, context: ContextId, filter: &Value) -> Called {
    let registry = &mut installed(core, context, "userScripts.unregister")?.scripts.scripts;
    match filter_ids(filter) {
        None => registry.clear(),
        Some(ids) => {
            let known = |id: &&&str| !registry.iter().any(|script| script.id == **id);
            if let Some(id) = ids.iter().find(known) {
                return Err(error(format!("User script with id \"{id}\" does not exist.")));
            }
            registry.retain(|script| !ids.contains(&script.id.as_str()));
        }
    }
    Ok(Value::Null)
}

fn scripts(core: &mut Core, context: ContextId, filter: &Value) -> Called {
    let registry = &installed(core, context, "userScripts.getScripts")?.scripts.scripts;
    let ids = filter_ids(filter);
    let wanted =
        |script: &&UserScript| ids.as_ref().is_none_or(|ids| ids.contains(&script.id.as_str()));
    Ok(Value::Array(registry.iter().filter(wanted).map(UserScript::to_json).collect()))
}

fn parse_all(
    core: &mut Core,
    context: ContextId,
    api: &str,
    scripts: &Value,
) -> Result<Vec<UserScript>, String> {
    let Value::Array(scripts) = scripts else {
        return Err(error(format!("Incorrect argument types for {api}.")));
    };
    let mut parsed = Vec::new();
    for script in scripts {
        let Value::Object(members) = script else {
            return Err(error(format!("Incorrect argument types for {api}.")));
        };
        let world = world_id(core, members.get("worldId"))?;
        let script = parse_one(members, world)?;
        let extension = &installed(core, context, api)?.extension;
        for source in &script.js {
            if let Source::File(file) = source
                && extension.read(file, api).is_err()
            {
                let (context, file) = (core.label(context), file.clone());
                let text = format!("Could not load file: '{file}'.");
                core.event(&HostEvent::FileMissing { context, file, named_by: api.to_owned() });
                return Err(error(text));
            }
        }
        parsed.push(script);
    }
    // Also for an empty list, the permission is needed.
    installed(core, context, api)?;
    Ok(parsed)
}

fn parse_one(members: &Map<String, Value>, world: WorldId) -> Result<UserScript, String> {
    let id = members.get("id").and_then(Value::as_str).unwrap_or_default();
    if id.is_empty() || id.starts_with('_') {
        return Err(error(format!("Invalid id for user script: {:?}", id)));
    }
    let texts = |key: &str| -> Result<Vec<String>, String> {
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
        texts(key)?
            .iter()
            .map(|text| {
                text.parse()
                    .map_err(|reason: crate::patterns::PatternError| error(reason.to_string()))
            })
            .collect()
    };
    let (matches, include_globs) = (patterns("matches")?, texts("includeGlobs")?);
    if matches.is_empty() && include_globs.is_empty() {
        return Err(error(format!(
            "matches or includeGlobs must be specified for user script {id:?}"
        )));
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
        return Err(error("worldId cannot be used with MAIN world."));
    }
    Ok(UserScript {
        id: id.to_owned(),
        js: parse_sources(id, members.get("js"))?,
        run_at,
        all_frames: members.get("allFrames").and_then(Value::as_bool).unwrap_or(false),
        main_world,
        world,
        matches,
        exclude_matches: patterns("excludeMatches")?,
        include_globs,
        exclude_globs: texts("excludeGlobs")?,
    })
}

fn parse_sources(id: &str, js: Option<&Value>) -> Result<Vec<Source>, String> {
    let items = js.and_then(Value::as_array).filter(|items| !items.is_empty());
    let items = items.ok_or_else(|| {
        error(format!("js of user script {id:?} must be a list that is not empty"))
    })?;
    let source = |item: &Value| match (item.get("file"), item.get("code")) {
        (Some(Value::String(file)), None | Some(Value::Null)) => {
            Some(Source::File(crate::extension::inside(file).unwrap_or_else(|| file.clone())))
        }
        (None | Some(Value::Null), Some(Value::String(code))) => {
            Some(Source::Code(code.as_str().into()))
        }
        _ => None,
    };
    let wrong = || error(format!("each js of user script {id:?} must have either file or code"));
    items.iter().map(|item| source(item).ok_or_else(wrong)).collect()
}
