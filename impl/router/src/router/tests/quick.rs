//! The quick ways of posting and dispatching: they serve what nearly every call is, and leave everything
//! else as it was, for the slow way. That both do the same is for whoever compares the router with the
//! model; that the quick ones are taken is seen from here alone.

use super::super::Router;
use super::scene::{announced, scene, take};
use crate::record::{Amount, Phase, Running};
use crate::store::{Id as _, Store as _};
use crate::{ContextId, Gate, Held, ListenerId, ListenerTarget, PortId};

/// An open channel between a world and a background, with a listener at each end, and a page that has
/// nothing to do with it.
#[derive(Clone)]
struct Pair {
    router: Router<u64>,
    world: ContextId,
    background: ContextId,
    page: ContextId,
    opener: PortId,
    receiver: PortId,
}

const AT_BACKGROUND: ListenerId = ListenerId(7);

fn pair() -> Pair {
    let scene = scene(Held::OneOrder);
    let (world, background, page) = (scene.world, scene.background, scene.page);
    let mut router = scene.router;
    let opener = router.connect(world, "pair").unwrap();
    let receiver = announced(&mut router.clone(), background)[0];
    let at_page = announced(&mut router, page)[0];
    take(&mut router, background, receiver);
    take(&mut router, page, at_page);
    router.disconnect(page, at_page).unwrap();
    let target = ListenerTarget::PortMessage(receiver);
    router.add_listener(background, target, AT_BACKGROUND).unwrap();
    router.add_listener(world, ListenerTarget::PortMessage(opener), ListenerId(8)).unwrap();
    Pair { router, world, background, page, opener, receiver }
}

impl Pair {
    fn room(&self) -> Amount {
        self.router.contexts.at(self.world.slot()).room()
    }

    /// Where a post of so many bytes goes at once; the account pays for it then, and for nothing else.
    fn posted(&self, by: ContextId, port: PortId, bytes: usize) -> Option<u32> {
        let mut after = self.clone();
        let to = after.router.pay_to_other_end(by, port, bytes);
        let paid = to.map_or(Amount::NONE, |_| Amount::message(bytes));
        assert_eq!(after.room(), self.room().less(paid));
        to
    }

    /// What is dispatched at once; if nothing is, a message that waits stays where it is.
    fn dispatched(&self, to: ContextId, port: PortId) -> Option<(ListenerId, u64)> {
        let mut after = self.clone();
        let taken = after.router.dispatch_message(to, port);
        let waits = |it: &Self| it.router.messages.used();
        assert_eq!(waits(self) - waits(&after), usize::from(taken.is_some()));
        taken
    }
}

#[test]
fn a_post_between_two_live_ends_is_paid_for_and_goes_at_once() {
    let pair = pair();
    assert_eq!(pair.posted(pair.world, pair.opener, 8), Some(pair.receiver.slot()));
    assert_eq!(pair.posted(pair.background, pair.receiver, 8), Some(pair.opener.slot()));
}

#[test]
fn a_post_takes_the_last_byte_and_the_last_message_of_room_and_no_more() {
    let mut pair = pair();
    for (by, port) in [(pair.world, pair.opener), (pair.background, pair.receiver)] {
        let Amount { bytes, .. } = pair.room();
        assert!(pair.posted(by, port, bytes).is_some());
        assert_eq!(pair.posted(by, port, bytes + 1), None);
    }
    pair.router.contexts.at_mut(pair.world.slot()).set_room(Amount { messages: 1, bytes: 8 });
    assert!(pair.posted(pair.world, pair.opener, 8).is_some());
    pair.router.contexts.at_mut(pair.world.slot()).set_room(Amount { messages: 0, bytes: 8 });
    assert_eq!(pair.posted(pair.world, pair.opener, 8), None);
}

#[test]
fn a_post_that_is_too_large_is_for_the_slow_way() {
    let mut pair = pair();
    pair.router.message_bytes = 8;
    assert!(pair.posted(pair.world, pair.opener, 8).is_some());
    assert_eq!(pair.posted(pair.world, pair.opener, 9), None);
}

#[test]
fn a_post_that_might_be_refused_or_dropped_is_for_the_slow_way() {
    let pair = pair();
    let (world, slot) = (pair.world, pair.world.slot());
    let changed = |change: &dyn Fn(&mut Router<u64>)| {
        let mut changed = pair.clone();
        change(&mut changed.router);
        changed.posted(world, pair.opener, 8)
    };
    assert!(changed(&|_| {}).is_some());
    assert_eq!(changed(&|it| it.contexts.at_mut(slot).invalidated = true), None);
    assert_eq!(changed(&|it| it.contexts.at_mut(slot).suspended = true), None);
    assert_eq!(changed(&|it| it.contexts.at_mut(slot).gate = Gate::Withdrawn), None);
    assert_eq!(changed(&|it| it.ends.at_mut(pair.opener.slot()).phase = Phase::Closed), None);
    assert_eq!(changed(&|it| it.ends.at_mut(pair.opener.slot()).sever()), None);
    // Somebody else's port; one with several receivers; one whose opener has left.
    assert_eq!(pair.posted(pair.page, pair.opener, 8), None);
    let scene = scene(Held::OneOrder);
    let mut router = scene.router;
    assert_eq!(router.pay_to_other_end(scene.world, scene.opener, 8), None);
    assert_eq!(router.pay_to_other_end(scene.background, scene.orphan, 8), None);
}

#[test]
fn a_message_to_an_idle_context_with_one_listener_is_dispatched_at_once() {
    let mut pair = pair();
    pair.router.post(pair.world, pair.opener, 5).unwrap();
    let (background, receiver) = (pair.background, pair.receiver);
    assert_eq!(pair.dispatched(background, receiver), Some((AT_BACKGROUND, 5)));

    let changed = |change: &dyn Fn(&mut Router<u64>)| {
        let mut changed = pair.clone();
        change(&mut changed.router);
        changed.dispatched(background, receiver)
    };
    let slot = background.slot();
    assert_eq!(changed(&|it| it.contexts.at_mut(slot).suspended = true), None);
    let running = Running::Message { port: receiver.slot() };
    assert_eq!(changed(&|it| it.contexts.at_mut(slot).running = running), None);
    assert_eq!(changed(&|it| it.ends.at_mut(receiver.slot()).phase = Phase::Offered), None);
    let target = ListenerTarget::PortMessage(receiver);
    let second = |it: &mut Router<u64>| it.add_listener(background, target, ListenerId(9)).unwrap();
    assert_eq!(changed(&second), None);
    assert_eq!(pair.dispatched(pair.page, receiver), None);
}
