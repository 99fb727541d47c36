//! Bulk operations: their customers, and what became of each.

use super::list::Selection;
use patron_chassis::{
    pg::{Database, Transaction},
    principal::Scope,
};
use patron_ledger::{reference::assigned_to, sweep};
use patron_values::id::{CustomerId, OperationId};
use sqlx::{FromRow, Postgres, QueryBuilder};
use time::OffsetDateTime;
use uuid::Uuid;

/// What became of one customer.
#[derive(Debug, FromRow)]
pub struct Item {
    /// Who it is.
    #[sqlx(rename = "customer_id")]
    pub customer: CustomerId,
    /// Whether it was done; `None` while it waits.
    pub done: Option<bool>,
    /// Why not: an encoded `google.rpc.Status`.
    pub error: Option<Vec<u8>>,
    /// First and last name, where the customer is there and in the caller's scope.
    pub display_name: Option<String>,
}

/// Which results to list.
#[derive(Debug, Clone, Copy)]
pub struct Which {
    /// Of which operation.
    pub operation: OperationId,
    /// Those that failed alone.
    pub failed_only: bool,
    /// After this customer.
    pub after: Option<CustomerId>,
    /// At most so many.
    pub limit: i64,
}

/// Begins a bulk operation with these customers, or with none yet.
pub async fn insert(
    transaction: &mut Transaction,
    operation: OperationId,
    customers: &[CustomerId],
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "with begun as (insert into profile.bulk (operation_id) values ($1) returning operation_id)
         insert into profile.bulk_item (operation_id, customer_id)
         select operation_id, customer_id from begun, unnest((select $2::uuid[])) as named (customer_id)
         on conflict do nothing",
        operation.0,
        customers as &[CustomerId],
    )
    .execute(transaction)
    .await
    .map(drop)
}

/// Notes the next customers of a selection by their ids, at most `limit` of those created until `until`. Says how many, and the last of
/// them; `None` where there are none.
pub async fn select(
    transaction: &mut Transaction,
    operation: OperationId,
    selection: &Selection,
    (after, until): (Option<CustomerId>, OffsetDateTime),
    limit: i64,
) -> Result<Option<(i64, CustomerId)>, sqlx::Error> {
    let mut sql = QueryBuilder::<Postgres>::new(
        "with chosen as materialized (
             select c.customer_id from profile.customer c left join profile.customer_time t using (customer_id)",
    );
    selection.push(&mut sql);
    sql.push(" and c.created_at <= ").push_bind(until);
    if let Some(after) = after {
        sql.push(" and c.customer_id > ").push_bind(after);
    }
    sql.push(" order by c.customer_id limit ").push_bind(limit);
    sql.push("), noted as (insert into profile.bulk_item (operation_id, customer_id) select ");
    sql.push_bind(operation);
    sql.push(
        ", customer_id from chosen on conflict do nothing)
         select count(*) over (), customer_id from chosen order by customer_id desc limit 1",
    );
    // A plan for no selection in particular would be of no use.
    sql.build_query_as().persistent(false).fetch_optional(transaction).await
}

/// Counts the customers of a bulk operation.
pub async fn count_items(transaction: &mut Transaction, operation: OperationId) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select count(*) as "count!" from profile.bulk_item where operation_id = $1"#,
        operation.0,
    )
    .fetch_one(transaction)
    .await
}

/// The next customers whose turn it is.
pub async fn list_waiting(
    database: &Database,
    operation: OperationId,
    after: Option<CustomerId>,
    limit: i64,
) -> Result<Vec<CustomerId>, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select customer_id as "customer_id: CustomerId" from profile.bulk_item
           where operation_id = $1 and customer_id > $2 and done is null
           order by customer_id limit $3"#,
        operation.0,
        after.map_or(Uuid::nil(), |after| after.0),
        limit,
    )
    .fetch_all(database)
    .await
}

/// Says what became of customers: of each why it failed, encoded, or nothing where it is done.
pub async fn settle(
    transaction: &mut Transaction,
    operation: OperationId,
    settled: &[(CustomerId, Option<Vec<u8>>)],
) -> Result<(), sqlx::Error> {
    let (customers, errors): (Vec<Uuid>, Vec<Option<Vec<u8>>>) =
        settled.iter().map(|(customer, error)| (customer.0, error.clone())).unzip();
    sqlx::query!(
        "update profile.bulk_item item set done = settled.error is null, error = settled.error
         from unnest((select $2::uuid[]), (select $3::bytea[])) as settled (customer_id, error)
         where item.operation_id = $1 and item.customer_id = settled.customer_id",
        operation.0,
        &customers,
        &errors as &[Option<Vec<u8>>],
    )
    .execute(transaction)
    .await
    .map(drop)
}

/// What became of customers, in the order of their ids, with the names of those in `scope`.
pub async fn list(database: &Database, scope: Scope, which: Which) -> Result<Vec<Item>, sqlx::Error> {
    let mut sql = QueryBuilder::<Postgres>::new(
        "select item.customer_id, item.done, item.error, coalesce(nullif(concat_ws(' ', c.first_name, c.last_name), ''), c.company, c.email) as display_name
         from profile.bulk_item item
         left join profile.customer c on c.customer_id = item.customer_id and c.state = 'active'",
    );
    if let Some(staff) = assigned_to(scope) {
        sql.push(" and c.assigned_staff @> array[").push_bind(staff.0).push("]");
    }
    sql.push(" where item.operation_id = ").push_bind(which.operation);
    if which.failed_only {
        sql.push(" and item.done is false");
    }
    if let Some(after) = which.after {
        sql.push(" and item.customer_id > ").push_bind(after);
    }
    sql.push(" order by item.customer_id limit ").push_bind(which.limit);
    sql.build_query_as().fetch_all(database).await
}

/// Counts those of these customers who are there and in `scope`.
pub async fn count(database: &Database, customers: &[CustomerId], scope: Scope) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select count(distinct customer_id) as "count!" from profile.customer
           where customer_id = any((select $1::uuid[])::uuid[]) and state = 'active'
               and ($2::uuid is null or assigned_staff @> array[$2])"#,
        &scope.may_include(customers),
        assigned_to(scope).map(|staff| staff.0),
    )
    .fetch_one(database)
    .await
}

/// Removes results of operations that are kept no more, at most [`sweep::ROWS`], and says how many.
pub async fn delete_old(database: &Database) -> Result<u64, sqlx::Error> {
    let items = sqlx::query!(
        // However few or many there are, the items of an operation are found by the index.
        "with gone as materialized (
             select operation_id from profile.bulk
             where not exists (select from profile.operation where operation.operation_id = bulk.operation_id)
             limit $1)
         delete from profile.bulk_item where (operation_id, customer_id) in (
             select item.operation_id, item.customer_id
             from gone cross join lateral (
                 select operation_id, customer_id from profile.bulk_item
                 where bulk_item.operation_id = gone.operation_id order by customer_id limit $1) item
             limit $1)",
        sweep::ROWS,
    )
    .execute(database)
    .await?
    .rows_affected();
    if items == 0 {
        sqlx::query!(
            "delete from profile.bulk
             where not exists (select from profile.operation where operation.operation_id = bulk.operation_id)
                 and not exists (select from profile.bulk_item item where item.operation_id = bulk.operation_id)"
        )
        .execute(database)
        .await?;
    }
    Ok(items)
}
