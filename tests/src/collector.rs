//! An OpenTelemetry collector that keeps what it is sent, for tests to look at.

use opentelemetry_proto::tonic::{
    collector::{
        logs::v1::{
            ExportLogsServiceRequest, ExportLogsServiceResponse,
            logs_service_server::{LogsService, LogsServiceServer},
        },
        metrics::v1::{
            ExportMetricsServiceRequest, ExportMetricsServiceResponse,
            metrics_service_server::{MetricsService, MetricsServiceServer},
        },
        trace::v1::{
            ExportTraceServiceRequest, ExportTraceServiceResponse,
            trace_service_server::{TraceService, TraceServiceServer},
        },
    },
    common::v1::{KeyValue, any_value::Value},
    trace::v1::Span as Exported,
};
use patron_local::mesh::own_address;
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};
use tokio::{net::TcpListener, task::JoinSet};
use tokio_stream::wrappers::TcpListenerStream;
use tonic::{Request, Response, Status, transport::Server};

/// One span, as far as tests ask.
#[derive(Debug, Clone, PartialEq)]
pub struct Span {
    /// Name of the process that recorded it.
    pub service: String,
    /// Its own name.
    pub name: String,
    /// Trace it belongs to, 32 hexadecimal digits.
    pub trace: String,
    /// Its id, 16 hexadecimal digits.
    pub id: String,
    /// Id of the span it is under; empty at the top.
    pub parent: String,
    /// Its attributes, as text.
    pub attributes: HashMap<String, String>,
}

/// A collector that listens on this machine, until it is dropped.
#[derive(Debug)]
pub struct Collector {
    endpoint: String,
    kept: Kept,
    _server: JoinSet<Result<(), tonic::transport::Error>>,
}

#[derive(Debug, Clone, Default)]
struct Kept(Arc<Mutex<Contents>>);

#[derive(Debug, Default)]
struct Contents {
    spans: Vec<Span>,
    /// All that was sent, as text.
    everything: Vec<String>,
}

impl Collector {
    /// Listens on a free port.
    pub async fn start() -> Self {
        let address = own_address().expect("the system has random bytes");
        let listener = TcpListener::bind((address, 0)).await.expect("a free port");
        let endpoint = format!("http://{}", listener.local_addr().expect("it listens"));
        let kept = Kept::default();
        let server = Server::builder()
            .add_service(TraceServiceServer::new(kept.clone()))
            .add_service(LogsServiceServer::new(kept.clone()))
            .add_service(MetricsServiceServer::new(kept.clone()))
            .serve_with_incoming(TcpListenerStream::new(listener));
        let mut running = JoinSet::new();
        running.spawn(server);
        Self { endpoint, kept, _server: running }
    }

    /// Where it is: `http://host:port`.
    pub fn endpoint(&self) -> &str {
        &self.endpoint
    }

    /// The spans of one trace, so far.
    pub fn trace(&self, trace: &str) -> Vec<Span> {
        self.kept.with(|kept| kept.spans.iter().filter(|span| span.trace == trace).cloned().collect())
    }

    /// What was sent that holds this text: spans, log lines and metrics with everything in them.
    pub fn mentions(&self, text: &str) -> Vec<String> {
        self.kept.with(|kept| kept.everything.iter().filter(|sent| sent.contains(text)).cloned().collect())
    }
}

impl Kept {
    fn with<T>(&self, use_it: impl FnOnce(&mut Contents) -> T) -> T {
        use_it(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

#[tonic::async_trait]
impl TraceService for Kept {
    async fn export(
        &self,
        request: Request<ExportTraceServiceRequest>,
    ) -> Result<Response<ExportTraceServiceResponse>, Status> {
        self.with(|kept| {
            for process in request.into_inner().resource_spans {
                let resource = process.resource.unwrap_or_default();
                let service = texts(&resource.attributes).remove("service.name").unwrap_or_default();
                for span in process.scope_spans.into_iter().flat_map(|scope| scope.spans) {
                    kept.everything.push(format!("{span:?}"));
                    kept.spans.push(read(&service, span));
                }
            }
        });
        Ok(Response::new(ExportTraceServiceResponse::default()))
    }
}

#[tonic::async_trait]
impl LogsService for Kept {
    async fn export(
        &self,
        request: Request<ExportLogsServiceRequest>,
    ) -> Result<Response<ExportLogsServiceResponse>, Status> {
        self.with(|kept| kept.everything.push(format!("{:?}", request.into_inner())));
        Ok(Response::new(ExportLogsServiceResponse::default()))
    }
}

#[tonic::async_trait]
impl MetricsService for Kept {
    async fn export(
        &self,
        request: Request<ExportMetricsServiceRequest>,
    ) -> Result<Response<ExportMetricsServiceResponse>, Status> {
        self.with(|kept| kept.everything.push(format!("{:?}", request.into_inner())));
        Ok(Response::new(ExportMetricsServiceResponse::default()))
    }
}

fn read(service: &str, span: Exported) -> Span {
    Span {
        service: service.to_owned(),
        name: span.name,
        trace: hex(&span.trace_id),
        id: hex(&span.span_id),
        parent: hex(&span.parent_span_id),
        attributes: texts(&span.attributes),
    }
}

fn texts(attributes: &[KeyValue]) -> HashMap<String, String> {
    let text = |attribute: &KeyValue| match attribute.value.as_ref().and_then(|value| value.value.clone()) {
        Some(Value::StringValue(text)) => text,
        other => format!("{other:?}"),
    };
    attributes.iter().map(|attribute| (attribute.key.clone(), text(attribute))).collect()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |text, byte| text + &format!("{byte:02x}"))
}
