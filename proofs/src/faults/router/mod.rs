//! Routers that break one rule each, around the production router.
//!
//! Each changes what the router is told, what it answers or what it shows, or follows another choice than
//! `standard` does; see [`Fault`](crate::refinement::faults::Fault).

mod answers;
mod calls;
mod shows;

use worldport_model::{Action, ContextId, Message, PortId, State};

use crate::refinement::faults::{
    AnyRouter, CallsRemovedListeners, DeliversAfterDisconnect, ForgetsDeadPorts, LosesAfterReuse,
    SkipsTheGate, TellsTheCloser,
};

/// A router with one mistake.
#[derive(Clone, Copy, Debug)]
pub struct Fault {
    /// Its name on the command line and in the matrix.
    pub name: &'static str,
    /// What it does wrong.
    pub sentence: &'static str,
    /// The machine that it is sought in, one of [`shapes`](super::shapes::shapes).
    pub shape: &'static str,
    /// Makes the router.
    pub make: fn() -> AnyRouter,
}

macro_rules! faults {
    ($($name:literal in $shape:literal: $fault:ty = $sentence:literal;)*) => {
        /// Every fault.
        pub const ALL: &[Fault] = &[$(
            Fault {
                name: $name,
                sentence: $sentence,
                shape: $shape,
                make: AnyRouter::new::<$fault>,
            },
        )*];
    };
}

faults! {
    "skips-the-gate" in "gate": SkipsTheGate =
        "A world goes on messaging when messaging is taken away from it.";
    "inherits-nothing" in "worlds": shows::InheritsNothing =
        "A named world without a configuration does not have that of the default world.";
    "messaging-unless-refused" in "gate": calls::MessagingUnlessRefused =
        "A configuration without `messaging` turns it on.";
    "resets-nothing" in "gate": calls::ResetsNothing =
        "Resetting a configuration leaves it as it was.";
    "revokes-nothing" in "licence": calls::RevokesNothing =
        "Revoking the permission changes nothing.";
    "loses-messages" in "line": calls::LosesMessages = "A message that is posted vanishes.";
    "duplicates-messages" in "line": calls::DuplicatesMessages =
        "A message that is posted arrives twice.";
    "changes-messages" in "line": answers::ChangesMessages =
        "Another message is delivered than was posted.";
    "last-in-first-out" in "line": answers::LastInFirstOut =
        "The message that was posted last is delivered first.";
    "crosses-channels" in "lines": calls::CrossesChannels =
        "A message arrives at a port of another channel.";
    "posts-to-the-closed" in "line": answers::PostsToTheClosed =
        "A closed port takes messages, which go nowhere.";
    "drops-without-a-count" in "line": shows::DropsWithoutACount =
        "Messages that are dropped are not counted.";
    "disconnect-does-nothing" in "line": calls::DisconnectDoesNothing =
        "disconnect() leaves the port open.";
    "tells-the-closer" in "line": TellsTheCloser =
        "A port that calls disconnect() is told that it is closed.";
    "delivers-after-disconnect" in "pocket": DeliversAfterDisconnect =
        "A message that was in flight to a port is delivered after it has called disconnect().";
    "closes-for-all" in "hall": shows::ClosesForAll =
        "A receiver that calls disconnect() closes the channel for the others.";
    "every-end-is-an-error" in "line": answers::EveryEndIsAnError =
        "Whatever closes a channel, its opener is told that nobody listens.";
    "hides-the-error" in "hall": answers::HidesTheError =
        "That nobody listens is told as a disconnect like any other.";
    "forgets-dead-ports" in "ending": ForgetsDeadPorts =
        "The receivers of an opener that has ended are not told.";
    "keeps-cached-ports" in "tabs": shows::KeepsCachedPorts =
        "The ports of a page that goes into the back/forward cache stay open.";
    "destroys-cached-pages" in "tabs": calls::DestroysCachedPages =
        "A page that goes into the back/forward cache is destroyed.";
    "unload-ends-worlds" in "neighbours": shows::UnloadEndsWorlds =
        "The worlds of an extension that is unloaded end with it.";
    "stops-nothing" in "waking": calls::StopsNothing =
        "Stopping the background leaves it running.";
    "sender-without-a-document" in "line": answers::SenderWithoutADocument =
        "`sender` leaves out the document of the opener.";
    "calls-removed-listeners" in "callers": CallsRemovedListeners =
        "A listener that is removed before its turn is called all the same.";
    "removes-nothing" in "callers": calls::RemovesNothing =
        "removeListener leaves the listener in its set.";
    "skips-listeners" in "callers": calls::SkipsListeners =
        "Of the listeners that are left in a dispatch, one is passed over.";
    "says-nobody-listens" in "asking": answers::SaysNobodyListens =
        "A message that was heard and not answered ends in \"Receiving end does not exist.\"";
    "changes-answers" in "answers": answers::ChangesAnswers =
        "The promise of sendMessage settles with another answer than was given.";
    "refuses-and-releases" in "line": calls::RefusesAndReleases =
        "A post on a closed port is refused, and lets go of the port.";
    "refuses-and-drops" in "line": shows::RefusesAndDrops =
        "A dispatch that is refused because the context is busy drops what it would have taken.";
    "believes-old-ids" in "pocket": calls::BelievesOldIds =
        "The id of a port that is gone is taken for another port of the same context.";
    "keeps-its-notices" in "line": shows::KeepsItsNotices =
        "The host is not told that an event waits.";
    "tells-of-ends-twice" in "ending": shows::TellsOfEndsTwice =
        "The host is told twice that a context has ended.";
    "tires-of-channels" in "pocket": LosesAfterReuse =
        "From the tenth channel on, nothing is dispatched.";
}

/// The fault of this name.
#[must_use]
pub fn by_name(name: &str) -> Option<&'static Fault> {
    ALL.iter().find(|fault| fault.name == name)
}

/// Calls of each context on a port that is gone.
pub(super) fn stale(state: &State) -> impl Iterator<Item = Action> {
    let port = PortId::Opener(worldport_model::ChannelId(u32::MAX));
    let contexts: Vec<ContextId> = state.contexts.keys().copied().collect();
    contexts.into_iter().flat_map(move |context| {
        [Action::Post { context, port, message: Message(0) }, Action::Disconnect { context, port }]
    })
}
