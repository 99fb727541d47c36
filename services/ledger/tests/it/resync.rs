//! How a consumer is filled from the snapshots of a source.

use crate::fixture::database;
use patron_chassis::{
    peer::Peer,
    pg::{Database, Transaction},
    process::Process,
    testing::{TestDatabase, TestMesh},
};
use patron_ledger::{
    inbox::{Consumer, Delivery},
    reference,
};
use patron_proto::event::{
    internal::v1::{
        DeliverEventsRequest, ListSnapshotsRequest, ListSnapshotsResponse,
        deliver_events_response::Outcome,
        event_delivery_service_client::EventDeliveryServiceClient,
        event_delivery_service_server::EventDeliveryServiceServer,
        snapshot_service_server::{SnapshotService, SnapshotServiceServer},
    },
    v1::{CustomerReference, Event, customer_reference::State, event::Snapshot},
};
use patron_proto::operation::v1::Resync;
use patron_values::timestamp;
use std::sync::{Arc, Mutex};
use time::{Duration, OffsetDateTime};
use tonic::{Request, Response, Status, transport::Channel};

/// Profile as a fake: it lists these snapshots, two a page.
#[derive(Clone, Default)]
struct FakeSource(Arc<Mutex<Listing>>);

#[derive(Default)]
struct Listing {
    snapshots: Vec<Event>,
    /// By how much its clock is ahead of the consumer's.
    ahead: Duration,
}

#[tonic::async_trait]
impl SnapshotService for FakeSource {
    async fn list_snapshots(
        &self,
        request: Request<ListSnapshotsRequest>,
    ) -> Result<Response<ListSnapshotsResponse>, Status> {
        let first: usize = request.get_ref().page_token.parse().unwrap_or_default();
        let listing = self.0.lock().unwrap();
        let page: Vec<Event> = listing.snapshots.iter().skip(first).take(2).cloned().collect();
        let next = first + page.len();
        let next_page_token = if next < listing.snapshots.len() { next.to_string() } else { String::new() };
        let read_time = Some(timestamp(OffsetDateTime::now_utc() + listing.ahead));
        Ok(Response::new(ListSnapshotsResponse { snapshots: page, next_page_token, read_time }))
    }
}

/// Type of events that the consumer fails at.
const UNFIT: &str = "unfit";

#[derive(Debug)]
struct References;

#[tonic::async_trait]
impl Consumer for References {
    const SOURCES: &'static [Peer] = &[Peer::PROFILE];

    fn consumes(source: Peer, aggregate: &str) -> bool {
        reference::is_sent(source, aggregate)
    }

    async fn apply(&self, transaction: &mut Transaction, events: &[Event]) -> anyhow::Result<()> {
        anyhow::ensure!(events.iter().all(|event| event.r#type != UNFIT), "it cannot be applied");
        reference::apply(transaction, events).await
    }
}

struct World {
    stored: TestDatabase,
    database: Database,
    delivery: Delivery<References>,
    source: FakeSource,
    process: Process,
    profile: EventDeliveryServiceClient<Channel>,
    _mesh: TestMesh,
}

impl World {
    async fn new() -> Self {
        let (mesh, source) = (TestMesh::new(), FakeSource::default());
        let served = source.clone();
        mesh.serve(Peer::PROFILE, mesh.settings(Peer::PROFILE), |server| {
            server.add_service(SnapshotServiceServer::new(served))
        })
        .await;
        let (stored, database) = database(Peer::ADDRESS).await;
        let delivery = Delivery::new(database.clone(), References);
        let served = delivery.clone();
        let address = mesh
            .serve(Peer::ADDRESS, mesh.settings(Peer::ADDRESS), |server| {
                server.add_service(EventDeliveryServiceServer::new(served))
            })
            .await;
        let profile = EventDeliveryServiceClient::new(mesh.client_as("profile", &address));
        let process = mesh.begin(Peer::ADDRESS, mesh.settings(Peer::ADDRESS)).await;
        Self { stored, database, delivery, source, process, profile, _mesh: mesh }
    }

    async fn deliver(&mut self, event: Event) -> Outcome {
        let request = DeliverEventsRequest { events: vec![event], ..DeliverEventsRequest::default() };
        self.profile.deliver_events(request).await.unwrap().into_inner().outcomes().next().unwrap()
    }

    /// Has the source list these, and takes them over.
    async fn resync(&self, snapshots: Vec<Event>, force: bool) -> Resync {
        self.resync_by_clock(Duration::ZERO, snapshots, force).await
    }

    /// The same from a source whose clock is as much ahead.
    async fn resync_by_clock(&self, ahead: Duration, snapshots: Vec<Event>, force: bool) -> Resync {
        *self.source.0.lock().unwrap() = Listing { snapshots, ahead };
        let channel = self.process.channel(Peer::PROFILE).as_service();
        self.delivery.resync(Peer::PROFILE, channel, force).await.unwrap()
    }

    /// State and version of the customers known, by their numbers.
    async fn known(&self) -> Vec<(String, i64)> {
        sqlx::query_as("select state, version from customer_ref order by customer_id")
            .fetch_all(&self.database)
            .await
            .unwrap()
    }
}

/// A reference as an event of so long ago.
fn event(customer: u8, state: State, version: i64, ago: Duration) -> Event {
    let customer = format!("customers/00000000-0000-7000-8000-0000000000{customer:02}");
    let reference = CustomerReference {
        customer: customer.clone(),
        state: state.into(),
        version,
        ..CustomerReference::default()
    };
    Event {
        source: "profile".to_owned(),
        aggregate: format!("{customer}/reference"),
        version,
        customer,
        time: Some(timestamp(OffsetDateTime::now_utc() - ago)),
        snapshot: Some(Snapshot::Reference(reference)),
        ..Event::default()
    }
}

fn known(all: &[(&str, i64)]) -> Vec<(String, i64)> {
    all.iter().map(|(state, version)| ((*state).to_owned(), *version)).collect()
}

#[tokio::test]
async fn a_new_consumer_ends_with_what_the_source_has_and_younger_events_stay() {
    let mut world = World::new().await;
    assert_eq!(world.deliver(event(2, State::Deleted, 9, Duration::ZERO)).await, Outcome::Applied);
    let snapshots = (1..=5).map(|customer| event(customer, State::Active, 7, Duration::ZERO)).collect();
    let resynced = world.resync(snapshots, false).await;
    assert_eq!((resynced.listed_count, resynced.failed_count, resynced.ended_count), (5, 0, 0));
    let active = ("active", 7);
    assert_eq!(world.known().await, known(&[active, ("deleted", 9), active, active, active]));
    assert_eq!(
        world.deliver(event(1, State::Active, 7, Duration::HOUR)).await,
        Outcome::Applied,
        "it was listed"
    );
    assert_eq!(world.deliver(event(1, State::Active, 8, Duration::ZERO)).await, Outcome::Applied);
    assert_eq!(world.known().await[0].1, 8);
    world.stored.drop_database().await;
}

#[tokio::test]
async fn a_source_that_was_restored_is_followed_by_force_alone() {
    let mut world = World::new().await;
    for event in [event(1, State::Deleted, 9, Duration::HOUR), event(2, State::Active, 3, Duration::HOUR)] {
        assert_eq!(world.deliver(event).await, Outcome::Applied);
    }
    let again = event(1, State::Active, 5, Duration::ZERO);
    assert_eq!(
        world.deliver(again.clone()).await,
        Outcome::Conflict,
        "it is told that the source was restored"
    );
    let listed = || vec![event(1, State::Active, 5, Duration::ZERO)];
    world.resync(listed(), false).await;
    assert_eq!(world.known().await, known(&[("deleted", 9), ("active", 3)]));
    let resynced = world.resync(listed(), true).await;
    assert_eq!(resynced.ended_count, 1, "the source has the other no more");
    assert_eq!(world.known().await, known(&[("active", 5), ("deleted", 3)]));
    assert_eq!(world.deliver(again).await, Outcome::Applied, "a dead letter that is tried again");
    assert_eq!(world.deliver(event(1, State::Active, 6, Duration::ZERO)).await, Outcome::Applied);
    assert_eq!(world.known().await[0], ("active".to_owned(), 6));
    world.stored.drop_database().await;
}

#[tokio::test]
async fn an_event_that_came_while_snapshots_were_read_is_not_replaced_by_force() {
    let mut world = World::new().await;
    let snapshot = event(1, State::Active, 5, Duration::ZERO);
    assert_eq!(world.deliver(event(1, State::Active, 6, Duration::ZERO)).await, Outcome::Applied);
    world.resync(vec![snapshot], true).await;
    assert_eq!(world.known().await, known(&[("active", 6)]));
    world.stored.drop_database().await;
}

#[tokio::test]
async fn a_deletion_that_a_restored_source_knows_nothing_of_is_lifted_by_force_and_one_under_way_is_not() {
    let mut world = World::new().await;
    for (customer, ago) in [(1, Duration::HOUR), (2, Duration::ZERO)] {
        assert_eq!(world.deliver(event(customer, State::Active, 4, Duration::HOUR)).await, Outcome::Applied);
        assert_eq!(world.deliver(event(customer, State::Deleting, 6, ago)).await, Outcome::Applied);
    }
    let listed = || (1..=2).map(|customer| event(customer, State::Active, 5, Duration::ZERO)).collect();
    world.resync(listed(), false).await;
    assert_eq!(world.known().await, known(&[("deleting", 6), ("deleting", 6)]));
    world.resync(listed(), true).await;
    assert_eq!(world.known().await, known(&[("active", 5), ("deleting", 6)]));
    world.stored.drop_database().await;
}

#[tokio::test]
async fn a_projection_whose_rows_were_lost_is_rebuilt_by_force() {
    let mut world = World::new().await;
    assert_eq!(world.deliver(event(1, State::Active, 5, Duration::ZERO)).await, Outcome::Applied);
    sqlx::query("delete from customer_ref").execute(&world.database).await.unwrap();
    world.resync(vec![event(1, State::Active, 5, Duration::ZERO)], true).await;
    assert_eq!(world.known().await, known(&[("active", 5)]));
    world.stored.drop_database().await;
}

#[tokio::test]
async fn what_is_listed_and_cannot_be_applied_is_not_taken_for_ended() {
    let mut world = World::new().await;
    assert_eq!(world.deliver(event(1, State::Active, 5, Duration::HOUR)).await, Outcome::Applied);
    let unfit = Event { r#type: UNFIT.to_owned(), ..event(1, State::Active, 6, Duration::ZERO) };
    let resynced = world.resync(vec![unfit], true).await;
    assert_eq!((resynced.failed_count, resynced.ended_count), (1, 0));
    assert_eq!(world.known().await, known(&[("active", 5)]));
    world.stored.drop_database().await;
}

#[tokio::test]
async fn what_a_forced_resync_ends_goes_by_the_clock_of_the_source_however_far_that_is_from_ones_own() {
    for ahead in [-Duration::HOUR, Duration::HOUR] {
        let mut world = World::new().await;
        // Both were made half an hour ago by that clock, and the second is gone since.
        let half_an_hour_ago = Duration::minutes(30) - ahead;
        for customer in 1..=2 {
            let event = event(customer, State::Active, 5, half_an_hour_ago);
            assert_eq!(world.deliver(event).await, Outcome::Applied);
        }
        let listed = vec![event(1, State::Active, 5, -ahead)];
        let resynced = world.resync_by_clock(ahead, listed, true).await;
        assert_eq!((resynced.listed_count, resynced.ended_count), (1, 1));
        assert_eq!(world.known().await, known(&[("active", 5), ("deleted", 5)]));
        world.stored.drop_database().await;
    }
}
