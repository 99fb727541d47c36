//! An OpenTelemetry collector that keeps what it is sent.

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex},
};

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
    common::v1::any_value::Value,
    logs::v1::LogRecord,
    trace::v1::Span,
};
use tokio::net::TcpListener;
use tokio_stream::wrappers::TcpListenerStream;
use tonic::{Request, Response, Status, transport::Server};

#[derive(Clone)]
pub(crate) struct Collector {
    address: SocketAddr,
    kept: Arc<Mutex<Kept>>,
}

#[derive(Debug, Default)]
struct Kept {
    spans: Vec<Span>,
    lines: Vec<LogRecord>,
    metrics: Vec<ExportMetricsServiceRequest>,
}

impl Collector {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let collector = Self { address: listener.local_addr().unwrap(), kept: Arc::default() };
        let server = Server::builder()
            .add_service(TraceServiceServer::new(collector.clone()))
            .add_service(LogsServiceServer::new(collector.clone()))
            .add_service(MetricsServiceServer::new(collector.clone()));
        tokio::spawn(server.serve_with_incoming(TcpListenerStream::new(listener)));
        collector
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Names of the spans of a trace, each under the one before; the first under `parent`.
    pub(crate) fn chain(&self, trace: &str, parent: &str) -> Vec<String> {
        let kept = self.kept.lock().unwrap();
        let mut parent = hex::decode(parent).unwrap();
        let mut names = Vec::new();
        let of_trace = |span: &&Span| hex::encode(&span.trace_id) == trace;
        while let Some(span) = kept.spans.iter().filter(of_trace).find(|span| span.parent_span_id == parent) {
            names.push(span.name.clone());
            parent.clone_from(&span.span_id);
        }
        names
    }

    /// Names of the spans of other traces.
    pub(crate) fn names_outside(&self, trace: &str) -> Vec<String> {
        let kept = self.kept.lock().unwrap();
        let outside = kept.spans.iter().filter(|span| hex::encode(&span.trace_id) != trace);
        outside.map(|span| span.name.clone()).collect()
    }

    /// Log lines that belong to a trace.
    pub(crate) fn lines_of(&self, trace: &str) -> Vec<String> {
        let kept = self.kept.lock().unwrap();
        let of_trace = kept.lines.iter().filter(|line| hex::encode(&line.trace_id) == trace);
        let text = |line: &LogRecord| match line.body.as_ref()?.value.as_ref()? {
            Value::StringValue(text) => Some(text.clone()),
            _ => None,
        };
        of_trace.filter_map(text).collect()
    }

    /// All of it, to be searched.
    pub(crate) fn everything(&self) -> String {
        format!("{:?}", self.kept.lock().unwrap())
    }
}

#[tonic::async_trait]
impl TraceService for Collector {
    async fn export(
        &self,
        request: Request<ExportTraceServiceRequest>,
    ) -> Result<Response<ExportTraceServiceResponse>, Status> {
        let scopes =
            request.into_inner().resource_spans.into_iter().flat_map(|resource| resource.scope_spans);
        self.kept.lock().expect("nobody panics with it").spans.extend(scopes.flat_map(|scope| scope.spans));
        Ok(Response::new(ExportTraceServiceResponse::default()))
    }
}

#[tonic::async_trait]
impl LogsService for Collector {
    async fn export(
        &self,
        request: Request<ExportLogsServiceRequest>,
    ) -> Result<Response<ExportLogsServiceResponse>, Status> {
        let scopes = request.into_inner().resource_logs.into_iter().flat_map(|resource| resource.scope_logs);
        self.kept
            .lock()
            .expect("nobody panics with it")
            .lines
            .extend(scopes.flat_map(|scope| scope.log_records));
        Ok(Response::new(ExportLogsServiceResponse::default()))
    }
}

#[tonic::async_trait]
impl MetricsService for Collector {
    async fn export(
        &self,
        request: Request<ExportMetricsServiceRequest>,
    ) -> Result<Response<ExportMetricsServiceResponse>, Status> {
        self.kept.lock().expect("nobody panics with it").metrics.push(request.into_inner());
        Ok(Response::new(ExportMetricsServiceResponse::default()))
    }
}
