use crate::activity_event::{ActivityEvent, Arrived, Change, Position};
use patron_proto::event::v1::ChangeContext;
use patron_values::id::{CustomerId, EventId};
use sqlx::types::Json;
use time::OffsetDateTime;
use uuid::Uuid;

/// Columns of an event as they are read.
#[derive(sqlx::FromRow)]
pub(super) struct Row {
    pub(super) event_id: EventId,
    /// Where it is asked for.
    pub(super) position: Option<i64>,
    pub(super) source: String,
    pub(super) r#type: String,
    pub(super) customer_id: Option<CustomerId>,
    pub(super) resource: String,
    pub(super) version: Option<i64>,
    pub(super) actor: Option<String>,
    pub(super) actor_display_name: Option<String>,
    pub(super) on_behalf_of: Option<String>,
    pub(super) origin: Option<String>,
    pub(super) reason: Option<String>,
    pub(super) trace_id: Option<Uuid>,
    pub(super) span_id: Option<String>,
    pub(super) event_time: OffsetDateTime,
    pub(super) changes: Json<Vec<Change>>,
}

impl Row {
    /// The event with its position; `None` where none was asked for.
    pub(super) fn arrived(self) -> Option<Arrived> {
        let position = Position(self.position?);
        Some(Arrived { position, event: self.into() })
    }
}

impl From<Row> for ActivityEvent {
    fn from(row: Row) -> Self {
        let text = Option::unwrap_or_default;
        Self {
            id: row.event_id,
            source: row.source,
            kind: row.r#type,
            customer: row.customer_id,
            resource: row.resource,
            version: row.version,
            context: ChangeContext {
                actor: text(row.actor),
                actor_display_name: text(row.actor_display_name),
                on_behalf_of: text(row.on_behalf_of),
                origin: text(row.origin),
                reason: text(row.reason),
                trace_id: row.trace_id.map(|id| id.simple().to_string()).unwrap_or_default(),
                span_id: text(row.span_id),
            },
            happened_at: row.event_time,
            changes: row.changes.0,
        }
    }
}

/// Selects events `e`, with their positions where an expression says what these are; what follows the list of columns is the
/// argument. Checked against the schema.
macro_rules! select {
    (position: $position:literal, $rest:literal $(, $argument:expr)* $(,)?) => {
        sqlx::query_as!(
            $crate::store::row::Row,
            r#"select e.event_id as "event_id: _", source, type, e.customer_id as "customer_id: _", resource, e.version, actor,
                   actor_display_name, on_behalf_of, origin, reason, trace_id, span_id, event_time,
                   changes as "changes: _", "# + $position + r#" as "position?"
               from activity.activity_event e "# + $rest $(, $argument)*
        )
    };
    ($rest:literal $(, $argument:expr)* $(,)?) => {
        $crate::store::row::select!(position: "null::bigint", $rest $(, $argument)*)
    };
}

pub(super) use select;
