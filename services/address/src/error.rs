//! What can go wrong, by meaning.

use crate::address::Name;
use patron_chassis::status::Problem;
use patron_values::id::CustomerId;
use tonic::Status;

/// Why a call about addresses fails.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No such address that the caller may see.
    #[error("address not found")]
    NotFound(Name),
    /// The customer has as many addresses as there can be.
    #[error("the customer has too many addresses")]
    TooMany(CustomerId, i64),
    /// Anything that has its meaning in the chassis: fields, etags, peers, limits.
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
            Error::TooMany(customer, most) => Self::State {
                rule: "CUSTOMER_HAS_TOO_MANY_ADDRESSES",
                subject: customer.resource_name(),
                description: format!("the customer has {most} addresses, and there cannot be more"),
            },
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
