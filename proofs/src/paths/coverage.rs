//! Which of the model's transition kinds a path has used: actions, effects, refusals, rules by which
//! messages are dropped. The matches have no default arm, so a new kind is counted or does not compile.

use std::collections::BTreeSet;

use worldport_model::{Action, DropRule, Effect, Refusal};

macro_rules! kinds {
    ($names:ident, $place:ident, $type:ident: $($variant:ident)*) => {
        const $names: &[&str] = &[$(stringify!($variant),)*];

        fn $place(of: &$type) -> u64 {
            enum Place { $($variant,)* }
            match of { $($type::$variant { .. } => 1 << Place::$variant as u64,)* }
        }
    };
}

kinds!(ACTIONS, action, Action:
    Abandon AddListener BackgroundStarted ClosePage ConfigureWorld Connect CreateDocument DestroyDocument
    Disconnect Dispatch GrantPermission Inject LoadExtension Navigate Next OpenPage Post Release
    RemoveListener ResetWorldConfiguration Respond Restore RevokePermission SendMessage StartBackground
    StopBackground UnloadExtension);

kinds!(EFFECTS, effect, Effect:
    Accepted Called ContextEnded ContextEntered Disconnected DocumentCreated Dropped DroppedAnswer
    DroppedHeld ExtensionLoaded Opened Requested Settled Uncaught Woke);

kinds!(REFUSALS, refusal, Refusal:
    AlreadyUnloaded Busy ContextInvalidated Disconnected ExtensionUnloaded ForeignPort ForeignRequest Idle
    InUse Limit MessagingAbsent MessagingWithdrawn NoBackground NoSuchContext NoSuchDocument
    NoSuchExtension NoSuchPort NoSuchRequest NotAPage NotAvailable NotCached NotPermitted NotRunning
    NotStarting NotStopped NotTopLevel NothingToDispatch StillOpen Suspended);

kinds!(DROPS, dropped, DropRule:
    AlreadyAnswered Cached ClosedHere Declined MessagingWithdrawn NoListener PeerGone PermissionRevoked
    ReceiverGone Unloaded);

/// The kinds used.
#[derive(Clone, Copy, Debug, Default)]
pub struct Coverage {
    actions: u64,
    effects: u64,
    refusals: u64,
    drops: u64,
}

impl Coverage {
    pub(super) fn action(&mut self, of: &Action) {
        self.actions |= action(of);
    }

    pub(super) fn effect(&mut self, of: &Effect) {
        self.effects |= effect(of);
        match of {
            Effect::Dropped { rule, .. }
            | Effect::DroppedAnswer { rule, .. }
            | Effect::DroppedHeld { rule, .. } => self.drops |= dropped(rule),
            _ => {}
        }
    }

    pub(super) fn refusal(&mut self, of: Refusal) {
        self.refusals |= refusal(&of);
    }

    /// The kinds that this or another path has used.
    #[must_use]
    pub fn with(self, other: Self) -> Self {
        Self {
            actions: self.actions | other.actions,
            effects: self.effects | other.effects,
            refusals: self.refusals | other.refusals,
            drops: self.drops | other.drops,
        }
    }

    /// Each group of kinds: its name, those used, those not.
    #[must_use]
    pub fn groups(&self) -> Vec<(&'static str, BTreeSet<&'static str>, BTreeSet<&'static str>)> {
        let groups = [
            ("actions", ACTIONS, self.actions),
            ("effects", EFFECTS, self.effects),
            ("refusals", REFUSALS, self.refusals),
            ("drops", DROPS, self.drops),
        ];
        let split = |names: &'static [&'static str], used: u64| {
            let is_used = move |place: &usize| used & (1 << place) != 0;
            (0..names.len()).partition::<Vec<_>, _>(is_used)
        };
        groups
            .into_iter()
            .map(|(group, names, used)| {
                let (used, unused) = split(names, used);
                let named =
                    |places: Vec<usize>| places.into_iter().map(|place| names[place]).collect();
                (group, named(used), named(unused))
            })
            .collect()
    }
}
