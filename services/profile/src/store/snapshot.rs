//! What is published of customers: their references.

use patron_ledger::snapshot::AggregateSnapshot;
use patron_proto::event::v1::{CustomerReference, customer_reference::State, event::Snapshot};
use patron_values::id::{CustomerId, StaffId};
use sqlx::PgExecutor;
use uuid::Uuid;

/// The reference of each customer after this one who is visible or is no more, with the email where that is asked for.
pub async fn list(
    executor: impl PgExecutor<'_>,
    with_email: bool,
    after: Uuid,
    limit: i64,
) -> Result<Vec<AggregateSnapshot>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select customer_id as "customer!: CustomerId", reference_version as "version!",
               assigned_staff as "assigned_staff!: Vec<StaffId>", email as "email?", visible as "visible!",
               delete_history as "delete_history!"
           from (
               (select customer_id, reference_version, assigned_staff, email, true as visible, false as delete_history
                from profile.customer
                where customer_id > $1 and state = 'active' order by customer_id limit $2)
               union all
               (select customer_id, reference_version, '{}', null, false, delete_history from profile.tombstone
                where customer_id > $1 order by customer_id limit $2)) as known
           order by customer_id limit $2"#,
        after,
        limit,
    )
    .fetch_all(executor)
    .await?;
    let snapshots = rows.into_iter().map(|row| {
        let name = row.customer.resource_name();
        AggregateSnapshot {
            customer: row.customer,
            aggregate: format!("{name}/reference"),
            version: row.version,
            snapshot: Snapshot::Reference(CustomerReference {
                customer: name,
                state: if row.visible { State::Active.into() } else { State::Deleted.into() },
                merged_into: String::new(),
                assigned_staff: row.assigned_staff.into_iter().map(StaffId::resource_name).collect(),
                version: row.version,
                email: row.email.filter(|_| with_email).unwrap_or_default(),
                delete_history: row.delete_history,
            }),
        }
    });
    Ok(snapshots.collect())
}
