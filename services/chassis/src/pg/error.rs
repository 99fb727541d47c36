use crate::status::Problem;
use sqlx::error::DatabaseError;

/// What a failure of the database means for whoever may try again: the one table of SQLSTATEs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Failure {
    /// Postgres cannot be reached or cannot work: it is down, starts or stops, is a read-only standby, lets nobody in, or is out of
    /// disk, memory or connections. Passes, and nothing is wrong with what was tried.
    Outage,
    /// Others were in the way: a deadlock, a lock timeout, a serialization failure. Passes, and nothing is wrong with what was tried.
    Contention,
    /// The statement took longer than any may. It may pass, but whoever tries again at once has Postgres do the same work again.
    Late,
    /// The statement or the row is wrong: it fails again however often it is tried. Constraints that a caller can run into are answered
    /// apart before, by [`constraint`](super::constraint).
    Fault,
}

impl Failure {
    /// The class of an error. Source: PostgreSQL manual, appendix A, "PostgreSQL Error Codes".
    pub fn of(error: &sqlx::Error) -> Self {
        match error {
            sqlx::Error::PoolTimedOut
            | sqlx::Error::PoolClosed
            | sqlx::Error::WorkerCrashed
            | sqlx::Error::BeginFailed
            | sqlx::Error::Io(_)
            | sqlx::Error::Tls(_)
            | sqlx::Error::Protocol(_) => Self::Outage,
            sqlx::Error::Database(refused) => refused.code().map_or(Self::Fault, |code| Self::of_code(&code)),
            _ => Self::Fault,
        }
    }

    fn of_code(code: &str) -> Self {
        match code {
            // read_only_sql_transaction: a primary that became a standby
            "25006" => Self::Outage,
            // query_canceled: our own statement_timeout
            "57014" => Self::Late,
            // lock_not_available (lock_timeout), object_in_use, idle_in_transaction_session_timeout, transaction_timeout;
            // serialization_failure, statement_completion_unknown, deadlock_detected
            "55P03" | "55006" | "25P03" | "25P04" | "40001" | "40003" | "40P01" => Self::Contention,
            // connection exception, insufficient resources, operator intervention (shutdown, crash, cannot connect now), system
            // error (a failing disk); and who connects is not let in, or not to this database: while passwords are replaced
            _ if ["08", "53", "57P", "58", "28", "3D"].iter().any(|class| code.starts_with(class)) => {
                Self::Outage
            }
            _ => Self::Fault,
        }
    }

    /// Whether it passes: what was tried may be tried again, as it is.
    pub fn passes(self) -> bool {
        self != Self::Fault
    }
}

/// Whether the session that gave this error is good for nothing more, although its connection may still be open: a standby stays
/// one, and what did not answer once would be waited for again.
pub(super) fn ends_session(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Database(refused) => refused.code().is_some_and(|code| code == "25006"),
        error => Failure::of(error) == Failure::Outage,
    }
}

impl From<sqlx::Error> for Problem {
    fn from(error: sqlx::Error) -> Self {
        match Failure::of(&error) {
            Failure::Outage => {
                tracing::warn!(error = %error, "the database does not answer");
                Self::Unavailable
            }
            Failure::Contention => Self::Unavailable,
            // Callers repeat what is UNAVAILABLE by themselves, and a slow statement would be run again and again.
            Failure::Late => {
                tracing::warn!(error = %error, "a statement took too long");
                Self::Late
            }
            Failure::Fault => Self::internal(error),
        }
    }
}

/// Whether an error of the database passes, see [`Failure::passes`].
pub fn is_outage(error: &sqlx::Error) -> bool {
    Failure::of(error).passes()
}

/// Name of the constraint that refused a row, where one did.
pub fn constraint(error: &sqlx::Error) -> Option<&str> {
    error.as_database_error().and_then(DatabaseError::constraint)
}
