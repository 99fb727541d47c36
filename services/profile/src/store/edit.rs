//! Which fields each version of a record changed.

use patron_chassis::pg::Transaction;
use patron_values::id::CustomerId;
use time::OffsetDateTime;

/// What was changed in one version.
#[derive(Debug, Clone)]
pub struct Edit {
    /// The version that the change made.
    pub version: i64,
    /// Paths of fields of the record.
    pub fields: Vec<String>,
    /// Who changed them.
    pub actor: String,
}

/// Notes what a version changed.
pub async fn insert(
    transaction: &mut Transaction,
    customer: CustomerId,
    edit: &Edit,
    edited_at: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into profile.edit (customer_id, version, fields, actor, edited_at) values ($1, $2, $3, $4, $5)",
        customer.0,
        edit.version,
        &edit.fields,
        edit.actor,
        edited_at,
    )
    .execute(transaction)
    .await
    .map(drop)
}

/// What was changed after a version, oldest first.
pub async fn list_after(
    transaction: &mut Transaction,
    customer: CustomerId,
    version: i64,
) -> Result<Vec<Edit>, sqlx::Error> {
    sqlx::query_as!(
        Edit,
        "select version, fields, actor from profile.edit where customer_id = $1 and version > $2 order by version",
        customer.0,
        version,
    )
    .fetch_all(transaction)
    .await
}
