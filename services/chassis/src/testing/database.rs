use crate::{
    config,
    peer::Peer,
    pg::{self, Database, Migrations},
};
use sqlx::{AssertSqlSafe, Connection as _, Executor as _, PgConnection, PgPool, postgres::PgConnectOptions};
use uuid::Uuid;

/// URL of a Postgres server on which tests may create databases and roles: `postgres://postgres@127.0.0.1:5432`.
const SERVER_URL: &str = "PATRON_TEST_DATABASE_URL";

/// Rights of a service at run time are tested with a role that has no others.
const RUNTIME_ROLE: &str = "patron_test_runtime";

/// A database of one test, with the tables of one service. Dropped with [`drop_database`](Self::drop_database); what a
/// failed test leaves behind goes with the server.
#[derive(Debug)]
pub struct TestDatabase {
    name: String,
    owner_url: String,
    settings: config::Database,
    database: Database,
    owner: Database,
}

impl TestDatabase {
    /// A new database with the migrations of `peer`.
    ///
    /// # Panics
    /// Where no server can be reached, with how to give one.
    pub async fn create(peer: Peer, migrations: Migrations) -> Self {
        let name = format!("patron_test_{}", new_name());
        let server = server_url();
        let mut connection = connect(&server).await;
        prepare_role(&mut connection).await;
        connection
            .execute(AssertSqlSafe(format!("create database {name}")))
            .await
            .expect("tests may create databases");
        connection.close().await.expect("the server answers");

        let owner_url = with_database(&server, &name);
        let mut connection = connect(&owner_url).await;
        connection
            .execute("create extension if not exists pg_trgm")
            .await
            .expect("pg_trgm is installed with Postgres");
        connection.close().await.expect("the server answers");

        let settings = settings(&owner_url);
        pg::migrate(&settings, peer, migrations).await.expect("the migrations are sound");
        let owner = config::Database { url: owner_url.clone().into(), ..settings.clone() };
        let (database, owner) = (Database::open(&settings, peer), Database::open(&owner, peer));
        let (database, owner) =
            (database.expect("the URL is well-formed"), owner.expect("the URL is well-formed"));
        Self { name, owner_url, settings, database, owner }
    }

    /// A pool of the owner, who may look behind the scenes. Services connect by the [settings](Self::settings), with fewer rights.
    pub fn pool(&self) -> &PgPool {
        self.owner.pool()
    }

    /// The database as a service has it.
    pub fn database(&self) -> Database {
        self.database.clone()
    }

    /// The settings with which a service connects to it.
    pub fn settings(&self) -> &config::Database {
        &self.settings
    }

    /// The URL of the owner, for looking behind the scenes.
    pub fn owner_url(&self) -> &str {
        &self.owner_url
    }

    /// Ends every connection and removes the database.
    ///
    /// # Panics
    /// Where the server does not answer.
    pub async fn drop_database(self) {
        self.database.pool().close().await;
        let mut connection = connect(&server_url()).await;
        let statement = format!("drop database {} with (force)", self.name);
        connection.execute(AssertSqlSafe(statement)).await.expect("tests may drop databases");
    }
}

#[expect(clippy::disallowed_methods, reason = "tests have no other settings")]
fn server_url() -> String {
    std::env::var(SERVER_URL)
        .unwrap_or_else(|_| panic!("{SERVER_URL} is not set: run the tests with `tests/run`"))
}

#[expect(clippy::disallowed_methods, reason = "two tests must not get one name, whatever their clocks say")]
fn new_name() -> String {
    Uuid::now_v7().simple().to_string()
}

fn settings(owner_url: &str) -> config::Database {
    let mut runtime = url::Url::parse(owner_url).expect("the URL of the tests' server is well-formed");
    runtime.set_username(RUNTIME_ROLE).expect("the URL has a host");
    runtime.set_password(Some(RUNTIME_ROLE)).expect("the URL has a host");
    let source = [
        ("PATRON_DATABASE_URL", runtime.to_string()),
        ("PATRON_DATABASE_OWNER_URL", owner_url.to_owned()),
        ("PATRON_DATABASE_POOL_SIZE", "4".to_owned()),
        // Many tests connect at once, each to a database of its own.
        ("PATRON_DATABASE_ACQUIRE_MS", "10000".to_owned()),
    ];
    let (settings, _) = config::load(&source.into_iter().collect()).expect("the variables are right");
    settings
}

fn with_database(server: &str, name: &str) -> String {
    let mut url = url::Url::parse(server).expect("the URL of the tests' server is well-formed");
    url.set_path(name);
    url.to_string()
}

async fn connect(url: &str) -> PgConnection {
    let options: PgConnectOptions = url.parse().expect("the URL of the tests' server is well-formed");
    PgConnection::connect_with(&options).await.expect("the tests' server answers")
}

/// Roles belong to the whole server, so tests that run at once share this one; only the first can create it.
async fn prepare_role(connection: &mut PgConnection) {
    let statement = format!("create role {RUNTIME_ROLE} login password '{RUNTIME_ROLE}'");
    if let Err(error) = connection.execute(AssertSqlSafe(statement)).await {
        const EXISTS: [&str; 2] = ["42710", "23505"];
        let code = error.as_database_error().and_then(sqlx::error::DatabaseError::code);
        assert!(code.is_some_and(|code| EXISTS.contains(&code.as_ref())), "tests may create roles: {error}");
    }
}
