//! Sharded: extensions in shards, each driven by a thread of its own.

use std::hint::black_box;

use worldport::shards::{Placed, PlacedOutput, ShardId, Shards};
use worldport::{
    Completion, Content, ContextId, Dispatched, DocumentSpec, EventSource, ExtensionSpec,
    ListenerId, ListenerTarget, Occurrence, PortId, Realm, Refusal, RuntimeEvent, TabId,
    WorldChange, WorldId,
};

use crate::{Numbered, WORLDS, Way};

/// An extension with open channels, as in a [`Fixture`](crate::Fixture), in a shard.
///
/// A route takes two locks: one for what the sender calls, and one for the receiver's turn.
#[derive(Debug)]
pub struct Sharded<'a, P> {
    shards: &'a Shards<P>,
    shard: ShardId,
    senders: Vec<SendingEnd>,
    due: Vec<u64>,
}

#[derive(Debug)]
struct SendingEnd {
    world: Placed<ContextId>,
    port: PortId,
    sent: u64,
}

impl<'a, P: Numbered> Sharded<'a, P> {
    /// Loads an extension into the shard whose turn it is, and opens this many channels.
    ///
    /// # Errors
    ///
    /// What the router refused. It should refuse nothing.
    ///
    /// # Panics
    ///
    /// If a channel is not offered.
    pub fn new(shards: &'a Shards<P>, channels: usize) -> Result<Self, Refusal> {
        let extension = shards.load_extension(ExtensionSpec {
            id: "bench@example".into(),
            origin: "moz-extension://bench".into(),
            background: Some("moz-extension://bench/background.html".into()),
        })?;
        let id = extension.shard();
        let background = {
            let mut shard = shards.lock(id);
            let background = shard.start_background(extension)?;
            let messaging = WorldChange { messaging: Some(true), csp: None };
            shard.configure_world(background, WorldId::DEFAULT, messaging)?;
            let target = ListenerTarget::Runtime(RuntimeEvent::OnUserScriptConnect);
            shard.add_listener(background, target, ListenerId(u32::MAX))?;
            shard.background_started(background)?;
            background
        };
        let mut worlds = Vec::new();
        for tab in (0..).take(WORLDS.min(channels)) {
            let content = Content::new("https://example.com/", "https://example.com");
            let document = shards.create_document(&DocumentSpec::in_tab(TabId(tab), content))?;
            let realm = Realm::UserScript(WorldId::DEFAULT);
            worlds.push(shards.lock(id).inject(extension, document, realm)?);
        }
        let mut senders = Vec::with_capacity(channels);
        let mut shard = shards.lock(id);
        for channel in (0..).take(channels) {
            let world = worlds[channel as usize % WORLDS];
            let port = shard.connect(world, "bench")?;
            let Some(PlacedOutput::Ready { context, source }) = shard.poll() else {
                panic!("a channel is offered");
            };
            let EventSource::Port(receiver) = source else {
                panic!("a channel is offered, not {source:?}");
            };
            shard.dispatch(context, source)?;
            let target = ListenerTarget::PortMessage(receiver);
            shard.add_listener(background, target, ListenerId(channel))?;
            shard.next(context, Completion::Returned)?;
            senders.push(SendingEnd { world, port, sent: 0 });
        }
        drop(shard);
        Ok(Self { shards, shard: id, senders, due: vec![0; channels] })
    }
}

impl<P: Numbered> Way for Sharded<'_, P> {
    #[inline(always)]
    fn post(&mut self, channel: usize) {
        let SendingEnd { world, port, sent } = &mut self.senders[channel];
        let number = *sent;
        *sent += 1;
        let posted = self.shards.lock(world.shard()).post(*world, *port, P::numbered(number));
        assert!(posted.is_ok(), "an open port takes a message");
    }

    #[inline(always)]
    fn receive(&mut self) {
        let mut shard = self.shards.lock(self.shard);
        let Some(PlacedOutput::Ready { context, source: EventSource::Port(port) }) = shard.poll()
        else {
            panic!("a message that was posted is announced");
        };
        let (context, source) = (black_box(context), EventSource::Port(black_box(port)));
        let Ok(Dispatched::Called { listener, occurrence: Occurrence::Message { payload, .. } }) =
            shard.dispatch(context, source)
        else {
            panic!("a message that was announced is dispatched");
        };
        let due = &mut self.due[listener.0 as usize];
        assert_eq!(payload.number(), *due, "messages arrive in the order in which they were sent");
        *due += 1;

        let next = shard.next(context, Completion::Returned);
        assert!(matches!(next, Ok(None)), "there is one listener");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Pattern, Walk};
    use std::thread;
    use worldport::{Limits, Rules};

    #[test]
    fn two_threads_route_in_two_shards() {
        let shards = Shards::<u64>::new(2, &Rules::STANDARD, &Limits::DEFAULT);
        let mut lanes = [(); 2].map(|()| Sharded::new(&shards, 100).unwrap());
        assert_ne!(lanes[0].shard, lanes[1].shard);
        thread::scope(|scope| {
            for lane in &mut lanes {
                scope.spawn(|| lane.run(&mut Walk::new(Pattern::RoundRobin, 100), 2, 150));
            }
        });
        for lane in lanes {
            assert_eq!(lane.due.iter().sum::<u64>(), 300);
            assert!(shards.lock(lane.shard).router().is_consistent());
        }
    }
}
