//! What is measured: a Patron with its own Postgres server, filled with customers.

use crate::{copies, options::Options, script, usage};
use anyhow::{Context, Result};
use patron_local::{
    demo,
    mesh::{self, Mesh, Ports, own_address},
    postgres::{self, Postgres},
    sign_in::Session,
    state::{Lock, State},
};
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection, PgPool, postgres::PgPoolOptions};
use std::{
    path::PathBuf,
    time::{Duration, Instant},
};
use url::Url;

/// Customers that are created through the services; above, copies are made.
const CREATED: u32 = 100_000;
/// Age at which the access token is replaced; it is good for 5 minutes, and a measurement takes less than 2.
const TOKEN_AGE: Duration = Duration::from_mins(2);
/// Name of the copy of the database.
const COPY: &str = "patron_load_copy";
/// How often the outboxes are looked at.
const POLL: Duration = Duration::from_millis(200);

/// A running Patron and its server.
#[derive(Debug)]
pub struct Bed {
    /// The processes.
    pub mesh: Mesh,
    /// The database, as the server's superuser.
    pub database: PgPool,
    /// Process id of the Postgres server.
    pub postmaster: i32,
    /// Version of the Postgres server.
    pub postgres_version: String,
    postgres: Postgres,
    state: State,
    session: Session,
    signed_in: Instant,
    _lock: Lock,
}

/// How the customers came to be there.
#[derive(Debug, Clone, Copy)]
pub struct Fill {
    /// How many were created through the services.
    pub created: u32,
    /// How long that took.
    pub took: Duration,
    /// How many copies were made of them.
    pub copied: u32,
    /// How long that took.
    pub copying_took: Duration,
}

impl Bed {
    /// Starts everything, with the data of the last run if it is to be kept.
    pub async fn start(options: &Options) -> Result<Self> {
        let state = State::open(&options.state)?;
        let lock = state.lock()?;
        if !options.keep {
            state.reset(&lock)?;
        }
        std::fs::create_dir_all(state.logs())?;
        let address = own_address()?;
        let server = postgres::Options { address, port: 0, durable: true };
        let postgres = Postgres::start(&state.postgres(), &server_log(&state), &server).await?;
        let mut settings = mesh::Options::new(state.clone(), postgres.url().clone())?;
        settings.address = address;
        settings.ports = Ports::Free;
        settings.restart = false;
        let mesh = Mesh::start(settings).await?;
        let administrator = mesh.administrator();
        let session =
            Session::create(&mesh.gateway(), &administrator.username, &administrator.password).await?;
        let database = PgPoolOptions::new().max_connections(2).connect(mesh.database_url().as_str()).await?;
        Ok(Self {
            postmaster: postmaster(&database).await?,
            postgres_version: postgres.version().to_owned(),
            mesh,
            database,
            postgres,
            state,
            session,
            signed_in: Instant::now(),
            _lock: lock,
        })
    }

    /// Log of the Postgres server.
    pub fn server_log(&self) -> PathBuf {
        server_log(&self.state)
    }

    /// A folder for files of this run.
    pub fn logs(&self) -> PathBuf {
        self.state.logs()
    }

    /// An access token that is good for a measurement.
    pub async fn token(&mut self) -> Result<String> {
        if self.signed_in.elapsed() > TOKEN_AGE {
            self.session.refresh(&self.mesh.gateway()).await?;
            self.signed_in = Instant::now();
        }
        Ok(self.session.access_token.clone())
    }

    /// Sees to it that so many customers are there.
    pub async fn fill(&self, customers: u32) -> Result<Fill> {
        let (there, begun) = (self.customers().await?, Instant::now());
        demo::fill(&self.mesh, customers.min(CREATED)).await?;
        let created = self.customers().await?.saturating_sub(there);
        let took = begun.elapsed();
        self.settle().await?;
        let begun = Instant::now();
        let there = self.customers().await?;
        if there < customers {
            eprintln!("copying {there} customers until there are {customers}");
            copies::make(&self.database, (customers - there).div_ceil(there)).await?;
        }
        let copied = self.customers().await? - there;
        self.database.execute("vacuum analyze").await?;
        Ok(Fill { created, took, copied, copying_took: begun.elapsed() })
    }

    /// Waits until all that was written has been delivered to everybody, so that no work of before disturbs what is measured.
    pub async fn settle(&self) -> Result<()> {
        for service in patron_local::service::SERVICES {
            let Some(schema) = service.schema else { continue };
            while self.count(&format!("select count(*) from {schema}.queue")).await? > 0 {
                tokio::time::sleep(POLL).await;
            }
        }
        Ok(())
    }

    /// Writes ids of customers to the table from which scripts take them, and gives its rows.
    pub async fn offer(&self, ids: &[String]) -> Result<usize> {
        let create = format!(
            "drop table if exists {0}; create table {0} (row_id integer primary key, ids text[] not null)",
            script::IDS
        );
        self.run(create).await?;
        let rows = ids.chunks_exact(script::IDS_A_ROW);
        let count = rows.len();
        for (number, ids) in rows.enumerate() {
            // ids are hexadecimal digits and dashes: nothing in them needs escaping
            let row = format!("insert into {} values ({}, '{{{}}}')", script::IDS, number + 1, ids.join(","));
            self.run(row).await?;
        }
        self.run(format!("analyze {}", script::IDS)).await?;
        Ok(count)
    }

    /// Stops the services and the gateway; Postgres goes on.
    pub async fn stop_mesh(&self) -> Result<()> {
        for service in patron_local::service::all().rev() {
            self.mesh.stop(service.name).await?;
        }
        Ok(())
    }

    /// Copies the database, for writes that the services must not find. Nobody may be connected: the mesh is stopped.
    pub async fn copy_database(&self) -> Result<()> {
        self.database.close().await;
        let mut server = PgConnection::connect(self.postgres.url().as_str()).await?;
        let name = self.mesh.database_url().path().trim_start_matches('/').to_owned();
        server.execute(AssertSqlSafe(format!("drop database if exists {COPY}"))).await?;
        server.execute(AssertSqlSafe(format!("create database {COPY} template {name}"))).await?;
        Ok(server.close().await?)
    }

    /// URL of the copy.
    pub fn copy_url(&self) -> Url {
        let mut url = self.mesh.database_url();
        url.set_path(COPY);
        url
    }

    /// Stops everything.
    pub async fn end(self) -> Result<()> {
        self.mesh.shutdown().await?;
        self.database.close().await;
        self.postgres.stop().await
    }

    async fn customers(&self) -> Result<u32> {
        self.count("select count(*) from profile.customer").await
    }

    #[expect(
        clippy::disallowed_methods,
        reason = "the generator looks behind the services, whose schemas it does not own"
    )]
    async fn count(&self, statement: &str) -> Result<u32> {
        let count: i64 = sqlx::query_scalar(AssertSqlSafe(statement)).fetch_one(&self.database).await?;
        Ok(u32::try_from(count)?)
    }

    async fn run(&self, statements: String) -> Result<()> {
        self.database.execute(AssertSqlSafe(statements)).await?;
        Ok(())
    }
}

fn server_log(state: &State) -> PathBuf {
    state.logs().join("postgres.log")
}

/// The parent of every process that serves a connection.
#[expect(clippy::disallowed_methods, reason = "a statement on the server itself")]
async fn postmaster(database: &PgPool) -> Result<i32> {
    let backend: i32 = sqlx::query_scalar("select pg_backend_pid()").fetch_one(database).await?;
    usage::parent_of(backend).context("the server's processes cannot be seen")
}
