//! Counted attempts.

use crate::throttle::Ladder;
use patron_chassis::pg::Transaction;
use sqlx::PgExecutor;
use time::OffsetDateTime;

/// What became of an attempt.
#[derive(Debug)]
pub struct Counted {
    /// Whether it came late enough.
    pub admitted: bool,
    /// When the next may come; `None` where the row is not yet visible.
    pub retry_at: Option<OffsetDateTime>,
}

/// Counts an attempt unless it comes too soon.
pub async fn count(
    executor: impl PgExecutor<'_>,
    bucket: &[u8],
    ladder: Ladder,
    now: OffsetDateTime,
) -> Result<Counted, sqlx::Error> {
    sqlx::query_as!(
        Counted,
        r#"with counted as (
               insert into identity.throttle as known (bucket, attempts, retry_at, forget_at)
               values ($1, 1, $2, $3)
               on conflict (bucket) do update set
                   attempts = case when known.forget_at <= $2 then 1 else known.attempts + 1 end,
                   retry_at = $2 + make_interval(secs => case
                       when known.forget_at <= $2 or known.attempts < $4 then 0
                       else ($5::double precision[])[least(known.attempts + 1 - $4, cardinality($5))] end),
                   forget_at = case when known.forget_at <= $2 then excluded.forget_at else known.forget_at end
               where known.retry_at <= $2
               returning bucket)
           select exists (select from counted) as "admitted!",
               (select retry_at from identity.throttle where bucket = $1) as retry_at"#,
        bucket,
        now,
        now + ladder.forget,
        ladder.free,
        ladder.waits_s,
    )
    .fetch_one(executor)
    .await
}

/// Forgets the attempts for a name, and one of those from an address.
pub async fn forgive(
    transaction: &mut Transaction,
    name: &[u8],
    address: Option<&[u8]>,
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "with forgotten as (delete from identity.throttle where bucket = $1)
         update identity.throttle set attempts = greatest(attempts - 1, 0), retry_at = $3 where bucket = $2",
        name,
        address,
        now,
    )
    .execute(transaction)
    .await
    .map(drop)
}

/// Removes up to `limit` rows that count no more.
pub async fn delete_forgotten(
    executor: impl PgExecutor<'_>,
    now: OffsetDateTime,
    limit: i64,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "delete from identity.throttle where bucket in (
             select bucket from identity.throttle where forget_at <= $1 order by forget_at limit $2 for update skip locked)",
        now,
        limit,
    )
    .execute(executor)
    .await
    .map(drop)
}
