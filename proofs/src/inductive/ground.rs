//! Grounding: from formulas about any number of things to clauses about a few.
//!
//! # Why a few are enough
//!
//! An obligation asks whether some formulas have a model together: the invariant, a rule, and the
//! negation of a conjunct afterwards. All of them are universal, but for the negation, whose variables
//! become new constants (skolems), and for the parameters of the rule, which are constants already. There
//! are no functions. If there is a model at all, take its elements that some constant names, and leave
//! out all others: what is universal still holds of fewer elements. So there is a model with at most as
//! many elements of a sort as that sort has parameters and skolems, whatever the size of the first.
//!
//! All those sizes are looked at at once. Each constant gets an element of its own, and equality is a
//! relation like any other, with the axioms that make it one: it is an equivalence, and equal things are
//! in the same relations. Two constants that are equal stand for one element, so the solutions are
//! exactly the models of every size from one up to the bound (Herbrand). No solution: no model of any
//! size, and the obligation holds for any number of documents, worlds, ports and messages.
//!
//! More elements than there are constants do no harm: one solver serves all conjuncts of a rule, with as
//! many skolems as the greediest of them needs.

use std::collections::HashMap;

use batsat::{BasicSolver, Lit, SolverInterface, lbool};

use super::formula::{Atom, Closed, Formula, Term};
use super::structure::{Sort, Vocabulary};

/// A relation applied to elements.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Fact {
    /// The relation.
    pub relation: usize,
    /// Whether it is read after the step.
    pub primed: bool,
    /// The arguments; the second is 0 if there is only one.
    pub elements: (usize, usize),
}

/// A ground formula: decided already, or a literal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Value {
    Known(bool),
    Open(Lit),
}

/// Elements for the variables of a formula.
#[derive(Clone, Copy)]
struct At<'v> {
    values: &'v [usize],
    variables: &'v [(String, Sort)],
}

/// A set of clauses that grows, with the elements that they speak of.
pub struct Ground<'a> {
    vocabulary: &'a Vocabulary,
    solver: BasicSolver,
    /// How many elements each sort has.
    sizes: [usize; 5],
    /// The element of each constant.
    constants: Vec<(Sort, usize)>,
    facts: HashMap<Fact, Lit>,
    /// Equality of two elements of a sort, the lesser first.
    equal: HashMap<(Sort, usize, usize), Lit>,
}

impl std::fmt::Debug for Ground<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Ground").field("sizes", &self.sizes).finish_non_exhaustive()
    }
}

/// A way in which an obligation fails.
#[derive(Clone, Debug)]
pub struct Model {
    /// For each sort and element, the least element that it is equal to.
    pub names: Vec<Vec<usize>>,
    /// The facts that hold, of those least elements.
    pub facts: Vec<Fact>,
}

/// What the solver says.
#[derive(Clone, Debug)]
pub enum Answer {
    /// There is no model; of the assumptions, these are enough for that.
    Impossible(Vec<Lit>),
    /// There is this one.
    Possible(Model),
}

impl<'a> Ground<'a> {
    /// No clauses yet but the axioms of equality, over the constants and as many skolems of each sort.
    #[must_use]
    pub fn new(vocabulary: &'a Vocabulary, constants: &[Sort], skolems: [usize; 5]) -> Self {
        let mut sizes = [0; 5];
        let constants: Vec<(Sort, usize)> = constants
            .iter()
            .map(|&sort| {
                let next = sizes[sort.index()];
                sizes[sort.index()] += 1;
                (sort, next)
            })
            .collect();
        for (size, more) in sizes.iter_mut().zip(skolems) {
            // A sort is never empty.
            *size = (*size + more).max(1);
        }
        let solver = BasicSolver::default();
        let mut ground = Self {
            vocabulary,
            solver,
            sizes,
            constants,
            facts: HashMap::new(),
            equal: HashMap::new(),
        };
        ground.axioms_of_equality();
        ground
    }

    /// The constants: sort and element.
    #[must_use]
    pub fn constants(&self) -> &[(Sort, usize)] {
        &self.constants
    }

    /// The first skolem of a sort; the others follow it.
    fn first_skolem(&self, sort: Sort) -> usize {
        self.constants.iter().filter(|it| it.0 == sort).count()
    }

    /// A literal that is free, to switch clauses on.
    pub fn switch(&mut self) -> Lit {
        // Facts are false unless something asks for them, so that models are small to read.
        Lit::new(self.solver.new_var(lbool::FALSE, true), true)
    }

    /// Demands a formula, when `switch` is on if there is one.
    pub fn require(&mut self, formula: &Closed, switch: Option<Lit>) {
        let variables = formula.variables.as_slice();
        let sizes: Vec<usize> =
            variables.iter().map(|(_, sort)| self.sizes[sort.index()]).collect();
        let mut values = vec![0; variables.len()];
        loop {
            let guard: Vec<Lit> = switch.iter().map(|it| !*it).collect();
            self.assert(&formula.matrix, At { values: &values, variables }, guard);
            if !advance(&mut values, &sizes) {
                return;
            }
        }
    }

    /// Demands that a formula is false of the skolems when `switch` is on.
    pub fn refute(&mut self, formula: &Closed, switch: Lit) {
        let variables = formula.variables.as_slice();
        let values = self.skolems(formula);
        let negation = Formula::Not(Box::new(formula.matrix.clone()));
        self.assert(&negation, At { values: &values, variables }, vec![!switch]);
    }

    /// The skolems that stand for the variables of a formula where it is false.
    #[must_use]
    pub fn skolems(&self, formula: &Closed) -> Vec<usize> {
        let mut next = Sort::ALL.map(|sort| self.first_skolem(sort));
        let variables = formula.variables.iter();
        variables
            .map(|(_, sort)| {
                let skolem = next[sort.index()];
                next[sort.index()] += 1;
                skolem
            })
            .collect()
    }

    /// Whether there is a model in which these are on.
    pub fn solve(&mut self, assumptions: &[Lit]) -> Answer {
        if self.solver.solve_limited(assumptions) == lbool::FALSE {
            let core = self.solver.unsat_core();
            let used = assumptions.iter().copied();
            return Answer::Impossible(
                used.filter(|it| core.contains(&!*it) || core.contains(it)).collect(),
            );
        }
        Answer::Possible(self.model())
    }

    /// Switches off for good what a literal switches on.
    pub fn never(&mut self, switch: Lit) {
        self.clause(vec![!switch]);
    }

    fn model(&self) -> Model {
        let least = |sort: Sort, element: usize| {
            let same = |other: &usize| self.holds(self.equal[&(sort, *other, element)]);
            (0..element).find(same).unwrap_or(element)
        };
        let names: Vec<Vec<usize>> = Sort::ALL
            .map(|sort| (0..self.sizes[sort.index()]).map(|it| least(sort, it)).collect())
            .into();
        let is_least = |fact: &Fact| {
            let sorts = self.vocabulary.relations[fact.relation].sorts;
            let elements = [fact.elements.0, fact.elements.1];
            sorts.iter().zip(elements).all(|(sort, it)| names[sort.index()][it] == it)
        };
        let mut facts: Vec<Fact> = self
            .facts
            .iter()
            .filter(|(fact, lit)| self.holds(**lit) && is_least(fact))
            .map(|(fact, _)| *fact)
            .collect();
        facts.sort_unstable();
        Model { names, facts }
    }

    fn holds(&self, lit: Lit) -> bool {
        self.solver.value_lit(lit) == lbool::TRUE
    }

    fn axioms_of_equality(&mut self) {
        for sort in Sort::ALL {
            let size = self.sizes[sort.index()];
            for (a, b) in pairs(size) {
                let lit = self.switch();
                self.equal.insert((sort, a, b), lit);
            }
            for (a, b) in pairs(size) {
                for c in (0..size).filter(|c| *c != a && *c != b) {
                    let (ac, cb) = (self.same(sort, a, c), self.same(sort, c, b));
                    let ab = self.same(sort, a, b);
                    self.clause(vec![!ac, !cb, ab]);
                }
            }
        }
        for (relation, record) in self.vocabulary.relations.iter().enumerate() {
            let second = record.sorts.get(1).map_or(1, |sort| self.sizes[sort.index()]);
            let times: &[bool] = if record.is_state() { &[false, true] } else { &[false] };
            for &primed in times {
                for other in 0..second {
                    for (a, b) in pairs(self.sizes[record.sorts[0].index()]) {
                        let [at_a, at_b] = [(a, other), (b, other)]
                            .map(|elements| self.fact(Fact { relation, primed, elements }));
                        self.congruent(record.sorts[0], (a, b), at_a, at_b);
                    }
                }
                let Some(&sort) = record.sorts.get(1) else { continue };
                for first in 0..self.sizes[record.sorts[0].index()] {
                    for (a, b) in pairs(self.sizes[sort.index()]) {
                        let [at_a, at_b] = [(first, a), (first, b)]
                            .map(|elements| self.fact(Fact { relation, primed, elements }));
                        self.congruent(sort, (a, b), at_a, at_b);
                    }
                }
            }
        }
    }

    fn congruent(&mut self, sort: Sort, (a, b): (usize, usize), at_a: Lit, at_b: Lit) {
        let same = self.same(sort, a, b);
        self.clause(vec![!same, !at_a, at_b]);
        self.clause(vec![!same, at_a, !at_b]);
    }

    /// The literal that says that two different elements are equal.
    fn same(&self, sort: Sort, a: usize, b: usize) -> Lit {
        self.equal[&(sort, a.min(b), a.max(b))]
    }

    fn fact(&mut self, fact: Fact) -> Lit {
        if let Some(&lit) = self.facts.get(&fact) {
            return lit;
        }
        let lit = self.switch();
        self.facts.insert(fact, lit);
        lit
    }

    fn clause(&mut self, mut literals: Vec<Lit>) {
        self.solver.add_clause_reuse(&mut literals);
    }

    /// Demands a formula of these elements, or one of `others`.
    fn assert(&mut self, formula: &Formula, at: At<'_>, mut others: Vec<Lit>) {
        match formula {
            Formula::All(all) => {
                for it in all {
                    self.assert(it, at, others.clone());
                }
            }
            Formula::Not(inside) => {
                if let Formula::Any(any) = &**inside {
                    for it in any {
                        let negation = Formula::Not(Box::new(it.clone()));
                        self.assert(&negation, at, others.clone());
                    }
                } else {
                    let value = self.value(formula, at);
                    self.join(value, others);
                }
            }
            Formula::Any(any) => {
                for it in any {
                    match self.value(it, at) {
                        Value::Known(true) => return,
                        Value::Known(false) => {}
                        Value::Open(lit) => others.push(lit),
                    }
                }
                self.clause(others);
            }
            Formula::Atom(_) | Formula::Equal(..) | Formula::Iff(..) => {
                let value = self.value(formula, at);
                self.join(value, others);
            }
        }
    }

    fn join(&mut self, value: Value, mut others: Vec<Lit>) {
        match value {
            Value::Known(true) => return,
            Value::Known(false) => {}
            Value::Open(lit) => others.push(lit),
        }
        self.clause(others);
    }

    fn element(&self, term: Term, at: At<'_>) -> usize {
        match term {
            Term::Fixed(constant) => self.constants[constant].1,
            Term::Variable(variable) => at.values[variable],
        }
    }

    /// What a ground formula comes to, with a new literal for it if it is compound (Tseitin).
    fn value(&mut self, formula: &Formula, at: At<'_>) -> Value {
        match formula {
            Formula::Atom(Atom { relation, primed, first, second }) => {
                let elements =
                    (self.element(*first, at), second.map_or(0, |second| self.element(second, at)));
                let fact = Fact { relation: *relation, primed: *primed, elements };
                Value::Open(self.fact(fact))
            }
            Formula::Equal(a, b) => self.equality(*a, *b, at),
            Formula::Not(inside) => match self.value(inside, at) {
                Value::Known(it) => Value::Known(!it),
                Value::Open(lit) => Value::Open(!lit),
            },
            Formula::All(all) => self.junction(all, at, true),
            Formula::Any(any) => self.junction(any, at, false),
            Formula::Iff(a, b) => match (self.value(a, at), self.value(b, at)) {
                (Value::Known(a), Value::Known(b)) => Value::Known(a == b),
                (Value::Known(true), Value::Open(lit)) | (Value::Open(lit), Value::Known(true)) => {
                    Value::Open(lit)
                }
                (Value::Known(false), Value::Open(lit))
                | (Value::Open(lit), Value::Known(false)) => Value::Open(!lit),
                (Value::Open(a), Value::Open(b)) => {
                    let both = self.switch();
                    self.clause(vec![!both, !a, b]);
                    self.clause(vec![!both, a, !b]);
                    self.clause(vec![both, a, b]);
                    self.clause(vec![both, !a, !b]);
                    Value::Open(both)
                }
            },
        }
    }

    fn equality(&self, a: Term, b: Term, at: At<'_>) -> Value {
        let sort = match a {
            Term::Fixed(constant) => self.constants[constant].0,
            Term::Variable(variable) => at.variables[variable].1,
        };
        let (a, b) = (self.element(a, at), self.element(b, at));
        if a == b { Value::Known(true) } else { Value::Open(self.same(sort, a, b)) }
    }

    /// The conjunction, or else the disjunction, of formulas.
    fn junction(&mut self, of: &[Formula], at: At<'_>, conjunction: bool) -> Value {
        let mut open = Vec::new();
        for it in of {
            match self.value(it, at) {
                Value::Known(it) if it == conjunction => {}
                Value::Known(it) => return Value::Known(it),
                Value::Open(lit) => open.push(lit),
            }
        }
        match open.as_slice() {
            [] => return Value::Known(conjunction),
            [one] => return Value::Open(*one),
            _ => {}
        }
        // With `sign`, a disjunction is the negation of the conjunction of negations.
        let sign = |lit: Lit| if conjunction { lit } else { !lit };
        let all = self.switch();
        let mut back = vec![sign(all)];
        for &lit in &open {
            self.clause(vec![!sign(all), sign(lit)]);
            back.push(!sign(lit));
        }
        // For a disjunction the roles of the literal and its negation are exchanged throughout.
        self.clause(back);
        Value::Open(all)
    }
}

/// Every pair of different elements, the lesser first.
fn pairs(size: usize) -> Vec<(usize, usize)> {
    (0..size).flat_map(|b| (0..b).map(move |a| (a, b))).collect()
}

/// The next assignment of values below `sizes`, if there is one.
fn advance(values: &mut [usize], sizes: &[usize]) -> bool {
    for (value, size) in values.iter_mut().zip(sizes) {
        *value += 1;
        if *value < *size {
            return true;
        }
        *value = 0;
    }
    false
}
