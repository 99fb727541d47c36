//! Memberships that are new.

use crate::membership::Membership;
use patron_chassis::pg::Transaction;

/// Stores memberships that are new, of customers whom the transaction has locked.
pub async fn insert_all<'a>(
    transaction: &mut Transaction,
    memberships: impl Iterator<Item = &'a Membership> + Clone,
) -> Result<(), sqlx::Error> {
    let column = || memberships.clone();
    sqlx::query!(
        "insert into groups.membership (customer_id, group_id, is_primary, creator, created_at, approval_required)
         select * from unnest((select $1::uuid[]), (select $2::uuid[]), (select $3::boolean[]), (select $4::text[]),
             (select $5::timestamptz[]), (select $6::boolean[]))",
        &column().map(|it| it.name.customer.0).collect::<Vec<_>>(),
        &column().map(|it| it.name.group.0).collect::<Vec<_>>(),
        &column().map(|it| it.is_primary).collect::<Vec<_>>(),
        &column().map(|it| it.creator.clone()).collect::<Vec<_>>(),
        &column().map(|it| it.created_at).collect::<Vec<_>>(),
        &column().map(|it| it.approval_required).collect::<Vec<_>>(),
    )
    .execute(transaction)
    .await
    .map(drop)
}
