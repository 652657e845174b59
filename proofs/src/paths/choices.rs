//! The rules one by one: what a recording decides is what would not be accepted under another choice.

use std::fmt::Debug;

use worldport_model::{
    CacheEntry, ErrorPlace, FailedConnect, Held, Inheritance, ListenerThrow, ListenersAfterClose,
    OmittedMember, PayloadCodec, ReceiverDeath, ReceiverDisconnect, RemovedDuringDispatch,
    Revocation, Rules, SilentAnswer, Unload, Withdrawal, WorldIdLength, WorldOverflow,
};

/// A rule with one choice replaced.
#[derive(Clone, Debug)]
pub struct Replaced {
    /// The rule, by its name in [`Rules`].
    pub rule: &'static str,
    /// The choice that is put in its place.
    pub choice: String,
    /// All rules, with that choice.
    pub rules: Rules,
}

/// A limit that is not there, and one that is: what the two kinds of profile say.
const CONFIGURED: &[Option<u16>] = &[None, Some(100)];
const IN_DOCUMENT: &[Option<u16>] = &[None, Some(10)];

/// The rules of a profile, each replaced by each other choice in turn. Without a default arm: a rule that is
/// added is replaced here, or this does not compile.
#[must_use]
pub fn replacements(rules: &Rules) -> Vec<Replaced> {
    fn of<T: Clone + Debug + PartialEq + 'static>(
        rule: &'static str,
        rules: &Rules,
        all: &[T],
        place: impl Fn(&mut Rules) -> &mut T,
    ) -> Vec<Replaced> {
        let mut own = rules.clone();
        let own = place(&mut own).clone();
        let others = all.iter().filter(|choice| **choice != own);
        others
            .map(|choice| {
                let mut rules = rules.clone();
                *place(&mut rules) = choice.clone();
                Replaced { rule, choice: format!("{choice:?}"), rules }
            })
            .collect()
    }
    macro_rules! replaced {
        ($($rule:ident: $all:expr,)*) => {{
            let Rules { $($rule: _,)* } = rules;
            let each = [$(of(stringify!($rule), rules, $all, |it| &mut it.$rule),)*];
            each.concat()
        }};
    }
    replaced! {
        cache_entry: CacheEntry::ALL,
        error_place: ErrorPlace::ALL,
        failed_connect: FailedConnect::ALL,
        held: Held::ALL,
        inheritance: Inheritance::ALL,
        listener_throw: ListenerThrow::ALL,
        listeners_after_close: ListenersAfterClose::ALL,
        omitted_member: OmittedMember::ALL,
        payload_codec: PayloadCodec::ALL,
        receiver_death: ReceiverDeath::ALL,
        receiver_disconnect: ReceiverDisconnect::ALL,
        removed_during_dispatch: RemovedDuringDispatch::ALL,
        revocation: Revocation::ALL,
        silent_answer: SilentAnswer::ALL,
        unload: Unload::ALL,
        withdrawal: Withdrawal::ALL,
        world_id_length: WorldIdLength::ALL,
        world_overflow: WorldOverflow::ALL,
        configured_worlds: CONFIGURED,
        worlds_per_document: IN_DOCUMENT,
    }
}
