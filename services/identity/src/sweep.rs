//! Removes what is over.

use crate::{
    session,
    store::{self, session::Live},
};
use patron_chassis::{clock::Clock, pg::Database};
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// How often, and how many rows of each kind at once: each statement stays well below its timeout.
const EVERY: Duration = Duration::from_mins(1);
const ROWS: i64 = 10_000;

/// Removes sessions, revocations and counted attempts that are over, until `stop`.
pub async fn run(
    database: Database,
    clock: Clock,
    settings: session::Settings,
    stop: CancellationToken,
) -> anyhow::Result<()> {
    let mut interval = tokio::time::interval(EVERY);
    while stop.run_until_cancelled(interval.tick()).await.is_some() {
        if let Err(error) = sweep(&database, &clock, &settings).await {
            tracing::warn!(%error, "what is over could not be removed; the next round tries again");
        }
    }
    Ok(())
}

/// Removes what is over now.
pub async fn sweep(
    database: &Database,
    clock: &Clock,
    settings: &session::Settings,
) -> Result<(), sqlx::Error> {
    let now = clock.now();
    store::session::delete_over(database, Live { now, idle: settings.idle(now) }, ROWS).await?;
    store::revocation::delete_expired(database, now, ROWS).await?;
    store::throttle::delete_forgotten(database, now, ROWS).await
}
