//! Turns the message of a reply into an HTTP response.

use super::{
    headers,
    request::Composed,
    route::{Reply, Route},
    rule::Outcome,
    schema::{MessageId, Schema},
    wire::{self, Malformed},
    write,
};
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Response, StatusCode, header, request::Parts as Head};
use patron_chassis::status::Problem;
use patron_proto::{google::api::HttpBody, r#type::v1::Attachment};
use prost::Message as _;

/// Media type of a message.
pub(super) const JSON: &str = "application/json";

/// Media type of content whose own is missing or no header text.
const UNKNOWN: HeaderValue = HeaderValue::from_static("application/octet-stream");

/// Room for the JSON of a message of `encoded` bytes: names take the place of tags, so it is some times longer.
pub(super) fn capacity(encoded: usize) -> usize {
    encoded * 4 + 256
}

/// The response that holds a message.
pub(super) fn unary(
    schema: &Schema,
    route: &Route,
    head: &Head,
    composed: &Composed,
    message: Bytes,
) -> Result<Response<Bytes>, Problem> {
    let mut response = Response::new(Bytes::new());
    match (route.outcome, &route.reply) {
        (Outcome::Deleted, _) => *response.status_mut() = StatusCode::NO_CONTENT,
        (_, Reply::Content) => {
            let content = content(message)?;
            response.headers_mut().extend(content_headers(&content));
            *response.body_mut() = content.data;
        }
        (outcome, Reply::Json { message: id, etag, name }) => {
            let text = json(schema, *id, &message)?;
            let headers = response.headers_mut();
            if etag.is_some() || name.is_some() && route.reads {
                let version = text_of(&message, *etag)?;
                headers.extend(headers::etag(version, &text).map(|etag| (header::ETAG, etag)));
            }
            if outcome == Outcome::Created && !composed.validate_only {
                let name = text_of(&message, *name)?;
                let location = name.and_then(|name| format!("{}{name}", route.base).parse().ok());
                headers.extend(location.map(|location: HeaderValue| (header::LOCATION, location)));
                *response.status_mut() = StatusCode::CREATED;
            }
            if route.reads && is_known(&head.headers, response.headers()) {
                *response.status_mut() = StatusCode::NOT_MODIFIED;
            } else {
                response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(JSON));
                *response.body_mut() = text.into();
            }
        }
    }
    Ok(response)
}

/// Whether the caller has what the response would hold.
fn is_known(request: &HeaderMap, response: &HeaderMap) -> bool {
    response.get(header::ETAG).is_some_and(|etag| headers::none_match(request, etag))
}

/// A message as JSON.
pub(super) fn json(schema: &Schema, id: MessageId, message: &[u8]) -> Result<Vec<u8>, Problem> {
    let mut text = Vec::with_capacity(capacity(message.len()));
    write::write(schema, id, message, &mut text).map_err(malformed)?;
    Ok(text)
}

/// A text field of a message, where there is one and it is not empty.
pub(super) fn text_of(message: &[u8], number: Option<u32>) -> Result<Option<&str>, Problem> {
    number.map_or(Ok(None), |number| wire::text_field(message, number).map_err(malformed))
}

/// Content that a message holds.
pub(super) fn content(message: Bytes) -> Result<HttpBody, Problem> {
    HttpBody::decode(message).map_err(|error| malformed(error.into()))
}

/// What content says of itself: its media type, and where it is a file to keep (`patron.type.v1.Attachment`) what that is called.
pub(super) fn content_headers(content: &HttpBody) -> HeaderMap {
    let media_type = content.content_type.parse().ok().filter(|value: &HeaderValue| !value.is_empty());
    let mut headers = HeaderMap::from_iter([(header::CONTENT_TYPE, media_type.unwrap_or(UNKNOWN))]);
    let attachment = content.extensions.iter().find_map(|it| it.to_msg::<Attachment>().ok());
    let name = attachment.map(|it| it.file_name).filter(|name| is_file_name(name));
    let disposition = name.and_then(|name| format!("attachment; filename=\"{name}\"").parse().ok());
    headers.extend(disposition.map(|it: HeaderValue| (header::CONTENT_DISPOSITION, it)));
    headers
}

/// Whether a name needs no quoting anywhere.
fn is_file_name(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
}

/// A reply that is not what its descriptor says is a fault of the service or of this gateway's age.
fn malformed(error: Malformed) -> Problem {
    Problem::internal(error)
}
