//! Counted attempts.

use crate::throttle::{ADDRESS, Attempt};
use patron_chassis::pg::Transaction;
use sqlx::PgExecutor;
use time::OffsetDateTime;

/// What became of an attempt.
#[derive(Debug)]
pub struct Admitted {
    /// Whether it came late enough.
    pub admitted: bool,
    /// When the next may come; `None` where the row is not yet visible.
    pub retry_at: Option<OffsetDateTime>,
}

/// Whether an account has signed in from an address since a time.
pub async fn is_known(
    executor: impl PgExecutor<'_>,
    known: &[u8],
    since: OffsetDateTime,
) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select exists (select from identity.known_address where bucket = $1 and seen_at > $2) as "known!""#,
        known,
        since,
    )
    .fetch_one(executor)
    .await
}

/// An account whose next attempt must wait.
#[derive(Debug)]
pub struct Held {
    /// Its bucket.
    pub bucket: Vec<u8>,
    /// The latest time that any attempt must wait for.
    pub retry_at: OffsetDateTime,
}

/// Those of these accounts whose next attempt must wait, somewhere.
pub async fn list_held(
    executor: impl PgExecutor<'_>,
    accounts: &[Vec<u8>],
    now: OffsetDateTime,
) -> Result<Vec<Held>, sqlx::Error> {
    sqlx::query_as!(
        Held,
        r#"select coalesce(account_bucket, bucket) as "bucket!", max(retry_at) as "retry_at!"
           from identity.throttle
           where (bucket = any($1) or account_bucket = any($1)) and retry_at > $2 and forget_at > $2
           group by 1"#,
        accounts,
        now,
    )
    .fetch_all(executor)
    .await
}

/// Forgets the failures of an account, at every address.
pub async fn delete_of(transaction: &mut Transaction, account: &[u8]) -> Result<(), sqlx::Error> {
    sqlx::query!("delete from identity.throttle where bucket = $1 or account_bucket = $1", account)
        .execute(transaction)
        .await
        .map(drop)
}

/// Opens an attempt, unless it comes too soon, or as many are open as fail without a delay. It lapses by itself.
pub async fn admit(
    executor: impl PgExecutor<'_>,
    attempt: &Attempt,
    now: OffsetDateTime,
    lapses_at: OffsetDateTime,
) -> Result<Admitted, sqlx::Error> {
    sqlx::query_as!(
        Admitted,
        r#"with held as (
               select retry_at from identity.throttle where bucket = $2 and retry_at > $3 and forget_at > $3),
           counted as (
               insert into identity.throttle as known (bucket, attempts, retry_at, forget_at, open, lapses_at, account_bucket)
               select $1, 0, $3, $4, 1, $5, $7::bytea where not exists (select from held)
               on conflict (bucket) do update set
                   attempts = case when known.forget_at <= $3 then 0 else known.attempts end,
                   forget_at = case when known.forget_at <= $3 then excluded.forget_at else known.forget_at end,
                   open = case when known.lapses_at <= $3 then 1 else known.open + 1 end,
                   lapses_at = excluded.lapses_at
               where known.retry_at <= $3
                   and (known.forget_at <= $3 or known.lapses_at <= $3 or known.open = 0
                       or known.attempts + known.open <= $6)
               returning bucket)
           select exists (select from counted) as "admitted!",
               coalesce((select retry_at from held),
                   (select retry_at from identity.throttle where bucket = $1)) as retry_at"#,
        attempt.account.as_slice(),
        attempt.address.as_ref().map(|origin| origin.address.as_slice()),
        now,
        now + attempt.backoff.forget,
        lapses_at,
        attempt.backoff.free,
        attempt.owner.as_ref().map(<[u8; 32]>::as_slice),
    )
    .fetch_one(executor)
    .await
}

/// Counts an open attempt as failed: for its account, and for its address where it is the first of this account from there.
pub async fn fail(
    executor: impl PgExecutor<'_>,
    attempt: &Attempt,
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "with paired as (
             insert into identity.throttle as known (bucket, attempts, retry_at, forget_at)
             select $2, 1, $4, $5 where $2::bytea is not null
             on conflict (bucket) do update set forget_at = excluded.forget_at where known.forget_at <= $4
             returning bucket),
         slowed as (
             insert into identity.throttle as known (bucket, attempts, retry_at, forget_at)
             select $3, 1, $4, $5 where exists (select from paired)
             on conflict (bucket) do update set
                 attempts = case when known.forget_at <= $4 then 1 else known.attempts + 1 end,
                 retry_at = $4 + make_interval(secs => case
                     when known.forget_at <= $4 or known.attempts < $6 then 0
                     else ($7::double precision[])[least(known.attempts + 1 - $6, cardinality($7))] end),
                 forget_at = case when known.forget_at <= $4 then excluded.forget_at else known.forget_at end)
         update identity.throttle set
             attempts = attempts + 1,
             open = greatest(open - 1, 0),
             retry_at = $4 + make_interval(secs => case
                 when attempts < $8 then 0
                 else ($9::double precision[])[least(attempts + 1 - $8, cardinality($9))] end)
         where bucket = $1",
        attempt.account.as_slice(),
        attempt.address.as_ref().map(|origin| origin.pair.as_slice()),
        attempt.address.as_ref().map(|origin| origin.address.as_slice()),
        now,
        now + ADDRESS.forget,
        ADDRESS.free,
        ADDRESS.waits_s,
        attempt.backoff.free,
        attempt.backoff.waits_s,
    )
    .execute(executor)
    .await
    .map(drop)
}

/// Forgets the failures of an account, counts it no more for its address, and notes that it is known there.
pub async fn reset(
    transaction: &mut Transaction,
    attempt: &Attempt,
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "with forgotten as (delete from identity.throttle where bucket = $1),
         unpaired as (delete from identity.throttle where bucket = $2 returning bucket),
         eased as (
             update identity.throttle set attempts = greatest(attempts - 1, 0)
             where bucket = $3 and exists (select from unpaired))
         insert into identity.known_address (bucket, seen_at) select $4, $5 where $4::bytea is not null
         on conflict (bucket) do update set seen_at = excluded.seen_at",
        attempt.account.as_slice(),
        attempt.address.as_ref().map(|origin| origin.pair.as_slice()),
        attempt.address.as_ref().map(|origin| origin.address.as_slice()),
        attempt.known.as_ref().map(<[u8; 32]>::as_slice),
        now,
    )
    .execute(transaction)
    .await
    .map(drop)
}

/// Closes an open attempt that was never looked at.
pub async fn give_back(executor: impl PgExecutor<'_>, attempt: &Attempt) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update identity.throttle set open = greatest(open - 1, 0) where bucket = $1",
        attempt.account.as_slice(),
    )
    .execute(executor)
    .await
    .map(drop)
}

/// Removes up to `limit` rows that count no more, and says how many there were.
pub async fn delete_forgotten(
    executor: impl PgExecutor<'_>,
    now: OffsetDateTime,
    limit: i64,
) -> Result<u64, sqlx::Error> {
    let done = sqlx::query!(
        "delete from identity.throttle where bucket in (
             select bucket from identity.throttle where forget_at <= $1 order by forget_at limit $2 for update skip locked)",
        now,
        limit,
    )
    .execute(executor)
    .await?;
    Ok(done.rows_affected())
}

/// Removes up to `limit` addresses where accounts were not seen since a time, and says how many there were.
pub async fn delete_unseen(
    executor: impl PgExecutor<'_>,
    since: OffsetDateTime,
    limit: i64,
) -> Result<u64, sqlx::Error> {
    let done = sqlx::query!(
        "delete from identity.known_address where bucket in (
             select bucket from identity.known_address where seen_at <= $1 order by seen_at limit $2
             for update skip locked)",
        since,
        limit,
    )
    .execute(executor)
    .await?;
    Ok(done.rows_affected())
}
