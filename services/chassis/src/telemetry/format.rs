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

/// Writes `time`, `level`, `service`, `trace_id` where there is a call, `target`, `message`, and the event's
/// fields.
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

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use http::HeaderMap;
    use tracing_subscriber::{fmt::MakeWriter, layer::SubscriberExt as _};

    use super::*;

    #[derive(Clone, Default)]
    struct Written(Arc<Mutex<Vec<u8>>>);

    impl std::io::Write for Written {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    impl<'a> MakeWriter<'a> for Written {
        type Writer = Self;

        fn make_writer(&'a self) -> Self {
            self.clone()
        }
    }

    #[test]
    fn a_line_is_one_json_object_with_the_trace_of_its_call() {
        let written = Written::default();
        let layer = tracing_subscriber::fmt::layer()
            .event_format(Json::new(Peer::GROUP))
            .with_writer(written.clone());
        let context = Context::of(&HeaderMap::new(), None, false);
        tracing::subscriber::with_default(tracing_subscriber::registry().with(layer), || {
            tracing::info!("outside");
            context.within(|| tracing::warn!(count = 3, code = ?tonic::Code::Ok, "two\nlines"));
        });
        let text = String::from_utf8(written.0.lock().unwrap().clone()).unwrap();
        let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(lines.len(), 2);
        assert_eq!((&lines[0]["message"], lines[0].get("trace_id")), (&"outside".into(), None));
        assert_eq!(lines[1]["trace_id"], context.trace.id.to_string());
        let fields = ["level", "service", "message", "count", "code"].map(|name| lines[1][name].clone());
        assert_eq!(Value::from(fields.to_vec()), serde_json::json!(["WARN", "group", "two\nlines", 3, "Ok"]));
    }
}
