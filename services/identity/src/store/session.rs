//! Sessions.

use crate::{
    role::{RoleId, RoleScope},
    session::{Device, Idle, Rights, Session, Times},
    user::User,
};
use patron_chassis::{permission, pg::Transaction};
use patron_values::id::{CustomerId, SessionId, StaffId};
use sqlx::PgExecutor;
use time::OffsetDateTime;

/// Which sessions are live: not over, and used lately.
#[derive(Debug, Clone, Copy)]
pub struct Live {
    /// The time.
    pub now: OffsetDateTime,
    /// What is idle too long.
    pub idle: Idle,
}

/// Live sessions of one user. Source: the project's decisions; more devices than a person has.
pub const MOST: i64 = 10;

struct Row {
    session_id: SessionId,
    staff_id: Option<StaffId>,
    customer_id: Option<CustomerId>,
    created_at: OffsetDateTime,
    last_used_at: OffsetDateTime,
    expires_at: OffsetDateTime,
    epoch: i64,
    display_name: Option<String>,
    username: Option<String>,
    permissions: Option<Vec<String>>,
    scope: Option<RoleScope>,
    role_id: Option<RoleId>,
    role_epoch: Option<i64>,
    password_temporary: bool,
    client: Option<String>,
    system: Option<String>,
    network: Option<String>,
}

impl From<Row> for Option<Session> {
    fn from(row: Row) -> Self {
        let user = User::from_columns(row.staff_id, row.customer_id)?;
        let rights = Rights {
            epoch: row.epoch,
            display_name: row.display_name,
            username: row.username,
            // One that this build does not know gives nothing.
            permissions: row
                .permissions
                .iter()
                .flatten()
                .filter_map(|name| permission::parse(name))
                .collect(),
            role: row.role_id.zip(row.role_epoch),
            scope: row.scope,
            password_temporary: row.password_temporary,
        };
        let Row { created_at, last_used_at, expires_at, client, system, network, .. } = row;
        let device = Device { client, system, network };
        let times = Times { created_at, last_used_at, expires_at };
        Some(Session::new(row.session_id, user, times, rights, device))
    }
}

/// Reads live sessions with what their users may do now. The tail says which and in what order, and the head what happens first;
/// their own arguments begin with `$4`.
macro_rules! query_live {
    ($live:ident, $tail:tt $(, $argument:expr)*) => {
        query_live!(@ $live, "", $tail $(, $argument)*)
    };
    (@ $live:ident, $head:tt, $tail:tt $(, $argument:expr)*) => {
        sqlx::query_as!(
            Row,
            $head + r#"select session_id as "session_id!: _", staff_id as "staff_id: _", customer_id as "customer_id: _",
                   created_at as "created_at!", last_used_at as "last_used_at!", expires_at as "expires_at!", epoch as "epoch!",
                   display_name, (select username from identity.staff where staff.staff_id = live.staff_id), permissions,
                   scope as "scope: _", role_id as "role_id: _", role_epoch, password_temporary as "password_temporary!",
                   client, system, network::text
               from identity.session_user as live
               where may_sign_in and expires_at > $1
                   and last_used_at > case when staff_id is null then $2::timestamptz else $3 end "# + $tail,
            $live.now,
            $live.idle.customer_since,
            $live.idle.staff_since
            $(, $argument)*
        )
    };
}

/// A live session of a user.
pub async fn find(
    executor: impl PgExecutor<'_>,
    user: User,
    id: SessionId,
    live: Live,
) -> Result<Option<Session>, sqlx::Error> {
    let row = query_live!(
        live,
        "and session_id = $4 and (staff_id = $5 or customer_id = $6)",
        id.0,
        user.staff().map(|staff| staff.0),
        user.customer().map(|customer| customer.0)
    );
    Ok(row.fetch_optional(executor).await?.and_then(Into::into))
}

/// The live sessions of a user, latest first, before the one given.
pub async fn list(
    executor: impl PgExecutor<'_>,
    user: User,
    before: Option<SessionId>,
    limit: i64,
    live: Live,
) -> Result<Vec<Session>, sqlx::Error> {
    let rows = query_live!(
        live,
        "and (staff_id = $4 or customer_id = $5) and ($6::uuid is null or session_id < $6)
         order by session_id desc limit $7",
        user.staff().map(|staff| staff.0),
        user.customer().map(|customer| customer.0),
        before.map(|session| session.0),
        limit
    );
    Ok(rows.fetch_all(executor).await?.into_iter().filter_map(Into::into).collect())
}

/// The live session that a secret stands for, which now counts as used.
pub async fn find_by_secret(
    executor: impl PgExecutor<'_>,
    secret_hash: &[u8],
    live: Live,
) -> Result<Option<Session>, sqlx::Error> {
    let row = query_live!(@
        live,
        "with used as (
             update identity.session set last_used_at = $1
             where secret_hash = $4 and expires_at > $1
                 and last_used_at > case when staff_id is null then $2::timestamptz else $3 end
             returning session_id) ",
        "and session_id = (select session_id from used)",
        secret_hash
    );
    let found: Option<Session> = row.fetch_optional(executor).await?.and_then(Into::into);
    // the statement has read the row as it was before
    Ok(found.map(|session| Session { last_used_at: live.now, ..session }))
}

/// A session to store.
#[derive(Debug)]
pub struct NewSession<'a> {
    /// Which one.
    pub id: SessionId,
    /// SHA-256 of its secret.
    pub secret_hash: &'a [u8],
    /// Whose it is.
    pub user: User,
    /// When it ends whatever happens.
    pub expires_at: OffsetDateTime,
    /// With what it begins.
    pub device: &'a Device,
}

/// Stores a new session of a user whose row is locked. Where that makes more than [`MOST`] live ones the oldest ends, and its tokens
/// are revoked until `forgotten_at`.
pub async fn insert(
    transaction: &mut Transaction,
    new: NewSession<'_>,
    live: Live,
    forgotten_at: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "with ended as (
             delete from identity.session where session_id in (
                 select session_id from identity.session
                 where (staff_id = $3 or customer_id = $4) and expires_at > $5
                     and last_used_at > case when staff_id is null then $6::timestamptz else $7 end
                 order by session_id desc offset $8::bigint - 1)
             returning session_id),
         revoked as (
             insert into identity.revocation (session_id, expires_at) select session_id, $9 from ended)
         insert into identity.session (session_id, secret_hash, staff_id, customer_id, created_at, last_used_at, expires_at,
             client, system, network)
         values ($1, $2, $3, $4, $5, $5, $10, $11, $12, $13::text::cidr)",
        new.id.0,
        new.secret_hash,
        new.user.staff().map(|staff| staff.0),
        new.user.customer().map(|customer| customer.0),
        live.now,
        live.idle.customer_since,
        live.idle.staff_since,
        MOST,
        forgotten_at,
        new.expires_at,
        new.device.client,
        new.device.system,
        new.device.network,
    )
    .execute(transaction)
    .await
    .map(drop)
}

/// Removes a session.
pub async fn delete(transaction: &mut Transaction, id: SessionId) -> Result<(), sqlx::Error> {
    sqlx::query!("delete from identity.session where session_id = $1", id.0)
        .execute(transaction)
        .await
        .map(drop)
}

/// Gives a session another secret: who holds the old one holds nothing.
pub async fn update_secret(
    transaction: &mut Transaction,
    id: SessionId,
    secret_hash: &[u8],
) -> Result<(), sqlx::Error> {
    sqlx::query!("update identity.session set secret_hash = $2 where session_id = $1", id.0, secret_hash)
        .execute(transaction)
        .await
        .map(drop)
}

/// Removes all sessions of a user, but for one that may be kept.
pub async fn delete_all(
    transaction: &mut Transaction,
    user: User,
    keep: Option<SessionId>,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "delete from identity.session
         where (staff_id = $1 or customer_id = $2) and ($3::uuid is null or session_id <> $3)",
        user.staff().map(|staff| staff.0),
        user.customer().map(|customer| customer.0),
        keep.map(|session| session.0),
    )
    .execute(transaction)
    .await
    .map(drop)
}

/// Removes up to `limit` sessions of either kind of user that are over or were not used for too long, by the index of each, and
/// says how many there were.
pub async fn delete_over(executor: impl PgExecutor<'_>, live: Live, limit: i64) -> Result<u64, sqlx::Error> {
    let done = sqlx::query!(
        "delete from identity.session where session_id = any(
             array(select session_id from identity.session where expires_at <= $1
                 order by expires_at limit $4 for update skip locked)
             || array(select session_id from identity.session where staff_id is null and last_used_at <= $2
                 order by last_used_at limit $4 for update skip locked)
             || array(select session_id from identity.session where staff_id is not null and last_used_at <= $3
                 order by last_used_at limit $4 for update skip locked))",
        live.now,
        live.idle.customer_since,
        live.idle.staff_since,
        limit,
    )
    .execute(executor)
    .await?;
    Ok(done.rows_affected())
}
