//! What can go wrong, by meaning.

use crate::address::Name;
use patron_chassis::status::Problem;
use tonic::Status;

/// Why a call about addresses fails.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No such address that the caller may see.
    #[error("address not found")]
    NotFound(Name),
    /// It changed since the etag.
    #[error("the address changed")]
    Changed(Vec<String>),
    /// The request's id came before with another body.
    #[error("the request id was used before")]
    RequestIdReused,
    /// Anything that has its meaning in the chassis: fields, peers, limits.
    #[error(transparent)]
    Problem(#[from] Problem),
    /// The database failed.
    #[error("the database failed")]
    Database(#[from] sqlx::Error),
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        match error {
            Error::NotFound(name) => Self::not_found("address", name.to_string()),
            Error::Changed(fields) => Self::Conflict { fields, changed_by: None },
            Error::RequestIdReused => Self::RequestIdReused,
            Error::Problem(problem) => problem,
            Error::Database(error) => error.into(),
        }
    }
}

impl From<Error> for Status {
    fn from(error: Error) -> Self {
        Problem::from(error).into()
    }
}
