//! Fields of a request that HTTP has headers for: the version to be changed (RFC 9110, 13.1.1) and the key of a repeat
//! (draft-ietf-httpapi-idempotency-key-header); and which media types a caller accepts (RFC 9110, 12.5.1).

use aws_lc_rs::digest::{SHA256, digest};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use http::{HeaderMap, HeaderName, HeaderValue, header};
use patron_values::violation::Violation;
use uuid::{Builder, Uuid};

/// What makes a repeated request the same request.
pub(super) const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");

/// Longest key, in characters.
const KEY_CHARACTERS: usize = 255;

/// Name space of the request ids that are made of keys (RFC 9562, 6.5). If it changed, a repeat of an earlier request would be carried
/// out again.
const KEYS: Uuid = Uuid::from_u128(0x5f0c_3f6e_92d1_4d0b_8a57_c1e2_74b9_06da);

const LAST_EVENT_ID: HeaderName = HeaderName::from_static("last-event-id");

/// Bytes of the digest of a representation in its etag: among the versions of one resource, none meets another by chance.
const DIGEST_BYTES: usize = 6;

/// Between the version of a resource and the digest of a representation. No etag of a service has it.
const SEPARATOR: char = '.';

/// The etag that the resource must have, from `If-Match`; none where absent or `*`, which any version matches.
pub(super) fn if_match(headers: &HeaderMap) -> Result<Option<String>, Violation> {
    let Some(value) = one(headers, &header::IF_MATCH)? else { return Ok(None) };
    if value == "*" {
        return Ok(None);
    }
    match unquoted(value) {
        Some(etag) if !etag.contains('"') => {
            let version = etag.split_once(SEPARATOR).map_or(etag, |(version, _)| version);
            // What a service would take for no condition.
            let none = version.is_empty() || version == "*";
            if none {
                Err(Violation::new(header::IF_MATCH.as_str(), "is not an etag that was given"))
            } else {
                Ok(Some(version.to_owned()))
            }
        }
        _ => Err(Violation::new(header::IF_MATCH.as_str(), "must be one strong etag in double quotes, or *")),
    }
}

/// The request id from `Idempotency-Key`, with or without the quotes that the draft asks for: the key itself where it is a UUID, and
/// otherwise one that is always made of this key.
pub(super) fn idempotency_key(headers: &HeaderMap) -> Result<Option<String>, Violation> {
    let Some(value) = one(headers, &IDEMPOTENCY_KEY)? else { return Ok(None) };
    let key = unquoted(value).unwrap_or(value);
    if !(1..=KEY_CHARACTERS).contains(&key.len()) {
        let description = format!("must be of 1 to {KEY_CHARACTERS} characters");
        return Err(Violation::new(IDEMPOTENCY_KEY.as_str(), description));
    }
    Ok(Some(if is_uuid(key) { key.to_owned() } else { made_of(key).to_string() }))
}

/// Whether a key is a UUID in the form that requests hold.
fn is_uuid(key: &str) -> bool {
    key.len() == uuid::fmt::Hyphenated::LENGTH && Uuid::try_parse(key).is_ok()
}

fn made_of(key: &str) -> Uuid {
    let digest = digest(&SHA256, &[KEYS.as_bytes(), key.as_bytes()].concat());
    let bytes = digest.as_ref().first_chunk().expect("SHA-256 gives 32 bytes");
    Builder::from_custom_bytes(*bytes).into_uuid()
}

/// The last event that a browser saw of a stream that broke off, from `Last-Event-ID` (HTML, "Server-sent events").
pub(super) fn last_event_id(headers: &HeaderMap) -> Result<Option<String>, Violation> {
    Ok(one(headers, &LAST_EVENT_ID)?.filter(|id| !id.is_empty()).map(str::to_owned))
}

/// The etag of a representation: the version of its resource, which `If-Match` is about, and a digest of its bytes, since it shows
/// what other services say too, such as the groups of a customer, and that has no part in the version.
pub(super) fn etag(version: Option<&str>, representation: &[u8]) -> Option<HeaderValue> {
    let digest = URL_SAFE_NO_PAD.encode(&digest(&SHA256, representation).as_ref()[..DIGEST_BYTES]);
    format!("\"{}{SEPARATOR}{digest}\"", version.unwrap_or_default()).parse().ok()
}

/// Whether `If-None-Match` has this etag, or `*`, which every one is. Weak ones count as strong (RFC 9110, 13.1.2).
pub(super) fn none_match(headers: &HeaderMap, etag: &HeaderValue) -> bool {
    let known = headers.get_all(header::IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok());
    known.flat_map(|value| value.split(',')).map(str::trim).any(|known| {
        let known = known.strip_prefix("W/").unwrap_or(known);
        known == "*" || known.as_bytes() == etag.as_bytes()
    })
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

/// Whether the caller accepts this type, given in lower case: `application/json`. Who says nothing accepts all.
pub(super) fn accepts(headers: &HeaderMap, kind: &str) -> bool {
    let best = ranges(headers).filter_map(|range| Some((specificity(range.kind, kind)?, range.wanted)));
    match best.max() {
        Some((_, wanted)) => wanted,
        None => ranges(headers).next().is_none(),
    }
}

/// Whether the caller names this type itself, not only in a range.
pub(super) fn names_type(headers: &HeaderMap, kind: &str) -> bool {
    ranges(headers).any(|range| range.wanted && range.kind.eq_ignore_ascii_case(kind))
}

struct Range<'h> {
    kind: &'h str,
    /// Whether its weight is not 0, which means "not this".
    wanted: bool,
}

fn ranges(headers: &HeaderMap) -> impl Iterator<Item = Range<'_>> {
    let values = headers.get_all(header::ACCEPT).iter().filter_map(|value| value.to_str().ok());
    values.flat_map(|value| value.split(',')).filter_map(|range| {
        let mut parts = range.split(';').map(str::trim);
        let kind = parts.next().filter(|kind| kind.contains('/'))?;
        let weight = parts.filter_map(|part| part.split_once('=')).find(|(name, _)| name.trim() == "q");
        let wanted = weight.is_none_or(|(_, weight)| weight.trim().parse() != Ok(0.0_f32));
        Some(Range { kind, wanted })
    })
}

/// How closely a range fits a type; `None` where it does not.
fn specificity(range: &str, kind: &str) -> Option<u8> {
    let family = || Some(range.strip_suffix("/*")?.eq_ignore_ascii_case(kind.split_once('/')?.0));
    match range {
        "*/*" => Some(0),
        _ if family() == Some(true) => Some(1),
        _ if range.eq_ignore_ascii_case(kind) => Some(2),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_closest_range_decides_and_nothing_said_accepts_all() {
        for (accept, json) in [
            ("", true),
            ("nonsense", true),
            ("*/*", true),
            ("application/*", true),
            ("Application/JSON;q=0.1", true),
            ("text/html, */*;q=0.8", true),
            ("text/html", false),
            ("application/json;q=0, */*", false),
            ("application/*;q=0.0, application/json", true),
        ] {
            let headers = HeaderMap::from_iter([(header::ACCEPT, accept.parse().expect("a header"))]);
            assert_eq!(accepts(&headers, "application/json"), json, "{accept}");
        }
        assert!(accepts(&HeaderMap::new(), "application/json"));
    }

    #[test]
    fn a_type_is_named_by_itself_alone() {
        for (accept, named) in
            [("text/event-stream", true), ("*/*", false), ("a/b, TEXT/event-stream; q=1", true)]
        {
            let headers = HeaderMap::from_iter([(header::ACCEPT, accept.parse().expect("a header"))]);
            assert_eq!(names_type(&headers, "text/event-stream"), named, "{accept}");
        }
    }
}
