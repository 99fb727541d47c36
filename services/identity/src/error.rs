//! What can go wrong, by meaning.

use patron_chassis::{permission::Permission, status::Problem};
use patron_values::id::CustomRoleId;
use tonic::Status;

/// Why a call about accounts, staff or sessions fails.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No such resource that the caller may see.
    #[error("{kind} not found")]
    NotFound {
        /// Kind of the resource: `account`.
        kind: &'static str,
        /// Its name.
        name: String,
    },
    /// Someone else has the value of a field.
    #[error("the {field} is taken")]
    Taken {
        /// Kind of the resource that has it.
        kind: &'static str,
        /// Path of the field in the request.
        field: &'static str,
    },
    /// A name, password or secret is wrong, or its owner may not sign in: which of them stays unsaid.
    #[error("the credentials are not valid")]
    WrongCredentials,
    /// Whoever calls has proved to be the customer, who must be approved before it can sign in.
    #[error("the account waits for approval")]
    PendingApproval,
    /// The caller would grant more than it has itself.
    #[error("the caller lacks a permission that it would grant")]
    BeyondOwn(Permission),
    /// As many members of staff have a role that is to go.
    #[error("members of staff have the role")]
    RoleInUse(CustomRoleId, i64),
    /// The state of a resource forbids it.
    #[error("{description}")]
    State {
        /// Which rule forbids it, for programs.
        rule: &'static str,
        /// Name of the resource.
        subject: String,
        /// Which rule forbids it, for people.
        description: &'static str,
    },
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
            Error::NotFound { kind, name } => Self::NotFound { kind, name },
            Error::Taken { kind, field } => Self::Taken { kind, field },
            Error::WrongCredentials => Self::CredentialsInvalid,
            Error::PendingApproval => Self::PendingApproval,
            Error::BeyondOwn(permission) => Self::PermissionDenied(permission),
            Error::RoleInUse(role, staff) => Self::State {
                rule: "ROLE_IN_USE",
                subject: role.resource_name(),
                description: match staff {
                    1 => "a member of staff has the role".to_owned(),
                    staff => format!("{staff} members of staff have the role"),
                },
            },
            Error::State { rule, subject, description } => {
                Self::State { rule, subject, description: description.to_owned() }
            }
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
