//! Time as a parameter, so that tests decide what time it is.

use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

use time::OffsetDateTime;

/// Says what time it is. Cheap to clone; clones of a mock share its time.
#[derive(Clone, Debug, Default)]
pub enum Clock {
    /// The machine's clock.
    #[default]
    System,
    /// A clock that stands until it is moved.
    Mock(MockClock),
}

impl Clock {
    /// Now, in UTC, in whole microseconds: what Postgres keeps of a time, so that a value read back equals
    /// the one written.
    pub fn now(&self) -> OffsetDateTime {
        match self {
            Self::System => {
                #[expect(clippy::disallowed_methods, reason = "the one place that reads the machine's clock")]
                let now = OffsetDateTime::now_utc();
                now.replace_nanosecond(now.microsecond() * 1_000).unwrap_or(now)
            }
            Self::Mock(mock) => mock.now(),
        }
    }
}

/// Time that stands still until a test moves it.
#[derive(Clone, Debug)]
pub struct MockClock {
    /// Microseconds since 1970-01-01 UTC.
    micros: Arc<AtomicI64>,
}

impl MockClock {
    /// A clock that stands at `start`.
    pub fn at(start: OffsetDateTime) -> Self {
        let micros = i64::try_from(start.unix_timestamp_nanos() / 1_000).unwrap_or(i64::MAX);
        Self { micros: Arc::new(AtomicI64::new(micros)) }
    }

    /// Moves the time on.
    pub fn advance(&self, by: Duration) {
        self.micros.fetch_add(i64::try_from(by.as_micros()).unwrap_or(i64::MAX), Ordering::Relaxed);
    }

    /// The time at which it stands.
    pub fn now(&self) -> OffsetDateTime {
        let nanos = i128::from(self.micros.load(Ordering::Relaxed)) * 1_000;
        OffsetDateTime::from_unix_timestamp_nanos(nanos).unwrap_or(OffsetDateTime::UNIX_EPOCH)
    }
}

/// A clock that stands at 2026-01-01 00:00 UTC.
impl Default for MockClock {
    fn default() -> Self {
        Self::at(time::macros::datetime!(2026-01-01 0:00 UTC))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mock_moves_only_when_it_is_moved_and_for_all_its_clones() {
        let mock = MockClock::default();
        let clock = Clock::Mock(mock.clone());
        let before = clock.now();
        assert_eq!(clock.now(), before);
        mock.advance(Duration::from_secs(90));
        assert_eq!(clock.clone().now() - before, time::Duration::seconds(90));
    }

    #[test]
    fn the_system_clock_tells_what_postgres_can_keep() {
        assert_eq!(Clock::System.now().nanosecond() % 1_000, 0);
    }
}
