//! Pages of customers: built at run time, since what is searched, filtered and ordered by is the caller's choice.

use super::fields::COLUMNS;
use crate::customer::Customer;
use patron_chassis::{
    pg::{Database, Failure},
    principal::Scope,
    status::Problem,
};
use patron_ledger::reference::assigned_to;
use patron_values::{
    filter::Filter,
    order_by::{Cursor, OrderBy},
    search::query::Query,
};
use sqlx::{Postgres, QueryBuilder};
use time::OffsetDateTime;

/// Rows counted one by one; above, the planner's estimate is given.
pub const COUNTED: i64 = 10_000;
/// Rows that are counted before the planner is asked: it knows what is common, and not what is rare.
const FEW: i64 = 1_000;

/// Not kept as prepared statements: which index is best depends on what is searched for, and a plan that is kept is made
/// for no term in particular.
const PREPARED: bool = false;

/// `customer_time` has a row for each customer. As a left join Postgres leaves it out where none of its columns is used.
const COUNT_FROM: &str = " from profile.customer c left join profile.customer_time t using (customer_id)";

/// Which customers to list.
#[derive(Debug)]
pub struct Selection {
    /// Those the caller may see.
    pub scope: Scope,
    /// What is searched for.
    pub query: Query,
    /// What else must hold.
    pub filter: Filter,
    /// Created at this time or later.
    pub created_from: Option<OffsetDateTime>,
    /// Created before this time.
    pub created_before: Option<OffsetDateTime>,
}

/// How many customers there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Count {
    /// So many.
    Exact(i64),
    /// About so many.
    Estimated(i64),
}

/// Customers of a selection in an order, at most `limit` after a place.
pub async fn list(
    database: &Database,
    selection: &Selection,
    order: &OrderBy<'_, Customer>,
    after: Option<&Cursor>,
    limit: i64,
) -> Result<Vec<Customer>, Problem> {
    // An order by times begins in their table. Any other needs them for the rows of the page alone.
    let join = if order.is_beside() { "join" } else { "left join" };
    let mut sql = QueryBuilder::new("select ");
    sql.push(&*COLUMNS).push(" from (select c.* from profile.customer c ");
    sql.push(join).push(" profile.customer_time t using (customer_id)");
    selection.push(&mut sql);
    if let Some(after) = after {
        sql.push(" and ");
        order.push_after(after, &mut sql)?;
    }
    sql.push(" order by ");
    order.push_order(&mut sql);
    sql.push(" limit ").push_bind(limit);
    sql.push(") c join profile.customer_time t using (customer_id) order by ");
    order.push_order(&mut sql);
    Ok(sql.build_query_as().persistent(PREPARED).fetch_all(database).await?)
}

/// Counts a selection. `None` where that took too long, or found no connection: what is counted is worth more than its number.
pub async fn count_in_time(database: &Database, selection: &Selection) -> Result<Option<Count>, Problem> {
    or_uncounted(count(database, selection).await)
}

fn or_uncounted(count: Result<Count, sqlx::Error>) -> Result<Option<Count>, Problem> {
    match count {
        Err(error) if Failure::of(&error).passes() => {
            tracing::warn!(%error, "a list is answered without its count");
            Ok(None)
        }
        count => count.map(Some).map_err(Problem::from),
    }
}

/// Counts a selection, exactly as far as [`COUNTED`], or as far as [`FEW`] where there are far more.
async fn count(database: &Database, selection: &Selection) -> Result<Count, sqlx::Error> {
    if !selection.is_everyone() {
        let few = count_to(FEW, database, selection).await?;
        if few <= FEW {
            return Ok(Count::Exact(few));
        }
    }
    let expected = estimate(database, selection).await?;
    if expected > 2 * COUNTED {
        return Ok(Count::Estimated(expected));
    }
    let counted = count_to(COUNTED, database, selection).await?;
    Ok(if counted <= COUNTED { Count::Exact(counted) } else { Count::Estimated(expected.max(counted)) })
}

/// Counts a selection, and stops at one more than `most`.
async fn count_to(most: i64, database: &Database, selection: &Selection) -> Result<i64, sqlx::Error> {
    let mut sql = QueryBuilder::new("select count(*) from (select");
    sql.push(COUNT_FROM);
    selection.push(&mut sql);
    sql.push(" limit ").push_bind(most + 1).push(") as counted");
    sql.build_query_scalar().persistent(PREPARED).fetch_one(database).await
}

/// How many the planner expects.
async fn estimate(database: &Database, selection: &Selection) -> Result<i64, sqlx::Error> {
    let mut sql = QueryBuilder::new("explain (format json) select");
    sql.push(COUNT_FROM);
    selection.push(&mut sql);
    let plan: sqlx::types::Json<Vec<Explained>> =
        sql.build_query_scalar().persistent(PREPARED).fetch_one(database).await?;
    Ok(plan.0.first().map_or(0, |explained| explained.plan.rows))
}

/// What `explain (format json)` says of a statement.
#[derive(serde::Deserialize)]
struct Explained {
    #[serde(rename = "Plan")]
    plan: Plan,
}

#[derive(serde::Deserialize)]
struct Plan {
    #[serde(rename = "Plan Rows")]
    rows: i64,
}

impl Selection {
    /// Whether it leaves nobody out.
    fn is_everyone(&self) -> bool {
        matches!(self.scope, Scope::All)
            && self.query.is_empty()
            && self.filter.is_empty()
            && self.created_from.is_none()
            && self.created_before.is_none()
    }

    /// Writes `where`. Whole customers only; the caller's scope stands outside of what the caller asks for.
    pub(super) fn push(&self, sql: &mut QueryBuilder<Postgres>) {
        sql.push(" where c.state = 'active'");
        if let Scope::Own(own) = self.scope {
            sql.push(" and c.customer_id = ").push_bind(own.0);
        }
        if let Some(staff) = assigned_to(self.scope) {
            sql.push(" and cardinality(c.assigned_staff) > 0 and c.assigned_staff @> array[")
                .push_bind(staff.0)
                .push("]");
        }
        if let Some(from) = self.created_from {
            sql.push(" and c.created_at >= ").push_bind(from);
        }
        if let Some(before) = self.created_before {
            sql.push(" and c.created_at < ").push_bind(before);
        }
        if !self.filter.is_empty() {
            sql.push(" and ");
            self.filter.push(sql);
        }
        if !self.query.is_empty() {
            sql.push(" and ");
            self.query.push(sql, "c.search_text", "c.customer_id");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_count_that_does_not_come_in_time_is_left_out() {
        assert_eq!(or_uncounted(Err(sqlx::Error::PoolTimedOut)).ok(), Some(None));
        assert_eq!(or_uncounted(Ok(Count::Exact(7))).ok(), Some(Some(Count::Exact(7))));
        assert!(or_uncounted(Err(sqlx::Error::RowNotFound)).is_err(), "a fault is not hidden");
    }
}
