//! The plain listener that is for the cluster and not for callers: health, which Kubernetes cannot ask over TLS, and metrics.

use std::{net::SocketAddr, sync::Arc};

use anyhow::Context as _;
use axum::{Router, extract::State, http::StatusCode, routing::get};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tonic::service::Routes;

use crate::{health::Health, telemetry::Telemetry};

/// A listener for probes.
pub(crate) struct Probes {
    listener: TcpListener,
    router: Router,
}

impl Probes {
    pub(crate) async fn bind(
        address: SocketAddr,
        health: &Health,
        telemetry: Arc<Telemetry>,
    ) -> anyhow::Result<Self> {
        let listener = TcpListener::bind(address).await.with_context(|| format!("listening on {address}"))?;
        let metrics = Router::new().route("/metrics", get(metrics)).with_state(telemetry);
        // Routes has a fallback of its own, which answers as gRPC does.
        let router = Routes::new(health.server()).into_axum_router().merge(metrics);
        Ok(Self { listener, router })
    }

    /// Answers until `stop`. Streams of those who watch have ended by then.
    pub(crate) async fn run(self, stop: CancellationToken) -> anyhow::Result<()> {
        axum::serve(self.listener, self.router).with_graceful_shutdown(stop.cancelled_owned()).await?;
        Ok(())
    }
}

async fn metrics(State(telemetry): State<Arc<Telemetry>>) -> Result<String, StatusCode> {
    telemetry.metrics().map_err(|error| {
        tracing::error!(%error, "metrics cannot be written");
        StatusCode::INTERNAL_SERVER_ERROR
    })
}
