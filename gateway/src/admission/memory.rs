//! Memory for bodies that are being read or sent: bounded by itself, so that whoever sends or reads slowly takes nothing that work
//! needs.

use super::{CallerKey, pool::limit};
use patron_chassis::status::Problem;
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

/// All bodies of one direction, in bytes: half of the memory that the gateway may take under load.
const TOTAL_BYTES: usize = 64 * 1024 * 1024;
/// Those of one caller: eight of the longest requests, or 2,048 that have hardly begun, or some 20 of the longest pages.
const SHARE_BYTES: usize = TOTAL_BYTES / 8;
/// What a body counts at least, in bytes: what a request with its headers and buffers takes.
const LEAST_BYTES: usize = 4 * 1024;

/// What the bodies of one direction take.
#[derive(Debug, Default)]
pub(super) struct Budget(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    taken: usize,
    held: HashMap<CallerKey, usize>,
}

/// Memory for one body, until dropped.
#[derive(Debug)]
pub(crate) struct BodyMemory {
    budget: Arc<Budget>,
    caller: CallerKey,
    counted: usize,
}

impl Budget {
    /// Memory for a body that begins. Fails with [`Problem::Limit`] where there is none left.
    pub(super) fn begin(self: &Arc<Self>, caller: CallerKey) -> Result<BodyMemory, Problem> {
        let mut memory = BodyMemory { budget: self.clone(), caller, counted: 0 };
        memory.hold(LEAST_BYTES)?;
        Ok(memory)
    }

    /// Memory for a body that is there and must be sent, whether there is any left or not.
    pub(super) fn insist(self: &Arc<Self>, caller: CallerKey, bytes: usize) -> BodyMemory {
        let mut memory = BodyMemory { budget: self.clone(), caller, counted: 0 };
        memory.count(&mut self.lock(), bytes);
        memory
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl BodyMemory {
    /// Makes it enough for so many bytes. Fails with [`Problem::Limit`] where there is none left.
    pub(crate) fn hold(&mut self, bytes: usize) -> Result<(), Problem> {
        let more = bytes.saturating_sub(self.counted);
        let budget = self.budget.clone();
        let mut state = budget.lock();
        let held = state.held.get(&self.caller).copied().unwrap_or_default();
        if state.taken + more > TOTAL_BYTES || held + more > SHARE_BYTES {
            return Err(limit());
        }
        self.count(&mut state, more);
        Ok(())
    }

    fn count(&mut self, state: &mut State, more: usize) {
        state.taken += more;
        *state.held.entry(self.caller.clone()).or_default() += more;
        self.counted += more;
    }
}

impl Drop for BodyMemory {
    fn drop(&mut self) {
        let mut state = self.budget.lock();
        state.taken -= self.counted;
        if let Some(held) = state.held.get_mut(&self.caller) {
            *held -= self.counted;
            if *held == 0 {
                state.held.remove(&self.caller);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::IpAddr;

    #[test]
    fn one_address_takes_a_share_of_the_memory_for_bodies_and_gives_it_back() {
        let bodies = Arc::new(Budget::default());
        let [one, other] = [1, 2].map(|number| CallerKey::of_address(IpAddr::from([192, 0, 2, number])));
        let mut held: Vec<_> = std::iter::from_fn(|| bodies.begin(one.clone()).ok()).collect();
        assert_eq!(held.len(), SHARE_BYTES / LEAST_BYTES);
        assert!(held[0].hold(2 * LEAST_BYTES).is_err(), "it is all taken");
        assert!(bodies.begin(other).is_ok_and(|mut memory| memory.hold(1024 * 1024).is_ok()));
        held.pop();
        assert!(held[0].hold(2 * LEAST_BYTES).is_ok());
        held.clear();
        assert!(bodies.lock().taken == 0 && bodies.lock().held.is_empty());
    }

    #[test]
    fn all_addresses_together_take_no_more_than_the_whole() {
        let bodies = Arc::new(Budget::default());
        let addresses = (0..=u8::MAX).map(|number| CallerKey::of_address(IpAddr::from([192, 0, 2, number])));
        let held: Vec<_> = addresses
            .filter_map(|from| {
                let mut memory = bodies.begin(from).ok()?;
                memory.hold(1024 * 1024).ok().map(|()| memory)
            })
            .collect();
        assert_eq!(held.len(), TOTAL_BYTES / (1024 * 1024));
    }
}
