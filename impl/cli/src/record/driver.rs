//! The steps of a scenario, carried out on the host as `recorder/run.py` does on a browser.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};
use worldport::{Background, ExtensionId, Router, TabId};
use worldport_quickjs::{Host, HostError, HostOptions, Observer, Payload, Profile};

use super::RecordError;
use super::extension::{SERVER, extension};
use super::server::{Record, Server};

/// Members of a step that are the recorder's, not the agent's.
const STEP_META: [&str; 6] = ["ctx", "settle", "only", "nosettle", "comment", "expect"];
/// How finely time is cut while something is waited for.
const SLICE: u64 = 10;
/// How long the recorder waits for an agent to connect.
const AGENT_WAIT: u64 = 3_000;
/// How long it waits for an agent that a step is to bring.
const EXPECT_WAIT: u64 = 10_000;
/// How long it waits for an order to be carried out.
const ORDER_WAIT: u64 = 6_000;
/// The longest that a step is left to settle.
const SETTLE_MAX: u64 = 15_000;
const QUIET: u64 = 250;

/// A scenario being recorded.
#[derive(Debug)]
pub(crate) struct Recording<'a> {
    host: Host,
    profile: &'a Profile,
    server: Server,
    extension: ExtensionId,
    /// Tabs by the names of scenarios.
    tabs: BTreeMap<String, TabId>,
    quiet: u64,
    last_step: u64,
    last_order: u64,
}

type Done = Result<(), RecordError>;

fn stopped(error: &HostError) -> RecordError {
    RecordError::Stopped(error.to_string())
}

fn text<'a>(step: &'a Map<String, Value>, key: &str) -> Option<&'a str> {
    step.get(key).and_then(Value::as_str)
}

impl<'a> Recording<'a> {
    /// Runs all steps and returns the trace.
    pub(crate) fn run(
        scenario: &Map<String, Value>,
        profile: &'a Profile,
        watched: impl Observer + 'static,
        finish: impl FnOnce(&Router<Payload>),
    ) -> Result<Vec<Record>, RecordError> {
        let source = extension(scenario, profile)
            .map_err(|error| RecordError::Unreadable(error.to_string()))?;
        let idle_timeout = Some(idle_timeout(scenario, profile));
        let options = HostOptions { idle_timeout, ..HostOptions::default() };
        let mut host = Host::new(profile.clone(), options, watched);
        let extension = host.install(source).map_err(|error| stopped(&error))?;
        let mut recording = Self {
            host,
            profile,
            server: Server::default(),
            extension,
            tabs: BTreeMap::new(),
            quiet: scenario.get("settleMs").and_then(Value::as_u64).unwrap_or(QUIET),
            last_step: 0,
            last_order: 0,
        };
        recording.settle(300)?;
        let (begin, first) = (recording.host.now(), recording.server.records.len());
        let steps = scenario.get("steps").and_then(Value::as_array);
        for (index, step) in steps.into_iter().flatten().enumerate() {
            let Some(step) = step.as_object() else {
                return Err(RecordError::Unreadable(format!("step {}: not an object", index + 1)));
            };
            recording.step(index + 1, step)?;
        }
        recording.settle(recording.quiet.max(QUIET))?;
        recording.host.with_router(finish);
        let mut records = recording.server.records.split_off(first);
        for record in &mut records {
            let at = record.get("t").and_then(Value::as_f64).unwrap_or(0.0) - begin as f64;
            record.insert("t".to_owned(), json!((at * 1000.0).round() / 1000.0));
            record.remove("n");
        }
        let time = |record: &Record| record.get("t").and_then(Value::as_f64).unwrap_or(0.0);
        records.sort_by(|a, b| time(a).total_cmp(&time(b)));
        Ok(records)
    }

    fn step(&mut self, index: usize, step: &Map<String, Value>) -> Done {
        if text(step, "only").is_some_and(|only| !is_for(self.profile, only)) {
            return Ok(());
        }
        self.server.phase = index;
        let acts = step.contains_key("ctx") || step.contains_key("parallel");
        if let (Some(comment), false) = (step.get("comment"), acts) {
            self.log("comment", json!({ "text": comment }));
            return Ok(());
        }
        if let Some(wait) = step.get("wait").and_then(Value::as_u64) {
            return self.pass(wait);
        }
        if let Some(parallel) = step.get("parallel").and_then(Value::as_array) {
            let steps: Vec<_> = parallel.iter().filter_map(Value::as_object).collect();
            let mut orders = Vec::new();
            for step in &steps {
                orders.push(self.begin(step)?);
            }
            for (step, order) in steps.iter().zip(orders) {
                self.finish(step, order)?;
            }
        } else if step.contains_key("ctx") {
            let order = self.begin(step)?;
            self.finish(step, order)?;
        }
        if step.get("nosettle").and_then(Value::as_bool) == Some(true) {
            // The next order takes its time to get there, so that what is ready happens first.
            return self.pass(1);
        }
        self.settle(step.get("settle").and_then(Value::as_u64).unwrap_or(self.quiet))
    }

    /// Sends a step's order to its context; its number, if it could be sent.
    fn begin(&mut self, step: &Map<String, Value>) -> Result<Option<u64>, RecordError> {
        let context = text(step, "ctx").unwrap_or_default();
        if context == "driver" {
            return self.drive(step).map(|()| None);
        }
        let own = [Value::Object(step.clone())];
        let steps = step.get("batch").and_then(Value::as_array).map_or(&own[..], Vec::as_slice);
        let names: Vec<Option<&Value>> = steps.iter().map(|step| step.get("op")).collect();
        let mut numbered = Vec::new();
        for step in steps.iter().filter_map(Value::as_object) {
            self.last_step += 1;
            let mut order = Map::new();
            order.insert("id".to_owned(), json!(self.last_step));
            let kept = step.iter().filter(|(key, _)| !STEP_META.contains(&key.as_str()));
            order.extend(kept.map(|(key, value)| (key.clone(), value.clone())));
            numbered.push(order);
        }
        if !self.wait_agent(context, AGENT_WAIT, None)? {
            self.log("no-agent", json!({ "of": context, "steps": names }));
            return Ok(None);
        }
        let Some(agent) = self.server.agents.get(context).copied() else { return Ok(None) };
        self.last_order += 1;
        let order = json!({ "cmd": "steps", "id": self.last_order, "steps": numbered });
        let sent = self.host.send_text(agent.socket, &order.to_string());
        sent.map_err(|error| stopped(&error))?;
        self.receive();
        Ok(Some(self.last_order))
    }

    fn finish(&mut self, step: &Map<String, Value>, order: Option<u64>) -> Done {
        if let Some(order) = order {
            let wait = step.get("timeout").and_then(Value::as_u64).map_or(ORDER_WAIT, |s| s * 1000);
            let until = self.host.now() + wait;
            while !self.server.is_acknowledged(order) && self.host.now() < until {
                self.pass(SLICE)?;
            }
            if !self.server.is_acknowledged(order) {
                let of = text(step, "ctx").unwrap_or_default();
                self.log("no-ack", json!({ "of": of }));
            }
        }
        match text(step, "expect") {
            Some(expected) if text(step, "ctx") != Some("driver") => self.expect(expected, None),
            _ => Ok(()),
        }
    }

    fn drive(&mut self, step: &Map<String, Value>) -> Done {
        let shown = step.iter().filter(|(key, _)| *key != "ctx");
        let shown: Map<_, _> = shown.map(|(key, value)| (key.clone(), value.clone())).collect();
        self.log("driver", Value::Object(shown));
        let op = text(step, "op").unwrap_or_default();
        match self.carry_out(op, step) {
            Ok(()) => {}
            Err(HostError::Refused(refusal)) => {
                self.log("driver-error", json!({ "op": op, "error": refusal.to_string() }));
            }
            Err(error) => return Err(stopped(&error)),
        }
        self.receive();
        let doc = text(step, "doc").unwrap_or_default();
        match op {
            "waitAgent" => self.expect(text(step, "target").unwrap_or_default(), None),
            "openTab" | "navigate" => {
                let page = step.contains_key("ext").then_some(doc);
                match text(step, "expect").or(page) {
                    Some(expected) => self.expect(expected, None),
                    None => Ok(()),
                }
            }
            _ => Ok(()),
        }
    }

    fn carry_out(&mut self, op: &str, step: &Map<String, Value>) -> Result<(), HostError> {
        let doc = text(step, "doc").unwrap_or_default();
        let tab = text(step, "tab").unwrap_or(doc).to_owned();
        let on = step.get("value").and_then(Value::as_bool).unwrap_or(false);
        let extension = self.extension;
        match op {
            "openTab" if step.contains_key("ext") => {
                let page = self.host.open_page(extension, &format!("page.html?doc={doc}"))?;
                self.tabs.extend(self.host.tab_of_page(page).map(|shown| (tab, shown)));
            }
            "openTab" => {
                let document = self.host.open_document(&address(step))?;
                self.tabs.extend(self.host.tab_of(document).map(|shown| (tab, shown)));
            }
            "navigate" | "reload" | "back" | "forward" => {
                let Some(&shown) = self.tabs.get(&tab) else { return Ok(()) };
                if let (Some(page), "reload") = (self.host.page_in(shown), op) {
                    return self.host.reload_page(page).map(drop);
                }
                let Some(document) = self.host.shown_in(shown) else { return Ok(()) };
                match op {
                    "navigate" => self.host.visit(document, &address(step))?,
                    "reload" => self.host.reload_document(document)?,
                    "back" => self.host.travel(document, -1)?,
                    _ => self.host.travel(document, 1)?,
                };
            }
            "closeTab" | "crashTab" => {
                let Some(shown) = self.tabs.remove(&tab) else { return Ok(()) };
                match (self.host.page_in(shown), self.host.shown_in(shown)) {
                    (Some(page), _) => self.host.close_page(page)?,
                    (None, Some(document)) if op == "closeTab" => self.host.close(document)?,
                    (None, Some(document)) => self.host.crash(document)?,
                    (None, None) => {}
                }
            }
            "stopBackground" => match self.host.stop_background(extension) {
                // It is stopped already, which is what was asked for.
                Ok(()) | Err(HostError::Refused(_)) => {}
                Err(error) => return Err(error),
            },
            "isBackgroundRunning" => {
                let background = self.host.with_router(|router| router.background(extension));
                let running = matches!(background, Some(Background::Running(_)));
                self.log("background-running", json!({ "value": running }));
            }
            "quietAgent" => {
                let target = text(step, "target").unwrap_or_default();
                if let Some(agent) = self.server.agents.get(target).copied() {
                    self.host.send_text(agent.socket, r#"{"cmd":"quiet"}"#)?;
                }
            }
            "reloadExtension" => self.extension = self.host.reload(extension)?,
            "uninstallExtension" => self.host.uninstall(extension)?,
            "setExtensionEnabled" if on => self.extension = self.host.enable(extension)?,
            "setExtensionEnabled" => self.host.disable(extension)?,
            "setUserScriptsPermission" if on => self.host.grant_permission(extension)?,
            "setUserScriptsPermission" => self.host.revoke_permission(extension)?,
            _ => {}
        }
        Ok(())
    }

    fn expect(&mut self, context: &str, not: Option<usize>) -> Done {
        if !self.wait_agent(context, EXPECT_WAIT, not)? {
            self.log("no-agent", json!({ "of": context }));
        }
        Ok(())
    }

    fn wait_agent(
        &mut self,
        context: &str,
        wait: u64,
        not: Option<usize>,
    ) -> Result<bool, RecordError> {
        let until = self.host.now() + wait;
        loop {
            if self.server.agents.get(context).is_some_and(|agent| Some(agent.life) != not) {
                return Ok(true);
            }
            if self.host.now() >= until {
                return Ok(false);
            }
            self.pass(SLICE)?;
        }
    }

    /// Lets time pass until nothing has been heard for so long.
    fn settle(&mut self, quiet: u64) -> Done {
        let begin = self.host.now();
        self.server.last_activity = self.server.last_activity.max(begin);
        loop {
            self.receive();
            let now = self.host.now();
            if now.saturating_sub(self.server.last_activity) >= quiet || now - begin > SETTLE_MAX {
                return Ok(());
            }
            self.pass(SLICE)?;
        }
    }

    fn pass(&mut self, milliseconds: u64) -> Done {
        self.host.run_for(milliseconds).map_err(|error| stopped(&error))?;
        self.receive();
        Ok(())
    }

    fn receive(&mut self) {
        let now = self.host.time();
        for event in self.host.take_net() {
            self.server.receive(event, now);
        }
    }

    fn log(&mut self, kind: &str, data: Value) {
        self.receive();
        let now = self.host.time();
        self.server.log(kind, data, now);
    }
}

/// What is for one browser is for the profile that follows its rules.
fn is_for(profile: &Profile, only: &str) -> bool {
    Profile::named(only).is_some_and(|wanted| {
        wanted.name == profile.name
            || profile.name == Profile::STANDARD.name && wanted.background == profile.background
    })
}

/// The browser's own, or what the scenario sets for it.
fn idle_timeout(scenario: &Map<String, Value>, profile: &Profile) -> u64 {
    let prefs = scenario.get("firefoxPrefs").filter(|_| is_for(profile, "firefox"));
    let set = prefs.and_then(|prefs| prefs.get("extensions.background.idle.timeout")?.as_u64());
    set.unwrap_or(profile.idle_timeout)
}

fn address(step: &Map<String, Value>) -> String {
    let port = SERVER.rsplit_once(':').map_or("", |(_, port)| port);
    let host = text(step, "host").unwrap_or("127.0.0.1");
    let path = text(step, "path").unwrap_or("/page.html");
    format!("http://{host}:{port}{path}?doc={}", text(step, "doc").unwrap_or_default())
}
