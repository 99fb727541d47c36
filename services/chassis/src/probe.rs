//! The plain listener that is for the cluster and not for callers: health, which Kubernetes cannot ask over
//! TLS, and metrics.

use std::{net::SocketAddr, sync::Arc};

use anyhow::Context as _;
use axum::{Router, extract::State, http::StatusCode, routing::get};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tonic::server::NamedService as _;
use tonic_health::{pb::health_server::HealthServer, server::HealthService};

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
        let path = format!("/{}/{{rpc}}", HealthServer::<HealthService>::NAME);
        let router = metrics.route_service(&path, health.server());
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

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tonic::transport::Endpoint;
    use tonic_health::pb::{
        HealthCheckRequest, health_check_response::ServingStatus, health_client::HealthClient,
    };

    use super::*;
    use crate::{config, peer::Peer};

    #[tokio::test]
    async fn health_and_metrics_are_answered_without_tls() {
        let (config, _) = config::load(&config::Source::default()).unwrap();
        let telemetry = Arc::new(Telemetry::start(Peer::GROUP, &config).unwrap());
        let health = Health::new().await;
        let probes = Probes::bind(([127, 0, 0, 1], 0).into(), &health, telemetry).await.unwrap();
        let address = probes.listener.local_addr().unwrap();
        let stop = CancellationToken::new();
        let ask = async {
            let channel = Endpoint::from_shared(format!("http://{address}")).unwrap().connect_lazy();
            let mut client = HealthClient::new(channel);
            let mut status =
                async || client.check(HealthCheckRequest::default()).await.unwrap().into_inner().status();
            assert_eq!(status().await, ServingStatus::NotServing);
            health.set_serving(true).await;
            assert_eq!(status().await, ServingStatus::Serving);

            let get = async |path: &str| {
                let mut stream = tokio::net::TcpStream::connect(address).await.unwrap();
                let request = format!("GET {path} HTTP/1.1\r\nhost: probe\r\nconnection: close\r\n\r\n");
                stream.write_all(request.as_bytes()).await.unwrap();
                let mut answer = String::new();
                stream.read_to_string(&mut answer).await.unwrap();
                answer
            };
            let page = get("/metrics").await;
            assert!(page.starts_with("HTTP/1.1 200"), "{page}");
            assert!(page.contains("service_name=\"group\""), "{page}");
            // A probe of a path that is not there would be green for ever.
            let other = get("/healthz").await;
            assert!(other.starts_with("HTTP/1.1 404"), "{other}");
            stop.cancel();
        };
        let (ended, ()) = tokio::join!(probes.run(stop.clone()), ask);
        ended.unwrap();
    }
}
