//! In which order events came to be kept.

use super::row::{Row, select};
use crate::activity_event::{Arrived, Position};
use patron_chassis::pg::Database;
use patron_values::id::{CustomerId, EventId};
use sqlx::PgExecutor;

/// Events that are given positions in one transaction: it ends well within the statement timeout.
const AT_ONCE: i64 = 1_000;

/// Gives positions to kept events that have none. Does nothing where another process is doing it.
pub async fn sequence(database: &Database) -> Result<(), sqlx::Error> {
    while is_any_without_position(database).await? {
        let mut transaction = database.begin().await?;
        let leads = sqlx::query_scalar!(
            r#"select pg_try_advisory_xact_lock(hashtextextended('activity.arrival', 0)) as "leads!""#
        );
        if !leads.fetch_one(&mut transaction).await? {
            return Ok(());
        }
        // A statement of its own, which sees what the last leader committed.
        sqlx::query!(
            "update activity.arrival set position = next.position
             from (
                 select event_id, row_number() over (order by place)
                     + (select coalesce(max(position), 0) from activity.arrival) as position
                 from activity.arrival where position is null order by place limit $1
             ) next
             where arrival.event_id = next.event_id",
            AT_ONCE,
        )
        .execute(&mut transaction)
        .await?;
        transaction.commit().await?;
    }
    Ok(())
}

async fn is_any_without_position(executor: impl PgExecutor<'_>) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar!(r#"select exists (select from activity.arrival where position is null) as "is_any!""#)
        .fetch_one(executor)
        .await
}

/// The last position given.
pub async fn last(executor: impl PgExecutor<'_>) -> Result<Position, sqlx::Error> {
    let last = sqlx::query_scalar!(r#"select coalesce(max(position), 0) as "last!" from activity.arrival"#);
    last.fetch_one(executor).await.map(Position)
}

/// The position of an event; `None` where it has none yet.
pub async fn find(executor: impl PgExecutor<'_>, event: EventId) -> Result<Option<Position>, sqlx::Error> {
    let position = sqlx::query_scalar!(
        r#"select position as "position!" from activity.arrival where event_id = $1 and position is not null"#,
        event.0,
    );
    Ok(position.fetch_optional(executor).await?.map(Position))
}

/// Whether an event was kept once, and went with the history of its customer: its place stays.
pub async fn is_deleted(executor: impl PgExecutor<'_>, event: EventId) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select exists (select from activity.arrival where event_id = $1)
               and not exists (select from activity.activity_event where event_id = $1) as "is_deleted!""#,
        event.0,
    )
    .fetch_one(executor)
    .await
}

/// Events after a position, in their order.
pub async fn list_after(
    executor: impl PgExecutor<'_>,
    after: Position,
    limit: i64,
) -> Result<Vec<Arrived>, sqlx::Error> {
    let rows = select!(
        position: "a.position",
        "join activity.arrival a using (event_id) where a.position > $1 order by a.position limit $2",
        after.0,
        limit,
    )
    .fetch_all(executor)
    .await?;
    Ok(rows.into_iter().filter_map(Row::arrived).collect())
}

/// Like [`list_after`], those of one customer.
pub async fn list_of_customer_after(
    executor: impl PgExecutor<'_>,
    customer: CustomerId,
    after: Position,
    limit: i64,
) -> Result<Vec<Arrived>, sqlx::Error> {
    let rows = select!(
        position: "a.position",
        "join activity.arrival a using (event_id)
         where e.customer_id = $1 and a.position > $2 order by a.position limit $3",
        customer.0,
        after.0,
        limit,
    )
    .fetch_all(executor)
    .await?;
    Ok(rows.into_iter().filter_map(Row::arrived).collect())
}
