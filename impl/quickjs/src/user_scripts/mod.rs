//! The `userScripts` namespace: what is registered, and how worlds are configured.
//!
//! World configurations are the router's. Registered scripts are kept here, because only the host
//! injects.

use std::sync::Arc;

use serde_json::{Value, json};
use worldport::WorldId;

use crate::patterns::{MatchPattern, glob};
use crate::url::PageUrl;

mod calls;
mod parse;

pub(crate) use calls::call;

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
