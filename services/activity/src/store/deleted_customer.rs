//! Customers who were deleted.

use crate::deleted_customer::{DeletedCustomer, NewDeletedCustomer};
use patron_chassis::{
    pg::{Database, Transaction},
    principal::Scope,
};
use patron_ledger::reference::assigned_to;
use patron_values::{id::CustomerId, search::query::Query};
use sqlx::{Postgres, QueryBuilder};
use time::OffsetDateTime;
use uuid::Uuid;

/// Columns of a [`DeletedCustomer`]. Where the history is there, its events are counted one by one, as far as 10,000.
const SELECT: &str = "
    select d.customer_id, d.number, d.display_name, d.deleted_at, d.actor, d.actor_display_name, d.origin, d.trace_id,
        h.ended_at as history_deleted_at,
        coalesce(case when h.ended_at is not null then h.event_count end, (
            select count(*) from (
                select from activity.activity_event e where e.customer_id = d.customer_id limit 10001) as counted))
            as event_count
    from activity.deleted_customer d left join activity.history_deletion h using (customer_id)
    where true";

/// Keeps what the event of a deletion says of a customer. Of one whose history goes only the number is kept.
pub async fn insert(
    transaction: &mut Transaction,
    customer: &NewDeletedCustomer<'_>,
) -> Result<(), sqlx::Error> {
    let context = customer.context;
    sqlx::query!(
        "insert into activity.deleted_customer (customer_id, number, display_name, search_text, deleted_at, actor,
             actor_display_name, origin, trace_id)
         select $1::uuid, $2::text, case when named then $3 end, case when named then $4 else coalesce(' ' || $2, '') end,
             $5::timestamptz, nullif($6, ''), nullif($7, ''), nullif($8, ''), $9::uuid
         from (select not exists (select from activity.history_deletion where customer_id = $1)) as known (named)
         on conflict (customer_id) do nothing",
        customer.customer.0,
        customer.number,
        customer.display_name,
        customer.search_text,
        customer.deleted_at,
        context.actor,
        context.actor_display_name,
        context.origin,
        Uuid::try_parse(&context.trace_id).ok(),
    )
    .execute(transaction)
    .await
    .map(drop)
}

/// One deleted customer in `scope`.
pub async fn find(
    database: &Database,
    customer: CustomerId,
    scope: Scope,
) -> Result<Option<DeletedCustomer>, sqlx::Error> {
    let mut sql = QueryBuilder::new(SELECT);
    push_scope(&mut sql, scope);
    sql.push(" and d.customer_id = ").push_bind(customer.0);
    sql.build_query_as().fetch_optional(database).await
}

/// Deleted customers in `scope` that a search finds, the last deleted first, at most `limit` after a place.
pub async fn list(
    database: &Database,
    scope: Scope,
    query: &Query,
    after: Option<(OffsetDateTime, CustomerId)>,
    limit: i64,
) -> Result<Vec<DeletedCustomer>, sqlx::Error> {
    let mut sql = QueryBuilder::new(SELECT);
    push_scope(&mut sql, scope);
    if let Some((deleted_at, customer)) = after {
        sql.push(" and (d.deleted_at, d.customer_id) < (").push_bind(deleted_at);
        sql.push(", ").push_bind(customer.0).push(")");
    }
    if !query.is_empty() {
        sql.push(" and ");
        query.push(&mut sql, "d.search_text", "d.customer_id");
    }
    sql.push(" order by d.deleted_at desc, d.customer_id desc limit ").push_bind(limit);
    // Which index is best depends on what is searched for, so a plan is not kept for others.
    sql.build_query_as().persistent(query.is_empty()).fetch_all(database).await
}

fn push_scope(sql: &mut QueryBuilder<Postgres>, scope: Scope) {
    if let Scope::Own(_) = scope {
        sql.push(" and false");
    }
    if let Some(staff) = assigned_to(scope) {
        sql.push(" and d.customer_id in (select customer_id from activity.customer_ref where assigned_staff @> array[")
            .push_bind(staff.0)
            .push("])");
    }
}
