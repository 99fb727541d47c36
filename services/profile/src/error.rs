//! What can go wrong, by meaning.

use patron_chassis::{pg, status::Problem};
use patron_ledger::saga::is_outage;
use patron_values::id::CustomerId;
use tonic::Status;

/// Why a call about customers fails.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No such customer that the caller may see.
    #[error("customer not found")]
    NotFound(CustomerId),
    /// Another customer has the email.
    #[error("the email belongs to another customer")]
    EmailTaken,
    /// Another customer has the external id.
    #[error("the external id belongs to another customer")]
    ExternalIdTaken,
    /// A service that has a part in creation or deletion refused it: its own words.
    #[error("a part was refused")]
    Refused(#[source] Box<Status>),
    /// Anything that has its meaning in the chassis: fields, peers, limits.
    #[error(transparent)]
    Problem(#[from] Problem),
    /// The database failed.
    #[error("the database failed")]
    Database(#[source] sqlx::Error),
}

impl Error {
    /// Whether it says nothing of the request: something did not answer, or not in time.
    pub fn is_outage(&self) -> bool {
        match self {
            Self::Refused(status) => is_outage(status),
            Self::Problem(problem) => matches!(problem, Problem::Unavailable | Problem::Late),
            Self::Database(error) => pg::is_outage(error),
            _ => false,
        }
    }
}

impl From<sqlx::Error> for Error {
    fn from(error: sqlx::Error) -> Self {
        match pg::constraint(&error) {
            Some("customer_email_key_key") => Self::EmailTaken,
            Some("customer_external_id_key") => Self::ExternalIdTaken,
            _ => Self::Database(error),
        }
    }
}

impl From<Error> for Status {
    fn from(error: Error) -> Self {
        let problem = match error {
            Error::NotFound(customer) => Problem::not_found("customer", customer.resource_name()),
            Error::EmailTaken => Problem::Taken { kind: "customer", field: "customer.email" },
            Error::ExternalIdTaken => Problem::Taken { kind: "customer", field: "customer.external_id" },
            Error::Refused(status) => return *status,
            Error::Problem(problem) => problem,
            Error::Database(error) => error.into(),
        };
        problem.into()
    }
}
