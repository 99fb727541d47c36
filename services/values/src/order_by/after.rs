//! The rows that come after a place of an order, in SQL.

use sqlx::{Postgres, QueryBuilder};

use super::{Key, Term};

/// A field of the order and the last row's value of it.
#[derive(Clone, Copy)]
pub(super) struct Place<'a> {
    pub(super) term: Term,
    pub(super) key: &'a Key,
}

/// Writes the condition, in parentheses, that a row comes after these places.
pub(super) fn push(places: &[Place<'_>], sql: &mut QueryBuilder<Postgres>) {
    sql.push("(");
    if is_plain(places) {
        push_row_comparison(places, sql);
    } else {
        push_alternatives(places, sql);
    }
    sql.push(")");
}

/// Whether SQL's comparison of rows says the same, which an index answers best: one direction, and no null that
/// comes after a value.
fn is_plain(places: &[Place<'_>]) -> bool {
    let descending = places[0].term.descending;
    places.iter().all(|place| {
        place.term.descending == descending
            && *place.key != Key::Null
            && (descending || !place.term.field.nullable)
    })
}

fn push_row_comparison(places: &[Place<'_>], sql: &mut QueryBuilder<Postgres>) {
    sql.push("(");
    let mut columns = sql.separated(", ");
    for place in places {
        columns.push(place.term.field.column);
    }
    sql.push(if places[0].term.descending { ") < (" } else { ") > (" });
    for (index, place) in places.iter().enumerate() {
        if index > 0 {
            sql.push(", ");
        }
        place.key.push(sql);
    }
    sql.push(")");
}

/// `a > 1 or (a = 1 and b > 2) or (a = 1 and b = 2 and id > 3)`, after a bound on the first field by which an index
/// finds where to begin.
fn push_alternatives(places: &[Place<'_>], sql: &mut QueryBuilder<Postgres>) {
    if places[0].push_bound(sql) {
        sql.push(" and ");
    }
    sql.push("(");
    let mut first = true;
    for (index, place) in places.iter().enumerate() {
        if !place.can_be_passed() {
            continue;
        }
        sql.push(if first { "(" } else { " or (" });
        first = false;
        for alike in &places[..index] {
            alike.push_equal(sql);
            sql.push(" and ");
        }
        place.push_after(sql);
        sql.push(")");
    }
    sql.push(")");
}

impl Place<'_> {
    /// Whether any value comes after this one: after null in ascending order none does.
    fn can_be_passed(self) -> bool {
        self.term.descending || *self.key != Key::Null
    }

    fn push_after(self, sql: &mut QueryBuilder<Postgres>) {
        let column = self.term.field.column;
        match (self.term.descending, self.key) {
            (true, Key::Null) => {
                sql.push(column).push(" is not null");
            }
            (true, key) => key.push(sql.push(column).push(" < ")),
            (false, key) if self.term.field.nullable => {
                sql.push("(").push(column).push(" is null or ").push(column).push(" > ");
                key.push(sql);
                sql.push(")");
            }
            (false, key) => key.push(sql.push(column).push(" > ")),
        }
    }

    fn push_equal(self, sql: &mut QueryBuilder<Postgres>) {
        sql.push(self.term.field.column);
        match self.key {
            Key::Null => {
                sql.push(" is null");
            }
            key => key.push(sql.push(" = ")),
        }
    }

    /// Writes what holds of this field in every later row, if an index can use it.
    fn push_bound(self, sql: &mut QueryBuilder<Postgres>) -> bool {
        let column = self.term.field.column;
        match (self.term.descending, self.key) {
            (false, Key::Null) => {
                sql.push(column).push(" is null");
            }
            (false, key) if !self.term.field.nullable => key.push(sql.push(column).push(" >= ")),
            (true, key) if *key != Key::Null => key.push(sql.push(column).push(" <= ")),
            _ => return false,
        }
        true
    }
}

impl Key {
    fn push(&self, sql: &mut QueryBuilder<Postgres>) {
        match self {
            Self::Null => sql.push("null"),
            Self::Text(text) => sql.push_bind(text.clone()),
            Self::Integer(number) => sql.push_bind(*number),
            Self::Date(date) => sql.push_bind(*date),
            Self::Timestamp(time) => sql.push_bind(*time),
            Self::Id(id) => sql.push_bind(*id),
        };
    }
}
