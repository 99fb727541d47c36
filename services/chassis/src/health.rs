//! Whether the process can take calls, as `grpc.health.v1` has it: for all together (the empty name) and by
//! service.

use std::sync::{Arc, Mutex, PoisonError};

use tonic_health::{
    ServingStatus,
    pb::health_server::HealthServer,
    server::{HealthReporter, HealthService},
};

/// Name under which the process says that it runs, serving or not: what must be asked before it is restarted.
/// It depends on nothing outside the process.
const LIVENESS: &str = "liveness";

/// The health of this process. Cheap to clone. Nothing is serving until [`Self::set_serving`] says so.
#[derive(Clone)]
pub struct Health {
    reporter: HealthReporter,
    services: Arc<Mutex<Vec<&'static str>>>,
}

impl Health {
    /// Health of a process that does not serve yet.
    pub async fn new() -> Self {
        let health = Self { reporter: HealthReporter::new(), services: Arc::new(Mutex::new(vec![""])) };
        health.set_serving(false).await;
        health.reporter.set_service_status(LIVENESS, ServingStatus::Serving).await;
        health
    }

    /// Makes services known, as not serving.
    pub(crate) async fn know(&self, services: &[&'static str]) {
        self.services.lock().unwrap_or_else(PoisonError::into_inner).extend(services);
        for service in services {
            self.reporter.set_service_status(service, ServingStatus::NotServing).await;
        }
    }

    /// Says of the process and all its services whether they take calls.
    pub async fn set_serving(&self, serving: bool) {
        let status = if serving { ServingStatus::Serving } else { ServingStatus::NotServing };
        for service in self.names() {
            self.reporter.set_service_status(service, status).await;
        }
    }

    /// Ends the streams of those who watch, which would otherwise keep their connections open as long as the
    /// process stops.
    pub(crate) async fn end_watches(&self) {
        let mut reporter = self.reporter.clone();
        for service in self.names().into_iter().chain([LIVENESS]) {
            reporter.clear_service_status(service).await;
        }
    }

    /// The gRPC service that answers it.
    pub fn server(&self) -> HealthServer<HealthService> {
        HealthServer::new(HealthService::from_health_reporter(self.reporter.clone()))
    }

    fn names(&self) -> Vec<&'static str> {
        self.services.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

#[cfg(test)]
mod tests {
    use tonic::Request;
    use tonic_health::pb::{HealthCheckRequest, health_server::Health as _};

    use super::*;

    async fn answer(health: &Health, service: &str) -> i32 {
        let answers = HealthService::from_health_reporter(health.reporter.clone());
        let request = HealthCheckRequest { service: service.to_owned() };
        answers.check(Request::new(request)).await.unwrap().into_inner().status
    }

    #[tokio::test]
    async fn a_process_that_does_not_serve_is_alive() {
        let health = Health::new().await;
        assert_eq!(answer(&health, "").await, ServingStatus::NotServing as i32);
        assert_eq!(answer(&health, LIVENESS).await, ServingStatus::Serving as i32);
    }
}
