//! The words of SpiderMonkey: what its decompiler makes of an expression.
//!
//! It works from bytecode: where values of two branches meet, and for what is made in place, it
//! only knows an `(intermediate value)`.

use oxc::ast::ast::{Argument, Expression, UnaryOperator};

use super::fault::Fault;
use super::place::Blamed;

const INTERMEDIATE: &str = "(intermediate value)";

pub(super) fn say(fault: &Fault<'_>, blamed: Blamed<'_, '_>) -> Option<String> {
    Some(match (*fault, blamed) {
        (Fault::NotCallable, Blamed::Callee(callee)) => {
            format!("{} is not a function", text(callee))
        }
        (Fault::NotCallable, Blamed::Constructor(callee)) => {
            format!("{} is not a constructor", text(callee))
        }
        (Fault::Read { key, of } | Fault::Set { key, of }, Blamed::Object(object)) => {
            // A key that is a number or a symbol is no text.
            let plain = key.starts_with("Symbol.") || key.parse::<u32>().is_ok();
            let key = if plain { key.to_owned() } else { format!("\"{key}\"") };
            match text(object).as_str() {
                INTERMEDIATE | "undefined" | "null" => {
                    format!("can't access property {key} of {of}")
                }
                shown => format!("can't access property {key}, {shown} is {of}"),
            }
        }
        (Fault::ReadOnly(name), _) => format!("invalid assignment to const '{name}'"),
        (Fault::Uninitialised(name), _) => {
            format!("can't access lexical declaration '{name}' before initialization")
        }
        _ => return None,
    })
}

fn arguments(arguments: &[Argument<'_>]) -> &'static str {
    if arguments.is_empty() { "()" } else { "(...)" }
}

fn member(object: &Expression<'_>, name: &str) -> String {
    let start = |c: char| c.is_alphabetic() || c == '_' || c == '$';
    let identifier = name.starts_with(start) && name.chars().all(|c| start(c) || c.is_numeric());
    if identifier {
        format!("{}.{name}", text(object))
    } else {
        format!("{}['{name}']", text(object))
    }
}

fn text(expression: &Expression<'_>) -> String {
    match expression {
        Expression::ArrayExpression(it) if it.elements.is_empty() => "[]".to_owned(),
        Expression::ArrayExpression(_) => "[...]".to_owned(),
        Expression::BigIntLiteral(_) => "[bigint]".to_owned(),
        Expression::BinaryExpression(it) => {
            format!("({} {} {})", text(&it.left), it.operator.as_str(), text(&it.right))
        }
        Expression::BooleanLiteral(it) => it.value.to_string(),
        Expression::CallExpression(it) => match &it.callee {
            Expression::Identifier(name) if name.name == "eval" => "eval(...)".to_owned(),
            Expression::Super(_) => format!("super{}", arguments(&it.arguments)),
            callee => format!("{}{}", text(callee), arguments(&it.arguments)),
        },
        Expression::ChainExpression(_) => INTERMEDIATE.to_owned(),
        Expression::ComputedMemberExpression(it) => match &it.expression {
            Expression::StringLiteral(key) => member(&it.object, &key.value),
            key => format!("{}[{}]", text(&it.object), text(key)),
        },
        Expression::Identifier(it) => it.name.to_string(),
        Expression::NewExpression(it) => {
            format!("(new {}{})", text(&it.callee), arguments(&it.arguments))
        }
        Expression::NullLiteral(_) => "null".to_owned(),
        Expression::NumericLiteral(it)
            if it.value.fract() == 0.0 && it.value.abs() < 2_147_483_648.0 =>
        {
            it.value.to_string()
        }
        Expression::ParenthesizedExpression(it) => text(&it.expression),
        Expression::RegExpLiteral(it) => it.regex.to_string(),
        Expression::SequenceExpression(it) => {
            it.expressions.last().map_or_else(|| INTERMEDIATE.to_owned(), text)
        }
        Expression::StaticMemberExpression(it) => member(&it.object, &it.property.name),
        Expression::StringLiteral(it) => format!("\"{}\"", it.value),
        Expression::Super(_) => "super".to_owned(),
        Expression::ThisExpression(_) => "this".to_owned(),
        Expression::UnaryExpression(it) => match (it.operator, &it.argument) {
            (UnaryOperator::UnaryNegation, Expression::NumericLiteral(number)) => {
                (-number.value).to_string()
            }
            (operator, argument) => {
                let space = if operator.is_keyword() { " " } else { "" };
                format!("({}{space}{})", operator.as_str(), text(argument))
            }
        },
        _ => INTERMEDIATE.to_owned(),
    }
}
