//! Fixture: the router with many channels open, driven as a host drives it.
//!
//! Each channel goes from a user-script world to the background of its extension, and to pages of it
//! if there are to be several receivers. Each receiver listens to every port with a listener of its
//! own. The listener's number is that of the channel and the receiver, so that the receiver finds its
//! state by what the router tells it, not by what the sender knows.

mod flood;

pub use flood::Flooder;

use std::hint::black_box;
use std::sync::Arc;

use worldport::{
    Completion, Content, ContextId, Dispatched, DocumentId, DocumentSpec, EventSource, ExtensionId,
    ExtensionSpec, Limits, ListenerId, ListenerTarget, Occurrence, Output, PageSpec, PortId, Realm,
    Refusal, Router, Rules, RuntimeEvent, TabId, WorldChange, WorldId,
};

use crate::{Numbered, WORLDS, Way};

// Listeners of a receiver that are not those of a channel.
const ON_CONNECT: ListenerId = ListenerId(u32::MAX);
const ON_DISCONNECT: ListenerId = ListenerId(u32::MAX - 1);

/// A router with open channels.
#[derive(Clone, Debug)]
pub struct Fixture<P> {
    router: Router<P>,
    extension: ExtensionId,
    /// The background, and pages.
    receivers: Vec<ContextId>,
    worlds: Vec<ContextId>,
    /// What the sender of each channel knows.
    senders: Vec<SendingEnd>,
    /// The number that each receiver of each channel waits for, by its listener.
    due: Vec<u64>,
    name: Arc<str>,
    tabs: u32,
}

#[derive(Clone, Debug)]
struct SendingEnd {
    world: ContextId,
    port: PortId,
    sent: u64,
}

/// A world that is about to go, with the document that it is in.
#[derive(Debug)]
#[must_use = "it is there to be killed"]
pub struct Doomed {
    document: DocumentId,
    ports: usize,
}

impl<P: Numbered> Fixture<P> {
    /// A router in which this many channels are open and quiet.
    ///
    /// # Errors
    ///
    /// What the router refused. It should refuse nothing.
    pub fn new(channels: usize) -> Result<Self, Refusal> {
        Self::with_receivers(channels, 1)
    }

    /// A router in which this many channels are open and quiet, each with as many receivers: the
    /// background, and pages.
    ///
    /// # Errors
    ///
    /// What the router refused. It should refuse nothing.
    pub fn with_receivers(channels: usize, receivers: usize) -> Result<Self, Refusal> {
        // Room for the channels, and for those that come and go beside them.
        let limits = Limits { ports: channels + (1 << 16), ..Limits::DEFAULT };
        let mut router = Router::new(Rules::STANDARD, limits);
        let extension = router.load_extension(ExtensionSpec {
            id: "bench@example".into(),
            origin: "moz-extension://bench".into(),
            background: Some("moz-extension://bench/background.html".into()),
        })?;
        let background = router.start_background(extension)?;
        let messaging = WorldChange { messaging: Some(true), csp: None };
        router.configure_world(background, WorldId::DEFAULT, messaging)?;
        let target = ListenerTarget::Runtime(RuntimeEvent::OnUserScriptConnect);
        router.add_listener(background, target, ON_CONNECT)?;
        router.background_started(background)?;
        let mut contexts = vec![background];
        for _ in 1..receivers {
            let page = router.open_page(extension, PageSpec::new("moz-extension://bench/page"))?;
            router.add_listener(page, target, ON_CONNECT)?;
            contexts.push(page);
        }

        let mut fixture = Self {
            router,
            extension,
            receivers: contexts,
            worlds: Vec::new(),
            senders: Vec::with_capacity(channels),
            due: vec![0; channels * receivers],
            name: "bench".into(),
            tabs: 0,
        };
        for _ in 0..WORLDS.min(channels) {
            let (_, world) = fixture.open_world()?;
            fixture.worlds.push(world);
        }
        for channel in (0..).take(channels) {
            let world = fixture.worlds[channel as usize % WORLDS];
            let port = fixture.connect(world, Some(channel))?;
            fixture.senders.push(SendingEnd { world, port, sent: 0 });
        }
        Ok(fixture)
    }

    /// How many channels are open.
    #[must_use]
    pub const fn channels(&self) -> usize {
        self.senders.len()
    }

    /// The router, between two routes.
    #[must_use]
    pub const fn router(&self) -> &Router<P> {
        &self.router
    }

    /// Connects and disconnects: the receiver accepts, the opener leaves, the receiver is told, and
    /// both let go of their ports.
    ///
    /// # Errors
    ///
    /// What the router refused. It should refuse nothing.
    ///
    /// # Panics
    ///
    /// If there is no world, or the receiver is not told.
    pub fn churn(&mut self) -> Result<(), Refusal> {
        let world = self.worlds[0];
        let port = self.connect(world, None)?;
        self.router.disconnect(world, port)?;
        for _ in 0..self.receivers.len() {
            let (context, source) = self.ready();
            self.hear_disconnect(context, source)?;
        }
        self.router.release(world, port)?;
        Ok(())
    }

    /// Opens a world of its own tab with this many channels to the background.
    ///
    /// # Errors
    ///
    /// What the router refused: more than 65,536 ports beside the channels.
    pub fn doom(&mut self, ports: usize) -> Result<Doomed, Refusal> {
        let (document, world) = self.open_world()?;
        for _ in 0..ports {
            self.connect(world, None)?;
        }
        Ok(Doomed { document, ports: ports * self.receivers.len() })
    }

    /// Destroys the document of a world. All other ends hear of it and let go of their ports.
    ///
    /// # Errors
    ///
    /// What the router refused. It should refuse nothing.
    ///
    /// # Panics
    ///
    /// If any end is not told, or told twice.
    pub fn kill(&mut self, doomed: &Doomed) -> Result<(), Refusal> {
        self.router.destroy_document(doomed.document)?;
        let mut told = 0;
        while let Some(output) = self.router.poll() {
            if let Output::Ready { context, source } = output {
                self.hear_disconnect(context, source)?;
                told += 1;
            }
        }
        assert_eq!(told, doomed.ports, "each end whose peer died is told once");
        Ok(())
    }

    fn open_world(&mut self) -> Result<(DocumentId, ContextId), Refusal> {
        self.tabs = self.tabs.wrapping_add(1);
        let content = Content::new("https://example.com/", "https://example.com");
        let spec = DocumentSpec::in_tab(TabId(self.tabs), content);
        let document = self.router.create_document(spec)?;
        let realm = Realm::UserScript(WorldId::DEFAULT);
        Ok((document, self.router.inject(self.extension, document, realm)?))
    }

    /// Opens a channel, of which each receiver accepts its end. They listen to messages if it is one
    /// of those that have a number.
    fn connect(&mut self, world: ContextId, channel: Option<u32>) -> Result<PortId, Refusal> {
        let opener = self.router.connect(world, self.name.clone())?;
        let receivers = self.receivers.len() as u32;
        for index in 0..receivers {
            let (context, source) = self.ready();
            let receiver = match self.router.dispatch(context, source)? {
                Dispatched::Called { occurrence: Occurrence::Connect { port, .. }, .. } => port,
                other => panic!("a receiver is offered a channel, not {other:?}"),
            };
            let target = ListenerTarget::PortDisconnect(receiver);
            self.router.add_listener(context, target, ON_DISCONNECT)?;
            if let Some(channel) = channel {
                let target = ListenerTarget::PortMessage(receiver);
                let listener = ListenerId(channel * receivers + index);
                self.router.add_listener(context, target, listener)?;
            }
            self.router.next(context, Completion::Returned)?;
        }
        Ok(opener)
    }

    fn hear_disconnect(&mut self, context: ContextId, source: EventSource) -> Result<(), Refusal> {
        let port = match self.router.dispatch(context, source)? {
            Dispatched::Called { occurrence: Occurrence::Disconnect { port, .. }, .. } => port,
            other => panic!("the background is told that a channel is over, not {other:?}"),
        };
        self.router.next(context, Completion::Returned)?;
        self.router.release(context, port)?;
        Ok(())
    }

    fn ready(&mut self) -> (ContextId, EventSource) {
        match self.router.poll() {
            Some(Output::Ready { context, source }) => (context, source),
            other => panic!("an event waits, not {other:?}"),
        }
    }
}

impl<P: Numbered> Way for Fixture<P> {
    fn receivers(&self) -> usize {
        self.receivers.len()
    }

    #[inline(always)]
    fn post(&mut self, channel: usize) {
        let SendingEnd { world, port, sent } = &mut self.senders[channel];
        let number = *sent;
        *sent += 1;
        let posted = self.router.post(*world, *port, P::numbered(number));
        assert!(posted.is_ok(), "an open port takes a message");
    }

    #[inline(always)]
    fn receive(&mut self) {
        let Some(Output::Ready { context, source: EventSource::Port(port) }) = self.router.poll()
        else {
            panic!("a message that was posted is announced");
        };
        // Between the two is the queue of a host's event loop. The ids go through it one by one:
        // as a whole they would be read wider than they were written, for which processors wait.
        let (context, source) = (black_box(context), EventSource::Port(black_box(port)));
        let Ok(Dispatched::Called { listener, occurrence: Occurrence::Message { payload, .. } }) =
            self.router.dispatch(context, source)
        else {
            panic!("a message that was announced is dispatched");
        };
        let due = &mut self.due[listener.0 as usize];
        assert_eq!(payload.number(), *due, "messages arrive in the order in which they were sent");
        *due += 1;

        let next = self.router.next(context, Completion::Returned);
        assert!(matches!(next, Ok(None)), "there is one listener");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Pattern, Walk};

    fn fixture() -> Fixture<u64> {
        Fixture::new(100).expect("the router refuses nothing")
    }

    #[test]
    fn channels_are_spread_over_worlds() {
        let fixture = fixture();
        assert_eq!((fixture.channels(), fixture.worlds.len()), (100, WORLDS));
        assert_ne!(fixture.senders[0].world, fixture.senders[1].world);
        assert_eq!(fixture.senders[0].world, fixture.senders[WORLDS].world);
    }

    #[test]
    fn a_route_is_seen_by_the_receiver_of_its_channel() {
        let mut fixture = fixture();
        for channel in [7, 7, 70] {
            fixture.route(channel);
        }
        assert_eq!((fixture.due[7], fixture.due[70]), (2, 1));
        assert_eq!(fixture.due.iter().sum::<u64>(), 3);
    }

    #[test]
    fn a_burst_is_seen_by_every_receiver() {
        let mut fixture = Fixture::<u64>::with_receivers(100, 4).unwrap();
        fixture.run(&mut Walk::new(Pattern::RoundRobin, 100), 3, 2);
        assert_eq!(fixture.due[..12], [3, 3, 3, 3, 3, 3, 3, 3, 0, 0, 0, 0]);
        fixture.run(&mut Walk::new(Pattern::AllToOne, 100), 3, 1);
        assert_eq!(
            fixture.due[..12],
            [4; 4].repeat(2).into_iter().chain([1; 4]).collect::<Vec<_>>()[..]
        );
        assert_eq!(fixture.router.poll(), None);
    }

    #[test]
    #[should_panic(expected = "in the order in which they were sent")]
    fn a_message_that_is_not_due_is_noticed() {
        let mut fixture = fixture();
        fixture.senders[7].sent = 1;
        fixture.route(7);
    }

    #[test]
    fn what_comes_and_goes_leaves_nothing() {
        let mut fixture = fixture();
        let channels = fixture.router().snapshot().channels.len();
        let contexts = fixture.router().snapshot().contexts.len();
        fixture.churn().unwrap();
        let doomed = fixture.doom(10).unwrap();
        assert_eq!(fixture.router().snapshot().channels.len(), channels + 10);
        fixture.kill(&doomed).unwrap();
        assert_eq!(fixture.router().snapshot().channels.len(), channels);
        assert_eq!(fixture.router().snapshot().contexts.len(), contexts);
        assert!(fixture.router().is_consistent());
    }
}
