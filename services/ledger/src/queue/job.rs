use super::MOST_ATTEMPTS;
use patron_values::id::CustomerId;
use sqlx::FromRow;
use std::time::Duration;
use time::OffsetDateTime;
use uuid::Uuid;

/// First wait after a failure; each that follows doubles it.
const FIRST_WAIT: Duration = Duration::from_secs(1);
/// Longest error class that is stored; what is longer is cut.
const ERROR_CHARACTERS: usize = 100;

/// Something to be done later.
#[derive(Debug, Clone)]
pub struct NewJob {
    /// Who does it: the name of a consumer of events, or of a worker of the service itself.
    pub kind: &'static str,
    /// Jobs of one kind with the same key are done one after the other, in the order they were added; `None` waits for no other.
    pub key: Option<String>,
    /// What its worker needs to know, at most 1 MiB. No personal data other than in events and plans of sagas, which go when they are
    /// done.
    pub payload: Vec<u8>,
    /// How long after the commit it is due.
    pub delay: Duration,
    /// Of the aggregate, where the job is an event.
    pub(crate) version: Option<i64>,
    /// The customer in whose creation the event was made, until the customer is whole.
    pub(crate) staged_for: Option<Uuid>,
}

impl NewJob {
    /// A job that is due at once.
    pub fn new(kind: &'static str, key: Option<String>, payload: Vec<u8>) -> Self {
        Self { kind, key, payload, delay: Duration::ZERO, version: None, staged_for: None }
    }
}

/// A job that a worker has leased.
#[derive(Debug, Clone, FromRow)]
pub struct Job {
    /// Its id, by which jobs of one key are ordered.
    #[sqlx(rename = "job_id")]
    pub id: i64,
    /// What it is ordered by.
    pub key: Option<String>,
    /// What is to be done. `None` for an event that was dropped.
    pub payload: Option<Vec<u8>>,
    /// How often it failed before.
    pub attempts: i32,
    pub(crate) version: Option<i64>,
    /// Earlier versions with the same key that are dead letters.
    pub(crate) dead_versions: Vec<i64>,
    pub(crate) created_at: OffsetDateTime,
    /// Where it is a saga: the customers concerned, and the step from which it compensates.
    pub(crate) customers: Option<Vec<CustomerId>>,
    pub(crate) compensates_from: Option<i32>,
}

/// What became of a job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Settlement {
    /// It is done, and forgotten.
    Done,
    /// Nothing is wrong with it: it is tried again after this time, and no attempt is counted.
    Again(Duration),
    /// It failed: tried again with backoff, and a dead letter after [`MOST_ATTEMPTS`]. With the class of what went wrong, without
    /// personal data.
    Failed(String),
    /// It fails however often it is tried: a dead letter at once. With the class of what is wrong.
    Dead(String),
}

/// What a settlement makes of a job's row.
pub(super) struct JobUpdate<'s> {
    pub(super) attempts: i32,
    pub(super) delay: Duration,
    pub(super) error: Option<&'s str>,
    pub(super) dead: bool,
}

impl Settlement {
    pub(super) fn update(&self, job: &Job) -> JobUpdate<'_> {
        let Job { attempts, .. } = *job;
        match self {
            Self::Done => JobUpdate { attempts, delay: Duration::ZERO, error: None, dead: false },
            Self::Again(delay) => JobUpdate { attempts, delay: *delay, error: None, dead: false },
            Self::Failed(error) => JobUpdate {
                attempts: attempts + 1,
                delay: backoff(attempts),
                error: Some(cut(error)),
                dead: attempts + 1 >= MOST_ATTEMPTS,
            },
            Self::Dead(error) => JobUpdate {
                attempts: attempts + 1,
                delay: Duration::ZERO,
                error: Some(cut(error)),
                dead: true,
            },
        }
    }
}

/// Wait after a failure with so many before it.
fn backoff(attempts: i32) -> Duration {
    let doublings = u32::try_from(attempts.min(MOST_ATTEMPTS)).unwrap_or_default();
    FIRST_WAIT * 2_u32.pow(doublings)
}

fn cut(error: &str) -> &str {
    error.char_indices().nth(ERROR_CHARACTERS).map_or(error, |(end, _)| &error[..end])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_job_that_fails_is_a_dead_letter_within_three_minutes() {
        let mut job = Job {
            id: 1,
            key: None,
            payload: None,
            attempts: 0,
            version: None,
            dead_versions: Vec::new(),
            created_at: OffsetDateTime::UNIX_EPOCH,
            customers: None,
            compensates_from: None,
        };
        let (failure, mut waited) = (Settlement::Failed("wrong".to_owned()), Duration::ZERO);
        loop {
            let update = failure.update(&job);
            if update.dead {
                break;
            }
            waited += update.delay;
            job.attempts = update.attempts;
        }
        assert_eq!(waited, Duration::from_secs(127));
    }
}
