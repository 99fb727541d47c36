//! Turns the message of a reply into an HTTP response.

use super::{
    headers,
    route::Reply,
    schema::Schema,
    wire::{self, Malformed},
    write,
};
use axum::{body::Body, response::Response};
use bytes::Bytes;
use http::{HeaderValue, header};
use patron_chassis::status::Problem;
use patron_proto::google::api::HttpBody;
use prost::Message as _;

/// Media type of a message.
const JSON: HeaderValue = HeaderValue::from_static("application/json");

/// Media type of content whose own is missing or no header text.
const UNKNOWN: HeaderValue = HeaderValue::from_static("application/octet-stream");

/// Room for the JSON of a message of `encoded` bytes: names take the place of tags, so it is some times longer.
pub(super) fn capacity(encoded: usize) -> usize {
    encoded * 4 + 256
}

/// The response that holds a message.
pub(super) fn unary(schema: &Schema, reply: &Reply, message: Bytes) -> Result<Response, Problem> {
    match reply {
        Reply::Json { message: id, etag, .. } => {
            let mut text = Vec::with_capacity(capacity(message.len()));
            write::write(schema, *id, &message, &mut text).map_err(malformed)?;
            let etag = match etag {
                Some(number) => {
                    wire::text_field(&message, *number).map_err(malformed)?.and_then(headers::quoted)
                }
                None => None,
            };
            let mut response = Response::new(Body::from(text));
            response.headers_mut().insert(header::CONTENT_TYPE, JSON);
            response.headers_mut().extend(etag.map(|etag| (header::ETAG, etag)));
            Ok(response)
        }
        Reply::Content => {
            let content = content(message)?;
            let mut response = Response::new(Body::from(content.data));
            response.headers_mut().insert(header::CONTENT_TYPE, media_type(&content.content_type));
            Ok(response)
        }
    }
}

/// Content that a message holds.
pub(super) fn content(message: Bytes) -> Result<HttpBody, Problem> {
    HttpBody::decode(message).map_err(|error| malformed(error.into()))
}

/// The media type that content says it has.
pub(super) fn media_type(name: &str) -> HeaderValue {
    name.parse().ok().filter(|value: &HeaderValue| !value.is_empty()).unwrap_or(UNKNOWN)
}

/// A reply that is not what its descriptor says is a fault of the service or of this gateway's age.
pub(super) fn malformed(error: Malformed) -> Problem {
    Problem::internal(error)
}
