//! Random calls: whatever is called in whatever order, the records agree, a refusal moves nothing,
//! and in the end nothing is left.

use worldport::*;

use crate::stage::*;

/// A small generator (xorshift), so that a failing seed fails everywhere.
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    pub(crate) fn roll(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 33).unwrap() % sides
    }

    fn pick<T: Clone>(&mut self, from: &[T]) -> Option<T> {
        (!from.is_empty()).then(|| from[self.roll(from.len())].clone())
    }
}

/// Every id that was ever handed out, the stale ones included.
#[derive(Default)]
pub(crate) struct Known {
    extensions: Vec<ExtensionId>,
    documents: Vec<DocumentId>,
    contexts: Vec<ContextId>,
    ports: Vec<PortId>,
    requests: Vec<RequestId>,
    ready: Vec<(ContextId, EventSource)>,
}

impl Known {
    pub(crate) fn learn(&mut self, reply: &Reply<u64>) {
        match *reply {
            Reply::Context(id) => self.contexts.push(id),
            Reply::Document(id) => self.documents.push(id),
            Reply::Extension(id) => self.extensions.push(id),
            Reply::Port(id) => self.ports.push(id),
            Reply::Request(id) => self.requests.push(id),
            Reply::Dispatched(_) | Reply::Done | Reply::Next(_) => {}
        }
    }

    fn poll(&mut self, router: &mut Router<u64>, dice: &mut Dice) {
        for _ in 0..dice.roll(4) {
            let Some(output) = router.poll() else { break };
            self.hear(output);
        }
    }

    pub(crate) fn hear(&mut self, output: Output) {
        match output {
            Output::ContextEnded { .. } => {}
            Output::Woken { context, .. } => self.contexts.push(context),
            Output::Ready { context, source } => {
                match source {
                    EventSource::Port(port) => self.ports.push(port),
                    EventSource::Reply(request) | EventSource::Request(request) => {
                        self.requests.push(request);
                    }
                }
                self.ready.push((context, source));
            }
        }
    }

    /// Some call. Ids are mostly the newest, so that things go on, and sometimes any.
    pub(crate) fn call(&self, dice: &mut Dice) -> Option<Call<u64>> {
        fn recent<T: Clone>(ids: &[T], dice: &mut Dice) -> Option<T> {
            let keep = if dice.roll(4) == 0 { ids.len() } else { 6 };
            dice.pick(&ids[ids.len().saturating_sub(keep)..])
        }
        let context = |dice: &mut Dice| recent(&self.contexts, dice);
        let port = |dice: &mut Dice| recent(&self.ports, dice);
        let request = |dice: &mut Dice| recent(&self.requests, dice);
        let extension = |dice: &mut Dice| recent(&self.extensions, dice);
        let document = |dice: &mut Dice| recent(&self.documents, dice);
        let message = u64::try_from(dice.roll(100)).unwrap();
        let departure = if dice.roll(2) == 0 { Departure::Cached } else { Departure::Destroyed };
        let world = [WorldId::DEFAULT, world_id("v"), world_id("w")][dice.roll(3)].clone();
        let listener = ListenerId(u32::try_from(dice.roll(3)).unwrap());
        Some(match dice.roll(70) {
            0 => Call::LoadExtension { extension: spec("x", dice.roll(4) > 0) },
            1 if dice.roll(3) == 0 => Call::UnloadExtension { extension: extension(dice)? },
            2 => Call::RevokePermission { extension: extension(dice)? },
            3 | 4 => Call::GrantPermission { extension: extension(dice)? },
            5 | 6 => Call::StartBackground { extension: extension(dice)? },
            7..=9 => Call::BackgroundStarted { context: context(dice)? },
            10 => Call::StopBackground { extension: extension(dice)? },
            11 | 12 => Call::OpenPage { extension: extension(dice)?, page: PageSpec::new("p") },
            13 => Call::ClosePage { context: context(dice)? },
            14 => Call::CreateDocument {
                document: DocumentSpec {
                    parent: (dice.roll(2) == 0).then(|| document(dice)).flatten(),
                    tab: None,
                    content: content("u"),
                },
            },
            15 => Call::Navigate { document: document(dice)?, departure, content: content("u") },
            16 | 17 => Call::Restore { document: document(dice)?, departure },
            18 => Call::DestroyDocument { document: document(dice)? },
            19..=22 => Call::Inject {
                extension: extension(dice)?,
                document: document(dice)?,
                realm: match dice.roll(4) {
                    0 => Realm::ContentScript,
                    _ => Realm::UserScript(world),
                },
            },
            23..=25 => Call::ConfigureWorld {
                context: context(dice)?,
                world,
                change: messaging(dice.roll(4) > 0),
            },
            26 => Call::ResetWorldConfiguration { context: context(dice)?, world },
            27..=32 => {
                Call::AddListener { context: context(dice)?, target: self.target(dice)?, listener }
            }
            33 => Call::RemoveListener {
                context: context(dice)?,
                target: self.target(dice)?,
                listener,
            },
            34..=38 => Call::Connect { context: context(dice)?, name: "".into() },
            39..=44 => Call::Post { context: context(dice)?, port: port(dice)?, message },
            45 => Call::Disconnect { context: context(dice)?, port: port(dice)? },
            46 | 47 => Call::Release { context: context(dice)?, port: port(dice)? },
            48..=50 => Call::SendMessage { context: context(dice)?, message },
            51 | 52 => Call::Respond { context: context(dice)?, request: request(dice)?, message },
            53 => Call::Abandon { context: context(dice)?, request: request(dice)? },
            54..=62 => {
                let (context, source) = recent(&self.ready, dice)?;
                Call::Dispatch { context, source }
            }
            _ => Call::Next {
                context: context(dice)?,
                completion: [Completion::Returned, Completion::Threw, Completion::WillRespond]
                    [dice.roll(3)],
            },
        })
    }

    fn target(&self, dice: &mut Dice) -> Option<ListenerTarget> {
        Some(match dice.roll(4) {
            0 => ListenerTarget::PortMessage(dice.pick(&self.ports)?),
            1 => ListenerTarget::PortDisconnect(dice.pick(&self.ports)?),
            _ => runtime(RuntimeEvent::ALL[dice.roll(4)]),
        })
    }
}

/// Calls at random, then takes everything away, and looks whether anything is left.
fn play(rules: Rules, limits: Limits, seed: u64, calls: usize) {
    let mut router = Router::new(rules, limits);
    let mut known = Known::default();
    let mut dice = Dice::new(seed);
    for _ in 0..calls {
        let Some(call) = known.call(&mut dice) else { continue };
        let before = (router.snapshot(), router.dropped());
        match router.apply(call.clone()) {
            Ok(reply) => known.learn(&reply),
            Err(refusal) => {
                let after = (router.snapshot(), router.dropped());
                assert_eq!(before, after, "[S9] seed {seed}: {call:?} {refusal}");
            }
        }
        assert!(router.is_consistent(), "seed {seed}: {call:?}");
        known.poll(&mut router, &mut dice);
    }
    for extension in router.snapshot().extensions {
        let _ = router.unload_extension(extension.id);
    }
    while let Some(document) = router.snapshot().documents.first() {
        router.destroy_document(document.id).unwrap();
    }
    while router.poll().is_some() {}
    let left = router.snapshot();
    assert!(router.is_consistent(), "seed {seed}");
    assert!(left.extensions.is_empty() && left.contexts.is_empty(), "[S11] seed {seed}: {left:?}");
    assert!(left.channels.is_empty() && left.requests.is_empty(), "[S11] seed {seed}: {left:?}");
}

#[test]
fn random_calls_keep_the_records_consistent_and_leave_nothing() {
    for (_, rules) in profiles() {
        for seed in 1..=60 {
            play(rules.clone(), Limits::DEFAULT, seed, 400);
        }
    }
}

#[test]
fn random_rules_keep_the_records_consistent_and_leave_nothing() {
    for seed in 1..=150 {
        let mut dice = Dice(seed * 77_777 + 1);
        let mut from = || profiles()[dice.roll(3)].1.clone();
        let rules = Rules {
            cache_entry: from().cache_entry,
            failed_connect: from().failed_connect,
            held: from().held,
            inheritance: from().inheritance,
            listener_throw: from().listener_throw,
            listeners_after_close: from().listeners_after_close,
            omitted_member: from().omitted_member,
            receiver_death: from().receiver_death,
            receiver_disconnect: from().receiver_disconnect,
            removed_during_dispatch: from().removed_during_dispatch,
            revocation: from().revocation,
            silent_answer: from().silent_answer,
            unload: from().unload,
            withdrawal: from().withdrawal,
            ..Rules::STANDARD
        };
        play(rules, Limits::DEFAULT, seed, 300);
    }
}

#[test]
fn random_calls_within_tight_limits_move_nothing_when_refused() {
    let limits = Limits {
        cached_documents: 1,
        channels: 2,
        configured_worlds: 2,
        context_listeners: 4,
        contexts: 6,
        documents: 4,
        extension_requests: 3,
        extensions: 2,
        frames: 2,
        held_bytes: 24,
        held_messages: 2,
        listeners: 2,
        pages: 2,
        ports: 3,
        queued_bytes: 32,
        queued_messages: 3,
        requests: 2,
        waiting: 2,
        worlds_per_document: 2,
        ..Limits::DEFAULT
    };
    for (_, rules) in profiles() {
        for seed in 1..=40 {
            play(rules.clone(), limits.clone(), seed, 400);
        }
    }
}
