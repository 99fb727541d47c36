//! Permits for one kind of work, given fairly to those who ask.

use super::CallerKey;
use patron_chassis::status::Problem;
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use tokio::sync::oneshot;

/// When a refused caller should try again: about the time in which work under way ends.
const RETRY_AFTER: Duration = Duration::from_secs(1);
/// Requests that may wait for each permit. Those beyond would wait in vain.
const WAITING_PER_PERMIT: usize = 4;

/// A number of permits, of which one caller holds a share at most.
#[derive(Debug)]
pub(crate) struct Pool {
    permits: usize,
    share: usize,
    patience: Duration,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    taken: usize,
    held: HashMap<CallerKey, usize>,
    /// In the order in which they came.
    waiting: Vec<Waiter>,
}

#[derive(Debug)]
struct Waiter {
    caller: CallerKey,
    admit: oneshot::Sender<Permit>,
}

/// A permit that is held until dropped.
#[derive(Debug)]
pub(crate) struct Permit {
    pool: Arc<Pool>,
    caller: CallerKey,
}

impl Pool {
    /// Permits of which each caller may hold a share, and the time for which a request waits for one.
    pub(crate) fn new(permits: usize, share: usize, patience: Duration) -> Arc<Self> {
        Arc::new(Self { permits, share, patience, state: Mutex::default() })
    }

    /// Takes a permit, or waits for one. Fails with [`Problem::Limit`] where too many wait or it takes too long.
    pub(crate) async fn admit(self: &Arc<Self>, caller: CallerKey) -> Result<Permit, Problem> {
        let admitted = {
            let mut state = self.lock();
            if state.taken < self.permits && state.held_by(&caller) < self.share {
                return Ok(self.permit(&mut state, caller));
            }
            state.waiting.retain(|waiter| !waiter.admit.is_closed());
            let own = state.waiting.iter().filter(|waiter| waiter.caller == caller).count();
            if own >= WAITING_PER_PERMIT * self.share
                || state.waiting.len() >= WAITING_PER_PERMIT * self.permits
            {
                return Err(limit());
            }
            let (admit, admitted) = oneshot::channel();
            state.waiting.push(Waiter { caller, admit });
            admitted
        };
        match tokio::time::timeout(self.patience, admitted).await {
            Ok(Ok(permit)) => Ok(permit),
            Ok(Err(_)) | Err(_) => Err(limit()),
        }
    }

    fn permit(self: &Arc<Self>, state: &mut State, caller: CallerKey) -> Permit {
        state.taken += 1;
        *state.held.entry(caller.clone()).or_default() += 1;
        Permit { pool: self.clone(), caller }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn held_by(&self, caller: &CallerKey) -> usize {
        self.held.get(caller).copied().unwrap_or_default()
    }

    /// Who is admitted next: of the callers that hold least, the one that has waited longest.
    fn next(&mut self, share: usize) -> Option<Waiter> {
        self.waiting.retain(|waiter| !waiter.admit.is_closed());
        let held = self.waiting.iter().map(|waiter| self.held_by(&waiter.caller)).enumerate();
        let (next, _) = held.filter(|(_, held)| *held < share).min_by_key(|(_, held)| *held)?;
        Some(self.waiting.remove(next))
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        let mut state = self.pool.lock();
        state.taken -= 1;
        if let Some(held) = state.held.get_mut(&self.caller) {
            *held -= 1;
            if *held == 0 {
                state.held.remove(&self.caller);
            }
        }
        let next = state.next(self.pool.share).map(|waiter| {
            let permit = self.pool.permit(&mut state, waiter.caller);
            (waiter.admit, permit)
        });
        drop(state);
        if let Some((admit, permit)) = next {
            // one who left in this moment gives it back, which admits the next
            drop(admit.send(permit));
        }
    }
}

pub(super) fn limit() -> Problem {
    Problem::Limit { retry_after: RETRY_AFTER }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::IpAddr;

    const PATIENCE: Duration = Duration::from_millis(250);

    fn caller(number: u8) -> CallerKey {
        CallerKey::of_address(IpAddr::from([192, 0, 2, number]))
    }

    #[tokio::test(start_paused = true)]
    async fn one_caller_holds_no_more_than_a_share_and_others_find_places() {
        let pool = Pool::new(4, 2, PATIENCE);
        let held =
            [pool.admit(caller(1)).await.expect("a permit"), pool.admit(caller(1)).await.expect("a permit")];
        assert!(pool.admit(caller(1)).await.is_err(), "beyond its share");
        assert!(pool.admit(caller(2)).await.is_ok());
        drop(held);
        assert!(pool.admit(caller(1)).await.is_ok());
        assert!(pool.lock().held.is_empty(), "nothing is kept of callers that left");
    }

    #[tokio::test(start_paused = true)]
    async fn who_holds_least_is_admitted_next_and_who_left_is_passed_over() {
        let pool = Pool::new(2, 2, PATIENCE);
        let mut greedy = vec![
            pool.admit(caller(1)).await.expect("a permit"),
            pool.admit(caller(1)).await.expect("a permit"),
        ];
        let again = pool.admit(caller(1));
        let left = tokio::time::timeout(Duration::ZERO, pool.admit(caller(3)));
        let modest = pool.admit(caller(2));
        let leave = async {
            tokio::task::yield_now().await;
            greedy.pop();
        };
        let (again, left, modest, ()) = tokio::join!(again, left, modest, leave);
        assert!(again.is_err() && left.is_err() && modest.is_ok());
    }

    #[tokio::test(start_paused = true)]
    async fn a_bounded_number_waits_for_a_bounded_time() {
        let pool = Pool::new(1, 1, PATIENCE);
        let _held = pool.admit(caller(0)).await.expect("a permit");
        let began = tokio::time::Instant::now();
        let waiting = (1..=20).map(|number| {
            let pool = pool.clone();
            async move { (pool.admit(caller(number)).await.is_err(), began.elapsed()) }
        });
        let ended = futures::future::join_all(waiting).await;
        assert!(ended.iter().all(|(refused, _)| *refused));
        assert_eq!(ended.iter().filter(|(_, waited)| *waited == PATIENCE).count(), WAITING_PER_PERMIT);
        assert_eq!(ended.iter().filter(|(_, waited)| waited.is_zero()).count(), 20 - WAITING_PER_PERMIT);
    }
}
