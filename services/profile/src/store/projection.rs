//! What other services say of customers. A customer who is deleted meanwhile is passed over, and what is known already writes nothing.
//! Rows are locked in the order of customers.

use crate::customer::{AccountSummary, AddressSummary, Memberships};
use patron_chassis::pg::Transaction;
use patron_values::id::CustomerId;
use serde::Serialize;
use sqlx::types::Json;
use std::collections::BTreeMap;
use time::OffsetDateTime;

/// What is said of one customer, as a row of columns.
#[derive(Serialize)]
struct Row<'r, T> {
    customer_id: CustomerId,
    #[serde(flatten)]
    said: &'r T,
}

/// Notes the accounts of customers.
pub async fn update_accounts(
    transaction: &mut Transaction,
    accounts: &BTreeMap<CustomerId, AccountSummary>,
) -> Result<(), sqlx::Error> {
    if accounts.is_empty() {
        return Ok(());
    }
    sqlx::query!(
        "update profile.customer c
         set status = said.status, username = said.username, account_text = said.account_text
         from (
             select said.* from json_to_recordset((select $1::json))
                 as said (customer_id uuid, status text, username text, account_text text)
             join profile.customer c using (customer_id)
             where (c.status, c.username, c.account_text)
                 is distinct from (said.status, said.username, said.account_text)
             order by customer_id for no key update of c) said
         where c.customer_id = said.customer_id",
        rows(accounts) as _,
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
    sqlx::query!(
        "update profile.customer c set groups = said.groups, primary_group = said.primary_group
         from (
             select said.* from json_to_recordset((select $1::json))
                 as said (customer_id uuid, groups uuid[], primary_group uuid)
             join profile.customer c using (customer_id)
             where (c.groups, c.primary_group) is distinct from (said.groups, said.primary_group)
             order by customer_id for no key update of c) said
         where c.customer_id = said.customer_id",
        rows(memberships) as _,
    )
    .execute(transaction)
    .await
    .map(drop)
}

/// Notes what customers are found by of their addresses.
pub async fn update_addresses(
    transaction: &mut Transaction,
    addresses: &BTreeMap<CustomerId, AddressSummary>,
) -> Result<(), sqlx::Error> {
    if addresses.is_empty() {
        return Ok(());
    }
    sqlx::query!(
        "update profile.customer c
         set city = said.city, postal_code = said.postal_code, country_code = said.country_code,
             address_text = said.address_text
         from (
             select said.* from json_to_recordset((select $1::json))
                 as said (customer_id uuid, city text, postal_code text, country_code text, address_text text)
             join profile.customer c using (customer_id)
             where (c.city, c.postal_code, c.country_code, c.address_text)
                 is distinct from (said.city, said.postal_code, said.country_code, said.address_text)
             order by customer_id for no key update of c) said
         where c.customer_id = said.customer_id",
        rows(addresses) as _,
    )
    .execute(transaction)
    .await
    .map(drop)
}

/// Notes when customers last signed in.
pub async fn update_sign_ins(
    transaction: &mut Transaction,
    sign_ins: &BTreeMap<CustomerId, Option<OffsetDateTime>>,
) -> Result<(), sqlx::Error> {
    if sign_ins.is_empty() {
        return Ok(());
    }
    sqlx::query!(
        "update profile.customer_time t set last_sign_in_at = said.last_sign_in_at
         from (
             select said.* from unnest($1::uuid[], $2::timestamptz[]) as said (customer_id, last_sign_in_at)
             join profile.customer_time t using (customer_id)
             where t.last_sign_in_at is distinct from said.last_sign_in_at
             order by customer_id for no key update of t) said
         where t.customer_id = said.customer_id",
        &sign_ins.keys().map(|customer| customer.0).collect::<Vec<_>>(),
        &sign_ins.values().copied().collect::<Vec<_>>() as &[Option<OffsetDateTime>],
    )
    .execute(transaction)
    .await
    .map(drop)
}

/// As JSON they are one parameter, whose rows may hold arrays of any length.
fn rows<T: Serialize>(said: &BTreeMap<CustomerId, T>) -> Json<Vec<Row<'_, T>>> {
    Json(said.iter().map(|(customer_id, said)| Row { customer_id: *customer_id, said }).collect())
}
