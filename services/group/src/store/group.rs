//! Table `customer_group`.

use crate::group::{Content, Group, MemberCount};
use patron_chassis::{
    pg::{self, Transaction},
    principal::Scope,
};
use patron_ledger::change::Locked;
use patron_values::{
    id::GroupId,
    text::{Line, Prose},
};
use sqlx::PgExecutor;
use time::OffsetDateTime;

/// Members that are counted one by one; of larger groups it is said about how many they have. Counting as many takes
/// 1 to 2 ms, and a page has up to 100 groups.
const COUNTED: i64 = 10_000;

/// Columns of a group as they are read.
struct Row {
    group_id: GroupId,
    display_name: Line<100>,
    description: Option<Prose<400>>,
    approval_required: bool,
    assignment_closed: bool,
    members: i64,
    estimate: Option<i64>,
    version: i64,
    created_at: OffsetDateTime,
    updated_at: OffsetDateTime,
}

impl From<Row> for Group {
    fn from(row: Row) -> Self {
        let estimated = row.members > COUNTED;
        Self {
            id: row.group_id,
            content: Content {
                display_name: row.display_name,
                description: row.description,
                approval_required: row.approval_required,
                assignment_closed: row.assignment_closed,
            },
            members: MemberCount { members: row.estimate.unwrap_or_default().max(row.members), estimated },
            version: row.version,
            created_at: row.created_at,
            updated_at: row.updated_at,
        }
    }
}

/// One group, where it is visible in `scope`.
pub async fn find(
    executor: impl PgExecutor<'_>,
    group: GroupId,
    scope: Scope,
) -> Result<Option<Group>, sqlx::Error> {
    Ok(list(executor, scope, Which { only: Some(group), after: None, limit: 1 }).await?.pop())
}

/// Which groups to list.
#[derive(Debug, Clone, Copy)]
pub struct Which<'a> {
    /// This one alone.
    pub only: Option<GroupId>,
    /// Those whose [`display_name_key`](Content::display_name_key) comes after this one.
    pub after: Option<&'a str>,
    /// So many at most.
    pub limit: i64,
}

/// Groups by name. Staff see all of them; a customer sees those they are in, and does not learn how many others are.
pub async fn list(
    executor: impl PgExecutor<'_>,
    scope: Scope,
    which: Which<'_>,
) -> Result<Vec<Group>, sqlx::Error> {
    let own = match scope {
        Scope::Own(customer) => Some(customer.0),
        Scope::All | Scope::Assigned(_) => None,
    };
    let rows = sqlx::query_as!(
        Row,
        r#"with pending as (
               select m.group_id, count(*) as members
               from groups.customer_ref r join groups.membership m using (customer_id)
               where r.state = 'pending' group by m.group_id
           ), listed as (
               select g.*, coalesce(p.members, 0) as pending
               from groups.customer_group g left join pending p using (group_id)
               where ($1::uuid is null or exists (
                       select from groups.membership m where m.customer_id = $1 and m.group_id = g.group_id))
                   and ($2::uuid is null or g.group_id = $2) and ($3::text is null or g.display_name_key > $3)
               order by g.display_name_key limit $4
           ), counted as materialized (
               select listed.*, case when $1 is null then (
                   select count(*) from (
                       select from groups.membership m where m.group_id = listed.group_id limit $5 + pending + 1) m
                   ) - pending else 0 end as members
               from listed
           )
           select group_id as "group_id: _", display_name as "display_name: _", description as "description: _",
               approval_required, assignment_closed, members as "members!",
               case when members > $5 then (
                   select e.members from groups.group_estimate e where e.group_id = counted.group_id) end as estimate,
               version, created_at, updated_at
           from counted order by display_name_key"#,
        own,
        which.only.map(|group| group.0),
        which.after,
        which.limit,
        COUNTED,
    )
    .fetch_all(executor)
    .await?;
    Ok(rows.into_iter().map(Group::from).collect())
}

/// What these groups say, without counting their members; those that do not exist are left out.
pub async fn list_contents(
    executor: impl PgExecutor<'_>,
    groups: &[GroupId],
) -> Result<Vec<(GroupId, Content)>, sqlx::Error> {
    let groups: Vec<_> = groups.iter().map(|group| group.0).collect();
    let rows = sqlx::query!(
        r#"select group_id as "group_id!: GroupId", display_name as "display_name: Line<100>",
               description as "description: Prose<400>", approval_required, assignment_closed
           from unnest((select $1::uuid[])) as asked (group_id) join groups.customer_group using (group_id)"#,
        &groups,
    )
    .fetch_all(executor)
    .await?;
    let contents = rows.into_iter().map(|row| {
        let content = Content {
            display_name: row.display_name,
            description: row.description,
            approval_required: row.approval_required,
            assignment_closed: row.assignment_closed,
        };
        (row.group_id, content)
    });
    Ok(contents.collect())
}

/// Locks a group until the transaction ends: nobody changes it, and nobody is put into it. Gives its version; `None` where there is
/// none.
pub async fn lock(transaction: &mut Transaction, group: GroupId) -> Result<Option<i64>, sqlx::Error> {
    sqlx::query_scalar!("select version from groups.customer_group where group_id = $1 for update", group.0)
        .fetch_optional(transaction)
        .await
}

/// Stores a group that is new. Fails on `customer_group_display_name_key_key` where another has the name.
pub async fn insert(locked: &mut Locked, group: &Group) -> Result<(), sqlx::Error> {
    let content = &group.content;
    let inserted = sqlx::query!(
        "insert into groups.customer_group (group_id, display_name, display_name_key, description, approval_required,
             assignment_closed, version, created_at, updated_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
         on conflict (display_name_key) do nothing",
        group.id.0,
        &content.display_name as &Line<100>,
        content.display_name_key(),
        content.description.as_ref() as Option<&Prose<400>>,
        content.approval_required,
        content.assignment_closed,
        group.version,
        group.created_at,
        group.updated_at,
    )
    .execute(&mut **locked)
    .await?;
    one(inserted.rows_affected())
}

/// Stores what a changed group says. Fails like [`insert`].
pub async fn update(locked: &mut Locked, group: &Group) -> Result<(), sqlx::Error> {
    let content = &group.content;
    let updated = sqlx::query!(
        "update groups.customer_group set display_name = $2, display_name_key = $3, description = $4,
             approval_required = $5, assignment_closed = $6, version = $7, updated_at = $8
         where group_id = $1 and not exists (
             select from groups.customer_group other where other.display_name_key = $3 and other.group_id <> $1)",
        group.id.0,
        &content.display_name as &Line<100>,
        content.display_name_key(),
        content.description.as_ref() as Option<&Prose<400>>,
        content.approval_required,
        content.assignment_closed,
        group.version,
        group.updated_at,
    )
    .execute(&mut **locked)
    .await?;
    one(updated.rows_affected())
}

/// No row was written where another group has the name.
fn one(rows: u64) -> Result<(), sqlx::Error> {
    if rows == 0 { Err(pg::taken("customer_group_display_name_key_key")) } else { Ok(()) }
}

/// How many customers are in a group, those who are being created too: all that keep it from being deleted.
pub async fn count_members(locked: &mut Locked, group: GroupId) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar!(r#"select count(*) as "count!" from groups.membership where group_id = $1"#, group.0)
        .fetch_one(&mut **locked)
        .await
}

/// Removes a group that has no members.
pub async fn delete(locked: &mut Locked, group: GroupId) -> Result<(), sqlx::Error> {
    sqlx::query!("delete from groups.customer_group where group_id = $1", group.0)
        .execute(&mut **locked)
        .await
        .map(drop)
}
