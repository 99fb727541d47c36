//! The rows that come after a place of an order, in SQL.

use sqlx::{Postgres, QueryBuilder};

use super::Key;

/// A column of the order and the last row's value of it.
#[derive(Clone, Copy)]
pub(super) struct Place<'a> {
    pub(super) column: &'a str,
    pub(super) descending: bool,
    pub(super) key: &'a Key,
}

/// Writes the condition, in parentheses, that a row comes after these places.
pub(super) fn push(places: &[Place<'_>], sql: &mut QueryBuilder<Postgres>) {
    let [first, others @ ..] = places else { return };
    sql.push("(");
    // Where there is one direction, SQL's comparison of rows says the same, which an index answers best.
    if others.iter().all(|place| place.descending == first.descending) {
        push_row_comparison(places, first.sign(), sql);
    } else {
        push_alternatives(places, sql);
    }
    sql.push(")");
}

fn push_row_comparison(places: &[Place<'_>], sign: &str, sql: &mut QueryBuilder<Postgres>) {
    let columns: Vec<&str> = places.iter().map(|place| place.column).collect();
    sql.push(format_args!("({}){sign}(", columns.join(", ")));
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
    let bound = if places[0].descending { " <= " } else { " >= " };
    places[0].push(bound, sql);
    sql.push(" and (");
    for (index, place) in places.iter().enumerate() {
        sql.push(if index == 0 { "(" } else { " or (" });
        for alike in &places[..index] {
            alike.push(" = ", sql);
            sql.push(" and ");
        }
        place.push(place.sign(), sql);
        sql.push(")");
    }
    sql.push(")");
}

impl Place<'_> {
    /// How what comes after it compares with it.
    fn sign(self) -> &'static str {
        if self.descending { " < " } else { " > " }
    }

    fn push(self, sign: &str, sql: &mut QueryBuilder<Postgres>) {
        self.key.push(sql.push(self.column).push(sign));
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
