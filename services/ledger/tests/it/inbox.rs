//! Which events take effect.

use crate::fixture::database;
use patron_chassis::{
    peer::Peer,
    pg::{Database, Transaction},
    testing::{TestDatabase, TestMesh},
};
use patron_ledger::inbox::{Consumer, Delivery};
use patron_proto::event::{
    internal::v1::{
        DeliverEventsRequest, PassedOver, deliver_events_response::Outcome,
        event_delivery_service_client::EventDeliveryServiceClient,
        event_delivery_service_server::EventDeliveryServiceServer,
    },
    v1::{CustomerAddresses, Event, event::Snapshot},
};
use std::sync::{Arc, Mutex};
use tonic::{Code, transport::Channel};

type Effects = Arc<Mutex<Vec<(String, i64)>>>;

/// Notes what takes effect, and fails as events tell it.
struct Recorder<const HISTORY: bool>(Effects);

#[tonic::async_trait]
impl<const HISTORY: bool> Consumer for Recorder<HISTORY> {
    const SOURCES: &'static [Peer] = &[Peer::PROFILE];
    const KEEPS_HISTORY: bool = HISTORY;

    fn consumes(_source: Peer, _aggregate: &str) -> bool {
        true
    }

    async fn apply(&self, transaction: &mut Transaction, events: &[Event]) -> anyhow::Result<()> {
        for event in events {
            match event.r#type.as_str() {
                "poison" => anyhow::bail!("no"),
                "locked" => {
                    sqlx::query("do $$ begin raise exception using errcode = '55P03'; end $$")
                        .execute(&mut *transaction)
                        .await?;
                }
                _ => {}
            }
        }
        let effects = events.iter().map(|event| (event.aggregate.clone(), event.version));
        self.0.lock().unwrap().extend(effects);
        Ok(())
    }
}

struct World {
    stored: TestDatabase,
    client: EventDeliveryServiceClient<Channel>,
    effects: Effects,
    _mesh: TestMesh,
}

impl World {
    async fn new<const HISTORY: bool>() -> Self {
        let (mesh, effects) = (TestMesh::new(), Effects::default());
        let (stored, database): (TestDatabase, Database) = database(Peer::ACTIVITY).await;
        let delivery = Delivery::new(database, Recorder::<HISTORY>(effects.clone()));
        let served = mesh
            .serve(Peer::ACTIVITY, mesh.settings(Peer::ACTIVITY), |server| {
                server.add_service(EventDeliveryServiceServer::new(delivery))
            })
            .await;
        let client = EventDeliveryServiceClient::new(mesh.client_as("profile", &served));
        Self { stored, client, effects, _mesh: mesh }
    }

    async fn deliver(&mut self, events: Vec<Event>) -> Vec<Outcome> {
        self.deliver_passing_over(events, Vec::new()).await
    }

    async fn deliver_passing_over(
        &mut self,
        events: Vec<Event>,
        passed_over: Vec<PassedOver>,
    ) -> Vec<Outcome> {
        let request = DeliverEventsRequest { events, passed_over };
        self.client.deliver_events(request).await.unwrap().into_inner().outcomes().collect()
    }

    /// Versions that took effect since the last time.
    fn effects(&self) -> Vec<i64> {
        std::mem::take(&mut *self.effects.lock().unwrap()).into_iter().map(|(_, version)| version).collect()
    }
}

fn event(aggregate: &str, version: i64) -> Event {
    let time = prost_types::Timestamp { seconds: 1_800_000_000 + version, nanos: 0 };
    Event {
        source: "profile".to_owned(),
        aggregate: aggregate.to_owned(),
        version,
        time: Some(time),
        snapshot: Some(Snapshot::Addresses(CustomerAddresses::default())),
        ..Event::default()
    }
}

use Outcome::{Applied, Conflict, Failed, Gap, Untried};

#[tokio::test]
async fn of_snapshots_any_higher_version_is_taken() {
    let mut world = World::new::<false>().await;
    assert_eq!(world.deliver(vec![event("a", 7)]).await, [Applied]);
    assert_eq!(world.effects(), [7], "it comes late");
    assert_eq!(world.deliver(vec![event("a", 9), event("a", 12)]).await, [Applied, Applied]);
    assert_eq!(world.effects(), [9, 12], "it falls behind");
    assert_eq!(world.deliver(vec![event("a", 11), event("a", 12), event("a", 13)]).await, [Applied; 3]);
    assert_eq!(world.effects(), [13], "what was there before changes nothing");
    world.stored.drop_database().await;
}

#[tokio::test]
async fn history_takes_each_version_in_turn_from_the_first_it_is_sent() {
    let mut world = World::new::<true>().await;
    assert_eq!(world.deliver(vec![event("a", 7), event("a", 8)]).await, [Applied, Applied]);
    assert_eq!(world.deliver(vec![event("a", 10), event("b", 1)]).await, [Gap, Applied]);
    assert_eq!(world.deliver(vec![event("a", 8), event("a", 9), event("a", 10)]).await, [Applied; 3]);
    assert_eq!(world.effects(), [7, 8, 1, 9, 10]);
    world.stored.drop_database().await;
}

#[tokio::test]
async fn history_passes_over_what_is_announced_and_takes_it_when_it_comes_later() {
    let mut world = World::new::<true>().await;
    let passed =
        |versions: &[i64]| vec![PassedOver { aggregate: "a".to_owned(), versions: versions.to_vec() }];
    assert_eq!(world.deliver(vec![event("a", 1)]).await, [Applied]);
    let outcomes = world.deliver_passing_over(vec![event("a", 4)], passed(&[2, 3])).await;
    assert_eq!((outcomes, world.effects()), (vec![Applied], vec![1, 4]));
    assert_eq!(world.deliver(vec![event("a", 3)]).await, [Applied]);
    assert_eq!(world.deliver(vec![event("a", 3), event("a", 5)]).await, [Applied, Applied]);
    assert_eq!(world.effects(), [3, 5], "each once");
    assert!(world.deliver_passing_over(Vec::new(), passed(&[6])).await.is_empty());
    assert_eq!(world.deliver(vec![event("a", 7)]).await, [Applied], "a dropped one is not waited for");
    world.stored.drop_database().await;
}

#[tokio::test]
async fn an_event_that_fails_holds_up_only_its_own_aggregate() {
    let mut world = World::new::<true>().await;
    let mut poison = event("c", 1);
    "poison".clone_into(&mut poison.r#type);
    let events = vec![event("a", 1), event("b", 1), poison, event("c", 2), event("d", 1), event("e", 1)];
    assert_eq!(world.deliver(events).await, [Applied, Applied, Failed, Untried, Applied, Applied]);
    assert_eq!(world.effects().len(), 4);
    world.stored.drop_database().await;
}

#[tokio::test]
async fn a_lock_that_is_not_given_is_no_fault_of_the_events() {
    let mut world = World::new::<false>().await;
    let mut locked = event("b", 1);
    "locked".clone_into(&mut locked.r#type);
    let request = DeliverEventsRequest { events: vec![event("a", 1), locked], passed_over: Vec::new() };
    let status = world.client.deliver_events(request).await.unwrap_err();
    assert_eq!(status.code(), Code::Unavailable);
    world.stored.drop_database().await;
}

#[tokio::test]
async fn a_version_that_comes_again_from_a_restored_source_is_refused_and_not_applied() {
    for history in [true, false] {
        let mut world = if history { World::new::<true>().await } else { World::new::<false>().await };
        assert_eq!(world.deliver(vec![event("a", 5)]).await, [Applied]);
        let mut again = event("a", 4);
        again.time = Some(prost_types::Timestamp { seconds: 1_800_000_000 + 3600, nanos: 0 });
        assert_eq!(world.deliver(vec![again]).await, [Conflict]);
        assert_eq!(world.deliver(vec![event("a", 4)]).await, [Applied], "one that is only late is none");
        // Restored a moment ago: it takes the last version for something else.
        let mut soon = event("a", 5);
        soon.time = soon.time.map(|time| prost_types::Timestamp { nanos: time.nanos + 1_000, ..time });
        assert_eq!(world.deliver(vec![soon]).await, [Conflict]);
        assert_eq!(world.effects(), [5]);
        world.stored.drop_database().await;
    }
}
