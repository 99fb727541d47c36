//! What a process reports of itself: logs on standard output, traces, metrics.
//!
//! Logs are JSON lines with the trace id of the call they belong to. Spans exist only while a collector is
//! configured: without one no layer asks for them, and their macros cost one comparison each. The trace id
//! does not depend on it, see [`crate::context`]. Nothing personal goes into any of them: ids, names of
//! fields and codes only.

mod export;
mod format;
mod panic;
mod sample;
mod span;

use opentelemetry::{KeyValue, global};
use opentelemetry_sdk::{Resource, metrics::SdkMeterProvider};
use prometheus::{Encoder as _, Registry, TextEncoder};
use tracing_subscriber::{Layer as _, layer::SubscriberExt as _, util::SubscriberInitExt as _};

use self::export::Export;
pub(crate) use self::span::{client_span, end_span, fail_sql_span, name_sql_span, server_span, sql_span};
pub use self::span::{consumer_span, end_http_span, http_span};
use crate::{config, peer::Peer};

/// `target` of every span, by which they are kept apart from log lines.
const SPANS: &str = "patron::span";

/// The telemetry of this process, to be [shut down](Self::shut_down) as the last thing.
pub struct Telemetry {
    registry: Registry,
    meters: SdkMeterProvider,
    export: Option<Export>,
}

impl Telemetry {
    /// Sets up logs, metrics and, where there is a collector, its exporters, for the whole process. Must run
    /// within the runtime, and once.
    pub fn start(peer: Peer, config: &config::Telemetry) -> anyhow::Result<Self> {
        let resource = Resource::builder()
            .with_service_name(peer.name())
            .with_attribute(KeyValue::new("service.namespace", "patron"))
            .with_attribute(KeyValue::new("service.version", env!("CARGO_PKG_VERSION")))
            .build();
        let endpoint = config.otlp_endpoint.as_ref().map(|url| url.0.as_str());
        let export = endpoint.map(|url| Export::to(url, &resource, config.read_ratio)).transpose()?;

        let registry = Registry::new();
        let prometheus = opentelemetry_prometheus::exporter().with_registry(registry.clone()).build()?;
        let mut meters = SdkMeterProvider::builder().with_resource(resource).with_reader(prometheus);
        if let Some(endpoint) = endpoint {
            meters = meters.with_periodic_exporter(export::metrics(endpoint)?);
        }
        let meters = meters.build();
        global::set_meter_provider(meters.clone());

        let json = format::Json::new(peer);
        let lines =
            tracing_subscriber::fmt::layer().event_format(json).with_filter(config.log.without(&[SPANS]));
        // Only the layers that there are: one that is `None` beside them would have every span made for nobody.
        let mut layers = vec![lines.boxed()];
        if let Some(export) = &export {
            layers.extend([export.spans().boxed(), export.events(&config.log).boxed()]);
        }
        tracing_subscriber::registry().with(layers).try_init()?;
        panic::install_hook();
        Ok(Self { registry, meters, export })
    }

    /// The metrics as Prometheus reads them.
    pub fn metrics(&self) -> prometheus::Result<String> {
        let mut text = Vec::new();
        TextEncoder::new().encode(&self.registry.gather(), &mut text)?;
        Ok(String::from_utf8_lossy(&text).into_owned())
    }

    /// Sends what is left to the collector. Waits for it, so not on a thread that drives tasks.
    pub fn shut_down(&self) {
        // A collector that is gone must not keep the process, whose messages reach nobody any more.
        let _ = self.meters.shutdown();
        if let Some(export) = &self.export {
            export.shut_down();
        }
    }
}
