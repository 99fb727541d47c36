//! Accepts connections.

use std::{io, net::SocketAddr, sync::Arc, time::Duration};

use anyhow::Context as _;
use tokio::{net::TcpListener, sync::Semaphore};
use tokio_rustls::TlsAcceptor;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use super::{
    connection::{Connection, Limits},
    layer::Layers,
    method::Methods,
};
use crate::{accept::accept, config, tls::Credentials};

/// Connections without certificate at once. Those of peers are not counted, so that nobody can keep them out; well below the
/// 1,024 open files that a process usually may have.
const STRANGERS: usize = 512;

pub(super) struct Listener {
    tcp: TcpListener,
    tls: Credentials,
    handshake: Duration,
    limits: Limits,
    methods: Arc<Methods>,
    layers: Arc<Layers>,
    /// Connections without certificate that there may still be.
    strangers: Arc<Semaphore>,
}

impl Listener {
    pub(super) async fn bind(
        config: &config::Server,
        tls: Credentials,
        methods: Methods,
        layers: Layers,
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
                first_request: config.first_request_ms.get(),
                age: config.connection_age_ms.get(),
                grace: config.grace_ms.get(),
                concurrency: config.concurrency,
            },
            methods: Arc::new(methods),
            layers: Arc::new(layers),
            strangers: Arc::new(Semaphore::new(STRANGERS)),
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
            let tcp = tokio::select! {
                () = stop.cancelled() => break,
                (tcp, _) = accept(&self.tcp) => tcp,
            };
            let handshake = TlsAcceptor::from(self.tls.current().server.clone()).accept(tcp);
            let handshake = tokio::time::timeout(self.handshake, handshake);
            let (methods, layers, limits, strangers, stop) = (
                self.methods.clone(),
                self.layers.clone(),
                self.limits,
                self.strangers.clone(),
                stop.clone(),
            );
            connections.spawn(async move {
                // Port scanners and plain HTTP end here, without an answer.
                let Ok(Ok(stream)) = handshake.await else { return };
                let connection = Connection::new(&stream, methods, layers, limits);
                let permit = connection.peer().is_none().then(|| strangers.try_acquire());
                if permit.as_ref().is_none_or(Result::is_ok) {
                    connection.run(stream, stop).await;
                }
            });
        }
        drop(self.tcp);
        connections.close();
        connections.wait().await;
    }
}
