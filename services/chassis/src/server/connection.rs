//! One connection: HTTP/2 with its limits, from requests to calls and from answers to replies.

use std::{
    convert::Infallible,
    pin::{Pin, pin},
    sync::Arc,
    task::{Context as TaskContext, Poll},
    time::Duration,
};

use hyper::{body::Incoming, server::conn::http2, service::Service};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use pin_project_lite::pin_project;
use tokio::net::TcpStream;
use tokio_rustls::server::TlsStream;
use tokio_util::sync::CancellationToken;
use tonic::{
    Status,
    transport::server::{Connected as _, TcpConnectInfo},
};

use super::{
    body::RequestBody,
    layer::{Call, Layered, Reply},
    method::Methods,
};
use crate::{
    context::Context, jitter::a_little_more, peer::Peer, principal::Principal, status::Problem, tls,
};

/// Calls under way at once on one connection: a peer has one for all its callers, so many; their sum is
/// limited for the process as a whole.
const STREAMS: u32 = 1_024;
/// Longest headers of a request, in bytes. A token with every permission takes less than 2 KiB; 16 KiB is
/// what hyper's own server takes over HTTP/2 (1.12), set here so that a new version does not change it.
const HEADERS_BYTES: u32 = 16 * 1024;
/// Bytes a caller may send of one message before it must wait for us: a whole message of the longest size.
const STREAM_WINDOW_BYTES: u32 = 1024 * 1024;
/// The same for all messages of a connection together.
const CONNECTION_WINDOW_BYTES: u32 = 4 * 1024 * 1024;
/// Bytes of replies kept for a caller that does not read.
const SEND_BUFFER_BYTES: usize = 1024 * 1024;
/// Streams reset before they were accepted, and by us for protocol errors, before the connection is closed
/// (CVE-2023-44487).
const RESETS: usize = 64;
/// Silence after which the other side is asked whether it still is there, and how long it may take to answer.
const KEEPALIVE_INTERVAL: Duration = Duration::from_secs(20);
const KEEPALIVE_TIMEOUT: Duration = Duration::from_secs(10);

/// Times that configuration decides.
#[derive(Clone, Copy)]
pub(super) struct Limits {
    /// Deadline of callers who name none.
    pub(super) wait: Duration,
    /// Age at which the connection is asked to close.
    pub(super) age: Duration,
    /// Time calls have to end after that.
    pub(super) grace: Duration,
}

pub(super) struct Connection<S> {
    peer: Option<Peer>,
    /// What `tonic::Request::remote_addr` reads.
    ends: TcpConnectInfo,
    methods: Arc<Methods>,
    stack: Arc<S>,
    limits: Limits,
}

impl<S: Layered> Connection<S> {
    pub(super) fn new(
        stream: &TlsStream<TcpStream>,
        methods: Arc<Methods>,
        stack: Arc<S>,
        limits: Limits,
    ) -> Self {
        let (tcp, session) = stream.get_ref();
        let shown = session.peer_certificates().and_then(<[_]>::first);
        Self { peer: shown.and_then(tls::peer_of), ends: tcp.connect_info(), methods, stack, limits }
    }

    /// Answers calls until the caller leaves. At `stop`, or when it is old, the connection says GOAWAY and
    /// ends with its last call.
    pub(super) async fn run(self, stream: TlsStream<TcpStream>, stop: CancellationToken) {
        let Limits { age, grace, .. } = self.limits;
        let connection = http2::Builder::new(TokioExecutor::new())
            .timer(TokioTimer::new())
            .max_concurrent_streams(STREAMS)
            .max_header_list_size(HEADERS_BYTES)
            .initial_stream_window_size(STREAM_WINDOW_BYTES)
            .initial_connection_window_size(CONNECTION_WINDOW_BYTES)
            .max_send_buf_size(SEND_BUFFER_BYTES)
            .max_pending_accept_reset_streams(RESETS)
            .max_local_error_reset_streams(RESETS)
            .keep_alive_interval(KEEPALIVE_INTERVAL)
            .keep_alive_timeout(KEEPALIVE_TIMEOUT)
            // gRPC has no use for it.
            .auto_date_header(false)
            .serve_connection(TokioIo::new(stream), self);
        let mut connection = pin!(connection);
        // How it ends is the caller's business: a reset or a lost network tells nothing that a call does not.
        tokio::select! {
            _ = connection.as_mut() => return,
            () = stop.cancelled() => {}
            () = tokio::time::sleep(a_little_more(age)) => {}
        }
        connection.as_mut().graceful_shutdown();
        let _ = tokio::time::timeout(grace, connection).await;
    }
}

impl<S: Layered> Service<http::Request<Incoming>> for Connection<S> {
    type Response = Reply;
    type Error = Infallible;
    type Future = Replied<S::Future>;

    fn call(&self, mut request: http::Request<Incoming>) -> Self::Future {
        let Some(method) = self.methods.get(request.uri().path()) else {
            return Replied::Unknown;
        };
        let wait = (!method.streams()).then_some(self.limits.wait);
        let context = Context::of(request.headers(), wait, self.peer.is_some());
        let body = if method.takes_stream { RequestBody::stream } else { RequestBody::limited };
        request.extensions_mut().insert(self.ends.clone());
        let call = Call {
            request: request.map(body),
            method: method.clone(),
            context,
            peer: self.peer,
            principal: Principal::Anonymous,
        };
        Replied::Call { call: self.stack.call(call) }
    }
}

pin_project! {
    /// An answer as what goes over the wire.
    #[project = RepliedProjection]
    pub(super) enum Replied<F> {
        Call { #[pin] call: F },
        Unknown,
    }
}

impl<F: Future<Output = Result<Reply, Status>>> Future for Replied<F> {
    type Output = Result<Reply, Infallible>;

    fn poll(self: Pin<&mut Self>, cx: &mut TaskContext<'_>) -> Poll<Self::Output> {
        match self.project() {
            RepliedProjection::Call { call } => {
                call.poll(cx).map(|answer| Ok(answer.unwrap_or_else(Status::into_http)))
            }
            RepliedProjection::Unknown => Poll::Ready(Ok(Status::from(Problem::Unimplemented).into_http())),
        }
    }
}
