//! Accepts connections: HTTP/1.1, and HTTP/2 from proxies that know they may use it without TLS (RFC 9113, 3.3).

use super::{Edge, Limits};
use hyper::{Request, body::Incoming, service::service_fn};
use hyper_util::{
    rt::{TokioExecutor, TokioIo, TokioTimer},
    server::conn::auto,
};
use std::{
    convert::Infallible,
    io,
    net::{IpAddr, SocketAddr},
    pin::pin,
    sync::Arc,
    time::Duration,
};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

/// Requests under way at once on one HTTP/2 connection. Source for these values: the project's limits for the edge.
const STREAMS: u32 = 100;
/// Longest headers of a request, in bytes.
const HEADERS_BYTES: u32 = 16 * 1024;
/// Time for the headers of a request to arrive, from the end of the one before.
const HEADERS_TIME: Duration = Duration::from_secs(10);
/// Streams reset before they were accepted, and by us for protocol errors, before the connection is closed (CVE-2023-44487).
const RESETS: usize = 20;
/// Silence after which the other side of an HTTP/2 connection is asked whether it still is there, and how long it may take to answer.
const KEEPALIVE_INTERVAL: Duration = Duration::from_secs(20);
const KEEPALIVE_TIMEOUT: Duration = Duration::from_secs(10);
/// Time to wait after the system has no file descriptor or memory left for a connection: trying at once again would only burn.
const EXHAUSTED_PAUSE: Duration = Duration::from_millis(100);

/// A socket that is listened on.
pub struct Listener {
    tcp: TcpListener,
    limits: Limits,
}

impl Listener {
    /// Listens on an address.
    pub async fn bind(address: SocketAddr, limits: Limits) -> io::Result<Self> {
        Ok(Self { tcp: TcpListener::bind(address).await?, limits })
    }

    /// The address listened on.
    pub fn address(&self) -> io::Result<SocketAddr> {
        self.tcp.local_addr()
    }

    /// Accepts until `stop`, then waits for the connections to end.
    pub async fn run(self, edge: Arc<Edge>, stop: CancellationToken) {
        let connections = TaskTracker::new();
        loop {
            let accepted = tokio::select! {
                () = stop.cancelled() => break,
                accepted = self.tcp.accept() => accepted,
            };
            match accepted {
                Ok((stream, peer)) => {
                    // small responses must not wait for the acknowledgement of the ones before (Nagle)
                    if stream.set_nodelay(true).is_ok() {
                        connections.spawn(serve(stream, peer.ip(), edge.clone(), self.limits, stop.clone()));
                    }
                }
                // the caller gave up between the system's accepting and ours
                Err(error)
                    if matches!(
                        error.kind(),
                        io::ErrorKind::ConnectionAborted | io::ErrorKind::ConnectionReset
                    ) => {}
                Err(error) => {
                    tracing::warn!(%error, "cannot accept connections");
                    tokio::time::sleep(EXHAUSTED_PAUSE).await;
                }
            }
        }
        drop(self.tcp);
        connections.close();
        connections.wait().await;
    }
}

/// Answers requests until the caller leaves. At `stop`, or when it is old, the connection ends with its last request.
async fn serve(stream: TcpStream, peer: IpAddr, edge: Arc<Edge>, limits: Limits, stop: CancellationToken) {
    // a connection that says nothing is no request, whose time the library would keep
    if !matches!(tokio::time::timeout(HEADERS_TIME, stream.peek(&mut [0])).await, Ok(Ok(1))) {
        return;
    }
    let service = service_fn(move |request: Request<Incoming>| {
        let edge = edge.clone();
        async move { Ok::<_, Infallible>(edge.answer(request, peer).await) }
    });
    let mut builder = auto::Builder::new(TokioExecutor::new());
    builder
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(HEADERS_TIME)
        .max_buf_size(HEADERS_BYTES as usize);
    builder
        .http2()
        .timer(TokioTimer::new())
        .max_concurrent_streams(STREAMS)
        .max_header_list_size(HEADERS_BYTES)
        .max_pending_accept_reset_streams(RESETS)
        .max_local_error_reset_streams(RESETS)
        .keep_alive_interval(KEEPALIVE_INTERVAL)
        .keep_alive_timeout(KEEPALIVE_TIMEOUT);
    let mut connection = pin!(builder.serve_connection(TokioIo::new(stream), service));
    // how it ends is the caller's business: a reset or a lost network tells nothing that a request does not
    tokio::select! {
        _ = connection.as_mut() => return,
        () = stop.cancelled() => {}
        () = tokio::time::sleep(limits.age) => {}
    }
    connection.as_mut().graceful_shutdown();
    let _ = tokio::time::timeout(limits.grace, connection).await;
}
