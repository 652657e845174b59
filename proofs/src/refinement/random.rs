//! Random sequences of calls, legal and not, on a subject with the model beside it.
//!
//! The reference walks a machine with nearly everything ([`WILD`]). Each transition is drawn in two
//! steps, first what kind of action, then which one, so that rare kinds are not drowned by the many
//! listeners that could be added. Dispatches from ports that have nothing to give are drawn on purpose:
//! that is where a delivery after disconnect would show. One in seven is an action with arbitrary ids, one in eight names a
//! record that is gone, by the router id that it had.

use std::collections::BTreeMap;
use std::marker::PhantomData;
use std::sync::LazyLock;

use proptest::prelude::*;
use proptest::strategy::{BoxedStrategy, Union};
use proptest_state_machine::{ReferenceStateMachine, StateMachineTest};
use worldport::{ContextId, EventSource, Limits, Output, Router};
use worldport_model as model;
use worldport_model::invariant::{History, is_quiescent};
use worldport_model::{Action, Completion, State};

use super::{Lockstep, Shown, Strangers, Subject, concrete};
use crate::machine::{Machine, MachineState, Next, WILD, candidates};

/// The rules that both sides follow.
pub trait Rulebook: Clone + std::fmt::Debug + 'static {
    /// The model's.
    const MODEL: &'static model::Rules;
    /// The router's.
    const ROUTER: worldport::Rules;

    /// The machine whose candidates sequences are drawn from.
    fn machine() -> &'static Machine;
}

macro_rules! rulebooks {
    ($($(#[$doc:meta])* $name:ident: $model:expr, $router:expr;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug)]
        pub struct $name;

        impl Rulebook for $name {
            const MODEL: &'static model::Rules = &$model;
            const ROUTER: worldport::Rules = $router;

            fn machine() -> &'static Machine {
                static MACHINE: LazyLock<Machine> =
                    LazyLock::new(|| Machine::new(&WILD, $name::MODEL));
                &MACHINE
            }
        }
    )*};
}

rulebooks! {
    /// The profile `chromium`.
    Chromium: model::Rules::CHROMIUM, worldport::Rules::CHROMIUM;
    /// The profile `firefox`.
    Firefox: model::Rules::FIREFOX, worldport::Rules::FIREFOX;
    /// The profile `standard`.
    Standard: model::Rules::STANDARD, worldport::Rules::STANDARD;
}

/// One step of a random sequence.
#[derive(Clone, Debug)]
pub enum Transition {
    /// An action on records as they are.
    Act(Action),
    /// An action on a port, context, document, extension or request that is gone.
    Stale(Action),
}

/// The model, as the source of sequences.
#[derive(Clone, Copy, Debug)]
pub struct Reference<R = Standard>(PhantomData<R>);

impl<R: Rulebook> ReferenceStateMachine for Reference<R> {
    type State = MachineState;
    type Transition = Transition;

    fn init_state() -> BoxedStrategy<Self::State> {
        let empty =
            MachineState { state: State::default(), history: History::default(), broken: None };
        prop_oneof![1 => Just(empty), 3 => Just(R::machine().replay(WILD.setup))].boxed()
    }

    fn transitions(at: &Self::State) -> BoxedStrategy<Self::Transition> {
        let mut menu = Vec::new();
        candidates(&WILD, at, &mut menu);
        // In order of first appearance, so that a seed gives the same sequence every time.
        let mut kinds: Vec<Vec<Action>> = Vec::new();
        for action in menu {
            let kind = std::mem::discriminant(&action);
            let same = |other: &&mut Vec<Action>| {
                other.first().is_some_and(|it| std::mem::discriminant(it) == kind)
            };
            match kinds.iter_mut().find(same) {
                Some(actions) => actions.push(action),
                None => kinds.push(vec![action]),
            }
        }
        let mut choices: Vec<(u32, BoxedStrategy<Transition>)> = kinds
            .into_iter()
            .map(|actions| {
                let weight = actions.first().map_or(1, weight);
                (weight, prop::sample::select(actions).prop_map(Transition::Act).boxed())
            })
            .collect();
        let idle = idle_dispatches(&at.state);
        if !idle.is_empty() {
            choices.push((12, prop::sample::select(idle).prop_map(Transition::Act).boxed()));
        }
        let total: u32 = choices.iter().map(|(weight, _)| weight).sum();
        choices.push((total / 6 + 1, arbitrary_action().prop_map(Transition::Act).boxed()));
        choices.push((total / 7 + 1, arbitrary_stale().prop_map(Transition::Stale).boxed()));
        Union::new_weighted(choices).boxed()
    }

    fn apply(at: Self::State, transition: &Self::Transition) -> Self::State {
        match transition {
            Transition::Act(action) => R::machine().step(&at, action).unwrap_or(at),
            Transition::Stale(_) => at,
        }
    }
}

/// Dispatches from ports that have nothing to give: closed ones above all, where a mistake would deliver.
pub(crate) fn idle_dispatches(state: &State) -> Vec<Action> {
    let idle = state.ends().filter(|(_, end)| end.inbox.is_empty());
    idle.filter_map(|(port, _)| {
        let context = state.owner(port)?;
        Some(Action::Dispatch { context, source: model::EventSource::Port(port) })
    })
    .collect()
}

/// How often a kind of action is drawn. Calls and deliveries come often; what ends many records at once
/// comes seldom, or sequences would never grow rich.
fn weight(action: &Action) -> u32 {
    match action {
        Action::Dispatch { .. } | Action::Next { .. } => 30,
        Action::Post { .. } => 20,
        Action::AddListener { .. } => 16,
        Action::Connect { .. } | Action::SendMessage { .. } => 12,
        Action::BackgroundStarted { .. } | Action::Respond { .. } | Action::Disconnect { .. } => 8,
        Action::Inject { .. } | Action::RemoveListener { .. } | Action::Release { .. } => 6,
        Action::ConfigureWorld { .. } | Action::OpenPage { .. } => 4,
        Action::Abandon { .. }
        | Action::CreateDocument { .. }
        | Action::GrantPermission { .. }
        | Action::LoadExtension { .. }
        | Action::Navigate { .. }
        | Action::Restore { .. }
        | Action::StartBackground { .. } => 3,
        Action::ClosePage { .. } | Action::ResetWorldConfiguration { .. } => 2,
        Action::DestroyDocument { .. }
        | Action::RevokePermission { .. }
        | Action::StopBackground { .. }
        | Action::UnloadExtension { .. } => 1,
    }
}

fn context() -> impl Strategy<Value = model::ContextId> + Clone {
    (0..8u32).prop_map(model::ContextId)
}

fn channel() -> impl Strategy<Value = model::ChannelId> + Clone {
    (0..6u32).prop_map(model::ChannelId)
}

fn port() -> impl Strategy<Value = model::PortId> + Clone {
    prop_oneof![
        channel().prop_map(model::PortId::Opener),
        (channel(), context())
            .prop_map(|(channel, context)| { model::PortId::Receiver(channel, context) }),
    ]
}

fn request() -> impl Strategy<Value = model::RequestId> + Clone {
    (0..4u32).prop_map(model::RequestId)
}

/// Any action with any small ids: most are refused, each for its own reason.
fn arbitrary_action() -> impl Strategy<Value = Action> {
    let document = (0..5u32).prop_map(model::DocumentId);
    let extension = (0..3u32).prop_map(model::ExtensionId);
    let listener = (0..3u32).prop_map(model::ListenerId);
    let message = Just(model::Message(0));
    let world =
        prop_oneof![Just(model::WorldId::Default), (0..2u32).prop_map(model::WorldId::Named)];
    let departure = prop_oneof![Just(model::Departure::Cached), Just(model::Departure::Destroyed)];
    let event = prop::sample::select(vec![
        model::RuntimeEvent::OnConnect,
        model::RuntimeEvent::OnMessage,
        model::RuntimeEvent::OnUserScriptConnect,
        model::RuntimeEvent::OnUserScriptMessage,
    ]);
    let target = prop_oneof![
        port().prop_map(model::ListenerTarget::OnMessage),
        port().prop_map(model::ListenerTarget::OnDisconnect),
        event.prop_map(model::ListenerTarget::Runtime),
    ];
    let source = prop_oneof![
        3 => port().prop_map(model::EventSource::Port),
        1 => request().prop_map(model::EventSource::Request),
        1 => request().prop_map(model::EventSource::Reply),
    ];
    let completion = prop::sample::select(vec![
        Completion::Returned,
        Completion::Threw,
        Completion::WillRespond,
    ]);
    let realm = prop_oneof![
        Just(model::Realm::ContentScript),
        world.clone().prop_map(model::Realm::UserScript),
    ];
    prop_oneof![
        (context(), port(), message).prop_map(|(context, port, message)| Action::Post {
            context,
            port,
            message
        }),
        (context(), port()).prop_map(|(context, port)| Action::Disconnect { context, port }),
        (context(), port()).prop_map(|(context, port)| Action::Release { context, port }),
        (context(), target.clone(), listener.clone()).prop_map(|(context, target, listener)| {
            Action::AddListener { context, target, listener }
        }),
        (context(), target, listener).prop_map(|(context, target, listener)| {
            Action::RemoveListener { context, target, listener }
        }),
        (context(), source).prop_map(|(context, source)| Action::Dispatch { context, source }),
        (context(), completion)
            .prop_map(|(context, completion)| Action::Next { context, completion }),
        context().prop_map(|context| Action::Connect { context }),
        (context(), message)
            .prop_map(|(context, message)| Action::SendMessage { context, message }),
        (context(), request(), message).prop_map(|(context, request, message)| Action::Respond {
            context,
            request,
            message
        }),
        (context(), request()).prop_map(|(context, request)| Action::Abandon { context, request }),
        (context(), world.clone(), any::<Option<bool>>()).prop_map(
            |(context, world, messaging)| Action::ConfigureWorld {
                context,
                world,
                messaging,
                csp: model::Csp::Given,
            }
        ),
        (context(), world)
            .prop_map(|(context, world)| Action::ResetWorldConfiguration { context, world }),
        context().prop_map(|context| Action::BackgroundStarted { context }),
        context().prop_map(|context| Action::ClosePage { context }),
        (document.clone(), departure.clone())
            .prop_map(|(document, departure)| Action::Navigate { document, departure }),
        (document.clone(), departure)
            .prop_map(|(document, departure)| Action::Restore { document, departure }),
        document.clone().prop_map(|document| Action::CreateDocument { parent: Some(document) }),
        (extension.clone(), document, realm).prop_map(|(extension, document, realm)| {
            Action::Inject { extension, document, realm }
        }),
        extension.clone().prop_map(|extension| Action::StartBackground { extension }),
        extension.prop_map(|extension| Action::StopBackground { extension }),
    ]
}

/// Actions whose main record is replaced by one that is gone.
fn arbitrary_stale() -> impl Strategy<Value = Action> {
    let (absent, message) = (u32::MAX, model::Message(0));
    let gone = model::PortId::Opener(model::ChannelId(absent));
    let nobody = model::ContextId(absent);
    let request = model::RequestId(absent);
    prop_oneof![
        context().prop_map(move |context| Action::Post { context, port: gone, message }),
        context().prop_map(move |context| Action::Disconnect { context, port: gone }),
        context().prop_map(move |context| Action::Release { context, port: gone }),
        context().prop_map(move |context| Action::Dispatch {
            context,
            source: model::EventSource::Port(gone),
        }),
        context().prop_map(move |context| Action::Respond { context, request, message }),
        Just(Action::Connect { context: nobody }),
        Just(Action::SendMessage { context: nobody, message }),
        Just(Action::Next { context: nobody, completion: Completion::Returned }),
        Just(Action::DestroyDocument { document: model::DocumentId(absent) }),
        Just(Action::UnloadExtension { extension: model::ExtensionId(absent) }),
    ]
}

/// A subject with the model beside it.
#[derive(Clone, Debug)]
pub struct Pair<S, R = Standard> {
    subject: S,
    rules: PhantomData<R>,
    lockstep: Lockstep<u32>,
    strangers: Strangers,
    announced: BTreeMap<(ContextId, EventSource), usize>,
    steps: Vec<Action>,
}

impl<S: Subject<u32>, R: Rulebook> Pair<S, R> {
    /// A new subject, and the model in its initial state.
    #[must_use]
    pub fn new(subject: S) -> Self {
        Self {
            subject,
            rules: PhantomData,
            lockstep: Lockstep::new(R::MODEL, |token| *token),
            strangers: strangers(),
            announced: BTreeMap::new(),
            steps: Vec::new(),
        }
    }

    /// The same, comparing only: for steps that the invariants have judged elsewhere.
    #[must_use]
    pub fn unjudged(subject: S) -> Self {
        let lockstep = Lockstep::unjudged(R::MODEL, |token| *token);
        Self { lockstep, ..Self::new(subject) }
    }

    /// The model follows another transition function from here on: a fault, seeded on purpose.
    pub fn follow_with(&mut self, next: Next) {
        self.lockstep.next = next;
    }

    /// What the subject shows of a step, in the words of the model. The pair is of no use afterwards.
    #[must_use]
    pub fn shown(mut self, transition: &Transition) -> Shown {
        let (action, strangers) = self.named(transition);
        let call = concrete(self.lockstep.ids(), &strangers, &action);
        let outcome = self.subject.apply(call.clone());
        let (snapshot, dropped) = (self.subject.snapshot(), self.subject.dropped());
        self.lockstep.shown(&call, &outcome, &snapshot, dropped)
    }

    /// The action of a transition, and what stands for ids that nothing has.
    fn named(&self, transition: &Transition) -> (Action, Strangers) {
        match transition {
            Transition::Act(action) => (*action, self.strangers),
            Transition::Stale(action) => (*action, self.lockstep.ids().stale(&self.strangers)),
        }
    }

    /// What has been checked so far.
    #[must_use]
    pub fn verdict(&self) -> super::Verdict {
        self.lockstep.verdict()
    }

    /// The model's state.
    #[must_use]
    pub fn state(&self) -> &State {
        self.lockstep.state()
    }

    /// Lets the subject take a step and the model follow.
    ///
    /// # Errors
    ///
    /// Where they part, with all steps that led there.
    pub fn step(&mut self, transition: &Transition) -> Result<(), String> {
        let (action, strangers) = self.named(transition);
        self.steps.push(action);
        let call = concrete(self.lockstep.ids(), &strangers, &action);
        let outcome = self.subject.apply(call.clone());
        if let (worldport::Call::Dispatch { context, source }, Ok(_)) = (&call, &outcome)
            && let Some(count) = self.announced.get_mut(&(*context, *source))
        {
            *count = count.saturating_sub(1);
        }
        let before: Vec<ContextId> = self.live_contexts();
        let now = (self.subject.snapshot(), self.subject.dropped());
        self.lockstep
            .follow(&call, &outcome, now.0, now.1)
            .map_err(|divergence| self.report(&divergence.to_string()))?;
        self.hear(&before)
    }

    fn live_contexts(&self) -> Vec<ContextId> {
        let contexts = self.lockstep.state().contexts.keys();
        contexts.filter_map(|&id| self.lockstep.ids().context_of(id)).collect()
    }

    /// Polls every notice: contexts that have ended are told of once, and whatever waits is announced.
    fn hear(&mut self, before: &[ContextId]) -> Result<(), String> {
        let mut ended = Vec::new();
        while let Some(output) = self.subject.poll() {
            match output {
                Output::ContextEnded { context } => ended.push(context),
                Output::Ready { context, source } => {
                    *self.announced.entry((context, source)).or_default() += 1;
                }
                Output::Woken { context, .. } => {
                    if !self.live_contexts().contains(&context) {
                        return Err(self.report("a background that does not live was woken"));
                    }
                }
            }
        }
        let after = self.live_contexts();
        let mut gone: Vec<ContextId> =
            before.iter().copied().filter(|it| !after.contains(it)).collect();
        gone.sort_unstable();
        ended.sort_unstable();
        if gone != ended {
            return Err(self.report(&format!("ended: {gone:?}, told of: {ended:?}")));
        }
        self.all_announced()
    }

    /// Every event that a context could take has been announced, once for each. A page in the
    /// back/forward cache can take none; what waits for it is announced when it is restored.
    fn all_announced(&self) -> Result<(), String> {
        let ids = self.lockstep.ids();
        for (port, end) in self.lockstep.state().ends() {
            let offered = usize::from(end.phase == model::Phase::Offered);
            let waiting = end.inbox.len() + offered;
            let owner = self.lockstep.state().owner(port);
            let owner = owner.filter(|&id| !self.lockstep.state().is_suspended(id));
            let owner = owner.and_then(|id| ids.context_of(id));
            if let (Some(context), Some(port)) = (owner, ids.port_of(port)) {
                let announced = self.announced.get(&(context, EventSource::Port(port)));
                if announced.copied().unwrap_or(0) < waiting {
                    return Err(
                        self.report(&format!("{waiting} events wait at {port:?} unannounced"))
                    );
                }
            }
        }
        Ok(())
    }

    /// Calls every listener and takes every event until nothing waits, then ends everything.
    ///
    /// # Errors
    ///
    /// Where router and model part, or if anything is left of either.
    pub fn run_down(&mut self) -> Result<(), String> {
        while let Some(action) = self.next_scheduled() {
            self.step(&Transition::Act(action))?;
        }
        if !is_quiescent(self.lockstep.state()) {
            return Err(self.report("the scheduler has nothing to do and something waits"));
        }
        self.end_everything()
    }

    /// Unloads every extension and destroys every document, whatever still waits.
    ///
    /// # Errors
    ///
    /// Where router and model part, or if anything is left of either.
    pub fn end_everything(&mut self) -> Result<(), String> {
        let state = self.lockstep.state().clone();
        for &extension in state.extensions.keys() {
            self.step(&Transition::Act(Action::UnloadExtension { extension }))?;
        }
        while let Some(&document) = self.lockstep.state().documents.keys().next() {
            self.step(&Transition::Act(Action::DestroyDocument { document }))?;
        }
        let left = self.subject.snapshot();
        let empty = left.extensions.is_empty()
            && left.documents.is_empty()
            && left.contexts.is_empty()
            && left.channels.is_empty()
            && left.requests.is_empty();
        if empty { Ok(()) } else { Err(self.report(&format!("left over: {left:?}"))) }
    }

    fn next_scheduled(&self) -> Option<Action> {
        let at = MachineState {
            state: self.lockstep.state().clone(),
            history: History::default(),
            broken: None,
        };
        let mut menu = Vec::new();
        candidates(&WILD, &at, &mut menu);
        menu.into_iter().find(|action| {
            let scheduled = match action {
                Action::Dispatch { .. } | Action::BackgroundStarted { .. } => true,
                Action::Next { completion, .. } => *completion == Completion::Returned,
                _ => false,
            };
            scheduled && model::next(R::MODEL, &at.state, action).is_ok()
        })
    }

    fn report(&self, what: &str) -> String {
        let mut text = String::from("\n");
        for (number, action) in self.steps.iter().enumerate() {
            text.push_str(&format!("{:>4}  {action:?}\n", number + 1));
        }
        text.push_str(what);
        text
    }
}

/// Ids that no router under test has made: another router's, from slots that none of them reaches.
fn strangers() -> Strangers {
    let mut router: Router<u32> = Router::new(worldport::Rules::STANDARD, Limits::default());
    let ids = foreign_ids(&mut router);
    ids.unwrap_or_else(|error| panic!("another router's ids: {error}"))
}

/// Makes a record of each kind in a router of its own, each behind many others.
fn foreign_ids(router: &mut Router<u32>) -> Result<Strangers, worldport::Refusal> {
    use worldport::{Content, DocumentSpec, ExtensionSpec, PageSpec, TabId};
    let mut found = None;
    for _ in 0..40 {
        let spec = ExtensionSpec { id: "other".into(), origin: "other".into(), background: None };
        let extension = router.load_extension(spec)?;
        let content = Content::new("https://other.example/", "https://other.example");
        let document = router.create_document(DocumentSpec::in_tab(TabId(0), content))?;
        let context = router.open_page(extension, PageSpec::new("other"))?;
        router.open_page(extension, PageSpec::new("other"))?;
        let port = router.connect(context, "other")?;
        let request = router.send_message(context, 0)?;
        found = Some(Strangers { extension, document, context, port, request });
    }
    found.ok_or_else(|| unreachable!("forty records were made"))
}

/// Subjects that can be made anew for each sequence.
pub trait Fresh: Subject<u32> + Sized {
    /// A new one under these rules.
    fn fresh(rules: worldport::Rules) -> Self;
}

impl Fresh for Router<u32> {
    fn fresh(rules: worldport::Rules) -> Self {
        Self::new(rules, Limits::default())
    }
}

impl<S: Fresh + 'static, R: Rulebook> StateMachineTest for Pair<S, R> {
    type SystemUnderTest = Self;
    type Reference = Reference<R>;

    fn init_test(at: &MachineState) -> Self {
        let mut pair = Self::new(S::fresh(R::ROUTER));
        if at.state != State::default() {
            for action in WILD.setup {
                fail(pair.step(&Transition::Act(*action)));
            }
        }
        pair
    }

    fn apply(mut pair: Self, _: &MachineState, transition: Transition) -> Self {
        fail(pair.step(&transition));
        pair
    }

    fn teardown(mut pair: Self, _: MachineState) {
        fail(pair.run_down());
    }
}

/// Fails the running test with what was found; proptest shrinks the sequence and reports it.
fn fail(found: Result<(), String>) {
    if let Err(report) = found {
        panic!("{report}");
    }
}
