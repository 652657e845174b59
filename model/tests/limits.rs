//! The limits that browsers have, at their edge: what counts towards them, and what does not
//! (`l2_many_worlds`).

use worldport_model::{
    Action, Background, ContextId, Csp, DocumentId, Effect, ExtensionId, Limit, Realm, Refusal,
    Rules, State, WorldId, WorldOverflow, next,
};

const FIRST: DocumentId = DocumentId(0);
const SECOND: DocumentId = DocumentId(1);
const NAMED: Realm = Realm::UserScript(WorldId::Named(0));
const OTHER: Realm = Realm::UserScript(WorldId::Named(1));
const DEFAULT: Realm = Realm::UserScript(WorldId::Default);

/// One world a document, and one configured world; two extensions with running backgrounds, two documents.
struct Machine {
    rules: Rules,
    state: State,
}

impl Machine {
    fn new(world_overflow: WorldOverflow) -> Self {
        let rules = Rules {
            worlds_per_document: Some(1),
            configured_worlds: Some(1),
            world_overflow,
            ..Rules::STANDARD
        };
        let mut machine = Self { rules, state: State::default() };
        for extension in [0, 1] {
            let (extension, context) = (ExtensionId(extension), ContextId(extension));
            machine.must(Action::LoadExtension { background: Background::Stopped });
            machine.must(Action::StartBackground { extension });
            machine.must(Action::BackgroundStarted { context });
            machine.must(Action::CreateDocument { parent: None });
        }
        machine
    }

    fn act(&mut self, action: Action) -> Result<Vec<Effect>, Refusal> {
        let (state, effects) = next(&self.rules, &self.state, &action)?;
        self.state = state;
        Ok(effects)
    }

    fn must(&mut self, action: Action) -> Vec<Effect> {
        self.act(action).unwrap_or_else(|refusal| panic!("{action:?} is refused: {refusal}"))
    }

    fn inject(
        &mut self,
        extension: u32,
        document: DocumentId,
        realm: Realm,
    ) -> Result<ContextId, Refusal> {
        let extension = ExtensionId(extension);
        match self.act(Action::Inject { extension, document, realm })?.as_slice() {
            [Effect::ContextEntered { context }] => Ok(*context),
            other => panic!("injection has these effects: {other:?}"),
        }
    }

    fn configure(&mut self, context: u32, world: WorldId) -> Result<Vec<Effect>, Refusal> {
        let (context, csp) = (ContextId(context), Csp::Absent);
        self.act(Action::ConfigureWorld { context, world, messaging: Some(true), csp })
    }
}

#[test]
fn a_world_too_many_is_refused() {
    let mut machine = Machine::new(WorldOverflow::Refused);
    let first = machine.inject(0, FIRST, NAMED).expect("there is room for one");
    let full = Err(Refusal::Limit(Limit::WorldsPerDocument));
    assert_eq!(machine.inject(0, FIRST, OTHER), full);
    assert_eq!(machine.inject(0, FIRST, DEFAULT), full);
    assert_eq!(machine.inject(0, FIRST, NAMED), Ok(first), "the world that is there is taken");
}

#[test]
fn a_world_too_many_runs_in_the_default_world() {
    let mut machine = Machine::new(WorldOverflow::RunsInDefault);
    machine.inject(0, FIRST, NAMED).expect("there is room for one");
    let default = machine.inject(0, FIRST, OTHER).expect("it runs elsewhere");
    assert_eq!(machine.inject(0, FIRST, DEFAULT), Ok(default));
}

/// Counted are the worlds of one extension in one document: neither others' nor those elsewhere, and no
/// content script.
#[test]
fn only_worlds_of_the_same_extension_and_document_count() {
    let mut machine = Machine::new(WorldOverflow::Refused);
    machine.inject(0, FIRST, NAMED).expect("there is room for one");
    let others = [(1, FIRST, NAMED), (0, SECOND, OTHER), (1, SECOND, NAMED)];
    for (extension, document, realm) in others {
        let entered = machine.inject(extension, document, realm);
        assert!(entered.is_ok(), "extension {extension} in {document:?}: {entered:?}");
    }
    assert!(machine.inject(0, FIRST, Realm::ContentScript).is_ok());
    let mut machine = Machine::new(WorldOverflow::Refused);
    machine.inject(0, FIRST, Realm::ContentScript).expect("content scripts are no worlds");
    assert!(machine.inject(0, FIRST, NAMED).is_ok());
}

#[test]
fn a_configured_world_too_many_is_refused_and_one_that_is_there_is_not() {
    let mut machine = Machine::new(WorldOverflow::Refused);
    machine.configure(0, WorldId::Named(0)).expect("there is room for one");
    let full = Refusal::Limit(Limit::ConfiguredWorlds);
    assert_eq!(machine.configure(0, WorldId::Default), Err(full));
    assert!(machine.configure(0, WorldId::Named(0)).is_ok());
    assert!(machine.configure(1, WorldId::Default).is_ok(), "each extension has its own");
}
