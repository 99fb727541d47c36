//! What other services say of customers. A customer who is deleted meanwhile is passed over. Rows are locked in the order of
//! customers.

use crate::customer::Status;
use patron_chassis::pg::Transaction;
use patron_values::id::{CustomerId, GroupId};
use sqlx::types::Json;
use std::collections::BTreeMap;
use uuid::Uuid;

/// The main place of a customer; empty texts for none.
#[derive(Debug, Clone, Copy)]
pub struct Place<'e> {
    /// City.
    pub city: &'e str,
    /// Country, by its code.
    pub country_code: &'e str,
}

/// The groups that a customer is in.
#[derive(Debug, Clone, serde::Serialize)]
pub struct Memberships {
    /// All of them.
    pub groups: Vec<GroupId>,
    /// The primary one.
    pub primary: Option<GroupId>,
}

/// Notes the main places of customers.
pub async fn update_places(
    transaction: &mut Transaction,
    places: &BTreeMap<CustomerId, Place<'_>>,
) -> Result<(), sqlx::Error> {
    if places.is_empty() {
        return Ok(());
    }
    let cities: Vec<_> = places.values().map(|place| place.city.to_owned()).collect();
    let countries: Vec<_> = places.values().map(|place| place.country_code.to_owned()).collect();
    sqlx::query!(
        "insert into profile.projection (customer_id, city, country_code)
         select customer_id, nullif(told.city, ''), nullif(told.country_code, '')
         from unnest($1::uuid[], $2::text[], $3::text[]) as told (customer_id, city, country_code)
         join profile.customer using (customer_id)
         order by customer_id
         on conflict (customer_id) do update set city = excluded.city, country_code = excluded.country_code",
        &ids(places),
        &cities,
        &countries,
    )
    .execute(transaction)
    .await
    .map(drop)
}

/// Notes the groups of customers.
pub async fn update_memberships(
    transaction: &mut Transaction,
    memberships: &BTreeMap<CustomerId, Memberships>,
) -> Result<(), sqlx::Error> {
    if memberships.is_empty() {
        return Ok(());
    }
    // arrays of different lengths cannot stand in an array
    let told: Vec<_> = memberships.values().map(Json).collect();
    sqlx::query!(
        "insert into profile.projection (customer_id, groups, primary_group)
         select customer_id, array(select jsonb_array_elements_text(told.memberships->'groups')::uuid),
             (told.memberships->>'primary')::uuid
         from unnest($1::uuid[], $2::jsonb[]) as told (customer_id, memberships)
         join profile.customer using (customer_id)
         order by customer_id
         on conflict (customer_id) do update set groups = excluded.groups, primary_group = excluded.primary_group",
        &ids(memberships),
        &told as &[Json<&Memberships>],
    )
    .execute(transaction)
    .await
    .map(drop)
}

/// Notes whether customers may sign in.
pub async fn update_statuses(
    transaction: &mut Transaction,
    statuses: &BTreeMap<CustomerId, Status>,
) -> Result<(), sqlx::Error> {
    if statuses.is_empty() {
        return Ok(());
    }
    let told: Vec<_> = statuses.values().copied().collect();
    sqlx::query!(
        "insert into profile.projection (customer_id, status)
         select customer_id, told.status from unnest($1::uuid[], $2::text[]) as told (customer_id, status)
         join profile.customer using (customer_id)
         order by customer_id
         on conflict (customer_id) do update set status = excluded.status",
        &ids(statuses),
        &told as &[Status],
    )
    .execute(transaction)
    .await
    .map(drop)
}

fn ids<T>(told: &BTreeMap<CustomerId, T>) -> Vec<Uuid> {
    told.keys().map(|customer| customer.0).collect()
}
