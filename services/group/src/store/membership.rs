//! Table `membership`.

use crate::membership::{Membership, MembershipSet, Name};
use patron_chassis::{pg::Transaction, principal::Scope};
use patron_ledger::{
    change::Locked,
    reference::{Ended, Purge, assigned_to},
};
use patron_values::{
    id::{CustomerId, GroupId, StaffId},
    text::Line,
};
use serde::{Deserialize, Serialize};
use sqlx::PgExecutor;
use time::OffsetDateTime;

/// Columns of a membership as they are read.
struct Row {
    customer_id: CustomerId,
    group_id: GroupId,
    is_primary: bool,
    creator: String,
    created_at: OffsetDateTime,
    display_name: Line<100>,
    approval_required: bool,
}

impl From<Row> for Membership {
    fn from(row: Row) -> Self {
        Self {
            name: Name { customer: row.customer_id, group: row.group_id },
            is_primary: row.is_primary,
            creator: row.creator,
            created_at: row.created_at,
            group_display_name: row.display_name,
            approval_required: row.approval_required,
        }
    }
}

/// A membership's place, for pages, among those of its customer: the primary one first, then the oldest.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct Cursor {
    is_primary: bool,
    created_at: OffsetDateTime,
    group: GroupId,
}

impl From<&Membership> for Cursor {
    fn from(membership: &Membership) -> Self {
        Self {
            is_primary: membership.is_primary,
            created_at: membership.created_at,
            group: membership.name.group,
        }
    }
}

/// Which memberships of each customer to list.
#[derive(Debug, Clone, Copy)]
pub struct Which {
    /// That in this group alone.
    pub only: Option<GroupId>,
    /// Those after this place.
    pub after: Option<Cursor>,
    /// So many at most.
    pub limit: i64,
}

/// Memberships of one answer, whoever's they are. One more is given where there are more.
pub const MOST: i64 = 1_000;

/// Memberships of visible customers in `scope`, the primary one first for each, in the order of the customers given. A
/// customer who does not exist has none.
pub async fn list(
    executor: impl PgExecutor<'_>,
    customers: &[CustomerId],
    scope: Scope,
    which: Which,
) -> Result<Vec<Membership>, sqlx::Error> {
    let customers = scope.may_include(customers);
    let rows = sqlx::query_as!(
        Row,
        r#"select m.customer_id as "customer_id: _", m.group_id as "group_id: _", m.is_primary, m.creator, m.created_at,
               g.display_name as "display_name: _", m.approval_required
           -- through a subquery, so that Postgres keeps one plan: it would make a new one for each number of ids
           from unnest((select $1::uuid[])) with ordinality as asked (customer_id, place)
           join groups.customer_ref r using (customer_id)
           cross join lateral (
               select * from groups.membership
               where customer_id = asked.customer_id and ($3::uuid is null or group_id = $3)
                   and ($6::uuid is null or (not is_primary, created_at, group_id) > (not $4, $5, $6))
               order by is_primary desc, created_at, group_id limit $7
           ) m
           join groups.customer_group g using (group_id)
           where r.state = 'active' and ($2::uuid is null or r.assigned_staff @> array[$2])
           order by asked.place, m.is_primary desc, m.created_at, m.group_id limit $8"#,
        &customers,
        assigned_to(scope).map(|staff| staff.0),
        which.only.map(|group| group.0),
        which.after.map(|place| place.is_primary),
        which.after.map(|place| place.created_at),
        which.after.map(|place| place.group.0),
        which.limit,
        MOST + 1,
    )
    .fetch_all(executor)
    .await?;
    Ok(rows.into_iter().map(Membership::from).collect())
}

/// The groups of a customer whom the transaction has locked, visible or not.
pub async fn find_set(
    transaction: &mut Transaction,
    customer: CustomerId,
) -> Result<MembershipSet, sqlx::Error> {
    let rows = sqlx::query_as!(
        Row,
        r#"select customer_id as "customer_id: _", group_id as "group_id: _", is_primary, creator, m.created_at,
               display_name as "display_name: _", m.approval_required
           from groups.membership m join groups.customer_group g using (group_id)
           where customer_id = $1 order by m.created_at, group_id"#,
        customer.0,
    )
    .fetch_all(transaction)
    .await?;
    Ok(MembershipSet::new(rows.into_iter().map(Membership::from).collect()))
}

/// The groups of a customer that required approval when the customer was put into them.
pub async fn list_approval_groups(
    executor: impl PgExecutor<'_>,
    customer: CustomerId,
) -> Result<Vec<GroupId>, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select group_id as "group_id: GroupId" from groups.membership where customer_id = $1 and approval_required"#,
        customer.0,
    )
    .fetch_all(executor)
    .await
}

/// Which members of a group to list.
#[derive(Debug, Clone, Copy)]
pub struct Page {
    /// Those who joined before this time, and at it those with a lower id.
    pub before: Option<(OffsetDateTime, CustomerId)>,
    /// So many at most.
    pub limit: i64,
}

/// Visible members of a group in `scope`, latest first.
pub async fn list_members(
    executor: impl PgExecutor<'_>,
    group: GroupId,
    scope: Scope,
    page: Page,
) -> Result<Vec<Membership>, sqlx::Error> {
    match scope {
        Scope::All => list_all_members(executor, group, page).await,
        Scope::Assigned(staff) => list_assigned_members(executor, group, staff, page).await,
        Scope::Own(customer) => {
            let which = Which { only: Some(group), after: None, limit: page.limit };
            list(executor, &[customer], scope, which).await
        }
    }
}

/// Walks the index of the group from the cursor on, so that every page costs the same.
async fn list_all_members(
    executor: impl PgExecutor<'_>,
    group: GroupId,
    page: Page,
) -> Result<Vec<Membership>, sqlx::Error> {
    let rows = sqlx::query_as!(
        Row,
        r#"select m.customer_id as "customer_id: _", m.group_id as "group_id: _", m.is_primary, m.creator, m.created_at,
               g.display_name as "display_name: _", m.approval_required
           from groups.membership m
           join groups.customer_ref r using (customer_id)
           join groups.customer_group g on g.group_id = $1
           where m.group_id = $1 and r.state = 'active' and (m.created_at, m.customer_id)
               < (coalesce($2::timestamptz, 'infinity'), coalesce($3::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff'))
           order by m.created_at desc, m.customer_id desc limit $4"#,
        group.0,
        page.before.map(|(at, _)| at),
        page.before.map(|(_, customer)| customer.0),
        page.limit,
    )
    .fetch_all(executor)
    .await?;
    Ok(rows.into_iter().map(Membership::from).collect())
}

/// Begins with the customers of the member of staff, who are few beside those of a large group.
async fn list_assigned_members(
    executor: impl PgExecutor<'_>,
    group: GroupId,
    staff: StaffId,
    page: Page,
) -> Result<Vec<Membership>, sqlx::Error> {
    let rows = sqlx::query_as!(
        Row,
        r#"with assigned as materialized (
               select customer_id from groups.customer_ref where assigned_staff @> array[$2::uuid] and state = 'active'
           )
           select m.customer_id as "customer_id: _", m.group_id as "group_id: _", m.is_primary, m.creator, m.created_at,
               g.display_name as "display_name: _", m.approval_required
           from assigned
           cross join lateral (
               -- One at most, by its key; the limit keeps Postgres from reading the whole group instead.
               select * from groups.membership where customer_id = assigned.customer_id and group_id = $1 limit 1
           ) m
           join groups.customer_group g on g.group_id = $1
           where (m.created_at, m.customer_id)
               < (coalesce($3::timestamptz, 'infinity'), coalesce($4::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff'))
           order by m.created_at desc, m.customer_id desc limit $5"#,
        group.0,
        staff.0,
        page.before.map(|(at, _)| at),
        page.before.map(|(_, customer)| customer.0),
        page.limit,
    )
    .fetch_all(executor)
    .await?;
    Ok(rows.into_iter().map(Membership::from).collect())
}

/// Stores whether a membership is the primary one.
pub async fn update(locked: &mut Locked, membership: &Membership) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update groups.membership set is_primary = $3 where customer_id = $1 and group_id = $2",
        membership.name.customer.0,
        membership.name.group.0,
        membership.is_primary,
    )
    .execute(&mut **locked)
    .await
    .map(drop)
}

/// Removes a membership.
pub async fn delete(locked: &mut Locked, name: Name) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "delete from groups.membership where customer_id = $1 and group_id = $2",
        name.customer.0,
        name.group.0
    )
    .execute(&mut **locked)
    .await
    .map(drop)
}

/// Memberships go with their customers.
#[derive(Debug)]
pub struct MembershipsOfEnded;

#[tonic::async_trait]
impl Purge for MembershipsOfEnded {
    async fn delete_some(ended: &mut Ended<'_>, limit: i64) -> Result<u64, sqlx::Error> {
        let customers: Vec<_> = ended.customers().iter().map(|customer| customer.0).collect();
        let deleted = sqlx::query!(
            "delete from groups.membership where (customer_id, group_id) in (
             select customer_id, group_id from groups.membership where customer_id = any($1) limit $2)",
            &customers,
            limit,
        );
        Ok(deleted.execute(&mut **ended).await?.rows_affected())
    }
}
