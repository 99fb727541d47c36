//! Accepts connections.

use std::{io, net::SocketAddr, sync::Arc, time::Duration};

use anyhow::Context as _;
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use super::{
    connection::{Connection, Limits},
    layer::Layered,
    method::Methods,
};
use crate::{config, tls::Credentials};

/// Time to wait after the system has no file descriptor or memory left for a connection: trying at once again
/// would only burn.
const EXHAUSTED_PAUSE: Duration = Duration::from_millis(100);

pub(super) struct Listener<S> {
    tcp: TcpListener,
    tls: Credentials,
    handshake: Duration,
    limits: Limits,
    methods: Arc<Methods>,
    stack: Arc<S>,
}

impl<S: Layered> Listener<S> {
    pub(super) async fn bind(
        config: &config::Server,
        tls: Credentials,
        methods: Methods,
        stack: S,
    ) -> anyhow::Result<Self> {
        let tcp = TcpListener::bind(config.listen)
            .await
            .with_context(|| format!("listening on {}", config.listen))?;
        Ok(Self {
            tcp,
            tls,
            handshake: config.handshake_ms.get(),
            limits: Limits {
                wait: config.deadline_ms.get(),
                age: config.connection_age_ms.get(),
                grace: config.grace_ms.get(),
            },
            methods: Arc::new(methods),
            stack: Arc::new(stack),
        })
    }

    pub(super) fn address(&self) -> io::Result<SocketAddr> {
        self.tcp.local_addr()
    }

    /// Accepts until `stop`, then waits for the connections to end. Each has a task from its handshake on, so
    /// that a slow one holds up nobody.
    pub(super) async fn run(self, stop: CancellationToken) {
        let connections = TaskTracker::new();
        loop {
            let accepted = tokio::select! {
                () = stop.cancelled() => break,
                accepted = self.tcp.accept() => accepted,
            };
            match accepted {
                Ok((tcp, _)) => {
                    // Small replies must not wait for the acknowledgement of the ones before (Nagle).
                    if tcp.set_nodelay(true).is_err() {
                        continue;
                    }
                    let handshake = TlsAcceptor::from(self.tls.current().server.clone()).accept(tcp);
                    let handshake = tokio::time::timeout(self.handshake, handshake);
                    let (methods, stack, limits, stop) =
                        (self.methods.clone(), self.stack.clone(), self.limits, stop.clone());
                    connections.spawn(async move {
                        // Port scanners and plain HTTP end here; there is nobody to tell.
                        if let Ok(Ok(stream)) = handshake.await {
                            Connection::new(&stream, methods, stack, limits).run(stream, stop).await;
                        }
                    });
                }
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
        drop(self.tcp);
        connections.close();
        connections.wait().await;
    }
}
