//! The tables of every service, from their migrations' sources: what SQL statements are checked against while compiling.
//!
//! The programs themselves migrate a mesh; here they cannot, since a program whose statements do not fit yet does not compile.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};
use url::Url;

use crate::service::SERVICES;

/// Where the migrations of tables that all services have lie among the sources of the services.
const SHARED: &str = "ledger/migrations";

/// Creates each service's schema and tables on an empty server, and returns the variable in which the service's
/// `sqlx.toml` expects its database, with the URL.
pub(crate) async fn create(server: &Url, sources: &Path) -> Result<Vec<(String, String)>> {
    let mut variables = Vec::new();
    let mut connection = PgConnection::connect(server.as_str()).await?;
    connection.execute("create extension pg_trgm").await?;
    for service in SERVICES {
        let Some(schema) = service.schema else { continue };
        run(&mut connection, format!("create schema {schema}; set search_path to {schema}, public")).await?;
        for folder in [SHARED.to_owned(), format!("{}/migrations", service.name)] {
            for file in migrations(&sources.join(folder))? {
                let text = std::fs::read_to_string(&file)?;
                run(&mut connection, text)
                    .await
                    .with_context(|| format!("{} does not run", file.display()))?;
            }
        }
        variables.push((format!("{}_DATABASE_URL", service.name.to_uppercase()), server.to_string()));
    }
    connection.close().await?;
    Ok(variables)
}

/// The files of a folder in the order in which they apply; none if the service has no folder yet.
fn migrations(folder: &Path) -> Result<Vec<PathBuf>> {
    if !folder.exists() {
        return Ok(Vec::new());
    }
    let mut files = std::fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect::<Result<Vec<_>>>()?;
    files.retain(|file| file.extension().is_some_and(|extension| extension == "sql"));
    files.sort();
    Ok(files)
}

async fn run(connection: &mut PgConnection, statements: String) -> Result<()> {
    connection.execute(AssertSqlSafe(statements)).await?;
    Ok(())
}
