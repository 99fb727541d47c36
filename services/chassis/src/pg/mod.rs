//! Postgres: the pool of a service, its transactions and migrations, and what its errors mean.

mod error;
mod executor;
mod migrate;
mod taken;
mod transaction;

pub use self::{
    error::is_outage,
    migrate::{Grant, Migrations, SharedMigration, migrate},
    taken::taken,
    transaction::{Database, Transaction, Written},
};

use crate::{config, peer::Peer};
use secrecy::ExposeSecret as _;
use sqlx::{
    Connection as _, PgPool,
    postgres::{PgConnectOptions, PgPoolOptions},
};
use std::time::Duration;

/// How long a connection may lie idle and still be used untested. Without the test, each one that is left from before Postgres was
/// started again fails the call that takes it: in a quiet service long afterwards.
const TESTED_AFTER: Duration = Duration::from_secs(1);

/// A pool of the runtime role, with every limit set and the schema of `peer` as search path. Connects when first used.
///
/// Fails where the URL is malformed.
pub fn pool(settings: &config::Database, peer: Peer) -> Result<PgPool, sqlx::Error> {
    let options: PgConnectOptions = settings.url.expose_secret().parse()?;
    let options = options.application_name(peer.name()).options([
        ("search_path", peer.schema().to_owned()),
        ("statement_timeout", settings.statement_ms.get().as_millis().to_string()),
        ("lock_timeout", settings.lock_ms.get().as_millis().to_string()),
        (
            "idle_in_transaction_session_timeout",
            settings.idle_in_transaction_ms.get().as_millis().to_string(),
        ),
        // Notices within a second that the process on the other side is gone, and frees its locks.
        ("client_connection_check_interval", "1000".to_owned()),
        // Statements are short: compiling them costs more than it gains.
        ("jit", "off".to_owned()),
        // Rows are found by key, in memory or on a disk without moving heads. Postgres's own 4 makes it scan tables that are
        // still small, by plans that are kept while they grow.
        ("random_page_cost", "1.1".to_owned()),
    ]);
    Ok(PgPoolOptions::new()
        .max_connections(settings.pool_size)
        .acquire_timeout(settings.acquire_ms.get())
        .max_lifetime(settings.connection_age_s.get())
        // A ping before each statement would double the round trips, so only those are tested that lay idle.
        .test_before_acquire(false)
        .before_acquire(|connection, meta| {
            Box::pin(async move {
                if meta.idle_for > TESTED_AFTER {
                    connection.ping().await?;
                }
                Ok(true)
            })
        })
        .connect_lazy_with(options))
}

/// Name of the constraint that refused a row, where one did.
pub fn constraint(error: &sqlx::Error) -> Option<&str> {
    error.as_database_error().and_then(sqlx::error::DatabaseError::constraint)
}
