//! What is published of customers' accounts.

use crate::account::{Name, Status, sign_in_aggregate};
use patron_ledger::snapshot::AggregateSnapshot;
use patron_proto::event::v1::{CustomerAccount, CustomerSignIn, event::Snapshot};
use patron_values::{id::CustomerId, timestamp};
use sqlx::{PgExecutor, types::Uuid};

/// The account of each visible customer after this one, with the version it has, and when the customer last signed in.
pub async fn list(
    executor: impl PgExecutor<'_>,
    after: Uuid,
    limit: i64,
) -> Result<Vec<AggregateSnapshot>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select account.customer_id as "customer: CustomerId", account.version, coalesce(username, '') as "username!",
               account.status as "status: Status", session_version, last_sign_in_at
           from identity.account join identity.customer_ref using (customer_id)
           where account.customer_id > $1 and customer_ref.state = 'active'
           order by account.customer_id limit $2"#,
        after,
        limit,
    )
    .fetch_all(executor)
    .await?;
    let snapshots = rows.into_iter().flat_map(|row| {
        let account = AggregateSnapshot {
            customer: row.customer,
            aggregate: Name(row.customer).to_string(),
            version: row.version,
            snapshot: Snapshot::Account(CustomerAccount {
                status: row.status.name().to_owned(),
                username: row.username,
            }),
        };
        let sign_in = row.last_sign_in_at.map(|at| AggregateSnapshot {
            customer: row.customer,
            aggregate: sign_in_aggregate(row.customer),
            version: row.session_version,
            snapshot: Snapshot::SignIn(CustomerSignIn { last_sign_in_time: Some(timestamp(at)) }),
        });
        [Some(account), sign_in].into_iter().flatten()
    });
    Ok(snapshots.collect())
}
