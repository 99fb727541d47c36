//! Roles.

use crate::role::{Role, RoleId, RoleScope};
use patron_chassis::permission;
use sqlx::PgExecutor;

struct Row {
    role_id: RoleId,
    display_name: String,
    permissions: Vec<String>,
    scope: RoleScope,
}

impl From<Row> for Role {
    fn from(row: Row) -> Self {
        Self {
            id: row.role_id,
            display_name: row.display_name,
            // One that this build does not know gives nothing.
            permissions: row.permissions.iter().filter_map(|name| permission::parse(name)).collect(),
            scope: row.scope,
        }
    }
}

/// One role.
pub async fn find(executor: impl PgExecutor<'_>, role: &RoleId) -> Result<Option<Role>, sqlx::Error> {
    let row = sqlx::query_as!(
        Row,
        r#"select role_id as "role_id: _", display_name, permissions, scope as "scope: _"
           from identity.role where role_id = $1"#,
        role.as_str(),
    );
    Ok(row.fetch_optional(executor).await?.map(Role::from))
}

/// Roles by id, after the one given.
pub async fn list(
    executor: impl PgExecutor<'_>,
    after: Option<&str>,
    limit: i64,
) -> Result<Vec<Role>, sqlx::Error> {
    let rows = sqlx::query_as!(
        Row,
        r#"select role_id as "role_id: _", display_name, permissions, scope as "scope: _"
           from identity.role where $1::text is null or role_id > $1 order by role_id limit $2"#,
        after,
        limit,
    );
    Ok(rows.fetch_all(executor).await?.into_iter().map(Role::from).collect())
}
