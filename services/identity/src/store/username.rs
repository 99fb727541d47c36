//! What keeps usernames apart.

use patron_chassis::pg::Transaction;
use sqlx::PgExecutor;

/// Whose usernames.
#[derive(Debug, Clone, Copy)]
pub enum Table {
    /// Those of customers.
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
                r#"select username_key as "key!" from identity.account
                   where username_skeleton is null and username_key > $1 order by username_key limit $2"#,
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
                "update identity.account set username_skeleton = new.skeleton
                 from unnest($1::text[], $2::text[]) as new (username_key, skeleton)
                 where account.username_key = new.username_key
                     and not exists (select from identity.account as other where other.username_skeleton = new.skeleton)",
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

/// Whether one of these hashes is kept of a customer who is gone.
pub async fn is_retired(executor: impl PgExecutor<'_>, hashes: &[Vec<u8>]) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select exists (select from identity.retired_username where username_hash = any($1)) as "retired!""#,
        hashes,
    )
    .fetch_one(executor)
    .await
}

/// Keeps the hashes of names whose customers are gone.
pub async fn retire(transaction: &mut Transaction, hashes: &[Vec<u8>]) -> Result<(), sqlx::Error> {
    if hashes.is_empty() {
        return Ok(());
    }
    sqlx::query!(
        "insert into identity.retired_username (username_hash) select distinct * from unnest($1::bytea[]) as row (username_hash)
         -- in one order for all, so that two transactions cannot wait for each other
         order by username_hash
         on conflict do nothing",
        hashes,
    )
    .execute(transaction)
    .await
    .map(drop)
}

/// Keys of names whose customers went before names were hashed.
pub async fn list_leftovers(executor: impl PgExecutor<'_>, limit: i64) -> Result<Vec<String>, sqlx::Error> {
    sqlx::query_scalar!("select username_key from identity.username limit $1", limit)
        .fetch_all(executor)
        .await
}

/// Keeps hashes in place of these names.
pub async fn retire_leftovers(
    executor: impl PgExecutor<'_>,
    names: &[String],
    hashes: &[Vec<u8>],
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "with gone as (delete from identity.username where username_key = any($1))
         insert into identity.retired_username (username_hash) select distinct * from unnest($2::bytea[])
         on conflict do nothing",
        names,
        hashes,
    )
    .execute(executor)
    .await
    .map(drop)
}
