//! Accepts connections.

use std::{io, net::SocketAddr, time::Duration};

use tokio::net::{TcpListener, TcpStream};

/// Time to wait after the system has no file descriptor or memory left for a connection: trying at once again
/// would only burn.
const EXHAUSTED_PAUSE: Duration = Duration::from_millis(100);

/// The next connection, and where it comes from. Waits out what fails: a caller that gave up, a system without a free file descriptor.
pub async fn accept(listener: &TcpListener) -> (TcpStream, SocketAddr) {
    loop {
        match listener.accept().await {
            // Small answers must not wait for the acknowledgement of the ones before (Nagle).
            Ok((stream, address)) if stream.set_nodelay(true).is_ok() => return (stream, address),
            Ok(_) => {}
            // The caller gave up between the system's accepting and ours.
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
}
