//! `manifest.json`, version 3: the members that this host understands. Others are accepted and
//! ignored.

use std::path::Path;

use serde_json::{Map, Value};

use crate::extension::LoadError;
use crate::patterns::MatchPattern;
use crate::user_scripts::RunAt;

/// The permission without which there are no user scripts.
const USER_SCRIPTS: &str = "userScripts";

/// How the background runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BackgroundKind {
    /// There is none.
    Absent,
    /// `background.scripts`: a page without content.
    EventPage,
    /// `background.service_worker`.
    ServiceWorker,
}

/// A script that the manifest names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScriptFile {
    /// Relative to the extension.
    pub file: String,
    /// The member that names it.
    pub named_by: String,
}

/// Scripts that run in documents without being registered.
#[derive(Clone, Debug)]
pub(crate) struct ContentScript {
    pub(crate) matches: Vec<MatchPattern>,
    pub(crate) files: Vec<ScriptFile>,
    pub(crate) run_at: RunAt,
    pub(crate) all_frames: bool,
}

/// What the manifest says.
#[derive(Clone, Debug)]
pub struct Manifest {
    /// `name`.
    pub name: String,
    /// `version`.
    pub version: String,
    /// `browser_specific_settings.gecko.id`, or a stable one made from the name.
    pub id: String,
    /// Where the background's scripts come from.
    pub background: BackgroundKind,
    /// In the order in which they run.
    pub background_scripts: Vec<ScriptFile>,
    /// `content_scripts`.
    pub(crate) content_scripts: Vec<ContentScript>,
    /// `permissions` that are not match patterns.
    pub permissions: Vec<String>,
    /// `host_permissions`.
    pub host_permissions: Vec<MatchPattern>,
    /// `message_serialization`.
    pub(crate) message_serialization: Option<String>,
    /// The whole text, for `runtime.getManifest()`.
    pub(crate) json: Value,
}

impl Manifest {
    /// Whether the extension may use `userScripts`.
    #[must_use]
    pub fn may_run_user_scripts(&self) -> bool {
        self.permissions.iter().any(|permission| permission == USER_SCRIPTS)
    }

    pub(crate) fn parse(text: &str, path: &Path) -> Result<Self, LoadError> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let json: Value =
            serde_json::from_str(text).map_err(|error| LoadError::ManifestSyntax {
                path: path.to_path_buf(),
                line: error.line(),
                column: error.column().max(1),
                reason: without_place(&error.to_string()),
            })?;
        let reader = Reader { path };
        let object = json.as_object().ok_or_else(|| reader.wrong("(the manifest)", "an object"))?;
        match object.get("manifest_version") {
            None => return Err(reader.missing("manifest_version")),
            Some(version) if version.as_u64() == Some(3) => {}
            Some(other) => {
                return Err(LoadError::ManifestVersion {
                    path: path.to_path_buf(),
                    found: other.to_string(),
                });
            }
        }
        let name = reader.required_text(object, "name")?;
        let version = reader.required_text(object, "version")?;
        let (background, background_scripts) = reader.background(object)?;
        let mut host_permissions = Vec::new();
        for text in reader.texts(object, "host_permissions")? {
            let pattern =
                text.parse().map_err(|_| reader.wrong("host_permissions", "match patterns"))?;
            host_permissions.push(pattern);
        }
        let gecko = object.get("browser_specific_settings").and_then(|s| s.pointer("/gecko/id"));
        let id = gecko.and_then(Value::as_str).map_or_else(|| made_up_id(&name), str::to_owned);
        let permissions = reader.texts(object, "permissions")?;
        let content_scripts = reader.content_scripts(object)?;
        let serialization = object.get("message_serialization").and_then(Value::as_str);
        Ok(Self {
            content_scripts,
            message_serialization: serialization.map(str::to_owned),
            name,
            version,
            id,
            background,
            background_scripts,
            permissions,
            host_permissions,
            json: json.clone(),
        })
    }
}

struct Reader<'a> {
    path: &'a Path,
}

impl Reader<'_> {
    fn missing(&self, field: &str) -> LoadError {
        LoadError::MissingField { path: self.path.to_path_buf(), field: field.to_owned() }
    }

    fn wrong(&self, field: &str, expected: &'static str) -> LoadError {
        LoadError::WrongField { path: self.path.to_path_buf(), field: field.to_owned(), expected }
    }

    fn required_text(&self, object: &Map<String, Value>, field: &str) -> Result<String, LoadError> {
        match object.get(field) {
            None => Err(self.missing(field)),
            Some(Value::String(text)) if !text.is_empty() => Ok(text.clone()),
            Some(_) => Err(self.wrong(field, "a string that is not empty")),
        }
    }

    fn texts(&self, object: &Map<String, Value>, field: &str) -> Result<Vec<String>, LoadError> {
        match object.get(field) {
            None => Ok(Vec::new()),
            Some(value) => self.text_list(value, field),
        }
    }

    fn text_list(&self, value: &Value, field: &str) -> Result<Vec<String>, LoadError> {
        let wrong = || self.wrong(field, "a list of strings");
        let items = value.as_array().ok_or_else(wrong)?;
        items.iter().map(|item| item.as_str().map(str::to_owned).ok_or_else(wrong)).collect()
    }

    /// Where both forms are given, `scripts` wins: the manifest is written for either kind of
    /// browser.
    fn background(
        &self,
        object: &Map<String, Value>,
    ) -> Result<(BackgroundKind, Vec<ScriptFile>), LoadError> {
        let Some(background) = object.get("background") else {
            return Ok((BackgroundKind::Absent, Vec::new()));
        };
        let members =
            background.as_object().ok_or_else(|| self.wrong("background", "an object"))?;
        if members.get("type").and_then(Value::as_str) == Some("module") {
            return Err(self.wrong("background.type", "\"classic\", the only type supported"));
        }
        if let Some(scripts) = members.get("scripts") {
            let field = "background.scripts";
            let files = self.text_list(scripts, field)?;
            let scripts = files.into_iter().map(|file| self.script(file, field)).collect();
            return Ok((BackgroundKind::EventPage, scripts));
        }
        if let Some(worker) = members.get("service_worker") {
            let field = "background.service_worker";
            let file = worker.as_str().ok_or_else(|| self.wrong(field, "a string"))?;
            let scripts = vec![self.script(file.to_owned(), field)];
            return Ok((BackgroundKind::ServiceWorker, scripts));
        }
        Err(self.missing("background.scripts"))
    }

    fn content_scripts(
        &self,
        object: &Map<String, Value>,
    ) -> Result<Vec<ContentScript>, LoadError> {
        let field = "content_scripts";
        let entries = match object.get(field) {
            None => return Ok(Vec::new()),
            Some(Value::Array(entries)) => entries,
            Some(_) => return Err(self.wrong(field, "a list of objects")),
        };
        let read = |entry: &Value| {
            let members =
                entry.as_object().ok_or_else(|| self.wrong(field, "a list of objects"))?;
            let patterns = self.texts(members, "matches")?;
            let matches = patterns.iter().map(|text| text.parse().ok()).collect::<Option<_>>();
            let wrong = || self.wrong("content_scripts.matches", "match patterns");
            let files = self.texts(members, "js")?;
            let run_at = match members.get("run_at").and_then(Value::as_str) {
                Some("document_start") => RunAt::Start,
                Some("document_end") => RunAt::End,
                _ => RunAt::Idle,
            };
            Ok(ContentScript {
                matches: matches.ok_or_else(wrong)?,
                files: files.into_iter().map(|f| self.script(f, "content_scripts.js")).collect(),
                run_at,
                all_frames: members.get("all_frames").and_then(Value::as_bool).unwrap_or(false),
            })
        };
        entries.iter().map(read).collect()
    }

    fn script(&self, file: String, field: &str) -> ScriptFile {
        ScriptFile {
            // A name that leads out stays as it is: reading it says so.
            file: crate::extension::inside(&file).unwrap_or(file),
            named_by: format!("{field} of {}", self.path.display()),
        }
    }
}

/// serde_json ends its texts with the place, which the error has in fields.
fn without_place(text: &str) -> String {
    text.rfind(" at line ").map_or(text, |at| &text[..at]).to_owned()
}

/// Thirty-two letters from `a` to `p`, the form of an extension id, the same for the same name.
fn made_up_id(name: &str) -> String {
    let mut state = 0xcbf2_9ce4_8422_2325_u64;
    let mut letters = String::with_capacity(32);
    for round in 0..32_u8 {
        for byte in name.bytes().chain([round]) {
            state = (state ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
        letters.push(char::from(b'a' + (state >> 60) as u8));
    }
    letters
}
