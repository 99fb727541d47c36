//! Waiting for what happens in its own time.

use std::time::{Duration, Instant};

/// How often a condition is looked at: short beside what is waited for, and no load on two cores.
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// Waits until `look` finds something. Fails the test where it found nothing within `limit`; `what` says what was missing.
pub async fn until<T>(what: &str, limit: Duration, mut look: impl AsyncFnMut() -> Option<T>) -> T {
    let began = Instant::now();
    loop {
        if let Some(found) = look().await {
            return found;
        }
        assert!(began.elapsed() < limit, "not within {limit:?}: {what}");
        tokio::time::sleep(LOOK_EVERY).await;
    }
}

/// Waits until a condition holds.
pub async fn holds(what: &str, limit: Duration, mut condition: impl AsyncFnMut() -> bool) {
    until(what, limit, async || condition().await.then_some(())).await;
}
