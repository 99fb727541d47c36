//! Jobs that were given up: seen, tried again and dropped by people. Nothing of them that is shown is personal.

mod rpc;

pub(crate) use self::rpc::DeadLetterRpc;

use super::Queue;
use patron_proto::event::v1::Event;
use patron_values::id::CustomerId;
use prost::Message as _;
use sqlx::FromRow;
use std::fmt;
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

/// A job that was given up.
#[derive(Debug, Clone, FromRow)]
pub struct DeadLetter {
    /// Its id in the queue.
    #[sqlx(rename = "job_id")]
    pub id: i64,
    /// Who should have done it: for an event the consumer.
    pub kind: String,
    /// What it was ordered by: for an event the aggregate.
    pub key: Option<String>,
    /// Of the aggregate, where it is an event.
    pub version: Option<i64>,
    /// The customers concerned, where it is a saga.
    pub customers: Option<Vec<CustomerId>>,
    /// How often it failed.
    pub attempts: i32,
    /// Class of the last failure.
    pub error: String,
    /// When it was asked for.
    pub created_at: OffsetDateTime,
    /// When it was given up.
    #[sqlx(rename = "dead_at")]
    pub since: OffsetDateTime,
    payload: Option<Vec<u8>>,
}

impl DeadLetter {
    /// The event it is, where it is one that can be read.
    fn event(&self) -> Option<Event> {
        self.version.and(self.payload.as_deref()).and_then(|payload| Event::decode(payload).ok())
    }
}

impl fmt::Display for DeadLetter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let since = self.since.format(&Rfc3339).map_err(|_| fmt::Error)?;
        write!(
            f,
            "{} to {} since {since}: {} after {} attempts",
            self.id, self.kind, self.error, self.attempts
        )?;
        if let Some(key) = &self.key {
            write!(f, ", {key}")?;
        }
        if let Some(version) = self.version {
            write!(f, "@{version}")?;
        }
        if let Some(event) = self.event() {
            write!(f, ", {} {} from {}", event.r#type, event.event_id, event.source)?;
        }
        Ok(())
    }
}

/// Which dead letters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Which {
    /// All there are.
    All,
    /// Those of these ids.
    These(Vec<i64>),
}

impl Which {
    fn ids(self) -> Option<Vec<i64>> {
        match self {
            Self::All => None,
            Self::These(ids) => Some(ids),
        }
    }
}

impl Queue {
    /// Dead letters with ids above `after`, in the order of their ids, at most `limit`.
    pub async fn dead_letters(
        &self,
        which: Which,
        after: i64,
        limit: i64,
    ) -> Result<Vec<DeadLetter>, sqlx::Error> {
        #[expect(clippy::disallowed_methods, reason = "the schema is the service's search path")]
        let statement = sqlx::query_as(
            "select job_id, kind, key, version, customers, attempts, error, created_at, dead_at, payload from queue
             where dead_at is not null and ($1::bigint[] is null or job_id = any($1)) and job_id > $2
             order by job_id limit $3",
        );
        statement.bind(which.ids()).bind(after).bind(limit).fetch_all(self.database()).await
    }

    /// Has dead letters tried again, as if for the first time. Returns how many there were.
    pub async fn retry_dead_letters(&self, which: Which) -> Result<u64, sqlx::Error> {
        #[expect(clippy::disallowed_methods, reason = "the schema is the service's search path")]
        let statement = sqlx::query(
            "update queue set dead_at = null, attempts = 0, due_at = now()
             where dead_at is not null and ($1::bigint[] is null or job_id = any($1))",
        );
        Ok(statement.bind(which.ids()).execute(self.database()).await?.rows_affected())
    }

    /// Drops dead letters for good. Of an event its consumer learns that it will not come; then nothing is left of it. Sagas are left:
    /// without them their customers would stay half-way. Returns how many were dropped.
    pub async fn drop_dead_letters(&self, which: Which) -> Result<u64, sqlx::Error> {
        #[expect(clippy::disallowed_methods, reason = "the schema is the service's search path")]
        let statement = sqlx::query_scalar::<_, i64>(
            "with dropped as (
                 update queue set dead_at = null, attempts = 0, due_at = now(), payload = null
                 where dead_at is not null and version is not null and ($1::bigint[] is null or job_id = any($1))
                 returning 1),
             deleted as (
                 delete from queue
                 where dead_at is not null and version is null and customers is null and ($1::bigint[] is null or job_id = any($1))
                 returning 1)
             select (select count(*) from dropped) + (select count(*) from deleted)",
        );
        let dropped = statement.bind(which.ids()).fetch_one(self.database()).await?;
        Ok(u64::try_from(dropped).unwrap_or_default())
    }
}
