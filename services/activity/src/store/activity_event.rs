//! What happened, one event at a time.

use super::row::select;
use crate::{
    activity_event::{ActivityEvent, Change},
    viewer::Viewer,
};
use patron_chassis::{pg::Transaction, principal::Scope};
use patron_ledger::reference::assigned_to;
use patron_values::id::EventId;
use sqlx::{PgExecutor, types::Json};
use time::OffsetDateTime;
use uuid::Uuid;

/// Keeps events, in their order, which then wait for their positions. Those that are kept already stay as they are, and those of
/// customers whose history goes are not kept.
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
        "with asked as (
             select * from unnest($1::uuid[], $2::text[], $3::text[], $4::uuid[], $5::text[], $6::text[], $7::text[],
                 $8::text[], $9::text[], $10::text[], $11::uuid[], $12::text[], $13::timestamptz[], $14::jsonb[],
                 $15::bigint[]) with ordinality
                 as asked (event_id, source, type, customer_id, resource, actor, actor_display_name, on_behalf_of, origin,
                     reason, trace_id, span_id, event_time, changes, version, place)
         ), kept as (
             insert into activity.activity_event (event_id, source, type, customer_id, resource, version, actor,
                 actor_display_name, on_behalf_of, origin, reason, trace_id, span_id, event_time, changes)
             select event_id, source, type, customer_id, resource, version, nullif(actor, ''),
                 nullif(actor_display_name, ''), nullif(on_behalf_of, ''), nullif(origin, ''), nullif(reason, ''), trace_id,
                 nullif(span_id, ''), event_time, changes
             from asked
             where not exists (
                 select from activity.history_deletion gone where gone.customer_id = asked.customer_id)
             order by place
             on conflict (event_id) do nothing
             returning event_id
         )
         insert into activity.arrival (event_id) select event_id from kept join asked using (event_id) order by place",
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
) -> Result<Option<ActivityEvent>, sqlx::Error> {
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
    Ok(row.map(ActivityEvent::from))
}
