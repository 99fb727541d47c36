//! People who are signed in: members of staff by their role, and customers.

use crate::{Bearer, Grpc, Sample, World, unique};
use patron_local::{mesh::Administrator, secrets::random_password};
use patron_proto::{
    identity::v1::{
        ChangePasswordRequest, CreateSessionRequest, CreateStaffRequest, NewAccount, Session, Staff,
        UserKind, session_service_client::SessionServiceClient, staff_service_client::StaffServiceClient,
    },
    profile::v1::customer_service_client::CustomerServiceClient,
};
use std::time::{Duration, Instant};
use tokio::sync::Mutex;
use tonic::{Code, service::interceptor::InterceptedService, transport::Channel};

/// Age at which a token is replaced; it is good for 5 minutes.
const TOKEN_AGE: Duration = Duration::from_mins(3);

/// Longest wait for a turn among those who sign in.
const TURN: Duration = Duration::from_secs(30);
/// Time until the next try.
const AGAIN: Duration = Duration::from_millis(300);

/// The roles that Patron provides.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Role {
    /// May do everything.
    Administrator,
    /// May do everything with customers and groups but erase.
    Manager,
    /// Looks after the customers assigned to them.
    SalesRep,
    /// Helps every customer, and changes no rights.
    Support,
    /// Reads.
    Viewer,
}

impl Role {
    /// Every role, from the most to the least rights.
    pub const ALL: [Self; 5] =
        [Self::Administrator, Self::Manager, Self::SalesRep, Self::Support, Self::Viewer];

    /// The last part of its resource name.
    pub fn id(self) -> &'static str {
        match self {
            Self::Administrator => "administrator",
            Self::Manager => "manager",
            Self::SalesRep => "sales-rep",
            Self::Support => "support",
            Self::Viewer => "viewer",
        }
    }
}

/// Somebody with a session.
#[derive(Debug)]
pub struct Person {
    /// Resource name: `staff/{staff}` or `customers/{customer}`.
    pub name: String,
    /// Name to sign in with.
    pub username: String,
    /// Password in force.
    pub password: String,
    /// Whether a member of staff or a customer.
    pub kind: UserKind,
    session: Mutex<Held>,
}

#[derive(Debug)]
struct Held {
    token: String,
    since: Instant,
}

impl From<Session> for Held {
    fn from(session: Session) -> Self {
        Self { token: session.access_token, since: Instant::now() }
    }
}

impl Person {
    /// The first administrator of a mesh.
    pub(crate) async fn first(administrator: &Administrator, identity: Channel) -> Self {
        let Administrator { username, password, .. } = administrator.clone();
        let session = sign_in(identity, &username, &password, UserKind::Staff).await;
        Self::holding(session, username, password, UserKind::Staff)
    }

    /// A new member of staff with a role, who has changed the temporary password.
    pub async fn staff(world: &World, role: Role) -> Self {
        let username = unique();
        let administrator = world.signed_in(Role::Administrator).await;
        let request = CreateStaffRequest {
            staff: Some(Staff {
                username: username.clone(),
                display_name: format!("Test {}", role.id()),
                email: format!("{username}@staff.example"),
                role: format!("roles/{}", role.id()),
                ..Staff::default()
            }),
            password: new_password(),
            request_id: String::new(),
        };
        let mut client = StaffServiceClient::new(administrator.grpc("identity").await);
        client.create_staff(request.clone()).await.expect("an administrator creates staff");
        Self::begin(world, username, request.password, UserKind::Staff).await
    }

    /// A new customer with an account, who has changed the temporary password.
    pub async fn customer(world: &World) -> Self {
        Self::of_customer(world, &Sample::new()).await
    }

    /// The same with this record and what else the sample has.
    pub async fn of_customer(world: &World, sample: &Sample) -> Self {
        let (username, password) = (unique(), new_password());
        let mut request = sample.request();
        request.account =
            Some(NewAccount { username: username.clone(), password: password.clone(), ..Default::default() });
        let administrator = world.signed_in(Role::Administrator).await;
        let mut client = CustomerServiceClient::new(administrator.grpc("profile").await);
        client.create_customer(request).await.expect("a customer is created");
        Self::begin(world, username, password, UserKind::Customer).await
    }

    /// Signs in for the first time, with a temporary password, and changes it.
    async fn begin(world: &World, username: String, temporary: String, kind: UserKind) -> Self {
        let identity = world.channel("identity").await;
        let first = sign_in(identity.clone(), &username, &temporary, kind).await;
        let password = new_password();
        let change = ChangePasswordRequest { old_password: temporary, new_password: password.clone() };
        let changed = sessions(identity, Some(&first.access_token)).change_password(change).await;
        let session = changed.expect("a temporary password can be changed").into_inner();
        Self::holding(session, username, password, kind)
    }

    fn holding(session: Session, username: String, password: String, kind: UserKind) -> Self {
        Self { name: session.user.clone(), username, password, kind, session: Mutex::new(session.into()) }
    }

    /// A token that is good for a few minutes more.
    pub async fn token(&self, world: &World) -> String {
        let mut held = self.session.lock().await;
        if held.since.elapsed() > TOKEN_AGE {
            // anew, and not the session on: what is dangerous needs a sign-in of late
            let identity = world.channel("identity").await;
            *held = sign_in(identity, &self.username, &self.password, self.kind).await.into();
        }
        held.token.clone()
    }
}

/// Signs in at identity itself.
pub(crate) async fn sign_in(identity: Channel, username: &str, password: &str, kind: UserKind) -> Session {
    let request = CreateSessionRequest {
        identifier: username.to_owned(),
        password: password.to_owned(),
        user_kind: kind.into(),
        ..Default::default()
    };
    let mut sessions = sessions(identity, None);
    let began = Instant::now();
    loop {
        match sessions.create_session(request.clone()).await {
            // Few passwords are looked at at once; who is asked to come again does.
            Err(status) if status.code() == Code::ResourceExhausted && began.elapsed() < TURN => {
                tokio::time::sleep(AGAIN).await;
            }
            session => return session.expect("the password is right").into_inner(),
        }
    }
}

fn sessions(identity: Channel, token: Option<&str>) -> SessionServiceClient<Grpc> {
    SessionServiceClient::new(InterceptedService::new(identity, Bearer::new(token)))
}

fn new_password() -> String {
    random_password().expect("the system has random bytes")
}
