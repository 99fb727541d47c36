//! Table `customer_ref`: what is known of each customer.

use patron_proto::event::v1::{CustomerReference, customer_reference::State};
use patron_values::id::{CustomerId, StaffId};
use sqlx::{PgExecutor, types::Json};
use std::collections::BTreeMap;
use uuid::Uuid;

/// What is known of one customer.
pub(super) struct Known {
    state: &'static str,
    merged_into: Option<Uuid>,
    assigned_staff: Vec<Uuid>,
    version: i64,
}

impl Known {
    fn of(reference: &CustomerReference) -> Self {
        let staff = reference.assigned_staff.iter().filter_map(|name| StaffId::parse(name).ok());
        Self {
            state: match reference.state() {
                State::Active => "active",
                State::Deleted => "deleted",
                State::Deleting => "deleting",
                State::Pending | State::Unspecified => "pending",
            },
            merged_into: CustomerId::parse(&reference.merged_into).ok().map(|customer| customer.0),
            assigned_staff: staff.map(|staff| staff.0).collect(),
            version: reference.version,
        }
    }
}

/// Keeps references unless later ones are known; of several of one customer the last. Who looked after a customer stays known
/// after the deletion, of which the event says no more than that it was: history still is theirs to read.
pub(super) async fn store<'r>(
    executor: impl PgExecutor<'_>,
    references: impl IntoIterator<Item = &'r CustomerReference>,
) -> Result<(), sqlx::Error> {
    let latest = latest(references);
    if latest.is_empty() { Ok(()) } else { upsert(executor, &latest).await }
}

/// The same where what is kept of a customer who is gone is still there: until that is removed, the customer is being deleted.
pub(super) async fn store_purging<'r>(
    executor: impl PgExecutor<'_>,
    references: impl IntoIterator<Item = &'r CustomerReference>,
) -> Result<(), sqlx::Error> {
    let mut latest = latest(references);
    for known in latest.values_mut().filter(|known| known.state == "deleted") {
        known.state = "deleting";
    }
    if latest.is_empty() { Ok(()) } else { upsert(executor, &latest).await }
}

/// The last that is said of each customer. In one order for all, so that two deliveries cannot wait for each other.
pub(super) fn latest<'r>(
    references: impl IntoIterator<Item = &'r CustomerReference>,
) -> BTreeMap<Uuid, Known> {
    let mut latest: BTreeMap<Uuid, Known> = BTreeMap::new();
    for reference in references {
        let Ok(customer) = CustomerId::parse(&reference.customer) else { continue };
        let mut known = Known::of(reference);
        if let (State::Deleted, Some(before)) = (reference.state(), latest.get_mut(&customer.0)) {
            known.assigned_staff = std::mem::take(&mut before.assigned_staff);
        }
        latest.insert(customer.0, known);
    }
    latest
}

/// Keeps what is said of each customer unless that or something later is known. Then no row is touched: a lock would be written to
/// disk, and a caller who sees no customer would learn by the time of it that there is one.
pub(super) async fn upsert(
    executor: impl PgExecutor<'_>,
    latest: &BTreeMap<Uuid, Known>,
) -> Result<(), sqlx::Error> {
    #[expect(clippy::disallowed_methods, reason = "the schema is the service's search path")]
    let statement = sqlx::query(
        "insert into customer_ref as known (customer_id, state, merged_into, assigned_staff, version)
         select customer_id, state, merged_into, array(select jsonb_array_elements_text(staff)::uuid), version
         from unnest($1::uuid[], $2::text[], $3::uuid[], $4::jsonb[], $5::bigint[])
             as row (customer_id, state, merged_into, staff, version)
         where not exists (
             select from customer_ref as before
             where before.customer_id = row.customer_id and before.version >= row.version)
         on conflict (customer_id) do update set
             -- who is being deleted stays it until the end
             state = case when known.state = 'deleting' and excluded.state <> 'deleted' then 'deleting' else excluded.state end,
             merged_into = excluded.merged_into, version = excluded.version,
             assigned_staff = case when excluded.state = 'deleted' and excluded.assigned_staff = '{}'
                 then known.assigned_staff else excluded.assigned_staff end
         where known.version < excluded.version",
    );
    let column = || latest.values();
    statement
        .bind(latest.keys().copied().collect::<Vec<_>>())
        .bind(column().map(|known| known.state).collect::<Vec<_>>())
        .bind(column().map(|known| known.merged_into).collect::<Vec<_>>())
        // arrays of different lengths cannot stand in an array
        .bind(column().map(|known| Json(&known.assigned_staff)).collect::<Vec<_>>())
        .bind(column().map(|known| known.version).collect::<Vec<_>>())
        .execute(executor)
        .await
        .map(drop)
}
