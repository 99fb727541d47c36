//! Keeps pages of other sites from using a browser's session (OWASP, "Cross-Site Request Forgery Prevention", 2026-01).
//!
//! Browsers say where a request comes from: `Sec-Fetch-Site`, older ones `Origin`. Besides, what changes something needs a token
//! that only a page of ours can have read. Callers that show a token of their own (`Authorization`) carry nothing that a browser
//! adds by itself and are not asked.

use crate::{origin::Origins, problem::Rejection};
use aws_lc_rs::{constant_time, hmac};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use http::{HeaderMap, HeaderName, HeaderValue, Uri, header};

/// The header that takes the token.
pub const CSRF_TOKEN: HeaderName = HeaderName::from_static("x-csrf-token");

const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// What the token is made of besides the secret, so that the secret can have other uses.
const PURPOSE: &[u8] = b"patron csrf token v1";

/// The token of a session: a keyed hash under its secret. Any replica can make it again, and it tells nothing of the secret.
pub(super) fn token(secret: &str) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
    URL_SAFE_NO_PAD.encode(hmac::sign(&key, PURPOSE))
}

/// Refuses a request that lacks the token of its session.
pub(super) fn check_token(secret: &str, headers: &HeaderMap) -> Result<(), Rejection> {
    let sent = headers.get(CSRF_TOKEN).map_or(&b""[..], |value| value.as_bytes());
    let equal = constant_time::verify_slices_are_equal(sent, token(secret).as_bytes());
    equal.map_err(|_| Rejection::CrossSite("the header x-csrf-token must hold the csrfToken of the session"))
}

/// Refuses a request that a page of another site sent, unless that site is a storefront, which gets no cookie from a browser anyway.
pub(super) fn check_site(headers: &HeaderMap, uri: &Uri, storefronts: &Origins) -> Result<(), Rejection> {
    let origin = headers.get(header::ORIGIN).and_then(|value| value.to_str().ok());
    if origin.is_some_and(|origin| storefronts.contains(origin)) {
        return Ok(());
    }
    let own = match (headers.get(SEC_FETCH_SITE).map(HeaderValue::as_bytes), origin) {
        (Some(site), _) => matches!(site, b"same-origin" | b"none"),
        (None, Some(origin)) => is_own(origin, headers, uri),
        // no browser that could be misled sends neither
        (None, None) => true,
    };
    if own { Ok(()) } else { Err(Rejection::CrossSite("pages of other sites may not change anything here")) }
}

/// Whether an origin names the host that the request was sent to. The page that misleads a browser cannot choose the latter.
fn is_own(origin: &str, headers: &HeaderMap, uri: &Uri) -> bool {
    let sent_to = uri.authority().map(http::uri::Authority::as_str);
    let sent_to = sent_to.or_else(|| headers.get(header::HOST).and_then(|host| host.to_str().ok()));
    let from = origin.split_once("://").map(|(_, authority)| authority);
    matches!((from, sent_to), (Some(from), Some(sent_to)) if from.eq_ignore_ascii_case(sent_to))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn site(pairs: &[(&'static str, &'static str)]) -> bool {
        let headers = pairs
            .iter()
            .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)));
        let storefronts = "https://shop.example".parse().expect("an origin");
        check_site(&headers.collect(), &Uri::from_static("/v1/customers"), &storefronts).is_ok()
    }

    #[test]
    fn only_pages_of_ours_and_storefronts_may_change_something() {
        let host = ("host", "crm.example:8443");
        let table: &[(&[(&str, &str)], bool)] = &[
            (&[host], true),
            (&[host, ("sec-fetch-site", "same-origin")], true),
            (&[host, ("sec-fetch-site", "none")], true),
            (&[host, ("sec-fetch-site", "same-site")], false),
            (&[host, ("sec-fetch-site", "cross-site")], false),
            (&[host, ("sec-fetch-site", "cross-site"), ("origin", "https://crm.example:8443")], false),
            (&[host, ("origin", "https://crm.example:8443")], true),
            (&[host, ("origin", "https://crm.example")], false),
            (&[host, ("origin", "https://evil.example")], false),
            (&[host, ("origin", "null")], false),
            (&[host, ("sec-fetch-site", "cross-site"), ("origin", "https://shop.example")], true),
            (&[host, ("origin", "https://shop.example.evil")], false),
        ];
        for (headers, allowed) in table {
            assert_eq!(site(headers), *allowed, "{headers:?}");
        }
    }

    #[test]
    fn a_token_is_good_for_its_session_only() {
        let headers: HeaderMap =
            [(CSRF_TOKEN, token("one").parse().expect("a header"))].into_iter().collect();
        assert!(check_token("one", &headers).is_ok());
        assert!(check_token("two", &headers).is_err());
        assert!(check_token("one", &HeaderMap::new()).is_err());
    }
}
