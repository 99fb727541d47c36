//! One-time codes.

use patron_chassis::pg::Transaction;
use patron_values::id::CustomerId;
use sqlx::PgExecutor;
use time::OffsetDateTime;

/// A code that is good still.
#[derive(Debug)]
pub struct ResetCode {
    /// Whose password it sets.
    pub customer: CustomerId,
    /// Who gave it out: `staff/{staff}`.
    pub given_by: String,
}

/// Stores a code in place of the customer's earlier one.
pub async fn replace(
    transaction: &mut Transaction,
    code_hash: &[u8],
    code: &ResetCode,
    expires_at: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into identity.reset_code (code_hash, customer_id, given_by, expires_at) values ($1, $2, $3, $4)
         on conflict (customer_id) do update set
             code_hash = excluded.code_hash, given_by = excluded.given_by, expires_at = excluded.expires_at",
        code_hash,
        code.customer.0,
        code.given_by,
        expires_at,
    )
    .execute(transaction)
    .await
    .map(drop)
}

/// The code of this hash, if it is good still.
pub async fn find(
    executor: impl PgExecutor<'_>,
    code_hash: &[u8],
    now: OffsetDateTime,
) -> Result<Option<ResetCode>, sqlx::Error> {
    sqlx::query_as!(
        ResetCode,
        r#"select customer_id as "customer: _", given_by from identity.reset_code where code_hash = $1 and expires_at > $2"#,
        code_hash,
        now,
    )
    .fetch_optional(executor)
    .await
}

/// Uses a code up; `false` where another was faster, or its time is over.
pub async fn delete(
    transaction: &mut Transaction,
    code_hash: &[u8],
    now: OffsetDateTime,
) -> Result<bool, sqlx::Error> {
    let done = sqlx::query!(
        "delete from identity.reset_code where code_hash = $1 and expires_at > $2",
        code_hash,
        now
    )
    .execute(transaction)
    .await?;
    Ok(done.rows_affected() > 0)
}

/// Removes a customer's code, which a password set otherwise makes worthless.
pub async fn delete_of(transaction: &mut Transaction, customer: CustomerId) -> Result<(), sqlx::Error> {
    sqlx::query!("delete from identity.reset_code where customer_id = $1", customer.0)
        .execute(transaction)
        .await
        .map(drop)
}

/// Removes up to `limit` codes that are over, and says how many there were.
pub async fn delete_expired(
    executor: impl PgExecutor<'_>,
    now: OffsetDateTime,
    limit: i64,
) -> Result<u64, sqlx::Error> {
    let done = sqlx::query!(
        "delete from identity.reset_code where code_hash in (
             select code_hash from identity.reset_code where expires_at <= $1 order by expires_at limit $2
             for update skip locked)",
        now,
        limit,
    )
    .execute(executor)
    .await?;
    Ok(done.rows_affected())
}
