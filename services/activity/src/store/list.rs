//! Pages of events, the latest first: built at run time, since what is filtered by is the caller's choice.

use super::row::{Row, select};
use crate::{activity_event::ActivityEvent, viewer::Viewer};
use patron_chassis::{pg::Database, principal::Scope};
use patron_values::{
    field_set::Field,
    filter::{Filter, Kind},
    id::{CustomerId, EventId, StaffId},
};
use sqlx::{Postgres, QueryBuilder};
use std::sync::LazyLock;
use time::{OffsetDateTime, macros::datetime};
use uuid::Uuid;

const COLUMNS: &str =
    "event_id, null::bigint as position, source, type, customer_id, resource, version, actor,
    actor_display_name, on_behalf_of, origin, reason, trace_id, span_id, event_time, changes";

/// What can be filtered by. The last two are for staff: customers could find out by them who did something.
static FILTERS: LazyLock<[Field<ActivityEvent>; 7]> = LazyLock::new(|| {
    let field = |name, column, kind| Field::new(name, column).filtered(kind);
    [
        field("type", "e.type", Kind::Text),
        field("source", "e.source", Kind::Text),
        field("resource", "e.resource", Kind::Text),
        field("trace_id", "e.trace_id", Kind::id("")),
        field("event_time", "e.event_time", Kind::Timestamp),
        field("actor", "e.actor", Kind::Text),
        field("on_behalf_of", "e.on_behalf_of", Kind::Text),
    ]
});

/// What a caller with this scope can filter by.
pub fn filters(scope: Scope) -> &'static [Field<ActivityEvent>] {
    match scope {
        Scope::All | Scope::Assigned(_) => &*FILTERS,
        Scope::Own(_) => &FILTERS[..FILTERS.len() - 2],
    }
}

/// Which events to list.
#[derive(Debug)]
pub struct Selection {
    /// Those the caller sees.
    pub viewer: Viewer,
    /// Those of this customer alone.
    pub customer: Option<CustomerId>,
    /// What else must hold.
    pub filter: Filter,
}

/// Where a page ends: time and id of its last event.
#[derive(Debug, Clone, Copy, serde::Serialize, serde::Deserialize)]
pub struct Cursor(OffsetDateTime, EventId);

/// Before the first page.
const START: Cursor = Cursor(datetime!(9999-12-31 23:59 UTC), EventId(Uuid::max()));

impl Cursor {
    /// The place of an event.
    pub fn of(event: &ActivityEvent) -> Self {
        Self(event.happened_at, event.id)
    }
}

/// Events of a selection, the latest first, at most `limit` after a place.
pub async fn list(
    database: &Database,
    selection: &Selection,
    after: Option<&Cursor>,
    limit: i64,
) -> Result<Vec<ActivityEvent>, sqlx::Error> {
    let after = *after.unwrap_or(&START);
    let rows = match selection {
        Selection { viewer: Viewer { scope: Scope::Assigned(staff), .. }, customer: None, filter }
            if filter.is_empty() =>
        {
            list_assigned(database, *staff, after, limit).await?
        }
        _ => list_selected(database, selection, after, limit).await?,
    };
    Ok(rows.into_iter().map(ActivityEvent::from).collect())
}

/// What happened to any of a staff member's customers.
///
/// The latest event of each customer says whose events can be on the page; of these the latest are compared. So it takes
/// one look into an index for each customer, however long their histories are, where Postgres by itself would read all of
/// these, or events of others until enough of the right ones were among them.
async fn list_assigned(
    database: &Database,
    staff: StaffId,
    Cursor(time, event): Cursor,
    limit: i64,
) -> Result<Vec<Row>, sqlx::Error> {
    select!(
        "join (
             select k.event_id from (
                 select r.customer_id from activity.customer_ref r cross join lateral (
                     select k.event_time, k.event_id from activity.activity_event k
                     where k.customer_id = r.customer_id and (k.event_time, k.event_id) < ($2, $3)
                     order by k.event_time desc, k.event_id desc limit 1
                 ) latest
                 where r.assigned_staff @> array[$1::uuid]
                 order by latest.event_time desc, latest.event_id desc limit $4
             ) candidate cross join lateral (
                 select k.event_time, k.event_id from activity.activity_event k
                 where k.customer_id = candidate.customer_id and (k.event_time, k.event_id) < ($2, $3)
                 order by k.event_time desc, k.event_id desc limit $4
             ) k
             order by k.event_time desc, k.event_id desc limit $4
         ) page using (event_id)
         order by event_time desc, event_id desc",
        staff.0,
        time,
        event.0,
        limit,
    )
    .fetch_all(database)
    .await
}

async fn list_selected(
    database: &Database,
    selection: &Selection,
    Cursor(time, event): Cursor,
    limit: i64,
) -> Result<Vec<Row>, sqlx::Error> {
    let mut sql = QueryBuilder::new("select ");
    sql.push(COLUMNS).push(" from activity.activity_event e where (e.event_time, e.event_id) < (");
    sql.push_bind(time).push(", ").push_bind(event.0).push(")");
    selection.push(&mut sql);
    sql.push(" order by e.event_time desc, e.event_id desc limit ").push_bind(limit);
    // Which index is best depends on the values filtered by, so a plan is not kept for others.
    sql.build_query_as().persistent(selection.filter.is_empty()).fetch_all(database).await
}

/// How many events a selection has, counted up to 10,000; 10,001 where there are more.
pub async fn count(database: &Database, selection: &Selection) -> Result<i32, sqlx::Error> {
    let mut sql =
        QueryBuilder::new("select count(*)::integer from (select from activity.activity_event e where true");
    selection.push(&mut sql);
    sql.push(" limit 10001) as counted");
    sql.build_query_scalar().persistent(selection.filter.is_empty()).fetch_one(database).await
}

impl Selection {
    /// Writes further conditions. The caller's scope stands outside of what the caller asks for.
    fn push(&self, sql: &mut QueryBuilder<Postgres>) {
        match self.viewer.scope {
            Scope::All if self.viewer.audits => {}
            Scope::All => drop(sql.push(" and e.customer_id is not null")),
            Scope::Assigned(staff) => {
                sql.push(" and e.customer_id in (select customer_id from activity.customer_ref where assigned_staff @> array[")
                    .push_bind(staff.0)
                    .push("])");
            }
            Scope::Own(own) => {
                sql.push(" and e.customer_id in (select customer_id from activity.customer_ref where state = 'active' and customer_id = ")
                    .push_bind(own.0)
                    .push(")");
            }
        }
        if let Some(customer) = self.customer {
            sql.push(" and e.customer_id = ").push_bind(customer.0);
        }
        if !self.filter.is_empty() {
            sql.push(" and ");
            self.filter.push(sql);
        }
    }
}
