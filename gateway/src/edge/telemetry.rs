//! A span of each request, and its rate, errors and duration by route. Routes are templates, so nothing of a person is in them;
//! paths and queries are recorded nowhere.

use crate::{gateway::Destination, transcode::Target};
use http::{Method, StatusCode};
use opentelemetry::{KeyValue, StringValue, global, metrics::Histogram};
use patron_chassis::{
    context::Trace,
    telemetry::{end_http_span, http_span},
};
use std::{sync::LazyLock, time::Instant};
use tracing::Span;

/// Upper bounds of the histogram, in seconds. Source: OpenTelemetry semantic conventions, `http.server.request.duration`.
const BOUNDS: [f64; 14] = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0];

static DURATION: LazyLock<Histogram<f64>> = LazyLock::new(|| {
    let meter = global::meter("patron");
    let histogram = meter.f64_histogram("http.server.request.duration").with_unit("s");
    histogram
        .with_description("Time to answer requests, by method, route and status")
        .with_boundaries(BOUNDS.to_vec())
        .build()
});

/// What nginx calls a request whose caller left before it was answered.
const CLIENT_LEFT: u16 = 499;

/// A request that is being answered. Records it when dropped, whichever way it ends.
pub(super) struct Measured {
    span: Span,
    method: StringValue,
    route: StringValue,
    began: Instant,
    status: u16,
    /// Whether the response goes on until one side ends it: how long its beginning takes says nothing of how quick anything is. That
    /// it was refused counts.
    streaming: bool,
}

impl Measured {
    /// Begins the span of a request; `trace` becomes its place if it is recorded.
    pub(super) fn begin(destination: &Destination<'_>, method: &Method, trace: &mut Trace) -> Self {
        let (route, writes) = match destination {
            Destination::Api(Target::Rpc(route, _)) => {
                (StringValue::from(route.pattern.clone()), !route.reads)
            }
            Destination::Api(Target::Grpc(route)) => (route.rpc.path().to_owned().into(), !route.reads),
            Destination::Api(Target::Options(_)) => ("options".into(), false),
            Destination::Page(_) => ("page".into(), false),
            Destination::Rejected(_) => ("none".into(), false),
        };
        let streaming = matches!(destination, Destination::Api(Target::Rpc(route, _) | Target::Grpc(route)) if route.streaming);
        let span = http_span(method.as_str(), route.as_str(), writes, trace);
        let (method, began) = (known(method).into(), Instant::now());
        Self { span, method, route, began, status: CLIENT_LEFT, streaming }
    }

    /// The span.
    pub(super) fn span(&self) -> Span {
        self.span.clone()
    }

    /// Notes how the request was answered.
    pub(super) fn end(mut self, status: StatusCode) {
        self.status = status.as_u16();
        end_http_span(&self.span, status);
    }
}

impl Drop for Measured {
    fn drop(&mut self) {
        if self.streaming && (self.status < 400 || self.status == CLIENT_LEFT) {
            return;
        }
        let attributes = [
            KeyValue::new("http.request.method", self.method.clone()),
            KeyValue::new("http.route", self.route.clone()),
            KeyValue::new("http.response.status_code", i64::from(self.status)),
        ];
        DURATION.record(self.began.elapsed().as_secs_f64(), &attributes);
    }
}

/// The method, if it is one that APIs have: callers can invent more than a metric should hold.
fn known(method: &Method) -> &'static str {
    const KNOWN: [&str; 7] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];
    KNOWN.into_iter().find(|known| *known == method.as_str()).unwrap_or("_OTHER")
}
