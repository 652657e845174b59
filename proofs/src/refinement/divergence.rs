//! Where router and model part, told so that a reader finds the place.

use std::fmt;

use worldport::Refusal;
use worldport_model as model;
use worldport_model::invariant::Invariant;
use worldport_model::{Action, Effect, Records, State};

/// Where router and model part, or where an invariant is broken.
#[derive(Clone, Debug)]
pub struct Divergence {
    /// The call, as the model sees it.
    pub action: Action,
    /// The call.
    pub call: String,
    /// What differs.
    pub difference: Difference,
}

/// What differs between router and model.
#[derive(Clone, Debug)]
pub enum Difference {
    /// The router dropped other messages than the model, or by other rules.
    Drops {
        /// By rule: the model's count, the router's count.
        counts: Vec<(model::DropRule, u64, u64)>,
    },
    /// What scripts observe differs.
    Effects {
        /// By the model.
        model: Vec<Effect>,
        /// By the router.
        router: Vec<Effect>,
    },
    /// An invariant is broken.
    Invariant(&'static Invariant),
    /// One accepts what the other refuses, or they refuse for different reasons.
    Outcomes {
        /// The model's refusal, if it refuses.
        model: Option<model::Refusal>,
        /// The router's refusal, if it refuses.
        router: Option<Refusal>,
    },
    /// The router refused and changed all the same.
    RefusalChanged {
        /// The refusal.
        refusal: Refusal,
    },
    /// The states differ.
    States {
        /// The model's.
        model: Box<State>,
        /// What the router's stands for.
        router: Box<State>,
    },
}

impl fmt::Display for Divergence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "router and model part at {:?}", self.action)?;
        writeln!(f, "  call:   {}", self.call)?;
        self.difference.fmt(f)
    }
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Drops { counts } => {
                for (rule, by_model, by_router) in counts {
                    writeln!(
                        f,
                        "  dropped by {rule:?}: {by_model} by the model, {by_router} by the router"
                    )?;
                }
                Ok(())
            }
            Self::Effects { model, router } => {
                writeln!(f, "  effects of the model:  {model:?}")?;
                writeln!(f, "  effects of the router: {router:?}")
            }
            Self::Invariant(row) => {
                writeln!(f, "  both break {}: {}", row.id, row.sentence)
            }
            Self::Outcomes { model, router } => {
                let name = |refused: Option<String>| {
                    refused.map_or_else(|| "accepts".to_owned(), |by| format!("refuses: {by}"))
                };
                writeln!(f, "  model  {}", name(model.map(|it| it.to_string())))?;
                writeln!(f, "  router {}", name(router.map(|it| it.to_string())))
            }
            Self::RefusalChanged { refusal } => {
                writeln!(f, "  the router refuses ({refusal}) and has changed all the same")
            }
            Self::States { model, router } => {
                differing(f, "extensions", &model.extensions, &router.extensions)?;
                differing(f, "documents", &model.documents, &router.documents)?;
                differing(f, "contexts", &model.contexts, &router.contexts)?;
                differing(f, "channels", &model.channels, &router.channels)?;
                differing(f, "requests", &model.requests, &router.requests)
            }
        }
    }
}

/// Writes the records that differ, side by side.
fn differing<K: Ord + fmt::Debug, V: PartialEq + fmt::Debug>(
    f: &mut fmt::Formatter<'_>,
    what: &str,
    model: &Records<K, V>,
    router: &Records<K, V>,
) -> fmt::Result {
    let keys: std::collections::BTreeSet<&K> = model.keys().chain(router.keys()).collect();
    for key in keys {
        let (by_model, by_router) = (model.get(key), router.get(key));
        if by_model != by_router {
            writeln!(f, "  {what} {key:?}")?;
            writeln!(f, "    model:  {by_model:?}")?;
            writeln!(f, "    router: {by_router:?}")?;
        }
    }
    Ok(())
}

impl std::error::Error for Divergence {}
