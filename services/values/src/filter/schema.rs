//! Which fields a list can be filtered by, and what their comparisons mean in SQL.

use std::borrow::Cow;

use time::{
    Date, OffsetDateTime, PrimitiveDateTime, Time, UtcOffset, format_description::well_known::Rfc3339,
};
use uuid::Uuid;

use super::{
    Mistake,
    parse::{Comparison, Expression, Operator, Value},
    sql::{Bound, Condition, Piece},
};
use crate::{field_set::Field, search::query::escape};

/// What values a field has, and with it which comparisons it knows: all of them know `=`, `!=` and, as `field:*`,
/// whether there is a value; `:` with a value is `=`, if nothing else is said.
#[derive(Clone, Debug)]
pub enum Kind {
    /// Text in a column of text. `=` and `!=` take `*` for any text, `:` finds a part in any case, `<` and its like
    /// compare by the column's collation. No value and empty text are the same.
    Text,
    /// Text of which the column holds another form, made by this function. Like `Text`, without an order.
    Folded(fn(&str) -> String),
    /// One of several words, each with the text that the column holds for it. In callers' filters the name of the
    /// field can stand before the word, as in the names of the proto: `STATUS_ACTIVE`.
    Enum(Vec<(Cow<'static, str>, Cow<'static, str>)>),
    /// `true` or `false`.
    Bool,
    /// A whole number in a column of type `bigint`; ordered.
    Integer,
    /// A date such as `1962-07-14`; ordered.
    Date,
    /// A point in time such as `2026-11-22T09:30:00Z`, or a date, which is its first moment in UTC; ordered.
    Timestamp,
    /// A UUID in a column of type `uuid`, bare or behind this prefix: `groups/`.
    Id(Cow<'static, str>),
    /// An array of `Text`, `Enum` or `Id`, never null: `:` finds an element. Its index can leave empty arrays out.
    Set(Box<Kind>),
}

impl Kind {
    /// One of these words, each with what the column holds for it.
    pub fn one_of<const N: usize>(words: [(&'static str, &'static str); N]) -> Self {
        Self::Enum(words.map(|(word, stored)| (word.into(), stored.into())).into())
    }

    /// An id behind this prefix.
    pub fn id(prefix: &'static str) -> Self {
        Self::Id(prefix.into())
    }

    /// Several of these.
    pub fn set_of(element: Self) -> Self {
        Self::Set(Box::new(element))
    }
}

/// Checks an expression against the fields; what is wrong goes to `mistakes`, and then the condition is of no use.
pub(super) fn check<R>(
    expression: Expression,
    fields: &[Field<R>],
    mistakes: &mut Vec<Mistake>,
) -> Condition {
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

fn compare<R>(comparison: &Comparison, fields: &[Field<R>]) -> Result<Condition, Mistake> {
    let mut filtered = fields.iter().filter_map(|field| Some((field, field.kind.as_ref()?)));
    let (field, kind) =
        filtered.clone().find(|(field, _)| field.is_named(&comparison.field)).ok_or_else(|| {
            let names: Vec<&str> = filtered.by_ref().map(|(field, _)| field.name()).collect();
            Mistake::new(comparison.field_at, format!("expected one of the fields {}", names.join(", ")))
        })?;
    let (column, Comparison { operator, value, .. }) = (&*field.column, comparison);
    if *operator == Operator::Has && value.is_any() {
        return Ok(present(column, kind));
    }
    let test = match kind {
        Kind::Text => text(column, *operator, value, str::to_owned, true),
        Kind::Folded(fold) => text(column, *operator, value, *fold, false),
        Kind::Set(element) => contains(column, *operator, element.bound(&field.name, value)),
        _ => scalar(column, *operator, kind.bound(&field.name, value), kind.is_ordered()),
    };
    test.map_err(|expected| Mistake::new(comparison.value_at, format!("expected {expected}")))
}

fn present(column: &str, kind: &Kind) -> Condition {
    match kind {
        Kind::Text | Kind::Folded(_) => Condition::test(format!("{column} <> ''")),
        Kind::Bool => Condition::test(column.to_owned()),
        Kind::Set(_) => Condition::test(format!("cardinality({column}) > 0")),
        _ => Condition::test(format!("{column} is not null")),
    }
}

/// A comparison of text, or what was expected instead of its value.
fn text(
    column: &str,
    operator: Operator,
    value: &Value,
    fold: fn(&str) -> String,
    ordered: bool,
) -> Result<Condition, String> {
    let pieces: Vec<String> = value.0.iter().map(|piece| fold(piece)).collect();
    let pattern = || pieces.iter().map(|piece| escape(piece)).collect::<Vec<_>>().join("%");
    let compare = |sign, text| Ok(Condition::compare(column, sign, Bound::Text(text)));
    match (operator, pieces.as_slice()) {
        (Operator::Equal, [empty]) if empty.is_empty() => {
            Ok(Condition::test(format!("coalesce({column}, '') = ''")))
        }
        (Operator::Equal, [whole]) => compare("=", whole.clone()),
        (Operator::Equal, _) => compare("like", pattern()),
        (Operator::NotEqual, _) => Ok(text(column, Operator::Equal, value, fold, ordered)?.negated()),
        (Operator::Has, _) => compare("ilike", format!("%{}%", pattern())),
        (_, [whole]) if ordered => compare(sign(operator), whole.clone()),
        (_, [_]) => Err("=, != or : before it: the field has no order".to_owned()),
        _ => Err("text without * after <, <=, > or >=".to_owned()),
    }
}

fn scalar(
    column: &str,
    operator: Operator,
    bound: Result<Bound, String>,
    ordered: bool,
) -> Result<Condition, String> {
    let bound = bound?;
    match operator {
        Operator::Equal | Operator::Has => Ok(Condition::compare(column, "=", bound)),
        Operator::NotEqual => Ok(Condition::compare(column, "is distinct from", bound)),
        _ if ordered => Ok(Condition::compare(column, sign(operator), bound)),
        _ => Err("= or != before it: the field has no order".to_owned()),
    }
}

fn contains(column: &str, operator: Operator, element: Result<Bound, String>) -> Result<Condition, String> {
    if operator != Operator::Has {
        return Err(": before it: the field has several values".to_owned());
    }
    // Unlike `= any`, this finds a GIN index, and by the first condition one that leaves empty arrays out.
    let pieces = [
        Piece::Sql(format!("cardinality({column}) > 0 and {column} @> array[")),
        Piece::Bind(element?),
        Piece::Sql("]".to_owned()),
    ];
    Ok(Condition::Test(pieces.into()))
}

fn sign(operator: Operator) -> &'static str {
    match operator {
        Operator::Less => "<",
        Operator::LessOrEqual => "<=",
        Operator::Greater => ">",
        Operator::GreaterOrEqual => ">=",
        Operator::Equal | Operator::Has => "=",
        Operator::NotEqual => "<>",
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
    fn is_ordered(&self) -> bool {
        matches!(self, Self::Integer | Self::Date | Self::Timestamp)
    }

    /// The value to bind, or what was expected instead of it.
    fn bound(&self, name: &str, value: &Value) -> Result<Bound, String> {
        let whole = value.whole();
        let read = match self {
            Self::Text => whole.map(|text| Bound::Text(text.to_owned())),
            Self::Folded(fold) => whole.map(|text| Bound::Text(fold(text))),
            Self::Enum(words) => {
                let prefix = format!("{}_", name.to_ascii_uppercase());
                let bare = whole.map(|text| text.strip_prefix(&prefix).unwrap_or(text));
                let found = words.iter().find(|(word, _)| Some(&**word) == bare);
                found.map(|(_, stored)| Bound::Text(stored.to_string()))
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

    fn expected(&self) -> String {
        match self {
            Self::Text | Self::Folded(_) => "text without *".to_owned(),
            Self::Enum(words) => words.iter().map(|(word, _)| &**word).collect::<Vec<_>>().join(", "),
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
    let date = Date::parse(text, time::macros::format_description!("[year]-[month]-[day]")).ok()?;
    // Postgres knows fewer years than this type.
    (1..=9999).contains(&date.year()).then_some(date)
}

fn timestamp(text: &str) -> Option<OffsetDateTime> {
    let midnight = |date| PrimitiveDateTime::new(date, Time::MIDNIGHT).assume_utc();
    // In UTC, as the database keeps it, the year may be another.
    let time =
        OffsetDateTime::parse(text, &Rfc3339).ok().and_then(|time| time.checked_to_offset(UtcOffset::UTC));
    let time = time.filter(|time| (1..=9999).contains(&time.year()));
    time.or_else(|| date(text).map(midnight))
}

fn id(text: &str, prefix: &str) -> Option<Uuid> {
    Uuid::try_parse(text.strip_prefix(prefix).unwrap_or(text)).ok()
}
