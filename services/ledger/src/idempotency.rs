//! Requests that may be repeated: the same `request_id` and body from the same caller give the same resource for 24 hours.
//!
//! The row is written in the transaction of the change, so of two requests in parallel one waits for the other's outcome.

use crate::sweep;
use aws_lc_rs::digest;
use patron_chassis::pg::{Database, Transaction};
use patron_values::id::OperationId;
use prost::Name;
use sqlx::PgExecutor;
use std::{collections::HashMap, time::Duration};
use uuid::Uuid;

/// How long a request can be repeated. Longer costs table space only.
pub const KEPT: Duration = Duration::from_hours(24);

/// One request as it is recognised when it comes again.
#[derive(Debug, Clone)]
pub struct Request {
    caller: String,
    id: Uuid,
    body_hash: Vec<u8>,
}

/// Whether a request came before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Seen {
    /// It is new.
    Never,
    /// It was carried out for this resource: read that again.
    Before(Uuid),
    /// Its id came with another body: refuse it.
    WithOtherBody,
}

impl Request {
    /// The request of `caller`, where it has an id; a request without one is new each time.
    ///
    /// `body` is the whole request: everything in it counts and which RPC it is for, and the codec has checked that the id is a UUID.
    pub fn new<T: Name>(caller: &str, request_id: &str, body: &T) -> Option<Self> {
        let id = Uuid::try_parse(request_id).ok()?;
        // prost writes fields in the order of their numbers, so equal messages have equal bytes.
        let whole = [T::full_name().as_bytes(), b"\0", &body.encode_to_vec()].concat();
        let body_hash = digest::digest(&digest::SHA256, &whole).as_ref().to_vec();
        Some(Self { caller: caller.to_owned(), id, body_hash })
    }

    /// That of `caller` for one resource among those of an operation, which does the same to each once.
    pub fn of_part(caller: &str, operation: OperationId, part: Uuid) -> Self {
        let whole = [b"operation\0".as_slice(), operation.0.as_bytes(), part.as_bytes()].concat();
        // Both are mostly random, and so is this.
        let id = Uuid::from_u128(operation.0.as_u128() ^ part.as_u128());
        let body_hash = digest::digest(&digest::SHA256, &whole).as_ref().to_vec();
        Self { caller: caller.to_owned(), id, body_hash }
    }

    /// Records the request for `resource`, or finds that it was recorded before. Waits for a transaction that is just
    /// recording the same request.
    pub async fn record(&self, transaction: &mut Transaction, resource: Uuid) -> Result<Seen, sqlx::Error> {
        Ok(Self::record_all(transaction, &[(self, resource)]).await?.pop().unwrap_or(Seen::Never))
    }

    /// The same for several requests of one caller with different ids; the answers stand in their order.
    pub async fn record_all(
        transaction: &mut Transaction,
        requests: &[(&Self, Uuid)],
    ) -> Result<Vec<Seen>, sqlx::Error> {
        let Some((first, _)) = requests.first() else { return Ok(Vec::new()) };
        #[expect(clippy::disallowed_methods, reason = "the schema is the service's search path")]
        let statement = sqlx::query_as::<_, (Uuid, Uuid, Vec<u8>, bool)>(
            "insert into idempotency (caller, request_id, body_hash, resource_id)
             select $1, request_id, body_hash, resource_id
             from unnest((select $2::uuid[]), (select $3::bytea[]), (select $4::uuid[]))
                 as row (request_id, body_hash, resource_id)
             -- in one order for all, so that two transactions cannot wait for each other
             order by request_id
             on conflict (caller, request_id) do update set caller = excluded.caller
             returning request_id, resource_id, body_hash, xmax = 0",
        );
        // `xmax` is 0 in a row that this statement inserted, and names this transaction in one that was there before.
        let recorded = statement
            .bind(&first.caller)
            .bind(requests.iter().map(|(request, _)| request.id).collect::<Vec<_>>())
            .bind(requests.iter().map(|(request, _)| request.body_hash.as_slice()).collect::<Vec<_>>())
            .bind(requests.iter().map(|(_, resource)| *resource).collect::<Vec<_>>())
            .fetch_all(transaction)
            .await?;
        let recorded: HashMap<Uuid, (Uuid, Vec<u8>, bool)> = recorded
            .into_iter()
            .map(|(id, resource, hash, inserted)| (id, (resource, hash, inserted)))
            .collect();
        let seen = requests.iter().map(|(request, _)| match recorded.get(&request.id) {
            Some((known, hash, false)) if *hash == request.body_hash => Seen::Before(*known),
            Some((_, _, false)) => Seen::WithOtherBody,
            Some((_, _, true)) | None => Seen::Never,
        });
        Ok(seen.collect())
    }

    /// Whether the request came before, without recording it.
    pub async fn find(&self, executor: impl PgExecutor<'_>) -> Result<Seen, sqlx::Error> {
        #[expect(clippy::disallowed_methods, reason = "the schema is the service's search path")]
        let statement = sqlx::query_as::<_, (Uuid, Vec<u8>)>(
            "select resource_id, body_hash from idempotency where caller = $1 and request_id = $2",
        );
        let known = statement.bind(&self.caller).bind(self.id).fetch_optional(executor).await?;
        Ok(match known {
            None => Seen::Never,
            Some((known, body_hash)) if body_hash == self.body_hash => Seen::Before(known),
            Some(_) => Seen::WithOtherBody,
        })
    }

    /// Forgets the request: its change was undone, and it may be tried again.
    pub async fn forget(transaction: &mut Transaction, resource: Uuid) -> Result<(), sqlx::Error> {
        #[expect(clippy::disallowed_methods, reason = "the schema is the service's search path")]
        let statement = sqlx::query("delete from idempotency where resource_id = $1");
        statement.bind(resource).execute(transaction).await.map(drop)
    }
}

/// Removes expired rows, at most [`sweep::ROWS`], and says how many.
pub(crate) async fn delete_expired(database: &Database) -> Result<u64, sqlx::Error> {
    #[expect(clippy::disallowed_methods, reason = "the schema is the service's search path")]
    let statement = sqlx::query(
        "delete from idempotency where (caller, request_id) in (
             select caller, request_id from idempotency where created_at < now() - $1 * interval '1 second'
             order by created_at limit $2)",
    );
    Ok(statement.bind(KEPT.as_secs_f64()).bind(sweep::ROWS).execute(database).await?.rows_affected())
}
