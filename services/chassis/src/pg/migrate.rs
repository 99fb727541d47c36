use crate::{config, peer::Peer};
use anyhow::Context as _;
use secrecy::ExposeSecret as _;
use sqlx::{
    AssertSqlSafe, Connection as _, Executor as _, PgConnection,
    migrate::{Migration, MigrationType, Migrator},
    postgres::PgConnectOptions,
};

/// Tables that a service owns.
#[derive(Debug)]
pub struct Migrations {
    /// The service's own migrations, schema-qualified.
    pub own: Migrator,
    /// Whether it keeps rows about customers and so needs `customer_ref`.
    pub keeps_customer_references: bool,
}

/// Brings the schema of `peer` up to date as its owner, and lets the runtime role use its tables and nothing else.
///
/// Replicas may run it at the same time: one works, the others wait.
pub async fn migrate(settings: &config::Database, peer: Peer, migrations: Migrations) -> anyhow::Result<()> {
    let owner = settings.owner_url.as_ref().context("PATRON_DATABASE_OWNER_URL is needed to migrate")?;
    let options: PgConnectOptions =
        owner.expose_secret().parse().context("PATRON_DATABASE_OWNER_URL is malformed")?;
    let runtime: PgConnectOptions =
        settings.url.expose_secret().parse().context("PATRON_DATABASE_URL is malformed")?;
    let options = options.application_name("migrate").options([("search_path", peer.schema())]);
    let mut connection =
        PgConnection::connect_with(&options).await.context("the database does not answer")?;

    let schema = peer.schema();
    execute(&mut connection, format!("create schema if not exists {schema}")).await?;
    shared(peer, migrations.keeps_customer_references).run(&mut connection).await?;
    migrations.own.run(&mut connection).await?;

    let role = quoted(runtime.get_username());
    for statement in [
        format!("grant usage on schema {schema} to {role}"),
        format!("grant select, insert, update, delete on all tables in schema {schema} to {role}"),
        format!("grant usage on all sequences in schema {schema} to {role}"),
    ] {
        execute(&mut connection, statement).await?;
    }
    connection.close().await?;
    Ok(())
}

/// The tables of the chassis, in the schema of the service.
fn shared(peer: Peer, keeps_customer_references: bool) -> Migrator {
    let mut migrations = vec![migration(1, "messaging", include_str!("../../migrations/messaging.sql"))];
    if keeps_customer_references {
        migrations.push(migration(2, "reference", include_str!("../../migrations/reference.sql")));
    }
    let mut migrator = Migrator::with_migrations(migrations);
    migrator.dangerous_set_table_name(format!("{}._chassis_migrations", peer.schema()));
    migrator
}

fn migration(version: i64, description: &'static str, sql: &'static str) -> Migration {
    Migration::new(version, description.into(), MigrationType::Simple, sqlx::SqlStr::from_static(sql), false)
}

async fn execute(connection: &mut PgConnection, statement: String) -> Result<(), sqlx::Error> {
    // Safe: made of names of schemas, which are constants, and of a quoted role.
    connection.execute(AssertSqlSafe(statement)).await.map(drop)
}

fn quoted(identifier: &str) -> String {
    format!("\"{}\"", identifier.replace('"', "\"\""))
}
