//! Exporters to an OpenTelemetry collector (OTLP over gRPC).

use opentelemetry::trace::TracerProvider as _;
use opentelemetry_appender_tracing::layer::OpenTelemetryTracingBridge;
use opentelemetry_otlp::{LogExporter, MetricExporter, SpanExporter, WithExportConfig as _};
use opentelemetry_sdk::{Resource, logs::SdkLoggerProvider, trace::SdkTracerProvider};
use tracing::{Metadata, Subscriber};
use tracing_subscriber::{Layer, filter::filter_fn, registry::LookupSpan};

use super::{SPANS, sample::Sampler};

/// Crates that speak while exporting; what they say must not be exported again.
const OF_EXPORT: [&str; 5] = ["h2", "hyper", "hyper_util", "tonic", "tower"];

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
        tracing_opentelemetry::layer()
            .with_tracer(self.traces.tracer("patron"))
            .with_location(false)
            .with_threads(false)
            .with_filter(filter_fn(|metadata| metadata.is_span() && metadata.target() == SPANS))
    }

    /// Sends log lines, each with its trace and span.
    pub(super) fn events<S>(&self) -> impl Layer<S> + use<S>
    where
        S: Subscriber + for<'a> LookupSpan<'a>,
    {
        OpenTelemetryTracingBridge::new(&self.logs)
            .with_filter(filter_fn(|metadata| metadata.is_event() && !is_of_export(metadata)))
    }

    pub(super) fn shut_down(&self) {
        let _ = self.traces.shutdown();
        let _ = self.logs.shutdown();
    }
}

fn is_of_export(metadata: &Metadata<'_>) -> bool {
    let target = metadata.target();
    let library = target.split("::").next().unwrap_or(target);
    OF_EXPORT.contains(&library) || library.starts_with("opentelemetry")
}

pub(super) fn metrics(endpoint: &str) -> anyhow::Result<MetricExporter> {
    Ok(MetricExporter::builder().with_tonic().with_endpoint(endpoint).build()?)
}
