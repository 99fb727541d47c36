//! New ids: UUID version 7 (RFC 9562, section 5.7), whose order is the order of their making.

use std::sync::{
    Arc, Mutex, PoisonError,
    atomic::{AtomicU64, Ordering},
};

use uuid::{ContextV7, Timestamp, Uuid};

use crate::clock::Clock;

/// Makes new ids from the clock. Cheap to clone; clones share the counter that keeps ids of one millisecond
/// in order.
#[derive(Clone, Debug)]
pub struct Ids {
    clock: Clock,
    source: Source,
}

#[derive(Clone, Debug)]
enum Source {
    /// Random bits behind the time, rising within one millisecond.
    Random(Arc<Mutex<ContextV7>>),
    /// A counter behind the time: the same ids in every run of a test.
    Seeded(Arc<AtomicU64>),
}

impl Ids {
    /// Ids that nobody can foresee.
    pub fn new(clock: Clock) -> Self {
        Self { clock, source: Source::Random(Arc::new(Mutex::new(ContextV7::new()))) }
    }

    /// Ids that are the same in every run, for tests: `seed`, `seed + 1`, ... behind the clock's time.
    pub fn seeded(clock: Clock, seed: u64) -> Self {
        Self { clock, source: Source::Seeded(Arc::new(AtomicU64::new(seed))) }
    }

    /// A new id of the type asked for.
    pub fn next<T: From<Uuid>>(&self) -> T {
        let nanos = self.clock.now().unix_timestamp_nanos();
        // A clock before 1970 gives ids of 1970: out of order, still unique.
        let millis = u64::try_from(nanos / 1_000_000).unwrap_or(0);
        let sub_millis = u32::try_from(nanos.rem_euclid(1_000_000)).unwrap_or(0);
        T::from(match &self.source {
            Source::Random(context) => {
                // A panic elsewhere cannot leave a counter half written, so a poisoned one is as good.
                let context = context.lock().unwrap_or_else(PoisonError::into_inner);
                #[expect(clippy::disallowed_methods, reason = "the one place that makes ids")]
                Uuid::new_v7(Timestamp::from_unix(
                    &*context,
                    millis / 1_000,
                    (millis % 1_000) as u32 * 1_000_000 + sub_millis,
                ))
            }
            Source::Seeded(counter) => {
                let mut bytes = [0; 10];
                bytes[2..].copy_from_slice(&counter.fetch_add(1, Ordering::Relaxed).to_be_bytes());
                uuid::Builder::from_unix_timestamp_millis(millis, &bytes).into_uuid()
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::MockClock;
    use patron_values::id::CustomerId;

    #[test]
    fn ids_of_one_millisecond_are_in_the_order_of_their_making() {
        let ids = Ids::new(Clock::Mock(MockClock::default()));
        let made: Vec<Uuid> = (0..1_000).map(|_| ids.next()).collect();
        assert!(made.is_sorted());
        assert!(made.iter().all(|id| id.get_version_num() == 7));
    }

    #[test]
    fn seeded_ids_are_the_same_in_every_run() {
        let make = || {
            let ids = Ids::seeded(Clock::Mock(MockClock::default()), 7);
            [ids.next::<CustomerId>(), ids.next()]
        };
        assert_eq!(make(), make());
        assert_ne!(make()[0], make()[1]);
    }
}
