use crate::{contacts::FakeContacts, parts::FakeParts};
use patron_chassis::{
    peer::Peer,
    permission::Permission,
    service::Service as _,
    testing::{TestDatabase, TestMesh, TestProcess, with_token},
};
use patron_profile::ProfileService;
use patron_proto::{
    address::internal::v1::{
        address_creation_service_server::AddressCreationServiceServer,
        customer_address_service_server::CustomerAddressServiceServer,
    },
    event::internal::v1::event_delivery_service_server::EventDeliveryServiceServer,
    group::internal::v1::{
        approval_service_server::ApprovalServiceServer,
        bulk_membership_service_server::BulkMembershipServiceServer,
        group_reference_service_server::GroupReferenceServiceServer,
        membership_creation_service_server::MembershipCreationServiceServer,
    },
    identity::internal::v1::{
        account_creation_service_server::AccountCreationServiceServer,
        bulk_account_service_server::BulkAccountServiceServer,
        staff_reference_service_server::StaffReferenceServiceServer,
    },
    profile::v1::{
        CreateCustomerRequest, Customer, ListCustomersRequest, UpdateCustomerRequest,
        customer_service_client::CustomerServiceClient,
    },
};
use patron_values::id::{CustomerId, StaffId};
use tonic::{Request, Status, transport::Channel};
use tonic_types::StatusExt as _;
use uuid::Uuid;

/// What staff with every permission that profile asks for may do.
pub(crate) const ALL: &[Permission] = &[
    Permission::CustomerRead,
    Permission::CustomerCreate,
    Permission::CustomerUpdate,
    Permission::CustomerDelete,
    Permission::CustomerAssignStaff,
    Permission::AddressWrite,
    Permission::GroupAssign,
    Permission::CustomerDisable,
    Permission::CustomerExport,
    Permission::AddressRead,
    Permission::GroupRead,
];

/// The service under test, with a database of its own and stand-ins for its peers.
pub(crate) struct Fixture {
    pub(crate) mesh: TestMesh,
    pub(crate) database: TestDatabase,
    pub(crate) parts: FakeParts,
    pub(crate) contacts: FakeContacts,
    pub(crate) profile: TestProcess,
    _peers: Vec<TestProcess>,
}

impl Fixture {
    pub(crate) async fn new() -> Self {
        Self::on(TestDatabase::create(Peer::PROFILE, ProfileService::migrations()).await).await
    }

    /// With what a database has.
    pub(crate) async fn on(database: TestDatabase) -> Self {
        let (mesh, parts, contacts) = (TestMesh::new(), FakeParts::default(), FakeContacts::default());
        let identity = mesh.serve(Peer::IDENTITY, mesh.settings(Peer::IDENTITY), |server| {
            server.add_service(AccountCreationServiceServer::new(parts.clone()))?;
            server.add_service(StaffReferenceServiceServer::new(parts.clone()))?;
            server.add_service(BulkAccountServiceServer::new(parts.clone()))?;
            server.add_service(EventDeliveryServiceServer::new(parts.clone()))
        });
        let address = mesh.serve(Peer::ADDRESS, mesh.settings(Peer::ADDRESS), |server| {
            server.add_service(AddressCreationServiceServer::new(parts.clone()))?;
            server.add_service(CustomerAddressServiceServer::new(contacts.clone()))?;
            server.add_service(EventDeliveryServiceServer::new(parts.clone()))
        });
        let group = mesh.serve(Peer::GROUP, mesh.settings(Peer::GROUP), |server| {
            server.add_service(MembershipCreationServiceServer::new(parts.clone()))?;
            server.add_service(ApprovalServiceServer::new(parts.clone()))?;
            server.add_service(BulkMembershipServiceServer::new(parts.clone()))?;
            server.add_service(GroupReferenceServiceServer::new(contacts.clone()))?;
            server.add_service(EventDeliveryServiceServer::new(parts.clone()))
        });
        let peers = vec![identity.await, address.await, group.await];
        let profile = mesh.service::<ProfileService>(&database, ()).await;
        Self { mesh, database, parts, contacts, profile, _peers: peers }
    }

    pub(crate) fn client(&self) -> CustomerServiceClient<Channel> {
        CustomerServiceClient::new(self.mesh.client(&self.profile))
    }

    /// A request of a member of staff who may do everything to everyone.
    pub(crate) fn staff<T>(&self, message: T) -> Request<T> {
        let claims = self.mesh.tokens().staff(staff_id(1), ALL);
        with_token(&self.mesh.tokens().sign(&claims), message)
    }

    /// A request of a sales rep: everything, to the customers assigned to them.
    pub(crate) fn sales_rep<T>(&self, staff: StaffId, message: T) -> Request<T> {
        let permissions = [Permission::CustomerRead, Permission::CustomerCreate, Permission::CustomerUpdate];
        let mut claims = self.mesh.tokens().staff(staff, &permissions);
        "assigned".clone_into(&mut claims.scope);
        with_token(&self.mesh.tokens().sign(&claims), message)
    }

    /// The same with permission to do anything in bulk.
    pub(crate) fn sales_rep_in_bulk<T>(&self, staff: StaffId, message: T) -> Request<T> {
        let mut claims = self.mesh.tokens().staff(staff, ALL);
        "assigned".clone_into(&mut claims.scope);
        with_token(&self.mesh.tokens().sign(&claims), message)
    }

    /// A request of a customer.
    pub(crate) fn customer<T>(&self, name: &str, message: T) -> Request<T> {
        let customer = CustomerId::parse(name).expect("the name of a customer");
        let claims =
            self.mesh.tokens().customer(customer, &[Permission::CustomerRead, Permission::CustomerUpdate]);
        with_token(&self.mesh.tokens().sign(&claims), message)
    }

    pub(crate) async fn create(&self, customer: Customer) -> Result<Customer, Status> {
        let request = CreateCustomerRequest { customer: Some(customer), ..Default::default() };
        self.client().create_customer(self.staff(request)).await.map(tonic::Response::into_inner)
    }

    pub(crate) async fn update(&self, customer: Customer, fields: &[&str]) -> Result<Customer, Status> {
        let request = update(customer, fields);
        self.client().update_customer(self.staff(request)).await.map(tonic::Response::into_inner)
    }

    /// First names of the customers that a search finds, sorted.
    pub(crate) async fn found(&self, query: &str) -> Vec<String> {
        let request = ListCustomersRequest { query: query.to_owned(), ..Default::default() };
        let listed = self
            .client()
            .list_customers(self.staff(request))
            .await
            .expect("a search that is right")
            .into_inner();
        let mut names: Vec<String> =
            listed.customers.into_iter().map(|customer| customer.first_name).collect();
        names.sort();
        assert_eq!(listed.total_size, i32::try_from(names.len()).expect("few customers"));
        names
    }
}

pub(crate) fn staff_id(number: u128) -> StaffId {
    StaffId(Uuid::from_u128(0x0190_0000_0000_7000_8000_0000_0000_0000 + number))
}

pub(crate) fn luis() -> Customer {
    Customer {
        first_name: "Luís".into(),
        last_name: "Gonçalves".into(),
        email: "luisg@embraer.com.br".into(),
        company: "Embraer - Empresa Brasileira de Aeronáutica S.A.".into(),
        ..Default::default()
    }
}

pub(crate) fn update(customer: Customer, fields: &[&str]) -> UpdateCustomerRequest {
    let paths = fields.iter().map(ToString::to_string).collect();
    let update_mask = Some(prost_types::FieldMask { paths });
    UpdateCustomerRequest { customer: Some(customer), update_mask, ..Default::default() }
}

/// What a refusal says of fields, as `field description`.
pub(crate) fn violations(status: &Status) -> Vec<String> {
    let details =
        status.get_details_bad_request().map(|details| details.field_violations).unwrap_or_default();
    details.into_iter().map(|it| format!("{} {}", it.field, it.description)).collect()
}
