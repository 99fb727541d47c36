//! Headers that keep browsers from doing with our responses what we did not mean (OWASP, "HTTP Headers", 2026-01).

use http::{HeaderMap, HeaderName, HeaderValue, header};
use std::{fmt::Write as _, sync::LazyLock};

/// Scripts, styles, fonts and data from here alone, nothing inline, no frames around us, forms to us only.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; \
     connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'";

/// What pages of ours may use of the device: nothing.
const PERMISSIONS: &str = "accelerometer=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), magnetometer=(), \
     microphone=(), midi=(), payment=(), publickey-credentials-get=(self), usb=()";

const HEADERS: [(HeaderName, &str); 7] = [
    (header::CONTENT_SECURITY_POLICY, POLICY),
    // two years; browsers mind it over TLS only
    (header::STRICT_TRANSPORT_SECURITY, "max-age=63072000; includeSubDomains"),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::REFERRER_POLICY, "no-referrer"),
    (HeaderName::from_static("permissions-policy"), PERMISSIONS),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
];

/// Adds the headers. A response that says nothing of its keeping is kept nowhere: it is about a person.
pub(super) fn protect(headers: &mut HeaderMap) {
    for (name, value) in &HEADERS {
        headers.insert(name, HeaderValue::from_static(value));
    }
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
}

/// The headers as lines of HTTP/1, for what is answered before there is a request.
pub(super) static LINES: LazyLock<String> = LazyLock::new(|| {
    let mut lines = String::from("cache-control: no-store\r\n");
    for (name, value) in &HEADERS {
        // writing to a string does not fail
        let _ = write!(lines, "{name}: {value}\r\n");
    }
    lines
});
