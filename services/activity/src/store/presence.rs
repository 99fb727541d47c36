//! Which staff look at which customer just now.

use patron_chassis::{pg::Database, principal::Scope};
use patron_ledger::{reference::assigned_to, sweep};
use patron_values::id::{CustomerId, StaffId};
use std::time::Duration;
use time::OffsetDateTime;

/// Who has not said so for this long looks at the customer no more. With the rest between two calls, others see it within 15 seconds.
pub const GONE_AFTER: Duration = Duration::from_secs(8);
/// How old a row is before it is written again: it is read far more often.
const REWRITTEN_AFTER: Duration = Duration::from_secs(3);
/// Others that are shown.
const SHOWN: i64 = 20;

/// A member of staff who looks at a customer.
#[derive(Debug, Clone)]
pub struct Presence {
    /// Who.
    pub staff: StaffId,
    /// Their name.
    pub display_name: String,
}

/// Notes that a member of staff looks at a customer, and gives the others who do, by name. `None` where the customer is not visible in
/// `scope`.
pub async fn announce(
    database: &Database,
    customer: CustomerId,
    scope: Scope,
    looking: &Presence,
    now: OffsetDateTime,
) -> Result<Option<Vec<Presence>>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"with visible as materialized (
               select from activity.customer_ref
               where customer_id = $1 and state = 'active' and ($2::uuid is null or assigned_staff @> array[$2])),
           announced as (
               insert into activity.presence as known (customer_id, staff_id, display_name, seen_at)
               select $1, $3, $4, $5 from visible
               on conflict (customer_id, staff_id)
                   do update set display_name = excluded.display_name, seen_at = excluded.seen_at
                   where known.seen_at < $6)
           select seen.visible as "visible!", other.staff_id as "staff?: StaffId", other.display_name as "display_name?"
           from (select exists (select from visible) as visible) seen
           left join activity.presence other
               on seen.visible and other.customer_id = $1 and other.staff_id <> $3 and other.seen_at > $7
           order by other.display_name, other.staff_id limit $8"#,
        customer.0,
        assigned_to(scope).map(|staff| staff.0),
        looking.staff.0,
        looking.display_name,
        now,
        now - REWRITTEN_AFTER,
        now - GONE_AFTER,
        SHOWN,
    )
    .fetch_all(database)
    .await?;
    if !rows.iter().any(|row| row.visible) {
        return Ok(None);
    }
    let others = rows.into_iter().filter_map(|row| {
        Some(Presence { staff: row.staff?, display_name: row.display_name.unwrap_or_default() })
    });
    Ok(Some(others.collect()))
}

/// Removes those from before this time, at most [`sweep::ROWS`], and says how many. There are never so many that an index would help.
pub async fn delete_old(database: &Database, before: OffsetDateTime) -> Result<u64, sqlx::Error> {
    let deleted = sqlx::query!(
        "delete from activity.presence where (customer_id, staff_id) in (
             select customer_id, staff_id from activity.presence where seen_at < $1 limit $2)",
        before,
        sweep::ROWS,
    );
    Ok(deleted.execute(database).await?.rows_affected())
}
