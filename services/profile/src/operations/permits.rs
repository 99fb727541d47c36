//! How many streams of a kind there may be at once, so that nobody takes what lists need.

use patron_chassis::status::Problem;
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

/// Those of one caller.
const OF_ONE: usize = 2;
/// When one that was too many may try again.
const RETRY_AFTER: Duration = Duration::from_secs(10);

/// The permits of streams of one kind. Cheap to clone.
#[derive(Debug, Clone)]
pub(super) struct Permits {
    most: usize,
    held: Arc<Mutex<HashMap<String, usize>>>,
}

/// The permit of one stream; free again when it is dropped.
#[derive(Debug)]
pub(super) struct Permit {
    permits: Permits,
    caller: String,
}

impl Permits {
    /// So many of one process.
    pub(super) fn new(most: usize) -> Self {
        Self { most, held: Arc::default() }
    }

    /// Takes a permit for a caller. Fails where all are held, or all of theirs.
    pub(super) fn take(&self, caller: &str) -> Result<Permit, Problem> {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        let of_one = held.get(caller).copied().unwrap_or_default();
        if of_one >= OF_ONE || held.values().sum::<usize>() >= self.most {
            return Err(Problem::Limit { retry_after: RETRY_AFTER });
        }
        held.insert(caller.to_owned(), of_one + 1);
        Ok(Permit { permits: self.clone(), caller: caller.to_owned() })
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        let mut held = self.permits.held.lock().unwrap_or_else(PoisonError::into_inner);
        match held.get_mut(&self.caller) {
            Some(of_one) if *of_one > 1 => *of_one -= 1,
            _ => drop(held.remove(&self.caller)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_caller_has_two_at_once_and_all_together_as_many_as_there_are() {
        let permits = Permits::new(8);
        let mut taken: Vec<_> = (0..2).map(|_| permits.take("staff/1").unwrap()).collect();
        assert!(permits.take("staff/1").is_err());
        taken.pop();
        taken.push(permits.take("staff/1").unwrap());
        let others: Vec<_> =
            (2..9).filter_map(|number| permits.take(&format!("staff/{number}")).ok()).collect();
        assert_eq!(others.len(), 8 - OF_ONE);
        drop((taken, others));
        assert!(permits.take("staff/1").is_ok());
    }
}
