//! The one table from what went wrong to what a caller is answered.

mod chain;
mod code;

pub use self::chain::chain;
pub(crate) use self::code::{code_name, is_fault};

use std::{collections::HashMap, error::Error, time::Duration};

use patron_proto::{
    error::v1::ErrorReason,
    google::rpc,
    violations::{self, cut},
};
use patron_values::{fields::Fields, violation::Violation};
use prost::Message as _;
use tonic::{Code, Status, metadata::MetadataValue};
use tonic_types::{ErrorDetails, FieldViolation, StatusExt as _};

use crate::{
    context::Context,
    permission::{self, Permission},
};

/// `domain` of every `google.rpc.ErrorInfo`.
pub const DOMAIN: &str = "patron";

/// Time after which to try again what the database or a peer could not answer: longer than a failed
/// connection takes to be replaced.
const RETRY_AFTER: Duration = Duration::from_secs(1);

/// Bytes of each text in the details of an answer, such as the name of a resource as the caller gave it: an answer's details travel
/// in its headers, which clients limit, so all of them stay below 8 KiB (see [`violations::capped`]).
const TEXT_BYTES: usize = 500;
/// Bytes of its message, of which each may take three on the wire.
const MESSAGE_BYTES: usize = 500;

/// What went wrong, by meaning. Becomes a `Status` by [`From`], with the details a program needs to act on
/// it.
#[derive(Debug, thiserror::Error)]
pub enum Problem {
    /// Fields are malformed, missing or out of range; all of them at once.
    #[error("fields of the request are invalid")]
    Invalid(Vec<Violation>),
    /// The RPC needs a token and there is none.
    #[error("a token is needed")]
    CredentialsMissing,
    /// A token, password or secret is wrong, expired or revoked; which one it is stays unsaid.
    #[error("the credentials are not valid")]
    CredentialsInvalid,
    /// The caller's role lacks a permission.
    #[error("the permission {} is needed", permission::name(*.0))]
    PermissionDenied(Permission),
    /// The caller's password was set by someone else and must be changed first.
    #[error("the password must be changed first")]
    PasswordChangeRequired,
    /// The caller has proved who it is, and may not sign in before it is approved.
    #[error("the account waits for approval: a member of staff must approve it first")]
    PendingApproval,
    /// The caller signed in too long ago for this.
    #[error("a sign-in within the last 15 minutes is needed")]
    StepUpRequired,
    /// Only certain services may call this.
    #[error("the caller is no service that may call this")]
    PeerNotAllowed,
    /// Absent, deleted, or outside the caller's scope.
    #[error("{kind} not found")]
    NotFound {
        /// Kind of the resource, as in its proto: `customer`.
        kind: &'static str,
        /// Its name, as the caller gave it: `customers/{uuid}`.
        name: String,
    },
    /// Another live resource holds the value.
    #[error("the {field} belongs to another {kind}")]
    Taken {
        /// Kind of the resource that holds it.
        kind: &'static str,
        /// Path of the field in the request.
        field: &'static str,
    },
    /// Fields the call names changed since its etag.
    #[error("changed since the etag: {}", .fields.join(", "))]
    Conflict {
        /// Their paths in the resource.
        fields: Vec<String>,
        /// Who changed them last, by resource name, if known.
        changed_by: Option<String>,
    },
    /// The state of a resource forbids the call.
    #[error("{description}")]
    State {
        /// Which rule forbids it, for programs: `GROUP_HAS_MEMBERS`.
        rule: &'static str,
        /// Name of the resource.
        subject: String,
        /// Text for people, without personal data.
        description: String,
    },
    /// The `request_id` came before with another body.
    #[error("the request_id was used before with another body")]
    RequestIdReused,
    /// A limit is reached.
    #[error("too many at once or in too short a time")]
    Limit {
        /// When to try again.
        retry_after: Duration,
    },
    /// The deadline passed.
    #[error("the deadline passed before the answer was ready")]
    Late,
    /// A peer or the database does not answer, or the process is stopping.
    #[error("not available for the moment")]
    Unavailable,
    /// No such RPC.
    #[error("no such method")]
    Unimplemented,
    /// No message, or several, for an RPC that takes one.
    #[error("the method takes exactly one message")]
    NotOneMessage,
    /// The messages are in a coding such as gzip.
    #[error("messages must not be compressed")]
    Compressed,
    /// A handler panicked. The panic hook logged it, with its place.
    #[error("internal error")]
    Panicked,
    /// A fault of the service. Logged with its sources when it becomes a `Status`, which holds none of them.
    #[error("internal error")]
    Internal(#[source] Box<dyn Error + Send + Sync>),
}

impl Problem {
    /// One field is wrong.
    pub fn invalid(field: impl Into<String>, description: impl Into<String>) -> Self {
        Self::Invalid(vec![Violation::new(field, description)])
    }

    /// A resource is absent, or as good as absent to this caller.
    pub fn not_found(kind: &'static str, name: impl Into<String>) -> Self {
        Self::NotFound { kind, name: name.into() }
    }

    /// A fault of the service.
    pub fn internal(source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self::Internal(source.into())
    }

    /// The canonical code, which decides the HTTP status.
    pub const fn code(&self) -> Code {
        match self {
            Self::Invalid(_) | Self::RequestIdReused => Code::InvalidArgument,
            Self::CredentialsMissing | Self::CredentialsInvalid => Code::Unauthenticated,
            Self::PermissionDenied(_)
            | Self::PasswordChangeRequired
            | Self::PendingApproval
            | Self::StepUpRequired
            | Self::PeerNotAllowed => Code::PermissionDenied,
            Self::NotFound { .. } => Code::NotFound,
            Self::Taken { .. } => Code::AlreadyExists,
            Self::Conflict { .. } => Code::Aborted,
            Self::State { .. } => Code::FailedPrecondition,
            Self::Limit { .. } => Code::ResourceExhausted,
            Self::Late => Code::DeadlineExceeded,
            Self::Unavailable => Code::Unavailable,
            Self::Unimplemented | Self::NotOneMessage | Self::Compressed => Code::Unimplemented,
            Self::Panicked | Self::Internal(_) => Code::Internal,
        }
    }

    /// The reason in `google.rpc.ErrorInfo`, without its prefix.
    pub fn reason(&self) -> &'static str {
        let reason = match self {
            Self::Invalid(_) => ErrorReason::InvalidField,
            Self::CredentialsMissing => ErrorReason::CredentialsMissing,
            Self::CredentialsInvalid => ErrorReason::CredentialsInvalid,
            Self::PermissionDenied(_) => ErrorReason::PermissionMissing,
            Self::PasswordChangeRequired => ErrorReason::PasswordChangeRequired,
            Self::PendingApproval => ErrorReason::PendingApproval,
            Self::StepUpRequired => ErrorReason::StepUpRequired,
            Self::PeerNotAllowed => ErrorReason::PeerNotAllowed,
            Self::NotFound { .. } => ErrorReason::ResourceNotFound,
            Self::Taken { .. } => ErrorReason::ValueTaken,
            Self::Conflict { .. } => ErrorReason::ChangedSinceEtag,
            Self::State { .. } => ErrorReason::StateForbids,
            Self::RequestIdReused => ErrorReason::RequestIdReused,
            Self::Limit { .. } => ErrorReason::LimitReached,
            Self::Late => ErrorReason::DeadlinePassed,
            Self::Unavailable => ErrorReason::Unavailable,
            Self::Unimplemented | Self::NotOneMessage | Self::Compressed => ErrorReason::Unimplemented,
            Self::Panicked | Self::Internal(_) => ErrorReason::Internal,
        };
        reason.as_str_name().trim_start_matches("ERROR_REASON_")
    }

    /// Its text, as much of it as an answer holds.
    fn message(&self) -> String {
        let mut message = self.to_string();
        message.truncate(cut(&message, MESSAGE_BYTES).len());
        message
    }

    fn metadata(&self) -> HashMap<String, String> {
        let entries = match self {
            Self::PermissionDenied(permission) => vec![("permission", permission::name(*permission))],
            Self::Taken { field, .. } => vec![("field", (*field).to_owned())],
            Self::Conflict { fields, changed_by } => {
                let by = changed_by.iter().map(|by| ("changed_by", by.clone()));
                by.chain([("fields", fields.join(","))]).collect()
            }
            _ => Vec::new(),
        };
        entries.into_iter().map(|(key, value)| (key.to_owned(), cut(&value, TEXT_BYTES).to_owned())).collect()
    }

    fn details(&self) -> ErrorDetails {
        let mut details = ErrorDetails::with_error_info(self.reason(), DOMAIN, self.metadata());
        match self {
            Self::Invalid(violations) => {
                let all = violations.iter().map(|it| FieldViolation::new(&it.field, &it.description));
                details.set_bad_request(violations::capped(all, 0));
            }
            Self::RequestIdReused => {
                details.add_bad_request_violation("request_id", self.to_string());
            }
            Self::NotFound { kind, name } => {
                details.set_resource_info(*kind, cut(name, TEXT_BYTES), "", self.message());
            }
            Self::Taken { kind, field } => {
                details.set_resource_info(*kind, "", "", self.to_string());
                // Lets a form show it where it was typed.
                details.add_bad_request_violation(*field, self.to_string());
            }
            Self::State { rule, subject, description } => {
                details.add_precondition_failure_violation(
                    *rule,
                    cut(subject, TEXT_BYTES),
                    cut(description, TEXT_BYTES),
                );
            }
            Self::Limit { retry_after } => {
                details.set_retry_info(Some(*retry_after));
            }
            Self::Unavailable => {
                details.set_retry_info(Some(RETRY_AFTER));
            }
            Self::Panicked | Self::Internal(_) => {
                let trace = Context::current_trace().map(|trace| trace.id.to_string());
                details.set_request_info(trace.unwrap_or_default(), "");
            }
            _ => {}
        }
        details
    }
}

impl From<Violation> for Problem {
    fn from(violation: Violation) -> Self {
        Self::Invalid(vec![violation])
    }
}

impl From<Vec<Violation>> for Problem {
    fn from(violations: Vec<Violation>) -> Self {
        Self::Invalid(violations)
    }
}

impl From<Fields> for Problem {
    fn from(fields: Fields) -> Self {
        Self::Invalid(fields.into_violations())
    }
}

impl From<Problem> for Status {
    fn from(problem: Problem) -> Self {
        if let Problem::Internal(source) = &problem {
            tracing::error!(error = chain(source.as_ref()), "internal error");
        }
        #[expect(clippy::disallowed_methods, reason = "the one place where a problem becomes a status")]
        let mut status = Self::with_error_details(problem.code(), problem.message(), problem.details());
        if matches!(problem, Problem::Compressed) {
            // gRPC's "Compression" asks for it: what is taken instead.
            status.metadata_mut().insert("grpc-accept-encoding", MetadataValue::from_static("identity"));
        }
        status
    }
}

/// A status as a message, for answers that hold several; its details are one already.
pub fn message(status: &Status) -> rpc::Status {
    let whole = rpc::Status::decode(status.details()).unwrap_or_default();
    rpc::Status { code: status.code().into(), message: status.message().to_owned(), ..whole }
}
