//! The bounds at which the model and the Promela description are compared, and the faults that show that
//! the comparison can fail.

/// How much of everything there may be at once. What an action needs beyond what the model asks of it
/// depends on the state alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bound {
    /// Its name in the ledger.
    pub name: &'static str,
    /// Documents at once.
    pub documents: u32,
    /// Worlds that are configured and that scripts are injected into, the default one first.
    pub worlds: u32,
    /// Extension pages at once.
    pub pages: u32,
    /// Channels at once.
    pub channels: u32,
    /// Messages in flight to one end, and held for a background that starts.
    pub depth: usize,
    /// Different messages.
    pub values: u32,
    /// Listeners of `onUserScriptConnect` in each extension context.
    pub listeners: u32,
    /// Listeners of `onMessage` at each port.
    pub on_message: u32,
    /// Listeners of `onDisconnect` at each port.
    pub on_disconnect: u32,
    /// Whether the background stops, and is woken.
    pub stops: bool,
    /// Whether it is left out of the tests, and of the command unless it is asked for.
    pub large: bool,
}

impl Bound {
    /// Contexts that there can be at once.
    #[must_use]
    pub fn contexts(&self) -> u32 {
        1 + self.pages + self.documents * self.worlds
    }

    /// The bound as the Promela description takes it.
    #[must_use]
    pub fn definitions(&self) -> Vec<String> {
        let numbers = [
            ("DOCUMENTS", self.documents as usize),
            ("WORLDS", self.worlds as usize),
            ("PAGES", self.pages as usize),
            ("CHANNELS", self.channels as usize),
            ("DEPTH", self.depth),
            ("VALUES", self.values as usize),
            ("LISTENERS", self.listeners as usize),
            ("ON_MESSAGE", self.on_message as usize),
            ("ON_DISCONNECT", self.on_disconnect as usize),
            ("STOPS", usize::from(self.stops)),
            ("CONTEXTS", self.contexts() as usize),
        ];
        numbers.into_iter().map(|(name, number)| format!("-D{name}={number}")).collect()
    }
}

const LEAST: Bound = Bound {
    name: "least",
    documents: 1,
    worlds: 1,
    pages: 0,
    channels: 1,
    depth: 1,
    values: 1,
    listeners: 1,
    on_message: 0,
    on_disconnect: 0,
    stops: false,
    large: false,
};

/// The bounds, the large ones last.
pub const BOUNDS: &[Bound] = &[
    LEAST,
    Bound { name: "queues", depth: 2, values: 2, ..LEAST },
    Bound { name: "channels", channels: 2, ..LEAST },
    Bound { name: "documents", documents: 2, ..LEAST },
    Bound { name: "worlds", worlds: 2, ..LEAST },
    Bound { name: "listeners", listeners: 2, on_message: 1, on_disconnect: 1, ..LEAST },
    Bound { name: "background", stops: true, pages: 1, ..LEAST },
    Bound { name: "receivers", pages: 1, on_disconnect: 1, large: true, ..LEAST },
];

/// A bound by its name.
#[must_use]
pub fn by_name(name: &str) -> Option<&'static Bound> {
    BOUNDS.iter().find(|bound| bound.name == name)
}

/// A fault in the Promela description that is switched on to see the comparison fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fault {
    /// What switches it on.
    pub name: &'static str,
    /// What goes wrong.
    pub about: &'static str,
    /// The bound at which it is tried.
    pub bound: &'static str,
}

/// The faults.
pub const FAULTS: &[Fault] = &[
    Fault {
        name: "FAULT_CLOSER_TOLD",
        about: "the end that disconnects is told of it",
        bound: "least",
    },
    Fault {
        name: "FAULT_KEPT_IN_FLIGHT",
        about: "withdrawal leaves in place what is in flight",
        bound: "least",
    },
    Fault {
        name: "FAULT_LATE_GATE",
        about: "an instance that started without messaging may connect once it is configured",
        bound: "least",
    },
    Fault {
        name: "FAULT_LIFO",
        about: "a message overtakes those that are there",
        bound: "queues",
    },
    Fault {
        name: "FAULT_REMOVED_CALLED",
        about: "a listener that was removed before its turn is called",
        bound: "listeners",
    },
];
