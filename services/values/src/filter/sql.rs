//! Conditions in SQL.

use sqlx::{Postgres, QueryBuilder};
use time::{Date, OffsetDateTime};
use uuid::Uuid;

/// A condition, ready to be written.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Condition {
    All(Vec<Condition>),
    Any(Vec<Condition>),
    /// Holds where the inner one is false or has no answer.
    Not(Box<Condition>),
    Test(Vec<Piece>),
}

/// A piece of a test. Text of the statement is made of columns of fields and signs, never of what a caller sent.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Piece {
    Sql(String),
    Bind(Bound),
}

/// A value to bind.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Bound {
    Text(String),
    Integer(i64),
    Bool(bool),
    Date(Date),
    Timestamp(OffsetDateTime),
    Id(Uuid),
}

impl Condition {
    /// `column sign value`.
    pub(super) fn compare(column: &str, sign: &str, value: Bound) -> Self {
        Self::Test(vec![Piece::Sql(format!("{column} {sign} ")), Piece::Bind(value)])
    }

    pub(super) fn test(sql: String) -> Self {
        Self::Test(vec![Piece::Sql(sql)])
    }

    pub(super) fn negated(self) -> Self {
        Self::Not(Box::new(self))
    }

    pub(super) fn push(&self, sql: &mut QueryBuilder<Postgres>) {
        sql.push("(");
        match self {
            Self::All(parts) => push_joined(parts, " and ", sql),
            Self::Any(parts) => push_joined(parts, " or ", sql),
            Self::Not(inner) => {
                inner.push(sql);
                sql.push(" is not true");
            }
            Self::Test(pieces) => pieces.iter().for_each(|piece| piece.push(sql)),
        }
        sql.push(")");
    }
}

fn push_joined(parts: &[Condition], operator: &'static str, sql: &mut QueryBuilder<Postgres>) {
    for (index, part) in parts.iter().enumerate() {
        if index > 0 {
            sql.push(operator);
        }
        part.push(sql);
    }
}

impl Piece {
    fn push(&self, sql: &mut QueryBuilder<Postgres>) {
        match self {
            Self::Sql(text) => sql.push(text),
            Self::Bind(Bound::Text(text)) => sql.push_bind(text.clone()),
            Self::Bind(Bound::Integer(number)) => sql.push_bind(*number),
            Self::Bind(Bound::Bool(value)) => sql.push_bind(*value),
            Self::Bind(Bound::Date(date)) => sql.push_bind(*date),
            Self::Bind(Bound::Timestamp(time)) => sql.push_bind(*time),
            Self::Bind(Bound::Id(id)) => sql.push_bind(*id),
        };
    }
}
