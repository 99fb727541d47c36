//! Skeletons of usernames.

use sqlx::PgExecutor;

/// Whose usernames.
#[derive(Debug, Clone, Copy)]
pub enum Table {
    /// Those that customers have or had.
    Customer,
    /// Those of staff.
    Staff,
}

/// Keys of names without a skeleton, in order, after the one given.
pub async fn list_without_skeleton(
    executor: impl PgExecutor<'_>,
    table: Table,
    after: &str,
    limit: i64,
) -> Result<Vec<String>, sqlx::Error> {
    match table {
        Table::Customer => {
            sqlx::query_scalar!(
                "select username_key from identity.username where skeleton is null and username_key > $1
                 order by username_key limit $2",
                after,
                limit,
            )
            .fetch_all(executor)
            .await
        }
        Table::Staff => {
            sqlx::query_scalar!(
                "select username_key from identity.staff where username_skeleton is null and username_key > $1
                 order by username_key limit $2",
                after,
                limit,
            )
            .fetch_all(executor)
            .await
        }
    }
}

/// Stores skeletons, all different, but for those that another name has.
pub async fn update_skeletons(
    executor: impl PgExecutor<'_>,
    table: Table,
    keys: &[String],
    skeletons: &[String],
) -> Result<(), sqlx::Error> {
    match table {
        Table::Customer => {
            sqlx::query!(
                "update identity.username set skeleton = new.skeleton
                 from unnest($1::text[], $2::text[]) as new (username_key, skeleton)
                 where username.username_key = new.username_key
                     and not exists (select from identity.username as other where other.skeleton = new.skeleton)",
                keys,
                skeletons,
            )
            .execute(executor)
            .await
        }
        Table::Staff => {
            sqlx::query!(
                "update identity.staff set username_skeleton = new.skeleton
                 from unnest($1::text[], $2::text[]) as new (username_key, skeleton)
                 where staff.username_key = new.username_key
                     and not exists (select from identity.staff as other where other.username_skeleton = new.skeleton)",
                keys,
                skeletons,
            )
            .execute(executor)
            .await
        }
    }
    .map(drop)
}
