//! Formulas: their text, what they mean in a finite structure, and why nothing else can be written.
//!
//! A formula is written without quantifiers: a name that is no constant is a variable, and every variable
//! is universal. There are relations and equality, and no functions. So whatever is written here is the
//! universal closure of a quantifier-free formula, and the decidable fragment cannot be left by mistake.
//!
//! `'` after a relation reads it after the step. `->` binds weaker than `|`, that weaker than `&`, and
//! `<->` weakest of all.

use super::structure::{Edge, Sort, Vocabulary};

/// A term: a variable or a constant, by its place in the lists of its formula.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Term {
    /// A constant of the scope: a parameter of the rule, or the default world.
    Fixed(usize),
    /// A variable.
    Variable(usize),
}

/// A formula without quantifiers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Formula {
    /// A relation holds of these terms.
    Atom(Atom),
    /// All hold.
    All(Vec<Formula>),
    /// Some hold.
    Any(Vec<Formula>),
    /// Two terms name the same thing.
    Equal(Term, Term),
    /// Both hold or neither.
    Iff(Box<Formula>, Box<Formula>),
    /// It does not hold.
    Not(Box<Formula>),
}

/// A relation applied to one or two terms.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Atom {
    /// The relation, by its place in the vocabulary.
    pub relation: usize,
    /// Whether it is read after the step.
    pub primed: bool,
    /// Its first argument.
    pub first: Term,
    /// Its second, if it has two.
    pub second: Option<Term>,
}

/// A formula with all its variables universal.
#[derive(Clone, Debug)]
pub struct Closed {
    /// As it was written.
    pub text: String,
    /// The variables: name and sort, in order of appearance.
    pub variables: Vec<(String, Sort)>,
    /// What is under the quantifiers.
    pub matrix: Formula,
    /// For each disjunct, up to which of the variables it reads any.
    reads: Vec<usize>,
}

/// How many variables a formula may have.
const MOST_VARIABLES: usize = 8;

impl Formula {
    /// The formula with every relation of the state read after the step.
    #[must_use]
    pub fn after(&self, vocabulary: &Vocabulary) -> Self {
        let all = |of: &[Self]| of.iter().map(|it| it.after(vocabulary)).collect();
        match self {
            Self::Atom(atom) => {
                let primed = atom.primed || vocabulary.relations[atom.relation].is_state();
                Self::Atom(Atom { primed, ..*atom })
            }
            Self::All(of) => Self::All(all(of)),
            Self::Any(of) => Self::Any(all(of)),
            Self::Equal(a, b) => Self::Equal(*a, *b),
            Self::Iff(a, b) => {
                Self::Iff(Box::new(a.after(vocabulary)), Box::new(b.after(vocabulary)))
            }
            Self::Not(it) => Self::Not(Box::new(it.after(vocabulary))),
        }
    }

    /// The last variable that it reads; none if it reads none.
    fn last_variable(&self) -> Option<usize> {
        let of = |term: Term| match term {
            Term::Variable(variable) => Some(variable),
            Term::Fixed(_) => None,
        };
        match self {
            Self::Atom(atom) => of(atom.first).max(atom.second.and_then(of)),
            Self::All(all) | Self::Any(all) => all.iter().filter_map(Self::last_variable).max(),
            Self::Equal(a, b) => of(*a).max(of(*b)),
            Self::Iff(a, b) => a.last_variable().max(b.last_variable()),
            Self::Not(it) => it.last_variable(),
        }
    }

    /// For which values of the variable `inner` it holds, one bit each, the others being given.
    fn mask(&self, edge: &Edge<'_>, given: &Given<'_>, inner: usize) -> u64 {
        match self {
            Self::Atom(atom) => given.atom(edge, atom, inner),
            Self::All(all) => all.iter().fold(!0, |so_far, it| match so_far {
                0 => 0,
                _ => so_far & it.mask(edge, given, inner),
            }),
            Self::Any(any) => any.iter().fold(0, |so_far, it| match so_far {
                u64::MAX => so_far,
                _ => so_far | it.mask(edge, given, inner),
            }),
            Self::Equal(a, b) => match (given.value(*a, inner), given.value(*b, inner)) {
                (None, None) => !0,
                (Some(one), None) | (None, Some(one)) => 1 << one,
                (Some(a), Some(b)) => truth(a == b),
            },
            Self::Iff(a, b) => !(a.mask(edge, given, inner) ^ b.mask(edge, given, inner)),
            Self::Not(it) => !it.mask(edge, given, inner),
        }
    }
}

fn truth(it: bool) -> u64 {
    if it { !0 } else { 0 }
}

/// Values of constants and variables.
struct Given<'a> {
    constants: &'a [usize],
    variables: &'a [usize],
}

impl Given<'_> {
    /// The value of a term; none if it is the variable that is left open.
    fn value(&self, term: Term, inner: usize) -> Option<usize> {
        match term {
            Term::Fixed(constant) => Some(self.constants[constant]),
            Term::Variable(variable) if variable == inner => None,
            Term::Variable(variable) => Some(self.variables[variable]),
        }
    }

    fn atom(&self, edge: &Edge<'_>, atom: &Atom, inner: usize) -> u64 {
        let first = self.value(atom.first, inner);
        let Some(second) = atom.second else {
            let set = edge.set(atom.relation, atom.primed);
            return first.map_or(set, |at| truth(set >> at & 1 == 1));
        };
        let second = self.value(second, inner);
        match (first, second) {
            (Some(a), None) => edge.row(atom.relation, atom.primed, a),
            (Some(a), Some(b)) => truth(edge.row(atom.relation, atom.primed, a) >> b & 1 == 1),
            (None, second) => {
                let sort = edge.vocabulary.relations[atom.relation].sorts[0];
                (0..edge.size(sort)).fold(0, |column, a| {
                    let b = second.unwrap_or(a);
                    column | (edge.row(atom.relation, atom.primed, a) >> b & 1) << a
                })
            }
        }
    }
}

impl Closed {
    /// A formula that was read.
    #[must_use]
    pub fn new(text: &str, variables: Vec<(String, Sort)>, matrix: Formula) -> Self {
        assert!(variables.len() <= MOST_VARIABLES, "too many variables in: {text}");
        let reads = |it: &Formula| it.last_variable().map_or(0, |last| last + 1);
        let reads = match &matrix {
            Formula::Any(any) => any.iter().map(reads).collect(),
            one => vec![reads(one)],
        };
        Self { text: text.to_owned(), variables, matrix, reads }
    }

    /// The formula with every relation of the state read after the step.
    #[must_use]
    pub fn after(&self, vocabulary: &Vocabulary) -> Self {
        Self { matrix: self.matrix.after(vocabulary), ..self.clone() }
    }

    /// Whether it holds of a step, the constants being these elements.
    #[must_use]
    pub fn holds(&self, edge: &Edge<'_>, constants: &[usize]) -> bool {
        self.failure(edge, constants).is_none()
    }

    /// Values of the variables for which it does not hold.
    #[must_use]
    pub fn failure(&self, edge: &Edge<'_>, constants: &[usize]) -> Option<Vec<usize>> {
        let mut values = [0; MOST_VARIABLES];
        let always = self.read(edge, constants, &values, 0, usize::MAX);
        let found = always == 0 && self.search(edge, constants, 0, &mut values);
        found.then(|| values[..self.variables.len()].to_vec())
    }

    /// Looks for values of the variables from `depth` on that make every disjunct false. A disjunct is
    /// read as soon as its last variable has a value, the last variable of all as a mask.
    fn search(
        &self,
        edge: &Edge<'_>,
        constants: &[usize],
        depth: usize,
        values: &mut [usize; MOST_VARIABLES],
    ) -> bool {
        let Some(&(_, sort)) = self.variables.get(depth) else { return true };
        let size = edge.size(sort);
        if depth + 1 == self.variables.len() {
            let universe = if size == 64 { !0 } else { (1 << size) - 1 };
            let failing = universe & !self.read(edge, constants, values, depth + 1, depth);
            values[depth] = failing.trailing_zeros() as usize;
            return failing != 0;
        }
        (0..size).any(|value| {
            values[depth] = value;
            self.read(edge, constants, values, depth + 1, usize::MAX) == 0
                && self.search(edge, constants, depth + 1, values)
        })
    }

    /// For which values of `inner` some disjunct holds, of those whose variables are the first `known`
    /// and no fewer.
    fn read(
        &self,
        edge: &Edge<'_>,
        constants: &[usize],
        values: &[usize; MOST_VARIABLES],
        known: usize,
        inner: usize,
    ) -> u64 {
        let given = Given { constants, variables: values };
        let whole = std::slice::from_ref(&self.matrix);
        let disjuncts = match &self.matrix {
            Formula::Any(any) => any.as_slice(),
            _ => whole,
        };
        let mut holds = 0;
        for (disjunct, reads) in disjuncts.iter().zip(&self.reads) {
            if *reads == known {
                holds |= disjunct.mask(edge, &given, inner);
                if holds == !0 {
                    break;
                }
            }
        }
        holds
    }
}
