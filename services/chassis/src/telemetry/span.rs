//! The spans of a call. Where nothing records them they are disabled and cost a comparison.

use opentelemetry::trace::{SpanContext, TraceContextExt as _, TraceState};
use tracing::{Span, field::Empty};
use tracing_opentelemetry::OpenTelemetrySpanExt as _;

use super::SPANS;
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
        let _ = span.set_parent(opentelemetry::Context::new().with_remote_span_context(parent));
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
        // Within a span of ours it is under that one without being told.
        follow(&span, trace);
    }
    span
}

fn follow(span: &Span, trace: &mut Trace) {
    let context = span.context();
    let begun = context.span().span_context().clone();
    if begun.is_valid() {
        *trace =
            Trace { id: begun.trace_id(), span: begun.span_id(), flags: begun.trace_flags(), received: true };
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

/// The span of one SQL statement, for [`tracing::Instrument`]: its operation (`select`) and what it is for in
/// few words (`select customer by email`), never its parameters.
pub fn sql_span(operation: &'static str, summary: &'static str) -> Span {
    tracing::info_span!(
        target: SPANS, "db.client", otel.name = summary, otel.kind = "client", db.system.name = "postgresql",
        db.operation.name = operation, db.query.summary = summary,
    )
}
