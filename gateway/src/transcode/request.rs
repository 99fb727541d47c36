//! Puts the message of a request together from path, query, headers and body.

use super::{
    field_path::FieldPath,
    headers, json,
    path::Path,
    query,
    route::{Mask, Route},
    rule::Body,
    scalar::convert_text,
    wire,
};
use crate::router::Capture;
use bytes::Bytes;
use http::{HeaderMap, header, request::Parts as Head};
use patron_chassis::status::Problem;
use patron_values::violation::Violation;
use prost::Message as _;
use prost_reflect::{DynamicMessage, FieldDescriptor, Value};

/// A request as a message.
pub(crate) struct Composed {
    /// The message, encoded.
    pub(crate) message: Bytes,
    /// Whether calling again does no more than calling once: nothing is changed, or the request has an id.
    pub(crate) repeatable: bool,
    /// Whether everything is checked and nothing done.
    pub(super) validate_only: bool,
}

impl Route {
    /// Encodes the message that a request stands for. Fails with all that is wrong at once, each with the path of its field in the
    /// request.
    pub(crate) fn compose(
        &self,
        captures: &[Capture<'_>],
        head: &Head,
        body: &[u8],
    ) -> Result<Composed, Problem> {
        let mut violations = Vec::new();
        let (mut message, named) = self::body(self, body, &mut violations);
        let query = head.uri.query().unwrap_or_default();
        query::apply(&mut message, query, |field| bound(self, field), &mut violations);
        variables(self, captures, &mut message, &mut violations);
        from_headers(self, &head.headers, &mut message, &mut violations);
        if let Some(mask) = &self.mask {
            infer_mask(mask, &named, &mut message);
        }
        if !violations.is_empty() {
            return Err(Problem::Invalid(violations));
        }
        let identified = self.request_id.as_ref().is_some_and(|field| message.has_field(field.last()));
        let validate_only = self.validate_only.as_ref().is_some_and(|field| message.has_field(field.last()));
        let message = message.encode_to_vec().into();
        Ok(Composed { message, repeatable: self.reads || identified, validate_only })
    }
}

impl Route {
    /// The request that comes as a message already. What it says is for the service to judge.
    pub(crate) fn take(&self, message: Bytes) -> Composed {
        let id = self.request_id.as_ref().map(|field| field.last().number());
        let identified = wire_text(&message, id);
        Composed { message, repeatable: self.reads || identified, validate_only: false }
    }
}

/// Whether a text field of an encoded message has a value.
fn wire_text(message: &[u8], field: Option<u32>) -> bool {
    field.is_some_and(|field| matches!(wire::text_field(message, field), Ok(Some(_))))
}

/// The message as far as the body makes it, and the fields that the body names.
fn body(
    route: &Route,
    text: &[u8],
    violations: &mut Vec<Violation>,
) -> (DynamicMessage, Vec<FieldDescriptor>) {
    let mut message = DynamicMessage::new(route.input.clone());
    let (descriptor, path) = match &route.body {
        Body::None => {
            if !text.is_empty() {
                violations.push(Violation::new("", "takes no body"));
            }
            return (message, Vec::new());
        }
        Body::Whole => (route.input.clone(), Path::default()),
        Body::Field(field, descriptor) => (descriptor.clone(), Path::from(field.json_name())),
    };
    // no body at all is an object without members: verbs without parameters need none
    let text = if text.is_empty() { b"{}" } else { text };
    let object = match json::read(text, &descriptor, path) {
        Ok(object) => object,
        Err(found) => {
            violations.extend(found);
            return (message, Vec::new());
        }
    };
    match &route.body {
        Body::Field(field, _) => message.set_field(field, Value::Message(object.message)),
        Body::Whole | Body::None => message = object.message,
    }
    (message, object.named)
}

/// Why a parameter of the query may not set this field.
fn bound(route: &Route, field: &FieldPath) -> Option<&'static str> {
    if route.variables.contains(field) {
        return Some("is given by the path");
    }
    match &route.body {
        Body::Whole => Some("belongs in the body"),
        Body::Field(body, _) if body == field.first() => Some("belongs in the body"),
        Body::Field(..) | Body::None => None,
    }
}

fn variables(
    route: &Route,
    captures: &[Capture<'_>],
    message: &mut DynamicMessage,
    violations: &mut Vec<Violation>,
) {
    for (field, capture) in route.variables.iter().zip(captures) {
        let value = convert_text(&field.last().kind(), capture.value.clone());
        if let Err(misfit) = value.and_then(|value| field.set_once(message, value, "path")) {
            violations.push(Violation::new(field.json(), misfit));
        }
    }
}

fn from_headers(
    route: &Route,
    headers: &HeaderMap,
    message: &mut DynamicMessage,
    violations: &mut Vec<Violation>,
) {
    // RFC 9110, 13.1.1: a method must not be carried out on a condition that nobody checks
    if route.etag.is_none() && !route.reads && headers.contains_key(header::IF_MATCH) {
        violations.push(Violation::new("if-match", "is about a version, and nothing here has one"));
    }
    if !route.reads && headers.contains_key(header::IF_NONE_MATCH) {
        violations.push(Violation::new("if-none-match", "is for reads: a change takes if-match"));
    }
    if headers.contains_key(headers::IDEMPOTENCY_KEY) {
        violations
            .extend(route.refuses_key.map(|why| Violation::new(headers::IDEMPOTENCY_KEY.as_str(), why)));
    }
    let sources = [
        (&route.etag, headers::if_match(headers), "header if-match"),
        (&route.request_id, headers::idempotency_key(headers), "header idempotency-key"),
        (&route.after, headers::last_event_id(headers), "header last-event-id"),
    ];
    for (field, text, origin) in sources {
        let Some(field) = field else { continue };
        let outcome = text.and_then(|text| {
            let set = text.map_or(Ok(()), |text| field.set_once(message, Value::String(text), origin));
            set.map_err(|misfit| Violation::new(field.json(), misfit))
        });
        violations.extend(outcome.err());
    }
}

/// A change without a mask names the fields that its body names, those that are null too: null is how JSON clears a field. What
/// they hold is changed as a whole. (AIP-134 would take fields that have a value, and then nothing could be cleared.)
fn infer_mask(mask: &Mask, named: &[FieldDescriptor], message: &mut DynamicMessage) {
    if message.has_field(&mask.field) {
        return;
    }
    let written = named.iter().filter(|field| !mask.passed_over.contains(&field.number()));
    let paths: Vec<_> = written.map(|field| Value::String(field.name().to_owned())).collect();
    if paths.is_empty() {
        return;
    }
    if let Value::Message(inner) = message.get_field_mut(&mask.field) {
        inner.set_field_by_name("paths", Value::List(paths));
    }
}
