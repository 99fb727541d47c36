//! Removes rows that nobody asks for any more.

use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// How often rows are looked for.
pub const EVERY: Duration = Duration::from_mins(1);
/// Rows removed in one statement, which stays well below its timeout.
pub const ROWS: i64 = 5_000;

/// Removes chunk after chunk until one has fewer than [`ROWS`], so that no rate of writing is above that of removing. `chunk` removes
/// at most [`ROWS`] and says how many. A failure is logged, and the next round tries again.
pub async fn all<F: Future<Output = Result<u64, sqlx::Error>>>(what: &'static str, chunk: impl Fn() -> F) {
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

/// Does that each minute until `stop`.
pub async fn run<F: Future<Output = Result<u64, sqlx::Error>>>(
    what: &'static str,
    stop: CancellationToken,
    chunk: impl Fn() -> F,
) {
    let mut interval = tokio::time::interval(EVERY);
    while stop.run_until_cancelled(interval.tick()).await.is_some() {
        stop.run_until_cancelled(all(what, &chunk)).await;
    }
}
