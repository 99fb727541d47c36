use super::{message, read};
use prost_reflect::DynamicMessage;

/// Members that differ from their zero value, as the reflection library writes them.
fn reference(message: &DynamicMessage) -> serde_json::Value {
    serde_json::to_value(message).expect("JSON")
}

#[test]
fn json_of_every_kind_is_read() {
    let all = message("test.All");
    let table = [
        r#"{"text": "ü😀\u00e9\ud83d\ude00"}"#,
        r#"{"data": "AP8="}"#,
        r#"{"flag": true}"#,
        r#"{"small": -5, "large": "-9007199254740993", "count": 7, "total": "18446744073709551615"}"#,
        r#"{"ratio": 1.5, "share": 0.25, "change": "-3", "mark": 9}"#,
        r#"{"color": "COLOR_BLUE", "colors": ["COLOR_RED", "COLOR_BLUE"]}"#,
        r#"{"child": {"child": {"text": "x"}}, "children": [{"small": 1}, {}]}"#,
        r#"{"numbers": [1, -2], "tags": ["a", ""]}"#,
        r#"{"sizes": {"a": 1}, "places": {"-1": {"text": "x"}}}"#,
        r#"{"nickName": "", "left": ""}"#,
        r#"{"createTime": "2026-01-31T12:00:00.250Z", "wait": "1.500s", "mask": "text,nickName"}"#,
        r#"{"wrapped": "x", "free": {"a": [1.0, null, {"b": "c"}]}}"#,
    ];
    for text in table {
        let message =
            read(&all, text.as_bytes()).unwrap_or_else(|violations| panic!("{text}: {violations:?}"));
        let expected: serde_json::Value = serde_json::from_str(text).expect("JSON");
        assert_eq!(reference(&message), expected, "{text}");
    }
}

#[test]
fn lenient_forms_of_proto_json_are_read() {
    let all = message("test.All");
    let table = [
        (r#"{"nick_name": "a"}"#, r#"{"nickName": "a"}"#),
        (
            r#"{"small": "12", "large": 12, "count": 1e3, "total": 5.0}"#,
            r#"{"small": 12, "large": "12", "count": 1000, "total": "5"}"#,
        ),
        (r#"{"ratio": "NaN", "share": "-Infinity"}"#, r#"{"ratio": "NaN", "share": "-Infinity"}"#),
        (r#"{"data": "-_8"}"#, r#"{"data": "+/8="}"#),
        (r#"{"color": 2}"#, r#"{"color": "COLOR_BLUE"}"#),
        (r#"{"text": null, "child": null, "tags": null, "left": null, "right": 1}"#, r#"{"right": 1}"#),
        (r#"{"mask": "nick_name, create_time"}"#, r#"{"mask": "nickName,createTime"}"#),
        (r#"{"createTime": "2026-01-31T13:00:00+01:00"}"#, r#"{"createTime": "2026-01-31T12:00:00Z"}"#),
    ];
    for (text, expected) in table {
        let message =
            read(&all, text.as_bytes()).unwrap_or_else(|violations| panic!("{text}: {violations:?}"));
        assert_eq!(
            reference(&message),
            serde_json::from_str::<serde_json::Value>(expected).expect("JSON"),
            "{text}"
        );
    }
}

#[test]
fn what_does_not_fit_is_reported_with_its_field() {
    let all = message("test.All");
    let table: &[(&[u8], &str, &str)] = &[
        (br#"{"txet": 1}"#, "txet", "is not a field"),
        (br#"{"child": {"child": {"no": [{}]}}}"#, "child.child.no", "is not a field"),
        (br#"{"text": "a", "text": "a"}"#, "text", "is given twice"),
        (br#"{"nickName": "a", "nick_name": "a"}"#, "nickName", "is given twice"),
        (br#"{"sizes": {"a": 1, "a": 1}}"#, r#"sizes["a"]"#, "is given twice"),
        (br#"{"left": "a", "right": 1}"#, "right", "excludes another field that is given"),
        (br#"{"text": 1}"#, "text", "must be a string"),
        (br#"{"text": ["a"]}"#, "text", "must be a single value"),
        (br#"{"text": {}}"#, "text", "must be a single value"),
        (br#"{"text": "a\u0000"}"#, "text", "holds a NUL character, which cannot be stored"),
        (br#"{"data": "*"}"#, "data", "is not base64"),
        (br#"{"flag": "true"}"#, "flag", "must be true or false"),
        (br#"{"small": 2147483648}"#, "small", "is out of range"),
        (br#"{"small": 1.5}"#, "small", "must be a whole number"),
        (br#"{"small": "+1"}"#, "small", "must be a whole number"),
        (br#"{"count": -1}"#, "count", "is out of range"),
        (br#"{"total": 18446744073709551616}"#, "total", "is out of range"),
        (br#"{"share": 1e39}"#, "share", "is out of range"),
        (br#"{"ratio": "inf"}"#, "ratio", "must be a number"),
        (br#"{"color": "BLUE"}"#, "color", "must be one of COLOR_UNSPECIFIED, COLOR_RED, COLOR_BLUE"),
        (br#"{"color": 9}"#, "color", "must be one of COLOR_UNSPECIFIED, COLOR_RED, COLOR_BLUE"),
        (br#"{"child": "x"}"#, "child", "must be an object"),
        (br#"{"child": []}"#, "child", "must be an object"),
        (br#"{"children": {}}"#, "children", "must be an array"),
        (br#"{"children": [{}, {"text": 1}]}"#, "children[1].text", "must be a string"),
        (br#"{"numbers": [1, null]}"#, "numbers[1]", "must not be null"),
        (br#"{"places": {"x": {}}}"#, r#"places["x"]"#, "must be a whole number"),
        (br#"{"createTime": "today"}"#, "createTime", "must be a time such as \"2026-01-31T12:00:00Z\""),
        (br#"{"createTime": 1}"#, "createTime", "must be a time such as \"2026-01-31T12:00:00Z\""),
        (br"[]", "", "must be an object"),
        (br"null", "", "must be an object"),
        (
            br#"{"text": "\ud800"}"#,
            "text",
            "is not valid JSON: unexpected end of hex escape at line 1 column 17",
        ),
        (
            br#"{"child": {"text": "\udc00"}}"#,
            "child.text",
            "is not valid JSON: lone leading surrogate in hex escape at line 1 column 26",
        ),
        (
            b"{\"text\": \"\xff\"}",
            "text",
            "is not valid JSON: invalid unicode code point at line 1 column 11",
        ),
        (br#"{"text": "a""#, "", "is not valid JSON: EOF while parsing an object at line 1 column 12"),
        (br#"{"text": "a"} x"#, "", "is not valid JSON: trailing characters at line 1 column 15"),
        (br#"{"small": 1e999}"#, "small", "is not valid JSON: number out of range at line 1 column 15"),
    ];
    for (text, field, description) in table {
        let found = read(&all, text).expect_err("a violation");
        let text = String::from_utf8_lossy(text);
        assert_eq!(found, [((*field).to_owned(), (*description).to_owned())], "{text}");
    }
}

#[test]
fn everything_wrong_is_reported_at_once() {
    let found = read(
        &message("test.All"),
        br#"{"text": 1, "x": {"y": 1}, "children": [{"small": "a"}], "flag": true}"#,
    );
    let fields: Vec<_> = found.expect_err("violations").into_iter().map(|(field, _)| field).collect();
    assert_eq!(fields, ["text", "x", "children[0].small"]);
}

#[test]
fn nesting_ends_at_32_levels() {
    let nested = |levels: usize| format!("{}{}", r#"{"child":"#.repeat(levels - 1) + "{", "}".repeat(levels));
    let all = message("test.All");
    assert!(read(&all, nested(32).as_bytes()).is_ok());
    let found = read(&all, nested(33).as_bytes()).expect_err("too deep");
    assert!(
        found[0].0.starts_with("child.child.") && found[0].1.contains("nested more than 32 levels deep"),
        "{found:?}"
    );
}
