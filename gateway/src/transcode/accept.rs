//! Which media types a caller accepts (RFC 9110, 12.5.1).

use http::{HeaderMap, header};

/// Whether the caller accepts this type, given in lower case: `application/json`. Who says nothing accepts all.
pub(super) fn accepts(headers: &HeaderMap, kind: &str) -> bool {
    let best = ranges(headers).filter_map(|range| Some((specificity(range.kind, kind)?, range.wanted)));
    match best.max() {
        Some((_, wanted)) => wanted,
        None => ranges(headers).next().is_none(),
    }
}

/// Whether the caller names this type itself, not only in a range.
pub(super) fn names(headers: &HeaderMap, kind: &str) -> bool {
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
            assert_eq!(names(&headers, "text/event-stream"), named, "{accept}");
        }
    }
}
