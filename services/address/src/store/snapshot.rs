//! What is published of customers' addresses: the main one, which is the default for shipping or else the oldest, and what is searched of
//! all.

use patron_ledger::{change::Locked, snapshot::AggregateSnapshot};
use patron_proto::event::v1::{CustomerAddresses, event::Snapshot};
use patron_values::{
    address_summary::{self, SearchedAddress},
    id::CustomerId,
    phone::PhoneNumber,
};
use sqlx::PgExecutor;
use uuid::Uuid;

/// What is published of a customer's addresses as they are in this transaction.
pub async fn find(locked: &mut Locked, customer: CustomerId) -> Result<CustomerAddresses, sqlx::Error> {
    let addresses = sqlx::query_as!(
        SearchedAddress,
        r#"select coalesce(city, '') as "city!", coalesce(postal_code, '') as "postal_code!", country_code, phone as "phone: PhoneNumber"
           from address.address a
           -- through a subquery, so that Postgres keeps one plan
           where customer_id = (select $1::uuid)
           order by exists (
               select from address.address_default d where d.address_id = a.address_id and use = 'shipping') desc,
               address_id
           limit $2"#,
        customer.0,
        searched(),
    )
    .fetch_all(&mut **locked)
    .await?;
    Ok(address_summary::summary(&addresses))
}

/// The addresses of each visible customer after this one, with the version they have.
pub async fn list(
    executor: impl PgExecutor<'_>,
    after: Uuid,
    limit: i64,
) -> Result<Vec<AggregateSnapshot>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select r.customer_id as "customer: CustomerId", r.aggregate_version as version, a.country_code as "country_code?",
               coalesce(a.city, '') as "city!", coalesce(a.postal_code, '') as "postal_code!",
               a.phone as "phone: PhoneNumber"
           from (
               select customer_id, aggregate_version from address.customer_ref
               where customer_id > $1 and state = 'active' and aggregate_version > 0
               order by customer_id limit $2) r
           left join lateral (
               select a.*, exists (
                   select from address.address_default d where d.address_id = a.address_id and use = 'shipping') as is_main
               from address.address a where a.customer_id = r.customer_id
               order by is_main desc, address_id limit $3) a on true
           order by r.customer_id, a.is_main desc, a.address_id"#,
        after,
        limit,
        searched(),
    )
    .fetch_all(executor)
    .await?;
    let snapshots = rows.chunk_by(|one, next| one.customer == next.customer).filter_map(|rows| {
        let first = rows.first()?;
        let addresses = rows.iter().filter_map(|row| {
            Some(SearchedAddress {
                city: row.city.clone(),
                postal_code: row.postal_code.clone(),
                country_code: row.country_code.clone()?,
                phone: row.phone.clone(),
            })
        });
        Some(AggregateSnapshot {
            customer: first.customer,
            aggregate: format!("{}/addresses", first.customer.resource_name()),
            version: first.version,
            snapshot: Snapshot::Addresses(address_summary::summary(&addresses.collect::<Vec<_>>())),
        })
    });
    Ok(snapshots.collect())
}

/// Addresses of a customer that are read.
fn searched() -> i64 {
    i64::try_from(address_summary::SEARCHED).unwrap_or(i64::MAX)
}
