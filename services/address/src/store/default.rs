//! Which address of a customer is the default of a use, and the place that follows from it.

use crate::address::Use;
use patron_ledger::change::Locked;
use patron_proto::event::v1::CustomerAddresses;
use patron_values::id::{AddressId, CustomerId};
use std::collections::BTreeMap;

/// The default address of each use.
pub type Defaults = BTreeMap<Use, AddressId>;

/// Which address of a customer is the default of what.
pub async fn list(locked: &mut Locked, customer: CustomerId) -> Result<Defaults, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select use as "use: Use", address_id as "address_id: AddressId" from address.address_default where customer_id = $1"#,
        customer.0,
    )
    .fetch_all(&mut **locked)
    .await?;
    Ok(rows.into_iter().map(|row| (row.r#use, row.address_id)).collect())
}

/// Makes the oldest address with a use the default of it, for each use of the customer that has none.
pub async fn promote_all(locked: &mut Locked, customer: CustomerId) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into address.address_default (customer_id, use, address_id)
         select distinct on (use) customer_id, use, address_id from address.address_use u
         where customer_id = $1
             and not exists (select from address.address_default d where d.customer_id = $1 and d.use = u.use)
         order by use, address_id",
        customer.0,
    )
    .execute(&mut **locked)
    .await
    .map(drop)
}

/// The place by which a customer is found: the default shipping address, else the oldest; `None` where there is none.
pub async fn find_main_place(
    locked: &mut Locked,
    customer: CustomerId,
) -> Result<Option<CustomerAddresses>, sqlx::Error> {
    sqlx::query_as!(
        CustomerAddresses,
        r#"select city, country_code, coalesce(postal_code, '') as "postal_code!" from address.address a
           -- through a subquery, so that Postgres keeps one plan
           where customer_id = (select $1::uuid)
           order by exists (
               select from address.address_default d where d.address_id = a.address_id and use = 'shipping') desc,
               address_id
           limit 1"#,
        customer.0,
    )
    .fetch_optional(&mut **locked)
    .await
}
