use crate::status::Problem;
use sqlx::error::DatabaseError;

/// What an error of Postgres means to a caller. Constraints that a caller can run into are told apart before, by
/// [`constraint`](super::constraint); one that arrives here is a fault of the service.
impl From<sqlx::Error> for Problem {
    fn from(error: sqlx::Error) -> Self {
        if is_outage(&error) {
            tracing::warn!(error = %error, "the database does not answer");
            return Self::Unavailable;
        }
        match error.as_database_error().and_then(DatabaseError::code).as_deref() {
            // statement_timeout
            Some("57014") => Self::Late,
            // lock_timeout; and deadlocks and serialization failures that came again when tried again
            Some("55P03" | "40001" | "40P01") => Self::Unavailable,
            _ => Self::internal(error),
        }
    }
}

/// Whether Postgres did not answer: it cannot be reached, stops or starts, or has no room for another connection.
pub fn is_outage(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::PoolTimedOut
        | sqlx::Error::PoolClosed
        | sqlx::Error::WorkerCrashed
        | sqlx::Error::Io(_)
        | sqlx::Error::Tls(_)
        | sqlx::Error::Protocol(_) => true,
        sqlx::Error::Database(refused) => refused.code().is_some_and(|code| {
            // Connection and resource failures, and an administrator's or a crash's shutdown
            ["08", "53", "57P"].iter().any(|class| code.starts_with(class))
        }),
        _ => false,
    }
}
