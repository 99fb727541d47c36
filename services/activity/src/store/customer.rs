//! The customers whom events concern.

use crate::viewer::{Customer, Viewer};
use patron_chassis::principal::Scope;
use patron_ledger::reference::assigned_to;
use patron_values::id::{CustomerId, StaffId};
use sqlx::PgExecutor;
use std::collections::HashMap;
use uuid::Uuid;

/// What is known of these customers; of some, nothing may be.
pub async fn list(
    executor: impl PgExecutor<'_>,
    customers: &[CustomerId],
) -> Result<HashMap<CustomerId, Customer>, sqlx::Error> {
    let customers: Vec<Uuid> = customers.iter().map(|customer| customer.0).collect();
    let rows = sqlx::query!(
        r#"select customer_id as "customer_id: CustomerId", state = 'active' as "active!",
               assigned_staff as "assigned_staff: Vec<StaffId>"
           from activity.customer_ref where customer_id = any($1)"#,
        &customers,
    )
    .fetch_all(executor)
    .await?;
    let known = |active, assigned_staff| Customer { active, assigned_staff };
    Ok(rows.into_iter().map(|row| (row.customer_id, known(row.active, row.assigned_staff))).collect())
}

/// Whether `viewer` sees the events of a customer. Of deleted customers only those who were visible once have any.
pub async fn exists(
    executor: impl PgExecutor<'_>,
    customer: CustomerId,
    viewer: Viewer,
) -> Result<bool, sqlx::Error> {
    if viewer.scope.includes(customer) == Some(false) {
        return Ok(false);
    }
    sqlx::query_scalar!(
        r#"select exists (
               select from activity.customer_ref r
               where customer_id = $1 and ($2::uuid is null or assigned_staff @> array[$2])
                   and (state = 'active' or state in ('deleting', 'deleted') and not $3
                       and (exists (select from activity.activity_event e where e.customer_id = r.customer_id)
                           -- between the last event and the receipt there is none
                           or exists (select from activity.history_deletion h where h.customer_id = r.customer_id)))
           ) as "exists!""#,
        customer.0,
        assigned_to(viewer.scope).map(|staff| staff.0),
        matches!(viewer.scope, Scope::Own(_)),
    )
    .fetch_one(executor)
    .await
}
