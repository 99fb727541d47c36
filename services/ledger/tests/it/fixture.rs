//! A service of the mesh with the tables of the ledger, and a consumer of its events that does what a test says.

use patron_chassis::{
    clock::Clock,
    ids::Ids,
    peer::Peer,
    pg::Database,
    process::Process,
    testing::{TestDatabase, TestMesh},
};
use patron_ledger::outbox::{NewEvent, Outbox, Relay};
use patron_proto::event::{
    internal::v1::{
        DeliverEventsRequest, DeliverEventsResponse,
        deliver_events_response::Outcome,
        event_delivery_service_server::{EventDeliveryService, EventDeliveryServiceServer},
    },
    v1::{ChangeContext, Event, FieldChange},
};
use prost_types::{Value, value::Kind};
use std::{sync::Arc, time::Duration};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use tonic::{Request, Response, Status};

/// How long anything may take that a test waits for.
const PATIENCE: Duration = Duration::from_secs(30);

/// The database of a service that keeps references.
pub(crate) async fn database(peer: Peer) -> (TestDatabase, Database) {
    let migrations = patron_ledger::migrations(sqlx::migrate::Migrator::DEFAULT, &[], true);
    let stored = TestDatabase::create(peer, migrations).await;
    let database = Database::new(stored.pool().clone());
    (stored, database)
}

/// Waits until a look at `database` finds nothing more.
pub(crate) async fn until_none(database: &Database, count: &'static str) {
    let empty = async {
        while sqlx::query_scalar::<_, i64>(count).fetch_one(database).await.unwrap() > 0 {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(PATIENCE, empty).await.expect(count);
}

/// An event of an aggregate of nobody.
pub(crate) fn event(aggregate: &str, version: i64) -> NewEvent {
    NewEvent {
        aggregate: aggregate.to_owned(),
        version,
        kind: "thing.updated",
        customer: None,
        resource: aggregate.to_owned(),
        changes: Vec::new(),
        snapshot: None,
        subscribers: &[Peer::ACTIVITY],
    }
}

/// A change of so many bytes.
pub(crate) fn change(bytes: usize) -> FieldChange {
    let note = Value { kind: Some(Kind::StringValue("x".repeat(bytes))) };
    FieldChange { field: "note".to_owned(), new: Some(note), ..FieldChange::default() }
}

type Judge = dyn Fn(&Event) -> Result<Outcome, Status> + Send + Sync;

/// Activity as a fake: it answers what a test says, and notes what it was sent.
#[derive(Clone)]
pub(crate) struct FakeConsumer {
    judge: Arc<Judge>,
    received: Arc<watch::Sender<Vec<DeliverEventsRequest>>>,
}

#[tonic::async_trait]
impl EventDeliveryService for FakeConsumer {
    async fn deliver_events(
        &self,
        request: Request<DeliverEventsRequest>,
    ) -> Result<Response<DeliverEventsResponse>, Status> {
        let request = request.into_inner();
        let outcomes = request.events.iter().map(|event| (self.judge)(event));
        let outcomes = outcomes.map(|it| it.map(i32::from)).collect::<Result<Vec<_>, _>>()?;
        self.received.send_modify(|received| received.push(request));
        Ok(Response::new(DeliverEventsResponse { outcomes }))
    }
}

/// Group, with relays to a fake of activity.
pub(crate) struct World {
    pub(crate) database: Database,
    stored: TestDatabase,
    outbox: Outbox,
    consumer: FakeConsumer,
    process: Process,
    stop: CancellationToken,
    _mesh: TestMesh,
}

impl World {
    pub(crate) async fn new(
        judge: impl Fn(&Event) -> Result<Outcome, Status> + Send + Sync + 'static,
    ) -> Self {
        let mesh = TestMesh::new();
        let consumer = FakeConsumer { judge: Arc::new(judge), received: Arc::default() };
        let served = consumer.clone();
        mesh.serve(Peer::ACTIVITY, mesh.settings(Peer::ACTIVITY), |server| {
            server.add_service(EventDeliveryServiceServer::new(served))
        })
        .await;
        let (stored, database) = database(Peer::GROUP).await;
        let process = mesh.begin(Peer::GROUP, mesh.settings(Peer::GROUP)).await;
        let outbox = Outbox::new(Peer::GROUP, Ids::new(Clock::System));
        Self { database, stored, outbox, consumer, process, stop: CancellationToken::new(), _mesh: mesh }
    }

    /// Starts a relay, of as many as a test likes.
    pub(crate) fn relay(&self) {
        let channel = self.process.channel(Peer::ACTIVITY).as_service();
        let relay = Relay::new(self.database.clone(), Peer::GROUP, Peer::ACTIVITY, channel);
        tokio::spawn(relay.run(self.stop.clone()));
    }

    pub(crate) async fn publish(&self, events: Vec<NewEvent>) {
        let mut transaction = self.database.begin().await.unwrap();
        let (context, now) = (ChangeContext::default(), Clock::System.now());
        self.outbox.publish(&mut transaction, &context, now, events).await.unwrap();
        transaction.commit().await.unwrap();
    }

    /// Puts a row into the outbox that no service would.
    pub(crate) async fn insert(&self, aggregate: &str, version: i64, payload: &[u8]) {
        let statement =
            sqlx::query("insert into queue (kind, key, version, payload) values ('activity', $1, $2, $3)");
        statement.bind(aggregate).bind(version).bind(payload).execute(&self.database).await.unwrap();
    }

    /// The calls there were, once they brought so many events.
    pub(crate) async fn received(&self, events: usize) -> Vec<DeliverEventsRequest> {
        let mut received = self.consumer.received.subscribe();
        let enough = received.wait_for(|received| {
            received.iter().map(|request| request.events.len()).sum::<usize>() >= events
        });
        tokio::time::timeout(PATIENCE, enough).await.expect("the events arrive").unwrap().clone()
    }

    pub(crate) async fn end(self) {
        self.stop.cancel();
        self.stored.drop_database().await;
    }
}
