//! Who must be approved, and who waits for it.

use super::account::Row;
use crate::account::Account;
use patron_chassis::{pg::Transaction, principal::Scope};
use patron_ledger::reference::{Ended, assigned_to};
use patron_values::id::{CustomerId, GroupId};
use sqlx::PgExecutor;
use time::OffsetDateTime;

/// Replaces what is known of the groups that ask for approval of these customers. A customer of whom profile has not told yet becomes
/// known as one who is being created; one who is gone is passed over. Locks the customers for whom there is or was a group.
pub async fn replace_groups(
    transaction: &mut Transaction,
    customers: &[CustomerId],
    groups: &[(CustomerId, GroupId)],
) -> Result<(), sqlx::Error> {
    let customers: Vec<_> = customers.iter().map(|customer| customer.0).collect();
    let (of, groups): (Vec<_>, Vec<_>) = groups.iter().map(|(customer, group)| (customer.0, group.0)).unzip();
    // Most customers are in no such group, and of those nothing is written.
    let concerned = sqlx::query_scalar!(
        r#"select customer_id as "customer_id!" from unnest($1::uuid[]) as asked (customer_id)
           where customer_id = any($2) or exists (
               select from identity.approval_group known where known.customer_id = asked.customer_id)"#,
        &customers,
        &of,
    );
    let concerned = concerned.fetch_all(&mut *transaction).await?;
    if concerned.is_empty() {
        return Ok(());
    }
    sqlx::query!(
        "insert into identity.customer_ref as known (customer_id, state, version, aggregate_version)
         select customer_id, 'pending', 0, 0 from unnest($1::uuid[]) as asked (customer_id)
         -- in one order for all, so that two transactions cannot wait for each other
         order by customer_id
         on conflict (customer_id) do update set version = known.version",
        &concerned,
    )
    .execute(&mut *transaction)
    .await?;
    sqlx::query!(
        "with said as (
             select * from unnest($2::uuid[], $3::uuid[]) as said (customer_id, group_id)),
         left_over as (
             delete from identity.approval_group known
             where customer_id = any($1) and not exists (
                 select from said where said.customer_id = known.customer_id and said.group_id = known.group_id))
         insert into identity.approval_group (customer_id, group_id)
         select customer_id, group_id from said join identity.customer_ref using (customer_id)
         where customer_ref.live
         on conflict do nothing",
        &customers,
        &of,
        &groups,
    )
    .execute(transaction)
    .await
    .map(drop)
}

/// Those of these customers for whom a group asks, and whose accounts do not know it yet.
pub async fn list_not_asked(
    transaction: &mut Transaction,
    customers: &[CustomerId],
) -> Result<Vec<CustomerId>, sqlx::Error> {
    let customers: Vec<_> = customers.iter().map(|customer| customer.0).collect();
    sqlx::query_scalar!(
        r#"select customer_id as "customer_id: CustomerId" from identity.account
           where customer_id = any($1) and approval = 'not_needed' and exists (
               select from identity.approval_group asking where asking.customer_id = account.customer_id)"#,
        &customers,
    )
    .fetch_all(transaction)
    .await
}

/// Whether a group asks for approval of a customer.
pub async fn is_asked(transaction: &mut Transaction, customer: CustomerId) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select exists (select from identity.approval_group where customer_id = $1) as "asked!""#,
        customer.0,
    )
    .fetch_one(transaction)
    .await
}

/// Forgets the groups of customers who are gone.
pub async fn delete_groups(ended: &mut Ended<'_>) -> Result<(), sqlx::Error> {
    if ended.customers().is_empty() {
        return Ok(());
    }
    let customers: Vec<_> = ended.customers().iter().map(|customer| customer.0).collect();
    sqlx::query!("delete from identity.approval_group where customer_id = any($1)", &customers)
        .execute(&mut **ended)
        .await
        .map(drop)
}

/// Which waiting accounts to list.
#[derive(Debug, Clone, Copy)]
pub struct Waiting {
    /// Those for whose customers this group asks.
    pub group: Option<GroupId>,
    /// Those that wait for less long than since this time, and from it on those with a higher id.
    pub after: Option<(OffsetDateTime, CustomerId)>,
    /// So many at most.
    pub limit: i64,
}

/// Accounts of visible customers in `scope` that wait for approval, the longest first.
pub async fn list_waiting(
    executor: impl PgExecutor<'_>,
    scope: Scope,
    which: Waiting,
) -> Result<Vec<Account>, sqlx::Error> {
    let own = match scope {
        Scope::Own(customer) => Some(customer.0),
        Scope::All | Scope::Assigned(_) => None,
    };
    let rows = sqlx::query_as!(
        Row,
        r#"select customer_id as "customer_id: _", username as "username: _", status as "status: _",
               approval as "approval: _", status_reason, waiting_since, revoked, password_set_at, password_temporary,
               password_given_by, security_question as "security_question: _", account.version, last_sign_in_at, created_at, updated_at
           from identity.account join identity.customer_ref using (customer_id)
           where waiting_since is not null and state = 'active'
               and (waiting_since, customer_id) > (
                   coalesce($1::timestamptz, '-infinity'), coalesce($2::uuid, '00000000-0000-0000-0000-000000000000'))
               and ($3::uuid is null or exists (
                   select from identity.approval_group asking
                   where asking.customer_id = account.customer_id and asking.group_id = $3))
               and ($4::uuid is null or assigned_staff @> array[$4]) and ($5::uuid is null or customer_id = $5)
           order by waiting_since, customer_id limit $6"#,
        which.after.map(|(at, _)| at),
        which.after.map(|(_, customer)| customer.0),
        which.group.map(|group| group.0),
        assigned_to(scope).map(|staff| staff.0),
        own,
        which.limit,
    );
    Ok(rows.fetch_all(executor).await?.into_iter().map(Account::from).collect())
}
