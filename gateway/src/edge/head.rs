//! Refuses requests whose head is too long, or that two readers could understand in two ways: a proxy that looks at the first of
//! two headers, and we at the second (RFC 9112, 3.2 and 11.2).

use crate::problem::Rejection;
use http::{HeaderName, Request, Version, header};
use patron_chassis::status::Problem;

/// Longest headers, in bytes. Source: the project's limits for the edge.
pub(crate) const HEADERS_BYTES: usize = 16 * 1024;
/// Longest path and query, in bytes. The longest filter that lists take, 2,000 characters, fits in unless most of its letters are
/// beyond the Latin ones.
pub(crate) const TARGET_BYTES: usize = 16 * 1024;
/// What RFC 9113, 6.5.2, adds to the length of each header, in bytes.
const PER_HEADER_BYTES: usize = 32;

/// Fails with 400 where a request names no host, or two, or shows two tokens, with 414 where its path and query are too long, and
/// with 431 where its headers are.
pub(super) fn check<B>(request: &Request<B>) -> Result<(), Rejection> {
    let headers = request.headers();
    if request.uri().path_and_query().is_some_and(|target| target.as_str().len() > TARGET_BYTES) {
        return Err(Rejection::LongTarget);
    }
    let length = headers.iter().map(|(name, value)| name.as_str().len() + value.len() + PER_HEADER_BYTES);
    if length.sum::<usize>() > HEADERS_BYTES {
        return Err(Rejection::LongHeaders);
    }
    for name in [header::HOST, header::AUTHORIZATION] {
        if headers.get_all(&name).iter().nth(1).is_some() {
            return Err(invalid(&name, "is given twice"));
        }
    }
    let host = headers.get(header::HOST).map(http::HeaderValue::as_bytes);
    let authority = request.uri().authority().map(|authority| authority.as_str().as_bytes());
    match (host, authority) {
        (None, Some(_)) if request.version() >= Version::HTTP_2 => Ok(()),
        (None, _) => Err(invalid(&header::HOST, "is missing")),
        (Some(host), Some(authority)) if !host.eq_ignore_ascii_case(authority) => {
            Err(invalid(&header::HOST, "is not that of the request"))
        }
        (Some(_), _) => Ok(()),
    }
}

fn invalid(name: &HeaderName, what: &str) -> Rejection {
    Problem::invalid(name.as_str(), what).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checked(version: Version, uri: &str, headers: &[(HeaderName, &str)]) -> bool {
        let mut request = Request::builder().version(version).uri(uri);
        for (name, value) in headers {
            request = request.header(name, *value);
        }
        check(&request.body(()).expect("a request")).is_ok()
    }

    #[test]
    fn a_request_names_one_host_and_shows_one_token() {
        let (host, token) = (|name| (header::HOST, name), |token| (header::AUTHORIZATION, token));
        let (old, new) = (Version::HTTP_11, Version::HTTP_2);
        assert!(checked(old, "/", &[host("a")]) && checked(old, "/", &[host("a"), token("Bearer x")]));
        assert!(checked(new, "http://a/", &[]) && checked(new, "http://A/", &[host("a")]));
        assert!(!checked(old, "/", &[]) && !checked(old, "http://a/", &[]) && !checked(new, "/", &[]));
        assert!(!checked(old, "/", &[host("a"), host("a")]));
        assert!(!checked(old, "http://b/", &[host("a")]) && !checked(new, "http://b/", &[host("a")]));
        assert!(!checked(old, "/", &[host("a"), token("Bearer x"), token("Bearer x")]));
    }
}
