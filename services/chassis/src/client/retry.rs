//! Trying again, at the edge only: where every hop tries three times, a failing service gets twenty-seven
//! times the calls.

use std::{
    sync::atomic::{AtomicU32, Ordering},
    time::Duration,
};

use backon::{BackoffBuilder as _, ExponentialBuilder};
use tonic::{Code, Status};

/// Tries in all. More would outlast the deadline of the edge. Source: SRE book, chapter 22, "Retries".
const TRIES: usize = 3;
/// First pause; the next is twice as long. A random part of itself comes on top of each.
const PAUSE: Duration = Duration::from_millis(100);

/// Calls that are tried again while [`Budget`] allows.
#[derive(Debug, Default)]
pub struct Retry {
    budget: Budget,
}

impl Retry {
    /// Makes a call, and makes it again if the peer was UNAVAILABLE and the call is `idempotent`: one that
    /// changes nothing, or that carries a `request_id`. The deadline of the context ends it as it ends a
    /// single call.
    pub async fn call<T, F>(&self, idempotent: bool, mut call: impl FnMut() -> F) -> Result<T, Status>
    where
        F: Future<Output = Result<T, Status>>,
    {
        self.budget.earn();
        let pauses = ExponentialBuilder::default()
            .with_min_delay(PAUSE)
            .with_factor(2.0)
            .with_jitter()
            .with_max_times(TRIES - 1)
            .build();
        for pause in pauses {
            match call().await {
                Err(status) if status.code() == Code::Unavailable && idempotent && self.budget.spend() => {
                    tokio::time::sleep(pause).await;
                }
                answer => return answer,
            }
        }
        call().await
    }
}

/// How many second tries there may be: a tenth of the calls, and a few at once after a quiet time.
#[derive(Debug)]
pub struct Budget {
    /// In tenths of a try.
    tenths: AtomicU32,
}

/// Tenths that one try costs; each call earns one.
const COST: u32 = 10;
/// Most that can be saved: 10 tries.
const MOST: u32 = 10 * COST;

impl Default for Budget {
    fn default() -> Self {
        Self { tenths: AtomicU32::new(MOST) }
    }
}

impl Budget {
    pub(super) fn earn(&self) {
        let _ = self.tenths.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |tenths| {
            (tenths < MOST).then_some(tenths + 1)
        });
    }

    pub(super) fn spend(&self) -> bool {
        self.tenths
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |tenths| tenths.checked_sub(COST))
            .is_ok()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicUsize;

    use super::*;
    use crate::status::Problem;

    async fn tries(retry: &Retry, idempotent: bool, problem: fn() -> Problem) -> usize {
        let made = AtomicUsize::new(0);
        let answer: Result<(), Status> = retry
            .call(idempotent, || async {
                made.fetch_add(1, Ordering::Relaxed);
                Err(problem().into())
            })
            .await;
        assert!(answer.is_err());
        made.into_inner()
    }

    #[tokio::test(start_paused = true)]
    async fn only_what_is_unavailable_and_idempotent_is_tried_again() {
        let retry = Retry::default();
        assert_eq!(tries(&retry, true, || Problem::Unavailable).await, TRIES);
        assert_eq!(tries(&retry, false, || Problem::Unavailable).await, 1);
        assert_eq!(tries(&retry, true, || Problem::Late).await, 1);
    }

    #[tokio::test(start_paused = true)]
    async fn a_peer_that_stays_away_is_not_asked_three_times_by_everyone() {
        let retry = Retry::default();
        let mut made = 0;
        for _ in 0..1_000 {
            made += tries(&retry, true, || Problem::Unavailable).await;
        }
        assert!((1_090..=1_120).contains(&made), "{made} tries for 1000 calls");
    }
}
