//! Asks a process whether it serves, as Kubernetes does.

use std::time::Duration;

use tonic::transport::Endpoint;
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::health_client::HealthClient;

/// How long one answer may take.
const LIMIT: Duration = Duration::from_secs(1);
/// How often a process that does not serve yet is asked.
const POLL: Duration = Duration::from_millis(20);

/// Waits until the process whose plain listener is at `address` (`host:port`) says SERVING.
pub async fn until_serving(address: &str) {
    while !serves(address).await {
        tokio::time::sleep(POLL).await;
    }
}

/// Whether the process whose plain listener is at `address` (`host:port`) says SERVING.
pub async fn serves(address: &str) -> bool {
    let endpoint = Endpoint::from_shared(format!("http://{address}"));
    let Ok(endpoint) = endpoint.map(|endpoint| endpoint.timeout(LIMIT).connect_timeout(LIMIT)) else {
        return false;
    };
    let Ok(channel) = endpoint.connect().await else { return false };
    let answer = HealthClient::new(channel).check(HealthCheckRequest::default()).await;
    answer.is_ok_and(|answer| answer.get_ref().status() == ServingStatus::Serving)
}
