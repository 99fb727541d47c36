//! Identity as it would run, with a first administrator, among stand-ins for its peers.

use crate::group::FakeGroup;
use patron_chassis::{
    clock::MockClock,
    config::{Source, load},
    peer::Peer,
    service::Service as _,
    testing::{TestDatabase, TestMesh, TestProcess, with_token},
};
use patron_identity::{IdentityService, config::Config};
use patron_ledger::testing::FakePeers;
use patron_proto::{
    event::{
        internal::v1::{
            DeliverEventsRequest, deliver_events_response::Outcome,
            event_delivery_service_client::EventDeliveryServiceClient,
        },
        v1::{CustomerReference, Event, customer_reference::State, event::Snapshot},
    },
    identity::{
        internal::v1::account_creation_service_client::AccountCreationServiceClient,
        v1::{
            Account, ChangePasswordRequest, CreateAccountRequest, CreateSessionRequest, CreateStaffRequest,
            ListSessionsRequest, NewAccount, Session, Staff, UserKind,
            account_service_client::AccountServiceClient, role_service_client::RoleServiceClient,
            session_service_client::SessionServiceClient, staff_service_client::StaffServiceClient,
        },
    },
};
use patron_values::id::CustomerId;
use prost_types::Timestamp;
use std::{
    collections::HashMap,
    io::Write as _,
    sync::{
        Mutex,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};
use tempfile::NamedTempFile;
use tonic::{Code, Request, Status, transport::Channel};
use uuid::Uuid;

/// Passwords that the policy takes.
pub(crate) const STAFF_PASSWORD: &str = "violet mango trellis";
pub(crate) const CUSTOMER_PASSWORD: &str = "twelve red herrings";
/// What someone else sets.
pub(crate) const TEMPORARY: &str = "quiet granite lantern";

/// How long a test waits for what happens by itself.
const PATIENCE: Duration = Duration::from_secs(10);

pub(crate) struct World {
    pub(crate) mesh: TestMesh,
    pub(crate) database: TestDatabase,
    pub(crate) peers: FakePeers,
    pub(crate) group: FakeGroup,
    pub(crate) identity: TestProcess,
    pub(crate) channel: Channel,
    as_profile: Channel,
    /// What profile knows of customers, by name.
    known: Mutex<HashMap<String, CustomerReference>>,
}

/// Someone who is signed in, ready to work.
pub(crate) struct SignedIn {
    pub(crate) name: String,
    pub(crate) session: Session,
}

impl SignedIn {
    pub(crate) fn token(&self) -> &str {
        &self.session.access_token
    }

    /// A request of theirs.
    pub(crate) fn ask<T>(&self, message: T) -> Request<T> {
        with_token(self.token(), message)
    }
}

impl World {
    pub(crate) async fn new() -> Self {
        let (mesh, peers) = (TestMesh::new(), FakePeers::default());
        peers.start(&mesh).await;
        let group = FakeGroup::start(&mesh).await;
        let database = TestDatabase::create(Peer::IDENTITY, IdentityService::migrations()).await;
        let identity = start(&mesh, &database).await;
        let (channel, as_profile) = (mesh.client(&identity), mesh.client_as("profile", &identity));
        Self { mesh, database, peers, group, identity, channel, as_profile, known: Mutex::default() }
    }

    /// A second replica, on the same database.
    pub(crate) async fn replica(&self) -> TestProcess {
        start(&self.mesh, &self.database).await
    }

    pub(crate) async fn end(self) {
        self.database.drop_database().await;
    }

    pub(crate) fn clock(&self) -> &MockClock {
        self.mesh.clock()
    }

    pub(crate) fn sessions(&self) -> SessionServiceClient<Channel> {
        SessionServiceClient::new(self.channel.clone())
    }

    pub(crate) fn staff(&self) -> StaffServiceClient<Channel> {
        StaffServiceClient::new(self.channel.clone())
    }

    pub(crate) fn roles(&self) -> RoleServiceClient<Channel> {
        RoleServiceClient::new(self.channel.clone())
    }

    pub(crate) fn accounts(&self) -> AccountServiceClient<Channel> {
        AccountServiceClient::new(self.channel.clone())
    }

    /// What profile calls while it creates and deletes customers.
    pub(crate) fn creation(&self) -> AccountCreationServiceClient<Channel> {
        AccountCreationServiceClient::new(self.as_profile.clone())
    }

    pub(crate) async fn sign_in(
        &self,
        kind: UserKind,
        identifier: &str,
        password: &str,
    ) -> Result<Session, Status> {
        let request = CreateSessionRequest {
            identifier: identifier.to_owned(),
            password: password.to_owned(),
            user_kind: kind.into(),
            ..Default::default()
        };
        self.sessions().create_session(request).await.map(tonic::Response::into_inner)
    }

    pub(crate) async fn administrator(&self) -> SignedIn {
        let session = self.sign_in(UserKind::Staff, "root", STAFF_PASSWORD).await.unwrap();
        SignedIn { name: session.user.clone(), session }
    }

    /// A member of staff with a password of their own.
    pub(crate) async fn staff_user(&self, username: &str, role: &str) -> SignedIn {
        let administrator = self.administrator().await;
        let (staff, password) = (Some(staff(username, role)), TEMPORARY.to_owned());
        let request = CreateStaffRequest { staff, password, request_id: String::new() };
        let created = self.staff().create_staff(administrator.ask(request)).await.unwrap().into_inner();
        let session = self.sign_in(UserKind::Staff, username, TEMPORARY).await.unwrap();
        let session = self.replace_temporary(session, STAFF_PASSWORD).await;
        SignedIn { name: created.name, session }
    }

    /// Replaces the password that someone else set, and gives the session as it is then.
    pub(crate) async fn replace_temporary(&self, session: Session, password: &str) -> Session {
        let (old_password, new_password) = (TEMPORARY.to_owned(), password.to_owned());
        let request = ChangePasswordRequest { old_password, new_password };
        let changed = self.sessions().change_password(with_token(&session.access_token, request)).await;
        changed.unwrap().into_inner()
    }

    /// A visible customer of whom identity has had the event.
    pub(crate) async fn customer(&self, email: &str) -> String {
        let customer = new_customer();
        assert_eq!(self.publish(&customer, |it| email.clone_into(&mut it.email)).await, Outcome::Applied);
        customer
    }

    /// Changes what profile knows of a customer, and publishes it.
    pub(crate) async fn publish(
        &self,
        customer: &str,
        change: impl FnOnce(&mut CustomerReference),
    ) -> Outcome {
        self.deliver(self.profile_learns(customer, change)).await
    }

    /// Changes what profile knows of a customer, which identity can ask for and has no event of yet.
    pub(crate) fn profile_learns(
        &self,
        customer: &str,
        change: impl FnOnce(&mut CustomerReference),
    ) -> CustomerReference {
        let mut known = self.known.lock().unwrap();
        let reference = known.entry(customer.to_owned()).or_insert_with(|| CustomerReference {
            customer: customer.to_owned(),
            state: State::Active.into(),
            ..Default::default()
        });
        reference.version += 1;
        change(reference);
        self.peers.profile_knows(reference.clone());
        reference.clone()
    }

    /// Delivers what profile knows to identity, and says what became of it.
    pub(crate) async fn deliver(&self, reference: CustomerReference) -> Outcome {
        let event = Event {
            source: "profile".to_owned(),
            aggregate: format!("{}/reference", reference.customer),
            version: reference.version,
            customer: reference.customer.clone(),
            time: Some(Timestamp { seconds: self.clock().now().unix_timestamp(), nanos: 0 }),
            snapshot: Some(Snapshot::Reference(reference)),
            ..Default::default()
        };
        let mut client = EventDeliveryServiceClient::new(self.as_profile.clone());
        let reply = client
            .deliver_events(DeliverEventsRequest { events: vec![event], ..DeliverEventsRequest::default() })
            .await
            .unwrap();
        reply.into_inner().outcomes().next().unwrap()
    }

    /// Gives a customer an account with a temporary password.
    pub(crate) async fn account(&self, customer: &str, username: &str) -> Account {
        let (username, password) = (username.to_owned(), TEMPORARY.to_owned());
        let account = Some(NewAccount { username, password, ..Default::default() });
        let request = CreateAccountRequest { parent: customer.to_owned(), account, ..Default::default() };
        let request = self.administrator().await.ask(request);
        self.accounts().create_account(request).await.unwrap().into_inner()
    }

    /// A customer who is signed in with a password of their own.
    pub(crate) async fn signed_in_customer(&self, username: &str) -> SignedIn {
        let customer = self.customer(&format!("{username}@example.com")).await;
        self.account(&customer, username).await;
        let session = self.sign_in(UserKind::Customer, username, TEMPORARY).await.unwrap();
        SignedIn { name: customer, session: self.replace_temporary(session, CUSTOMER_PASSWORD).await }
    }

    /// Kinds of the events of an aggregate that activity is sent, once there are so many.
    pub(crate) async fn history(&self, aggregate: &str, count: usize) -> Vec<String> {
        let events = self.peers.await_events(Peer::ACTIVITY, aggregate, count).await;
        events.into_iter().map(|event| event.r#type).collect()
    }

    /// Waits until a token is refused.
    pub(crate) async fn refused(&self, token: &str) {
        let sessions = self.sessions();
        let refused = async || {
            let asked =
                sessions.clone().list_sessions(with_token(token, ListSessionsRequest::default())).await;
            asked.is_err_and(|status| status.code() == Code::Unauthenticated)
        };
        eventually(refused).await;
    }
}

async fn start(mesh: &TestMesh, database: &TestDatabase) -> TestProcess {
    let mut password = NamedTempFile::new().unwrap();
    writeln!(password, "{STAFF_PASSWORD}").unwrap();
    let source = Source::from_iter([
        ("PATRON_IDENTITY_BOOTSTRAP_USERNAME", "root"),
        ("PATRON_IDENTITY_BOOTSTRAP_EMAIL", "root@example.com"),
        ("PATRON_IDENTITY_BOOTSTRAP_PASSWORD_FILE", password.path().to_str().unwrap()),
        ("PATRON_USERNAME_KEYS", "BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc="),
    ]);
    let (config, _) = load::<Config>(&source).unwrap();
    mesh.service::<IdentityService>(database, config).await
}

/// Waits until it is so.
pub(crate) async fn eventually(is_so: impl AsyncFn() -> bool) {
    let waiting = async {
        while !is_so().await {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(PATIENCE, waiting).await.expect("it became so in time");
}

/// The name of a customer nobody has heard of.
pub(crate) fn new_customer() -> String {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    let id = uuid::Builder::from_unix_timestamp_millis(NEXT.fetch_add(1, Ordering::Relaxed), &[7; 10]);
    CustomerId(id.into_uuid()).resource_name()
}

/// A member of staff to create.
pub(crate) fn staff(username: &str, role: &str) -> Staff {
    Staff {
        username: username.to_owned(),
        display_name: format!("Person {username}"),
        email: format!("{username}@example.com"),
        role: format!("roles/{role}"),
        ..Default::default()
    }
}

/// A `request_id`.
pub(crate) fn request_id(number: u128) -> String {
    Uuid::from_u128(number).to_string()
}
