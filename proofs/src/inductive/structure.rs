//! Sorts, relations, and the finite structures in which formulas are evaluated.

use std::fmt;

/// What elements are of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Sort {
    /// Anything that runs script, for as long as it does: a generation, not a slot.
    Context,
    /// One load of an extension.
    Extension,
    /// One message, each time that one is posted.
    Message,
    /// One end of a channel. The opener's end stands for the channel.
    Port,
    /// What `worldId` names: a configuration, not an instance.
    World,
}

impl Sort {
    /// Every sort.
    pub const ALL: [Self; 5] =
        [Self::Context, Self::Extension, Self::Message, Self::Port, Self::World];

    /// Its place among them.
    #[must_use]
    pub fn index(self) -> usize {
        self as usize
    }

    /// How many elements of it a structure can have.
    #[must_use]
    pub fn capacity(self) -> usize {
        match self {
            Self::Context => 32,
            Self::Extension | Self::World => 8,
            Self::Message | Self::Port => 64,
        }
    }
}

impl fmt::Display for Sort {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }
}

/// When a relation has a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Span {
    /// In every state.
    State,
    /// In every step: what happens in it.
    Step,
}

/// A relation of one or two arguments.
#[derive(Clone, Copy, Debug)]
pub struct Relation {
    /// Its name.
    pub name: &'static str,
    /// The sorts of its arguments.
    pub sorts: &'static [Sort],
    /// When it has a value.
    pub span: Span,
    /// What it says.
    pub about: &'static str,
}

impl Relation {
    /// Whether it has a value in every state.
    #[must_use]
    pub fn is_state(&self) -> bool {
        self.span == Span::State
    }
}

/// The relations there are.
#[derive(Debug)]
pub struct Vocabulary {
    /// The relations.
    pub relations: Vec<Relation>,
    /// Where the table of each begins in a structure of its span.
    offsets: Vec<usize>,
    /// The words that a structure of states and one of steps have.
    words: [usize; 2],
}

impl Vocabulary {
    /// A vocabulary of these relations.
    #[must_use]
    pub fn new(relations: Vec<Relation>) -> Self {
        let mut words = [0; 2];
        let mut offsets = Vec::new();
        for relation in &relations {
            let words = &mut words[relation.span as usize];
            offsets.push(*words);
            *words += match relation.sorts {
                [_] => 1,
                [first, _] => first.capacity(),
                _ => panic!("{} has neither one argument nor two", relation.name),
            };
        }
        Self { relations, offsets, words }
    }

    /// The place of a relation.
    #[must_use]
    pub fn find(&self, name: &str) -> Option<usize> {
        self.relations.iter().position(|it| it.name == name)
    }
}

/// Values of all relations of one span. How many elements there are is said by the [`Edge`].
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Structure(Vec<u64>);

impl Structure {
    /// The structure in which no relation holds of anything.
    #[must_use]
    pub fn empty(vocabulary: &Vocabulary, span: Span) -> Self {
        Self(vec![0; vocabulary.words[span as usize]])
    }

    /// Whether no relation holds of anything.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.iter().all(|&word| word == 0)
    }

    /// Says that a relation holds of one element, or that it does not.
    pub fn put(&mut self, vocabulary: &Vocabulary, relation: usize, at: usize, holds: bool) {
        set_bit(&mut self.0[vocabulary.offsets[relation]], at, holds);
    }

    /// Says that a relation holds of a pair, or that it does not.
    pub fn put_pair(
        &mut self,
        vocabulary: &Vocabulary,
        relation: usize,
        (a, b): (usize, usize),
        holds: bool,
    ) {
        set_bit(&mut self.0[vocabulary.offsets[relation] + a], b, holds);
    }

    /// The elements of which a relation of one argument holds.
    #[must_use]
    pub fn set(&self, vocabulary: &Vocabulary, relation: usize) -> u64 {
        self.0[vocabulary.offsets[relation]]
    }

    /// The elements to which a relation of two relates `a`.
    #[must_use]
    pub fn row(&self, vocabulary: &Vocabulary, relation: usize, a: usize) -> u64 {
        self.0[vocabulary.offsets[relation] + a]
    }

    /// Forgets what a relation of two arguments says of `a`.
    pub fn clear_row(&mut self, vocabulary: &Vocabulary, relation: usize, a: usize) {
        self.0[vocabulary.offsets[relation] + a] = 0;
    }
}

fn set_bit(word: &mut u64, at: usize, value: bool) {
    *word = *word & !(1 << at) | u64::from(value) << at;
}

/// A step between two states over the same elements. A state alone is a step in which it stays.
#[derive(Clone, Copy, Debug)]
pub struct Edge<'a> {
    /// The relations.
    pub vocabulary: &'a Vocabulary,
    /// How many elements each sort has.
    pub sizes: [usize; 5],
    /// The state before.
    pub before: &'a Structure,
    /// What happens.
    pub events: &'a Structure,
    /// The state after.
    pub after: &'a Structure,
}

impl Edge<'_> {
    /// How many elements a sort has.
    #[must_use]
    pub fn size(&self, sort: Sort) -> usize {
        self.sizes[sort.index()]
    }

    fn read(&self, relation: usize, primed: bool) -> &Structure {
        match (self.vocabulary.relations[relation].span, primed) {
            (Span::Step, _) => self.events,
            (Span::State, false) => self.before,
            (Span::State, true) => self.after,
        }
    }

    pub(super) fn set(&self, relation: usize, primed: bool) -> u64 {
        self.read(relation, primed).set(self.vocabulary, relation)
    }

    pub(super) fn row(&self, relation: usize, primed: bool, a: usize) -> u64 {
        self.read(relation, primed).row(self.vocabulary, relation, a)
    }
}
