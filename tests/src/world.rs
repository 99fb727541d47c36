//! A running Patron with people who are signed in.

use crate::{Caller, Person, Role, person};
use patron_chassis::clock::Clock;
use patron_local::{
    certificates,
    database::Database,
    mesh::{Mesh, Options, Ports, own_address},
    process::programs_folder,
    service::SERVICES,
    state::{Lock, State},
    with_postgres,
};
use patron_proto::identity::v1::{Session, UserKind};
use std::{path::Path, sync::LazyLock, time::Duration};
use tokio::{runtime::Runtime, sync::OnceCell};
use tonic::transport::{Certificate, Channel, ClientTlsConfig, Endpoint, Identity};
use url::Url;

/// Where the shared world lives: a test's own runtime ends with the test, and what was started on it too.
static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| Runtime::new().expect("threads can be started"));
/// The shared world, or why it could not be started: then no test tries again.
static SHARED: OnceCell<Result<Shared, String>> = OnceCell::const_new();
/// Its database; made anew by each run.
const DATABASE: &str = "patron_tests";
/// Time to wait for a connection to the database, in milliseconds: what else keeps the machine busy is not what is tested, and with
/// the usual limit it would have calls refused as UNAVAILABLE and starts fail.
const PATIENCE: (&str, &str) = ("DATABASE_ACQUIRE_MS", "2000");
/// Process that gives out tokens that end after a second.
const HASTY: &str = "identity-2";

/// Five services and the gateway, and who is signed in to them.
pub struct World {
    mesh: Mesh,
    staff: [OnceCell<Person>; Role::ALL.len()],
}

struct Shared {
    world: World,
    short_lived: Session,
    /// Keeps other runs from its folder.
    _lock: Option<Lock>,
}

impl World {
    /// The world of all tests that only call: started by the first of them, and gone with the last.
    ///
    /// The logs of its processes stay in `target/debug/tests-mesh` until the next run.
    pub async fn shared() -> &'static Self {
        &shared().await.world
    }

    /// A world of one's own, with the options of a temporary mesh as `change` leaves them. To be [ended](Self::end).
    pub async fn start(change: impl FnOnce(&mut Options)) -> Self {
        let mut options =
            Options::temporary(&server()).expect("the folder for temporary files can be written");
        change(&mut options);
        Self::with(options).await.unwrap_or_else(|reason| panic!("{reason}"))
    }

    async fn with(mut options: Options) -> Result<Self, String> {
        let (variable, value) = PATIENCE;
        let patient =
            SERVICES.iter().map(|it| (Some(it.name.to_owned()), variable.to_owned(), value.to_owned()));
        options.settings.splice(..0, patient);
        let mesh = Mesh::start(options).await.map_err(|error| format!("{error:#}"))?;
        Ok(Self { mesh, staff: [const { OnceCell::const_new() }; Role::ALL.len()] })
    }

    /// Stops it and removes what it kept.
    pub async fn end(self) {
        self.mesh.shutdown().await.expect("processes can be stopped");
    }

    /// The processes.
    pub fn mesh(&self) -> &Mesh {
        &self.mesh
    }

    /// The processes, to add to them.
    pub fn mesh_mut(&mut self) -> &mut Mesh {
        &mut self.mesh
    }

    /// A connection to a service without a token, by the name of its process.
    pub async fn channel(&self, process: &str) -> Channel {
        self.mesh.channel(process).await.expect("the service listens")
    }

    /// A connection to a service that shows a certificate and no token, as another process makes it. It is made with the
    /// first call, which fails where the certificate is refused.
    pub fn channel_with(&self, process: &str, certificate: &certificates::Identity) -> Channel {
        let read = |path: &Path| std::fs::read(path).expect("the authority has written it");
        let tls = ClientTlsConfig::new()
            .ca_certificate(Certificate::from_pem(read(&self.mesh.authority().certificate())))
            .identity(Identity::from_pem(read(&certificate.certificate), read(&certificate.key)))
            .domain_name(process);
        let endpoint = Endpoint::from_shared(self.mesh.url(process)).expect("a URL");
        endpoint.tls_config(tls).expect("a certificate and its key").connect_lazy()
    }

    /// The member of staff who has this role; created when first asked for.
    pub async fn staff(&self, role: Role) -> &Person {
        let place = Role::ALL.iter().position(|other| *other == role).expect("every role is listed");
        let person = self.staff[place].get_or_init(|| async {
            match role {
                Role::Administrator => {
                    Person::first(self.mesh.administrator(), self.channel("identity").await).await
                }
                // Creating staff asks for the administrator in turn.
                _ => Box::pin(Person::staff(self, role)).await,
            }
        });
        person.await
    }

    /// Somebody who is signed in and has this role.
    pub async fn signed_in(&self, role: Role) -> Caller<'_> {
        Caller::of(self, self.staff(role).await).await
    }

    /// Somebody with this token.
    pub fn with_token(&self, token: impl Into<String>) -> Caller<'_> {
        Caller::new(self, Some(token.into()))
    }

    /// Somebody without a token.
    pub fn nobody(&self) -> Caller<'_> {
        Caller::new(self, None)
    }

    /// A session of the shared world's administrator that was good and has ended, and with it its token.
    pub async fn ended_session() -> &'static Session {
        let session = &shared().await.short_lived;
        let end = session.access_token_expire_time.as_ref().expect("tokens end").seconds;
        let ended = async || Clock::System.now().unix_timestamp() > end;
        crate::holds("a short-lived session ends", Duration::from_secs(10), ended).await;
        session
    }
}

/// The Postgres server of the tests.
#[expect(clippy::disallowed_methods, reason = "tests have no other settings")]
pub fn server() -> Url {
    let url = std::env::var(with_postgres::VARIABLE);
    let url = url
        .unwrap_or_else(|_| panic!("{} is not set: run the tests with `tests/run`", with_postgres::VARIABLE));
    url.parse().expect("the URL of the tests' server is well-formed")
}

async fn shared() -> &'static Shared {
    let shared = SHARED.get_or_init(|| async {
        let starting = RUNTIME.spawn(start_shared());
        starting.await.unwrap_or_else(|error| Err(error.to_string()))
    });
    shared.await.as_ref().unwrap_or_else(|reason| panic!("Patron does not start: {reason}"))
}

async fn start_shared() -> Result<Shared, String> {
    let (mut options, lock) = shared_options().await.map_err(|error| format!("{error:#}"))?;
    options.settings.push((Some(HASTY.to_owned()), "SESSION_STAFF_LIFE_S".to_owned(), "1".to_owned()));
    let mut world = World::with(options).await?;
    let hasty = world.mesh.add_replica("identity").await.map_err(|error| format!("{error:#}"))?;
    assert_eq!(hasty, HASTY);
    let administrator = world.mesh.administrator();
    let channel = world.channel(HASTY).await;
    let short_lived =
        person::sign_in(channel, &administrator.username, &administrator.password, UserKind::Staff).await;
    world.mesh.stop(HASTY).await.map_err(|error| format!("{error:#}"))?;
    Ok(Shared { world, short_lived, _lock: lock })
}

/// A folder and a database that the next run finds and clears, so that nothing piles up: a static is never dropped. Where
/// another run uses them, those of a temporary mesh.
async fn shared_options() -> anyhow::Result<(Options, Option<Lock>)> {
    let server = server();
    let state = State::open(programs_folder()?.join("tests-mesh"))?;
    let Ok(lock) = state.lock() else { return Ok((Options::temporary(&server)?, None)) };
    state.reset(&lock)?;
    Database::new(&server, DATABASE)?.remove().await?;
    let mut options = Options::new(state, server)?;
    DATABASE.clone_into(&mut options.database);
    options.address = own_address()?;
    options.ports = Ports::Free;
    options.restart = false;
    options.shown = false;
    Ok((options, Some(lock)))
}
