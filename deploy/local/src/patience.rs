//! Trying again, for a while, what is busy or away.

use std::time::Duration;

use tokio::time::Instant;
use tonic::{Code, Status};

/// How long something is tried again.
const LIMIT: Duration = Duration::from_secs(30);
/// Wait before the second try; each further one is twice as long.
const FIRST_WAIT: Duration = Duration::from_millis(100);
/// Longest wait before another try.
const LONGEST_WAIT: Duration = Duration::from_secs(2);

/// What is left of the time in which something is tried again.
#[derive(Debug)]
pub struct Patience {
    end: Instant,
    wait: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self { end: Instant::now() + LIMIT, wait: FIRST_WAIT }
    }
}

impl Patience {
    /// Waits until the next try is due. False once there is to be none.
    pub async fn again(&mut self) -> bool {
        if Instant::now() >= self.end {
            return false;
        }
        tokio::time::sleep(self.wait).await;
        self.wait = (self.wait * 2).min(LONGEST_WAIT);
        true
    }
}

/// Calls again and again while what the call fails of may pass. It must be safe to repeat: what fails may have been done.
pub async fn patiently<R>(mut call: impl AsyncFnMut() -> Result<R, Status>) -> Result<R, Status> {
    let mut patience = Patience::default();
    loop {
        match call().await {
            Err(status) if is_passing(status.code()) && patience.again().await => {}
            answer => return answer,
        }
    }
}

/// Whether what fails of this may be answered when it is tried again.
pub fn is_passing(code: Code) -> bool {
    matches!(
        code,
        // the last one is what tonic makes of a connection that ended before the call was sent
        Code::Unavailable
            | Code::ResourceExhausted
            | Code::DeadlineExceeded
            | Code::Aborted
            | Code::Cancelled
    )
}

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "a test says what a service answers")]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn what_is_away_for_a_moment_is_tried_again() {
        let mut tries = 0;
        let answer = patiently(async || {
            tries += 1;
            if tries < 4 { Err(Status::unavailable("starting")) } else { Ok(tries) }
        });
        assert_eq!(answer.await.expect("it is there at the fourth try"), 4);
    }

    #[tokio::test(start_paused = true)]
    async fn what_stays_away_is_given_up_in_time() {
        let start = Instant::now();
        let refused = patiently(async || Err::<(), _>(Status::unavailable("away"))).await;
        assert_eq!(refused.map_err(|status| status.code()), Err(Code::Unavailable));
        assert!((LIMIT..LIMIT + LONGEST_WAIT).contains(&start.elapsed()), "{:?}", start.elapsed());
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_refused_is_not_tried_again() {
        let mut tries = 0;
        let refused = patiently(async || {
            tries += 1;
            Err::<(), _>(Status::permission_denied("no"))
        });
        assert!(refused.await.is_err());
        assert_eq!(tries, 1);
    }
}
