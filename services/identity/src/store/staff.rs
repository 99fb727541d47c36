//! Members of staff.

use crate::{
    password::Hash,
    role::RoleId,
    staff::{Details, Signature, Staff},
};
use patron_chassis::pg::{self, Transaction};
use patron_values::{email::Email, id::StaffId, text::Name, username::Username};
use sqlx::PgExecutor;
use time::OffsetDateTime;

struct Row {
    staff_id: StaffId,
    username: Username,
    display_name: Name,
    email: Email,
    role_id: RoleId,
    disabled: bool,
    signature: Option<Signature>,
    version: i64,
    last_sign_in_at: Option<OffsetDateTime>,
    created_at: OffsetDateTime,
    updated_at: OffsetDateTime,
}

impl From<Row> for Staff {
    fn from(row: Row) -> Self {
        Self {
            id: row.staff_id,
            username: row.username,
            details: Details {
                display_name: row.display_name,
                email: row.email,
                role: row.role_id,
                disabled: row.disabled,
                signature: row.signature,
            },
            version: row.version,
            last_sign_in_at: row.last_sign_in_at,
            created_at: row.created_at,
            updated_at: row.updated_at,
        }
    }
}

/// Reads members of staff; the tail says which and in what order.
macro_rules! query_staff {
    ($tail:tt $(, $argument:expr)*) => {
        sqlx::query_as!(
            Row,
            r#"select staff_id as "staff_id: _", username as "username: _", display_name as "display_name: _",
                   email as "email: _", role_id as "role_id: _", disabled, signature as "signature: _", version, last_sign_in_at,
                   created_at, updated_at
               from identity.staff "# + $tail
            $(, $argument)*
        )
    };
}

/// One member of staff.
pub async fn find(executor: impl PgExecutor<'_>, id: StaffId) -> Result<Option<Staff>, sqlx::Error> {
    let row = query_staff!("where staff_id = $1", id.0);
    Ok(row.fetch_optional(executor).await?.map(Staff::from))
}

/// Those of these members of staff whom there are, in no particular order.
pub async fn find_all(executor: impl PgExecutor<'_>, ids: &[StaffId]) -> Result<Vec<Staff>, sqlx::Error> {
    let rows = query_staff!("where staff_id = any($1::uuid[])", ids as &[StaffId]);
    Ok(rows.fetch_all(executor).await?.into_iter().map(Staff::from).collect())
}

/// One member of staff, who changes no more until the transaction ends.
pub async fn lock(transaction: &mut Transaction, id: StaffId) -> Result<Option<Staff>, sqlx::Error> {
    let row = query_staff!("where staff_id = $1 for update", id.0);
    Ok(row.fetch_optional(transaction).await?.map(Staff::from))
}

/// Members of staff by the key of their usernames, after the one given.
pub async fn list(
    executor: impl PgExecutor<'_>,
    after: Option<&str>,
    limit: i64,
) -> Result<Vec<Staff>, sqlx::Error> {
    let rows = query_staff!(
        "where $1::text is null or username_key > $1 order by username_key limit $2",
        after,
        limit
    );
    Ok(rows.fetch_all(executor).await?.into_iter().map(Staff::from).collect())
}

/// Keeps others from creating the first member of staff until the transaction ends, and says whether there is none.
pub async fn lock_empty(transaction: &mut Transaction) -> Result<bool, sqlx::Error> {
    sqlx::query!("select pg_advisory_xact_lock(hashtextextended('identity.staff.first', 0))")
        .fetch_one(&mut *transaction)
        .await?;
    sqlx::query_scalar!(r#"select not exists (select from identity.staff) as "empty!""#)
        .fetch_one(transaction)
        .await
}

/// Stores a new member of staff. Refused by `staff_username_key_key`, `staff_username_skeleton_key` and
/// `staff_email_key_key`.
pub async fn insert(
    transaction: &mut Transaction,
    staff: &Staff,
    password: &Hash,
    password_temporary: bool,
) -> Result<(), sqlx::Error> {
    let inserted = sqlx::query!(
        "insert into identity.staff (staff_id, username, username_key, display_name, email, email_key, role_id, disabled,
             password_hash, password_temporary, password_set_at, version, created_at, updated_at, username_skeleton, signature)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $11, $11, $13, $14)
         on conflict do nothing",
        staff.id.0,
        staff.username.as_str(),
        staff.username.key(),
        staff.details.display_name.as_str(),
        staff.details.email.as_str(),
        staff.details.email.key(),
        staff.details.role.as_str(),
        staff.details.disabled,
        password.as_str(),
        password_temporary,
        staff.created_at,
        staff.version,
        staff.username.skeleton(),
        staff.details.signature.as_ref().map(Signature::as_str),
    )
    .execute(&mut *transaction)
    .await?;
    if inserted.rows_affected() > 0 {
        return Ok(());
    }
    let username = sqlx::query_scalar!(
        r#"select exists (select from identity.staff where username_key = $1) as "taken!""#,
        staff.username.key(),
    );
    let username = username.fetch_one(transaction).await?;
    Err(pg::taken(if username { "staff_username_key_key" } else { "staff_email_key_key" }))
}

/// Stores what changed of a member of staff, and gives the epoch, raised by `raise`. Refused like [`insert`], and by
/// `staff_last_administrator_check`.
pub async fn update(transaction: &mut Transaction, staff: &Staff, raise: i64) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar!(
        "update identity.staff set display_name = $2, email = $3, email_key = $4, role_id = $5, disabled = $6,
             version = $7, updated_at = $8, epoch = epoch + $9, signature = $10
         where staff_id = $1 and not exists (
             select from identity.staff other where other.email_key = $4 and other.staff_id <> $1)
         returning epoch",
        staff.id.0,
        staff.details.display_name.as_str(),
        staff.details.email.as_str(),
        staff.details.email.key(),
        staff.details.role.as_str(),
        staff.details.disabled,
        staff.version,
        staff.updated_at,
        raise,
        staff.details.signature.as_ref().map(Signature::as_str),
    )
    .fetch_optional(transaction)
    .await?
    .ok_or_else(|| pg::taken("staff_email_key_key"))
}

/// Stores a password that someone else set, and gives the raised epoch.
pub async fn update_password(
    transaction: &mut Transaction,
    staff: &Staff,
    hash: &Hash,
) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar!(
        "update identity.staff set password_hash = $2, password_temporary = true, password_set_at = $3, version = $4,
             updated_at = $3, epoch = epoch + 1
         where staff_id = $1 returning epoch",
        staff.id.0,
        hash.as_str(),
        staff.updated_at,
        staff.version,
    )
    .fetch_one(transaction)
    .await
}

/// Stores a password that the person chose in place of the one seen, and gives the raised epoch; `None` where it is another by now, or
/// the person is disabled.
pub async fn choose_password(
    transaction: &mut Transaction,
    staff: &Staff,
    seen: &Hash,
    hash: &Hash,
) -> Result<Option<i64>, sqlx::Error> {
    sqlx::query_scalar!(
        "update identity.staff set password_hash = $3, password_temporary = false, password_set_at = $4,
             version = $5, updated_at = $4, epoch = epoch + 1
         where staff_id = $1 and password_hash = $2 and not disabled returning epoch",
        staff.id.0,
        seen.as_str(),
        hash.as_str(),
        staff.updated_at,
        staff.version,
    )
    .fetch_optional(transaction)
    .await
}

/// Notes that a member of staff signs in with the password seen, whose hash is replaced where there is a new one. Gives the
/// next version of the person's sessions, or `None` where it may no longer sign in so.
pub async fn note_sign_in(
    transaction: &mut Transaction,
    id: StaffId,
    seen: &Hash,
    rehash: Option<&Hash>,
    now: OffsetDateTime,
) -> Result<Option<i64>, sqlx::Error> {
    sqlx::query_scalar!(
        "update identity.staff set last_sign_in_at = $4, session_version = session_version + 1,
             password_hash = coalesce($3, password_hash)
         where staff_id = $1 and password_hash = $2 and not disabled returning session_version",
        id.0,
        seen.as_str(),
        rehash.map(Hash::as_str),
        now,
    )
    .fetch_optional(transaction)
    .await
}

/// Locks the member of staff and gives the next version of its sessions.
pub async fn raise_session_version(
    transaction: &mut Transaction,
    id: StaffId,
) -> Result<Option<i64>, sqlx::Error> {
    sqlx::query_scalar!(
        "update identity.staff set session_version = session_version + 1 where staff_id = $1 returning session_version",
        id.0,
    )
    .fetch_optional(transaction)
    .await
}
