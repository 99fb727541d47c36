//! Percent-encoding (RFC 3986, 2.1).

use percent_encoding::percent_decode_str;
use std::borrow::Cow;

/// The text that is encoded; `None` where an escape is not whole, or what is encoded is no UTF-8.
pub(crate) fn decode(text: &str) -> Option<Cow<'_, str>> {
    let is_whole = |at| {
        let digits = text.as_bytes().get(at + 1..at + 3);
        digits.is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit))
    };
    let whole = text.match_indices('%').all(|(at, _)| is_whole(at));
    if whole { percent_decode_str(text).decode_utf8().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_decoded_and_what_is_none_is_refused() {
        assert_eq!(decode("a").as_deref(), Some("a"));
        assert_eq!(decode("%61%2f%C3%BC%00").as_deref(), Some("a/ü\0"));
        // the last three: a slash in too many bytes, half a surrogate pair, beyond Unicode
        for wrong in ["%", "a%4", "%4g", "%zz", "%ff", "%c3", "%c0%af", "%ed%a0%80", "%f4%90%80%80"] {
            assert_eq!(decode(wrong), None, "{wrong}");
        }
    }
}
