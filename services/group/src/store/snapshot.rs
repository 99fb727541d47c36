//! What is published of customers' groups.

use patron_ledger::snapshot::AggregateSnapshot;
use patron_proto::event::v1::{CustomerMemberships, event::Snapshot};
use patron_values::id::{CustomerId, GroupId};
use sqlx::PgExecutor;
use uuid::Uuid;

/// The groups of each visible customer after this one, with the version they have.
pub async fn list(
    executor: impl PgExecutor<'_>,
    after: Uuid,
    limit: i64,
) -> Result<Vec<AggregateSnapshot>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select r.customer_id as "customer: CustomerId", r.aggregate_version as version,
               array(select group_id from groups.membership m where m.customer_id = r.customer_id
                     order by created_at, group_id) as "groups!: Vec<GroupId>",
               (select group_id from groups.membership m where m.customer_id = r.customer_id and is_primary)
                   as "primary_group: GroupId",
               array(select group_id from groups.membership m
                     where m.customer_id = r.customer_id and m.approval_required order by created_at, group_id)
                   as "approval_groups!: Vec<GroupId>"
           from groups.customer_ref r
           where r.customer_id > $1 and r.state = 'active' and r.aggregate_version > 0
           order by r.customer_id limit $2"#,
        after,
        limit,
    )
    .fetch_all(executor)
    .await?;
    let snapshots = rows.into_iter().map(|row| AggregateSnapshot {
        customer: row.customer,
        aggregate: format!("{}/memberships", row.customer.resource_name()),
        version: row.version,
        snapshot: Snapshot::Memberships(CustomerMemberships {
            groups: row.groups.into_iter().map(GroupId::resource_name).collect(),
            primary_group: row.primary_group.map(GroupId::resource_name).unwrap_or_default(),
            approval_groups: row.approval_groups.into_iter().map(GroupId::resource_name).collect(),
        }),
    });
    Ok(snapshots.collect())
}
