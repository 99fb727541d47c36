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
    /// What its statements need of its own tables.
    pub grants: &'static [Grant],
}

/// What the runtime role may do with a table: what the statements need, and nothing more. A test compares the two.
#[derive(Debug, Clone, Copy)]
pub struct Grant {
    /// Name of the table, or of a `sequence` or `function`, without its schema.
    pub on: &'static str,
    /// Privileges as SQL lists them: `select, insert, update (position)`.
    pub privileges: &'static str,
}

impl Grant {
    /// `privileges` on `on`.
    pub const fn new(privileges: &'static str, on: &'static str) -> Self {
        Self { on, privileges }
    }
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
    /// What statements that are shared as well need of these tables.
    pub grants: &'static [Grant],
}

/// Brings the schema of `peer` up to date as its owner, and lets the runtime role do what is granted and nothing else.
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

    let grants = migrations.shared.iter().flat_map(|it| it.grants).chain(migrations.grants);
    grant(&mut connection, schema, &quoted(runtime.get_username()), grants).await?;
    connection.close().await?;
    Ok(())
}

/// Takes all rights from a role and gives it those granted, in one step for those who work meanwhile.
async fn grant(
    connection: &mut PgConnection,
    schema: &str,
    role: &str,
    grants: impl Iterator<Item = &Grant>,
) -> Result<(), sqlx::Error> {
    let mut statements = vec![
        "begin".to_owned(),
        format!("grant usage on schema {schema} to {role}"),
        format!("revoke all on all tables in schema {schema} from {role}"),
        format!("revoke all on all sequences in schema {schema} from {role}"),
        format!("revoke all on all functions in schema {schema} from {role}"),
    ];
    for Grant { on, privileges } in grants {
        let (kind, name) = match on.split_once(' ') {
            Some((kind @ ("sequence" | "function"), name)) => (kind, name),
            _ => ("table", *on),
        };
        statements.push(format!("grant {privileges} on {kind} {schema}.{name} to {role}"));
    }
    statements.push("commit".to_owned());
    execute(connection, statements.join("; ")).await
}

fn shared(peer: Peer, migrations: &[SharedMigration]) -> Migrator {
    let migrations = migrations.iter().map(|SharedMigration { version, description, sql, .. }| {
        let sql = SqlStr::from_static(sql);
        Migration::new(*version, (*description).into(), MigrationType::Simple, sql, false)
    });
    let mut migrator = Migrator::with_migrations(migrations.collect());
    migrator.dangerous_set_table_name(format!("{}._chassis_migrations", peer.schema()));
    migrator
}

async fn execute(connection: &mut PgConnection, statement: String) -> Result<(), sqlx::Error> {
    // Safe: made of names of schemas and tables, which are constants, and of a quoted role.
    connection.execute(AssertSqlSafe(statement)).await.map(drop)
}

fn quoted(identifier: &str) -> String {
    format!("\"{}\"", identifier.replace('"', "\"\""))
}
