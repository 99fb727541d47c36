//! What is published of customers' accounts.

use crate::account::Status;
use patron_ledger::snapshot::AggregateSnapshot;
use patron_proto::event::v1::{CustomerAccount, event::Snapshot};
use patron_values::id::CustomerId;
use sqlx::{PgExecutor, types::Uuid};

/// The account of each visible customer after this one, with the version it has.
pub async fn list(
    executor: impl PgExecutor<'_>,
    after: Uuid,
    limit: i64,
) -> Result<Vec<AggregateSnapshot>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select account.customer_id as "customer: CustomerId", account.version, coalesce(username, '') as "username!",
               account.status as "status: Status"
           from identity.account join identity.customer_ref using (customer_id)
           where account.customer_id > $1 and customer_ref.state = 'active'
           order by account.customer_id limit $2"#,
        after,
        limit,
    )
    .fetch_all(executor)
    .await?;
    let snapshots = rows.into_iter().map(|row| AggregateSnapshot {
        customer: row.customer,
        aggregate: format!("{}/account", row.customer.resource_name()),
        version: row.version,
        snapshot: Snapshot::Account(CustomerAccount {
            status: row.status.name().to_owned(),
            username: row.username,
        }),
    });
    Ok(snapshots.collect())
}
