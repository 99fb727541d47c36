//! Log lines: one JSON object each.

use std::fmt;

use serde_json::{Map, Value};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};
use tracing::{
    Event, Subscriber,
    field::{Field, Visit},
};
use tracing_subscriber::{
    fmt::{FmtContext, FormatEvent, FormatFields, format::Writer},
    registry::LookupSpan,
};

use crate::{clock::Clock, context::Context, peer::Peer};

/// Writes `time`, `level`, `service`, `trace_id` where there is a call, `target`, `message`, and the event's fields.
pub(super) struct Json {
    peer: Peer,
    clock: Clock,
}

impl Json {
    pub(super) fn new(peer: Peer) -> Self {
        Self { peer, clock: Clock::System }
    }

    fn line(&self, event: &Event<'_>, now: OffsetDateTime) -> Map<String, Value> {
        let metadata = event.metadata();
        let mut line = Map::new();
        line.insert("time".to_owned(), now.format(&Rfc3339).unwrap_or_default().into());
        line.insert("level".to_owned(), metadata.level().as_str().into());
        line.insert("service".to_owned(), self.peer.name().into());
        if let Some(trace) = Context::current_trace() {
            line.insert("trace_id".to_owned(), trace.id.to_string().into());
        }
        line.insert("target".to_owned(), metadata.target().into());
        event.record(&mut Fields(&mut line));
        line
    }
}

impl<S, N> FormatEvent<S, N> for Json
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(
        &self,
        _: &FmtContext<'_, S, N>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        let line = Value::Object(self.line(event, self.clock.now()));
        writeln!(writer, "{line}")
    }
}

/// Puts the fields of an event into its line.
struct Fields<'a>(&'a mut Map<String, Value>);

impl Fields<'_> {
    fn put(&mut self, field: &Field, value: impl Into<Value>) {
        self.0.insert(field.name().to_owned(), value.into());
    }
}

impl Visit for Fields<'_> {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.put(field, value);
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.put(field, value);
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.put(field, value);
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.put(field, value);
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        self.put(field, value);
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.put(field, format!("{value:?}"));
    }
}
