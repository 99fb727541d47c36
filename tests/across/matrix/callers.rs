//! Everybody who calls: people by their tokens or in their browsers, processes by their certificates.

use patron_chassis::{clock::Clock, permission::Permission, testing::TestTokens};
use patron_local::{
    certificates::{Authority, Identity},
    mesh::own_address,
    service,
};
use patron_tests::{Caller, Person, Role, World, until};
use patron_values::id::StaffId;
use serde_json::json;
use std::time::Duration;
use tempfile::TempDir;

/// The processes, in the order of the table's columns.
pub(super) const PEERS: [&str; 6] = ["gateway", "identity", "profile", "address", "group", "activity"];

/// Name of the cookie that stands for a session.
const COOKIE: &str = "__Host-patron";

/// Longest wait for a turn among those who sign in.
const TURN: Duration = Duration::from_secs(30);

/// Everybody, in the order of the table's columns.
pub(super) struct Callers<'w> {
    people: Vec<Caller<'w>>,
    browsers: Vec<Browser<'w>>,
    certificates: Vec<Identity>,
    /// Where the forged certificate is.
    _folder: TempDir,
}

/// A person who shows a cookie, and what a page that was read adds to it.
pub(super) struct Browser<'w> {
    nobody: Caller<'w>,
    cookie: Option<String>,
    csrf_token: String,
}

impl<'w> Callers<'w> {
    pub(super) async fn gather(world: &'w World) -> Self {
        let mut people = Vec::new();
        for role in Role::ALL {
            people.push(world.signed_in(role).await);
        }
        let customer = Person::customer(world).await;
        people.push(Caller::of(world, &customer).await);
        people.push(world.nobody());
        people.push(world.with_token(strangers_token()));
        let ended = World::ended_session().await;
        people.push(world.with_token(&ended.access_token));

        let mut browsers = Vec::new();
        for role in Role::ALL {
            browsers.push(Browser::signed_in(world, world.staff(role).await).await);
        }
        browsers.push(Browser::signed_in(world, &customer).await);
        browsers.push(Browser { cookie: None, ..Browser::holding(world, "") });
        browsers.push(Browser::holding(world, "made-up"));
        browsers.push(Browser::holding(world, &ended.secret));

        let has_column = |name: &str| PEERS.contains(&name);
        assert!(service::all().all(|process| has_column(process.name)), "a process has no column");
        let folder = TempDir::new().unwrap();
        let forged = Authority::open(folder.path(), own_address().unwrap(), Clock::System.now()).unwrap();
        let certificates = PEERS.map(|name| world.mesh().authority().identity(name)).into_iter();
        let certificates = certificates.chain([forged.identity("profile")]).collect();
        Self { people, browsers, certificates, _folder: folder }
    }

    pub(super) fn people(&self) -> &[Caller<'w>] {
        &self.people
    }

    pub(super) fn browsers(&self) -> &[Browser<'w>] {
        &self.browsers
    }

    pub(super) fn certificates(&self) -> &[Identity] {
        &self.certificates
    }
}

impl<'w> Browser<'w> {
    async fn signed_in(world: &'w World, person: &Person) -> Self {
        let Person { username, password, kind, .. } = person;
        let body = json!({"identifier": username, "password": password, "userKind": kind.as_str_name()});
        // Few passwords are looked at at once; who is asked to come again does.
        let answer = until("a turn to sign in", TURN, async || {
            let answer = world.nobody().post("/v1/session", &body).await;
            (answer.status != 429).then_some(answer)
        })
        .await;
        let cookie = answer.header("set-cookie").unwrap().split(';').next().unwrap().to_owned();
        let csrf_token = answer.ok()["csrfToken"].as_str().unwrap().to_owned();
        Self { nobody: world.nobody(), cookie: Some(cookie), csrf_token }
    }

    fn holding(world: &'w World, secret: &str) -> Self {
        Self { nobody: world.nobody(), cookie: Some(format!("{COOKIE}={secret}")), csrf_token: String::new() }
    }

    /// A request as a page of Patron sends it.
    pub(super) fn request(&self, method: http::Method, path: &str) -> reqwest::RequestBuilder {
        let request = self.nobody.request(method, path).header("x-csrf-token", &self.csrf_token);
        match &self.cookie {
            Some(cookie) => request.header("cookie", cookie),
            None => request,
        }
    }
}

/// A token that says all the right things and is signed with a key of one's own.
fn strangers_token() -> String {
    let tokens = TestTokens::new(Clock::System);
    let every = (1..).map_while(|number| Permission::try_from(number).ok()).collect::<Vec<_>>();
    tokens.sign(&tokens.staff(StaffId(uuid::Uuid::from_u128(1)), &every))
}
