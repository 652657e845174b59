//! A scenario, read once into typed calls: what scripts do is data, and this is its vocabulary.
//!
//! Nothing here knows a scenario by its name. What a call does that the model leaves out (payload contents,
//! argument errors, the shape of objects, measuring) is said by an [`Outside`] reason, never skipped silently.

use std::collections::BTreeMap;
use std::sync::Arc;

use worldport_model::{Csp, RuntimeEvent};

use super::payload::Payload;

/// A name in a scenario.
pub(super) type Text = Arc<str>;
/// A list of calls, by its place in [`Script::bodies`].
pub(super) type Body = usize;

/// Why something that a scenario does, or a trace shows, is not the model's.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize,
)]
#[serde(rename_all = "kebab-case")]
pub enum Outside {
    /// The call is made with arguments that may be refused by their type.
    Arguments,
    /// The step is a remark, or the recorder's own business.
    Bookkeeping,
    /// The call asks what an object or an API looks like, or what is stored.
    Inspection,
    /// A connection that the extension opens into a tab; the model has none in that direction.
    IntoTab,
    /// A call in the page's own world, which has no messaging.
    PageWorld,
    /// What a message becomes on its way, and how large it may be.
    Payload,
    /// Time passes.
    Time,
}

impl Outside {
    /// Every reason, for tables.
    pub const ALL: [Self; 7] = [
        Self::Arguments,
        Self::Bookkeeping,
        Self::Inspection,
        Self::IntoTab,
        Self::PageWorld,
        Self::Payload,
        Self::Time,
    ];
}

/// Which port a call is about.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Target {
    /// The port that the listener was called with.
    Current,
    /// The port that the agent calls so.
    Named(Text),
}

/// Which of a port's listener sets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum On {
    /// `onDisconnect`.
    Disconnect,
    /// `onMessage`.
    Message,
}

/// What a call does with a listener set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Change {
    /// Adds a listener.
    Add,
    /// Asks whether a listener is there.
    Has,
    /// Asks whether there is any.
    HasAny,
    /// Removes a listener.
    Remove,
}

/// How a listener that answers ends.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Ending {
    /// By a promise of this.
    Promise(Payload),
    /// By `true`.
    True,
    /// By anything else.
    Other,
}

/// How a script is told the outcome of a one-time message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Answer {
    /// By a callback, which reports it.
    Callback,
    /// By a promise.
    Promise,
    /// By a function that reports nothing.
    Unreported,
}

/// A script that is registered.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Registered {
    /// Its id.
    pub(super) id: Text,
    /// Its world; the default one is empty.
    pub(super) world: Text,
    /// The `register` call that it came with, counted from 0.
    pub(super) call: usize,
}

/// What a script does.
#[derive(Clone, Debug, PartialEq)]
#[allow(missing_docs, reason = "the fields are the arguments of the agent's operations")]
pub(super) enum Call {
    AddFrame {
        doc: Text,
    },
    Assign {
        doc: Text,
    },
    Configure {
        world: Option<Text>,
        messaging: Option<bool>,
        csp: Csp,
        is_plain: bool,
    },
    Connect {
        alias: Text,
        name: Text,
        is_plain: bool,
        listeners: Vec<(On, Text)>,
    },
    ConnectIntoTab {
        alias: Text,
    },
    ConnectMany {
        count: u32,
    },
    CountConnect {
        count: u32,
    },
    CountMessages {
        port: Target,
        count: u32,
    },
    Disconnect {
        port: Target,
        is_plain: bool,
    },
    Echo {
        port: Target,
    },
    /// Runs the body later: after so many milliseconds, or after this task.
    Later {
        ms: Option<u64>,
        body: Body,
    },
    /// A change of a listener set of `runtime`.
    Listen {
        change: Change,
        event: RuntimeEvent,
        function: Text,
    },
    /// A change of a listener set of a port.
    ListenPort {
        change: Change,
        port: Target,
        on: On,
        function: Text,
    },
    /// The listener changes the message object that it shares with the others.
    Mutate,
    NavigateFrame {
        doc: Text,
        to: Text,
    },
    OnWindow {
        kind: Text,
        body: Body,
    },
    Outside(Outside),
    PingPong {
        port: Target,
        count: u32,
    },
    Post {
        port: Target,
        payload: Payload,
        is_plain: bool,
    },
    /// Posts this many numbered messages; a record of the agent follows where it is a flood.
    PostMany {
        port: Target,
        count: u32,
        is_flood: bool,
    },
    Register {
        scripts: Vec<Registered>,
    },
    ReloadDocument,
    ReloadExtension,
    RemoveFrame {
        doc: Text,
    },
    Reset {
        world: Option<Text>,
        is_plain: bool,
    },
    Respond {
        payload: Payload,
    },
    Return(Ending),
    Send {
        payload: Payload,
        is_plain: bool,
        answer: Answer,
    },
    /// Throws, in this context or in any.
    Throw {
        only_in: Option<Text>,
    },
    Unregister {
        ids: Option<Vec<Text>>,
    },
}

/// A call with what the trace says of it.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Op {
    /// The agent's operation.
    pub(super) name: Text,
    /// Whether the agent does not report its return.
    pub(super) silent: bool,
    /// What it does.
    pub(super) call: Call,
}

/// What the recorder is told to do with the browser.
#[derive(Clone, Debug, PartialEq)]
#[allow(missing_docs, reason = "the fields are the arguments of the recorder's operations")]
pub(super) enum Drive {
    CloseTab { tab: Text },
    CrashTab { tab: Text },
    IsBackgroundRunning,
    Navigate { tab: Text, doc: Text },
    Nothing,
    OpenPage { tab: Text },
    OpenTab { tab: Text, doc: Text },
    Quiet { agent: Text },
    Reload { tab: Text },
    ReloadExtension,
    SetEnabled(bool),
    SetPermission(bool),
    StopBackground,
    Travel { tab: Text, by: isize },
    Uninstall,
}

/// A step of a scenario.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Step {
    /// Tasks of named contexts, together; the numbers of their calls begin with this one.
    Calls(Vec<(Text, Body, u64)>),
    /// An order to the browser.
    Drive(Drive),
    /// A remark, or a step for the other browser.
    Nothing,
    /// Time passes.
    Wait,
}

/// A scenario for one browser.
#[derive(Clone, Debug, Default)]
pub struct Script {
    /// Its steps, and for each how long it is left to settle; nothing if it is not.
    pub(super) steps: Vec<(Step, Option<u64>)>,
    /// The lists of calls.
    pub(super) bodies: Vec<Vec<Op>>,
    /// What listeners do, by function name.
    pub(super) functions: BTreeMap<Text, Body>,
    /// What contexts do when they start, by kind or name.
    pub(super) startup: BTreeMap<Text, Body>,
    /// Whether the extension has content scripts.
    pub(super) has_content_script: bool,
    /// What a connect listener does where the scenario says nothing.
    pub(super) default_connect: Body,
    /// What any other listener does where the scenario says nothing.
    pub(super) default_other: Body,
    pub(super) registrations: usize,
    pub(super) numbered: u64,
}

impl Script {
    /// Whether scripts of it do something in a later task, which then races with what arrives.
    #[must_use]
    pub fn has_later_tasks(&self) -> bool {
        let mut calls = self.bodies.iter().flatten();
        calls.any(|op| matches!(op.call, Call::Later { .. }))
    }
}
