//! Order of lists (AIP-132): `last_name, create_time desc`, and where in that order the next page begins.
//!
//! Pages are cut by the values of the last row, not by counting, so page 1,000 costs what page 1 costs, if an index
//! has the columns of the order and the id behind them. Ascending order has rows without a value last, descending
//! first: the order of an index of Postgres, read forwards or backwards.

mod after;

#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};
use sqlx::{Postgres, QueryBuilder};
use time::{Date, OffsetDateTime};
use uuid::Uuid;

use self::after::Place;
use crate::violation::Violation;

/// Field of list requests that orders come in, for violations.
const ORDER_BY: &str = "order_by";

/// A field that a list can be ordered by.
#[derive(Clone, Copy, Debug)]
pub struct SortField {
    /// Path in the resource, in `snake_case`.
    pub name: &'static str,
    /// Column, or expression over columns, as the statement knows it: `c.last_name`.
    pub column: &'static str,
    /// Whether the column can be null. Ascending order over such a column reads, for later pages, all rows before.
    pub nullable: bool,
}

/// What a list can be ordered by.
#[derive(Clone, Copy, Debug)]
pub struct SortFields {
    /// Fields that callers can name.
    pub fields: &'static [SortField],
    /// The id, unique and never null, which orders rows that are alike in all else.
    pub id: SortField,
    /// Order where the caller names none: `create_time desc`.
    pub default: &'static str,
}

/// An order of a list.
#[derive(Clone, Debug)]
pub struct OrderBy(Vec<Term>);

#[derive(Clone, Copy, Debug)]
struct Term {
    field: SortField,
    descending: bool,
}

/// Where a page ended: the last row's values of what the list is ordered by. Goes into page tokens.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Cursor {
    /// The order it is a place in, which another version of the service may read otherwise.
    order: String,
    keys: Vec<Key>,
}

/// A row's value of a field that the list is ordered by.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Key {
    /// No value.
    Null,
    /// Text.
    Text(String),
    /// A whole number.
    Integer(i64),
    /// A date.
    Date(Date),
    /// A point in time.
    Timestamp(OffsetDateTime),
    /// A UUID.
    Id(Uuid),
}

impl SortField {
    /// A field whose column is never null.
    pub const fn new(name: &'static str, column: &'static str) -> Self {
        Self { name, column, nullable: false }
    }

    /// A field whose column can be null.
    pub const fn nullable(name: &'static str, column: &'static str) -> Self {
        Self { name, column, nullable: true }
    }
}

impl SortFields {
    /// Reads an order; the default where it is empty. The id is added with the direction of the field before it, so
    /// that one index serves an order of one direction. Violations: a field that is none of these, or named twice.
    pub fn parse(&self, text: &str) -> Result<OrderBy, Violation> {
        let text = if text.trim().is_empty() { self.default } else { text };
        let mut terms: Vec<Term> = Vec::new();
        for part in text.split(',') {
            let term = self.term(part)?;
            if terms.iter().any(|earlier| earlier.field.name == term.field.name) {
                return Err(Violation::new(ORDER_BY, format!("names {} twice", term.field.name)));
            }
            terms.push(term);
        }
        let descending = terms.last().is_some_and(|term| term.descending);
        terms.push(Term { field: self.id, descending });
        Ok(OrderBy(terms))
    }

    fn term(&self, part: &str) -> Result<Term, Violation> {
        let mut words = part.split_whitespace();
        let name = words.next().unwrap_or_default();
        let field = self.fields.iter().find(|field| field.name == name).ok_or_else(|| {
            let names: Vec<&str> = self.fields.iter().map(|field| field.name).collect();
            Violation::new(ORDER_BY, format!("names a field that is none of {}", names.join(", ")))
        })?;
        let descending = match (words.next(), words.next()) {
            (None | Some("asc"), None) => false,
            (Some("desc"), None) => true,
            _ => {
                let description =
                    format!("has something else than asc, desc or a comma after {}", field.name);
                return Err(Violation::new(ORDER_BY, description));
            }
        };
        Ok(Term { field: *field, descending })
    }
}

impl OrderBy {
    /// Writes the columns for after `order by`.
    pub fn push_order(&self, sql: &mut QueryBuilder<Postgres>) {
        let mut columns = sql.separated(", ");
        for Term { field, descending } in &self.0 {
            // Said only where it matters; it is what Postgres does anyway, and an index is declared.
            let nulls = if !field.nullable {
                ""
            } else if *descending {
                " nulls first"
            } else {
                " nulls last"
            };
            let direction = if *descending { " desc" } else { "" };
            columns.push(format_args!("{}{direction}{nulls}", field.column));
        }
    }

    /// The place of a row, from its values by names of fields; the id's is asked for by its own name.
    pub fn cursor(&self, mut value: impl FnMut(&'static str) -> Key) -> Cursor {
        Cursor { order: self.text(), keys: self.0.iter().map(|term| value(term.field.name)).collect() }
    }

    /// Writes the condition, in parentheses, that a row comes after the cursor. Violation on `page_token`: a cursor
    /// of another order.
    pub fn push_after(&self, cursor: &Cursor, sql: &mut QueryBuilder<Postgres>) -> Result<(), Violation> {
        if cursor.order != self.text() || cursor.keys.len() != self.0.len() {
            return Err(Violation::new("page_token", "is of another order"));
        }
        let places: Vec<Place<'_>> =
            self.0.iter().zip(&cursor.keys).map(|(term, key)| Place { term: *term, key }).collect();
        after::push(&places, sql);
        Ok(())
    }

    /// The order in its one spelling.
    fn text(&self) -> String {
        let terms = self.0.iter().map(|term| {
            let direction = if term.descending { " desc" } else { "" };
            format!("{}{direction}", term.field.name)
        });
        terms.collect::<Vec<_>>().join(",")
    }
}

impl<T: Into<Key>> From<Option<T>> for Key {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

/// Keys of the types that columns have.
macro_rules! keys {
    ($($type:ty => $kind:ident,)+) => {$(
        impl From<$type> for Key {
            fn from(value: $type) -> Self {
                Self::$kind(value)
            }
        }
    )+};
}

keys! {
    String => Text,
    i64 => Integer,
    Date => Date,
    OffsetDateTime => Timestamp,
    Uuid => Id,
}
