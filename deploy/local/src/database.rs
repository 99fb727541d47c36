//! The database of a mesh on a Postgres server: extensions, and an owner and a runtime role for each service.
//!
//! The owner role migrates and owns the service's schema; the runtime role has only what migrations grant it. Roles belong to
//! a whole server, so their names begin with the database's: several meshes live beside each other on one server.

#![expect(
    clippy::disallowed_methods,
    reason = "statements on the server's own catalogues, which need no schema to check against"
)]

use anyhow::{Context, Result, bail};
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};
use url::Url;

use crate::secrets::Secrets;
use crate::service::SERVICES;

/// The extension of trigram indexes, for search in names. It is "trusted": the database's owner may create it, superuser or not.
const EXTENSION: &str = "pg_trgm";

/// One database and the right to administer it.
#[derive(Debug, Clone)]
pub struct Database {
    server: Url,
    name: String,
}

/// How one service reaches the database.
#[derive(Debug, Clone)]
pub struct ServiceUrls {
    /// As the role that serves.
    pub runtime: Url,
    /// As the role that migrates and owns the schema.
    pub owner: Url,
}

impl Database {
    /// The database `name` (lowercase letters, digits and `_`) on the server that `server` leads to, whatever
    /// database and user that URL names; the user must be a superuser or may create databases and roles.
    pub fn new(server: &Url, name: &str) -> Result<Self> {
        let plain = |character: char| {
            character.is_ascii_lowercase() || character.is_ascii_digit() || character == '_'
        };
        if name.is_empty() || !name.chars().all(plain) {
            bail!("a database name has lowercase letters, digits and _ only, unlike {name:?}");
        }
        if !matches!(server.scheme(), "postgres" | "postgresql") {
            bail!("a Postgres server is named as postgres://user:password@host:port/database");
        }
        Ok(Self { server: server.clone(), name: name.to_owned() })
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its URL with the administering user.
    pub fn url(&self) -> Url {
        self.url_as(None)
    }

    /// The URLs of one service.
    pub fn service_urls(&self, service: &str, secrets: &mut Secrets) -> Result<ServiceUrls> {
        let [owner, runtime] = self.roles(service);
        Ok(ServiceUrls {
            owner: self.url_as(Some((&owner, &secrets.role_password(&owner)?))),
            runtime: self.url_as(Some((&runtime, &secrets.role_password(&runtime)?))),
        })
    }

    /// Creates what is missing and sets the roles' passwords; may be called again and again.
    pub async fn prepare(&self, secrets: &mut Secrets) -> Result<()> {
        let mut server = connect(&self.server).await?;
        let rights = rights(&mut server).await?;
        if !self.exists(&mut server).await? {
            rights.require_create_database()?;
            let create =
                format!("create database {} template template0 encoding 'UTF8' locale 'C.UTF-8'", self.name);
            run(&mut server, create)
                .await
                .with_context(|| format!("cannot create the database {}", self.name))?;
        }
        server.close().await?;

        let mut database = connect(&self.url()).await?;
        // what every role may do by default would let one service's role make objects in shared places
        let name = &self.name;
        run(&mut database, format!("revoke all on database {name} from public")).await?;
        let create = format!("create extension if not exists {EXTENSION}");
        run(&mut database, create)
            .await
            .with_context(|| format!("cannot create the extension {EXTENSION}"))?;
        for service in SERVICES {
            let [owner, runtime] = self.roles(service.name);
            for role in [&owner, &runtime] {
                let password = secrets.role_password(role)?;
                create_role(&mut database, role, &password, &rights).await?;
            }
            run(&mut database, format!("grant connect, create, temporary on database {name} to {owner}"))
                .await?;
            run(&mut database, format!("grant connect on database {name} to {runtime}")).await?;
        }
        database.close().await?;
        Ok(())
    }

    /// Removes a schema with all that is in it.
    pub async fn drop_schema(&self, schema: &str) -> Result<()> {
        let mut database = connect(&self.url()).await?;
        run(&mut database, format!("drop schema if exists {schema} cascade")).await?;
        database.close().await?;
        Ok(())
    }

    /// Removes the database and its roles, ending whoever is connected.
    pub async fn remove(&self) -> Result<()> {
        let mut server = connect(&self.server).await?;
        run(&mut server, format!("drop database if exists {} with (force)", self.name)).await?;
        for service in SERVICES {
            for role in self.roles(service.name) {
                run(&mut server, format!("drop role if exists {role}")).await?;
            }
        }
        server.close().await?;
        Ok(())
    }

    fn roles(&self, service: &str) -> [String; 2] {
        [format!("{}_{service}_owner", self.name), format!("{}_{service}", self.name)]
    }

    fn url_as(&self, role: Option<(&str, &str)>) -> Url {
        let mut url = self.server.clone();
        url.set_path(&self.name);
        if let Some((user, password)) = role {
            url.set_username(user).expect("a postgres URL has a place for a user");
            url.set_password(Some(password)).expect("a postgres URL has a place for a password");
        }
        url
    }

    async fn exists(&self, server: &mut PgConnection) -> Result<bool> {
        let count: i64 = sqlx::query_scalar("select count(*) from pg_database where datname = $1")
            .bind(&self.name)
            .fetch_one(server)
            .await?;
        Ok(count == 1)
    }
}

/// What the administering user may do.
struct Rights {
    user: String,
    create_database: bool,
    create_role: bool,
}

impl Rights {
    fn require_create_database(&self) -> Result<()> {
        if !self.create_database {
            bail!(
                "the user {0} may not create a database; as a superuser: alter role {0} createdb",
                self.user
            );
        }
        Ok(())
    }

    fn require_create_role(&self) -> Result<()> {
        if !self.create_role {
            bail!("the user {0} may not create roles; as a superuser: alter role {0} createrole", self.user);
        }
        Ok(())
    }
}

async fn rights(server: &mut PgConnection) -> Result<Rights> {
    let (user, create_database, create_role) = sqlx::query_as(
        "select rolname::text, rolsuper or rolcreatedb, rolsuper or rolcreaterole from pg_roles where rolname = current_user",
    )
    .fetch_one(server)
    .await?;
    Ok(Rights { user, create_database, create_role })
}

async fn create_role(database: &mut PgConnection, role: &str, password: &str, rights: &Rights) -> Result<()> {
    let exists: i64 = sqlx::query_scalar("select count(*) from pg_roles where rolname = $1")
        .bind(role)
        .fetch_one(&mut *database)
        .await?;
    rights.require_create_role()?;
    let verb = if exists == 0 { "create" } else { "alter" };
    // the password is hexadecimal: nothing in it needs escaping
    run(database, format!("{verb} role {role} login password '{password}'")).await
}

async fn connect(url: &Url) -> Result<PgConnection> {
    let shown = format!("{}:{}", url.host_str().unwrap_or_default(), url.port().unwrap_or(5432));
    PgConnection::connect(url.as_str())
        .await
        .with_context(|| format!("cannot connect to Postgres at {shown}"))
}

/// Runs a statement whose names were made here, of letters that need no quoting.
async fn run(connection: &mut PgConnection, statement: String) -> Result<()> {
    connection.execute(AssertSqlSafe(statement)).await?;
    Ok(())
}
