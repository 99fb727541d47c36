//! What can go wrong, by meaning.

use crate::membership::MAX_GROUPS;
use patron_chassis::status::Problem;
use patron_values::id::{CustomerId, GroupId};
use tonic::Status;

/// Why a call about groups fails.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No such resource that the caller may see.
    #[error("{kind} not found")]
    NotFound {
        /// What it would be.
        kind: &'static str,
        /// Its resource name.
        name: String,
    },
    /// Another resource holds the value.
    #[error("the {field} is taken")]
    Taken {
        /// What holds it.
        kind: &'static str,
        /// Path of the field in the request.
        field: &'static str,
    },
    /// Customers are in the group.
    #[error("the group has members")]
    HasMembers(GroupId, i64),
    /// Nobody puts customers into the group by hand.
    #[error("the group is closed for assignment by hand")]
    AssignmentClosed(GroupId),
    /// The customer is in as many groups as there can be.
    #[error("the customer is in too many groups")]
    TooManyGroups(CustomerId),
    /// Anything that has its meaning in the chassis: fields, permissions, peers, limits.
    #[error(transparent)]
    Problem(#[from] Problem),
    /// The database failed.
    #[error("the database failed")]
    Database(#[from] sqlx::Error),
}

impl Error {
    /// No such group that the caller may see.
    pub fn no_group(id: GroupId) -> Self {
        Self::NotFound { kind: "group", name: id.resource_name() }
    }

    /// No such customer that the caller may see.
    pub fn no_customer(id: CustomerId) -> Self {
        Self::NotFound { kind: "customer", name: id.resource_name() }
    }
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        match error {
            Error::NotFound { kind, name } => Self::not_found(kind, name),
            Error::Taken { kind, field } => Self::Taken { kind, field },
            Error::HasMembers(group, members) => Self::State {
                rule: "GROUP_HAS_MEMBERS",
                subject: group.resource_name(),
                description: format!("the group has {members} member{}", if members == 1 { "" } else { "s" }),
            },
            Error::AssignmentClosed(group) => Self::State {
                rule: "GROUP_ASSIGNMENT_CLOSED",
                subject: group.resource_name(),
                description: "nobody puts customers into this group by hand".to_owned(),
            },
            Error::TooManyGroups(customer) => Self::State {
                rule: "CUSTOMER_IN_TOO_MANY_GROUPS",
                subject: customer.resource_name(),
                description: format!("the customer is in {MAX_GROUPS} groups, and there cannot be more"),
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
