//! Fields of a request that HTTP has headers for: the version to be changed (RFC 9110, 13.1.1) and the key of a repeat
//! (draft-ietf-httpapi-idempotency-key-header).

use http::{HeaderMap, HeaderName, header};
use patron_values::violation::Violation;

/// The UUID that makes a repeated request the same request.
pub(super) const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");

const LAST_EVENT_ID: HeaderName = HeaderName::from_static("last-event-id");

/// The etag that the resource must have, from `If-Match`; none where absent or `*`, which any version matches.
pub(super) fn if_match(headers: &HeaderMap) -> Result<Option<String>, Violation> {
    let Some(value) = one(headers, &header::IF_MATCH)? else { return Ok(None) };
    if value == "*" {
        return Ok(None);
    }
    match unquoted(value) {
        Some(etag) if !etag.contains('"') => Ok(Some(etag.to_owned())),
        _ => Err(Violation::new(header::IF_MATCH.as_str(), "must be one strong etag in double quotes, or *")),
    }
}

/// The request id from `Idempotency-Key`, with or without the quotes that the draft asks for.
pub(super) fn idempotency_key(headers: &HeaderMap) -> Result<Option<String>, Violation> {
    let value = one(headers, &IDEMPOTENCY_KEY)?;
    Ok(value.map(|value| unquoted(value).unwrap_or(value).to_owned()))
}

/// The last event that a browser saw of a stream that broke off, from `Last-Event-ID` (HTML, "Server-sent events").
pub(super) fn last_event_id(headers: &HeaderMap) -> Result<Option<String>, Violation> {
    Ok(one(headers, &LAST_EVENT_ID)?.filter(|id| !id.is_empty()).map(str::to_owned))
}

/// An etag as the header of a reply.
pub(super) fn quoted(etag: &str) -> Option<http::HeaderValue> {
    format!("\"{etag}\"").parse().ok()
}

fn one<'h>(headers: &'h HeaderMap, name: &HeaderName) -> Result<Option<&'h str>, Violation> {
    let mut values = headers.get_all(name).iter();
    match (values.next(), values.next()) {
        (None, _) => Ok(None),
        (Some(value), None) => {
            let text = value.to_str().map_err(|_| Violation::new(name.as_str(), "must be visible ASCII"))?;
            Ok(Some(text.trim()))
        }
        (Some(_), Some(_)) => Err(Violation::new(name.as_str(), "is given twice")),
    }
}

fn unquoted(value: &str) -> Option<&str> {
    value.strip_prefix('"')?.strip_suffix('"')
}
