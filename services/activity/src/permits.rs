//! How many streams there may be, so that nobody takes the permits of others.

use patron_chassis::{clock::Clock, principal::Subject, status::Problem};
use std::{
    sync::{
        Arc, Mutex, PoisonError, Weak,
        atomic::{AtomicBool, AtomicI64, Ordering},
    },
    time::Duration,
};

/// Streams of one process: each wakes up for every event, whether it shows it or not.
const ALL: usize = 1_000;
/// Those of customers together, so that however many they are, staff get in.
const OF_CUSTOMERS: usize = ALL / 2;
/// Those of one caller: more than a person has windows open.
const OF_ONE: usize = 20;
/// How long nobody may read what a stream offers before another can have its permit. Within it a page of a browser that was put to
/// sleep wakes up, or its connection is given up.
const STALLED_AFTER: Duration = Duration::from_secs(10);
/// When a stream that was one too many may try again.
const RETRY_AFTER: Duration = Duration::from_secs(5);

/// The permits that streams take. Cheap to clone.
#[derive(Debug, Clone)]
pub struct StreamPermits {
    clock: Clock,
    taken: Arc<Mutex<Vec<Weak<Taken>>>>,
}

/// The permit of one stream; free again when it is dropped, or lost to another while it is stalled.
#[derive(Debug)]
pub struct StreamPermit {
    clock: Clock,
    taken: Arc<Taken>,
}

#[derive(Debug)]
struct Taken {
    caller: Subject,
    lost: AtomicBool,
    /// Since when it offers what nobody has read, in milliseconds since 1970; 0 while it offers nothing.
    offers_since: AtomicI64,
}

impl StreamPermits {
    /// None of them taken.
    pub fn new(clock: Clock) -> Self {
        Self { clock, taken: Arc::default() }
    }

    /// Takes a permit for `caller`: who really acts, where somebody acts for another. Fails where streams that are read hold all permits,
    /// all of customers, or all of this caller.
    pub fn take(&self, caller: Subject) -> Result<StreamPermit, Problem> {
        let stalled = now(&self.clock) - i64::try_from(STALLED_AFTER.as_millis()).unwrap_or(i64::MAX);
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        let held: Vec<Arc<Taken>> =
            taken.iter().filter_map(Weak::upgrade).filter(|it| !it.is_lost()).collect();
        let is_customer = |caller: &Subject| matches!(caller, Subject::Customer(_));
        make_room(&held, OF_ONE, stalled, |it| it.caller == caller)?;
        if is_customer(&caller) {
            make_room(&held, OF_CUSTOMERS, stalled, |it| is_customer(&it.caller))?;
        }
        make_room(&held, ALL, stalled, |_| true)?;
        let new = Arc::new(Taken { caller, lost: AtomicBool::new(false), offers_since: AtomicI64::new(0) });
        *taken = held.iter().chain([&new]).map(Arc::downgrade).collect();
        Ok(StreamPermit { clock: self.clock.clone(), taken: new })
    }
}

/// Makes sure that fewer than `limit` of the permits that count are held. If need be, one is lost that has been stalled since `stalled` or
/// longer.
fn make_room(
    held: &[Arc<Taken>],
    limit: usize,
    stalled: i64,
    counts: impl Fn(&Taken) -> bool,
) -> Result<(), Problem> {
    let counted: Vec<_> = held.iter().filter(|it| counts(it) && !it.is_lost()).collect();
    if counted.len() < limit {
        return Ok(());
    }
    let loser = counted.iter().find(|it| (1..=stalled).contains(&it.offers_since.load(Ordering::Relaxed)));
    loser.ok_or(Problem::Limit { retry_after: RETRY_AFTER })?.lost.store(true, Ordering::Relaxed);
    Ok(())
}

impl StreamPermit {
    /// Something is offered from now on.
    pub fn offer(&self) {
        self.taken.offers_since.store(now(&self.clock), Ordering::Relaxed);
    }

    /// What was offered has been read. Fails where nobody did for so long that the permit was lost.
    pub fn read(&self) -> Result<(), Problem> {
        self.taken.offers_since.store(0, Ordering::Relaxed);
        if self.taken.is_lost() { Err(Problem::Unavailable) } else { Ok(()) }
    }
}

impl Taken {
    fn is_lost(&self) -> bool {
        self.lost.load(Ordering::Relaxed)
    }
}

fn now(clock: &Clock) -> i64 {
    i64::try_from(clock.now().unix_timestamp_nanos() / 1_000_000).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use patron_chassis::clock::MockClock;
    use patron_values::id::{CustomerId, StaffId};
    use time::macros::datetime;
    use uuid::Uuid;

    fn permits() -> (StreamPermits, MockClock) {
        let clock = MockClock::at(datetime!(2026-01-01 00:00 UTC));
        (StreamPermits::new(Clock::Mock(clock.clone())), clock)
    }

    fn staff(number: usize) -> Subject {
        Subject::Staff(StaffId(Uuid::from_u128(number as u128)))
    }

    fn customer(number: usize) -> Subject {
        Subject::Customer(CustomerId(Uuid::from_u128(number as u128)))
    }

    /// Takes all that a caller gets.
    fn take_all(permits: &StreamPermits, caller: &Subject) -> Vec<StreamPermit> {
        std::iter::from_fn(|| permits.take(caller.clone()).ok()).collect()
    }

    #[test]
    fn one_caller_gets_no_more_than_their_share_and_it_back_when_a_stream_ends() {
        let (permits, _) = permits();
        let mut taken = take_all(&permits, &customer(1));
        assert_eq!(taken.len(), OF_ONE);
        assert!(permits.take(customer(2)).is_ok());
        taken.pop();
        assert_eq!(take_all(&permits, &customer(1)).len(), 1);
    }

    #[test]
    fn customers_together_leave_half_of_the_places_to_staff() {
        let (permits, _) = permits();
        let customers: Vec<StreamPermit> =
            (0..ALL).flat_map(|number| take_all(&permits, &customer(number))).collect();
        assert_eq!(customers.len(), OF_CUSTOMERS);
        let staff: Vec<StreamPermit> =
            (0..ALL).flat_map(|number| take_all(&permits, &staff(number))).collect();
        assert_eq!(staff.len(), ALL - OF_CUSTOMERS);
    }

    #[test]
    fn a_stream_that_nobody_reads_loses_its_place_to_one_that_needs_it() {
        let (permits, clock) = permits();
        let taken = take_all(&permits, &staff(1));
        taken[0].offer();
        taken[1].offer();
        clock.advance(STALLED_AFTER);
        taken[1].read().unwrap();
        let won = take_all(&permits, &staff(1));
        assert_eq!(won.len(), 1);
        assert!(taken[0].read().is_err());
        assert!(taken[1..].iter().all(|permit| permit.read().is_ok()));
    }
}
