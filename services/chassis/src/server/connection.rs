//! One connection: HTTP/2 with its limits, from requests to calls and from answers to replies.

use std::{convert::Infallible, pin::pin, sync::Arc, time::Duration};

use hyper::{body::Incoming, server::conn::http2, service::service_fn};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use tokio::{net::TcpStream, sync::Notify};
use tokio_rustls::server::TlsStream;
use tokio_util::sync::CancellationToken;
use tonic::{
    Status,
    transport::server::{Connected as _, TcpConnectInfo},
};

use super::{
    body,
    layer::{Call, Layers, Reply},
    method::Methods,
};
use crate::{
    context::Context, jitter::a_little_more, peer::Peer, principal::Principal, status::Problem, tls,
};

/// Calls under way at once on the connection of a peer, which has one for all its callers. Not so few that they would
/// wait in its client unseen: what is too much is refused by `layer/load.rs`.
const PEER_STREAMS: u32 = 1_024;
/// The same without a certificate: what one person's client may need, and fewer than are answered at once
/// (RFC 9113, section 6.5.2, advises at least 100).
const STRANGER_STREAMS: u32 = 100;
/// Longest headers of a request, in bytes. A token with every permission takes less than 2 KiB; 16 KiB is
/// what hyper's own server takes over HTTP/2 (1.12), set here so that a new version does not change it.
const HEADERS_BYTES: u32 = 16 * 1024;
/// Bytes a caller may send of one message before it must wait for us: a whole message of the longest size.
const STREAM_WINDOW_BYTES: u32 = 1024 * 1024;
/// The same for all messages of a peer's connection together.
const PEER_WINDOW_BYTES: u32 = 4 * 1024 * 1024;
/// The same without a certificate, where there may be many connections: one message.
const STRANGER_WINDOW_BYTES: u32 = STREAM_WINDOW_BYTES;
/// Bytes of replies kept for a caller that does not read.
const SEND_BUFFER_BYTES: usize = 1024 * 1024;
/// Streams reset before they were accepted, and by us for protocol errors, before the connection is closed
/// (CVE-2023-44487).
const RESETS: usize = 64;
/// Silence after which the other side is asked whether it still is there, and how long it may take to answer.
const KEEPALIVE_INTERVAL: Duration = Duration::from_secs(20);
const KEEPALIVE_TIMEOUT: Duration = Duration::from_secs(10);

/// What configuration decides.
#[derive(Clone, Copy)]
pub(super) struct Limits {
    /// Deadline of callers who name none.
    pub(super) wait: Duration,
    /// Time for the first request of a connection without certificate.
    pub(super) first_request: Duration,
    /// Age at which the connection is asked to close.
    pub(super) age: Duration,
    /// Time calls have to end after that.
    pub(super) grace: Duration,
    /// Calls answered at once by the whole process.
    pub(super) concurrency: usize,
}

impl Limits {
    /// Calls under way at once on a connection, less than the whole for who shows no certificate, and bytes of their messages.
    fn of_connection(&self, peer: Option<Peer>) -> (u32, u32) {
        let all_but_one = u32::try_from(self.concurrency.saturating_sub(1)).unwrap_or(u32::MAX).max(1);
        match peer {
            Some(_) => (PEER_STREAMS, PEER_WINDOW_BYTES),
            None => (STRANGER_STREAMS.min(all_but_one), STRANGER_WINDOW_BYTES),
        }
    }
}

pub(super) struct Connection {
    peer: Option<Peer>,
    /// What `tonic::Request::remote_addr` reads.
    ends: TcpConnectInfo,
    methods: Arc<Methods>,
    layers: Arc<Layers>,
    limits: Limits,
    /// A request has begun.
    asked: Notify,
}

impl Connection {
    pub(super) fn new(
        stream: &TlsStream<TcpStream>,
        methods: Arc<Methods>,
        layers: Arc<Layers>,
        limits: Limits,
    ) -> Self {
        let (tcp, session) = stream.get_ref();
        let shown = session.peer_certificates().and_then(<[_]>::first);
        let (peer, ends) = (shown.and_then(tls::peer_of), tcp.connect_info());
        Self { peer, ends, methods, layers, limits, asked: Notify::new() }
    }

    /// Whose certificate it shows.
    pub(super) fn peer(&self) -> Option<Peer> {
        self.peer
    }

    /// Answers calls until the caller leaves. At `stop`, or when it is old, the connection says GOAWAY and
    /// ends with its last call. One without certificate that asks for nothing is closed.
    pub(super) async fn run(self, stream: TlsStream<TcpStream>, stop: CancellationToken) {
        let Limits { age, grace, first_request, .. } = self.limits;
        let (streams, window) = self.limits.of_connection(self.peer);
        let this = Arc::new(self);
        let asked = this.clone();
        let connection = http2::Builder::new(TokioExecutor::new())
            .timer(TokioTimer::new())
            .max_concurrent_streams(streams)
            .max_header_list_size(HEADERS_BYTES)
            .initial_stream_window_size(STREAM_WINDOW_BYTES)
            .initial_connection_window_size(window)
            .max_send_buf_size(SEND_BUFFER_BYTES)
            .max_pending_accept_reset_streams(RESETS)
            .max_local_error_reset_streams(RESETS)
            .keep_alive_interval(KEEPALIVE_INTERVAL)
            .keep_alive_timeout(KEEPALIVE_TIMEOUT)
            // gRPC has no use for it.
            .auto_date_header(false)
            .serve_connection(
                TokioIo::new(stream),
                service_fn(move |request| {
                    let this = this.clone();
                    async move { Ok::<_, Infallible>(this.answer(request).await) }
                }),
            );
        let mut connection = pin!(connection);
        let silent = async {
            let asked_in_time = tokio::time::timeout(first_request, asked.asked.notified()).await.is_ok();
            // A peer has connections in reserve, and once a request came, pings find out whether the other side is there.
            if asked.peer.is_some() || asked_in_time {
                std::future::pending::<()>().await;
            }
        };
        // How it ends is the caller's business: a reset or a lost network tells nothing that a call does not.
        tokio::select! {
            _ = connection.as_mut() => return,
            () = silent => return,
            () = stop.cancelled() => {}
            () = tokio::time::sleep(a_little_more(age)) => {}
        }
        connection.as_mut().graceful_shutdown();
        let _ = tokio::time::timeout(grace, connection).await;
    }

    async fn answer(&self, mut request: http::Request<Incoming>) -> Reply {
        self.asked.notify_one();
        let Some(method) = self.methods.get(request.uri().path()) else {
            body::read_on(request.into_body()).await;
            return Status::from(Problem::Unimplemented).into_http();
        };
        let wait = (!method.streams()).then_some(self.limits.wait);
        let context = Context::of(request.headers(), wait, self.peer.is_some());
        request.extensions_mut().insert(self.ends.clone());
        let (head, body) = request.into_parts();
        let call = Call {
            head,
            body,
            method: method.clone(),
            context,
            peer: self.peer,
            principal: Principal::Anonymous,
        };
        self.layers.answer(call).await
    }
}
