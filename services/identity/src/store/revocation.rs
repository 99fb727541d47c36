//! What was revoked before its time.

use crate::{role::RoleId, user::User};
use patron_chassis::pg::Transaction;
use patron_values::id::{CustomerId, SessionId, StaffId};
use sqlx::PgExecutor;
use time::OffsetDateTime;

/// A revocation as it is stored, with the snapshot that the whole answer knows.
#[derive(Debug)]
pub struct Row {
    /// Where the next look goes on: a `pg_snapshot`.
    pub snapshot: String,
    /// The transaction that wrote it, and which one it is.
    pub transaction_id: Option<i64>,
    /// The same.
    pub revocation_id: Option<i64>,
    /// The session that ended; `None` where an epoch was raised, or for the row that is there only for its position.
    pub session_id: Option<SessionId>,
    /// The member of staff whose epoch was raised.
    pub staff_id: Option<StaffId>,
    /// The customer whose epoch was raised.
    pub customer_id: Option<CustomerId>,
    /// The role whose epoch was raised.
    pub role_id: Option<RoleId>,
    /// The lowest epoch that counts.
    pub epoch: Option<i64>,
    /// When it can be forgotten.
    pub expires_at: Option<OffsetDateTime>,
}

/// Up to where revocations were read on the pages before: in the order of their transactions, and of their ids within one.
#[derive(Debug, Clone, Copy, Default)]
pub struct Cursor {
    /// The transaction.
    pub transaction: i64,
    /// The last revocation read of it; 0 for none.
    pub revocation: i64,
}

impl Row {
    /// Where it stands; `None` for the row that is there only for its position.
    pub fn cursor(&self) -> Option<Cursor> {
        Some(Cursor { transaction: self.transaction_id?, revocation: self.revocation_id? })
    }
}

/// The first `limit` revocations after a cursor that are not in the snapshot `since` and still matter; one row at least.
///
/// A transaction that commits late is in no earlier snapshot, so it is listed however long it was open; what is in a snapshot is not listed
/// again. A snapshot from before the database was restored can lie ahead of it: then it counts as none.
pub async fn list(
    executor: impl PgExecutor<'_>,
    since: Option<&str>,
    after: Cursor,
    now: OffsetDateTime,
    limit: i64,
) -> Result<Vec<Row>, sqlx::Error> {
    sqlx::query_as!(
        Row,
        r#"with given as (
               select pg_current_snapshot() as now, $1::text::pg_snapshot as before),
           seen as (
               select now, case when pg_snapshot_xmax(before) <= pg_snapshot_xmax(now) then before end as before
               from given)
           select seen.now::text as "snapshot!", transaction_id as "transaction_id?", revocation_id as "revocation_id?",
               session_id as "session_id?: SessionId", staff_id as "staff_id?: StaffId",
               customer_id as "customer_id?: CustomerId", role_id as "role_id?: RoleId", epoch as "epoch?",
               expires_at as "expires_at?"
           from seen
           left join lateral (
               select * from identity.revocation
               where expires_at > $4
                   and (transaction_id, revocation_id) > ($2, $3)
                   and transaction_id >= coalesce(pg_snapshot_xmin(seen.before)::text::bigint, 0)
                   and (seen.before is null
                       or not pg_visible_in_snapshot(transaction_id::text::xid8, seen.before))
               order by transaction_id, revocation_id
               limit $5) as revocation on true
           order by transaction_id, revocation_id"#,
        since,
        after.transaction,
        after.revocation,
        now,
        limit,
    )
    .fetch_all(executor)
    .await
}

/// Notes that a session has ended.
pub async fn insert_session(
    transaction: &mut Transaction,
    session: SessionId,
    expires_at: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into identity.revocation (session_id, expires_at) values ($1, $2)",
        session.0,
        expires_at,
    )
    .execute(transaction)
    .await
    .map(drop)
}

/// Notes that a user's tokens of lower epochs are revoked.
pub async fn insert_epoch(
    transaction: &mut Transaction,
    user: User,
    epoch: i64,
    expires_at: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into identity.revocation (staff_id, customer_id, epoch, expires_at) values ($1, $2, $3, $4)",
        user.staff().map(|staff| staff.0),
        user.customer().map(|customer| customer.0),
        epoch,
        expires_at,
    )
    .execute(transaction)
    .await
    .map(drop)
}

/// Removes up to `limit` rows that no token can contradict any more, and says how many there were.
pub async fn delete_expired(
    executor: impl PgExecutor<'_>,
    now: OffsetDateTime,
    limit: i64,
) -> Result<u64, sqlx::Error> {
    let done = sqlx::query!(
        "delete from identity.revocation where revocation_id in (
             select revocation_id from identity.revocation
             where expires_at <= $1 order by expires_at limit $2 for update skip locked)",
        now,
        limit,
    )
    .execute(executor)
    .await?;
    Ok(done.rows_affected())
}
