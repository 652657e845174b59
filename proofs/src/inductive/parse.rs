//! Reads formulas.
//!
//! Nothing that a formula says is left to guess: an unknown relation, a wrong number of arguments, or a
//! variable that is used at two sorts is an error, with the text that has it.

use super::formula::{Atom, Closed, Formula, Term};
use super::structure::{Sort, Vocabulary};

/// A definition: a name that stands for a formula.
#[derive(Clone, Copy, Debug)]
pub struct Definition {
    /// The name and its arguments, as `live(p)`.
    pub head: &'static str,
    /// What it stands for.
    pub body: &'static str,
    /// What it says, in words.
    pub about: &'static str,
}

/// What names mean: relations, definitions, and constants.
#[derive(Clone, Copy, Debug)]
pub struct Scope<'a> {
    /// The relations.
    pub vocabulary: &'a Vocabulary,
    /// The definitions.
    pub definitions: &'a [Definition],
    /// The constants: name and sort.
    pub constants: &'a [(&'a str, Sort)],
}

/// Reads a formula and closes it.
///
/// # Panics
///
/// If the text is no formula: formulas are constants of this crate, and wrong then.
#[must_use]
pub fn parse(scope: Scope<'_>, text: &str) -> Closed {
    let mut variables = Vec::new();
    let matrix = read(scope, text, &mut variables);
    let variables = variables
        .into_iter()
        .map(|(name, sort)| match sort {
            Some(sort) => (name, sort),
            None => panic!("{name} has no sort in: {text}"),
        })
        .collect();
    Closed::new(text, variables, matrix)
}

/// A name and the names of its arguments, as `live(p)`.
#[must_use]
pub fn split_head(head: &str) -> (&str, Vec<&str>) {
    let (name, arguments) = head
        .strip_suffix(')')
        .and_then(|head| head.split_once('('))
        .unwrap_or_else(|| panic!("{head} is not a name with arguments"));
    (name, arguments.split(',').map(str::trim).collect())
}

type Variables = Vec<(String, Option<Sort>)>;

fn read(scope: Scope<'_>, text: &str, variables: &mut Variables) -> Formula {
    let mut reader = Reader { scope, text, rest: text, variables };
    let formula = reader.equivalence();
    assert!(reader.peek().is_empty(), "`{}` is left over in: {text}", reader.rest);
    formula
}

struct Reader<'a> {
    scope: Scope<'a>,
    text: &'a str,
    rest: &'a str,
    variables: &'a mut Variables,
}

const SYMBOLS: [&str; 11] = ["<->", "->", "!=", "=", "!", "&", "|", "(", ")", ",", "'"];

impl<'a> Reader<'a> {
    /// The next token, which is empty at the end.
    fn peek(&self) -> &'a str {
        let rest = self.rest.trim_start();
        if let Some(symbol) = SYMBOLS.iter().find(|it| rest.starts_with(**it)) {
            return &rest[..symbol.len()];
        }
        let word = |it: char| it.is_ascii_alphanumeric() || it == '_';
        let end = rest.find(|it| !word(it)).unwrap_or(rest.len());
        assert!(end > 0 || rest.is_empty(), "`{rest}` is no formula in: {}", self.text);
        &rest[..end]
    }

    fn take(&mut self) -> &'a str {
        let token = self.peek();
        self.rest = &self.rest.trim_start()[token.len()..];
        token
    }

    fn accept(&mut self, token: &str) -> bool {
        let found = self.peek() == token;
        if found {
            self.take();
        }
        found
    }

    fn expect(&mut self, token: &str) {
        assert!(self.accept(token), "no `{token}` before `{}` in: {}", self.rest, self.text);
    }

    fn equivalence(&mut self) -> Formula {
        let left = self.implication();
        if self.accept("<->") {
            let right = self.implication();
            return Formula::Iff(Box::new(left), Box::new(right));
        }
        left
    }

    fn implication(&mut self) -> Formula {
        let left = self.disjunction();
        if !self.accept("->") {
            return left;
        }
        let right = self.implication();
        // Each condition is a disjunct of its own, so that it can be read before the others.
        let mut any: Vec<Formula> = match left {
            Formula::All(all) => all.into_iter().map(negated).collect(),
            one => vec![negated(one)],
        };
        match right {
            Formula::Any(more) => any.extend(more),
            one => any.push(one),
        }
        Formula::Any(any)
    }

    fn disjunction(&mut self) -> Formula {
        let mut any = vec![self.conjunction()];
        while self.accept("|") {
            any.push(self.conjunction());
        }
        if any.len() == 1 { any.remove(0) } else { Formula::Any(any) }
    }

    fn conjunction(&mut self) -> Formula {
        let mut all = vec![self.unit()];
        while self.accept("&") {
            all.push(self.unit());
        }
        if all.len() == 1 { all.remove(0) } else { Formula::All(all) }
    }

    fn unit(&mut self) -> Formula {
        if self.accept("!") {
            return negated(self.unit());
        }
        if self.accept("(") {
            let inside = self.equivalence();
            self.expect(")");
            return inside;
        }
        let name = self.take();
        match name {
            "true" => return Formula::All(Vec::new()),
            "false" => return Formula::Any(Vec::new()),
            _ => {}
        }
        if matches!(self.peek(), "(" | "'") {
            return self.application(name);
        }
        let equal = match self.take() {
            "=" => true,
            "!=" => false,
            token => panic!("`{token}` after {name} in: {}", self.text),
        };
        let other = self.take();
        let (a, b) = (self.term(name, None), self.term(other, None));
        self.agree(a, b);
        if equal { Formula::Equal(a, b) } else { negated(Formula::Equal(a, b)) }
    }

    fn application(&mut self, name: &str) -> Formula {
        let primed = self.accept("'");
        self.expect("(");
        let mut arguments = vec![self.take()];
        while self.accept(",") {
            arguments.push(self.take());
        }
        self.expect(")");
        let definitions = self.scope.definitions.iter();
        let defined =
            definitions.map(|it| (split_head(it.head), it.body)).find(|it| it.0.0 == name);
        if let Some(((_, names), body)) = defined {
            assert_eq!(names.len(), arguments.len(), "{name} in: {}", self.text);
            return self.expand(body, &names, &arguments, primed);
        }
        let relation = self.scope.vocabulary.find(name);
        let relation = relation.unwrap_or_else(|| panic!("no {name} in: {}", self.text));
        let record = self.scope.vocabulary.relations[relation];
        assert_eq!(record.sorts.len(), arguments.len(), "{name} in: {}", self.text);
        assert!(!primed || record.is_state(), "{name} has no value after, in: {}", self.text);
        let mut terms = arguments.iter().zip(record.sorts);
        let mut next = || terms.next().map(|(name, sort)| self.term(name, Some(*sort)));
        let first = next().expect("a relation has an argument");
        Formula::Atom(Atom { relation, primed, first, second: next() })
    }

    /// The body of a definition with the arguments in place of its own names.
    fn expand(&mut self, body: &str, names: &[&str], arguments: &[&str], primed: bool) -> Formula {
        let before: Vec<String> = self.variables.iter().map(|(name, _)| name.clone()).collect();
        let known = |name: &String| before.contains(name);
        let mut text = String::new();
        let mut reader =
            Reader { scope: self.scope, text: body, rest: body, variables: &mut Vec::new() };
        while !reader.peek().is_empty() {
            let token = reader.take();
            let place = names.iter().position(|name| *name == token);
            text.push_str(place.map_or(token, |place| arguments[place]));
            text.push(' ');
        }
        let formula = read(self.scope, &text, self.variables);
        let strange = self
            .variables
            .iter()
            .position(|(it, _)| !known(it) && !arguments.contains(&it.as_str()));
        assert!(strange.is_none(), "a definition has variables of its own in: {}", self.text);
        if primed { formula.after(self.scope.vocabulary) } else { formula }
    }

    fn term(&mut self, name: &str, sort: Option<Sort>) -> Term {
        let constants = self.scope.constants;
        if let Some(constant) = constants.iter().position(|(it, _)| *it == name) {
            let clash = sort.is_some_and(|sort| sort != constants[constant].1);
            assert!(!clash, "{name} is used at two sorts in: {}", self.text);
            return Term::Fixed(constant);
        }
        // Parameters begin with a capital and variables do not, so that neither is taken for the other.
        let is_variable = name.starts_with(|it: char| it.is_ascii_lowercase());
        assert!(is_variable, "no parameter {name} in: {}", self.text);
        let known = self.variables.iter().position(|(it, _)| it == name);
        let variable = known.unwrap_or_else(|| {
            self.variables.push((name.to_owned(), None));
            self.variables.len() - 1
        });
        if let Some(sort) = sort {
            let was = self.variables[variable].1.replace(sort);
            assert!(
                was.is_none_or(|was| was == sort),
                "{name} is used at two sorts in: {}",
                self.text
            );
        }
        Term::Variable(variable)
    }

    /// Both sides of an equation are of one sort.
    fn agree(&mut self, a: Term, b: Term) {
        let sort = |it: &Self, term| match term {
            Term::Fixed(constant) => Some(it.scope.constants[constant].1),
            Term::Variable(variable) => it.variables[variable].1,
        };
        let (of_a, of_b) = (sort(self, a), sort(self, b));
        let clash = of_a.is_some() && of_b.is_some() && of_a != of_b;
        assert!(!clash, "unlike things are compared in: {}", self.text);
        for (term, other) in [(a, of_b), (b, of_a)] {
            if let Term::Variable(variable) = term {
                self.variables[variable].1 = self.variables[variable].1.or(other);
            }
        }
    }
}

fn negated(formula: Formula) -> Formula {
    match formula {
        Formula::Not(inside) => *inside,
        other => Formula::Not(Box::new(other)),
    }
}
