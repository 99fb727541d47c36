//! Something that happened: what is kept of an event of another service.

use patron_proto::{
    activity::v1 as proto,
    event::v1::{ChangeContext, Event, FieldChange, event::Snapshot},
};
use patron_values::{
    diff::{to_json, to_proto},
    id::{CustomerId, EventId},
    timestamp,
};
use serde_json::Value as Json;
use time::OffsetDateTime;

/// Something that happened.
#[derive(Debug, Clone, PartialEq)]
pub struct ActivityEvent {
    /// Which it is, the same in every service.
    pub id: EventId,
    /// The service that made the change.
    pub source: String,
    /// What happened: `address.created`.
    pub kind: String,
    /// The customer concerned.
    pub customer: Option<CustomerId>,
    /// Name of the resource concerned.
    pub resource: String,
    /// Version of the aggregate after the change; `None` where it was kept before versions were.
    pub version: Option<i64>,
    /// By whom, for whom and in which request.
    pub context: ChangeContext,
    /// When it happened.
    pub happened_at: OffsetDateTime,
    /// What changed.
    pub changes: Vec<Change>,
}

/// Old and new value of one field, as proto-JSON; `None` where it has none. Those kept before values had types are text.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Change {
    /// Path of the field in the resource.
    pub field: String,
    /// Before the change.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub old: Option<Json>,
    /// After the change.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub new: Option<Json>,
}

/// Where an event stands in the order in which events came to be kept. Rises by one from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position(pub i64);

/// An event in the order in which events came to be kept.
#[derive(Debug, Clone)]
pub struct Arrived {
    /// Where it stands.
    pub position: Position,
    /// What happened.
    pub event: ActivityEvent,
}

/// A field of an event has a value that no event has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the {0} of the event is malformed")]
pub struct Malformed(&'static str);

impl ActivityEvent {
    /// What is kept of an event. `None` for those that only say which customers there are: they repeat what another event says
    /// for people.
    pub fn parse(event: &Event) -> Result<Option<Self>, Malformed> {
        if matches!(event.snapshot, Some(Snapshot::Reference(_))) {
            return Ok(None);
        }
        let customer = match event.customer.as_str() {
            "" => None,
            name => Some(CustomerId::parse(name).map_err(|_| Malformed("customer"))?),
        };
        let time = event.time.as_ref().ok_or(Malformed("time"))?;
        let nanos = i128::from(time.seconds) * 1_000_000_000 + i128::from(time.nanos);
        Ok(Some(Self {
            id: event.event_id.parse().map_err(|_| Malformed("event_id"))?,
            source: event.source.clone(),
            kind: event.r#type.clone(),
            customer,
            resource: event.resource.clone(),
            version: Some(event.version),
            context: event.context.clone().unwrap_or_default(),
            happened_at: OffsetDateTime::from_unix_timestamp_nanos(nanos).map_err(|_| Malformed("time"))?,
            changes: event.changes.iter().map(Change::from).collect(),
        }))
    }
}

impl From<&FieldChange> for Change {
    #[expect(deprecated, reason = "a service that is not yet upgraded sends text")]
    fn from(change: &FieldChange) -> Self {
        let or_text = |value: &Option<_>, text: &str| match value {
            Some(value) => Some(to_json(value)),
            None => (!text.is_empty()).then(|| text.into()),
        };
        Self {
            field: change.field.clone(),
            old: or_text(&change.old, &change.old_value),
            new: or_text(&change.new, &change.new_value),
        }
    }
}

impl From<&Change> for FieldChange {
    fn from(change: &Change) -> Self {
        Self {
            field: change.field.clone(),
            old: change.old.clone().map(to_proto),
            new: change.new.clone().map(to_proto),
            ..Self::default()
        }
    }
}

impl From<&ActivityEvent> for proto::ActivityEvent {
    fn from(event: &ActivityEvent) -> Self {
        Self {
            name: event.id.resource_name(),
            r#type: event.kind.clone(),
            customer: event.customer.map(CustomerId::resource_name).unwrap_or_default(),
            resource: event.resource.clone(),
            source: event.source.clone(),
            context: Some(event.context.clone()),
            event_time: Some(timestamp(event.happened_at)),
            changes: event.changes.iter().map(FieldChange::from).collect(),
            version: event.version.unwrap_or_default(),
        }
    }
}
