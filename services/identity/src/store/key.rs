//! Signing keys.

use patron_chassis::pg::Transaction;
use sqlx::PgExecutor;
use time::OffsetDateTime;

/// A key as it is stored.
#[derive(Debug, Clone)]
pub struct StoredKey {
    /// `kid` of tokens.
    pub key_id: String,
    /// The 32 bytes of the public key.
    pub public_key: Vec<u8>,
    /// The private key, sealed.
    pub sealed_private_key: String,
    /// From when on it signs, until the next does.
    pub signs_from: OffsetDateTime,
}

/// Every key, in the order in which they sign.
pub async fn list(executor: impl PgExecutor<'_>) -> Result<Vec<StoredKey>, sqlx::Error> {
    sqlx::query_as!(
        StoredKey,
        "select key_id, public_key, sealed_private_key, signs_from from identity.signing_key order by signs_from, key_id"
    )
    .fetch_all(executor)
    .await
}

/// Keeps other replicas from rotating keys until the transaction ends.
pub async fn lock(transaction: &mut Transaction) -> Result<(), sqlx::Error> {
    sqlx::query!("select pg_advisory_xact_lock(hashtextextended('identity.signing_key', 0))")
        .fetch_one(transaction)
        .await
        .map(drop)
}

/// Stores a new key.
pub async fn insert(
    transaction: &mut Transaction,
    key: &StoredKey,
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into identity.signing_key (key_id, public_key, sealed_private_key, signs_from, created_at)
         values ($1, $2, $3, $4, $5)",
        key.key_id,
        key.public_key,
        key.sealed_private_key,
        key.signs_from,
        now,
    )
    .execute(transaction)
    .await
    .map(drop)
}

/// Removes keys that another took over from before `before`.
pub async fn delete_replaced(
    transaction: &mut Transaction,
    before: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "delete from identity.signing_key as old
         where exists (
             select from identity.signing_key as newer where newer.signs_from > old.signs_from and newer.signs_from <= $1)",
        before,
    )
    .execute(transaction)
    .await
    .map(drop)
}
