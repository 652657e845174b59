//! Shards: behind the handle each shard is a router, and it is told everything it has to be.

use std::thread;

use worldport::shards::*;
use worldport::*;

use crate::random::{Dice, Known};
use crate::stage::*;

const SHARDS: u32 = 3;

/// Calls on documents go to all shards.
fn is_common(call: &Call<u64>) -> bool {
    matches!(
        call,
        Call::CreateDocument { .. }
            | Call::DestroyDocument { .. }
            | Call::Navigate { .. }
            | Call::Restore { .. }
    )
}

fn done<E: Into<Refusal>>(result: Result<(), E>) -> Outcome<u64> {
    result.map(|()| Reply::Done).map_err(Into::into)
}

/// Makes a call through the handle: one on documents in all shards, any other in this one.
fn apply(shards: &Shards<u64>, shard: ShardId, call: Call<u64>) -> Outcome<u64> {
    if is_common(&call) {
        return match call {
            Call::CreateDocument { document } => {
                Ok(Reply::Document(shards.create_document(&document)?))
            }
            Call::DestroyDocument { document } => done(shards.destroy_document(document)),
            Call::Navigate { document, departure, content } => {
                Ok(Reply::Document(shards.navigate(document, departure, &content)?))
            }
            Call::Restore { document, departure } => done(shards.restore(document, departure)),
            _ => unreachable!("it is one of the four"),
        };
    }
    let mut shard = shards.lock(shard);
    let context = call.context().map(|id| shard.place(id));
    let actor = || context.expect("a script acts");
    match call {
        Call::Abandon { request, .. } => done(shard.abandon(actor(), request)),
        Call::AddListener { target, listener, .. } => {
            done(shard.add_listener(actor(), target, listener))
        }
        Call::BackgroundStarted { .. } => done(shard.background_started(actor())),
        Call::ClosePage { .. } => done(shard.close_page(actor())),
        Call::ConfigureWorld { world, change, .. } => {
            done(shard.configure_world(actor(), world, change))
        }
        Call::Connect { name, .. } => Ok(Reply::Port(shard.connect(actor(), name)?)),
        Call::Disconnect { port, .. } => done(shard.disconnect(actor(), port)),
        Call::Dispatch { source, .. } => Ok(Reply::Dispatched(shard.dispatch(actor(), source)?)),
        Call::GrantPermission { extension } => {
            let extension = shard.place(extension);
            done(shard.grant_permission(extension))
        }
        Call::Inject { extension, document, realm } => {
            let extension = shard.place(extension);
            Ok(Reply::Context(shard.inject(extension, document, realm)?.id()))
        }
        Call::LoadExtension { extension } => {
            Ok(Reply::Extension(shard.load_extension(extension)?.id()))
        }
        Call::Next { completion, .. } => Ok(Reply::Next(shard.next(actor(), completion)?)),
        Call::OpenPage { extension, page } => {
            let extension = shard.place(extension);
            Ok(Reply::Context(shard.open_page(extension, page)?.id()))
        }
        Call::Post { port, message, .. } => done(shard.post(actor(), port, message)),
        Call::Release { port, .. } => done(shard.release(actor(), port)),
        Call::RemoveListener { target, listener, .. } => {
            done(shard.remove_listener(actor(), target, listener))
        }
        Call::ResetWorldConfiguration { world, .. } => {
            done(shard.reset_world_configuration(actor(), &world))
        }
        Call::Respond { request, message, .. } => done(shard.respond(actor(), request, message)),
        Call::RevokePermission { extension } => {
            let extension = shard.place(extension);
            done(shard.revoke_permission(extension))
        }
        Call::SendMessage { message, .. } => {
            Ok(Reply::Request(shard.send_message(actor(), message)?))
        }
        Call::StartBackground { extension } => {
            let extension = shard.place(extension);
            Ok(Reply::Context(shard.start_background(extension)?.id()))
        }
        Call::StopBackground { extension } => {
            let extension = shard.place(extension);
            done(shard.stop_background(extension))
        }
        Call::UnloadExtension { extension } => {
            let extension = shard.place(extension);
            done(shard.unload_extension(extension))
        }
        Call::CreateDocument { .. }
        | Call::DestroyDocument { .. }
        | Call::Navigate { .. }
        | Call::Restore { .. } => unreachable!("it is none of the four"),
    }
}

/// What a shard says, without its shard.
fn plain(output: PlacedOutput) -> Output {
    match output {
        PlacedOutput::ContextEnded { context } => Output::ContextEnded { context: context.id() },
        PlacedOutput::Ready { context, source } => Output::Ready { context: context.id(), source },
        PlacedOutput::Woken { extension, context } => {
            Output::Woken { extension: extension.id(), context: context.id() }
        }
    }
}

/// The same calls through the handle and on as many plain routers.
fn play(rules: &Rules, limits: &Limits, seed: u64, calls: usize) {
    let shards = Shards::new(SHARDS, rules, limits);
    let mut routers: Vec<Router<u64>> =
        shards.ids().map(|_| Router::new(rules.clone(), limits.clone())).collect();
    let mut known: Vec<Known> = shards.ids().map(|_| Known::default()).collect();
    let mut dice = Dice::new(seed);
    for _ in 0..calls {
        let at = dice.roll(routers.len());
        let id = shards.ids().nth(at).unwrap();
        let Some(call) = known[at].call(&mut dice) else { continue };
        let outcome = apply(&shards, id, call.clone());
        let alike = if is_common(&call) { 0..routers.len() } else { at..at + 1 };
        for at in alike {
            assert_eq!(outcome, routers[at].apply(call.clone()), "seed {seed}: {call:?}");
            if let Ok(reply) = &outcome {
                known[at].learn(reply);
            }
        }
        for (router, id) in routers.iter().zip(shards.ids()) {
            let shard = shards.lock(id);
            assert_eq!(shard.router().snapshot(), router.snapshot(), "seed {seed}: {call:?}");
            assert_eq!(shard.router().dropped(), router.dropped(), "seed {seed}: {call:?}");
        }
        let polls = dice.roll(4);
        for _ in 0..polls {
            let flag = shards.is_waiting(id);
            let output = shards.lock(id).poll().map(plain);
            assert_eq!(output, routers[at].poll(), "seed {seed}");
            assert!(output.is_none() || flag, "seed {seed}: {output:?} was not told of");
            let Some(output) = output else { break };
            known[at].hear(output);
        }
    }
}

#[test]
fn random_calls_through_the_handle_equal_those_on_plain_routers() {
    for (_, rules) in profiles() {
        for seed in 1..=40 {
            play(&rules, &Limits::DEFAULT, seed, 400);
        }
    }
}

#[test]
fn random_calls_through_the_handle_meet_the_same_limits() {
    let limits = Limits { contexts: 6, documents: 4, extensions: 2, ports: 3, ..Limits::DEFAULT };
    for seed in 1..=40 {
        play(&Rules::STANDARD, &limits, seed, 400);
    }
}

/// Whole lives of extensions on threads of their own, over documents that come and go meanwhile.
#[test]
fn threads_keep_every_shard_consistent() {
    let shards: Shards<u64> = Shards::new(SHARDS, &Rules::STANDARD, &Limits::DEFAULT);
    thread::scope(|scope| {
        for (id, seed) in shards.ids().zip(1..) {
            let shards = &shards;
            scope.spawn(move || {
                let (mut known, mut dice) = (Known::default(), Dice::new(seed));
                for _ in 0..3_000 {
                    let Some(call) = known.call(&mut dice) else { continue };
                    if let Ok(reply) = apply(shards, id, call) {
                        known.learn(&reply);
                    }
                    while let Some(output) = shards.lock(id).poll() {
                        known.hear(plain(output));
                    }
                }
            });
        }
    });
    let documents = |id| shards.lock(id).router().snapshot().documents;
    let expected: Vec<_> = documents(shards.ids().next().unwrap()).iter().map(shown).collect();
    for id in shards.ids() {
        assert!(shards.lock(id).router().is_consistent());
        assert_eq!(documents(id).iter().map(shown).collect::<Vec<_>>(), expected);
    }
}

/// What of a document does not depend on the extensions of a shard.
fn shown(document: &DocumentSnapshot) -> (DocumentId, u64, Option<DocumentId>, DocumentState) {
    (document.id, document.frame, document.parent, document.state)
}

#[test]
fn extensions_are_spread_in_turn() {
    let shards: Shards<u64> = Shards::new(SHARDS, &Rules::STANDARD, &Limits::DEFAULT);
    let loaded: Vec<ShardId> =
        (0..6).map(|_| shards.load_extension(spec("x", false)).unwrap().shard()).collect();
    let ids: Vec<ShardId> = shards.ids().collect();
    assert_eq!(loaded, [&ids[..], &ids[..]].concat());
    assert_eq!(Shards::<u64>::new(0, &Rules::STANDARD, &Limits::DEFAULT).ids().len(), 1);
}

#[test]
fn a_placed_id_says_where_it_is() {
    let shards: Shards<u64> = Shards::new(SHARDS, &Rules::STANDARD, &Limits::DEFAULT);
    let placed = shards.load_extension(spec("x", false)).unwrap();
    assert_eq!(format!("{placed:?}"), "extension#0v1@shard#0");
}

/// The handle is for threads.
#[test]
fn a_handle_can_be_shared() {
    fn shared<T: Send + Sync>() {}
    shared::<Shards<Vec<u8>>>();
}
