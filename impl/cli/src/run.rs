//! `worldport run`: an extension in a browser without a screen, told as a story.
//!
//! Three observers watch the run: the narrator, the diagram and whoever follows in lockstep. What
//! they saw decides the exit code.

mod diagram;
mod narrator;

use std::cell::RefCell;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::rc::Rc;
use std::str::FromStr;

use serde_json::json;
use worldport::Router;
use worldport_quickjs::{
    ErrorKind, Extension, Host, HostError, HostOptions, LoadError, Observer, PageUrl, Payload,
    Profile, RealmLimits,
};

use self::narrator::Narrator;

/// Everything held.
const HOLDS: u8 = 0;
/// A script failed, or the model disagreed.
const FAILS: u8 = 1;
/// What was asked for cannot be done.
const UNUSABLE: u8 = 2;

/// What the built-in example opens.
const EXAMPLE_PAGE: &str = "https://example.com/";
const EXAMPLE: [(&str, &str); 4] = [
    ("manifest.json", include_str!("builtin/manifest.json")),
    ("worlds.js", include_str!("builtin/worlds.js")),
    ("background.js", include_str!("builtin/background.js")),
    ("page.js", include_str!("builtin/page.js")),
];

/// What the driver clicks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Click {
    /// The extension's button.
    Action,
    /// The body of every open document.
    Body,
}

impl FromStr for Click {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "action" => Ok(Self::Action),
            "body" => Ok(Self::Body),
            other => Err(format!("{other:?} cannot be clicked, only body or action")),
        }
    }
}

/// What `worldport run` was asked for.
#[derive(Clone, Debug)]
pub(crate) struct RunArgs {
    /// The unpacked extension; `None`: the built-in example.
    pub(crate) dir: Option<PathBuf>,
    /// The browser to behave like.
    pub(crate) profile: Profile,
    /// Addresses, in the order in which they are opened.
    pub(crate) open: Vec<String>,
    /// What is clicked afterwards, in order.
    pub(crate) click: Vec<Click>,
    /// How much each context's scripts may use.
    pub(crate) limits: RealmLimits,
    /// JSON lines instead of a story.
    pub(crate) json: bool,
}

/// What somebody who followed in lockstep has to say at the end.
#[derive(Clone, Debug)]
pub(crate) struct Verdict {
    /// Whether all was as the model says.
    pub(crate) holds: bool,
    /// In a sentence.
    pub(crate) text: String,
}

/// Runs an extension, watched by `lockstep`; `verdict` is asked once at the end.
pub(crate) fn run(
    args: &RunArgs,
    lockstep: impl Observer + 'static,
    verdict: impl FnOnce(&Router<Payload>) -> Verdict,
) -> ExitCode {
    if let Some(error) = args.open.iter().find_map(|url| PageUrl::parse(url).err()) {
        return ExitCode::from(complain(&error.to_string()));
    }
    let loaded = match &args.dir {
        Some(dir) => Extension::load(dir),
        None => Extension::from_files(EXAMPLE),
    };
    let code = match loaded {
        Ok(extension) => Story::new(args, extension).tell(lockstep, verdict),
        Err(error) => complain(&load_error(args.dir.as_deref(), &error)),
    };
    ExitCode::from(code)
}

struct Story<'a> {
    args: &'a RunArgs,
    extension: Extension,
    open: Vec<String>,
    click: Vec<Click>,
}

impl<'a> Story<'a> {
    fn new(args: &'a RunArgs, extension: Extension) -> Self {
        let (mut open, mut click) = (args.open.clone(), args.click.clone());
        // The example shows all that it can, unless told what to do.
        if args.dir.is_none() && open.is_empty() {
            open.push(EXAMPLE_PAGE.to_owned());
            if click.is_empty() {
                click.extend([Click::Body, Click::Action]);
            }
        }
        Self { args, extension, open, click }
    }

    fn tell(
        self,
        lockstep: impl Observer + 'static,
        verdict: impl FnOnce(&Router<Payload>) -> Verdict,
    ) -> u8 {
        let narrator = Rc::new(RefCell::new(Narrator::new(self.args.json)));
        narrator.borrow_mut().title(self.extension.manifest(), self.args.profile.name);
        let observers = (Rc::clone(&narrator), lockstep);
        let options = HostOptions { realm: self.args.limits, ..HostOptions::default() };
        let mut host = Host::new(self.args.profile.clone(), options, observers);
        let ran = self.drive(&mut host);
        let verdict = host.with_router(verdict);
        drop(host);
        let narrator = narrator.borrow();
        let mut code = HOLDS;
        if let Some(problem) = narrator.first_error(ErrorKind::Syntax) {
            let file = problem.file.clone().unwrap_or_default();
            let shown = self.extension.shown(&file).display().to_string();
            let place = problem.place().unwrap_or_default().replacen(&file, &shown, 1);
            code = complain(&format!("{place}: {}", problem.message));
        } else if let Some((file, named_by)) = narrator.missing() {
            let shown = self.extension.shown(file);
            code = complain(&format!("{}: no such file (named by {named_by})", shown.display()));
        } else if narrator.uncaught() > 0 || !verdict.holds {
            code = FAILS;
        }
        match ran {
            Ok(()) => {}
            Err(HostError::Diverged(_)) => code = code.max(FAILS),
            Err(error) => {
                narrator.problem(&error.to_string());
                code = code.max(FAILS);
            }
        }
        if self.args.json {
            let summary = json!({
                "event": "summary",
                "profile": self.args.profile.name,
                "extension": self.extension.manifest().name,
                "documents": self.open,
                "console": narrator.console(),
                "delivered": narrator.delivered(),
                "uncaught": narrator.uncaught(),
                "lockstep": { "holds": verdict.holds, "text": verdict.text },
                "exit": code,
            });
            narrator::line(&summary.to_string());
        } else {
            narrator.ending(&verdict.text);
        }
        code
    }

    fn drive(&self, host: &mut Host) -> Result<(), HostError> {
        host.install(self.extension.clone())?;
        host.run_until_idle()?;
        if self.open.is_empty() && !self.args.json {
            narrator::line("no page is opened; --open URL opens one");
        }
        let mut documents = Vec::new();
        for url in &self.open {
            documents.push(host.open_document(url)?);
            host.run_until_idle()?;
        }
        for click in &self.click {
            match click {
                Click::Action => {
                    host.click_action()?;
                }
                Click::Body => {
                    for &document in &documents {
                        host.click_body(document)?;
                    }
                }
            }
            host.run_until_idle()?;
        }
        Ok(())
    }
}

/// The directory is part of most texts already; where it is not, it is put in front.
fn load_error(dir: Option<&Path>, error: &LoadError) -> String {
    match (dir, error) {
        (Some(dir), LoadError::OutsideExtension { .. }) => format!("{}: {error}", dir.display()),
        _ => error.to_string(),
    }
}

fn complain(problem: &str) -> u8 {
    eprintln!("worldport: {problem}");
    UNUSABLE
}
