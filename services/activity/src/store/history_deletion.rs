//! Customers whose history is deleted.

use patron_chassis::pg::Transaction;
use patron_values::id::{CustomerId, EventId};
use sqlx::PgExecutor;
use time::OffsetDateTime;
use uuid::Uuid;

/// Keeps nothing more of these customers. Gives those of whom that is new.
pub async fn insert_all(
    transaction: &mut Transaction,
    customers: &[CustomerId],
) -> Result<Vec<CustomerId>, sqlx::Error> {
    sqlx::query_scalar!(
        r#"insert into activity.history_deletion (customer_id)
           -- in one order for all, so that two deliveries cannot wait for each other
           select customer_id from unnest($1::uuid[]) as asked (customer_id) order by customer_id
           on conflict (customer_id) do nothing
           returning customer_id as "customer_id: CustomerId""#,
        customers as &[CustomerId],
    )
    .fetch_all(transaction)
    .await
}

/// Deletes events of such a customer, at most so many, and says how many.
pub async fn delete_some(
    executor: impl PgExecutor<'_>,
    customer: CustomerId,
    most: i32,
) -> Result<i32, sqlx::Error> {
    sqlx::query_scalar!(r#"select activity.delete_history($1, $2) as "deleted!""#, customer.0, most)
        .fetch_one(executor)
        .await
}

/// The transactions that keep events now, by their virtual ids. Others on the server are not among them, however long they are open.
pub async fn keeping(executor: impl PgExecutor<'_>) -> Result<Vec<String>, sqlx::Error> {
    // A statement has the lock before it looks which histories go.
    sqlx::query_scalar!(
        r#"select virtualtransaction as "id!" from pg_locks
           where locktype = 'relation' and relation = 'activity.activity_event'::regclass and mode = 'RowExclusiveLock'
               and database = (select oid from pg_database where datname = current_database())"#,
    )
    .fetch_all(executor)
    .await
}

/// Who had a history deleted, in which request.
#[derive(Debug)]
pub struct Receipt<'r> {
    /// The id of the event that says so.
    pub event: EventId,
    /// When the last event was deleted.
    pub ended_at: OffsetDateTime,
    /// As [`ChangeContext`](patron_proto::event::v1::ChangeContext) says it.
    pub actor: &'r str,
    /// The name of a member of staff.
    pub actor_display_name: &'r str,
    /// The way it came.
    pub origin: &'r str,
    /// The trace of the request.
    pub trace_id: Option<Uuid>,
}

/// Ends the deletion of a history, of which nothing is left: forgets the customer's name, and keeps the receipt, an event that says how
/// many events there were. Does nothing where that was done.
pub async fn end(
    transaction: &mut Transaction,
    customer: CustomerId,
    receipt: Receipt<'_>,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update activity.deleted_customer set display_name = null, search_text = coalesce(' ' || number, '')
         where customer_id = $1",
        customer.0,
    )
    .execute(&mut *transaction)
    .await?;
    sqlx::query!(
        "with ended as (
             update activity.history_deletion set ended_at = $2 where customer_id = $1 and ended_at is null
             returning customer_id, event_count
         ), kept as (
             insert into activity.activity_event (event_id, source, type, customer_id, resource, actor, actor_display_name,
                 origin, trace_id, event_time, changes)
             select $3::uuid, 'activity', 'history.deleted', customer_id, 'customers/' || customer_id, nullif($4, ''), nullif($5, ''),
                 nullif($6, ''), $7::uuid, $2::timestamptz, jsonb_build_array(jsonb_build_object('field', 'event_count', 'old', event_count))
             from ended
             returning event_id
         )
         insert into activity.arrival (event_id) select event_id from kept",
        customer.0,
        receipt.ended_at,
        receipt.event.0,
        receipt.actor,
        receipt.actor_display_name,
        receipt.origin,
        receipt.trace_id,
    )
    .execute(transaction)
    .await
    .map(drop)
}
