//! Accepts connections: HTTP/1.1, and HTTP/2 from proxies that know they may use it without TLS (RFC 9113, 3.3).

use super::{Edge, Limits, head, io::Io};
use crate::admission::{CallerKey, Pool};
use hyper::{Request, body::Incoming, service::service_fn};
use hyper_util::{
    rt::{TokioExecutor, TokioIo, TokioTimer},
    server::conn::auto,
};
use patron_chassis::accept::accept;
use socket2::{SockRef, TcpKeepalive};
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

/// The connections of one address: one in so many of all.
const SHARE: usize = 8;
/// Requests under way at once on one HTTP/2 connection. Source for these values: the project's limits for the edge.
const STREAMS: u32 = 100;
/// Longest headers that the library takes over HTTP/2, in bytes. Below it `head` refuses with the security headers what is longer than
/// `head::HEADERS_BYTES`. Above it the library answers by itself, with a bare 431, or by closing the connection where the headers come in
/// more than five further frames. No browser sees that: browsers speak HTTP/2 over TLS alone, to a proxy that has limits too.
const HEADERS_BYTES: u32 = 64 * 1024;
/// Bytes of one body that may come before they are read, and of all on a connection: more than those of all its streams, so that
/// one whose body is not read holds up no other.
const STREAM_WINDOW_BYTES: u32 = 64 * 1024;
const CONNECTION_WINDOW_BYTES: u32 = 8 * 1024 * 1024;
/// Bytes of one response kept for a caller that does not read.
const SEND_BUFFER_BYTES: usize = 64 * 1024;
/// Time for a connection to say what it wants, and for the headers of a request to arrive, from the end of the one before.
const HEADERS_TIME: Duration = Duration::from_secs(10);
/// Streams reset by the caller before they were accepted, before the connection is closed (CVE-2023-44487).
const PENDING_RESETS: usize = 20;
/// Streams reset by us for what came too late, before the connection is closed (CVE-2025-8671). Behind a proxy many callers share a
/// connection, and refused bodies are read to their end (`body::discard`), so that few are. The library's own value.
const LOCAL_RESETS: usize = 1_024;
/// Silence after which the other side is asked whether it still is there, and how long it may take to answer.
const KEEPALIVE_INTERVAL: Duration = Duration::from_secs(20);
const KEEPALIVE_TIMEOUT: Duration = Duration::from_secs(10);

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
        let most = self.limits.connections;
        let permits = Pool::new(most, (most / SHARE).max(1), Duration::ZERO);
        loop {
            let (stream, peer) = tokio::select! {
                () = stop.cancelled() => break,
                accepted = accept(&self.tcp) => accepted,
            };
            // one too many is closed without a word: whoever holds the others could hold this one, too
            let permit = match permits.admit(CallerKey::of_address(peer.ip())).await {
                Err(_) if !edge.is_proxy(peer.ip()) => continue,
                permit => permit.ok(),
            };
            if keep_alive(&stream).is_ok() {
                let serving = serve(stream, peer.ip(), edge.clone(), self.limits, stop.clone());
                connections.spawn(async move {
                    serving.await;
                    drop(permit);
                });
            }
        }
        drop(self.tcp);
        connections.close();
        connections.wait().await;
    }
}

/// Has the system ask a silent other side whether it still is there: nobody would notice otherwise that the reader of an idle
/// stream is lost.
fn keep_alive(stream: &TcpStream) -> io::Result<()> {
    let asked =
        TcpKeepalive::new().with_time(KEEPALIVE_INTERVAL).with_interval(KEEPALIVE_TIMEOUT).with_retries(3);
    SockRef::from(stream).set_tcp_keepalive(&asked)
}

/// Answers requests until the caller leaves. At `stop`, or when it is old, the connection ends with its last request.
async fn serve(stream: TcpStream, peer: IpAddr, edge: Arc<Edge>, limits: Limits, stop: CancellationToken) {
    let asked = CancellationToken::new();
    let ask = asked.clone();
    let service = service_fn(move |request: Request<Incoming>| {
        ask.cancel();
        let edge = edge.clone();
        async move { Ok::<_, Infallible>(edge.answer(request, peer).await) }
    });
    let mut builder = auto::Builder::new(TokioExecutor::new());
    builder
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(HEADERS_TIME)
        .max_buf_size(head::TARGET_BYTES + head::HEADERS_BYTES);
    builder
        .http2()
        .timer(TokioTimer::new())
        .max_concurrent_streams(STREAMS)
        .max_header_list_size(HEADERS_BYTES)
        .initial_stream_window_size(STREAM_WINDOW_BYTES)
        .initial_connection_window_size(CONNECTION_WINDOW_BYTES)
        .max_send_buf_size(SEND_BUFFER_BYTES)
        .max_pending_accept_reset_streams(PENDING_RESETS)
        .max_local_error_reset_streams(LOCAL_RESETS)
        .keep_alive_interval(KEEPALIVE_INTERVAL)
        .keep_alive_timeout(KEEPALIVE_TIMEOUT);
    let mut connection = pin!(builder.serve_connection(TokioIo::new(Io::new(stream)), service));
    // how it ends is the caller's business: a reset or a lost network tells nothing that a request does not
    tokio::select! {
        _ = connection.as_mut() => return,
        () = silence(&asked) => return,
        () = stop.cancelled() => {}
        () = tokio::time::sleep(limits.age) => {}
    }
    connection.as_mut().graceful_shutdown();
    let _ = tokio::time::timeout(limits.grace, connection).await;
}

/// Returns when a connection has asked for nothing in the time it has for that: half a preface is no request either, whose time
/// the library would keep.
async fn silence(asked: &CancellationToken) {
    if tokio::time::timeout(HEADERS_TIME, asked.cancelled()).await.is_ok() {
        std::future::pending::<()>().await;
    }
}
