use patron_address::AddressService;
use patron_chassis::{
    peer::Peer,
    permission::Permission,
    service::Service as _,
    testing::{TestDatabase, TestMesh, TestProcess, with_token},
};
use patron_ledger::testing::FakePeers;
use patron_proto::{
    address::v1::{
        Address, AddressUse, CreateAddressRequest, ListAddressesRequest, UpdateAddressRequest,
        address_service_client::AddressServiceClient,
    },
    event::{
        internal::v1::{DeliverEventsRequest, event_delivery_service_client::EventDeliveryServiceClient},
        v1::{CustomerReference, Event, customer_reference::State, event::Snapshot},
    },
};
use patron_values::id::{CustomerId, StaffId};
use tonic::{Request, Response, Status, transport::Channel};
use uuid::Uuid;

/// Who calls where nothing else is said.
pub(crate) const MANAGER: StaffId = StaffId(Uuid::from_u128(1));

/// The address service among stand-ins for its peers.
pub(crate) struct World {
    pub(crate) mesh: TestMesh,
    pub(crate) peers: FakePeers,
    pub(crate) service: TestProcess,
    pub(crate) database: TestDatabase,
}

impl World {
    pub(crate) async fn new() -> Self {
        let (mesh, peers) = (TestMesh::new(), FakePeers::default());
        peers.start(&mesh).await;
        let database = TestDatabase::create(Peer::ADDRESS, AddressService::migrations()).await;
        let service = mesh.service::<AddressService>(&database, ()).await;
        Self { mesh, peers, service, database }
    }

    pub(crate) fn client(&self) -> AddressServiceClient<Channel> {
        AddressServiceClient::new(self.mesh.client(&self.service))
    }

    /// A request of staff who may do everything with addresses, and make exceptions from rules, for every customer.
    pub(crate) fn manager<T>(&self, message: T) -> Request<T> {
        self.staff(MANAGER, "all", message)
    }

    /// A request of staff within a scope.
    pub(crate) fn staff<T>(&self, staff: StaffId, scope: &str, message: T) -> Request<T> {
        let permissions = [Permission::AddressRead, Permission::AddressWrite, Permission::CustomerCreate];
        let mut claims = self.mesh.tokens().staff(staff, &permissions);
        scope.clone_into(&mut claims.scope);
        with_token(&self.mesh.tokens().sign(&claims), message)
    }

    /// A request of a customer.
    pub(crate) fn customer<T>(&self, customer: CustomerId, message: T) -> Request<T> {
        let claims =
            self.mesh.tokens().customer(customer, &[Permission::AddressRead, Permission::AddressWrite]);
        with_token(&self.mesh.tokens().sign(&claims), message)
    }

    /// What profile says of a customer, as an event.
    pub(crate) async fn publish(&self, customer: CustomerId, state: State, version: i64, staff: &[StaffId]) {
        let reference = reference(customer, state, version, staff);
        let event = Event {
            source: "profile".to_owned(),
            aggregate: format!("{}/reference", reference.customer),
            version,
            customer: reference.customer.clone(),
            snapshot: Some(Snapshot::Reference(reference)),
            ..Event::default()
        };
        let mut profile = EventDeliveryServiceClient::new(self.mesh.client_as("profile", &self.service));
        profile
            .deliver_events(DeliverEventsRequest { events: vec![event], ..DeliverEventsRequest::default() })
            .await
            .expect("it takes events");
    }

    /// A customer whom the service knows.
    pub(crate) async fn known(&self, number: u128) -> CustomerId {
        let customer = customer(number);
        self.publish(customer, State::Active, 1, &[]).await;
        customer
    }

    pub(crate) async fn create(&self, customer: CustomerId, address: Address) -> Result<Address, Status> {
        let request = CreateAddressRequest {
            parent: customer.resource_name(),
            address: Some(address),
            ..Default::default()
        };
        self.client().create_address(self.manager(request)).await.map(Response::into_inner)
    }

    /// Changes the fields named, as staff.
    pub(crate) async fn update(&self, wanted: Address, fields: &[&str]) -> Result<Address, Status> {
        self.client().update_address(self.manager(update(wanted, fields))).await.map(Response::into_inner)
    }

    pub(crate) async fn list(&self, customer: CustomerId) -> Result<Vec<Address>, Status> {
        let request = ListAddressesRequest { parent: customer.resource_name(), ..Default::default() };
        self.client().list_addresses(self.manager(request)).await.map(|page| page.into_inner().addresses)
    }
}

/// The request that changes the fields named, or all that have a value where none is.
pub(crate) fn update(address: Address, fields: &[&str]) -> UpdateAddressRequest {
    let paths = fields.iter().map(ToString::to_string).collect();
    let update_mask = Some(prost_types::FieldMask { paths });
    UpdateAddressRequest { address: Some(address), update_mask, ..Default::default() }
}

/// What profile knows of a customer.
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
        ..Default::default()
    }
}

pub(crate) fn customer(number: u128) -> CustomerId {
    CustomerId(Uuid::from_u128(0x0190_0000_0000_7000_8000_0000_0000_0000 + number))
}

/// An address with nothing but what is needed, used for shipping.
pub(crate) fn stuttgart() -> Address {
    Address {
        line1: "Theodor-Heuss-Straße 34".into(),
        city: "Stuttgart".into(),
        postal_code: "70174".into(),
        country_code: "de".into(),
        uses: vec![AddressUse::Shipping.into()],
        ..Default::default()
    }
}
