//! The recorder's extension for one scenario, as `recorder/extension.py` writes it.

use serde_json::{Map, Value, json};
use worldport_quickjs::{BackgroundKind, Extension, LoadError, Profile};

/// The agent that runs in every context, as it runs in browsers.
const AGENT: &str = include_str!("../../../../proofs/browsers/ext/agent.js");
const GECKO_ID: &str = "recorder@example.test";
const HOSTS: [&str; 2] = ["*://127.0.0.1/*", "*://localhost/*"];
/// Where the recorder would listen, if there were a network.
pub(crate) const SERVER: &str = "127.0.0.1:8000";

/// Manifest, configuration and agent.
pub(crate) fn extension(
    scenario: &Map<String, Value>,
    profile: &Profile,
) -> Result<Extension, LoadError> {
    let empty = || json!({});
    let own = |key: &str| scenario.get(key).cloned();
    let startup = own("startup").unwrap_or_else(empty);
    let ns = own("ns").unwrap_or_else(|| json!(profile.namespace));
    let of_documents: Map<String, Value> = startup
        .as_object()
        .into_iter()
        .flatten()
        .filter(|(context, _)| context.contains('@'))
        .map(|(context, steps)| (context.clone(), steps.clone()))
        .collect();
    let document = json!({
        "ws": format!("ws://{SERVER}/ws"),
        "http": format!("http://{SERVER}"),
        "ns": own("usNs").unwrap_or_else(|| ns.clone()),
        "listeners": own("listeners").unwrap_or_else(empty),
        "startup": of_documents,
    });
    let with = |members: &[(&str, &Value)]| {
        let mut config = document.clone();
        for (key, value) in members {
            config[*key] = (*value).clone();
        }
        config
    };
    let config = with(&[("ns", &ns), ("docConfig", &document), ("startup", &startup)]);
    let content = with(&[("ns", &ns), ("kind", &json!("content"))]);
    let kind = "__AGENT_CFG.kind = typeof location === 'object' \
        && location.pathname === '/page.html' ? 'extpage' : 'background';";
    let mut scripts = vec!["config.js", "agent.js"];
    let mut files = vec![
        ("config.js", format!("globalThis.__AGENT_CFG = {config};\n{kind}\n")),
        ("config-content.js", format!("globalThis.__AGENT_CFG = {content};\n")),
        ("agent.js", AGENT.to_owned()),
        (
            "page.html",
            "<!doctype html><script src=\"config.js\"></script><script src=\"agent.js\"></script>\n"
                .to_owned(),
        ),
    ];
    if let Some(Value::String(extra)) = scenario.get("extraBackground") {
        files.push(("extra.js", extra.clone()));
        scripts.push("extra.js");
    }
    files.push(("sw.js", format!("importScripts(...{});\n", json!(scripts))));
    files.push(("manifest.json", manifest(scenario, profile, &scripts).to_string()));
    Extension::from_files(files)
}

fn manifest(scenario: &Map<String, Value>, profile: &Profile, scripts: &[&str]) -> Value {
    let mut manifest = json!({
        "manifest_version": 3,
        "name": "recorder",
        "version": "1.0",
        "permissions": ["tabs", "scripting", "storage", "userScripts"],
        "host_permissions": HOSTS,
    });
    if profile.background == BackgroundKind::ServiceWorker {
        manifest["background"] = json!({ "service_worker": "sw.js" });
    } else {
        manifest["background"] = json!({ "scripts": scripts });
        manifest["browser_specific_settings"] = json!({ "gecko": { "id": GECKO_ID } });
    }
    if scenario.get("contentScript").and_then(Value::as_bool) == Some(true) {
        manifest["content_scripts"] = json!([{
            "matches": HOSTS, "all_frames": true, "run_at": "document_start",
            "js": ["config-content.js", "agent.js"],
        }]);
    }
    for (key, value) in scenario.get("manifest").and_then(Value::as_object).into_iter().flatten() {
        manifest[key] = value.clone();
    }
    manifest
}
