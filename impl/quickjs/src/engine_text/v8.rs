//! The words of V8: what its printer of calls makes of an expression.
//!
//! What the printer does not understand is an `(intermediate value)`; where it looks into an
//! expression without wanting to show it, each part is one.

use oxc::ast::ast::{ArrayExpressionElement, Expression, UnaryOperator};

use super::fault::Fault;
use super::place::Blamed;

pub(super) fn say(fault: &Fault<'_>, blamed: Blamed<'_, '_>) -> Option<String> {
    let key = |key: &str| match key.strip_prefix("Symbol.") {
        Some(_) => format!("Symbol({key})"),
        None => key.to_owned(),
    };
    Some(match (*fault, blamed) {
        (Fault::NotCallable, Blamed::Callee(callee)) => {
            format!("{} is not a function", text(callee))
        }
        (Fault::NotCallable, Blamed::Constructor(callee)) => {
            format!("{} is not a constructor", text(callee))
        }
        (Fault::Read { key: read, of }, _) => {
            format!("Cannot read properties of {of} (reading '{}')", key(read))
        }
        (Fault::Set { key: set, of }, _) => {
            format!("Cannot set properties of {of} (setting '{}')", key(set))
        }
        (Fault::ReadOnly(_), _) => "Assignment to constant variable.".to_owned(),
        (Fault::Uninitialised(name), _) => {
            format!("Cannot access '{name}' before initialization")
        }
        (Fault::NotCallable, _) => return None,
    })
}

fn text(expression: &Expression<'_>) -> String {
    let mut printer = Printer::default();
    printer.find(expression, true);
    printer.out
}

const INTERMEDIATE: &str = "(intermediate value)";

#[derive(Default)]
struct Printer {
    out: String,
}

impl Printer {
    /// Shows an expression if that is wanted and possible.
    fn find(&mut self, expression: &Expression<'_>, print: bool) {
        if print {
            let before = self.out.len();
            self.visit(expression);
            if self.out.len() > before {
                return;
            }
        }
        self.print(INTERMEDIATE);
    }

    fn print(&mut self, text: &str) {
        self.out.push_str(text);
    }

    fn member(&mut self, object: &Expression<'_>, optional: bool, name: &str) {
        self.find(object, true);
        self.print(if optional { "?." } else { "." });
        self.print(name);
    }

    fn operation(&mut self, left: &Expression<'_>, operator: &str, right: &Expression<'_>) {
        self.print("(");
        self.operands(left, operator);
        self.print(&format!(" {operator} "));
        self.find(right, true);
        self.print(")");
    }

    /// Operands that are joined by the same operator from the left stand in one pair of brackets.
    fn operands(&mut self, left: &Expression<'_>, operator: &str) {
        match left {
            Expression::BinaryExpression(inner) if inner.operator.as_str() == operator => {
                self.operands(&inner.left, operator);
                self.print(&format!(" {operator} "));
                self.find(&inner.right, true);
            }
            Expression::LogicalExpression(inner) if inner.operator.as_str() == operator => {
                self.operands(&inner.left, operator);
                self.print(&format!(" {operator} "));
                self.find(&inner.right, true);
            }
            _ => self.find(left, true),
        }
    }

    fn visit(&mut self, expression: &Expression<'_>) {
        match expression {
            Expression::ArrayExpression(array) => {
                self.print("[");
                for (place, element) in array.elements.iter().enumerate() {
                    if place > 0 {
                        self.print(",");
                    }
                    match element {
                        ArrayExpressionElement::SpreadElement(spread) => {
                            self.print("(...");
                            self.find(&spread.argument, true);
                            self.print(")");
                        }
                        other => match other.as_expression() {
                            Some(item) => self.find(item, true),
                            None => self.print(INTERMEDIATE),
                        },
                    }
                }
                self.print("]");
            }
            Expression::BinaryExpression(it) => {
                self.operation(&it.left, it.operator.as_str(), &it.right);
            }
            Expression::BooleanLiteral(it) => self.print(if it.value { "true" } else { "false" }),
            Expression::CallExpression(it) => {
                self.find(&it.callee, true);
                self.print("(...)");
            }
            Expression::ComputedMemberExpression(it) => match &it.expression {
                Expression::StringLiteral(key) => self.member(&it.object, it.optional, &key.value),
                key => {
                    self.find(&it.object, true);
                    self.print(if it.optional { "?.[" } else { "[" });
                    self.find(key, true);
                    self.print("]");
                }
            },
            Expression::ConditionalExpression(it) => {
                for part in [&it.test, &it.consequent, &it.alternate] {
                    self.find(part, false);
                }
            }
            Expression::Identifier(it) => self.print(&it.name),
            Expression::ImportExpression(it) => {
                self.print("import(");
                self.find(&it.source, true);
                self.print(")");
            }
            Expression::LogicalExpression(it) => {
                self.operation(&it.left, it.operator.as_str(), &it.right);
            }
            // What is constructed is looked into, but not shown.
            Expression::NewExpression(it) => self.find(&it.callee, false),
            Expression::NullLiteral(_) => self.print("null"),
            Expression::NumericLiteral(it) => self.print(&it.value.to_string()),
            Expression::ObjectExpression(it) => {
                self.print("{");
                self.print(&INTERMEDIATE.repeat(it.properties.len()));
                self.print("}");
            }
            Expression::ParenthesizedExpression(it) => self.visit(&it.expression),
            Expression::PrivateFieldExpression(it) => {
                self.member(&it.object, it.optional, &format!("#{}", it.field.name));
            }
            Expression::RegExpLiteral(it) => self.print(&it.regex.to_string()),
            Expression::SequenceExpression(it) => {
                self.print("(");
                for (place, part) in it.expressions.iter().enumerate() {
                    if place > 0 {
                        self.print(" , ");
                    }
                    self.find(part, true);
                }
                self.print(")");
            }
            Expression::StaticMemberExpression(it) => {
                self.member(&it.object, it.optional, &it.property.name);
            }
            Expression::StringLiteral(it) => self.print(&format!("\"{}\"", it.value)),
            Expression::TemplateLiteral(it) if it.expressions.is_empty() => {
                let text = it.quasis.first().and_then(|part| part.value.cooked);
                self.print(&format!("\"{}\"", text.map_or("", |text| text.as_str())));
            }
            Expression::TemplateLiteral(it) => {
                for part in &it.expressions {
                    self.find(part, true);
                }
            }
            Expression::ThisExpression(_) => self.print("this"),
            Expression::UnaryExpression(it) => match (it.operator, &it.argument) {
                (UnaryOperator::UnaryNegation, Expression::NumericLiteral(number)) => {
                    self.print(&(-number.value).to_string());
                }
                (operator, argument) => {
                    let space = if operator.is_keyword() { " " } else { "" };
                    self.print(&format!("({}{space}", operator.as_str()));
                    self.find(argument, true);
                    self.print(")");
                }
            },
            Expression::AwaitExpression(it) => self.find(&it.argument, false),
            Expression::ChainExpression(_) => self.print(INTERMEDIATE),
            // Functions, classes, assignments and the like show nothing of themselves.
            _ => {}
        }
    }
}
