//! What other services say of customers. A customer who is deleted meanwhile is passed over.

use crate::customer::Status;
use patron_chassis::{
    pg::Transaction,
    value::id::{CustomerId, GroupId},
};

/// Notes the main place of a customer; empty texts for none.
pub async fn update_place(
    transaction: &mut Transaction,
    customer: CustomerId,
    city: &str,
    country_code: &str,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into profile.projection (customer_id, city, country_code)
         select customer_id, nullif($2, ''), nullif($3, '') from profile.customer where customer_id = $1
         on conflict (customer_id) do update set city = excluded.city, country_code = excluded.country_code",
        customer.0,
        city,
        country_code,
    )
    .execute(transaction)
    .await
    .map(drop)
}

/// Notes the groups of a customer.
pub async fn update_groups(
    transaction: &mut Transaction,
    customer: CustomerId,
    groups: &[GroupId],
    primary: Option<GroupId>,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into profile.projection (customer_id, groups, primary_group)
         select customer_id, $2, $3 from profile.customer where customer_id = $1
         on conflict (customer_id) do update set groups = excluded.groups, primary_group = excluded.primary_group",
        customer.0,
        groups as &[GroupId],
        primary.map(|group| group.0),
    )
    .execute(transaction)
    .await
    .map(drop)
}

/// Notes whether a customer may sign in.
pub async fn update_status(
    transaction: &mut Transaction,
    customer: CustomerId,
    status: Status,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into profile.projection (customer_id, status) select customer_id, $2 from profile.customer where customer_id = $1
         on conflict (customer_id) do update set status = excluded.status",
        customer.0,
        status as Status,
    )
    .execute(transaction)
    .await
    .map(drop)
}
