use sqlx::error::{DatabaseError, ErrorKind};
use std::{borrow::Cow, error::Error};

/// What Postgres would raise for a unique constraint, from a statement that looks instead of running into it: what Postgres raises
/// it also writes to its log, with the values.
#[derive(Debug, thiserror::Error)]
#[error("another row has the value that {0} keeps unique")]
struct Taken(&'static str);

/// The error of a statement that another row stands in the way of, by the name of the constraint; see
/// [`constraint`](super::constraint).
pub fn taken(constraint: &'static str) -> sqlx::Error {
    sqlx::Error::Database(Box::new(Taken(constraint)))
}

impl DatabaseError for Taken {
    fn message(&self) -> &str {
        self.0
    }

    fn code(&self) -> Option<Cow<'_, str>> {
        // unique_violation
        Some("23505".into())
    }

    fn constraint(&self) -> Option<&str> {
        Some(self.0)
    }

    fn kind(&self) -> ErrorKind {
        ErrorKind::UniqueViolation
    }

    fn as_error(&self) -> &(dyn Error + Send + Sync + 'static) {
        self
    }

    fn as_error_mut(&mut self) -> &mut (dyn Error + Send + Sync + 'static) {
        self
    }

    fn into_error(self: Box<Self>) -> Box<dyn Error + Send + Sync + 'static> {
        self
    }
}
