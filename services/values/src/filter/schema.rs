//! Which fields a list can be filtered by, and what their comparisons mean in SQL.

use time::{Date, OffsetDateTime, PrimitiveDateTime, Time, format_description::well_known::Rfc3339};
use uuid::Uuid;

use super::{
    Mistake,
    parse::{Comparison, Expression, Operator, Value},
    sql::{Bound, Condition, Piece},
};
use crate::search::query::escape;

/// A field that a list can be filtered by.
#[derive(Clone, Copy, Debug)]
pub struct Field {
    /// Path in the resource, in `snake_case`: `last_name`. Callers can write `lastName` too.
    pub name: &'static str,
    /// Column, or expression over columns, as the statement knows it: `c.last_name`.
    pub column: &'static str,
    /// What values it has.
    pub kind: Kind,
}

/// What values a field has, and with it which comparisons it knows: all of them know `=`, `!=` and, as `field:*`,
/// whether there is a value; `:` with a value is `=`, if nothing else is said.
#[derive(Clone, Copy, Debug)]
pub enum Kind {
    /// Text in a column of text. `=` and `!=` take `*` for any text, `:` finds a part in any case, `<` and its like
    /// compare by the column's collation. No value and empty text are the same.
    Text,
    /// Text of which the column holds another form, made by this function. Like `Text`, without an order.
    Folded(fn(&str) -> String),
    /// One of several words, each with the text that the column holds for it. In callers' filters the name of the
    /// field can stand before the word, as in the names of the proto: `STATUS_ACTIVE`.
    Enum(&'static [(&'static str, &'static str)]),
    /// `true` or `false`.
    Bool,
    /// A whole number in a column of type `bigint`; ordered.
    Integer,
    /// A date such as `1962-07-14`; ordered.
    Date,
    /// A point in time such as `2026-11-22T09:30:00Z`, or a date, which is its first moment in UTC; ordered.
    Timestamp,
    /// A UUID in a column of type `uuid`, bare or behind this prefix: `groups/`.
    Id(&'static str),
    /// An array of `Text`, `Enum` or `Id`, never null: `:` finds an element.
    Set(&'static Kind),
}

impl Field {
    /// A field by name, column and kind.
    pub const fn new(name: &'static str, column: &'static str, kind: Kind) -> Self {
        Self { name, column, kind }
    }
}

/// Checks an expression against the fields; what is wrong goes to `mistakes`, and then the condition is of no use.
pub(super) fn check(expression: Expression, fields: &[Field], mistakes: &mut Vec<Mistake>) -> Condition {
    let mut each =
        |parts: Vec<Expression>| parts.into_iter().map(|part| check(part, fields, mistakes)).collect();
    match expression {
        Expression::And(parts) => Condition::All(each(parts)),
        Expression::Or(parts) => Condition::Any(each(parts)),
        Expression::Not(inner) => check(*inner, fields, mistakes).negated(),
        Expression::Comparison(comparison) => compare(&comparison, fields).unwrap_or_else(|mistake| {
            mistakes.push(mistake);
            Condition::All(Vec::new())
        }),
    }
}

fn compare(comparison: &Comparison, fields: &[Field]) -> Result<Condition, Mistake> {
    let name = snake_case(&comparison.field);
    let field = fields.iter().find(|field| field.name == name).ok_or_else(|| {
        let names: Vec<&str> = fields.iter().map(|field| field.name).collect();
        Mistake::new(comparison.field_at, format!("expected one of the fields {}", names.join(", ")))
    })?;
    let Comparison { operator, value, .. } = comparison;
    if *operator == Operator::Has && value.is_any() {
        return Ok(present(field.column, field.kind));
    }
    let test = match field.kind {
        Kind::Text => text(field.column, *operator, value, str::to_owned, true),
        Kind::Folded(fold) => text(field.column, *operator, value, fold, false),
        Kind::Set(element) => contains(field.column, *operator, element.bound(field.name, value)),
        _ => scalar(field, *operator, value),
    };
    test.map_err(|expected| Mistake::new(comparison.value_at, format!("expected {expected}")))
}

/// `lastName` as `last_name`.
fn snake_case(name: &str) -> String {
    let mut snake = String::with_capacity(name.len());
    for letter in name.chars() {
        if letter.is_ascii_uppercase() {
            snake.push('_');
        }
        snake.push(letter.to_ascii_lowercase());
    }
    snake
}

fn present(column: &'static str, kind: Kind) -> Condition {
    match kind {
        Kind::Text | Kind::Folded(_) => Condition::test([column, " <> ''"]),
        Kind::Bool => Condition::test([column]),
        Kind::Set(_) => Condition::test(["cardinality(", column, ") > 0"]),
        _ => Condition::test([column, " is not null"]),
    }
}

/// A comparison of text, or what was expected instead of its value.
fn text(
    column: &'static str,
    operator: Operator,
    value: &Value,
    fold: fn(&str) -> String,
    ordered: bool,
) -> Result<Condition, String> {
    let pieces: Vec<String> = value.0.iter().map(|piece| fold(piece)).collect();
    let pattern = || pieces.iter().map(|piece| escape(piece)).collect::<Vec<_>>().join("%");
    match (operator, pieces.as_slice()) {
        (Operator::Equal, [empty]) if empty.is_empty() => {
            Ok(Condition::test(["coalesce(", column, ", '') = ''"]))
        }
        (Operator::Equal, [whole]) => Ok(Condition::compare(column, " = ", Bound::Text(whole.clone()))),
        (Operator::Equal, _) => Ok(Condition::compare(column, " like ", Bound::Text(pattern()))),
        (Operator::NotEqual, _) => Ok(text(column, Operator::Equal, value, fold, ordered)?.negated()),
        (Operator::Has, _) => {
            Ok(Condition::compare(column, " ilike ", Bound::Text(format!("%{}%", pattern()))))
        }
        (_, [whole]) if ordered => Ok(Condition::compare(column, sign(operator), Bound::Text(whole.clone()))),
        (_, [_]) => Err("=, != or : before it: the field has no order".to_owned()),
        _ => Err("text without * after <, <=, > or >=".to_owned()),
    }
}

fn scalar(field: &Field, operator: Operator, value: &Value) -> Result<Condition, String> {
    let column = field.column;
    let bound = field.kind.bound(field.name, value)?;
    let ordered = matches!(field.kind, Kind::Integer | Kind::Date | Kind::Timestamp);
    match operator {
        Operator::Equal | Operator::Has => Ok(Condition::compare(column, " = ", bound)),
        Operator::NotEqual => Ok(Condition::compare(column, " is distinct from ", bound)),
        _ if ordered => Ok(Condition::compare(column, sign(operator), bound)),
        _ => Err("= or != before it: the field has no order".to_owned()),
    }
}

fn contains(
    column: &'static str,
    operator: Operator,
    element: Result<Bound, String>,
) -> Result<Condition, String> {
    if operator != Operator::Has {
        return Err(": before it: the field has several values".to_owned());
    }
    // Unlike `= any`, this finds a GIN index.
    let pieces = [Piece::Sql(column), Piece::Sql(" @> array["), Piece::Bind(element?), Piece::Sql("]")];
    Ok(Condition::Test(pieces.into()))
}

fn sign(operator: Operator) -> &'static str {
    match operator {
        Operator::Less => " < ",
        Operator::LessOrEqual => " <= ",
        Operator::Greater => " > ",
        Operator::GreaterOrEqual => " >= ",
        Operator::Equal | Operator::Has => " = ",
        Operator::NotEqual => " <> ",
    }
}

impl Value {
    /// Whether it is `*` alone.
    fn is_any(&self) -> bool {
        self.0.len() == 2 && self.0.iter().all(String::is_empty)
    }

    /// The text, where no `*` is in it.
    fn whole(&self) -> Option<&str> {
        if let [whole] = self.0.as_slice() { Some(whole) } else { None }
    }
}

impl Kind {
    /// The value to bind, or what was expected instead of it.
    fn bound(self, name: &str, value: &Value) -> Result<Bound, String> {
        let whole = value.whole();
        let read = match self {
            Self::Text => whole.map(|text| Bound::Text(text.to_owned())),
            Self::Folded(fold) => whole.map(|text| Bound::Text(fold(text))),
            Self::Enum(words) => {
                let prefix = format!("{}_", name.to_ascii_uppercase());
                let bare = whole.map(|text| text.strip_prefix(&prefix).unwrap_or(text));
                let found = words.iter().find(|(word, _)| Some(*word) == bare);
                found.map(|(_, stored)| Bound::Text((*stored).to_owned()))
            }
            Self::Bool => whole.and_then(|text| text.parse().ok()).map(Bound::Bool),
            Self::Integer => whole.and_then(|text| text.parse().ok()).map(Bound::Integer),
            Self::Date => whole.and_then(date).map(Bound::Date),
            Self::Timestamp => whole.and_then(timestamp).map(Bound::Timestamp),
            Self::Id(prefix) => whole.and_then(|text| id(text, prefix)).map(Bound::Id),
            Self::Set(_) => None,
        };
        read.ok_or_else(|| self.expected())
    }

    fn expected(self) -> String {
        match self {
            Self::Text | Self::Folded(_) => "text without *".to_owned(),
            Self::Enum(words) => words.iter().map(|(word, _)| *word).collect::<Vec<_>>().join(", "),
            Self::Bool => "true or false".to_owned(),
            Self::Integer => "a whole number".to_owned(),
            Self::Date => "a date, such as 1962-07-14".to_owned(),
            Self::Timestamp => "a time, such as 2026-11-22T09:30:00Z, or a date".to_owned(),
            Self::Id(prefix) => format!("{prefix}{{uuid}}"),
            Self::Set(element) => element.expected(),
        }
    }
}

fn date(text: &str) -> Option<Date> {
    Date::parse(text, time::macros::format_description!("[year]-[month]-[day]")).ok()
}

fn timestamp(text: &str) -> Option<OffsetDateTime> {
    let midnight = |date| PrimitiveDateTime::new(date, Time::MIDNIGHT).assume_utc();
    OffsetDateTime::parse(text, &Rfc3339).ok().or_else(|| date(text).map(midnight))
}

fn id(text: &str, prefix: &str) -> Option<Uuid> {
    Uuid::try_parse(text.strip_prefix(prefix).unwrap_or(text)).ok()
}
