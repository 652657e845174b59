//! What can be seen of a run, as data: one value an event, in the order in which things happen.

use serde::Serialize;
use serde_json::Value;

use crate::label::ContextLabel;

/// Where an error came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ErrorKind {
    /// A script ran longer than the host allows and was stopped.
    Interrupted,
    /// A listener threw.
    Listener,
    /// A promise was rejected and nobody handled it.
    Rejection,
    /// The top level of a script threw.
    Script,
    /// A script does not parse.
    Syntax,
    /// A timer's or microtask's callback threw.
    Timer,
}

/// An exception that no script caught, with the place it came from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ScriptError {
    /// Where it came from.
    pub kind: ErrorKind,
    /// `name: message`, or the thrown value as text.
    pub message: String,
    /// Relative to the extension, if known.
    pub file: Option<String>,
    /// Counted from 1.
    pub line: Option<u32>,
    /// Counted from 1.
    pub column: Option<u32>,
    /// The frames of the extension's own code, one a line, innermost first.
    pub stack: String,
}

impl ScriptError {
    /// The place as `file:line:column`, as far as it is known.
    #[must_use]
    pub fn place(&self) -> Option<String> {
        let file = self.file.as_ref()?;
        Some(match (self.line, self.column) {
            (Some(line), Some(column)) => format!("{file}:{line}:{column}"),
            (Some(line), None) => format!("{file}:{line}"),
            _ => file.clone(),
        })
    }
}

/// How a one-time message ended for its sender.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "outcome", rename_all = "kebab-case")]
pub enum Settlement {
    /// It was rejected with this text.
    Rejected {
        /// As the script sees it.
        error: String,
    },
    /// It resolved.
    Resolved {
        /// The reply as [`HostEvent::Console`] shows values.
        value: Value,
        /// The reply as text.
        text: String,
    },
}

/// Something that happened. In JSON, `event` names the kind.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
#[non_exhaustive]
pub enum HostEvent {
    /// The extension's background ran all of its scripts.
    BackgroundStarted {
        /// It.
        context: ContextLabel,
    },
    /// The background stopped.
    BackgroundStopped {
        /// It.
        context: ContextLabel,
    },
    /// Something for the background arrived while it was stopped: it is started.
    BackgroundWoken {
        /// It.
        context: ContextLabel,
    },
    /// The driver clicked.
    Clicked {
        /// `action`, or the document's address.
        target: String,
        /// How many listeners there were, in all contexts.
        listeners: usize,
    },
    /// A script called `console`.
    Console {
        /// Where.
        context: ContextLabel,
        /// `log`, `info`, `warn`, `error` or `debug`.
        level: String,
        /// The arguments. What JSON lacks is an object with one member, as in
        /// `{"$undefined":true}`.
        args: Vec<Value>,
        /// The arguments as a person reads them.
        text: String,
    },
    /// A context is gone.
    ContextEnded {
        /// It.
        context: ContextLabel,
    },
    /// The driver opened a document.
    DocumentOpened {
        /// Its label.
        document: String,
    },
    /// A message reached a context that listens.
    MessageDelivered {
        /// Where.
        context: ContextLabel,
        /// From where.
        from: ContextLabel,
        /// The receiving end.
        port: u32,
        /// The port's name.
        name: String,
        /// The message's number.
        serial: u32,
        /// The message.
        value: Value,
        /// The message as text.
        text: String,
    },
    /// A message reached an end on which nobody listens, and is gone.
    MessageDropped {
        /// Where.
        context: ContextLabel,
        /// The receiving end.
        port: u32,
        /// The port's name.
        name: String,
    },
    /// A script posted a message.
    MessagePosted {
        /// Where.
        context: ContextLabel,
        /// The sending end.
        port: u32,
        /// The port's name.
        name: String,
        /// The message's number.
        serial: u32,
        /// The message.
        value: Value,
        /// The message as text.
        text: String,
    },
    /// A script named a file that the extension does not have; its promise is rejected.
    FileMissing {
        /// Who named it.
        context: ContextLabel,
        /// The file, as it was named.
        file: String,
        /// The function that it was given to.
        named_by: String,
    },
    /// Something worth knowing that is no error.
    Note {
        /// Where, if in a context.
        context: Option<ContextLabel>,
        /// In a sentence.
        text: String,
    },
    /// A context with listeners got its end of a new connection.
    PortAccepted {
        /// Where.
        context: ContextLabel,
        /// Who connected.
        from: ContextLabel,
        /// The receiving end.
        port: u32,
        /// The port's name.
        name: String,
    },
    /// An end was told that its channel is closed.
    PortDisconnected {
        /// Where.
        context: ContextLabel,
        /// The end.
        port: u32,
        /// The port's name.
        name: String,
        /// Why, if not because the other side left.
        error: Option<String>,
    },
    /// A script closed its end.
    PortClosed {
        /// Where.
        context: ContextLabel,
        /// The end.
        port: u32,
        /// The port's name.
        name: String,
    },
    /// A script called `connect`.
    PortOpened {
        /// Where.
        context: ContextLabel,
        /// The opener's end.
        port: u32,
        /// The port's name.
        name: String,
    },
    /// A one-time message reached a context that listens.
    RequestDelivered {
        /// Where.
        context: ContextLabel,
        /// From where.
        from: ContextLabel,
        /// The message's number.
        serial: u32,
        /// The message.
        value: Value,
        /// The message as text.
        text: String,
    },
    /// A script called `sendMessage`.
    RequestSent {
        /// Where.
        context: ContextLabel,
        /// The message's number.
        serial: u32,
        /// The message.
        value: Value,
        /// The message as text.
        text: String,
    },
    /// A one-time message was answered, or cannot be.
    RequestSettled {
        /// Where it was sent.
        context: ContextLabel,
        /// How.
        #[serde(flatten)]
        settlement: Settlement,
    },
    /// An exception that no script caught.
    Uncaught {
        /// Where.
        context: ContextLabel,
        /// What.
        #[serde(flatten)]
        error: ScriptError,
    },
    /// A user-script world started in a document.
    WorldStarted {
        /// It.
        context: ContextLabel,
        /// Whether its scripts may message.
        messaging: bool,
    },
}
