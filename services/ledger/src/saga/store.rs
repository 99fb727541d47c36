//! Sagas in the table `queue`.

use crate::queue::{Job, LEASE};
use patron_chassis::pg::Transaction;
use patron_values::id::CustomerId;
use sqlx::{PgExecutor, types::Json};
use time::OffsetDateTime;
use uuid::Uuid;

/// A saga that is to be stored.
pub(super) struct NewSaga {
    pub(super) id: Uuid,
    pub(super) payload: Vec<u8>,
    pub(super) customers: Vec<CustomerId>,
}

/// Stores sagas on which this process works under `lease`; gives their jobs, in their order.
pub(super) async fn insert_all(
    transaction: &mut Transaction,
    (kind, lease): (&'static str, Uuid),
    sagas: &[NewSaga],
    at: OffsetDateTime,
) -> Result<Vec<Job>, sqlx::Error> {
    #[expect(clippy::disallowed_methods, reason = "the schema is the service's search path")]
    let statement = sqlx::query_as::<_, Job>(
        "insert into queue (kind, key, payload, customers, created_at, lease, leased_until)
         select $1, key, payload, array(select jsonb_array_elements_text(customers)::uuid), $2::timestamptz, $3::uuid,
             now() + $4 * interval '1 second'
         from unnest((select $5::text[]), (select $6::bytea[]), (select $7::jsonb[])) with ordinality
             as row (key, payload, customers, place)
         order by place
         returning job_id, key, version, null::bytea as payload, attempts, created_at, customers, compensates_from,
             array[]::bigint[] as dead_versions",
    );
    let mut jobs = statement
        .bind(kind)
        .bind(at)
        .bind(lease)
        .bind(LEASE.as_secs_f64())
        .bind(sagas.iter().map(|saga| saga.id.to_string()).collect::<Vec<_>>())
        .bind(sagas.iter().map(|saga| saga.payload.as_slice()).collect::<Vec<_>>())
        .bind(sagas.iter().map(|saga| Json(&saga.customers)).collect::<Vec<_>>())
        .fetch_all(transaction)
        .await?;
    // They were given ids in the order of the places.
    jobs.sort_unstable_by_key(|job| job.id);
    Ok(jobs)
}

/// Has a saga compensate from `step` backwards from now on, with as many attempts as it had forward; false where its lease is another's.
pub(super) async fn begin_compensation(
    executor: impl PgExecutor<'_>,
    lease: Uuid,
    job: i64,
    step: i32,
) -> Result<bool, sqlx::Error> {
    #[expect(clippy::disallowed_methods, reason = "the schema is the service's search path")]
    let statement =
        sqlx::query("update queue set compensates_from = $3, attempts = 0 where job_id = $1 and lease = $2");
    Ok(statement.bind(job).bind(lease).bind(step).execute(executor).await?.rows_affected() > 0)
}

/// Ends sagas; gives those that were still under this lease, and are nobody else's to end.
pub(super) async fn delete_all(
    transaction: &mut Transaction,
    lease: Uuid,
    jobs: &[i64],
) -> Result<Vec<i64>, sqlx::Error> {
    #[expect(clippy::disallowed_methods, reason = "the schema is the service's search path")]
    let statement = sqlx::query_scalar(
        "delete from queue where job_id = any((select $1::bigint[])::bigint[]) and lease = $2 returning job_id",
    );
    statement.bind(jobs).bind(lease).fetch_all(transaction).await
}

/// Leases the sagas of a kind that concern a customer and on which nobody works, due or not.
pub(super) async fn take_over(
    executor: impl PgExecutor<'_>,
    (kind, lease): (&'static str, Uuid),
    customer: CustomerId,
) -> Result<Vec<Job>, sqlx::Error> {
    #[expect(clippy::disallowed_methods, reason = "the schema is the service's search path")]
    let statement = sqlx::query_as(
        "update queue set lease = $2, leased_until = now() + $3 * interval '1 second'
         where customers @> array[$4::uuid] and kind = $1 and dead_at is null
             and (leased_until is null or leased_until < now())
         returning job_id, key, version, payload, attempts, created_at, customers, compensates_from,
             array[]::bigint[] as dead_versions",
    );
    statement.bind(kind).bind(lease).bind(LEASE.as_secs_f64()).bind(customer).fetch_all(executor).await
}

/// Plans of sagas of a kind that concern a customer, with all the customers they concern.
pub(super) async fn find(
    executor: impl PgExecutor<'_>,
    kind: &'static str,
    customer: CustomerId,
) -> Result<Vec<(Vec<u8>, Vec<CustomerId>)>, sqlx::Error> {
    #[expect(clippy::disallowed_methods, reason = "the schema is the service's search path")]
    let statement = sqlx::query_as(
        "select payload, customers from queue where customers @> array[$2::uuid] and kind = $1 order by job_id",
    );
    statement.bind(kind).bind(customer).fetch_all(executor).await
}
