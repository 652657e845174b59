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
            let (place, by_model, by_router) = narrowed(by_model, by_router);
            writeln!(f, "  {what} {key:?}{place}")?;
            writeln!(f, "    model:  {by_model}")?;
            writeln!(f, "    router: {by_router}")?;
        }
    }
    Ok(())
}

/// The part in which two records differ: where it is, and how it reads in each. Of a record that is on one
/// side only all is told.
fn narrowed<V: fmt::Debug>(model: Option<&V>, router: Option<&V>) -> (String, String, String) {
    let (Some(model), Some(router)) = (model, router) else {
        let told = |record: Option<&V>| {
            record.map_or_else(|| "there is none".to_owned(), |it| format!("{it:?}"))
        };
        return (String::new(), told(model), told(router));
    };
    let (model, router) = (format!("{model:#?}"), format!("{router:#?}"));
    let (model, router): (Vec<&str>, Vec<&str>) =
        (model.lines().collect(), router.lines().collect());
    let same = model.iter().zip(&router).take_while(|(left, right)| left == right).count();
    let (left, right) = (&model[same..], &router[same..]);
    let ends = left.iter().rev().zip(right.iter().rev());
    let tail = ends.take_while(|(left, right)| left == right).count();
    let (left, right) = (&left[..left.len() - tail], &right[..right.len() - tail]);
    let indent = |line: &str| line.len() - line.trim_start().len();
    let depth = left.iter().chain(right).map(|line| indent(line)).min().unwrap_or(0);
    // The heads of what is open there, from the outermost in.
    let mut open: Vec<&str> = Vec::new();
    for line in &model[..same] {
        open.retain(|head| indent(head) < indent(line));
        open.push(line);
    }
    let place = open.iter().filter(|head| indent(head) < depth).skip(1).map(|head| {
        let head = head.trim();
        format!(" / {}", head.split_once(':').map_or(head, |(name, _)| name))
    });
    let told = |lines: &[&str]| match lines {
        [] => "nothing".to_owned(),
        lines => lines.iter().map(|line| line.trim()).collect::<Vec<_>>().join(" "),
    };
    (place.collect(), told(left), told(right))
}

impl std::error::Error for Divergence {}

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;

    use super::*;

    #[test]
    fn of_two_records_the_part_is_told_in_which_they_differ() {
        let empty = model::End::default();
        let inbox = VecDeque::from([model::Item::Disconnect(None)]);
        let told = model::End { inbox, ..model::End::default() };
        let (place, by_model, by_router) = narrowed(Some(&told), Some(&empty));
        assert_eq!(place, "");
        assert!(by_model.starts_with("inbox: [ Disconnect( None"), "{by_model}");
        assert_eq!(by_router, "inbox: [],");
        let closed = model::End { phase: model::Phase::Closed, ..model::End::default() };
        let (_, by_model, by_router) = narrowed(Some(&empty), Some(&closed));
        assert_eq!((by_model.as_str(), by_router.as_str()), ("phase: Open,", "phase: Closed,"));
        let (_, by_model, _) = narrowed(None, Some(&closed));
        assert_eq!(by_model, "there is none");
    }
}
