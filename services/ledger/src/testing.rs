//! Fakes of the services that one under test publishes events to, and what its rights are compared by.

mod grants;

pub use self::grants::assert_grants_fit;

use patron_chassis::{peer::Peer, testing::TestMesh};
use patron_proto::{
    event::{
        internal::v1::{
            DeliverEventsRequest, DeliverEventsResponse,
            deliver_events_response::Outcome,
            event_delivery_service_server::{EventDeliveryService, EventDeliveryServiceServer},
        },
        v1::{CustomerReference, Event},
    },
    profile::internal::v1::{
        BatchGetCustomerReferencesRequest, BatchGetCustomerReferencesResponse,
        customer_reference_service_server::{CustomerReferenceService, CustomerReferenceServiceServer},
    },
};
use std::{
    sync::{Arc, Mutex},
    time::Duration,
};
use tokio::sync::watch;
use tonic::{Request, Response, Status};

/// How long an event may take from a commit to its consumer.
const PATIENCE: Duration = Duration::from_secs(10);

/// Stand-ins for the services that one under test tells of its changes, and asks about customers: they note what they are
/// told, and answer what the test has them know.
#[derive(Clone, Default)]
pub struct Neighbours {
    told: Arc<watch::Sender<Vec<(Peer, Event)>>>,
    known: Arc<Mutex<Vec<CustomerReference>>>,
}

impl Neighbours {
    /// Starts activity and profile in a mesh.
    ///
    /// # Panics
    /// Where they cannot start.
    pub async fn start(&self, mesh: &TestMesh) {
        for peer in [Peer::ACTIVITY, Peer::PROFILE] {
            let stand_in = StandIn { peer, neighbours: self.clone() };
            let settings = mesh.settings(peer);
            mesh.serve(peer, settings, |server| {
                server.add_service(EventDeliveryServiceServer::new(stand_in.clone()))?;
                server.add_service(CustomerReferenceServiceServer::new(stand_in))
            })
            .await;
        }
    }

    /// What profile answers when it is asked about a customer.
    ///
    /// # Panics
    /// Where a stand-in did.
    pub fn profile_knows(&self, reference: CustomerReference) {
        self.known.lock().expect("no stand-in panics").push(reference);
    }

    /// The events about an aggregate that `peer` was told so far.
    pub fn heard(&self, peer: Peer, aggregate: &str) -> Vec<Event> {
        about(&self.told.borrow(), peer, aggregate)
    }

    /// The events about an aggregate that `peer` was told, once there are `count`.
    ///
    /// # Panics
    /// Where they do not arrive within 10 s.
    pub async fn told(&self, peer: Peer, aggregate: &str, count: usize) -> Vec<Event> {
        let mut told = self.told.subscribe();
        let enough = told.wait_for(|told| about(told, peer, aggregate).len() >= count);
        let enough = tokio::time::timeout(PATIENCE, enough).await.expect("the events arrive in time");
        about(&enough.expect("the stand-ins live as long as the world"), peer, aggregate)
    }
}

fn about(told: &[(Peer, Event)], peer: Peer, aggregate: &str) -> Vec<Event> {
    let about = told.iter().filter(|(to, event)| *to == peer && event.aggregate == aggregate);
    about.map(|(_, event)| event.clone()).collect()
}

#[derive(Clone)]
struct StandIn {
    peer: Peer,
    neighbours: Neighbours,
}

#[tonic::async_trait]
impl EventDeliveryService for StandIn {
    async fn deliver_events(
        &self,
        request: Request<DeliverEventsRequest>,
    ) -> Result<Response<DeliverEventsResponse>, Status> {
        let events = request.into_inner().events;
        let outcomes = vec![Outcome::Applied.into(); events.len()];
        self.neighbours.told.send_modify(|told| told.extend(events.into_iter().map(|it| (self.peer, it))));
        Ok(Response::new(DeliverEventsResponse { outcomes }))
    }
}

#[tonic::async_trait]
impl CustomerReferenceService for StandIn {
    async fn batch_get_customer_references(
        &self,
        request: Request<BatchGetCustomerReferencesRequest>,
    ) -> Result<Response<BatchGetCustomerReferencesResponse>, Status> {
        let asked = request.into_inner().customers;
        let known = self.neighbours.known.lock().expect("no test panics while it adds one");
        let references = known.iter().filter(|it| asked.contains(&it.customer)).cloned().collect();
        Ok(Response::new(BatchGetCustomerReferencesResponse { references }))
    }
}
