//! The activity service among stand-ins for its peers.

use patron_activity::ActivityService;
use patron_chassis::{
    clock::Clock,
    ids::Ids,
    peer::Peer,
    permission::Permission,
    service::Service as _,
    testing::{TestDatabase, TestMesh, TestProcess, with_token},
    token::Claims,
};
use patron_ledger::testing::FakePeers;
use patron_proto::{
    activity::v1::{
        ActivityEvent, GetActivityEventRequest, ListActivityEventsRequest, ListActivityEventsResponse,
        WatchActivityEventsRequest, activity_service_client::ActivityServiceClient,
        deleted_customer_service_client::DeletedCustomerServiceClient,
    },
    event::{
        internal::v1::{
            DeliverEventsRequest, deliver_events_response::Outcome,
            event_delivery_service_client::EventDeliveryServiceClient,
        },
        v1::{
            ChangeContext, CustomerReference, Event, FieldChange, customer_reference::State, event::Snapshot,
        },
    },
};
use patron_values::{
    id::{CustomerId, StaffId},
    timestamp,
};
use std::{collections::HashMap, sync::Mutex, time::Duration};
use tonic::{Code, Request, Response, Status, Streaming, transport::Channel};
use uuid::Uuid;

/// A member of staff who sees every customer and reads the administrators' log.
pub(crate) const ADMINISTRATOR: StaffId = StaffId(Uuid::from_u128(1));
/// A member of staff who sees the customers they look after.
pub(crate) const REP: StaffId = StaffId(Uuid::from_u128(2));

/// The service, its database and its peers.
pub(crate) struct World {
    pub(crate) mesh: TestMesh,
    pub(crate) database: TestDatabase,
    pub(crate) service: TestProcess,
    peers: FakePeers,
    ids: Ids,
    versions: Mutex<HashMap<String, i64>>,
}

impl World {
    /// A service that has had no event.
    pub(crate) async fn new() -> Self {
        let (mesh, peers) = (TestMesh::new(), FakePeers::default());
        peers.start(&mesh).await;
        let database = TestDatabase::create(Peer::ACTIVITY, ActivityService::migrations()).await;
        let service = mesh.service::<ActivityService>(&database, ()).await;
        let ids = Ids::seeded(Clock::Mock(mesh.clock().clone()), 1);
        Self { mesh, database, service, peers, ids, versions: Mutex::default() }
    }

    /// Ends it and removes the database.
    pub(crate) async fn end(self) {
        self.service.stop().await;
        self.database.drop_database().await;
    }

    pub(crate) fn administrator(&self) -> Caller {
        self.administrator_at(&self.service)
    }

    /// The administrator, who calls another process of the service.
    pub(crate) fn administrator_at(&self, process: &TestProcess) -> Caller {
        let permissions = [Permission::ActivityRead, Permission::AuditRead];
        self.caller_at(process, &self.mesh.tokens().staff(ADMINISTRATOR, &permissions))
    }

    /// A member of staff who sees every customer, and no more.
    pub(crate) fn viewer(&self) -> Caller {
        self.caller(&self.mesh.tokens().staff(StaffId(Uuid::from_u128(3)), &[Permission::ActivityRead]))
    }

    pub(crate) fn rep(&self, staff: StaffId) -> Caller {
        let claims = self.mesh.tokens().staff(staff, &[Permission::ActivityRead, Permission::AuditRead]);
        self.caller(&Claims { scope: "assigned".to_owned(), ..claims })
    }

    pub(crate) fn customer(&self, customer: CustomerId) -> Caller {
        self.caller(&self.mesh.tokens().customer(customer, &[Permission::ActivityRead]))
    }

    pub(crate) fn caller(&self, claims: &Claims) -> Caller {
        self.caller_at(&self.service, claims)
    }

    fn caller_at(&self, process: &TestProcess, claims: &Claims) -> Caller {
        let channel = self.mesh.client(process);
        let deleted = DeletedCustomerServiceClient::new(channel.clone());
        Caller {
            token: self.mesh.tokens().sign(claims),
            client: ActivityServiceClient::new(channel),
            deleted,
        }
    }

    /// A customer who exists nowhere.
    pub(crate) fn stranger(&self) -> CustomerId {
        self.ids.next()
    }

    /// A customer of whom the service has had the event, looked after by these.
    pub(crate) async fn add_customer(&self, staff: &[StaffId]) -> CustomerId {
        let customer = self.stranger();
        self.refer(customer, State::Active, staff).await;
        customer
    }

    /// A customer whom profile knows and has not published yet.
    pub(crate) fn add_unpublished_customer(&self) -> CustomerId {
        let customer = self.stranger();
        self.peers.profile_knows(reference(customer, State::Active, 1, &[]));
        customer
    }

    /// Has profile publish where a customer is in its life.
    pub(crate) async fn refer(&self, customer: CustomerId, state: State, staff: &[StaffId]) {
        let event = self.reference(customer, |version| reference(customer, state, version, staff));
        self.publish(&[event]).await;
    }

    /// What profile publishes of a customer next.
    pub(crate) fn reference(&self, customer: CustomerId, of: impl FnOnce(i64) -> CustomerReference) -> Event {
        let mut event = self.event(Peer::PROFILE, Some(customer), "reference.updated");
        event.aggregate.push_str("/reference");
        event.version = self.next_version(&event.source, &event.aggregate);
        event.snapshot = Some(Snapshot::Reference(of(event.version)));
        event
    }

    /// An event that is not published yet, later than those before.
    pub(crate) fn event(&self, source: Peer, customer: Option<CustomerId>, kind: &str) -> Event {
        self.mesh.clock().advance(Duration::from_millis(1));
        let name = customer.map_or_else(|| format!("groups/{}", Uuid::nil()), CustomerId::resource_name);
        Event {
            event_id: self.ids.next::<Uuid>().to_string(),
            source: source.name().to_owned(),
            aggregate: name.clone(),
            version: if kind == "reference.updated" { 0 } else { self.next_version(source.name(), &name) },
            r#type: kind.to_owned(),
            customer: customer.map(CustomerId::resource_name).unwrap_or_default(),
            resource: name,
            context: Some(ChangeContext { actor: ADMINISTRATOR.resource_name(), ..ChangeContext::default() }),
            time: Some(timestamp(self.mesh.clock().now())),
            changes: vec![FieldChange {
                field: "first_name".into(),
                old: Some("Luis".to_owned().into()),
                new: Some("Luís".to_owned().into()),
                ..FieldChange::default()
            }],
            snapshot: None,
        }
    }

    fn next_version(&self, source: &str, aggregate: &str) -> i64 {
        let mut versions = self.versions.lock().unwrap();
        let version = versions.entry(format!("{source}/{aggregate}")).or_default();
        *version += 1;
        *version
    }

    /// Delivers events of one service, all of which take effect.
    pub(crate) async fn publish(&self, events: &[Event]) {
        let outcomes = self.deliver(events).await;
        assert!(outcomes.iter().all(|it| *it == Outcome::Applied), "{outcomes:?}");
    }

    /// Delivers events of one service.
    pub(crate) async fn deliver(&self, events: &[Event]) -> Vec<Outcome> {
        let channel = self.mesh.client_as(&events[0].source, &self.service);
        let message = DeliverEventsRequest { events: events.to_vec(), ..DeliverEventsRequest::default() };
        let reply = EventDeliveryServiceClient::new(channel).deliver_events(message).await;
        reply.expect("it takes events").into_inner().outcomes().collect()
    }

    /// Has something happen, and gives the name of the event.
    pub(crate) async fn happen(&self, customer: CustomerId, kind: &str) -> String {
        let event = self.event(Peer::PROFILE, Some(customer), kind);
        self.publish(std::slice::from_ref(&event)).await;
        name_of(&event)
    }
}

/// The name under which an event is read.
pub(crate) fn name_of(event: &Event) -> String {
    format!("events/{}", event.event_id)
}

pub(crate) fn reference(
    customer: CustomerId,
    state: State,
    version: i64,
    staff: &[StaffId],
) -> CustomerReference {
    CustomerReference {
        customer: customer.resource_name(),
        state: state.into(),
        assigned_staff: staff.iter().map(|staff| staff.resource_name()).collect(),
        version,
        ..CustomerReference::default()
    }
}

/// Somebody with a token.
#[derive(Clone)]
pub(crate) struct Caller {
    token: String,
    client: ActivityServiceClient<Channel>,
    pub(crate) deleted: DeletedCustomerServiceClient<Channel>,
}

impl Caller {
    pub(crate) fn request<T>(&self, message: T) -> Request<T> {
        with_token(&self.token, message)
    }

    pub(crate) async fn get(&self, name: &str) -> Result<ActivityEvent, Status> {
        let message = GetActivityEventRequest { name: name.to_owned() };
        self.client.clone().get_activity_event(self.request(message)).await.map(Response::into_inner)
    }

    pub(crate) async fn list(
        &self,
        message: ListActivityEventsRequest,
    ) -> Result<ListActivityEventsResponse, Status> {
        self.send(self.request(message)).await.map(Response::into_inner)
    }

    pub(crate) async fn send(
        &self,
        request: Request<ListActivityEventsRequest>,
    ) -> Result<Response<ListActivityEventsResponse>, Status> {
        self.client.clone().list_activity_events(request).await
    }

    /// Names of what happened to a customer, or to all.
    pub(crate) async fn names(&self, customer: Option<CustomerId>) -> Result<Vec<String>, Status> {
        let parent = customer.map(CustomerId::resource_name).unwrap_or_default();
        let found = self.list(ListActivityEventsRequest { parent, ..Default::default() }).await?;
        Ok(names(&found.events))
    }

    pub(crate) async fn watch(
        &self,
        customer: Option<CustomerId>,
        after: &str,
    ) -> Result<Streaming<ActivityEvent>, Status> {
        let parent = customer.map(CustomerId::resource_name).unwrap_or_default();
        let message = WatchActivityEventsRequest { parent, after: after.to_owned() };
        self.client.clone().watch_activity_events(self.request(message)).await.map(Response::into_inner)
    }
}

pub(crate) fn names(events: &[ActivityEvent]) -> Vec<String> {
    events.iter().map(|event| event.name.clone()).collect()
}

/// The code of a refusal.
pub(crate) fn code<T>(answer: Result<T, Status>) -> Code {
    answer.err().expect("it is refused").code()
}
