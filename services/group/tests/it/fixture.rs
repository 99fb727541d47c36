//! The group service among stand-ins for its peers.

use patron_chassis::{
    clock::MockClock,
    peer::Peer,
    permission::Permission,
    service::Service as _,
    testing::{TestDatabase, TestMesh, TestProcess, with_token},
};
use patron_group::GroupService;
use patron_ledger::testing::FakePeers;
use patron_proto::{
    event::{
        internal::v1::{
            DeliverEventsRequest, deliver_events_response::Outcome,
            event_delivery_service_client::EventDeliveryServiceClient,
        },
        v1::{CustomerReference, Event, customer_reference::State, event::Snapshot},
    },
    group::{
        internal::v1::membership_creation_service_client::MembershipCreationServiceClient,
        v1::{
            CreateGroupRequest, CreateMembershipRequest, DeleteMembershipRequest, Group,
            ListMembershipsRequest, Membership, SetPrimaryMembershipRequest,
            group_service_client::GroupServiceClient, membership_service_client::MembershipServiceClient,
        },
    },
};
use patron_values::id::{CustomerId, StaffId};
use std::sync::atomic::{AtomicU64, Ordering};
use tonic::{Code, Request, Response, Status, transport::Channel};
use tonic_types::StatusExt as _;
use uuid::Uuid;

/// A member of staff who sees every customer.
pub(crate) const MANAGER: StaffId = StaffId(Uuid::from_u128(1));

/// The service, its database and its peers.
pub(crate) struct World {
    mesh: TestMesh,
    database: TestDatabase,
    service: TestProcess,
    peers: FakePeers,
    ids: AtomicU64,
}

impl World {
    /// A service without groups that knows no customer.
    pub(crate) async fn new() -> Self {
        let (mesh, peers) = (TestMesh::new(), FakePeers::default());
        peers.start(&mesh).await;
        let database = TestDatabase::create(Peer::GROUP, GroupService::migrations()).await;
        let service = mesh.service::<GroupService>(&database, ()).await;
        Self { mesh, database, service, peers, ids: AtomicU64::new(1) }
    }

    /// Ends it and removes the database.
    pub(crate) async fn end(self) {
        self.service.stop().await;
        self.database.drop_database().await;
    }

    /// The time everywhere.
    pub(crate) fn clock(&self) -> &MockClock {
        self.mesh.clock()
    }

    /// The database, for looking behind the scenes.
    pub(crate) fn database(&self) -> &TestDatabase {
        &self.database
    }

    /// A member of staff who may do everything with groups, for every customer.
    pub(crate) fn manager(&self) -> Caller {
        self.staff(MANAGER, "all")
    }

    /// A member of staff who may do everything with groups, for the customers they look after.
    pub(crate) fn rep(&self, staff: StaffId) -> Caller {
        self.staff(staff, "assigned")
    }

    fn staff(&self, staff: StaffId, scope: &str) -> Caller {
        let permissions = [Permission::GroupRead, Permission::GroupAssign, Permission::GroupManage];
        let mut claims = self.mesh.tokens().staff(staff, &permissions);
        scope.clone_into(&mut claims.scope);
        self.caller(self.mesh.tokens().sign(&claims))
    }

    /// A customer, who may read what is theirs.
    pub(crate) fn customer(&self, customer: CustomerId) -> Caller {
        let claims = self.mesh.tokens().customer(customer, &[Permission::GroupRead]);
        self.caller(self.mesh.tokens().sign(&claims))
    }

    fn caller(&self, token: String) -> Caller {
        let channel = self.mesh.client(&self.service);
        Caller { token, channel }
    }

    /// Calls that profile makes while it creates a customer.
    pub(crate) fn creation(&self) -> MembershipCreationServiceClient<Channel> {
        MembershipCreationServiceClient::new(self.peer("profile"))
    }

    /// Calls of another service in its own name.
    pub(crate) fn peer(&self, name: &str) -> Channel {
        self.mesh.client_as(name, &self.service)
    }

    /// A new customer of whom the service has had no event.
    pub(crate) fn stranger(&self) -> CustomerId {
        CustomerId(Uuid::from_u128(u128::from(self.ids.fetch_add(1, Ordering::Relaxed)) << 64 | 7))
    }

    /// A customer whom the service knows and these members of staff look after.
    pub(crate) async fn add_customer(&self, staff: &[StaffId]) -> CustomerId {
        let customer = self.stranger();
        self.publish(reference(customer, State::Active, 1, staff)).await;
        customer
    }

    /// What profile says of a customer, as an event.
    pub(crate) async fn publish(&self, reference: CustomerReference) {
        let event = Event {
            event_id: Uuid::nil().to_string(),
            source: "profile".to_owned(),
            aggregate: format!("{}/reference", reference.customer),
            version: reference.version,
            r#type: "customer.updated".to_owned(),
            customer: reference.customer.clone(),
            snapshot: Some(Snapshot::Reference(reference)),
            ..Event::default()
        };
        let mut profile = EventDeliveryServiceClient::new(self.peer("profile"));
        let reply = profile
            .deliver_events(DeliverEventsRequest { events: vec![event], ..DeliverEventsRequest::default() })
            .await
            .expect("it takes events");
        assert_eq!(reply.into_inner().outcomes().collect::<Vec<_>>(), [Outcome::Applied]);
    }

    /// The service's peers.
    pub(crate) fn peers(&self) -> &FakePeers {
        &self.peers
    }
}

/// A reference as profile publishes it.
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

/// Someone who calls the service.
pub(crate) struct Caller {
    token: String,
    channel: Channel,
}

impl Caller {
    /// A request of theirs.
    pub(crate) fn request<T>(&self, message: T) -> Request<T> {
        with_token(&self.token, message)
    }

    /// RPCs about groups.
    pub(crate) fn groups(&self) -> GroupServiceClient<Channel> {
        GroupServiceClient::new(self.channel.clone())
    }

    /// RPCs about memberships.
    pub(crate) fn memberships(&self) -> MembershipServiceClient<Channel> {
        MembershipServiceClient::new(self.channel.clone())
    }

    /// Creates a group.
    pub(crate) async fn create_group(&self, group: Group) -> Result<Group, Status> {
        let request = self.request(CreateGroupRequest { group: Some(group), ..Default::default() });
        self.groups().create_group(request).await.map(Response::into_inner)
    }

    /// Creates a group that has a name and nothing else.
    pub(crate) async fn named_group(&self, display_name: &str) -> Group {
        self.create_group(Group { display_name: display_name.to_owned(), ..Group::default() })
            .await
            .expect("a group can be created")
    }

    /// Puts a customer into a group.
    pub(crate) async fn join(
        &self,
        customer: CustomerId,
        group: &Group,
        primary: bool,
    ) -> Result<Membership, Status> {
        let membership = Membership { group: group.name.clone(), primary, ..Membership::default() };
        let parent = customer.resource_name();
        let message = CreateMembershipRequest { parent, membership: Some(membership), ..Default::default() };
        self.memberships().create_membership(self.request(message)).await.map(Response::into_inner)
    }

    /// Makes a group the primary one of a customer.
    pub(crate) async fn prefer(&self, customer: CustomerId, group: &Group) -> Result<Membership, Status> {
        let message = SetPrimaryMembershipRequest { name: name(customer, group), ..Default::default() };
        self.memberships().set_primary_membership(self.request(message)).await.map(Response::into_inner)
    }

    /// Takes a customer out of a group.
    pub(crate) async fn leave(&self, customer: CustomerId, group: &Group) -> Result<(), Status> {
        let message = DeleteMembershipRequest { name: name(customer, group), ..Default::default() };
        self.memberships().delete_membership(self.request(message)).await.map(Response::into_inner)
    }

    /// The names of a customer's groups, the primary one with a star.
    pub(crate) async fn groups_of(&self, customer: CustomerId) -> Result<Vec<String>, Status> {
        let message = ListMembershipsRequest { parent: customer.resource_name(), ..Default::default() };
        let reply = self.memberships().list_memberships(self.request(message)).await?.into_inner();
        let star = |membership: &Membership| if membership.primary { "*" } else { "" };
        Ok(reply.memberships.iter().map(|it| format!("{}{}", it.group_display_name, star(it))).collect())
    }
}

/// The name of the membership of a customer in a group.
pub(crate) fn name(customer: CustomerId, group: &Group) -> String {
    format!("{}/memberships/{}", customer.resource_name(), group.name.trim_start_matches("groups/"))
}

/// Code and reason of a refusal.
pub(crate) fn refusal<T: std::fmt::Debug>(answer: Result<T, Status>) -> (Code, String) {
    let status = answer.expect_err("it should be refused");
    let reason = status.get_details_error_info().map(|info| info.reason);
    (status.code(), reason.unwrap_or_else(|| panic!("no reason in {status:?}")))
}

/// Rule and text of a refusal because of the state of something.
pub(crate) fn forbidden<T: std::fmt::Debug>(answer: Result<T, Status>) -> (String, String) {
    let status = answer.expect_err("it should be refused");
    assert_eq!(status.code(), Code::FailedPrecondition);
    let failure = status.get_details_precondition_failure().expect("it says which state");
    let violation = failure.violations.into_iter().next().expect("it says which state");
    (violation.r#type, violation.description)
}

/// Paths of the fields that a refusal names.
pub(crate) fn wrong_fields<T: std::fmt::Debug>(answer: Result<T, Status>) -> Vec<String> {
    let status = answer.expect_err("it should be refused");
    let request = status.get_details_bad_request().expect("it says which fields");
    request.field_violations.into_iter().map(|violation| violation.field).collect()
}
