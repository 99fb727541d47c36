//! Which address of a customer is the default of a use.

use crate::address::Use;
use patron_ledger::change::Locked;
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
