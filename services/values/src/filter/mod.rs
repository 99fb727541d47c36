//! Filters of lists (AIP-160): `last_name = "Gon*" AND (status = ACTIVE OR tags:vip) AND create_time >= 2026-01-01`.
//!
//! Grammar: comparisons joined by `AND`, or by nothing but a space, which is the same; by `OR`, which by AIP-160
//! binds tighter; turned round by `NOT` or `-`; grouped by parentheses, after a comparison too: `status = (A OR B)`.
//! Values are words without spaces, or text in single or double quotes with `\` before a quote, a `\` or a `*` that
//! is meant. Where a comparison has no answer because the row has no value, it does not hold, and `NOT` of it does.
//!
//! Refused: words without a field, which the `query` of a list is for, and functions.

mod parse;
mod schema;
mod sql;

#[cfg(test)]
mod tests;

use sqlx::{Postgres, QueryBuilder};

pub use schema::Kind;

use self::{parse::Expression, sql::Condition};
use crate::{field_set::Field, violation::Violation};

/// Field of list requests that filters come in, for violations.
const FILTER: &str = "filter";

/// Longest filter, in characters.
pub const MAX_CHARACTERS: usize = 2_000;

/// Deepest nesting of parentheses and negations: deeper ones are made by programs, to see what breaks.
const MAX_DEPTH: usize = 32;

/// Most comparisons: each is looked at for every row.
const MAX_COMPARISONS: usize = 100;

/// A filter that was checked against the fields of a list.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Filter(Option<Condition>);

impl Filter {
    /// Reads a filter over these fields; empty text lets every row pass. Violations are on `filter`, each with its
    /// place: the first one of the grammar, or all of the fields and values.
    pub fn parse<R>(text: &str, fields: &[Field<R>]) -> Result<Self, Vec<Violation>> {
        let violations = |mistakes: Vec<Mistake>| mistakes.into_iter().map(Violation::from).collect();
        let Some(expression) = parse::parse(text).map_err(|mistake| violations(vec![mistake]))? else {
            return Ok(Self(None));
        };
        let mut mistakes = Vec::new();
        let condition = schema::check(expression, fields, &mut mistakes);
        if mistakes.is_empty() { Ok(Self(Some(condition))) } else { Err(violations(mistakes)) }
    }

    /// Whether every row passes.
    pub fn is_empty(&self) -> bool {
        self.0.is_none()
    }

    /// Writes the condition, in parentheses, values bound; `true` where every row passes.
    pub fn push(&self, sql: &mut QueryBuilder<Postgres>) {
        match &self.0 {
            Some(condition) => condition.push(sql),
            None => {
                sql.push("true");
            }
        }
    }
}

/// Names of the fields that a filter compares, each once and without its values; none where it cannot be read.
pub fn field_names<'f, R>(text: &str, fields: &'f [Field<R>]) -> Vec<&'f str> {
    let (mut names, mut rest) = (Vec::new(), Vec::from_iter(parse::parse(text).ok().flatten()));
    while let Some(expression) = rest.pop() {
        match expression {
            Expression::And(parts) | Expression::Or(parts) => rest.extend(parts),
            Expression::Not(inner) => rest.push(*inner),
            Expression::Comparison(comparison) => {
                let known = fields.iter().find(|field| field.is_named(&comparison.field));
                names.extend(known.map(Field::name));
            }
        }
    }
    names.sort_unstable();
    names.dedup();
    names
}

/// What is wrong with a filter, without what it holds.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Mistake {
    /// Where, in characters from 1.
    at: usize,
    what: String,
}

impl Mistake {
    fn new(at: usize, what: impl Into<String>) -> Self {
        Self { at, what: what.into() }
    }
}

impl From<Mistake> for Violation {
    fn from(mistake: Mistake) -> Self {
        Self::new(FILTER, format!("at character {}: {}", mistake.at, mistake.what))
    }
}
