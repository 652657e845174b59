//! A counterexample to induction, so that it can be read.

use std::fmt::Write as _;

use super::formula::Closed;
use super::ground::{Fact, Ground, Model};
use super::induction::ReadRule;
use super::structure::{Edge, Sort, Span, Structure, Vocabulary};

/// The step: what the constants are, what holds before, what happens, what holds after, what is violated.
pub(super) fn counterexample(
    vocabulary: &Vocabulary,
    ground: &Ground<'_>,
    model: &Model,
    rule: Option<&ReadRule>,
    violated: &Closed,
) -> String {
    let mut text = String::new();
    if let Some(rule) = rule {
        let mut next = [0; 5];
        let parameters = rule.constants.iter().map(|(name, sort)| {
            let element = next[sort.index()];
            next[sort.index()] += 1;
            format!("{name} = {}", name_of(model, *sort, element))
        });
        let parameters: Vec<String> = parameters.collect();
        line(&mut text, "rule", &format!("{} with {}", rule.rule.name, parameters.join(", ")));
    }
    let facts = |wanted: &dyn Fn(&Fact) -> bool| {
        let of = model.facts.iter().filter(|it| wanted(it));
        of.map(|fact| fact_text(vocabulary, model, fact)).collect::<Vec<_>>().join(", ")
    };
    let is_state = |fact: &Fact| vocabulary.relations[fact.relation].is_state();
    line(&mut text, "before", &facts(&|it| is_state(it) && !it.primed));
    line(&mut text, "happens", &facts(&|it| !is_state(it)));
    let held = |it: &Fact| model.facts.contains(&Fact { primed: false, ..*it });
    let holds = |it: &Fact| model.facts.contains(&Fact { primed: true, ..*it });
    line(&mut text, "new", &facts(&|it| it.primed && !held(it)));
    line(&mut text, "no more", &facts(&|it| is_state(it) && !it.primed && !holds(it)));
    let values = violated.variables.iter().zip(ground.skolems(violated));
    let at: Vec<String> = values
        .map(|((name, sort), element)| format!("{name} = {}", name_of(model, *sort, element)))
        .collect();
    line(&mut text, "violated", &format!("{}   at {}", violated.text, at.join(", ")));
    text
}

/// Whether all of these formulas hold of the step and the last does not, when it is read as a structure.
/// The grounder and the evaluator share nothing but the text of the formulas: they must agree.
pub(super) fn is_genuine<'f>(
    vocabulary: &Vocabulary,
    ground: &Ground<'_>,
    model: &Model,
    hold: impl IntoIterator<Item = &'f Closed>,
    violated: &Closed,
) -> bool {
    let place = |sort: Sort, element: usize| {
        let names = &model.names[sort.index()];
        let least = names[element];
        (0..least).filter(|it| names[*it] == *it).count()
    };
    let sizes = Sort::ALL.map(|sort| {
        let names = &model.names[sort.index()];
        (0..names.len()).filter(|it| names[*it] == *it).count()
    });
    let mut before = Structure::empty(vocabulary, Span::State);
    let mut after = before.clone();
    let mut events = Structure::empty(vocabulary, Span::Step);
    for fact in &model.facts {
        let record = vocabulary.relations[fact.relation];
        let into = match (record.span, fact.primed) {
            (Span::Step, _) => &mut events,
            (Span::State, false) => &mut before,
            (Span::State, true) => &mut after,
        };
        let first = place(record.sorts[0], fact.elements.0);
        match record.sorts.get(1) {
            None => into.put(vocabulary, fact.relation, first, true),
            Some(sort) => {
                let pair = (first, place(*sort, fact.elements.1));
                into.put_pair(vocabulary, fact.relation, pair, true);
            }
        }
    }
    let edge = Edge { vocabulary, sizes, before: &before, events: &events, after: &after };
    let constants: Vec<usize> =
        ground.constants().iter().map(|&(sort, element)| place(sort, element)).collect();
    hold.into_iter().all(|it| it.holds(&edge, &constants)) && !violated.holds(&edge, &constants)
}

fn line(text: &mut String, title: &str, content: &str) {
    writeln!(text, "  {title:9} {content}").expect("a string takes any text");
}

fn fact_text(vocabulary: &Vocabulary, model: &Model, fact: &Fact) -> String {
    let relation = vocabulary.relations[fact.relation];
    let elements = [fact.elements.0, fact.elements.1];
    let arguments = relation.sorts.iter().zip(elements).map(|(sort, it)| name_of(model, *sort, it));
    format!("{}({})", relation.name, arguments.collect::<Vec<_>>().join(", "))
}

/// An element by its sort and number, as `port1`.
fn name_of(model: &Model, sort: Sort, element: usize) -> String {
    let least = model.names[sort.index()][element];
    format!("{}{least}", sort.to_string().to_lowercase())
}
