//! Table `operation`.

use super::About;
use crate::sweep;
use patron_chassis::pg::{Database, Transaction};
use patron_proto::google::rpc;
use patron_values::{
    field_set::Field,
    filter::{Filter, Kind},
    id::OperationId,
};
use prost::Message as _;
use sqlx::{FromRow, PgExecutor, QueryBuilder};
use std::{sync::LazyLock, time::Duration};
use time::OffsetDateTime;
use tonic::Code;
use uuid::Uuid;

/// How long an operation is kept after its end. Longer costs table space only.
const KEPT: Duration = Duration::from_hours(30 * 24);

/// What operations can be filtered by.
pub(super) static FILTERS: LazyLock<[Field<Operation>; 3]> = LazyLock::new(|| {
    [
        Field::new("kind", "o.kind").filtered(Kind::Text),
        Field::new("action", "o.action").filtered(Kind::Text),
        Field::new("done", "(o.ended_at is not null)").filtered(Kind::Bool),
    ]
});

/// Items of an operation.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, FromRow)]
pub struct Counts {
    /// Those that are done.
    #[sqlx(rename = "done_count")]
    pub done: i64,
    /// Those that failed, and were passed over.
    #[sqlx(rename = "failed_count")]
    pub failed: i64,
    /// All, where that is known; 0 otherwise.
    #[sqlx(rename = "total_count")]
    pub total: i64,
}

/// An operation as it is kept.
#[derive(Debug, Clone, FromRow)]
pub struct Operation {
    #[sqlx(rename = "operation_id")]
    pub(super) id: OperationId,
    pub(super) kind: String,
    pub(super) action: String,
    pub(super) target: String,
    pub(super) started_by: String,
    #[sqlx(flatten)]
    pub(super) counts: Counts,
    pub(super) cancelled: bool,
    pub(super) created_at: OffsetDateTime,
    pub(super) started_at: Option<OffsetDateTime>,
    pub(super) ended_at: Option<OffsetDateTime>,
    pub(super) error: Option<Vec<u8>>,
    pub(super) response: Option<Vec<u8>>,
}

impl Operation {
    /// Its id.
    pub fn id(&self) -> OperationId {
        self.id
    }
}

/// One that is to be stored.
pub(super) struct NewOperation {
    pub(super) id: OperationId,
    pub(super) kind: &'static str,
    pub(super) about: About,
    pub(super) started_by: String,
    pub(super) argument: Vec<u8>,
}

/// What a worker goes on with.
#[derive(Debug, FromRow)]
pub(super) struct UnderWay {
    pub(super) argument: Vec<u8>,
    pub(super) place: Option<Vec<u8>>,
    pub(super) cancelled: bool,
    /// What this worker shows when it notes or ends something.
    pub(super) worker: Uuid,
}

/// How an operation ends.
#[derive(Debug)]
pub(super) enum End {
    Error(Vec<u8>),
    Response(Vec<u8>),
}

pub(super) async fn insert(
    transaction: &mut Transaction,
    new: NewOperation,
    at: OffsetDateTime,
) -> Result<Operation, sqlx::Error> {
    #[expect(clippy::disallowed_methods, reason = "the schema is the service's search path")]
    let statement = sqlx::query_as(
        "insert into operation (operation_id, kind, started_by, argument, created_at, action, target)
         values ($1, $2, $3, $4, $5, $6, $7)
         returning operation_id, kind, action, target, started_by, done_count, failed_count, total_count, cancelled, created_at, started_at,
             ended_at, error, response",
    );
    statement
        .bind(new.id)
        .bind(new.kind)
        .bind(new.started_by)
        .bind(new.argument)
        .bind(at)
        .bind(new.about.action)
        .bind(new.about.target)
        .fetch_one(transaction)
        .await
}

/// Whose operations, and after which one, the newest first.
#[derive(Debug, Clone, Copy)]
pub(super) struct Which<'w> {
    /// Those started by this caller; `None` for all.
    pub(super) started_by: Option<&'w str>,
    pub(super) only: Option<OperationId>,
    pub(super) before: Option<Uuid>,
}

/// An operation, where it was started by this caller; by whomever with `None`.
pub async fn find(
    database: &Database,
    id: OperationId,
    started_by: Option<&str>,
) -> Result<Option<Operation>, sqlx::Error> {
    let which = Which { started_by, only: Some(id), before: None };
    Ok(list(database, which, &Filter::default(), 1).await?.pop())
}

pub(super) async fn list(
    database: &Database,
    which: Which<'_>,
    filter: &Filter,
    limit: i64,
) -> Result<Vec<Operation>, sqlx::Error> {
    let mut statement = QueryBuilder::new(
        "select operation_id, kind, action, target, started_by, done_count, failed_count, total_count, cancelled, created_at, started_at,
             ended_at, error, response
         from operation as o where true",
    );
    if let Some(caller) = which.started_by {
        statement.push(" and started_by = ").push_bind(caller.to_owned());
    }
    if let Some(id) = which.only {
        statement.push(" and operation_id = ").push_bind(id);
    }
    if let Some(before) = which.before {
        statement.push(" and operation_id < ").push_bind(before);
    }
    statement.push(" and ");
    filter.push(&mut statement);
    statement.push(" order by operation_id desc limit ").push_bind(limit);
    statement.build_query_as().fetch_all(database).await
}

/// How many operations of a kind, started by one caller, have not ended.
pub async fn count_under_way(
    executor: impl PgExecutor<'_>,
    kind: &str,
    started_by: &str,
) -> Result<i64, sqlx::Error> {
    #[expect(clippy::disallowed_methods, reason = "the schema is the service's search path")]
    let statement = sqlx::query_scalar(
        "select count(*) from operation where started_by = $1 and kind = $2 and ended_at is null",
    );
    statement.bind(started_by).bind(kind).fetch_one(executor).await
}

/// Whether an operation of a kind waits for a worker.
pub(super) async fn waits(executor: impl PgExecutor<'_>, kind: &str) -> Result<bool, sqlx::Error> {
    #[expect(clippy::disallowed_methods, reason = "the schema is the service's search path")]
    let statement = sqlx::query_scalar(
        "select exists (
             select from queue where kind = $1 and staged_for is null and dead_at is null and due_at <= now()
                 and (leased_until is null or leased_until < now()))",
    );
    statement.bind(kind).fetch_one(executor).await
}

/// Has an operation end soon; a worker that waits looks at it at once.
pub(super) async fn cancel(executor: impl PgExecutor<'_>, id: OperationId) -> Result<(), sqlx::Error> {
    #[expect(clippy::disallowed_methods, reason = "the schema is the service's search path")]
    let statement = sqlx::query(
        "with cancelled as (
             update operation set cancelled = true where operation_id = $1 and ended_at is null returning kind)
         update queue set due_at = least(due_at, now())
         where kind = (select kind from cancelled) and key = $1::text and dead_at is null",
    );
    statement.bind(id).execute(executor).await.map(drop)
}

/// Forgets an operation that has ended, and says whether it had.
pub(super) async fn delete(executor: impl PgExecutor<'_>, id: OperationId) -> Result<bool, sqlx::Error> {
    #[expect(clippy::disallowed_methods, reason = "the schema is the service's search path")]
    let statement = sqlx::query("delete from operation where operation_id = $1 and ended_at is not null");
    Ok(statement.bind(id).execute(executor).await?.rows_affected() > 0)
}

/// Begins or goes on with an operation, and keeps from it whoever did so before; `None` where it has ended.
pub(super) async fn begin(
    executor: impl PgExecutor<'_>,
    id: OperationId,
    at: OffsetDateTime,
) -> Result<Option<UnderWay>, sqlx::Error> {
    #[expect(clippy::disallowed_methods, reason = "the schema is the service's search path")]
    let statement = sqlx::query_as(
        "update operation set started_at = coalesce(started_at, $2), worker = gen_random_uuid()
         where operation_id = $1 and ended_at is null
         returning argument, place, cancelled, worker",
    );
    statement.bind(id).bind(at).fetch_optional(executor).await
}

/// Notes how far an operation has come, and says whether it was cancelled; `None` where it has ended or another worker has it.
pub(super) async fn note(
    executor: impl PgExecutor<'_>,
    (id, worker): (OperationId, Uuid),
    place: &[u8],
    counts: Counts,
) -> Result<Option<bool>, sqlx::Error> {
    #[expect(clippy::disallowed_methods, reason = "the schema is the service's search path")]
    let statement = sqlx::query_scalar(
        "update operation set place = $2, done_count = $3, failed_count = $4, total_count = $5
         where operation_id = $1 and ended_at is null and worker = $6
         returning cancelled",
    );
    let counted = statement.bind(id).bind(place).bind(counts.done).bind(counts.failed).bind(counts.total);
    counted.bind(worker).fetch_optional(executor).await
}

/// Ends an operation; false where it has ended or another worker has it.
pub(super) async fn end(
    executor: impl PgExecutor<'_>,
    (id, worker): (OperationId, Uuid),
    end: End,
    at: OffsetDateTime,
) -> Result<bool, sqlx::Error> {
    let (error, response) = match end {
        End::Error(error) => (Some(error), None),
        End::Response(response) => (None, Some(response)),
    };
    #[expect(clippy::disallowed_methods, reason = "the schema is the service's search path")]
    let statement = sqlx::query(
        "update operation set error = $2, response = $3, ended_at = $4
         where operation_id = $1 and ended_at is null and worker = $5",
    );
    let ended = statement.bind(id).bind(error).bind(response).bind(at).bind(worker).execute(executor).await?;
    Ok(ended.rows_affected() > 0)
}

/// Ends operations of which no job is left that could: it was given up, since each process that did it ended, or was dropped. Says how
/// many, at most [`sweep::ROWS`].
pub async fn end_abandoned(database: &Database) -> Result<u64, sqlx::Error> {
    let message = "the work was given up: each process that did it ended before it did".to_owned();
    let error = rpc::Status { code: Code::Aborted.into(), message, ..rpc::Status::default() };
    #[expect(clippy::disallowed_methods, reason = "the schema is the service's search path")]
    let statement = sqlx::query(
        "update operation set error = $1, ended_at = now() where operation_id in (
             select operation_id from operation where ended_at is null and not exists (
                 select from queue
                 where queue.kind = operation.kind and key = operation_id::text and dead_at is null)
             limit $2)",
    );
    let ended = statement.bind(error.encode_to_vec()).bind(sweep::ROWS).execute(database).await?;
    Ok(ended.rows_affected())
}

/// Removes operations that ended long ago, at most [`sweep::ROWS`], and says how many.
pub(crate) async fn delete_old(database: &Database) -> Result<u64, sqlx::Error> {
    #[expect(clippy::disallowed_methods, reason = "the schema is the service's search path")]
    let statement = sqlx::query(
        "delete from operation where operation_id in (
             select operation_id from operation where ended_at < now() - $1 * interval '1 second'
             order by ended_at limit $2)",
    );
    Ok(statement.bind(KEPT.as_secs_f64()).bind(sweep::ROWS).execute(database).await?.rows_affected())
}
