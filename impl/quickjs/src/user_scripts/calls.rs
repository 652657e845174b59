//! The calls of the namespace. Their arguments were checked where the script made them.

use std::sync::Arc;

use serde_json::{Map, Value, json};
use worldport::{Call, ContextId, WorldChange, WorldConfig, WorldId};

use super::parse::{parse_one, script_ids};
use super::{Source, UserScript};
use crate::core::{Core, Installed};
use crate::events::HostEvent;
use crate::natives::Answer;
use crate::profile::{WorldListing, fill};
use crate::refusals::{refusal_answer, world_id_text};

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

pub(super) fn error(text: impl Into<String>) -> String {
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
        Some(other) => return Err(error(format!("{other} is no worldId"))),
    };
    WorldId::new(text, core.profile.rules.world_id_length)
        .map_err(|reason| error(world_id_text(&core.profile, reason, text)))
}

fn configure(core: &mut Core, context: ContextId, properties: &Value) -> Called {
    const API: &str = "userScripts.configureWorld";
    let messaging = properties.get("messaging").and_then(Value::as_bool);
    let csp = properties.get("csp").and_then(Value::as_str).map(Arc::from);
    let world = world_id(core, properties.get("worldId"))?;
    let change = WorldChange { messaging, csp };
    let call = Call::ConfigureWorld { context, world: world.clone(), change };
    let outcome = core.apply(call);
    outcome.map_err(|refusal| refusal_answer(&core.profile, refusal, API))?;
    let lists_all = core.profile.world_listing == WorldListing::All;
    let is_default = |config: &WorldConfig| !config.messaging && config.csp.is_none();
    let extension = core.contexts.get(&context).map(|record| record.extension);
    let mut configured = extension.into_iter().flat_map(|id| core.router.world_configurations(id));
    let stored = configured.find(|(known, _)| **known == world).map(|(_, config)| config);
    let worth_listing = lists_all || stored.is_some_and(|config| !is_default(config));
    drop(configured);
    let worlds = &mut installed(core, context, API)?.worlds;
    if worth_listing && !worlds.contains(&world) {
        worlds.push(world);
    }
    Ok(Value::Null)
}

fn reset(core: &mut Core, context: ContextId, world: &Value) -> Called {
    const API: &str = "userScripts.resetWorldConfiguration";
    let world = world_id(core, Some(world))?;
    let outcome = core.apply(Call::ResetWorldConfiguration { context, world: world.clone() });
    outcome.map_err(|refusal| refusal_answer(&core.profile, refusal, API))?;
    installed(core, context, API)?.worlds.retain(|known| *known != world);
    Ok(Value::Null)
}

fn configurations(core: &mut Core, context: ContextId) -> Called {
    let order = installed(core, context, "userScripts.getWorldConfigurations")?.worlds.clone();
    let Some(record) = core.contexts.get(&context) else { return Ok(Value::Null) };
    let configured = core.router.world_configurations(record.extension);
    let mut configured: Vec<(&WorldId, &WorldConfig)> = configured.collect();
    let shown: Vec<Value> = match core.profile.world_listing {
        WorldListing::All => {
            let place = |world: &WorldId| order.iter().position(|known| known == world);
            configured.sort_by_key(|&(world, _)| place(world));
            configured.into_iter().map(|(world, config)| whole(world, config)).collect()
        }
        WorldListing::Set => {
            let name = |world: &WorldId| {
                if world.is_default() { "_default" } else { world.as_str() }.to_owned()
            };
            configured.retain(|(world, _)| order.contains(world));
            configured.sort_by_key(|&(world, _)| name(world));
            configured.into_iter().map(|(world, config)| what_is_set(world, config)).collect()
        }
    };
    Ok(Value::Array(shown))
}

fn whole(world: &WorldId, config: &WorldConfig) -> Value {
    json!({
        "worldId": world.as_str(),
        "csp": config.csp.as_deref(),
        "messaging": config.messaging,
    })
}

fn what_is_set(world: &WorldId, config: &WorldConfig) -> Value {
    let mut shown = Map::new();
    if let Some(csp) = &config.csp {
        shown.insert("csp".to_owned(), json!(&**csp));
    }
    shown.insert("messaging".to_owned(), json!(config.messaging));
    if !world.is_default() {
        shown.insert("worldId".to_owned(), json!(world.as_str()));
    }
    Value::Object(shown)
}

fn register(core: &mut Core, context: ContextId, scripts: &Value) -> Called {
    const API: &str = "userScripts.register";
    let texts = core.profile.texts;
    let sorted = core.profile.registers_by_id;
    let scripts = listed(scripts, API)?;
    let ids = script_ids(&texts, &scripts)?;
    let registry = &installed(core, context, API)?.scripts.scripts;
    let known = |id: &&&str| registry.iter().any(|script| script.id == **id);
    if let Some(id) = ids.iter().find(known) {
        return Err(error(fill(texts.script_known, id)));
    }
    let mut parsed = parse_all(core, context, API, &scripts)?;
    if sorted {
        parsed.sort_by(|one, other| one.id.cmp(&other.id));
    }
    installed(core, context, API)?.scripts.scripts.extend(parsed);
    Ok(Value::Null)
}

fn update(core: &mut Core, context: ContextId, scripts: &Value) -> Called {
    const API: &str = "userScripts.update";
    let texts = core.profile.texts;
    let updates = listed(scripts, API)?;
    let ids = script_ids(&texts, &updates)?;
    let registry = &installed(core, context, API)?.scripts.scripts;
    let mut merged = Vec::new();
    for (update, id) in updates.iter().zip(ids) {
        let known = registry.iter().find(|script| script.id == id);
        let Some(Value::Object(mut members)) = known.map(UserScript::to_json) else {
            return Err(error(fill(texts.script_unknown, id)));
        };
        for (key, value) in update.iter().filter(|(_, value)| !value.is_null()) {
            members.insert(key.clone(), value.clone());
        }
        merged.push(members);
    }
    let parsed = parse_all(core, context, API, &merged.iter().collect::<Vec<_>>())?;
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
    let texts = core.profile.texts;
    let passes_over = core.profile.unregisters_what_it_knows;
    let registry = &mut installed(core, context, "userScripts.unregister")?.scripts.scripts;
    match filter_ids(filter) {
        None => registry.clear(),
        Some(ids) => {
            let unknown = |id: &&&str| !registry.iter().any(|script| script.id == **id);
            if let (Some(id), false) = (ids.iter().find(unknown), passes_over) {
                return Err(error(fill(texts.script_unknown, id)));
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

/// The members of each script of a list.
fn listed<'a>(scripts: &'a Value, api: &str) -> Result<Vec<&'a Map<String, Value>>, String> {
    let scripts: Option<Vec<_>> =
        scripts.as_array().and_then(|scripts| scripts.iter().map(Value::as_object).collect());
    scripts.ok_or_else(|| error(format!("Incorrect argument types for {api}.")))
}

/// Every script by itself, and then the files that they name.
fn parse_all(
    core: &mut Core,
    context: ContextId,
    api: &str,
    scripts: &[&Map<String, Value>],
) -> Result<Vec<UserScript>, String> {
    let texts = core.profile.texts;
    let mut parsed: Vec<UserScript> = Vec::new();
    for members in scripts {
        let world = world_id(core, members.get("worldId"))?;
        parsed.push(parse_one(&texts, members, world)?);
    }
    let extension = &installed(core, context, api)?.extension;
    let named = parsed.iter().flat_map(|script| &script.js).filter_map(|source| match source {
        Source::File(file) => Some(file),
        Source::Code(_) => None,
    });
    let missing = named.into_iter().find(|file| extension.read(file, api).is_err()).cloned();
    if let Some(file) = missing {
        let (context, text) = (core.label(context), fill(texts.script_file, &file));
        core.event(&HostEvent::FileMissing { context, file, named_by: api.to_owned() });
        return Err(error(text));
    }
    Ok(parsed)
}
