//! Exporters to an OpenTelemetry collector (OTLP over gRPC).

use opentelemetry::trace::TracerProvider as _;
use opentelemetry_appender_tracing::layer::OpenTelemetryTracingBridge;
use opentelemetry_otlp::{LogExporter, MetricExporter, SpanExporter, WithExportConfig as _};
use opentelemetry_sdk::{Resource, logs::SdkLoggerProvider, trace::SdkTracerProvider};
use tracing::{Subscriber, level_filters::LevelFilter};
use tracing_subscriber::{Layer, filter::filter_fn, registry::LookupSpan};

use super::{SPANS, sample::Sampler};
use crate::config::LogFilter;

/// Targets, by what they begin with, whose lines are not exported: spans are no lines, and libraries that
/// speak while exporting would never come to an end.
const NOT_EXPORTED: [&str; 6] = [SPANS, "h2", "hyper", "opentelemetry", "tonic", "tower"];

/// Where spans and log lines go besides standard output.
pub(super) struct Export {
    traces: SdkTracerProvider,
    logs: SdkLoggerProvider,
}

impl Export {
    pub(super) fn to(endpoint: &str, resource: &Resource, read_ratio: f64) -> anyhow::Result<Self> {
        let spans = SpanExporter::builder().with_tonic().with_endpoint(endpoint).build()?;
        let traces = SdkTracerProvider::builder()
            .with_resource(resource.clone())
            .with_sampler(Sampler::new(read_ratio))
            .with_batch_exporter(spans);
        let lines = LogExporter::builder().with_tonic().with_endpoint(endpoint).build()?;
        let logs = SdkLoggerProvider::builder().with_resource(resource.clone()).with_batch_exporter(lines);
        Ok(Self { traces: traces.build(), logs: logs.build() })
    }

    /// Records spans of ours; libraries have their own, which say nothing about a call.
    pub(super) fn spans<S>(&self) -> impl Layer<S> + use<S>
    where
        S: Subscriber + for<'a> LookupSpan<'a>,
    {
        let of_ours = filter_fn(|metadata| metadata.is_span() && metadata.target() == SPANS);
        tracing_opentelemetry::layer()
            .with_tracer(self.traces.tracer("patron"))
            .with_location(false)
            .with_threads(false)
            .with_filter(of_ours.with_max_level_hint(LevelFilter::INFO))
    }

    /// Sends log lines, each with its trace and span.
    pub(super) fn events<S>(&self, filter: &LogFilter) -> impl Layer<S> + use<S>
    where
        S: Subscriber + for<'a> LookupSpan<'a>,
    {
        OpenTelemetryTracingBridge::new(&self.logs).with_filter(filter.without(&NOT_EXPORTED))
    }

    pub(super) fn shut_down(&self) {
        let _ = self.traces.shutdown();
        let _ = self.logs.shutdown();
    }
}

pub(super) fn metrics(endpoint: &str) -> anyhow::Result<MetricExporter> {
    Ok(MetricExporter::builder().with_tonic().with_endpoint(endpoint).build()?)
}
