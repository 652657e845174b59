//! Finds the expression at fault: the engine names a place that is at it or just before it.

use oxc::allocator::Allocator;
use oxc::ast::ast::{
    Argument, ArrowFunctionExpression, AssignmentExpression, AssignmentTarget, CallExpression,
    ComputedMemberExpression, Expression, Function, NewExpression, SimpleAssignmentTarget,
    StaticMemberExpression, UpdateExpression,
};
use oxc::ast_visit::{Visit, walk};
use oxc::parser::Parser;
use oxc::span::{GetSpan, SourceType, Span};
use oxc::syntax::scope::ScopeFlags;

use super::fault::Fault;

/// Where the engine says that an error happened.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place<'a> {
    /// From 1.
    pub(super) line: u32,
    /// In bytes, from 1.
    pub(super) column: u32,
    /// The error's constructor.
    pub(super) error: &'a str,
}

/// What is to blame.
#[derive(Clone, Copy, Debug)]
pub(super) enum Blamed<'n, 'a> {
    /// What was called.
    Callee(&'n Expression<'a>),
    /// What was to be constructed.
    Constructor(&'n Expression<'a>),
    /// A name.
    Name,
    /// What has no members.
    Object(&'n Expression<'a>),
}

/// Methods that scripts call on lists and functions without asking whether they are there. An
/// engine that names a place inside of spread arguments does not mean these.
const COMMON: [&str; 16] = [
    "apply", "bind", "call", "concat", "entries", "filter", "flat", "flatMap", "from", "keys",
    "map", "reverse", "slice", "sort", "split", "values",
];

impl Place<'_> {
    /// Says something of the expression to blame, if there is one in this text.
    pub(super) fn find(
        &self,
        text: &str,
        fault: &Fault<'_>,
        say: impl Fn(Blamed<'_, '_>) -> Option<String>,
    ) -> Option<String> {
        let at = self.offset(text)?;
        let allocator = Allocator::default();
        let parsed = Parser::new(&allocator, text, SourceType::script()).parse();
        if parsed.panicked {
            return None;
        }
        let mut finder = Finder {
            at,
            fault,
            error: self.error,
            say,
            best: None,
            left: false,
            thrown_by_script: false,
        };
        finder.visit_program(&parsed.program);
        if finder.thrown_by_script {
            return None;
        }
        match (finder.best, fault) {
            (Some(best), _) => best.said,
            (None, Fault::Uninitialised(_)) => (finder.say)(Blamed::Name),
            (None, _) => None,
        }
    }

    fn offset(&self, text: &str) -> Option<u32> {
        let mut line = 1;
        let mut start = 0;
        let mut chars = text.char_indices().peekable();
        while line < self.line {
            let (place, c) = chars.next()?;
            let ends = match c {
                '\n' | '\u{2028}' | '\u{2029}' => true,
                '\r' => chars.peek().is_none_or(|&(_, next)| next != '\n'),
                _ => false,
            };
            if ends {
                line += 1;
                start = place + c.len_utf8();
            }
        }
        u32::try_from(start).ok()?.checked_add(self.column.checked_sub(1)?)
    }
}

/// The best so far.
struct Found {
    said: Option<String>,
    /// Members: the earlier it ends the better.
    end: u32,
    /// A call that is what is called here, for which the engine names the same place.
    rival: Option<Span>,
    /// Where the arguments begin, if some of them are spread.
    spread: Option<u32>,
}

struct Finder<'f, S> {
    at: u32,
    fault: &'f Fault<'f>,
    error: &'f str,
    say: S,
    best: Option<Found>,
    /// The function that the place is in was left.
    left: bool,
    /// The script made the error itself.
    thrown_by_script: bool,
}

impl<S: Fn(Blamed<'_, '_>) -> Option<String>> Finder<'_, S> {
    fn is_at(&self, span: Span) -> bool {
        span.start <= self.at && self.at < span.end
    }

    /// Looks into a function only if the place is in it, and then nowhere else.
    fn enter(&mut self, span: Span, walk: impl FnOnce(&mut Self)) {
        if self.left || !self.is_at(span) {
            return;
        }
        self.best = None;
        self.thrown_by_script = false;
        walk(self);
        self.left = true;
    }

    fn call(&mut self, span: Span, blamed: Blamed<'_, '_>, arguments: &[Argument<'_>]) {
        let (Blamed::Callee(callee) | Blamed::Constructor(callee)) = blamed else { return };
        if self.left || !self.is_at(span) {
            return;
        }
        self.thrown_by_script =
            matches!(callee, Expression::Identifier(id) if id.name == self.error);
        if !matches!(self.fault, Fault::NotCallable) {
            return;
        }
        if let Some(best) = &self.best {
            let common = matches!(callee, Expression::StaticMemberExpression(member)
                if COMMON.contains(&member.property.name.as_str()));
            let spread = best.spread.is_some_and(|from| span.start >= from);
            if best.rival == Some(span) || (spread && common) {
                return;
            }
        }
        let is_spread = |argument: &Argument<'_>| matches!(argument, Argument::SpreadElement(_));
        self.best = Some(Found {
            said: (self.say)(blamed),
            end: span.end,
            rival: rival(callee),
            spread: arguments.iter().any(is_spread).then_some(callee.span().end),
        });
    }

    fn member(&mut self, end: u32, object: &Expression<'_>) {
        if self.left || end <= self.at || self.best.as_ref().is_some_and(|best| best.end <= end) {
            return;
        }
        let said = (self.say)(Blamed::Object(object));
        self.best = Some(Found { said, end, rival: None, spread: None });
    }

    fn constant(&mut self, span: Span, name: &str) {
        if !self.left && self.is_at(span) && *self.fault == Fault::ReadOnly(name) {
            let said = (self.say)(Blamed::Name);
            self.best = Some(Found { said, end: span.end, rival: None, spread: None });
        }
    }
}

/// The call that is called at once, by name: a name is more likely to be a function than what the
/// function returns.
fn rival(callee: &Expression<'_>) -> Option<Span> {
    match callee.get_inner_expression() {
        Expression::CallExpression(inner) => {
            matches!(inner.callee, Expression::Identifier(_)).then_some(inner.span)
        }
        // The engine names no place for a member whose key is written down.
        Expression::ComputedMemberExpression(member) if member.expression.is_literal() => {
            rival(&member.object)
        }
        _ => None,
    }
}

impl<'a, S: Fn(Blamed<'_, '_>) -> Option<String>> Visit<'a> for Finder<'_, S> {
    fn visit_function(&mut self, it: &Function<'a>, flags: ScopeFlags) {
        self.enter(it.span, |finder| walk::walk_function(finder, it, flags));
    }

    fn visit_arrow_function_expression(&mut self, it: &ArrowFunctionExpression<'a>) {
        self.enter(it.span, |finder| walk::walk_arrow_function_expression(finder, it));
    }

    fn visit_call_expression(&mut self, it: &CallExpression<'a>) {
        self.call(it.span, Blamed::Callee(&it.callee), &it.arguments);
        walk::walk_call_expression(self, it);
    }

    fn visit_new_expression(&mut self, it: &NewExpression<'a>) {
        self.call(it.span, Blamed::Constructor(&it.callee), &it.arguments);
        walk::walk_new_expression(self, it);
    }

    fn visit_static_member_expression(&mut self, it: &StaticMemberExpression<'a>) {
        if self.fault.key() == Some(it.property.name.as_str()) && !it.optional {
            self.member(it.span.end, &it.object);
        }
        walk::walk_static_member_expression(self, it);
    }

    fn visit_computed_member_expression(&mut self, it: &ComputedMemberExpression<'a>) {
        let fits = match &it.expression {
            Expression::StringLiteral(key) => self.fault.key() == Some(key.value.as_str()),
            Expression::NumericLiteral(key) => {
                self.fault.key().and_then(|text| text.parse().ok()) == Some(key.value)
            }
            // The engine names the bracket.
            key => (it.object.span().end..key.span().start).contains(&self.at),
        };
        if fits && self.fault.key().is_some() && !it.optional {
            self.member(it.span.end, &it.object);
        }
        walk::walk_computed_member_expression(self, it);
    }

    fn visit_assignment_expression(&mut self, it: &AssignmentExpression<'a>) {
        if let AssignmentTarget::AssignmentTargetIdentifier(name) = &it.left {
            self.constant(it.span, name.name.as_str());
        }
        walk::walk_assignment_expression(self, it);
    }

    fn visit_update_expression(&mut self, it: &UpdateExpression<'a>) {
        if let SimpleAssignmentTarget::AssignmentTargetIdentifier(name) = &it.argument {
            self.constant(it.span, name.name.as_str());
        }
        walk::walk_update_expression(self, it);
    }
}
