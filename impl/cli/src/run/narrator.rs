//! What happens, as it happens: a line an event, for people or as JSON.

use std::io::{self, Write as _};

use worldport_quickjs::{ErrorKind, HostEvent, Manifest, Observer, ScriptError};

use super::diagram::Diagram;

/// Width of the column with the names of contexts.
const NAME_COLUMN: usize = 29;

/// Writes the story, and counts what the ending needs.
#[derive(Debug, Default)]
pub(super) struct Narrator {
    json: bool,
    diagram: Diagram,
    errors: Vec<ScriptError>,
    missing: Option<(String, String)>,
    console: usize,
    delivered: usize,
}

impl Narrator {
    pub(super) fn new(json: bool) -> Self {
        Self { json, ..Self::default() }
    }

    pub(super) fn title(&self, manifest: &Manifest, profile: &str) {
        if !self.json {
            line(&format!("{} {}, profile {profile}\n", manifest.name, manifest.version));
        }
    }

    /// How many lines the scripts logged.
    pub(super) fn console(&self) -> usize {
        self.console
    }

    /// How many messages reached a listener.
    pub(super) fn delivered(&self) -> usize {
        self.delivered
    }

    /// How many errors nobody caught.
    pub(super) fn uncaught(&self) -> usize {
        self.errors.len()
    }

    /// The first file that a script named and that does not exist, and what it was named to.
    pub(super) fn missing(&self) -> Option<&(String, String)> {
        self.missing.as_ref()
    }

    pub(super) fn first_error(&self, kind: ErrorKind) -> Option<&ScriptError> {
        self.errors.iter().find(|error| error.kind == kind)
    }

    /// Why the run ended early.
    pub(super) fn problem(&self, text: &str) {
        if self.json {
            line(&serde_json::json!({ "event": "problem", "text": text }).to_string());
        } else {
            line(&told("", '!', text));
        }
    }

    pub(super) fn ending(&self, verdict: &str) {
        let diagram = self.diagram.to_string();
        if !diagram.is_empty() {
            line(&format!("\n{diagram}"));
        }
        let plural = |count: usize, one: &str| match count {
            1 => format!("1 {one}"),
            many => format!("{many} {one}s"),
        };
        let messages = plural(self.delivered, "message");
        let errors = plural(self.errors.len(), "uncaught error");
        line(&format!("{messages} delivered, {errors}"));
        line(verdict);
    }

    fn tell(&self, event: &HostEvent) {
        match event {
            HostEvent::BackgroundWoken { context } => {
                line(&told(&context.to_string(), '·', "is woken"));
            }
            HostEvent::BackgroundStopped { context } => {
                line(&told(&context.to_string(), '·', "stops"));
            }
            HostEvent::Clicked { target, listeners } => {
                let heard = if *listeners == 0 { ", and nobody listens" } else { "" };
                line(&told("", '>', &format!("click {target}{heard}")));
            }
            HostEvent::Console { context, level, text, .. } => {
                let mark = if level == "error" || level == "warn" { '!' } else { '|' };
                line(&told(&context.to_string(), mark, text));
            }
            HostEvent::DocumentOpened { document } => {
                line(&told("", '>', &format!("open {document}")));
            }
            HostEvent::FileMissing { context, file, named_by } => {
                let text = format!("{named_by} names {file}, which does not exist");
                line(&told(&context.to_string(), '!', &text));
            }
            HostEvent::Note { context, text } => {
                let name = context.as_ref().map(ToString::to_string).unwrap_or_default();
                line(&told(&name, '·', &format!("note: {text}")));
            }
            HostEvent::PortDisconnected { context, name, error: Some(error), .. } => {
                let text = format!("port {name:?} is disconnected: {error}");
                line(&told(&context.to_string(), '·', &text));
            }
            HostEvent::Uncaught { context, error } => {
                let place = error.place().map(|place| format!(" ({place})")).unwrap_or_default();
                let text = format!("uncaught {}{place}", error.message);
                line(&told(&context.to_string(), '!', &text));
            }
            HostEvent::WorldStarted { context, messaging: false } => {
                line(&told(&context.to_string(), '·', "starts without messaging"));
            }
            _ => {}
        }
    }
}

impl Observer for Narrator {
    fn event(&mut self, event: &HostEvent) {
        match event {
            HostEvent::Console { .. } => self.console += 1,
            HostEvent::MessageDelivered { .. } | HostEvent::RequestDelivered { .. } => {
                self.delivered += 1;
            }
            HostEvent::FileMissing { file, named_by, .. } => {
                self.missing.get_or_insert_with(|| (file.clone(), named_by.clone()));
            }
            HostEvent::Uncaught { error, .. } => self.errors.push(error.clone()),
            _ => {}
        }
        if self.json {
            if let Ok(text) = serde_json::to_string(event) {
                line(&text);
            }
        } else {
            self.diagram.note(event);
            self.tell(event);
        }
    }
}

/// A line of the story. What scripts say may have several lines; they stay in their column.
fn told(name: &str, mark: char, text: &str) -> String {
    let visible = |c: char| if c.is_control() && c != '\n' { '\u{fffd}' } else { c };
    let shown: String = text.chars().map(visible).collect();
    let indented = shown.replace('\n', &format!("\n{:NAME_COLUMN$} {mark} ", ""));
    format!("{name:NAME_COLUMN$} {mark} {indented}")
}

/// Writes to the standard output. A reader that went away is no reason to fail.
pub(super) fn line(text: &str) {
    let _ = writeln!(io::stdout().lock(), "{text}");
}
