//! Order of lists (AIP-132): `last_name, create_time desc`, and where in that order the next page begins.
//!
//! Pages are cut by the values of the last row, not by counting, so page 1,000 costs what page 1 costs, if an index
//! has the columns of the order and the id behind them. No value stands as the empty one, before all others.

#[cfg(test)]
mod tests;

use std::fmt;

use serde::{Deserialize, Serialize};
use sqlx::{Postgres, QueryBuilder};
use time::{Date, OffsetDateTime};
use uuid::Uuid;

use crate::{
    field_set::{FieldSet, Order},
    violation::Violation,
};

/// Field of list requests that orders come in, for violations.
const ORDER_BY: &str = "order_by";

/// An order of a list.
pub struct OrderBy<'f, R>(Vec<Term<'f, R>>);

struct Term<'f, R> {
    name: &'f str,
    column: &'f str,
    order: &'f Order<R>,
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

impl<'f, R> OrderBy<'f, R> {
    /// Reads an order, names of fields in `snake_case` or `lowerCamelCase`; the default where it is empty. The id is added with the direction of the field before it, so
    /// that one index serves an order of one direction. Violations: a field that is none of these, or named twice.
    pub fn parse(text: &str, fields: &'f FieldSet<R>) -> Result<Self, Violation> {
        let text = if text.trim().is_empty() { fields.default_order() } else { text };
        let mut terms: Vec<Term<'f, R>> = Vec::new();
        for part in text.split(',') {
            let term = Term::parse(part, fields)?;
            if terms.iter().any(|earlier| earlier.name == term.name) {
                return Err(Violation::new(ORDER_BY, format!("names {} twice", term.name)));
            }
            terms.push(term);
        }
        let (id, id_order) = fields.id();
        if let Some(last) = terms.last().filter(|last| last.name != id) {
            let column = last.order.id.as_deref().unwrap_or(&id_order.column);
            terms.push(Term { name: id, column, order: id_order, descending: last.descending });
        }
        Ok(Self(terms))
    }

    /// Writes the columns for after `order by`.
    pub fn push_order(&self, sql: &mut QueryBuilder<Postgres>) {
        let mut columns = sql.separated(", ");
        for Term { column, descending, .. } in &self.0 {
            columns.push(format_args!("{column}{}", if *descending { " desc" } else { "" }));
        }
    }

    /// Where the next page begins when this row is the last of a page.
    pub fn cursor(&self, row: &R) -> Cursor {
        Cursor { order: self.text(), keys: self.0.iter().map(|term| (term.order.key)(row)).collect() }
    }

    /// Writes the condition, in parentheses, that a row comes after the cursor. Violation on `page_token`: a cursor
    /// of another order.
    pub fn push_after(&self, cursor: &Cursor, sql: &mut QueryBuilder<Postgres>) -> Result<(), Violation> {
        if cursor.order != self.text() || cursor.keys.len() != self.0.len() {
            return Err(Violation::new("page_token", "is of another order"));
        }
        let terms = self.0.iter().zip(&cursor.keys);
        let columns: Vec<CursorColumn<'_>> = terms
            .map(|(term, key)| CursorColumn { name: term.column, descending: term.descending, key })
            .collect();
        push_after_columns(&columns, sql);
        Ok(())
    }

    /// Whether the index of the order is of another table than the id field's.
    pub fn is_beside(&self) -> bool {
        self.0.iter().any(|term| term.order.beside)
    }

    /// The order in its one spelling.
    fn text(&self) -> String {
        let terms = self.0.iter().map(|term| {
            let direction = if term.descending { " desc" } else { "" };
            format!("{}{direction}", term.name)
        });
        terms.collect::<Vec<_>>().join(",")
    }
}

impl<R> fmt::Debug for OrderBy<'_, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("OrderBy").field(&self.text()).finish()
    }
}

impl<'f, R> Term<'f, R> {
    fn parse(part: &str, fields: &'f FieldSet<R>) -> Result<Self, Violation> {
        let mut words = part.split_whitespace();
        let written = words.next().unwrap_or_default();
        let ordered = || fields.fields().iter().filter_map(|field| Some((field, field.order.as_ref()?)));
        let (field, order) = ordered().find(|(field, _)| field.is_named(written)).ok_or_else(|| {
            let names: Vec<&str> = ordered().map(|(field, _)| field.name()).collect();
            Violation::new(ORDER_BY, format!("names a field that is none of {}", names.join(", ")))
        })?;
        let name = field.name();
        let descending = match (words.next(), words.next()) {
            (None, None) => false,
            (Some(word), None) if word.eq_ignore_ascii_case("asc") => false,
            (Some(word), None) if word.eq_ignore_ascii_case("desc") => true,
            _ => {
                let description = format!("has something else than asc, desc or a comma after {name}");
                return Err(Violation::new(ORDER_BY, description));
            }
        };
        Ok(Self { name, column: &order.column, order, descending })
    }
}

/// A column of the order and the last row's value of it.
#[derive(Clone, Copy)]
struct CursorColumn<'a> {
    name: &'a str,
    descending: bool,
    key: &'a Key,
}

/// Writes the condition, in parentheses, that a row comes after what these hold.
fn push_after_columns(columns: &[CursorColumn<'_>], sql: &mut QueryBuilder<Postgres>) {
    let [first, others @ ..] = columns else { return };
    sql.push("(");
    // Where there is one direction, SQL's comparison of rows says the same, which an index answers best.
    if others.iter().all(|column| column.descending == first.descending) {
        push_row_comparison(columns, first.sign(), sql);
    } else {
        push_alternatives(columns, sql);
    }
    sql.push(")");
}

fn push_row_comparison(columns: &[CursorColumn<'_>], sign: &str, sql: &mut QueryBuilder<Postgres>) {
    let names: Vec<&str> = columns.iter().map(|column| column.name).collect();
    sql.push(format_args!("({}){sign}(", names.join(", ")));
    for (index, column) in columns.iter().enumerate() {
        if index > 0 {
            sql.push(", ");
        }
        column.key.push(sql);
    }
    sql.push(")");
}

/// `a > 1 or (a = 1 and b > 2) or (a = 1 and b = 2 and id > 3)`, after a bound on the first field by which an index
/// finds where to begin.
fn push_alternatives(columns: &[CursorColumn<'_>], sql: &mut QueryBuilder<Postgres>) {
    let bound = if columns[0].descending { " <= " } else { " >= " };
    columns[0].push(bound, sql);
    sql.push(" and (");
    for (index, column) in columns.iter().enumerate() {
        sql.push(if index == 0 { "(" } else { " or (" });
        for alike in &columns[..index] {
            alike.push(" = ", sql);
            sql.push(" and ");
        }
        column.push(column.sign(), sql);
        sql.push(")");
    }
    sql.push(")");
}

impl CursorColumn<'_> {
    /// How what comes after it compares with it.
    fn sign(self) -> &'static str {
        if self.descending { " < " } else { " > " }
    }

    fn push(self, sign: &str, sql: &mut QueryBuilder<Postgres>) {
        self.key.push(sql.push(self.name).push(sign));
    }
}

impl Key {
    fn push(&self, sql: &mut QueryBuilder<Postgres>) {
        match self {
            Self::Text(text) => sql.push_bind(text.clone()),
            Self::Integer(number) => sql.push_bind(*number),
            Self::Date(date) => sql.push_bind(*date),
            Self::Timestamp(time) => sql.push_bind(*time),
            Self::Id(id) => sql.push_bind(*id),
        };
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
