//! The spans of a call. Where nothing records them they are disabled and cost a comparison.

use opentelemetry::trace::{SpanContext, TraceContextExt as _, TraceState};
use tracing::{Span, field::Empty};
use tracing_opentelemetry::OpenTelemetrySpanExt as _;

use super::{SPANS, sample::Undecided};
use crate::context::Trace;

/// Attribute that says whether a call changes something.
pub(super) const WRITES: &str = "patron.writes";

/// The span of a call that is answered, under the caller's. `trace` becomes the place of the new span if it
/// is recorded.
pub(crate) fn server_span(method: &str, writes: bool, trace: &mut Trace) -> Span {
    let span = tracing::info_span!(
        target: SPANS, "rpc.server", otel.name = method, otel.kind = "server", rpc.system.name = "grpc",
        rpc.method = method, patron.writes = writes, rpc.response.status_code = Empty, otel.status_code = Empty,
    );
    begin(&span, trace);
    span
}

/// The span of an HTTP request that is answered, under the caller's. `route` is a template, never a path with
/// ids in it.
pub fn http_span(method: &str, route: &str, writes: bool, trace: &mut Trace) -> Span {
    let span = tracing::info_span!(
        target: SPANS, "http.server", otel.name = Empty, otel.kind = "server", http.request.method = method,
        http.route = route, patron.writes = writes, http.response.status_code = Empty, otel.status_code = Empty,
    );
    if !span.is_disabled() {
        span.record("otel.name", format_args!("{method} {route}"));
    }
    begin(&span, trace);
    span
}

/// Writes the status of the response to the span of a request.
pub fn end_http_span(span: &Span, status: http::StatusCode) {
    if !span.is_disabled() {
        span.record("http.response.status_code", status.as_u16());
        if status.is_server_error() {
            span.record("otel.status_code", "ERROR");
        }
    }
}

/// The span of work done for a call that has ended, such as the delivery of what it wrote; under the span of
/// that call.
pub fn consumer_span(name: &'static str, trace: &Trace) -> Span {
    let span = tracing::info_span!(
        target: SPANS, "consumer", otel.name = name, otel.kind = "consumer", patron.writes = true,
    );
    begin(&span, &mut { *trace });
    span
}

/// Puts a new span under the place `trace` names, and `trace` at its own.
fn begin(span: &Span, trace: &mut Trace) {
    if span.is_disabled() {
        return;
    }
    if trace.received {
        let parent = SpanContext::new(trace.id, trace.span, trace.flags, true, TraceState::NONE);
        // Fails only for a span that has begun, which this has not.
        let parent = opentelemetry::Context::new().with_remote_span_context(parent);
        let _ = span.set_parent(if trace.decided { parent } else { parent.with_value(Undecided) });
    }
    follow(span, trace);
}

/// The span of a call that is made, under the current one. `trace` becomes its place if it is recorded.
pub(crate) fn client_span(method: &str, trace: &mut Trace) -> Span {
    let span = tracing::info_span!(
        target: SPANS, "rpc.client", otel.name = method, otel.kind = "client", rpc.system.name = "grpc",
        rpc.method = method, rpc.response.status_code = Empty, otel.status_code = Empty,
    );
    if Span::current().is_disabled() {
        begin(&span, trace);
    } else if !span.is_disabled() {
        // Within a span of ours it is under that one by itself.
        follow(&span, trace);
    }
    span
}

fn follow(span: &Span, trace: &mut Trace) {
    let context = span.context();
    let begun = context.span().span_context().clone();
    if begun.is_valid() {
        *trace = Trace {
            id: begun.trace_id(),
            span: begun.span_id(),
            flags: begun.trace_flags(),
            received: true,
            decided: true,
        };
    }
}

/// Writes the code of the answer to a span; `failed` if it is the answering side's fault.
pub(crate) fn end_span(span: &Span, code: &'static str, failed: bool) {
    if !span.is_disabled() {
        span.record("rpc.response.status_code", code);
        if failed {
            span.record("otel.status_code", "ERROR");
        }
    }
}

/// The span of one SQL statement, under the current one. `None` where that is not recorded: statements of background
/// work belong to no trace.
pub(crate) fn sql_span() -> Option<Span> {
    let span = tracing::info_span!(
        target: SPANS, "db.client", otel.name = Empty, otel.kind = "client", db.system.name = "postgresql",
        db.query.summary = Empty, db.query.text = Empty, db.response.status_code = Empty, otel.status_code = Empty,
    );
    (!span.is_disabled() && !Span::current().is_disabled()).then_some(span)
}

/// Writes to the span of a statement what it is; never what its placeholders stand for.
pub(crate) fn name_sql_span(span: &Span, sql: &str) {
    let summary = summary(sql);
    span.record("otel.name", &summary);
    span.record("db.query.summary", &summary);
    span.record("db.query.text", sql);
}

/// Writes to the span of a statement that it failed, with Postgres's code where it was Postgres that refused it.
pub(crate) fn fail_sql_span(span: &Span, code: Option<&str>) {
    span.record("otel.status_code", "ERROR");
    if let Some(code) = code {
        span.record("db.response.status_code", code);
    }
}

/// A statement in few words: its verb and the first table it names, such as `select profile.customer`.
fn summary(sql: &str) -> String {
    let mut words = sql.split_ascii_whitespace();
    let mut summary = words.clone().next().unwrap_or_default().to_owned();
    while let Some(word) = words.next() {
        let table =
            if matches!(word, "from" | "join" | "into" | "update") { words.clone().next() } else { None };
        if let Some(table) = table.filter(|table| !table.contains('(')) {
            summary.push(' ');
            summary.push_str(table);
            break;
        }
    }
    summary
}

#[cfg(test)]
mod tests {
    use super::summary;

    #[test]
    fn a_statement_is_summed_up_by_its_verb_and_first_table() {
        for (sql, expected) in [
            ("select 1", "select"),
            ("select a\n from profile.customer c where b = $1 for update", "select profile.customer"),
            (
                "select a from unnest($1::uuid[]) as asked (id)\n join address.address using (id)",
                "select address.address",
            ),
            ("insert into queue (payload) values ($1)", "insert queue"),
            ("update inbox set version = $1 from unnest($2) as latest", "update inbox"),
            ("delete from groups.membership where a = $1", "delete groups.membership"),
            ("", ""),
        ] {
            assert_eq!(summary(sql), expected, "{sql}");
        }
    }
}
