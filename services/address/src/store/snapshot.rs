//! What is published of customers' addresses.

use patron_ledger::snapshot::AggregateSnapshot;
use patron_proto::event::v1::{CustomerAddresses, event::Snapshot};
use patron_values::id::CustomerId;
use sqlx::PgExecutor;
use uuid::Uuid;

/// The place by which each visible customer after this one is found, with the version it has.
pub async fn list(
    executor: impl PgExecutor<'_>,
    after: Uuid,
    limit: i64,
) -> Result<Vec<AggregateSnapshot>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select r.customer_id as "customer: CustomerId", r.aggregate_version as version, coalesce(city, '') as "city!",
               coalesce(country_code, '') as "country_code!", coalesce(postal_code, '') as "postal_code!"
           from address.customer_ref r left join lateral (
               select city, country_code, postal_code from address.address a
               where a.customer_id = r.customer_id
               order by exists (
                   select from address.address_default d where d.address_id = a.address_id and use = 'shipping') desc,
                   address_id
               limit 1) place on true
           where r.customer_id > $1 and r.state = 'active' and r.aggregate_version > 0
           order by r.customer_id limit $2"#,
        after,
        limit,
    )
    .fetch_all(executor)
    .await?;
    let snapshots = rows.into_iter().map(|row| AggregateSnapshot {
        customer: row.customer,
        aggregate: format!("{}/addresses", row.customer.resource_name()),
        version: row.version,
        snapshot: Snapshot::Addresses(CustomerAddresses {
            city: row.city,
            country_code: row.country_code,
            postal_code: row.postal_code,
        }),
    });
    Ok(snapshots.collect())
}
