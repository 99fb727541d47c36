//! What is to be done later: stored in the transaction that asks for it, leased by a worker of any replica, tried again with backoff,
//! and set aside as a dead letter when it fails for good.
//!
//! A worker [leases](Queue::lease) jobs in one statement, works on them without a transaction, and [settles](Queue::settle) them. A
//! worker that dies loses its lease after a while. So each job is done at least once, and must stand being done again. [`Queue::work`]
//! does that for jobs that stand for themselves; the relay of the outbox does it for whole batches of events.

pub mod dead_letter;
mod job;
mod metric;
mod rounds;
mod worker;

pub use self::job::{Job, NewJob, Settlement};
pub(crate) use self::{
    metric::watch,
    rounds::{AFTER_FAILURE, Concurrency, Next},
};

use futures::future::{Either, select};
use patron_chassis::pg::{Database, Transaction};
use sqlx::{FromRow as _, Row as _, postgres::PgRow};
use std::{pin::pin, time::Duration};
use uuid::Uuid;

/// How long a worker has a job for itself. A job whose worker died waits as long, so it stays well under the 30 s in which a
/// creation is to be whole or gone.
pub const LEASE: Duration = Duration::from_secs(10);
/// Failures after which a job is a dead letter: with the backoff in between, a good two minutes after the first.
pub const MOST_ATTEMPTS: i32 = 8;

/// The queue of one service. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Queue {
    database: Database,
}

/// How much to lease.
#[derive(Debug, Clone, Copy)]
pub struct LeaseLimits {
    /// Jobs at most.
    pub jobs: i64,
    /// Bytes of payloads at most; one job is leased whatever its size.
    pub bytes: i64,
    /// Whether the jobs behind the first of a key come with it, or wait until it is done.
    pub whole_keys: bool,
}

/// Jobs that are leased together, in the order of their ids.
#[derive(Debug)]
pub struct Batch {
    lease: Uuid,
    /// The jobs.
    pub jobs: Vec<Job>,
}

impl Queue {
    /// The queue in `database`.
    pub fn new(database: Database) -> Self {
        Self { database }
    }

    /// Adds jobs, which can be leased once `transaction` is committed. Workers of this process learn of it then.
    pub async fn enqueue(transaction: &mut Transaction, jobs: Vec<NewJob>) -> Result<(), sqlx::Error> {
        if jobs.is_empty() {
            return Ok(());
        }
        for job in jobs.iter().filter(|job| job.staged_for.is_none()) {
            transaction.wake(job.kind);
        }
        #[expect(clippy::disallowed_methods, reason = "the schema is the service's search path")]
        let statement = sqlx::query(
            "insert into queue (kind, key, version, staged_for, payload, due_at)
             select kind, key, version, staged_for, payload, now() + delay * interval '1 second'
             from unnest($1::text[], $2::text[], $3::bigint[], $4::uuid[], $5::bytea[], $6::float8[]) with ordinality
                 as row (kind, key, version, staged_for, payload, delay, place)
             order by place",
        );
        statement
            .bind(jobs.iter().map(|job| job.kind).collect::<Vec<_>>())
            .bind(jobs.iter().map(|job| job.key.as_deref()).collect::<Vec<_>>())
            .bind(jobs.iter().map(|job| job.version).collect::<Vec<_>>())
            .bind(jobs.iter().map(|job| job.staged_for).collect::<Vec<_>>())
            .bind(jobs.iter().map(|job| job.payload.as_slice()).collect::<Vec<_>>())
            .bind(jobs.iter().map(|job| job.delay.as_secs_f64()).collect::<Vec<_>>())
            .execute(transaction)
            .await
            .map(drop)
    }

    /// Leases jobs that are due: of each key the first one only, and those behind it where `limits` says so. Of several workers that
    /// ask at the same time each gets other keys.
    pub async fn lease(&self, kind: &str, limits: LeaseLimits) -> Result<Batch, sqlx::Error> {
        // What comes before and behind a job, and the jobs to lease, are looked for by subqueries and an array, which stay probes of one
        // index: a join might read the whole table for each of them, since Postgres takes a queue that was empty a minute ago for empty.
        // `+ 0` keeps it off the primary key: what comes before a job is looked for among the jobs of its key, not among all.
        // A lease need not outlive a crash, so it does not wait for the disk.
        #[expect(clippy::disallowed_methods, reason = "the schema is the service's search path")]
        let statement = sqlx::query(
            "with mine as materialized (select gen_random_uuid() as lease),
             head as materialized (
                 select job_id, key, coalesce(octet_length(payload), 0) as size from queue as head
                 where kind = $1 and staged_for is null and dead_at is null and due_at <= now()
                     and (leased_until is null or leased_until < now())
                     and (select true from queue as earlier
                          where earlier.kind = $1 and earlier.key = head.key and earlier.job_id + 0 < head.job_id
                              and earlier.dead_at is null
                          limit 1) is null
                 order by due_at, job_id limit $2 for update skip locked),
             candidate as (
                 select job_id, size from head
                 union all
                 select behind.job_id, behind.size from head cross join lateral (
                     select job_id, coalesce(octet_length(payload), 0) as size, staged_for, dead_at from queue
                     where kind = $1 and key = head.key
                     order by version limit (select greatest($2 / greatest(count(*), 1), 8) from head)) as behind
                 where $4 and behind.job_id > head.job_id and behind.staged_for is null and behind.dead_at is null),
             batch as materialized (
                 select job_id from (
                     select job_id, row_number() over ascending as place, sum(size) over ascending as bytes from candidate
                     window ascending as (order by job_id)) as counted
                 where place <= $2 and (bytes <= $3 or place = 1))
             update queue set lease = mine.lease, leased_until = now() + $5 * interval '1 second',
                 -- whoever had it did not come to its end
                 attempts = attempts + (queue.lease is not null)::integer
             from mine where queue.job_id = any(array(select job_id from batch))
             returning queue.job_id, key, version, payload, attempts, queue.lease, created_at, customers, compensates_from,
                 array(select dead.version from queue as dead
                       where dead.kind = $1 and dead.key = queue.key and dead.version < queue.version
                           and dead.dead_at is not null) as dead_versions,
                 set_config('synchronous_commit', 'off', true)",
        );
        let rows: Vec<PgRow> = statement
            .bind(kind)
            .bind(limits.jobs)
            .bind(limits.bytes)
            .bind(limits.whole_keys)
            .bind(LEASE.as_secs_f64())
            .fetch_all(&self.database)
            .await?;
        let lease = rows.first().map(|row| row.try_get("lease")).transpose()?.unwrap_or_default();
        let mut jobs = rows.iter().map(Job::from_row).collect::<Result<Vec<_>, _>>()?;
        jobs.sort_unstable_by_key(|job| job.id);
        Ok(Batch { lease, jobs })
    }

    /// Says what became of jobs of a batch. What another worker has leased meanwhile stays that one's, unless it is done.
    pub async fn settle(&self, lease: Uuid, settled: &[(Job, Settlement)]) -> Result<(), sqlx::Error> {
        let (done, kept): (Vec<_>, Vec<_>) =
            settled.iter().partition(|(_, settlement)| matches!(settlement, Settlement::Done));
        if !done.is_empty() {
            #[expect(clippy::disallowed_methods, reason = "the schema is the service's search path")]
            let delete = sqlx::query(
                "with gone as (delete from queue where job_id = any((select $1::bigint[])::bigint[]) returning 1)
                 select count(*), set_config('synchronous_commit', 'off', true) from gone",
            );
            delete.bind(ids(&done)).execute(&self.database).await?;
        }
        if kept.is_empty() {
            return Ok(());
        }
        let updates: Vec<_> = kept.iter().map(|(job, settlement)| settlement.update(job)).collect();
        #[expect(clippy::disallowed_methods, reason = "the schema is the service's search path")]
        let update = sqlx::query(
            "update queue set lease = null, leased_until = null, attempts = row.attempts,
                 due_at = now() + row.delay * interval '1 second', error = coalesce(row.error, queue.error),
                 dead_at = case when row.dead then now() end
             from unnest($1::bigint[], $2::integer[], $3::float8[], $4::text[], $5::bool[])
                 as row (job_id, attempts, delay, error, dead)
             where queue.job_id = any($1) and queue.job_id = row.job_id and lease = $6",
        );
        update
            .bind(ids(&kept))
            .bind(updates.iter().map(|update| update.attempts).collect::<Vec<_>>())
            .bind(updates.iter().map(|update| update.delay.as_secs_f64()).collect::<Vec<_>>())
            .bind(updates.iter().map(|update| update.error).collect::<Vec<_>>())
            .bind(updates.iter().map(|update| update.dead).collect::<Vec<_>>())
            .bind(lease)
            .execute(&self.database)
            .await
            .map(drop)
    }

    /// Makes a lease of jobs last for another [`LEASE`] from now.
    pub async fn renew(&self, lease: Uuid, jobs: &[i64]) -> Result<(), sqlx::Error> {
        #[expect(clippy::disallowed_methods, reason = "the schema is the service's search path")]
        let statement = sqlx::query(
            "update queue set leased_until = now() + $3 * interval '1 second' where job_id = any($2) and lease = $1",
        );
        statement.bind(lease).bind(jobs).bind(LEASE.as_secs_f64()).execute(&self.database).await.map(drop)
    }

    /// Makes the lease of jobs last for as long as `work` takes.
    pub(crate) async fn renewing<T>(&self, lease: Uuid, jobs: &[i64], work: impl Future<Output = T>) -> T {
        let renewing = async {
            loop {
                tokio::time::sleep(LEASE / 3).await;
                if let Err(error) = self.renew(lease, jobs).await {
                    tracing::warn!(?jobs, %error, "a lease could not be renewed");
                }
            }
        };
        match select(pin!(work), pin!(renewing)).await {
            Either::Left((done, _)) => done,
            Either::Right((never, _)) => never,
        }
    }

    /// Where it is stored.
    pub(crate) fn database(&self) -> &Database {
        &self.database
    }
}

impl Batch {
    /// What settles it, see [`Queue::settle`].
    pub fn lease(&self) -> Uuid {
        self.lease
    }
}

fn ids(settled: &[&(Job, Settlement)]) -> Vec<i64> {
    settled.iter().map(|(job, _)| job.id).collect()
}
