//! What the body of a refusal says. The one place where gRPC codes become HTTP statuses.
//!
//! ```json
//! {"type": "urn:patron:problem:INVALID_FIELD", "title": "Invalid argument", "status": 400,
//!  "detail": "fields of the request are invalid", "code": "INVALID_ARGUMENT", "reason": "INVALID_FIELD",
//!  "violations": [{"field": "customer.email", "description": "is longer than 254 characters"}],
//!  "traceId": "0af7651916cd43dd8448eb211c80319c"}
//! ```
//!
//! `reason` is a value of `patron.error.v1.ErrorReason` without its prefix. Fields are named as JSON names them.

use super::Rejection;
use crate::{body, edge::head};
use http::StatusCode;
use patron_chassis::{
    context::{Context, Trace},
    status::{DOMAIN, Problem},
};
use patron_proto::error::v1::ErrorReason;
use patron_values::json_name::json_path;
use serde::Serialize;
use std::{borrow::Cow, collections::BTreeMap, time::Duration};
use tonic::{Code, Status};
use tonic_types::{ErrorDetails, StatusExt as _};

/// One row of the table: HTTP status, name of the code, title.
struct Row(StatusCode, &'static str, &'static str);

fn row(code: Code) -> Row {
    match code {
        Code::Ok => Row(StatusCode::OK, "OK", "Done"),
        Code::InvalidArgument => Row(StatusCode::BAD_REQUEST, "INVALID_ARGUMENT", "Invalid argument"),
        Code::OutOfRange => Row(StatusCode::BAD_REQUEST, "OUT_OF_RANGE", "Out of range"),
        Code::FailedPrecondition => {
            Row(StatusCode::BAD_REQUEST, "FAILED_PRECONDITION", "Not possible in this state")
        }
        Code::Unauthenticated => Row(StatusCode::UNAUTHORIZED, "UNAUTHENTICATED", "Not signed in"),
        Code::PermissionDenied => Row(StatusCode::FORBIDDEN, "PERMISSION_DENIED", "Not permitted"),
        Code::NotFound => Row(StatusCode::NOT_FOUND, "NOT_FOUND", "Not found"),
        Code::AlreadyExists => Row(StatusCode::CONFLICT, "ALREADY_EXISTS", "Already exists"),
        Code::Aborted => Row(StatusCode::PRECONDITION_FAILED, "ABORTED", "Changed in between"),
        Code::ResourceExhausted => {
            Row(StatusCode::TOO_MANY_REQUESTS, "RESOURCE_EXHAUSTED", "Too many requests")
        }
        Code::DeadlineExceeded => Row(StatusCode::GATEWAY_TIMEOUT, "DEADLINE_EXCEEDED", "Too late"),
        Code::Unavailable => Row(StatusCode::SERVICE_UNAVAILABLE, "UNAVAILABLE", "Not available"),
        Code::Unimplemented => Row(StatusCode::NOT_IMPLEMENTED, "UNIMPLEMENTED", "Not implemented"),
        Code::Cancelled => Row(StatusCode::SERVICE_UNAVAILABLE, "CANCELLED", "Cancelled"),
        Code::Internal | Code::Unknown | Code::DataLoss => {
            Row(StatusCode::INTERNAL_SERVER_ERROR, "INTERNAL", "Internal error")
        }
    }
}

/// The row of what a service says. HTTP has a status for a key of another request, for which gRPC has no code
/// (draft-ietf-httpapi-idempotency-key-header, 2.7).
fn row_of(code: Code, reason: &str) -> Row {
    let Row(http, code, title) = row(code);
    if reason == name(ErrorReason::RequestIdReused) {
        return Row(StatusCode::UNPROCESSABLE_ENTITY, code, title);
    }
    Row(http, code, title)
}

/// A reason as callers see it.
fn name(reason: ErrorReason) -> &'static str {
    reason.as_str_name().trim_start_matches("ERROR_REASON_")
}

/// What the body says. Members that would be empty are left out.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Document {
    r#type: String,
    title: &'static str,
    status: u16,
    detail: String,
    code: &'static str,
    reason: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    violations: Vec<FieldViolation>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    preconditions: Vec<Precondition>,
    #[serde(skip_serializing_if = "Option::is_none")]
    resource: Option<Resource>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    metadata: BTreeMap<String, String>,
    #[serde(skip_serializing_if = "String::is_empty")]
    trace_id: String,
    #[serde(skip)]
    retry_after: Option<Duration>,
}

#[derive(Debug, Serialize)]
struct FieldViolation {
    field: String,
    description: String,
}

#[derive(Debug, Serialize)]
struct Precondition {
    rule: String,
    subject: String,
    description: String,
}

#[derive(Debug, Serialize)]
struct Resource {
    r#type: String,
    name: String,
}

impl Document {
    fn new(Row(http, code, title): Row, reason: &str, detail: &str) -> Self {
        Self {
            r#type: format!("urn:patron:problem:{reason}"),
            title,
            status: http.as_u16(),
            detail: detail.to_owned(),
            code,
            reason: reason.to_owned(),
            violations: Vec::new(),
            preconditions: Vec::new(),
            resource: None,
            metadata: BTreeMap::new(),
            trace_id: String::new(),
            retry_after: None,
        }
        .traced(Context::current_trace())
    }

    /// The status of the response that it is the body of.
    pub(crate) fn status(&self) -> StatusCode {
        StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    /// When to try again, where that helps.
    pub(crate) fn retry_after(&self) -> Option<Duration> {
        self.retry_after
    }

    /// The body.
    pub(crate) fn to_json(&self) -> String {
        serde_json::to_string(self).expect("strings and numbers are JSON")
    }

    /// The same with the id of the trace that it belongs to.
    #[must_use]
    pub fn traced(self, trace: Option<Trace>) -> Self {
        Self { trace_id: trace.map(|trace| trace.id.to_string()).unwrap_or_default(), ..self }
    }
}

impl From<&Status> for Document {
    fn from(status: &Status) -> Self {
        let details = status.get_error_details();
        let Some(info) = details.error_info() else {
            // every rejection of a service says why; this one comes from in between and may reveal the inside
            return Self::from(&Status::from(meaning(status)));
        };
        let resource = details.resource_info().map(|resource| Resource {
            r#type: resource.resource_type.clone(),
            name: resource.resource_name.clone(),
        });
        Self {
            violations: violations(&details),
            preconditions: preconditions(&details),
            resource,
            metadata: info.metadata.clone().into_iter().collect(),
            retry_after: details.retry_info().and_then(|retry| retry.retry_delay),
            ..Self::new(row_of(status.code(), &info.reason), &info.reason, status.message())
        }
    }
}

/// What a status means that no service of Patron made: the transport's, a proxy's.
fn meaning(status: &Status) -> Problem {
    match status.code() {
        Code::Unavailable => Problem::Unavailable,
        Code::DeadlineExceeded | Code::Cancelled => Problem::Late,
        Code::Unimplemented => Problem::Unimplemented,
        code => Problem::internal(format!("a call ended with {code:?} and no reason: {}", status.message())),
    }
}

fn violations(details: &ErrorDetails) -> Vec<FieldViolation> {
    let violations = details.bad_request().map(|bad| bad.field_violations.as_slice()).unwrap_or_default();
    violations
        .iter()
        .map(|violation| FieldViolation {
            field: json_path(&violation.field),
            description: violation.description.clone(),
        })
        .collect()
}

fn preconditions(details: &ErrorDetails) -> Vec<Precondition> {
    let violations =
        details.precondition_failure().map(|failure| failure.violations.as_slice()).unwrap_or_default();
    violations
        .iter()
        .map(|violation| Precondition {
            rule: violation.r#type.clone(),
            subject: violation.subject.clone(),
            description: violation.description.clone(),
        })
        .collect()
}

impl From<&Rejection> for Document {
    fn from(rejection: &Rejection) -> Self {
        let Outline(http, code, reason, detail) = match outline(rejection) {
            Ok(outline) => outline,
            Err(status) => return Self::from(status.as_ref()),
        };
        let Row(_, code, title) = row(code);
        Self::new(Row(http, code, title), name(reason), &detail)
    }
}

/// A rejection as gRPC says it.
pub(crate) fn grpc_status(rejection: &Rejection) -> Status {
    match outline(rejection) {
        Ok(Outline(_, code, reason, detail)) =>
        {
            #[expect(
                clippy::disallowed_methods,
                reason = "a rejection that only HTTP knows, in the form of the others"
            )]
            Status::with_error_details(code, detail, ErrorDetails::with_error_info(name(reason), DOMAIN, []))
        }
        Err(status) if status.get_error_details().error_info().is_some() => status.into_owned(),
        Err(status) => meaning(&status).into(),
    }
}

/// The status of HTTP that stands for a code.
pub(crate) fn http_status(code: Code) -> StatusCode {
    row(code).0
}

/// What the edge itself refuses.
struct Outline(StatusCode, Code, ErrorReason, String);

/// What a rejection comes to, or the status that it is.
fn outline(rejection: &Rejection) -> Result<Outline, Cow<'_, Status>> {
    use StatusCode as Http;
    Ok(match rejection {
        Rejection::Status(status) => return Err(Cow::Borrowed(status)),
        Rejection::SignedOut(_) => return Err(Cow::Owned(Problem::CredentialsInvalid.into())),
        Rejection::Method(_) => Outline(
            Http::METHOD_NOT_ALLOWED,
            Code::Unimplemented,
            ErrorReason::Unimplemented,
            "the path exists with other methods only".to_owned(),
        ),
        Rejection::CrossSite(detail) => Outline(
            Http::FORBIDDEN,
            Code::PermissionDenied,
            ErrorReason::CrossSiteRefused,
            (*detail).to_owned(),
        ),
        Rejection::SlowBody => Outline(
            Http::REQUEST_TIMEOUT,
            Code::DeadlineExceeded,
            ErrorReason::DeadlinePassed,
            "the body did not arrive in time".to_owned(),
        ),
        Rejection::NotAcceptable(form) => {
            invalid(Http::NOT_ACCEPTABLE, format!("the answer is {form}, which the header accept leaves out"))
        }
        Rejection::MediaType(taken) => {
            invalid(Http::UNSUPPORTED_MEDIA_TYPE, format!("the body must be {taken}, with text in UTF-8"))
        }
        Rejection::Compressed => invalid(
            Http::UNSUPPORTED_MEDIA_TYPE,
            "the body is compressed, and must be sent as it is".to_owned(),
        ),
        Rejection::LongBody => {
            invalid(Http::PAYLOAD_TOO_LARGE, format!("the body is longer than {}", kib(body::LONGEST)))
        }
        Rejection::LongTarget => {
            invalid(Http::URI_TOO_LONG, format!("path and query are longer than {}", kib(head::TARGET_BYTES)))
        }
        Rejection::LongHeaders => invalid(
            Http::REQUEST_HEADER_FIELDS_TOO_LARGE,
            format!("the headers are longer than {}", kib(head::HEADERS_BYTES)),
        ),
    })
}

/// What is refused as malformed with a status of its own.
fn invalid(http: StatusCode, detail: String) -> Outline {
    Outline(http, Code::InvalidArgument, ErrorReason::InvalidField, detail)
}

fn kib(bytes: usize) -> String {
    format!("{} KiB", bytes / 1024)
}
