//! What happened, one event at a time and in the order of arrival.

use super::row::select;
use crate::{
    activity_event::{ActivityEvent, Change, Place, Recorded},
    viewer::Viewer,
};
use patron_chassis::{pg::Transaction, principal::Scope};
use patron_ledger::reference::assigned_to;
use patron_values::id::{CustomerId, EventId};
use sqlx::{PgExecutor, types::Json};
use time::OffsetDateTime;
use uuid::Uuid;

/// Keeps events, in their order. Those that are kept already stay as they are.
pub async fn insert_all(transaction: &mut Transaction, events: &[ActivityEvent]) -> Result<(), sqlx::Error> {
    let column =
        |of: fn(&ActivityEvent) -> &str| events.iter().map(of).map(str::to_owned).collect::<Vec<_>>();
    let ids: Vec<Uuid> = events.iter().map(|event| event.id.0).collect();
    let customers: Vec<Option<Uuid>> = events.iter().map(|event| event.customer.map(|it| it.0)).collect();
    let versions: Vec<Option<i64>> = events.iter().map(|event| event.version).collect();
    let traces: Vec<Option<Uuid>> =
        events.iter().map(|event| Uuid::try_parse(&event.context.trace_id).ok()).collect();
    let times: Vec<OffsetDateTime> = events.iter().map(|event| event.happened_at).collect();
    let changes: Vec<Json<&[Change]>> = events.iter().map(|event| Json(event.changes.as_slice())).collect();
    sqlx::query!(
        "insert into activity.activity_event (event_id, source, type, customer_id, resource, version, actor,
             actor_display_name, on_behalf_of, origin, reason, trace_id, span_id, event_time, changes)
         select event_id, source, type, customer_id, resource, version, nullif(actor, ''), nullif(actor_display_name, ''),
             nullif(on_behalf_of, ''), nullif(origin, ''), nullif(reason, ''), trace_id, nullif(span_id, ''), event_time,
             changes
         from unnest($1::uuid[], $2::text[], $3::text[], $4::uuid[], $5::text[], $6::text[], $7::text[], $8::text[],
             $9::text[], $10::text[], $11::uuid[], $12::text[], $13::timestamptz[], $14::jsonb[], $15::bigint[])
             with ordinality as row (event_id, source, type, customer_id, resource, actor, actor_display_name, on_behalf_of,
                 origin, reason, trace_id, span_id, event_time, changes, version, place)
         order by place
         on conflict (event_id) do nothing",
        &ids,
        &column(|event| &event.source),
        &column(|event| &event.kind),
        &customers as &[Option<Uuid>],
        &column(|event| &event.resource),
        &column(|event| &event.context.actor),
        &column(|event| &event.context.actor_display_name),
        &column(|event| &event.context.on_behalf_of),
        &column(|event| &event.context.origin),
        &column(|event| &event.context.reason),
        &traces as &[Option<Uuid>],
        &column(|event| &event.context.span_id),
        &times,
        &changes as &[Json<&[Change]>],
        &versions as &[Option<i64>],
    )
    .execute(transaction)
    .await
    .map(drop)
}

/// One event that `viewer` sees.
pub async fn find(
    executor: impl PgExecutor<'_>,
    event: EventId,
    viewer: Viewer,
) -> Result<Option<Recorded>, sqlx::Error> {
    let own = if let Scope::Own(own) = viewer.scope { Some(own.0) } else { None };
    let row = select!(
        "left join activity.customer_ref r using (customer_id)
         where event_id = $1 and case
             when $2::uuid is not null then r.customer_id = $2 and r.state = 'active'
             when $3::uuid is not null then r.assigned_staff @> array[$3]
             else e.customer_id is not null or $4
         end",
        event.0,
        own,
        assigned_to(viewer.scope).map(|staff| staff.0),
        viewer.audits,
    )
    .fetch_optional(executor)
    .await?;
    Ok(row.map(Recorded::from))
}

/// The place below which the order of arrival is complete: whatever is kept from now on stands above.
pub async fn horizon(executor: impl PgExecutor<'_>) -> Result<Place, sqlx::Error> {
    let transaction =
        sqlx::query_scalar!(r#"select pg_snapshot_xmin(pg_current_snapshot())::text::bigint as "xmin!""#)
            .fetch_one(executor)
            .await?;
    Ok(Place { transaction, number: 0 })
}

/// Events after a place, up to the horizon, in the order of arrival.
pub async fn list_after(
    executor: impl PgExecutor<'_>,
    after: Place,
    limit: i64,
) -> Result<Vec<Recorded>, sqlx::Error> {
    let rows = select!(
        "where (recorded_by, recorded_id) > ($1, $2)
             and recorded_by < pg_snapshot_xmin(pg_current_snapshot())::text::bigint
         order by recorded_by, recorded_id limit $3",
        after.transaction,
        after.number,
        limit,
    )
    .fetch_all(executor)
    .await?;
    Ok(rows.into_iter().map(Recorded::from).collect())
}

/// Like [`list_after`], those of one customer.
pub async fn list_of_customer_after(
    executor: impl PgExecutor<'_>,
    customer: CustomerId,
    after: Place,
    limit: i64,
) -> Result<Vec<Recorded>, sqlx::Error> {
    let rows = select!(
        "where customer_id = $1 and (recorded_by, recorded_id) > ($2, $3)
             and recorded_by < pg_snapshot_xmin(pg_current_snapshot())::text::bigint
         order by recorded_by, recorded_id limit $4",
        customer.0,
        after.transaction,
        after.number,
        limit,
    )
    .fetch_all(executor)
    .await?;
    Ok(rows.into_iter().map(Recorded::from).collect())
}
