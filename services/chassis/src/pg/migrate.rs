use crate::{config, peer::Peer};
use anyhow::Context as _;
use secrecy::ExposeSecret as _;
use sqlx::{
    AssertSqlSafe, Connection as _, Executor as _, PgConnection, SqlStr,
    migrate::{Migration, MigrationType, Migrator},
    postgres::PgConnectOptions,
};

/// Tables that a service owns.
#[derive(Debug)]
pub struct Migrations {
    /// Those that it shares with others, run first.
    pub shared: &'static [SharedMigration],
    /// The service's own migrations, schema-qualified.
    pub own: Migrator,
}

/// Tables that several services have, each in its own schema: the SQL names none and finds it by the search path.
#[derive(Debug, Clone, Copy)]
pub struct SharedMigration {
    /// Its number among the shared ones.
    pub version: i64,
    /// What it makes, in a word.
    pub description: &'static str,
    /// Its statements.
    pub sql: &'static str,
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
    shared(peer, migrations.shared).run(&mut connection).await?;
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

fn shared(peer: Peer, migrations: &[SharedMigration]) -> Migrator {
    let migrations = migrations.iter().map(|SharedMigration { version, description, sql }| {
        let sql = SqlStr::from_static(sql);
        Migration::new(*version, (*description).into(), MigrationType::Simple, sql, false)
    });
    let mut migrator = Migrator::with_migrations(migrations.collect());
    migrator.dangerous_set_table_name(format!("{}._chassis_migrations", peer.schema()));
    migrator
}

async fn execute(connection: &mut PgConnection, statement: String) -> Result<(), sqlx::Error> {
    // Safe: made of names of schemas, which are constants, and of a quoted role.
    connection.execute(AssertSqlSafe(statement)).await.map(drop)
}

fn quoted(identifier: &str) -> String {
    format!("\"{}\"", identifier.replace('"', "\"\""))
}
