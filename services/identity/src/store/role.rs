//! Roles.

use crate::role::{Content, CustomRole, Role, RoleId, RoleScope};
use patron_chassis::{
    permission,
    pg::{self, Transaction},
};
use patron_ledger::change::Locked;
use patron_values::{
    id::CustomRoleId,
    text::{Name, Prose},
};
use sqlx::PgExecutor;
use time::OffsetDateTime;

struct Row {
    role_id: RoleId,
    display_name: Name,
    description: Option<Prose<400>>,
    permissions: Vec<String>,
    scope: RoleScope,
    version: i64,
    created_at: OffsetDateTime,
    updated_at: OffsetDateTime,
}

impl From<Row> for Role {
    fn from(row: Row) -> Self {
        let content = Content {
            display_name: row.display_name,
            description: row.description,
            // One that this build does not know gives nothing.
            permissions: row.permissions.iter().filter_map(|name| permission::parse(name)).collect(),
            scope: row.scope,
        };
        let Row { version, created_at, updated_at, .. } = row;
        match row.role_id.custom() {
            Some(id) => Self::Custom(CustomRole { id, content, version, created_at, updated_at }),
            None => Self::BuiltIn { id: row.role_id, content },
        }
    }
}

/// Reads roles; the tail says which and in what order.
macro_rules! query_role {
    ($tail:tt $(, $argument:expr)*) => {
        sqlx::query_as!(
            Row,
            r#"select role_id as "role_id: _", display_name as "display_name: _", description as "description: _",
                   permissions, scope as "scope: _", version, created_at, updated_at
               from identity.role "# + $tail
            $(, $argument)*
        )
    };
}

/// One role.
pub async fn find(executor: impl PgExecutor<'_>, role: &RoleId) -> Result<Option<Role>, sqlx::Error> {
    let row = query_role!("where role_id = $1", role.as_str());
    Ok(row.fetch_optional(executor).await?.map(Role::from))
}

/// Roles by id, after the one given.
pub async fn list(
    executor: impl PgExecutor<'_>,
    after: Option<&str>,
    limit: i64,
) -> Result<Vec<Role>, sqlx::Error> {
    let rows = query_role!("where $1::text is null or role_id > $1 order by role_id limit $2", after, limit);
    Ok(rows.fetch_all(executor).await?.into_iter().map(Role::from).collect())
}

/// Locks a role that people made until the transaction ends, and gives its version; `None` where there is none.
pub async fn lock(transaction: &mut Transaction, id: CustomRoleId) -> Result<Option<i64>, sqlx::Error> {
    sqlx::query_scalar!(
        "select version from identity.role where role_id = $1 and not built_in for update",
        id.to_string(),
    )
    .fetch_optional(transaction)
    .await
}

/// How many members of staff have a role, disabled ones too.
pub async fn count_staff(transaction: &mut Transaction, id: CustomRoleId) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select count(*) as "count!" from identity.staff where role_id = $1"#,
        id.to_string(),
    )
    .fetch_one(transaction)
    .await
}

/// Stores a new role. Fails on `role_display_name_key_key` where another has the name, and on `role_count_check` where there are as
/// many as there can be.
pub async fn insert(locked: &mut Locked, role: &CustomRole) -> Result<(), sqlx::Error> {
    let inserted = sqlx::query!(
        "insert into identity.role (role_id, built_in, display_name, display_name_key, description, permissions, scope, version,
             created_at, updated_at)
         values ($1, false, $2, $3, $4, $5, $6, $7, $8, $9) on conflict (display_name_key) do nothing",
        role.id.to_string(),
        role.content.display_name.as_str(),
        role.content.display_name_key(),
        role.content.description.as_ref().map(Prose::as_str),
        &names(&role.content)[..],
        role.content.scope as RoleScope,
        role.version,
        role.created_at,
        role.updated_at,
    )
    .execute(&mut **locked)
    .await?;
    one(inserted.rows_affected())
}

/// Stores a changed role, which revokes the tokens of who has it where it allows something else now. Fails on
/// `role_display_name_key_key` where another has the name.
pub async fn update(locked: &mut Locked, role: &CustomRole) -> Result<(), sqlx::Error> {
    let updated = sqlx::query!(
        "update identity.role set display_name = $2, display_name_key = $3, description = $4, permissions = $5, scope = $6,
             version = $7, updated_at = $8
         where role_id = $1 and not built_in and not exists (
             select from identity.role other where other.display_name_key = $3 and other.role_id <> $1)",
        role.id.to_string(),
        role.content.display_name.as_str(),
        role.content.display_name_key(),
        role.content.description.as_ref().map(Prose::as_str),
        &names(&role.content)[..],
        role.content.scope as RoleScope,
        role.version,
        role.updated_at,
    )
    .execute(&mut **locked)
    .await?;
    one(updated.rows_affected())
}

/// Removes a role that nobody has.
pub async fn delete(locked: &mut Locked, id: CustomRoleId) -> Result<(), sqlx::Error> {
    sqlx::query!("delete from identity.role where role_id = $1 and not built_in", id.to_string())
        .execute(&mut **locked)
        .await
        .map(drop)
}

fn names(content: &Content) -> Vec<String> {
    content.permissions.iter().map(permission::name).collect()
}

/// No row was written where another role has the name.
fn one(rows: u64) -> Result<(), sqlx::Error> {
    if rows == 0 { Err(pg::taken("role_display_name_key_key")) } else { Ok(()) }
}
