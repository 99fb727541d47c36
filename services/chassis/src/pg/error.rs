use crate::status::Problem;

/// What an error of Postgres means to a caller. Constraints that a caller can run into are told apart before, by
/// [`constraint`](super::constraint); one that arrives here is a fault of the service.
impl From<sqlx::Error> for Problem {
    fn from(error: sqlx::Error) -> Self {
        match &error {
            sqlx::Error::PoolTimedOut
            | sqlx::Error::PoolClosed
            | sqlx::Error::WorkerCrashed
            | sqlx::Error::Io(_)
            | sqlx::Error::Tls(_)
            | sqlx::Error::Protocol(_) => {
                tracing::warn!(error = %error, "the database does not answer");
                Self::Unavailable
            }
            sqlx::Error::Database(refused) => match refused.code().as_deref() {
                // statement_timeout
                Some("57014") => Self::Late,
                // lock_timeout; and deadlocks and serialization failures that came again when tried again
                Some("55P03" | "40001" | "40P01") => Self::Unavailable,
                // Connection and resource failures, and an administrator's or a crash's shutdown
                Some(code) if code.starts_with("08") || code.starts_with("53") || code.starts_with("57P") => {
                    tracing::warn!(code, "the database does not answer");
                    Self::Unavailable
                }
                _ => Self::internal(error),
            },
            _ => Self::internal(error),
        }
    }
}
