//! What can go wrong, by meaning.

use patron_chassis::status::Problem;
use patron_values::id::{CustomerId, DeletedCustomerId, EventId};
use tonic::Status;

/// Why a call about events fails.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No such event that the caller may see.
    #[error("event not found")]
    NotFound(EventId),
    /// No such customer whose events the caller may see.
    #[error("customer not found")]
    CustomerNotFound(CustomerId),
    /// No such deleted customer that the caller may see.
    #[error("deleted customer not found")]
    DeletedCustomerNotFound(DeletedCustomerId),
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
            Error::NotFound(event) => Self::not_found("event", event.resource_name()),
            Error::CustomerNotFound(customer) => Self::not_found("customer", customer.resource_name()),
            Error::DeletedCustomerNotFound(customer) => {
                Self::not_found("deleted customer", customer.resource_name())
            }
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
