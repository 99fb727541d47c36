//! Removes what is over.

use crate::{
    session,
    store::{self, session::Live},
    throttle,
};
use patron_chassis::{clock::Clock, pg::Database};
use patron_ledger::sweep::{EVERY, ROWS, all};
use tokio_util::sync::CancellationToken;

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
