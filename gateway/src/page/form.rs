//! The forms of a page: as it is, and compressed.

use aws_lc_rs::digest::{SHA256, digest};
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, header};
use std::borrow::Cow;

/// One form of a page.
#[derive(Debug)]
pub(super) struct Form {
    /// How it is compressed; none where it is not.
    pub(super) encoding: Option<&'static str>,
    pub(super) content: Bytes,
    pub(super) etag: HeaderValue,
}

impl Form {
    pub(super) fn new(encoding: Option<&'static str>, content: Cow<'static, [u8]>) -> Self {
        let content = match content {
            Cow::Borrowed(content) => Bytes::from_static(content),
            Cow::Owned(content) => Bytes::from(content),
        };
        let hash = hex::encode(&digest(&SHA256, &content).as_ref()[..8]);
        let etag = format!("\"{hash}\"").parse().expect("hexadecimal digits are header text");
        Self { encoding, content, etag }
    }
}

/// The last form that the browser takes: they stand from the longest to the shortest, and the first is taken by all.
pub(super) fn choose<'f>(forms: &'f [Form], headers: &HeaderMap) -> &'f Form {
    let taken = |form: &&Form| form.encoding.is_none_or(|encoding| takes(headers, encoding));
    forms.iter().rfind(taken).expect("a page has a form that is not compressed")
}

/// Whether `Accept-Encoding` names an encoding and does not refuse it (RFC 9110, 12.5.3).
fn takes(headers: &HeaderMap, encoding: &str) -> bool {
    let accepted = headers.get_all(header::ACCEPT_ENCODING).iter().filter_map(|value| value.to_str().ok());
    accepted.flat_map(|value| value.split(',')).any(|range| {
        let (name, weight) = range.split_once(';').unwrap_or((range, ""));
        let weight = weight.trim().trim_start_matches("q=");
        name.trim().eq_ignore_ascii_case(encoding) && weight.parse::<f32>().unwrap_or(1.0) > 0.0
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shortest_form_that_the_browser_takes_is_chosen() {
        let encodings = [None, Some("gzip"), Some("br")];
        let forms = encodings.map(|encoding| Form::new(encoding, Cow::Borrowed(b"page")));
        let chosen = |accepted: &'static str| {
            let headers = [(header::ACCEPT_ENCODING, HeaderValue::from_static(accepted))];
            choose(&forms, &headers.into_iter().collect()).encoding
        };
        for (accepted, encoding) in [
            ("", None),
            ("identity", None),
            ("gzip", Some("gzip")),
            ("gzip, deflate, br, zstd", Some("br")),
            ("br;q=0, gzip;q=0.5", Some("gzip")),
            ("BR ; q=1", Some("br")),
        ] {
            assert_eq!(chosen(accepted), encoding, "{accepted}");
        }
        assert_eq!(choose(&forms, &HeaderMap::new()).encoding, None);
    }
}
