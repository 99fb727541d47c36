//! With which statuses an operation refuses.

use crate::{
    option,
    transcode::{Body, Outcome, Rule},
};
use http::{Method, StatusCode};
use patron_proto::{access::v1::Access, behavior::behaviors, google::api::FieldBehavior};
use prost_reflect::MethodDescriptor;
use serde_json::{Map, Value, json};

/// A way to call an RPC.
struct Call<'c> {
    rpc: &'c MethodDescriptor,
    rule: &'c Rule,
    access: Access,
}

/// A status, what it says, and whether calls can be answered so.
type Refusal = (StatusCode, &'static str, fn(&Call<'_>) -> bool);

const REFUSALS: [Refusal; 18] = [
    (StatusCode::BAD_REQUEST, "Fields are wrong, or the state of something forbids it.", |_| true),
    (StatusCode::UNAUTHORIZED, "No token, or a token, password or secret that is not valid.", |call| {
        !call.access.public || call.takes_secrets()
    }),
    (
        StatusCode::FORBIDDEN,
        "The caller may not do this, must first sign in again or change its password, or a page of another site sent it.",
        |call| !call.access.public || !call.reads(),
    ),
    (StatusCode::NOT_FOUND, "Something that is named does not exist, or not for this caller.", |call| {
        call.names()
    }),
    (StatusCode::NOT_ACCEPTABLE, "`Accept` leaves out the form of the answer.", |call| call.answers_json()),
    (StatusCode::REQUEST_TIMEOUT, "The body took longer than 30 s.", |call| call.has_body()),
    (StatusCode::CONFLICT, "Another resource has a value that only one may have.", |call| {
        !call.access.public && (call.creates() || call.rule.method == Method::PATCH)
    }),
    (
        StatusCode::PRECONDITION_FAILED,
        "A field that is to be written changed since the etag: `metadata` says which, and by whom.",
        |call| call.rule.etag(&call.rpc.input()).is_some(),
    ),
    (StatusCode::PAYLOAD_TOO_LARGE, "The body is longer than 1 MiB.", |call| call.has_body()),
    (StatusCode::URI_TOO_LONG, "Path and query are longer than 16 KiB.", |_| true),
    (
        StatusCode::UNSUPPORTED_MEDIA_TYPE,
        "The body is not `application/json` in UTF-8 (`Accept`), or is compressed (`Accept-Encoding`).",
        |call| call.has_body(),
    ),
    (StatusCode::UNPROCESSABLE_ENTITY, "The id of the request was used before for another one.", |call| {
        call.has("request_id")
    }),
    (StatusCode::TOO_MANY_REQUESTS, "Too many at once, or in too short a time.", |_| true),
    (StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE, "The headers are longer than 16 KiB.", |_| true),
    (StatusCode::INTERNAL_SERVER_ERROR, "A fault of ours: `traceId` is what operators need.", |_| true),
    (StatusCode::NOT_IMPLEMENTED, "The service behind is older than this document.", |_| true),
    (StatusCode::SERVICE_UNAVAILABLE, "A service or its database does not answer.", |_| true),
    (StatusCode::GATEWAY_TIMEOUT, "The answer was not ready in time.", |_| true),
];

impl Call<'_> {
    fn reads(&self) -> bool {
        self.rule.method == Method::GET
    }

    fn has(&self, field: &str) -> bool {
        self.rpc.input().get_field_by_name(field).is_some()
    }

    fn has_body(&self) -> bool {
        self.rule.body != Body::None
    }

    fn creates(&self) -> bool {
        self.rule.outcome(self.rpc) == Outcome::Created
    }

    fn takes_secrets(&self) -> bool {
        self.rpc.input().fields().any(|field| behaviors(&field).contains(&FieldBehavior::InputOnly))
    }

    /// Whether it names what has to be there: in its path, in a list of names, or as a part of what it writes.
    fn names(&self) -> bool {
        let lists = self.rpc.input().fields().any(|field| field.is_list());
        !self.rule.template.variables.is_empty() || lists || !self.reads() && !self.access.public
    }

    fn answers_json(&self) -> bool {
        let content = self.rpc.output().full_name() == "google.api.HttpBody";
        !content && self.rule.outcome(self.rpc) != Outcome::Deleted
    }
}

/// References to the responses with which a call can be refused, by status.
pub(super) fn of(rpc: &MethodDescriptor, rule: &Rule) -> Map<String, Value> {
    let call = Call { rpc, rule, access: option::access(rpc).unwrap_or_default() };
    let possible = REFUSALS.iter().filter(|(.., can_be)| can_be(&call));
    let references = possible.map(|(status, ..)| {
        let reference = format!("#/components/responses/{}", name(*status));
        (status.as_str().to_owned(), json!({"$ref": reference}))
    });
    references.collect()
}

/// The responses, by their names.
pub(super) fn responses() -> Map<String, Value> {
    REFUSALS.iter().map(|(status, says, _)| (name(*status), response(*status, says))).collect()
}

fn response(status: StatusCode, says: &str) -> Value {
    let mut response = json!({
        "description": says,
        "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
    });
    if matches!(status, StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE) {
        response["headers"]["Retry-After"] =
            json!({"description": "Seconds after which to try again.", "schema": {"type": "integer"}});
    }
    response
}

/// What HTTP calls a status, without spaces: `NotFound`.
fn name(status: StatusCode) -> String {
    status.canonical_reason().unwrap_or_default().replace(' ', "")
}
