//! Fakes of the services that one under test publishes events to, and what its rights are compared by.

mod grants;

pub use self::grants::assert_grants_fit;

use patron_chassis::{clock::Clock, peer::Peer, testing::TestMesh};
use patron_proto::{
    event::{
        internal::v1::{
            DeliverEventsRequest, DeliverEventsResponse, ListSnapshotsRequest, ListSnapshotsResponse,
            deliver_events_response::Outcome,
            event_delivery_service_server::{EventDeliveryService, EventDeliveryServiceServer},
            snapshot_service_client::SnapshotServiceClient,
            snapshot_service_server::{SnapshotService, SnapshotServiceServer},
        },
        v1::{CustomerReference, Event, event::Snapshot},
    },
    profile::internal::v1::{
        BatchGetCustomerReferencesRequest, BatchGetCustomerReferencesResponse,
        customer_reference_service_server::{CustomerReferenceService, CustomerReferenceServiceServer},
    },
};
use patron_values::timestamp;
use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};
use tokio::sync::watch;
use tonic::{Request, Response, Status, transport::Channel};

/// How long an event may take from a commit to its consumer.
const PATIENCE: Duration = Duration::from_secs(10);

/// Fakes for the services that one under test publishes events to, and asks about customers: they note what they
/// received, and answer what the test has them know.
#[derive(Clone, Default)]
pub struct FakePeers {
    received: Arc<watch::Sender<Vec<(Peer, Event)>>>,
    known: Arc<Mutex<Vec<CustomerReference>>>,
    asked: Arc<AtomicUsize>,
}

impl FakePeers {
    /// Starts activity and profile in a mesh.
    ///
    /// # Panics
    /// Where they cannot start.
    pub async fn start(&self, mesh: &TestMesh) {
        for peer in [Peer::ACTIVITY, Peer::PROFILE] {
            let fake = Fake { peer, peers: self.clone() };
            let settings = mesh.settings(peer);
            mesh.serve(peer, settings, |server| {
                server.add_service(EventDeliveryServiceServer::new(fake.clone()))?;
                server.add_service(SnapshotServiceServer::new(fake.clone()))?;
                server.add_service(CustomerReferenceServiceServer::new(fake))
            })
            .await;
        }
    }

    /// What profile answers when it is asked about a customer, and lists among its snapshots.
    ///
    /// # Panics
    /// Where a fake did.
    pub fn profile_knows(&self, reference: CustomerReference) {
        self.known.lock().expect("no fake panics").push(reference);
    }

    /// How many times profile was asked about customers.
    pub fn times_profile_was_asked(&self) -> usize {
        self.asked.load(Ordering::Relaxed)
    }

    /// The events about an aggregate that `peer` received so far.
    pub fn events(&self, peer: Peer, aggregate: &str) -> Vec<Event> {
        about(&self.received.borrow(), peer, aggregate)
    }

    /// The events about an aggregate that `peer` received, once there are `count`.
    ///
    /// # Panics
    /// Where they do not arrive within 10 s.
    pub async fn await_events(&self, peer: Peer, aggregate: &str, count: usize) -> Vec<Event> {
        let mut received = self.received.subscribe();
        let enough = received.wait_for(|received| about(received, peer, aggregate).len() >= count);
        let enough = tokio::time::timeout(PATIENCE, enough).await.expect("the events arrive in time");
        about(&enough.expect("the fakes live as long as the world"), peer, aggregate)
    }
}

/// What a service under test lists of what it publishes, as the peer with whose certificate `channel` was made.
///
/// # Panics
/// Where it lists nothing.
pub async fn snapshots(channel: Channel) -> Vec<Event> {
    let reply = SnapshotServiceClient::new(channel).list_snapshots(ListSnapshotsRequest::default()).await;
    reply.expect("snapshots are listed").into_inner().snapshots
}

fn about(received: &[(Peer, Event)], peer: Peer, aggregate: &str) -> Vec<Event> {
    let about = received.iter().filter(|(to, event)| *to == peer && event.aggregate == aggregate);
    about.map(|(_, event)| event.clone()).collect()
}

#[derive(Clone)]
struct Fake {
    peer: Peer,
    peers: FakePeers,
}

#[tonic::async_trait]
impl EventDeliveryService for Fake {
    async fn deliver_events(
        &self,
        request: Request<DeliverEventsRequest>,
    ) -> Result<Response<DeliverEventsResponse>, Status> {
        let events = request.into_inner().events;
        let outcomes = vec![Outcome::Applied.into(); events.len()];
        self.peers
            .received
            .send_modify(|received| received.extend(events.into_iter().map(|it| (self.peer, it))));
        Ok(Response::new(DeliverEventsResponse { outcomes }))
    }
}

#[tonic::async_trait]
impl CustomerReferenceService for Fake {
    async fn batch_get_customer_references(
        &self,
        request: Request<BatchGetCustomerReferencesRequest>,
    ) -> Result<Response<BatchGetCustomerReferencesResponse>, Status> {
        self.peers.asked.fetch_add(1, Ordering::Relaxed);
        let asked = request.into_inner().customers;
        let known = self.peers.known.lock().expect("no test panics while it adds one");
        let references = known.iter().filter(|it| asked.contains(&it.customer)).cloned().collect();
        Ok(Response::new(BatchGetCustomerReferencesResponse { references }))
    }
}

#[tonic::async_trait]
impl SnapshotService for Fake {
    /// Two a page.
    async fn list_snapshots(
        &self,
        request: Request<ListSnapshotsRequest>,
    ) -> Result<Response<ListSnapshotsResponse>, Status> {
        let first: usize = request.get_ref().page_token.parse().unwrap_or_default();
        let read_time = Some(timestamp(Clock::System.now()));
        let known = self.peers.known.lock().expect("no test panics while it adds one");
        let snapshots = known.iter().skip(first).take(2).map(|reference| Event {
            source: self.peer.name().to_owned(),
            aggregate: format!("{}/reference", reference.customer),
            version: reference.version,
            customer: reference.customer.clone(),
            time: read_time,
            snapshot: Some(Snapshot::Reference(reference.clone())),
            ..Event::default()
        });
        let snapshots: Vec<_> = snapshots.collect();
        let next = first + snapshots.len();
        let next_page_token = if next < known.len() { next.to_string() } else { String::new() };
        Ok(Response::new(ListSnapshotsResponse { snapshots, next_page_token, read_time }))
    }
}
