//! Removes what is over.

use crate::{
    session,
    store::{self, session::Live},
    throttle,
};
use patron_chassis::{clock::Clock, pg::Database};
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// How often, and how many rows at once: each statement stays well below its timeout. A round goes on until nothing is left, so
/// that no rate of writing is above that of removing.
const EVERY: Duration = Duration::from_mins(1);
const ROWS: i64 = 5_000;

/// Removes what is over, until `stop`.
pub async fn run(
    database: Database,
    clock: Clock,
    settings: session::Settings,
    stop: CancellationToken,
) -> anyhow::Result<()> {
    let mut interval = tokio::time::interval(EVERY);
    while stop.run_until_cancelled(interval.tick()).await.is_some() {
        stop.run_until_cancelled(sweep(&database, &clock, &settings)).await;
    }
    Ok(())
}

/// Removes what is over now, of each kind apart: what keeps one from it does not keep the others.
pub async fn sweep(database: &Database, clock: &Clock, settings: &session::Settings) {
    let now = clock.now();
    let live = Live { now, idle: settings.idle(now) };
    let unseen_since = now - throttle::KNOWN;
    all("sessions", || store::session::delete_over(database, live, ROWS)).await;
    all("revocations", || store::revocation::delete_expired(database, now, ROWS)).await;
    all("attempts", || store::throttle::delete_forgotten(database, now, ROWS)).await;
    all("known addresses", || store::throttle::delete_unseen(database, unseen_since, ROWS)).await;
    all("reset codes", || store::reset_code::delete_expired(database, now, ROWS)).await;
}

/// Removes chunk after chunk until one is not full.
async fn all<F: Future<Output = Result<u64, sqlx::Error>>>(what: &'static str, chunk: impl Fn() -> F) {
    loop {
        match chunk().await {
            Ok(removed) if removed >= ROWS.unsigned_abs() => {}
            Ok(_) => return,
            Err(error) => {
                tracing::warn!(%error, what, "what is over could not be removed; the next round tries again");
                return;
            }
        }
    }
}
