//! Customers who are no more.

use crate::customer::Customer;
use patron_chassis::pg::Transaction;
use patron_values::id::CustomerId;
use sqlx::PgExecutor;
use time::OffsetDateTime;

/// What is left of a customer.
#[derive(Debug, Clone, Copy)]
pub struct Tombstone {
    /// Who it was.
    pub customer: CustomerId,
    /// Version of the reference with which the end was published.
    pub reference_version: i64,
    /// Whether the history went too.
    pub delete_history: bool,
}

impl Tombstone {
    /// That of a customer who ends as it is now, with or without what happened to it.
    pub fn of(customer: &Customer, delete_history: bool) -> Self {
        Self { customer: customer.id, reference_version: customer.reference_version + 1, delete_history }
    }
}

/// Notes the end of a customer.
pub async fn insert(
    transaction: &mut Transaction,
    tombstone: Tombstone,
    deleted_at: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into profile.tombstone (customer_id, reference_version, deleted_at, delete_history)
         values ($1, $2, $3, $4)",
        tombstone.customer.0,
        tombstone.reference_version,
        deleted_at,
        tombstone.delete_history,
    )
    .execute(transaction)
    .await
    .map(drop)
}

/// Those of the customers who are no more.
pub async fn find_all(
    executor: impl PgExecutor<'_>,
    customers: &[CustomerId],
) -> Result<Vec<Tombstone>, sqlx::Error> {
    sqlx::query_as!(
        Tombstone,
        r#"select customer_id as "customer: CustomerId", reference_version, delete_history
           from profile.tombstone where customer_id = any($1)"#,
        customers as &[CustomerId],
    )
    .fetch_all(executor)
    .await
}
